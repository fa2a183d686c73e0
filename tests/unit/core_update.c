/* OTP.md 1.13 with D6, and SPEC.md 11: updates. */
#include "core_kit.h"

static void
r151_new_flags_hold_at_once_and_the_count_is_judged_by_them(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=5\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_update(k, "root one_for_all intensity=3\n  a\n  b\n");
	kit_log(k, "");
	assert_int_equal(kit_marks(k, "root"), 2);
	kit_exits(k, "b", 1);
	kit_pass(k, 500);
	kit_log(k, "-a +a +b");
	kit_update(k, "root one_for_all intensity=2\n  a\n  b\n");
	kit_exits(k, "b", 1);
	kit_log(k, "-a");
	assert_int_equal(k->exit_code, 1);
}

static void
r151_a_new_period_judges_the_old_restarts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1 period=1000\n  a\n");
	kit_exits(k, "a", 1);
	kit_pass(k, 2000);
	kit_update(k, "root intensity=1 period=60000\n  a\n");
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, 1);
}

static void
r151_a_smaller_intensity_forgets_the_oldest_restarts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=3\n  a backoff=0\n");
	kit_exits(k, "a", 1);
	kit_pass(k, 100);
	kit_exits(k, "a", 1);
	kit_pass(k, 8900);
	kit_exits(k, "a", 1);
	kit_update(k, "root intensity=1\n  a backoff=0\n");
	kit_pass(k, 1200);
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, 1);
}

static void
r152_what_did_not_change_keeps_running_with_the_same_pid(void **state)
{
	struct kit *k = *state;
	int32_t pid;

	kit_boot(k, "root\n  a\n  b\n  c\n");
	pid = kit_record(k, "b")->pid;
	k->log[0] = '\0';
	kit_update(k, "root\n  x\n  b shutdown=1000 transient\n  y\n");
	kit_log(k, "-c -a +x +y");
	assert_int_equal(kit_record(k, "b")->pid, pid);
	/* The new stop time and restart type hold at once. */
	kit_exits(k, "b", 0);
	kit_state(k, "b", STATE_EXITED);
}

static void
r153_a_new_order_holds_without_a_restart(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_update(k, "root one_for_all\n  c\n  a\n  b\n");
	kit_log(k, "+a +b +c");
	kit_exits(k, "a", 1);
	kit_log(k, "-b -c +c +a +b");
}

static void
r154_a_change_of_auto_shutdown_acts_at_the_next_end(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b transient\n  c transient\n");
	kit_exits(k, "b", 0);
	kit_update(k, "root any_significant\n  a\n"
		      "  b transient significant\n"
		      "  c transient significant\n");
	assert_int_equal(k->exit_code, -1);
	kit_exits(k, "c", 0);
	assert_int_equal(k->exit_code, 0);
}

static void
d6_what_changed_in_a_way_that_needs_it_is_restarted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n  c\n");
	k->log[0] = '\0';
	kit_update(k, "root\n  a\n  b changed\n  c\n");
	kit_log(k, "-b +b");
	assert_int_equal(kit_marks(k, "root"), 0);
	assert_int_equal(kit_record(k, "b")->generation, 2);
}

static void
d6_it_takes_its_group_along_by_the_strategy(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_log(k, "+a +b +c");
	kit_update(k, "root rest_for_one\n  a\n  b changed\n  c\n");
	kit_log(k, "-c -b +b +c");
	kit_update(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_log(k, "");
	kit_update(k, "root one_for_all\n  a\n  b changed\n  c\n");
	kit_log(k, "-c -b -a +a +b +c");
}

static void
d6_removed_ones_stop_first_in_reverse_then_added_ones_start_in_order(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  s one_for_one\n    b\n    c\n  d\n");
	k->log[0] = '\0';
	kit_update(k, "root\n  x\n  a\n  t one_for_one\n    y\n    z\n");
	kit_log(k, "-d -c -b +x +y +z");
}

static void
d6_an_added_one_starts_when_the_elder_one_is_ready(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_update(k, "root\n  a\n  b notify\n  c\n");
	kit_log(k, "+a +b");
	kit_ready(k, "b");
	kit_log(k, "+c");
}

static void
d6_the_switch_waits_until_what_is_removed_is_gone(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a deaf\n  b\n");
	kit_update(k, "root\n  b\n  c\n");
	kit_log(k, "+a +b -a");
	assert_true(core_updating(k->core));
	assert_false(
	    core_update(k->core, k->trees[1]->specs, 3, NULL, NULL, 0));
	kit_pass(k, 10000);
	kit_log(k, "*a +c");
	assert_false(core_updating(k->core));
}

static void
d6_what_an_operator_stopped_stays_stopped_through_an_update(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_ask(k, OP_STOP, "a");
	k->log[0] = '\0';
	kit_update(k, "root one_for_all\n  a changed\n  b\n");
	kit_log(k, "");
	kit_update(k, "root one_for_all\n  a\n  b changed\n");
	kit_log(k, "-b +b");
	kit_state(k, "a", STATE_STOPPED);
}

static void
d6_a_waiting_child_that_changed_starts_at_once(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_state(k, "a", STATE_WAITING);
	k->log[0] = '\0';
	kit_update(k, "root\n  a changed\n");
	kit_log(k, "+a");
	assert_int_equal(kit_record(k, "a")->attempt, 0);
}

static void
d6_a_failed_child_that_changed_is_left_to_the_operator(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n  a on_limit_stop\n  b transient\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 0);
	k->log[0] = '\0';
	kit_update(
	    k, "root intensity=0\n  a on_limit_stop changed\n  b changed\n");
	kit_log(k, "");
	kit_state(k, "a", STATE_FAILED);
	kit_state(k, "b", STATE_EXITED);
}

static void
d6_a_death_during_the_stops_is_handled(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b deaf\n");
	kit_update(k, "root\n  a\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b -b +a");
	kit_exits(k, "b", 1);
	assert_int_equal(kit_marks(k, "root"), 1);
	assert_int_equal(core_count(k->core), 2);
}

static void
d6_one_that_dies_while_it_is_to_be_removed_is_not_restarted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b deaf\n");
	kit_update(k, "root\n  c\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b -b");
	kit_exits(k, "b", 1);
	kit_log(k, "+c");
	assert_int_equal(kit_marks(k, "root"), 0);
}

static void
d6_a_shutdown_ends_an_update(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b deaf\n");
	kit_update(k, "root\n  c\n");
	kit_shutdown(k, SPEC_INFINITE);
	k->updating = false;
	kit_exits(k, "b", 0);
	kit_log(k, "+a +b -b -a");
	assert_int_equal(k->exit_code, 0);
	assert_false(core_updating(k->core));
}

static void
d6_an_update_below_a_stopped_supervisor_starts_nothing(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n");
	kit_ask(k, OP_STOP, "s");
	k->log[0] = '\0';
	kit_update(k, "root\n  s one_for_one\n    a changed\n    b\n");
	kit_log(k, "");
	kit_ask(k, OP_START, "s");
	kit_log(k, "+a +b");
}

static void
d6_what_an_operator_stops_during_an_update_stays_stopped(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_one\n"
		    "    a\n"
		    "  t one_for_one\n"
		    "    b\n"
		    "    c\n"
		    "  z deaf\n");
	kit_update(k, "root\n"
		      "  s one_for_one\n"
		      "    a changed\n"
		      "  t one_for_one\n"
		      "    b changed\n"
		      "    c changed\n");
	k->log[0] = '\0';
	kit_ask(k, OP_STOP, "s");
	kit_ask(k, OP_STOP, "b");
	kit_answered(k, kit_ask(k, OP_START, "c"), "busy");
	kit_exits(k, "z", 0);
	kit_log(k, "-a -b -c +c");
	kit_state(k, "a b", STATE_STOPPED);
	assert_false(kit_record(k, "a")->wanted);
	assert_false(kit_record(k, "b")->wanted);
	assert_false(kit_record(k, "root")->degraded);
	kit_ask(k, OP_START, "s");
	kit_log(k, "+a");
}

static void
d6_an_update_below_a_waiting_supervisor_waits_with_it(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one intensity=0\n    a\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	k->log[0] = '\0';
	kit_update(k, "root\n  s one_for_one intensity=0\n    a\n    b\n  c\n");
	/* c is new below root, and s does not stand in its way. */
	kit_log(k, "+c");
	kit_pass(k, 500);
	kit_log(k, "+a +b");
}

static void
d6_a_changed_supervisor_restarts_as_a_whole(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n    b\n  c\n");
	k->log[0] = '\0';
	kit_update(k, "root\n  s one_for_one changed\n    a\n    b\n  c\n");
	kit_log(k, "-b -a +a +b");
}

static void
d6_one_removed_and_one_changed_together(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	k->log[0] = '\0';
	kit_update(k, "root one_for_all\n  a changed\n  c\n  d\n");
	kit_log(k, "-c -b -a +a +c +d");
}

static void
d6_a_removed_name_that_comes_back_is_a_new_node(void **state)
{
	struct kit *k = *state;
	uint32_t uid;

	kit_boot(k, "root\n  a\n  b\n");
	kit_exits(k, "b", 1);
	uid = kit_record(k, "b")->uid;
	kit_update(k, "root\n  a\n");
	kit_update(k, "root\n  a\n  b\n");
	assert_int_not_equal(kit_record(k, "b")->uid, uid);
	assert_int_equal(kit_record(k, "b")->restarts, 0);
	assert_int_equal(core_by_uid(k->core, uid), SPEC_NONE);
}

static void
d6_a_moved_node_stops_there_and_starts_here(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n    b\n  t one_for_one\n");
	k->log[0] = '\0';
	kit_update(k, "root\n  s one_for_one\n    b\n  t one_for_one\n    a\n");
	kit_log(k, "-a +a");
	kit_state(k, "a b", STATE_RUNNING);
}

static void
b7_a_waiting_group_goes_on_after_an_update_of_others(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_all\n    a\n    b\n  c\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_pass(k, 200);
	k->log[0] = '\0';
	kit_update(k, "root\n  z\n  s one_for_all\n    a\n    b\n");
	kit_log(k, "-c +z");
	kit_pass(k, 299);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "+a +b");
}

static void
d6_who_caused_a_waiting_group_may_be_removed(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	k->log[0] = '\0';
	kit_update(k, "root one_for_all\n  b\n  c\n");
	kit_pass(k, 60000);
	kit_log(k, "+b +c");
	kit_state(k, "b c", STATE_RUNNING);
}

static void
the_count_of_restarts_survives_the_removal_of_a_supervisor_before_it(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_one intensity=3\n"
		    "    a\n"
		    "  t one_for_one intensity=2\n"
		    "    b\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "a", 1);
	kit_update(k, "root\n  t one_for_one intensity=2\n    b\n");
	assert_int_equal(kit_marks(k, "t"), 1);
	kit_exits(k, "b", 1);
	kit_pass(k, 500);
	k->log[0] = '\0';
	kit_exits(k, "b", 1);
	kit_log(k, "+b");
	assert_int_equal(kit_marks(k, "root"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(
		    r151_new_flags_hold_at_once_and_the_count_is_judged_by_them),
		KIT_TEST(r151_a_new_period_judges_the_old_restarts),
		KIT_TEST(r151_a_smaller_intensity_forgets_the_oldest_restarts),
		KIT_TEST(
		    r152_what_did_not_change_keeps_running_with_the_same_pid),
		KIT_TEST(r153_a_new_order_holds_without_a_restart),
		KIT_TEST(r154_a_change_of_auto_shutdown_acts_at_the_next_end),
		KIT_TEST(d6_what_changed_in_a_way_that_needs_it_is_restarted),
		KIT_TEST(d6_it_takes_its_group_along_by_the_strategy),
		KIT_TEST(
		    d6_removed_ones_stop_first_in_reverse_then_added_ones_start_in_order),
		KIT_TEST(d6_an_added_one_starts_when_the_elder_one_is_ready),
		KIT_TEST(d6_the_switch_waits_until_what_is_removed_is_gone),
		KIT_TEST(
		    d6_what_an_operator_stopped_stays_stopped_through_an_update),
		KIT_TEST(d6_a_waiting_child_that_changed_starts_at_once),
		KIT_TEST(
		    d6_a_failed_child_that_changed_is_left_to_the_operator),
		KIT_TEST(d6_a_death_during_the_stops_is_handled),
		KIT_TEST(
		    d6_one_that_dies_while_it_is_to_be_removed_is_not_restarted),
		KIT_TEST(d6_a_shutdown_ends_an_update),
		KIT_TEST(
		    d6_an_update_below_a_stopped_supervisor_starts_nothing),
		KIT_TEST(
		    d6_what_an_operator_stops_during_an_update_stays_stopped),
		KIT_TEST(d6_an_update_below_a_waiting_supervisor_waits_with_it),
		KIT_TEST(d6_a_changed_supervisor_restarts_as_a_whole),
		KIT_TEST(d6_one_removed_and_one_changed_together),
		KIT_TEST(d6_a_removed_name_that_comes_back_is_a_new_node),
		KIT_TEST(d6_a_moved_node_stops_there_and_starts_here),
		KIT_TEST(b7_a_waiting_group_goes_on_after_an_update_of_others),
		KIT_TEST(d6_who_caused_a_waiting_group_may_be_removed),
		KIT_TEST(
		    the_count_of_restarts_survives_the_removal_of_a_supervisor_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
