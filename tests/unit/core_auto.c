/* OTP.md 1.9: automatic shutdown. */
#include "core_kit.h"

static void
r90_any_significant_ends_with_the_first_of_them(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n"
		    "  a\n  b transient significant\n"
		    "  c transient significant\n");
	kit_exits(k, "b", 0);
	kit_log(k, "+a +b +c -c -a");
	assert_int_equal(k->exit_code, 0);
}

static void
r90_a_temporary_one_ends_it_by_any_exit(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n  a\n  b temporary significant\n");
	kit_exits(k, "b", 3);
	kit_log(k, "+a +b -a");
	assert_int_equal(k->exit_code, 3);
}

static void
r90_all_significant_ends_with_the_last_of_them(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root all_significant\n"
		    "  a\n  b transient significant\n"
		    "  c temporary significant\n  d transient\n");
	kit_exits(k, "b", 0);
	kit_exits(k, "d", 0);
	kit_log(k, "+a +b +c +d");
	kit_exits(k, "c", 1);
	kit_log(k, "-a");
}

static void
r90_a_oneshot_may_be_significant(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n  a\n  b oneshot significant\n");
	kit_exits(k, "b", 0);
	kit_log(k, "+a +b -a");
	assert_int_equal(k->exit_code, 0);
}

static void
r91_a_waiting_one_is_left(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root all_significant\n"
		    "  a transient significant\n"
		    "  b transient significant\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_state(k, "a", STATE_WAITING);
	kit_exits(k, "b", 0);
	assert_int_equal(k->exit_code, -1);
	kit_pass(k, 500);
	kit_exits(k, "a", 0);
	assert_int_equal(k->exit_code, 0);
}

static void
r91_one_that_was_terminated_is_not_left(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root all_significant\n"
		    "  a transient significant\n"
		    "  b transient significant\n");
	kit_ask(k, OP_STOP, "a");
	assert_int_equal(k->exit_code, -1);
	kit_exits(k, "b", 0);
	assert_int_equal(k->exit_code, 0);
}

static void
r91_nor_is_one_whose_stop_takes_long(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root all_significant\n"
		    "  a transient significant deaf shutdown\n"
		    "  b transient significant\n");
	kit_ask(k, OP_STOP, "a");
	kit_exits(k, "b", 0);
	kit_exits(k, "a", 0);
	assert_int_equal(k->exit_code, 0);
}

static void
r92_neither_terminate_nor_an_abnormal_exit_nor_a_failed_start_triggers_it(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n"
		    "  a\n"
		    "  b transient significant fails=1\n"
		    "  c transient significant\n");
	kit_exits(k, "c", 1);
	kit_ask(k, OP_STOP, "b");
	kit_ask(k, OP_STOP, "c");
	kit_log(k, "+a !b +b +c +c -b -c");
	assert_int_equal(k->exit_code, -1);
}

static void
r92_nor_does_a_group_restart(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all any_significant\n"
		    "  a\n"
		    "  b temporary significant\n"
		    "  c transient significant\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b +c -c -b +a +c");
	assert_int_equal(k->exit_code, -1);
}

static void
r93_it_stops_in_reverse_order_and_counts_nothing(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_one any_significant transient\n"
		    "    a\n"
		    "    b\n"
		    "    c transient significant\n"
		    "    d\n");
	kit_exits(k, "c", 0);
	kit_log(k, "+a +b +c +d -d -b -a");
	assert_int_equal(kit_marks(k, "root"), 0);
	assert_int_equal(kit_record(k, "s")->state, STATE_EXITED);
	assert_int_equal(kit_record(k, "s")->exit.end, END_AUTO);
}

static void
r93_a_permanent_supervisor_is_restarted_and_that_counts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_one any_significant\n"
		    "    a transient significant\n");
	kit_exits(k, "a", 0);
	kit_log(k, "+a +a");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
r93_a_significant_supervisor_passes_it_on(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n"
		    "  z\n"
		    "  s one_for_one any_significant transient significant\n"
		    "    a transient significant\n");
	kit_exits(k, "a", 0);
	kit_log(k, "+z +a -z");
	assert_int_equal(k->exit_code, 0);
}

static void
r93_giving_up_passes_it_on_just_the_same(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n"
		    "  z\n"
		    "  s one_for_one intensity=0 transient significant\n"
		    "    a\n");
	kit_exits(k, "a", 9);
	kit_log(k, "+z +a -z");
	assert_int_equal(k->exit_code, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(r90_any_significant_ends_with_the_first_of_them),
		KIT_TEST(r90_a_temporary_one_ends_it_by_any_exit),
		KIT_TEST(r90_all_significant_ends_with_the_last_of_them),
		KIT_TEST(r90_a_oneshot_may_be_significant),
		KIT_TEST(r91_a_waiting_one_is_left),
		KIT_TEST(r91_one_that_was_terminated_is_not_left),
		KIT_TEST(r91_nor_is_one_whose_stop_takes_long),
		KIT_TEST(
		    r92_neither_terminate_nor_an_abnormal_exit_nor_a_failed_start_triggers_it),
		KIT_TEST(r92_nor_does_a_group_restart),
		KIT_TEST(r93_it_stops_in_reverse_order_and_counts_nothing),
		KIT_TEST(
		    r93_a_permanent_supervisor_is_restarted_and_that_counts),
		KIT_TEST(r93_a_significant_supervisor_passes_it_on),
		KIT_TEST(r93_giving_up_passes_it_on_just_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
