/* Sections, names, parents, templates, and how nodes fit together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/limits.h"
#include "tests/unit/conf_kit.h"

#define C "command = true\n"

static void
nodes_are_in_preorder_siblings_as_they_stand(void **state)
{
	/* s1 stands behind d, so it is d's younger sibling. */
	static const char *const wanted[] = { "root", "first", "s2", "d", "s1",
		"b", "t@2", "t@1", "c", "last" };
	struct kit *kit = *state;
	const struct plan *plan;

	plan = kit_read(kit,
	    "[service:b]\nsupervisor = s1\n" C "[service:first]\n" C
	    "[service:t@]\ninstances = 2 1\nsupervisor = s1\n" C
	    "[supervisor:s2]\n"
	    "[service:d]\nsupervisor = s2\n" C "[service:last]\n" C
	    "[supervisor:s1]\nsupervisor = s2\n"
	    "[service:c]\nsupervisor = s1\n" C);
	assert_int_equal(plan->count, 10);
	for (uint32_t i = 0; i < 10; i++)
		assert_string_equal(plan->specs[i].name, wanted[i]);
	assert_int_equal(
	    plan->specs[kit_node(plan, "b")].parent, kit_node(plan, "s1"));
	assert_string_equal(
	    plan->nodes[kit_node(plan, "t@2")].path, "s2/s1/t@2");
	assert_string_equal(plan->nodes[kit_node(plan, "t@2")].instance, "2");
	assert_null(plan->nodes[kit_node(plan, "b")].instance);
	assert_string_equal(plan->nodes[0].path, "root");
	assert_string_equal(plan->nodes[1].path, "first");
	assert_int_equal(plan->nodes[kit_node(plan, "c")].line, 18);
}

static void
a_node_is_found_by_name_and_by_path(void **state)
{
	struct kit *kit = *state;
	const struct plan *plan;
	uint32_t node = 99;

	plan = kit_read(kit, "[supervisor:s]\n"
			     "[service:a]\nsupervisor = s\n" C);
	assert_true(plan_find(plan, "a", &node) && node == 2);
	assert_true(plan_find(plan, "s/a", &node) && node == 2);
	assert_true(plan_find(plan, "root", &node) && node == 0);
	assert_false(plan_find(plan, "t/a", &node));
	assert_false(plan_find(plan, "/a", &node));
	assert_false(plan_find(plan, "s/", &node));
	assert_false(plan_find(plan, "", &node));
	assert_int_equal(node, 0);
}

static void
unknown_sections_are_told_with_the_nearest(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[sevice:a]\nx = 1\n[Service:b]\n[program:c]\n[default]\n"
	    "[supervisor]\n[supd:x]\n",
	    "1: unknown section [sevice:a]; did you mean [service:a]?",
	    "3: unknown section [Service:b]; there are [supd], [defaults], "
	    "[supervisor:NAME], [service:NAME] and [service:NAME@]",
	    "4: unknown section [program:c]; there are [supd], [defaults], "
	    "[supervisor:NAME], [service:NAME] and [service:NAME@]",
	    "5: unknown section [default]; did you mean [defaults]?",
	    "6: unknown section [supervisor]; there are [supd], [defaults], "
	    "[supervisor:NAME], [service:NAME] and [service:NAME@]",
	    "7: unknown section [supd:x]; there are [supd], [defaults], "
	    "[supervisor:NAME], [service:NAME] and [service:NAME@]",
	    NULL);
}

static void
names_are_checked(void **state)
{
	struct kit *kit = *state;

#define RULE                                                                  \
	" is no name: 1 to 63 of A-Z a-z 0-9 . _ @ : + -, a letter or digit " \
	"first"
	kit_wants(kit,
	    "[service:]\n" C "[supervisor:-x]\n[service:.a]\n" C
	    "[service:@]\n" C "[service:root]\n" C "[service:a@b@]\n" C
	    "[supervisor:root]\n",
	    "1: [service:]: the name is missing",
	    "3: [supervisor:-x]: '-x'" RULE, "4: [service:.a]: '.a'" RULE,
	    "6: [service:@]: the name is missing",
	    "8: [service:root]: 'root' is the name of the root supervisor",
	    "10: [service:a@b@]: a template has one '@', at its end", NULL);
}

static void
sections_and_names_are_given_once(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:a]\n" C "[service:a]\n" C "[supervisor:a]\n"
	    "[service:a@]\n" C "instances = 1\n",
	    "3: section [service:a] given twice; it stands in test.conf:1 "
	    "already",
	    "5: [supervisor:a]: the name is taken by [service:a] in "
	    "test.conf:1",
	    NULL);
	kit_wants(kit, "[supd]\n[supd]\n",
	    "2: section [supd] given twice; it stands in test.conf:1 already",
	    NULL);
}

static void
keys_are_known_in_their_place_and_given_once(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:web]\ncomand = x\n" C
	    "strategy = one_for_one\nsocket = /x\ninstances = 3\n" C
	    "[supervisor:s]\nuser = root\n"
	    "[supervisor:root]\nrestart = permanent\nsupervisor = s\n"
	    "[supd]\nlog_levle = info\n[defaults]\ninstances = 3\nzzz = 1\n",
	    "2: unknown key 'comand' in [service:web]; did you mean "
	    "'command'?",
	    "4: key 'strategy' has no meaning in [service:web]; it belongs in "
	    "[supervisor:NAME]",
	    "5: key 'socket' has no meaning in [service:web]; it belongs in "
	    "[supd]",
	    "6: key 'instances' has no meaning in [service:web]; it belongs "
	    "in a template [service:NAME@]",
	    "7: key 'command' given twice in [service:web]; it stands in line "
	    "3 already",
	    "9: key 'user' has no meaning in [supervisor:s]; it belongs in "
	    "[service:NAME]",
	    "11: key 'restart' has no meaning in [supervisor:root], which has "
	    "no parent",
	    "12: key 'supervisor' has no meaning in [supervisor:root], which "
	    "has no parent",
	    "14: unknown key 'log_levle' in [supd]; did you mean 'log_level'?",
	    "16: key 'instances' has no meaning in [defaults]; it belongs in "
	    "a template [service:NAME@]",
	    "17: unknown key 'zzz' in [defaults]", NULL);
}

static void
a_parent_must_be_a_supervisor(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[supervisor:web]\n[service:a]\nsupervisor = wbe\n" C
	    "[service:b]\nsupervisor = a\n" C
	    "[service:c]\nsupervisor = elsewhere\n" C
	    "[service:d]\nsupervisor =\n" C,
	    "3: bad supervisor 'wbe' in [service:a]: there is no such "
	    "supervisor; did you mean 'web'?",
	    "6: bad supervisor 'a' in [service:b]: that is a service, not a "
	    "supervisor",
	    "9: bad supervisor 'elsewhere' in [service:c]: there is no such "
	    "supervisor",
	    "12: bad supervisor '' in [service:d]: there is no such "
	    "supervisor",
	    NULL);
}

static void
a_circle_of_supervisors_is_named(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[supervisor:x]\nsupervisor = a\n"
	    "[supervisor:a]\nsupervisor = b\n"
	    "[supervisor:b]\nsupervisor = c\n"
	    "[supervisor:c]\nsupervisor = a\n"
	    "[supervisor:self]\nsupervisor = self\n",
	    "4: bad supervisor 'b' in [supervisor:a]: supervisors in a "
	    "circle: a below b below c below a",
	    "10: bad supervisor 'self' in [supervisor:self]: supervisors in a "
	    "circle: self below self",
	    NULL);
}

static void
a_node_may_be_64_supervisors_deep(void **state)
{
	struct buf text = buf_make(8192);
	struct kit *kit = *state;

	buf_text(&text, "[supervisor:s1]\n");
	for (int i = 2; i <= 63; i++)
		buf_print(
		    &text, "[supervisor:s%d]\nsupervisor = s%d\n", i, i - 1);
	buf_text(&text, "[service:a]\nsupervisor = s63\n" C);
	kit_read(kit, buf_string(&text));
	buf_text(&text, "[supervisor:s64]\nsupervisor = s63\n"
			"[service:b]\nsupervisor = s64\n" C);
	kit_wants(kit, buf_string(&text),
	    "131: [service:b] is more than 64 supervisors deep", NULL);
	buf_free(&text);
}

static void
templates_make_instances(void **state)
{
	struct kit *kit = *state;
	const struct plan *plan;

	plan = kit_read(kit, "[service:w@]\ninstances = 12\n"
			     "command = true %n %p %i %%\n"
			     "description = number %i\n");
	assert_int_equal(plan->count, 13);
	assert_string_equal(plan->specs[12].name, "w@12");
	assert_string_equal(plan->nodes[12].description, "number 12");
	assert_string_equal(plan->nodes[12].launch.command.words[1], "w@12");
	assert_string_equal(plan->nodes[12].launch.command.words[2], "w");
	assert_string_equal(plan->nodes[12].launch.command.words[3], "12");
	assert_string_equal(plan->nodes[12].launch.command.words[4], "%");
	plan = kit_read(kit, "[service:w@]\ninstances = red  green.1\n" C);
	assert_int_equal(plan->count, 3);
	assert_string_equal(plan->specs[2].name, "w@green.1");
	assert_string_equal(plan->nodes[2].instance, "green.1");
}

static void
templates_without_instances_are_warned_of_and_checked(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:w@]\n" C "nice = x%i\n[service:v@]\n" C "instances = 0\n",
	    "1: warning: [service:w@] has no instances",
	    "3: bad nice 'x%i' in [service:w@]: it is a number from -20 to 19",
	    "6: warning: [service:v@] has no instances", NULL);
}

static void
instances_are_checked(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:w@]\n" C "instances = a/b\n[service:u@]\n" C
	    "instances = x@y\n[service:t@]\n" C "instances = a a\n"
	    "[service:s@1]\n" C "[service:s@]\n" C "instances = 1\n"
	    "[service:t@a]\n" C,
	    "3: bad instances 'a/b' in [service:w@]: 'w@a/b' can't be an "
	    "instance's name: A-Z a-z 0-9 . _ : + - may stand in it",
	    "6: bad instances 'x@y' in [service:u@]: 'u@x@y' can't be an "
	    "instance's name: A-Z a-z 0-9 . _ : + - may stand in it",
	    "9: bad instances 'a a' in [service:t@]: 't@a' is there already, "
	    "in test.conf:7",
	    "14: bad instances '1' in [service:s@]: 's@1' is there already, "
	    "in test.conf:10",
	    "15: [service:t@a]: there is such an instance of [service:t@] "
	    "already",
	    NULL);
}

static void
too_many_nodes_are_one_error(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:w@]\ninstances = 16383\n" C);
	assert_int_equal(kit->plan->count, LIMIT_NODES);
	kit_wants(kit,
	    "[service:w@]\ninstances = 4294967295\n" C "[service:x]\n" C,
	    "1: more than 16384 supervisors and services", NULL);
}

static void
a_service_wants_a_command(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:a]\n[service:b]\ncommand =\n[service:c]\n"
	    "command = '' x\n",
	    "1: [service:a] has no command",
	    "3: bad command '' in [service:b]: a service needs a program to "
	    "run",
	    "5: bad command ''' x' in [service:c]: the program's name is "
	    "empty",
	    NULL);
}

static void
defaults_hold_where_nothing_is_said(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:a]\n" C "nice = 1\n"
		      "[defaults]\nnice = 2\nshutdown = 3s\nready = notify\n"
		      "environment = A=1\npre_start = true\n"
		      "[service:b]\n" C "environment = B=2\npre_start =\n"
		      "[service:c]\n" C "type = oneshot\n"
		      "[supervisor:s]\n");
	assert_int_equal(kit_launch(kit->plan, "a")->nice, 1);
	assert_int_equal(kit_launch(kit->plan, "b")->nice, 2);
	assert_int_equal(kit_spec(kit->plan, "a")->shutdown_ms, 3000);
	assert_true(kit_spec(kit->plan, "s")->shutdown_ms == SPEC_INFINITE);
	assert_int_equal(kit_spec(kit->plan, "a")->ready, READY_NOTIFY);
	assert_int_equal(kit_spec(kit->plan, "c")->ready, READY_EXIT);
	assert_string_equal(kit_launch(kit->plan, "a")->environment[0], "A=1");
	assert_string_equal(kit_launch(kit->plan, "b")->environment[0], "B=2");
	assert_null(kit_launch(kit->plan, "b")->environment[1]);
	assert_true(kit_spec(kit->plan, "a")->pre_start);
	assert_false(kit_spec(kit->plan, "b")->pre_start);
}

static void
an_error_of_defaults_is_told_once(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[defaults]\nnice = x\nshutdown = y\n"
	    "[service:a]\n" C "[service:b]\n" C,
	    "2: bad nice 'x' in [defaults]: it is a number from -20 to 19",
	    "3: bad shutdown 'y' in [defaults]: a time is 250ms, 5s, 2m, "
	    "1h30m, 1d, or a number of seconds; or infinity, or brutal_kill",
	    NULL);
	kit_wants(kit, "[defaults]\nnice = x\n",
	    "2: bad nice 'x' in [defaults]: it is a number from -20 to 19",
	    NULL);
}

/* R94 */
static void
significance_must_be_able_to_matter(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[supervisor:s]\nauto_shutdown = all_significant\n"
	    "[service:a]\nsupervisor = s\nsignificant = yes\n" C
	    "[service:b]\nsignificant = yes\nrestart = temporary\n" C
	    "[service:c]\nsupervisor = s\nsignificant = yes\n"
	    "restart = transient\n" C,
	    "5: bad significant 'yes' in [service:a]: a permanent child never "
	    "ends for good; restart = transient or temporary goes with it",
	    "8: bad significant 'yes' in [service:b]: supervisor 'root' has "
	    "auto_shutdown = never, so nothing would come of it",
	    NULL);
}

/* B8 */
static void
on_limit_stop_wants_one_for_one(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[supervisor:s]\nstrategy = rest_for_one\n"
	    "[service:a]\nsupervisor = s\non_limit = stop\n" C
	    "[service:b]\non_limit = stop\n" C,
	    "5: bad on_limit 'stop' in [service:a]: only below a one_for_one "
	    "supervisor, and 's' is rest_for_one",
	    NULL);
}

/* B9 */
static void
endless_restarts_want_a_pause(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[supervisor:root]\nintensity = infinity\n"
	    "[service:a]\nbackoff_max = 999ms\n" C
	    "[service:b]\nbackoff_max = 1s\n" C
	    "[supervisor:s]\nbackoff_max = 0\n"
	    "[service:c]\nsupervisor = s\nbackoff_max = 600ms\n" C
	    "[service:d]\nbackoff_min = 0\n" C,
	    "4: bad backoff_max '999ms' in [service:a]: supervisor 'root' has "
	    "intensity = infinity, so it must be 1s or longer",
	    "10: bad backoff_max '0' in [supervisor:s]: supervisor 'root' has "
	    "intensity = infinity, so it must be 1s or longer",
	    "16: warning: backoff_min = 0 and intensity = infinity of "
	    "supervisor 'root': a crash loop would run without a pause",
	    NULL);
}

static void
what_supervisors_remember_is_bounded(void **state)
{
	struct buf text = buf_make(65536);
	struct kit *kit = *state;

	/* root 6, and 130 * 1001 is 130130. */
	for (int i = 1; i <= 130; i++)
		buf_print(&text, "[supervisor:s%d]\nintensity = 1000\n", i);
	kit_read(kit, buf_string(&text));
	buf_text(&text, "[supervisor:x]\nintensity = 1000\n");
	kit_wants(kit, buf_string(&text),
	    "261: the intensities of all supervisors together, each with one "
	    "added, are more than 131072",
	    NULL);
	buf_free(&text);
}

static void
a_wrong_key_brings_no_second_error(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[supervisor:s]\nauto_shutdown = x\nstrategy = y\n"
	    "[service:a]\nsupervisor = s\nsignificant = yes\n"
	    "restart = transient\non_limit = stop\n" C
	    "[service:b]\nsupervisor = z\nsignificant = yes\n"
	    "restart = transient\n" C,
	    "2: bad auto_shutdown 'x' in [supervisor:s]: it is never, "
	    "any_significant or all_significant",
	    "3: bad strategy 'y' in [supervisor:s]: it is one_for_one, "
	    "one_for_all or rest_for_one",
	    "11: bad supervisor 'z' in [service:b]: there is no such "
	    "supervisor",
	    NULL);
}

static void
settings_that_can_not_work_are_warned_of(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[supervisor:quiet]\nrestart = transient\n"
	    "[supervisor:quick]\nintensity = 10\nperiod = 10ms\n"
	    "[supervisor:ends]\nauto_shutdown = any_significant\n"
	    "[service:a]\nbackoff_min = 40s\nbackoff_reset = 1s\n"
	    "success = 3\nready = after:1m\n" C "[service:b]\n" C
	    "backoff_max = 1m\n"
	    "[service:c]\ncommand = no-such-program-here\n"
	    "[service:d]\ncommand = /etc/passwd\ndirectory = here\n"
	    "[service:e]\ncommand = /no/such/file\n",
	    "2: warning: [supervisor:quiet] is transient: if it gives up, it "
	    "goes with all below it, and nothing brings it back or tells its "
	    "supervisor",
	    "5: warning: no child can fail more than 10 times within 10ms: "
	    "[supervisor:quick] would never give up",
	    "7: warning: [supervisor:ends] has auto_shutdown, but no "
	    "significant child",
	    "9: warning: backoff_min (40s) is longer than backoff_max (30s): "
	    "every delay is 30s",
	    "10: warning: backoff_reset (1s) is shorter than backoff_max "
	    "(30s): to run for 1s proves little after such a delay",
	    "11: warning: exit code 0 is not in success, so it counts as a "
	    "failure",
	    "12: warning: ready = after:1m, but start_timeout ends every "
	    "start after 1m",
	    "16: warning: backoff_reset (30s) is shorter than backoff_max "
	    "(1m): to run for 30s proves little after such a delay",
	    "18: warning: program 'no-such-program-here' is not in the "
	    "service's PATH (/bin)",
	    "20: warning: program '/etc/passwd' can't be executed",
	    "21: warning: directory 'here' depends on where supd was started",
	    "23: warning: program '/no/such/file' is not there", NULL);
}

static void
programs_are_searched_in_the_services_own_path(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:a]\n" C "environment = PATH=/nowhere\n"
	    "[service:b]\n" C "environment = PATH=/nowhere:/bin\n"
	    "[service:c]\n" C "environment = PATH=${X}\n"
	    "[service:d]\ncommand = ${X}\n"
	    "[service:e]\n" C "clear_environment = yes\n"
	    "[service:f]\ncommand = ./bin/true\ndirectory = /\n",
	    "2: warning: program 'true' is not in the service's PATH "
	    "(/nowhere)",
	    NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
	const struct CMUnitTest tests[] = {
		TEST(nodes_are_in_preorder_siblings_as_they_stand),
		TEST(a_node_is_found_by_name_and_by_path),
		TEST(unknown_sections_are_told_with_the_nearest),
		TEST(names_are_checked),
		TEST(sections_and_names_are_given_once),
		TEST(keys_are_known_in_their_place_and_given_once),
		TEST(a_parent_must_be_a_supervisor),
		TEST(a_circle_of_supervisors_is_named),
		TEST(a_node_may_be_64_supervisors_deep),
		TEST(templates_make_instances),
		TEST(templates_without_instances_are_warned_of_and_checked),
		TEST(instances_are_checked),
		TEST(too_many_nodes_are_one_error),
		TEST(a_service_wants_a_command),
		TEST(defaults_hold_where_nothing_is_said),
		TEST(an_error_of_defaults_is_told_once),
		TEST(significance_must_be_able_to_matter),
		TEST(on_limit_stop_wants_one_for_one),
		TEST(endless_restarts_want_a_pause),
		TEST(what_supervisors_remember_is_bounded),
		TEST(a_wrong_key_brings_no_second_error),
		TEST(settings_that_can_not_work_are_warned_of),
		TEST(programs_are_searched_in_the_services_own_path),
	};

	setenv("PATH", "/bin", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
