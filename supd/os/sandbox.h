/*
 * sandbox: what a service sees of the machine: namespaces and mounts.
 *
 * struct sandbox is what is configured; sandbox_enter() does it in the child,
 * by raw system calls and with supd's rights, before it becomes another user.
 * All paths are those that the service sees, below its chroot if it has one.
 * In this order:
 *
 *     IPC, host name, network     each a namespace
 *     a mount namespace           if anything below needs one; what the
 *                                 machine mounts later still shows in it,
 *                                 never the other way round
 *     chroot                      made a mount of its own then
 *     /proc                       of the pid namespace, made by spawn.c
 *     read-only root              as all mounts are but /dev, /proc, /sys
 *                                 and the paths to be written, whose mounts
 *                                 stay as they were
 *     private /tmp, /var/tmp
 *     inaccessible paths          an empty folder, or a file nobody can open
 *
 * The pid namespace's first process is the service itself: it is the guard's
 * child as any other, with its pid outside, and when it ends the kernel ends
 * all that is in there. Sources: namespaces(7), mount_namespaces(7),
 * mount_setattr(2).
 */
#ifndef SUPD_OS_SANDBOX_H
#define SUPD_OS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/step.h"

struct report; /* os/child.h */

/* Of one list. Each costs a descriptor while the child mounts. */
#define SANDBOX_PATHS_MAX 64

struct sandbox_path {
	char *path;
	bool optional; /* may be missing */
};

struct sandbox_paths {
	struct sandbox_path *list;
	size_t count;
};

struct sandbox {
	bool private_tmp;
	bool private_network;
	bool private_pids;
	bool private_ipc;
	bool read_only_root;
	char *hostname; /* NULL: the machine's */
	char *chroot;   /* NULL: none */
	struct sandbox_paths read_write;
	struct sandbox_paths inaccessible;
};

/* The first step that needs a mount namespace; STEP_NONE: none does. */
enum step sandbox_mounts(const struct sandbox *);

/* In the child. mounts: what sandbox_mounts() said. */
void sandbox_enter(const struct sandbox *, enum step mounts, struct report);

#endif
