#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/signame.h"
#include "os/exec.h"
#include "os/oom.h"

#define EXIT_SETUP 71
#define EXIT_NOT_EXECUTED 126
#define EXIT_NOT_FOUND 127

/* Where ours are once the command has what we were given. */
#define OUR_SIGNALS 3
#define OUR_TERMINAL 4
/* Orphans that are reaped before signals are looked at again. */
#define BATCH 256
/* How long what is left is killed for. */
#define LEFTOVER_MS 10000
#define NEVER REAPER_NEVER

struct init {
	const struct init_options *options;
	struct reaper reaper;
	bool is_machine; /* it has no other init */
	enum machine_end end;
	struct sigaction was_child; /* what SIGCHLD and SIGTSTP did */
	struct sigaction was_stop;
	int terminal; /* the one that controls us; -1: none */
	bool ours;    /* it was our turn on it at the start */
	int64_t oom_kills;

	pid_t command; /* 0: it has ended */
	pid_t group;   /* its process group */
	bool stopped;
	bool refused; /* a signal was; that was said */
	bool asked;   /* TERM came */
	bool hurried; /* and again */
	uint64_t deadline_ms;
	uint64_t passed; /* signals that it got from us; bit n - 1 */
	bool unreaped;
	bool over;
	int code;
};

static uint64_t
bit(int signo)
{
	return 1ull << (signo - 1);
}

/* Setting up. */

/*
 * Whether we are in the terminal's foreground group. The numbers say so,
 * unless both groups are outside of our pid namespace: then reading tells. A
 * background process that has TTIN blocked, as we have, gets EIO, and to read
 * no bytes takes nothing.
 */
static bool
is_foreground(int terminal)
{
	pid_t ours = getpgrp(), theirs = tcgetpgrp(terminal);

	if (theirs != ours)
		return false;
	return ours != 0 || read(terminal, NULL, 0) == 0 || errno != EIO;
}

/* The terminal is ours to pass on only if it controls our session, and that
 * is when it tells its group. */
static void
find_terminal(struct init *init)
{
	int fd;

	init->terminal = -1;
	for (fd = 0; fd <= 2 && init->terminal < 0; fd++) {
		if (tcgetpgrp(fd) >= 0)
			init->terminal =
			    fcntl(fd, F_DUPFD_CLOEXEC, OUR_SIGNALS);
	}
	init->ours = init->terminal >= 0 && is_foreground(init->terminal);
}

static int
set_up(struct init *init, const char **what)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	int error;

	(void)sigaction(SIGCHLD, NULL, &init->was_child);
	(void)sigaction(SIGTSTP, &plain, &init->was_stop);
	/* The command finds closed what was closed. */
	*what = "standard descriptors";
	error = reaper_fill_standard(O_CLOEXEC);
	if (error < 0)
		return error;
	error = reaper_open(&init->reaper, true, what);
	if (error < 0)
		return error;
	find_terminal(init);
	*what = "the signal of -p";
	if (init->options->parent_signal != 0 &&
	    prctl(PR_SET_PDEATHSIG, init->options->parent_signal) < 0)
		return -errno;
	if (init->reaper.is_init)
		return 0;
	if (!init->options->subreaper)
		log_warn("neither PID 1 nor a child subreaper: zombies that "
			 "come from the command will stay (-s makes it one)");
	else if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		log_warn("can't become a child subreaper: %s", strerror(errno));
	return 0;
}

/* The command. */

/* sd_listen_fds(3) believes in descriptors only if they are for this pid. */
static void
rename_listener(char *line, size_t size, pid_t from)
{
	static const char key[] = "LISTEN_PID=";
	char old[32];
	char **at;

	(void)snprintf(old, sizeof old, "%s%d", key, (int)from);
	(void)snprintf(line, size, "%s%d", key, (int)getpid());
	for (at = environ; at != NULL && *at != NULL; at++) {
		if (strcmp(*at, old) == 0)
			*at = line;
	}
}

static void
tell_not_executed(const char *name, int error)
{
	if (error == ENOENT && strchr(name, '/') != NULL &&
	    access(name, F_OK) == 0)
		log_error("can't run %s: it is there, but the interpreter that "
			  "it names is not",
		    name);
	else if (error == ENOENT)
		log_error("can't run %s: not found", name);
	else
		log_error("can't run %s: %s", name, strerror(error));
}

_Noreturn static void
become_command(const struct init *init, pid_t parent)
{
	char **argv = init->options->argv;
	char listener[32];
	int error;

	(void)setpgid(0, 0);
	if (init->ours)
		(void)tcsetpgrp(init->terminal, getpid());
	rename_listener(listener, sizeof listener, parent);
	(void)sigaction(SIGCHLD, &init->was_child, NULL);
	(void)sigaction(SIGTSTP, &init->was_stop, NULL);
	reaper_release(&init->options->inherited);
	error = -exec_command(argv);
	/* No signal shall change what we leave with, not even PIPE. */
	reaper_hold(NULL);
	tell_not_executed(argv[0], error);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTED);
}

/* The highest descriptor that may be open, where close_range(2) is not. */
static int
highest_descriptor(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 65536)
		return 65536;
	return (int)limit.rlim_cur;
}

/* Whoever reads what the command writes waits for our copy, too; so we let go
 * of all but standard error, which our own messages need. */
static void
let_go(struct init *init)
{
	int fd, first = OUR_SIGNALS + 1;

	if (dup3(init->reaper.signals, OUR_SIGNALS, O_CLOEXEC) >= 0)
		init->reaper.signals = OUR_SIGNALS;
	if (init->terminal >= 0) {
		/* It was opened after the signals: it does not stand on 3. */
		if (dup3(init->terminal, OUR_TERMINAL, O_CLOEXEC) >= 0)
			init->terminal = OUR_TERMINAL;
		first = OUR_TERMINAL + 1;
	}
	if (syscall(SYS_close_range, first, ~0U, 0) < 0) {
		for (fd = highest_descriptor(); fd >= first; fd--)
			(void)close(fd);
	}
	(void)close(0);
	(void)close(1);
	(void)reaper_fill_standard(O_CLOEXEC);
	(void)chdir("/");
}

static int
start(struct init *init, const char **what)
{
	pid_t us = getpid(), pid;

	*what = "fork";
	init->oom_kills = oom_kills();
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become_command(init, us);
	/* Both do it: neither a signal of ours nor the command comes first. */
	(void)setpgid(pid, pid);
	init->command = init->group = pid;
	let_go(init);
	log_info("started %s as pid %d", init->options->argv[0], (int)pid);
	return 0;
}

/* The terminal. */

/* Takes it back from the command's group, not from anyone else. */
static void
take_terminal(struct init *init)
{
	pid_t theirs;

	if (init->terminal < 0)
		return;
	theirs = tcgetpgrp(init->terminal);
	if (theirs <= 0 || getpgrp() <= 0)
		return;
	if (theirs == init->group || (kill(-theirs, 0) < 0 && errno == ESRCH))
		(void)tcsetpgrp(init->terminal, getpgrp());
}

/*
 * The command was stopped by its terminal. To the shell above us the job is
 * our group, so that stops as well, and we with it: at the moment at which
 * TSTP is unblocked. A group that nobody could wake is not stopped.
 */
static void
stop_too(struct init *init)
{
	struct reaper_mask but_stop = { ~bit(SIGTSTP) };

	if (init->reaper.is_init || init->terminal < 0)
		return;
	take_terminal(init);
	(void)kill(0, SIGTSTP);
	reaper_release(&but_stop);
	reaper_hold(NULL);
}

/* CONT: `fg` made our group the foreground before, `bg` did not. True if the
 * command has got it. */
static bool
resume(struct init *init)
{
	pid_t ours = getpgrp();

	if (init->terminal < 0)
		return false;
	if (ours > 0 && tcgetpgrp(init->terminal) == ours)
		(void)tcsetpgrp(init->terminal, init->group);
	/* All of it had been stopped, not the command alone. */
	return init->stopped && kill(-init->group, SIGCONT) == 0;
}

/* The end. */

static uint64_t
grace_from_now(const struct init *init)
{
	uint64_t grace = init->options->grace_ms;

	return grace == NEVER ? NEVER : reaper_now_ms() + grace;
}

static void
signal_left(struct init *init, int signo)
{
	int error = reaper_signal_all(&init->reaper, signo);

	/* Without /proc, and not as PID 1, the group is all that we know. */
	if (error < 0 && kill(-init->group, signo) < 0)
		log_debug("can't signal what is left: %s", strerror(-error));
}

static void
kill_left(struct init *init)
{
	signal_left(init, SIGKILL);
	reaper_kill_all(&init->reaper, LEFTOVER_MS);
	init->over = true;
}

/* The command has ended: so does all the rest. */
static void
begin_end(struct init *init)
{
	if (!reaper_reap_all()) {
		init->over = true;
		return;
	}
	if (init->hurried || init->options->grace_ms == 0) {
		kill_left(init);
		return;
	}
	log_info("the command has ended: TERM to what it left");
	signal_left(init, SIGTERM);
	signal_left(init, SIGCONT);
	init->deadline_ms = grace_from_now(init);
}

static void
time_is_up(struct init *init)
{
	init->deadline_ms = NEVER;
	if (init->command == 0) {
		log_warn("what the command left does not end: killing it");
		kill_left(init);
		return;
	}
	log_warn("the command does not end: killing it");
	init->passed |= bit(SIGKILL);
	(void)kill(-init->group, SIGKILL);
	(void)kill(init->command, SIGKILL);
}

/* Children. */

static bool
is_expected(const struct init *init, int signo)
{
	if ((init->passed & bit(signo)) != 0)
		return true;
	/* Who sits at the terminal knows what was typed. */
	return init->terminal >= 0 &&
	       (signo == SIGINT || signo == SIGQUIT || signo == SIGHUP);
}

static void
tell_death(const struct init *init, const siginfo_t *info)
{
	char name[SIGNAME_TEXT];
	int signo = info->si_status;
	const char *why = info->si_code == CLD_DUMPED ? ", core dumped" : "";

	if (is_expected(init, signo))
		return;
	if (signo == SIGKILL && init->oom_kills >= 0 &&
	    oom_kills() > init->oom_kills)
		why = "; the OOM killer was at work";
	log_error("%s was killed by signal %d (%s)%s", init->options->argv[0],
	    signo, signame_text(signo, name), why);
}

static void
end_command(struct init *init, const siginfo_t *info)
{
	int code = info->si_status & 0xff;

	if (info->si_code != CLD_EXITED) {
		code = 128 + info->si_status;
		tell_death(init, info);
	}
	log_info("the command has ended with %d", code);
	init->code = code < 256 && init->options->forgiven[code] ? 0 : code;
	init->command = 0;
	init->deadline_ms = NEVER;
	take_terminal(init);
	begin_end(init);
}

/* What became of the command; looked for by name, so that no storm of orphans
 * comes before it. */
static void
check_command(struct init *init)
{
	siginfo_t info;

	while (init->command != 0) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)init->command, &info,
			WEXITED | WSTOPPED | WCONTINUED | WNOHANG) < 0 ||
		    info.si_pid == 0)
			return;
		init->stopped = info.si_code == CLD_STOPPED;
		if (info.si_code == CLD_CONTINUED)
			continue;
		if (!init->stopped)
			end_command(init, &info);
		else if (info.si_status == SIGTSTP ||
			 info.si_status == SIGTTIN || info.si_status == SIGTTOU)
			stop_too(init);
	}
}

static void
reap(struct init *init)
{
	siginfo_t info;
	int n;

	init->unreaped = false;
	check_command(init);
	for (n = 0; n < BATCH && !init->over; n++) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0) {
			init->over = init->command == 0 && errno == ECHILD;
			return;
		}
		if (info.si_pid == 0)
			return;
		if (info.si_pid == init->command)
			end_command(init, &info);
		else if (init->options->tell_reaped)
			log_warn("reaped zombie process with pid=%d",
			    (int)info.si_pid);
	}
	init->unreaped = true;
}

/* Signals. */

/* The kernel's word for what the receiver itself did wrong. */
static bool
is_fault(int signo)
{
	switch (signo) {
	case SIGILL:
	case SIGTRAP:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGSYS:
		return true;
	default:
		return false;
	}
}

/* With its value, if it has one: that goes to a process only, and fails where
 * its queue is full. */
static bool
queue(pid_t pid, int signo, const struct signalfd_siginfo *from)
{
	siginfo_t info = { 0 };

	info.si_signo = signo;
	info.si_code = SI_QUEUE;
	info.si_pid = (pid_t)from->ssi_pid;
	info.si_uid = from->ssi_uid;
	info.si_value.sival_ptr = (void *)(uintptr_t)from->ssi_ptr;
	return syscall(SYS_rt_sigqueueinfo, pid, signo, &info) == 0;
}

static void
pass_on(struct init *init, int signo, const struct signalfd_siginfo *from)
{
	pid_t to = init->options->group ? -init->group : init->command;
	char name[SIGNAME_TEXT];

	init->passed |= bit(signo);
	log_debug("passing %s on", signame_text(signo, name));
	if (from->ssi_code == SI_QUEUE && to > 0 && queue(to, signo, from))
		return;
	if (kill(to, signo) < 0 && errno != ESRCH && !init->refused) {
		init->refused = true;
		log_warn("can't pass %s on: %s", signame_text(signo, name),
		    strerror(errno));
	}
}

/* TERM came for us, or a machine's ctrl-alt-del: the time of the command begins
 * to run out. TERM or INT after that, and while what it left ends: it has run
 * out. */
static void
be_asked(struct init *init, bool ends)
{
	if (init->asked || init->command == 0) {
		init->hurried = true;
		init->deadline_ms = 0;
	} else if (ends) {
		init->asked = true;
		init->deadline_ms = grace_from_now(init);
		if (init->stopped)
			(void)kill(-init->group, SIGCONT);
	}
}

static bool
is_ctrl_alt_del(const struct init *init, const struct signalfd_siginfo *from)
{
	return init->is_machine && from->ssi_signo == SIGINT &&
	       from->ssi_code == SI_KERNEL;
}

static void
take_signal(struct init *init, const struct signalfd_siginfo *from)
{
	int signo = (int)from->ssi_signo;
	int as = signo <= 64 ? init->options->rewrite[signo] : 0;

	if (signo == SIGCHLD) {
		init->unreaped = true;
		return;
	}
	if (as == 0 || (is_fault(signo) && from->ssi_code > 0))
		return;
	if (init->command != 0 && !(as == SIGCONT && resume(init)))
		pass_on(init, as, from);
	if (is_ctrl_alt_del(init, from) && !init->asked)
		init->end = MACHINE_REBOOT;
	if (signo == SIGTERM || signo == SIGINT)
		be_asked(init, signo == SIGTERM ? init->options->term_ends
						: is_ctrl_alt_del(init, from));
}

static void
drain_signals(struct init *init)
{
	struct signalfd_siginfo signals[16];
	ssize_t n;
	size_t i;

	n = read(init->reaper.signals, signals, sizeof signals);
	for (i = 0; n > 0 && i < (size_t)n / sizeof signals[0]; i++)
		take_signal(init, &signals[i]);
}

/* The loop. */

static void
wait_for_work(const struct init *init)
{
	struct pollfd wait = { .fd = init->reaper.signals, .events = POLLIN };
	uint64_t now;
	int timeout = -1;

	if (init->unreaped) {
		timeout = 0;
	} else if (init->deadline_ms != NEVER) {
		now = reaper_now_ms();
		timeout = 0;
		if (init->deadline_ms > now)
			timeout = init->deadline_ms - now > 60000
				      ? 60000
				      : (int)(init->deadline_ms - now);
	}
	(void)poll(&wait, 1, timeout);
}

static void
turn(struct init *init)
{
	wait_for_work(init);
	drain_signals(init);
	if (init->unreaped)
		reap(init);
	if (!init->over && init->deadline_ms != NEVER &&
	    reaper_now_ms() >= init->deadline_ms)
		time_is_up(init);
}

int
init_run(
    const struct init_options *options, bool is_machine, enum machine_end *end)
{
	struct init init = { .options = options,
		.is_machine = is_machine,
		.end = MACHINE_POWEROFF,
		.deadline_ms = NEVER };
	const char *what;
	int error = set_up(&init, &what);

	if (error == 0)
		error = start(&init, &what);
	if (error < 0) {
		log_error("can't start %s: %s: %s", options->argv[0], what,
		    strerror(-error));
		init.code = EXIT_SETUP;
		/* It has not ended, it never ran: not a wish to be off. */
		init.end = MACHINE_BY_CODE;
		init.over = true;
	}
	while (!init.over)
		turn(&init);
	*end = init.end;
	return init.code;
}
