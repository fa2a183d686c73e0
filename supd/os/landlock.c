#include "os/landlock.h"

#include "os/child.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_VERSION 1
#define RULE_PATH_BENEATH 1

/* Of the kernel's interface; headers are often older than kernels. */
enum {
	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	MAKE_CHAR = 1 << 6,
	MAKE_BLOCK = 1 << 11,
	FIRST = (1 << 13) - 1, /* all of version 1 */
	REFER = 1 << 13,       /* version 2 */
	TRUNCATE = 1 << 14,    /* version 3 */
	IOCTL_DEV = 1 << 15,   /* version 5 */
	OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
};

struct ruleset {
	uint64_t handled;
};

struct beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

int
landlock_abi(void)
{
	long version = syscall(
	    SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_VERSION);

	return version < 0 ? 0 : (int)version;
}

uint64_t
landlock_handled(int abi)
{
	uint64_t handled = FIRST;

	if (abi >= 2)
		handled |= REFER;
	if (abi >= LANDLOCK_ABI_TRUNCATE)
		handled |= TRUNCATE;
	if (abi >= 5)
		handled |= IOCTL_DEV;
	return handled;
}

/* In the child: no function of the C library, see raw.h. */

RAW_CHILD static uint64_t
allowed_by(unsigned may)
{
	uint64_t allowed = READ_FILE | READ_DIR;

	if ((may & LANDLOCK_MAY_EXECUTE) != 0)
		allowed |= EXECUTE;
	if ((may & LANDLOCK_MAY_WRITE) != 0)
		allowed |= (FIRST & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK)) |
			   REFER | TRUNCATE | IOCTL_DEV;
	return allowed;
}

/* A file takes fewer rights than a folder does. */
RAW_CHILD static long
add(long ruleset, const struct landlock_rule *rule, uint64_t handled)
{
	struct beneath beneath;
	long result, fd = child_open(rule->path, O_PATH | O_DIRECTORY, 0);

	beneath.allowed = allowed_by(rule->may) & handled;
	if (fd == -ENOTDIR) {
		beneath.allowed &= OF_FILES;
		fd = child_open(rule->path, O_PATH, 0);
	}
	if (fd < 0)
		return fd;
	beneath.parent = (int32_t)fd;
	result = raw_call4(
	    SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &beneath, 0);
	(void)raw_call1(SYS_close, fd);
	return result;
}

RAW_CHILD long
landlock_make(
    const struct landlock *landlock, uint64_t handled, struct report report)
{
	struct ruleset attributes = { handled };
	long ruleset, result;
	size_t i;

	if (!landlock->set)
		return -1;
	ruleset = raw_call3(
	    SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
	child_need(report, STEP_LANDLOCK, ruleset);
	for (i = 0; i < landlock->count; i++) {
		result = add(ruleset, &landlock->list[i], handled);
		if (result != -ENOENT || !landlock->list[i].optional)
			child_need(report, STEP_LANDLOCK, result);
	}
	return ruleset;
}

RAW_CHILD void
landlock_enforce(long ruleset, struct report report)
{
	if (ruleset < 0)
		return;
	child_need(report, STEP_LANDLOCK,
	    raw_call2(SYS_landlock_restrict_self, ruleset, 0));
	(void)raw_call1(SYS_close, ruleset);
}
