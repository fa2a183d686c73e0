#include "os/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/signame.h"
#include "os/loopback.h"
#include "os/mounts.h"
#include "os/reaper.h"

/* A file system on a device or a network that is gone may hang for ever. */
#define UNMOUNT_MS 60000
#define FORCE_MS 10000

/* What is done by a child, as it may hang, or be killed. */
enum part { PART_ALL, PART_ALL_BUT_SWAP, PART_FORCE };

static const struct {
	const char *name; /* NULL: the protocol has none */
	int how;          /* for reboot(2) */
	const char *text;
} ends[MACHINE_END_COUNT] = {
	[MACHINE_BY_CODE] = { NULL, RB_HALT_SYSTEM, "" },
	[MACHINE_POWEROFF] = { "poweroff", RB_POWER_OFF,
	    ", then turning it off" },
	[MACHINE_REBOOT] = { "reboot", RB_AUTOBOOT, ", then rebooting" },
	[MACHINE_HALT] = { "halt", RB_HALT_SYSTEM, ", then halting" },
	[MACHINE_KEXEC] = { NULL, RB_KEXEC,
	    ", then starting the kernel that was loaded" },
};

enum machine_end
machine_end_named(const char *name)
{
	int end;

	for (end = 0; end < MACHINE_END_COUNT; end++) {
		if (ends[end].name != NULL && strcmp(ends[end].name, name) == 0)
			return (enum machine_end)end;
	}
	return MACHINE_BY_CODE;
}

/* As systemd's init takes them; INT is ctrl-alt-del. */
enum machine_end
machine_end_of_signal(int signo)
{
	if (signo == SIGINT || signo == SIGNAME_RTMIN + 5)
		return MACHINE_REBOOT;
	if (signo == SIGNAME_RTMIN + 3)
		return MACHINE_HALT;
	if (signo == SIGNAME_RTMIN + 4)
		return MACHINE_POWEROFF;
	return signo == SIGNAME_RTMIN + 6 ? MACHINE_KEXEC : MACHINE_BY_CODE;
}

/* The one command of reboot(2) that does no harm; in the pid namespace of a
 * container it is refused as unknown, whatever one is allowed. Where the right
 * to it has been taken away it is not even tried: a filter may kill for it. */
bool
machine_is_ours(pid_t init)
{
	return init == 1 && prctl(PR_CAPBSET_READ, CAP_SYS_BOOT) == 1 &&
	       reboot(RB_DISABLE_CAD) == 0;
}

/* The beginning. */

static void
open_console(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		/* The lowest number that is free is this one. */
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/console", O_RDWR | O_NOCTTY) < 0)
			return;
	}
}

void
machine_begin(void)
{
	long error;

	mounts_make();
	open_console();
	error = loopback_raise();
	/* A kernel without a network has none to raise. */
	if (error < 0 && error != -ENODEV && error != -EAFNOSUPPORT)
		log_warn("can't raise the loopback device: %s",
		    strerror((int)-error));
}

/* The end. */

/* False: the time is over. */
static bool
wait_for(const sigset_t *set, int *signo, uint64_t until_ms)
{
	uint64_t now = reaper_now_ms(), left = until_ms - now;
	struct timespec time = { (time_t)(left / 1000),
		(long)(left % 1000) * 1000000 };

	if (until_ms == REAPER_NEVER) {
		*signo = sigwaitinfo(set, NULL);
		return true;
	}
	if (now >= until_ms)
		return false;
	*signo = sigtimedwait(set, NULL, &time);
	return true;
}

static void
do_part(enum part part)
{
	if (part == PART_FORCE)
		mounts_force();
	else
		mounts_end(part == PART_ALL);
}

/* The wait status of a child that did it; -1: it hangs, and is left behind
 * with what it holds. */
static int
by_child(enum part part, uint64_t limit_ms)
{
	uint64_t until = reaper_now_ms() + limit_ms;
	sigset_t child_signal;
	int signo, status = 0;
	pid_t child = fork();

	if (child <= 0)
		do_part(part);
	if (child == 0)
		_exit(0);
	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	while (child > 0 && waitpid(child, &status, WNOHANG) == 0) {
		if (!wait_for(&child_signal, &signo, until))
			return -1;
	}
	return status;
}

static void
unmount(void)
{
	int status = by_child(PART_ALL, UNMOUNT_MS);

	/* The OOM killer takes who gives swap space up, if anybody. */
	if (status > 0) {
		log_warn("unmounting was killed by signal %d: once more, but "
			 "swap space stays",
		    WTERMSIG(status));
		status = by_child(PART_ALL_BUT_SWAP, UNMOUNT_MS);
	}
	if (status == 0)
		return;
	log_error("unmounting has taken %d s: what still can be made "
		  "read-only is, the rest is left undone",
	    UNMOUNT_MS / 1000);
	(void)by_child(PART_FORCE, FORCE_MS);
}

/* Seconds; less than 0: at once; 0: never. */
static int
panic_s(void)
{
	char text[32] = "";
	int fd = open("/proc/sys/kernel/panic", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)!read(fd, text, sizeof text - 1);
	close(fd);
	return (int)strtol(text, NULL, 10);
}

/* Nobody said what comes, and what was run has failed: the reason shall be
 * read, if anybody is there to read it. */
static enum machine_end
linger(int code)
{
	uint64_t until = REAPER_NEVER;
	int signo = 0, seconds = panic_s();
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	if (seconds > 0)
		until = reaper_now_ms() + (uint64_t)seconds * 1000;
	if (seconds == 0)
		log_error(
		    "supd has nothing left to run (code %d). Ctrl-alt-del "
		    "reboots; init=/bin/sh on the kernel's command line "
		    "gives a shell, panic=N a reboot after N seconds",
		    code);
	else if (seconds > 0)
		log_error("supd has nothing left to run (code %d): rebooting "
			  "in %d s, as panic=%d says; ctrl-alt-del: at once",
		    code, seconds, seconds);
	else
		log_error(
		    "supd has nothing left to run (code %d): rebooting", code);
	while (seconds >= 0 && signo != SIGINT && wait_for(&set, &signo, until))
		continue;
	return MACHINE_REBOOT;
}

_Noreturn void
machine_end(enum machine_end end, int code)
{
	/* They hold files and sockets, and so what these are on. */
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	(void)chdir("/");
	/* What the kernel has started by itself, as for core_pattern, is no
	 * child of ours. */
	(void)kill(-1, SIGKILL);
	if (end == MACHINE_BY_CODE && code == 0)
		end = MACHINE_POWEROFF;
	log_info("the machine ends: unmounting%s", ends[end].text);
	unmount();
	if (end == MACHINE_BY_CODE)
		end = linger(code);
	(void)reboot(ends[end].how);
	if (end == MACHINE_KEXEC)
		(void)reboot(RB_AUTOBOOT);
	log_error("the machine can't be ended so: %s", strerror(errno));
	(void)reboot(RB_HALT_SYSTEM);
	for (;;)
		(void)pause();
}
