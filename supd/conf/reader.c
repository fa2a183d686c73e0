#include "conf/reader.h"

#include <ini.h>
#include <string.h>

#include "conf/keys.h"
#include "conf/told.h"
#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/str.h"

/* The smallest buffer that any inih offers is 200 bytes, and it wants a
 * carriage return, a newline and a NUL of them. */
#define LINE_MIN 200
/* A piece of a value; with the longest key and ` = ` it fits. */
#define PIECE 100
/* inih cuts names at 50 bytes: enough of it must be the same. */
#define ALIKE 40
/* [supervisor:NAME@] */
#define TITLE_MAX (sizeof("supervisor:@") - 1 + LIMIT_NAME)

#define BOM "\xef\xbb\xbf"

struct reader {
	struct arena *arena;
	struct diagnoses *out;
	struct sections *sections;
	const char *file;
	const char *at; /* what was not yet looked at */
	const char *end;
	unsigned line;

	struct section *section; /* NULL: none yet, or one to be skipped */
	bool skips_section;
	struct item *item; /* whose continuation may follow; else NULL */
	bool skips_item;
	char quote; /* that is open in the value so far, 0 if none */
	struct buf value;

	const char *piece; /* of the line's value, not yet handed out */
	size_t piece_left;
	bool continues; /* the next piece is not the item's first... */
	bool joins;     /* ...and begins a line */

	char handed[PIECE + 1]; /* what inih has to hand back next */
	bool owed;
	bool alien; /* it handed back something else */
};

static bool
is_comment(char c)
{
	return c == ';' || c == '#';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

static char
veil(char c)
{
	static const char plain[] = " \t;#";
	const char *found = c == '\0' ? NULL : strchr(plain, c);

	return found == NULL ? c : (char)(found - plain + 1);
}

static char
unveil(char c)
{
	static const char plain[] = " \t;#";

	return c >= 1 && c <= 4 ? plain[c - 1] : c;
}

/* Where the value that begins at `at` ends: before a comment, without blanks
 * at its end unless they are quoted. *quote is what is open before and after
 * it. What stands before `at` is a blank, or the `=`. */
static const char *
find_end(const char *at, const char *end, char *quote)
{
	const char *last = at; /* behind the last that is no blank */

	for (; at < end; at++) {
		if (*quote == '\0' && is_comment(*at) && is_space(at[-1]))
			return last;
		if (*at == '\\' && *quote != '\'' && at + 1 < end)
			at++;
		else if (*quote == '\0' && (*at == '\'' || *at == '"'))
			*quote = *at;
		else if (*at == *quote)
			*quote = '\0';
		if (*quote != '\0' || !is_space(*at))
			last = at + 1;
	}
	return last;
}

/* The value of the item is complete. */
static void
end_item(struct reader *r)
{
	/* It grows by single bytes: below its bound it was memory's fault. */
	if (r->value.failed && r->value.length < r->value.limit) {
		arena_fail(r->arena);
	} else if (r->item != NULL && r->value.failed) {
		told_error(r->out, r->file, r->item->line,
		    "the value of '%s' is longer than %u bytes",
		    quoted(r->item->key).text, LIMIT_VALUE);
		r->item->bad = true;
		r->item->value = "";
	} else if (r->item != NULL) {
		r->item->value = arena_copy(
		    r->arena, buf_string(&r->value), r->value.length);
	}
	buf_clear(&r->value);
	r->item = NULL;
	r->quote = '\0';
}

/* The line, and what continues it, is not an item; unless it turns out that
 * it is. */
static void
lose_line(struct reader *r)
{
	end_item(r);
	r->skips_item = true;
}

/* Letters, digits and what else a name may have, the `:` of the kind too. */
static bool
is_title(const char *title, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!str_name_byte(title[i]))
			return false;
	return n > 0;
}

static void
begin_section(struct reader *r, const char *at, const char *end)
{
	const char *close = memchr(at, ']', (size_t)(end - at));
	size_t n = close == NULL ? 0 : (size_t)(close - at);
	const char *after = close == NULL ? end : close + 1;
	struct section *section;

	end_item(r);
	r->skips_item = false;
	r->section = NULL;
	r->skips_section = true;
	while (after < end && is_space(*after))
		after++;
	if (close == NULL)
		told_error(r->out, r->file, r->line, "']' is missing");
	else if (after < end && !is_comment(*after))
		told_error(r->out, r->file, r->line,
		    "'%s' stands behind the section's ']'",
		    quoted_bytes(after, (size_t)(end - after)).text);
	else if (n > TITLE_MAX)
		told_error(r->out, r->file, r->line,
		    "the section's name is longer than %d bytes", LIMIT_NAME);
	else if (!is_title(at, n))
		told_error(r->out, r->file, r->line,
		    "'%s' can't be a section's name", quoted_bytes(at, n).text);
	else
		r->skips_section = false;
	if (r->skips_section)
		return;
	section = arena_take(r->arena, sizeof(*section));
	if (section == NULL)
		return;
	section->title = arena_copy(r->arena, at, n);
	section->file = r->file;
	section->line = r->line;
	if (r->sections->last == NULL)
		r->sections->first = section;
	else
		r->sections->last->next = section;
	r->sections->last = section;
	r->section = section;
}

/* Is the key one that inih takes for a key, too? */
static bool
is_key(const char *key, size_t n)
{
	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (is_space(key[i]) || key[i] == '[' || key[i] == ']' ||
		    is_comment(key[i]))
			return false;
	return true;
}

static void
add_item(struct reader *r, const char *key, size_t n)
{
	struct item *item = arena_take(r->arena, sizeof(*item));

	if (item == NULL)
		return;
	item->key = arena_copy(r->arena, key, n);
	item->value = "";
	item->line = r->line;
	item->section = r->section;
	if (r->section->last == NULL)
		r->section->first = item;
	else
		r->section->last->next = item;
	r->section->last = item;
	r->item = item;
}

static void
begin_item(struct reader *r, const char *at, const char *end)
{
	const char *sign = at, *value, *stop;
	size_t n;

	lose_line(r);
	while (sign < end && *sign != '=' && *sign != ':')
		sign++;
	n = (size_t)(sign - at);
	while (n > 0 && is_space(at[n - 1]))
		n--;
	if (sign == end)
		told_error(r->out, r->file, r->line,
		    "'%s' is neither a [section] nor 'key = value'",
		    quoted_bytes(at, (size_t)(end - at)).text);
	else if (!is_key(at, n))
		told_error(r->out, r->file, r->line, "'%s' is no key",
		    quoted_bytes(at, n).text);
	else if (n > LIMIT_NAME)
		told_error(r->out, r->file, r->line,
		    "the key '%s' is longer than %d bytes",
		    quoted_bytes(at, n).text, LIMIT_NAME);
	else if (r->section == NULL && !r->skips_section)
		told_error(r->out, r->file, r->line,
		    "'%s' stands before the first [section]",
		    quoted_bytes(at, n).text);
	else if (r->section != NULL)
		add_item(r, at, n);
	if (r->item == NULL) {
		if (r->section != NULL)
			r->section->lacks = true;
		return;
	}
	r->skips_item = false;
	for (value = sign + 1; value < end && is_space(*value);)
		value++;
	stop = find_end(value, end, &r->quote);
	r->piece = value;
	r->piece_left = (size_t)(stop - value);
	r->continues = false;
	r->joins = false;
	r->owed = true;
}

/* Who indents keys to make them look nice has written one long value. */
static void
warn_of_key(const struct reader *r, const char *at, const char *end)
{
	const char *sign = memchr(at, '=', (size_t)(end - at));
	char name[LIMIT_NAME + 1];
	enum key_id id;
	size_t n;

	if (*at == '[')
		told_warning(r->out, r->file, r->line,
		    "this line is indented, so it continues the value of '%s' "
		    "and is no section",
		    r->item->key);
	if (sign == NULL || strcmp(r->item->key, "environment") == 0)
		return;
	for (n = (size_t)(sign - at); n > 0 && is_space(at[n - 1]);)
		n--;
	if (n >= sizeof(name))
		return;
	memcpy(name, at, n);
	name[n] = '\0';
	if (keys_find(name, &id))
		told_warning(r->out, r->file, r->line,
		    "this line is indented, so it continues the value of '%s' "
		    "and is not the key '%s'",
		    r->item->key, name);
}

static void
continue_item(struct reader *r, const char *at, const char *end)
{
	const char *stop;

	if (r->item == NULL)
		return;
	if (r->quote == '\0')
		warn_of_key(r, at, end);
	stop = find_end(at, end, &r->quote);
	if (stop == at)
		return;
	r->piece = at;
	r->piece_left = (size_t)(stop - at);
	r->continues = true;
	r->joins = true;
	r->owed = true;
}

/* Is every byte of the line one that may stand in a configuration? */
static bool
is_clean(struct reader *r, const char *line, size_t n)
{
	size_t valid;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c == '\0') {
			told_error(r->out, r->file, r->line,
			    "a NUL byte: this is no text file");
			/* It would be the first of many. */
			r->at = r->end;
			return false;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			told_error(r->out, r->file, r->line,
			    "a control character (0x%02x)", c);
			return false;
		}
	}
	valid = str_utf8(line, n);
	if (valid == n)
		return true;
	told_error(r->out, r->file, r->line,
	    "not valid UTF-8 (byte 0x%02x in column %zu)",
	    (unsigned char)line[valid], valid + 1);
	return false;
}

/* Looks at the next line, and prepares its pieces if it has any. */
static void
take_line(struct reader *r)
{
	const char *line = r->at, *start;
	const char *end = memchr(line, '\n', (size_t)(r->end - line));
	bool indented;

	r->at = end == NULL ? r->end : end + 1;
	r->line++;
	if (end == NULL)
		end = r->end;
	if (end > line && end[-1] == '\r')
		end--;
	if (!is_clean(r, line, (size_t)(end - line))) {
		lose_line(r);
		if (r->section != NULL)
			r->section->lacks = true;
		return;
	}
	for (start = line; start < end && is_space(*start);)
		start++;
	if (start == end)
		return;
	indented = start > line;
	if (is_comment(*start) && (!indented || r->quote == '\0'))
		return;
	if (indented && (r->item != NULL || r->skips_item))
		continue_item(r, start, end);
	else if (*start == '[')
		begin_section(r, start + 1, end);
	else
		begin_item(r, start, end);
}

/* What inih wants to hear of the line: the key with the first piece, or an
 * indented piece. */
static void
write_piece(struct reader *r, char *str)
{
	size_t n = r->piece_left < PIECE ? r->piece_left : PIECE, used = 0;

	for (size_t i = 0; i < n; i++)
		r->handed[i] = veil(r->piece[i]);
	r->handed[n] = '\0';
	if (!r->continues) {
		used = strlen(r->item->key);
		memcpy(str, r->item->key, used);
		str[used++] = ' ';
		str[used++] = '=';
	}
	str[used++] = ' ';
	memcpy(str + used, r->handed, n);
	used += n;
	str[used++] = '\n';
	str[used] = '\0';
	r->piece += n;
	r->piece_left -= n;
}

/* inih asks for a line, as of fgets(3). */
static char *
give_line(char *str, int num, void *stream)
{
	struct reader *r = stream;
	struct section *section = r->section;

	if (num < LINE_MIN || r->owed)
		r->alien = true;
	if (r->alien || arena_failed(r->arena))
		return NULL;
	if (r->piece_left > 0) {
		r->owed = true;
		write_piece(r, str);
		return str;
	}
	if (r->at == r->end)
		return NULL;
	take_line(r);
	if (arena_failed(r->arena))
		return NULL;
	if (r->owed) {
		write_piece(r, str);
	} else if (r->section != section && r->section != NULL) {
		size_t n = strlen(r->section->title);

		str[0] = '[';
		memcpy(str + 1, r->section->title, n);
		memcpy(str + 1 + n, "]\n", 3);
	} else {
		memcpy(str, "\n", 2);
	}
	return str;
}

static bool
is_alike(const char *got, const char *wanted)
{
	return strncmp(got, wanted, ALIKE) == 0;
}

/* inih hands a key with its value, or with one more piece of it. */
static int
take_value(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;

	/* Some builds tell of each new section, without a name. */
	if (name == NULL && value == NULL && !r->owed)
		return 1;
	if (!r->owed || name == NULL || value == NULL || r->item == NULL ||
	    !is_alike(section, r->item->section->title) ||
	    !is_alike(name, r->item->key) || strcmp(value, r->handed) != 0) {
		r->alien = true;
		return 0;
	}
	r->owed = false;
	if (r->joins)
		buf_byte(&r->value, '\n');
	r->joins = false;
	r->continues = true;
	for (const char *c = value; *c != '\0'; c++)
		buf_byte(&r->value, unveil(*c));
	return 1;
}

void
reader_read(struct arena *arena, const struct source *source,
    struct sections *sections, struct diagnoses *out)
{
	struct reader r = {
		.arena = arena,
		.out = out,
		.sections = sections,
		.file = source->path,
		.at = source->text,
		.end = source->text + source->bytes,
		.value = buf_make(LIMIT_VALUE),
	};
	int error;

	if (source->bytes >= strlen(BOM) && memcmp(r.at, BOM, strlen(BOM)) == 0)
		r.at += strlen(BOM);
	error = ini_parse_stream(give_line, &r, take_value, &r);
	if (!r.alien)
		end_item(&r);
	if ((r.alien || error != 0) && !arena_failed(arena))
		told_error(out, source->path, r.line,
		    "the inih library reads this line in another way than "
		    "supd; the file is refused");
	buf_free(&r.value);
}
