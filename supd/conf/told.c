#include "conf/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/str.h"

/* Of a message, and of a path: more than any of them has. */
#define TEXT_MAX 8192

/* An error takes the place of the last warning. */
static struct diagnosis *
replace_warning(struct diagnoses *out)
{
	struct diagnosis *last = &out->list[out->count - 1], *one = last;

	while (one > out->list && one->kind != DIAGNOSIS_WARNING)
		one--;
	if (one->kind != DIAGNOSIS_WARNING)
		return NULL;
	free(one->file);
	free(one->text);
	memmove(one, one + 1, (size_t)(last - one) * sizeof(*one));
	return last;
}

/* The place of a new one; NULL: it can only be counted. */
static struct diagnosis *
find_room(struct diagnoses *out, enum diagnosis_kind kind)
{
	if (out->count == LIMIT_DIAGNOSES)
		return kind == DIAGNOSIS_ERROR ? replace_warning(out) : NULL;
	if (out->list == NULL)
		out->list = calloc(LIMIT_DIAGNOSES, sizeof(*out->list));
	return out->list == NULL ? NULL : &out->list[out->count++];
}

static char *
copy(const char *text)
{
	struct buf all = buf_make(TEXT_MAX);
	char *taken;

	if (text == NULL)
		return NULL;
	buf_text(&all, text);
	taken = buf_take(&all);
	buf_free(&all);
	return taken;
}

void
told_list(struct diagnoses *out, enum diagnosis_kind kind, const char *file,
    unsigned line, const char *format, va_list list)
{
	struct buf text = buf_make(TEXT_MAX);
	struct diagnosis *one;

	if (kind == DIAGNOSIS_ERROR)
		out->errors++;
	else
		out->warnings++;
	one = find_room(out, kind);
	if (one == NULL)
		return;
	buf_vprint(&text, format, list);
	*one = (struct diagnosis){
		.kind = kind,
		.file = copy(file),
		.line = line,
		.text = buf_take(&text),
	};
	buf_free(&text);
}

void
told_error(struct diagnoses *out, const char *file, unsigned line,
    const char *format, ...)
{
	va_list list;

	va_start(list, format);
	told_list(out, DIAGNOSIS_ERROR, file, line, format, list);
	va_end(list);
}

void
told_warning(struct diagnoses *out, const char *file, unsigned line,
    const char *format, ...)
{
	va_list list;

	va_start(list, format);
	told_list(out, DIAGNOSIS_WARNING, file, line, format, list);
	va_end(list);
}

static bool
stands_after(const struct diagnosis *a, const struct diagnosis *b)
{
	int order;

	if (a->file == NULL || b->file == NULL)
		return a->file != NULL && b->file == NULL;
	order = strcmp(a->file, b->file);
	return order > 0 || (order == 0 && a->line > b->line);
}

/* By insertion: they are few, and nearly sorted. */
void
told_sort(struct diagnoses *out)
{
	for (size_t i = 1; i < out->count; i++) {
		struct diagnosis one = out->list[i];
		size_t at = i;

		for (; at > 0 && stands_after(&out->list[at - 1], &one); at--)
			out->list[at] = out->list[at - 1];
		out->list[at] = one;
	}
}

void
told_forget(struct diagnoses *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->count; i++) {
		struct diagnosis *one = &out->list[i];

		if (one->kind == DIAGNOSIS_WARNING) {
			out->list[kept++] = *one;
			continue;
		}
		free(one->file);
		free(one->text);
	}
	out->count = kept;
	out->errors = 0;
}

void
diagnoses_free(struct diagnoses *out)
{
	for (size_t i = 0; i < out->count; i++) {
		free(out->list[i].file);
		free(out->list[i].text);
	}
	free(out->list);
	*out = (struct diagnoses){ 0 };
}

char *
diagnosis_line(const struct diagnosis *one)
{
	const char *kind = one->kind == DIAGNOSIS_WARNING ? "warning: " : "";
	const char *text = one->text == NULL ? "out of memory" : one->text;
	char *line = NULL;
	int n;

	if (one->file == NULL)
		n = asprintf(&line, "%s%s", kind, text);
	else if (one->line == 0)
		n = asprintf(&line, "%s: %s%s", one->file, kind, text);
	else
		n = asprintf(
		    &line, "%s:%u: %s%s", one->file, one->line, kind, text);
	return n < 0 ? NULL : line;
}

struct quoted
quoted_bytes(const char *text, size_t n)
{
	struct quoted out = { "" };
	size_t fit = str_fit(text, n, QUOTED_MAX), used = 0;

	for (size_t i = 0; i < fit; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n' || c == '\t') {
			out.text[used++] = '\\';
			out.text[used++] = c == '\n' ? 'n' : 't';
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(out.text + used, 5, "\\x%02x", c);
			used += 4;
		} else {
			out.text[used++] = (char)c;
		}
	}
	snprintf(out.text + used, 4, "%s", fit < n ? "..." : "");
	return out;
}

struct quoted
quoted(const char *text)
{
	return quoted_bytes(text, strlen(text));
}
