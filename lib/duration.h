/*
 * duration: times as people write them, in milliseconds.
 *
 * `250ms`, `5s`, `2m`, `1h30m`, `1d`, `0.5s`; a bare number is seconds;
 * `infinity` is no limit. Units stand in falling order, each at most once; a
 * fraction stands only in the last part, and must be whole milliseconds. No
 * sign, no blanks. What duration_text() writes duration_parse() reads back.
 */
#ifndef LIB_DURATION_H
#define LIB_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DURATION_INFINITE UINT64_MAX
/* The longest finite one, 100 years; longer is refused. */
#define DURATION_MAX (UINT64_C(36500) * 24 * 60 * 60 * 1000)
/* Bytes that any duration's text takes, the NUL included. */
#define DURATION_TEXT 32

/* False, and *ms untouched, if text is no duration. */
bool duration_parse(const char *text, uint64_t *ms);
/* Writes it exactly (`1h30m`, `1s500ms`, `0s`, `infinity`); returns out. */
char *duration_text(uint64_t ms, char out[DURATION_TEXT]);

#endif
