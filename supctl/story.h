/*
 * story: why a node is as it is, told from the first cause to the present.
 *
 * Pure. The newest change of the node is followed from cause to cause until
 * there is none; told forwards, each step is a sentence that says what
 * happened, which rule decided, and what that led to. A failure that comes
 * again and again is told once, with how often. The last lines say what holds
 * now and what can be done.
 */
#ifndef SUPCTL_STORY_H
#define SUPCTL_STORY_H

#include <jansson.h>

#include "supctl/show.h"

struct story {
	json_t *chain; /* the events, the first cause first */
	json_t *steps; /* sentences, one for each step; with their time */
	char *now;     /* what holds now */
	char *advice;  /* what to do */
};

/* history: the answer of History with causes. nodes: the List of all nodes
 * that its events name, or NULL. Texts are not yet clean. */
void story_tell(struct story *, const json_t *history, const json_t *nodes,
    int64_t wall_ms);
void story_free(struct story *);
/* All of it as lines: the steps, then now and advice; a new list. */
json_t *story_text(const struct story *);
void story_print(const struct show *, const struct story *);

#endif
