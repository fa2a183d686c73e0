#include "os/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

static char path[108];

static void
tell_bytes(const char *text, size_t n)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, path, strlen(path) + 1);
	assert_int_equal(
	    sendto(fd, text, n, 0, (struct sockaddr *)&to, sizeof to), n);
	close(fd);
}

static void
tell(const char *text)
{
	tell_bytes(text, strlen(text));
}

static void
knows_the_sender(void **state)
{
	struct notify_message message;
	int fd = notify_open(path), i;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(notify_peek(fd, &message), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		tell("READY=1\nSTATUS=here\n");
		pause();
	}
	until(notify_peek(fd, &message) == 1);
	for (i = 0; i < 3; i++) {
		assert_int_equal(notify_peek(fd, &message), 1);
		assert_int_equal(message.pid, pid);
		assert_int_equal(message.session, pid);
		assert_true(message.ready);
		assert_true(message.has_status);
		assert_string_equal(message.status, "here");
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(notify_peek(fd, &message), 1);
	assert_int_equal(message.pid, pid);
	assert_int_equal(message.session, 0);
	assert_int_equal(notify_take(fd), 0);
	assert_int_equal(notify_peek(fd, &message), 0);
	assert_int_equal(notify_take(fd), 0);
	close(fd);
}

static void
messages_are_read_as_they_are_meant(void **state)
{
	static const struct {
		const char *text;
		bool ready;
		const char *status; /* NULL: none */
	} cases[] = {
		{ "READY=1", true, NULL },
		{ "READY=0", false, NULL },
		{ "READY=1 ", false, NULL },
		{ "XREADY=1", false, NULL },
		{ "READY=1\n", true, NULL },
		{ "A=b\nREADY=1\nC=d", true, NULL },
		{ "STATUS=", false, "" },
		{ "STATUS=a\nSTATUS=b", false, "b" },
		{ "STATUS=\xc3\xa4\xe2\x82\xac", false,
		    "\xc3\xa4\xe2\x82\xac" },
		{ "STATUS=a\x1b[31m\x7f", false, "a?[31m?" },
		{ "STATUS=\xff\xc0\x80\xed\xa0\x80", false, "??????" },
		{ "STATUS=\xc2\x9b", false, "??" },
		{ "STATUS=\xe2\x82", false, "??" },
		{ "\n\n\n", false, NULL },
		{ "STATU", false, NULL },
	};
	struct notify_message message;
	int fd = notify_open(path);
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		tell(cases[i].text);
		assert_int_equal(notify_peek(fd, &message), 1);
		assert_int_equal(message.ready, cases[i].ready);
		assert_int_equal(message.has_status, cases[i].status != NULL);
		if (cases[i].status != NULL)
			assert_string_equal(message.status, cases[i].status);
		assert_int_equal(notify_take(fd), 0);
	}
	close(fd);
}

static void
assignments_are_read_with_their_values(void **state)
{
	static const struct {
		const char *text;
		struct notify_message m; /* what is set of it */
	} cases[] = {
		{ "RELOADING=1\nMONOTONIC_USEC=5", { .reloading = true } },
		{ "RELOADING=2", { .pid = 0 } },
		{ "STOPPING=1", { .stopping = true } },
		{ "WATCHDOG=1", { .alive = true } },
		{ "WATCHDOG=trigger", { .trigger = true } },
		{ "WATCHDOG=2\nWATCHDOG=", { .pid = 0 } },
		{ "WATCHDOG_USEC=2000001",
		    { .has_watchdog = true, .watchdog_ms = 2001 } },
		{ "WATCHDOG_USEC=0", { .has_watchdog = true } },
		{ "WATCHDOG_USEC=-1\nWATCHDOG_USEC=5s", { .pid = 0 } },
		{ "WATCHDOG_USEC=99999999999999999999999", { .pid = 0 } },
		{ "EXTEND_TIMEOUT_USEC=1500",
		    { .has_extend = true, .extend_ms = 2 } },
		{ "EXTEND_TIMEOUT_USEC=", { .pid = 0 } },
		{ "ERRNO=2", { .has_error = true, .error = 2 } },
		{ "ERRNO=4096\nERRNO=x", { .pid = 0 } },
		{ "MAINPID=12", { .main_pid = 12 } },
		{ "MAINPID=-12\nMAINPID=4294967297", { .pid = 0 } },
		{ "READY=1\nWATCHDOG=1\nERRNO=5\nX_Y=z", { .ready = true,
							     .alive = true,
							     .has_error = true,
							     .error = 5 } },
		{ "FDSTORE=1\nBARRIER=1\nNONSENSE", { .pid = 0 } },
	};
	struct notify_message m, want;
	int fd = notify_open(path);
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		want = cases[i].m;
		tell(cases[i].text);
		assert_int_equal(notify_peek(fd, &m), 1);
		assert_int_equal(m.ready, want.ready);
		assert_int_equal(m.reloading, want.reloading);
		assert_int_equal(m.stopping, want.stopping);
		assert_int_equal(m.alive, want.alive);
		assert_int_equal(m.trigger, want.trigger);
		assert_int_equal(m.has_watchdog, want.has_watchdog);
		assert_int_equal(m.watchdog_ms, want.watchdog_ms);
		assert_int_equal(m.has_extend, want.has_extend);
		assert_int_equal(m.extend_ms, want.extend_ms);
		assert_int_equal(m.has_error, want.has_error);
		assert_int_equal(m.error, want.error);
		assert_int_equal(m.main_pid, want.main_pid);
		assert_int_equal(notify_take(fd), 0);
	}
	close(fd);
}

static void
a_long_status_is_cut_at_a_character(void **state)
{
	struct notify_message message;
	char text[512] = "STATUS=x";
	int fd = notify_open(path), i;

	(void)state;
	for (i = 0; i < 100; i++)
		memcpy(text + 8 + i * 3, "\xe2\x82\xac", 4);
	tell(text);
	assert_int_equal(notify_peek(fd, &message), 1);
	assert_int_equal(strlen(message.status), 1 + 42 * 3);
	close(fd);
}

static void
malformed_messages_are_passed_over(void **state)
{
	static char large[8000];
	struct notify_message message;
	int fd = notify_open(path);

	(void)state;
	memset(large, 'x', sizeof large);
	tell_bytes(large, sizeof large);
	tell_bytes("READY=1\0x", 9);
	tell("STATUS=good");
	assert_int_equal(notify_peek(fd, &message), 1);
	assert_string_equal(message.status, "good");
	assert_int_equal(notify_take(fd), 0);
	assert_int_equal(notify_peek(fd, &message), 0);
	close(fd);
}

static int
count_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
descriptors_that_come_along_do_not_stay(void **state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t) "READY=1", 7 };
	struct msghdr head = { .msg_name = &to,
		.msg_namelen = sizeof to,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	struct notify_message message;
	int fd = notify_open(path), before, client, fds[3] = { 0, 1, 2 };
	struct cmsghdr *part;

	(void)state;
	memcpy(to.sun_path, path, strlen(path) + 1);
	client = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	before = count_descriptors();
	part = CMSG_FIRSTHDR(&head);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(part), fds, sizeof fds);
	assert_int_equal(sendmsg(client, &head, 0), 7);
	assert_int_equal(notify_peek(fd, &message), 1);
	assert_true(message.ready);
	assert_int_equal(message.pid, getpid());
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(notify_take(fd), 0);
	assert_int_equal(count_descriptors(), before);
	close(client);
	close(fd);
}

static void
everyone_may_write_and_a_stale_socket_goes(void **state)
{
	mode_t before = umask(077);
	struct stat st;
	int fd, again;

	(void)state;
	fd = notify_open(path);
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	again = notify_open(path);
	assert_true(again >= 0);
	close(fd);
	close(again);
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(notify_open(path), -EEXIST);
	unlink(path);
	umask(before);
}

static void
a_newline_is_readiness_and_stays(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(notify_pipe(ends), 0);
	assert_int_equal(notify_pipe_ready(ends[0]), 0);
	assert_int_equal(write(ends[1], "junk", 4), 4);
	assert_int_equal(notify_pipe_ready(ends[0]), 0);
	assert_int_equal(write(ends[1], "more\nafter", 10), 10);
	assert_int_equal(notify_pipe_ready(ends[0]), 1);
	assert_int_equal(notify_pipe_ready(ends[0]), 1);
	close(ends[1]);
	assert_int_equal(notify_pipe_ready(ends[0]), 1);
	close(ends[0]);
}

static void
a_writer_who_leaves_is_told(void **state)
{
	char junk[5000];
	int ends[2];

	(void)state;
	memset(junk, 'j', sizeof junk);
	assert_int_equal(notify_pipe(ends), 0);
	assert_int_equal(write(ends[1], junk, sizeof junk), sizeof junk);
	close(ends[1]);
	assert_int_equal(notify_pipe_ready(ends[0]), -EPIPE);
	close(ends[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_sender),
		cmocka_unit_test(messages_are_read_as_they_are_meant),
		cmocka_unit_test(assignments_are_read_with_their_values),
		cmocka_unit_test(a_long_status_is_cut_at_a_character),
		cmocka_unit_test(malformed_messages_are_passed_over),
		cmocka_unit_test(descriptors_that_come_along_do_not_stay),
		cmocka_unit_test(everyone_may_write_and_a_stale_socket_goes),
		cmocka_unit_test(a_newline_is_readiness_and_stays),
		cmocka_unit_test(a_writer_who_leaves_is_told),
	};
	int result;

	snprintf(path, sizeof path, "/tmp/os_notify.%d", (int)getpid());
	result = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return result;
}
