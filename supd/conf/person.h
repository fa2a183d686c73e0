/*
 * person: users and groups, by the machine's own databases.
 *
 * A text of digits alone is a number, anything else a name; what is neither
 * is an error, never root (`0x0`, `+0` and the like are names that nobody
 * has). Look-ups are remembered for the making of one plan. Unless supd runs
 * as root, a service runs as supd's own user, and any other is an error.
 */
#ifndef SUPD_CONF_PERSON_H
#define SUPD_CONF_PERSON_H

#include "conf/draft.h"

extern const struct form form_user;
extern const struct form form_group;
extern const struct form form_groups;

/* Of struct plan_rule. */
extern const struct form form_users;
extern const struct form form_users_or_all; /* `*` is everybody */
extern const struct form form_groups_rule;

/* When user, group and groups are read: fills in what they leave open.
 * making->item is that of `user`. False: told, or no memory. */
bool person_finish(struct making *, struct draft *);

#endif
