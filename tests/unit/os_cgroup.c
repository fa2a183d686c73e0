#include "os/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

#define ID UINT64_C(0xfeedface00000001)

/* Against the kernel's own cgroups, where this process may make any. */
static struct cgroup_tree tree = { .fd = -1 };
static char where[512];

static int
open_tree(void **state)
{
	(void)state;
	tree.id = ID ^ (uint64_t)getpid() << 8;
	tree.fd = cgroup_tree_open("auto", tree.id, where, sizeof where);
	return 0;
}

static int
end_tree(void **state)
{
	(void)state;
	if (tree.fd < 0)
		return 0;
	cgroup_tree_end(&tree, 2000);
	close(tree.fd);
	return access(where, F_OK) == 0;
}

#define NEEDS_CGROUPS()          \
	do {                     \
		(void)state;     \
		if (tree.fd < 0) \
			skip();  \
	} while (0)

static void
put(pid_t pid, const char *name)
{
	char path[1024], text[24];
	int fd;

	snprintf(path, sizeof path, "%s/%s/cgroup.procs", where, name);
	snprintf(text, sizeof text, "%d", (int)pid);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* A child that does nothing, in that cgroup. */
static pid_t
sleeper(const char *name)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	put(pid, name);
	return pid;
}

static void
reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
make_dir(const char *name)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", where, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static bool
is_there(const char *name)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", where, name);
	return access(path, F_OK) == 0;
}

static void
a_name_tells_whose_it_is(void **state)
{
	char text[CGROUP_NAME], longest[64];
	uint32_t uid = 0, ticket = 0;

	(void)state;
	cgroup_name(text, "worker@7", 12, 345);
	assert_string_equal(text, "worker@7.12-345");
	assert_true(cgroup_parse(text, &uid, &ticket));
	assert_int_equal(uid, 12);
	assert_int_equal(ticket, 345);
	memset(longest, 'x', 63);
	longest[63] = '\0';
	cgroup_name(text, longest, UINT32_MAX, UINT32_MAX);
	assert_true(cgroup_parse(text, &uid, &ticket));
	assert_int_equal(uid, UINT32_MAX);
	assert_int_equal(ticket, UINT32_MAX);
}

static void
what_is_no_name_is_passed_over(void **state)
{
	static const char *const texts[] = { "", "web", "web.", "web.1",
		"web.1-", "web.-1", "web.1-2x", "web.1-2-3", "web.4294967296-1",
		"web.1-4294967296", "web.+1-2", "web. 1-2" };
	uint32_t uid, ticket;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_false(cgroup_parse(texts[i], &uid, &ticket));
}

static void
is_removed_when_nothing_is_in_it(void **state)
{
	int dir;

	NEEDS_CGROUPS();
	dir = cgroup_make(tree.fd, "a.1-1");
	assert_true(dir >= 0);
	close(dir);
	/* Made again: it is the same. */
	dir = cgroup_make(tree.fd, "a.1-1");
	assert_true(dir >= 0);
	close(dir);
	assert_int_equal(cgroup_remove(tree.fd, "a.1-1"), 0);
	assert_false(is_there("a.1-1"));
	assert_int_equal(cgroup_remove(tree.fd, "a.1-1"), 0);
}

static void
stays_as_long_as_a_process_is_in_it(void **state)
{
	struct pollfd poller = { .events = POLLPRI };
	pid_t pid;

	NEEDS_CGROUPS();
	close(cgroup_make(tree.fd, "a.1-2"));
	pid = sleeper("a.1-2");
	assert_int_equal(cgroup_remove(tree.fd, "a.1-2"), -EBUSY);
	assert_int_equal(cgroup_one(tree.fd, "a.1-2"), pid);
	poller.fd = cgroup_watch(tree.fd, "a.1-2");
	assert_true(poller.fd >= 0);
	assert_int_equal(cgroup_populated(poller.fd), 1);
	assert_int_equal(poll(&poller, 1, 0), 0);
	assert_int_equal(cgroup_kill(tree.fd, "a.1-2"), 0);
	assert_int_equal(poll(&poller, 1, 60000), 1);
	until(cgroup_populated(poller.fd) == 0);
	/* A zombie is in no cgroup. */
	assert_int_equal(cgroup_remove(tree.fd, "a.1-2"), 0);
	assert_int_equal(cgroup_populated(poller.fd), 0);
	reap(pid);
	close(poller.fd);
}

static void
goes_with_all_that_was_made_in_it(void **state)
{
	pid_t pid;

	NEEDS_CGROUPS();
	close(cgroup_make(tree.fd, "a.1-3"));
	make_dir("a.1-3/x");
	make_dir("a.1-3/x/y");
	make_dir("a.1-3/.z");
	pid = sleeper("a.1-3/x/y");
	assert_int_equal(cgroup_remove(tree.fd, "a.1-3"), -EBUSY);
	assert_int_equal(cgroup_one(tree.fd, "a.1-3"), pid);
	assert_int_equal(cgroup_kill(tree.fd, "a.1-3"), 0);
	reap(pid);
	until(cgroup_remove(tree.fd, "a.1-3") == 0);
	assert_false(is_there("a.1-3"));
}

/* More than one call takes away. */
static void
a_crowd_of_cgroups_goes_in_parts(void **state)
{
	char name[64];
	int i, error, parts = 0;

	NEEDS_CGROUPS();
	close(cgroup_make(tree.fd, "a.1-4"));
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "a.1-4/%d", i);
		make_dir(name);
	}
	while ((error = cgroup_remove(tree.fd, "a.1-4")) == -EAGAIN)
		parts++;
	assert_int_equal(error, 0);
	assert_int_equal(parts, 1);
	assert_false(is_there("a.1-4"));
}

/* What kernels before 5.14 have to be content with. */
static void
kills_each_where_all_cannot_be_killed_at_once(void **state)
{
	pid_t pids[3];
	int dir, i;

	NEEDS_CGROUPS();
	dir = cgroup_make(tree.fd, "a.1-5");
	make_dir("a.1-5/x");
	pids[0] = sleeper("a.1-5");
	pids[1] = sleeper("a.1-5");
	pids[2] = sleeper("a.1-5/x");
	assert_int_equal(cgroup_kill_each(dir), 0);
	for (i = 0; i < 3; i++)
		reap(pids[i]);
	until(cgroup_remove(tree.fd, "a.1-5") == 0);
	close(dir);
}

/* Each goes on as its own child, and never more than some: a test must not
 * take the machine along. */
static void
storm(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		if (fork() == 0) {
			for (;;) {
				if (fork() != 0)
					_exit(0);
			}
		}
	}
	for (;;)
		pause();
}

static void
a_storm_does_not_outrun_it(void **state)
{
	int round, dir, start[2];
	char byte;
	pid_t pid;

	NEEDS_CGROUPS();
	/* With cgroup.kill, and without. */
	for (round = 0; round < 2; round++) {
		dir = cgroup_make(tree.fd, "a.1-6");
		assert_int_equal(pipe(start), 0);
		pid = fork();
		if (pid == 0) {
			close(start[1]);
			(void)!read(start[0], &byte, 1);
			storm();
		}
		put(pid, "a.1-6");
		close(start[0]);
		close(start[1]);
		kit_nap();
		if (round == 0)
			assert_int_equal(cgroup_kill(tree.fd, "a.1-6"), 0);
		until((round == 0 || cgroup_kill_each(dir) == 0) &&
		      (waitpid(-1, NULL, WNOHANG), true) &&
		      cgroup_remove(tree.fd, "a.1-6") == 0);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		close(dir);
	}
}

static void
knows_its_members(void **state)
{
	struct cgroup_tree other = { .fd = tree.fd, .id = tree.id + 1 };
	uint32_t uid = 0, ticket = 0;
	pid_t pid;

	NEEDS_CGROUPS();
	close(cgroup_make(tree.fd, "a.7-9"));
	make_dir("a.7-9/inner");
	pid = sleeper("a.7-9/inner");
	assert_true(cgroup_member(&tree, pid, &uid, &ticket));
	assert_int_equal(uid, 7);
	assert_int_equal(ticket, 9);
	assert_false(cgroup_member(&other, pid, &uid, &ticket));
	assert_false(cgroup_member(&tree, getpid(), &uid, &ticket));
	cgroup_kill(tree.fd, "a.7-9");
	reap(pid);
	assert_false(cgroup_member(&tree, pid, &uid, &ticket));
	until(cgroup_remove(tree.fd, "a.7-9") == 0);
}

static void
counts_what_is_used(void **state)
{
	struct cgroup_usage usage;
	pid_t pids[2];

	NEEDS_CGROUPS();
	close(cgroup_make(tree.fd, "a.1-8"));
	assert_int_equal(cgroup_usage(tree.fd, "a.1-8", &usage), 0);
	assert_int_equal(usage.processes, 0);
	make_dir("a.1-8/x");
	pids[0] = sleeper("a.1-8");
	pids[1] = sleeper("a.1-8/x");
	assert_int_equal(cgroup_usage(tree.fd, "a.1-8", &usage), 0);
	assert_int_equal(usage.processes, 2);
	cgroup_kill(tree.fd, "a.1-8");
	reap(pids[0]);
	reap(pids[1]);
	until(cgroup_remove(tree.fd, "a.1-8") == 0);
	assert_int_equal(cgroup_usage(tree.fd, "a.1-8", &usage), -ENOENT);
}

static void
lists_what_is_there(void **state)
{
	struct cgroup_list list;
	char name[CGROUP_NAME];
	const char *found;
	int i, count = 0;

	NEEDS_CGROUPS();
	for (i = 0; i < 200; i++) {
		cgroup_name(name, "many", 5, (uint32_t)i);
		close(cgroup_make(tree.fd, name));
	}
	assert_int_equal(cgroup_list_open(&list, tree.fd), 0);
	while ((found = cgroup_list_next(&list)) != NULL)
		count += strncmp(found, "many.", 5) == 0;
	cgroup_list_close(&list);
	assert_int_equal(count, 200);
	for (i = 0; i < 200; i++) {
		cgroup_name(name, "many", 5, (uint32_t)i);
		assert_int_equal(cgroup_remove(tree.fd, name), 0);
	}
}

/* An engine that takes over opens what one before it made. */
static void
is_the_same_for_the_same_id(void **state)
{
	char again[512];
	int fd;

	NEEDS_CGROUPS();
	close(cgroup_make(tree.fd, "a.1-10"));
	fd = cgroup_tree_open("auto", tree.id, again, sizeof again);
	assert_true(fd >= 0);
	assert_string_equal(again, where);
	assert_int_equal(faccessat(fd, "a.1-10", F_OK, 0), 0);
	close(fd);
	assert_int_equal(cgroup_remove(tree.fd, "a.1-10"), 0);
}

static void
a_path_below_the_mount_is_made(void **state)
{
	struct cgroup_tree below = { .fd = -1, .id = tree.id + 2 };
	char path[64], text[512];
	struct stat st;

	NEEDS_CGROUPS();
	snprintf(path, sizeof path, "supd-test-%d/x", (int)getpid());
	below.fd = cgroup_tree_open(path, below.id, text, sizeof text);
	assert_true(below.fd >= 0);
	assert_non_null(strstr(text, path));
	assert_int_equal(stat(text, &st), 0);
	cgroup_tree_end(&below, 1000);
	assert_int_equal(access(text, F_OK), -1);
	close(below.fd);
	*strrchr(text, '/') = '\0';
	assert_int_equal(rmdir(text), 0);
	*strrchr(text, '/') = '\0';
	assert_int_equal(rmdir(text), 0);
}

static void
ends_with_all_that_is_in_it(void **state)
{
	struct cgroup_tree own = { .fd = -1, .id = tree.id + 3 };
	char text[512], kept[512];
	pid_t pid;

	NEEDS_CGROUPS();
	own.fd = cgroup_tree_open("auto", own.id, text, sizeof text);
	assert_true(own.fd >= 0);
	close(cgroup_make(own.fd, "a.1-1"));
	close(cgroup_make(own.fd, "a.1-2"));
	memcpy(kept, where, sizeof kept);
	memcpy(where, text, sizeof where);
	pid = sleeper("a.1-2");
	memcpy(where, kept, sizeof where);
	cgroup_tree_end(&own, 60000);
	assert_int_equal(access(text, F_OK), -1);
	reap(pid);
	close(own.fd);
}

/* A controller that our own place can give to a cgroup below, "" if none. */
static char controller[32];

static void
find_controller(const char *up)
{
	char path[600], text[256] = "";
	FILE *in;

	snprintf(path, sizeof path, "%s/cgroup.controllers", up);
	in = fopen(path, "r");
	if (in != NULL && fscanf(in, "%255s", text) == 1)
		snprintf(controller, sizeof controller, "%.31s", text);
	if (in != NULL)
		fclose(in);
}

static int
write_to(const char *folder, const char *file, const char *text)
{
	char path[1024];
	int fd, error = 0;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static bool
has(const char *folder, const char *file, const char *text)
{
	char path[1024], found[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, found, sizeof found - 1);
	close(fd);
	found[n > 0 ? n : 0] = '\0';
	return strstr(found, text) != NULL;
}

/* What a guard and its engine do that were started in a cgroup of theirs, as
 * systemd or a container has it. Returns the line that is wrong, 0: none. */
static int
delegate_as_engine(const char *base)
{
	const char *const wanted[] = { controller, "nonsense", NULL };
	struct cgroup_tree own = { .fd = -1, .id = tree.id + 4 };
	char text[512], missing[128], pid[24];

	snprintf(pid, sizeof pid, "%d\n", (int)getppid());
	own.fd = cgroup_tree_open("auto", own.id, text, sizeof text);
	if (own.fd < 0 || strncmp(text, base, strlen(base)) != 0)
		return __LINE__;
	cgroup_delegate(&own, wanted, getppid(), missing, sizeof missing);
	if (strcmp(missing, "nonsense") != 0)
		return __LINE__;
	if (!has(text, "cgroup.subtree_control", controller))
		return __LINE__;
	if (has(base, "cgroup.procs", pid))
		return __LINE__;
	snprintf(text + strlen(text), sizeof text - strlen(text), ".own");
	if (!has(text, "cgroup.procs", pid))
		return __LINE__;
	cgroup_undelegate(&own, wanted, getppid());
	cgroup_tree_end(&own, 1000);
	if (!has(base, "cgroup.procs", pid) || access(text, F_OK) == 0)
		return __LINE__;
	return 0;
}

static void
controllers_are_had_where_we_stand_in_the_way(void **state)
{
	char base[600], up[512], text[64];
	int ours, status;
	pid_t guard;

	NEEDS_CGROUPS();
	snprintf(up, sizeof up, "%s", where);
	*strrchr(up, '/') = '\0';
	find_controller(up);
	ours = has(up, "cgroup.subtree_control", controller);
	snprintf(text, sizeof text, "+%s", controller);
	if (controller[0] == '\0' ||
	    (!ours && write_to(up, "cgroup.subtree_control", text) != 0))
		skip();
	snprintf(base, sizeof base, "%s/supd-test-%d", up, (int)getpid());
	assert_int_equal(mkdir(base, 0755), 0);
	guard = fork();
	if (guard == 0) {
		if (write_to(base, "cgroup.procs", "0") != 0)
			_exit(1);
		if (fork() == 0)
			_exit(delegate_as_engine(base) != 0);
		wait(&status);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	assert_int_equal(waitpid(guard, &status, 0), guard);
	assert_int_equal(rmdir(base), 0);
	snprintf(text, sizeof text, "-%s", controller);
	if (!ours)
		write_to(up, "cgroup.subtree_control", text);
	assert_int_equal(status, 0);
}

/* A machine without that controller says so. */
static void
a_limit_without_its_controller_is_refused(void **state)
{
	int dir;

	NEEDS_CGROUPS();
	dir = cgroup_make(tree.fd, "a.1-11");
	if (faccessat(dir, "pids.max", F_OK, 0) == 0)
		assert_int_equal(cgroup_limit(dir, CGROUP_PIDS_MAX, "20"), 0);
	else
		assert_int_equal(
		    cgroup_limit(dir, CGROUP_PIDS_MAX, "20"), -EOPNOTSUPP);
	assert_string_equal(cgroup_limit_file(CGROUP_IO_WEIGHT), "io.weight");
	assert_int_equal(cgroup_oom_kills(tree.fd, "a.1-11"), 0);
	close(dir);
	assert_int_equal(cgroup_remove(tree.fd, "a.1-11"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_tells_whose_it_is),
		cmocka_unit_test(what_is_no_name_is_passed_over),
		cmocka_unit_test(is_removed_when_nothing_is_in_it),
		cmocka_unit_test(stays_as_long_as_a_process_is_in_it),
		cmocka_unit_test(goes_with_all_that_was_made_in_it),
		cmocka_unit_test(a_crowd_of_cgroups_goes_in_parts),
		cmocka_unit_test(kills_each_where_all_cannot_be_killed_at_once),
		cmocka_unit_test(a_storm_does_not_outrun_it),
		cmocka_unit_test(knows_its_members),
		cmocka_unit_test(counts_what_is_used),
		cmocka_unit_test(lists_what_is_there),
		cmocka_unit_test(is_the_same_for_the_same_id),
		cmocka_unit_test(a_path_below_the_mount_is_made),
		cmocka_unit_test(controllers_are_had_where_we_stand_in_the_way),
		cmocka_unit_test(a_limit_without_its_controller_is_refused),
		cmocka_unit_test(ends_with_all_that_is_in_it),
	};

	return cmocka_run_group_tests(tests, open_tree, end_tree);
}
