/*
 * arena: the memory of one generation of the configuration.
 *
 * Pieces are taken and never given back; arena_close() frees all of them.
 * What is taken is zeroed and aligned for any type. NULL when there is no
 * memory, or the arena would hold more than its bound; it then has failed,
 * and gives nothing any more, so that a builder of many pieces needs to ask
 * arena_failed() only once at its end, if it looks at no piece before.
 */
#ifndef SUPD_CONF_ARENA_H
#define SUPD_CONF_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* NULL: no memory. */
struct arena *arena_open(size_t bytes_max);
/* NULL is allowed. */
void arena_close(struct arena *);

void *arena_take(struct arena *, size_t bytes);
void *arena_array(struct arena *, size_t count, size_t bytes);
/* A copy of n bytes of text, ended by a NUL. */
char *arena_copy(struct arena *, const char *text, size_t n);
char *arena_text(struct arena *, const char *text);
char *arena_print(struct arena *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Has it fail: memory from elsewhere was short. */
void arena_fail(struct arena *);
bool arena_failed(const struct arena *);
/* It failed because of its bound, not of the machine. */
bool arena_full(const struct arena *);

#endif
