/*
 * proc: who is there, from /proc.
 *
 * For the guard, which must not allocate (all but proc_children() do not),
 * and for whoever asks what is left of a service. proc_check() first: a /proc
 * that is missing or belongs to another pid namespace would tell of other
 * processes with the same numbers. Source: proc(5).
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

/*
 * The children of a process, of all its threads' only those of the first:
 * enough for whoever is single-threaded. Into *list, from malloc(3), which
 * the caller frees; *count of them. 0; -ESRCH: there is no such process;
 * -ENOENT: this kernel does not tell; -EAGAIN: they come and go too fast for
 * a list that is sure; -ENOMEM. Allocates: not for the guard.
 */
int proc_children(pid_t pid, pid_t **list, size_t *count);

/* The newest process there was, as the kernel counts them, or 0 where it does
 * not tell. Numbers rise until they begin anew from the lowest free one. */
pid_t proc_newest(void);

/*
 * All processes, in the order of their numbers, each as it is reached. But the
 * kernel looks for the next one while it tells of one, and passes over a fork
 * that is half done. So whoever finds one dead, or kills it, and asks for it
 * again, has yet to meet all that it forked: nothing runs away from such a walk
 * by forking, unless numbers begin anew meanwhile.
 */
struct proc_walk {
	int fd;
	off_t here;
	off_t next;
	_Alignas(8) char entries[512];
};

/* 0 or -errno. */
int proc_walk_open(struct proc_walk *);
/* A pid, 0 at the end, or -errno. */
pid_t proc_walk_next(struct proc_walk *);
/* The next one is the last one again, if it is still there. 0 or -errno. */
int proc_walk_again(struct proc_walk *);
void proc_walk_close(struct proc_walk *);

#endif
