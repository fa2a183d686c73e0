/*
 * rights: what a service may do: capabilities, securebits, no_new_privs.
 *
 * struct rights is what is configured. rights_prepare() compares it with what
 * this process has and makes the list of what a child must do; rights_limit()
 * and rights_settle() do that in the child, by raw system calls, before and
 * after it becomes another user. What cannot be done ends the start: a
 * service never runs with more rights than configured. After exec
 *
 *     CapInh = CapAmb    always, so nothing is inherited past the ambient set
 *     CapPrm = CapAmb    with `capabilities`, for uid 0 by the securebit
 *                        noroot, and for every other user
 *
 * Sets are masks, bit n is capability n. Sources: capabilities(7), prctl(2).
 */
#ifndef SUPD_OS_RIGHTS_H
#define SUPD_OS_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct report; /* os/child.h */

struct rights {
	bool set_ambient;
	bool set_bounding;
	bool set_securebits;
	bool no_new_privs;
	uint64_t ambient;
	uint64_t bounding;
	unsigned securebits;
};

/* For whom: what the child becomes. */
struct rights_user {
	bool changes; /* its uid is set */
	uid_t uid;
};

struct rights_steps {
	uint64_t drop; /* from the bounding set */
	bool do_securebits;
	unsigned securebits;
	bool keep; /* the permitted set, over the change of the uid */
	bool do_sets;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t raise; /* into the ambient set */
	bool no_new_privs;
};

/* The number of a capability, as cap_net_admin, or -1. */
int rights_number(const char *name);
/* Its name, cut if it is longer; false: the kernel has none of that number,
 * nor above. */
bool rights_name(int number, char *text, size_t bytes);
/* Of a securebit, as noroot or noroot-locked; 0: there is none. */
unsigned rights_securebit(const char *name);
const char *rights_securebit_name(unsigned index); /* NULL: no more */
/* The securebit that forbids to raise ambient capabilities. */
bool rights_forbids_ambient(unsigned securebits);

/* What this process may hand on. */
uint64_t rights_permitted(void);

void rights_prepare(
    const struct rights *, const struct rights_user *, struct rights_steps *);

/* In the child. */
void rights_limit(const struct rights_steps *, struct report);
void rights_settle(const struct rights_steps *, struct report);

/*
 * For a process that lives long and needs little: keeps the capabilities of
 * the mask effective, the others only permitted. Returns what was effective,
 * to be given to rights_awake() by its child that needs them again. Neither
 * allocates. What is refused stays as it is.
 */
uint64_t rights_rest(uint64_t keep);
void rights_awake(uint64_t effective);

#endif
