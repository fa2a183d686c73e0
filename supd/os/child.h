/*
 * child: what the parts of a child's way to exec share.
 *
 * Private to launch_child.c and the rooms that it calls. All of it runs in
 * memory that is the engine's, see raw.h; nothing returns after a failure.
 */
#ifndef SUPD_OS_CHILD_H
#define SUPD_OS_CHILD_H

#include <fcntl.h>
#include <stdint.h>

#include "lib/step.h"
#include "os/raw.h"

#define CHILD_FAILED 127

/* Where the engine reads which step failed, and why. */
struct report {
	int32_t *step;
	int32_t *error;
};

/* The step is written last: it says that the errno is there. */
RAW_CHILD _Noreturn static inline void
child_leave(struct report report, enum step step, long error)
{
	*report.error = (int32_t)-error;
	__atomic_store_n(report.step, (int32_t)step, __ATOMIC_RELEASE);
	for (;;)
		(void)raw_call1(SYS_exit_group, CHILD_FAILED);
}

RAW_CHILD static inline void
child_need(struct report report, enum step step, long result)
{
	if (result < 0)
		child_leave(report, step, result);
}

RAW_CHILD static inline long
child_open(const char *path, int flags, int mode)
{
	long result;

	do
		result = raw_call4(SYS_openat, AT_FDCWD, path,
		    flags | O_CLOEXEC | O_NOCTTY, mode);
	while (result == -EINTR);
	return result;
}

#endif
