#include "ctl_report_kit.h"

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

#include "lib/interface.h"

const struct report_time report_now = { 100000, INT64_C(1795645824017), -1 };

static char *
text(const char *words)
{
	char *copy = strdup(words);

	assert_non_null(copy);
	return copy;
}

static void
add(struct world *w, uint32_t node, const char *name, uint32_t parent,
    enum spec_kind kind, const char *path)
{
	struct spec *spec = &w->specs[node];

	snprintf(spec->name, sizeof(spec->name), "%s", name);
	spec->parent = parent;
	spec->kind = kind;
	spec->intensity = 5;
	spec->period_ms = 10000;
	spec->backoff_factor_milli = 2000;
	spec->start_timeout_ms = 60000;
	spec->autostart = true;
	spec->stop_signal = SIGTERM;
	spec->success_codes[0] = 1;
	w->nodes[node].path = text(path);
	w->nodes[node].description = text("");
}

int
report_make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct event boot = { .kind = EVENT_BOOT };

	assert_non_null(w);
	add(w, ROOT, "root", SPEC_NONE, SPEC_SUPERVISOR, "root");
	add(w, WEB, "web", ROOT, SPEC_SUPERVISOR, "web");
	add(w, NGINX, "nginx", WEB, SPEC_SERVICE, "web/nginx");
	add(w, APP, "app", WEB, SPEC_SERVICE, "web/app");
	add(w, JOB, "job", ROOT, SPEC_SERVICE, "job");
	w->specs[WEB].strategy = STRATEGY_REST_FOR_ONE;
	w->specs[JOB].type = TYPE_ONESHOT;
	w->specs[JOB].ready = READY_EXIT;
	w->specs[JOB].restart = RESTART_TRANSIENT;
	w->plan = (struct plan){
		.count = NODES,
		.specs = w->specs,
		.nodes = w->nodes,
	};
	w->memory = aligned_alloc(4096, (core_bytes() + 4095) / 4096 * 4096);
	assert_non_null(w->memory);
	memset(w->memory, 0, core_bytes());
	w->core = core_open(w->memory, w->specs, NODES, NULL, 1);
	assert_non_null(w->core);
	core_step(w->core, &boot, 1, 1000, report_now.wall_ms);
	*state = w;
	return 0;
}

int
report_free_world(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < NODES; i++) {
		free(w->nodes[i].path);
		free(w->nodes[i].description);
	}
	free(w->memory);
	free(w);
	return 0;
}

struct record *
report_record(struct world *w, uint32_t node)
{
	return (struct record *)(uintptr_t)core_record(w->core, node);
}

void
assert_keys(const json_t *object, const char *type)
{
	char begin[64], key[64];
	const char *at;
	size_t count = 0;

	snprintf(begin, sizeof(begin), "\ntype %s (", type);
	at = strstr(interface_control(), begin);
	assert_non_null(at);
	at += strlen(begin) + 1;
	while (sscanf(at, " %63[a-z_]: ", key) == 1) {
		assert_non_null(json_object_get(object, key));
		count++;
		at += strcspn(at, "\n");
		at++;
	}
	assert_true(count > 0);
	assert_int_equal(json_object_size(object), count);
}

void
assert_json(json_t *object, const char *expected)
{
	char *all = json_dumps(
	    object, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	assert_non_null(all);
	assert_string_equal(all, expected);
	free(all);
	json_decref(object);
}

void
assert_value(const json_t *object, const char *key, const char *expected)
{
	assert_non_null(json_object_get(object, key));
	assert_json(json_incref(json_object_get(object, key)), expected);
}

struct note
report_bare_note(struct world *w, uint32_t node, enum note_kind kind)
{
	const struct spec *spec = core_spec(w->core, node);
	struct note note = {
		.seq = 1000,
		.cause = 999,
		.at_ms = 99000,
		.wall_ms = report_now.wall_ms,
		.uid = core_record(w->core, node)->uid,
		.generation = 2,
		.kind = (uint8_t)kind,
		.node_kind = (uint8_t)spec->kind,
	};

	if (spec->parent != SPEC_NONE)
		note.parent_uid = core_record(w->core, spec->parent)->uid;
	snprintf(note.name, sizeof(note.name), "%s", spec->name);
	return note;
}

struct note
report_full_note(struct world *w, uint32_t node, enum note_kind kind)
{
	struct note note = report_bare_note(w, node, kind);

	note.strategy = STRATEGY_REST_FOR_ONE;
	note.op = OP_RESTART;
	note.exit = (struct record_exit){ .end = END_CODE, .number = 1 };
	note.pid = 123;
	note.attempt = 2;
	note.delay_ms = 500;
	note.child_uid = core_record(w->core, NGINX)->uid;
	note.first_uid = note.child_uid;
	note.count = 2;
	note.intensity = 5;
	note.period_ms = 10000;
	return note;
}
