#include "ctl/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cgroup.h"

/* Fields of the line by their numbers in proc(5). */
enum {
	FIELD_PARENT = 4,
	FIELD_UTIME = 14,
	FIELD_STIME,
	FIELD_CUTIME,
	FIELD_CSTIME,
	FIELD_RSS = 24,
	FIELD_COUNT,
};

static bool
read_line(pid_t pid, char *line, size_t bytes)
{
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	do
		n = read(fd, line, bytes - 1);
	while (n < 0 && errno == EINTR);
	close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	return true;
}

/* The numbers from the fourth field on; the second is the program's name,
 * which may have anything in it, parentheses too. */
static bool
split(const char *line, long long fields[FIELD_COUNT])
{
	const char *at = strrchr(line, ')');
	int field;

	if (at == NULL || strlen(at) < 4)
		return false;
	at += 3;
	for (field = FIELD_PARENT; field < FIELD_COUNT; field++) {
		char *end;

		fields[field] = strtoll(at, &end, 10);
		if (end == at)
			return false;
		at = end;
	}
	return true;
}

static bool
read_process(pid_t pid, struct usage *usage)
{
	long ticks_per_s = sysconf(_SC_CLK_TCK);
	long page_bytes = sysconf(_SC_PAGESIZE);
	long long fields[FIELD_COUNT];
	char line[1024];

	if (pid <= 0 || ticks_per_s <= 0 || page_bytes <= 0 ||
	    !read_line(pid, line, sizeof(line)) || !split(line, fields) ||
	    fields[FIELD_PARENT] != getppid())
		return false;
	usage->cpu_s = (double)(fields[FIELD_UTIME] + fields[FIELD_STIME] +
				fields[FIELD_CUTIME] + fields[FIELD_CSTIME]) /
		       (double)ticks_per_s;
	usage->memory_bytes = fields[FIELD_RSS] * page_bytes;
	usage->processes = -1;
	return true;
}

bool
usage_read(int cgroups, const char *name, const struct record *record,
    struct usage *usage)
{
	struct cgroup_usage counted;
	char text[CGROUP_NAME];
	bool known = read_process(record->pid, usage);

	if (!known || cgroups < 0)
		return known;
	cgroup_name(text, name, record->uid, record->ticket);
	if (cgroup_usage(cgroups, text, &counted) != 0)
		return known;
	usage->cpu_s = (double)counted.cpu_us / 1e6;
	usage->processes = counted.processes;
	if (counted.memory_bytes >= 0)
		usage->memory_bytes = counted.memory_bytes;
	return true;
}
