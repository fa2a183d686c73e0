#include "conf/words.h"

#include <string.h>

#include "conf/told.h"
#include "conf/value.h"
#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/signame.h"
#include "lib/str.h"

/* What %c stands for; NULL: refused. */
static const char *
meaning_of(struct making *m, char c)
{
	const char *meaning = c == 'n'   ? m->name
			      : c == 'p' ? m->template
			      : c == 'i' ? m->instance
			      : c == '%' ? "%"
					 : NULL;

	if (meaning != NULL)
		return meaning;
	if (c == 'p' || c == 'i')
		making_refuse(m,
		    "%%%c has a meaning in templates only, and '%s' is none", c,
		    m->name);
	else
		making_refuse(m, "'%%' is followed by neither n, p, i nor %%; "
				 "%%%% is a percent sign");
	return NULL;
}

const char *
words_expand(struct making *m, const char *text)
{
	struct buf out = buf_make(2 * LIMIT_VALUE);
	const char *copy = NULL, *meaning;

	if (strchr(text, '%') == NULL)
		return text;
	for (; *text != '\0'; text++) {
		if (*text != '%') {
			buf_byte(&out, *text);
			continue;
		}
		meaning = meaning_of(m, *++text);
		if (meaning == NULL)
			goto done;
		buf_text(&out, meaning);
	}
	if (out.failed && out.length + LIMIT_NAME < out.limit)
		copy = NULL;
	else if (out.failed)
		making_refuse(m, "it is too long with %%n, %%p, %%i replaced");
	else
		copy = arena_copy(m->arena, buf_string(&out), out.length);
done:
	buf_free(&out);
	return copy;
}

/* text stands behind a `${`. */
static bool
check_variable(struct making *m, const char *text)
{
	const char *end = strchr(text, '}');
	const char *rest = strstr(text, ":-");
	size_t n;

	if (end == NULL)
		return making_refuse(
		    m, "'${' without its '}'; $$ is a dollar sign");
	n = (size_t)((rest != NULL && rest < end ? rest : end) - text);
	if (!str_variable_valid(text, n))
		return making_refuse(m,
		    "'${%s}' is no variable; write ${NAME} or "
		    "${NAME:-default}, and $$ for a dollar sign",
		    quoted_bytes(text, (size_t)(end - text)).text);
	for (const char *at = text; at < end; at++)
		if (at[0] == '$' && at[1] == '{')
			return making_refuse(
			    m, "'${' in the default of another ${...}");
	return true;
}

bool
words_check(struct making *m, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text != '$')
			continue;
		if (text[1] == '{' && !check_variable(m, text + 2))
			return false;
		if (text[1] == '$')
			text++;
	}
	return true;
}

/* The state of splitting: from at to out, quotes taken off. */
struct splitting {
	const char *at;
	char *out;
	char quote;
	bool in_braces; /* of a ${...}: blanks are part of its default */
	bool in_word;
	size_t count;
};

static void
put(struct splitting *s, char c)
{
	if (!s->in_word)
		s->count++;
	s->in_word = true;
	*s->out++ = c;
}

/* at is at a backslash that escapes something, or may. */
static bool
split_escape(struct making *m, struct splitting *s)
{
	char next = s->at[1];

	if (next == '\0')
		return making_refuse(m, "it ends with a backslash");
	/* In double quotes it is special before few; POSIX, 2.2.3. */
	if (s->quote == '"' && strchr("\"\\$`\n", next) == NULL) {
		put(s, '\\');
		s->at++;
		return true;
	}
	s->at += 2;
	if (next == '\n')
		return true;
	/* A dollar sign that means itself, for who puts variables in. */
	if (next == '$')
		put(s, '$');
	put(s, next);
	return true;
}

static void
split_plain(struct splitting *s)
{
	char c = *s->at++;

	if (c == s->quote && c != '\0') {
		s->quote = '\0';
	} else if (s->quote == '\0' && (c == '\'' || c == '"')) {
		s->quote = c;
		/* '' is a word, too. */
		if (!s->in_word)
			s->count++;
		s->in_word = true;
	} else if (c == '$' && (*s->at == '$' || *s->at == '{')) {
		s->in_braces |= s->quote == '\0' && *s->at == '{';
		put(s, c);
		put(s, *s->at++);
	} else if (s->quote == '\0' && !s->in_braces && str_blank(c)) {
		if (s->in_word)
			*s->out++ = '\0';
		s->in_word = false;
	} else {
		s->in_braces &= c != '}';
		put(s, c);
	}
}

/* Fills the words with what lies behind one another at text. */
static bool
list_words(struct making *m, char *text, size_t count, struct command *command)
{
	command->count = 0;
	command->words = arena_array(m->arena, count + 1, sizeof(char *));
	if (command->words == NULL)
		return false;
	for (; command->count < count; text += strlen(text) + 1) {
		if (!words_check(m, text))
			return false;
		command->words[command->count++] = text;
	}
	return true;
}

bool
words_split(struct making *m, struct command *command)
{
	/* No more comes out than goes in, but for a NUL at the end. */
	char *text = arena_take(m->arena, strlen(m->text) + 2);
	struct splitting s = { .at = m->text, .out = text };

	if (text == NULL)
		return false;
	while (*s.at != '\0') {
		if (*s.at != '\\' || s.quote == '\'')
			split_plain(&s);
		else if (!split_escape(m, &s))
			return false;
	}
	if (s.quote != '\0')
		return making_refuse(m, "the quote %c is not closed", s.quote);
	return list_words(m, text, s.count, command);
}

static bool
read_hook(struct making *m, struct draft *draft, size_t offset)
{
	struct command *command = (struct command *)((char *)draft + offset);

	if (!words_split(m, command))
		return false;
	/* No words, no command: an empty value takes a default's away. */
	if (command->count == 0)
		command->words = NULL;
	else if (command->words[0][0] == '\0')
		return making_refuse(m, "the program's name is empty");
	return true;
}

static bool
read_command(struct making *m, struct draft *draft, size_t offset)
{
	struct command *command = (struct command *)((char *)draft + offset);

	if (!read_hook(m, draft, offset))
		return false;
	if (command->count == 0)
		return making_refuse(m, "a service needs a program to run");
	return true;
}

static bool
same_command(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct command *x =
	    (const struct command *)((const char *)a + offset);
	const struct command *y =
	    (const struct command *)((const char *)b + offset);

	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(x->words[i], y->words[i]) != 0)
			return false;
	return true;
}
const struct form form_command = { read_command, same_command, true };
const struct form form_hook = { read_hook, same_command, true };

static bool
read_reload(struct making *m, struct draft *draft, size_t offset)
{
	struct launch *launch = &draft->node.launch;

	if (signame_parse(m->text, &launch->reload_signal)) {
		launch->reload = (struct command){ 0 };
		return true;
	}
	if (!read_hook(m, draft, offset))
		return false;
	if (launch->reload.count == 0)
		return making_refuse(m, "it is a signal or a command");
	return true;
}

static bool
same_reload(const struct draft *a, const struct draft *b, size_t offset)
{
	return same_command(a, b, offset) &&
	       (a->node.launch.reload.count > 0 ||
		   a->node.launch.reload_signal ==
		       b->node.launch.reload_signal);
}
const struct form form_reload = { read_reload, same_reload, true };

static bool
same_string(const struct draft *a, const struct draft *b, size_t offset)
{
	return value_same_text(*(char *const *)((const char *)a + offset),
	    *(char *const *)((const char *)b + offset));
}

static bool
read_line(struct making *m, struct draft *draft, size_t offset)
{
	if (strchr(m->text, '\n') != NULL)
		return making_refuse(m, "it must be one line");
	*(char **)((char *)draft + offset) = arena_text(m->arena, m->text);
	return !arena_failed(m->arena);
}
const struct form form_line = { read_line, same_string, true };

static bool
read_directory(struct making *m, struct draft *draft, size_t offset)
{
	if (m->text[0] == '\0')
		return making_refuse(m, "it is empty");
	return words_check(m, m->text) && read_line(m, draft, offset);
}
const struct form form_directory = { read_directory, same_string, true };
