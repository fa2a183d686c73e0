/*
 * facts: what notes and records say, put together.
 *
 * The pieces that the report for programs and the one for people have in
 * common. Texts are cut at the end of what they are given room for; that
 * they are cut at all takes a room smaller than FACTS_TEXT, or a path of more
 * than FACTS_PATH.
 */
#ifndef SUPD_CTL_FACTS_H
#define SUPD_CTL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "lib/limits.h"

#define FACTS_TEXT 256
#define FACTS_PATH (LIMIT_DEPTH * (LIMIT_NAME + 1) + 1)

/* How something ended, in words: "exited with code 3". */
void facts_exit(const struct record_exit *, char *text, size_t bytes);
/* What a note of health found: "HTTP status 503". */
void facts_health(const struct note *, char *text, size_t bytes);
/* "SIGTERM". */
void facts_signal(int signo, char *text, size_t bytes);
/* "2026-11-25T22:30:24.017Z" */
void facts_time(int64_t wall_ms, char *text, size_t bytes);
/* "12 ms", "0.2 s", "3 min 20 s", "2 h 5 min", "4 d 3 h" */
void facts_span(uint64_t ms, char *text, size_t bytes);

/* The node's path now: `web/nginx`; `root` of root. */
void facts_path(const struct core *, uint32_t node, char *text, size_t bytes);
/* That of the node a note is about; of one that is gone as far as it can be
 * told. */
void facts_note_path(
    const struct core *, const struct note *, char *text, size_t bytes);
/* The name of a node that a note speaks of, NULL if it is gone and forgotten;
 * valid as long as core is not stepped. */
const char *facts_name(const struct core *, const struct note *, uint32_t uid);

/* The process whose end a note tells: its pid, 0 if that is forgotten, and
 * how long it was from its start to its end, if that is known. */
struct facts_run {
	int32_t pid;
	bool known;
	uint64_t ran_ms;
};
struct facts_run facts_run(const struct core *, const struct note *);

#endif
