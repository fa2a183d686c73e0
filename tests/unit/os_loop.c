#include "os/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

static struct loop *
open_loop(void)
{
	int error = 1;
	struct loop *loop = loop_open(&error);

	assert_non_null(loop);
	assert_int_equal(error, 0);
	return loop;
}

static void
wakes_at_its_deadline_and_not_before(void **state)
{
	struct loop *loop = open_loop();
	struct loop_event events[4];
	uint64_t at;
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		at = loop_now_ms() + (uint64_t)i % 7;
		while (loop_now_ms() < at)
			assert_int_equal(loop_wait(loop, at, events, 4), 0);
		assert_true(loop_now_ms() >= at);
	}
	/* What is past does not sleep. */
	assert_int_equal(loop_wait(loop, 0, events, 4), 0);
	assert_int_equal(loop_wait(loop, loop_now_ms(), events, 4), 0);
	loop_close(loop);
}

static void
a_later_deadline_takes_the_earlier_ones_place(void **state)
{
	struct loop *loop = open_loop();
	struct loop_event events[4];
	uint64_t now = loop_now_ms();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(loop_watch(loop, ends[0], 1, true, false), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(loop_wait(loop, now + 20, events, 4), 1);
	loop_forget(loop, ends[0]);
	assert_int_equal(loop_wait(loop, now + 60, events, 4), 0);
	assert_true(loop_now_ms() >= now + 60);
	close(ends[0]);
	close(ends[1]);
	loop_close(loop);
}

static void
tells_what_is_ready(void **state)
{
	struct loop *loop = open_loop();
	struct loop_event events[4];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(loop_watch(loop, ends[0], 77, true, false), 0);
	assert_int_equal(loop_watch(loop, ends[0], 77, true, false), -EEXIST);
	assert_int_equal(loop_wait(loop, 0, events, 4), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(loop_wait(loop, UINT64_MAX, events, 4), 1);
	assert_int_equal(events[0].tag, 77);
	assert_true(events[0].readable);
	assert_false(events[0].writable);
	assert_false(events[0].hung_up);
	assert_int_equal(loop_change(loop, ends[0], 78, false, false), 0);
	assert_int_equal(loop_wait(loop, 0, events, 4), 0);
	assert_int_equal(loop_watch(loop, ends[1], 5, false, true), 0);
	assert_int_equal(loop_wait(loop, UINT64_MAX, events, 4), 1);
	assert_int_equal(events[0].tag, 5);
	assert_true(events[0].writable);
	loop_forget(loop, ends[1]);
	close(ends[1]);
	assert_int_equal(loop_wait(loop, UINT64_MAX, events, 4), 1);
	assert_int_equal(events[0].tag, 78);
	assert_true(events[0].hung_up);
	loop_forget(loop, ends[0]);
	close(ends[0]);
	assert_int_equal(loop_wait(loop, 0, events, 4), 0);
	loop_close(loop);
}

static void
gives_no_more_events_than_asked_for(void **state)
{
	struct loop *loop = open_loop();
	struct loop_event events[200];
	int ends[100][2];
	uint64_t i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_int_equal(pipe(ends[i]), 0);
		assert_int_equal(
		    loop_watch(loop, ends[i][1], i, false, true), 0);
	}
	assert_int_equal(loop_wait(loop, 0, events, 3), 3);
	assert_int_equal(loop_wait(loop, UINT64_MAX, events, 200), 64);
	for (i = 0; i < 100; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
	loop_close(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wakes_at_its_deadline_and_not_before),
		cmocka_unit_test(a_later_deadline_takes_the_earlier_ones_place),
		cmocka_unit_test(tells_what_is_ready),
		cmocka_unit_test(gives_no_more_events_than_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
