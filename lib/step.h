/*
 * step: the steps of a start that can fail, from fork to exec. The text is
 * what users see, in the last exit and in messages.
 */
#ifndef LIB_STEP_H
#define LIB_STEP_H

#define STEPS(X)                                    \
	X(NONE, "none")                             \
	X(FORK, "fork")                             \
	X(ENVIRONMENT, "environment")               \
	X(CGROUP, "cgroup")                         \
	X(SESSION, "session")                       \
	X(TERMINAL, "terminal")                     \
	X(LIMITS, "limits")                         \
	X(NICE, "nice")                             \
	X(OOM_SCORE, "oom_score_adj")               \
	X(CPU_AFFINITY, "cpu_affinity")             \
	X(IO_PRIORITY, "io_priority")               \
	X(PRIVATE_PIDS, "private_pids")             \
	X(PRIVATE_IPC, "private_ipc")               \
	X(HOSTNAME, "hostname")                     \
	X(PRIVATE_NETWORK, "private_network")       \
	X(CHROOT, "chroot")                         \
	X(READ_ONLY_ROOT, "read_only_root")         \
	X(READ_WRITE_PATHS, "read_write_paths")     \
	X(PRIVATE_TMP, "private_tmp")               \
	X(INACCESSIBLE_PATHS, "inaccessible_paths") \
	X(BOUNDING_SET, "bounding_set")             \
	X(SECUREBITS, "securebits")                 \
	X(GROUPS, "groups")                         \
	X(GROUP, "group")                           \
	X(USER, "user")                             \
	X(CAPABILITIES, "capabilities")             \
	X(DIRECTORY, "directory")                   \
	X(NO_NEW_PRIVS, "no_new_privs")             \
	X(LANDLOCK, "landlock")                     \
	X(STDIO, "stdio")                           \
	X(SIGNALS, "signals")                       \
	X(SYSCALL_FILTER, "syscall_filter")         \
	X(EXEC, "exec")                             \
	X(PRE_START, "pre_start")                   \
	X(LOST, "lost")

#define STEP_ENUM(name, text) STEP_##name,
enum step { STEPS(STEP_ENUM) STEP_COUNT };

#endif
