/* What a service says of itself while it runs, and its health. */
#include "core_kit.h"

static void
say_of(struct kit *k, const char *name, struct event e)
{
	e.node = kit_node(k, name);
	e.ticket = kit_record(k, name)->ticket;
	kit_happens(k, &e);
}

static void
say(struct kit *k, const char *name, enum event_kind kind, uint64_t ms)
{
	say_of(k, name, (struct event){ .kind = kind, .delay_ms = ms });
}

static void
probe(struct kit *k, const char *name, enum record_outcome outcome, int number)
{
	say_of(k, name,
	    (struct event){ .kind = EVENT_HEALTH,
		.probe = PROBE_HTTP,
		.outcome = (uint8_t)outcome,
		.number = number });
}

static void
who_gives_no_sign_of_life_is_killed_with_abrt_and_restarted(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a watchdog=5000\n");
	kit_pass(k, 4999);
	kit_log(k, "+a");
	kit_pass(k, 1);
	kit_log(k, "-a +a");
	assert_int_equal(k->last_signal.signal, SPEC_SIGABRT);
	assert_int_equal(kit_note(k, NOTE_FAILED)->exit.end, END_WATCHDOG);
	assert_int_equal(kit_marks(k, "root"), 1);
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < failed a < health a");
}

static void
signs_of_life_put_it_off(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a watchdog=5000\n");
	for (int i = 0; i < 10; i++) {
		kit_pass(k, 4000);
		say(k, "a", EVENT_ALIVE, 0);
	}
	kit_log(k, "+a");
	kit_pass(k, 5000);
	kit_log(k, "-a +a");
}

static void
who_is_deaf_to_abrt_gets_kill_and_its_cause_stays(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a watchdog=5000 deaf\n");
	kit_pass(k, 5000);
	kit_log(k, "+a -a");
	kit_pass(k, 10000);
	kit_log(k, "*a +a");
	assert_int_equal(kit_record(k, "a")->exit.end, END_WATCHDOG);
}

static void
before_it_is_ready_no_sign_of_life_is_due(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify watchdog=5000\n");
	kit_pass(k, 50000);
	kit_log(k, "+a");
	kit_ready(k, "a");
	kit_pass(k, 5000);
	kit_log(k, "-a +a");
}

static void
it_may_set_its_own_time(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a watchdog=5000\n");
	say(k, "a", EVENT_WATCHDOG, 9000);
	kit_pass(k, 8999);
	kit_log(k, "+a");
	say(k, "a", EVENT_WATCHDOG, 0);
	kit_pass(k, 1000000);
	kit_log(k, "");
	say(k, "a", EVENT_WATCHDOG, 10);
	kit_pass(k, 10);
	kit_log(k, "-a +a");
	/* Which is forgotten with the process. */
	kit_pass(k, 4999);
	kit_log(k, "");
	kit_pass(k, 1);
	kit_log(k, "-a");
}

static void
it_may_say_itself_that_it_is_ill(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_HEALTH,
		.probe = PROBE_WATCHDOG,
		.outcome = OUTCOME_TRIGGER };

	kit_boot(k, "root\n  a\n");
	say_of(k, "a", e);
	kit_log(k, "+a -a +a");
	assert_int_equal(kit_note(k, NOTE_FAILED)->exit.end, END_WATCHDOG);
}

static void
the_watchdog_outlives_the_engine(void **state)
{
	struct kit *k = *state;
	enum kit_death deaths[] = { KIT_DIES_BEFORE, KIT_DIES_AFTER };

	for (size_t i = 0; i < 2; i++) {
		kit_renew(k);
		k->death = deaths[i];
		kit_boot(k, "root\n  a watchdog=5000\n");
		kit_pass(k, 5000);
		kit_state(k, "a", STATE_RUNNING);
		assert_int_equal(kit_record(k, "a")->generation, 2);
	}
}

static void
too_many_bad_probes_in_a_row_end_it(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a failures=3\n");
	probe(k, "a", OUTCOME_SILENT, 0);
	probe(k, "a", OUTCOME_STATUS, 503);
	assert_int_equal(kit_note(k, NOTE_HEALTH)->attempt, 2);
	probe(k, "a", OUTCOME_GOOD, 0);
	assert_int_equal(kit_note(k, NOTE_HEALTH)->outcome, OUTCOME_GOOD);
	probe(k, "a", OUTCOME_SILENT, 0);
	probe(k, "a", OUTCOME_SILENT, 0);
	kit_log(k, "+a");
	probe(k, "a", OUTCOME_STATUS, 503);
	kit_log(k, "-a +a");
	assert_int_equal(k->last_signal.signal, SPEC_SIGTERM);
	assert_int_equal(kit_note(k, NOTE_FAILED)->exit.end, END_UNHEALTHY);
	assert_int_equal(kit_record(k, "a")->ill, 0);
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < failed a < health a");
	assert_int_equal(kit_notes(k, "a", NOTE_HEALTH), 6);
}

static void
a_good_probe_is_no_event(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a failures=3\n");
	probe(k, "a", OUTCOME_GOOD, 0);
	assert_int_equal(kit_notes(k, "a", NOTE_HEALTH), 0);
}

static void
who_says_that_it_ends_has_as_long_as_a_stop(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a watchdog=1000\n");
	say(k, "a", EVENT_LEAVING, 0);
	assert_false(kit_record(k, "a")->ready);
	kit_pass(k, 9999);
	kit_log(k, "+a");
	kit_pass(k, 1);
	kit_log(k, "*a +a");
	say(k, "a", EVENT_LEAVING, 0);
	kit_exits(k, "a", 0);
	kit_state(k, "a", STATE_WAITING);
	kit_log(k, "");
}

static void
a_reload_ends_with_ready(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	say(k, "a", EVENT_RELOADING, 0);
	assert_true(kit_record(k, "a")->reloading);
	assert_true(kit_record(k, "a")->ready);
	kit_ready(k, "a");
	assert_false(kit_record(k, "a")->reloading);
}

static void
a_start_and_a_stop_are_extended(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify deaf\n");
	kit_pass(k, 59999);
	say(k, "a", EVENT_EXTEND, 20000);
	kit_pass(k, 19999);
	kit_log(k, "+a");
	kit_ready(k, "a");
	kit_ask(k, OP_STOP, "a");
	kit_pass(k, 9999);
	say(k, "a", EVENT_EXTEND, 5000);
	/* A shorter time is none. */
	say(k, "a", EVENT_EXTEND, 1);
	kit_pass(k, 4999);
	kit_log(k, "-a");
	kit_pass(k, 1);
	kit_log(k, "*a");
}

static void
a_hurry_is_not_extended(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a deaf\n");
	kit_shutdown(k, SPEC_INFINITE);
	kit_hurry(k, 2000);
	say(k, "a", EVENT_EXTEND, 60000);
	kit_pass(k, 2000);
	kit_log(k, "+a -a *a");
}

static void
its_errno_goes_with_its_exit(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_ERRNO, .number = 2 };

	kit_boot(k, "root\n  a\n");
	say_of(k, "a", e);
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->exit.told, 2);
	kit_exits(k, "a", 1);
	assert_int_equal(kit_record(k, "a")->exit.told, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(
		    who_gives_no_sign_of_life_is_killed_with_abrt_and_restarted),
		KIT_TEST(signs_of_life_put_it_off),
		KIT_TEST(who_is_deaf_to_abrt_gets_kill_and_its_cause_stays),
		KIT_TEST(before_it_is_ready_no_sign_of_life_is_due),
		KIT_TEST(it_may_set_its_own_time),
		KIT_TEST(it_may_say_itself_that_it_is_ill),
		KIT_TEST(the_watchdog_outlives_the_engine),
		KIT_TEST(too_many_bad_probes_in_a_row_end_it),
		KIT_TEST(a_good_probe_is_no_event),
		KIT_TEST(who_says_that_it_ends_has_as_long_as_a_stop),
		KIT_TEST(a_reload_ends_with_ready),
		KIT_TEST(a_start_and_a_stop_are_extended),
		KIT_TEST(a_hurry_is_not_extended),
		KIT_TEST(its_errno_goes_with_its_exit),
	};

	return cmocka_run_group_tests_name("core: alive", tests, NULL, NULL);
}
