#include "supctl/show.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define RESET "\033[0m"

void *
show_need(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("supctl: out of memory\n", stderr);
	exit(1);
}

char *
show_format(const char *format, ...)
{
	char *text = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	va_end(list);
	return show_need(text);
}

void
show_paint(const struct show *show, enum show_paint paint, const char *text)
{
	static const char *const code[] = {
		[SHOW_PLAIN] = "",
		[SHOW_BOLD] = "\033[1m",
		[SHOW_DIM] = "\033[2m",
		[SHOW_GOOD] = "\033[32m",
		[SHOW_BUSY] = "\033[33m",
		[SHOW_BAD] = "\033[31m",
	};

	if (!show->color || paint == SHOW_PLAIN)
		fputs(text, show->out);
	else
		fprintf(show->out, "%s%s" RESET, code[paint], text);
}

/* One code point of UTF-8, with its length; a byte that begins none is
 * returned as UINT32_MAX with the length 1. */
static uint32_t
decode(const unsigned char *at, size_t *length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t point;
	size_t n;

	*length = 1;
	if (at[0] < 0x80)
		return at[0];
	n = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return UINT32_MAX;
	point = at[0] & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		point = point << 6 | (at[i] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return UINT32_MAX;
	*length = n;
	return point;
}

/* Marks of direction and those that show nothing can make one name look like
 * another; line separators break lines in some terminals. */
static bool
treacherous(uint32_t point)
{
	return (point >= 0x80 && point < 0xa0) || point == 0xad ||
	       point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
	       (point >= 0xe0000 && point <= 0xe007f);
}

char *
show_clean(const char *text, bool utf8)
{
	const unsigned char *at = (const unsigned char *)text;
	char *clean = NULL;
	size_t bytes, length;
	FILE *out = show_need(open_memstream(&clean, &bytes));

	for (; *at; at += length) {
		uint32_t point = decode(at, &length);

		if (point == UINT32_MAX || point < 0x20 || point == 0x7f)
			fprintf(out, "\\x%02x", *at);
		else if (treacherous(point) || (!utf8 && point >= 0x80))
			fprintf(out, "\\u{%" PRIx32 "}", point);
		else
			fwrite(at, 1, length, out);
	}
	if (fclose(out) != 0)
		return show_need(NULL);
	return clean;
}

void
show_text(const struct show *show, const char *text)
{
	char *clean = show_clean(text, show->utf8);

	fputs(clean, show->out);
	free(clean);
}

static size_t
columns_of(uint32_t point)
{
	int width = point < 0x80 ? 1 : wcwidth((wchar_t)point);

	/* A locale that does not know the character: most take one. */
	return width < 0 ? 1 : (size_t)width;
}

/* Bytes of text that fit into columns; *taken: what they take. */
static size_t
fitting(const char *text, size_t columns, size_t *taken)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length, used = 0;

	for (; *at; at += length) {
		size_t width = columns_of(decode(at, &length));

		if (used + width > columns)
			break;
		used += width;
	}
	*taken = used;
	return (size_t)((const char *)at - text);
}

size_t
show_columns(const char *text, bool utf8)
{
	size_t taken;

	if (!utf8)
		return strlen(text);
	fitting(text, SIZE_MAX / 2, &taken);
	return taken;
}

void
show_cut(char *text, size_t columns, bool utf8)
{
	const char *mark = utf8 ? "\u2026" : "~";
	size_t taken, at;

	if (show_columns(text, utf8) <= columns)
		return;
	if (columns == 0) {
		text[0] = '\0';
		return;
	}
	at = fitting(text, columns - 1, &taken);
	/* What was cut off may be shorter in bytes than the mark. */
	if (strlen(text + at) < strlen(mark))
		mark = "~";
	memcpy(text + at, mark, strlen(mark) + 1);
}

/* Bytes of the next line of text, at most columns wide. */
static size_t
line_bytes(const char *text, size_t columns)
{
	size_t taken, fit = fitting(text, columns, &taken);
	size_t end = fit;

	if (!text[fit] || text[fit] == ' ')
		return fit;
	while (end > 0 && text[end - 1] != ' ')
		end--;
	while (end > 0 && text[end - 1] == ' ')
		end--;
	if (end > 0)
		return end;
	return fit > 0 ? fit : strlen(text);
}

void
show_wrapped(const struct show *show, const char *text, size_t columns,
    const char *indent)
{
	size_t bytes;

	while (columns > 0 && (bytes = line_bytes(text, columns)) > 0 &&
	       text[bytes]) {
		fwrite(text, 1, bytes, show->out);
		text += bytes;
		text += strspn(text, " ");
		if (!*text)
			return;
		fprintf(show->out, "\n%s", indent);
	}
	fputs(text, show->out);
}
