/*
 * landlock: which paths a service may touch; all others are out of reach.
 *
 * Needs no rights but no_new_privs, which is set with it, and Linux 5.13. The
 * ruleset is made in the child, after the mounts of its sandbox, so that
 * paths are those which the service sees; it is put in force as one of the
 * last steps. A kernel that knows less than others does not restrict what it
 * does not know: landlock_abi() tells. Source: landlock(7).
 */
#ifndef SUPD_OS_LANDLOCK_H
#define SUPD_OS_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report; /* os/child.h */

/* Bits of a rule. */
enum landlock_may {
	LANDLOCK_MAY_READ = 1,
	LANDLOCK_MAY_WRITE = 2, /* and make and remove, but no devices */
	LANDLOCK_MAY_EXECUTE = 4,
};

/* From this version on truncation is restricted. */
#define LANDLOCK_ABI_TRUNCATE 3

struct landlock_rule {
	char *path;
	bool optional; /* may be missing */
	unsigned may;
};

struct landlock {
	bool set;
	struct landlock_rule *list;
	size_t count;
};

/* The kernel's version; 0: it has none. */
int landlock_abi(void);
/* What a ruleset of that version restricts. */
uint64_t landlock_handled(int abi);

/* In the child. landlock_make() returns a descriptor. */
long landlock_make(const struct landlock *, uint64_t handled, struct report);
void landlock_enforce(long ruleset, struct report);

#endif
