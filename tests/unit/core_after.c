/* after: services that start when others are ready or done. */
#include "core_kit.h"

static bool
waits_for(struct kit *k, const char *name, const char *other)
{
	return core_waits_for(k->core, kit_node(k, name), kit_node(k, other));
}

static void
it_starts_when_the_other_is_ready(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b\n  b notify\n  c\n");
	kit_log(k, "+b +c");
	kit_state(k, "a", STATE_WAITING);
	assert_true(waits_for(k, "a", "b"));
	assert_false(kit_record(k, "root")->ready);
	kit_ready(k, "b");
	kit_log(k, "+a");
	kit_state(k, "a", STATE_RUNNING);
	assert_false(waits_for(k, "a", "b"));
	assert_true(kit_record(k, "root")->ready);
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < starting root");
}

static void
one_that_is_ready_already_is_not_waited_for(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n  b waits=a\n");
	kit_log(k, "+a +b");
}

static void
it_waits_for_all_of_several(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b,c\n  b notify\n  c notify\n");
	kit_ready(k, "c");
	kit_log(k, "+b +c");
	assert_true(waits_for(k, "a", "b"));
	assert_false(waits_for(k, "a", "c"));
	kit_ready(k, "b");
	kit_log(k, "+a");
}

static void
an_oneshot_is_waited_for_until_it_is_done(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b\n  b oneshot\n");
	kit_log(k, "+b");
	kit_exits(k, "b", 0);
	kit_log(k, "+a");
	/* For good, too. */
	kit_exits(k, "a", 1);
	kit_log(k, "+a");
}

static void
a_daemon_that_ended_normally_is_done(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n"
		    "  a waits=b\n"
		    "  b notify transient slow\n");
	kit_spawned(k, "b");
	kit_ready(k, "b");
	kit_exits(k, "b", 0);
	kit_log(k, "+b +a");
	kit_state(k, "b", STATE_EXITED);
	kit_exits(k, "a", 1);
	kit_log(k, "+a");
}

static void
a_supervisor_is_waited_for_as_well(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n"
		    "  a waits=s\n"
		    "  s one_for_one\n"
		    "    b\n"
		    "    c notify\n");
	kit_log(k, "+b +c");
	kit_ready(k, "c");
	kit_log(k, "+a");
}

static void
it_holds_up_those_behind_it_in_a_sequence(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n"
		    "  s one_for_one\n"
		    "    a\n"
		    "    b waits=d\n"
		    "    c\n"
		    "  d notify\n");
	kit_log(k, "+d +a");
	kit_ready(k, "d");
	kit_log(k, "+b +c");
}

static void
a_failure_of_the_other_does_nothing_later(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b\n  b\n");
	kit_log(k, "+b +a");
	kit_ask(k, OP_STOP, "b");
	kit_log(k, "-b");
	kit_state(k, "a", STATE_RUNNING);
}

static void
a_restart_waits_too_while_the_other_is_down(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b\n  b\n");
	kit_ask(k, OP_STOP, "b");
	kit_exits(k, "a", 1);
	kit_log(k, "+b +a -b");
	kit_state(k, "a", STATE_WAITING);
	assert_int_equal(kit_marks(k, "root"), 1);
	kit_ask(k, OP_START, "b");
	kit_log(k, "+b +a");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
after_its_backoff_it_waits_on(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b\n  b\n");
	kit_exits(k, "a", 1);
	kit_ask(k, OP_STOP, "b");
	kit_exits(k, "a", 1);
	kit_log(k, "+b +a +a -b");
	/* For its next try, first. */
	assert_false(waits_for(k, "a", "b"));
	kit_pass(k, 500);
	kit_log(k, "");
	assert_true(waits_for(k, "a", "b"));
	kit_ask(k, OP_START, "b");
	kit_log(k, "+b +a");
}

static void
a_retry_is_counted_when_it_comes(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b notify\n  b\n");
	kit_ask(k, OP_STOP, "b");
	kit_exits(k, "a", 1);
	kit_log(k, "+b +a -b");
	assert_int_equal(kit_marks(k, "root"), 0);
	kit_ask(k, OP_START, "b");
	kit_log(k, "+b +a");
	assert_int_equal(kit_marks(k, "root"), 1);
}

static void
a_group_waits_with_its_first(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n"
		    "  s one_for_all\n"
		    "    a waits=c\n"
		    "    b\n"
		    "  c\n");
	kit_log(k, "+c +a +b");
	kit_ask(k, OP_STOP, "c");
	kit_exits(k, "b", 1);
	kit_log(k, "-c -a");
	kit_state(k, "a", STATE_WAITING);
	kit_ask(k, OP_START, "c");
	kit_log(k, "+c +a +b");
}

static void
started_by_hand_it_waits_and_the_answer_comes_when_it_is_up(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_boot(k, "root\n  a waits=b manual\n  b manual\n");
	kit_log(k, "");
	ask = kit_ask(k, OP_START, "a");
	kit_answered(k, ask, NULL);
	kit_state(k, "a", STATE_WAITING);
	kit_pass(k, 1000000);
	kit_state(k, "a", STATE_WAITING);
	kit_ask(k, OP_START, "b");
	kit_log(k, "+b +a");
	kit_answered(k, ask, "ok");
}

static void
stopping_it_ends_the_wait(void **state)
{
	struct kit *k = *state;
	uint32_t ask, stop;

	kit_boot(k, "root\n  a waits=b manual\n  b manual\n");
	ask = kit_ask(k, OP_START, "a");
	stop = kit_ask(k, OP_STOP, "a");
	kit_answered(k, ask, "overtaken");
	kit_answered(k, stop, "ok");
	kit_state(k, "a", STATE_STOPPED);
	kit_ask(k, OP_START, "b");
	kit_log(k, "+b");
}

static void
a_shutdown_ends_the_wait(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b\n  b notify\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_log(k, "+b -b");
	kit_state(k, "a", STATE_STOPPED);
	assert_int_equal(k->exit_code, 0);
}

static void
an_update_can_end_the_wait_and_begin_one(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root parallel\n  a waits=b\n  b notify\n  c\n");
	kit_update(k, "root parallel\n  a\n  b notify\n  c waits=b\n");
	kit_log(k, "+b +c +a");
	kit_exits(k, "c", 1);
	kit_state(k, "c", STATE_WAITING);
	kit_update(k, "root parallel\n  a\n  c waits=a\n");
	kit_log(k, "-b +c");
}

static void
it_goes_on_in_another_engine(void **state)
{
	enum kit_death deaths[] = { KIT_DIES_BEFORE, KIT_DIES_AFTER };
	struct kit *k = *state;

	for (size_t i = 0; i < 2; i++) {
		kit_renew(k);
		k->death = deaths[i];
		kit_boot(k, "root parallel\n  a waits=b\n  b notify\n");
		kit_state(k, "a", STATE_WAITING);
		assert_true(waits_for(k, "a", "b"));
		kit_ready(k, "b");
		kit_log(k, "+b +a");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(it_starts_when_the_other_is_ready),
		KIT_TEST(one_that_is_ready_already_is_not_waited_for),
		KIT_TEST(it_waits_for_all_of_several),
		KIT_TEST(an_oneshot_is_waited_for_until_it_is_done),
		KIT_TEST(a_daemon_that_ended_normally_is_done),
		KIT_TEST(a_supervisor_is_waited_for_as_well),
		KIT_TEST(it_holds_up_those_behind_it_in_a_sequence),
		KIT_TEST(a_failure_of_the_other_does_nothing_later),
		KIT_TEST(a_restart_waits_too_while_the_other_is_down),
		KIT_TEST(after_its_backoff_it_waits_on),
		KIT_TEST(a_retry_is_counted_when_it_comes),
		KIT_TEST(a_group_waits_with_its_first),
		KIT_TEST(
		    started_by_hand_it_waits_and_the_answer_comes_when_it_is_up),
		KIT_TEST(stopping_it_ends_the_wait),
		KIT_TEST(a_shutdown_ends_the_wait),
		KIT_TEST(an_update_can_end_the_wait_and_begin_one),
		KIT_TEST(it_goes_on_in_another_engine),
	};

	return cmocka_run_group_tests_name("core: after", tests, NULL, NULL);
}
