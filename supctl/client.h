/*
 * client: supctl's connection to the daemon.
 *
 * Finds the socket, asks, and tells every error so that the reader knows what
 * to do. A call that may be made twice without harm is made again if the
 * connection breaks: the daemon's engine may be replaced at any time.
 */
#ifndef SUPCTL_CLIENT_H
#define SUPCTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/varlink.h"
#include "supctl/run.h"

struct client {
	struct run *run;
	struct varlink_client *link; /* NULL: closed */
	char *socket;                /* where it found the daemon */
};

enum client_calls {
	CLIENT_QUERY, /* answered at once; made again if need be */
	CLIENT_AGAIN, /* takes its time; made again if need be */
	CLIENT_ONCE,  /* takes its time; not to be made twice */
};

/* 0, or an exit code after the error was told. Close it in either case. */
int client_open(struct client *, struct run *);
/* The same without telling. */
int client_try(struct client *, struct run *);
void client_close(struct client *);

/* 0 with the answer's parameters, a new reference; or an exit code after the
 * error was told. Takes parameters. */
int client_ask(struct client *, enum client_calls, const char *method,
    json_t *parameters, json_t **answer);
/* Sends a call whose replies client_reply() takes. Takes parameters. */
int client_send(
    struct client *, const char *method, json_t *parameters, unsigned flags);
/* What became of a varlink_receive(): 0 with the answer, or an exit code after
 * the error was told. Frees reply. */
int client_answer(struct client *, const char *method, int error,
    struct varlink_reply *reply, json_t **answer);

/* Tells that no answer came in time. */
int client_late(struct client *, const char *method);

#endif
