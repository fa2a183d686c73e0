#include "os/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cgroup_file.h"

/* The cgroup that holds the subtree. */
static int
open_up(const struct cgroup_tree *tree)
{
	return openat(tree->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Is a word one of those in a file? */
static bool
lists(int dir, const char *file, const char *word)
{
	char text[1024], *save = NULL, *at;

	if (cgroup_read(dir, "", file, text, sizeof text) <= 0)
		return false;
	for (at = strtok_r(text, " \n", &save); at != NULL;
	     at = strtok_r(NULL, " \n", &save)) {
		if (strcmp(at, word) == 0)
			return true;
	}
	return false;
}

static int
enable(int dir, const char *controller)
{
	char text[64];

	if (lists(dir, "cgroup.subtree_control", controller))
		return 0;
	(void)snprintf(text, sizeof text, "+%s", controller);
	return cgroup_write(dir, "", "cgroup.subtree_control", text);
}

static void
own_name(char text[CGROUP_NAME + 8], uint64_t id)
{
	char name[CGROUP_NAME];

	cgroup_tree_name(name, id);
	(void)snprintf(text, CGROUP_NAME + 8, "%s.own", name);
}

/* Puts guard and engine into a cgroup; the guard first, so that an engine
 * which dies in between finds it where it was. */
static int
put_ourselves(int up, const char *name, pid_t guard)
{
	char text[24];
	int error;

	(void)snprintf(text, sizeof text, "%d", (int)guard);
	error = cgroup_write(up, name, "cgroup.procs", text);
	if (error == 0)
		error = cgroup_write(up, name, "cgroup.procs", "0");
	return error;
}

static int
move_out(int up, uint64_t id, pid_t guard)
{
	char name[CGROUP_NAME + 8];

	own_name(name, id);
	if (mkdirat(up, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return put_ourselves(up, name, guard);
}

static void
move_back(int up, uint64_t id, pid_t guard)
{
	char name[CGROUP_NAME + 8];

	own_name(name, id);
	if (faccessat(up, name, F_OK, 0) < 0)
		return;
	if (put_ourselves(up, "", guard) == 0)
		(void)unlinkat(up, name, AT_REMOVEDIR);
}

void
cgroup_delegate(const struct cgroup_tree *tree, const char *const *wanted,
    pid_t guard, char *text, size_t bytes)
{
	bool moved = false, any = false;
	int up = open_up(tree), error;
	size_t used = 0;

	text[0] = '\0';
	for (; *wanted != NULL; wanted++) {
		error = up < 0 ? -EBADF : enable(up, *wanted);
		if (error == -EBUSY && !moved) {
			moved = true;
			error = move_out(up, tree->id, guard);
			if (error == 0)
				error = enable(up, *wanted);
		}
		if (error == 0)
			error = enable(tree->fd, *wanted);
		if (error == 0) {
			any = true;
			continue;
		}
		if (used < bytes)
			used += (size_t)snprintf(text + used, bytes - used,
			    "%s%s", used > 0 ? " " : "", *wanted);
	}
	if (moved && !any)
		move_back(up, tree->id, guard);
	if (up >= 0)
		close(up);
}

void
cgroup_undelegate(
    const struct cgroup_tree *tree, const char *const *wanted, pid_t guard)
{
	char name[CGROUP_NAME + 8], text[64];
	int up;

	if (tree->fd < 0)
		return;
	up = open_up(tree);
	own_name(name, tree->id);
	/* Where nothing was moved, nothing has to be undone. */
	if (up >= 0 && faccessat(up, name, F_OK, 0) == 0) {
		for (; *wanted != NULL; wanted++) {
			(void)snprintf(text, sizeof text, "-%s", *wanted);
			(void)cgroup_write(
			    tree->fd, "", "cgroup.subtree_control", text);
			(void)cgroup_write(
			    up, "", "cgroup.subtree_control", text);
		}
		move_back(up, tree->id, guard);
	}
	if (up >= 0)
		close(up);
}
