/* OTP.md 1.8: giving up. */
#include "core_kit.h"

static void
r70_it_stops_its_children_in_reverse_order_and_restarts_no_one(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_all intensity=0 transient\n"
		    "    a\n"
		    "    b\n"
		    "    c\n"
		    "  z\n");
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +c +z -c -a");
	kit_state(k, "b", STATE_FAILED);
	kit_state(k, "a c", STATE_STOPPED);
	assert_int_equal(kit_record(k, "s")->state, STATE_FAILED);
	assert_int_equal(kit_record(k, "s")->exit.end, END_GAVE_UP);
}

static void
r71_its_parent_restarts_it_by_its_own_strategy_and_count(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n"
		    "  a\n"
		    "  s one_for_one intensity=0\n"
		    "    b\n"
		    "    c\n"
		    "  d\n");
	kit_log(k, "+a +b +c +d");
	kit_exits(k, "b", 1);
	kit_log(k, "-c -d +b +c +d");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
r71_it_has_a_backoff_as_its_parent_s_child(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one intensity=0\n    a\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a");
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "s")->state, STATE_WAITING);
	assert_int_equal(kit_record(k, "s")->attempt, 2);
	kit_pass(k, 500);
	kit_log(k, "+a");
}

static void
r72_a_transient_supervisor_gives_up_quietly_and_siblings_live_on(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n"
		    "  a\n"
		    "  s one_for_one intensity=0 transient\n"
		    "    b\n"
		    "  c\n");
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +c");
	kit_state(k, "a c", STATE_RUNNING);
	assert_true(kit_record(k, "root")->degraded);
}

static void
r73_root_s_giving_up_stops_all_and_ends_with_the_code_of_the_first(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n"
		    "  a\n"
		    "  s one_for_one intensity=0\n"
		    "    b\n"
		    "    c\n"
		    "  d\n");
	kit_log(k, "+a +b +c +d");
	kit_exits(k, "b", 42);
	kit_log(k, "-c -d -a");
	assert_int_equal(k->exit_code, 42);
	assert_int_equal(core_life(k->core), CORE_DOWN);
}

static void
r73_a_signal_at_the_beginning_of_the_chain_is_128_and_its_number(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n  s one_for_one intensity=0\n    a\n");
	kit_killed(k, "a", 11);
	assert_int_equal(k->exit_code, 128 + 11);
}

static void
r73_where_there_is_no_code_it_is_1(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1\n  a fails=9 backoff=0\n");
	assert_int_equal(k->exit_code, 1);
}

static void
r73_a_code_of_0_is_no_success_where_root_gave_up(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n  a\n");
	kit_exits(k, "a", 0);
	assert_int_equal(k->exit_code, 1);
}

static void
r73_after_the_end_nothing_is_started_and_no_time_is_waited_for(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b -b");
	kit_answered(k, kit_ask(k, OP_START, "a"), "shutting down");
	kit_pass(k, 100000);
	kit_log(k, "");
	assert_int_equal(core_deadline(k->core), SPEC_INFINITE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(
		    r70_it_stops_its_children_in_reverse_order_and_restarts_no_one),
		KIT_TEST(
		    r71_its_parent_restarts_it_by_its_own_strategy_and_count),
		KIT_TEST(r71_it_has_a_backoff_as_its_parent_s_child),
		KIT_TEST(
		    r72_a_transient_supervisor_gives_up_quietly_and_siblings_live_on),
		KIT_TEST(
		    r73_root_s_giving_up_stops_all_and_ends_with_the_code_of_the_first),
		KIT_TEST(
		    r73_a_signal_at_the_beginning_of_the_chain_is_128_and_its_number),
		KIT_TEST(r73_where_there_is_no_code_it_is_1),
		KIT_TEST(r73_a_code_of_0_is_no_success_where_root_gave_up),
		KIT_TEST(
		    r73_after_the_end_nothing_is_started_and_no_time_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
