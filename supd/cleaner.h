/*
 * cleaner: sees to it that nothing of a dead service is left.
 *
 * It is given the core's orders to clean (ACTION_CLEAN), kills what is left
 * of each service until nothing is, and tells so (EVENT_GONE); or that
 * something does not die of SIGKILL (EVENT_STUCK), which holds up its own
 * service only. It remembers nothing that the core does not order again after
 * an adoption.
 */
#ifndef SUPD_CLEANER_H
#define SUPD_CLEANER_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/plan.h"
#include "core/core.h"
#include "pids.h"

struct cleaner;

struct cleaner_ground {
	const struct core *core;
	const struct plan *plan;
	const struct pids *pids;
};

/* Everything in ground is borrowed. NULL: no memory. */
struct cleaner *cleaner_open(const struct cleaner_ground *);
void cleaner_close(struct cleaner *);
/* The plan and with it the nodes' numbers changed. */
void cleaner_replan(struct cleaner *, const struct plan *);

/* An ACTION_CLEAN. */
void cleaner_order(struct cleaner *, const struct action *);
/* Does what is due. */
void cleaner_work(struct cleaner *, uint64_t now_ms);
/* A process that is no service's has ended: perhaps the last that one left. */
void cleaner_orphan(struct cleaner *);
/* The guard is dead: orphans do not come to it any more. */
void cleaner_orphaned(struct cleaner *);

/* The next event that came of all this. */
bool cleaner_next(struct cleaner *, struct event *);
bool cleaner_told(const struct cleaner *); /* true: there is one */
/* true: cleaner_work() or cleaner_next() has something to do now. */
bool cleaner_busy(const struct cleaner *);
/* When cleaner_work() wants to be called though nothing happened. */
uint64_t cleaner_deadline(const struct cleaner *);

#endif
