/*
 * progress: an order that takes its time, with what happens meanwhile.
 *
 * While the answer is awaited, the events of the nodes in scope are told on
 * standard error, through a connection of its own; if that cannot be had, the
 * order goes on without.
 */
#ifndef SUPCTL_PROGRESS_H
#define SUPCTL_PROGRESS_H

#include <jansson.h>

#include "supctl/client.h"

struct progress {
	struct client events;
	const json_t *scope; /* an object whose keys are names; NULL: all */
};

/* Begins to listen, unless -q or --json say otherwise. scope: borrowed until
 * progress_end(). */
void progress_begin(struct progress *, struct run *, const json_t *scope);
void progress_end(struct progress *);
/* As client_ask(). */
int progress_ask(struct progress *, struct client *, enum client_calls,
    const char *method, json_t *parameters, json_t **answer);
/* Tells what came until it must wait. False: the stream ended. */
bool progress_tell(struct progress *);

#endif
