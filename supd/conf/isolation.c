#include "conf/isolation.h"

#include <string.h>
#include <unistd.h>

#include "conf/told.h"
#include "conf/value.h"
#include "conf/words.h"

#define HOSTNAME_MAX 64 /* __NEW_UTS_LEN */

static bool
is_hostname(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= HOSTNAME_MAX &&
	       strspn(text,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789-.") == n &&
	       text[0] != '-' && text[0] != '.';
}

static bool
read_hostname(struct making *m, struct draft *draft, size_t offset)
{
	(void)offset;
	if (!is_hostname(m->text))
		return making_refuse(m,
		    "it is 1 to %d of A-Z a-z 0-9 . -, a letter or digit first",
		    HOSTNAME_MAX);
	draft->node.launch.sandbox.hostname = arena_text(m->arena, m->text);
	return draft->node.launch.sandbox.hostname != NULL;
}

static bool
same_hostname(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)offset;
	return value_same_text(
	    a->node.launch.sandbox.hostname, b->node.launch.sandbox.hostname);
}
const struct form form_hostname = { read_hostname, same_hostname, true };

static bool
read_path(struct making *m, char *word, struct sandbox_path *path)
{
	path->optional = *word == '-';
	path->path = word + path->optional;
	if (path->path[0] != '/')
		return making_refuse(m,
		    "'%s' is no path that begins with /, or with -/ where it "
		    "may be missing",
		    quoted(word).text);
	if (strchr(path->path, '$') != NULL)
		return making_refuse(m, "there are no variables in it");
	return true;
}

static bool
read_paths(struct making *m, struct draft *draft, size_t offset)
{
	struct sandbox_paths *paths =
	    (struct sandbox_paths *)((char *)draft + offset);
	struct command words = { 0 };

	*paths = (struct sandbox_paths){ 0 };
	if (!words_split(m, &words))
		return false;
	if (words.count > SANDBOX_PATHS_MAX)
		return making_refuse(
		    m, "more than %d paths", SANDBOX_PATHS_MAX);
	paths->list =
	    arena_array(m->arena, words.count + 1, sizeof(*paths->list));
	if (paths->list == NULL)
		return false;
	for (; paths->count < words.count; paths->count++)
		if (!read_path(m, words.words[paths->count],
			&paths->list[paths->count]))
			return false;
	return true;
}

static bool
same_paths(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct sandbox_paths *x =
	    (const struct sandbox_paths *)((const char *)a + offset);
	const struct sandbox_paths *y =
	    (const struct sandbox_paths *)((const char *)b + offset);

	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (x->list[i].optional != y->list[i].optional ||
		    strcmp(x->list[i].path, y->list[i].path) != 0)
			return false;
	return true;
}
const struct form form_paths = { read_paths, same_paths, true };

void
isolation_warn(struct making *m, struct item *item, const char *format, ...)
{
	va_list list;

	if (item == NULL || item->bad || item->warned)
		return;
	item->warned = true;
	va_start(list, format);
	told_list(m->out, DIAGNOSIS_WARNING, item->section->file, item->line,
	    format, list);
	va_end(list);
}

void
isolation_warn_missing(
    struct making *m, struct item *item, const char *path, bool optional)
{
	if (!optional && access(path, F_OK) != 0)
		isolation_warn(m, item,
		    "%s is not there; without it '%s' would not start, unless "
		    "it is -%s",
		    quoted(path).text, m->name, quoted(path).text);
}

static void
warn_missing(
    struct making *m, struct item *item, const struct sandbox_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		isolation_warn_missing(
		    m, item, paths->list[i].path, paths->list[i].optional);
}

void
isolation_finish(struct making *m, const struct draft *draft,
    struct item *const items[KEY_COUNT])
{
	const struct sandbox *sandbox = &draft->node.launch.sandbox;

	if (m->trial)
		return;
	if (sandbox->read_write.count > 0 && !sandbox->read_only_root)
		isolation_warn(m, items[KEY_read_write_paths],
		    "read_write_paths says nothing without read_only_root");
	if (sandbox->chroot != NULL)
		return;
	warn_missing(m, items[KEY_read_write_paths], &sandbox->read_write);
	warn_missing(m, items[KEY_inaccessible_paths], &sandbox->inaccessible);
}
