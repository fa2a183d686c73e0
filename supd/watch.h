/*
 * watch: clients who wait for the tree: for events, or for a condition.
 *
 * A stream of events reads the core's notes by number, each in its own time:
 * what its client does not read is not sent, and what the core forgets
 * meanwhile is told as a gap. A wait is answered after the first step that
 * finds all its nodes as wanted, or at its deadline. Nodes are held by uid, so
 * that an update may come at any time; a stream of named nodes goes by what
 * the names mean in the new tree, and still tells of those just removed.
 *
 * Nothing waits for a client, and one turn makes a bounded number of replies;
 * watch_deadline() is 0 as long as more can be sent at once.
 */
#ifndef SUPD_WATCH_H
#define SUPD_WATCH_H

#include <stdint.h>

#include "conf/plan.h"
#include "core/core.h"
#include "ctl/report.h"
#include "ctl/session.h"

struct watch;

/* NULL: memory. */
struct watch *watch_open(
    const struct core *, struct ctl *, const struct plan *);
void watch_close(struct watch *);
/* The plan and the nodes' numbers changed; the plan of before is still there.
 * A wait for the readiness of a node that was removed ends here. */
void watch_replan(struct watch *, const struct plan *);

/* The calls of these names. A single Events is answered at once, all others
 * by watch_tell(). */
void watch_events(struct watch *, const struct ctl_call *, struct report_time);
void watch_wait(struct watch *, const struct ctl_call *, uint64_t now_ms);
/* The client has gone. */
void watch_gone(struct watch *, struct ctl_handle);
/* After each step. */
void watch_tell(struct watch *, struct report_time);
/* When watch_tell() wants to be called though nothing happened. */
uint64_t watch_deadline(const struct watch *);

#endif
