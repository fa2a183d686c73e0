/*
 * event: what the core is told, and what it wants done.
 *
 * The world makes events, core_step() makes actions of them. A process is
 * named by (node, ticket): a result that bears an old ticket is of a process
 * that no longer matters, and the core ignores it.
 */
#ifndef SUPD_CORE_EVENT_H
#define SUPD_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

#define EVENT_OPS(X)          \
	X(START, "start")     \
	X(STOP, "stop")       \
	X(RESTART, "restart") \
	X(RESET, "reset")

#define EVENT_ENUM_OP(name, text) OP_##name,
enum event_op { EVENT_OPS(EVENT_ENUM_OP) OP_COUNT };

enum event_kind {
	/* A tree that never ran starts. Once, first. */
	EVENT_BOOT,
	/* A new engine took over: all that was ordered and may not have been
	 * done is ordered again. Once, first, instead of EVENT_BOOT. */
	EVENT_ADOPT,
	/* ACTION_START succeeded: pid runs the program. */
	EVENT_SPAWNED,
	/* It did not: step, number (an errno). May also come after
	 * EVENT_SPAWNED, from an engine that took over in between. No process
	 * of that ticket exists any more. */
	EVENT_START_FAILED,
	/* The service says that it is ready (READY_NOTIFY, READY_FD). */
	EVENT_READY,
	/* The process ended: end (CODE or SIGNAL), number, core, oom; kills:
	 * so many, it included, were killed for want of memory. */
	EVENT_EXITED,
	/* Nothing of the service is left; after ACTION_CLEAN. */
	EVENT_GONE,
	/* Something of it is left that SIGKILL does not end. */
	EVENT_STUCK,
	/* text: sd_notify's STATUS=, UTF-8, not kept by reference. */
	EVENT_STATUS,
	/* An operator wants op on node; answered once by ACTION_ANSWER with
	 * the number ask (0: wants no answer). */
	EVENT_ASK,
	/* The operator of ask went away: no answer, the operation goes on. */
	EVENT_UNASK,
	/* The whole tree is to end. delay_ms: shutdown_deadline. */
	EVENT_SHUTDOWN,
	/* The shutdown is to hurry: every limit that remains is cut to
	 * delay_ms; 0 kills all. */
	EVENT_HURRY,
	/* What a service says of itself: a sign of life (WATCHDOG=1); that
	 * from now on it gives one every delay_ms (0: none); that it reads
	 * its configuration again (READY follows), or ends; that what is in
	 * progress takes up to delay_ms more; its errno (number). */
	EVENT_ALIVE,
	EVENT_WATCHDOG,
	EVENT_RELOADING,
	EVENT_LEAVING,
	EVENT_EXTEND,
	EVENT_ERRNO,
	/* probe came to outcome (and number). Needed where that is not
	 * OUTCOME_GOOD, or where it is good again. */
	EVENT_HEALTH,
};

struct event {
	enum event_kind kind;
	uint32_t node;
	uint32_t ticket;
	int32_t pid;
	uint64_t birth;
	uint8_t end;
	uint8_t step;
	uint8_t core;
	uint8_t op;
	uint8_t probe;
	uint8_t outcome;
	uint8_t oom;
	int32_t number;
	uint32_t kills;
	uint32_t ask;
	uint64_t delay_ms;
	const char *text;
};

enum action_kind {
	/*
	 * Start node's process of this role; ticket is the node's next. To be
	 * answered by EVENT_SPAWNED or EVENT_START_FAILED. May be ordered
	 * again with the same ticket by a core that was adopted: whoever acts
	 * finds out what became of it and never starts it twice.
	 */
	ACTION_START,
	/* Send signal (then CONT, if cont) to pid, or to its group. */
	ACTION_SIGNAL,
	/* The process is dead: kill what it left (not with KILL_MODE_PROCESS,
	 * where this is answered at once); answered by EVENT_GONE. */
	ACTION_CLEAN,
	/* The operator of ask has his answer. Whatever the core sees later of
	 * it, this comes once. */
	ACTION_ANSWER,
	/* The stops of an update are done: core_switch() may be called. */
	ACTION_SWITCH,
	/* The tree is down for good: leave with this code. */
	ACTION_EXIT,
};

#define ANSWERS(X)                                                            \
	X(OK, "ok")               /* it is so, or was so already */           \
	X(FAILED, "failed")       /* it came out otherwise: see the record */ \
	X(OVERTAKEN, "overtaken") /* a contrary order came after it */        \
	X(SHUTTING_DOWN, "shutting down")                                     \
	X(BUSY, "busy")       /* LIMIT_ASKS, or an update is in progress */   \
	X(REMOVED, "removed") /* an update took the node away */              \
	X(NO_PARENT, "its supervisor is stopped") /* start that first */

#define ANSWER_ENUM(name, text) ANSWER_##name,
enum answer { ANSWERS(ANSWER_ENUM) };

struct action {
	enum action_kind kind;
	uint32_t node;
	uint32_t ticket;
	int32_t pid;
	uint64_t birth;
	uint8_t role;
	uint8_t answer;
	bool group;
	bool cont;
	int32_t signal;
	int32_t code;
	uint32_t ask;
	uint64_t cause; /* the note behind it */
};

#endif
