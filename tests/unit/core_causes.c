/* Every change has a cause, down to a death or an order. That no note is
 * without one the kit sees to in every test; here is what they say. */
#include "core_kit.h"

#include <string.h>

static void
the_boot_is_the_root_of_the_first_starts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n");
	assert_string_equal(kit_why(k, "a"),
	    "ready a < starting a < starting s < starting root");
}

static void
a_death_is_the_root_of_its_restart(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_exits(k, "a", 1);
	assert_string_equal(kit_why(k, "a"), "ready a < starting a < failed a");
	kit_exits(k, "a", 1);
	assert_string_equal(kit_why(k, "a"), "backoff a < failed a");
	kit_pass(k, 500);
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < backoff a < failed a");
}

static void
a_failed_start_is_caused_by_what_ordered_it(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a fails=2\n");
	assert_string_equal(kit_why(k, "a"),
	    "backoff a < failed a < starting a < failed a < starting a < "
	    "starting root");
}

static void
a_group_restart_is_caused_by_the_child_that_died(void **state)
{
	struct kit *k = *state;
	const struct note *n;

	kit_boot(k, "root one_for_all\n  a\n  b\n  c\n");
	kit_exits(k, "b", 1);
	assert_string_equal(kit_why(k, "a"),
	    "ready a < starting a < stopping a < restarting root < failed b");
	assert_string_equal(kit_why(k, "b"),
	    "ready b < starting b < restarting root < failed b");
	n = kit_note(k, NOTE_RESTARTING);
	assert_int_equal(n->strategy, STRATEGY_ONE_FOR_ALL);
	assert_int_equal(n->child_uid, kit_record(k, "b")->uid);
	assert_int_equal(n->first_uid, kit_record(k, "a")->uid);
	assert_int_equal(n->count, 3);
	n = kit_note(k, NOTE_STOPPED);
	assert_string_equal(n->name, "a");
	assert_string_equal(core_note(k->core, n->cause)->name, "a");
}

static void
a_rest_for_one_over_two_levels_leads_to_the_first_death(void **state)
{
	struct kit *k = *state;
	const struct note *n;

	kit_boot(k, "root rest_for_one\n"
		    "  db\n"
		    "  web rest_for_one intensity=0\n"
		    "    app\n"
		    "    proxy\n"
		    "  mail\n");
	k->log[0] = '\0';
	kit_exits(k, "app", 1);
	kit_log(k, "-proxy -mail +app +proxy +mail");
	assert_string_equal(kit_why(k, "proxy"),
	    "ready proxy < starting proxy < starting web < restarting root < "
	    "failed web < stopping web < gave_up web < failed app");
	assert_string_equal(kit_why(k, "mail"),
	    "ready mail < starting mail < stopping mail < "
	    "restarting root < "
	    "failed web < stopping web < gave_up web < failed app");
	n = kit_note(k, NOTE_GAVE_UP);
	assert_int_equal(n->child_uid, kit_record(k, "app")->uid);
	assert_int_equal(n->attempt, 1);
	assert_int_equal(n->intensity, 0);
	assert_int_equal(n->period_ms, 10000);
	n = kit_note(k, NOTE_RESTARTING);
	assert_string_equal(n->name, "root");
	assert_int_equal(n->child_uid, kit_record(k, "web")->uid);
	assert_int_equal(n->count, 2);
}

static void
a_stop_leads_to_the_one_who_asked_for_it(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n    b deaf\n");
	kit_ask(k, OP_STOP, "s");
	kit_pass(k, 10000);
	assert_string_equal(kit_why(k, "b"),
	    "stopped b < kill b < stopping b < stopping s < request s");
	assert_string_equal(
	    kit_why(k, "a"), "stopped a < stopping a < stopping s < request s");
	assert_int_equal(kit_note(k, NOTE_REQUEST)->op, OP_STOP);
	kit_ask(k, OP_START, "s");
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < starting s < request s");
}

static void
a_restart_by_hand_leads_to_its_request(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_ask(k, OP_RESTART, "a");
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < stopping a < request a");
}

static void
a_shutdown_is_the_root_of_all_that_stops(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  s one_for_one\n    a\n");
	kit_shutdown(k, SPEC_INFINITE);
	assert_string_equal(kit_why(k, "a"),
	    "stopped a < stopping a < stopping s < stopping root < "
	    "shutdown root");
}

static void
an_update_is_the_root_of_what_it_stops_and_starts(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root one_for_all\n  a\n  b\n");
	kit_update(k, "root one_for_all\n  a changed\n  b\n  c\n");
	assert_string_equal(
	    kit_why(k, "b"), "ready b < starting b < update root");
	assert_string_equal(
	    kit_why(k, "c"), "ready c < starting c < update root");
	kit_update(k, "root one_for_all\n  a\n");
	assert_string_equal(kit_note(k, NOTE_STOPPED)->name, "b");
	assert_int_equal(
	    core_note(k->core, kit_note(k, NOTE_STOPPING)->cause)->kind,
	    NOTE_UPDATE);
}

static void
an_automatic_shutdown_leads_to_the_significant_end(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root any_significant\n  a\n  b transient significant\n");
	kit_exits(k, "b", 0);
	assert_string_equal(kit_why(k, "a"),
	    "stopped a < stopping a < stopping root < exited b");
}

static void
notes_are_one_sequence_and_the_history_of_a_node_is_linked(void **state)
{
	struct kit *k = *state;
	uint64_t last;

	kit_boot(k, "root\n  a\n  b\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "b", 1);
	last = core_note_last(k->core);
	assert_int_equal(core_note_first(k->core), 1);
	for (uint64_t seq = 1; seq <= last; seq++)
		assert_int_equal(core_note(k->core, seq)->seq, seq);
	assert_null(core_note(k->core, last + 1));
	assert_null(core_note(k->core, 0));
	assert_int_equal(kit_notes(k, "a", NOTE_STARTING), 2);
	assert_int_equal(kit_notes(k, "a", NOTE_READY), 2);
	assert_int_equal(kit_notes(k, "a", NOTE_FAILED), 1);
}

static void
the_oldest_notes_are_forgotten_and_never_mistaken(void **state)
{
	struct kit *k = *state;
	uint64_t first;

	kit_boot(k, "root intensity\n  a backoff=0\n");
	/* Three notes a death. */
	for (unsigned i = 0; i < LIMIT_NOTES / 3 + 10; i++) {
		k->steps = 0;
		k->log[0] = '\0';
		kit_exits(k, "a", 1);
	}
	first = core_note_first(k->core);
	assert_true(first > 1);
	assert_int_equal(core_note_last(k->core) - first + 1, LIMIT_NOTES);
	assert_null(core_note(k->core, first - 1));
	assert_int_equal(core_note(k->core, first)->seq, first);
}

static void
a_kill_for_want_of_memory_is_the_root_of_the_death(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_starved(k, "a", 3, true);
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < failed a < oom a");
	assert_int_equal(kit_note(k, NOTE_OOM)->count, 3);
	assert_true(kit_note(k, NOTE_OOM)->exit.oom);
	assert_true(kit_note(k, NOTE_FAILED)->exit.oom);
	assert_int_equal(
	    kit_note(k, NOTE_OOM)->pid, kit_note(k, NOTE_FAILED)->pid);
	assert_true(kit_record(k, "a")->exit.oom);
}

static void
a_kill_of_another_process_is_told_and_no_cause(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a\n");
	kit_starved(k, "a", 2, false);
	assert_string_equal(kit_why(k, "a"), "ready a < starting a < failed a");
	assert_int_equal(kit_note(k, NOTE_OOM)->count, 2);
	assert_false(kit_note(k, NOTE_OOM)->exit.oom);
	assert_false(kit_record(k, "a")->exit.oom);
}

static void
a_kill_in_a_start_or_a_stop_has_that_as_its_cause(void **state)
{
	struct kit *k = *state;

	kit_boot(k, "root\n  a notify\n");
	kit_starved(k, "a", 1, true);
	assert_string_equal(kit_why(k, "a"),
	    "starting a < failed a < oom a < starting a < starting root");
	kit_is(k, "a", KIT_DEAF);
	(void)kit_ask(k, OP_STOP, "a");
	kit_starved(k, "a", 1, true);
	assert_string_equal(
	    kit_why(k, "a"), "stopped a < oom a < stopping a < request a");
	assert_int_equal(kit_notes(k, "a", NOTE_OOM), 2);
}

static void
an_end_that_is_told_twice_has_one_kill(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_EXITED, .end = END_SIGNAL, .oom = 1 };

	kit_boot(k, "root\n  a\n");
	kit_is(k, "a", KIT_LEAVES);
	kit_starved(k, "a", 1, true);
	e.node = kit_node(k, "a");
	e.ticket = kit_record(k, "a")->ticket;
	e.number = SPEC_SIGKILL;
	e.kills = 1;
	kit_tell(k, &e, 1);
	assert_int_equal(kit_notes(k, "a", NOTE_OOM), 1);
	kit_gone(k, "a");
	assert_string_equal(
	    kit_why(k, "a"), "ready a < starting a < failed a < oom a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(the_boot_is_the_root_of_the_first_starts),
		KIT_TEST(a_death_is_the_root_of_its_restart),
		KIT_TEST(a_failed_start_is_caused_by_what_ordered_it),
		KIT_TEST(a_group_restart_is_caused_by_the_child_that_died),
		KIT_TEST(
		    a_rest_for_one_over_two_levels_leads_to_the_first_death),
		KIT_TEST(a_stop_leads_to_the_one_who_asked_for_it),
		KIT_TEST(a_restart_by_hand_leads_to_its_request),
		KIT_TEST(a_shutdown_is_the_root_of_all_that_stops),
		KIT_TEST(an_update_is_the_root_of_what_it_stops_and_starts),
		KIT_TEST(an_automatic_shutdown_leads_to_the_significant_end),
		KIT_TEST(
		    notes_are_one_sequence_and_the_history_of_a_node_is_linked),
		KIT_TEST(the_oldest_notes_are_forgotten_and_never_mistaken),
		KIT_TEST(a_kill_for_want_of_memory_is_the_root_of_the_death),
		KIT_TEST(a_kill_of_another_process_is_told_and_no_cause),
		KIT_TEST(a_kill_in_a_start_or_a_stop_has_that_as_its_cause),
		KIT_TEST(an_end_that_is_told_twice_has_one_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
