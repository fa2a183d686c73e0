/*
 * cleaner: cages of services, and that nothing of a dead one is left.
 *
 * Where there are cgroups each process start has one of its own. The cleaner
 * is given the core's orders to clean (ACTION_CLEAN), kills what is left of
 * each service until nothing is, and tells so (EVENT_GONE); or that something
 * does not die of SIGKILL (EVENT_STUCK), which holds up its own service only.
 * With a cgroup that is all that is in it, however it daemonized; without, what
 * os/remains.h finds. With kill_mode = process nothing is killed: a cgroup
 * that is not empty then is left to its processes, and removed when they are
 * gone. It remembers nothing that the core does not order again, or that the
 * folder of cgroups does not show, after an adoption.
 */
#ifndef SUPD_CLEANER_H
#define SUPD_CLEANER_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/plan.h"
#include "core/core.h"
#include "os/cgroup.h"
#include "os/loop.h"
#include "pids.h"

struct cleaner;

struct cleaner_ground {
	const struct core *core;
	const struct plan *plan;
	const struct pids *pids;
	struct loop *loop;
	uint64_t tag; /* of its first descriptor in the loop */
	struct cgroup_tree cgroups;
};

/* Everything in ground is borrowed. NULL: no memory. */
struct cleaner *cleaner_open(const struct cleaner_ground *);
void cleaner_close(struct cleaner *);
/* The plan and with it the nodes' numbers changed. */
void cleaner_replan(struct cleaner *, const struct plan *);

/* The cgroups that an engine before us left; after the records are known. */
void cleaner_adopt(struct cleaner *);

/* Makes the cgroup of a process start with its limits, or takes one that is
 * there. Its descriptor, which the caller closes; -ENOENT: there are no
 * cgroups, and none is needed; or another -errno, which was logged. */
int cleaner_cage(struct cleaner *, uint32_t node, uint32_t ticket);
/* Opens the one of a process that lives, or -errno. */
int cleaner_enter(const struct cleaner *, uint32_t node, uint32_t ticket);
/* How many the kernel killed in it for want of memory; 0 also if unknown. */
uint32_t cleaner_oom(const struct cleaner *, uint32_t node, uint32_t ticket);
/* Nothing came of that start: its cgroup is removed. */
void cleaner_drop(struct cleaner *, uint32_t node, uint32_t ticket);
/* pid, of node's processes, is to have the time to read an answer. */
void cleaner_hold(struct cleaner *, uint32_t node, pid_t pid);
/* What the loop said of tag + index. */
void cleaner_ready(struct cleaner *, uint32_t index);

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
