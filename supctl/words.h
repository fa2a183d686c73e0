/*
 * words: times, sizes and ends in words.
 *
 * Pure. Each writes into the caller's buffer and returns it; WORDS_BYTES are
 * enough for all but those that say otherwise.
 */
#ifndef SUPCTL_WORDS_H
#define SUPCTL_WORDS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_BYTES 96

/* For tables: 0.3s 42s 3m12s 2h05m 4d03h. */
char *words_age(double seconds, char *text);
/* For sentences: 0.3 s, 42 s, 3 min 12 s, 2 h 5 min, 4 d 3 h. */
char *words_span(double seconds, char *text);
/* 812B 64.0K 12.1M 2.0G */
char *words_bytes(double bytes, char *text);
/* Time of day here of an RFC 3339 time in UTC, with the date where it is not
 * that of now; the text itself where it is no such time. */
char *words_clock(const char *time, int64_t wall_ms, char *text);
/* Milliseconds since 1970 of such a time; -1 where it is none. */
int64_t words_wall_ms(const char *time);

/* How something ended, as a clause: "it exited with code 1"; a new text, not
 * yet clean. exit: an Exit of the protocol, or NULL. */
char *words_exit(const json_t *exit);
/* "db, cache and app" of a list of strings; "" of an empty one; malloc'd. */
char *words_list(const json_t *list);

#endif
