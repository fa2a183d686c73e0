/*
 * desk: where operators are served.
 *
 * Turns the calls of the control socket into questions answered at once from
 * core and plan, and into events for the core whose answers come later. Holds
 * the calls that wait: for outcomes, for a condition, for events. Each is
 * answered exactly once, or dropped with its client.
 *
 * The engine's turn: desk_serve(), the step with its events, desk_tell(),
 * desk_answer() for each ACTION_ANSWER, desk_update_wanted(). What is held
 * refers to nodes by uid, so desk_replan() may come between any two. Work of
 * one turn is bounded; desk_deadline() is 0 while more can be done at once.
 * Nothing a client does ends the process.
 */
#ifndef SUPD_DESK_H
#define SUPD_DESK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act.h"
#include "conf/plan.h"
#include "core/core.h"
#include "ctl/session.h"
#include "os/machine.h"

struct desk;

struct desk_ground {
	struct core *core;
	struct ctl *ctl;
	struct act *act;
	const struct plan *plan;
	int cgroups;     /* as in struct report_time */
	bool is_machine; /* supd is the init of one */
};

/* Everything in ground is borrowed. NULL: memory. */
struct desk *desk_open(const struct desk_ground *);
void desk_close(struct desk *);
/* The plan and with it the nodes' numbers changed (core_switch()); the plan of
 * before is still there. */
void desk_replan(struct desk *, const struct plan *);

/* Takes calls; returns the number of events, at most n, for the next step.
 * Once for each step. */
size_t desk_serve(struct desk *, struct event *events, size_t n,
    uint64_t now_ms, int64_t wall_ms);
/* What the last Shutdown that said something of it wants of the machine;
 * BY_CODE: none has. To be saved with the step of those events. */
enum machine_end desk_machine_end(const struct desk *);
/* An ACTION_ANSWER of the core. */
void desk_answer(struct desk *, const struct action *);
/* After a step: serves the streams and those who wait for a condition. */
void desk_tell(struct desk *, uint64_t now_ms, int64_t wall_ms);
/* When desk wants a turn though nothing happened: 0 at once, UINT64_MAX never;
 * of the same clock as now_ms. */
uint64_t desk_deadline(const struct desk *);

/* An Update that came in, at most one in a turn: the engine does it and
 * answers the handle by ctl_reply() or ctl_error(). False: none waits. */
bool desk_update_wanted(struct desk *, struct ctl_handle *, bool *dry_run);

#endif
