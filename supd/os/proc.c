#include "os/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What getdents64(2) writes. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* Enough for the largest number, and not for two of them. */
#define ONE_ENTRY_BYTES 32

/* A positive number and nothing else, or 0. */
static pid_t
number(const char *text)
{
	long n = 0;

	if (*text < '1' || *text > '9')
		return 0;
	for (; *text >= '0' && *text <= '9'; text++) {
		n = n * 10 + (*text - '0');
		if (n > INT32_MAX)
			return 0;
	}
	return *text == '\0' ? (pid_t)n : 0;
}

int
proc_check(void)
{
	char self[32];
	ssize_t n = readlink("/proc/self", self, sizeof self - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	return number(self) == getpid() ? 0 : -EXDEV;
}

/* The fields after the name, as proc(5) numbers them, less 3. */
enum { PARENT = 1, GROUP = 2, SESSION = 3, THREADS = 17, START = 19 };

/* The name in parentheses may hold anything, so fields count from the last
 * one. */
static int
parse(const char *text, struct proc *proc)
{
	unsigned long long field[START + 1] = { 0 };
	const char *at = strrchr(text, ')');
	char *end, state;
	int i;

	if (at == NULL || at[1] != ' ' || at[2] == '\0')
		return -EBADMSG;
	state = at[2];
	at += 3;
	for (i = PARENT; i <= START; i++) {
		field[i] = strtoull(at, &end, 10);
		if (end == at)
			return -EBADMSG;
		at = end;
	}
	proc->parent = (pid_t)field[PARENT];
	proc->group = (pid_t)field[GROUP];
	proc->session = (pid_t)field[SESSION];
	/* A first thread that has ended looks like a zombie while the others
	 * run on. */
	proc->dead = (state == 'Z' || state == 'X' || state == 'x') &&
		     field[THREADS] < 2;
	proc->start_ticks = field[START];
	return 0;
}

int
proc_read(pid_t pid, struct proc *proc)
{
	char path[32], text[1024];
	ssize_t n;
	int fd, error;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, sizeof text - 1);
	error = n < 0 ? -errno : 0;
	close(fd);
	if (error < 0)
		return error;
	text[n] = '\0';
	proc->pid = pid;
	return parse(text, proc);
}

pid_t
proc_newest(void)
{
	char text[128];
	const char *last;
	ssize_t n;
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	last = strrchr(text, ' ');
	return last == NULL ? 0 : number(last + 1);
}

int
proc_walk_open(struct proc_walk *walk)
{
	int error = proc_check();

	if (error < 0)
		return error;
	walk->here = walk->next = 0;
	walk->fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return walk->fd < 0 ? -errno : 0;
}

/* The bytes that there are: no more than one process, or some other entries,
 * one of them with a longer name, and what follows them. */
static long
fill(struct proc_walk *walk)
{
	long n =
	    syscall(SYS_getdents64, walk->fd, walk->entries, ONE_ENTRY_BYTES);

	if (n < 0 && errno == EINVAL)
		n = syscall(SYS_getdents64, walk->fd, walk->entries,
		    sizeof walk->entries);
	return n < 0 ? -errno : n;
}

static int
go_to(struct proc_walk *walk, off_t next)
{
	walk->next = next;
	return lseek(walk->fd, next, SEEK_SET) < 0 ? -errno : 0;
}

pid_t
proc_walk_next(struct proc_walk *walk)
{
	const struct entry *entry = (const struct entry *)walk->entries;
	int error;
	long n;
	pid_t pid;

	for (;;) {
		n = fill(walk);
		if (n <= 0)
			return (pid_t)n;
		walk->here = walk->next;
		walk->next = entry->offset;
		if (entry->length < n) {
			error = go_to(walk, walk->next);
			if (error < 0)
				return error;
		}
		pid = number(entry->name);
		if (pid > 0)
			return pid;
	}
}

int
proc_walk_again(struct proc_walk *walk)
{
	return go_to(walk, walk->here);
}

void
proc_walk_close(struct proc_walk *walk)
{
	close(walk->fd);
}

/* Reads all of a file of unknown length; *bytes from malloc(3). */
static int
read_all(const char *path, char **bytes, size_t *count)
{
	size_t room = 4096;
	char *more;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	*count = 0;
	*bytes = malloc(room);
	while (*bytes != NULL &&
	       (n = read(fd, *bytes + *count, room - *count - 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error = -errno;
			break;
		}
		*count += (size_t)n;
		if (room - *count > 1024)
			continue;
		room *= 2;
		more = realloc(*bytes, room);
		if (more == NULL)
			free(*bytes);
		*bytes = more;
	}
	close(fd);
	if (*bytes == NULL)
		return -ENOMEM;
	if (error != 0)
		free(*bytes);
	else
		(*bytes)[*count] = '\0';
	return error;
}

/* Two readings in a row that are the same: a child that ends in the middle
 * of one may hide its neighbour (proc(5)). */
static int
read_twice(const char *path, char **bytes, size_t *count)
{
	char *before = NULL;
	size_t before_count = 0;
	int error, tries;

	for (tries = 0; tries < 8; tries++) {
		error = read_all(path, bytes, count);
		if (error < 0)
			break;
		if (before != NULL && before_count == *count &&
		    memcmp(before, *bytes, *count) == 0) {
			free(before);
			return 0;
		}
		free(before);
		before = *bytes;
		before_count = *count;
		error = -EAGAIN;
	}
	free(before);
	return error;
}

int
proc_children(pid_t pid, pid_t **list, size_t *count)
{
	char path[64], *bytes = NULL, *at, *end;
	size_t length = 0;
	long n;
	int error;

	(void)snprintf(
	    path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	error = read_twice(path, &bytes, &length);
	if (error == -ENOENT && access("/proc/thread-self/children", F_OK) == 0)
		return -ESRCH;
	if (error < 0)
		return error;
	*count = 0;
	/* Each takes at least a digit and a blank. */
	*list = calloc(length / 2 + 1, sizeof **list);
	for (at = bytes; *list != NULL; at = end) {
		n = strtol(at, &end, 10);
		if (end == at)
			break;
		(*list)[(*count)++] = (pid_t)n;
	}
	free(bytes);
	return *list != NULL ? 0 : -ENOMEM;
}
