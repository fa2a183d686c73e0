/*
 * proc: who is there, from /proc, without allocating.
 *
 * For the guard, which must not allocate, and for whoever asks what is left
 * of a service. proc_check() first: a /proc that is missing or belongs to
 * another pid namespace would tell of other processes with the same numbers.
 * Source: proc(5).
 */
#ifndef SUPD_OS_PROC_H
#define SUPD_OS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc {
	pid_t pid;
	pid_t parent;
	pid_t group;
	pid_t session;
	bool dead; /* a zombie, no thread left */
	uint64_t start_ticks;
};

/* 0; -ENOENT or another -errno if there is no /proc; -EXDEV if it is not of
 * our pid namespace. */
int proc_check(void);
/* 0, or -ESRCH if there is no such process, or another -errno. */
int proc_read(pid_t pid, struct proc *);

/* All processes, in no order that matters; those that come or go meanwhile
 * may be missed or told. */
struct proc_walk {
	int fd;
	size_t at;
	size_t end;
	_Alignas(8) char entries[8192];
};

/* 0 or -errno. */
int proc_walk_open(struct proc_walk *);
/* A pid, 0 at the end, or -errno. */
pid_t proc_walk_next(struct proc_walk *);
void proc_walk_close(struct proc_walk *);

#endif
