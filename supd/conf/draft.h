/*
 * draft: a node while it is being made, and what its making needs.
 *
 * The forms of values (value.h, words.h, environ.h, person.h) write into a
 * draft; keys.def says which field belongs to which key. Two drafts are also
 * what plan_diff() compares, key by key.
 */
#ifndef SUPD_CONF_DRAFT_H
#define SUPD_CONF_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/arena.h"
#include "conf/plan.h"
#include "conf/reader.h"
#include "conf/sources.h"

/* Strings, NULL-terminated. */
struct strings {
	char **list;
	size_t count;
};

struct draft {
	struct spec spec;
	struct plan_node node;
	struct plan_settings settings;
	/* What is settled when all keys are read. */
	struct more {
		char *parent;
		int instances;            /* of the key: read by sprout.c */
		struct strings variables; /* of environment */
		struct strings files;     /* of the files' lines */
		bool groups_given;
	} more;
};

struct people;

/* What reading values shares. */
struct making {
	struct arena *arena;
	struct diagnoses *out;
	struct sources *sources;
	struct people *people; /* users and groups looked up so far */
	/* A value is only tried, of [defaults] or a template: no file of its
	 * is read, since %n and %i are not what they will be. */
	bool trial;
	/* The node: what %n, %p and %i stand for; NULL: not here. */
	const char *name;
	const char *template;
	const char *instance;
	/* The value being read. */
	struct item *item;
	const char *text; /* with %n, %p and %i replaced */
};

/*
 * Says that the value is wrong, and why: `bad KEY 'VALUE' in [SECTION]: ...`;
 * at most once for each item, however many nodes it is read for. Returns
 * false, always.
 */
bool making_refuse(struct making *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How values of one kind are written. */
struct form {
	/* Reads making->text into the field at that offset of the draft.
	 * False: it is wrong, which has been told, or memory is short. */
	bool (*read)(struct making *, struct draft *, size_t offset);
	/* Are the fields equal in what they mean? */
	bool (*same)(const struct draft *, const struct draft *, size_t offset);
	bool expands; /* %n, %p, %i and %% are replaced in it */
};

#endif
