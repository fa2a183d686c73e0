/* Events, for programs and for people. */
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

/* Events. */

static const struct {
	enum note_kind kind;
	uint32_t node;
	const char *detail; /* without the exit, which has a test of its own */
	const char *line;
} kinds[] = {
	{ NOTE_STARTING, NGINX, "{\"generation\":2,\"pid\":123}",
	    "web/nginx: starting (pid 123)" },
	{ NOTE_READY, NGINX, "{\"generation\":2,\"pid\":123,\"took_s\":0.5}",
	    "web/nginx: ready after 0.5 s (pid 123)" },
	{ NOTE_STOPPING, NGINX, "{\"generation\":2}", "web/nginx: stopping" },
	{ NOTE_STOPPED, NGINX, "{\"generation\":2,\"pid\":123,\"ran_s\":null}",
	    "web/nginx: stopped: exited with code 1 (pid 123)" },
	{ NOTE_EXITED, JOB, "{\"generation\":2,\"pid\":123,\"ran_s\":null}",
	    "job: exited with code 1 (pid 123)" },
	{ NOTE_FAILED, NGINX,
	    "{\"generation\":2,\"pid\":123,\"ran_s\":null,\"attempt\":2}",
	    "web/nginx: failed: exited with code 1 (pid 123); attempt 2" },
	{ NOTE_BACKOFF, NGINX,
	    "{\"generation\":2,\"attempt\":2,\"delay_s\":0.5}",
	    "web/nginx: backoff: tries again in 0.5 s; attempt 2" },
	{ NOTE_RESTARTING, WEB,
	    "{\"generation\":2,\"strategy\":\"rest_for_one\",\"child\":"
	    "\"nginx\",\"children\":[\"nginx\",\"app\"]}",
	    "web: restarting nginx, app (rest_for_one, because of nginx)" },
	{ NOTE_GAVE_UP, WEB,
	    "{\"generation\":2,\"child\":\"nginx\",\"restarts\":2,"
	    "\"intensity\":5,\"period_s\":10.0}",
	    "web: gave_up: 2 restarts within 10.0 s where 5 are allowed; the "
	    "last would have been for nginx" },
	{ NOTE_UPDATE, WEB, "{\"generation\":2}", "web: update" },
	{ NOTE_STATUS, APP, "{\"generation\":2,\"status_text\":\"busy\"}",
	    "web/app: status: busy" },
	{ NOTE_REQUEST, APP, "{\"generation\":2,\"op\":\"restart\"}",
	    "web/app: request: restart" },
	{ NOTE_KILL, APP, "{\"generation\":2,\"pid\":123,\"after_s\":0.5}",
	    "web/app: kill: SIGKILL (pid 123), not down after 0.5 s" },
	{ NOTE_HOOK, APP, "{\"generation\":2,\"pid\":123}",
	    "web/app: hook: exited with code 1 (pid 123)" },
	{ NOTE_HEALTH, APP,
	    "{\"generation\":2,\"probe\":\"watchdog\",\"healthy\":true,"
	    "\"outcome\":\"good\",\"failures\":2,\"limit\":2,"
	    "\"message\":\"good again\"}",
	    "web/app: health: watchdog: good again; failure 2 of 2" },
	{ NOTE_STUCK, APP, "{\"generation\":2}",
	    "web/app: stuck: what is left of it does not die of SIGKILL" },
	{ NOTE_SHUTDOWN, ROOT, "{\"generation\":2}", "root: shutdown" },
	{ NOTE_OOM, APP, "{\"generation\":2,\"pid\":null,\"kills\":2}",
	    "web/app: oom: killed by the kernel for want of memory: 2 of its "
	    "processes" },
};

static void
every_kind_of_event_has_its_detail_and_its_line(void **state)
{
	size_t count = sizeof(kinds) / sizeof(kinds[0]), i;
	struct world *w = *state;

	assert_int_equal(count, NOTE_KIND_COUNT);
	snprintf(report_record(w, APP)->status_text, LIMIT_STATUS, "busy");
	for (i = 0; i < count; i++) {
		struct note note =
		    report_full_note(w, kinds[i].node, kinds[i].kind);
		json_t *object =
		    report_note(w->core, &w->plan, &note, report_now);
		json_t *detail = json_object_get(object, "detail");
		char line[512];

		assert_int_equal(kinds[i].kind, i);
		assert_keys(object, "Event");
		assert_value(object, "seq", "1000");
		assert_value(object, "cause", "999");
		assert_value(object, "time", "\"2026-11-25T22:30:24.017Z\"");
		assert_string_equal(
		    json_string_value(json_object_get(object, "event")),
		    core_note_text(kinds[i].kind));
		assert_string_equal(
		    json_string_value(json_object_get(object, "path")),
		    w->nodes[kinds[i].node].path);
		json_object_del(detail, "exit");
		assert_json(json_incref(detail), kinds[i].detail);
		json_decref(object);
		report_line(w->core, &note, line, sizeof(line));
		assert_string_equal(line, kinds[i].line);
	}
}

static void
an_event_without_a_cause_says_so(void **state)
{
	struct world *w = *state;
	struct note note = report_bare_note(w, APP, NOTE_FAILED);
	json_t *object;

	note.cause = 0;
	object = report_note(w->core, &w->plan, &note, report_now);
	assert_value(object, "cause", "null");
	assert_value(json_object_get(object, "detail"), "exit", "null");
	assert_value(json_object_get(object, "detail"), "pid", "null");
	json_decref(object);
}

static void
the_end_knows_its_beginning(void **state)
{
	struct world *w = *state;
	struct note note = report_bare_note(w, NGINX, NOTE_FAILED);
	const struct note *start = NULL;
	json_t *object, *detail;
	char line[512];
	uint64_t seq;

	for (seq = 1; seq <= core_note_last(w->core); seq++) {
		const struct note *each = core_note(w->core, seq);

		if (each->uid == note.uid && each->kind == NOTE_STARTING)
			start = each;
	}
	if (start == NULL)
		skip();
	note.previous = start->seq;
	note.generation = start->generation;
	note.at_ms = start->at_ms + 3250;
	note.attempt = 1;
	note.exit = (struct record_exit){ .end = END_SIGNAL, .number = 9 };
	object = report_note(w->core, &w->plan, &note, report_now);
	detail = json_object_get(object, "detail");
	assert_value(detail, "ran_s", "3.25");
	json_decref(object);
	note.pid = 77;
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(line,
	    "web/nginx: failed: killed by SIGKILL (pid 77, after 3.3 s); "
	    "attempt 1");
	note.generation++;
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(
	    line, "web/nginx: failed: killed by SIGKILL (pid 77); attempt 1");
}

static void
what_could_not_start_did_not_run(void **state)
{
	struct world *w = *state;
	struct note note = report_full_note(w, NGINX, NOTE_FAILED);
	char line[512];

	note.exit = (struct record_exit){
		.end = END_START, .step = STEP_DIRECTORY, .number = ENOENT
	};
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(line,
	    "web/nginx: failed: could not start: directory: No such file or "
	    "directory; attempt 2");
}

static void
times_are_told_as_people_tell_them(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} samples[] = {
		{ 12, "12 ms" },
		{ 99, "99 ms" },
		{ 100, "0.1 s" },
		{ 451, "0.5 s" },
		{ 59999, "60.0 s" },
		{ 60000, "1 min 0 s" },
		{ 3599999, "59 min 59 s" },
		{ 3600000, "1 h 0 min" },
		{ 86400000, "1 d 0 h" },
		{ UINT64_C(4000000000000), "46296 d 7 h" },
	};
	struct world *w = *state;
	struct note note = report_bare_note(w, NGINX, NOTE_BACKOFF);
	size_t i;

	note.attempt = 2;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char line[512], expected[512];

		note.delay_ms = samples[i].ms;
		snprintf(expected, sizeof(expected),
		    "web/nginx: backoff: tries again in %s; attempt 2",
		    samples[i].text);
		report_line(w->core, &note, line, sizeof(line));
		assert_string_equal(line, expected);
	}
}

static void
nodes_that_are_gone_keep_their_names(void **state)
{
	struct world *w = *state;
	struct note note = report_full_note(w, WEB, NOTE_RESTARTING);
	json_t *object;
	char line[512];

	note.uid = 4000000001u;
	note.child_uid = 4000000002u;
	note.first_uid = 4000000003u;
	snprintf(note.name, sizeof(note.name), "old");
	object = report_note(w->core, &w->plan, &note, report_now);
	assert_value(object, "node", "\"old\"");
	assert_value(object, "path", "\"old\"");
	assert_value(json_object_get(object, "detail"), "child", "null");
	assert_value(json_object_get(object, "detail"), "children", "[]");
	json_decref(object);
	note.parent_uid = core_record(w->core, WEB)->uid;
	object = report_note(w->core, &w->plan, &note, report_now);
	assert_value(object, "path", "\"web/old\"");
	json_decref(object);
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(line,
	    "web/old: restarting 2 more (rest_for_one, because of a child "
	    "that is gone)");
}

static void
lines_are_cut_to_their_room(void **state)
{
	struct world *w = *state;
	struct note note = report_full_note(w, NGINX, NOTE_FAILED);
	char line[20];
	size_t bytes;

	for (bytes = 1; bytes <= sizeof(line); bytes++) {
		memset(line, '#', sizeof(line));
		report_line(w->core, &note, line, bytes);
		assert_int_equal(strlen(line), bytes - 1);
		assert_memory_equal(line, "web/nginx: failed: e", bytes - 1);
	}
}

static void
small_events_have_small_lines(void **state)
{
	struct world *w = *state;
	struct note note = report_bare_note(w, NGINX, NOTE_STOPPED);
	char line[512];

	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(line, "web/nginx: stopped");
	note.kind = NOTE_BACKOFF;
	note.attempt = 1;
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(
	    line, "web/nginx: backoff: tries again at once; attempt 1");
	note.kind = NOTE_READY;
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(line, "web/nginx: ready");
	note.kind = NOTE_KILL;
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(
	    line, "web/nginx: kill: SIGKILL to what it left behind");
	note.kind = NOTE_EXITED;
	note.exit = (struct record_exit){ .end = END_SIGNAL, .number = SIGHUP };
	report_line(w->core, &note, line, sizeof(line));
	assert_string_equal(line, "web/nginx: exited: killed by SIGHUP");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(every_kind_of_event_has_its_detail_and_its_line),
		WITH_WORLD(an_event_without_a_cause_says_so),
		WITH_WORLD(the_end_knows_its_beginning),
		WITH_WORLD(what_could_not_start_did_not_run),
		WITH_WORLD(times_are_told_as_people_tell_them),
		WITH_WORLD(nodes_that_are_gone_keep_their_names),
		WITH_WORLD(lines_are_cut_to_their_room),
		WITH_WORLD(small_events_have_small_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
