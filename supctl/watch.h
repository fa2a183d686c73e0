/*
 * watch: `status --watch`.
 *
 * Draws the table anew whenever an event says that something changed, and
 * once a second where it is on a terminal, so that uptimes go on; the daemon
 * is asked only after events. Ends with the daemon, or by a signal.
 */
#ifndef SUPCTL_WATCH_H
#define SUPCTL_WATCH_H

struct run;

/* An exit code. */
int watch_status(struct run *);

#endif
