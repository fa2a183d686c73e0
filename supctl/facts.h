/*
 * facts: events in words.
 *
 * Pure. An event is one change of one node, as the protocol tells it. An event
 * of a kind that this supctl does not know is told by its name.
 */
#ifndef SUPCTL_FACTS_H
#define SUPCTL_FACTS_H

#include <jansson.h>
#include <stdbool.h>

#include "supctl/show.h"

/* What happened, as the rest of a sentence that begins with the node's name:
 * "failed: it exited with code 1". A new text, not yet clean. */
char *facts_words(const json_t *event);
/* Those words' first only, what a glance needs: "stopping". */
char *facts_brief(const json_t *event);
/* One line with time, number, cause, path and words. */
void facts_line(const struct show *, const json_t *event);
/* The Exit in an event that tells of an end; NULL if it tells of none. */
const json_t *facts_exit(const json_t *event);
/* The colour that goes with it. */
enum show_paint facts_paint(const json_t *event);

#endif
