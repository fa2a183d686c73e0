#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk_kit.h"

static const char *
outcome(json_t *reply, size_t i, const char *key)
{
	json_t *list = json_object_get(reply, "outcomes");
	const json_t *value = json_object_get(json_array_get(list, i), key);

	assert_non_null(value);
	return json_is_null(value) ? "null" : json_string_value(value);
}

/* The ask number of the only event of the last turn. */
static uint32_t
only_ask(struct kit *k, const char *name, enum event_op op)
{
	assert_int_equal(k->events_count, 1);
	assert_int_equal(k->events[0].kind, EVENT_ASK);
	assert_int_equal(k->events[0].node, kit_node(k, name));
	assert_int_equal(k->events[0].op, op);
	return k->events[0].ask;
}

static void
answers_an_order_when_the_core_has(void **state)
{
	struct kit *k = *state;
	json_t *reply;
	uint32_t ask;

	kit_call(k, 3, CTL_RESTART, "{'names': ['nginx']}");
	kit_turn(k);
	ask = only_ask(k, "nginx", OP_RESTART);
	assert_int_not_equal(ask, 0);
	assert_true(kit_silent(k, 3));
	kit_record(k, "nginx")->state = STATE_RUNNING;
	kit_answer(k, ask, ANSWER_OK);
	reply = kit_hear(k, 3, KIT_REPLY);
	assert_string_equal(outcome(reply, 0, "node"), "nginx");
	assert_string_equal(outcome(reply, 0, "path"), "web/nginx");
	assert_string_equal(outcome(reply, 0, "result"), "ok");
	assert_string_equal(outcome(reply, 0, "state"), "running");
	assert_string_equal(outcome(reply, 0, "message"), "null");
}

static void
answers_when_the_last_node_has_its_answer(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_call(k, 0, CTL_STOP, "{'names': ['worker@', 'lone']}");
	kit_turn(k);
	assert_int_equal(kit_count(k, EVENT_ASK), 3);
	kit_answer(k, k->events[1].ask, ANSWER_OVERTAKEN);
	kit_answer(k, k->events[2].ask, ANSWER_OK);
	assert_true(kit_silent(k, 0));
	kit_answer(k, k->events[0].ask, ANSWER_OK);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_string_equal(
	    kit_list(reply, "outcomes", "node"), "worker@1 worker@2 lone");
	assert_string_equal(
	    kit_list(reply, "outcomes", "result"), "ok overtaken ok");
}

static void
says_why_an_order_failed(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_START, "{'names': ['lone']}");
	kit_turn(k);
	kit_record(k, "lone")->exit.end = END_CODE;
	kit_record(k, "lone")->exit.number = 7;
	kit_record(k, "lone")->state = STATE_FAILED;
	kit_answer(k, k->events[0].ask, ANSWER_FAILED);
	assert_string_equal(outcome(kit_hear(k, 0, KIT_REPLY), 0, "message"),
	    "exited with code 7");
}

static void
orders_the_topmost_of_those_named(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_STOP, "{'names': ['inner', 'jobs', 'worker@1']}");
	kit_turn(k);
	only_ask(k, "jobs", OP_STOP);
}

static void
resets_what_is_named_and_nothing_below(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_RESET, "{'names': ['jobs', 'inner']}");
	kit_turn(k);
	assert_int_equal(kit_count(k, EVENT_ASK), 2);
	assert_int_equal(k->events[0].op, OP_RESET);
	assert_int_equal(k->events[1].node, kit_node(k, "inner"));
}

static void
answers_at_once_if_nobody_waits(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	kit_call(k, 0, CTL_STOP, "{'names': ['lone'], 'wait': false}");
	kit_turn(k);
	assert_int_equal(only_ask(k, "lone", OP_STOP), 0);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_string_equal(outcome(reply, 0, "result"), "accepted");
}

static void
takes_any_number_of_oneway_orders(void **state)
{
	struct kit *k = *state;
	size_t total = 0;
	int i;

	for (i = 0; i < 400; i++)
		kit_oneway(k, 0, CTL_START, "{'names': ['lone']}");
	for (i = 0; i < 20; i++) {
		kit_turn(k);
		total += kit_count(k, EVENT_ASK);
		assert_int_equal(k->events_count > 0 ? k->events[0].ask : 0, 0);
	}
	assert_int_equal(total, 400);
	assert_true(kit_silent(k, 0));
}

static void
refuses_an_order_that_names_nothing(void **state)
{
	struct kit *k = *state;
	json_t *error;

	kit_call(k, 0, CTL_STOP, "{'names': []}");
	kit_turn(k);
	error = kit_hear_error(k, 0, "org.varlink.service.InvalidParameter");
	assert_string_equal(
	    json_string_value(json_object_get(error, "parameter")), "names");
	assert_int_equal(k->events_count, 0);
}

static void
orders_nothing_if_one_name_is_unknown(void **state)
{
	struct kit *k = *state;
	json_t *error;

	kit_call(k, 0, CTL_STOP, "{'names': ['lone', 'ngnix']}");
	kit_turn(k);
	error = kit_hear_error(k, 0, "NoSuchNode");
	assert_string_equal(
	    json_string_value(json_object_get(error, "name")), "ngnix");
	assert_string_equal(
	    json_string_value(json_object_get(error, "nearest")), "nginx");
	assert_int_equal(k->events_count, 0);
}

static void
starts_nothing_in_a_shutdown(void **state)
{
	struct kit *k = *state;

	k->core.life = CORE_SHUTTING_DOWN;
	kit_call(k, 0, CTL_START, "{'names': ['lone']}");
	kit_call(k, 1, CTL_RESTART, "{'names': ['lone']}");
	kit_call(k, 2, CTL_STOP, "{'names': ['lone']}");
	kit_turn(k);
	kit_hear_error(k, 0, "ShuttingDown");
	kit_hear_error(k, 1, "ShuttingDown");
	only_ask(k, "lone", OP_STOP);
}

static void
withdraws_the_asks_of_a_client_that_left(void **state)
{
	struct kit *k = *state;
	uint32_t ask;

	kit_call(k, 0, CTL_RESTART, "{'names': ['lone']}");
	kit_turn(k);
	ask = k->events[0].ask;
	kit_leave(k, 0);
	kit_turn(k);
	assert_int_equal(k->events_count, 1);
	assert_int_equal(k->events[0].kind, EVENT_UNASK);
	assert_int_equal(k->events[0].ask, ask);
	kit_turn(k);
	assert_int_equal(k->events_count, 0);
	assert_true(kit_silent(k, 0));
}

/* The core answers in the very step that has the UNASK, before it comes to
 * it; and the client's successor waits for an ask of its own. */
static void
passes_over_the_answer_to_one_who_left(void **state)
{
	struct kit *k = *state;
	uint32_t ask, next;

	kit_call(k, 0, CTL_RESTART, "{'names': ['lone']}");
	kit_turn(k);
	ask = k->events[0].ask;
	kit_leave(k, 0);
	kit_call(k, 0, CTL_STOP, "{'names': ['nginx']}");
	kit_serve(k);
	assert_int_equal(k->events_count, 2);
	assert_int_equal(k->events[0].kind, EVENT_UNASK);
	next = k->events[1].ask;
	assert_int_not_equal(next, ask);
	kit_answer(k, ask, ANSWER_OK);
	assert_true(kit_silent(k, 0));
	kit_answer(k, next, ANSWER_OK);
	assert_string_equal(
	    outcome(kit_hear(k, 0, KIT_REPLY), 0, "node"), "nginx");
}

/* A tree of 2,000 services below root. */
static void
grow(struct kit *k)
{
	struct kit_row *rows = calloc(2001, sizeof(*rows));
	char(*names)[16] = calloc(2001, sizeof(*names));
	size_t i;

	rows[0].name = "root";
	rows[0].kind = SPEC_SUPERVISOR;
	for (i = 1; i <= 2000; i++) {
		snprintf(names[i], sizeof(names[i]), "s%zu", i);
		rows[i].name = names[i];
		rows[i].parent = "root";
		rows[i].kind = SPEC_SERVICE;
	}
	kit_replan(k, rows, 2001);
	free(rows);
	free(names);
}

static void
frees_the_numbers_of_one_who_left_after_the_step_that_forgot_him(void **state)
{
	struct kit *k = *state;
	uint32_t asks[LIMIT_ASKS], i;

	grow(k);
	kit_call(k, 1, CTL_STOP, "{'names': ['s*']}");
	kit_turn(k);
	for (i = 0; i < LIMIT_ASKS; i++)
		asks[i] = k->events[i].ask;
	kit_leave(k, 1);
	kit_call(k, 0, CTL_STOP, "{'names': ['s1']}");
	kit_serve(k);
	assert_int_equal(kit_count(k, EVENT_UNASK), LIMIT_ASKS);
	assert_string_equal(
	    kit_list(kit_hear(k, 0, KIT_REPLY), "outcomes", "result"), "busy");
	/* Any of them may have been answered in this very step. */
	for (i = 0; i < LIMIT_ASKS; i++)
		kit_answer(k, asks[i], ANSWER_OK);
	kit_turn(k);
	kit_call(k, 0, CTL_STOP, "{'names': ['s*']}");
	kit_turn(k);
	assert_int_equal(kit_count(k, EVENT_ASK), LIMIT_ASKS);
}

static void
follows_a_node_through_an_update(void **state)
{
	static const struct kit_row after[] = {
		{ "root", NULL, SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
		{ "new", "root", SPEC_SERVICE, TYPE_DAEMON, NULL },
		{ "lone", "root", SPEC_SERVICE, TYPE_DAEMON, NULL },
	};
	struct kit *k = *state;
	json_t *reply;

	kit_record(k, "lone")->state = STATE_RUNNING;
	kit_call(k, 0, CTL_STOP, "{'names': ['lone', 'nginx']}");
	kit_turn(k);
	assert_int_equal(k->events_count, 2);
	kit_replan(k, after, 3);
	kit_answer(k, k->events[0].ask, ANSWER_REMOVED);
	kit_answer(k, k->events[1].ask, ANSWER_FAILED);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_string_equal(kit_list(reply, "outcomes", "node"), "nginx lone");
	assert_string_equal(
	    kit_list(reply, "outcomes", "result"), "removed failed");
	assert_string_equal(
	    kit_list(reply, "outcomes", "state"), "stopped running");
}

static void
numbers_what_is_queued_when_it_is_handed_out(void **state)
{
	static const struct kit_row after[] = {
		{ "root", NULL, SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
		{ "new", "root", SPEC_SERVICE, TYPE_DAEMON, NULL },
		{ "lone", "root", SPEC_SERVICE, TYPE_DAEMON, NULL },
	};
	struct kit *k = *state;

	k->events_max = 1;
	kit_call(k, 0, CTL_STOP, "{'names': ['nginx', 'php', 'lone']}");
	kit_turn(k);
	assert_int_equal(k->events_count, 1);
	kit_answer(k, k->events[0].ask, ANSWER_OK);
	assert_int_equal(desk_deadline(k->desk), 0);
	kit_replan(k, after, 3);
	kit_turn(k);
	/* php went before anyone was told of it. */
	kit_answer(k, only_ask(k, "lone", OP_STOP), ANSWER_OK);
	assert_string_equal(
	    kit_list(kit_hear(k, 0, KIT_REPLY), "outcomes", "result"),
	    "ok removed ok");
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
}

static void
says_busy_for_those_that_find_no_place(void **state)
{
	struct kit *k = *state;
	json_t *reply, *list;
	size_t i, ok = 0, busy = 0;
	const char *result;

	grow(k);
	kit_call(k, 0, CTL_STOP, "{'names': ['s*']}");
	kit_turn(k);
	assert_int_equal(k->events_count, LIMIT_ASKS);
	for (i = 0; i < LIMIT_ASKS; i++)
		kit_answer(k, k->events[i].ask, ANSWER_OK);
	reply = kit_hear(k, 0, KIT_REPLY);
	list = json_object_get(reply, "outcomes");
	assert_int_equal(json_array_size(list), 2000);
	for (i = 0; i < 2000; i++) {
		result = outcome(reply, i, "result");
		ok += strcmp(result, "ok") == 0;
		busy += strcmp(result, "busy") == 0;
	}
	assert_int_equal(ok, LIMIT_ASKS);
	assert_int_equal(busy, 2000 - LIMIT_ASKS);
	/* And all numbers are free again. */
	kit_call(k, 0, CTL_STOP, "{'names': ['s*']}");
	kit_turn(k);
	assert_int_equal(k->events_count, LIMIT_ASKS);
}

/* No flood of orders fills what is kept for those who leave. */
static void
survives_a_flood_whose_sender_leaves(void **state)
{
	struct kit *k = *state;
	size_t events = 0, i;

	grow(k);
	k->events_max = 64;
	kit_call(k, 1, CTL_START, "{'names': ['s*']}");
	for (i = 0; i < 20; i++)
		kit_oneway(k, 2, CTL_RESET, "{'names': ['s*']}");
	kit_turn(k);
	kit_leave(k, 1);
	do {
		kit_turn(k);
		events += k->events_count;
	} while (desk_deadline(k->desk) == 0);
	assert_true(events >= LIMIT_NODES);
	kit_turn(k);
	kit_call(k, 1, CTL_STOP, "{'names': ['s1']}");
	kit_turn(k);
	kit_answer(k, k->events[0].ask, ANSWER_OK);
	kit_hear(k, 1, KIT_REPLY);
}

static void
signals_the_services_below_those_named(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	k->act.error[kit_node(k, "worker@1")] = -ESRCH;
	k->act.error[kit_node(k, "once")] = -EPERM;
	kit_call(k, 0, CTL_SIGNAL, "{'names': ['jobs'], 'signal': 'usr1'}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_string_equal(
	    kit_list(reply, "outcomes", "node"), "worker@1 worker@2 once");
	assert_string_equal(
	    kit_list(reply, "outcomes", "result"), "failed ok failed");
	assert_string_equal(outcome(reply, 0, "message"), "not running");
	assert_string_equal(outcome(reply, 2, "message"), strerror(EPERM));
	assert_int_equal(k->act.signals[kit_node(k, "worker@2")], SIGUSR1);
	assert_int_equal(k->events_count, 0);
}

static void
reloads_the_services_named(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	k->act.error[kit_node(k, "php")] = -EBUSY;
	kit_call(k, 0, CTL_RELOAD, "{'names': ['web']}");
	kit_turn(k);
	reply = kit_hear(k, 0, KIT_REPLY);
	assert_string_equal(kit_list(reply, "outcomes", "result"), "ok failed");
	assert_int_equal(k->act.reloads[kit_node(k, "nginx")], 1);
}

static void
knows_no_signal_of_a_wrong_name(void **state)
{
	struct kit *k = *state;
	json_t *error;

	kit_call(k, 0, CTL_SIGNAL, "{'names': ['lone'], 'signal': 'FOO'}");
	kit_call(k, 1, CTL_SIGNAL, "{'names': ['lone'], 'signal': '0'}");
	kit_turn(k);
	error = kit_hear_error(k, 0, "org.varlink.service.InvalidParameter");
	assert_string_equal(
	    json_string_value(json_object_get(error, "parameter")), "signal");
	kit_hear_error(k, 1, "org.varlink.service.InvalidParameter");
}

/* It cannot live to see it done. */
static void
answers_at_once_who_asks_for_his_own_end(void **state)
{
	struct kit *k = *state;
	json_t *reply;

	k->act.caller_pid = KIT_PID + 3;
	k->act.caller = kit_node(k, "nginx");
	/* Of another service he waits like anyone. */
	kit_call(k, 3, CTL_RESTART, "{'names': ['lone']}");
	kit_turn(k);
	assert_true(kit_silent(k, 3));
	assert_int_equal(k->act.held, 0);
	kit_answer(k, only_ask(k, "lone", OP_RESTART), ANSWER_OK);
	kit_hear(k, 3, KIT_REPLY);
	/* And so does anyone else. */
	kit_call(k, 2, CTL_RESTART, "{'names': ['nginx']}");
	kit_turn(k);
	assert_true(kit_silent(k, 2));
	assert_int_equal(k->act.held, 0);
	kit_answer(k, only_ask(k, "nginx", OP_RESTART), ANSWER_OK);
	kit_hear(k, 2, KIT_REPLY);
	/* His own supervisor takes him along. */
	kit_call(k, 3, CTL_STOP, "{'names': ['web']}");
	kit_turn(k);
	assert_int_equal(only_ask(k, "web", OP_STOP), 0);
	assert_int_equal(k->act.held, KIT_PID + 3);
	reply = kit_hear(k, 3, KIT_REPLY);
	assert_string_equal(outcome(reply, 0, "result"), "accepted");
}

static void
begins_a_shutdown_and_says_so_after_the_step(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_SHUTDOWN, "{}");
	kit_call(k, 1, CTL_SHUTDOWN, "{}");
	kit_serve(k);
	assert_int_equal(k->events_count, 1);
	assert_int_equal(k->events[0].kind, EVENT_SHUTDOWN);
	assert_int_equal(k->events[0].delay_ms, 4321);
	assert_true(kit_silent(k, 0));
	k->core.life = CORE_SHUTTING_DOWN;
	kit_tell(k);
	assert_null(kit_hear(k, 0, KIT_REPLY));
	kit_hear(k, 1, KIT_REPLY);
	kit_call(k, 0, CTL_SHUTDOWN, "{}");
	kit_turn(k);
	assert_int_equal(k->events_count, 0);
	kit_hear(k, 0, KIT_REPLY);
}

static void
refuses_what_is_for_the_init_of_a_machine(void **state)
{
	struct kit *k = *state;

	kit_call(k, 0, CTL_SHUTDOWN, "{'machine': 'reboot'}");
	kit_turn(k);
	assert_int_equal(k->events_count, 0);
	assert_int_equal(desk_machine_end(k->desk), MACHINE_BY_CODE);
	kit_hear_error(k, 0, "InvalidState");
}

static void
the_init_of_a_machine_hears_what_becomes_of_it(void **state)
{
	struct kit *k = *state;

	kit_machine(k);
	kit_call(k, 0, CTL_SHUTDOWN, "{'machine': null}");
	kit_serve(k);
	assert_int_equal(desk_machine_end(k->desk), MACHINE_BY_CODE);
	k->core.life = CORE_SHUTTING_DOWN;
	kit_tell(k);
	kit_hear(k, 0, KIT_REPLY);
	/* Said once more, it counts, and is answered when it is saved. */
	kit_call(k, 0, CTL_SHUTDOWN, "{'machine': 'halt'}");
	kit_serve(k);
	assert_int_equal(k->events_count, 0);
	assert_int_equal(desk_machine_end(k->desk), MACHINE_HALT);
	assert_true(kit_silent(k, 0));
	kit_tell(k);
	kit_hear(k, 0, KIT_REPLY);
	/* A plain one takes nothing back. */
	kit_call(k, 0, CTL_SHUTDOWN, "{}");
	kit_turn(k);
	assert_int_equal(desk_machine_end(k->desk), MACHINE_HALT);
	kit_hear(k, 0, KIT_REPLY);
}

static void
shuts_down_for_one_who_wants_no_answer(void **state)
{
	struct kit *k = *state;

	kit_oneway(k, 0, CTL_SHUTDOWN, "{}");
	kit_turn(k);
	assert_int_equal(kit_count(k, EVENT_SHUTDOWN), 1);
	kit_turn(k);
	assert_int_equal(k->events_count, 0);
}

static void
gives_out_one_update_in_a_turn(void **state)
{
	struct kit *k = *state;
	struct ctl_handle from;
	bool dry_run;

	assert_false(desk_update_wanted(k->desk, &from, &dry_run));
	kit_call(k, 4, CTL_UPDATE, "{'dry_run': true}");
	kit_call(k, 5, CTL_UPDATE, "{}");
	kit_call(k, 6, CTL_UPDATE, "{'dry_run': true}");
	kit_call(k, 7, CTL_UPDATE, "{'dry_run': null}");
	kit_turn(k);
	assert_true(desk_update_wanted(k->desk, &from, &dry_run));
	assert_int_equal(from.session, 4);
	assert_true(dry_run);
	assert_false(desk_update_wanted(k->desk, &from, &dry_run));
	assert_int_equal(desk_deadline(k->desk), 0);
	kit_leave(k, 5);
	kit_leave(k, 6);
	kit_turn(k);
	/* What was ordered is done, what was only asked is not. */
	assert_true(desk_update_wanted(k->desk, &from, &dry_run));
	assert_int_equal(from.session, 5);
	assert_false(dry_run);
	kit_turn(k);
	assert_true(desk_update_wanted(k->desk, &from, &dry_run));
	assert_int_equal(from.session, 7);
	kit_turn(k);
	assert_false(desk_update_wanted(k->desk, &from, &dry_run));
	assert_int_equal(desk_deadline(k->desk), UINT64_MAX);
}

static void
bounds_the_updates_that_wait(void **state)
{
	struct kit *k = *state;
	struct ctl_handle from;
	bool dry_run;
	size_t i, n = 0;

	for (i = 0; i < LIMIT_SESSIONS + 10; i++)
		kit_oneway(k, 0, CTL_UPDATE, "{}");
	kit_call(k, 1, CTL_UPDATE, "{}");
	for (i = 0; i < 10; i++)
		kit_serve(k);
	kit_hear_error(k, 1, "InvalidState");
	while (desk_update_wanted(k->desk, &from, &dry_run)) {
		n++;
		kit_turn(k);
	}
	assert_int_equal(n, LIMIT_SESSIONS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_open, kit_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_an_order_when_the_core_has),
		TEST(answers_when_the_last_node_has_its_answer),
		TEST(says_why_an_order_failed),
		TEST(orders_the_topmost_of_those_named),
		TEST(resets_what_is_named_and_nothing_below),
		TEST(answers_at_once_if_nobody_waits),
		TEST(takes_any_number_of_oneway_orders),
		TEST(refuses_an_order_that_names_nothing),
		TEST(orders_nothing_if_one_name_is_unknown),
		TEST(starts_nothing_in_a_shutdown),
		TEST(withdraws_the_asks_of_a_client_that_left),
		TEST(passes_over_the_answer_to_one_who_left),
		TEST(
		    frees_the_numbers_of_one_who_left_after_the_step_that_forgot_him),
		TEST(follows_a_node_through_an_update),
		TEST(numbers_what_is_queued_when_it_is_handed_out),
		TEST(says_busy_for_those_that_find_no_place),
		TEST(survives_a_flood_whose_sender_leaves),
		TEST(signals_the_services_below_those_named),
		TEST(reloads_the_services_named),
		TEST(knows_no_signal_of_a_wrong_name),
		TEST(answers_at_once_who_asks_for_his_own_end),
		TEST(begins_a_shutdown_and_says_so_after_the_step),
		TEST(refuses_what_is_for_the_init_of_a_machine),
		TEST(the_init_of_a_machine_hears_what_becomes_of_it),
		TEST(shuts_down_for_one_who_wants_no_answer),
		TEST(gives_out_one_update_in_a_turn),
		TEST(bounds_the_updates_that_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
