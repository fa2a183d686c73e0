#include "os/remains.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/mark.h"
#include "tests/unit/os_kit.h"

#define ID UINT64_C(0x5eed)

enum how { IN_GROUP, IN_SESSION, ESCAPED };

/* A service in its own session that leaves one child behind, which went
 * through a second fork. Returns the dead service's pid. */
static pid_t
leave_one(enum how how, pid_t *left)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() == 0 && fork() == 0) {
			if (how == IN_SESSION)
				setpgid(0, 0);
			if (how == ESCAPED)
				setsid();
			pid = getpid();
			(void)!write(ends[1], &pid, sizeof pid);
			close(ends[0]);
			close(ends[1]);
			for (;;)
				pause();
		}
		_exit(0);
	}
	assert_int_equal(read(ends[0], left, sizeof *left), sizeof *left);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

/* The test is their reaper. */
static void
reap_one(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
reap_rest(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static void
kills_what_is_left_in_group_and_session(void **state)
{
	struct remains r[2] = { 0 };
	pid_t left[2];

	(void)state;
	r[0].leader = leave_one(IN_GROUP, &left[0]);
	r[1].leader = leave_one(IN_SESSION, &left[1]);
	assert_int_equal(remains_kill(r, 2, ID, NULL), 0);
	assert_int_equal(r[0].alive, 1);
	assert_int_equal(r[0].one, left[0]);
	assert_int_equal(r[1].alive, 1);
	assert_int_equal(r[1].one, left[1]);
	/* Zombies do not count. */
	until(
	    remains_kill(r, 2, ID, NULL) == 0 && r[0].alive + r[1].alive == 0);
	assert_int_equal(r[0].one, 0);
	reap_one(left[0]);
	reap_one(left[1]);
	reap_rest();
}

static void
does_not_find_what_escaped_without_a_mark(void **state)
{
	struct remains r = { .uid = 7, .ticket = 3 };
	pid_t left;

	(void)state;
	r.leader = leave_one(ESCAPED, &left);
	assert_int_equal(remains_kill(&r, 1, ID, NULL), 0);
	assert_int_equal(r.alive, 0);
	assert_int_equal(kill(left, SIGKILL), 0);
	reap_one(left);
	reap_rest();
}

/* A program that runs in a session of its own, with that environment. */
static pid_t
run_marked(uint64_t id, uint32_t uid, uint32_t ticket)
{
	char mark[MARK_TEXT], entry[MARK_TEXT + sizeof MARK_NAME + 1];
	char name[] = "sleep", time[] = "1000";
	char like[] = "A=SUPD_RUN=1", longer[] = "SUPD_RUNNER=x";
	char *argv[] = { name, time, NULL };
	char *envp[] = { like, longer, entry, NULL };
	pid_t pid;

	mark_text(mark, id, uid, ticket);
	snprintf(entry, sizeof entry, "%s=%s", MARK_NAME, mark);
	pid = fork();
	if (pid == 0) {
		setsid();
		execve("/bin/sleep", argv, envp);
		_exit(1);
	}
	until(mark_read(pid, id, &uid, &ticket));
	return pid;
}

static void
finds_what_escaped_by_its_mark(void **state)
{
	struct remains r[3] = { { .uid = 6, .ticket = 3 },
		{ .uid = 7, .ticket = 3 }, { .uid = 8, .ticket = 3 } };
	pid_t mine, younger, strangers;

	(void)state;
	mine = run_marked(ID, 7, 3);
	younger = run_marked(ID, 7, 4);
	strangers = run_marked(ID + 1, 7, 3);
	assert_int_equal(remains_kill(r, 3, ID, NULL), 0);
	assert_int_equal(r[0].alive + r[2].alive, 0);
	assert_int_equal(r[1].alive, 1);
	assert_int_equal(r[1].one, mine);
	reap_one(mine);
	assert_int_equal(kill(younger, SIGKILL), 0);
	reap_one(younger);
	assert_int_equal(kill(strangers, SIGKILL), 0);
	reap_one(strangers);
}

/* A leader that lives is another process with the same number. */
static void
spares_a_number_that_has_a_new_holder(void **state)
{
	struct remains r = { 0 };
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		setsid();
		for (;;)
			pause();
	}
	until(getsid(pid) == pid);
	r.leader = pid;
	assert_int_equal(remains_kill(&r, 1, ID, NULL), 0);
	assert_int_equal(r.alive, 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
	reap_one(pid);
}

static void
never_touches_init_or_nothing(void **state)
{
	struct remains r[3] = { { .leader = 0 }, { .leader = 1 },
		{ .leader = -5 } };

	(void)state;
	assert_int_equal(remains_kill(r, 3, ID, NULL), 0);
	assert_int_equal(r[0].alive + r[1].alive + r[2].alive, 0);
	assert_int_equal(remains_kill(NULL, 0, ID, NULL), 0);
}

static void
a_storm_does_not_outrun_it(void **state)
{
	struct remains r = { 0 };
	int i;

	(void)state;
	r.leader = fork();
	if (r.leader == 0) {
		setsid();
		for (i = 0; i < 20; i++) {
			if (fork() == 0) {
				/* Each goes on as its own child. */
				for (;;) {
					if (fork() != 0)
						_exit(0);
				}
			}
		}
		_exit(0);
	}
	assert_int_equal(waitpid(r.leader, NULL, 0), r.leader);
	until(
	    (reap_rest(), remains_kill(&r, 1, ID, NULL) == 0 && r.alive == 0));
	/* Not for this moment only. */
	for (i = 0; i < 20; i++) {
		kit_nap();
		reap_rest();
		assert_int_equal(remains_kill(&r, 1, ID, NULL), 0);
		assert_int_equal(r.alive, 0);
	}
}

/* Goes on as its own child again and again, each time as a group of its own.
 * Not for ever, should the test fail. */
_Noreturn static void
run_away(unsigned *steps)
{
	do {
		(void)setpgid(0, 0);
	} while (__atomic_add_fetch(steps, 1, __ATOMIC_SEQ_CST) < 1000000 &&
		 fork() == 0);
	_exit(0);
}

static void
what_runs_away_by_forking_is_not_missed(void **state)
{
	struct remains r = { 0 };
	unsigned *steps, before, i;

	(void)state;
	steps = mmap(NULL, sizeof *steps, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(steps, MAP_FAILED);
	for (i = 0; i < 100; i++) {
		r.leader = fork();
		if (r.leader == 0) {
			setsid();
			if (fork() == 0)
				run_away(steps);
			_exit(0);
		}
		assert_int_equal(waitpid(r.leader, NULL, 0), r.leader);
		until((reap_rest(),
		    remains_kill(&r, 1, ID, NULL) == 0 && r.alive == 0));
		before = __atomic_load_n(steps, __ATOMIC_SEQ_CST);
		kit_nap();
		assert_int_equal(
		    __atomic_load_n(steps, __ATOMIC_SEQ_CST), before);
		reap_rest();
	}
	munmap(steps, sizeof *steps);
}

static void
one_walk_serves_many(void **state)
{
	enum { MANY = 200 };
	static struct remains r[MANY];
	static pid_t left[MANY];
	size_t i, alive = 0;

	(void)state;
	for (i = 0; i < MANY; i++)
		r[i].leader =
		    leave_one(i % 2 ? IN_GROUP : IN_SESSION, &left[i]);
	assert_int_equal(remains_kill(r, MANY, ID, NULL), 0);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(r[i].one, left[i]);
		alive += r[i].alive;
		reap_one(left[i]);
	}
	assert_int_equal(alive, MANY);
	reap_rest();
}

static bool
is_one_of(const void *who, pid_t pid)
{
	const pid_t *two = who;

	return pid == two[0] || pid == two[1];
}

/* The test is the guard here, and a child of it the engine that looks. */
static void
finds_orphans_and_passes_over_those_that_are_known(void **state)
{
	pid_t left[2], leader[2], spared, engine;
	int status;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	leader[0] = leave_one(IN_SESSION, &left[0]);
	leader[1] = leave_one(IN_GROUP, &left[1]);
	spared = left[1];
	engine = fork();
	if (engine == 0) {
		const struct remains_known known = { is_one_of,
			(pid_t[]){ spared, getpid() } };
		struct remains r[2] = { { .leader = leader[0] },
			{ .leader = leader[1] } };

		if (remains_kill(r, 2, ID, &known) != 0)
			_exit(1);
		_exit(r[0].alive >= 1 && r[1].alive == 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(engine, &status, 0), engine);
	assert_int_equal(status, 0);
	reap_one(left[0]);
	assert_int_equal(kill(spared, 0), 0);
	kill(spared, SIGKILL);
	reap_one(spared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    finds_orphans_and_passes_over_those_that_are_known),
		cmocka_unit_test(kills_what_is_left_in_group_and_session),
		cmocka_unit_test(finds_what_escaped_by_its_mark),
		cmocka_unit_test(does_not_find_what_escaped_without_a_mark),
		cmocka_unit_test(spares_a_number_that_has_a_new_holder),
		cmocka_unit_test(never_touches_init_or_nothing),
		cmocka_unit_test(a_storm_does_not_outrun_it),
		cmocka_unit_test(what_runs_away_by_forking_is_not_missed),
		cmocka_unit_test(one_walk_serves_many),
	};

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
