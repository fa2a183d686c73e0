/* OTP.md 2: backoff. */
#include "core_kit.h"

/* How long the core means to wait from now on. */
static uint64_t
wait_of(struct kit *k)
{
	return core_deadline(k->core) - k->now_ms;
}

static void
b2_failures_are_numbered_for_each_child_by_itself(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_pass(k, 500);
	assert_int_equal(kit_record(k, "a")->attempt, 2);
	assert_int_equal(kit_record(k, "b")->attempt, 0);
	kit_exits(k, "b", 1);
	assert_int_equal(kit_record(k, "a")->attempt, 2);
	assert_int_equal(kit_record(k, "b")->attempt, 1);
	kit_log(k, "+a +b -b +a +b -b +a +b -a +a +b");
}

static void
b2_a_failed_start_is_one_more_failure(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_exits(k, "a", 1);
	kit_fails(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_pass(k, 500);
	kit_log(k, "+a +a !a");
	assert_int_equal(kit_record(k, "a")->attempt, 3);
	assert_int_equal(wait_of(k), 1000);
}

static void
b2_a_normal_exit_of_a_permanent_child_is_one_too(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_exits(k, "a", 0);
	kit_exits(k, "a", 0);
	assert_int_equal(kit_record(k, "a")->attempt, 2);
	assert_int_equal(wait_of(k), 500);
}

static void
b2_having_been_ready_for_backoff_reset_begins_anew(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity\n  a backoff_reset=5000\n");
	kit_exits(k, "a", 1);
	kit_pass(k, 4999);
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->attempt, 2);
	kit_pass(k, 500);
	kit_state(k, "a", STATE_RUNNING);
	kit_pass(k, 5000);
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->attempt, 1);
	kit_state(k, "a", STATE_RUNNING);
}

static void
b2_only_the_time_since_ready_counts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity\n  a notify backoff_reset=5000\n");
	kit_ready(k, "a");
	kit_exits(k, "a", 1);
	kit_pass(k, 6000);
	kit_ready(k, "a");
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->attempt, 2);
}

static void
b2_after_a_long_delay_a_longer_time_is_wanted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity\n"
		    "  a backoff=20000 backoff_reset=5000\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_pass(k, 20000);
	kit_pass(k, 19999);
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->attempt, 3);
	assert_int_equal(wait_of(k), 30000);
	kit_pass(k, 30000);
	kit_pass(k, 30000);
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->attempt, 1);
}

static void
b2_a_manual_start_and_a_manual_restart_begin_anew(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	kit_ask(k, OP_RESTART, "a");
	kit_ask(k, OP_STOP, "b");
	kit_ask(k, OP_START, "b");
	assert_int_equal(kit_record(k, "a")->attempt, 0);
	assert_int_equal(kit_record(k, "b")->attempt, 0);
}

static void
b2_a_new_instance_of_the_supervisor_begins_anew(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one intensity=1\n    a\n    b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +a -a +a +b");
	assert_int_equal(kit_record(k, "a")->attempt, 0);
	assert_int_equal(kit_record(k, "a")->delay_ms, 0);
}

static void
b3_the_delay_grows_by_the_factor_up_to_the_maximum(void **state)
{
	static const uint64_t delays[] = { 0, 500, 1500, 4500, 5000, 5000 };
	struct kit *k = *state;

	kit_boot(k, "root intensity\n  a factor=3000 backoff_max=5000\n");
	for (size_t i = 0; i < 6; i++) {
		kit_exits(k, "a", 1);
		assert_int_equal(kit_record(k, "a")->delay_ms, delays[i]);
		kit_pass(k, delays[i]);
		kit_state(k, "a", STATE_RUNNING);
	}
}

static void
b3_the_jitter_takes_off_and_never_adds(void **state)
{
	struct kit *k = *state;
	uint64_t random = 7, delay, least = SPEC_INFINITE, most = 0;
	struct spec spec = {
		.backoff_min_ms = 1000,
		.backoff_max_ms = 1000,
		.backoff_factor_milli = 2000,
		.backoff_jitter_percent = 10,
	};

	(void)k;
	for (int i = 0; i < 10000; i++) {
		delay = budget_delay(&spec, 2, &random);
		least = delay < least ? delay : least;
		most = delay > most ? delay : most;
	}
	assert_int_equal(least, 900);
	assert_int_equal(most, 1000);
}

static void
b3_a_huge_number_of_failures_is_no_danger(void **state)
{
	struct spec spec = {
		.backoff_min_ms = 1,
		.backoff_max_ms = UINT64_MAX / 2,
		.backoff_factor_milli = 10000,
	};
	uint64_t random = 1;

	(void)state;
	assert_int_equal(
	    budget_delay(&spec, UINT32_MAX, &random), UINT64_MAX / 2);
	assert_int_equal(budget_delay(&spec, 5, &random), 1000);
	spec.backoff_factor_milli = 1000;
	assert_int_equal(budget_delay(&spec, UINT32_MAX, &random), 1);
}

static void
b4_the_group_stops_at_once_then_waits_then_starts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_exits(k, "b", 1);
	kit_log(k, "-c");
	kit_state(k, "b", STATE_WAITING);
	kit_state(k, "c", STATE_STOPPED);
	kit_pass(k, 499);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "+b +c");
}

static void
b4_a_refused_restart_gives_up_without_waiting(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1\n  a\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, 1);
}

static void
b4_the_delay_is_that_of_the_cause_and_not_the_longest(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all intensity\n  a\n  b backoff=9000\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	kit_pass(k, 9000);
	kit_exits(k, "a", 1);
	kit_state(k, "a b", STATE_RUNNING);
}

static void
b5_a_crash_loop_exceeds_the_limit_at_the_same_death_as_without_backoff(
    void **state)
{
	static const uint64_t delays[] = { 0, 500, 1000, 2000, 4000 };
	struct kit *k = *state;

	/* The defaults, worked out in SPEC.md section 6. */
	kit_boot(k, "root\n  a\n");
	for (size_t i = 0; i < 5; i++) {
		kit_exits(k, "a", 1);
		assert_int_equal(kit_record(k, "a")->delay_ms, delays[i]);
		kit_pass(k, delays[i]);
	}
	assert_int_equal(k->now_ms, 1000 + 7500);
	assert_int_equal(k->exit_code, -1);
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, 1);
}

static void
b5_a_slow_stop_and_a_slow_start_do_not_age_the_count_either(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all intensity=1 period=5000\n"
		    "  a notify\n  b deaf\n");
	kit_ready(k, "a");
	kit_exits(k, "a", 1);
	kit_pass(k, 4000);
	kit_exits(k, "b", 0);
	kit_pass(k, 4000);
	kit_ready(k, "a");
	kit_exits(k, "a", 1);
	assert_int_equal(k->exit_code, -1);
	kit_exits(k, "b", 0);
	assert_int_equal(k->exit_code, 1);
}

static void
b5_restarts_of_others_age_while_a_child_waits(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=2 period=3000\n"
		    "  a backoff=6000\n  b\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "a", 1);
	kit_pass(k, 3001);
	/* Both are forgotten: a ran. */
	kit_exits(k, "a", 1);
	assert_int_equal(kit_marks(k, "root"), 1);
	kit_pass(k, 3001);
	kit_exits(k, "b", 1);
	/* a waits, so its own is not. */
	assert_int_equal(kit_marks(k, "root"), 2);
	assert_int_equal(k->exit_code, -1);
}

static void
b5_what_is_stopped_ages(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1 period=3000\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_ask(k, OP_STOP, "a");
	kit_pass(k, 3001);
	kit_exits(k, "b", 1);
	kit_state(k, "b", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
b6_a_retry_is_counted_when_it_is_attempted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_fails(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_pass(k, 500);
	kit_state(k, "a", STATE_WAITING);
	assert_int_equal(kit_marks(k, "root"), 2);
	/* One that is cancelled costs nothing. */
	kit_ask(k, OP_STOP, "a");
	kit_pass(k, 5000);
	assert_int_equal(kit_marks(k, "root"), 2);
}

static void
b6_a_retry_that_would_be_refused_is_not_waited_for(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=2\n  a\n");
	kit_exits(k, "a", 1);
	kit_fails(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_pass(k, 500);
	kit_log(k, "+a +a !a");
	assert_int_equal(k->exit_code, 1);
}

static void
b7_terminate_cancels_the_wait_and_leaves_the_group_stopped(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_ask(k, OP_STOP, "b");
	kit_pass(k, 60000);
	kit_log(k, "");
	kit_state(k, "a b c", STATE_STOPPED);
}

static void
b7_after_that_no_group_starts_any_more(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_ask(k, OP_STOP, "b");
	kit_ask(k, OP_START, "c");
	kit_pass(k, 60000);
	kit_log(k, "+c");
}

static void
b7_a_member_started_by_hand_is_stopped_again_when_the_group_starts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_answered(k, kit_ask(k, OP_START, "c"), "ok");
	kit_log(k, "+c");
	kit_pass(k, 500);
	kit_log(k, "-c +a +b +c");
}

static void
b7_restart_of_the_waiting_child_means_now(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	k->log[0] = '\0';
	kit_pass(k, 100);
	kit_answered(k, kit_ask(k, OP_RESTART, "a"), "ok");
	kit_log(k, "+a +b");
	/* SPEC.md 6: n begins anew after a start by hand. */
	assert_int_equal(kit_record(k, "a")->attempt, 0);
	assert_int_equal(kit_marks(k, "root"), 2);
}

static void
b7_that_holds_while_its_group_is_being_stopped_as_well(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	for (int op = OP_START; op <= OP_RESTART; op += OP_RESTART - OP_START) {
		kit_renew(k);
		kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
		kit_exits(k, "b", 1);
		kit_is(k, "b", KIT_LEAVES);
		k->log[0] = '\0';
		kit_exits(k, "b", 1);
		ask = kit_ask(k, (enum event_op)op, "b");
		kit_log(k, "-c");
		kit_gone(k, "b");
		kit_log(k, "-a +a +b +c");
		kit_answered(k, ask, "ok");
		assert_int_equal(kit_record(k, "b")->attempt, 0);
	}
}

static void
b7_an_elder_death_takes_the_waiting_group_in(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_pass(k, 200);
	kit_exits(k, "a", 1);
	/* Its own delay is 0, what is left of the other is 300. */
	kit_log(k, "");
	kit_pass(k, 299);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "+a +b +c");
}

static void
b7_what_was_started_by_hand_of_the_larger_group_is_stopped_again(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  a\n  x\n  b\n  c\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	kit_exits(k, "a", 1);
	k->log[0] = '\0';
	kit_ask(k, OP_START, "x");
	kit_log(k, "+x");
	kit_pass(k, 500);
	kit_log(k, "-x +a +x +b +c");
}

static void
b7_an_order_to_stop_ends_the_wait(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_state(k, "a", STATE_WAITING);
	kit_ask(k, OP_STOP, "s");
	kit_state(k, "a", STATE_STOPPED);
	kit_pass(k, 60000);
	kit_log(k, "+a +a");
}

static void
b7_an_update_changes_the_next_wait_and_cancels_that_of_a_removed_child(
    void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_update(k, "root\n  a backoff=3000\n");
	kit_pass(k, 499);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "+a");
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->delay_ms, 6000);
}

static void
b8_with_on_limit_stop_only_the_child_stays_failed(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1\n  a on_limit_stop\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b +a");
	kit_state(k, "a", STATE_FAILED);
	kit_state(k, "b", STATE_RUNNING);
	assert_true(kit_record(k, "root")->degraded);
	kit_ask(k, OP_START, "a");
	kit_log(k, "+a");
	assert_false(kit_record(k, "root")->degraded);
}

static void
b8_it_does_not_hold_in_groups(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all intensity=0\n  a on_limit_stop\n  b\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b -b");
	assert_int_equal(k->exit_code, 1);
}

static void
b9_with_intensity_infinity_it_is_retried_for_ever(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity\n  a\n");
	for (int i = 0; i < 200; i++) {
		kit_exits(k, "a", 1);
		kit_pass(k, 30000 - 1);
		kit_pass(k, 1);
	}
	assert_int_equal(kit_record(k, "a")->restarts, 200);
	assert_int_equal(k->exit_code, -1);
}

static void
b10_without_backoff_a_restart_is_in_the_same_step(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity\n  a backoff=0\n");
	for (int i = 0; i < 20; i++) {
		kit_exits(k, "a", 1);
		kit_state(k, "a", STATE_RUNNING);
		assert_int_equal(core_deadline(k->core), SPEC_INFINITE);
	}
}

static void
d7_times_are_milliseconds_and_a_clock_at_0_is_a_clock(void **state)
{
	struct kit *k = *state;

	k->now_ms = 0;
	kit_boot(k, "root\n  a backoff=1\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	assert_int_equal(core_deadline(k->core), 1);
	kit_pass(k, 1);
	kit_log(k, "+a +a +a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(b2_failures_are_numbered_for_each_child_by_itself),
		KIT_TEST(b2_a_failed_start_is_one_more_failure),
		KIT_TEST(b2_a_normal_exit_of_a_permanent_child_is_one_too),
		KIT_TEST(b2_having_been_ready_for_backoff_reset_begins_anew),
		KIT_TEST(b2_only_the_time_since_ready_counts),
		KIT_TEST(b2_after_a_long_delay_a_longer_time_is_wanted),
		KIT_TEST(b2_a_manual_start_and_a_manual_restart_begin_anew),
		KIT_TEST(b2_a_new_instance_of_the_supervisor_begins_anew),
		KIT_TEST(b3_the_delay_grows_by_the_factor_up_to_the_maximum),
		KIT_TEST(b3_the_jitter_takes_off_and_never_adds),
		KIT_TEST(b3_a_huge_number_of_failures_is_no_danger),
		KIT_TEST(b4_the_group_stops_at_once_then_waits_then_starts),
		KIT_TEST(b4_a_refused_restart_gives_up_without_waiting),
		KIT_TEST(b4_the_delay_is_that_of_the_cause_and_not_the_longest),
		KIT_TEST(
		    b5_a_crash_loop_exceeds_the_limit_at_the_same_death_as_without_backoff),
		KIT_TEST(
		    b5_a_slow_stop_and_a_slow_start_do_not_age_the_count_either),
		KIT_TEST(b5_restarts_of_others_age_while_a_child_waits),
		KIT_TEST(b5_what_is_stopped_ages),
		KIT_TEST(b6_a_retry_is_counted_when_it_is_attempted),
		KIT_TEST(b6_a_retry_that_would_be_refused_is_not_waited_for),
		KIT_TEST(
		    b7_terminate_cancels_the_wait_and_leaves_the_group_stopped),
		KIT_TEST(b7_after_that_no_group_starts_any_more),
		KIT_TEST(
		    b7_a_member_started_by_hand_is_stopped_again_when_the_group_starts),
		KIT_TEST(b7_restart_of_the_waiting_child_means_now),
		KIT_TEST(
		    b7_that_holds_while_its_group_is_being_stopped_as_well),
		KIT_TEST(b7_an_elder_death_takes_the_waiting_group_in),
		KIT_TEST(
		    b7_what_was_started_by_hand_of_the_larger_group_is_stopped_again),
		KIT_TEST(b7_an_order_to_stop_ends_the_wait),
		KIT_TEST(
		    b7_an_update_changes_the_next_wait_and_cancels_that_of_a_removed_child),
		KIT_TEST(b8_with_on_limit_stop_only_the_child_stays_failed),
		KIT_TEST(b8_it_does_not_hold_in_groups),
		KIT_TEST(b9_with_intensity_infinity_it_is_retried_for_ever),
		KIT_TEST(b10_without_backoff_a_restart_is_in_the_same_step),
		KIT_TEST(d7_times_are_milliseconds_and_a_clock_at_0_is_a_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
