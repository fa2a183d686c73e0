#include "lib/str.h"

#include <string.h>

#include "lib/limits.h"

bool
str_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool
str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

bool
str_name_byte(char c)
{
	return is_letter(c) || is_digit(c) ||
	       (c != '\0' && strchr("._@:+-", c) != NULL);
}

bool
str_name_valid(const char *text)
{
	size_t n;

	if (!is_letter(text[0]) && !is_digit(text[0]))
		return false;
	for (n = 1; text[n] != '\0'; n++)
		if (n == LIMIT_NAME || !str_name_byte(text[n]))
			return false;
	return true;
}

bool
str_variable_valid(const char *text, size_t n)
{
	if (n == 0 || is_digit(text[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '_')
			return false;
	return true;
}

/* Bytes of the character that begins at text, 0 if it is none; RFC 3629. */
static size_t
utf8_length(const unsigned char *text, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (n < length)
		return 0;
	if (text[0] == 0xe0)
		low = 0xa0;
	else if (text[0] == 0xed)
		high = 0x9f;
	else if (text[0] == 0xf0)
		low = 0x90;
	else if (text[0] == 0xf4)
		high = 0x8f;
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

size_t
str_utf8(const char *text, size_t n)
{
	size_t at = 0, length;

	while (at < n) {
		length = utf8_length((const unsigned char *)text + at, n - at);
		if (length == 0)
			break;
		at += length;
	}
	return at;
}

size_t
str_fit(const char *text, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

bool
str_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (!is_digit(*text) || digit > max)
			return false;
		if (sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

const char *
str_word(const char **cursor, size_t *length)
{
	const char *at = *cursor, *word;

	while (str_blank(*at))
		at++;
	word = at;
	while (*at != '\0' && !str_blank(*at))
		at++;
	*cursor = at;
	*length = (size_t)(at - word);
	return *length > 0 ? word : NULL;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance, three rows at a time. */
size_t
str_distance(const char *a, const char *b)
{
	size_t rows[3][LIMIT_NAME + 1];
	size_t an = strlen(a), bn = strlen(b);

	if (an > LIMIT_NAME || bn > LIMIT_NAME)
		return SIZE_MAX;
	for (size_t j = 0; j <= bn; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const size_t *top = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);

			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) &&
			    lower(a[i - 2]) == y)
				row[j] = least(row[j], top[j - 2] + 1);
		}
	}
	return rows[an % 3][bn];
}

/* Beyond a third of the word, a suggestion is more riddle than help; and a
 * letter is as near to any other. */
struct str_guess
str_guess(const char *word)
{
	size_t n = strlen(word);

	return (struct str_guess){
		.word = word,
		.distance = (n < 2      ? 0
				: n < 3 ? 1
					: n / 3) +
			    1,
	};
}

void
str_guess_offer(struct str_guess *guess, const char *name)
{
	size_t distance, n = strlen(guess->word), m = strlen(name);

	/* Lengths that differ by more need no closer look. */
	if ((n > m ? n - m : m - n) >= guess->distance)
		return;
	distance = str_distance(guess->word, name);
	if (distance < guess->distance) {
		guess->distance = distance;
		guess->best = name;
	}
}
