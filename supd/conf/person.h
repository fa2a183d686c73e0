/*
 * person: the forms of values that name users and groups.
 *
 * What is neither a number of digits alone nor a name that the machine knows
 * is an error, never root (`0x0`, `+0` and the like are names that nobody
 * has). Unless supd runs as root, a service runs as supd's own user, and any
 * other is an error.
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
