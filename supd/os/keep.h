/*
 * keep: what engine and guard say to each other.
 *
 * Messages of one fixed form over a SOCK_SEQPACKET pair, of which the guard
 * holds both ends (plumb.h), so that a message in flight when an engine dies
 * is still there for the next one. Engine to guard: keep this descriptor,
 * drop that one, leave. Guard to engine: a signal that came to supd.
 * The engine peeks at a signal and takes it only after what it caused is
 * saved.
 */
#ifndef SUPD_OS_KEEP_H
#define SUPD_OS_KEEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum keep_kind {
	KEEP_PUT = 1, /* with one descriptor: into slot, replacing what is */
	KEEP_DROP,    /* empty the slot */
	KEEP_EXIT,    /* the tree is down: leave with status value, and
		       * what becomes of a machine (machine.h) in slot */
	KEEP_SETTLED, /* the engine has taken over and runs */
	KEEP_SIGNAL,  /* guard to engine: value */
};

struct keep_message {
	uint32_t kind;
	uint32_t slot;
	int32_t value;
	int32_t spare;
};

/* Engine's side, fd PLUMB_WIRE; 0 or -errno. They wait for room: the guard
 * always reads. keep_put() also makes PLUMB_SLOTS + slot of this process that
 * descriptor and closes fd; so it is at the same number now and later. */
int keep_put(int wire, uint32_t slot, int fd);
int keep_drop(int wire, uint32_t slot);
/* Takes the numbers of all empty slots, so that the kernel gives none of them
 * to a descriptor of the engine's own, which the next keep_put() would
 * replace. Before anything else is opened. 0 or -errno. */
int keep_reserve(void);
/* Is a descriptor kept in the slot? */
bool keep_has(uint32_t slot);
int keep_settled(int wire);
int keep_exit(int wire, int32_t code, uint32_t machine_end);
/* The guard's pid, or -errno. */
pid_t keep_guard(int wire);
/* The next signal, without taking it: its number, 0 if there is none, or
 * -errno; -EPIPE: the guard is gone. */
int keep_peek_signal(int wire);
int keep_take_signal(int wire);

/* Guard's side, fd PLUMB_KEEP. keep_signal(): 0, -EAGAIN if full.
 * keep_next(): 1 with a message (and *fd, -1 if none came along), 0 if there
 * is none now, or -errno. */
int keep_signal(int keep, int signo);
int keep_next(int keep, struct keep_message *, int *fd);

#endif
