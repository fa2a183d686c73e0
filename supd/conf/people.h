/*
 * people: the machine's users and groups, as far as a configuration names
 * them.
 *
 * A text of digits alone is a number, anything else a name. Each is looked up
 * once and remembered, for the making of one plan and in its snapshot: an
 * engine that takes over needs no database that may just be out of reach.
 */
#ifndef SUPD_CONF_PEOPLE_H
#define SUPD_CONF_PEOPLE_H

#include <sys/types.h>

#include "conf/draft.h"

struct person {
	bool is_group;
	bool known;    /* there is such a one */
	bool nameless; /* a user's number that no entry has */
	int error;     /* an errno: nobody could tell */
	uint32_t id;
	gid_t gid;        /* a user's */
	const char *text; /* as it was written */
	char *name;       /* these three of users: "" if there is none */
	char *home;
	char *shell;
	struct person *next;
};

/* A user's groups, as a member of gid. */
struct membership {
	const struct person *person;
	gid_t gid;
	gid_t *groups;
	size_t count;
	struct membership *next;
};

/* Zeroed it is empty. */
struct people {
	struct person *persons;
	struct membership *memberships;
};

/* Who that is. NULL: refused, since there is nobody; or no memory. */
const struct person *people_find(
    struct making *, const char *text, bool is_group);
/* The supplementary groups of a user whose group is gid. NULL: no memory. */
const struct membership *people_groups(
    struct making *, const struct person *, gid_t gid);

/* Adds what was looked up to the sources. False: no memory. */
bool people_save(struct making *);
/* Takes it out of those of a snapshot. False: no memory, or it is damaged. */
bool people_load(struct making *);

#endif
