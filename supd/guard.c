#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/signame.h"
#include "os/again.h"
#include "os/cgroup.h"
#include "os/exec.h"
#include "os/keep.h"
#include "os/news.h"
#include "os/nofile.h"
#include "os/plumb.h"
#include "os/reaper.h"
#include "os/rights.h"

#define EXIT_HOPELESS 70
#define EXIT_SETUP 71

/* Deaths of the engine that are remembered: the largest finite intensity. */
#define DEATHS 64
/* Exits that wait for an engine that is away. */
#define NEWS_BYTES (1024 * 1024)
/* A sweep over all children may take a tenth of the time. */
#define SWEEP_REST 9
/* How long services have between TERM and KILL when the guard ends them. */
#define GRACE_MS 10000
/* How long an engine has to leave that said it would. */
#define LEAVE_MS 10000
/* How long what is left at the end is killed for. */
#define LEFTOVER_MS 10000
#define LOOK_EVERY_MS 100
/* Engines in a row that could not be forked, when it is time to end without
 * one if that is asked for. */
#define REFUSALS 3
#define NEVER REAPER_NEVER
/* Lower numbers are for what the guard opens for itself. */
#define DESCRIPTORS (PLUMB_SLOTS + SLOT_COUNT)

struct guard {
	const struct guard_options *options;
	struct reaper reaper;
	struct rlimit nofile; /* as it was when we came */
	uint64_t effective;   /* capabilities, as they were when we came */

	pid_t engine; /* 0: none */
	uint64_t engine_since_ms;
	uint64_t engine_start_ms; /* when the next one may be started */
	uint32_t refusals;        /* forks of one that failed, in a row */
	uint32_t unsettled;       /* deaths since an engine had settled */
	uint64_t ran_ms;          /* the time that engines have run, in all */
	uint64_t deaths[DEATHS];  /* when, in that time */
	uint64_t deaths_count;
	bool hopeless;

	bool asked;        /* a signal that asks for the end came */
	bool leaving;      /* KEEP_EXIT came */
	uint64_t leave_ms; /* the engine is killed then */
	int32_t code;
	enum machine_end end;

	uint64_t news_seq;
	bool news_full;
	bool unswept;      /* a SIGCHLD came since the last sweep */
	uint64_t sweep_ns; /* no sweep before that */
	uint64_t waiting;  /* signals to be passed on; bit n - 1 */
	/* Those that were read; here, as a fault is to lose none. */
	struct signalfd_siginfo signals[16];
	size_t signals_count;
	size_t signals_done;
};

/* What a program that is started by supd must find. */
static void
plain_signals(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;
	int signo;

	for (signo = 1; signo <= SIGRTMAX; signo++)
		(void)sigaction(signo, &plain, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * What the guard does with its rights: to send signals, to see whom to send
 * them to where /proc hides the processes of others, and to end cgroups below
 * a folder of another user. The rest stays permitted, for the next engine.
 */
static void
rest(struct guard *guard)
{
	guard->effective =
	    rights_rest(1ull << CAP_KILL | 1ull << CAP_SYS_PTRACE |
			1ull << CAP_DAC_OVERRIDE);
}

/* Setting up. Each part returns 0 or -errno; what: of which this is. */

/* What was inherited beyond standard input, output and error is of no use to
 * anybody, and stands where ours shall be. */
static int
settle_descriptors(void)
{
	int fd, error = reaper_fill_standard(0);

	if (error < 0)
		return error;
	if (syscall(SYS_close_range, 3, ~0U, 0) == 0)
		return 0;
	for (fd = 3; fd < DESCRIPTORS; fd++)
		(void)close(fd);
	return 0;
}

static int
move(int from, int to)
{
	if (from < 0)
		return -errno;
	if (dup3(from, to, O_CLOEXEC) < 0)
		return -errno;
	close(from);
	return 0;
}

static int
open_program(void)
{
	const char *path;
	int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	return path == NULL ? fd : open(path, O_PATH | O_CLOEXEC);
}

static int
open_plumb(const char **what)
{
	int ends[2], error;

	*what = "pipe2";
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* As much as we may have; the default holds 2,048 exits. */
	(void)fcntl(ends[1], F_SETPIPE_SZ, NEWS_BYTES);
	error = move(ends[0], PLUMB_NEWS);
	if (error == 0)
		error = move(ends[1], PLUMB_NEWS_IN);
	if (error < 0)
		return error;
	*what = "socketpair";
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	error = move(ends[0], PLUMB_WIRE);
	if (error == 0)
		error = move(ends[1], PLUMB_KEEP);
	if (error < 0)
		return error;
	*what = "memfd_create";
	error = move(memfd_create("supd-ledger", MFD_CLOEXEC), PLUMB_LEDGER);
	if (error < 0)
		return error;
	*what = "its own program";
	return move(open_program(), PLUMB_EXE);
}

/* False: there are too few for any engine. */
static bool
raise_nofile(struct rlimit *was)
{
	rlim_t wanted = DESCRIPTORS + 16, least = PLUMB_SLOTS + 16;
	rlim_t allowed = nofile_raise(wanted, was);

	if (allowed < least)
		log_error("only %llu descriptors are allowed; a tree needs "
			  "%llu, and %llu so that all of it outlives an engine",
		    (unsigned long long)allowed, (unsigned long long)least,
		    (unsigned long long)wanted);
	else if (allowed < wanted)
		log_warn("only %llu descriptors are allowed, %llu are wanted: "
			 "some of what should outlive the engine will not",
		    (unsigned long long)allowed, (unsigned long long)wanted);
	return allowed >= least;
}

/* What is done at the beginning and after a fault alike. */
static int
open_reaper(struct guard *guard, const char **what)
{
	int error = reaper_open(&guard->reaper, false, what);

	if (error < 0)
		return error;
	if (!guard->reaper.is_init &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		log_warn("can't become a child subreaper: %s; what leaves its "
			 "service without a cgroup is lost sight of",
		    strerror(errno));
	return 0;
}

static int
set_up(struct guard **guard, const char **what)
{
	struct rlimit nofile;
	int error = settle_descriptors();

	*what = "descriptors";
	if (error < 0)
		return error;
	if (!raise_nofile(&nofile))
		return -EMFILE;
	*what = "memfd_create";
	*guard = again_make(sizeof **guard);
	if (*guard == NULL)
		return -errno;
	(*guard)->nofile = nofile;
	error = open_reaper(*guard, what);
	if (error == 0)
		error = open_plumb(what);
	if (error == 0)
		rest(*guard);
	return error;
}

/* After a fault. Deaths are looked for, and signals that were read are in the
 * memory; what may be lost is a descriptor that was to be kept. */
static int
take_up(struct guard *guard, int signo, const char **what)
{
	uint64_t effective = guard->effective;
	int fd, error = open_reaper(guard, what);

	log_error("the guard had a fault, signal %d, and goes on from its "
		  "memory; no service was touched",
	    signo);
	(void)prctl(PR_SET_NAME, "supd");
	for (fd = PLUMB_NEWS; fd < DESCRIPTORS; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	guard->news_full = false;
	guard->unswept = true;
	guard->sweep_ns = 0;
	rest(guard);
	/* As they were when we came the first time. */
	guard->effective = effective;
	return error;
}

static int
begin(struct guard **guard, const struct guard_options *options,
    const char **what)
{
	int signo, error;

	reaper_hold(NULL);
	*guard = again_find(sizeof **guard, &signo);
	if (*guard != NULL)
		error = take_up(*guard, signo, what);
	else
		error = set_up(guard, what);
	if (error < 0)
		return error;
	(*guard)->options = options;
	again_arm(options->argv, options->name);
	return 0;
}

/* The engine. */

static void
hand_over(void)
{
	int fd;

	/* Not the guard's own ends: without the guard they must be closed, so
	 * that the engine sees it. And not its memory. */
	for (fd = PLUMB_NEWS; fd < DESCRIPTORS; fd++) {
		if (fd != PLUMB_NEWS_IN && fd != PLUMB_KEEP &&
		    fd != PLUMB_MEMORY)
			(void)fcntl(fd, F_SETFD, 0);
	}
}

_Noreturn static void
become_engine(struct guard *guard)
{
	/* Both write it down, so that no fault can come in between. */
	guard->engine = getpid();
	/* A terminal's signals are for the guard, who passes them on. */
	(void)setsid();
	rights_awake(guard->effective);
	hand_over();
	(void)setrlimit(RLIMIT_NOFILE, &guard->nofile);
	plain_signals();
	log_error("can't run the engine: %s",
	    strerror(-exec_again(guard->options->argv)));
	_exit(127);
}

/* How long to wait before the next engine, after n deaths without one that
 * had settled. */
static uint64_t
delay_ms(uint32_t n)
{
	if (n <= 2)
		return 0;
	return n == 3 ? 100 : 1000;
}

/* Whether the last intensity deaths lie within one period of running. */
static bool
is_hopeless(const struct guard *guard)
{
	uint64_t intensity = guard->options->intensity;
	uint64_t first;

	if (intensity == UINT32_MAX)
		return false;
	if (intensity > DEATHS)
		intensity = DEATHS;
	if (intensity == 0)
		intensity = 1;
	if (guard->deaths_count < intensity)
		return false;
	first = guard->deaths[(guard->deaths_count - intensity) % DEATHS];
	return guard->ran_ms - first <= guard->options->period_ms;
}

static void
count_death(struct guard *guard)
{
	uint64_t now = reaper_now_ms();

	guard->ran_ms += now - guard->engine_since_ms;
	guard->deaths[guard->deaths_count++ % DEATHS] = guard->ran_ms;
	guard->unsettled++;
	guard->engine_start_ms = now + delay_ms(guard->unsettled);
	guard->hopeless = is_hopeless(guard);
}

static void
start_engine(struct guard *guard)
{
	pid_t pid;

	guard->engine_since_ms = reaper_now_ms();
	pid = fork();
	if (pid == 0)
		become_engine(guard);
	if (pid > 0) {
		guard->engine = pid;
		guard->refusals = 0;
		return;
	}
	guard->refusals++;
	/* That is the world's fault, not the engine's: try for ever. */
	log_error("can't fork the engine: %s", strerror(errno));
	guard->engine_start_ms = guard->engine_since_ms + 1000;
}

static void
log_death(const struct guard *guard, const siginfo_t *info)
{
	if (guard->leaving)
		return;
	if (info->si_code == CLD_EXITED)
		log_error("the engine (pid %d) ended with code %d",
		    (int)info->si_pid, info->si_status);
	else
		log_error("the engine (pid %d) was killed by signal %d",
		    (int)info->si_pid, info->si_status);
}

/* Messages from the engine. */

static void
put(uint32_t slot, int fd)
{
	if (fd < 0) {
		log_error("a descriptor for slot %u got lost", slot);
		return;
	}
	if (slot >= SLOT_COUNT)
		log_error("there is no slot %u", slot);
	else if (dup3(fd, PLUMB_SLOTS + (int)slot, O_CLOEXEC) < 0)
		log_error("can't keep slot %u: %s", slot, strerror(errno));
	close(fd);
}

static void
take_end(struct guard *guard, uint32_t end)
{
	if (end < MACHINE_END_COUNT)
		guard->end = (enum machine_end)end;
}

static void
obey(struct guard *guard, const struct keep_message *message, int fd)
{
	switch (message->kind) {
	case KEEP_PUT:
		put(message->slot, fd);
		return;
	case KEEP_DROP:
		if (message->slot < SLOT_COUNT)
			close(PLUMB_SLOTS + (int)message->slot);
		break;
	case KEEP_EXIT:
		guard->leaving = true;
		guard->leave_ms = reaper_now_ms() + LEAVE_MS;
		guard->code = message->value;
		take_end(guard, message->slot);
		break;
	case KEEP_END:
		take_end(guard, message->slot);
		break;
	case KEEP_SETTLED:
		guard->unsettled = 0;
		break;
	default:
		log_error(
		    "the engine sent an unknown message (%u)", message->kind);
		break;
	}
	if (fd >= 0)
		close(fd);
}

static void
drain_keep(struct guard *guard)
{
	struct keep_message message = { 0 };
	int fd, got;

	while ((got = keep_next(PLUMB_KEEP, &message, &fd)) > 0)
		obey(guard, &message, fd);
	if (got < 0)
		log_error("can't hear the engine: %s", strerror(-got));
}

/* Children. */

static void
reap_engine(struct guard *guard, const siginfo_t *info)
{
	guard->engine = 0;
	reaper_reap(info->si_pid);
	/* What it sent last is read before the next one starts; it may be that
	 * this is the end. */
	drain_keep(guard);
	log_death(guard, info);
	if (!guard->leaving)
		count_death(guard);
}

/*
 * Tells of a dead child and reaps it; false if there is no room for the news
 * now. The stamp is taken while the child is a zombie, and so before anyone
 * else can have its number.
 */
static bool
bury(struct guard *guard, const siginfo_t *info)
{
	struct news news = {
		.seq = guard->news_seq + 1,
		.at_ns = reaper_now_ns(),
		.pid = info->si_pid,
		.code = info->si_code,
		.status = info->si_status,
	};
	int error;

	if (info->si_pid == guard->engine) {
		reap_engine(guard, info);
		return true;
	}
	error = news_write(PLUMB_NEWS_IN, &news);
	if (error == -EAGAIN) {
		guard->news_full = true;
		return false;
	}
	if (error < 0) {
		log_error("can't tell of an exit: %s", strerror(-error));
		guard->sweep_ns = reaper_now_ns() + 1000000000u;
		guard->unswept = true;
		return false;
	}
	guard->news_seq++;
	reaper_reap(info->si_pid);
	return true;
}

/* The engine is looked for by name, so that its death is seen while the news
 * pipe is full: only its successor will read it. */
static void
check_engine(struct guard *guard)
{
	siginfo_t info;

	if (guard->engine != 0 && reaper_peek(P_PID, guard->engine, &info))
		reap_engine(guard, &info);
}

/*
 * Signals of the same number are joined while they wait, so a SIGCHLD may
 * stand for many deaths: they are found by looking at all children. That
 * costs in proportion to their number, so it is bounded in time; the one that
 * the signal told of was not made to wait.
 */
static void
sweep(struct guard *guard)
{
	uint64_t begin = reaper_now_ns();
	siginfo_t info;

	guard->unswept = false;
	while (!guard->news_full && !guard->unswept &&
	       reaper_peek(P_ALL, 0, &info)) {
		if (!bury(guard, &info))
			guard->unswept = true;
	}
	if (guard->sweep_ns < begin)
		guard->sweep_ns =
		    reaper_now_ns() + (reaper_now_ns() - begin) * SWEEP_REST;
}

/* Signals. */

static bool
asks_for_end(int signo)
{
	switch (signo) {
	case SIGTERM:
	case SIGINT:
	case SIGQUIT:
	case SIGPWR:
		return true;
	default:
		return signo >= SIGNAME_RTMIN + 3 && signo <= SIGNAME_RTMIN + 6;
	}
}

static bool
is_passed_on(int signo)
{
	return asks_for_end(signo) || signo == SIGHUP || signo == SIGUSR1 ||
	       signo == SIGUSR2;
}

static void
pass_on(struct guard *guard)
{
	int signo;

	for (signo = 1; signo <= 64 && guard->waiting != 0; signo++) {
		if ((guard->waiting & 1ull << (signo - 1)) == 0)
			continue;
		if (keep_signal(PLUMB_KEEP, signo) < 0)
			return;
		guard->waiting &= ~(1ull << (signo - 1));
	}
}

static void
take_child_signal(struct guard *guard, const struct signalfd_siginfo *signal)
{
	siginfo_t info;

	guard->unswept = true;
	if (guard->news_full || signal->ssi_pid == 0)
		return;
	if (reaper_peek(P_PID, (pid_t)signal->ssi_pid, &info))
		(void)bury(guard, &info);
}

static void
take_signal(struct guard *guard, const struct signalfd_siginfo *signal)
{
	int signo = (int)signal->ssi_signo;

	if (signo == SIGCHLD) {
		take_child_signal(guard, signal);
	} else if (is_passed_on(signo)) {
		guard->asked = guard->asked || asks_for_end(signo);
		guard->waiting |= 1ull << (signo - 1);
		pass_on(guard);
	}
}

static void
drain_signals(struct guard *guard)
{
	ssize_t n;

	do {
		while (guard->signals_done < guard->signals_count)
			take_signal(
			    guard, &guard->signals[guard->signals_done++]);
		guard->signals_done = guard->signals_count = 0;
		n = read(guard->reaper.signals, guard->signals,
		    sizeof guard->signals);
		if (n > 0)
			guard->signals_count =
			    (size_t)n / sizeof guard->signals[0];
	} while (n > 0);
}

/* The end. */

static int
end_all(const struct guard *guard)
{
	uint64_t begin = reaper_now_ms();
	int error;

	if (guard->hopeless)
		log_error("the engine died %llu times, too often: "
			  "stopping all services",
		    (unsigned long long)guard->deaths_count);
	else
		log_error("supd is to end, and no engine can be started for "
			  "that: stopping all services");
	error = reaper_signal_all(&guard->reaper, SIGTERM);
	if (error == 0)
		error = reaper_signal_all(&guard->reaper, SIGCONT);
	if (error < 0)
		log_error("can't find the services: %s", strerror(-error));
	while (reaper_reap_all() && reaper_now_ms() - begin < GRACE_MS)
		reaper_pause(&guard->reaper, LOOK_EVERY_MS);
	reaper_kill_all(&guard->reaper, LEFTOVER_MS);
	cgroup_tree_clear(PLUMB_SLOTS + SLOT_CGROUP);
	rights_awake(guard->effective);
	return guard->hopeless ? EXIT_HOPELESS : EXIT_SETUP;
}

/* The loop. */

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When there is something to do without a descriptor being ready. */
static uint64_t
deadline_ms(const struct guard *guard)
{
	uint64_t at = NEVER;

	if (guard->engine == 0)
		at = guard->engine_start_ms;
	if (guard->unswept && !guard->news_full)
		at = earlier(at, guard->sweep_ns / 1000000 + 1);
	if (guard->leaving)
		at = earlier(at, guard->leave_ms);
	return at;
}

static void
wait_for_work(struct guard *guard)
{
	uint64_t now = reaper_now_ms(), at = deadline_ms(guard);
	int timeout = -1;
	struct pollfd fds[3] = {
		{ .fd = guard->reaper.signals, .events = POLLIN },
		{ .fd = PLUMB_KEEP,
		    .events =
			(short)(POLLIN | (guard->waiting ? POLLOUT : 0)) },
		{ .fd = guard->news_full ? PLUMB_NEWS_IN : -1,
		    .events = POLLOUT },
	};

	if (at <= now)
		timeout = 0;
	else if (at != NEVER)
		timeout = (int)earlier(at - now, 60000);
	if (poll(fds, 3, timeout) < 0)
		return;
	if (fds[2].revents != 0) {
		guard->news_full = false;
		guard->unswept = true;
	}
}

static void
turn(struct guard *guard)
{
	uint64_t now;

	wait_for_work(guard);
	drain_signals(guard);
	drain_keep(guard);
	pass_on(guard);
	if (guard->unswept)
		check_engine(guard);
	if (guard->unswept && !guard->news_full &&
	    reaper_now_ns() >= guard->sweep_ns)
		sweep(guard);
	now = reaper_now_ms();
	if (guard->leaving && guard->engine != 0 && now >= guard->leave_ms) {
		(void)kill(guard->engine, SIGKILL);
		guard->leave_ms = now + LEAVE_MS;
	}
}

int
guard_run(const struct guard_options *options, enum machine_end *end)
{
	struct guard *guard;
	const char *what;
	int error = begin(&guard, options, &what);

	if (error < 0) {
		log_error("can't set up: %s: %s", what, strerror(-error));
		return EXIT_SETUP;
	}
	while (!guard->leaving || guard->engine != 0) {
		if (guard->hopeless ||
		    (guard->asked && guard->refusals >= REFUSALS)) {
			*end = guard->end;
			return end_all(guard);
		}
		if (guard->engine == 0 &&
		    reaper_now_ms() >= guard->engine_start_ms)
			start_engine(guard);
		turn(guard);
	}
	reaper_kill_all(&guard->reaper, LEFTOVER_MS);
	cgroup_tree_clear(PLUMB_SLOTS + SLOT_CGROUP);
	*end = guard->end;
	rights_awake(guard->effective);
	return guard->code;
}
