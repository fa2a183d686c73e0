/*
 * run: one run of supctl, and how it tells that it failed.
 */
#ifndef SUPCTL_RUN_H
#define SUPCTL_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "supctl/exits.h"
#include "supctl/options.h"
#include "supctl/show.h"

struct run {
	struct options options;
	struct show out;     /* standard output */
	struct show err;     /* standard error */
	int64_t deadline_ms; /* of --timeout, on run_now_ms(); -1: none */
};

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t run_now_ms(void);
/* Milliseconds that --timeout leaves, 0 if it passed, -1 if there is none. */
int run_left_ms(const struct run *);

/*
 * Tells an error and returns code. For people: `supctl: message` on standard
 * error, where each line of message after the first is indented. With --json:
 * {"error": error, "message": message} on standard output. message: a new
 * text from show_format(), freed here; it need not be clean.
 */
int run_fail(struct run *, int code, const char *error, char *message);
/* The same with more keys in the JSON form; takes the reference of extra. */
int run_fail_with(
    struct run *, int code, const char *error, char *message, json_t *extra);

/* Prints JSON on standard output, one line. Takes no reference. */
void run_json(struct run *, const json_t *value);
/* The names of the command line as a JSON list; a new reference. */
json_t *run_names(const struct run *);

#endif
