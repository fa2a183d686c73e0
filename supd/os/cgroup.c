#include "os/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/cgroup_file.h"

/* What getdents64(2) writes. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* Cgroups that one call of cgroup_remove() takes away at most. */
#define REMOVED_MAX 256

void
cgroup_name(
    char text[CGROUP_NAME], const char *name, uint32_t uid, uint32_t ticket)
{
	(void)snprintf(
	    text, CGROUP_NAME, "%.63s.%" PRIu32 "-%" PRIu32, name, uid, ticket);
}

/* A number without sign that ends with `end`; NULL: it is none. */
static const char *
number(const char *text, char end, uint32_t *value)
{
	uint64_t n = 0;

	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > UINT32_MAX)
			return NULL;
	}
	*value = (uint32_t)n;
	return *text == end ? text + 1 : NULL;
}

bool
cgroup_parse(const char *text, uint32_t *uid, uint32_t *ticket)
{
	const char *at = strrchr(text, '.');

	if (at == NULL)
		return false;
	at = number(at + 1, '-', uid);
	return at != NULL && number(at, '\0', ticket) != NULL;
}

static int
open_dir(int at, const char *name)
{
	int fd =
	    openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/* The file of a cgroup below at; name "": of at itself. */
static int
open_file(int at, const char *name, const char *file, int flags)
{
	char path[CGROUP_NAME + 32];
	int fd;

	(void)snprintf(path, sizeof path, "%s%s%s", name,
	    name[0] != '\0' ? "/" : "", file);
	fd = openat(at, path, flags | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int
cgroup_write(int at, const char *name, const char *file, const char *text)
{
	int fd = open_file(at, name, file, O_WRONLY), error = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

/* What is in a short file, as text. Its length or -errno. */
ssize_t
cgroup_read(
    int at, const char *name, const char *file, char *text, size_t bytes)
{
	int fd = open_file(at, name, file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, bytes - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

int
cgroup_list_open(struct cgroup_list *list, int dir)
{
	list->at = list->end = 0;
	/* A descriptor of its own, since it has a place where it reads. */
	list->fd = open_dir(dir, ".");
	return list->fd < 0 ? list->fd : 0;
}

const char *
cgroup_list_next(struct cgroup_list *list)
{
	const struct entry *entry;
	long n;

	for (;;) {
		if (list->at >= list->end) {
			n = syscall(SYS_getdents64, list->fd, list->entries,
			    sizeof list->entries);
			if (n <= 0)
				return NULL;
			list->at = 0;
			list->end = (size_t)n;
		}
		entry = (const struct entry *)(list->entries + list->at);
		list->at += entry->length;
		if (entry->type == DT_DIR && strcmp(entry->name, ".") != 0 &&
		    strcmp(entry->name, "..") != 0)
			return entry->name;
	}
}

void
cgroup_list_close(struct cgroup_list *list)
{
	close(list->fd);
}

int
cgroup_make(int tree, const char *name)
{
	if (mkdirat(tree, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return open_dir(tree, name);
}

int
cgroup_open(int tree, const char *name)
{
	return open_dir(tree, name);
}

/* The first cgroup directly in dir. 1, 0: there is none, or -errno. */
static int
first_below(int dir, char name[NAME_MAX + 1])
{
	struct cgroup_list list;
	const char *found;
	int error = cgroup_list_open(&list, dir);

	if (error < 0)
		return error;
	found = cgroup_list_next(&list);
	if (found != NULL)
		(void)snprintf(name, NAME_MAX + 1, "%s", found);
	cgroup_list_close(&list);
	return found != NULL;
}

/* Removes one that has none below itself; -EBUSY: it has processes. */
static int
remove_leaf(int tree, const char *name)
{
	char below[2][NAME_MAX + 1];
	int dir = open_dir(tree, name), up = -1, next, found, error, turn = 0;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	while ((found = first_below(dir, below[turn])) == 1) {
		next = open_dir(dir, below[turn]);
		if (next < 0) {
			found = next;
			break;
		}
		if (up >= 0)
			close(up);
		up = dir;
		dir = next;
		turn = !turn;
	}
	error = found < 0 ? found : 0;
	/* Where there was nothing below it, it is name itself. */
	if (found == 0 && unlinkat(up >= 0 ? up : tree,
			      up >= 0 ? below[!turn] : name, AT_REMOVEDIR) < 0)
		error = -errno;
	close(dir);
	if (up >= 0)
		close(up);
	return error == -ENOENT ? 0 : error;
}

int
cgroup_remove(int tree, const char *name)
{
	int i, error;

	for (i = 0; i < REMOVED_MAX; i++) {
		if (unlinkat(tree, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return -errno;
		error = remove_leaf(tree, name);
		if (error < 0)
			return error;
	}
	return -EAGAIN;
}

int
cgroup_kill(int tree, const char *name)
{
	int dir, error = cgroup_write(tree, name, "cgroup.kill", "1");

	if (error == 0)
		return 0;
	dir = open_dir(tree, name);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	error = cgroup_kill_each(dir);
	close(dir);
	return error;
}

/* Paths below a cgroup, itself ("") first, parents before children. */
struct paths {
	char **list;
	size_t count, room;
};

static int
paths_add(struct paths *paths, const char *up, const char *name)
{
	size_t room = paths->room == 0 ? 16 : paths->room * 2;
	char **more, *path;

	if (paths->count == paths->room) {
		more = realloc(paths->list, room * sizeof *more);
		if (more == NULL)
			return -ENOMEM;
		paths->list = more;
		paths->room = room;
	}
	if (asprintf(&path, "%s%s%s", up, up[0] != '\0' ? "/" : "", name) < 0)
		return -ENOMEM;
	paths->list[paths->count++] = path;
	return 0;
}

static void
paths_free(struct paths *paths)
{
	while (paths->count > 0)
		free(paths->list[--paths->count]);
	free(paths->list);
}

/* What cannot be read is passed over: it has gone meanwhile. */
static int
paths_find(struct paths *paths, int dir)
{
	struct cgroup_list list;
	const char *name;
	size_t i;
	int fd, error = paths_add(paths, "", "");

	for (i = 0; error == 0 && i < paths->count; i++) {
		fd =
		    i == 0 ? open_dir(dir, ".") : open_dir(dir, paths->list[i]);
		if (fd < 0)
			continue;
		if (cgroup_list_open(&list, fd) == 0) {
			while (error == 0 &&
			       (name = cgroup_list_next(&list)) != NULL)
				error = paths_add(paths, paths->list[i], name);
			cgroup_list_close(&list);
		}
		close(fd);
	}
	return error;
}

/* The pids of one cgroup; a threaded one tells only threads, each of which
 * stands for its process to kill(2). NULL: none, or gone. */
static FILE *
open_pids(int dir, const char *path)
{
	char *file;
	FILE *in = NULL;
	int fd, try, first = 0;

	for (try = 0; try < 2 && in == NULL; try++) {
		if (asprintf(&file, "%s%s%s", path, path[0] != '\0' ? "/" : "",
			try == 0 ? "cgroup.procs" : "cgroup.threads") < 0)
			return NULL;
		fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		free(file);
		in = fd >= 0 ? fdopen(fd, "re") : NULL;
		if (in == NULL && fd >= 0)
			close(fd);
		if (in == NULL)
			continue;
		first = fgetc(in);
		if (first == EOF && ferror(in)) {
			fclose(in);
			in = NULL;
		}
	}
	if (in != NULL && first != EOF)
		ungetc(first, in);
	return in;
}

/* 0 stands for a process of another pid namespace. */
static pid_t
next_pid(FILE *in)
{
	long pid;

	while (fscanf(in, "%ld", &pid) == 1) {
		if (pid > 1 && pid != getpid())
			return (pid_t)pid;
	}
	return 0;
}

int
cgroup_kill_each(int dir)
{
	struct paths paths = { .list = NULL };
	FILE *in;
	size_t i;
	pid_t pid;
	int error;

	/* What is frozen forks no more, and dies of SIGKILL all the same. */
	(void)cgroup_write(dir, "", "cgroup.freeze", "1");
	error = paths_find(&paths, dir);
	for (i = 0; error == 0 && i < paths.count; i++) {
		in = open_pids(dir, paths.list[i]);
		if (in == NULL)
			continue;
		while ((pid = next_pid(in)) > 0)
			(void)kill(pid, SIGKILL);
		fclose(in);
	}
	paths_free(&paths);
	return error;
}

int
cgroup_watch(int tree, const char *name)
{
	return open_file(tree, name, "cgroup.events", O_RDONLY);
}

int
cgroup_populated(int watch)
{
	char text[256];
	const char *at;
	ssize_t n = pread(watch, text, sizeof text - 1, 0);

	if (n < 0)
		return errno == ENODEV ? 0 : -errno;
	text[n] = '\0';
	at = strstr(text, "populated ");
	return at == NULL ? -EBADMSG : at[strlen("populated ")] == '1';
}

pid_t
cgroup_one(int tree, const char *name)
{
	struct paths paths = { .list = NULL };
	int dir = open_dir(tree, name);
	pid_t pid = 0;
	size_t i;
	FILE *in;

	if (dir < 0)
		return 0;
	(void)paths_find(&paths, dir);
	for (i = 0; pid == 0 && i < paths.count; i++) {
		in = open_pids(dir, paths.list[i]);
		if (in == NULL)
			continue;
		pid = next_pid(in);
		fclose(in);
	}
	paths_free(&paths);
	close(dir);
	return pid;
}

static void
wait_until_empty(int tree, unsigned wait_ms)
{
	struct pollfd wait = { .events = POLLPRI };
	struct timespec now;
	int64_t end_ms, left_ms = wait_ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	end_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 + wait_ms;
	wait.fd = cgroup_watch(tree, "");
	if (wait.fd < 0)
		return;
	while (left_ms > 0 && cgroup_populated(wait.fd) == 1) {
		(void)poll(&wait, 1, (int)left_ms);
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		left_ms = end_ms - (now.tv_sec * 1000 + now.tv_nsec / 1000000);
	}
	close(wait.fd);
}

void
cgroup_tree_end(const struct cgroup_tree *tree, unsigned wait_ms)
{
	char name[CGROUP_NAME];
	int up, error;

	if (tree->fd < 0)
		return;
	if (cgroup_write(tree->fd, "", "cgroup.kill", "1") < 0)
		(void)cgroup_kill_each(tree->fd);
	wait_until_empty(tree->fd, wait_ms);
	up = open_dir(tree->fd, "..");
	if (up < 0)
		return;
	cgroup_tree_name(name, tree->id);
	do
		error = cgroup_remove(up, name);
	while (error == -EAGAIN);
	close(up);
}

void
cgroup_tree_clear(int tree)
{
	char link[40], path[512];
	const char *name;
	ssize_t n;
	int up;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", tree);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0)
		return;
	path[n] = '\0';
	name = strrchr(path, '/');
	up = open_dir(tree, "..");
	if (name == NULL || strncmp(name, "/supd-", 6) != 0 || up < 0)
		return;
	while (cgroup_remove(up, name + 1) == -EAGAIN)
		continue;
	close(up);
}

bool
cgroup_member(
    const struct cgroup_tree *tree, pid_t pid, uint32_t *uid, uint32_t *ticket)
{
	char path[48], text[8192], name[CGROUP_NAME], mark[CGROUP_NAME + 2];
	char *line, *at;
	ssize_t n;
	int fd;

	if (tree->fd < 0)
		return false;
	(void)snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (line == NULL)
		return false;
	line = line[0] == '\n' ? line + 1 : line;
	line[strcspn(line, "\n")] = '\0';
	cgroup_tree_name(name, tree->id);
	(void)snprintf(mark, sizeof mark, "/%s/", name);
	at = strstr(line, mark);
	if (at == NULL)
		return false;
	at += strlen(mark);
	at[strcspn(at, "/")] = '\0';
	return cgroup_parse(at, uid, ticket);
}

static const char *const limit_files[] = {
#define LIMIT_FILE(name, file, controller) file,
	CGROUP_LIMITS(LIMIT_FILE)
};

const char *
cgroup_limit_file(enum cgroup_limit which)
{
	return limit_files[which];
}

int
cgroup_limit(int dir, enum cgroup_limit which, const char *value)
{
	int error = cgroup_write(dir, "", limit_files[which], value);

	return error == -ENOENT ? -EOPNOTSUPP : error;
}

uint64_t
cgroup_oom_kills(int tree, const char *name)
{
	char text[512];
	const char *at;

	if (cgroup_read(tree, name, "memory.events", text, sizeof text) <= 0)
		return 0;
	at = strstr(text, "oom_kill ");
	return at != NULL ? strtoull(at + strlen("oom_kill "), NULL, 10) : 0;
}

static int64_t
value_of(int at, const char *name, const char *file)
{
	char text[32];

	if (cgroup_read(at, name, file, text, sizeof text) <= 0)
		return -1;
	return (int64_t)strtoll(text, NULL, 10);
}

/* Where no controller counts: cgroups without any below them are most, and
 * have two links. */
static int64_t
count_processes(int dir)
{
	struct paths paths = { .list = NULL };
	struct stat st;
	int64_t count = 0;
	int error, c;
	size_t i;
	FILE *in;

	if (fstat(dir, &st) == 0 && st.st_nlink == 2)
		error = paths_add(&paths, "", "");
	else
		error = paths_find(&paths, dir);
	for (i = 0; error == 0 && i < paths.count; i++) {
		in = open_pids(dir, paths.list[i]);
		if (in == NULL)
			continue;
		while ((c = fgetc(in)) != EOF)
			count += c == '\n';
		fclose(in);
	}
	paths_free(&paths);
	return error == 0 ? count : -1;
}

int
cgroup_usage(int tree, const char *name, struct cgroup_usage *usage)
{
	char text[1024];
	const char *at;
	ssize_t n;
	int dir = open_dir(tree, name);

	if (dir < 0)
		return dir;
	n = cgroup_read(dir, "", "cpu.stat", text, sizeof text);
	at = n > 0 ? strstr(text, "usage_usec ") : NULL;
	usage->cpu_us =
	    at != NULL ? strtoull(at + strlen("usage_usec "), NULL, 10) : 0;
	usage->memory_bytes = value_of(dir, "", "memory.current");
	usage->processes = count_processes(dir);
	close(dir);
	return at != NULL ? 0 : -ENODATA;
}
