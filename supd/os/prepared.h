/*
 * prepared: what launch.c makes ready and launch_child.c carries out.
 *
 * Private to the two. Everything that needs thought, memory or the C library
 * was done before the clone; what is here is read in order. Strings may be
 * those of struct launch, of struct launch_now and of the engine's own
 * environment, which must outlive it.
 */
#ifndef SUPD_OS_PREPARED_H
#define SUPD_OS_PREPARED_H

#include "os/launch.h"
#include "os/rights.h"

struct chunk;

struct prepared {
	struct chunk *chunks; /* all memory, this struct's included */
	const struct launch *launch;

	char **argv;
	char **envp;
	char **candidates;  /* paths to try, NULL-terminated */
	char **script_argv; /* sh, room for the path, arguments */

	const char *directory;
	const char *stdin_path;
	const char *log_path;
	char *watchdog_pid; /* of WATCHDOG_PID=: the child writes its own */
	char oom_text[16];  /* for oom_score_adj */
	size_t oom_bytes;
	int ready_write;

	/* What we are already is not set again: without privileges that would
	 * be refused. */
	bool do_groups, do_gid, do_uid;
	struct rights_steps rights;
	enum step mounts;  /* sandbox_mounts() */
	uint64_t landlock; /* landlock_handled() */
	bool restore_nofile;
	struct rlimit nofile; /* supd's own, before the engine raised it */
};

#endif
