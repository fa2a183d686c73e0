/*
 * oom: how often the kernel killed for want of memory in our cgroup.
 *
 * Nothing is allocated. Sources: cgroups(7), the kernel's cgroup-v2.rst
 * (memory.events) and memory.rst (memory.oom_control).
 */
#ifndef SUPD_OS_OOM_H
#define SUPD_OS_OOM_H

#include <stdint.h>

/* A count that only grows; -1 where that cannot be known. */
int64_t oom_kills(void);

#endif
