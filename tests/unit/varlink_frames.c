/* Framing and the forms of messages. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/varlink.h"

static void
assert_next(struct varlink_inbox *in, const char *text)
{
	size_t length = 0;
	const char *message = varlink_take(in, &length);

	assert_non_null(message);
	assert_string_equal(message, text);
	assert_int_equal(length, strlen(text));
}

static void
messages_come_whole_wherever_they_are_cut(void **state)
{
	static const char bytes[] = "{\"a\":1}\0{}\0\0third";
	size_t cut, length;

	(void)state;
	for (cut = 0; cut <= sizeof(bytes); cut++) {
		struct varlink_inbox in = { .limit = 64 };

		assert_int_equal(varlink_feed(&in, bytes, cut), 0);
		assert_int_equal(
		    varlink_feed(&in, bytes + cut, sizeof(bytes) - cut), 0);
		assert_true(varlink_pending(&in));
		assert_next(&in, "{\"a\":1}");
		assert_next(&in, "{}");
		assert_next(&in, "");
		assert_next(&in, "third");
		assert_false(varlink_pending(&in));
		assert_null(varlink_take(&in, &length));
		assert_null(in.data);
	}
}

static void
messages_come_byte_by_byte(void **state)
{
	static const char bytes[] = "one\0two";
	struct varlink_inbox in = { .limit = 4 };
	size_t i, length;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(varlink_feed(&in, bytes + i, 1), 0);
		assert_int_equal(varlink_pending(&in), bytes[i] == '\0');
		if (bytes[i] == '\0')
			assert_next(&in, i == 3 ? "one" : "two");
	}
	assert_null(varlink_take(&in, &length));
}

static void
a_message_may_be_as_long_as_the_limit_and_no_longer(void **state)
{
	struct varlink_inbox in = { .limit = 8 };

	(void)state;
	assert_int_equal(varlink_feed(&in, "1234567", 8), 0);
	assert_next(&in, "1234567");
	assert_int_equal(varlink_feed(&in, "12345678", 9), -EMSGSIZE);
	varlink_inbox_free(&in);
	assert_int_equal(in.limit, 8);
	assert_int_equal(varlink_feed(&in, "12345678", 8), -EMSGSIZE);
	varlink_inbox_free(&in);
}

static void
a_stream_without_an_end_is_refused_in_bounded_memory(void **state)
{
	struct varlink_inbox in = { .limit = LIMIT_MESSAGE };
	char chunk[65536];
	size_t fed = 0;
	int error;

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	do {
		error = varlink_feed(&in, chunk, sizeof(chunk));
		fed += sizeof(chunk);
	} while (error == 0 && fed < 10 * LIMIT_MESSAGE);
	assert_int_equal(error, -EMSGSIZE);
	assert_true(fed <= LIMIT_MESSAGE + sizeof(chunk));
	assert_true(in.capacity <= 4 * LIMIT_MESSAGE);
	varlink_inbox_free(&in);
}

static void
what_is_no_call_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"}",
		"null",
		"1",
		"\"x\"",
		"[]",
		"[{\"method\":\"a.b\"}]",
		"{}",
		"{\"method\":1}",
		"{\"method\":null}",
		"{\"method\":[\"a.b\"]}",
		"{\"method\":\"a.b\",\"method\":\"c.d\"}",
		"{\"method\":\"a.b\"} x",
		"{\"method\":\"a.b\",}",
		"{'method':'a.b'}",
		"{\"method\":\"a.b\",\"parameters\":[]}",
		"{\"method\":\"a.b\",\"parameters\":1}",
		"{\"method\":\"a.b\",\"parameters\":\"{}\"}",
		"{\"method\":\"a.b\",\"more\":1}",
		"{\"method\":\"a.b\",\"oneway\":\"true\"}",
		"{\"method\":\"a.b\",\"upgrade\":[]}",
		"{\"method\":\"a.\\u0000b\"}",
		"{\"method\":\"a.b\xff\"}",
		"{\"method\":\"a.b\xc0\x80\"}",
		"{\"method\":\"a.b\",\"parameters\":{\"n\":01}}",
		"{\"method\":\"a.b\",\"parameters\":{\"n\":NaN}}",
		"{\"method\":\"a.b\",\"parameters\":{\"n\":1e999}}",
		"{\"method\":\"a.b\",\"n\":99999999999999999999}",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct varlink_call call;

		assert_int_equal(
		    varlink_parse_call(bad[i], strlen(bad[i]), &call),
		    -EBADMSG);
		assert_null(call.root);
	}
}

static void
deep_nesting_is_refused(void **state)
{
	size_t depth = 500000;
	char *text = malloc(2 * depth + 64);
	struct varlink_call call;
	size_t front;

	(void)state;
	assert_non_null(text);
	snprintf(text, 64, "{\"method\":\"a.b\",\"parameters\":{\"x\":");
	front = strlen(text);
	memset(text + front, '[', depth);
	memset(text + front + depth, ']', depth);
	assert_int_equal(
	    varlink_parse_call(text, front + 2 * depth, &call), -EBADMSG);
	free(text);
}

static void
calls_survive_the_wire(void **state)
{
	unsigned flags;

	(void)state;
	for (flags = 0; flags < 8; flags++) {
		struct varlink_call call;
		size_t bytes = 0;
		char *text = varlink_make_call("io.supd.Control.Get",
		    json_pack("{s:s}", "name", "web"), flags, &bytes);

		assert_non_null(text);
		assert_int_equal(bytes, strlen(text) + 1);
		assert_int_equal(varlink_parse_call(text, bytes - 1, &call), 0);
		assert_string_equal(call.method, "io.supd.Control.Get");
		assert_int_equal(call.flags, flags);
		assert_string_equal(
		    json_string_value(json_object_get(call.parameters, "name")),
		    "web");
		varlink_call_free(&call);
		free(text);
	}
}

static void
absent_and_null_parameters_are_an_empty_object(void **state)
{
	static const char *const texts[] = {
		"{\"method\":\"a.b\"}",
		"{\"method\":\"a.b\",\"parameters\":null,\"more\":null}",
		"{\"method\":\"a.b\",\"parameters\":{},\"more\":false}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct varlink_call call;

		assert_int_equal(
		    varlink_parse_call(texts[i], strlen(texts[i]), &call), 0);
		assert_int_equal(json_object_size(call.parameters), 0);
		assert_int_equal(call.flags, 0);
		varlink_call_free(&call);
	}
}

static void
replies_survive_the_wire(void **state)
{
	struct varlink_reply reply;
	size_t bytes = 0;
	char *text;

	(void)state;
	text = varlink_make_reply(NULL, false, &bytes);
	assert_string_equal(text, "{\"parameters\":{}}");
	free(text);
	text =
	    varlink_make_reply(json_pack("{s:f}", "age_s", 0.1), true, &bytes);
	assert_string_equal(
	    text, "{\"parameters\":{\"age_s\":0.1},\"continues\":true}");
	assert_int_equal(varlink_parse_reply(text, bytes - 1, &reply), 0);
	assert_true(reply.continues);
	assert_null(varlink_error_name(&reply));
	varlink_reply_free(&reply);
	free(text);
	text = varlink_make_error("io.supd.Control.NoSuchNode",
	    json_pack("{s:s}", "name", "x"), &bytes);
	assert_int_equal(varlink_parse_reply(text, bytes - 1, &reply), 0);
	assert_false(reply.continues);
	assert_string_equal(varlink_error_name(&reply), "NoSuchNode");
	varlink_reply_free(&reply);
	free(text);
}

static void
what_is_no_reply_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"parameters\":[]}",
		"{\"error\":1}",
		"{\"continues\":1}",
	};
	struct varlink_reply reply;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    varlink_parse_reply(bad[i], strlen(bad[i]), &reply),
		    -EBADMSG);
	assert_int_equal(varlink_parse_reply("{}", 2, &reply), 0);
	assert_int_equal(json_object_size(reply.parameters), 0);
	varlink_reply_free(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_whole_wherever_they_are_cut),
		cmocka_unit_test(messages_come_byte_by_byte),
		cmocka_unit_test(
		    a_message_may_be_as_long_as_the_limit_and_no_longer),
		cmocka_unit_test(
		    a_stream_without_an_end_is_refused_in_bounded_memory),
		cmocka_unit_test(what_is_no_call_is_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(calls_survive_the_wire),
		cmocka_unit_test(
		    absent_and_null_parameters_are_an_empty_object),
		cmocka_unit_test(replies_survive_the_wire),
		cmocka_unit_test(what_is_no_reply_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
