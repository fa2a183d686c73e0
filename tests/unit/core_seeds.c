/* What the simulation (tests/sim) found in the core, told by hand. */
#include "core_kit.h"

#include <stdlib.h>

static void
a_retry_in_one_for_all_starts_the_group_from_its_first(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b fails=1\n");
	kit_log(k, "+a !b -a +a +b");
}

static void
an_elder_is_stopped_when_nothing_is_left_of_the_cause(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_is(k, "b", KIT_LEAVES);
	kit_log(k, "+a +b +c");
	kit_exits(k, "b", 1);
	kit_log(k, "-c");
	kit_gone(k, "b");
	kit_log(k, "-a +a +b +c");
}

static void
what_is_left_of_a_members_wait_delays_its_group(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one intensity=50\n"
		    "  a backoff=10\n  b backoff=500 fails=2\n");
	kit_log(k, "+a !b !b");
	kit_exits(k, "a", 1);
	kit_pass(k, 400);
	/* a alone would not wait, but b has 500 ms to wait (B7). */
	kit_log(k, "");
	kit_pass(k, 100);
	kit_log(k, "+a +b");
}

static void
a_second_hurry_never_gives_more_time(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a shutdown=60000\n  b shutdown=60000\n");
	kit_is(k, "a b", KIT_DEAF);
	kit_shutdown(k, SPEC_INFINITE);
	kit_hurry(k, 100);
	kit_hurry(k, 5000);
	kit_pass(k, 100);
	kit_pass(k, 100);
	kit_log(k, "+a +b -b *b -a *a");
}

static void
a_member_taken_in_by_a_group_waits_no_more(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one intensity=50\n"
		    "  a backoff=1000\n  b backoff=500 fails=2\n");
	kit_state(k, "b", STATE_WAITING);
	kit_exits(k, "a", 1);
	kit_state(k, "a", STATE_WAITING);
	kit_state(k, "b", STATE_STOPPED);
}

static void
a_start_by_hand_in_a_waiting_group_that_fails_is_not_counted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b -b +a +b -b");
	kit_fails(k, "b", 1);
	assert_int_equal(kit_marks(k, "root"), 2);
	kit_answered(k, kit_ask(k, OP_START, "b"), "failed");
	assert_int_equal(kit_marks(k, "root"), 2);
	kit_log(k, "!b");
	/* It is one of the group all the same (R34). */
	kit_pass(k, 500);
	kit_log(k, "+a +b");
}

static void
a_temporary_child_that_never_came_up_keeps_its_start(void **state)
{
	struct kit *k = *state;

	kit_open(k, "root rest_for_one intensity=50\n"
		    "  a\n  b temporary\n");
	kit_is(k, "b", KIT_LEAVES);
	kit_fails(k, "b", 1);
	kit_tell(k, &(struct event){ .kind = EVENT_BOOT }, 1);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a !b");
	/* b has failed and its remains are there when its group is stopped. */
	kit_exits(k, "a", 1);
	kit_gone(k, "b");
	kit_pass(k, 500);
	kit_log(k, "+a +b");
}

static void
a_retry_that_comes_due_while_a_group_stops_is_not_lost(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one parallel intensity=50\n"
		    "  a backoff=10 fails=2\n  b\n  c\n");
	kit_log(k, "!a +b +c -c -b !a +b +c");
	kit_is(k, "c", KIT_DEAF);
	/* While c is being stopped, the time of a comes. */
	kit_exits(k, "b", 1);
	kit_pass(k, 20);
	kit_log(k, "-c");
	kit_relent(k);
	kit_log(k, "+a +b +c");
	kit_state(k, "root a b c", STATE_RUNNING);
}

static void
a_member_that_was_done_with_its_elder_starts_again_with_it(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one parallel\n"
		    "  a transient\n  b oneshot permanent\n  c oneshot\n");
	kit_is(k, "b c", KIT_LEAVES);
	kit_exits(k, "b c", 0);
	/* Both are done in one step: c's end is consumed (R40, R34). */
	kit_answer_clean(k, kit_service(k, "b"));
	kit_answer_clean(k, kit_service(k, "c"));
	kit_exits(k, "a", 0);
	kit_log(k, "+a +b +c +b +c");
}

static void
nothing_is_started_that_is_stopped_in_the_same_step(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  g one_for_one\n    b\n  c\n");
	kit_is(k, "b c", KIT_LEAVES);
	kit_shutdown(k, SPEC_INFINITE);
	kit_exits(k, "b", 1);
	/* The restart of b and the stop of g become possible at once. */
	kit_answer_clean(k, kit_service(k, "b"));
	kit_answer_clean(k, kit_service(k, "c"));
	kit_exits(k, "a", 0);
	assert_int_equal(kit_record(k, "b")->ticket, 1);
	kit_log(k, "+a +b +c -c");
}

static void
a_stop_while_an_update_restarts_the_child_holds(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_is(k, "a", KIT_DEAF);
	kit_update(k, "root\n  a changed\n");
	kit_ask(k, OP_STOP, "a");
	kit_relent(k);
	kit_log(k, "+a -a");
	kit_state(k, "a", STATE_STOPPED);
	assert_true(kit_record(k, "a")->held);
}

static void
a_limit_that_begins_as_an_engine_takes_over_is_kept(void **state)
{
	struct kit *k = *state;
	struct event events[2] = { { .kind = EVENT_ADOPT },
		{ .kind = EVENT_ASK, .op = OP_STOP } };
	void *memory = calloc(1, core_bytes());
	struct core *core;

	kit_boot(k, "root\n  a shutdown=100\n");
	core = core_open(memory, k->trees[0]->specs, k->trees[0]->count,
	    core_image(k->core), 0);
	assert_non_null(core);
	events[1].node = kit_node(k, "a");
	core_step(core, events, 2, k->now_ms, 0);
	assert_int_equal(core_deadline(core), k->now_ms + 100);
	free(memory);
}

static void
who_starts_a_temporary_child_that_a_group_drops_is_told(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root one_for_all\n  a notify temporary manual\n  b\n");
	ask = kit_ask(k, OP_START, "a");
	kit_answered(k, ask, NULL);
	kit_exits(k, "b", 1);
	kit_log(k, "+b +a -a +b");
	kit_answered(k, ask, "failed");
}

static void
a_significant_child_that_a_group_drops_is_not_left(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one all_significant\n"
		    "  a temporary significant\n  b\n"
		    "  c temporary significant\n");
	kit_is(k, "c", KIT_DEAF);
	kit_exits(k, "b", 1);
	/* c is being stopped and does not come back (R33, R91). */
	kit_exits(k, "a", 0);
	kit_relent(k);
	kit_log(k, "+a +b +c -c");
	assert_int_equal(k->exit_code, 0);
}

static void
a_supervisor_is_not_ready_while_a_child_of_it_gives_up(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  f one_for_one\n"
		    "    g one_for_one intensity=0\n      a\n"
		    "    b notify\n  c\n");
	kit_is(k, "a", KIT_LEAVES);
	kit_exits(k, "a", 1);
	kit_state(k, "g", STATE_STOPPING);
	kit_ready(k, "b");
	kit_state(k, "f", STATE_STARTING);
	kit_log(k, "+a +b");
	kit_gone(k, "a");
	kit_log(k, "+a +c");
}

static void
nothing_is_left_running_by_a_supervisor_that_gives_up_amid_its_starts(
    void **state)
{
	struct kit *k = *state;

	kit_open(k, "root parallel intensity=1\n"
		    "  a fails=1\n  b fails=1\n  c transient\n");
	kit_is(k, "a b", KIT_LEAVES);
	kit_tell(k, &(struct event){ .kind = EVENT_BOOT }, 1);
	kit_ask(k, OP_RESET, "c");
	/* The retries of a and b come in one step, and b's is refused. */
	kit_answer_clean(k, kit_service(k, "a"));
	kit_answer_clean(k, kit_service(k, "b"));
	kit_exits(k, "c", 0);
	kit_relent(k);
	assert_int_equal(k->exit_code, 1);
	assert_false(kit_service(k, "a")->alive);
}

static void
a_stop_of_the_cause_leaves_the_group_its_restart(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_is(k, "a", KIT_DEAF);
	kit_exits(k, "b", 1);
	ask = kit_ask(k, OP_START, "a");
	kit_answered(k, kit_ask(k, OP_STOP, "b"), "ok");
	/* Nothing waits, so the group goes on without b (R43). */
	kit_relent(k);
	kit_log(k, "+a +b -a +a");
	kit_answered(k, ask, "ok");
}

static void
who_starts_a_member_of_a_group_that_is_called_off_is_told(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_exits(k, "b", 1);
	kit_is(k, "a", KIT_DEAF);
	kit_exits(k, "b", 1);
	ask = kit_ask(k, OP_START, "a");
	kit_answered(k, ask, NULL);
	/* b waits for its backoff, and its group with it (R63, B7). */
	kit_ask(k, OP_STOP, "b");
	kit_answered(k, ask, "overtaken");
	kit_relent(k);
	kit_pass(k, 60000);
	kit_log(k, "+a +b -a +a +b -a");
}

static void
supervisors_that_end_in_one_step_are_handled_eldest_first(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one\n  c transient\n"
		    "  f one_for_one intensity=0\n"
		    "    x one_for_one\n    a\n"
		    "  g one_for_one intensity=0\n    b\n");
	kit_is(k, "a b", KIT_LEAVES);
	kit_exits(k, "a b", 1);
	kit_state(k, "f g", STATE_STOPPING);
	kit_answer_clean(k, kit_service(k, "b"));
	kit_answer_clean(k, kit_service(k, "a"));
	kit_exits(k, "c", 0);
	/* The restart of f takes g along, so it is one. */
	kit_log(k, "+c +a +b +a +b");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
a_start_by_hand_that_no_one_else_meant_is_not_tried_again(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all parallel\n  a notify\n  b manual\n");
	kit_fails(k, "b", 1);
	kit_answered(k, kit_ask(k, OP_START, "b"), "failed");
	kit_log(k, "+a !b");
	kit_ready(k, "a");
	kit_log(k, "");
	kit_state(k, "b", STATE_FAILED);
}

static void
what_starts_during_an_update_starts_as_the_update_says(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  x\n  a notify\n  g one_for_one\n    b\n");
	kit_is(k, "x", KIT_DEAF);
	kit_update(k, "root\n  a notify\n  g one_for_one\n    b changed\n");
	/* x takes its time to go; meanwhile it is the turn of g. */
	kit_ready(k, "a");
	kit_log(k, "+x +a -x");
	kit_relent(k);
	kit_log(k, "+b");
	assert_int_equal(kit_record(k, "b")->generation, 1);
}

static void
a_child_that_is_temporary_no_more_is_not_dropped(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b temporary\n");
	kit_is(k, "b", KIT_DEAF);
	kit_exits(k, "a", 1);
	kit_update(k, "root one_for_all\n  a\n  b\n");
	kit_relent(k);
	kit_log(k, "+a +b -b +a +b");
}

static void
a_start_right_after_a_stop_of_what_starts_is_heard(void **state)
{
	struct kit *k = *state;
	struct event events[2] = { { .kind = EVENT_ASK, .op = OP_STOP },
		{ .kind = EVENT_ASK, .op = OP_START } };

	kit_boot(k, "root\n  a notify\n");
	events[0].node = events[1].node = kit_node(k, "a");
	kit_tell(k, events, 2);
	kit_relent(k);
	kit_log(k, "+a -a +a");
}

static void
a_stop_after_a_start_of_all_above_holds(void **state)
{
	struct kit *k = *state;
	struct event events[2] = { { .kind = EVENT_ASK, .op = OP_START },
		{ .kind = EVENT_ASK, .op = OP_STOP } };

	kit_boot(k, "root\n  g one_for_one\n    a\n");
	events[1].node = kit_node(k, "g");
	kit_tell(k, events, 2);
	kit_relent(k);
	kit_log(k, "+a -a");
	kit_state(k, "g", STATE_STOPPED);
	assert_true(kit_record(k, "g")->held);
}

static void
a_stop_of_an_elder_leaves_the_waiting_group_its_wait(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root rest_for_one parallel intensity=9\n"
		    "  a slow\n  b backoff=500\n");
	kit_spawned(k, "a");
	kit_exits(k, "a", 1);
	/* a starts as the cause of its group; b has its own to wait for. */
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	kit_state(k, "b", STATE_WAITING);
	kit_ask(k, OP_STOP, "a");
	kit_relent(k);
	kit_pass(k, 500);
	kit_state(k, "b", STATE_RUNNING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(
		    a_retry_in_one_for_all_starts_the_group_from_its_first),
		KIT_TEST(an_elder_is_stopped_when_nothing_is_left_of_the_cause),
		KIT_TEST(what_is_left_of_a_members_wait_delays_its_group),
		KIT_TEST(a_second_hurry_never_gives_more_time),
		KIT_TEST(a_member_taken_in_by_a_group_waits_no_more),
		KIT_TEST(
		    a_start_by_hand_in_a_waiting_group_that_fails_is_not_counted),
		KIT_TEST(a_temporary_child_that_never_came_up_keeps_its_start),
		KIT_TEST(
		    a_retry_that_comes_due_while_a_group_stops_is_not_lost),
		KIT_TEST(
		    a_member_that_was_done_with_its_elder_starts_again_with_it),
		KIT_TEST(nothing_is_started_that_is_stopped_in_the_same_step),
		KIT_TEST(a_stop_while_an_update_restarts_the_child_holds),
		KIT_TEST(a_limit_that_begins_as_an_engine_takes_over_is_kept),
		KIT_TEST(
		    who_starts_a_temporary_child_that_a_group_drops_is_told),
		KIT_TEST(a_significant_child_that_a_group_drops_is_not_left),
		KIT_TEST(
		    a_supervisor_is_not_ready_while_a_child_of_it_gives_up),
		KIT_TEST(
		    nothing_is_left_running_by_a_supervisor_that_gives_up_amid_its_starts),
		KIT_TEST(a_stop_of_the_cause_leaves_the_group_its_restart),
		KIT_TEST(
		    who_starts_a_member_of_a_group_that_is_called_off_is_told),
		KIT_TEST(
		    supervisors_that_end_in_one_step_are_handled_eldest_first),
		KIT_TEST(
		    a_start_by_hand_that_no_one_else_meant_is_not_tried_again),
		KIT_TEST(
		    what_starts_during_an_update_starts_as_the_update_says),
		KIT_TEST(a_child_that_is_temporary_no_more_is_not_dropped),
		KIT_TEST(a_start_right_after_a_stop_of_what_starts_is_heard),
		KIT_TEST(a_stop_after_a_start_of_all_above_holds),
		KIT_TEST(a_stop_of_an_elder_leaves_the_waiting_group_its_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
