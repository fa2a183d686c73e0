/* Nodes, ends and differences as JSON. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl_report_kit.h"

/* Ends. */

static const struct {
	struct record_exit exit;
	const char *message, *code, *signal, *step, *error;
} ends[] = {
	{ { END_CODE, ROLE_MAIN, 0, 0, 3, 0, 0, 0, { 0 } },
	    "exited with code 3", "3", "null", "null", "null" },
	{ { END_CODE, ROLE_PRE_START, 0, 0, 1, 0, 0, 0, { 0 } },
	    "pre_start exited with code 1", "1", "null", "null", "null" },
	{ { END_CODE, ROLE_POST_STOP, 0, 0, 1, 0, 0, 0, { 0 } },
	    "post_stop exited with code 1", "1", "null", "null", "null" },
	{ { END_SIGNAL, ROLE_MAIN, 0, 1, SIGSEGV, 0, 0, 0, { 0 } },
	    "killed by SIGSEGV (core dumped)", "null", "\"SIGSEGV\"", "null",
	    "null" },
	{ { END_SIGNAL, ROLE_MAIN, 0, 0, SIGKILL, 0, 0, 0, { 0 } },
	    "killed by SIGKILL", "null", "\"SIGKILL\"", "null", "null" },
	{ { END_START, ROLE_MAIN, STEP_EXEC, 0, ENOENT, 0, 0, 0, { 0 } },
	    "could not start: exec: No such file or directory", "null", "null",
	    "\"exec\"", "\"ENOENT\"" },
	{ { END_START, ROLE_PRE_START, STEP_EXEC, 0, EACCES, 0, 0, 0, { 0 } },
	    "pre_start could not start: exec: Permission denied", "null",
	    "null", "\"exec\"", "\"EACCES\"" },
	{ { END_START, ROLE_MAIN, STEP_LOST, 0, 0, 0, 0, 0, { 0 } },
	    "could not start: lost", "null", "null", "\"lost\"", "null" },
	{ { END_START, ROLE_MAIN, STEP_NONE, 0, 0, 0, 0, 0, { 0 } },
	    "could not start", "null", "null", "null", "null" },
	{ { END_START, ROLE_MAIN, STEP_FORK, 0, EAGAIN, 0, 0, 0, { 0 } },
	    "could not start: fork: Resource temporarily unavailable", "null",
	    "null", "\"fork\"", "\"EAGAIN\"" },
	{ { END_TIMEOUT, ROLE_MAIN, 0, 0, 0, 0, 0, 0, { 0 } },
	    "not ready within start_timeout", "null", "null", "null", "null" },
	{ { END_GAVE_UP, ROLE_MAIN, 0, 0, 0, 0, 0, 0, { 0 } },
	    "gave up: more restarts than its intensity allows", "null", "null",
	    "null", "null" },
	{ { END_AUTO, ROLE_MAIN, 0, 0, 0, 0, 0, 0, { 0 } },
	    "shut itself down: auto_shutdown, as a significant child ended",
	    "null", "null", "null", "null" },
	{ { END_SIGNAL, ROLE_MAIN, 0, 0, SIGKILL, 0, 0, 1, { 0 } },
	    "killed by SIGKILL for using too much memory", "null",
	    "\"SIGKILL\"", "null", "null" },
	{ { END_WATCHDOG, ROLE_MAIN, 0, 1, 0, 0, 0, 0, { 0 } },
	    "gave no sign of life in time (watchdog)", "null", "null", "null",
	    "null" },
	{ { END_UNHEALTHY, ROLE_MAIN, 0, 0, 0, 0, 0, 0, { 0 } },
	    "was unhealthy: its health check failed too often", "null", "null",
	    "null", "null" },
	{ { END_CODE, ROLE_MAIN, 0, 0, 1, 0, ENOENT, 0, { 0 } },
	    "exited with code 1; it told: No such file or directory", "1",
	    "null", "null", "\"ENOENT\"" },
};

static void
every_end_is_said_in_words_and_in_keys(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct record_exit exit = ends[i].exit;
		json_t *object;

		exit.wall_ms = report_now.wall_ms;
		object = report_exit(&exit);
		assert_keys(object, "Exit");
		assert_string_equal(
		    json_string_value(json_object_get(object, "message")),
		    ends[i].message);
		assert_value(
		    object, "oom", ends[i].exit.oom ? "true" : "false");
		assert_value(object, "code", ends[i].code);
		assert_value(object, "signal", ends[i].signal);
		assert_value(object, "step", ends[i].step);
		assert_value(object, "errno", ends[i].error);
		assert_value(object, "core", exit.core ? "true" : "false");
		assert_value(object, "time", "\"2026-11-25T22:30:24.017Z\"");
		json_decref(object);
	}
}

static void
no_end_is_null(void **state)
{
	const struct record_exit none = { .end = END_NONE };

	(void)state;
	assert_json(report_exit(&none), "null");
}

static void
odd_signals_and_errors_have_names_too(void **state)
{
	struct record_exit exit = { .end = END_SIGNAL, .number = SIGRTMIN + 3 };
	json_t *object = report_exit(&exit);

	(void)state;
	assert_value(object, "signal", "\"SIGRTMIN+3\"");
	json_decref(object);
	exit = (struct record_exit){
		.end = END_START, .step = STEP_EXEC, .number = 4095
	};
	object = report_exit(&exit);
	assert_value(object, "errno", "\"4095\"");
	json_decref(object);
}

/* Nodes. */

static void
a_node_has_all_keys_in_every_state(void **state)
{
	struct world *w = *state;
	enum record_state s;
	uint32_t node;

	for (node = 0; node < NODES; node++) {
		for (s = 0; s < STATE_COUNT; s++) {
			json_t *object;
			char name[32];

			report_record(w, node)->state = (uint8_t)s;
			object =
			    report_node(w->core, &w->plan, node, report_now);
			assert_keys(object, "Node");
			snprintf(
			    name, sizeof(name), "\"%s\"", core_state_text(s));
			assert_value(object, "state", name);
			json_decref(object);
		}
	}
}

static void
a_service_is_told_with_what_it_is(void **state)
{
	struct world *w = *state;
	struct record *r = report_record(w, NGINX);
	json_t *object;

	r->state = STATE_WAITING;
	r->ready = r->degraded = 0;
	r->wanted = 1;
	r->pid = 0;
	r->generation = 3;
	r->restarts = 2;
	r->attempt = 2;
	r->since_ms = 98500;
	r->since_wall_ms = report_now.wall_ms - 1500;
	r->next_try_ms = 100250;
	r->stale = 1;
	r->exit = (struct record_exit){ .end = END_CODE, .number = 7 };
	object = report_node(w->core, &w->plan, NGINX, report_now);
	json_object_del(object, "last_exit");
	assert_json(object,
	    "{\"name\":\"nginx\",\"path\":\"web/nginx\","
	    "\"kind\":\"service\",\"parent\":\"web\",\"description\":\"\","
	    "\"state\":\"waiting\",\"ready\":false,\"degraded\":false,"
	    "\"wanted\":\"up\",\"pid\":null,\"generation\":3,\"restarts\":2,"
	    "\"attempt\":2,\"since\":\"2026-11-25T22:30:22.517Z\","
	    "\"since_s\":1.5,\"next_try_s\":0.25,\"status_text\":null,"
	    "\"cpu_s\":null,\"memory_bytes\":null,\"processes\":null,"
	    "\"strategy\":null,\"intensity\":null,\"period_s\":null,"
	    "\"restart\":\"permanent\",\"type\":\"daemon\",\"stale\":true,"
	    "\"waits_for\":[],\"healthy\":null,\"reloading\":false}");
}

static void
a_supervisor_is_told_with_its_rules(void **state)
{
	struct world *w = *state;
	json_t *object = report_node(w->core, &w->plan, WEB, report_now);

	assert_value(object, "kind", "\"supervisor\"");
	assert_value(object, "parent", "\"root\"");
	assert_value(object, "strategy", "\"rest_for_one\"");
	assert_value(object, "intensity", "5");
	assert_value(object, "period_s", "10.0");
	assert_value(object, "type", "null");
	json_decref(object);
	w->specs[ROOT].intensity = UINT32_MAX;
	object = report_node(w->core, &w->plan, ROOT, report_now);
	assert_value(object, "parent", "null");
	assert_value(object, "path", "\"root\"");
	assert_value(object, "intensity", "null");
	json_decref(object);
}

static void
a_try_that_is_due_is_in_no_time(void **state)
{
	struct world *w = *state;
	struct record *r = report_record(w, APP);
	json_t *object;

	r->state = STATE_WAITING;
	r->next_try_ms = 99000;
	r->since_ms = 200000;
	object = report_node(w->core, &w->plan, APP, report_now);
	assert_value(object, "next_try_s", "0.0");
	assert_value(object, "since_s", "0.0");
	json_decref(object);
}

static void
what_a_service_says_of_itself_is_passed_on(void **state)
{
	struct world *w = *state;
	json_t *object;

	snprintf(report_record(w, APP)->status_text, LIMIT_STATUS,
	    "gr\xc3\xbc\xc3\x9f\x65 \"you\"");
	object = report_node(w->core, &w->plan, APP, report_now);
	assert_string_equal(
	    json_string_value(json_object_get(object, "status_text")),
	    "gr\xc3\xbc\xc3\x9f\x65 \"you\"");
	json_decref(object);
}

/* The test is a child of its parent, as services are of the guard, beside the
 * engine. Its parent is not. */
static void
use_is_read_of_our_siblings_only(void **state)
{
	struct world *w = *state;
	json_t *object;

	report_record(w, APP)->pid = getpid();
	object = report_node(w->core, &w->plan, APP, report_now);
	assert_true(json_is_real(json_object_get(object, "cpu_s")));
	assert_true(json_integer_value(
			json_object_get(object, "memory_bytes")) > 100000);
	json_decref(object);
	report_record(w, APP)->pid = getppid();
	object = report_node(w->core, &w->plan, APP, report_now);
	assert_value(object, "cpu_s", "null");
	assert_value(object, "memory_bytes", "null");
	json_decref(object);
}

/* Updates. */

static void
a_difference_is_told_node_by_node(void **state)
{
	static const char *keys[] = { "backoff_max", "command" };
	static const char *settings[] = { "log_level", "socket" };
	struct world *w = *state;
	struct change changes[] = {
		{ CHANGE_REMOVED, APP, NULL, 0, false },
		{ CHANGE_CHANGED, NGINX, keys, 2, true },
		{ CHANGE_ADDED, JOB, NULL, 0, false },
	};
	const struct plan_diff diff = {
		.changes = changes,
		.changes_count = 3,
		.settings = settings,
		.settings_count = 2,
		.fixed = true,
	};
	json_t *object = report_diff(&diff, &w->plan, &w->plan);

	assert_value(object, "settings", "[\"log_level\",\"socket\"]");
	assert_value(object, "nodes", "5");
	assert_value(object, "applied", "false");
	assert_value(object, "changes",
	    "[{\"node\":\"app\",\"path\":\"web/app\",\"change\":\"removed\","
	    "\"keys\":[],\"restart\":false},"
	    "{\"node\":\"nginx\",\"path\":\"web/nginx\",\"change\":"
	    "\"changed\",\"keys\":[\"backoff_max\",\"command\"],"
	    "\"restart\":true},"
	    "{\"node\":\"job\",\"path\":\"job\",\"change\":\"added\","
	    "\"keys\":[],\"restart\":false}]");
	assert_int_equal(
	    json_array_size(json_object_get(object, "warnings")), 1);
	assert_keys(json_array_get(json_object_get(object, "warnings"), 0),
	    "Diagnosis");
	assert_keys(
	    json_array_get(json_object_get(object, "changes"), 0), "Change");
	json_decref(object);
}

static void
no_difference_is_empty_lists(void **state)
{
	struct world *w = *state;
	const struct plan_diff diff = { .fixed = false };

	assert_json(report_diff(&diff, &w->plan, &w->plan),
	    "{\"changes\":[],\"settings\":[],\"warnings\":[],\"nodes\":5,"
	    "\"applied\":false}");
}

static void
diagnoses_survive_odd_bytes(void **state)
{
	char odd[] = "bad \xff byte", file[] = "/etc/supd/a.conf";
	char plain[] = "schl\xc3\xa4gt fehl";
	struct diagnosis list[] = {
		{ DIAGNOSIS_ERROR, file, 7, odd },
		{ DIAGNOSIS_WARNING, NULL, 0, plain },
	};
	const struct diagnoses all = { list, 2, 1, 1 };

	(void)state;
	assert_json(report_diagnoses(&all),
	    "[{\"kind\":\"error\",\"file\":\"/etc/supd/a.conf\",\"line\":7,"
	    "\"text\":\"bad ? byte\"},"
	    "{\"kind\":\"warning\",\"file\":null,\"line\":null,"
	    "\"text\":\"schl\xc3\xa4gt fehl\"}]");
}

/* Allocations that succeed before one fails; the count goes on below 0. */
static int allocations_left;

static void *
fail_in_time(size_t bytes)
{
	return allocations_left-- == 0 ? NULL : malloc(bytes);
}

static json_t *
report_anything(struct world *w, int which)
{
	static const char *keys[] = { "command" };
	struct change change = { CHANGE_CHANGED, APP, keys, 1, true };
	const struct plan_diff diff = {
		.changes = &change, .changes_count = 1, .fixed = true
	};
	struct note note = report_full_note(w, WEB, NOTE_RESTARTING);

	if (which == 0)
		return report_node(w->core, &w->plan, APP, report_now);
	if (which == 1)
		return report_note(w->core, &w->plan, &note, report_now);
	if (which == 2)
		return report_diff(&diff, &w->plan, &w->plan);
	return report_exit(&note.exit);
}

/* Never half of it; the sanitizers see that nothing leaks. */
static void
short_of_memory_there_is_no_report(void **state)
{
	struct world *w = *state;
	int which, n;

	report_record(w, APP)->exit = (struct record_exit){ .end = END_CODE };
	for (which = 0; which < 4; which++) {
		json_t *all = report_anything(w, which), *again = NULL;

		json_set_alloc_funcs(fail_in_time, free);
		for (n = 0; again == NULL; n++) {
			allocations_left = n;
			again = report_anything(w, which);
			assert_true((again == NULL) == (allocations_left < 0));
			assert_true(n < 1000);
		}
		json_set_alloc_funcs(malloc, free);
		assert_true(n > 10);
		assert_true(json_equal(all, again));
		json_decref(all);
		json_decref(again);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_end_is_said_in_words_and_in_keys),
		cmocka_unit_test(no_end_is_null),
		cmocka_unit_test(odd_signals_and_errors_have_names_too),
		WITH_WORLD(a_node_has_all_keys_in_every_state),
		WITH_WORLD(a_service_is_told_with_what_it_is),
		WITH_WORLD(a_supervisor_is_told_with_its_rules),
		WITH_WORLD(a_try_that_is_due_is_in_no_time),
		WITH_WORLD(what_a_service_says_of_itself_is_passed_on),
		WITH_WORLD(use_is_read_of_our_siblings_only),
		WITH_WORLD(a_difference_is_told_node_by_node),
		WITH_WORLD(no_difference_is_empty_lists),
		cmocka_unit_test(diagnoses_survive_odd_bytes),
		WITH_WORLD(short_of_memory_there_is_no_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
