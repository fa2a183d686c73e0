#include "conf/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK (64 * 1024)

struct chunk {
	struct chunk *next;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct chunk *chunks;
	size_t used; /* of the newest chunk */
	size_t room;
	size_t total;
	size_t total_max;
	bool failed;
	bool full;
};

struct arena *
arena_open(size_t bytes_max)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena != NULL)
		arena->total_max = bytes_max;
	return arena;
}

void
arena_close(struct arena *arena)
{
	struct chunk *next;

	if (arena == NULL)
		return;
	for (struct chunk *chunk = arena->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

static bool
grow(struct arena *arena, size_t bytes)
{
	size_t room = bytes > CHUNK ? bytes : CHUNK;
	struct chunk *chunk;

	if (room > arena->total_max - arena->total) {
		arena->full = true;
		return false;
	}
	chunk = calloc(1, sizeof(*chunk) + room);
	if (chunk == NULL)
		return false;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->used = 0;
	arena->room = room;
	arena->total += room;
	return true;
}

void *
arena_take(struct arena *arena, size_t bytes)
{
	const size_t align = alignof(max_align_t);
	size_t at;

	if (arena->failed || bytes > SIZE_MAX / 2)
		goto failed;
	bytes = (bytes + align - 1) / align * align;
	if (bytes > arena->room - arena->used && !grow(arena, bytes))
		goto failed;
	at = arena->used;
	arena->used += bytes;
	/* Zero bytes still want an address of their own. */
	if (arena->chunks == NULL && !grow(arena, align))
		goto failed;
	return arena->chunks->bytes + at;
failed:
	arena->failed = true;
	return NULL;
}

void *
arena_array(struct arena *arena, size_t count, size_t bytes)
{
	size_t all;

	if (__builtin_mul_overflow(count, bytes, &all))
		all = SIZE_MAX;
	return arena_take(arena, all);
}

char *
arena_copy(struct arena *arena, const char *text, size_t n)
{
	char *copy = arena_take(arena, n + 1);

	if (copy != NULL && n > 0)
		memcpy(copy, text, n);
	return copy;
}

char *
arena_text(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *
arena_print(struct arena *arena, const char *format, ...)
{
	va_list list;
	char *text;
	int n;

	va_start(list, format);
	n = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (n < 0) {
		arena->failed = true;
		return NULL;
	}
	text = arena_take(arena, (size_t)n + 1);
	if (text == NULL)
		return NULL;
	va_start(list, format);
	vsnprintf(text, (size_t)n + 1, format, list);
	va_end(list);
	return text;
}

void
arena_fail(struct arena *arena)
{
	arena->failed = true;
}

bool
arena_failed(const struct arena *arena)
{
	return arena->failed;
}

bool
arena_full(const struct arena *arena)
{
	return arena->full;
}
