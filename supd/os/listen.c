#include "os/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/folders.h"

#define BACKLOG 128

struct reason {
	char *text;
	size_t bytes;
};

__attribute__((format(printf, 3, 4))) static int
fail(struct reason why, int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(why.text, why.bytes, format, ap);
	va_end(ap);
	return error;
}

/* The folder of path, which must have room for it. */
static void
folder_of(const char *path, char *folder)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == NULL)
		(void)memcpy(folder, ".", 2);
	else if (n == 0)
		(void)memcpy(folder, "/", 2);
	else {
		memcpy(folder, path, n);
		folder[n] = '\0';
	}
}

/* The one folder that supd makes where everyone may write, and so where
 * anyone may have been before. */
static bool
is_shared_place(const char *folder)
{
	char ours[64];

	(void)snprintf(ours, sizeof ours, "/tmp/supd-%u", (unsigned)geteuid());
	return strcmp(folder, ours) == 0;
}

static int
check_folder(const char *folder, const struct stat *st, struct reason why)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return fail(why, -EPERM, "%s belongs to another user (uid %u)",
		    folder, (unsigned)st->st_uid);
	if ((st->st_mode & 022) != 0)
		return fail(why, -EPERM,
		    "%s may be written by others (mode %04o); "
		    "chmod go-w %s",
		    folder, (unsigned)st->st_mode & 07777, folder);
	if (is_shared_place(folder) &&
	    (st->st_uid != geteuid() || (st->st_mode & 077) != 0))
		return fail(why, -EPERM,
		    "%s must be our own and of mode 0700, but is of uid %u "
		    "and mode %04o",
		    folder, (unsigned)st->st_uid,
		    (unsigned)st->st_mode & 07777);
	return 0;
}

/* Makes the folder if need be, with all above it, as in an image that has no
 * /run; and looks at it, not at what a link points to. */
static int
prepare_folder(char *folder, struct reason why)
{
	struct stat st;
	mode_t mode = geteuid() == 0 ? 0755 : 0700;
	mode_t umask_before = umask(022);
	int fd, error = folders_above(folder);

	if (error == 0 && mkdir(folder, mode) < 0 && errno != EEXIST)
		error = -errno;
	(void)umask(umask_before);
	if (error < 0 && access(folder, F_OK) < 0)
		return fail(why, error, "can't make the folder %s: %s", folder,
		    strerror(-error));
	fd = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		error = -errno;
		return fail(why, error, "%s is no folder, or a link: %s",
		    folder, strerror(-error));
	}
	error = fstat(fd, &st) < 0 ? -errno : 0;
	close(fd);
	if (error < 0)
		return fail(why, error, "%s: %s", folder, strerror(-error));
	return check_folder(folder, &st, why);
}

/* flock(2) belongs to the open file, so the lock lives as long as anyone
 * holds the descriptor: it outlives an engine in the guard's slot. */
static int
take_lock(const char *path, struct reason why)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
	int fd, error;

	(void)snprintf(name, sizeof name, "%s.lock", path);
	fd = open(
	    name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0) {
		error = -errno;
		return fail(
		    why, error, "can't open %s: %s", name, strerror(-error));
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	error = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
	close(fd);
	if (error == -EADDRINUSE)
		return fail(why, error, "another supd runs at %s", path);
	return fail(why, error, "can't lock %s: %s", name, strerror(-error));
}

/* What a dead supd left behind; the lock says that it is dead. */
static int
remove_stale(const char *path, struct reason why)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT
			   ? 0
			   : fail(why, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail(why, -EEXIST, "%s is there and is no socket", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return fail(why, -errno, "can't remove the old %s: %s", path,
		    strerror(errno));
	return 0;
}

/*
 * fchmod(2) on a socket that is not bound yet sets the mode that bind(2)
 * makes the file with, less the umask: so it never has another one.
 */
static int
bind_and_listen(const char *path, mode_t mode, struct reason why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t umask_before;
	int error = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail(why, -errno, "socket: %s", strerror(errno));
	memcpy(address.sun_path, path, strlen(path) + 1);
	umask_before = umask(0);
	if (fchmod(fd, mode) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(fd, BACKLOG) < 0)
		error = -errno;
	(void)umask(umask_before);
	if (error == 0)
		return fd;
	close(fd);
	return fail(
	    why, error, "can't listen at %s: %s", path, strerror(-error));
}

int
listen_open(
    const char *path, mode_t mode, int *lock, char *why_text, size_t why_bytes)
{
	struct reason why = { why_text, why_bytes };
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd, error;

	*lock = -1;
	if (path[0] == '\0')
		return fail(why, -EINVAL, "the socket's path is empty");
	if (strlen(path) >= sizeof folder)
		return fail(why, -ENAMETOOLONG,
		    "the socket's path is longer than %zu bytes: %s",
		    sizeof folder - 1, path);
	folder_of(path, folder);
	error = prepare_folder(folder, why);
	if (error < 0)
		return error;
	*lock = take_lock(path, why);
	if (*lock < 0) {
		error = *lock;
		*lock = -1;
		return error;
	}
	error = remove_stale(path, why);
	fd = error < 0 ? error : bind_and_listen(path, mode, why);
	if (fd < 0) {
		close(*lock);
		*lock = -1;
	}
	return fd;
}

int
listen_mode(const char *path, mode_t mode)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode)) {
		errno = ENOTSOCK;
		return -errno;
	}
	return chmod(path, mode) < 0 ? -errno : 0;
}

int
listen_reserve(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* At the limit of descriptors the connection would stay in the queue and the
 * listener ready for ever: the reserve lets it in, to be dropped. */
static int
drop_one(int fd, int *reserve)
{
	int client;

	if (*reserve >= 0) {
		close(*reserve);
		client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (client >= 0)
			close(client);
	}
	*reserve = listen_reserve();
	return -EMFILE;
}

/* Someone may be in more groups than a peer has room for; then the first of
 * them count. */
static int
groups_of(int fd, struct listen_peer *peer)
{
	size_t room = sizeof peer->groups / sizeof peer->groups[0];
	socklen_t bytes = sizeof peer->groups;
	gid_t *all;
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &bytes) ==
	    0) {
		peer->groups_count = bytes / sizeof(gid_t);
		return 0;
	}
	peer->groups_count = 0;
	if (errno != ERANGE)
		return errno == ENOPROTOOPT || errno == ENODATA ? 0 : -errno;
	all = malloc(bytes);
	if (all == NULL)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, all, &bytes) < 0)
		error = -errno;
	else {
		memcpy(peer->groups, all, sizeof peer->groups);
		peer->groups_count = room;
	}
	free(all);
	return error;
}

static int
credentials_of(int fd, struct listen_peer *peer)
{
	struct ucred cred;
	socklen_t bytes = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &bytes) < 0)
		return -errno;
	peer->pid = cred.pid;
	peer->uid = cred.uid;
	peer->gid = cred.gid;
	return groups_of(fd, peer);
}

int
listen_accept(int fd, int *reserve, struct listen_peer *peer)
{
	int client, error;

	if (*reserve < 0)
		*reserve = listen_reserve();
	do
		client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (client < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (client < 0 && (errno == EMFILE || errno == ENFILE))
		return drop_one(fd, reserve);
	if (client < 0)
		return -errno;
	error = credentials_of(client, peer);
	if (error < 0) {
		close(client);
		return error;
	}
	return client;
}
