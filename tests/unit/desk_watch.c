#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk_kit.h"

static long long
whole(const json_t *reply, const char *key)
{
	const json_t *value = json_object_get(reply, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void
note_many(struct kit *k, const char *name, size_t n)
{
	while (n-- > 0)
		kit_note(k, name, 0);
}

static size_t
events_of(const json_t *reply)
{
	return json_array_size(json_object_get(reply, "events"));
}

/* Streams. */

static void
begins_a_stream_with_a_snapshot(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	note_many(k, "lone", 3);
	kit_stream(k, 0, "{}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_string_equal(kit_list(reply, "nodes", "name"),
	    "root web nginx php jobs inner worker@1 worker@2 once lone");
	assert_int_equal(events_of(reply), 0);
	assert_int_equal(whole(reply, "gap"), 0);
	assert_int_equal(whole(reply, "last"), 3);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	kit_note(k, "nginx", 0);
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_string_equal(kit_list(reply, "events", "seq"), "4");
	assert_true(json_is_null(json_object_get(reply, "nodes")));
	assert_int_equal(whole(reply, "last"), 4);
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
}

static void
takes_the_snapshot_after_the_step(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_stream(k, 0, "{'names': ['lone']}");
	kit_serve(k);
	kit_record(k, "lone")->state = STATE_FAILED;
	kit_note(k, "lone", 0);
	kit_tell(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_string_equal(kit_list(reply, "nodes", "state"), "failed");
	assert_int_equal(whole(reply, "last"), 1);
}

static void
goes_on_after_a_number(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	note_many(k, "lone", 5);
	kit_stream(k, 0, "{'since': 3}");
	kit_stream(k, 1, "{'since': 5}");
	kit_stream(k, 2, "{'since': 0}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_true(json_is_null(json_object_get(reply, "nodes")));
	assert_string_equal(kit_list(reply, "events", "seq"), "4 5");
	/* Nothing yet, but that it hears us is told. */
	reply = kit_hear(k, 1, KIT_MORE);
	assert_string_equal(kit_list(reply, "events", "seq"), "");
	assert_int_equal(whole(reply, "last"), 5);
	reply = kit_hear(k, 2, KIT_MORE);
	assert_string_equal(kit_list(reply, "events", "seq"), "1 2 3 4 5");
}

static void
refuses_a_number_that_has_not_been(void **state)
{
	struct kit *k = *state;

	note_many(k, "lone", 5);
	kit_stream(k, 0, "{'since': 6}");
	kit_call(k, 1, CTL_EVENTS, "{'since': -1}");
	kit_turn(k);
	kit_hear_error(k, 0, "org.varlink.service.InvalidParameter");
	kit_hear_error(k, 1, "org.varlink.service.InvalidParameter");
}

static void
tells_of_many_events_in_bounded_replies(void **state)
{
	struct kit *k = *state;
	size_t n = 0, replies = 0, turns = 0;
	json_t *reply;

	kit_stream(k, 0, "{}");
	kit_turn(k);
	kit_hear(k, 0, KIT_MORE);
	note_many(k, "lone", 1000);
	do {
		kit_turn(k);
		turns++;
		while (!kit_silent(k, 0)) {
			reply = kit_hear(k, 0, KIT_MORE);
			assert_true(events_of(reply) <= 128);
			n += events_of(reply);
			replies++;
		}
	} while (desk_deadline(k->desk) == 0);
	assert_int_equal(n, 1000);
	assert_int_equal(replies, 8);
	assert_true(turns >= 2);
}

static void
serves_all_streams_though_one_has_much(void **state)
{
	struct kit *k = *state;
	size_t got[64] = { 0 }, i;

	note_many(k, "lone", 2000);
	for (i = 0; i < 64; i++)
		kit_stream(k, (uint32_t)i, "{'since': 0}");
	do {
		kit_turn(k);
		for (i = 0; i < 64; i++) {
			while (!kit_silent(k, (uint32_t)i))
				got[i] += events_of(
				    kit_hear(k, (uint32_t)i, KIT_MORE));
		}
	} while (desk_deadline(k->desk) == 0);
	for (i = 0; i < 64; i++)
		assert_int_equal(got[i], 2000);
}

/* Many read all that happens, and that is more than a turn tells. */
static void
keeps_no_stream_waiting_for_those_before_it(void **state)
{
	struct kit *k = *state;
	size_t turns = 0;
	uint32_t i;

	for (i = 0; i < 32; i++)
		kit_stream(k, i, "{}");
	do
		kit_turn(k);
	while (desk_deadline(k->desk) == 0);
	kit_stream(k, 200, "{}");
	do {
		note_many(k, "lone", 600);
		kit_turn(k);
		turns++;
	} while (kit_silent(k, 200) && turns < 100);
	assert_in_range(turns, 1, 5);
}

static void
waits_for_a_client_that_does_not_read(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_stream(k, 0, "{}");
	kit_turn(k);
	kit_hear(k, 0, KIT_MORE);
	k->ctl.sessions[0].room = 0;
	note_many(k, "lone", 10);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	/* No busy loop. */
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
	note_many(k, "lone", 5);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	k->ctl.sessions[0].room = 5;
	assert_int_equal(desk_deadline(k->desk), 0);
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_int_equal(events_of(reply), 15);
	assert_int_equal(whole(reply, "gap"), 0);
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
}

static void
gives_the_snapshot_later_if_there_was_no_room(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	k->ctl.sessions[0].room = 0;
	kit_stream(k, 0, "{}");
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	note_many(k, "lone", 2);
	k->ctl.sessions[0].room = 1;
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_true(json_is_array(json_object_get(reply, "nodes")));
	assert_int_equal(whole(reply, "last"), 2);
}

static void
tells_of_a_gap(void **state)
{
	struct kit *k = *state;
	json_t *reply;
	size_t n = 0;

	kit_stream(k, 0, "{}");
	kit_turn(k);
	kit_hear(k, 0, KIT_MORE);
	k->ctl.sessions[0].room = 0;
	note_many(k, "lone", 100);
	kit_turn(k);
	note_many(k, "lone", KIT_NOTES);
	k->ctl.sessions[0].room = SIZE_MAX;
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_int_equal(whole(reply, "gap"), 100);
	n = events_of(reply);
	assert_int_equal(whole(reply, "last"), 100 + (long long)n);
	do {
		kit_turn(k);
		while (!kit_silent(k, 0)) {
			reply = kit_hear(k, 0, KIT_MORE);
			assert_int_equal(whole(reply, "gap"), 0);
			n += events_of(reply);
		}
	} while (desk_deadline(k->desk) == 0);
	assert_int_equal(n, KIT_NOTES);
}

static void
tells_of_a_gap_alone_where_no_event_is_wanted(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_stream(k, 0, "{'names': ['nginx']}");
	kit_turn(k);
	kit_hear(k, 0, KIT_MORE);
	note_many(k, "lone", KIT_NOTES + 7);
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_int_equal(whole(reply, "gap"), 7);
	assert_int_equal(events_of(reply), 0);
	assert_int_equal(whole(reply, "last"), KIT_NOTES + 7);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
}

static void
tells_only_of_the_nodes_that_are_named(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_stream(k, 0, "{'names': ['jobs']}");
	kit_turn(k);
	assert_string_equal(kit_list(kit_hear(k, 0, KIT_MORE), "nodes", "name"),
	    "jobs inner worker@1 worker@2 once");
	kit_note(k, "lone", 0);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
	kit_note(k, "worker@2", 0);
	kit_note(k, "nginx", 0);
	kit_note(k, "jobs", 0);
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_MORE);
	assert_string_equal(kit_list(reply, "events", "node"), "worker@2 jobs");
	assert_int_equal(whole(reply, "last"), 4);
}

static const struct kit_row after[] = {
	{ "root", NULL, SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
	{ "early", "root", SPEC_SERVICE, TYPE_DAEMON, NULL },
	{ "web", "root", SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
	{ "new", "web", SPEC_SERVICE, TYPE_DAEMON, NULL },
	{ "nginx", "web", SPEC_SERVICE, TYPE_DAEMON, NULL },
};
#define AFTER (sizeof(after) / sizeof(after[0]))

static void
follows_names_through_an_update(void **state)
{
	struct kit *k = *state;

	kit_stream(k, 0, "{'names': ['web', 'lone']}");
	kit_turn(k);
	kit_hear(k, 0, KIT_MORE);
	kit_note(k, "php", 0);
	kit_replan(k, after, AFTER);
	kit_note(k, "early", 0);
	kit_note(k, "new", 0);
	kit_note(k, "nginx", 0);
	kit_turn(k);
	/* The last words of one that was removed as well. */
	assert_string_equal(
	    kit_list(kit_hear(k, 0, KIT_MORE), "events", "node"),
	    "php new nginx");
}

static void
forgets_a_stream_with_its_client(void **state)
{
	struct kit *k = *state;

	kit_stream(k, 0, "{}");
	kit_turn(k);
	kit_hear(k, 0, KIT_MORE);
	kit_leave(k, 0);
	kit_note(k, "lone", 0);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
}

/* It left, and another took its place before anyone was told. */
static void
gives_a_place_to_the_next_client(void **state)
{
	struct kit *k = *state;

	kit_stream(k, 0, "{}");
	kit_turn(k);
	kit_hear(k, 0, KIT_MORE);
	k->ctl.sessions[0].busy = false;
	kit_note(k, "lone", 0);
	kit_turn(k);
	kit_call(k, 0, CTL_WAIT, "{'names': ['lone'], 'condition': 'stopped'}");
	kit_turn(k);
	kit_hear(k, 0, KIT_REPLY);
}

/* Single answers. */

static void
gives_snapshot_and_newest_events_in_one_reply(void **state)
{
	struct kit *k = *state;
	json_t *reply, *events;

	note_many(k, "lone", 1500);
	note_many(k, "nginx", 100);
	kit_call(k, 0, CTL_EVENTS, "{}");
	kit_call(k, 1, CTL_EVENTS, "{'names': ['lone']}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	events = json_object_get(reply, "events");
	assert_int_equal(json_array_size(events), 1000);
	assert_int_equal(whole(json_array_get(events, 0), "seq"), 601);
	assert_int_equal(whole(reply, "last"), 1600);
	assert_int_equal(json_array_size(json_object_get(reply, "nodes")), 10);
	reply = kit_hear(k, 1, KIT_REPLY);
	events = json_object_get(reply, "events");
	assert_int_equal(json_array_size(events), 1000);
	assert_int_equal(whole(json_array_get(events, 0), "seq"), 501);
	assert_string_equal(kit_list(reply, "nodes", "name"), "lone");
}

static void
answers_though_nothing_has_happened(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_call(k, 0, CTL_EVENTS, "{'since': 0}");
	kit_call(k, 1, CTL_EVENTS, "{'since': null, 'names': []}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_int_equal(events_of(reply), 0);
	assert_int_equal(whole(reply, "last"), 0);
	assert_int_equal(whole(reply, "gap"), 0);
	reply = kit_hear(k, 1, KIT_REPLY);
	assert_int_equal(events_of(reply), 0);
}

static void
gives_what_is_remembered_since_a_number_by_parts(void **state)
{
	struct kit *k = *state;
	json_t *reply;
	char text[64];

	note_many(k, "lone", 12000);
	kit_call(k, 0, CTL_EVENTS, "{'since': 1}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_int_equal(events_of(reply), 10000);
	assert_int_equal(whole(reply, "last"), 10001);
	snprintf(text, sizeof(text), "{'since': %lld}", whole(reply, "last"));
	kit_call(k, 0, CTL_EVENTS, text);
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_int_equal(events_of(reply), 1999);
	assert_int_equal(whole(reply, "last"), 12000);
	note_many(k, "lone", KIT_NOTES);
	kit_call(k, 0, CTL_EVENTS, "{'since': 11990, 'names': ['nginx']}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_int_equal(whole(reply, "gap"), 10);
	assert_int_equal(events_of(reply), 0);
}

static void
knows_no_event_of_an_unknown_name(void **state)
{
	struct kit *k = *state;

	kit_stream(k, 0, "{'names': ['nobody']}");
	kit_call(k, 1, CTL_EVENTS, "{'names': ['nobody']}");
	kit_turn(k);
	kit_hear_error(k, 0, "NoSuchNode");
	kit_hear_error(k, 1, "NoSuchNode");
}

/* Waits. */

static void
set(struct kit *k, const char *name, enum record_state state, bool ready)
{
	kit_record(k, name)->state = (uint8_t)state;
	kit_record(k, name)->ready = ready;
}

static void
answers_when_all_are_ready(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_call(k, 0, CTL_WAIT,
	    "{'names': ['once', 'lone', 'web'], 'condition': 'ready'}");
	kit_turn(k);
	set(k, "lone", STATE_RUNNING, true);
	set(k, "web", STATE_STARTING, false);
	kit_turn(k);
	set(k, "web", STATE_RUNNING, true);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	/* A oneshot that is done. */
	set(k, "once", STATE_EXITED, false);
	set(k, "lone", STATE_WAITING, false);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	set(k, "lone", STATE_RUNNING, true);
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_string_equal(kit_list(reply, "nodes", "name"), "web once lone");
}

static void
knows_no_exited_daemon_as_ready(void **state)
{
	struct kit *k = *state;

	set(k, "lone", STATE_EXITED, false);
	kit_call(k, 0, CTL_WAIT, "{'names': ['lone'], 'condition': 'ready'}");
	kit_turn(k);
	assert_true(kit_silent(k, 0));
}

static void
knows_stopped_from_exited(void **state)
{
	struct kit *k = *state;

	set(k, "lone", STATE_STOPPED, false);
	kit_call(k, 0, CTL_WAIT, "{'names': ['lone'], 'condition': 'stopped'}");
	kit_call(k, 1, CTL_WAIT, "{'names': ['lone'], 'condition': 'exited'}");
	kit_turn(k);
	kit_hear(k, 0, KIT_REPLY);
	assert_true(kit_silent(k, 1));
	set(k, "lone", STATE_FAILED, false);
	kit_call(k, 0, CTL_WAIT, "{'names': ['lone'], 'condition': 'stopped'}");
	kit_turn(k);
	kit_hear(k, 0, KIT_REPLY);
	kit_hear(k, 1, KIT_REPLY);
}

/* It was ready when the wait came, but an order is before it. */
static void
judges_after_the_step(void **state)
{
	struct kit *k = *state;

	set(k, "lone", STATE_RUNNING, true);
	kit_call(k, 0, CTL_RESTART, "{'names': ['lone'], 'wait': false}");
	kit_call(k, 1, CTL_WAIT, "{'names': ['lone'], 'condition': 'ready'}");
	kit_serve(k);
	assert_int_equal(kit_count(k, EVENT_ASK), 1);
	set(k, "lone", STATE_STOPPING, false);
	kit_tell(k);
	assert_true(kit_silent(k, 1));
}

static void
gives_up_at_the_deadline(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_WAIT,
	    "{'names': ['lone'], 'condition': 'ready', 'timeout_s': 2.5}");
	kit_call(k, 1, CTL_WAIT,
	    "{'names': ['lone'], 'condition': 'ready', 'timeout_s': 1e300}");
	kit_call(k, 2, CTL_WAIT,
	    "{'names': ['lone'], 'condition': 'ready', 'timeout_s': 0}");
	kit_turn(k);
	kit_hear_error(k, 2, "Timeout");
	assert_int_equal(desk_deadline(k->desk), 7500);
	k->now_ms = 7499;
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	k->now_ms = 7500;
	kit_turn(k);
	kit_hear_error(k, 0, "Timeout");
	assert_true(kit_silent(k, 1));
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
}

static void
refuses_a_wait_that_makes_no_sense(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_WAIT,
	    "{'names': ['lone'], 'condition': 'ready', 'timeout_s': -1}");
	kit_call(k, 1, CTL_WAIT, "{'names': [], 'condition': 'ready'}");
	kit_call(k, 2, CTL_WAIT, "{'names': ['lone'], 'condition': 'up'}");
	kit_turn(k);
	kit_hear_error(k, 0, "org.varlink.service.InvalidParameter");
	kit_hear_error(k, 1, "org.varlink.service.InvalidParameter");
	kit_hear_error(k, 2, "org.varlink.service.InvalidParameter");
}

static void
takes_a_removed_node_as_stopped(void **state)
{
	struct kit *k = *state;

	set(k, "lone", STATE_RUNNING, true);
	set(k, "nginx", STATE_EXITED, false);
	kit_call(k, 0, CTL_WAIT,
	    "{'names': ['lone', 'nginx'], 'condition': 'exited'}");
	kit_call(
	    k, 1, CTL_WAIT, "{'names': ['php', 'once'], 'condition': 'ready'}");
	kit_turn(k);
	kit_replan(k, after, AFTER);
	kit_turn(k);
	assert_string_equal(
	    kit_list(kit_hear(k, 0, KIT_REPLY), "nodes", "name"), "nginx");
	assert_string_equal(json_string_value(json_object_get(
				kit_hear_error(k, 1, "NoSuchNode"), "name")),
	    "php");
	/* And again, with what is left. */
	kit_replan(k, after, 2);
	kit_turn(k);
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
}

static void
waits_for_the_same_node_under_a_new_number(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_WAIT, "{'names': ['nginx'], 'condition': 'ready'}");
	kit_turn(k);
	kit_replan(k, after, AFTER);
	set(k, "web", STATE_RUNNING, true);
	set(k, "new", STATE_RUNNING, true);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
	set(k, "nginx", STATE_RUNNING, true);
	kit_turn(k);
	kit_hear(k, 0, KIT_REPLY);
}

static void
waits_for_no_readiness_in_a_shutdown(void **state)
{
	struct kit *k = *state;

	set(k, "lone", STATE_RUNNING, true);
	kit_call(k, 0, CTL_WAIT, "{'names': ['nginx'], 'condition': 'ready'}");
	kit_call(k, 1, CTL_WAIT, "{'names': ['lone'], 'condition': 'stopped'}");
	kit_turn(k);
	k->core.life = CORE_SHUTTING_DOWN;
	kit_turn(k);
	kit_hear_error(k, 0, "ShuttingDown");
	assert_true(kit_silent(k, 1));
	set(k, "lone", STATE_STOPPED, false);
	kit_turn(k);
	kit_hear(k, 1, KIT_REPLY);
}

static void
forgets_a_wait_with_its_client(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_WAIT,
	    "{'names': ['lone'], 'condition': 'ready', 'timeout_s': 1}");
	kit_turn(k);
	kit_leave(k, 0);
	kit_turn(k);
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
	set(k, "lone", STATE_RUNNING, true);
	kit_turn(k);
	assert_true(kit_silent(k, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_open, kit_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(begins_a_stream_with_a_snapshot),
		TEST(takes_the_snapshot_after_the_step),
		TEST(goes_on_after_a_number),
		TEST(refuses_a_number_that_has_not_been),
		TEST(tells_of_many_events_in_bounded_replies),
		TEST(serves_all_streams_though_one_has_much),
		TEST(keeps_no_stream_waiting_for_those_before_it),
		TEST(waits_for_a_client_that_does_not_read),
		TEST(gives_the_snapshot_later_if_there_was_no_room),
		TEST(tells_of_a_gap),
		TEST(tells_of_a_gap_alone_where_no_event_is_wanted),
		TEST(tells_only_of_the_nodes_that_are_named),
		TEST(follows_names_through_an_update),
		TEST(forgets_a_stream_with_its_client),
		TEST(gives_a_place_to_the_next_client),
		TEST(gives_snapshot_and_newest_events_in_one_reply),
		TEST(answers_though_nothing_has_happened),
		TEST(gives_what_is_remembered_since_a_number_by_parts),
		TEST(knows_no_event_of_an_unknown_name),
		TEST(answers_when_all_are_ready),
		TEST(knows_no_exited_daemon_as_ready),
		TEST(knows_stopped_from_exited),
		TEST(judges_after_the_step),
		TEST(gives_up_at_the_deadline),
		TEST(refuses_a_wait_that_makes_no_sense),
		TEST(takes_a_removed_node_as_stopped),
		TEST(waits_for_the_same_node_under_a_new_number),
		TEST(waits_for_no_readiness_in_a_shutdown),
		TEST(forgets_a_wait_with_its_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
