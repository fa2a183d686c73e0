/*
 * launch: how a service's process comes to its exec.
 *
 * struct launch is what the configuration says of the surroundings, made by
 * conf for each service of a plan, with its strings in the plan's arena and
 * ${NAME} still in them. launch_prepare() turns it into struct prepared:
 * argument vector, environment, numbers, all that a child needs, in one block
 * of memory. launch_child() is what the child does with it: raw system calls
 * only, since it runs in the engine's memory (spawn.h).
 */
#ifndef SUPD_OS_LAUNCH_H
#define SUPD_OS_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "os/cgroup.h"
#include "os/filter.h"
#include "os/landlock.h"
#include "os/rights.h"
#include "os/sandbox.h"

enum launch_stdin { STDIN_NULL, STDIN_PATH, STDIN_TTY };
enum launch_log { LOG_TO_INHERIT, LOG_TO_NULL, LOG_TO_PATH };

#define LAUNCH_LIMITS 16 /* RLIMIT_NLIMITS */

/* A command line split into words, quotes gone; ${NAME}, ${NAME:-text} and $$
 * are still in the words. words is NULL where there is no command. */
struct command {
	char **words; /* NULL-terminated */
	size_t count;
};

struct launch {
	struct command command;
	struct command pre_start;
	struct command post_stop;
	/* reload: a command, or else this signal. */
	struct command reload;
	int reload_signal;

	char *directory; /* NULL: supd's */
	/* What the configuration sets, as KEY=value in order (supd's
	 * environment, defaults, files and environment= merged, later ones
	 * win); ${NAME} in values refers to what stands before. */
	char **environment;
	bool clear_environment;

	bool set_user;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t groups_count;
	bool set_group; /* gid is set even without a user */
	bool set_groups;
	char *user_name; /* for HOME, USER, LOGNAME, SHELL */
	char *user_home;
	char *user_shell;

	struct rights rights;
	struct sandbox sandbox;
	struct landlock landlock;
	struct syscall_filter filter;

	int umask; /* -1: supd's */
	bool set_nice, set_oom, set_io, set_cpus;
	int nice;
	int oom_score_adj;
	int io_priority;   /* as ioprio_set(2) takes it */
	uint64_t cpus[16]; /* bit n: processor n */
	bool limit_set[LAUNCH_LIMITS];
	struct rlimit limits[LAUNCH_LIMITS];

	/* What its cgroup is limited to, as the kernel has it; NULL: no limit
	 * is set. */
	char *cgroup_limits[CGROUP_LIMIT_COUNT];

	enum launch_stdin stdin_kind;
	char *stdin_path;
	enum launch_log log_kind;
	char *log_path;       /* appended to, made 0640 */
	int ready_fd;         /* `ready = fd:N`, else -1 */
	bool notify;          /* gets NOTIFY_SOCKET */
	uint64_t watchdog_ms; /* gets it as WATCHDOG_USEC; 0: none */
};

/* What differs from start to start. Strings may be NULL where they do not
 * apply. */
struct launch_now {
	const struct command *command;
	const char *name;     /* SUPD_NAME */
	const char *path;     /* SUPD_PATH: web/nginx */
	const char *instance; /* SUPD_INSTANCE */
	uint32_t attempt;
	const char *run;           /* SUPD_RUN, see mark.h */
	const char *socket;        /* SUPD_SOCKET */
	const char *notify_socket; /* NOTIFY_SOCKET */
	bool watchdog;  /* the program itself: WATCHDOG_USEC, WATCHDOG_PID */
	bool after_end; /* post_stop: with how the service ended */
	bool end_by_signal; /* SUPD_EXIT_SIGNAL, else _CODE */
	int end_number;
	char **own_environment; /* the engine's environ */
	/* RLIMIT_NOFILE as it was before the engine raised its own, for a
	 * service that sets none; NULL: as it is. */
	const struct rlimit *own_nofile;
};

struct prepared;

/*
 * Makes all that the child needs. Returns NULL if the environment lacks a
 * variable without default; *missing then points at its name within the text
 * that asks for it, of which launch_missing_bytes() tells the length: print
 * it by %.*s. Or NULL there if memory is short. ready_write: the write end
 * of the readiness pipe, -1 if none. Strings of launch, now and the
 * environment are borrowed, so they must outlive it. Free with
 * prepared_free().
 *
 * The environment is supd's (or nothing, by clear_environment), less what is
 * meant for supd alone (SUPD_*, NOTIFY_SOCKET, WATCHDOG_*, LISTEN_*); then
 * HOME, USER, LOGNAME and SHELL of a user; then what is configured; then
 * SUPD_NAME, SUPD_PATH, SUPD_INSTANCE, SUPD_ATTEMPT, SUPD_RUN, SUPD_SOCKET,
 * NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, SUPD_EXIT_CODE or
 * SUPD_EXIT_SIGNAL (a number). Later ones win. ${NAME:-text} is text where NAME
 * is not set or empty.
 */
struct prepared *launch_prepare(const struct launch *,
    const struct launch_now *, int ready_write, const char **missing);
int launch_missing_bytes(const char *missing);
void prepared_free(struct prepared *);

/*
 * The child: never returns. Writes the step (enum step) that failed and its
 * errno, and ends with 127. In this order: session, stdio (opened with supd's
 * rights), terminal, nice, I/O priority, oom_score_adj, processors; sandbox;
 * all descriptors closed but 0, 1, 2 and the readiness one; landlock rules;
 * limits (that of descriptors would have hindered what was before); bounding
 * set, securebits; groups, group, user; capabilities; umask, directory (with
 * the service's rights); no_new_privs, landlock; signals; system call filter;
 * the program.
 */
_Noreturn void launch_child(
    const struct prepared *, int32_t *step, int32_t *error);

#endif
