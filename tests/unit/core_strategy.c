/* OTP.md 1.4 and 1.5: strategies, and deaths while something else goes on. */
#include "core_kit.h"

static void
r30_one_for_one_touches_no_one_else(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +c +b");
}

static void
r31_one_for_all_stops_the_others_in_reverse_and_starts_all_in_order(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n  d\n");
	kit_log(k, "+a +b +c +d");
	kit_exits(k, "b", 1);
	kit_log(k, "-d -c -a +a +b +c +d");
	kit_exits(k, "a", 1);
	kit_pass(k, 500);
	kit_log(k, "-d -c -b +a +b +c +d");
}

static void
r32_rest_for_one_takes_the_younger_and_leaves_the_elder(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n  d\n");
	kit_log(k, "+a +b +c +d");
	kit_exits(k, "b", 1);
	kit_log(k, "-d -c +b +c +d");
	kit_exits(k, "d", 1);
	kit_log(k, "+d");
}

static void
r33_temporary_members_are_stopped_and_not_started_again(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a temporary\n  b\n  c temporary\n");
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +c -c -a +b");
	assert_true(kit_record(k, "a")->gone);
	assert_true(kit_record(k, "c")->gone);
}

static void
r34_a_finished_member_is_started_again_with_its_group(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n"
		    "  a transient\n  b\n  c transient\n  d oneshot\n");
	kit_exits(k, "d", 0);
	kit_exits(k, "a", 0);
	kit_exits(k, "c", 0);
	kit_log(k, "+a +b +c +d");
	kit_exits(k, "b", 1);
	/* The elder one stays as it is. */
	kit_log(k, "+b +c +d");
	kit_state(k, "a", STATE_EXITED);
}

static void
r34_one_for_one_leaves_a_finished_child_alone(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a transient\n  b\n");
	kit_exits(k, "a", 0);
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +b");
}

static void
d1_what_an_operator_stopped_stays_stopped_through_group_restarts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_ask(k, OP_STOP, "b");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b +c -b -c +a +c");
	kit_state(k, "b", STATE_STOPPED);
	kit_ask(k, OP_START, "b");
	kit_log(k, "+b");
	kit_exits(k, "b", 1);
	kit_log(k, "-c -a +a +b +c");
}

static void
d1_it_comes_back_with_its_whole_supervisor(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one intensity=0\n    a\n    b\n");
	kit_ask(k, OP_STOP, "a");
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b -a +a +b");
}

static void
r35_children_added_later_are_members_like_others(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n");
	kit_update(k, "root one_for_all\n  a\n  b\n");
	kit_log(k, "+a +b");
	kit_exits(k, "a", 1);
	kit_log(k, "-b +a +b");
}

static void
r36_a_nested_supervisor_is_one_child_and_stops_depth_first(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n"
		    "  a\n"
		    "  s one_for_one\n"
		    "    b\n"
		    "    t one_for_all\n"
		    "      c\n"
		    "      d\n"
		    "  e\n");
	kit_log(k, "+a +b +c +d +e");
	kit_exits(k, "a", 1);
	kit_log(k, "-e -d -c -b +a +b +c +d +e");
	kit_exits(k, "d", 1);
	kit_log(k, "-c +c +d");
}

static void
r37_each_member_is_down_before_the_next_is_stopped(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b deaf\n  c deaf\n");
	kit_log(k, "+a +b +c");
	kit_exits(k, "a", 1);
	kit_log(k, "-c");
	kit_exits(k, "c", 0);
	kit_log(k, "-b");
	kit_exits(k, "b", 0);
	kit_log(k, "+a +b +c");
}

static void
r37_down_means_that_nothing_of_it_is_left(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_is(k, "b c", KIT_LEAVES);
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +c -c");
	kit_gone(k, "c");
	kit_log(k, "");
	kit_gone(k, "b");
	kit_log(k, "-a +a +b +c");
}

static void
r40_one_that_had_died_before_it_was_to_be_stopped_counts_for_nothing(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b deaf\n  c deaf\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b +c -c");
	/* b dies by itself while c is being stopped. */
	kit_exits(k, "b", 1);
	kit_exits(k, "c", 0);
	kit_log(k, "+a +b +c");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
r40_a_consumed_death_triggers_no_auto_shutdown(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_all any_significant\n"
		    "    a\n"
		    "    b transient significant\n"
		    "    c deaf\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 0);
	kit_exits(k, "c", 0);
	kit_log(k, "+a +b +c -c +a +b +c");
	kit_state(k, "a b c", STATE_RUNNING);
}

static void
r41_a_death_outside_the_group_is_an_event_of_its_own(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c deaf\n");
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +c -c");
	kit_exits(k, "a", 1);
	kit_exits(k, "c", 0);
	kit_log(k, "+a +b +c");
	assert_int_equal(kit_marks(k, "root"), 2);
}

static void
r41_a_death_right_after_the_group_has_started_is_the_next_event(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b -b +a +b +b");
	assert_int_equal(kit_marks(k, "root"), 2);
}

static void
r42_of_deaths_at_once_the_eldest_is_handled_first(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_exits(k, "c b a", 1);
	kit_log(k, "+a +b +c +a +b +c");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
r42_of_deaths_at_once_the_outer_supervisor_is_handled_first(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n"
		    "  s one_for_one\n"
		    "    a\n"
		    "  b\n");
	kit_exits(k, "a b", 1);
	kit_state(k, "a b", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "root"), 1);
	assert_int_equal(kit_marks(k, "s"), 0);
	assert_int_equal(kit_record(k, "s")->generation, 2);
}

static void
r43_a_request_in_the_middle_is_answered_afterwards(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root one_for_all\n  a\n  b deaf\n");
	kit_exits(k, "a", 1);
	ask = kit_ask(k, OP_START, "b");
	kit_answered(k, ask, NULL);
	kit_exits(k, "b", 0);
	kit_answered(k, ask, "ok");
	kit_log(k, "+a +b -b +a +b");
}

static void
r43_a_member_that_is_down_waits_for_the_others_as_well(void **state)
{
	struct kit *k = *state;
	uint32_t start, restart;

	kit_boot(k, "root one_for_all\n  a\n  b deaf\n  c\n");
	kit_log(k, "+a +b +c");
	kit_exits(k, "a", 1);
	start = kit_ask(k, OP_START, "c");
	restart = kit_ask(k, OP_RESTART, "c");
	kit_log(k, "-c -b");
	kit_exits(k, "b", 0);
	kit_log(k, "+a +b +c");
	kit_answered(k, start, "ok");
	kit_answered(k, restart, "ok");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(r30_one_for_one_touches_no_one_else),
		KIT_TEST(
		    r31_one_for_all_stops_the_others_in_reverse_and_starts_all_in_order),
		KIT_TEST(
		    r32_rest_for_one_takes_the_younger_and_leaves_the_elder),
		KIT_TEST(
		    r33_temporary_members_are_stopped_and_not_started_again),
		KIT_TEST(r34_a_finished_member_is_started_again_with_its_group),
		KIT_TEST(r34_one_for_one_leaves_a_finished_child_alone),
		KIT_TEST(
		    d1_what_an_operator_stopped_stays_stopped_through_group_restarts),
		KIT_TEST(d1_it_comes_back_with_its_whole_supervisor),
		KIT_TEST(r35_children_added_later_are_members_like_others),
		KIT_TEST(
		    r36_a_nested_supervisor_is_one_child_and_stops_depth_first),
		KIT_TEST(r37_each_member_is_down_before_the_next_is_stopped),
		KIT_TEST(r37_down_means_that_nothing_of_it_is_left),
		KIT_TEST(
		    r40_one_that_had_died_before_it_was_to_be_stopped_counts_for_nothing),
		KIT_TEST(r40_a_consumed_death_triggers_no_auto_shutdown),
		KIT_TEST(r41_a_death_outside_the_group_is_an_event_of_its_own),
		KIT_TEST(
		    r41_a_death_right_after_the_group_has_started_is_the_next_event),
		KIT_TEST(r42_of_deaths_at_once_the_eldest_is_handled_first),
		KIT_TEST(
		    r42_of_deaths_at_once_the_outer_supervisor_is_handled_first),
		KIT_TEST(r43_a_request_in_the_middle_is_answered_afterwards),
		KIT_TEST(
		    r43_a_member_that_is_down_waits_for_the_others_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
