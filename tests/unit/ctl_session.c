/* Calls and answers over real sockets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl_kit.h"
#include "lib/limits.h"

#define DONE "{\"parameters\":{}}"

static void
a_call_is_given_out_and_answered(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	struct ctl_call call;

	kit_call(client, "Get", "{\"name\":\"web\"}", "");
	kit_turn(kit);
	call = kit_only_call(kit);
	assert_int_equal(call.method, CTL_GET);
	assert_false(call.more);
	assert_int_equal(call.pid, getpid());
	assert_int_equal(call.uid, geteuid());
	assert_string_equal(
	    json_string_value(json_object_get(call.parameters, "name")), "web");
	assert_true(ctl_alive(kit->ctl, call.from));
	ctl_reply(kit->ctl, call.from, json_pack("{s:i}", "n", 7));
	assert_false(ctl_alive(kit->ctl, call.from));
	assert_string_equal(kit_hear(client), "{\"parameters\":{\"n\":7}}");
	close(client);
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 0);
}

static void
errors_bear_their_interface(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);

	kit_call(client, "Update", "{}", "");
	kit_turn(kit);
	ctl_error(kit->ctl, kit_only_call(kit).from, "ShuttingDown", NULL);
	assert_string_equal(kit_hear(client),
	    "{\"error\":\"io.supd.Control.ShuttingDown\",\"parameters\":{}}");
	kit_call(client, "Update", "{}", "");
	kit_turn(kit);
	ctl_error(kit->ctl, kit_only_call(kit).from,
	    "org.varlink.service.InvalidParameter",
	    json_pack("{s:s}", "parameter", "x"));
	assert_string_equal(kit_hear(client),
	    "{\"error\":\"org.varlink.service.InvalidParameter\","
	    "\"parameters\":{\"parameter\":\"x\"}}");
	close(client);
}

static void
a_second_answer_is_dropped(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	struct ctl_handle first, second;

	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	first = kit_only_call(kit).from;
	ctl_reply(kit->ctl, first, NULL);
	ctl_reply(kit->ctl, first, json_pack("{s:i}", "n", 1));
	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	second = kit_only_call(kit).from;
	ctl_reply(kit->ctl, first, json_pack("{s:i}", "n", 2));
	ctl_error(kit->ctl, first, "Timeout", json_pack("{s:i}", "n", 3));
	assert_true(ctl_alive(kit->ctl, second));
	ctl_reply(kit->ctl, second, NULL);
	assert_string_equal(kit_hear(client), DONE);
	assert_string_equal(kit_hear(client), DONE);
	assert_true(kit_is_silent(client));
	close(client);
}

static void
pipelined_calls_are_handled_in_order_one_at_a_time(void **state)
{
	static const enum ctl_method order[] = { CTL_START, CTL_STOP,
		CTL_LIST };
	struct kit *kit = *state;
	int client = kit_connect(kit);
	size_t i;

	kit_call(client, "Start", "{\"names\":[\"a\"]}", "");
	kit_call(client, "Nope", "{}", "");
	kit_call(client, "Stop", "{\"names\":[\"a\"]}", "");
	kit_call(client, "List", "{}", "");
	for (i = 0; i < 3; i++) {
		kit_turn(kit);
		assert_int_equal(kit_only_call(kit).method, order[i]);
		if (i == 1)
			assert_non_null(
			    strstr(kit_hear(client), "MethodNotFound"));
		assert_true(kit_is_silent(client));
		ctl_reply(kit->ctl, kit_only_call(kit).from, NULL);
		assert_string_equal(kit_hear(client), DONE);
	}
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 0);
	close(client);
}

/* The loop itself says that there is more to do, though all was read. */
static void
a_pipelined_call_wakes_the_loop(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	struct loop_event event;

	kit_call(client, "Stop", "{\"names\":[]}", "");
	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	ctl_reply(kit->ctl, kit_only_call(kit).from, NULL);
	assert_int_equal(loop_wait(kit->loop, 0, &event, 1), 1);
	kit_turn(kit);
	assert_int_equal(kit_only_call(kit).method, CTL_LIST);
	assert_int_equal(loop_wait(kit->loop, 0, &event, 1), 0);
	close(client);
}

static void
clients_take_turns(void **state)
{
	struct kit *kit = *state;
	int clients[3];
	size_t i, j;

	for (i = 0; i < 3; i++) {
		clients[i] = kit_connect(kit);
		for (j = 0; j < 2; j++)
			kit_call(clients[i], "Stop", "{\"names\":[]}",
			    ",\"oneway\":true");
	}
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 6);
	for (i = 0; i < 3; i++) {
		assert_int_not_equal(kit->calls[i].from.session,
		    kit->calls[(i + 1) % 3].from.session);
		close(clients[i]);
	}
}

static void
a_stream_goes_on_until_its_last_reply(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	struct ctl_call call;

	kit_call(client, "Events", "{}", ",\"more\":true");
	kit_turn(kit);
	call = kit_only_call(kit);
	assert_true(call.more);
	assert_true(ctl_more(kit->ctl, call.from, json_pack("{s:i}", "n", 1)));
	assert_true(ctl_more(kit->ctl, call.from, NULL));
	assert_true(ctl_alive(kit->ctl, call.from));
	assert_false(ctl_room(kit->ctl, call.from));
	ctl_reply(kit->ctl, call.from, NULL);
	assert_string_equal(
	    kit_hear(client), "{\"parameters\":{\"n\":1},\"continues\":true}");
	assert_string_equal(
	    kit_hear(client), "{\"parameters\":{},\"continues\":true}");
	assert_string_equal(kit_hear(client), DONE);
	assert_false(ctl_more(kit->ctl, call.from, json_object()));
	close(client);
}

static void
oneway_calls_have_no_answer_and_hold_up_nothing(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);

	kit_call(client, "Stop", "{\"names\":[\"a\"]}", ",\"oneway\":true");
	kit_call(client, "List", "{}", ",\"oneway\":true");
	kit_call(client, "Nope", "{}", ",\"oneway\":true");
	kit_call(client, "Get", "{}", ",\"oneway\":true");
	kit_call(client, "Events", "{}", ",\"oneway\":true,\"more\":true");
	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 2);
	assert_int_equal(kit->calls[0].method, CTL_STOP);
	assert_false(ctl_alive(kit->ctl, kit->calls[0].from));
	ctl_reply(kit->ctl, kit->calls[0].from, json_pack("{s:i}", "n", 1));
	assert_int_equal(kit->calls[1].method, CTL_LIST);
	assert_true(kit_is_silent(client));
	ctl_reply(kit->ctl, kit->calls[1].from, NULL);
	assert_string_equal(kit_hear(client), DONE);
	close(client);
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 0);
}

static void
a_client_that_leaves_is_told_once(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	struct ctl_handle from;

	kit_call(client, "Wait", "{\"names\":[],\"condition\":\"ready\"}", "");
	kit_turn(kit);
	from = kit_only_call(kit).from;
	close(client);
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 1);
	assert_memory_equal(&kit->gone[0], &from, sizeof(from));
	assert_false(ctl_alive(kit->ctl, from));
	ctl_reply(kit->ctl, from, json_pack("{s:i}", "n", 1));
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 0);
}

/* printf … | nc -U: the answer still gets there. */
static void
a_client_that_ends_its_input_gets_its_answers(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);

	kit_call(client, "List", "{}", "");
	kit_call(client, "Nope", "{}", "");
	assert_return_code(shutdown(client, SHUT_WR), errno);
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 0);
	ctl_reply(kit->ctl, kit_only_call(kit).from, NULL);
	kit_turn(kit);
	assert_string_equal(kit_hear(client), DONE);
	assert_non_null(strstr(kit_hear(client), "MethodNotFound"));
	assert_null(kit_hear(client));
	close(client);
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 0);
}

static void
orders_of_a_client_that_does_not_stay_are_carried_out(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);

	kit_send(client, "{\"method\":\"org.varlink.service.GetInfo\"}");
	kit_call(client, "Stop", "{\"names\":[\"a\"]}", ",\"oneway\":true");
	kit_call(client, "Stop", "{\"names\":[\"b\"]}", ",\"oneway\":true");
	kit_call(client, "Stop", "{\"names\":[\"c\"]}", "");
	close(client);
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 3);
	assert_int_equal(kit->gone_count, 1);
	assert_memory_equal(
	    &kit->gone[0], &kit->calls[2].from, sizeof(kit->gone[0]));
}

static void
garbage_closes_that_connection_and_no_other(void **state)
{
	static const char *const garbage[] = {
		"",
		"hello",
		"{}",
		"[1,2,3]",
		"{\"method\":7}",
		"{\"method\":\"io.supd.Control.List\",\"parameters\":[]}",
		"\xff\xfe\xfd",
		"GET / HTTP/1.0\r\n\r\n",
	};
	struct kit *kit = *state;
	int good = kit_connect(kit);
	size_t i;

	for (i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		int bad = kit_connect(kit);

		kit_call(bad, "Nope", "{}", "");
		kit_send(bad, garbage[i]);
		kit_call(bad, "List", "{}", "");
		kit_turn(kit);
		assert_int_equal(kit->calls_count, 0);
		assert_non_null(strstr(kit_hear(bad), "MethodNotFound"));
		assert_null(kit_hear(bad));
		close(bad);
	}
	kit_call(good, "List", "{}", "");
	kit_turn(kit);
	ctl_reply(kit->ctl, kit_only_call(kit).from, NULL);
	assert_string_equal(kit_hear(good), DONE);
	close(good);
}

static void
half_a_message_waits_for_its_other_half(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	int leaver = kit_connect(kit);

	assert_int_equal(write(client, "{\"method\":\"io.su", 16), 16);
	assert_int_equal(write(leaver, "{\"method\":\"io.su", 16), 16);
	kit_turn(kit);
	close(leaver);
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 0);
	kit_send(client, "pd.Control.List\"}");
	kit_turn(kit);
	assert_int_equal(kit_only_call(kit).method, CTL_LIST);
	close(client);
}

static void
rules_in_force_hold_for_those_already_connected(void **state)
{
	uid_t users[] = { 12345 };
	struct plan_settings rules = { .observe = { .everybody = true } };
	struct kit *kit = *state;
	int client = kit_connect_as(kit, 12345, 12345);

	if (client < 0)
		skip();
	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 0);
	assert_non_null(strstr(kit_hear(client), "may not observe"));
	ctl_rules(kit->ctl, &rules);
	kit_call(client, "Shutdown", "{}", "");
	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	assert_non_null(strstr(kit_hear(client), "may not control"));
	assert_int_equal(kit_only_call(kit).method, CTL_LIST);
	assert_int_equal(kit_only_call(kit).uid, 12345);
	ctl_reply(kit->ctl, kit_only_call(kit).from, NULL);
	assert_string_equal(kit_hear(client), DONE);
	rules.control.users = users;
	rules.control.users_count = 1;
	kit_call(client, "Shutdown", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit_only_call(kit).method, CTL_SHUTDOWN);
	close(client);
}

static void
a_flush_sends_what_is_queued_and_closes(void **state)
{
	struct kit *kit = *state;
	int waiting = kit_connect(kit), client = kit_connect(kit);

	kit_call(waiting, "Wait", "{\"names\":[],\"condition\":\"ready\"}", "");
	kit_call(client, "Shutdown", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 2);
	ctl_reply(kit->ctl, kit->calls[1].from, NULL);
	ctl_flush(kit->ctl);
	assert_string_equal(kit_hear(client), DONE);
	assert_null(kit_hear(client));
	assert_null(kit_hear(waiting));
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 0);
	close(client);
	close(waiting);
}

#define WITH_KIT(test) \
	cmocka_unit_test_setup_teardown(test, kit_open, kit_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KIT(a_call_is_given_out_and_answered),
		WITH_KIT(errors_bear_their_interface),
		WITH_KIT(a_second_answer_is_dropped),
		WITH_KIT(pipelined_calls_are_handled_in_order_one_at_a_time),
		WITH_KIT(a_pipelined_call_wakes_the_loop),
		WITH_KIT(clients_take_turns),
		WITH_KIT(a_stream_goes_on_until_its_last_reply),
		WITH_KIT(oneway_calls_have_no_answer_and_hold_up_nothing),
		WITH_KIT(a_client_that_leaves_is_told_once),
		WITH_KIT(a_client_that_ends_its_input_gets_its_answers),
		WITH_KIT(orders_of_a_client_that_does_not_stay_are_carried_out),
		WITH_KIT(garbage_closes_that_connection_and_no_other),
		WITH_KIT(half_a_message_waits_for_its_other_half),
		WITH_KIT(rules_in_force_hold_for_those_already_connected),
		WITH_KIT(a_flush_sends_what_is_queued_and_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
