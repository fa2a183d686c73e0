/*
 * act: carries out what the core ordered.
 *
 * The one place where actions become system calls, and where the world's
 * answers become events again: starts, signals, the killing of what is left,
 * exits. Actions wait in a queue, a turn does a bounded number of starts, so
 * that a large tree that starts does not keep operators waiting. Nothing here
 * decides anything about the tree.
 *
 * A start whose ticket an engine before us may have begun is found out by its
 * slot in the ledger, so any action may be ordered twice.
 */
#ifndef SUPD_ACT_H
#define SUPD_ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "conf/plan.h"
#include "core/core.h"
#include "os/cgroup.h"
#include "os/ledger.h"
#include "os/loop.h"
#include "os/news.h"
#include "start.h"

struct act;

/* Tags of act's descriptors in the loop have this bit set. */
#define ACT_TAG (UINT64_C(1) << 62)

/* Everything in ground is borrowed. NULL with *error. */
struct act *act_open(const struct act_ground *, int *error);
void act_close(struct act *);
/* The processes that the records hold, after a core was opened from an image;
 * before any news is read. */
void act_adopt(struct act *);
/* The plan and with it the nodes' numbers changed (core_switch()). */
void act_replan(struct act *, const struct plan *);

/* Puts an action (START, SIGNAL, CLEAN) into the queue. */
void act_order(struct act *, const struct action *);
/* Does what is in the queue, at most so many starts. */
void act_work(struct act *, unsigned starts);
/* An exit. False: of a process that is no service's, or no event. */
bool act_exit(struct act *, const struct news *, struct event *);
/* What the loop said of a tag with ACT_TAG. */
void act_ready(struct act *, uint64_t tag);
/* The next event that came of all this. */
bool act_next(struct act *, struct event *);
/* true: no start is queued, and no event waits. */
bool act_idle(const struct act *);
/* true: act_work() has something to do now. */
bool act_busy(const struct act *);
/* When act_work() wants to be called though nothing happened. */
uint64_t act_deadline(const struct act *);
/* The service that a process belongs to, as its main process or hook, by its
 * session, or by descent; SPEC_NONE if to none. */
uint32_t act_owner(const struct act *, pid_t pid, pid_t session);
/* The same of a process that may have left its session. */
uint32_t act_caller(const struct act *, pid_t pid);
/* A process of node's has asked for what ends the node: it is let read the
 * answer, and leave, before all that is left of node is killed. */
void act_hold(struct act *, uint32_t node, pid_t pid);

/* Runs a command that looks after a service's health, as one of its own: the
 * pid and *birth, or -errno; -EBUSY: too many run. Its end comes from
 * act_probe_next(). */
int act_probe(
    struct act *, uint32_t node, const struct command *, uint64_t *birth);
struct act_probe_end {
	uint32_t uid;
	pid_t pid;
	int code; /* CLD_EXITED... */
	int status;
};
bool act_probe_next(struct act *, struct act_probe_end *);

/* The guard is dead: exits are found out without it from now on. */
void act_orphaned(struct act *);

/* An operator's signal, and his reload. 0 or -errno; -ESRCH: no process. */
int act_signal(struct act *, uint32_t node, int signo);
int act_reload(struct act *, uint32_t node);

#endif
