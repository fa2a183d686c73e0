#include "conf/environ.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/told.h"
#include "conf/words.h"
#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/str.h"

/* Bytes of the NAME before a `=`; 0: it is no NAME=value. Beside what a
 * ${NAME} can name, programs use dots and dashes in names. */
static size_t
name_length(const char *word)
{
	size_t n = 0;

	while (str_variable_valid(word + n, 1) ||
	       (n > 0 && word[n] != '\0' && strchr("0123456789.-", word[n])))
		n++;
	return word[n] == '=' ? n : 0;
}

static bool
read_environment(struct making *m, struct draft *draft, size_t offset)
{
	struct command words;

	(void)offset;
	if (!words_split(m, &words))
		return false;
	for (size_t i = 0; i < words.count; i++)
		if (name_length(words.words[i]) == 0)
			return making_refuse(m, "'%s' is not NAME=value",
			    quoted(words.words[i]).text);
	draft->more.variables.list = words.words;
	draft->more.variables.count = words.count;
	return true;
}

static bool
refers(char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		if (strstr(*list, "${") != NULL)
			return true;
	return false;
}

static size_t
count_of(char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* The entry that sets what entry sets, and is the last that does. */
static const char *
last_of(char *const *list, size_t count, const char *entry)
{
	size_t n = name_length(entry) + 1;

	while (count > 0 && strncmp(list[count - 1], entry, n) != 0)
		count--;
	return count == 0 ? NULL : list[count - 1];
}

/* Does a set all that b sets, to the same values? */
static bool
covers(char *const *a, char *const *b)
{
	size_t an = count_of(a), bn = count_of(b);

	for (size_t i = 0; i < bn; i++) {
		const char *mine = last_of(a, an, b[i]);

		if (mine == NULL || strcmp(mine, last_of(b, bn, b[i])) != 0)
			return false;
	}
	return true;
}

/* The order and what is overridden matter only where variables are made of
 * others. */
static bool
same_environment(const struct draft *x, const struct draft *y, size_t offset)
{
	char *const *a = x->node.launch.environment;
	char *const *b = y->node.launch.environment;
	size_t n = count_of(a);

	(void)offset;
	if (!refers(a) && !refers(b))
		return covers(a, b) && covers(b, a);
	if (n != count_of(b))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}
const struct form form_environment = { read_environment, same_environment,
	true };

/* A file's line being taken apart. */
struct line {
	const char *at;
	const char *end;
};

/* Adds the value to out, quotes off, with each dollar sign doubled: it means
 * itself. NULL, or what is wrong with it. */
static const char *
add_value(struct buf *out, struct line value)
{
	char quote = '\0';

	if (value.at < value.end && (*value.at == '\'' || *value.at == '"')) {
		quote = *value.at++;
		if (value.at == value.end || value.end[-1] != quote)
			return "the quote is not closed at its end";
		value.end--;
	}
	for (; value.at < value.end; value.at++) {
		char c = *value.at;

		if (quote == '"' && c == '\\' && value.at + 1 < value.end &&
		    strchr("\"\\$", value.at[1]) != NULL)
			c = *++value.at;
		else if (quote != '\0' && c == quote)
			return "text behind a closing quote";
		buf_byte(out, c);
		if (c == '$')
			buf_byte(out, c);
	}
	return out->failed ? "the line is too long" : NULL;
}

static const char *
add_line(struct buf *out, struct line line)
{
	const char *equals;
	size_t n = (size_t)(line.end - line.at);

	if (memchr(line.at, '\0', n) != NULL)
		return "a NUL byte: this is no text file";
	if (n >= 7 && memcmp(line.at, "export ", 7) == 0)
		return "NAME=value is wanted, without 'export'";
	n = name_length(line.at);
	equals = line.at + n;
	if (n == 0 || equals >= line.end)
		return "the line is not NAME=value";
	buf_add(out, line.at, n + 1);
	line.at = equals + 1;
	while (line.at < line.end && str_blank(*line.at))
		line.at++;
	return add_value(out, line);
}

static bool
is_comment(struct line line)
{
	return line.at == line.end || *line.at == '#' || *line.at == ';';
}

static struct line
next_line(const char **at, const char *end)
{
	const char *stop = memchr(*at, '\n', (size_t)(end - *at));
	struct line line = { *at, stop == NULL ? end : stop };

	*at = stop == NULL ? end : stop + 1;
	while (line.at < line.end && str_blank(*line.at))
		line.at++;
	while (line.end > line.at && str_blank(line.end[-1]))
		line.end--;
	return line;
}

/* The variables of the file, taken apart at its first use. Its errors leave
 * an empty list. NULL: no memory. */
static char *const *
parse_file(struct making *m, struct source *source)
{
	const char *at = source->text, *end = at + source->bytes;
	size_t lines = 1, count = 0;

	for (const char *c = at; c < end; c++)
		lines += *c == '\n';
	source->variables = arena_array(m->arena, lines + 1, sizeof(char *));
	for (unsigned n = 1; source->variables != NULL && at < end; n++) {
		struct line line = next_line(&at, end);
		struct buf out = buf_make(LIMIT_VALUE);
		const char *wrong;

		if (is_comment(line))
			continue;
		wrong = add_line(&out, line);
		if (wrong != NULL)
			told_error(m->out, source->path, n, "%s", wrong);
		else
			source->variables[count++] =
			    arena_copy(m->arena, buf_string(&out), out.length);
		buf_free(&out);
	}
	return arena_failed(m->arena) ? NULL : source->variables;
}

static bool
append(struct making *m, struct strings *to, char *const *list, size_t n)
{
	char **all = arena_array(m->arena, to->count + n + 1, sizeof(char *));

	if (all == NULL)
		return false;
	for (size_t i = 0; i < to->count; i++)
		all[i] = to->list[i];
	for (size_t i = 0; i < n; i++)
		all[to->count + i] = list[i];
	to->list = all;
	to->count += n;
	return true;
}

static bool
read_file(struct making *m, struct strings *files, const char *path)
{
	bool optional = path[0] == '-';
	struct source *source;
	char *const *list;

	path += optional;
	if (path[0] != '/')
		return making_refuse(
		    m, "the path of a file must begin with / (or -/)");
	if (m->trial)
		return true;
	source = sources_environment(m->sources, path);
	if (source == NULL)
		return arena_failed(m->arena)
			   ? false
			   : making_refuse(m, "it is not in the snapshot");
	if (optional && (source->error == ENOENT || source->error == ENOTDIR))
		return true;
	if (source->error != 0)
		return making_refuse(m, "%s: %s", path, source->text);
	list = source->variables;
	if (list == NULL)
		list = parse_file(m, source);
	if (list == NULL)
		return false;
	for (size_t n = 0;; n++)
		if (list[n] == NULL)
			return append(m, files, list, n);
}

static bool
read_files(struct making *m, struct draft *draft, size_t offset)
{
	struct command words;

	(void)offset;
	draft->more.files = (struct strings){ 0 };
	if (!words_split(m, &words))
		return false;
	for (size_t i = 0; i < words.count; i++)
		if (!read_file(m, &draft->more.files, words.words[i]))
			return false;
	return true;
}

/* What the files say is compared as part of the environment. */
static bool
same_files(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)a;
	(void)b;
	(void)offset;
	return true;
}
const struct form form_environment_file = { read_files, same_files, true };

bool
environ_finish(struct making *m, struct draft *draft, const struct more *supd)
{
	const struct more *own = &draft->more;
	struct strings all = { 0 };

	if (!append(m, &all, supd->files.list, supd->files.count) ||
	    !append(m, &all, supd->variables.list, supd->variables.count) ||
	    !append(m, &all, own->files.list, own->files.count) ||
	    !append(m, &all, own->variables.list, own->variables.count))
		return false;
	draft->node.launch.environment = all.list;
	return true;
}
