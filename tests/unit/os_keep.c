#include "os/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/plumb.h"
#include "tests/unit/os_kit.h"

struct pair {
	int wire;
	int keep;
};

static struct pair
open_pair(void)
{
	int ends[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	return (struct pair){ ends[0], ends[1] };
}

static void
close_pair(struct pair *p)
{
	close(p->wire);
	close(p->keep);
}

/* As the guard has it. */
static void
have_a_program(void)
{
	int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(dup3(fd, PLUMB_EXE, O_CLOEXEC), PLUMB_EXE);
	close(fd);
}

static void
numbers_of_empty_slots_are_given_to_nobody(void **state)
{
	int fds[64], fd = open("/", O_RDONLY | O_DIRECTORY), i;

	(void)state;
	have_a_program();
	/* A folder is kept, and is not mistaken for an empty slot. */
	assert_true(dup3(fd, PLUMB_SLOTS + SLOT_CGROUP, O_CLOEXEC) >= 0);
	close(fd);
	assert_int_equal(keep_reserve(), 0);
	assert_true(keep_has(SLOT_CGROUP));
	assert_false(keep_has(SLOT_LISTEN));
	assert_false(keep_has(SLOT_READY));
	for (i = 0; i < 64; i++) {
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		assert_true(fds[i] >= 0);
		assert_false(
		    fds[i] >= PLUMB_SLOTS && fds[i] < PLUMB_SLOTS + SLOT_COUNT);
	}
	for (i = 0; i < 64; i++)
		close(fds[i]);
	/* Nothing can be done in what holds a number. */
	assert_int_equal(
	    openat(PLUMB_SLOTS + SLOT_READY, "proc", O_RDONLY), -1);
	assert_int_equal(errno, ENOTDIR);
	for (i = 0; i < SLOT_COUNT; i++)
		close(PLUMB_SLOTS + i);
}

static void
a_descriptor_is_put_and_dropped(void **state)
{
	struct pair p = open_pair();
	struct keep_message message;
	int at = PLUMB_SLOTS + SLOT_CONF_ODD;
	int file = memfd_create("file", MFD_CLOEXEC), fd;
	char text[5] = { 0 };

	(void)state;
	have_a_program();
	assert_int_equal(write(file, "text", 4), 4);
	assert_int_equal(keep_put(p.wire, SLOT_CONF_ODD, file), 0);
	assert_int_equal(fcntl(file, F_GETFD), -1);
	assert_int_equal(fcntl(at, F_GETFD), FD_CLOEXEC);
	assert_int_equal(keep_next(p.keep, &message, &fd), 1);
	assert_int_equal(message.kind, KEEP_PUT);
	assert_int_equal(message.slot, SLOT_CONF_ODD);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(pread(fd, text, 4, 0), 4);
	assert_string_equal(text, "text");
	close(fd);

	assert_int_equal(keep_drop(p.wire, SLOT_CONF_ODD), 0);
	assert_false(keep_has(SLOT_CONF_ODD));
	/* The number is nobody's. */
	assert_int_not_equal(fcntl(at, F_GETFD), -1);
	assert_int_equal(keep_next(p.keep, &message, &fd), 1);
	assert_int_equal(message.kind, KEEP_DROP);
	assert_int_equal(fd, -1);
	assert_int_equal(keep_next(p.keep, &message, &fd), 0);
	close_pair(&p);
}

static void
slots_have_a_bound(void **state)
{
	struct pair p = open_pair();

	(void)state;
	assert_int_equal(keep_put(p.wire, SLOT_COUNT, p.wire), -EINVAL);
	assert_int_equal(keep_drop(p.wire, SLOT_COUNT), -EINVAL);
	close_pair(&p);
}

static void
a_signal_is_looked_at_then_taken(void **state)
{
	struct pair p = open_pair();
	struct keep_message odd = { .kind = KEEP_EXIT };
	int i;

	(void)state;
	assert_int_equal(keep_peek_signal(p.wire), 0);
	/* What is no signal is passed over. */
	assert_int_equal(send(p.keep, &odd, sizeof odd, 0), sizeof odd);
	assert_int_equal(send(p.keep, "x", 1, 0), 1);
	assert_int_equal(keep_signal(p.keep, 15), 0);
	assert_int_equal(keep_signal(p.keep, 1), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(keep_peek_signal(p.wire), 15);
	assert_int_equal(keep_take_signal(p.wire), 0);
	assert_int_equal(keep_peek_signal(p.wire), 1);
	assert_int_equal(keep_take_signal(p.wire), 0);
	assert_int_equal(keep_peek_signal(p.wire), 0);
	close_pair(&p);
}

static void
a_full_wire_holds_nobody_up(void **state)
{
	struct pair p = open_pair();
	int sent = 0, error, i;

	(void)state;
	while ((error = keep_signal(p.keep, 15)) == 0)
		sent++;
	assert_int_equal(error, -EAGAIN);
	for (i = 0; i < sent; i++) {
		assert_int_equal(keep_peek_signal(p.wire), 15);
		assert_int_equal(keep_take_signal(p.wire), 0);
	}
	assert_int_equal(keep_peek_signal(p.wire), 0);
	close_pair(&p);
}

static void
the_guard_is_who_made_the_pair(void **state)
{
	struct pair p = open_pair();
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0)
		_exit(keep_guard(p.wire) == getppid() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close_pair(&p);
}

static void
the_end_of_the_guard_is_seen(void **state)
{
	struct pair p = open_pair();

	(void)state;
	assert_int_equal(keep_settled(p.wire), 0);
	close(p.keep);
	assert_int_equal(keep_peek_signal(p.wire), -EPIPE);
	assert_int_equal(keep_settled(p.wire), -EPIPE);
	close(p.wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_descriptor_is_put_and_dropped),
		cmocka_unit_test(numbers_of_empty_slots_are_given_to_nobody),
		cmocka_unit_test(slots_have_a_bound),
		cmocka_unit_test(a_signal_is_looked_at_then_taken),
		cmocka_unit_test(a_full_wire_holds_nobody_up),
		cmocka_unit_test(the_guard_is_who_made_the_pair),
		cmocka_unit_test(the_end_of_the_guard_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
