/* Who may call what, and what becomes of every other call. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/admit.h"
#include "lib/interface.h"

/* Parameters that fit, for each method: a new one is not forgotten here. */
static const char *const fitting[CTL_METHOD_COUNT] = {
	[CTL_LIST] = "{}",
	[CTL_GET] = "{\"name\":\"a\"}",
	[CTL_START] = "{\"names\":[\"a\"]}",
	[CTL_STOP] = "{\"names\":[\"a\"]}",
	[CTL_RESTART] = "{\"names\":[\"a\"]}",
	[CTL_RELOAD] = "{\"names\":[\"a\"]}",
	[CTL_SIGNAL] = "{\"names\":[\"a\"],\"signal\":\"HUP\"}",
	[CTL_RESET] = "{\"names\":[\"a\"]}",
	[CTL_UPDATE] = "{}",
	[CTL_EVENTS] = "{}",
	[CTL_WAIT] = "{\"names\":[\"a\"],\"condition\":\"ready\"}",
	[CTL_HISTORY] = "{\"name\":\"a\"}",
	[CTL_SHUTDOWN] = "{}",
};

static struct admit_verdict
judge(const char *method, const char *parameters, unsigned flags,
    enum acl_right has)
{
	struct varlink_call call;
	struct admit_verdict verdict;
	size_t bytes = 0;
	char *text = varlink_make_call(
	    method, json_loads(parameters, 0, NULL), flags, &bytes);

	assert_non_null(text);
	assert_int_equal(varlink_parse_call(text, bytes - 1, &call), 0);
	assert_int_equal(admit(&call, has, 1000, &verdict), 0);
	varlink_call_free(&call);
	free(text);
	return verdict;
}

static struct admit_verdict
judge_ours(enum ctl_method method, unsigned flags, enum acl_right has)
{
	char name[128];

	snprintf(name, sizeof(name), VARLINK_CONTROL ".%s", admit_text(method));
	assert_non_null(fitting[method]);
	return judge(name, fitting[method], flags, has);
}

static void
assert_error(struct admit_verdict *verdict, const char *error, const char *key,
    const char *value)
{
	struct varlink_reply reply;

	assert_false(verdict->given);
	assert_non_null(verdict->reply);
	assert_int_equal(varlink_parse_reply(
			     verdict->reply, verdict->reply_bytes - 1, &reply),
	    0);
	assert_non_null(reply.error);
	assert_string_equal(reply.error, error);
	assert_string_equal(
	    json_string_value(json_object_get(reply.parameters, key)), value);
	varlink_reply_free(&reply);
	free(verdict->reply);
}

/* SEC-03, SEC-19: what SPEC.md section 10 says, method by method. */
static void
the_matrix_of_rights_is_as_promised(void **state)
{
	static const char observers[] =
	    " List Get Events Logs Wait History Metrics ";
	enum ctl_method method;

	(void)state;
	for (method = 0; method < CTL_METHOD_COUNT; method++) {
		enum acl_right has;
		char name[64];
		bool looks;

		snprintf(name, sizeof(name), " %s ", admit_text(method));
		looks = strstr(observers, name) != NULL;
		assert_int_equal(
		    admit_right(method), looks ? ACL_OBSERVE : ACL_CONTROL);
		for (has = ACL_NONE; has <= ACL_CONTROL; has++) {
			bool may =
			    has == ACL_CONTROL || (has == ACL_OBSERVE && looks);
			struct admit_verdict verdict =
			    judge_ours(method, 0, has);

			assert_int_equal(verdict.given, may);
			assert_int_equal(verdict.forbidden, !may);
			if (may) {
				assert_int_equal(verdict.method, method);
				assert_null(verdict.reply);
				continue;
			}
			assert_error(&verdict,
			    "io.supd.Control.PermissionDenied", "right",
			    looks ? "observe" : "control");
		}
	}
}

static void
a_refusal_says_who_may(void **state)
{
	struct admit_verdict verdict = judge_ours(CTL_STOP, 0, ACL_OBSERVE);

	(void)state;
	assert_string_equal(verdict.why,
	    "uid 1000 may not control this supd: only root, supd's own user, "
	    "and the control_users and control_groups of [supd] may");
	assert_error(&verdict, "io.supd.Control.PermissionDenied", "message",
	    verdict.why);
}

/* Before anything is said of parameters that one has no business with. */
static void
the_right_is_decided_before_parameters_are_looked_at(void **state)
{
	struct admit_verdict verdict =
	    judge("io.supd.Control.Stop", "{\"x\":1}", 0, ACL_OBSERVE);

	(void)state;
	assert_error(
	    &verdict, "io.supd.Control.PermissionDenied", "right", "control");
}

static void
a_method_without_a_right_is_for_nobody(void **state)
{
	(void)state;
	assert_false(acl_may(ACL_CONTROL, ACL_NONE));
	assert_false(acl_may(ACL_NONE, ACL_NONE));
}

static void
every_method_is_declared_and_every_declared_one_is_there(void **state)
{
	const char *at = interface_control();
	enum ctl_method method;
	size_t declared = 0;

	(void)state;
	for (method = 0; method < CTL_METHOD_COUNT; method++)
		assert_true(interface_declares(
		    interface_control(), admit_text(method)));
	while ((at = strstr(at, "\nmethod ")) != NULL) {
		declared++;
		at++;
	}
	assert_int_equal(declared, CTL_METHOD_COUNT);
}

static void
unknown_methods_are_told_from_unknown_interfaces(void **state)
{
	static const char *const samples[][4] = {
		{ "io.supd.Control.Nope", "MethodNotFound", "method",
		    "io.supd.Control.Nope" },
		{ "io.supd.Control.list", "MethodNotFound", "method",
		    "io.supd.Control.list" },
		{ "io.supd.Control.", "MethodNotFound", "method",
		    "io.supd.Control." },
		{ "io.supd.Control.List.x", "MethodNotFound", "method",
		    "io.supd.Control.List.x" },
		{ "io.supd.Control", "InterfaceNotFound", "interface",
		    "io.supd" },
		{ "io.supd.control.List", "InterfaceNotFound", "interface",
		    "io.supd.control" },
		{ "a.b", "InterfaceNotFound", "interface", "a" },
		{ ".", "InterfaceNotFound", "interface", "" },
		{ "List", "InvalidParameter", "parameter", "method" },
		{ "", "InvalidParameter", "parameter", "method" },
		{ "org.varlink.service.Nope", "MethodNotFound", "method",
		    "org.varlink.service.Nope" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct admit_verdict verdict =
		    judge(samples[i][0], "{}", 0, ACL_CONTROL);
		char error[128];

		snprintf(
		    error, sizeof(error), VARLINK_SERVICE ".%s", samples[i][1]);
		assert_error(&verdict, error, samples[i][2], samples[i][3]);
	}
}

/* SEC-01: of whatever length, the answer's is bounded. */
static void
what_is_said_back_is_short(void **state)
{
	struct admit_verdict verdict;
	char name[4096];

	(void)state;
	memset(name, 'x', sizeof(name));
	memcpy(name, "io.supd.Control.", 16);
	name[sizeof(name) - 1] = '\0';
	verdict = judge(name, "{}", 0, ACL_CONTROL);
	assert_true(verdict.reply_bytes < 256);
	free(verdict.reply);
	name[2000] = '.';
	verdict = judge(name + 16, "{}", 0, ACL_CONTROL);
	assert_true(verdict.reply_bytes < 256);
	free(verdict.reply);
}

static void
wrong_parameters_are_named(void **state)
{
	struct admit_verdict verdict =
	    judge("io.supd.Control.Get", "{\"name\":1}", 0, ACL_CONTROL);

	(void)state;
	assert_error(&verdict, "org.varlink.service.InvalidParameter",
	    "parameter", "name");
	verdict = judge(
	    "org.varlink.service.GetInterfaceDescription", "{}", 0, ACL_NONE);
	assert_error(&verdict, "org.varlink.service.InvalidParameter",
	    "parameter", "interface");
	verdict =
	    judge("org.varlink.service.GetInfo", "{\"a\":1}", 0, ACL_NONE);
	assert_error(
	    &verdict, "org.varlink.service.InvalidParameter", "parameter", "a");
}

static void
an_upgrade_is_not_implemented(void **state)
{
	struct admit_verdict verdict =
	    judge_ours(CTL_LIST, VARLINK_UPGRADE, ACL_CONTROL);

	(void)state;
	assert_error(&verdict, "org.varlink.service.MethodNotImplemented",
	    "method", "io.supd.Control.List");
}

static void
a_oneway_look_is_not_worth_doing(void **state)
{
	enum ctl_method method;

	(void)state;
	for (method = 0; method < CTL_METHOD_COUNT; method++) {
		struct admit_verdict verdict =
		    judge_ours(method, VARLINK_ONEWAY, ACL_CONTROL);

		assert_int_equal(
		    verdict.given, admit_right(method) == ACL_CONTROL);
		assert_null(verdict.reply);
	}
}

/* The reply's parameters, of a call that everyone may. */
static json_t *
ask_service(const char *method, const char *parameters)
{
	struct admit_verdict verdict = judge(method, parameters, 0, ACL_NONE);
	struct varlink_reply reply;
	json_t *answer;

	assert_false(verdict.given);
	assert_int_equal(
	    varlink_parse_reply(verdict.reply, verdict.reply_bytes - 1, &reply),
	    0);
	assert_null(reply.error);
	answer = json_incref(reply.parameters);
	varlink_reply_free(&reply);
	free(verdict.reply);
	return answer;
}

static void
introspection_needs_no_right(void **state)
{
	json_t *answer = ask_service("org.varlink.service.GetInfo", "{}");
	json_t *interfaces = json_object_get(answer, "interfaces");
	size_t i;

	(void)state;
	assert_string_equal(
	    json_string_value(json_object_get(answer, "product")), "supd");
	assert_int_equal(json_array_size(interfaces), 2);
	for (i = 0; i < 2; i++) {
		const char *name =
		    json_string_value(json_array_get(interfaces, i));
		char parameters[128], first[128];
		json_t *description;

		snprintf(parameters, sizeof(parameters),
		    "{\"interface\":\"%s\"}", name);
		snprintf(first, sizeof(first), "\ninterface %s\n", name);
		description = ask_service(
		    "org.varlink.service.GetInterfaceDescription", parameters);
		assert_non_null(strstr(json_string_value(json_object_get(
					   description, "description")),
		    first));
		json_decref(description);
	}
	json_decref(answer);
}

static int allocations_left;

static void *
fail_in_time(size_t bytes)
{
	return allocations_left-- == 0 ? NULL : malloc(bytes);
}

/* Told as such, and nothing leaks. */
static void
short_of_memory_a_call_is_not_admitted(void **state)
{
	static const char *const methods[] = {
		"org.varlink.service.GetInfo",
		"io.supd.Control.Nope",
		"io.supd.Control.Stop",
		"a.b",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		json_t *parameters = json_object();
		const struct varlink_call call = {
			.method = methods[i],
			.parameters = parameters,
		};
		struct admit_verdict verdict = { .reply = NULL };
		int error = -ENOMEM, n;

		json_set_alloc_funcs(fail_in_time, free);
		for (n = 0; error != 0; n++) {
			assert_null(verdict.reply);
			assert_true(n < 1000);
			allocations_left = n;
			error = admit(&call, ACL_NONE, 1000, &verdict);
			assert_true(error == 0 || error == -ENOMEM);
		}
		json_set_alloc_funcs(malloc, free);
		assert_non_null(verdict.reply);
		free(verdict.reply);
		json_decref(parameters);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_matrix_of_rights_is_as_promised),
		cmocka_unit_test(a_refusal_says_who_may),
		cmocka_unit_test(
		    the_right_is_decided_before_parameters_are_looked_at),
		cmocka_unit_test(a_method_without_a_right_is_for_nobody),
		cmocka_unit_test(
		    every_method_is_declared_and_every_declared_one_is_there),
		cmocka_unit_test(
		    unknown_methods_are_told_from_unknown_interfaces),
		cmocka_unit_test(what_is_said_back_is_short),
		cmocka_unit_test(wrong_parameters_are_named),
		cmocka_unit_test(an_upgrade_is_not_implemented),
		cmocka_unit_test(a_oneway_look_is_not_worth_doing),
		cmocka_unit_test(introspection_needs_no_right),
		cmocka_unit_test(short_of_memory_a_call_is_not_admitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
