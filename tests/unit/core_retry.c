/* OTP.md 1.7: retries. */
#include "core_kit.h"

static void
r60_a_failed_restart_waits_and_is_handled_like_a_new_death(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n");
	kit_fails(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b !a");
	kit_state(k, "a", STATE_WAITING);
	assert_int_equal(kit_marks(k, "root"), 1);
	kit_pass(k, 500);
	kit_log(k, "+a");
	assert_int_equal(kit_marks(k, "root"), 2);
}

static void
r61_a_group_start_ends_at_the_first_failure_and_keeps_what_it_started(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_fails(k, "b", 1);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b +c -c -b +a !b -a +a +b +c");
}

static void
r61_while_the_failed_one_waits_the_younger_are_stopped(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_fails(k, "b", 1);
	k->log[0] = '\0';
	kit_exits(k, "a", 1);
	kit_log(k, "-c -b +a !b");
	kit_state(k, "a", STATE_RUNNING);
	kit_state(k, "b", STATE_WAITING);
	kit_state(k, "c", STATE_STOPPED);
}

static void
r62_under_one_for_all_the_retry_starts_everything_again_from_the_first(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_fails(k, "b", 1);
	k->log[0] = '\0';
	kit_exits(k, "a", 1);
	kit_log(k, "-c -b +a !b");
	kit_pass(k, 500);
	kit_log(k, "-a +a +b +c");
	assert_int_equal(kit_marks(k, "root"), 3);
}

static void
r62_under_rest_for_one_the_retry_is_of_the_failed_one_and_the_younger(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_fails(k, "b", 1);
	k->log[0] = '\0';
	kit_exits(k, "a", 1);
	kit_pass(k, 500);
	kit_log(k, "-c -b +a !b +b +c");
	assert_int_equal(kit_record(k, "a")->attempt, 1);
	assert_int_equal(kit_record(k, "b")->attempt, 2);
}

static void
r63_terminate_cancels_the_retry_and_leaves_the_rest_of_the_group(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_fails(k, "b", 1);
	kit_exits(k, "a", 1);
	k->log[0] = '\0';
	kit_answered(k, kit_ask(k, OP_STOP, "b"), "ok");
	kit_state(k, "b c", STATE_STOPPED);
	kit_pass(k, 60000);
	kit_log(k, "");
	kit_state(k, "a", STATE_RUNNING);
	/* A stopped younger one can be started. */
	kit_answered(k, kit_ask(k, OP_START, "c"), "ok");
	kit_log(k, "+c");
}

static void
r63_the_siblings_of_a_waiting_child_are_served(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n  c manual\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	k->log[0] = '\0';
	kit_answered(k, kit_ask(k, OP_RESTART, "b"), "ok");
	kit_answered(k, kit_ask(k, OP_START, "c"), "ok");
	kit_log(k, "-b +b +c");
	kit_state(k, "a", STATE_WAITING);
}

static void
r64_the_group_restart_of_an_elder_comes_before_a_retry(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_exits(k, "c", 1);
	kit_fails(k, "c", 1);
	kit_exits(k, "c", 1);
	kit_pass(k, 500);
	kit_state(k, "c", STATE_WAITING);
	k->log[0] = '\0';
	kit_exits(k, "a", 1);
	kit_pass(k, 1000);
	/* c came with the group, once. */
	kit_log(k, "-b +a +b +c");
	kit_pass(k, 60000);
	kit_log(k, "");
}

static void
r65_an_order_to_stop_ends_the_waiting(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b fails=9\n");
	kit_state(k, "b", STATE_WAITING);
	kit_shutdown(k, SPEC_INFINITE);
	kit_log(k, "+a !b !b -a");
	assert_int_equal(k->exit_code, 0);
}

static void
r66_a_failing_manual_start_is_neither_retried_nor_counted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_ask(k, OP_STOP, "b");
	kit_fails(k, "b", 1);
	k->log[0] = '\0';
	kit_answered(k, kit_ask(k, OP_START, "b"), "failed");
	kit_pass(k, 60000);
	kit_log(k, "!b");
	kit_state(k, "b", STATE_FAILED);
	assert_int_equal(kit_marks(k, "root"), 0);
	assert_int_equal(core_deadline(k->core), SPEC_INFINITE);
}

static void
r66_a_failing_manual_restart_is_neither_retried_nor_counted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_fails(k, "a", 1);
	kit_answered(k, kit_ask(k, OP_RESTART, "a"), "failed");
	kit_pass(k, 60000);
	kit_log(k, "+a -a !a");
	kit_state(k, "a", STATE_FAILED);
	assert_int_equal(kit_marks(k, "root"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(
		    r60_a_failed_restart_waits_and_is_handled_like_a_new_death),
		KIT_TEST(
		    r61_a_group_start_ends_at_the_first_failure_and_keeps_what_it_started),
		KIT_TEST(
		    r61_while_the_failed_one_waits_the_younger_are_stopped),
		KIT_TEST(
		    r62_under_one_for_all_the_retry_starts_everything_again_from_the_first),
		KIT_TEST(
		    r62_under_rest_for_one_the_retry_is_of_the_failed_one_and_the_younger),
		KIT_TEST(
		    r63_terminate_cancels_the_retry_and_leaves_the_rest_of_the_group),
		KIT_TEST(r63_the_siblings_of_a_waiting_child_are_served),
		KIT_TEST(
		    r64_the_group_restart_of_an_elder_comes_before_a_retry),
		KIT_TEST(r65_an_order_to_stop_ends_the_waiting),
		KIT_TEST(
		    r66_a_failing_manual_start_is_neither_retried_nor_counted),
		KIT_TEST(
		    r66_a_failing_manual_restart_is_neither_retried_nor_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
