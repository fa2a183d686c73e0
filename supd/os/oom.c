#include "os/oom.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOUNT "/sys/fs/cgroup"

/* Where the memory controller may be: in a line of /proc/self/cgroup that
 * has this tag, below that folder. Inside of a cgroup namespace the path is
 * `/`, and so it is where a container sees only its own. */
static const struct place {
	const char *tag;
	const char *folder;
	const char *file;
} places[] = {
	{ ":memory:/", MOUNT "/memory", "memory.oom_control" },
	{ "0::/", MOUNT, "memory.events" },
};

/* The file's beginning, as a string; false if there is none. */
static bool
read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/* The number in the line that begins with `oom_kill `. */
static int64_t
count_in(const char *text)
{
	static const char key[] = "oom_kill ";
	const char *line = text, *at;
	int64_t count = 0;

	while (line != NULL && strncmp(line, key, sizeof key - 1) != 0) {
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	if (line == NULL)
		return -1;
	for (at = line + sizeof key - 1; *at >= '0' && *at <= '9'; at++)
		count = count * 10 + (*at - '0');
	return count;
}

static int64_t
count_at(const struct place *place, const char *path, int length)
{
	char name[2048], text[1024];
	int n = snprintf(name, sizeof name, "%s%.*s/%s", place->folder, length,
	    path, place->file);

	if (n < 0 || (size_t)n >= sizeof name ||
	    !read_text(name, text, sizeof text))
		return -1;
	return count_in(text);
}

int64_t
oom_kills(void)
{
	char cgroups[2048];
	const char *path;
	int64_t count;
	size_t i;

	if (!read_text("/proc/self/cgroup", cgroups, sizeof cgroups))
		cgroups[0] = '\0';
	for (i = 0; i < sizeof places / sizeof places[0]; i++) {
		path = strstr(cgroups, places[i].tag);
		if (path != NULL) {
			path += strlen(places[i].tag) - 1;
			count = count_at(
			    &places[i], path, (int)strcspn(path, "\n"));
			if (count >= 0)
				return count;
		}
		count = count_at(&places[i], "", 0);
		if (count >= 0)
			return count;
	}
	return -1;
}
