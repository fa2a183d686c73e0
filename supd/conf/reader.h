/*
 * reader: a configuration file into its sections, keys and values.
 *
 * inih does the reading, behind a reader of ours (ini_parse_stream) that
 * leaves it nothing to misunderstand. inih as it is shipped cuts a long line
 * and takes the rest for a line of its own, cuts long names, takes ` ;` in the
 * middle of quotes for a comment, ends a value at a NUL byte, passes text
 * behind a `]` over, calls its handler without a line number, and differs in
 * all that from release to release. So each line is looked at first:
 *
 * - NUL bytes, other control characters, invalid UTF-8, lines that are no
 *   section, key or continuation, and names that are too long are errors;
 * - comments and blanks at the ends are taken off here; blanks, `;` and `#`
 *   inside of a value go through inih veiled as control characters, which
 *   cannot be in the file;
 * - a value goes in pieces that fit the smallest line of any inih, as a key
 *   with continuation lines;
 * - what inih hands back is compared with what it was given: where they are
 *   not the same, the file is refused.
 *
 * A quote that is open at the end of a line stays open on the lines that
 * continue it; nothing in it is a comment, an empty line is dropped.
 */
#ifndef SUPD_CONF_READER_H
#define SUPD_CONF_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/sources.h"

struct section;

struct item {
	const char *key;
	const char *value; /* continuation lines are joined by a newline */
	unsigned line;
	uint8_t id;  /* enum key_id, set by declare.c */
	bool bad;    /* an error was told of it: once is enough */
	bool warned; /* a warning was */
	const struct section *section;
	struct item *next;
};

enum section_kind {
	SECTION_SUPD,
	SECTION_DEFAULTS,
	SECTION_SUPERVISOR,
	SECTION_SERVICE,
	SECTION_TEMPLATE,
};

struct section {
	const char *title; /* what stands in the brackets */
	const char *file;
	unsigned line;
	enum section_kind kind; /* this and name are set by declare.c */
	const char *name;       /* without the kind and a template's @ */
	/* A line of it was lost: more may be missing than is. */
	bool lacks;
	struct item *first;
	struct item *last;
	struct section *next;
};

/* Zeroed it is empty. */
struct sections {
	struct section *first;
	struct section *last;
};

/* Adds the sections of the source; what is wrong goes to diagnoses. Where
 * memory is short the arena has failed. */
void reader_read(struct arena *, const struct source *, struct sections *,
    struct diagnoses *);

#endif
