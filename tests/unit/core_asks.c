/* OTP.md 1.11 and SPEC.md 3: what operators ask for. */
#include "core_kit.h"

static void
r110_start_of_what_runs_is_so_already(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  s one_for_one\n    b\n");
	kit_answered(k, kit_ask(k, OP_START, "a"), "ok");
	kit_answered(k, kit_ask(k, OP_START, "s"), "ok");
	kit_answered(k, kit_ask(k, OP_START, "root"), "ok");
	kit_log(k, "+a +b");
}

static void
r110_stop_is_idempotent_and_never_counts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all any_significant\n"
		    "  a transient significant\n  b\n");
	kit_answered(k, kit_ask(k, OP_STOP, "a"), "ok");
	kit_answered(k, kit_ask(k, OP_STOP, "a"), "ok");
	kit_log(k, "+a +b -a");
	kit_state(k, "b", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "root"), 0);
}

static void
r110_a_start_waits_until_it_is_ready(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n  a manual notify\n");
	ask = kit_ask(k, OP_START, "a");
	kit_answered(k, ask, NULL);
	kit_ready(k, "a");
	kit_answered(k, ask, "ok");
}

static void
r110_a_stop_waits_until_nothing_is_left(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n  a\n");
	kit_is(k, "a", KIT_LEAVES);
	ask = kit_ask(k, OP_STOP, "a");
	kit_answered(k, ask, NULL);
	kit_gone(k, "a");
	kit_answered(k, ask, "ok");
}

static void
r110_a_failed_start_answers_failed(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a manual notify\n");
	kit_fails(k, "a", 1);
	kit_answered(k, kit_ask(k, OP_START, "a"), "failed");
}

static void
r110_restart_is_stop_and_start_of_that_node_alone(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_answered(k, kit_ask(k, OP_RESTART, "a"), "ok");
	kit_log(k, "+a +b +c -a +a");
	assert_int_equal(kit_marks(k, "root"), 0);
	assert_int_equal(kit_record(k, "a")->restarts, 0);
	assert_int_equal(kit_record(k, "a")->generation, 2);
}

static void
r110_restart_of_a_supervisor_is_of_its_whole_subtree(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  z\n"
		    "  s one_for_one\n"
		    "    a\n"
		    "    t one_for_one\n"
		    "      b\n");
	kit_answered(k, kit_ask(k, OP_RESTART, "s"), "ok");
	kit_log(k, "+z +a +b -b -a +a +b");
}

static void
r110_stop_and_start_of_a_supervisor_are_of_its_whole_subtree(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  z\n  s one_for_one\n    a\n    b\n");
	kit_answered(k, kit_ask(k, OP_STOP, "s"), "ok");
	kit_log(k, "+z +a +b -b -a");
	kit_state(k, "a b", STATE_STOPPED);
	kit_answered(k, kit_ask(k, OP_START, "a"), "its supervisor is stopped");
	kit_answered(k, kit_ask(k, OP_START, "s"), "ok");
	kit_log(k, "+a +b");
}

static void
starting_a_running_supervisor_starts_what_is_down_below_it(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_one\n"
		    "    a\n    b\n    c manual\n    d oneshot\n");
	kit_exits(k, "d", 0);
	kit_ask(k, OP_STOP, "a");
	kit_ask(k, OP_STOP, "b");
	k->log[0] = '\0';
	kit_answered(k, kit_ask(k, OP_START, "s"), "ok");
	kit_log(k, "+a +b");
}

static void
starting_a_supervisor_means_now_for_what_waits_below_it(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n"
		    "  s one_for_one\n"
		    "    a\n"
		    "    t one_for_all\n"
		    "      b\n"
		    "      c fails=3\n"
		    "  d\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_state(k, "a c", STATE_WAITING);
	ask = kit_ask(k, OP_START, "s");
	kit_answered(k, ask, "ok");
	kit_state(k, "a b c d", STATE_RUNNING);
	assert_int_equal(kit_record(k, "a")->attempt, 0);
}

static void
root_can_be_stopped_and_started(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n");
	kit_answered(k, kit_ask(k, OP_STOP, "root"), "ok");
	kit_log(k, "+a +b -b -a");
	assert_int_equal(k->exit_code, -1);
	kit_answered(k, kit_ask(k, OP_START, "root"), "ok");
	kit_answered(k, kit_ask(k, OP_RESTART, "root"), "ok");
	kit_log(k, "+a +b -b -a +a +b");
}

static void
start_on_a_waiting_child_means_now_and_resets_its_backoff(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	kit_state(k, "a", STATE_WAITING);
	kit_answered(k, kit_ask(k, OP_START, "a"), "ok");
	kit_log(k, "+a +a +a");
	assert_int_equal(kit_record(k, "a")->attempt, 0);
	kit_exits(k, "a", 1);
	kit_state(k, "a", STATE_RUNNING);
}

static void
a_contrary_order_overtakes_the_one_before_it(void **state)
{
	struct kit *k = *state;
	uint32_t start, stop;

	kit_boot(k, "root\n  a manual notify deaf\n");
	start = kit_ask(k, OP_START, "a");
	stop = kit_ask(k, OP_STOP, "a");
	kit_answered(k, start, "overtaken");
	start = kit_ask(k, OP_START, "a");
	kit_answered(k, stop, "overtaken");
	kit_exits(k, "a", 0);
	kit_log(k, "+a -a +a");
	kit_ready(k, "a");
	kit_answered(k, start, "ok");
}

static void
stopping_the_supervisor_overtakes_a_start_below_it(void **state)
{
	struct kit *k = *state;
	uint32_t start;

	kit_boot(k, "root\n  s one_for_one\n    a manual notify\n");
	start = kit_ask(k, OP_START, "a");
	kit_answered(k, kit_ask(k, OP_STOP, "s"), "ok");
	kit_answered(k, start, "overtaken");
}

static void
a_shutdown_answers_all_that_wait(void **state)
{
	struct kit *k = *state;
	uint32_t start, stop;

	kit_boot(k, "root\n  a manual notify\n  b deaf\n");
	start = kit_ask(k, OP_START, "a");
	stop = kit_ask(k, OP_STOP, "b");
	kit_shutdown(k, SPEC_INFINITE);
	kit_answered(k, start, "shutting down");
	kit_answered(k, kit_ask(k, OP_STOP, "a"), "shutting down");
	kit_exits(k, "b", 0);
	kit_answered(k, stop, "ok");
}

static void
several_operators_are_answered_each_once(void **state)
{
	struct kit *k = *state;
	uint32_t asks[5];

	kit_boot(k, "root\n  a manual notify\n");
	for (int i = 0; i < 5; i++)
		asks[i] = kit_ask(k, i % 2 == 0 ? OP_START : OP_RESTART, "a");
	kit_ready(k, "a");
	for (int i = 0; i < 5; i++)
		kit_answered(k, asks[i], "ok");
}

static void
who_went_away_gets_no_answer_and_the_operation_goes_on(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_UNASK };

	kit_boot(k, "root\n  a manual notify\n");
	e.ask = kit_ask(k, OP_START, "a");
	kit_tell(k, &e, 1);
	kit_tell(k, &e, 1);
	kit_ready(k, "a");
	kit_answered(k, e.ask, NULL);
	kit_state(k, "a", STATE_RUNNING);
}

static void
more_than_there_is_room_for_are_told_to_come_back(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_ASK, .op = OP_START };
	const struct action *actions;
	size_t n;

	kit_boot(k, "root\n  a manual notify\n");
	e.node = kit_node(k, "a");
	/* Around the kit, which has less room. */
	for (e.ask = 1000; e.ask < 1000 + LIMIT_ASKS; e.ask++)
		core_step(k->core, &e, 1, k->now_ms, 0);
	core_step(k->core, &e, 1, k->now_ms, 0);
	actions = core_actions(k->core, &n);
	assert_int_equal(n, 1);
	assert_int_equal(actions[0].kind, ACTION_ANSWER);
	assert_int_equal(actions[0].answer, ANSWER_BUSY);
}

static void
reset_forgets_failures_of_the_subtree_and_starts_nothing(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  s one_for_one\n    b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	k->log[0] = '\0';
	kit_answered(k, kit_ask(k, OP_RESET, "s"), "ok");
	assert_int_equal(kit_record(k, "a")->attempt, 1);
	assert_int_equal(kit_record(k, "b")->attempt, 0);
	kit_answered(k, kit_ask(k, OP_RESET, "root"), "ok");
	assert_int_equal(kit_record(k, "a")->attempt, 0);
	kit_log(k, "");
}

static void
r112_a_supervisor_is_degraded_while_something_below_is_not_well(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n    b\n");
	assert_false(kit_record(k, "root")->degraded);
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	assert_true(kit_record(k, "s")->degraded);
	assert_true(kit_record(k, "root")->degraded);
	kit_pass(k, 500);
	assert_false(kit_record(k, "s")->degraded);
	assert_false(kit_record(k, "root")->degraded);
	/* What an operator wants down is as it should be. */
	kit_ask(k, OP_STOP, "b");
	assert_false(kit_record(k, "root")->degraded);
}

static void
wanted_is_what_was_asked_for(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b deaf\n");
	assert_true(kit_record(k, "a")->wanted);
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 1);
	assert_true(kit_record(k, "a")->wanted);
	kit_ask(k, OP_STOP, "b");
	assert_false(kit_record(k, "b")->wanted);
	kit_ask(k, OP_START, "b");
	assert_true(kit_record(k, "b")->wanted);
}

static void
who_waits_for_a_node_that_is_removed_is_told(void **state)
{
	struct kit *k = *state;
	uint32_t stop, start;

	kit_boot(k, "root\n  w@1\n  w@2 deaf\n  w@3 manual notify\n");
	stop = kit_ask(k, OP_STOP, "w@2");
	start = kit_ask(k, OP_START, "w@3");
	kit_update(k, "root\n  w@1\n");
	kit_answered(k, start, "removed");
	kit_exits(k, "w@2", 0);
	kit_answered(k, stop, "ok");
	assert_int_equal(core_count(k->core), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(r110_start_of_what_runs_is_so_already),
		KIT_TEST(r110_stop_is_idempotent_and_never_counts),
		KIT_TEST(r110_a_start_waits_until_it_is_ready),
		KIT_TEST(r110_a_stop_waits_until_nothing_is_left),
		KIT_TEST(r110_a_failed_start_answers_failed),
		KIT_TEST(r110_restart_is_stop_and_start_of_that_node_alone),
		KIT_TEST(r110_restart_of_a_supervisor_is_of_its_whole_subtree),
		KIT_TEST(
		    r110_stop_and_start_of_a_supervisor_are_of_its_whole_subtree),
		KIT_TEST(
		    starting_a_running_supervisor_starts_what_is_down_below_it),
		KIT_TEST(
		    starting_a_supervisor_means_now_for_what_waits_below_it),
		KIT_TEST(root_can_be_stopped_and_started),
		KIT_TEST(
		    start_on_a_waiting_child_means_now_and_resets_its_backoff),
		KIT_TEST(a_contrary_order_overtakes_the_one_before_it),
		KIT_TEST(stopping_the_supervisor_overtakes_a_start_below_it),
		KIT_TEST(a_shutdown_answers_all_that_wait),
		KIT_TEST(several_operators_are_answered_each_once),
		KIT_TEST(
		    who_went_away_gets_no_answer_and_the_operation_goes_on),
		KIT_TEST(more_than_there_is_room_for_are_told_to_come_back),
		KIT_TEST(
		    reset_forgets_failures_of_the_subtree_and_starts_nothing),
		KIT_TEST(
		    r112_a_supervisor_is_degraded_while_something_below_is_not_well),
		KIT_TEST(wanted_is_what_was_asked_for),
		KIT_TEST(who_waits_for_a_node_that_is_removed_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
