#include "conf/landlock.h"

#include <string.h>
#include <unistd.h>

#include "conf/isolation.h"
#include "conf/told.h"
#include "conf/words.h"
#include "os/landlock.h"

#define RULES_MAX 256

static bool
read_rule(struct making *m, char *word, struct landlock_rule *rule)
{
	char *at = word;

	for (; *at != ':' && *at != '\0'; at++) {
		if (strchr("rwx", *at) == NULL)
			break;
		rule->may |= *at == 'r'   ? LANDLOCK_MAY_READ
			     : *at == 'w' ? LANDLOCK_MAY_WRITE
					  : LANDLOCK_MAY_EXECUTE;
	}
	if (*at != ':' || at == word)
		return making_refuse(m,
		    "'%s' is no rule; write r:/PATH to read, w:/PATH to write, "
		    "x:/PATH to execute, or more of them, as wx:/PATH",
		    quoted(word).text);
	rule->optional = at[1] == '-';
	rule->path = at + 1 + rule->optional;
	if (rule->path[0] != '/')
		return making_refuse(m,
		    "in '%s' stands no path that begins with /, or with -/ "
		    "where it may be missing",
		    quoted(word).text);
	if (strchr(rule->path, '$') != NULL)
		return making_refuse(m, "there are no variables in it");
	return true;
}

static bool
read_landlock(struct making *m, struct draft *draft, size_t offset)
{
	struct landlock *landlock = &draft->node.launch.landlock;
	struct command words = { 0 };

	(void)offset;
	*landlock = (struct landlock){ 0 };
	if (!words_split(m, &words))
		return false;
	if (words.count > RULES_MAX)
		return making_refuse(m, "more than %d rules", RULES_MAX);
	landlock->list =
	    arena_array(m->arena, words.count + 1, sizeof(*landlock->list));
	if (landlock->list == NULL)
		return false;
	for (; landlock->count < words.count; landlock->count++)
		if (!read_rule(m, words.words[landlock->count],
			&landlock->list[landlock->count]))
			return false;
	/* No rules, no restriction: an empty value takes a default's away. */
	landlock->set = landlock->count > 0;
	return true;
}

static bool
same_landlock(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct landlock *x = &a->node.launch.landlock;
	const struct landlock *y = &b->node.launch.landlock;

	(void)offset;
	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (x->list[i].may != y->list[i].may ||
		    x->list[i].optional != y->list[i].optional ||
		    strcmp(x->list[i].path, y->list[i].path) != 0)
			return false;
	return true;
}
const struct form form_landlock = { read_landlock, same_landlock, true };

void
landlock_finish(struct making *m, const struct draft *draft,
    struct item *const items[KEY_COUNT])
{
	const struct launch *launch = &draft->node.launch;
	struct item *item = items[KEY_landlock];
	int abi = landlock_abi();

	if (m->trial || !launch->landlock.set)
		return;
	if (abi <= 0)
		isolation_warn(m, item,
		    "this kernel has no landlock; '%s' would not start",
		    m->name);
	else if (abi < LANDLOCK_ABI_TRUNCATE)
		isolation_warn(m, item,
		    "this kernel's landlock is version %d and does not keep "
		    "'%s' from truncating files",
		    abi, m->name);
	if (launch->sandbox.chroot != NULL)
		return;
	for (size_t i = 0; i < launch->landlock.count; i++)
		isolation_warn_missing(m, item, launch->landlock.list[i].path,
		    launch->landlock.list[i].optional);
}
