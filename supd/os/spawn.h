/*
 * spawn: a new process as the guard's child.
 *
 * clone3(2) with CLONE_PARENT | CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND
 * on a stack of its own; where the kernel or a filter refuses it, clone(2)
 * with what it knows, decided once. With a cgroup the child is born in it
 * (CLONE_INTO_CGROUP, 5.7), or enters it by itself before anything else. The
 * start is made sure by the node's start slot (ledger.h): a process whose
 * number is not in it never comes to the program's exec, and an engine that
 * takes over finds out by it what became of a start.
 */
#ifndef SUPD_OS_SPAWN_H
#define SUPD_OS_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/launch.h"
#include "os/ledger.h"

struct spawner;

/* NULL with *error: no memory for the stack. */
struct spawner *spawner_open(int *error);
void spawner_close(struct spawner *);

/*
 * Starts it, with ticket in slot. The caller is no init of a pid namespace,
 * and was forked with SIGCHLD as its exit signal, which the child inherits.
 * Returns the pid as soon as the program runs or a step before it has failed;
 * in that case slot->step and ->error tell which, and the exit of the pid is
 * yet to come as news. Returns -errno
 * (-EAGAIN, -ENOMEM, ...) if there is no process at all, and -ECANCELED if the
 * slot was revoked meanwhile: then the program does not run.
 */
pid_t spawn(struct spawner *, const struct prepared *, struct start_slot *,
    uint32_t ticket);
/* The same in the cgroup of that descriptor, -1: in ours. What the kernel has
 * against the cgroup is -EBUSY, -EACCES, -EOPNOTSUPP or -ENODEV. */
pid_t spawn_into(struct spawner *, const struct prepared *, struct start_slot *,
    uint32_t ticket, int cgroup);

/* What became of the start `ticket` that an engine before us may have begun:
 * its pid, or 0: it did not happen, and will not. */
pid_t spawn_recall(struct start_slot *, uint32_t ticket);

/* Tells a process from all others with its pid: the inode of its pidfd where
 * pids have one that is unique (pidfs), else its start time; 0 if there is no
 * such process. */
uint64_t spawn_birth(pid_t pid);

/* Is pid still the process of that birth? A zombie is. */
bool spawn_alive(pid_t pid, uint64_t birth);

/* Sends signo to the process, and then CONT if cont, if pid still is the
 * process of that birth; with group to its group. 0 or -errno; -ESRCH: it is
 * not there any more. */
int spawn_signal(pid_t pid, uint64_t birth, int signo, bool group, bool cont);

#endif
