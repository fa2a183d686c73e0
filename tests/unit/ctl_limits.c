/* Clients that want too much, and those that leave at any moment. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl_kit.h"
#include "lib/limits.h"

#define DONE "{\"parameters\":{}}"
#define VANISHING 10000

/* Writes for as long as it is taken, while the engine runs. */
static size_t
pour(struct kit *kit, int client, size_t bytes)
{
	static char chunk[65536];
	size_t sent = 0;

	memset(chunk, ' ', sizeof(chunk));
	while (sent < bytes) {
		size_t want =
		    bytes - sent < sizeof(chunk) ? bytes - sent : sizeof(chunk);
		ssize_t n =
		    send(client, chunk, want, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return sent;
		sent += n < 0 ? 0 : (size_t)n;
		kit_look(kit);
	}
	return sent;
}

static void
a_message_of_ten_megabytes_closes_that_connection(void **state)
{
	struct kit *kit = *state;
	int bad = kit_connect(kit), good = kit_connect(kit);
	size_t sent = pour(kit, bad, 10u << 20);

	assert_true(sent < LIMIT_MESSAGE + (2u << 20));
	assert_null(kit_hear(bad));
	kit_call(good, "List", "{}", "");
	kit_turn(kit);
	ctl_reply(kit->ctl, kit_only_call(kit).from, NULL);
	assert_string_equal(kit_hear(good), DONE);
	close(bad);
	close(good);
}

static void
a_message_just_below_the_limit_is_taken(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	static const char call[] = "{\"method\":\"io.supd.Control.List\"}";

	assert_int_equal(pour(kit, client, LIMIT_MESSAGE - sizeof(call)),
	    LIMIT_MESSAGE - sizeof(call));
	kit_send(client, call);
	kit_turn(kit);
	assert_int_equal(kit_only_call(kit).method, CTL_LIST);
	close(client);
}

/* While its call is in progress its socket fills, and nothing here does. */
static void
a_busy_client_fills_its_own_socket_only(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	size_t sent = 0, tries;
	char chunk[4096];

	kit_call(client, "Stop", "{\"names\":[]}", "");
	kit_turn(kit);
	memset(chunk, ' ', sizeof(chunk));
	for (tries = 0; tries < 4096; tries++) {
		ssize_t n = send(
		    client, chunk, sizeof(chunk), MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n < 0 ? 0 : (size_t)n;
		assert_int_equal(kit_look(kit), 0);
	}
	assert_true(sent < 8u << 20);
	close(client);
}

static json_t *
kilobytes(int count)
{
	char *text = malloc((size_t)count * 1024 + 1);
	json_t *object;

	assert_non_null(text);
	memset(text, 'x', (size_t)count * 1024);
	text[count * 1024] = '\0';
	object = json_pack("{s:s}", "x", text);
	free(text);
	return object;
}

/* Reads all there is. */
static size_t
drink(int client)
{
	char chunk[65536];
	size_t all = 0;
	ssize_t n;

	while ((n = recv(client, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
		all += (size_t)n;
	return all;
}

static void
a_stream_that_is_not_read_stops_at_its_bound(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	struct ctl_handle from;
	int told = 0, turns = 0;

	kit_call(client, "Events", "{}", ",\"more\":true");
	kit_turn(kit);
	from = kit_only_call(kit).from;
	while (ctl_more(kit->ctl, from, kilobytes(1)))
		assert_true(++told < 10000);
	/* What the kernel holds, and our bound, and one more message. */
	assert_true(told >= (int)(LIMIT_QUEUE / 1100));
	assert_true(told < 2000);
	assert_int_equal(kit_look(kit), 0);
	assert_true(ctl_alive(kit->ctl, from));
	assert_false(ctl_room(kit->ctl, from));
	while (!ctl_room(kit->ctl, from)) {
		assert_true(++turns < 10000);
		drink(client);
		kit_look(kit);
	}
	assert_true(ctl_more(kit->ctl, from, kilobytes(1)));
	assert_false(ctl_room(kit->ctl, from));
	close(client);
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 1);
}

static void
a_large_reply_goes_through_whole(void **state)
{
	struct kit *kit = *state;
	int client = kit_connect(kit);
	size_t want =
	    5000u * 1024 + strlen("{\"parameters\":{\"x\":\"\"}}") + 1;
	size_t got = 0;

	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	ctl_reply(kit->ctl, kit_only_call(kit).from, kilobytes(5000));
	/* No further call is heard before it is sent. */
	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 0);
	while (got < want) {
		got += drink(client);
		kit_look(kit);
	}
	assert_int_equal(got, want);
	kit_look(kit);
	assert_int_equal(kit_only_call(kit).method, CTL_LIST);
	close(client);
}

/* Many small calls that are answered within, none of the answers read. */
static void
answers_within_are_bounded_too(void **state)
{
	static const char ask[] =
	    "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	    "\"parameters\":{\"interface\":\"io.supd.Control\"}}";
	struct kit *kit = *state;
	int client = kit_connect(kit);
	int sent = 0, tries;

	for (tries = 0; tries < 20000; tries++) {
		sent += send(client, ask, sizeof(ask),
			    MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
		if (tries % 16 == 0)
			kit_look(kit);
	}
	assert_true(sent < 10000);
	kit_turn(kit);
	assert_int_equal(kit_look(kit), 0);
	close(client);
	kit_turn(kit);
	assert_int_equal(kit->gone_count, 0);
}

static int
open_many(struct kit *kit, int *clients, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		clients[i] = kit_connect(kit);
		kit_look(kit);
	}
	return i;
}

static void
one_user_has_so_many_connections_and_no_more(void **state)
{
	struct kit *kit = *state;
	int clients[LIMIT_SESSIONS_PER_UID + 3];
	int i, count = open_many(kit, clients, LIMIT_SESSIONS_PER_UID + 3);

	for (i = (int)LIMIT_SESSIONS_PER_UID; i < count; i++) {
		assert_string_equal(kit_hear(clients[i]),
		    "{\"error\":\"io.supd.Control.InvalidState\","
		    "\"parameters\":{\"message\":\"too many connections of "
		    "your user to this supd\"}}");
		assert_null(kit_hear(clients[i]));
		close(clients[i]);
	}
	kit_call(clients[0], "List", "{}", "");
	kit_turn(kit);
	ctl_reply(kit->ctl, kit_only_call(kit).from, NULL);
	assert_string_equal(kit_hear(clients[0]), DONE);
	for (i = 0; i < (int)LIMIT_SESSIONS_PER_UID; i++)
		close(clients[i]);
	kit_turn(kit);
	clients[0] = kit_connect(kit);
	kit_call(clients[0], "List", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 1);
	close(clients[0]);
}

static void
others_cannot_lock_root_out(void **state)
{
	struct kit *kit = *state;
	int clients[LIMIT_SESSIONS + 8];
	int i, refused = 0, root;

	if (geteuid() != 0)
		skip();
	for (i = 0; i < (int)LIMIT_SESSIONS + 8; i++) {
		clients[i] = kit_connect_as(
		    kit, 20000 + (unsigned)i / LIMIT_SESSIONS_PER_UID, 20000);
		kit_look(kit);
		refused += !kit_is_silent(clients[i]);
	}
	assert_int_equal(refused, LIMIT_SESSIONS_PER_UID + 8);
	root = kit_connect(kit);
	kit_call(root, "List", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit_only_call(kit).uid, 0);
	close(root);
	for (i = 0; i < (int)LIMIT_SESSIONS + 8; i++)
		close(clients[i]);
}

static void
no_descriptors_left_is_no_loop(void **state)
{
	struct kit *kit = *state;
	struct rlimit before, low;
	int waiting, fill[64], count = 0, looks = 0;

	waiting = kit_connect(kit);
	assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
	low = before;
	low.rlim_cur = 48;
	assert_return_code(setrlimit(RLIMIT_NOFILE, &low), errno);
	while (count < 64 && (fill[count] = open("/dev/null", O_RDONLY)) >= 0)
		count++;
	while (kit_look(kit) > 0)
		assert_true(++looks < 4);
	assert_null(kit_hear(waiting));
	while (count > 0)
		close(fill[--count]);
	assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
	close(waiting);
	waiting = kit_connect(kit);
	kit_call(waiting, "List", "{}", "");
	kit_turn(kit);
	assert_int_equal(kit->calls_count, 1);
	close(waiting);
}

/* What one client does before it vanishes; the engine looks in between. */
static void
vanish_at(struct kit *kit, int step, bool full)
{
	int client = kit_connect(kit);
	struct ctl_handle from = { 0, 0 };

	if (step == 0)
		goto vanish;
	kit_look(kit);
	if (step == 1)
		goto vanish;
	assert_int_equal(write(client, "{\"method\"", 9), 9);
	if (step == 2)
		goto vanish;
	kit_look(kit);
	if (step == 3)
		goto vanish;
	kit_send(client, ":\"io.supd.Control.Events\",\"more\":true}");
	if (step == 4)
		goto vanish;
	kit_look(kit);
	from = kit_only_call(kit).from;
	if (step == 5)
		goto vanish;
	assert_true(ctl_more(kit->ctl, from, kilobytes(1)));
	if (step == 6)
		goto vanish;
	while (full && ctl_more(kit->ctl, from, kilobytes(64)))
		kit_look(kit);
	if (step == 7)
		goto vanish;
	kit_call(client, "List", "{}", "");
	if (step == 8)
		goto vanish;
	shutdown(client, SHUT_WR);
	kit_look(kit);
vanish:
	close(client);
	if (step % 2 == 0)
		ctl_reply(kit->ctl, from, kilobytes(1));
}

/* SEC-11. */
static void
clients_may_vanish_at_any_step(void **state)
{
	struct kit *kit = *state;
	struct ctl_call call;
	int i, client;

	for (i = 0; i < VANISHING; i++) {
		vanish_at(kit, i % 10, i % 100 < 10);
		kit_forget(kit);
		while (kit_look(kit) > 0)
			;
		/* Those given out whose client was gone are told as gone. */
		assert_true(kit->gone_count <= 1);
		kit_forget(kit);
	}
	client = kit_connect(kit);
	kit_call(client, "List", "{}", "");
	kit_turn(kit);
	call = kit_only_call(kit);
	ctl_reply(kit->ctl, call.from, NULL);
	assert_string_equal(kit_hear(client), DONE);
	close(client);
}

#define WITH_KIT(test) \
	cmocka_unit_test_setup_teardown(test, kit_open, kit_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KIT(a_message_of_ten_megabytes_closes_that_connection),
		WITH_KIT(a_message_just_below_the_limit_is_taken),
		WITH_KIT(a_busy_client_fills_its_own_socket_only),
		WITH_KIT(a_stream_that_is_not_read_stops_at_its_bound),
		WITH_KIT(a_large_reply_goes_through_whole),
		WITH_KIT(answers_within_are_bounded_too),
		WITH_KIT(one_user_has_so_many_connections_and_no_more),
		WITH_KIT(others_cannot_lock_root_out),
		WITH_KIT(no_descriptors_left_is_no_loop),
		WITH_KIT(clients_may_vanish_at_any_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
