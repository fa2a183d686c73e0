#include "conf/person.h"

#include <string.h>
#include <unistd.h>

#include "conf/people.h"
#include "conf/value.h"
#include "lib/str.h"

/* The kernel's NGROUPS_MAX. */
#define GROUPS_MAX 65536

/* A trial does not know the names that %n or %i will make. */
static bool
is_open(const struct making *m)
{
	return m->trial && strchr(m->item->value, '%') != NULL;
}

static bool
read_user(struct making *m, struct draft *draft, size_t offset)
{
	struct launch *launch = &draft->node.launch;
	const struct person *person;

	(void)offset;
	if (is_open(m))
		return true;
	person = people_find(m, m->text, false);
	if (person == NULL)
		return false;
	if (geteuid() != 0 && person->id != geteuid())
		return making_refuse(m,
		    "supd runs as uid %u, and only root can become another "
		    "user",
		    geteuid());
	launch->set_user = true;
	launch->uid = person->id;
	launch->user_name = person->name;
	launch->user_home = person->home;
	launch->user_shell = person->shell;
	return true;
}

static bool
same_user(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->set_user == y->set_user && x->uid == y->uid &&
	       value_same_text(x->user_name, y->user_name) &&
	       value_same_text(x->user_home, y->user_home) &&
	       value_same_text(x->user_shell, y->user_shell);
}
const struct form form_user = { read_user, same_user, true };

static bool
read_group(struct making *m, struct draft *draft, size_t offset)
{
	struct launch *launch = &draft->node.launch;
	const struct person *person;

	(void)offset;
	if (is_open(m))
		return true;
	person = people_find(m, m->text, true);
	if (person == NULL)
		return false;
	if (geteuid() != 0 && person->id != getegid())
		return making_refuse(m,
		    "supd runs as gid %u, and only root can take another group",
		    getegid());
	launch->set_group = true;
	launch->gid = person->id;
	return true;
}

static bool
same_group(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return (x->set_user || x->set_group) == (y->set_user || y->set_group) &&
	       x->gid == y->gid;
}
const struct form form_group = { read_group, same_group, true };

/* The ids of the words of making->text. False: told, or no memory. */
static bool
read_ids(struct making *m, bool is_group, uint32_t **ids, size_t *count)
{
	const char *cursor = m->text, *word;
	const struct person *person;
	size_t n;

	*count = 0;
	*ids = arena_array(m->arena, strlen(m->text) / 2 + 1, sizeof(**ids));
	if (*ids == NULL)
		return false;
	while ((word = str_word(&cursor, &n)) != NULL) {
		char *text = arena_copy(m->arena, word, n);

		person = text == NULL ? NULL : people_find(m, text, is_group);
		if (person == NULL)
			return false;
		(*ids)[(*count)++] = person->id;
	}
	return true;
}

static bool
read_groups(struct making *m, struct draft *draft, size_t offset)
{
	struct launch *launch = &draft->node.launch;

	(void)offset;
	if (is_open(m))
		return true;
	if (!read_ids(m, true, &launch->groups, &launch->groups_count))
		return false;
	if (geteuid() != 0)
		return making_refuse(m,
		    "only root can set groups, and supd runs as uid %u",
		    geteuid());
	if (launch->groups_count > GROUPS_MAX)
		return making_refuse(m, "more than %d groups", GROUPS_MAX);
	launch->set_groups = true;
	draft->more.groups_given = true;
	return true;
}

static bool
same_ids(const uint32_t *a, size_t an, const uint32_t *b, size_t bn)
{
	return an == bn && (an == 0 || memcmp(a, b, an * sizeof(*a)) == 0);
}

static bool
same_groups(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->set_groups == y->set_groups &&
	       same_ids(x->groups, x->groups_count, y->groups, y->groups_count);
}
const struct form form_groups = { read_groups, same_groups, true };

static struct plan_rule *
rule_of(struct draft *draft, size_t offset)
{
	return (struct plan_rule *)((char *)draft + offset);
}

static const struct plan_rule *
const_rule_of(const struct draft *draft, size_t offset)
{
	return (const struct plan_rule *)((const char *)draft + offset);
}

static bool
read_rule_users(struct making *m, struct draft *draft, size_t offset)
{
	struct plan_rule *rule = rule_of(draft, offset);

	return read_ids(m, false, &rule->users, &rule->users_count);
}

static bool
read_users_or_all(struct making *m, struct draft *draft, size_t offset)
{
	if (strcmp(m->text, "*") != 0)
		return read_rule_users(m, draft, offset);
	rule_of(draft, offset)->everybody = true;
	return true;
}

static bool
same_rule_users(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct plan_rule *x = const_rule_of(a, offset);
	const struct plan_rule *y = const_rule_of(b, offset);

	return x->everybody == y->everybody &&
	       same_ids(x->users, x->users_count, y->users, y->users_count);
}
const struct form form_users = { read_rule_users, same_rule_users, false };
const struct form form_users_or_all = { read_users_or_all, same_rule_users,
	false };

static bool
read_rule_groups(struct making *m, struct draft *draft, size_t offset)
{
	struct plan_rule *rule = rule_of(draft, offset);

	return read_ids(m, true, &rule->groups, &rule->groups_count);
}

static bool
same_rule_groups(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct plan_rule *x = const_rule_of(a, offset);
	const struct plan_rule *y = const_rule_of(b, offset);

	return same_ids(x->groups, x->groups_count, y->groups, y->groups_count);
}
const struct form form_groups_rule = { read_rule_groups, same_rule_groups,
	false };

bool
person_finish(struct making *m, struct draft *draft)
{
	struct launch *launch = &draft->node.launch;
	const struct membership *member;
	const struct person *person;

	if (!launch->set_user)
		return true;
	person = people_find(m, m->text, false);
	if (person == NULL)
		return false;
	if (geteuid() != 0) {
		/* It is who we are already; only the variables are set. */
		launch->set_user = false;
		launch->set_group = false;
		return true;
	}
	if (!launch->set_group && person->nameless)
		return making_refuse(m,
		    "this number is in no entry of the user database, so "
		    "'group' must be set, too");
	if (!launch->set_group)
		launch->gid = person->gid;
	launch->set_groups = true;
	if (draft->more.groups_given || person->nameless)
		return true;
	member = people_groups(m, person, launch->gid);
	if (member == NULL)
		return false;
	launch->groups = member->groups;
	launch->groups_count = member->count;
	return true;
}
