/*
 * notify: what services tell supd about themselves.
 *
 * The datagram socket of sd_notify(3), one for all services, kept by the
 * guard so that a message outlives the engine; and the pipe of s6's
 * `notification-fd`, one for a start. The sender of a datagram is known by
 * the credentials that the kernel adds (SCM_CREDENTIALS). Messages are looked
 * at first and taken after what they caused is saved.
 *
 * A message may have several assignments, a line each, of which the last of a
 * kind holds; what is unknown or malformed is passed over. Descriptors that
 * come along are closed when the message is taken: that is all that BARRIER=1
 * asks for, since what was sent before has been saved by then.
 */
#ifndef SUPD_OS_NOTIFY_H
#define SUPD_OS_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/limits.h"

struct notify_message {
	pid_t pid;         /* the sender */
	pid_t session;     /* its session, 0 if it is gone already */
	bool ready;        /* READY=1 */
	bool reloading;    /* RELOADING=1 */
	bool stopping;     /* STOPPING=1 */
	bool alive;        /* WATCHDOG=1 */
	bool trigger;      /* WATCHDOG=trigger */
	bool has_watchdog; /* WATCHDOG_USEC=, in ms and rounded up */
	uint64_t watchdog_ms;
	bool has_extend; /* EXTEND_TIMEOUT_USEC=, likewise */
	uint64_t extend_ms;
	bool has_error; /* ERRNO= */
	int error;
	pid_t main_pid; /* MAINPID=, 0: not there */
	bool has_status;
	char status[LIMIT_STATUS + 1];
};

/* A bound datagram socket at path, which everyone may write to; what stood
 * there before is removed if it is a socket. Descriptor or -errno. */
int notify_open(const char *path);
/* 1 with a message, 0 if there is none, -errno. Malformed ones are passed
 * over (and taken). */
int notify_peek(int fd, struct notify_message *);
int notify_take(int fd);

/* A pipe for `ready = fd:N`: ends[0] ours. 0 or -errno. */
int notify_pipe(int ends[2]);
/* 1 if a newline is in it (it stays there), 0 not yet, -EPIPE: no writer is
 * left and none will come. */
int notify_pipe_ready(int fd);

#endif
