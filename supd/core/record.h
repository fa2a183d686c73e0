/*
 * record: the state of a node, and what happened to it.
 *
 * Everything here is plain data without a pointer, so that it can lie in the
 * ledger and outlive the engine: nodes refer to each other by their number in
 * the specs, to what was before an update by uid, which is never used twice.
 * The core alone writes; everyone may read. Times named _ms are of the clock
 * that core_step() is given, wall_ms is UTC since 1970 and for people only.
 */
#ifndef SUPD_CORE_RECORD_H
#define SUPD_CORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/spec.h"
#include "lib/limits.h"
#include "lib/step.h"

/* SPEC.md section 4. */
#define RECORD_STATES(X)        \
	X(STOPPED, "stopped")   \
	X(WAITING, "waiting")   \
	X(STARTING, "starting") \
	X(RUNNING, "running")   \
	X(STOPPING, "stopping") \
	X(EXITED, "exited")     \
	X(FAILED, "failed")

#define RECORD_ENUM_STATE(name, text) STATE_##name,
enum record_state { RECORD_STATES(RECORD_ENUM_STATE) STATE_COUNT };

/* Which of a service's processes: one lives at a time. */
#define RECORD_ROLES(X)           \
	X(MAIN, "main")           \
	X(PRE_START, "pre_start") \
	X(POST_STOP, "post_stop")

#define RECORD_ENUM_ROLE(name, text) ROLE_##name,
enum record_role { RECORD_ROLES(RECORD_ENUM_ROLE) ROLE_COUNT };

/* How a process ended, or why none came to be. */
#define RECORD_ENDS(X)                                                       \
	X(NONE, "none")                                                      \
	X(CODE, "code")       /* exited: code */                             \
	X(SIGNAL, "signal")   /* killed: signal, core */                     \
	X(START, "start")     /* never ran: step, error (an errno) */        \
	X(TIMEOUT, "timeout") /* not ready within start_timeout */           \
	X(GAVE_UP, "gave_up") /* of a supervisor: more than its intensity */ \
	X(AUTO, "auto_shutdown")                                             \
	X(WATCHDOG, "watchdog")   /* gave no sign of life in time */         \
	X(UNHEALTHY, "unhealthy") /* its health check failed too often */

#define RECORD_ENUM_END(name, text) END_##name,
enum record_end { RECORD_ENDS(RECORD_ENUM_END) };

struct record_exit {
	uint8_t end;    /* enum record_end */
	uint8_t role;   /* enum record_role: whose end it was */
	uint8_t step;   /* enum step, for END_START */
	uint8_t core;   /* a core was dumped */
	int32_t number; /* the code, signal or errno */
	int64_t wall_ms;
	int32_t told; /* what it gave as ERRNO= before, 0: nothing */
	uint8_t oom;  /* killed by the kernel for want of memory */
	uint8_t spare[3];
};

/* What looks after a service's health, and what it found. number is of
 * OUTCOME_ERROR an errno, of CODE, SIGNAL and STATUS what they say. */
#define RECORD_PROBES(X)        \
	X(WATCHDOG, "watchdog") \
	X(COMMAND, "command")   \
	X(TCP, "tcp")           \
	X(HTTP, "http")

#define RECORD_OUTCOMES(X)                                                   \
	X(GOOD, "good")                                                      \
	X(SILENT, "silent")   /* no answer, no sign of life in time */       \
	X(TRIGGER, "trigger") /* the service itself said WATCHDOG=trigger */ \
	X(ERROR, "error")     /* no connection, no process: number */        \
	X(CODE, "code")       /* the command exited with number */           \
	X(SIGNAL, "signal")   /* or was killed by it */                      \
	X(STATUS, "status")   /* the HTTP status was number */               \
	X(ANSWER, "answer")   /* an answer that is no HTTP */

#define RECORD_ENUM_PROBE(name, text) PROBE_##name,
enum record_probe { RECORD_PROBES(RECORD_ENUM_PROBE) };
#define RECORD_ENUM_OUTCOME(name, text) OUTCOME_##name,
enum record_outcome { RECORD_OUTCOMES(RECORD_ENUM_OUTCOME) };

/*
 * A note is one change of one node: an event in the words of SPEC.md 10.
 * Notes form one sequence from 1 on without holes. cause is the number of the
 * note that caused it, 0 where nothing did; by following it one comes from
 * any restart to the first death, or to the order of an operator.
 */
#define NOTE_KINDS(X)                                                          \
	X(STARTING, "starting")                                                \
	X(READY, "ready")                                                      \
	X(STOPPING, "stopping")                                                \
	X(STOPPED, "stopped")                                                  \
	X(EXITED, "exited")                                                    \
	X(FAILED, "failed")                                                    \
	X(BACKOFF, "backoff")                                                  \
	X(RESTARTING, "restarting")                                            \
	X(GAVE_UP, "gave_up")                                                  \
	X(UPDATE, "update")                                                    \
	X(STATUS, "status")                                                    \
	X(REQUEST, "request")   /* an operator's word; a root of causes */     \
	X(KILL, "kill")         /* SIGKILL after shutdown, or what was left */ \
	X(HOOK, "hook")         /* post_stop ended otherwise than with 0 */    \
	X(HEALTH, "health")     /* a probe failed, or is good again */         \
	X(STUCK, "stuck")       /* what is left does not die of SIGKILL */     \
	X(SHUTDOWN, "shutdown") /* of the whole tree; a root of causes */      \
	X(OOM, "oom")           /* the kernel killed for want of memory */

#define NOTE_ENUM_KIND(name, text) NOTE_##name,
enum note_kind { NOTE_KINDS(NOTE_ENUM_KIND) NOTE_KIND_COUNT };

struct note {
	uint64_t seq;
	uint64_t cause;
	uint64_t at_ms;
	int64_t wall_ms;
	/* The note before this one of the same node, 0 for its first. */
	uint64_t previous;
	uint32_t uid;
	uint32_t parent_uid; /* 0 for root */
	uint32_t generation;
	uint8_t kind;      /* enum note_kind */
	uint8_t node_kind; /* enum spec_kind */
	uint8_t strategy;  /* RESTARTING: enum spec_strategy */
	uint8_t op;        /* REQUEST: enum event_op */
	char name[LIMIT_NAME + 1];
	/* EXITED, FAILED, STOPPED, HOOK: how; OOM: oom, it was pid itself. */
	struct record_exit exit;
	/* STARTING, READY: the pid; KILL: the pid or 0. */
	int32_t pid;
	/* FAILED, BACKOFF: the consecutive failure; GAVE_UP: how many restarts
	 * were within the period, the fatal one included. */
	uint32_t attempt;
	/* BACKOFF: the wait; READY: the time it took; KILL: the time given. */
	uint64_t delay_ms;
	/* RESTARTING: the child that caused it, and how many children the
	 * group has (first_uid up to the youngest); GAVE_UP: the child; OOM:
	 * how many of its processes were killed. */
	uint32_t child_uid;
	uint32_t first_uid;
	uint32_t count;
	uint32_t intensity; /* GAVE_UP */
	uint64_t period_ms; /* GAVE_UP */
	/* HEALTH: attempt is the failure in a row, count how many are too
	 * many; delay_ms: the time in which there was no sign of life. */
	uint8_t probe;   /* enum record_probe */
	uint8_t outcome; /* enum record_outcome */
	int32_t number;
};

struct record {
	uint32_t uid;
	uint8_t state;  /* enum record_state */
	uint8_t phase;  /* the machine's own, finer than the state */
	uint8_t rest;   /* the state to take when it is down */
	uint8_t death;  /* what the supervisor has to be told, state.h */
	uint8_t wanted; /* 1: up, 0: down */
	uint8_t ready;
	uint8_t degraded;  /* of a running supervisor */
	uint8_t role;      /* which process pid is of */
	uint8_t remains;   /* the process is dead, not all it left is gone */
	uint8_t stuck;     /* what is left does not die: uninterruptible */
	uint8_t stale;     /* changed by an update, the change not in force */
	uint8_t held;      /* stopped by an operator, or never started: D1 */
	uint8_t gone;      /* a temporary child after its end: R23 */
	uint8_t reloading; /* said RELOADING=1, and not yet READY=1 again */
	uint8_t spare[2];
	uint32_t flags;  /* what its supervisor means to do, state.h */
	int32_t pid;     /* 0: none */
	int32_t leader;  /* the last pid, whose group and session are left */
	uint32_t ticket; /* names a process start; see ACTION_START */
	/* Tells this process from any other with its pid, see EVENT_SPAWNED. */
	uint64_t birth;
	uint32_t generation;
	uint32_t restarts;
	uint32_t attempt;
	uint32_t group_first; /* of a supervisor: uid, see hold_ms */
	uint64_t since_ms;
	int64_t since_wall_ms;
	uint64_t deadline_ms; /* of what is in progress; SPEC_INFINITE: none */
	uint64_t start_by_ms; /* when start_timeout is over */
	uint64_t next_try_ms; /* when it may be started again, 0: at once */
	uint64_t hold_ms;     /* a supervisor's group starts then; 0: none */
	uint64_t ready_ms;    /* when it became ready */
	uint64_t delay_ms;    /* its last backoff delay */
	uint64_t pending_ms;  /* B5: time spent with a restart pending... */
	uint64_t pending_since_ms; /* ...and since when one is, 0: none */
	uint64_t last_note;        /* seq; head of the node's chain of notes */
	uint64_t cause;       /* the note that explains what is in progress */
	uint64_t watchdog_ms; /* of this process: a sign of life so often */
	uint32_t ill;         /* failed probes in a row */
	int32_t told_errno;   /* the last ERRNO= */
	struct record_exit exit;
	int32_t chain_code; /* of a supervisor: what it ended by, exit code */
	/* Of a supervisor: its counted restarts, in core's marks. */
	uint32_t marks_base;
	uint32_t marks_count;
	char status_text[LIMIT_STATUS + 1];
};

#endif
