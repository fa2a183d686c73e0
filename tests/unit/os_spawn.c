#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"
#include "tests/unit/os_spawn_kit.h"

static void
a_program_runs_as_the_guards_child(void **state)
{
	struct made m;

	(void)state;
	make(&m, "echo $PPID $SUPD_NAME; exit 3");
	assert_int_equal(run(&m, NULL), 3);
	assert_int_equal(shared->slot.step, 0);
	assert_true(shared->slot.born_ns > 0);
	assert_int_equal(shared->slot.ticket, 7);
	assert_int_equal((int)strtol(output(&m), NULL, 10), getpid());
	assert_non_null(strstr(output(&m), " test\n"));
}

static void
leak_descriptors(void)
{
	int i;

	for (i = 0; i < 30; i++)
		(void)!open("/dev/null", O_RDONLY);
}

static void
without_clone3_leaking(void)
{
	leak_descriptors();
	without_clone3();
}

static void
a_program_runs_where_clone3_is_refused(void **state)
{
	struct made m;

	(void)state;
	make(&m, "echo $PPID; exit 3");
	assert_int_equal(run(&m, without_clone3), 3);
	assert_int_equal((int)strtol(output(&m), NULL, 10), getpid());
}

static void
a_program_gets_three_descriptors(void **state)
{
	struct made m;

	(void)state;
	/* ls has one for the folder itself. */
	make(&m, "exec ls -1 /proc/self/fd");
	assert_int_equal(run(&m, leak_descriptors), 0);
	assert_string_equal(output(&m), "0\n1\n2\n3\n");
	make(&m, "exec ls -1 /proc/self/fd");
	assert_int_equal(run(&m, without_clone3_leaking), 0);
	assert_string_equal(output(&m), "0\n1\n2\n3\n");
}

static void
ignore_and_block(void)
{
	sigset_t all;
	int signo;

	for (signo = 1; signo <= SIGRTMAX; signo++)
		signal(signo, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void
no_signal_is_blocked_or_ignored(void **state)
{
	struct made m;

	(void)state;
	make(&m, "exec grep -E '^Sig(Blk|Ign)' /proc/self/status");
	assert_int_equal(run(&m, ignore_and_block), 0);
	assert_string_equal(output(&m), "SigBlk:\t0000000000000000\n"
					"SigIgn:\t0000000000000000\n");
}

static void
a_program_leads_its_session(void **state)
{
	int pid, group, session;
	struct made m;

	(void)state;
	make(&m, "read a b c d e f g </proc/$$$$/stat; echo $a $e $f");
	assert_int_equal(run(&m, NULL), 0);
	assert_int_equal(
	    sscanf(output(&m), "%d %d %d", &pid, &group, &session), 3);
	assert_int_equal(pid, shared->pid);
	assert_int_equal(group, pid);
	assert_int_equal(session, pid);
}

/* The readiness pipe has to come out at its number, whichever numbers the
 * engine's own descriptors have. */
static void
the_readiness_pipe_is_at_its_number(void **state)
{
	char script[64], text[2];
	int ends[2], number;
	struct made m;

	(void)state;
	for (number = 3; number <= 9; number++) {
		snprintf(script, sizeof script, "echo >&%d; ls /proc/self/fd",
		    number);
		make(&m, script);
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		m.ready_write = ends[1];
		m.launch.ready_fd = number;
		assert_int_equal(run(&m, NULL), 0);
		close(ends[1]);
		assert_int_equal(read(ends[0], text, 2), 1);
		assert_int_equal(text[0], '\n');
		snprintf(script, sizeof script, "0\n1\n2\n3\n%d\n",
		    number == 3 ? 4 : number);
		assert_string_equal(output(&m), script);
		close(ends[0]);
	}
}

static void
surroundings_are_as_configured(void **state)
{
	struct made m;

	(void)state;
	make(&m, "umask; pwd; nice; ulimit -n; ulimit -Hn; "
		 "cat /proc/self/oom_score_adj; ulimit -c");
	m.launch.umask = 027;
	m.launch.directory = word("/usr");
	m.launch.set_nice = true;
	m.launch.nice = 5;
	m.launch.limit_set[RLIMIT_NOFILE] = true;
	m.launch.limits[RLIMIT_NOFILE] = (struct rlimit){ 16, 20 };
	m.launch.limit_set[RLIMIT_CORE] = true;
	m.launch.limits[RLIMIT_CORE] = (struct rlimit){ 0, 0 };
	m.launch.set_oom = true;
	m.launch.oom_score_adj = 321;
	m.launch.set_cpus = true;
	m.launch.cpus[0] = 1;
	m.launch.set_io = true;
	m.launch.io_priority = 2 << 13 | 6;
	assert_int_equal(run(&m, leak_descriptors), 0);
	assert_string_equal(output(&m), "0027\n/usr\n5\n16\n20\n321\n0\n");
}

static void
limits_of_the_engine_stay_its_own(void **state)
{
	const struct rlimit own = { 123, 456 };
	struct made m;

	(void)state;
	make(&m, "ulimit -n; ulimit -Hn");
	m.now.own_nofile = &own;
	assert_int_equal(run(&m, NULL), 0);
	assert_string_equal(output(&m), "123\n456\n");
}

static void
without_interpreter_line_the_shell_runs_it(void **state)
{
	const char *path = in_folder("script");
	struct made m;
	int fd;

	(void)state;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "echo $0 $1\n", 11), 11);
	close(fd);
	make(&m, "");
	m.words[0] = word(path);
	m.words[1] = word("arg");
	m.launch.command.count = 2;
	assert_int_equal(run(&m, NULL), 0);
	assert_non_null(strstr(output(&m), "/script arg\n"));
}

static void
stdin_is_what_was_asked_for(void **state)
{
	const char *path = in_folder("in");
	struct made m;
	int fd;

	(void)state;
	make(&m, "cat; echo end");
	assert_int_equal(run(&m, NULL), 0);
	assert_string_equal(output(&m), "end\n");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write(fd, "words\n", 6), 6);
	close(fd);
	make(&m, "cat; echo end >&2");
	m.launch.stdin_kind = STDIN_PATH;
	m.launch.stdin_path = word(path);
	assert_int_equal(run(&m, NULL), 0);
	assert_string_equal(output(&m), "words\nend\n");
}

static void
a_terminal_becomes_the_controlling_one(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct made m;

	(void)state;
	if (master < 0)
		skip();
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	make(&m, "echo here >/dev/tty && test -t 0 && echo yes");
	m.launch.stdin_kind = STDIN_TTY;
	m.launch.stdin_path = ptsname(master);
	assert_int_equal(run(&m, NULL), 0);
	assert_string_equal(output(&m), "yes\n");
	close(master);
}

static void
a_user_is_taken_on_wholly(void **state)
{
	gid_t groups[] = { 1234, 1235 };
	struct made m;
	const char *out;

	(void)state;
	if (geteuid() != 0)
		skip();
	make(&m, "grep -E '^(Uid|Gid|Groups|Cap...):' /proc/self/status");
	m.launch.set_user = true;
	m.launch.uid = NOBODY;
	m.launch.gid = 1233;
	m.launch.set_groups = true;
	m.launch.groups = groups;
	m.launch.groups_count = 2;
	m.launch.user_name = word("nobody");
	assert_int_equal(run(&m, NULL), 0);
	out = output(&m);
	assert_non_null(strstr(out, "Uid:\t65534\t65534\t65534\t65534\n"));
	assert_non_null(strstr(out, "Gid:\t1233\t1233\t1233\t1233\n"));
	assert_non_null(strstr(out, "Groups:\t1234 1235 \n"));
	assert_non_null(strstr(out, "CapInh:\t0000000000000000\n"));
	assert_non_null(strstr(out, "CapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(out, "CapEff:\t0000000000000000\n"));
	assert_non_null(strstr(out, "CapAmb:\t0000000000000000\n"));
	/* The engine is what it was. */
	assert_int_equal(shared->dumpable, 1);
}

static void
a_user_without_groups_keeps_none_of_ours(void **state)
{
	struct made m;

	(void)state;
	if (geteuid() != 0)
		skip();
	make(&m, "grep -E '^Groups:' /proc/self/status");
	m.launch.set_user = true;
	m.launch.uid = NOBODY;
	m.launch.gid = NOBODY;
	assert_int_equal(run(&m, NULL), 0);
	assert_string_equal(output(&m), "Groups:\t \n");
}

static void
our_own_user_needs_no_privilege(void **state)
{
	gid_t groups[64];
	int n = getgroups(64, groups);
	struct made m;

	(void)state;
	assert_true(n >= 0);
	make(&m, "id -u");
	m.launch.set_user = true;
	m.launch.uid = getuid();
	m.launch.gid = getgid();
	m.launch.groups = groups;
	m.launch.groups_count = (size_t)n;
	assert_int_equal(run(&m, NULL), 0);
	assert_int_equal((int)strtol(output(&m), NULL, 10), getuid());
}

static void
an_open_start_is_taken_back(void **state)
{
	struct start_slot slot = { .ticket = 4 };

	(void)state;
	atomic_store(&slot.word, (uint64_t)9 << 32);
	assert_int_equal(spawn_recall(&slot, 5), 0);
	assert_int_equal(spawn_recall(&slot, 4), 0);
	assert_true((uint32_t)atomic_load(&slot.word) == SLOT_REVOKED);
	assert_int_equal(spawn_recall(&slot, 4), 0);
	atomic_store(&slot.word, (uint64_t)9 << 32 | 1234);
	assert_int_equal(spawn_recall(&slot, 4), 1234);
	assert_int_equal(spawn_recall(&slot, 5), 0);
}

/* Any child of ours that ends, but for that one. */
static pid_t
wait_for_any_but(pid_t spare)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		assert_int_equal(waitid(P_ALL, 0, &info, WEXITED), 0);
		if (info.si_pid != spare)
			return info.si_pid;
	}
}

/* Somebody revokes the start at every moment there is: a start counts, or
 * the program does not run. */
static void
a_start_that_lost_its_slot_never_runs(void **state)
{
	int round, ran = 0, cancelled = 0;
	pid_t revoker, engine;
	struct made m;
	struct stat st;

	(void)state;
	memset(shared, 0, sizeof *shared);
	revoker = fork();
	if (revoker == 0) {
		/* Who wakes up gets in between, also on one processor. */
		for (round = 1; !atomic_load(&shared->stop); round++) {
			(void)spawn_recall(&shared->slot, 7);
			if (round % 1000 == 0)
				usleep(1);
		}
		_exit(0);
	}
	make(&m, "echo");
	for (round = 0; round < 300; round++) {
		engine = fork();
		if (engine == 0) {
			engine_spawn(&m, 7);
			_exit(0);
		}
		assert_int_equal(wait_for(engine), 0);
		if (shared->pid > 0) {
			assert_int_equal(wait_for(shared->pid), 0);
			ran++;
		} else {
			assert_int_equal(shared->pid, -ECANCELED);
			assert_true(wait_for_any_but(revoker) > 0);
			cancelled++;
		}
	}
	atomic_store(&shared->stop, true);
	assert_int_equal(wait_for(revoker), 0);
	assert_int_equal(stat(m.out, &st) == 0 ? st.st_size : 0, ran);
	assert_true(cancelled > 0);
}

/* An engine that starts one after another, each writes its ticket, until it
 * is killed. */
static void
start_for_ever(struct made *m, struct spawner *spawner)
{
	const char *missing;
	struct prepared *p;
	char text[16];
	uint32_t ticket;

	m->words[0] = word("/bin/echo");
	m->words[1] = text;
	m->launch.command.count = 2;
	for (;;) {
		ticket = atomic_load(&shared->opened) + 1;
		atomic_store(&shared->opened, ticket);
		snprintf(text, sizeof text, "%u", ticket);
		p = launch_prepare(&m->launch, &m->now, -1, &missing);
		if (p == NULL || spawn(spawner, p, &shared->slot, ticket) < 0)
			_exit(92);
		prepared_free(p);
	}
}

static int
lines_with(const char *text, uint32_t ticket)
{
	const char *at = text;
	int found = 0;
	char *end;

	while (*at != '\0') {
		found += strtoul(at, &end, 10) == ticket;
		at = end + 1;
	}
	return found;
}

/* What recall says of the last start is true: it ran once, or never will. */
static void
an_engine_killed_anywhere_leaves_a_true_slot(void **state)
{
	int round, error, status, happened = 0;
	struct timespec ts = { 0, 0 };
	struct spawner *spawner;
	uint32_t ticket, last = 0;
	pid_t engine, pid;
	struct made m;

	(void)state;
	memset(shared, 0, sizeof *shared);
	srand(2);
	spawner = spawner_open(&error);
	assert_non_null(spawner);
	make(&m, "");
	for (round = 0; round < 200; round++) {
		(void)unlink(m.out);
		engine = fork();
		if (engine == 0)
			start_for_ever(&m, spawner);
		ts.tv_nsec = rand() % 4000000;
		nanosleep(&ts, NULL);
		kill(engine, SIGKILL);
		assert_int_equal(waitpid(engine, &status, 0), engine);
		assert_true(WIFSIGNALED(status));
		ticket = atomic_load(&shared->opened);
		pid = spawn_recall(&shared->slot, ticket);
		/* All that were started end by themselves. */
		while (waitpid(-1, NULL, 0) > 0)
			continue;
		if (ticket != last)
			assert_int_equal(
			    lines_with(output(&m), ticket), pid > 0 ? 1 : 0);
		happened += pid > 0 && ticket != last;
		last = ticket;
	}
	assert_true(happened > 0);
	spawner_close(spawner);
}

static void
a_birth_tells_processes_apart(void **state)
{
	pid_t pid = fork();
	uint64_t birth;

	(void)state;
	if (pid == 0) {
		for (;;)
			pause();
	}
	birth = spawn_birth(pid);
	assert_true(birth != 0);
	assert_true(birth != spawn_birth(getpid()));
	assert_int_equal(spawn_birth(pid), birth);
	assert_int_equal(spawn_birth(0), 0);
	assert_int_equal(spawn_birth(-1), 0);
	assert_int_equal(
	    spawn_signal(pid, birth + 1, SIGKILL, false, false), -ESRCH);
	assert_int_equal(spawn_signal(pid, 0, SIGKILL, false, false), -ESRCH);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(spawn_signal(pid, birth, SIGTERM, false, true), 0);
	assert_int_equal(wait_for(pid), 128 + SIGTERM);
	assert_int_equal(spawn_birth(pid), 0);
	assert_int_equal(
	    spawn_signal(pid, birth, SIGTERM, false, true), -ESRCH);
}

static void
a_signal_reaches_the_group(void **state)
{
	int ends[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		close(ends[0]);
		if (fork() != 0)
			(void)!write(ends[1], "x", 1);
		for (;;)
			pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(
	    spawn_signal(pid, spawn_birth(pid), SIGTERM, true, true), 0);
	assert_int_equal(wait_for(pid), 128 + SIGTERM);
	/* Nobody has the pipe any more. */
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_runs_as_the_guards_child),
		cmocka_unit_test(a_program_runs_where_clone3_is_refused),
		cmocka_unit_test(a_program_gets_three_descriptors),
		cmocka_unit_test(no_signal_is_blocked_or_ignored),
		cmocka_unit_test(a_program_leads_its_session),
		cmocka_unit_test(the_readiness_pipe_is_at_its_number),
		cmocka_unit_test(surroundings_are_as_configured),
		cmocka_unit_test(limits_of_the_engine_stay_its_own),
		cmocka_unit_test(without_interpreter_line_the_shell_runs_it),
		cmocka_unit_test(stdin_is_what_was_asked_for),
		cmocka_unit_test(a_terminal_becomes_the_controlling_one),
		cmocka_unit_test(a_user_is_taken_on_wholly),
		cmocka_unit_test(a_user_without_groups_keeps_none_of_ours),
		cmocka_unit_test(our_own_user_needs_no_privilege),
		cmocka_unit_test(an_open_start_is_taken_back),
		cmocka_unit_test(a_start_that_lost_its_slot_never_runs),
		cmocka_unit_test(an_engine_killed_anywhere_leaves_a_true_slot),
		cmocka_unit_test(a_birth_tells_processes_apart),
		cmocka_unit_test(a_signal_reaches_the_group),
	};
	int result;

	if (kit_open() < 0)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	kit_close();
	return result;
}
