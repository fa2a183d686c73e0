/*
 * show: how things are written for people.
 *
 * A struct show says where to and in what manner; it is passed around and
 * never changed below main. All that comes from the daemon goes through
 * show_clean() before it meets a terminal: control characters, DEL, C1, marks
 * of text direction and, where the locale is not UTF-8, all that is not ASCII
 * are written as \xNN or \u{NNNN}, so no name or text can move the cursor or
 * forge a line. Running out of memory ends supctl with a message: there is
 * nothing to save.
 */
#ifndef SUPCTL_SHOW_H
#define SUPCTL_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct show {
	FILE *out;
	bool color;
	bool utf8;
	unsigned width;  /* columns of the terminal; 0: no terminal, no bound */
	unsigned height; /* lines of the terminal; 0: no bound */
	int64_t wall_ms; /* now, UTC since 1970: ages of events */
};

enum show_paint {
	SHOW_PLAIN,
	SHOW_BOLD,
	SHOW_DIM,
	SHOW_GOOD,
	SHOW_BUSY,
	SHOW_BAD,
};

/* text in that colour, if colours are on. text is written as it is. */
void show_paint(const struct show *, enum show_paint, const char *text);

/* A copy of text that is safe on a terminal; free() it. */
char *show_clean(const char *text, bool utf8);
/* Writes show_clean(text). */
void show_text(const struct show *, const char *text);
/* Columns that a clean text takes. */
size_t show_columns(const char *text, bool utf8);
/* Cuts a clean text to at most columns, with a mark at the end if anything
 * went; in place. */
void show_cut(char *text, size_t columns, bool utf8);
/* Writes a clean text in lines of at most columns (0: one line), each after
 * the first begun with indent. Breaks at blanks; a longer word is cut. */
void show_wrapped(
    const struct show *, const char *text, size_t columns, const char *indent);

/* printf into a new text; free() it. */
char *show_format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* pointer, or the end if it is NULL: for what malloc and jansson return. */
void *show_need(void *pointer);

#endif
