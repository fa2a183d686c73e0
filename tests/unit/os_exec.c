#include "os/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

/* What a child leaves with that could not become the program. */
#define NOT_RUN 100

struct world {
	char root[32];
	char path[3 * PATH_MAX];
};

static void
put(const struct world *world, const char *name, const char *text, mode_t mode)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", world->root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Folders a and b, both in PATH, with a missing one before and a file that is
 * no folder between. */
static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof *world);
	char path[PATH_MAX];

	assert_non_null(world);
	(void)snprintf(
	    world->root, sizeof world->root, "/tmp/unit-exec.XXXXXX");
	assert_non_null(mkdtemp(world->root));
	(void)snprintf(path, sizeof path, "%s/a", world->root);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/b", world->root);
	assert_int_equal(mkdir(path, 0700), 0);
	put(world, "file", "", 0600);
	(void)snprintf(world->path, sizeof world->path,
	    "%s/none:%s/a:%s/file:%s/b", world->root, world->root, world->root,
	    world->root);
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "a/x", "b/x", "file", "a", "b",
		"" };
	struct world *world = *state;
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(
		    path, sizeof path, "%s/%s", world->root, names[i]);
		(void)remove(path);
	}
	free(world);
	return 0;
}

/* The exit code of that program, or NOT_RUN and the error. */
static int
outcome(const char *path, const char *name, const char *argument)
{
	char *argv[] = { (char *)(uintptr_t)name, (char *)(uintptr_t)argument,
		NULL };
	pid_t pid = fork();
	int status, error;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (path != NULL)
			(void)setenv("PATH", path, 1);
		else
			(void)unsetenv("PATH");
		error = -exec_command(argv);
		_exit(NOT_RUN + error);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
a_script_without_a_first_line_gets_its_arguments(void **state)
{
	struct world *world = *state;
	char path[PATH_MAX];

	put(world, "b/x", "exit $1\n", 0700);
	assert_int_equal(outcome(world->path, "x", "7"), 7);
	(void)snprintf(path, sizeof path, "%s/b/x", world->root);
	assert_int_equal(outcome("", path, "8"), 8);
}

static void
what_may_not_be_run_does_not_hide_what_comes_later(void **state)
{
	struct world *world = *state;

	put(world, "a/x", "exit 1\n", 0600);
	assert_int_equal(outcome(world->path, "x", ""), NOT_RUN + EACCES);
	put(world, "b/x", "exit 2\n", 0700);
	assert_int_equal(outcome(world->path, "x", ""), 2);
	put(world, "a/x", "exit 3\n", 0700);
	assert_int_equal(outcome(world->path, "x", ""), 3);
}

static void
an_empty_folder_is_the_current_one(void **state)
{
	struct world *world = *state;
	char path[PATH_MAX];

	put(world, "b/x", "exit 4\n", 0700);
	(void)snprintf(path, sizeof path, "%s/b", world->root);
	assert_int_equal(chdir(path), 0);
	assert_int_equal(outcome("/nowhere:", "x", ""), 4);
	assert_int_equal(outcome("/nowhere", "x", ""), NOT_RUN + ENOENT);
	assert_int_equal(chdir("/"), 0);
}

static void
without_a_path_the_usual_folders_are_searched(void **state)
{
	(void)state;
	assert_int_equal(outcome(NULL, "true", ""), 0);
}

static void
no_name_is_found_by_itself(void **state)
{
	struct world *world = *state;
	char name[NAME_MAX + 2] = "";

	assert_int_equal(outcome(world->path, "", ""), NOT_RUN + ENOENT);
	assert_int_equal(outcome(world->path, "x", ""), NOT_RUN + ENOENT);
	memset(name, 'a', sizeof name - 1);
	assert_int_equal(
	    outcome(world->path, name, ""), NOT_RUN + ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_script_without_a_first_line_gets_its_arguments, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_may_not_be_run_does_not_hide_what_comes_later, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    an_empty_folder_is_the_current_one, setup, teardown),
		cmocka_unit_test(without_a_path_the_usual_folders_are_searched),
		cmocka_unit_test_setup_teardown(
		    no_name_is_found_by_itself, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
