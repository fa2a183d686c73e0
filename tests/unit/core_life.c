/* SPEC.md 5: the life of a service. */
#include "core_kit.h"

#include <string.h>

static void
pre_start_runs_to_its_end_before_the_program(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a pre_start\n  b\n");
	kit_log(k, "+a.pre +a +b");
	kit_is(k, "a", KIT_HANGS);
	kit_ask(k, OP_RESTART, "a");
	kit_log(k, "-a +a.pre");
	kit_exits(k, "a", 0);
	kit_log(k, "+a");
}

static void
what_pre_start_left_is_gone_before_the_program_starts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a pre_start manual\n");
	kit_is(k, "a", KIT_LEAVES);
	kit_ask(k, OP_START, "a");
	kit_log(k, "+a.pre");
	kit_is(k, "a", 0);
	kit_gone(k, "a");
	kit_log(k, "+a");
}

static void
a_pre_start_that_fails_is_a_failed_start_and_nothing_runs(void **state)
{
	struct kit *k = *state;
	const struct record *r;

	kit_boot(k, "root\n  a pre_start post_stop manual\n");
	kit_hook_fails(k, "a");
	kit_answered(k, kit_ask(k, OP_START, "a"), "failed");
	kit_log(k, "+a.pre");
	r = kit_record(k, "a");
	assert_int_equal(r->exit.end, END_START);
	assert_int_equal(r->exit.step, STEP_PRE_START);
	assert_int_equal(r->exit.number, 3);
	assert_int_equal(r->exit.role, ROLE_PRE_START);
}

static void
start_timeout_bounds_pre_start_and_the_start_together(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n"
		    "  a pre_start notify start_timeout=1000 manual\n");
	kit_is(k, "a", KIT_HANGS);
	kit_ask(k, OP_START, "a");
	kit_pass(k, 600);
	kit_exits(k, "a", 0);
	kit_pass(k, 399);
	kit_log(k, "+a.pre +a");
	kit_pass(k, 1);
	kit_log(k, "*a");
	kit_state(k, "a", STATE_FAILED);
}

static void
a_pre_start_that_hangs_is_killed_at_start_timeout(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a pre_start start_timeout=1000 manual\n");
	kit_is(k, "a", KIT_HANGS);
	kit_ask(k, OP_START, "a");
	kit_pass(k, 1000);
	kit_log(k, "+a.pre *a.pre");
	kit_state(k, "a", STATE_FAILED);
	assert_int_equal(kit_record(k, "a")->exit.end, END_TIMEOUT);
}

static void
remains_of_pre_start_that_stay_until_the_timeout_fail_the_start(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a pre_start start_timeout=1000 manual\n");
	kit_is(k, "a", KIT_LEAVES);
	kit_ask(k, OP_START, "a");
	kit_pass(k, 1000);
	kit_state(k, "a", STATE_STOPPING);
	kit_gone(k, "a");
	kit_state(k, "a", STATE_FAILED);
	kit_log(k, "+a.pre");
}

static void
post_stop_runs_after_a_stop_and_after_a_crash(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a post_stop\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a.post +a");
	kit_ask(k, OP_STOP, "a");
	kit_log(k, "-a +a.post");
	kit_state(k, "a", STATE_STOPPED);
}

static void
post_stop_runs_when_nothing_is_left_and_before_the_service_is_down(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n  a post_stop\n");
	kit_is(k, "a", KIT_LEAVES | KIT_HANGS);
	ask = kit_ask(k, OP_STOP, "a");
	kit_log(k, "+a -a");
	kit_gone(k, "a");
	kit_log(k, "+a.post");
	kit_answered(k, ask, NULL);
	kit_is(k, "a", 0);
	kit_exits(k, "a", 0);
	kit_answered(k, ask, "ok");
}

static void
a_post_stop_that_fails_is_only_told(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a post_stop\n");
	kit_hook_fails(k, "a");
	kit_ask(k, OP_STOP, "a");
	kit_state(k, "a", STATE_STOPPED);
	assert_int_equal(kit_note(k, NOTE_HOOK)->exit.number, 3);
	assert_int_equal(kit_record(k, "a")->exit.end, END_SIGNAL);
}

static void
a_post_stop_is_bounded_by_shutdown(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a post_stop shutdown=2000\n");
	kit_is(k, "a", KIT_HANGS);
	kit_ask(k, OP_STOP, "a");
	kit_pass(k, 1999);
	kit_log(k, "+a -a +a.post");
	kit_pass(k, 1);
	kit_log(k, "*a.post");
	kit_state(k, "a", STATE_STOPPED);
}

static void
a_post_stop_after_brutal_kill_has_a_bound_too(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a post_stop brutal_kill\n");
	kit_is(k, "a", KIT_HANGS);
	kit_ask(k, OP_STOP, "a");
	kit_pass(k, 9999);
	kit_log(k, "+a *a +a.post");
	kit_pass(k, 1);
	kit_log(k, "*a.post");
	kit_state(k, "a", STATE_STOPPED);
}

static void
without_a_run_of_the_program_there_is_no_post_stop(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a post_stop fails=1\n");
	kit_log(k, "!a +a");
	kit_fails(k, "a", 1);
	kit_ask(k, OP_RESTART, "a");
	/* Nor after one of an earlier generation. */
	kit_log(k, "-a +a.post !a");
}

static void
a_stop_during_pre_start_asks_the_hook_to_end(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a pre_start post_stop manual\n");
	kit_is(k, "a", KIT_HANGS);
	kit_ask(k, OP_START, "a");
	kit_answered(k, kit_ask(k, OP_STOP, "a"), "ok");
	kit_log(k, "+a.pre -a.pre");
	assert_int_equal(k->last_signal.signal, SPEC_SIGTERM);
	assert_true(k->last_signal.group);
}

static void
ready_exec_is_ready_when_the_program_runs(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a slow\n");
	kit_state(k, "a", STATE_STARTING);
	kit_spawned(k, "a");
	kit_state(k, "a", STATE_RUNNING);
	assert_int_equal(kit_record(k, "a")->pid, 100);
	assert_int_equal(kit_record(k, "a")->birth, 700);
	/* It means nothing there. */
	kit_ready(k, "a");
}

static void
ready_notify_and_fd_wait_for_their_word(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a notify\n  b fd\n");
	kit_state(k, "a b", STATE_STARTING);
	kit_ready(k, "a");
	kit_ready(k, "b");
	kit_state(k, "a b", STATE_RUNNING);
	kit_ready(k, "a");
	assert_int_equal(kit_notes(k, "a", NOTE_READY), 1);
}

static void
a_word_that_comes_before_the_start_is_known_is_not_lost(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify slow\n");
	kit_ready(k, "a");
	kit_state(k, "a", STATE_STARTING);
	kit_spawned(k, "a");
	kit_state(k, "a", STATE_RUNNING);
}

static void
a_word_of_an_earlier_start_does_not_count(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify slow fails=1\n");
	kit_ready(k, "a");
	kit_is(k, "a", 0);
	kit_spawned(k, "a");
	kit_log(k, "!a +a");
	kit_state(k, "a", STATE_STARTING);
}

static void
a_post_stop_that_is_not_wanted_any_more_is_not_told_as_failed(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a post_stop\n");
	kit_is(k, "a", KIT_SLOW);
	kit_shutdown(k, SPEC_INFINITE);
	kit_hurry(k, 0);
	kit_spawned(k, "a");
	kit_log(k, "+a -a");
	assert_int_equal(k->exit_code, 0);
	assert_int_equal(kit_notes(k, "a", NOTE_HOOK), 0);
}

static void
ready_after_means_that_it_lived_so_long(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a after=2000\n");
	kit_pass(k, 1999);
	kit_exits(k, "a", 0);
	/* A failed start, and a new one with a time of its own. */
	kit_log(k, "+a +a");
	kit_pass(k, 1999);
	kit_state(k, "a", STATE_STARTING);
	kit_ready(k, "a");
	kit_state(k, "a", STATE_STARTING);
	kit_pass(k, 1);
	kit_state(k, "a", STATE_RUNNING);
}

static void
an_oneshot_is_ready_when_it_is_done(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n  a oneshot manual\n");
	ask = kit_ask(k, OP_START, "a");
	kit_state(k, "a", STATE_STARTING);
	kit_answered(k, ask, NULL);
	kit_exits(k, "a", 0);
	kit_answered(k, ask, "ok");
	kit_state(k, "a", STATE_EXITED);
	assert_true(kit_record(k, "a")->ready);
}

static void
an_oneshot_that_fails_is_a_failed_start_and_retried(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a oneshot\n  b\n");
	kit_exits(k, "a", 1);
	kit_log(k, "+a +a");
	kit_exits(k, "a", 0);
	kit_log(k, "+b");
}

static void
an_oneshot_is_done_when_nothing_of_it_is_left(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a oneshot\n  b\n");
	kit_is(k, "a", KIT_LEAVES);
	kit_exits(k, "a", 0);
	kit_log(k, "+a");
	kit_gone(k, "a");
	kit_log(k, "+b");
}

static void
an_oneshot_that_is_slow_runs_into_start_timeout(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a oneshot manual start_timeout=1000\n");
	kit_ask(k, OP_START, "a");
	kit_pass(k, 1000);
	kit_log(k, "+a *a");
	kit_state(k, "a", STATE_FAILED);
}

static void
what_sigkill_does_not_end_is_told_to_be_stuck(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a brutal_kill\n  b\n");
	kit_is(k, "a", KIT_IMMORTAL);
	kit_ask(k, OP_STOP, "a");
	kit_pass(k, 4999);
	assert_false(kit_record(k, "a")->stuck);
	kit_pass(k, 1);
	assert_true(kit_record(k, "a")->stuck);
	assert_true(kit_record(k, "root")->degraded);
	assert_int_equal(core_deadline(k->core), SPEC_INFINITE);
	kit_exits(k, "a", 0);
	assert_false(kit_record(k, "a")->stuck);
	kit_state(k, "a", STATE_STOPPED);
}

static void
what_is_left_and_does_not_die_blocks_its_own_service_only(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b\n");
	kit_is(k, "a", KIT_LEAVES);
	kit_exits(k, "a", 1);
	kit_stuck(k, "a");
	kit_stuck(k, "a");
	assert_true(kit_record(k, "a")->stuck);
	assert_int_equal(kit_notes(k, "a", NOTE_STUCK), 1);
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +b");
	kit_gone(k, "a");
	kit_log(k, "+a");
}

static void
no_restart_runs_beside_remains(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_is(k, "a", KIT_LEAVES);
	kit_exits(k, "a", 1);
	kit_pass(k, 60000);
	kit_log(k, "+a");
	assert_true(kit_record(k, "a")->remains);
	kit_gone(k, "a");
	kit_log(k, "+a");
}

static void
a_start_that_is_late_and_killed_stays_a_timeout(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify start_timeout=1000 manual\n");
	kit_is(k, "a", KIT_IMMORTAL);
	kit_ask(k, OP_START, "a");
	kit_pass(k, 1000);
	kit_exits(k, "a", 0);
	assert_int_equal(kit_record(k, "a")->exit.end, END_TIMEOUT);
}

static void
the_status_text_is_kept_and_forgotten_with_the_next_start(void **state)
{
	struct kit *k = *state;
	char text[LIMIT_STATUS * 2];

	kit_boot(k, "root\n  a\n");
	kit_status(k, "a", "loading");
	assert_string_equal(kit_record(k, "a")->status_text, "loading");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	kit_status(k, "a", text);
	assert_int_equal(strlen(kit_record(k, "a")->status_text), LIMIT_STATUS);
	kit_ask(k, OP_RESTART, "a");
	assert_string_equal(kit_record(k, "a")->status_text, "");
}

static void
a_start_that_turns_out_to_have_failed_after_all_is_a_failure(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=0\n  a slow\n");
	kit_spawned(k, "a");
	/* As an engine that took over may tell it. */
	k->services[1].alive = false;
	kit_claim(k, "a", EVENT_START_FAILED);
	assert_int_equal(k->exit_code, 1);
	assert_int_equal(kit_record(k, "a")->exit.end, END_START);
}

static void
the_last_exit_is_kept_with_how_and_when(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	k->now_ms = 5000;
	kit_killed(k, "a", 6);
	assert_int_equal(kit_record(k, "a")->exit.end, END_SIGNAL);
	assert_int_equal(kit_record(k, "a")->exit.number, 6);
	assert_int_equal(kit_record(k, "a")->exit.wall_ms, 5000);
	assert_int_equal(kit_record(k, "a")->exit.role, ROLE_MAIN);
	assert_int_equal(kit_record(k, "a")->restarts, 1);
	assert_int_equal(kit_record(k, "a")->generation, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(pre_start_runs_to_its_end_before_the_program),
		KIT_TEST(what_pre_start_left_is_gone_before_the_program_starts),
		KIT_TEST(
		    a_pre_start_that_fails_is_a_failed_start_and_nothing_runs),
		KIT_TEST(start_timeout_bounds_pre_start_and_the_start_together),
		KIT_TEST(a_pre_start_that_hangs_is_killed_at_start_timeout),
		KIT_TEST(
		    remains_of_pre_start_that_stay_until_the_timeout_fail_the_start),
		KIT_TEST(post_stop_runs_after_a_stop_and_after_a_crash),
		KIT_TEST(
		    post_stop_runs_when_nothing_is_left_and_before_the_service_is_down),
		KIT_TEST(a_post_stop_that_fails_is_only_told),
		KIT_TEST(a_post_stop_is_bounded_by_shutdown),
		KIT_TEST(a_post_stop_after_brutal_kill_has_a_bound_too),
		KIT_TEST(without_a_run_of_the_program_there_is_no_post_stop),
		KIT_TEST(a_stop_during_pre_start_asks_the_hook_to_end),
		KIT_TEST(ready_exec_is_ready_when_the_program_runs),
		KIT_TEST(ready_notify_and_fd_wait_for_their_word),
		KIT_TEST(
		    a_word_that_comes_before_the_start_is_known_is_not_lost),
		KIT_TEST(a_word_of_an_earlier_start_does_not_count),
		KIT_TEST(
		    a_post_stop_that_is_not_wanted_any_more_is_not_told_as_failed),
		KIT_TEST(ready_after_means_that_it_lived_so_long),
		KIT_TEST(an_oneshot_is_ready_when_it_is_done),
		KIT_TEST(an_oneshot_that_fails_is_a_failed_start_and_retried),
		KIT_TEST(an_oneshot_is_done_when_nothing_of_it_is_left),
		KIT_TEST(an_oneshot_that_is_slow_runs_into_start_timeout),
		KIT_TEST(what_sigkill_does_not_end_is_told_to_be_stuck),
		KIT_TEST(
		    what_is_left_and_does_not_die_blocks_its_own_service_only),
		KIT_TEST(no_restart_runs_beside_remains),
		KIT_TEST(a_start_that_is_late_and_killed_stays_a_timeout),
		KIT_TEST(
		    the_status_text_is_kept_and_forgotten_with_the_next_start),
		KIT_TEST(
		    a_start_that_turns_out_to_have_failed_after_all_is_a_failure),
		KIT_TEST(the_last_exit_is_kept_with_how_and_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
