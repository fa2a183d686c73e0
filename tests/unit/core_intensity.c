/* OTP.md 1.6: restart intensity. */
#include "core_kit.h"

static void
r50_a_group_restart_counts_once(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n  d\n");
	kit_exits(k, "a", 1);
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
r50_each_retry_counts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a backoff=0\n");
	kit_fails(k, "a", 3);
	kit_exits(k, "a", 1);
	kit_log(k, "+a !a !a !a +a");
	/* The death and three retries. */
	assert_int_equal(kit_marks(k, "root"), 4);
}

static void
r51_what_does_not_count(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  t transient\n  x temporary\n  y temporary\n");
	kit_ask(k, OP_RESTART, "a");
	kit_ask(k, OP_STOP, "a");
	kit_fails(k, "a", 1);
	kit_ask(k, OP_START, "a");
	kit_ask(k, OP_START, "a");
	kit_exits(k, "t", 0);
	kit_exits(k, "x", 1);
	kit_killed(k, "y", 11);
	kit_log(k, "+a +t +x +y -a +a -a !a +a");
	assert_int_equal(kit_marks(k, "root"), 0);
}

static void
r52_intensity_restarts_are_allowed_and_the_next_is_fatal(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=3\n  a backoff=0\n");
	for (int i = 0; i < 3; i++)
		kit_exits(k, "a", 1);
	kit_state(k, "a", STATE_RUNNING);
	assert_int_equal(k->exit_code, -1);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a +a +a");
	assert_int_equal(kit_note(k, NOTE_GAVE_UP)->attempt, 4);
	assert_int_equal(kit_note(k, NOTE_GAVE_UP)->intensity, 3);
	assert_int_equal(k->exit_code, 1);
}

static void
r52_intensity_0_allows_none(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n  a\n  b\n");
	kit_exits(k, "b", 7);
	kit_log(k, "+a +b -a");
	assert_int_equal(k->exit_code, 7);
}

static void
r52_the_count_is_over_all_children_of_one_supervisor(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_one intensity=2\n"
		    "    a\n"
		    "    b\n"
		    "    c\n"
		    "  t one_for_one intensity=2\n"
		    "    d\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	kit_exits(k, "d", 1);
	assert_int_equal(kit_marks(k, "s"), 2);
	assert_int_equal(kit_marks(k, "t"), 1);
	k->log[0] = '\0';
	kit_exits(k, "c", 1);
	kit_log(k, "-b -a +a +b +c");
}

static void
r53_a_restart_counts_as_long_as_it_is_not_older_than_the_period(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1 period=10000\n  a backoff_reset=0\n");
	kit_exits(k, "a", 1);
	kit_pass(k, 10001);
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, -1);
	kit_pass(k, 10000);
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, 1);
}

static void
r54_neither_success_nor_quiet_nor_a_manual_restart_resets_the_count(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1 period=10000\n  a\n");
	kit_exits(k, "a", 1);
	kit_pass(k, 9000);
	kit_ask(k, OP_RESTART, "a");
	assert_int_equal(kit_marks(k, "root"), 1);
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, 1);
}

static void
r56_nested_limits_multiply(void **state)
{
	struct kit *k = *state;
	int starts = 1;

	kit_boot(k, "root intensity=2\n"
		    "  s one_for_one intensity=1 backoff=0\n"
		    "    a backoff=0\n");
	while (k->exit_code == -1) {
		kit_exits(k, "a", 1);
		starts += k->exit_code == -1;
	}
	/* (1 + 1) * (2 + 1) - 1 restarts, and the first start. */
	assert_int_equal(starts, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(r50_a_group_restart_counts_once),
		KIT_TEST(r50_each_retry_counts),
		KIT_TEST(r51_what_does_not_count),
		KIT_TEST(
		    r52_intensity_restarts_are_allowed_and_the_next_is_fatal),
		KIT_TEST(r52_intensity_0_allows_none),
		KIT_TEST(r52_the_count_is_over_all_children_of_one_supervisor),
		KIT_TEST(
		    r53_a_restart_counts_as_long_as_it_is_not_older_than_the_period),
		KIT_TEST(
		    r54_neither_success_nor_quiet_nor_a_manual_restart_resets_the_count),
		KIT_TEST(r56_nested_limits_multiply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
