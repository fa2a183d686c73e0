/*
 * spec: what the configuration says of a node, as the core needs it.
 *
 * An array of specs is the tree: preorder, so that a parent stands before its
 * children and siblings stand in their order; the root is number 0 and its
 * parent is SPEC_NONE. The array belongs to the plan (conf) that made it and
 * does not change. All times are milliseconds; SPEC_INFINITE means no limit.
 */
#ifndef SUPD_CORE_SPEC_H
#define SUPD_CORE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/limits.h"

#define SPEC_NONE UINT32_MAX
#define SPEC_INFINITE UINT64_MAX
/* Names in the after of all services together; more is an error of the
 * configuration. */
#define SPEC_AFTER_MAX (LIMIT_NODES * 4u)

/* The signals that the core itself sends; the same number on every Linux
 * (signal(7)), so that it needs no header of the system. */
#define SPEC_SIGKILL 9
#define SPEC_SIGTERM 15
#define SPEC_SIGABRT 6 /* of a watchdog */

enum spec_kind { SPEC_SERVICE, SPEC_SUPERVISOR };

#define SPEC_STRATEGIES(X)            \
	X(ONE_FOR_ONE, "one_for_one") \
	X(ONE_FOR_ALL, "one_for_all") \
	X(REST_FOR_ONE, "rest_for_one")

#define SPEC_RESTARTS(X)          \
	X(PERMANENT, "permanent") \
	X(TRANSIENT, "transient") \
	X(TEMPORARY, "temporary")

#define SPEC_SHUTDOWNS(X)         \
	X(NEVER, "never")         \
	X(ANY, "any_significant") \
	X(ALL, "all_significant")

#define SPEC_TYPES(X)       \
	X(DAEMON, "daemon") \
	X(ONESHOT, "oneshot")

/* When a service counts as ready: see "ready" in supd.conf(5). FD and NOTIFY
 * wait for EVENT_READY, EXIT (every oneshot) for a normal end. */
#define SPEC_READIES(X)     \
	X(EXEC, "exec")     \
	X(NOTIFY, "notify") \
	X(FD, "fd")         \
	X(AFTER, "after")   \
	X(EXIT, "exit")

#define SPEC_LIMITS(X)          \
	X(ESCALATE, "escalate") \
	X(STOP, "stop")

#define SPEC_KILL_MODES(X) \
	X(TREE, "tree")    \
	X(GROUP, "group")  \
	X(PROCESS, "process")

#define SPEC_ENUM_STRATEGY(name, text) STRATEGY_##name,
enum spec_strategy { SPEC_STRATEGIES(SPEC_ENUM_STRATEGY) };
#define SPEC_ENUM_RESTART(name, text) RESTART_##name,
enum spec_restart { SPEC_RESTARTS(SPEC_ENUM_RESTART) };
#define SPEC_ENUM_SHUTDOWN(name, text) AUTO_SHUTDOWN_##name,
enum spec_auto_shutdown { SPEC_SHUTDOWNS(SPEC_ENUM_SHUTDOWN) };
#define SPEC_ENUM_TYPE(name, text) TYPE_##name,
enum spec_type { SPEC_TYPES(SPEC_ENUM_TYPE) };
#define SPEC_ENUM_READY(name, text) READY_##name,
enum spec_ready { SPEC_READIES(SPEC_ENUM_READY) };
#define SPEC_ENUM_LIMIT(name, text) ON_LIMIT_##name,
enum spec_on_limit { SPEC_LIMITS(SPEC_ENUM_LIMIT) };
#define SPEC_ENUM_KILL_MODE(name, text) KILL_MODE_##name,
enum spec_kill_mode { SPEC_KILL_MODES(SPEC_ENUM_KILL_MODE) };

struct spec {
	char name[LIMIT_NAME + 1];
	uint32_t parent;
	enum spec_kind kind;

	/* As a child of its parent; services and supervisors alike. */
	enum spec_restart restart;
	bool significant;
	enum spec_on_limit on_limit;
	uint64_t backoff_min_ms;
	uint64_t backoff_max_ms;
	uint64_t backoff_reset_ms;
	/* In thousandths: 2000 doubles; never below 1000. */
	uint32_t backoff_factor_milli;
	/* The largest share that is taken off a delay, in percent, 0 to 100. */
	uint32_t backoff_jitter_percent;
	/* A service: from the stop signal to SIGKILL; 0 is brutal_kill. A
	 * supervisor: a bound on stopping all below it. */
	uint64_t shutdown_ms;

	/* Of a supervisor. intensity UINT32_MAX is infinity. */
	enum spec_strategy strategy;
	uint32_t intensity;
	uint64_t period_ms;
	enum spec_auto_shutdown auto_shutdown;
	bool parallel;

	/* Of a service. */
	enum spec_type type;
	enum spec_ready ready;
	uint64_t ready_after_ms; /* READY_AFTER only */
	uint64_t start_timeout_ms;
	uint64_t watchdog_ms; /* a sign of life at least so often; 0: none */
	uint32_t health_failures; /* in a row that are too many; 0: no probe */
	bool autostart;
	/* Starts only when these nodes are ready or done. */
	const uint32_t *after;
	uint32_t after_count;
	int stop_signal;
	enum spec_kill_mode kill_mode;
	bool pre_start; /* has such a hook */
	bool post_stop;
	/* Bit n: exit code n is normal. */
	uint64_t success_codes[4];
	/* Bit n: death by signal n is normal. */
	uint64_t success_signals[2];
};

#endif
