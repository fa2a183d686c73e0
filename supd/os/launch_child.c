#include "os/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "os/child.h"
#include "os/prepared.h"

#define IOPRIO_WHO_PROCESS 1
#define KERNEL_SIGSET_BYTES 8

/* What getdents64(2) writes. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* What rt_sigaction(2) takes: handler, flags, restorer, mask. */
struct kernel_action {
	unsigned long words[4];
};

/* Makes to a descriptor that the program gets; from is closed unless it is
 * one of its standard ones. */
RAW_CHILD static long
hand_over(long from, int to)
{
	long result;

	if (from == to)
		return raw_call3(SYS_fcntl, from, F_SETFD, 0);
	result = raw_call3(SYS_dup3, from, to, 0);
	if (from > 2)
		(void)raw_call1(SYS_close, from);
	return result;
}

/*
 * A FIFO without a partner, or a terminal without carrier, must not hold up
 * the engine, which waits for us: so it is opened non-blocking, and made
 * blocking again for the program.
 */
RAW_CHILD static long
open_waitless(const char *path, int flags, int mode)
{
	long fd = child_open(path, flags | O_NONBLOCK, mode);
	long result;

	if (fd < 0)
		return fd;
	result = raw_call3(SYS_fcntl, fd, F_SETFL, flags & O_APPEND);
	return result < 0 ? result : fd;
}

/* An input that is at its end. Where there is no /dev/null a pipe without a
 * writer is one, too. */
RAW_CHILD static long
open_null_input(void)
{
	long result = child_open("/dev/null", O_RDONLY, 0);
	int ends[2];

	if (result >= 0)
		return result;
	result = raw_call2(SYS_pipe2, ends, O_CLOEXEC);
	if (result < 0)
		return result;
	(void)raw_call1(SYS_close, ends[1]);
	return ends[0];
}

RAW_CHILD static long
open_input(const struct prepared *prepared)
{
	switch (prepared->launch->stdin_kind) {
	case STDIN_PATH:
		return open_waitless(prepared->stdin_path, O_RDONLY, 0);
	case STDIN_TTY:
		return open_waitless(prepared->stdin_path, O_RDWR, 0);
	case STDIN_NULL:
		break;
	}
	return open_null_input();
}

RAW_CHILD static long
open_output(const struct prepared *prepared)
{
	if (prepared->launch->log_kind == LOG_TO_NULL)
		return child_open("/dev/null", O_WRONLY, 0);
	return open_waitless(prepared->log_path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0640);
}

RAW_CHILD static void
set_stdio(const struct prepared *prepared, struct report report)
{
	const struct launch *launch = prepared->launch;
	long fd = open_input(prepared);

	child_need(report, STEP_STDIO, fd);
	child_need(report, STEP_STDIO, hand_over(fd, 0));
	if (launch->stdin_kind == STDIN_TTY)
		child_need(report, STEP_TERMINAL,
		    raw_call3(SYS_ioctl, 0, TIOCSCTTY, 0));
	if (launch->log_kind != LOG_TO_INHERIT) {
		fd = open_output(prepared);
		child_need(report, STEP_STDIO, fd);
		child_need(report, STEP_STDIO, raw_call3(SYS_dup3, fd, 1, 0));
		child_need(report, STEP_STDIO, hand_over(fd, 2));
	}
	if (prepared->ready_write >= 0 && launch->ready_fd >= 0)
		child_need(report, STEP_STDIO,
		    hand_over(prepared->ready_write, launch->ready_fd));
}

RAW_CHILD static long
write_oom_score(const struct prepared *prepared)
{
	long fd = child_open("/proc/self/oom_score_adj", O_WRONLY, 0);
	long result;

	if (fd < 0)
		return fd;
	result =
	    raw_call3(SYS_write, fd, prepared->oom_text, prepared->oom_bytes);
	(void)raw_call1(SYS_close, fd);
	return result;
}

RAW_CHILD static void
set_priorities(const struct prepared *prepared, struct report report)
{
	const struct launch *launch = prepared->launch;

	if (launch->set_nice)
		child_need(report, STEP_NICE,
		    raw_call3(SYS_setpriority, PRIO_PROCESS, 0, launch->nice));
	if (launch->set_io)
		child_need(report, STEP_IO_PRIORITY,
		    raw_call3(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			launch->io_priority));
	if (launch->set_oom)
		child_need(report, STEP_OOM_SCORE, write_oom_score(prepared));
	if (launch->set_cpus)
		child_need(report, STEP_CPU_AFFINITY,
		    raw_call3(SYS_sched_setaffinity, 0, sizeof launch->cpus,
			launch->cpus));
}

RAW_CHILD static int
number(const char *text)
{
	int n = 0;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

/* The slow ways, for where close_range(2) is refused. */
RAW_CHILD static void
close_by_limit(int spare)
{
	struct rlimit limit = { 0, 0 };
	long fd;

	(void)raw_call4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
	for (fd = 3; fd < (long)limit.rlim_cur && fd < INT_MAX; fd++) {
		if (fd != spare)
			(void)raw_call1(SYS_close, fd);
	}
}

RAW_CHILD static void
close_by_list(int spare)
{
	_Alignas(8) char entries[2048];
	const struct entry *entry;
	long folder = child_open("/proc/self/fd", O_RDONLY | O_DIRECTORY, 0);
	long n, at;
	int fd;

	if (folder < 0) {
		close_by_limit(spare);
		return;
	}
	while ((n = raw_call3(
		    SYS_getdents64, folder, entries, sizeof entries)) > 0) {
		for (at = 0; at < n; at += entry->length) {
			entry = (const struct entry *)(entries + at);
			fd = number(entry->name);
			if (fd > 2 && fd != spare && fd != folder)
				(void)raw_call1(SYS_close, fd);
		}
	}
	(void)raw_call1(SYS_close, folder);
}

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

RAW_CHILD static void
close_rest(const struct prepared *prepared)
{
	int spare = prepared->launch->ready_fd;
	long result = 0;

	if (prepared->ready_write < 0 || spare < 3)
		spare = 2;
	if (spare > 3)
		result = raw_call3(SYS_close_range, 3, spare - 1, 0);
	if (result == 0)
		result = raw_call3(SYS_close_range, spare + 1, UINT_MAX, 0);
	if (result < 0)
		close_by_list(spare);
}

RAW_CHILD static void
set_limits(const struct prepared *prepared, struct report report)
{
	const struct launch *launch = prepared->launch;
	int i;

	if (prepared->restore_nofile)
		child_need(report, STEP_LIMITS,
		    raw_call4(SYS_prlimit64, 0, RLIMIT_NOFILE,
			&prepared->nofile, NULL));
	for (i = 0; i < LAUNCH_LIMITS; i++) {
		if (launch->limit_set[i])
			child_need(report, STEP_LIMITS,
			    raw_call4(
				SYS_prlimit64, 0, i, &launch->limits[i], NULL));
	}
}

/* To setresuid(2) and setresgid(2) -1 means: as it is. Nobody has that id, so
 * whoever asks for it is not let through with ours. */
RAW_CHILD static void
refuse_no_id(struct report report, enum step step, unsigned id)
{
	if (id == UINT_MAX)
		child_leave(report, step, -EINVAL);
}

RAW_CHILD static void
set_rights(const struct prepared *prepared, struct report report)
{
	const struct launch *launch = prepared->launch;

	rights_limit(&prepared->rights, report);
	if (prepared->do_groups)
		child_need(report, STEP_GROUPS,
		    raw_call2(
			SYS_setgroups, launch->groups_count, launch->groups));
	if (prepared->do_gid) {
		refuse_no_id(report, STEP_GROUP, launch->gid);
		child_need(report, STEP_GROUP,
		    raw_call3(
			SYS_setresgid, launch->gid, launch->gid, launch->gid));
	}
	if (prepared->do_uid) {
		refuse_no_id(report, STEP_USER, launch->uid);
		child_need(report, STEP_USER,
		    raw_call3(
			SYS_setresuid, launch->uid, launch->uid, launch->uid));
	}
	rights_settle(&prepared->rights, report);
}

/* What is refused without this is what a program with such rights could use
 * to get more. */
RAW_CHILD static void
set_no_new_privs(const struct prepared *prepared, struct report report)
{
	if (prepared->rights.no_new_privs)
		child_need(report, STEP_NO_NEW_PRIVS,
		    raw_call5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

RAW_CHILD static void
set_place(const struct prepared *prepared, struct report report)
{
	if (prepared->launch->umask >= 0)
		(void)raw_call1(SYS_umask, prepared->launch->umask);
	if (prepared->directory != NULL)
		child_need(report, STEP_DIRECTORY,
		    raw_call1(SYS_chdir, prepared->directory));
}

/* No signal is blocked or ignored: those that supd itself was started to
 * ignore (nohup) are among them. */
RAW_CHILD static void
reset_signals(struct report report)
{
	struct kernel_action plain = { { 0, 0, 0, 0 } };
	unsigned long none = 0;
	int signo;

	for (signo = 1; signo <= 64; signo++) {
		if (signo != SIGKILL && signo != SIGSTOP)
			child_need(report, STEP_SIGNALS,
			    raw_call4(SYS_rt_sigaction, signo, &plain, NULL,
				KERNEL_SIGSET_BYTES));
	}
	child_need(report, STEP_SIGNALS,
	    raw_call4(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL,
		KERNEL_SIGSET_BYTES));
}

/* Errors after which execvp(3) tries the next folder. */
RAW_CHILD static bool
goes_on(long error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES ||
	       error == -ESTALE || error == -ENODEV || error == -ETIMEDOUT;
}

RAW_CHILD static long
run(const struct prepared *prepared)
{
	char **candidate;
	long error = -ENOENT;
	bool refused = false;

	for (candidate = prepared->candidates; *candidate != NULL;
	     candidate++) {
		error = raw_call3(
		    SYS_execve, *candidate, prepared->argv, prepared->envp);
		if (error == -ENOEXEC) {
			prepared->script_argv[1] = *candidate;
			error = raw_call3(SYS_execve, "/bin/sh",
			    prepared->script_argv, prepared->envp);
			return error;
		}
		if (!goes_on(error))
			return error;
		refused = refused || error == -EACCES;
	}
	return refused ? -EACCES : error;
}

/* The number that it has itself, in its own pid namespace. */
RAW_CHILD static void
set_watchdog_pid(char *text)
{
	long pid, rest;
	int digits = 1;

	if (text == NULL)
		return;
	pid = raw_call0(SYS_getpid);
	for (rest = pid; rest > 9; rest /= 10)
		digits++;
	text[digits] = '\0';
	while (digits-- > 0) {
		text[digits] = (char)('0' + pid % 10);
		pid /= 10;
	}
}

RAW_CHILD _Noreturn void
launch_child(const struct prepared *prepared, int32_t *step, int32_t *error)
{
	struct report report = { step, error };
	long ruleset;

	child_need(report, STEP_SESSION, raw_call0(SYS_setsid));
	set_stdio(prepared, report);
	set_priorities(prepared, report);
	sandbox_enter(&prepared->launch->sandbox, prepared->mounts, report);
	close_rest(prepared);
	ruleset = landlock_make(
	    &prepared->launch->landlock, prepared->landlock, report);
	set_limits(prepared, report);
	set_rights(prepared, report);
	set_place(prepared, report);
	set_no_new_privs(prepared, report);
	landlock_enforce(ruleset, report);
	reset_signals(report);
	set_watchdog_pid(prepared->watchdog_pid);
	filter_enforce(&prepared->launch->filter, report);
	child_leave(report, STEP_EXEC, run(prepared));
}
