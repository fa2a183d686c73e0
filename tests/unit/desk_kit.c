#include "desk_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "act.h"
#include "ctl/report.h"
#include "lib/log.h"

static const struct kit_row forest[] = {
	{ "root", NULL, SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
	{ "web", "root", SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
	{ "nginx", "web", SPEC_SERVICE, TYPE_DAEMON, NULL },
	{ "php", "web", SPEC_SERVICE, TYPE_DAEMON, NULL },
	{ "jobs", "root", SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
	{ "inner", "jobs", SPEC_SUPERVISOR, TYPE_DAEMON, NULL },
	{ "worker@1", "inner", SPEC_SERVICE, TYPE_DAEMON, "1" },
	{ "worker@2", "inner", SPEC_SERVICE, TYPE_DAEMON, "2" },
	{ "once", "jobs", SPEC_SERVICE, TYPE_ONESHOT, NULL },
	{ "lone", "root", SPEC_SERVICE, TYPE_DAEMON, NULL },
};

static uint32_t
find(const struct plan *plan, const char *name)
{
	uint32_t node;

	for (node = 0; node < plan->count; node++) {
		if (strcmp(plan->specs[node].name, name) == 0)
			return node;
	}
	return SPEC_NONE;
}

static char *
path_of(const struct plan *plan, uint32_t node)
{
	uint32_t parent = plan->specs[node].parent;
	char *path;

	if (parent == SPEC_NONE || parent == 0)
		return strdup(plan->specs[node].name);
	assert_true(asprintf(&path, "%s/%s", plan->nodes[parent].path,
			plan->specs[node].name) > 0);
	return path;
}

struct plan *
kit_plan(const struct kit_row *rows, size_t count)
{
	struct plan *plan = calloc(1, sizeof(*plan));
	struct spec *spec;
	size_t i;

	assert_non_null(plan);
	plan->settings.shutdown_deadline_ms = 4321;
	plan->specs = calloc(count, sizeof(*plan->specs));
	plan->nodes = calloc(count, sizeof(*plan->nodes));
	for (i = 0; i < count; i++) {
		spec = &plan->specs[i];
		snprintf(spec->name, sizeof(spec->name), "%s", rows[i].name);
		spec->parent = rows[i].parent == NULL
				   ? SPEC_NONE
				   : find(plan, rows[i].parent);
		spec->kind = rows[i].kind;
		spec->type = rows[i].type;
		plan->count++;
		plan->nodes[i].instance =
		    rows[i].instance == NULL ? NULL : strdup(rows[i].instance);
		plan->nodes[i].path = path_of(plan, (uint32_t)i);
	}
	return plan;
}

void
kit_plan_free(struct plan *plan)
{
	uint32_t i;

	for (i = 0; i < plan->count; i++) {
		free(plan->nodes[i].path);
		free(plan->nodes[i].instance);
	}
	free(plan->specs);
	free(plan->nodes);
	free(plan);
}

static void
plant(struct kit *k, struct plan *plan)
{
	struct record *records = calloc(KIT_NODES, sizeof(*records));
	uint32_t node, before;

	assert_true(plan->count <= KIT_NODES);
	for (node = 0; node < plan->count; node++) {
		before = k->plan == NULL
			     ? SPEC_NONE
			     : find(k->plan, plan->specs[node].name);
		if (before != SPEC_NONE)
			records[node] = k->core.records[before];
		else
			records[node].uid = ++k->core.uids;
	}
	memcpy(k->core.records, records, sizeof(k->core.records));
	free(records);
	k->core.plan = plan;
}

static void
open_desk(struct kit *k, bool is_machine)
{
	struct desk_ground ground = { .core = &k->core,
		.ctl = &k->ctl,
		.act = &k->act,
		.plan = k->plan,
		.cgroups = -1,
		.is_machine = is_machine };

	k->desk = desk_open(&ground);
	assert_non_null(k->desk);
}

void
kit_machine(struct kit *k)
{
	desk_close(k->desk);
	open_desk(k, true);
}

int
kit_open(void **state)
{
	struct kit *k = calloc(1, sizeof(*k));
	size_t i;

	assert_non_null(k);
	log_setup("supd", LOG_ERROR, LOG_TEXT);
	plant(k, kit_plan(forest, sizeof(forest) / sizeof(forest[0])));
	k->plan = (struct plan *)(uintptr_t)k->core.plan;
	k->core.first = 1;
	k->events_max = KIT_EVENTS;
	k->now_ms = 5000;
	k->parameters = json_array();
	for (i = 0; i < LIMIT_SESSIONS; i++)
		k->ctl.sessions[i].room = SIZE_MAX;
	open_desk(k, false);
	*state = k;
	return 0;
}

static void
free_answers(struct kit_answer *a)
{
	struct kit_answer *next;

	for (; a != NULL; a = next) {
		next = a->next;
		json_decref(a->parameters);
		free(a);
	}
}

int
kit_close(void **state)
{
	struct kit *k = *state;
	size_t i;

	desk_close(k->desk);
	for (i = 0; i < LIMIT_SESSIONS; i++)
		free_answers(k->ctl.sessions[i].first);
	free_answers(k->heard);
	json_decref(k->parameters);
	kit_plan_free(k->plan);
	free(k);
	return 0;
}

void
kit_replan(struct kit *k, const struct kit_row *rows, size_t count)
{
	struct plan *plan = kit_plan(rows, count);

	plant(k, plan);
	desk_replan(k->desk, plan);
	kit_plan_free(k->plan);
	k->plan = plan;
}

uint32_t
kit_node(const struct kit *k, const char *name)
{
	uint32_t node = find(k->plan, name);

	assert_int_not_equal(node, SPEC_NONE);
	return node;
}

struct record *
kit_record(struct kit *k, const char *name)
{
	return &k->core.records[kit_node(k, name)];
}

uint64_t
kit_note(struct kit *k, const char *name, uint64_t cause)
{
	struct record *r = kit_record(k, name);
	struct note *note = &k->core.notes[++k->core.last % KIT_NOTES];

	memset(note, 0, sizeof(*note));
	note->seq = k->core.last;
	note->cause = cause;
	note->previous = r->last_note;
	note->uid = r->uid;
	snprintf(note->name, sizeof(note->name), "%s", name);
	r->last_note = note->seq;
	if (k->core.last - k->core.first >= KIT_NOTES)
		k->core.first = k->core.last - KIT_NOTES + 1;
	return note->seq;
}

static void
call(struct kit *k, uint32_t session, enum ctl_method method,
    const char *parameters, bool more, bool oneway)
{
	struct ctl_call *c = &k->ctl.calls[k->ctl.calls_count++];
	struct kit_session *s = &k->ctl.sessions[session];
	char *text = strdup(parameters), *at;

	assert_true(k->ctl.calls_count < KIT_CALLS);
	assert_false(s->busy);
	for (at = text; *at != '\0'; at++)
		*at = *at == '\'' ? '"' : *at;
	memset(c, 0, sizeof(*c));
	c->parameters = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(c->parameters);
	json_array_append_new(k->parameters, c->parameters);
	s->generation++;
	s->busy = !oneway;
	s->more = more;
	s->refused = false;
	c->from.session = session;
	c->from.generation = s->generation;
	c->method = method;
	c->more = more;
}

void
kit_call(struct kit *k, uint32_t session, enum ctl_method method,
    const char *parameters)
{
	call(k, session, method, parameters, false, false);
}

void
kit_stream(struct kit *k, uint32_t session, const char *parameters)
{
	call(k, session, CTL_EVENTS, parameters, true, false);
}

void
kit_oneway(struct kit *k, uint32_t session, enum ctl_method method,
    const char *parameters)
{
	call(k, session, method, parameters, false, true);
}

void
kit_leave(struct kit *k, uint32_t session)
{
	struct kit_session *s = &k->ctl.sessions[session];
	struct ctl_handle *gone = &k->ctl.gone[k->ctl.gone_count];

	if (!s->busy)
		return;
	k->ctl.gone_count++;
	gone->session = session;
	gone->generation = s->generation;
	s->busy = false;
}

void
kit_serve(struct kit *k)
{
	k->events_count =
	    desk_serve(k->desk, k->events, k->events_max, k->now_ms, 0);
	assert_true(k->events_count <= k->events_max);
}

void
kit_tell(struct kit *k)
{
	desk_tell(k->desk, k->now_ms, 0);
}

void
kit_turn(struct kit *k)
{
	kit_serve(k);
	kit_tell(k);
}

void
kit_answer(struct kit *k, uint32_t ask, enum answer answer)
{
	struct action action = {
		.kind = ACTION_ANSWER,
		.ask = ask,
		.answer = (uint8_t)answer,
	};

	desk_answer(k->desk, &action);
}

size_t
kit_count(const struct kit *k, enum event_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < k->events_count; i++)
		n += k->events[i].kind == kind;
	return n;
}

static struct kit_answer *
take(struct kit *k, uint32_t session)
{
	struct kit_session *s = &k->ctl.sessions[session];
	struct kit_answer *a = s->first;

	assert_non_null(a);
	s->first = a->next;
	if (s->first == NULL)
		s->last = NULL;
	a->next = k->heard;
	k->heard = a;
	return a;
}

json_t *
kit_hear(struct kit *k, uint32_t session, enum kit_what what)
{
	struct kit_answer *a = take(k, session);

	assert_int_equal(a->what, what);
	return a->parameters;
}

json_t *
kit_hear_error(struct kit *k, uint32_t session, const char *error)
{
	struct kit_answer *a = take(k, session);

	assert_int_equal(a->what, KIT_ERROR);
	assert_string_equal(a->error, error);
	return a->parameters;
}

bool
kit_silent(const struct kit *k, uint32_t session)
{
	return k->ctl.sessions[session].first == NULL;
}

const char *
kit_list(const json_t *parameters, const char *list, const char *key)
{
	static char text[65536];
	const json_t *objects = json_object_get(parameters, list), *value;
	size_t i, at = 0;

	assert_true(json_is_array(objects));
	text[0] = '\0';
	for (i = 0; i < json_array_size(objects); i++) {
		value = json_object_get(json_array_get(objects, i), key);
		if (json_is_integer(value))
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "%s%lld", i > 0 ? " " : "",
			    (long long)json_integer_value(value));
		else
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "%s%s", i > 0 ? " " : "",
			    json_is_string(value) ? json_string_value(value)
						  : "null");
		assert_true(at < sizeof(text));
	}
	return text;
}

/* The fakes: core. */

uint32_t
core_count(const struct core *core)
{
	return core->plan->count;
}

const struct spec *
core_spec(const struct core *core, uint32_t node)
{
	assert_true(node < core->plan->count);
	return &core->plan->specs[node];
}

const struct record *
core_record(const struct core *core, uint32_t node)
{
	assert_true(node < core->plan->count);
	return &core->records[node];
}

uint32_t
core_by_uid(const struct core *core, uint32_t uid)
{
	uint32_t node;

	for (node = 0; node < core->plan->count; node++) {
		if (core->records[node].uid == uid)
			return node;
	}
	return SPEC_NONE;
}

uint64_t
core_note_last(const struct core *core)
{
	return core->last;
}

uint64_t
core_note_first(const struct core *core)
{
	return core->first;
}

const struct note *
core_note(const struct core *core, uint64_t seq)
{
	if (seq < core->first || seq > core->last)
		return NULL;
	return &core->notes[seq % KIT_NOTES];
}

enum core_life
core_life(const struct core *core)
{
	return core->life;
}

#define TEXT_ROW(name, text) text,

const char *
core_state_text(enum record_state state)
{
	static const char *const texts[] = { RECORD_STATES(TEXT_ROW) };

	return texts[state];
}

const char *
core_answer_text(enum answer answer)
{
	static const char *const texts[] = { ANSWERS(TEXT_ROW) };

	return texts[answer];
}

bool
plan_find(const struct plan *plan, const char *name, uint32_t *node)
{
	for (*node = 0; *node < plan->count; (*node)++) {
		if (strcmp(plan->specs[*node].name, name) == 0 ||
		    strcmp(plan->nodes[*node].path, name) == 0)
			return true;
	}
	return false;
}

/* ctl. */

bool
ctl_next(struct ctl *ctl, struct ctl_call *out)
{
	if (ctl->calls_at == ctl->calls_count) {
		ctl->calls_at = ctl->calls_count = 0;
		return false;
	}
	*out = ctl->calls[ctl->calls_at++];
	out->pid = KIT_PID + (pid_t)out->from.session;
	return true;
}

bool
ctl_gone(struct ctl *ctl, struct ctl_handle *from)
{
	if (ctl->gone_count == 0)
		return false;
	*from = ctl->gone[--ctl->gone_count];
	return true;
}

bool
ctl_alive(const struct ctl *ctl, struct ctl_handle from)
{
	const struct kit_session *s = &ctl->sessions[from.session];

	return s->busy && s->generation == from.generation;
}

static void
keep(struct kit_session *s, enum kit_what what, const char *error,
    json_t *parameters)
{
	struct kit_answer *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->what = what;
	a->error = error;
	a->parameters = parameters;
	if (s->last != NULL)
		s->last->next = a;
	else
		s->first = a;
	s->last = a;
}

static void
last_answer(struct ctl *ctl, struct ctl_handle from, enum kit_what what,
    const char *error, json_t *parameters)
{
	struct kit_session *s = &ctl->sessions[from.session];

	if (!ctl_alive(ctl, from)) {
		/* Dropped; but to answer the call in progress twice is an
		 * error that real sessions would hide. */
		if (s->generation == from.generation && s->last != NULL)
			assert_int_equal(s->last->what, KIT_MORE);
		json_decref(parameters);
		return;
	}
	s->busy = false;
	keep(s, what, error, parameters);
}

void
ctl_reply(struct ctl *ctl, struct ctl_handle from, json_t *parameters)
{
	last_answer(ctl, from, KIT_REPLY, NULL, parameters);
}

void
ctl_error(struct ctl *ctl, struct ctl_handle from, const char *error,
    json_t *parameters)
{
	last_answer(ctl, from, KIT_ERROR, error, parameters);
}

bool
ctl_more(struct ctl *ctl, struct ctl_handle from, json_t *parameters)
{
	struct kit_session *s = &ctl->sessions[from.session];

	assert_non_null(parameters);
	if (!ctl_alive(ctl, from) || s->room == 0) {
		json_decref(parameters);
		s->refused = true;
		return false;
	}
	assert_true(s->more);
	s->room--;
	s->refused = false;
	keep(s, KIT_MORE, NULL, parameters);
	return true;
}

bool
ctl_room(const struct ctl *ctl, struct ctl_handle from)
{
	const struct kit_session *s = &ctl->sessions[from.session];

	return ctl_alive(ctl, from) && s->refused && s->room > 0;
}

/* act. */

int
act_signal(struct act *act, uint32_t node, int signo)
{
	if (act->error[node] == 0)
		act->signals[node] = signo;
	return act->error[node];
}

int
act_reload(struct act *act, uint32_t node)
{
	if (act->error[node] == 0)
		act->reloads[node]++;
	return act->error[node];
}

uint32_t
act_caller(const struct act *act, pid_t pid)
{
	return pid > 0 && pid == act->caller_pid ? act->caller : SPEC_NONE;
}

void
act_hold(struct act *act, uint32_t node, pid_t pid)
{
	(void)node;
	act->held = pid;
}

/* report. */

json_t *
report_node(const struct core *core, const struct plan *plan, uint32_t node,
    struct report_time time)
{
	(void)time;
	return json_pack("{s:s, s:s}", "name", plan->specs[node].name, "state",
	    core_state_text((enum record_state)core->records[node].state));
}

json_t *
report_note(const struct core *core, const struct plan *plan,
    const struct note *note, struct report_time time)
{
	(void)core;
	(void)plan;
	(void)time;
	return json_pack(
	    "{s:I, s:s}", "seq", (json_int_t)note->seq, "node", note->name);
}

json_t *
report_exit(const struct record_exit *exit)
{
	char text[64];

	snprintf(text, sizeof(text), "exited with code %d", exit->number);
	return json_pack("{s:s}", "message", text);
}
