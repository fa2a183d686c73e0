#include "conf/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/told.h"
#include "lib/str.h"
#include "os/filter.h"

static bool
refuse_name(struct making *m, const char *word)
{
	struct str_guess guess = str_guess(word);
	const char *group;

	for (size_t i = 0; (group = filter_group_name(i)) != NULL; i++)
		str_guess_offer(&guess, group);
	for (int n = 0; n < FILTER_CALLS; n++) {
		char *name = filter_call_name(n), *copy;

		if (name == NULL)
			continue;
		copy = arena_text(m->arena, name);
		free(name);
		if (copy == NULL)
			return false;
		str_guess_offer(&guess, copy);
	}
	if (guess.best == NULL)
		return making_refuse(m, "there is no system call or group '%s'",
		    quoted(word).text);
	return making_refuse(m,
	    "there is no system call or group '%s'; did you mean %s?",
	    quoted(word).text, guess.best);
}

static bool
add_words(struct making *m, struct filter_maker *maker, const char *cursor)
{
	const char *word;
	size_t n;

	while ((word = str_word(&cursor, &n)) != NULL) {
		char *copy = arena_copy(m->arena, word, n);
		int error;

		if (copy == NULL)
			return false;
		error = filter_add(maker, copy);
		if (error == -ENOENT)
			return refuse_name(m, copy);
		if (error == -EPERM)
			return making_refuse(m,
			    "no process runs without %s, so it can't be denied",
			    quoted(copy).text);
		if (error < 0)
			return making_refuse(
			    m, "%s: %s", quoted(copy).text, strerror(-error));
	}
	return true;
}

static bool
keep(struct making *m, struct filter_maker *maker, struct syscall_filter *out)
{
	struct syscall_filter filter = { NULL, 0 };
	int error = filter_finish(maker, &filter);
	size_t bytes = filter.count * FILTER_INSTRUCTION;

	if (error < 0)
		return making_refuse(
		    m, "no filter comes of it: %s", strerror(-error));
	out->instructions = arena_take(m->arena, bytes);
	if (out->instructions != NULL) {
		memcpy(out->instructions, filter.instructions, bytes);
		out->count = filter.count;
	}
	free(filter.instructions);
	return out->instructions != NULL;
}

static bool
read_filter(struct making *m, struct draft *draft, size_t offset)
{
	struct syscall_filter *filter = &draft->node.launch.filter;
	const char *text = m->text;
	struct filter_maker *maker;
	bool good;

	(void)offset;
	*filter = (struct syscall_filter){ NULL, 0 };
	/* Nothing named, nothing restricted: it takes a default's away. */
	if (*text == '\0')
		return true;
	maker = filter_open(*text == '~');
	if (maker == NULL)
		return false;
	good = add_words(m, maker, text + (*text == '~')) &&
	       keep(m, maker, filter);
	filter_close(maker);
	return good;
}

static bool
same_filter(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct syscall_filter *x = &a->node.launch.filter;
	const struct syscall_filter *y = &b->node.launch.filter;

	(void)offset;
	return x->count == y->count &&
	       (x->count == 0 || memcmp(x->instructions, y->instructions,
				     x->count * FILTER_INSTRUCTION) == 0);
}
const struct form form_syscall_filter = { read_filter, same_filter, false };
