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
#include "os/proc.h"
#include "tests/unit/os_kit.h"

/* Nobody else's, so that several of these tests may run. */
#define ID ((uint64_t)0x5eed << 32 | (uint64_t)tests_pid)

static pid_t tests_pid;

enum how { IN_GROUP, IN_SESSION, ESCAPED };

/* A service in its own session that leaves one child behind, which went
 * through a second fork. All but that child are gone. Returns the dead
 * service's pid. */
static pid_t
leave_one(enum how how, pid_t *left)
{
	pid_t pid, went[2];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		went[0] = getpid();
		if (fork() != 0)
			_exit(0);
		if (how == IN_SESSION)
			setpgid(0, 0);
		if (how == ESCAPED)
			setsid();
		went[1] = getpid();
		(void)!write(ends[1], went, sizeof went);
		close(ends[0]);
		close(ends[1]);
		for (;;)
			pause();
	}
	assert_int_equal(read(ends[0], went, sizeof went), sizeof went);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(waitpid(went[0], NULL, 0), went[0]);
	close(ends[0]);
	close(ends[1]);
	*left = went[1];
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

/* Is it sure that nothing of it is left? */
static bool
gone(struct remains *r)
{
	return remains_kill(r, 1, ID, NULL) == 0 && !r->alive;
}

/* A child of the test. */
static bool
lives(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

/* So that a test that failed leaves nothing. */
static int
kill_rest(void **state)
{
	pid_t *list;
	size_t count, i;

	(void)state;
	while (proc_children(getpid(), &list, &count) == 0) {
		for (i = 0; i < count; i++)
			kill(list[i], SIGKILL);
		free(list);
		reap_rest();
		if (count == 0)
			break;
	}
	return 0;
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
	assert_true(r[1].alive);
	assert_int_equal(r[1].one, left[1]);
	/* Zombies do not count. */
	until(remains_kill(r, 2, ID, NULL) == 0 && !r[0].alive && !r[1].alive);
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
	until(gone(&r));
	assert_true(lives(left));
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
	assert_true(pid > 0);
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
	strangers = run_marked(ID ^ (uint64_t)1 << 32, 7, 3);
	until(remains_kill(r, 3, ID, NULL) == 0 && !r[0].alive && !r[2].alive);
	reap_one(mine);
	assert_true(lives(younger) && lives(strangers));
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
	until(gone(&r));
	assert_true(lives(pid));
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
	assert_false(r[0].alive || r[1].alive || r[2].alive);
	assert_int_equal(remains_kill(NULL, 0, ID, NULL), 0);
}

/* Goes on as its own child again and again. Not for ever, should the test
 * fail. */
_Noreturn static void
run_away(enum how how, unsigned *steps)
{
	do {
		if (how == IN_SESSION)
			(void)setpgid(0, 0);
	} while (__atomic_add_fetch(steps, 1, __ATOMIC_SEQ_CST) < 1000000 &&
		 fork() == 0);
	_exit(0);
}

/* A service leaves so many of those, which are killed and make no more steps.
 */
static void catch (int runaways, enum how how, unsigned *steps)
{
	struct remains r = { .leader = fork() };
	unsigned before;

	if (r.leader == 0) {
		setsid();
		while (runaways-- > 0) {
			if (fork() == 0)
				run_away(how, steps);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(r.leader, NULL, 0), r.leader);
	until(gone(&r) || (reap_rest(), false));
	before = __atomic_load_n(steps, __ATOMIC_SEQ_CST);
	kit_nap();
	assert_int_equal(__atomic_load_n(steps, __ATOMIC_SEQ_CST), before);
	reap_rest();
}

static unsigned *
counter(void)
{
	unsigned *steps = mmap(NULL, sizeof *steps, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(steps, MAP_FAILED);
	return steps;
}

static void
a_storm_does_not_outrun_it(void **state)
{
	unsigned *steps = counter();

	(void)state;
	catch (20, IN_GROUP, steps);
	munmap(steps, sizeof *steps);
}

static void
what_runs_away_by_forking_is_not_missed(void **state)
{
	unsigned *steps = counter();
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		catch (1, IN_SESSION, steps);
	munmap(steps, sizeof *steps);
}

static void
one_walk_serves_many(void **state)
{
	enum { MANY = 200 };
	static struct remains r[MANY];
	static pid_t left[MANY];
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		r[i].leader =
		    leave_one(i % 2 ? IN_GROUP : IN_SESSION, &left[i]);
	assert_int_equal(remains_kill(r, MANY, ID, NULL), 0);
	for (i = 0; i < MANY; i++)
		reap_one(left[i]);
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
		bool met = false;

		do {
			if (remains_kill(r, 2, ID, &known) != 0)
				_exit(1);
			met |= r[0].alive;
		} while (r[1].alive);
		_exit(met ? 0 : 2);
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
	tests_pid = getpid();
	return cmocka_run_group_tests(tests, NULL, kill_rest);
}
