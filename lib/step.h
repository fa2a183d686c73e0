/*
 * step: the steps of a start that can fail, from fork to exec. The text is
 * what users see, in the last exit and in messages.
 */
#ifndef LIB_STEP_H
#define LIB_STEP_H

#define STEPS(X)                        \
	X(NONE, "none")                 \
	X(FORK, "fork")                 \
	X(ENVIRONMENT, "environment")   \
	X(CGROUP, "cgroup")             \
	X(SESSION, "session")           \
	X(TERMINAL, "terminal")         \
	X(LIMITS, "limits")             \
	X(NICE, "nice")                 \
	X(OOM_SCORE, "oom_score_adj")   \
	X(CPU_AFFINITY, "cpu_affinity") \
	X(IO_PRIORITY, "io_priority")   \
	X(GROUPS, "groups")             \
	X(GROUP, "group")               \
	X(USER, "user")                 \
	X(DIRECTORY, "directory")       \
	X(STDIO, "stdio")               \
	X(SIGNALS, "signals")           \
	X(EXEC, "exec")                 \
	X(PRE_START, "pre_start")       \
	X(LOST, "lost")

#define STEP_ENUM(name, text) STEP_##name,
enum step { STEPS(STEP_ENUM) STEP_COUNT };

#endif
