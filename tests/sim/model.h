/*
 * model: the rules once more, naively.
 *
 * A second reading of the tree's rules, written from the rules and not from
 * the core: plain lists, loops over everything, no queue, no cleverness, slow.
 * It is told the same facts as the core (the events of a step) and works out
 * what must be done; model_check() then compares the core's actions and
 * records with that.
 *
 * It has four parts. Lives (life.c): what becomes of one service's process, as
 * the facts have it and the actions drive it. Rules (rules.c): what a
 * supervisor decides. Window (window.c): the intensity and the backoff. Check
 * (check.c): the comparison.
 *
 * Where the rules leave freedom the model follows the core, within bounds: it
 * looks into what the core did (struct seen). Where it does not know what the
 * right answer is at all (requests in the middle of a group restart, updates)
 * a supervisor is vague: its decisions are taken from the core until all below
 * it is at rest, and then compared again. How many were, it counts.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "forest.h"

/* What a node is doing. DYING: it ended by itself, and remains or post_stop
 * are not over; of a supervisor: it gave up and stops its children. */
enum life { LIFE_DOWN, LIFE_STARTING, LIFE_UP, LIFE_STOPPING, LIFE_DYING };
/* The process of a service. */
enum proc { PROC_NONE, PROC_ORDERED, PROC_RUNNING, PROC_CLEANING };
/* Is a restart pending: after a death (counted already), or a retry of a
 * failed start (counted when its time comes)? */
enum pend { PEND_NO, PEND_DEATH, PEND_RETRY };
/* What happened to a node and was not yet handled by its supervisor. */
enum fate { FATE_NONE, FATE_NORMAL, FATE_ABNORMAL, FATE_NO_START };
/* What a supervisor is doing: stopping a group that then waits for its cause;
 * starting children from one on; stopping all. */
enum work { WORK_NONE, WORK_GROUP, WORK_SWEEP, WORK_STOP };

struct mark {
	uint64_t at_ms;
	uint64_t pending_ms; /* the child's, then */
	uint32_t uid;
	bool maybe; /* counted in vague times */
};

#define MODEL_MARKS 64u

struct mnode {
	const struct spec *spec;
	uint32_t uid;
	enum life life;
	enum fate fate;
	enum pend pend;
	/* As a child. */
	bool held, gone, off;
	bool manual; /* the start in progress is by hand */
	bool again;  /* to be started by hand when it is down */
	bool known;  /* attempt and delay are known */
	uint8_t how; /* LIFE_DOWN: STATE_STOPPED, EXITED or FAILED */
	uint32_t attempt;
	uint64_t delay_ms;
	uint64_t try_ms;  /* as the core said after the last step, or 0 */
	uint64_t due_ms;  /* the restart is not earlier */
	uint64_t late_ms; /* nor later, once all is down */
	uint64_t ready_ms;
	uint64_t began_ms;
	bool pending;
	uint64_t pending_ms, pending_since_ms;
	/* A service's process. */
	enum proc proc;
	uint8_t role;
	uint32_t ticket;
	int32_t pid, pid_last;
	bool signalled, killed, timed_out, was_main;
	bool passed; /* it was ready since it was started last */
	bool done;   /* an oneshot that ended normally */
	bool soft;   /* it was stopped while it started */
	bool stuck;  /* the core said so of its process, or what that left */
	uint64_t role_ms, stop_ms;
	uint64_t by_ms; /* its limit since it got its signal */
	/* A supervisor. */
	enum work work;
	uint32_t from, next; /* nodes */
	uint32_t cause;
	bool vague;
	/* All below is killed: may be from then on, must be from then on. */
	uint64_t bound_ms, bound_must_ms;
	struct mark mark[MODEL_MARKS];
	uint32_t marks;
};

enum order_kind { ORDER_START, ORDER_CLEAN };
struct order {
	enum order_kind kind;
	uint32_t node;
	uint8_t role;
};

struct seen {
	const struct core *core;
	const struct action *actions;
	size_t actions_count;
	uint64_t note_first; /* notes of this step: from this seq on */
	bool adopted;
};

struct model {
	struct mnode node[FOREST_NODES], former[FOREST_NODES];
	uint32_t count;
	uint64_t now_ms;
	bool shutting_down;
	uint64_t deadline_ms;
	uint64_t hurry_ms; /* limits are cut to; SPEC_INFINITE: not */
	uint64_t hurried_ms;
	bool root_over;
	bool moved; /* within a step: a node was told to stop */
	bool lost;  /* within a step: the core went another way */
	struct order order[4 * FOREST_NODES];
	uint32_t orders;
	const struct seen *seen;
	uint64_t steps, steps_sharp;
	char fault[240];
};

void model_open(struct model *, const struct core *);
/* One step: the events that the core was given, what it did, the time. False:
 * a rule was broken, model->fault says which. */
bool model_step(struct model *, const struct event *, size_t n, uint64_t now_ms,
    const struct seen *);
/* After core_switch(): the same nodes by their new numbers. */
void model_switch(struct model *, const struct core *, const uint32_t *old_of);
/* All supervisors become vague. */
void model_vague(struct model *);

/* For the parts of the model. */
#define FAULT(model, ...) model_fault((model), __VA_ARGS__)
void model_fault(struct model *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *model_name(const struct model *, uint32_t node);
/* Are all limits of this node over, so that it may be killed at once? */
bool model_doomed(const struct model *, uint32_t node);
/* Does all of the tree end, for good? */
bool model_ends(const struct model *);
bool model_vague_at(const struct model *, uint32_t child);
void model_vague_from(struct model *, uint32_t node);
bool seen_action(
    const struct seen *, uint32_t node, enum action_kind, int role);
/* Did the core refuse the restart of this child? */
bool seen_refused(
    const struct seen *, uint32_t supervisor_uid, uint32_t child_uid);
bool seen_note(const struct seen *, uint32_t uid, enum note_kind);

void life_start(struct model *, uint32_t node);
void life_stop(struct mnode *);
/* The tree ends without what is stuck. */
void life_leave(struct model *, uint32_t node);
void life_fact(struct model *, const struct event *);
void life_time(struct model *, uint32_t node);
void life_ready(struct model *, uint32_t node);
bool exit_is_normal(const struct spec *, uint8_t end, int32_t number);

void rules_start(struct model *, uint32_t node, bool manual);
void rules_stop(struct model *, uint32_t node);
bool rules_grouped(const struct model *, uint32_t node);
void rules_settle(struct model *);
void rules_ask(struct model *, uint32_t node, enum event_op);

void window_pend(struct model *, uint32_t node);
void window_unpend(struct model *, uint32_t node);
/* Adds a restart of child; true: within the intensity. */
bool window_count(struct model *, uint32_t supervisor, uint32_t child);
/* All that was counted may have been counted up to now, or not. */
void window_unsure(struct model *, uint32_t supervisor);
/* Adds one that the core may have counted. */
void window_maybe(struct model *, uint32_t supervisor, uint32_t child);
/* Would a restart of child at now + delay be refused: for sure, perhaps? */
bool window_full(const struct model *, uint32_t supervisor, uint32_t child,
    uint64_t delay_ms, bool sure);
/* The next failure of child: attempt and delay; false with a fault. */
void window_fail(struct model *, uint32_t node, bool died);

void check_step(struct model *);
/* Takes from the core what vague supervisors decided. */
void vague_fate(struct model *, uint32_t child);
void vague_spread(struct model *);
void vague_follow(struct model *);
void vague_end(struct model *);

#endif
