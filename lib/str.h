/*
 * str: questions about text that more than one wing asks.
 *
 * Pure functions over memory that belongs to the caller. Text is bytes; where
 * characters matter it is UTF-8. Blank means space, tab, newline or carriage
 * return.
 */
#ifndef LIB_STR_H
#define LIB_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool str_blank(char c);
bool str_starts(const char *text, const char *prefix);

/* Is it a name of a node: [A-Za-z0-9][A-Za-z0-9._@:+-]{0,62}? */
bool str_name_valid(const char *text);
/* May that byte stand in a name, after the first? */
bool str_name_byte(char c);
/* Is it a variable's name: [A-Za-z_][A-Za-z0-9_]*, n bytes? */
bool str_variable_valid(const char *text, size_t n);

/* Bytes of text that are valid UTF-8 (no overlong form, no surrogate, nothing
 * above U+10FFFF) before the first that is not; n if all are. */
size_t str_utf8(const char *text, size_t n);
/* The most bytes of n, at most max, that end at the border of a character. */
size_t str_fit(const char *text, size_t n, size_t max);

/* Digits only: no sign, no blank, no 0x. False, and *number untouched, if it
 * is anything else or above max. */
bool str_number(const char *text, uint64_t max, uint64_t *number);

/* The next word of *cursor that is free of blanks, with its length, and moves
 * *cursor behind it; NULL if there is none left. */
const char *str_word(const char **cursor, size_t *length);

/*
 * Looking for what someone may have meant. str_guess() begins; each name that
 * would have been possible is offered; best is then the nearest one by edit
 * distance (a swap of neighbours is one edit, upper and lower case are the
 * same), or NULL if none is near enough to be worth a
 * suggestion. Names over LIMIT_NAME bytes are never near. The names are kept
 * by reference.
 */
struct str_guess {
	const char *word;
	const char *best;
	size_t distance;
};
struct str_guess str_guess(const char *word);
void str_guess_offer(struct str_guess *, const char *name);

/* Edits from one to the other; SIZE_MAX if either is over LIMIT_NAME bytes. */
size_t str_distance(const char *a, const char *b);

#endif
