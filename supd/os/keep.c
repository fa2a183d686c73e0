#include "os/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/plumb.h"

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* The other side is gone: an end of file, or what was unread when it went. */
static int
gone(int error)
{
	return error == ECONNRESET || error == ENOTCONN ? -EPIPE : -error;
}

static int
transmit(int socket, const struct keep_message *message, int fd, int flags)
{
	union control control = { 0 };
	struct iovec iov = { (void *)message, sizeof *message };
	struct msghdr head = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *part;
	ssize_t n;

	if (fd >= 0) {
		head.msg_control = control.bytes;
		head.msg_controllen = sizeof control.bytes;
		part = CMSG_FIRSTHDR(&head);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(part), &fd, sizeof fd);
	}
	do
		n = sendmsg(socket, &head, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	return n < 0 ? gone(errno) : 0;
}

int
keep_put(int wire, uint32_t slot, int fd)
{
	struct keep_message message = { .kind = KEEP_PUT, .slot = slot };
	int at = PLUMB_SLOTS + (int)slot;
	int error;

	if (slot >= SLOT_COUNT)
		return -EINVAL;
	if (fd != at && dup3(fd, at, O_CLOEXEC) < 0)
		return -errno;
	error = transmit(wire, &message, at, 0);
	if (fd != at)
		close(error < 0 ? at : fd);
	return error;
}

/* An empty slot is held by our own program, which can't even be read (O_PATH):
 * what is kept is never such a descriptor, and whoever took it for a folder or
 * a socket all the same could do nothing with it. */
static int
hold(uint32_t slot)
{
	int at = PLUMB_SLOTS + (int)slot;

	return dup3(PLUMB_EXE, at, O_CLOEXEC) < 0 ? -errno : 0;
}

bool
keep_has(uint32_t slot)
{
	int flags;

	if (slot >= SLOT_COUNT)
		return false;
	flags = fcntl(PLUMB_SLOTS + (int)slot, F_GETFL);
	return flags >= 0 && (flags & O_PATH) == 0;
}

int
keep_reserve(void)
{
	uint32_t slot;
	int error = 0;

	for (slot = 0; slot < SLOT_COUNT && error == 0; slot++) {
		if (!keep_has(slot))
			error = hold(slot);
	}
	return error;
}

int
keep_drop(int wire, uint32_t slot)
{
	struct keep_message message = { .kind = KEEP_DROP, .slot = slot };

	if (slot >= SLOT_COUNT)
		return -EINVAL;
	/* Without one the number is merely free. */
	if (hold(slot) != 0)
		close(PLUMB_SLOTS + (int)slot);
	return transmit(wire, &message, -1, 0);
}

int
keep_settled(int wire)
{
	struct keep_message message = { .kind = KEEP_SETTLED };

	return transmit(wire, &message, -1, 0);
}

int
keep_exit(int wire, int32_t code, uint32_t machine_end)
{
	struct keep_message message = {
		.kind = KEEP_EXIT, .slot = machine_end, .value = code
	};

	return transmit(wire, &message, -1, 0);
}

/* It made the pair, and that is what the kernel remembers. */
pid_t
keep_guard(int wire)
{
	struct ucred maker;
	socklen_t size = sizeof maker;

	if (getsockopt(wire, SOL_SOCKET, SO_PEERCRED, &maker, &size) < 0)
		return -errno;
	return maker.pid;
}

/* Whatever is no signal is taken out and passed over. */
int
keep_peek_signal(int wire)
{
	struct keep_message message;
	ssize_t n;
	int error;

	for (;;) {
		n = recv(
		    wire, &message, sizeof message, MSG_PEEK | MSG_DONTWAIT);
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : gone(errno);
		if (n == (ssize_t)sizeof message &&
		    message.kind == KEEP_SIGNAL && message.value > 0)
			return message.value;
		error = keep_take_signal(wire);
		if (error < 0)
			return error;
	}
}

int
keep_take_signal(int wire)
{
	struct keep_message message;
	ssize_t n;

	do
		n = recv(wire, &message, sizeof message, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return -EPIPE;
	return n < 0 ? gone(errno) : 0;
}

int
keep_signal(int keep, int signo)
{
	struct keep_message message = { .kind = KEEP_SIGNAL, .value = signo };

	return transmit(keep, &message, -1, MSG_DONTWAIT);
}

static int
passed_descriptor(struct msghdr *head)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(head);
	int fd;

	if (part == NULL || part->cmsg_level != SOL_SOCKET ||
	    part->cmsg_type != SCM_RIGHTS ||
	    part->cmsg_len != CMSG_LEN(sizeof fd))
		return -1;
	memcpy(&fd, CMSG_DATA(part), sizeof fd);
	return fd;
}

int
keep_next(int keep, struct keep_message *message, int *fd)
{
	union control control;
	struct iovec iov = { message, sizeof *message };
	struct msghdr head;
	ssize_t n;

	for (;;) {
		head = (struct msghdr){ .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.bytes,
			.msg_controllen = sizeof control.bytes };
		n = recvmsg(keep, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : gone(errno);
		*fd = passed_descriptor(&head);
		if (n == (ssize_t)sizeof *message)
			return 1;
		if (*fd >= 0)
			close(*fd);
	}
}
