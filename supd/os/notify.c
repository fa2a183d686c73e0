#include "os/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/str.h"

/* As sd_notify(3)'s other readers have it; a longer one is malformed. */
#define DATAGRAM 4096
#define RECEIVE_BYTES (1024 * 1024)

static int
bind_for_all(int fd, const struct sockaddr_un *address)
{
	mode_t umask_before = umask(0);
	int error = 0;

	if (fchmod(fd, 0666) < 0 ||
	    bind(fd, (const struct sockaddr *)address, sizeof *address) < 0)
		error = -errno;
	(void)umask(umask_before);
	return error;
}

int
notify_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int on = 1, room = RECEIVE_BYTES, error = 0, fd;

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return -EEXIST;
		if (unlink(path) < 0 && errno != ENOENT)
			return -errno;
	} else if (errno != ENOENT) {
		return -errno;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		error = -errno;
	/* A wish: the default holds a few hundred messages as well. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (error == 0)
		error = bind_for_all(fd, &address);
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

/* The length of the character at s, of which n bytes are left, if a status
 * may have it; else 0. */
static size_t
character(const unsigned char *s, size_t n)
{
	size_t i, want;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		want = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		want = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		want = 4;
	else
		return 0;
	if (want > n)
		return 0;
	for (i = 1; i < want; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates, and what is beyond Unicode. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
	    (s[0] == 0xc2 && s[1] < 0xa0))
		return 0;
	return want;
}

/* A status is printed and put into JSON: what is no printable UTF-8 becomes a
 * question mark. */
static void
keep_status(struct notify_message *message, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t used = 0, at = 0, some;

	while (at < n) {
		some = character(s + at, n - at);
		if (used + (some == 0 ? 1 : some) > LIMIT_STATUS)
			break;
		if (some == 0) {
			message->status[used++] = '?';
			at++;
			continue;
		}
		memcpy(message->status + used, s + at, some);
		used += some;
		at += some;
	}
	message->status[used] = '\0';
	message->has_status = true;
}

/* A whole number of at most max, of n bytes. */
static bool
number(const char *text, size_t n, uint64_t max, uint64_t *value)
{
	char copy[24];

	if (n >= sizeof copy)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	return str_number(copy, max, value);
}

static bool
is(const char *text, size_t n, const char *value)
{
	return n == strlen(value) && memcmp(text, value, n) == 0;
}

static bool
span(const char *text, size_t n, uint64_t *ms)
{
	uint64_t us;

	if (!number(text, n, UINT64_MAX - 999, &us))
		return false;
	*ms = (us + 999) / 1000;
	return true;
}

static void
take_watchdog(struct notify_message *m, const char *text, size_t n)
{
	m->alive |= is(text, n, "1");
	m->trigger |= is(text, n, "trigger");
}

static void
take_watchdog_usec(struct notify_message *m, const char *text, size_t n)
{
	m->has_watchdog |= span(text, n, &m->watchdog_ms);
}

static void
take_extend(struct notify_message *m, const char *text, size_t n)
{
	m->has_extend |= span(text, n, &m->extend_ms);
}

static void
take_errno(struct notify_message *m, const char *text, size_t n)
{
	uint64_t value;

	/* The kernel's largest, by its own count. */
	if (!number(text, n, 4095, &value))
		return;
	m->has_error = true;
	m->error = (int)value;
}

static void
take_main_pid(struct notify_message *m, const char *text, size_t n)
{
	uint64_t value;

	if (number(text, n, INT32_MAX, &value))
		m->main_pid = (pid_t)value;
}

static void
take_ready(struct notify_message *m, const char *text, size_t n)
{
	m->ready |= is(text, n, "1");
}

static void
take_reloading(struct notify_message *m, const char *text, size_t n)
{
	m->reloading |= is(text, n, "1");
}

static void
take_stopping(struct notify_message *m, const char *text, size_t n)
{
	m->stopping |= is(text, n, "1");
}

static void
parse_line(struct notify_message *message, const char *line, size_t n)
{
	static const struct {
		const char *name;
		void (*take)(struct notify_message *, const char *, size_t);
	} kinds[] = {
		{ "READY=", take_ready },
		{ "STATUS=", keep_status },
		{ "RELOADING=", take_reloading },
		{ "STOPPING=", take_stopping },
		{ "WATCHDOG=", take_watchdog },
		{ "WATCHDOG_USEC=", take_watchdog_usec },
		{ "EXTEND_TIMEOUT_USEC=", take_extend },
		{ "ERRNO=", take_errno },
		{ "MAINPID=", take_main_pid },
	};
	size_t i, length;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		length = strlen(kinds[i].name);
		if (n >= length && memcmp(line, kinds[i].name, length) == 0)
			kinds[i].take(message, line + length, n - length);
	}
}

static void
parse(struct notify_message *message, const char *text, size_t n)
{
	const char *end;
	size_t some;

	while (n > 0) {
		end = memchr(text, '\n', n);
		some = end == NULL ? n : (size_t)(end - text);
		parse_line(message, text, some);
		if (end == NULL)
			break;
		text += some + 1;
		n -= some + 1;
	}
}

static pid_t
sender(struct msghdr *head)
{
	struct cmsghdr *part;
	struct ucred cred;

	for (part = CMSG_FIRSTHDR(head); part != NULL;
	     part = CMSG_NXTHDR(head, part)) {
		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_CREDENTIALS ||
		    part->cmsg_len != CMSG_LEN(sizeof cred))
			continue;
		memcpy(&cred, CMSG_DATA(part), sizeof cred);
		return cred.pid;
	}
	return 0;
}

int
notify_peek(int fd, struct notify_message *message)
{
	/* No room but for the credentials: the kernel drops descriptors that
	 * came along, instead of giving them to us at each look. */
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char text[DATAGRAM];
	struct iovec iov = { text, sizeof text };
	struct msghdr head;
	pid_t session;
	ssize_t n;
	int error;

	for (;;) {
		head = (struct msghdr){ .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.bytes,
			.msg_controllen = sizeof control.bytes };
		n = recvmsg(
		    fd, &head, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		*message = (struct notify_message){ .pid = sender(&head) };
		if (message->pid > 0 && (head.msg_flags & MSG_TRUNC) == 0 &&
		    memchr(text, '\0', (size_t)n) == NULL)
			break;
		error = notify_take(fd);
		if (error < 0)
			return error;
	}
	parse(message, text, (size_t)n);
	session = getsid(message->pid);
	message->session = session > 0 ? session : 0;
	return 1;
}

int
notify_take(int fd)
{
	char byte;
	ssize_t n;

	do
		n = recv(fd, &byte, sizeof byte, MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	return n < 0 && errno != EAGAIN ? -errno : 0;
}

int
notify_pipe(int ends[2])
{
	int error;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	/* Ours alone: the service's end is as any program expects it. */
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	error = -errno;
	close(ends[0]);
	close(ends[1]);
	return error;
}

static ssize_t
retry_read(int fd, void *to, size_t bytes)
{
	ssize_t n;

	do
		n = read(fd, to, bytes);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Copies the beginning of the pipe without taking it. */
static ssize_t
look(int fd, const int scratch[2], char *text, size_t bytes)
{
	ssize_t n;

	do
		n = tee(fd, scratch[1], bytes, SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? 0 : retry_read(scratch[0], text, (size_t)n);
}

/* What stands before the newline means nothing and is taken out, so that the
 * pipe does not stay ready for the sake of it. */
int
notify_pipe_ready(int fd)
{
	char text[1024];
	const char *newline;
	int scratch[2], result = 0;
	ssize_t n;

	if (pipe2(scratch, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	for (;;) {
		n = look(fd, scratch, text, sizeof text);
		if (n == 0)
			result = -EPIPE;
		else if (n < 0)
			result = n == -EAGAIN ? 0 : (int)n;
		if (n <= 0)
			break;
		newline = memchr(text, '\n', (size_t)n);
		if (newline != NULL)
			n = newline - text;
		if (n > 0)
			n = retry_read(fd, text, (size_t)n);
		result = n < 0 ? (int)n : 1;
		if (n < 0 || newline != NULL)
			break;
	}
	close(scratch[0]);
	close(scratch[1]);
	return result;
}
