#include "ctl_kit.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/listen.h"

int
kit_open(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));
	char why[256] = "";
	int error = 0;

	assert_non_null(kit);
	snprintf(kit->folder, sizeof(kit->folder), "/tmp/ctl.XXXXXX");
	assert_non_null(mkdtemp(kit->folder));
	snprintf(kit->path, sizeof(kit->path), "%s/sock", kit->folder);
	kit->listener =
	    listen_open(kit->path, 0666, &kit->lock, why, sizeof(why));
	assert_string_equal(why, "");
	assert_true(kit->listener >= 0);
	kit->loop = loop_open(&error);
	assert_non_null(kit->loop);
	kit->ctl = ctl_open(kit->loop, kit->listener, KIT_TAG, &error);
	assert_non_null(kit->ctl);
	*state = kit;
	return 0;
}

int
kit_close(void **state)
{
	struct kit *kit = *state;
	char lock[96];

	kit_forget(kit);
	ctl_close(kit->ctl);
	loop_close(kit->loop);
	close(kit->listener);
	close(kit->lock);
	snprintf(lock, sizeof(lock), "%s.lock", kit->path);
	unlink(lock);
	unlink(kit->path);
	rmdir(kit->folder);
	free(kit);
	return 0;
}

void
kit_forget(struct kit *kit)
{
	size_t i;

	for (i = 0; i < kit->calls_count; i++)
		json_decref(kit->calls[i].parameters);
	kit->calls_count = 0;
	kit->gone_count = 0;
}

int
kit_look(struct kit *kit)
{
	struct loop_event events[64];
	struct ctl_call call;
	int i, n = loop_wait(kit->loop, 0, events, 64);

	assert_true(n >= 0);
	for (i = 0; i < n; i++)
		ctl_ready(kit->ctl, &events[i]);
	while (ctl_next(kit->ctl, &call)) {
		assert_true(kit->calls_count < KIT_CALLS);
		json_incref(call.parameters);
		kit->calls[kit->calls_count++] = call;
	}
	while (kit->gone_count < KIT_CALLS &&
	       ctl_gone(kit->ctl, &kit->gone[kit->gone_count]))
		kit->gone_count++;
	return n;
}

void
kit_turn(struct kit *kit)
{
	int looks = 0;

	kit_forget(kit);
	while (kit_look(kit) > 0)
		assert_true(++looks < 10000);
}

int
kit_connect(struct kit *kit)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_return_code(fd, errno);
	memcpy(address.sun_path, kit->path, strlen(kit->path) + 1);
	assert_return_code(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	return fd;
}

/* The child connects and hands the descriptor back: credentials are those at
 * the time of connect(2). */
static void
connect_and_hand_over(struct kit *kit, unsigned uid, unsigned gid, int wire)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char text = 'x';
	struct iovec byte = { &text, 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd;

	if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
		_exit(1);
	fd = kit_connect(kit);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	_exit(sendmsg(wire, &message, 0) == 1 ? 0 : 1);
}

static int
take_over(int wire)
{
	char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec bytes = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	assert_int_equal(recvmsg(wire, &message, MSG_CMSG_CLOEXEC), 1);
	assert_non_null(CMSG_FIRSTHDR(&message));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return fd;
}

int
kit_connect_as(struct kit *kit, unsigned uid, unsigned gid)
{
	int wires[2], status, fd;
	pid_t child;

	if (geteuid() != 0)
		return -1;
	assert_return_code(chmod(kit->folder, 0755), errno);
	assert_return_code(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wires), errno);
	child = fork();
	assert_return_code(child, errno);
	if (child == 0)
		connect_and_hand_over(kit, uid, gid, wires[1]);
	close(wires[1]);
	fd = take_over(wires[0]);
	close(wires[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return fd;
}

void
kit_send(int client, const char *text)
{
	size_t bytes = strlen(text) + 1;

	assert_int_equal(send(client, text, bytes, MSG_NOSIGNAL), bytes);
}

void
kit_call(
    int client, const char *method, const char *parameters, const char *flags)
{
	char text[4096];

	snprintf(text, sizeof(text),
	    "{\"method\":\"io.supd.Control.%s\",\"parameters\":%s%s}", method,
	    parameters, flags);
	kit_send(client, text);
}

const char *
kit_hear(int client)
{
	static char text[65536];
	size_t length = 0;

	do {
		struct pollfd poll_fd = { .fd = client, .events = POLLIN };
		ssize_t n;

		assert_true(length < sizeof(text));
		assert_int_equal(poll(&poll_fd, 1, 5000), 1);
		n = recv(client, text + length, 1, 0);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return NULL;
		assert_int_equal(n, 1);
	} while (text[length++] != '\0');
	return text;
}

bool
kit_is_silent(int client)
{
	struct pollfd poll_fd = { .fd = client, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 0;
}

struct ctl_call
kit_only_call(struct kit *kit)
{
	assert_int_equal(kit->calls_count, 1);
	return kit->calls[0];
}
