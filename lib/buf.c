#include "lib/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/must.h"

#define FIRST 256

struct buf
buf_make(size_t limit)
{
	return (struct buf){ .limit = limit };
}

void
buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = buf_make(buf->limit);
}

void
buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->failed = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

char *
buf_room(struct buf *buf, size_t n)
{
	size_t need, capacity = buf->capacity;
	char *data;

	if (buf->failed || n > buf->limit - buf->length)
		goto failed;
	need = buf->length + n;
	if (need < capacity)
		return buf->data + buf->length;
	if (capacity == 0)
		capacity = FIRST;
	while (capacity <= need) {
		if (capacity > SIZE_MAX / 2)
			goto failed;
		capacity *= 2;
	}
	data = realloc(buf->data, capacity);
	if (data == NULL)
		goto failed;
	buf->data = data;
	buf->capacity = capacity;
	buf->data[buf->length] = '\0';
	return buf->data + buf->length;
failed:
	buf->failed = true;
	return NULL;
}

void
buf_wrote(struct buf *buf, size_t n)
{
	must(n < buf->capacity - buf->length);
	buf->length += n;
	buf->data[buf->length] = '\0';
}

void
buf_add(struct buf *buf, const void *bytes, size_t n)
{
	char *room = buf_room(buf, n);

	if (room == NULL || n == 0)
		return;
	memcpy(room, bytes, n);
	buf_wrote(buf, n);
}

void
buf_byte(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_vprint(struct buf *buf, const char *format, va_list list)
{
	char *text;
	int n = vasprintf(&text, format, list);

	if (n < 0) {
		buf->failed = true;
		return;
	}
	buf_add(buf, text, (size_t)n);
	free(text);
}

void
buf_print(struct buf *buf, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	buf_vprint(buf, format, list);
	va_end(list);
}

void
buf_consume(struct buf *buf, size_t n)
{
	must(n <= buf->length);
	if (n == 0)
		return;
	buf->length -= n;
	memmove(buf->data, buf->data + n, buf->length);
	buf->data[buf->length] = '\0';
}

const char *
buf_string(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

char *
buf_take(struct buf *buf)
{
	char *data;

	if (buf->failed || buf_room(buf, 0) == NULL)
		return NULL;
	data = buf->data;
	*buf = buf_make(buf->limit);
	return data;
}
