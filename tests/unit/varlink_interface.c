/* Parameters against the declarations of the interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/interface.h"

/* wrong: NULL if it fits. */
struct sample {
	const char *method;
	const char *parameters;
	const char *wrong;
};

static const struct sample samples[] = {
	{ "List", "{}", NULL },
	{ "List", "{\"names\":null,\"recursive\":null}", NULL },
	{ "List", "{\"names\":[]}", NULL },
	{ "List", "{\"names\":[\"web\",\"app@*\"],\"recursive\":true}", NULL },
	{ "List", "{\"names\":\"web\"}", "names" },
	{ "List", "{\"names\":[1]}", "names" },
	{ "List", "{\"names\":[\"web\",null]}", "names" },
	{ "List", "{\"names\":{}}", "names" },
	{ "List", "{\"recursive\":1}", "recursive" },
	{ "List", "{\"recursive\":\"yes\"}", "recursive" },
	{ "List", "{\"Names\":[]}", "Names" },
	{ "List", "{\"\":[]}", "" },
	{ "List", "{\"names\":[],\"all\":true}", "all" },
	{ "Get", "{\"name\":\"web\"}", NULL },
	{ "Get", "{}", "name" },
	{ "Get", "{\"name\":null}", "name" },
	{ "Get", "{\"name\":7}", "name" },
	{ "Start", "{\"names\":[\"a\"],\"wait\":false}", NULL },
	{ "Start", "{\"wait\":false}", "names" },
	{ "Events", "{\"since\":12,\"names\":null}", NULL },
	{ "Events", "{\"since\":12.5}", "since" },
	{ "Events", "{\"since\":\"12\"}", "since" },
	{ "Wait", "{\"names\":[],\"condition\":\"ready\"}", NULL },
	{ "Wait", "{\"names\":[],\"condition\":\"exited\"}", NULL },
	{ "Wait", "{\"names\":[],\"condition\":\"stopped\",\"timeout_s\":1.5}",
	    NULL },
	{ "Wait", "{\"names\":[],\"condition\":\"ready\",\"timeout_s\":2}",
	    NULL },
	{ "Wait", "{\"names\":[],\"condition\":\"ready\",\"timeout_s\":\"2\"}",
	    "timeout_s" },
	{ "Wait", "{\"names\":[],\"condition\":\"read\"}", "condition" },
	{ "Wait", "{\"names\":[],\"condition\":\"readyy\"}", "condition" },
	{ "Wait", "{\"names\":[],\"condition\":\"\"}", "condition" },
	{ "Wait", "{\"names\":[],\"condition\":\"ready, stopped\"}",
	    "condition" },
	{ "Wait", "{\"names\":[],\"condition\":1}", "condition" },
	{ "Wait", "{\"names\":[]}", "condition" },
	{ "Shutdown", "{}", NULL },
	{ "Shutdown", "{\"now\":true}", "now" },
	{ "Sh", "{}", "method" },
	{ "", "{}", "method" },
	{ "List(", "{}", "method" },
	{ "List(names: ?[]string, recursive: ?bool)", "{}", "method" },
};

static void
parameters_fit_or_the_wrong_one_is_named(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		json_t *parameters = json_loads(s->parameters, 0, NULL);
		char wrong[64] = "-";
		bool fits;

		assert_non_null(parameters);
		fits = interface_fits(interface_control(), s->method,
		    parameters, wrong, sizeof(wrong));
		assert_string_equal(
		    fits ? "-" : wrong, s->wrong == NULL ? "-" : s->wrong);
		json_decref(parameters);
	}
}

static void
a_wrong_name_is_cut_between_characters(void **state)
{
	json_t *parameters = json_pack("{s:i}", "a\xc3\xa4\xc3\xb6", 1);
	char wrong[5];

	(void)state;
	assert_false(interface_fits(
	    interface_control(), "Shutdown", parameters, wrong, sizeof(wrong)));
	assert_string_equal(wrong, "a\xc3\xa4");
	json_decref(parameters);
}

static void
comments_and_line_breaks_may_stand_between(void **state)
{
	static const char text[] = "interface x.y\n"
				   "# method No(a: int) -> ()\n"
				   "method  Yes ( a : ?[]int,# one\n"
				   "  b: (up , down),\n"
				   "  c: object\n"
				   ") -> (d: bool)\n";
	json_t *parameters =
	    json_pack("{s:[i,i], s:s, s:{}}", "a", 1, 2, "b", "down", "c");
	char wrong[64] = "-";

	(void)state;
	assert_false(interface_declares(text, "No"));
	assert_true(interface_declares(text, "Yes"));
	assert_true(
	    interface_fits(text, "Yes", parameters, wrong, sizeof(wrong)));
	json_object_set_new(parameters, "d", json_true());
	assert_false(
	    interface_fits(text, "Yes", parameters, wrong, sizeof(wrong)));
	assert_string_equal(wrong, "d");
	json_decref(parameters);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_fit_or_the_wrong_one_is_named),
		cmocka_unit_test(a_wrong_name_is_cut_between_characters),
		cmocka_unit_test(comments_and_line_breaks_may_stand_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
