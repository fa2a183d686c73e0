#include "os/reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "os/proc.h"

#define KILL_EVERY_MS 100
/* Some hundredths of a second; whoever makes more of them, and as fast as
 * they are reaped, is to be signalled in between. */
#define REAP_MOST 16384

uint64_t
reaper_now_ns(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
reaper_now_ms(void)
{
	return reaper_now_ns() / 1000000;
}

/* Signals. */

void
reaper_hold(struct reaper_mask *was)
{
	struct reaper_mask all = { UINT64_MAX };

	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, was, sizeof all);
}

void
reaper_release(const struct reaper_mask *mask)
{
	(void)syscall(
	    SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, sizeof *mask);
}

int
reaper_open(struct reaper *reaper, bool stops, const char **what)
{
	struct sigaction child = { .sa_handler = SIG_DFL,
		.sa_flags = stops ? 0 : SA_NOCLDSTOP };
	siginfo_t info;
	sigset_t all;

	/* Were SIGCHLD ignored, the kernel would reap behind our back. */
	*what = "sigaction";
	if (sigaction(SIGCHLD, &child, NULL) < 0)
		return -errno;
	/* Where it is refused, no end would ever be seen. */
	*what = "waitid";
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
	    errno != ECHILD)
		return -errno;
	/* Not by sigfillset(3), for the two reserved ones. */
	memset(&all, 0xff, sizeof all);
	*what = "signalfd";
	reaper->is_init = getpid() == 1;
	reaper->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return reaper->signals < 0 ? -errno : 0;
}

int
reaper_fill_standard(int flags)
{
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest number that is free is this one. */
		if (open("/dev/null", O_RDWR | flags) < 0 &&
		    open("/", O_PATH | flags) < 0)
			return -errno;
	}
	return 0;
}

/* Children. */

bool
reaper_peek(idtype_t type, pid_t pid, siginfo_t *info)
{
	info->si_pid = 0;
	return waitid(type, (id_t)pid, info, WEXITED | WNOHANG | WNOWAIT) ==
		   0 &&
	       info->si_pid != 0;
}

void
reaper_reap(pid_t pid)
{
	siginfo_t info;

	(void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
}

bool
reaper_reap_all(void)
{
	siginfo_t info;
	int n;

	for (n = 0; n < REAP_MOST; n++) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0) {
			if (errno == ECHILD)
				return false;
		} else if (info.si_pid == 0) {
			return true;
		}
	}
	return true;
}

/* The end of all. */

/* Whether a process descends from us. A chain that changes while it is
 * followed ends somewhere; the next round sees it as it is then. */
static bool
is_ours(pid_t pid, pid_t us)
{
	struct proc proc;
	int hops;

	for (hops = 0; hops < 4096 && pid > 1; hops++) {
		if (proc_read(pid, &proc) < 0)
			return false;
		if (proc.parent == us)
			return true;
		pid = proc.parent;
	}
	return false;
}

int
reaper_signal_all(const struct reaper *reaper, int signo)
{
	struct proc_walk walk;
	pid_t pid, us = getpid();
	int error;

	if (reaper->is_init)
		return kill(-1, signo) < 0 && errno != ESRCH ? -errno : 0;
	error = proc_walk_open(&walk);
	if (error < 0)
		return error;
	while ((pid = proc_walk_next(&walk)) > 0) {
		if (pid != us && is_ours(pid, us))
			(void)kill(pid, signo);
	}
	proc_walk_close(&walk);
	return pid;
}

void
reaper_pause(const struct reaper *reaper, int ms)
{
	struct pollfd wait = { .fd = reaper->signals, .events = POLLIN };
	struct signalfd_siginfo signals[16];

	(void)poll(&wait, 1, ms);
	while (read(reaper->signals, signals, sizeof signals) > 0)
		continue;
}

void
reaper_kill_all(const struct reaper *reaper, uint64_t limit_ms)
{
	uint64_t begin = reaper_now_ms();
	int error;

	while (reaper_reap_all()) {
		if (reaper_now_ms() - begin > limit_ms) {
			log_error("processes are left behind that SIGKILL has "
				  "not ended in %llu s: they hang in the "
				  "kernel",
			    (unsigned long long)(limit_ms / 1000));
			return;
		}
		error = reaper_signal_all(reaper, SIGKILL);
		if (error < 0) {
			log_error("can't find the processes left: %s",
			    strerror(-error));
			return;
		}
		reaper_pause(reaper, KILL_EVERY_MS);
	}
}
