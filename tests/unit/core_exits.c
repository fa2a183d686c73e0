/* OTP.md 1.3: what an exit means. */
#include "core_kit.h"

static void
r20_each_restart_type_answers_a_normal_exit_by_its_own(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  p\n  t transient\n  x temporary\n");
	kit_exits(k, "p", 0);
	kit_exits(k, "t", 0);
	kit_exits(k, "x", 0);
	kit_log(k, "+p +t +x +p");
	kit_state(k, "p", STATE_RUNNING);
	kit_state(k, "t x", STATE_EXITED);
	assert_true(kit_record(k, "x")->gone);
	assert_false(kit_record(k, "t")->gone);
}

static void
r20_each_restart_type_answers_an_abnormal_exit_by_its_own(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  p\n  t transient\n  x temporary\n");
	kit_exits(k, "p", 1);
	kit_exits(k, "t", 1);
	kit_exits(k, "x", 1);
	kit_log(k, "+p +t +x +p +t");
	kit_state(k, "p t", STATE_RUNNING);
	kit_state(k, "x", STATE_FAILED);
}

static void
r21_a_normal_exit_of_a_permanent_child_counts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root intensity=1\n  a\n");
	kit_exits(k, "a", 0);
	assert_int_equal(kit_marks(k, "root"), 1);
	kit_exits(k, "a", 0);
	kit_log(k, "+a +a");
	assert_int_equal(k->exit_code, 1);
}

static void
r22_a_finished_transient_child_can_be_run_again(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n  a transient\n  b oneshot\n");
	kit_exits(k, "b", 0);
	kit_exits(k, "a", 0);
	ask = kit_ask(k, OP_START, "a");
	kit_answered(k, ask, "ok");
	kit_ask(k, OP_RESTART, "b");
	kit_log(k, "+a +b +a +b");
	assert_int_equal(kit_marks(k, "root"), 0);
}

static void
r23_the_end_of_a_temporary_child_touches_no_sibling(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b temporary\n  c\n");
	kit_exits(k, "b", 1);
	kit_log(k, "+a +b +c");
	kit_state(k, "a c", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "root"), 0);
	/* It is no member of a group any more. */
	kit_exits(k, "a", 1);
	kit_log(k, "-c +a +c");
}

static void
r23_a_temporary_child_that_was_terminated_is_gone(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b temporary\n");
	kit_ask(k, OP_STOP, "b");
	assert_true(kit_record(k, "b")->gone);
	kit_exits(k, "a", 1);
	kit_log(k, "+a +b -b +a");
}

static void
r24_the_codes_of_success_are_normal_and_no_others(void **state)
{
	struct kit *k = *state;

	/* 0 and 3. */
	kit_boot(k, "root\n  a transient success_codes=9\n"
		    "  b transient success_codes=9\n");
	kit_exits(k, "a", 3);
	kit_exits(k, "b", 2);
	kit_log(k, "+a +b +b");
	kit_state(k, "a", STATE_EXITED);
}

static void
r25_death_by_a_signal_is_abnormal(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a transient\n");
	kit_killed(k, "a", 9);
	kit_killed(k, "a", 11);
	kit_log(k, "+a +a");
	kit_pass(k, 500);
	kit_log(k, "+a");
	assert_int_equal(kit_record(k, "a")->exit.end, END_SIGNAL);
	assert_int_equal(kit_record(k, "a")->exit.number, 11);
}

static void
r26_an_unasked_death_by_the_stop_signal_is_abnormal(void **state)
{
	struct kit *k = *state;

	/* b has success = TERM, which is 15. */
	kit_boot(
	    k, "root\n  a transient\n  b transient success_signals=32768\n");
	kit_killed(k, "a", 15);
	kit_killed(k, "b", 15);
	kit_log(k, "+a +b +a");
	kit_state(k, "b", STATE_EXITED);
}

static void
r26_after_a_stop_was_asked_for_no_end_is_an_event(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a deaf\n  b\n");
	kit_ask(k, OP_STOP, "a");
	kit_killed(k, "a", 11);
	kit_log(k, "+a +b -a");
	kit_state(k, "a", STATE_STOPPED);
	kit_state(k, "b", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "root"), 0);
	/* How it came is kept all the same. */
	assert_int_equal(kit_record(k, "a")->exit.number, 11);
}

static void
r27_a_supervisor_that_gave_up_ends_normally_for_its_parent(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  p one_for_one intensity=0\n"
		    "    a\n"
		    "  t one_for_one intensity=0 transient\n"
		    "    b\n"
		    "  x one_for_one intensity=0 temporary\n"
		    "    c\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	kit_exits(k, "c", 1);
	kit_log(k, "+a +b +c +a");
	kit_state(k, "a", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "root"), 1);
	assert_int_equal(kit_record(k, "t")->phase, GROUP_DOWN);
	assert_false(kit_record(k, "t")->gone);
	assert_true(kit_record(k, "x")->gone);
	kit_ask(k, OP_START, "t");
	kit_log(k, "+b");
}

static void
r27_a_supervisor_that_shut_itself_down_ends_normally_too(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n"
		    "  p one_for_one any_significant\n"
		    "    a transient significant\n"
		    "  t one_for_one any_significant transient\n"
		    "    b transient significant\n");
	kit_exits(k, "a", 0);
	kit_exits(k, "b", 0);
	kit_log(k, "+a +b +a");
	assert_int_equal(kit_record(k, "t")->state, STATE_EXITED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(
		    r20_each_restart_type_answers_a_normal_exit_by_its_own),
		KIT_TEST(
		    r20_each_restart_type_answers_an_abnormal_exit_by_its_own),
		KIT_TEST(r21_a_normal_exit_of_a_permanent_child_counts),
		KIT_TEST(r22_a_finished_transient_child_can_be_run_again),
		KIT_TEST(r23_the_end_of_a_temporary_child_touches_no_sibling),
		KIT_TEST(r23_a_temporary_child_that_was_terminated_is_gone),
		KIT_TEST(r24_the_codes_of_success_are_normal_and_no_others),
		KIT_TEST(r25_death_by_a_signal_is_abnormal),
		KIT_TEST(r26_an_unasked_death_by_the_stop_signal_is_abnormal),
		KIT_TEST(r26_after_a_stop_was_asked_for_no_end_is_an_event),
		KIT_TEST(
		    r27_a_supervisor_that_gave_up_ends_normally_for_its_parent),
		KIT_TEST(
		    r27_a_supervisor_that_shut_itself_down_ends_normally_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
