#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk_kit.h"

static void
lists_what_is_named(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_LIST, "{'names': ['lone', 'web']}");
	kit_call(k, 1, CTL_LIST, "{'names': ['web'], 'recursive': true}");
	kit_call(k, 2, CTL_LIST, "{}");
	kit_call(k, 3, CTL_LIST, "{'names': null, 'recursive': null}");
	kit_turn(k);
	assert_string_equal(
	    kit_list(kit_hear(k, 0, KIT_REPLY), "nodes", "name"), "web lone");
	assert_string_equal(
	    kit_list(kit_hear(k, 1, KIT_REPLY), "nodes", "name"),
	    "web nginx php");
	assert_string_equal(
	    kit_list(kit_hear(k, 2, KIT_REPLY), "nodes", "name"),
	    "root web nginx php jobs inner worker@1 worker@2 once lone");
	kit_hear(k, 3, KIT_REPLY);
}

static void
gets_one_node_by_name_or_path(void **state)
{
	struct kit *k = *state;
	const json_t *node;

	kit_call(k, 0, CTL_GET, "{'name': 'jobs/inner'}");
	kit_call(k, 1, CTL_GET, "{'name': 'inne'}");
	kit_call(k, 2, CTL_GET, "{'name': 'inn*'}");
	kit_turn(k);
	node = json_object_get(kit_hear(k, 0, KIT_REPLY), "node");
	assert_string_equal(
	    json_string_value(json_object_get(node, "name")), "inner");
	node = kit_hear_error(k, 1, "NoSuchNode");
	assert_string_equal(
	    json_string_value(json_object_get(node, "nearest")), "inner");
	kit_hear_error(k, 2, "NoSuchNode");
}

/* What a client wrote is said back in part only. */
static void
cuts_an_endless_name(void **state)
{
	struct kit *k = *state;
	char text[20000];
	const json_t *error;
	size_t i, at;

	at = (size_t)snprintf(text, sizeof(text), "{'name': '");
	for (i = 0; i < 9000; i++, at += 2)
		memcpy(text + at, "\xc3\xa9", 2);
	memcpy(text + at, "'}", 3);
	kit_call(k, 0, CTL_GET, text);
	kit_turn(k);
	error = kit_hear_error(k, 0, "NoSuchNode");
	assert_int_equal(
	    json_string_length(json_object_get(error, "name")), 254);
	assert_true(json_is_null(json_object_get(error, "nearest")));
}

static void
tells_the_newest_events_of_a_node(void **state)
{
	struct kit *k = *state;
	json_t *reply;
	int i;

	for (i = 0; i < 5; i++) {
		kit_note(k, "nginx", 0);
		kit_note(k, "lone", 0);
	}
	kit_call(k, 0, CTL_HISTORY, "{'name': 'lone', 'limit': 3}");
	kit_call(k, 1, CTL_HISTORY, "{'name': 'web/nginx'}");
	kit_call(k, 2, CTL_HISTORY, "{'name': 'php'}");
	kit_call(k, 3, CTL_HISTORY, "{'name': 'lone', 'limit': -1}");
	kit_call(k, 4, CTL_HISTORY, "{'name': 'nobody'}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_string_equal(kit_list(reply, "events", "seq"), "6 8 10");
	assert_true(json_is_object(json_object_get(reply, "node")));
	assert_string_equal(
	    kit_list(kit_hear(k, 1, KIT_REPLY), "events", "seq"), "1 3 5 7 9");
	assert_string_equal(
	    kit_list(kit_hear(k, 2, KIT_REPLY), "events", "seq"), "");
	kit_hear_error(k, 3, "org.varlink.service.InvalidParameter");
	kit_hear_error(k, 4, "NoSuchNode");
}

static void
tells_no_history_where_nothing_has_happened(void **state)
{
	struct kit *k = *state;

	k->core.first = 0;
	kit_call(k, 0, CTL_HISTORY, "{'name': 'lone', 'causes': true}");
	kit_turn(k);
	assert_string_equal(
	    kit_list(kit_hear(k, 0, KIT_REPLY), "events", "seq"), "");
}

static void
bounds_a_history(void **state)
{
	struct kit *k = *state;
	const json_t *events;
	int i;

	for (i = 0; i < 3000; i++)
		kit_note(k, "lone", 0);
	kit_call(k, 0, CTL_HISTORY, "{'name': 'lone', 'limit': 100000}");
	kit_call(k, 1, CTL_HISTORY, "{'name': 'lone'}");
	kit_turn(k);
	events = json_object_get(kit_hear(k, 0, KIT_REPLY), "events");
	assert_int_equal(json_array_size(events), 1000);
	events = json_object_get(kit_hear(k, 1, KIT_REPLY), "events");
	assert_int_equal(json_array_size(events), 100);
}

static void
adds_the_causes_once_each_in_their_order(void **state)
{
	struct kit *k = *state;
	uint64_t death, restart;

	kit_note(k, "php", 0);                          /* 1 */
	death = kit_note(k, "nginx", 0);                /* 2 */
	kit_note(k, "php", 0);                          /* 3 */
	restart = kit_note(k, "web", death);            /* 4 */
	kit_note(k, "lone", restart);                   /* 5 */
	kit_note(k, "lone", restart);                   /* 6 */
	kit_note(k, "lone", kit_note(k, "php", death)); /* 8, of 7 */
	kit_call(k, 0, CTL_HISTORY, "{'name': 'lone', 'causes': true}");
	kit_call(
	    k, 1, CTL_HISTORY, "{'name': 'lone', 'causes': true, 'limit': 1}");
	kit_turn(k);
	assert_string_equal(
	    kit_list(kit_hear(k, 0, KIT_REPLY), "events", "seq"),
	    "2 4 5 6 7 8");
	assert_string_equal(
	    kit_list(kit_hear(k, 1, KIT_REPLY), "events", "seq"), "2 7 8");
}

static void
ends_a_chain_where_memory_ends(void **state)
{
	struct kit *k = *state;
	const json_t *events;
	uint64_t first;
	int i;

	first = kit_note(k, "nginx", 0);
	kit_note(k, "lone", first);
	for (i = 0; i < KIT_NOTES; i++)
		kit_note(k, i % 2 == 0 ? "php" : "lone", first);
	kit_call(k, 0, CTL_HISTORY,
	    "{'name': 'lone', 'causes': true, 'limit': 1000}");
	kit_turn(k);
	events = json_object_get(kit_hear(k, 0, KIT_REPLY), "events");
	assert_int_equal(json_array_size(events), 1000);
}

static void
bounds_the_causes(void **state)
{
	struct kit *k = *state;
	const json_t *events;
	uint64_t cause = 0;
	int i;

	for (i = 0; i < 9000; i++)
		cause = kit_note(k, "php", cause);
	kit_note(k, "lone", cause);
	kit_call(k, 0, CTL_HISTORY, "{'name': 'lone', 'causes': true}");
	kit_turn(k);
	events = json_object_get(kit_hear(k, 0, KIT_REPLY), "events");
	assert_int_equal(json_array_size(events), 4000);
	/* The nearest ones. */
	assert_int_equal(json_integer_value(json_object_get(
			     json_array_get(events, 3999), "seq")),
	    9001);
}

static void
serves_a_bounded_number_of_calls_in_a_turn(void **state)
{
	struct kit *k = *state;
	size_t answered = 0;
	uint32_t i;

	for (i = 0; i < 100; i++)
		kit_call(k, i, CTL_GET, "{'name': 'lone'}");
	kit_turn(k);
	for (i = 0; i < 100; i++)
		answered += !kit_silent(k, i);
	assert_int_equal(answered, 64);
	kit_turn(k);
	for (i = 0; i < 100; i++)
		kit_hear(k, i, KIT_REPLY);
}

/* Each method of the one table has its function, and each of these calls is
 * answered, is an event, or waits. */
static void
serves_every_method(void **state)
{
	static const char all[] = "{'names': ['lone'], 'name': 'lone', "
				  "'signal': 'TERM', 'condition': 'stopped'}";
	struct kit *k = *state;
	struct ctl_handle from;
	bool dry_run;
	uint32_t i;

	for (i = 0; i < CTL_METHOD_COUNT; i++)
		kit_call(k, i, (enum ctl_method)i, all);
	kit_turn(k);
	for (i = 0; i < k->events_count; i++) {
		if (k->events[i].kind == EVENT_ASK)
			kit_answer(k, k->events[i].ask, ANSWER_OK);
	}
	assert_true(desk_update_wanted(k->desk, &from, &dry_run));
	assert_int_equal(from.session, CTL_UPDATE);
	ctl_reply(&k->ctl, from, NULL);
	for (i = 0; i < CTL_METHOD_COUNT; i++)
		kit_hear(k, i, KIT_REPLY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_open, kit_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_what_is_named),
		TEST(gets_one_node_by_name_or_path),
		TEST(cuts_an_endless_name),
		TEST(tells_the_newest_events_of_a_node),
		TEST(tells_no_history_where_nothing_has_happened),
		TEST(bounds_a_history),
		TEST(adds_the_causes_once_each_in_their_order),
		TEST(ends_a_chain_where_memory_ends),
		TEST(bounds_the_causes),
		TEST(serves_a_bounded_number_of_calls_in_a_turn),
		TEST(serves_every_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
