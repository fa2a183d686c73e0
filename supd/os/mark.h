/*
 * mark: how a process that ran away from its service is known again.
 *
 * Every process of a service is born with SUPD_RUN in its environment: the ID
 * of this supd, the service's uid and the ticket of the start. Whatever
 * becomes of group, session and parent, /proc/PID/environ shows it, unless
 * the process took it out before an exec, or wrote over its own environment.
 * Needed only where there are no cgroups.
 */
#ifndef SUPD_OS_MARK_H
#define SUPD_OS_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MARK_NAME "SUPD_RUN"
#define MARK_TEXT 48

void mark_text(
    char text[MARK_TEXT], uint64_t id, uint32_t uid, uint32_t ticket);
/* False: it bears none of this supd, or its environment cannot be read. */
bool mark_read(pid_t, uint64_t id, uint32_t *uid, uint32_t *ticket);

#endif
