/* OTP.md 1.10, R44 and SPEC.md 5 and 8: stopping. */
#include "core_kit.h"

static void
r44_d5_an_order_to_stop_aborts_a_start_in_progress(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b notify\n  c\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_log(k, "+a +b -b -a");
	assert_int_equal(k->exit_code, 0);
}

static void
r44_d5_a_start_that_was_only_ordered_is_not_carried_out(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b slow\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_log(k, "+a");
	kit_spawned(k, "b");
	kit_log(k, "-a");
	assert_int_equal(k->exit_code, 0);
}

static void
r44_d5_a_group_start_in_progress_is_stopped_at_once(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_is(k, "b", KIT_SLOW);
	kit_exits(k, "a", 1);
	k->log[0] = '\0';
	kit_shutdown(k, SPEC_INFINITE);
	kit_spawned(k, "b");
	kit_log(k, "-a");
	assert_int_equal(k->exit_code, 0);
}

static void
r100_brutal_kill_kills_at_once(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a brutal_kill\n");
	kit_ask(k, OP_STOP, "a");
	kit_log(k, "+a *a");
}

static void
r100_a_number_asks_and_waits_that_long_and_kills(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n  a deaf shutdown=3000 stop_signal=2\n");
	ask = kit_ask(k, OP_STOP, "a");
	assert_int_equal(k->last_signal.signal, 2);
	assert_true(k->last_signal.cont);
	kit_pass(k, 2999);
	kit_log(k, "+a -a");
	kit_answered(k, ask, NULL);
	kit_pass(k, 1);
	kit_log(k, "*a");
	kit_answered(k, ask, "ok");
	assert_int_equal(kit_note(k, NOTE_KILL)->delay_ms, 3000);
}

static void
r100_infinity_waits_for_ever(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a deaf shutdown\n");
	kit_ask(k, OP_STOP, "a");
	assert_int_equal(core_deadline(k->core), SPEC_INFINITE);
	kit_pass(k, 100000000);
	kit_log(k, "+a -a");
	kit_state(k, "a", STATE_STOPPING);
}

static void
r100_how_it_ends_is_irrelevant(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all any_significant\n"
		    "  a deaf\n  b deaf temporary significant\n");
	kit_ask(k, OP_STOP, "b");
	kit_killed(k, "b", 11);
	kit_ask(k, OP_RESTART, "a");
	kit_exits(k, "a", 77);
	kit_log(k, "+a +b -b -a +a");
	assert_int_equal(kit_marks(k, "root"), 0);
	assert_int_equal(k->exit_code, -1);
}

static void
r101_one_at_a_time_and_the_limit_is_for_each(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a deaf shutdown=3000\n  b deaf shutdown=2000\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_pass(k, 1999);
	kit_log(k, "+a +b -b");
	kit_pass(k, 1);
	kit_log(k, "*b -a");
	kit_pass(k, 3000);
	kit_log(k, "*a");
	assert_int_equal(k->exit_code, 0);
}

static void
r102_a_supervisor_waits_for_ever_unless_it_has_a_bound(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  s one_for_one shutdown=1000\n"
		    "    a\n"
		    "    b deaf shutdown\n"
		    "    c deaf\n"
		    "  t one_for_one\n"
		    "    d deaf shutdown\n");
	k->log[0] = '\0';
	kit_ask(k, OP_STOP, "t");
	kit_ask(k, OP_STOP, "s");
	kit_pass(k, 999);
	kit_log(k, "-d -c");
	/* Past the bound everything below is killed. */
	kit_pass(k, 1);
	kit_log(k, "*a *b *c");
	assert_int_equal(kit_record(k, "s")->state, STATE_STOPPED);
	assert_int_equal(kit_record(k, "t")->state, STATE_STOPPING);
}

static void
r102_a_supervisor_with_brutal_kill_takes_all_down_at_once(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one brutal_kill\n    a\n    b deaf\n");
	kit_ask(k, OP_STOP, "s");
	kit_log(k, "+a +b *a *b");
	assert_int_equal(kit_record(k, "s")->state, STATE_STOPPED);
}

static void
r103_what_does_not_run_is_stopped_at_once(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a manual\n  b\n  c transient\n");
	kit_exits(k, "c", 0);
	kit_exits(k, "b", 1);
	kit_exits(k, "b", 1);
	kit_state(k, "b", STATE_WAITING);
	kit_answered(k, kit_ask(k, OP_STOP, "a"), "ok");
	kit_answered(k, kit_ask(k, OP_STOP, "b"), "ok");
	kit_answered(k, kit_ask(k, OP_STOP, "c"), "ok");
	kit_state(k, "a b", STATE_STOPPED);
	kit_log(k, "+b +c +b");
}

static void
signals_go_to_the_process_or_to_its_group_by_kill_mode(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a group\n  b\n");
	kit_ask(k, OP_STOP, "a");
	assert_true(k->last_signal.group);
	kit_ask(k, OP_STOP, "b");
	assert_false(k->last_signal.group);
}

static void
a_shutdown_stops_the_tree_in_reverse_order_and_ends_with_0(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  a\n"
		    "  s one_for_one\n"
		    "    b\n"
		    "    c\n"
		    "  d\n");
	kit_log(k, "+a +b +c +d");
	kit_shutdown(k, SPEC_INFINITE);
	kit_log(k, "-d -c -b -a");
	assert_int_equal(k->exit_code, 0);
	kit_state(k, "a b c d", STATE_STOPPED);
}

static void
a_second_shutdown_changes_nothing(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a deaf\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_shutdown(k, 0);
	kit_log(k, "+a -a");
	assert_int_equal(k->exit_code, -1);
	assert_int_equal(core_deadline(k->core), k->now_ms + 10000);
}

static void
at_the_shutdown_deadline_everything_is_killed(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  a\n"
		    "  s one_for_one\n"
		    "    b deaf shutdown post_stop\n");
	kit_shutdown(k, 5000);
	kit_pass(k, 4999);
	kit_log(k, "+a +b -b");
	kit_pass(k, 1);
	kit_log(k, "*a *b");
	assert_int_equal(k->exit_code, 0);
}

static void
a_hurry_cuts_every_limit_that_is_left(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a deaf\n  b deaf shutdown\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_pass(k, 1000);
	kit_hurry(k, 2000);
	kit_pass(k, 1999);
	kit_log(k, "+a +b -b");
	kit_pass(k, 1);
	kit_log(k, "*b -a");
	kit_pass(k, 2000);
	kit_log(k, "*a");
}

static void
a_hurry_never_lengthens_a_limit(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a deaf shutdown=5000\n  b deaf shutdown=1000\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_hurry(k, 2000);
	kit_hurry(k, 60000);
	kit_pass(k, 1000);
	kit_log(k, "+a +b -b *b -a");
	kit_pass(k, 1999);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "*a");
}

static void
a_hurry_of_0_kills_all(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b deaf shutdown\n  c slow\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_hurry(k, 0);
	kit_spawned(k, "c");
	kit_log(k, "+a +b *a *b");
	assert_int_equal(k->exit_code, 0);
}

static void
a_hurry_without_a_shutdown_is_nothing(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_hurry(k, 0);
	kit_state(k, "a", STATE_RUNNING);
	kit_log(k, "+a");
}

static void
during_a_shutdown_no_death_is_an_event(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b deaf\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b -b");
	assert_int_equal(k->exit_code, 0);
}

static void
a_shutdown_before_the_tree_has_booted_ends_it(void **state)
{
	struct kit *k = *state;

	kit_open(k, "root\n  a\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_log(k, "");
	assert_int_equal(k->exit_code, 0);
}

/* What SIGKILL does not end: a, whose main process it is; c, that left it. */
static void
boot_stuck(struct kit *k)
{
	kit_boot(k, "root\n"
		    "  a brutal_kill\n"
		    "  s one_for_one\n"
		    "    b\n"
		    "    c\n"
		    "  d\n");
	kit_is(k, "a", KIT_IMMORTAL);
	kit_is(k, "c d", KIT_LEAVES);
	k->log[0] = '\0';
}

static void
a_shutdown_goes_on_without_what_sigkill_does_not_end(void **state)
{
	struct kit *k = *state;

	boot_stuck(k);
	kit_shutdown(k, SPEC_INFINITE);
	kit_gone(k, "d");
	kit_log(k, "-d -c");
	assert_int_equal(k->exit_code, -1);
	kit_stuck(k, "c");
	kit_log(k, "-b *a");
	kit_pass(k, 4999);
	assert_int_equal(k->exit_code, -1);
	kit_pass(k, 1);
	assert_int_equal(kit_notes(k, "a", NOTE_STUCK), 1);
	assert_int_equal(kit_notes(k, "c", NOTE_STUCK), 1);
	assert_int_equal(kit_notes(k, "a", NOTE_STOPPED), 1);
	assert_int_equal(k->exit_code, 0);
}

static void
what_was_stuck_before_holds_up_no_shutdown_either(void **state)
{
	struct kit *k = *state;

	boot_stuck(k);
	kit_ask(k, OP_STOP, "a");
	kit_exits(k, "c", 1);
	kit_ask(k, OP_STOP, "s");
	kit_exits(k, "d", 1);
	kit_stuck(k, "c");
	kit_stuck(k, "d");
	kit_pass(k, 5000);
	kit_state(k, "a s c d", STATE_STOPPING);
	kit_shutdown(k, SPEC_INFINITE);
	kit_log(k, "*a -b");
	kit_state(k, "a s c d", STATE_STOPPED);
	assert_int_equal(kit_notes(k, "d", NOTE_STOPPED), 1);
	assert_int_equal(k->exit_code, 0);
}

static void
nor_an_end_of_the_tree_by_itself(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n"
		    "  s one_for_one\n"
		    "    a brutal_kill\n"
		    "  b temporary significant\n");
	kit_is(k, "a", KIT_IMMORTAL);
	kit_ask(k, OP_STOP, "s");
	kit_pass(k, 5000);
	kit_exits(k, "b", 7);
	assert_int_equal(k->exit_code, 7);
}

static void
an_order_to_stop_waits_for_what_is_stuck(void **state)
{
	struct kit *k = *state;

	boot_stuck(k);
	kit_ask(k, OP_STOP, "root");
	kit_gone(k, "d");
	kit_stuck(k, "c");
	kit_pass(k, 100000);
	kit_log(k, "-d -c");
	kit_gone(k, "c");
	kit_log(k, "-b *a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(r44_d5_an_order_to_stop_aborts_a_start_in_progress),
		KIT_TEST(
		    r44_d5_a_start_that_was_only_ordered_is_not_carried_out),
		KIT_TEST(r44_d5_a_group_start_in_progress_is_stopped_at_once),
		KIT_TEST(r100_brutal_kill_kills_at_once),
		KIT_TEST(r100_a_number_asks_and_waits_that_long_and_kills),
		KIT_TEST(r100_infinity_waits_for_ever),
		KIT_TEST(r100_how_it_ends_is_irrelevant),
		KIT_TEST(r101_one_at_a_time_and_the_limit_is_for_each),
		KIT_TEST(
		    r102_a_supervisor_waits_for_ever_unless_it_has_a_bound),
		KIT_TEST(
		    r102_a_supervisor_with_brutal_kill_takes_all_down_at_once),
		KIT_TEST(r103_what_does_not_run_is_stopped_at_once),
		KIT_TEST(
		    signals_go_to_the_process_or_to_its_group_by_kill_mode),
		KIT_TEST(
		    a_shutdown_stops_the_tree_in_reverse_order_and_ends_with_0),
		KIT_TEST(a_second_shutdown_changes_nothing),
		KIT_TEST(at_the_shutdown_deadline_everything_is_killed),
		KIT_TEST(a_hurry_cuts_every_limit_that_is_left),
		KIT_TEST(a_hurry_never_lengthens_a_limit),
		KIT_TEST(a_hurry_of_0_kills_all),
		KIT_TEST(a_hurry_without_a_shutdown_is_nothing),
		KIT_TEST(during_a_shutdown_no_death_is_an_event),
		KIT_TEST(a_shutdown_before_the_tree_has_booted_ends_it),
		KIT_TEST(a_shutdown_goes_on_without_what_sigkill_does_not_end),
		KIT_TEST(what_was_stuck_before_holds_up_no_shutdown_either),
		KIT_TEST(nor_an_end_of_the_tree_by_itself),
		KIT_TEST(an_order_to_stop_waits_for_what_is_stuck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
