/*
 * state: the inside of the core, for its own rooms only.
 *
 * struct image is what lasts; struct core is the image and all that is
 * derived from it or is of one step. Records are changed through
 * turn_record() alone, which notes that they have to be saved.
 */
#ifndef SUPD_CORE_STATE_H
#define SUPD_CORE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/core.h"

/* What a supervisor means to do with a child: record.flags. */
enum {
	FLAG_TO_STOP = 1 << 0, /* is to be down before anything starts */
	FLAG_TOLD = 1 << 1,    /* it was told to stop */
	FLAG_DUE = 1 << 2,     /* is to be started */
	FLAG_SOLO = 1 << 3,    /* ...by itself, whatever its siblings do */
	FLAG_RETRY = 1 << 4,   /* ...and that attempt is yet to be counted */
	FLAG_MANUAL = 1 << 5,  /* ...by hand: R66 */
	FLAG_CAUSE = 1 << 6,   /* its group waits for its backoff */
	FLAG_UPDATE = 1 << 7,  /* an update takes it down */
	FLAG_AGAIN = 1 << 8,   /* ...and starts it afterwards */
	FLAG_ENDING = 1 << 14, /* a supervisor that ends by itself */
	FLAG_MEMBER = 1 << 15, /* by hand, but it was coming anyway */
	/* A service's own. */
	FLAG_KILL = 1 << 9,     /* no hooks any more, only SIGKILL */
	FLAG_RAN = 1 << 10,     /* its program ran in this generation */
	FLAG_DONE = 1 << 11,    /* an oneshot that ended normally */
	FLAG_EARLY = 1 << 12,   /* said READY before we saw it spawned */
	FLAG_LATE = 1 << 13,    /* it is killed: its end was told before */
	FLAG_LEAVING = 1 << 14, /* said STOPPING=1 */
};

/* Flags that make a child one that will be started. */
#define FLAGS_START                                                     \
	(FLAG_DUE | FLAG_SOLO | FLAG_RETRY | FLAG_MANUAL | FLAG_CAUSE | \
	    FLAG_MEMBER)

/* What a supervisor has to be told of a child, at the end of a batch. */
enum death { DEATH_NONE, DEATH_NORMAL, DEATH_ABNORMAL, DEATH_START };

enum group_phase { GROUP_DOWN, GROUP_STARTING, GROUP_UP, GROUP_STOPPING };

/*
 * The machine of a service.
 *
 *   DOWN -> PRE_ORDERED -> PRE_RUNNING -> PRE_CLEANING -> MAIN_ORDERED
 *     ^                                                       |
 *     |                                                  MAIN_RUNNING -> UP
 *     |   stop: STOPPING -> KILLING, or ABORTING of an ordered start
 *     |                        |
 *     +-- POST_CLEANING <- POST_RUNNING <- POST_ORDERED <- CLEANING
 */
#define SERVICE_PHASES(X) \
	X(DOWN)           \
	X(PRE_ORDERED)    \
	X(PRE_RUNNING)    \
	X(PRE_CLEANING)   \
	X(MAIN_ORDERED)   \
	X(MAIN_RUNNING)   \
	X(UP)             \
	X(ABORTING)       \
	X(STOPPING)       \
	X(KILLING)        \
	X(CLEANING)       \
	X(POST_ORDERED)   \
	X(POST_RUNNING)   \
	X(POST_KILLING)   \
	X(POST_CLEANING)

#define SERVICE_ENUM_PHASE(name) SERVICE_##name,
enum service_phase { SERVICE_PHASES(SERVICE_ENUM_PHASE) SERVICE_PHASE_COUNT };

/* Inner events: what rooms of the core say to each other. */
enum inner_kind {
	/* To a node. */
	INNER_START,
	INNER_STOP,
	INNER_KILL,
	/* From a node to its supervisor; node is the child. */
	INNER_READY,
	INNER_DOWN,
	/* Later, when all deaths of the batch are known. */
	INNER_ADVANCE, /* a supervisor goes on with its work */
	INNER_TRY,     /* a child that is due may be startable */
	INNER_UPDATE,  /* the stops of an update go on */
};

struct inner {
	enum inner_kind kind;
	uint32_t node;
	uint64_t cause;
};

/* A counted restart: B5. */
struct mark {
	uint64_t at_ms;
	uint64_t pending_ms; /* the child's pending time then */
	uint32_t uid;        /* the child */
	uint32_t spare;
};

struct image {
	uint32_t magic;
	uint32_t version;
	uint32_t bytes;
	uint32_t count;
	uint32_t next_uid;
	uint8_t life; /* enum core_life */
	uint8_t updating;
	uint8_t update_begun; /* the stops are marked */
	uint8_t exit_code;
	uint32_t new_count;
	uint32_t spare;
	uint64_t names; /* a hash of all names and parents */
	uint64_t random;
	uint64_t next_note;
	uint64_t shutdown_by_ms; /* SPEC_INFINITE: no deadline */
	uint64_t hurry_ms;       /* caps every limit; SPEC_INFINITE: not */
	uint64_t update_cause;
	struct record records[LIMIT_NODES];
	struct mark marks[LIMIT_MARKS];
	struct note notes[LIMIT_NOTES];
	uint32_t old_of[LIMIT_NODES];
	uint8_t restart[LIMIT_NODES];
};

#define CORE_ASKS_HASH 2048u

struct ask {
	uint32_t number; /* 0: free */
	uint32_t node;
	uint8_t op;
	uint32_t next; /* of the same node, index + 1 */
};

/* Derived of each node. */
struct link {
	uint32_t first, last, next, previous; /* SPEC_NONE: none */
	uint32_t end; /* the first node that is not below it */
	uint32_t depth;
	uint32_t uid_next; /* chain of the uid table, index + 1 */
	uint32_t ask;      /* asks of it, index + 1 */
	uint32_t heap;     /* place in the heap + 1, 0: not there */
	uint32_t due;      /* of a supervisor: children with FLAG_DUE... */
	uint32_t pass;     /* ...and not FLAG_SOLO */
	uint32_t stops;    /* children with FLAG_TO_STOP */
	uint32_t ending;   /* children with FLAG_ENDING */
	uint32_t bad;      /* children that are not well */
	uint32_t stop_at;  /* no younger child is to stop; SPEC_NONE: look */
	uint32_t start_at; /* no elder child is due; SPEC_NONE: look */
	bool unwell;
	bool dirty;
	bool unsettled;
	uint8_t lazies; /* what of it is queued: 1 << enum lazy_kind */
};

/* A ring of inner events; never full: see turn.c. */
#define QUEUE_SIZE (LIMIT_NODES * 8u)

struct queue {
	struct inner items[QUEUE_SIZE];
	uint32_t head, count;
};

/*
 * What may go on: first the supervisors that are stopping, then a list for
 * each depth, so that the outer ones decide before the inner ones. So nothing
 * is started that is to be stopped in the same step. An entry is a node and a
 * kind, and is there once at most; next and ends are entry + 1, 0: none.
 */
enum lazy_kind { LAZY_ADVANCE, LAZY_TRY, LAZY_STOPPING, LAZY_KINDS };
#define LAZY_LISTS (LIMIT_DEPTH + 3u)

struct lazy {
	uint32_t first[LAZY_LISTS], last[LAZY_LISTS];
	uint32_t next[LIMIT_NODES * LAZY_KINDS];
	uint64_t cause[LIMIT_NODES * LAZY_KINDS];
	uint32_t low; /* the lists before it are empty */
	bool update;  /* INNER_UPDATE, after all others */
};

#define ACTIONS_MAX (LIMIT_NODES * 6u + LIMIT_ASKS * 2u + 16u)

struct core {
	struct image image;
	const struct spec *specs;
	uint32_t count;
	const struct spec *new_specs;
	uint64_t now_ms;
	int64_t wall_ms;

	struct link links[LIMIT_NODES];
	uint32_t uids[LIMIT_NODES * 2]; /* heads, index + 1 */

	uint32_t heap[LIMIT_NODES];
	uint64_t heap_keys[LIMIT_NODES];
	uint32_t heap_count;

	struct ask asks[LIMIT_ASKS];

	/* Who waits for node n: after_list up to after_end[n], from where the
	 * part of n - 1 ends. */
	uint32_t after_end[LIMIT_NODES];
	uint32_t after_list[SPEC_AFTER_MAX];

	struct queue prompt;
	struct lazy lazy;
	uint64_t deaths[LIMIT_NODES]; /* a heap: depth << 32 | node */
	uint32_t deaths_count;

	struct action actions[ACTIONS_MAX];
	size_t actions_count;

	uint32_t dirty[LIMIT_NODES];
	uint32_t dirty_count;
	/* Those whose timer and health may not be right. A node that was
	 * settled stays dirty until it is saved, and may change again. */
	uint32_t unsettled[LIMIT_NODES];
	uint32_t unsettled_count;
	bool dirty_head;
	bool dirty_map;
	uint64_t dirty_note; /* the first unsaved note, 0: none */
	/* core_switch() and the step after it. */
	struct record scratch[LIMIT_NODES];
	struct mark scratch_marks[LIMIT_MARKS];
	bool kept[LIMIT_NODES];       /* old nodes that the new tree has */
	uint32_t removed[LIMIT_ASKS]; /* asks of nodes that went */
	uint32_t removed_count;
	bool wake;        /* all that may go on is to be looked at */
	bool switch_told; /* in this step */
};

static inline const struct record *
state_record(const struct core *c, uint32_t node)
{
	return &c->image.records[node];
}

static inline uint32_t
state_parent(const struct core *c, uint32_t node)
{
	return c->specs[node].parent;
}

static inline bool
state_is_supervisor(const struct core *c, uint32_t node)
{
	return c->specs[node].kind == SPEC_SUPERVISOR;
}

/* Down in the machine's sense: nothing of it is left or in progress. Both
 * machines have it as phase 0. */
static inline bool
state_down(const struct core *c, uint32_t node)
{
	return c->image.records[node].phase == 0;
}

static inline uint64_t
state_in(const struct core *c, uint64_t ms)
{
	return ms > SPEC_INFINITE - c->now_ms ? SPEC_INFINITE : c->now_ms + ms;
}

_Static_assert(SERVICE_DOWN == 0 && GROUP_DOWN == 0, "phase 0 is down");

/* tree.c */
void tree_derive(struct core *);
uint32_t tree_by_uid(const struct core *, uint32_t uid);
void tree_add_uid(struct core *, uint32_t node);

/* clock.c: one timer for each node, from its record. */
void clock_update(struct core *, uint32_t node);
/* The next node whose time has come, which is taken out; SPEC_NONE: none. */
uint32_t clock_due(struct core *, uint64_t now_ms);
uint64_t clock_next(const struct core *);

/* turn.c */
struct record *turn_record(struct core *, uint32_t node);
void turn_push(struct core *, enum inner_kind, uint32_t node, uint64_t cause);
/* The next inner event, prompt ones first; false: none of that sort. */
bool turn_prompt(struct core *, struct inner *);
/* What supervisors that are stopping have to do; and whatever is left. */
bool turn_stopping(struct core *, struct inner *);
bool turn_lazy(struct core *, struct inner *);
void turn_death(struct core *, uint32_t node);
uint32_t turn_next_death(struct core *);
struct action *turn_act(struct core *, enum action_kind, uint32_t node);
struct note *turn_note(
    struct core *, enum note_kind, uint32_t node, uint64_t cause);
/* The one place where a node's state changes. */
void turn_state(struct core *, uint32_t node, enum record_state);
void turn_set_flags(struct core *, uint32_t node, uint32_t flags);
void turn_clear_flags(struct core *, uint32_t node, uint32_t flags);
/* Brings timers, health and the like in line with changed records. */
void turn_settle(struct core *);

/* budget.c */
bool budget_count(
    struct core *, uint32_t supervisor, uint32_t child, uint32_t *within);
bool budget_refuses_then(const struct core *, uint32_t supervisor,
    uint32_t child, uint64_t delay_ms, uint32_t *within);
void budget_pending(struct core *, uint32_t child, bool pending);
uint64_t budget_delay(const struct spec *, uint32_t attempt, uint64_t *random);

/* ask.c */
void ask_take(struct core *, const struct event *);
void ask_drop(struct core *, uint32_t number);
/* Answers all asks of node whose op is in ops (a set of 1 << op). */
void ask_answer(struct core *, uint32_t node, unsigned ops, enum answer);
bool ask_any(const struct core *, uint32_t node, unsigned ops);
void ask_now(struct core *, uint32_t node, uint64_t cause);

#define OPS_UP (1u << OP_START | 1u << OP_RESTART)
#define OPS_DOWN (1u << OP_STOP)

/* service.c */
void service_inner(struct core *, const struct inner *);
void service_event(struct core *, const struct event *);
void service_deadline(struct core *, uint32_t node);
void service_adopt(struct core *, uint32_t node);
/* Nothing of it is left, or is waited for any longer. */
void service_down(struct core *, uint32_t node, uint64_t cause);
/* It runs, and is told to have failed by end, of that note; then it has to
 * go. */
void service_unwell(
    struct core *, uint32_t node, enum record_end end, uint64_t cause);

/* exit.c: the last exit of a service. */
void exit_keep(struct core *, uint32_t node, enum record_end, int number);
void exit_take(struct core *, uint32_t node, const struct event *);
bool exit_normal(const struct core *, uint32_t node);
/* post_stop ended otherwise than it should. */
void exit_note_hook(struct core *, uint32_t node, const struct event *);
/* What the event says was killed for want of memory. The note that the end is
 * to have as its cause, which is then the record's; 0: there is none. */
uint64_t exit_note_oom(struct core *, uint32_t node, const struct event *);

/* alive.c: what a service says of itself while it runs, and its health. */
void alive_begin(struct core *, uint32_t node);
void alive_event(struct core *, const struct event *);
/* When a sign of life is due that begins to count now. */
uint64_t alive_deadline(const struct core *, uint32_t node);
/* It was due, and did not come. */
void alive_silent(struct core *, uint32_t node);

/* group.c: a supervisor and what happens to its children. */
void group_inner(struct core *, const struct inner *);
void group_child_ready(struct core *, uint32_t child);
void group_child_down(struct core *, uint32_t child, uint64_t cause);
void group_child_died(struct core *, uint32_t child);
void group_deadline(struct core *, uint32_t node);
/* true: it is up or starting, so its children may be started. */
bool group_lives(const struct core *, uint32_t supervisor);

/* pass.c: the order of stops and starts below one supervisor. */
void pass_advance(struct core *, uint32_t supervisor);
void pass_try(struct core *, uint32_t child);
void pass_mark_stop(struct core *, uint32_t child);
void pass_mark_due(struct core *, uint32_t child, uint32_t with, uint64_t at_ms,
    uint64_t cause);
void pass_rejoin(struct core *, uint32_t child);
void pass_cancel(struct core *, uint32_t child);
/* Marks the group that child's restart takes along by its supervisor's
 * strategy; returns the first of it. */
void pass_group(
    struct core *, uint32_t child, uint64_t delay_ms, uint64_t cause);
void pass_kill_below(struct core *, uint32_t node);

/* group.c again, for pass.c: a retry is to be counted. False: refused. */
bool group_count(struct core *, uint32_t child);
void group_ended(struct core *, uint32_t supervisor);
void group_complete(struct core *, uint32_t supervisor);
void group_stop(
    struct core *, uint32_t supervisor, enum record_state rest, uint64_t cause);

/* after.c: services that start after others. */
void after_derive(struct core *);
/* true: something that node starts after is neither ready nor done. */
bool after_holds(const struct core *, uint32_t node);
/* Node is ready or done: who waited for it looks again. */
void after_wake(struct core *, uint32_t node);

/* replan.c: core_update(), core_switch(), and what they need in steps. */
void replan_advance(struct core *);
void replan_begin(struct core *);
/* Gives each supervisor its room for marks, and the records of nodes that are
 * new their first values. */
void replan_fresh(const struct spec *, uint32_t count, struct record *,
    uint32_t node, uint32_t uid);
uint64_t replan_names(const struct spec *, uint32_t count);

#endif
