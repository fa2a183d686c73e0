#include "choose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk_kit.h"

static json_t *
words(const char *a, const char *b)
{
	json_t *list = json_array();

	if (a != NULL)
		json_array_append_new(list, json_string(a));
	if (b != NULL)
		json_array_append_new(list, json_string(b));
	return list;
}

/* The names that two words choose, blank between; static. */
static const char *
chosen(struct kit *k, enum choose_how how, const char *a, const char *b)
{
	static char text[1024];
	json_t *list = words(a, b);
	struct choice choice;
	size_t i, at = 0;

	text[0] = '\0';
	assert_true(choose(k->plan, list, how, &choice));
	for (i = 0; i < choice.count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
		    i > 0 ? " " : "", k->plan->specs[choice.nodes[i]].name);
	choice_free(&choice);
	json_decref(list);
	return text;
}

static void
takes_names_and_paths_in_the_order_of_the_tree(void **state)
{
	struct kit *k = *state;

	assert_string_equal(
	    chosen(k, CHOOSE_PLAIN, "lone", "web/php"), "php lone");
	assert_string_equal(
	    chosen(k, CHOOSE_PLAIN, "jobs/inner/worker@2", "root"),
	    "root worker@2");
}

static void
takes_each_node_once(void **state)
{
	struct kit *k = *state;

	assert_string_equal(
	    chosen(k, CHOOSE_PLAIN, "nginx", "web/nginx"), "nginx");
	assert_string_equal(
	    chosen(k, CHOOSE_BELOW, "web", "nginx"), "web nginx php");
}

static void
takes_all_for_no_words(void **state)
{
	struct kit *k = *state;
	struct choice choice;

	assert_true(choose(k->plan, NULL, CHOOSE_PLAIN, &choice));
	assert_int_equal(choice.count, 10);
	choice_free(&choice);
	assert_string_equal(chosen(k, CHOOSE_TOPMOST, NULL, NULL), "root");
}

static void
takes_the_instances_of_a_template(void **state)
{
	struct kit *k = *state;

	assert_string_equal(
	    chosen(k, CHOOSE_PLAIN, "worker@", NULL), "worker@1 worker@2");
}

static void
takes_none_for_an_instance_that_only_looks_like_one(void **state)
{
	static const struct kit_row rows[] = {
		{ "root", NULL, SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
		{ "a@1", "root", SPEC_SERVICE, TYPE_DAEMON, "1" },
		{ "a@x", "root", SPEC_SERVICE, TYPE_DAEMON, NULL },
	};
	struct kit *k = *state;

	kit_replan(k, rows, 3);
	assert_string_equal(chosen(k, CHOOSE_PLAIN, "a@", NULL), "a@1");
}

static void
holds_globs_against_names_and_paths(void **state)
{
	struct kit *k = *state;

	assert_string_equal(chosen(k, CHOOSE_PLAIN, "*n*e", NULL), "once lone");
	assert_string_equal(
	    chosen(k, CHOOSE_PLAIN, "web/*", NULL), "nginx php");
	assert_string_equal(
	    chosen(k, CHOOSE_PLAIN, "jobs/*", NULL), "inner once");
	assert_string_equal(
	    chosen(k, CHOOSE_PLAIN, "[np]*", NULL), "nginx php");
}

static void
never_means_root_by_a_glob(void **state)
{
	struct kit *k = *state;
	json_t *list = words("ro*", NULL);
	struct choice choice;

	assert_false(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	assert_string_equal(choice.unknown, "ro*");
	json_decref(list);
}

static void
leaves_out_what_is_below_another(void **state)
{
	struct kit *k = *state;

	assert_string_equal(
	    chosen(k, CHOOSE_TOPMOST, "worker@1", "jobs"), "jobs");
	assert_string_equal(
	    chosen(k, CHOOSE_TOPMOST, "*", NULL), "web jobs lone");
}

static void
takes_the_services_below_a_supervisor(void **state)
{
	struct kit *k = *state;

	assert_string_equal(chosen(k, CHOOSE_SERVICES, "jobs", "lone"),
	    "worker@1 worker@2 once lone");
}

static void
names_the_first_unknown_word_and_one_like_it(void **state)
{
	struct kit *k = *state;
	json_t *list = words("nginx", "web/ngnix");
	struct choice choice;

	assert_false(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	assert_string_equal(choice.unknown, "web/ngnix");
	assert_string_equal(choice.nearest, "web/nginx");
	json_decref(list);
	list = words("zzzzzzzzzz", "");
	assert_false(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	assert_string_equal(choice.unknown, "zzzzzzzzzz");
	assert_null(choice.nearest);
	json_decref(list);
	list = words("", NULL);
	assert_false(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	assert_string_equal(choice.unknown, "");
	json_decref(list);
}

static void
knows_a_glob_that_matches_nothing_as_unknown(void **state)
{
	struct kit *k = *state;
	json_t *list = words("x*", NULL);
	struct choice choice;

	assert_false(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	assert_string_equal(choice.unknown, "x*");
	json_decref(list);
}

static void
passes_over_what_it_does_not_know_if_told_to(void **state)
{
	struct kit *k = *state;
	json_t *list = words("gone", "web");
	struct choice choice;

	assert_true(choose_known(k->plan, list, CHOOSE_BELOW, &choice));
	assert_int_equal(choice.count, 3);
	choice_free(&choice);
	json_decref(list);
}

static void
bounds_the_walks_over_all_nodes(void **state)
{
	struct kit *k = *state;
	json_t *list = json_array();
	struct choice choice;
	size_t i;

	for (i = 0; i < CHOOSE_WALK_BYTES / 2; i++)
		json_array_append_new(list, json_string("w*"));
	assert_true(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	choice_free(&choice);
	json_array_append_new(list, json_string("*"));
	assert_false(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	assert_true(choice.excessive);
	assert_null(choice.unknown);
	/* Plain names take no walk. */
	json_array_clear(list);
	for (i = 0; i < CHOOSE_WALK_BYTES; i++)
		json_array_append_new(list, json_string("nginx"));
	assert_true(choose(k->plan, list, CHOOSE_PLAIN, &choice));
	assert_int_equal(choice.count, 1);
	choice_free(&choice);
	json_decref(list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_open, kit_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_names_and_paths_in_the_order_of_the_tree),
		TEST(takes_each_node_once),
		TEST(takes_all_for_no_words),
		TEST(takes_the_instances_of_a_template),
		TEST(takes_none_for_an_instance_that_only_looks_like_one),
		TEST(holds_globs_against_names_and_paths),
		TEST(never_means_root_by_a_glob),
		TEST(leaves_out_what_is_below_another),
		TEST(takes_the_services_below_a_supervisor),
		TEST(names_the_first_unknown_word_and_one_like_it),
		TEST(knows_a_glob_that_matches_nothing_as_unknown),
		TEST(passes_over_what_it_does_not_know_if_told_to),
		TEST(bounds_the_walks_over_all_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
