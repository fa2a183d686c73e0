#include "os/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/folders.h"
#include "os/mountinfo.h"

#define CGROUP2_MAGIC 0x63677270

/* A place that was found: the cgroup that our subtree is made in. */
struct place {
	char path[PATH_MAX];
};

void
cgroup_tree_name(char text[CGROUP_NAME], uint64_t id)
{
	(void)snprintf(text, CGROUP_NAME, "supd-%016" PRIx64, id);
}

/* Our own cgroup as this namespace names it; "" if that cannot be read. */
static void
read_own(char path[PATH_MAX])
{
	FILE *in = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];

	path[0] = '\0';
	if (in == NULL)
		return;
	while (fgets(line, sizeof line, in) != NULL) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(path, PATH_MAX, "%s", line + 3);
	}
	fclose(in);
}

/* What stands in `own` after the mount's root; NULL: it is not below. */
static const char *
below(const char *own, const char *root)
{
	size_t n = strlen(root);

	if (strcmp(root, "/") == 0)
		return own;
	if (strncmp(own, root, n) != 0 || (own[n] != '/' && own[n] != '\0'))
		return NULL;
	return own + n;
}

static bool
is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_MAGIC;
}

/* Where the subtree goes on this mount. */
static bool
place_on(struct place *place, const char *root, const char *point,
    const char *own, const char *setting)
{
	const char *rest = setting;
	int n;

	if (strcmp(setting, "auto") == 0)
		rest = below(own, root);
	/* "/.." leads out of what this namespace is shown. */
	if (rest == NULL || strncmp(rest, "/..", 3) == 0 || !is_cgroup2(point))
		return false;
	while (*rest == '/')
		rest++;
	n = snprintf(place->path, sizeof place->path, "%s%s%s", point,
	    *rest != '\0' ? "/" : "", rest);
	return n > 0 && (size_t)n < sizeof place->path;
}

static bool
find_mounted(struct place *place, const char *setting)
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	char own[PATH_MAX], *line = NULL;
	struct mountinfo mount;
	bool found = false;
	size_t room = 0;

	if (in == NULL)
		return false;
	read_own(own);
	while (!found && getline(&line, &room, in) > 0)
		found = mountinfo_parse(line, &mount) &&
			strcmp(mount.type, "cgroup2") == 0 &&
			place_on(place, mount.root, mount.point, own, setting);
	free(line);
	fclose(in);
	return found;
}

/* Without /proc: where it usually is, and at its root. */
static bool
find_usual(struct place *place, const char *setting)
{
	static const char *const points[] = { "/sys/fs/cgroup",
		"/sys/fs/cgroup/unified" };
	size_t i;

	if (access("/proc/self/mountinfo", F_OK) == 0)
		return false;
	for (i = 0; i < sizeof points / sizeof points[0]; i++) {
		if (place_on(place, "/", points[i], "/", setting))
			return true;
	}
	return false;
}

static int
make_path(char *path)
{
	int error = folders_above(path);

	if (error < 0)
		return error;
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* Can a process be put there? A child tries. */
static int
try_to_enter(int tree)
{
	pid_t pid = fork();
	int fd, status;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		fd = openat(tree, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) < 0)
			_exit(errno & 0xff);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static int
open_place(const struct place *place, uint64_t id)
{
	char name[CGROUP_NAME];
	int up, fd, error;

	up = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (up < 0)
		return -errno;
	cgroup_tree_name(name, id);
	fd = cgroup_make(up, name);
	error = fd < 0 ? fd : try_to_enter(fd);
	if (error < 0) {
		(void)unlinkat(up, name, AT_REMOVEDIR);
		if (fd >= 0)
			close(fd);
	}
	close(up);
	return error < 0 ? error : fd;
}

int
cgroup_tree_open(const char *setting, uint64_t id, char *text, size_t bytes)
{
	struct place place;
	char name[CGROUP_NAME];
	int fd;

	if (!find_mounted(&place, setting) && !find_usual(&place, setting)) {
		(void)snprintf(text, bytes,
		    "no cgroup2 file system is mounted that shows our own "
		    "cgroup");
		return -ENOENT;
	}
	fd = strcmp(setting, "auto") == 0 ? 0 : make_path(place.path);
	if (fd == 0)
		fd = open_place(&place, id);
	cgroup_tree_name(name, id);
	if (fd < 0)
		(void)snprintf(
		    text, bytes, "%s: %s", place.path, strerror(-fd));
	else
		(void)snprintf(text, bytes, "%s/%s", place.path, name);
	return fd;
}
