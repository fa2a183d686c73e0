/*
 * choose: which nodes an operator means.
 *
 * A word is a node's name or path, a template (`worker@`: all its instances),
 * or a glob(7) that is held against names or, where it has a slash, against
 * paths. root is meant only by its name. How long words may keep us is
 * bounded: those that are held against every node may have CHOOSE_WALK_BYTES
 * bytes together.
 */
#ifndef SUPD_CHOOSE_H
#define SUPD_CHOOSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/plan.h"

/* Of all globs and templates of one choice; more is refused. */
#define CHOOSE_WALK_BYTES 1024u

enum choose_how {
	CHOOSE_PLAIN,    /* what was named */
	CHOOSE_BELOW,    /* and all below it */
	CHOOSE_TOPMOST,  /* less what is below another that was named */
	CHOOSE_SERVICES, /* the services named, or below those named */
};

struct choice {
	uint32_t *nodes; /* in the order of the tree, each once */
	size_t count;
	const char *unknown; /* the first word that means nothing; lives as
			      * long as the words */
	const char *nearest; /* a name like it, NULL: none; the plan's */
	bool excessive;      /* over CHOOSE_WALK_BYTES */
};

/* words: an array of strings; NULL, null or empty: all nodes, root included.
 * False: a word is unknown, or there are too many, or else memory is short;
 * there is nothing to free then. */
bool choose(
    const struct plan *, const json_t *words, enum choose_how, struct choice *);
/* The same, but words that mean nothing are passed over. */
bool choose_known(
    const struct plan *, const json_t *words, enum choose_how, struct choice *);
/* A name or path, nothing else. False: *nearest is a name like it, or NULL. */
bool choose_one(const struct plan *, const char *word, uint32_t *node,
    const char **nearest);
void choice_free(struct choice *);

#endif
