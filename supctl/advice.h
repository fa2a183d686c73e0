/*
 * advice: how a node is now, and what can be done about it.
 *
 * Pure: from the node and the chain of events that led to it, the first cause
 * first. Each is a new text, not yet clean.
 */
#ifndef SUPCTL_ADVICE_H
#define SUPCTL_ADVICE_H

#include <jansson.h>

/* "app waits: its next try comes in 3.2 s (attempt 4)." */
char *advice_now(const json_t *node, const json_t *chain);
/* "Find out why db ends... Then: supctl start db." */
char *advice_words(const json_t *node, const json_t *chain);

#endif
