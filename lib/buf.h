/*
 * buf: bytes that grow, up to a bound.
 *
 * Adding never fails by itself: what cannot be added (the bound, no memory)
 * sets `failed`, and all that is added after it is dropped, so that a writer
 * asks once, at its end. The data has a NUL behind it that is not counted;
 * an empty buf reads as "".
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until something was added; see buf_string() */
	size_t length;
	size_t capacity;
	size_t limit; /* the most bytes that it may hold */
	bool failed;
};

/* An empty one; it holds no memory yet. */
struct buf buf_make(size_t limit);
void buf_free(struct buf *);
/* Empty and not failed any more; keeps its memory. */
void buf_clear(struct buf *);

void buf_add(struct buf *, const void *bytes, size_t n);
void buf_byte(struct buf *, char c);
void buf_text(struct buf *, const char *text);
void buf_print(struct buf *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprint(struct buf *, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));

/* Room for n more bytes, to be written by the caller (a read(2), say) at
 * data + length, who then adds to length by buf_wrote(); NULL and failed if
 * there can be none. */
char *buf_room(struct buf *, size_t n);
void buf_wrote(struct buf *, size_t n);

/* Takes n bytes (at most length) from the front. */
void buf_consume(struct buf *, size_t n);

/* The text; never NULL, valid until the next change. */
const char *buf_string(const struct buf *);
/* The text as the caller's own (free(3)), the buf is empty after it. NULL if
 * it failed, or there is no memory. */
char *buf_take(struct buf *);

#endif
