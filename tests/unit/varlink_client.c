/* The client that waits, against a daemon played by the test. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/varlink.h"

struct place {
	char folder[32];
	char path[64];
	int listener;
};

static int
make_place(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	snprintf(place->folder, sizeof(place->folder), "/tmp/varlink.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/sock", place->folder);
	memcpy(address.sun_path, place->path, strlen(place->path) + 1);
	place->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(place->listener, errno);
	assert_return_code(
	    bind(place->listener, (struct sockaddr *)&address, sizeof(address)),
	    errno);
	assert_return_code(listen(place->listener, 1), errno);
	*state = place;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *place = *state;

	if (place->listener >= 0)
		close(place->listener);
	unlink(place->path);
	rmdir(place->folder);
	free(place);
	return 0;
}

/* A connected client, and the daemon's end of it. */
static struct varlink_client *
join(struct place *place, int *daemon)
{
	int error = 0;
	struct varlink_client *client =
	    varlink_connect(place->path, 1000, &error);

	assert_int_equal(error, 0);
	assert_non_null(client);
	*daemon = accept(place->listener, NULL, NULL);
	assert_return_code(*daemon, errno);
	return client;
}

static void
no_daemon_is_told_from_other_errors(void **state)
{
	struct place *place = *state;
	char path[300];
	int error = 0;

	assert_null(varlink_connect("/nonexistent/sock", 100, &error));
	assert_int_equal(error, -ENOENT);
	assert_null(varlink_connect("", 100, &error));
	assert_int_equal(error, -ENOENT);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_null(varlink_connect(path, 100, &error));
	assert_int_equal(error, -ENAMETOOLONG);
	close(place->listener);
	place->listener = -1;
	assert_null(varlink_connect(place->path, 100, &error));
	assert_int_equal(error, -ECONNREFUSED);
}

static void
a_daemon_that_does_not_accept_is_a_timeout(void **state)
{
	struct place *place = *state;
	struct varlink_client *clients[8] = { NULL };
	int error = 0;
	size_t i;

	for (i = 0; i < 8 && error == 0; i++)
		clients[i] = varlink_connect(place->path, 50, &error);
	assert_int_equal(error, -ETIMEDOUT);
	for (i = 0; i < 8; i++)
		varlink_close(clients[i]);
}

static void
a_call_gets_its_reply(void **state)
{
	struct varlink_reply reply;
	char bytes[256];
	int daemon;
	struct varlink_client *client = join(*state, &daemon);

	assert_int_equal(write(daemon, "{\"parameters\":{\"n\":1}}", 23), 23);
	assert_int_equal(varlink_ask(client, "List", NULL, &reply, 1000), 0);
	assert_null(reply.error);
	assert_int_equal(
	    json_integer_value(json_object_get(reply.parameters, "n")), 1);
	varlink_reply_free(&reply);
	assert_int_equal(read(daemon, bytes, sizeof(bytes)),
	    strlen("{\"method\":\"io.supd.Control.List\",\"parameters\":{}}") +
		1);
	assert_string_equal(
	    bytes, "{\"method\":\"io.supd.Control.List\",\"parameters\":{}}");
	close(daemon);
	varlink_close(client);
}

static void
a_silent_daemon_is_a_timeout(void **state)
{
	struct varlink_reply reply;
	int daemon;
	struct varlink_client *client = join(*state, &daemon);

	assert_int_equal(write(daemon, "{\"param", 7), 7);
	assert_int_equal(
	    varlink_ask(client, "List", NULL, &reply, 30), -ETIMEDOUT);
	assert_int_equal(varlink_receive(client, &reply, 0), -ETIMEDOUT);
	assert_int_equal(write(daemon, "eters\":{}}", 11), 11);
	assert_int_equal(varlink_receive(client, &reply, 0), 0);
	varlink_reply_free(&reply);
	close(daemon);
	varlink_close(client);
}

static void
a_daemon_that_closes_is_heard_to_the_end(void **state)
{
	struct varlink_reply reply;
	int daemon;
	struct varlink_client *client = join(*state, &daemon);

	assert_int_equal(write(daemon, "{\"error\":\"a.b.Full\"}", 21), 21);
	close(daemon);
	assert_int_equal(varlink_ask(client, "List", NULL, &reply, 1000), 0);
	assert_string_equal(varlink_error_name(&reply), "a.b.Full");
	varlink_reply_free(&reply);
	assert_int_equal(varlink_receive(client, &reply, 1000), -ECONNRESET);
	varlink_close(client);
}

static void
garbage_is_refused(void **state)
{
	struct varlink_reply reply;
	int daemon;
	struct varlink_client *client = join(*state, &daemon);

	assert_int_equal(write(daemon, "hello", 6), 6);
	assert_int_equal(varlink_receive(client, &reply, 1000), -EBADMSG);
	assert_null(reply.root);
	close(daemon);
	varlink_close(client);
}

static void
a_daemon_that_does_not_read_is_a_timeout(void **state)
{
	char *name = malloc(4000001);
	int daemon;
	struct varlink_client *client = join(*state, &daemon);

	assert_non_null(name);
	memset(name, 'x', 4000000);
	name[4000000] = '\0';
	assert_int_equal(varlink_send(client, "Get",
			     json_pack("{s:s}", "name", name), 0, 30),
	    -ETIMEDOUT);
	free(name);
	close(daemon);
	varlink_close(client);
}

#define WITH_PLACE(test) \
	cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(no_daemon_is_told_from_other_errors),
		WITH_PLACE(a_daemon_that_does_not_accept_is_a_timeout),
		WITH_PLACE(a_call_gets_its_reply),
		WITH_PLACE(a_silent_daemon_is_a_timeout),
		WITH_PLACE(a_daemon_that_closes_is_heard_to_the_end),
		WITH_PLACE(garbage_is_refused),
		WITH_PLACE(a_daemon_that_does_not_read_is_a_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
