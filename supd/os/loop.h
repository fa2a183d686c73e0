/*
 * loop: waiting for the world.
 *
 * A level-triggered epoll(7) set and one timer (timerfd, CLOCK_MONOTONIC).
 * loop_wait() sleeps until a watched descriptor is ready or the deadline has
 * come; it calls nobody. An engine with nothing to do makes no wake-up.
 */
#ifndef SUPD_OS_LOOP_H
#define SUPD_OS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* tag: what loop_wait() gives back for fd. read/write: what is waited for;
 * errors and hang-ups always are. 0 or -errno. */
struct loop *loop_open(int *error);
void loop_close(struct loop *);
int loop_watch(struct loop *, int fd, uint64_t tag, bool read, bool write);
/* What poll(2) calls POLLPRI, and nothing else: a file of cgroup2 changed. It
 * is told as hung_up, again and again until the file is read. */
int loop_watch_change(struct loop *, int fd, uint64_t tag);
int loop_change(struct loop *, int fd, uint64_t tag, bool read, bool write);
void loop_forget(struct loop *, int fd);

struct loop_event {
	uint64_t tag;
	bool readable;
	bool writable;
	bool hung_up;
};

/* deadline_ms UINT64_MAX: none; in the past: does not sleep. Number of events
 * (0: the deadline), or -errno; EINTR is handled within. */
int loop_wait(
    struct loop *, uint64_t deadline_ms, struct loop_event *, size_t n);

uint64_t loop_now_ms(void); /* CLOCK_MONOTONIC */
uint64_t loop_now_ns(void);
int64_t loop_wall_ms(void); /* CLOCK_REALTIME; for people only */

#endif
