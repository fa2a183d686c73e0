/* OTP.md 1.2: starting. */
#include "core_kit.h"

static void
r1_a_slow_start_in_one_supervisor_holds_up_no_other(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n"
		    "  one one_for_one\n"
		    "    a slow\n"
		    "    b\n"
		    "  two one_for_one\n"
		    "    c\n"
		    "    d\n");
	kit_log(k, "+c +d");
	kit_exits(k, "d", 1);
	kit_log(k, "+d");
	kit_spawned(k, "a");
	kit_log(k, "+a +b");
}

static void
r2_a_death_of_an_earlier_process_is_ignored(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_EXITED, .end = END_CODE };

	kit_boot(k, "root\n  a\n");
	e.node = kit_node(k, "a");
	e.ticket = kit_record(k, "a")->ticket;
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a");
	kit_tell(k, &e, 1);
	kit_state(k, "a", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
r7_children_start_in_the_order_of_the_list(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n  c\n");
	kit_log(k, "+a +b +c");
	kit_state(k, "a b c", STATE_RUNNING);
	assert_true(kit_record(k, "root")->ready);
}

static void
r7_a_nested_supervisor_has_started_when_all_its_children_have(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  a\n"
		    "  s one_for_one\n"
		    "    b\n"
		    "    c notify\n"
		    "  d\n");
	kit_log(k, "+a +b +c");
	assert_int_equal(kit_record(k, "s")->state, STATE_STARTING);
	kit_ready(k, "c");
	kit_log(k, "+d");
	assert_int_equal(kit_record(k, "s")->state, STATE_RUNNING);
}

static void
r8_the_next_one_starts_when_the_one_before_is_ready(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify\n  b after=2000\n  c oneshot\n  d\n");
	kit_log(k, "+a");
	kit_ready(k, "a");
	kit_log(k, "+b");
	kit_pass(k, 1999);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "+c");
	kit_exits(k, "c", 0);
	kit_log(k, "+d");
	kit_state(k, "c", STATE_EXITED);
}

static void
r8_with_parallel_all_start_at_once(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a notify\n  b slow\n  c\n");
	kit_log(k, "+a +c");
	assert_false(kit_record(k, "root")->ready);
	kit_spawned(k, "b");
	kit_ready(k, "a");
	assert_true(kit_record(k, "root")->ready);
}

static void
r9_a_program_that_can_not_run_is_a_failed_start(void **state)
{
	struct kit *k = *state;
	const struct record_exit *exit;

	kit_boot(k, "root\n  a fails=1\n");
	exit = &kit_note(k, NOTE_FAILED)->exit;
	assert_int_equal(exit->end, END_START);
	assert_int_equal(exit->step, STEP_EXEC);
	assert_int_equal(exit->number, 2);
}

static void
r9_an_exit_before_ready_is_a_failed_start_even_with_0(void **state)
{
	struct kit *k = *state;

	/* As an end it would be the last of a transient child. */
	kit_boot(k, "root\n  a notify transient\n");
	kit_exits(k, "a", 0);
	kit_log(k, "+a +a");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
r9_not_ready_in_time_is_a_failed_start_and_killed(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify start_timeout=3000\n");
	kit_log(k, "+a");
	kit_pass(k, 2999);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "*a +a");
	assert_int_equal(kit_record(k, "a")->exit.end, END_TIMEOUT);
	assert_int_equal(kit_record(k, "a")->attempt, 1);
}

static void
r9_a_temporary_child_that_fails_to_start_is_a_failure_as_well(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a temporary fails=1\n");
	kit_log(k, "!a +a");
	assert_false(kit_record(k, "a")->gone);
}

static void
d2_a_failure_at_boot_is_retried_and_the_elders_stay(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b fails=2\n  c\n");
	kit_log(k, "+a !b !b");
	kit_state(k, "a", STATE_RUNNING);
	kit_state(k, "b", STATE_WAITING);
	kit_state(k, "c", STATE_STOPPED);
	assert_false(kit_record(k, "root")->ready);
	kit_pass(k, 500);
	kit_log(k, "+b +c");
	assert_int_equal(kit_marks(k, "root"), 2);
	assert_true(kit_record(k, "root")->ready);
}

static void
d2_a_boot_that_fails_too_often_gives_up_by_its_own_supervisor(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  a\n"
		    "  s one_for_one intensity=1 transient\n"
		    "    b\n"
		    "    c fails=9 backoff=0\n"
		    "  d\n");
	/* The first start and one retry; then s goes, and d may come. */
	kit_log(k, "+a +b !c !c -b +d");
	kit_state(k, "a d", STATE_RUNNING);
	assert_int_equal(kit_record(k, "s")->state, STATE_FAILED);
}

static void
r12_a_restarted_supervisor_has_an_empty_count(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one intensity=1\n    a\n");
	kit_exits(k, "a", 1);
	assert_int_equal(kit_marks(k, "s"), 1);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a +a");
	assert_int_equal(kit_marks(k, "s"), 0);
	assert_int_equal(kit_marks(k, "root"), 1);
	assert_int_equal(kit_record(k, "s")->generation, 2);
}

static void
d3_instances_that_were_added_stay_when_the_supervisor_restarts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one intensity=0\n    w@1\n");
	kit_update(k, "root\n  s one_for_one intensity=0\n    w@1\n    w@2\n");
	kit_log(k, "+w@1 +w@2");
	kit_exits(k, "w@1", 1);
	kit_log(k, "-w@2 +w@1 +w@2");
}

static void
r13_a_death_in_a_slow_start_of_a_younger_one_is_an_ordinary_death(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b slow\n  c\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a");
	assert_int_equal(kit_marks(k, "root"), 1);
	kit_spawned(k, "b");
	kit_log(k, "+b +c");
}

static void
d4_a_death_in_a_group_start_begins_the_operation_anew(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b notify\n  c\n");
	kit_log(k, "+a +b");
	kit_exits(k, "a", 1);
	kit_log(k, "-b +a +b");
	assert_int_equal(kit_marks(k, "root"), 1);
	kit_ready(k, "b");
	kit_log(k, "+c");
}

static void
d4_a_younger_death_does_not_disturb_the_start_of_an_elder(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one parallel\n  a notify\n  b\n  c\n");
	kit_log(k, "+a +b +c");
	kit_exits(k, "b", 1);
	kit_log(k, "-c +b +c");
	kit_ready(k, "a");
	kit_state(k, "a b c", STATE_RUNNING);
}

static void
what_is_not_to_start_by_itself_is_passed_over(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a manual\n  b\n");
	kit_log(k, "+b");
	kit_state(k, "a", STATE_STOPPED);
	assert_true(kit_record(k, "root")->ready);
	assert_false(kit_record(k, "root")->degraded);
	assert_false(kit_record(k, "a")->wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(r1_a_slow_start_in_one_supervisor_holds_up_no_other),
		KIT_TEST(r2_a_death_of_an_earlier_process_is_ignored),
		KIT_TEST(r7_children_start_in_the_order_of_the_list),
		KIT_TEST(
		    r7_a_nested_supervisor_has_started_when_all_its_children_have),
		KIT_TEST(r8_the_next_one_starts_when_the_one_before_is_ready),
		KIT_TEST(r8_with_parallel_all_start_at_once),
		KIT_TEST(r9_a_program_that_can_not_run_is_a_failed_start),
		KIT_TEST(r9_an_exit_before_ready_is_a_failed_start_even_with_0),
		KIT_TEST(r9_not_ready_in_time_is_a_failed_start_and_killed),
		KIT_TEST(
		    r9_a_temporary_child_that_fails_to_start_is_a_failure_as_well),
		KIT_TEST(d2_a_failure_at_boot_is_retried_and_the_elders_stay),
		KIT_TEST(
		    d2_a_boot_that_fails_too_often_gives_up_by_its_own_supervisor),
		KIT_TEST(r12_a_restarted_supervisor_has_an_empty_count),
		KIT_TEST(
		    d3_instances_that_were_added_stay_when_the_supervisor_restarts),
		KIT_TEST(
		    r13_a_death_in_a_slow_start_of_a_younger_one_is_an_ordinary_death),
		KIT_TEST(d4_a_death_in_a_group_start_begins_the_operation_anew),
		KIT_TEST(
		    d4_a_younger_death_does_not_disturb_the_start_of_an_elder),
		KIT_TEST(what_is_not_to_start_by_itself_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
