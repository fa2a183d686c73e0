/*
 * note: a node's state in words.
 *
 * Pure: from one node as the daemon lists it.
 */
#ifndef SUPCTL_NOTE_H
#define SUPCTL_NOTE_H

#include <jansson.h>
#include <stdbool.h>

#include "supctl/show.h"

/* Running and ready, or a oneshot that is done: what `status NAME` and
 * `is-ready` ask. */
bool note_fine(const json_t *node);

/* Not as the configuration or an operator wants it: what a supervisor that is
 * degraded points at. */
bool note_ill(const json_t *node);

/* The state as one word; degraded is one here. Borrowed from node. */
const char *note_state(const json_t *node);
enum show_paint note_paint(const json_t *node);

/* Why it is not well, or what else is worth saying; "" if nothing is. A new
 * text, clean. below: what is ill below a supervisor, NULL if nothing; age_s:
 * how old the node's ages are. */
char *note_words(
    const json_t *node, const char *below, double age_s, bool utf8);

#endif
