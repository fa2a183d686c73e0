/*
 * Each step of a start that can be made to fail does so, and the program does
 * not run.
 */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/step.h"
#include "tests/unit/os_kit.h"
#include "tests/unit/os_spawn_kit.h"

static void
fail_exec_missing(struct launch *l)
{
	l->command.words[0] = word("/no/such/program");
}

static void
fail_exec_search(struct launch *l)
{
	static char path[] = "PATH=/usr/bin:/bin";
	static char *environment[] = { path, NULL };

	l->environment = environment;
	l->command.words[0] = word("no-such-program-at-all");
}

static void
fail_exec_folder(struct launch *l)
{
	l->command.words[0] = word("/usr");
}

static void
fail_exec_refused(struct launch *l)
{
	l->command.words[0] = word("/etc/passwd");
}

static void
fail_exec_interpreter(struct launch *l)
{
	const char *path = in_folder("bad");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	(void)!write(fd, "#!/no/such/interpreter\n", 23);
	close(fd);
	l->command.words[0] = word(path);
}

static void
fail_directory(struct launch *l)
{
	l->directory = word("/no/such/folder");
}

static void
fail_log_folder(struct launch *l)
{
	l->log_path = word("/no/such/folder/log");
}

static void
fail_log_link(struct launch *l)
{
	const char *path = in_folder("link");

	(void)!symlink("/dev/null", path);
	l->log_path = word(path);
}

static void
fail_log_fifo(struct launch *l)
{
	const char *path = in_folder("fifo");

	(void)mkfifo(path, 0600);
	l->log_path = word(path);
}

static void
fail_stdin(struct launch *l)
{
	l->stdin_kind = STDIN_PATH;
	l->stdin_path = word("/no/such/file");
}

static void
fail_terminal(struct launch *l)
{
	l->stdin_kind = STDIN_TTY;
	l->stdin_path = word("/dev/null");
}

static void
fail_limits(struct launch *l)
{
	l->limit_set[RLIMIT_CORE] = true;
	l->limits[RLIMIT_CORE] = (struct rlimit){ 5, 4 };
}

static void
fail_oom(struct launch *l)
{
	l->set_oom = true;
	l->oom_score_adj = 5000;
}

static void
fail_cpus(struct launch *l)
{
	l->set_cpus = true;
}

static void
fail_io(struct launch *l)
{
	l->set_io = true;
	l->io_priority = 7 << 13;
}

static void
fail_groups(struct launch *l)
{
	static gid_t group = (gid_t)-1;

	l->set_groups = true;
	l->groups = &group;
	l->groups_count = 1;
}

static void
fail_group(struct launch *l)
{
	l->set_group = true;
	l->gid = (gid_t)-1;
}

static void
fail_user(struct launch *l)
{
	static gid_t groups[64];
	int n = getgroups(64, groups);

	l->set_user = true;
	l->gid = getgid();
	l->groups = groups;
	l->groups_count = (size_t)(n < 0 ? 0 : n);
	l->uid = (uid_t)-1;
}

static void
fail_other_user(struct launch *l)
{
	l->set_user = true;
	l->uid = l->gid = geteuid() == 0 ? NOBODY : 0;
	/* As root that is no failure; without the right it is. */
	if (geteuid() == 0)
		l->directory = word("/no/such/folder");
}

static void
fail_chroot(struct launch *l)
{
	l->sandbox.chroot = word("/no/such/folder");
}

static void
fail_writable(struct launch *l)
{
	static struct sandbox_path path = { NULL, false };

	path.path = word("/no/such/folder");
	l->sandbox.read_only_root = true;
	l->sandbox.read_write = (struct sandbox_paths){ &path, 1 };
}

static void
fail_cover(struct launch *l)
{
	static struct sandbox_path path = { NULL, false };

	path.path = word("/no/such/folder");
	l->sandbox.inaccessible = (struct sandbox_paths){ &path, 1 };
}

static void
fail_hostname(struct launch *l)
{
	static char name[80];

	memset(name, 'x', sizeof name - 1);
	l->sandbox.hostname = name;
}

static void
a_step_that_fails_is_told_and_nothing_runs(void **state)
{
	static const struct {
		void (*fault)(struct launch *);
		enum step step;
		int error; /* 0: whatever it is */
	} cases[] = {
		{ fail_exec_missing, STEP_EXEC, ENOENT },
		{ fail_exec_search, STEP_EXEC, ENOENT },
		{ fail_exec_folder, STEP_EXEC, EACCES },
		{ fail_exec_refused, STEP_EXEC, EACCES },
		{ fail_exec_interpreter, STEP_EXEC, ENOENT },
		{ fail_directory, STEP_DIRECTORY, ENOENT },
		{ fail_log_folder, STEP_STDIO, ENOENT },
		{ fail_log_link, STEP_STDIO, ELOOP },
		{ fail_log_fifo, STEP_STDIO, ENXIO },
		{ fail_stdin, STEP_STDIO, ENOENT },
		{ fail_terminal, STEP_TERMINAL, ENOTTY },
		{ fail_limits, STEP_LIMITS, EINVAL },
		{ fail_oom, STEP_OOM_SCORE, EINVAL },
		{ fail_cpus, STEP_CPU_AFFINITY, EINVAL },
		{ fail_io, STEP_IO_PRIORITY, EINVAL },
		{ fail_groups, STEP_GROUPS, 0 },
		{ fail_group, STEP_GROUP, EINVAL },
		{ fail_user, STEP_USER, EINVAL },
		{ fail_other_user, STEP_COUNT, 0 },
		/* Without rights another step of theirs fails. */
		{ fail_chroot, STEP_CHROOT, 0 },
		{ fail_writable, STEP_COUNT, 0 },
		{ fail_cover, STEP_INACCESSIBLE_PATHS, 0 },
		{ fail_hostname, STEP_HOSTNAME, 0 },
	};
	const char *mark = in_folder("ran");
	char script[128];
	struct made m;
	size_t i;

	(void)state;
	snprintf(script, sizeof script, ": >%s", mark);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		make(&m, script);
		cases[i].fault(&m.launch);
		assert_int_equal(run(&m, i % 2 ? without_clone3 : NULL), 127);
		if (cases[i].step != STEP_COUNT)
			assert_int_equal(shared->slot.step, cases[i].step);
		assert_int_not_equal(shared->slot.step, STEP_NONE);
		if (cases[i].error != 0)
			assert_int_equal(shared->slot.error, cases[i].error);
		assert_true(shared->slot.error > 0);
		assert_int_equal(access(script + 3, F_OK), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_that_fails_is_told_and_nothing_runs),
	};
	int result;

	if (kit_open() < 0)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	kit_close();
	return result;
}
