/*
 * The guard with a tiny engine: this program itself, started again by the
 * guard as "fake-engine" with what it shall do. Each test runs the guard in a
 * process of its own.
 */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"
#include "os/keep.h"
#include "os/news.h"
#include "os/plumb.h"
#include "tests/unit/os_kit.h"

/* What engines leave for the test to read: counters in a file that the guard
 * keeps as the ledger would be. */
struct board {
	uint32_t engines;
	uint32_t settled;
	uint32_t news;
	uint32_t gaps; /* records that did not follow the one before */
	uint64_t last_seq;
	uint32_t signals[65];
	uint32_t kept; /* the slot was there, with what was written in it */
	uint32_t first_child_exits;
	int32_t service;
	int32_t engine;
};

static void
board_load(struct board *board)
{
	memset(board, 0, sizeof *board);
	(void)!pread(PLUMB_LEDGER, board, sizeof *board, 0);
}

static void
board_save(const struct board *board)
{
	if (pwrite(PLUMB_LEDGER, board, sizeof *board, 0) != sizeof *board)
		_exit(99);
}

/* A copy for the test, which has no ledger. */
static void
board_publish(const struct board *board)
{
	const char *path = getenv("BOARD");
	char temporary[256];
	int fd;

	snprintf(temporary, sizeof temporary, "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, board, sizeof *board) != sizeof *board ||
	    rename(temporary, path) < 0)
		_exit(98);
	close(fd);
}

static void
take_news(struct board *board, const int scratch[2])
{
	struct news news[NEWS_BATCH];
	size_t seen;
	int i, n = news_peek(PLUMB_NEWS, scratch, board->last_seq, news, &seen);

	for (i = 0; i < n; i++) {
		if (news[i].seq != board->last_seq + 1)
			board->gaps++;
		board->last_seq = news[i].seq;
		board->news++;
		if (news[i].pid == board->service)
			board->first_child_exits++;
	}
	if (n > 0)
		board_save(board);
	if (seen > 0 && news_consume(PLUMB_NEWS, seen) < 0)
		_exit(97);
}

/* A child that the guard adopts at once. */
static void
orphan(int code)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (fork() == 0)
			_exit(code);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

static int
orphan_that_stays(void)
{
	int ends[2];
	pid_t pid, stays = 0;

	if (pipe(ends) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			close(ends[0]);
			close(ends[1]);
			for (;;)
				pause();
		}
		(void)!write(ends[1], &pid, sizeof pid);
		_exit(0);
	}
	(void)!read(ends[0], &stays, sizeof stays);
	(void)waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	return stays;
}

static void
check_slot(struct board *board)
{
	char text[8] = { 0 };

	if (pread(PLUMB_SLOTS + SLOT_LISTEN, text, 4, 0) == 4 &&
	    strcmp(text, "kept") == 0)
		board->kept++;
}

static void
fill_slot(void)
{
	int fd = memfd_create("slot", MFD_CLOEXEC);

	if (fd < 0 || write(fd, "kept", 4) != 4 ||
	    keep_put(PLUMB_WIRE, SLOT_LISTEN, fd) < 0)
		_exit(96);
}

/* Takes signals until TERM, then leaves with the code 7. */
static void
serve(struct board *board, const int scratch[2])
{
	struct pollfd fds[2] = { { .fd = PLUMB_WIRE, .events = POLLIN },
		{ .fd = PLUMB_NEWS, .events = POLLIN } };
	int signo;

	for (;;) {
		take_news(board, scratch);
		while ((signo = keep_peek_signal(PLUMB_WIRE)) > 0) {
			board->signals[signo]++;
			board_save(board);
			(void)keep_take_signal(PLUMB_WIRE);
		}
		if (signo == -EPIPE)
			_exit(33);
		board_publish(board);
		if (board->signals[SIGTERM] > 0) {
			(void)keep_exit(PLUMB_WIRE, 7, MACHINE_BY_CODE);
			_exit(0);
		}
		(void)poll(fds, 2, -1);
	}
}

static void
fake_engine(const char *what)
{
	struct board board;
	int scratch[2], fd;

	for (fd = PLUMB_NEWS; fd < PLUMB_SLOTS + SLOT_COUNT; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	board_load(&board);
	board.engines++;
	board.engine = getpid();
	board_save(&board);
	if (news_open(scratch) < 0)
		_exit(95);
	if (strcmp(what, "die") == 0)
		raise(SIGKILL);
	if (strcmp(what, "nothing") == 0)
		_exit(1);
	check_slot(&board);
	if (strcmp(what, "fifty") == 0 && board.engines <= 50) {
		orphan(0);
		orphan(1);
		if (board.engines == 1) {
			fill_slot();
			board.service = orphan_that_stays();
			board_save(&board);
		}
		if (board.engines % 3 == 0)
			take_news(&board, scratch);
		board_save(&board);
		/* Else the next one would have to wait longer and longer. */
		(void)keep_settled(PLUMB_WIRE);
		raise(SIGKILL);
	}
	if (strcmp(what, "late") == 0 && board.engines < 4) {
		board_publish(&board);
		_exit(3);
	}
	if (strcmp(what, "die-with-services") == 0) {
		board.service = orphan_that_stays();
		board_save(&board);
		board_publish(&board);
		raise(SIGKILL);
	}
	if (strcmp(what, "storm") == 0 && board.engines == 1) {
		/* Far more dead than the pipe holds, and nobody who reads. */
		if (fcntl(PLUMB_NEWS, F_SETPIPE_SZ, 4096) < 0)
			_exit(94);
		for (fd = 0; fd < 1000; fd++)
			orphan(0);
		raise(SIGKILL);
	}
	if (strcmp(what, "leave-orphans") == 0) {
		board.service = orphan_that_stays();
		board_save(&board);
	}
	(void)keep_settled(PLUMB_WIRE);
	board.settled++;
	board_save(&board);
	serve(&board, scratch);
}

struct run {
	pid_t pid;
	char path[64];
};

_Noreturn static void
be_guard(const struct guard_options *options)
{
	enum machine_end end;
	int i;

	if (getenv("VERBOSE") == NULL)
		(void)dup2(open("/dev/null", O_WRONLY), 2);
	/* A test that fails leaves nothing behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What the guard must not care about. */
	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < 40; i++)
		(void)!open("/dev/null", O_RDONLY);
	_exit(guard_run(options, &end));
}

/* flags: of clone(2), besides what fork(2) does. */
static struct run
start_with(const char *what, uint32_t intensity, unsigned long flags)
{
	struct run run;
	char self[] = "fake-engine";
	char *argv[] = { self, (char *)(uintptr_t)what, NULL };
	struct guard_options options = { argv, self, intensity, 10000 };

	snprintf(run.path, sizeof run.path, "/tmp/os_guard.%d", (int)getpid());
	unlink(run.path);
	setenv("BOARD", run.path, 1);
	run.pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (run.pid == 0)
		be_guard(&options);
	assert_true(run.pid > 0);
	return run;
}

static struct run
start(const char *what, uint32_t intensity)
{
	return start_with(what, intensity, 0);
}

static int
board_read(const struct run *run, struct board *board)
{
	int fd = open(run->path, O_RDONLY);
	ssize_t n;

	memset(board, 0, sizeof *board);
	if (fd < 0)
		return -1;
	n = read(fd, board, sizeof *board);
	close(fd);
	return n == (ssize_t)sizeof *board ? 0 : -1;
}

static int
finish(const struct run *run)
{
	int status;

	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	unlink(run->path);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
settled(const struct run *run, struct board *board)
{
	return board_read(run, board) == 0 && board->settled > 0;
}

static void
leaves_with_the_engines_code(void **state)
{
	struct run run = start("serve", 5);
	struct board board;

	(void)state;
	until(settled(&run, &board));
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
}

static void
passes_signals_on_and_ignores_others(void **state)
{
	struct run run = start("serve", 5);
	struct board board;

	(void)state;
	until(settled(&run, &board));
	kill(run.pid, SIGALRM);
	kill(run.pid, SIGPIPE);
	kill(run.pid, SIGTSTP);
	kill(run.pid, SIGHUP);
	kill(run.pid, SIGUSR1);
	kill(run.pid, SIGRTMIN + 4);
	until(board_read(&run, &board) == 0 && board.signals[SIGHUP] == 1 &&
	      board.signals[SIGUSR1] == 1 && board.signals[SIGRTMIN + 4] == 1);
	assert_int_equal(board.signals[SIGALRM], 0);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
}

static void
loses_nothing_when_the_engine_is_killed_fifty_times(void **state)
{
	struct run run = start("fifty", UINT32_MAX);
	struct board board;

	(void)state;
	until(settled(&run, &board));
	until(board_read(&run, &board) == 0 && board.news == 100);
	assert_int_equal(board.engines, 51);
	assert_int_equal(board.gaps, 0);
	assert_int_equal(board.kept, 50);
	assert_int_equal(board.first_child_exits, 0);
	assert_int_equal(kill(board.service, 0), 0);
	kill(board.service, SIGKILL);
	until(board_read(&run, &board) == 0 && board.first_child_exits == 1);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
}

static void
lets_zombies_wait_while_the_pipe_is_full(void **state)
{
	struct run run = start("storm", 5);
	struct board board;

	(void)state;
	until(settled(&run, &board));
	until(board_read(&run, &board) == 0 && board.news == 1000);
	assert_int_equal(board.gaps, 0);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
}

static void
gives_up_on_a_hopeless_engine(void **state)
{
	struct run run = start("die", 5);

	(void)state;
	assert_int_equal(finish(&run), 70);
}

static void
gives_up_when_the_engine_cannot_start(void **state)
{
	struct run run = start("nothing", 3);

	(void)state;
	assert_int_equal(finish(&run), 70);
}

static void
leaves_no_orphan_behind(void **state)
{
	struct run run = start("leave-orphans", 5);
	struct board board;

	(void)state;
	until(settled(&run, &board));
	assert_true(board.service > 0);
	assert_int_equal(kill(board.service, 0), 0);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
	assert_int_equal(kill(board.service, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void
stops_all_services_before_it_gives_up(void **state)
{
	struct run run = start("die-with-services", 3);
	struct board board;

	(void)state;
	until(board_read(&run, &board) == 0 && board.engines == 3);
	assert_true(board.service > 0);
	assert_int_equal(finish(&run), 70);
	assert_int_equal(kill(board.service, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void
a_signal_waits_for_the_next_engine(void **state)
{
	struct run run = start("late", 50);
	struct board board;

	(void)state;
	until(board_read(&run, &board) == 0 && board.engines > 0);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
}

static void
its_own_death_is_seen_by_the_engine(void **state)
{
	struct run run = start("serve", 5);
	struct board board;
	int status;

	(void)state;
	until(settled(&run, &board));
	kill(run.pid, SIGKILL);
	assert_int_equal(waitpid(run.pid, &status, 0), run.pid);
	/* The test, a subreaper, inherits the engine. */
	assert_int_equal(waitpid(board.engine, &status, 0), board.engine);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 33);
	unlink(run.path);
}

static void
works_as_the_init_of_a_pid_namespace(void **state)
{
	struct board board;
	struct run run;

	(void)state;
	if (geteuid() != 0)
		skip();
	run = start_with("fifty", UINT32_MAX, CLONE_NEWPID);
	until(settled(&run, &board));
	until(board_read(&run, &board) == 0 && board.news == 100);
	assert_int_equal(board.engines, 51);
	assert_int_equal(board.gaps, 0);
	assert_int_equal(board.kept, 50);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
	run = start_with("die-with-services", 3, CLONE_NEWPID);
	assert_int_equal(finish(&run), 70);
}

static long
switches(pid_t pid)
{
	char path[64], line[256];
	long n = -1;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof line, file) != NULL)
		(void)sscanf(line, "voluntary_ctxt_switches: %ld", &n);
	fclose(file);
	return n;
}

static void
makes_no_wakeup_while_idle(void **state)
{
	struct run run = start("serve", 5);
	struct timespec second = { 1, 0 };
	struct board board;
	long before;

	(void)state;
	until(settled(&run, &board));
	nanosleep(&second, NULL);
	before = switches(run.pid);
	assert_true(before > 0);
	nanosleep(&second, NULL);
	assert_int_equal(switches(run.pid), before);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), 7);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_with_the_engines_code),
		cmocka_unit_test(passes_signals_on_and_ignores_others),
		cmocka_unit_test(
		    loses_nothing_when_the_engine_is_killed_fifty_times),
		cmocka_unit_test(lets_zombies_wait_while_the_pipe_is_full),
		cmocka_unit_test(gives_up_on_a_hopeless_engine),
		cmocka_unit_test(gives_up_when_the_engine_cannot_start),
		cmocka_unit_test(leaves_no_orphan_behind),
		cmocka_unit_test(stops_all_services_before_it_gives_up),
		cmocka_unit_test(a_signal_waits_for_the_next_engine),
		cmocka_unit_test(its_own_death_is_seen_by_the_engine),
		cmocka_unit_test(works_as_the_init_of_a_pid_namespace),
		cmocka_unit_test(makes_no_wakeup_while_idle),
	};

	if (argc > 1 && strcmp(argv[0], "fake-engine") == 0)
		fake_engine(argv[1]);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
