#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "lib/limits.h"
#include "reply.h"

/* Events of one reply of a stream. */
#define REPLY_EVENTS 128
/* Replies of one turn, to one stream and to all. */
#define STREAM_REPLIES 4
#define TURN_REPLIES 32
/* Events of a single reply: after a snapshot, and since a number. */
#define NEWEST_EVENTS 1000
#define SINCE_EVENTS 10000
/* A timeout above is none: 31 years. */
#define TIMEOUT_S_MAX 1e9

enum watcher_kind { WATCHER_NONE, WATCHER_STREAM, WATCHER_WAIT };
enum condition { CONDITION_READY, CONDITION_STOPPED, CONDITION_EXITED };

static const char *const conditions[] = {
	[CONDITION_READY] = "ready",
	[CONDITION_STOPPED] = "stopped",
	[CONDITION_EXITED] = "exited",
};
#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

/* Sorted. */
struct uids {
	uint32_t *list;
	size_t count;
};

/* Whose events are wanted. before: those of the tree before the last update,
 * of which some events may be still to be told. */
struct filter {
	json_t *words; /* NULL: all events are wanted */
	struct uids now;
	struct uids before;
};

struct watcher {
	enum watcher_kind kind;
	struct ctl_handle from;

	/* A stream. */
	struct filter filter;
	uint64_t next; /* seq of the first note that was not told */
	bool first;    /* there was no reply yet */
	bool snapshot; /* the first one has the nodes */
	bool refused;  /* the client's queue is full */

	/* A wait. */
	enum condition condition;
	uint64_t deadline_ms;
	uint32_t *uids;
	uint32_t *nodes; /* at the same places; SPEC_NONE: removed */
	size_t count;
	size_t blocker; /* the one that was not as wanted last time */
};

struct watch {
	const struct core *core;
	struct ctl *ctl;
	const struct plan *plan;
	struct watcher watchers[LIMIT_SESSIONS]; /* by session */
	uint32_t turn;                           /* who is served first */
};

struct watch *
watch_open(const struct core *core, struct ctl *ctl, const struct plan *plan)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w != NULL) {
		w->core = core;
		w->ctl = ctl;
		w->plan = plan;
	}
	return w;
}

static void
filter_free(struct filter *f)
{
	json_decref(f->words);
	free(f->now.list);
	free(f->before.list);
}

static void
forget(struct watcher *r)
{
	filter_free(&r->filter);
	free(r->uids);
	free(r->nodes);
	memset(r, 0, sizeof(*r));
}

void
watch_close(struct watch *w)
{
	uint32_t i;

	if (w == NULL)
		return;
	for (i = 0; i < LIMIT_SESSIONS; i++)
		forget(&w->watchers[i]);
	free(w);
}

/* The place of a session's call; one that was there before is over. */
static struct watcher *
place(struct watch *w, struct ctl_handle from)
{
	struct watcher *r = &w->watchers[from.session];

	forget(r);
	r->from = from;
	return r;
}

void
watch_gone(struct watch *w, struct ctl_handle from)
{
	struct watcher *r = &w->watchers[from.session];

	if (r->kind != WATCHER_NONE && r->from.generation == from.generation)
		forget(r);
}

/* Filters. */

static int
compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
uids_have(const struct uids *uids, uint32_t uid)
{
	return uids->count > 0 && bsearch(&uid, uids->list, uids->count,
				      sizeof(uid), compare_uids) != NULL;
}

/* Takes the nodes of choice, as their uids. */
static struct uids
uids_of(const struct core *core, struct choice *choice)
{
	struct uids uids = { choice->nodes, choice->count };
	size_t i;

	for (i = 0; i < uids.count; i++)
		uids.list[i] = core_record(core, uids.list[i])->uid;
	qsort(uids.list, uids.count, sizeof(*uids.list), compare_uids);
	choice->nodes = NULL;
	return uids;
}

static bool
wants(const struct filter *f, uint32_t uid)
{
	return f->words == NULL || uids_have(&f->now, uid) ||
	       uids_have(&f->before, uid);
}

/* False: the call has been answered. */
static bool
filter_make(struct watch *w, const struct ctl_call *call, struct filter *f)
{
	json_t *words = json_object_get(call->parameters, "names");
	struct choice choice;

	memset(f, 0, sizeof(*f));
	if (json_array_size(words) == 0)
		return true;
	if (!reply_choose(w->ctl, call, w->plan, CHOOSE_BELOW, &choice))
		return false;
	f->words = json_incref(words);
	f->now = uids_of(w->core, &choice);
	return true;
}

/* False: memory is short. */
static bool
filter_renew(const struct watch *w, struct filter *f)
{
	struct choice choice;

	if (f->words == NULL)
		return true;
	if (!choose_known(w->plan, f->words, CHOOSE_BELOW, &choice))
		return false;
	free(f->before.list);
	f->before = f->now;
	f->now = uids_of(w->core, &choice);
	return true;
}

/* Events. */

/* Those from *next on that are wanted, at most max; *next then stands behind
 * the last that was looked at. NULL: memory is short. */
static json_t *
collect(const struct watch *w, const struct filter *f, uint64_t *next,
    size_t max, struct report_time time)
{
	uint64_t last = core_note_last(w->core);
	json_t *events = json_array();
	const struct note *note;
	size_t n = 0;

	while (events != NULL && n < max && *next <= last) {
		note = core_note(w->core, (*next)++);
		if (note == NULL || !wants(f, note->uid))
			continue;
		n++;
		if (json_array_append_new(events,
			report_note(w->core, w->plan, note, time)) != 0) {
			json_decref(events);
			events = NULL;
		}
	}
	return events;
}

/* Moves *next to what is remembered; returns how many are not. */
static uint64_t
skip_forgotten(const struct watch *w, uint64_t *next)
{
	uint64_t first = core_note_first(w->core), gap = 0;

	if (*next < first) {
		gap = first - *next;
		*next = first;
	}
	return gap;
}

/* The views of all nodes whose events are wanted. */
static json_t *
snapshot(const struct watch *w, const struct filter *f, struct report_time time)
{
	uint32_t *nodes = malloc(w->plan->count * sizeof(*nodes));
	size_t count = 0;
	uint32_t node;
	json_t *list;

	if (nodes == NULL)
		return NULL;
	for (node = 0; node < w->plan->count; node++) {
		if (wants(f, core_record(w->core, node)->uid))
			nodes[count++] = node;
	}
	list = reply_nodes(w->core, w->plan, nodes, count, time);
	free(nodes);
	return list;
}

/* Takes the references. nodes and events NULL: memory is short. */
static json_t *
events_reply(json_t *nodes, json_t *events, uint64_t gap, uint64_t last)
{
	if (nodes == NULL || events == NULL) {
		json_decref(nodes);
		json_decref(events);
		return NULL;
	}
	return json_pack("{s:o, s:o, s:I, s:I}", "nodes", nodes, "events",
	    events, "gap", (json_int_t)gap, "last", (json_int_t)last);
}

/* The first of the newest wanted events, at most NEWEST_EVENTS. */
static uint64_t
newest(const struct watch *w, const struct filter *f)
{
	uint64_t seq = core_note_last(w->core) + 1;
	uint64_t first = core_note_first(w->core), from = seq;
	const struct note *note;
	size_t n = 0;

	while (seq > first && seq > 1 && n < NEWEST_EVENTS) {
		note = core_note(w->core, --seq);
		if (note == NULL || !wants(f, note->uid))
			continue;
		from = seq;
		n++;
	}
	return from;
}

/* All that there is, in one reply. */
static void
answer_events(struct watch *w, const struct ctl_call *call,
    const struct filter *f, const json_t *since, struct report_time time)
{
	bool whole = json_is_integer(since);
	uint64_t gap = 0, next;
	json_t *nodes, *events;

	if (whole) {
		next = (uint64_t)json_integer_value(since) + 1;
		gap = skip_forgotten(w, &next);
		nodes = json_null();
	} else {
		next = newest(w, f);
		nodes = snapshot(w, f, time);
	}
	events =
	    collect(w, f, &next, whole ? SINCE_EVENTS : NEWEST_EVENTS, time);
	reply_give(
	    w->ctl, call->from, events_reply(nodes, events, gap, next - 1));
}

static void
begin_stream(struct watch *w, const struct ctl_call *call,
    const struct filter *f, const json_t *since)
{
	struct watcher *r = place(w, call->from);

	r->kind = WATCHER_STREAM;
	r->filter = *f;
	r->first = true;
	r->snapshot = !json_is_integer(since);
	r->next = (uint64_t)json_integer_value(since) + 1;
}

void
watch_events(
    struct watch *w, const struct ctl_call *call, struct report_time time)
{
	const json_t *since = json_object_get(call->parameters, "since");
	json_int_t seq = json_integer_value(since);
	struct filter filter;

	/* Nobody can know of events that have not been: he speaks of another
	 * life of supd, and would wait for long. */
	if (seq < 0 || (uint64_t)seq > core_note_last(w->core)) {
		reply_invalid_parameter(w->ctl, call->from, "since");
		return;
	}
	if (!filter_make(w, call, &filter))
		return;
	if (call->more) {
		begin_stream(w, call, &filter, since);
		return;
	}
	answer_events(w, call, &filter, since, time);
	filter_free(&filter);
}

static bool
can_send(const struct watch *w, const struct watcher *r)
{
	if (r->kind != WATCHER_STREAM)
		return false;
	if (r->refused)
		return ctl_room(w->ctl, r->from);
	return r->first || r->next <= core_note_last(w->core);
}

/* One reply of a stream, if there is something to tell. What the client has
 * no room for stays untold. */
static void
send_some(struct watch *w, struct watcher *r, struct report_time time)
{
	bool whole = r->first && r->snapshot;
	uint64_t next = whole ? core_note_last(w->core) + 1 : r->next;
	uint64_t gap = skip_forgotten(w, &next);
	json_t *nodes, *events, *reply;

	nodes = whole ? snapshot(w, &r->filter, time) : json_null();
	events = collect(w, &r->filter, &next, REPLY_EVENTS, time);
	if (!r->first && gap == 0 && events != NULL &&
	    json_array_size(events) == 0) {
		json_decref(nodes);
		json_decref(events);
		r->next = next;
		return;
	}
	reply = events_reply(nodes, events, gap, next - 1);
	if (reply == NULL) {
		reply_short_of_memory(w->ctl, r->from);
		forget(r);
		return;
	}
	r->refused = !ctl_more(w->ctl, r->from, reply);
	if (r->refused)
		return;
	r->next = next;
	r->first = false;
}

static void
stream(struct watch *w, struct watcher *r, unsigned *replies,
    struct report_time time)
{
	unsigned n;

	for (n = 0; n < STREAM_REPLIES && *replies != 0; n++) {
		if (!can_send(w, r))
			return;
		send_some(w, r, time);
		(*replies)--;
	}
}

/* Waits. */

static bool
is_ready(const struct watch *w, uint32_t node)
{
	const struct record *r = core_record(w->core, node);
	const struct spec *spec = core_spec(w->core, node);

	if (spec->kind == SPEC_SUPERVISOR)
		return r->state == STATE_RUNNING && r->ready;
	return r->ready ||
	       (r->state == STATE_EXITED && spec->type == TYPE_ONESHOT);
}

static bool
is_so(const struct watch *w, enum condition condition, uint32_t node)
{
	uint8_t state;

	if (node == SPEC_NONE)
		return condition != CONDITION_READY;
	if (condition == CONDITION_READY)
		return is_ready(w, node);
	state = core_record(w->core, node)->state;
	return state == STATE_EXITED || state == STATE_FAILED ||
	       (state == STATE_STOPPED && condition == CONDITION_STOPPED);
}

/* Looks first at the node that was in the way last time, so that a wait of
 * many nodes costs little after each step. */
static bool
all_so(const struct watch *w, struct watcher *r)
{
	size_t i;

	if (r->blocker < r->count &&
	    !is_so(w, r->condition, r->nodes[r->blocker]))
		return false;
	for (i = 0; i < r->count; i++) {
		if (is_so(w, r->condition, r->nodes[i]))
			continue;
		r->blocker = i;
		return false;
	}
	return true;
}

static void
judge(struct watch *w, struct watcher *r, struct report_time time)
{
	if (all_so(w, r)) {
		json_t *nodes =
		    reply_nodes(w->core, w->plan, r->nodes, r->count, time);

		reply_give(w->ctl, r->from,
		    nodes != NULL ? json_pack("{s:o}", "nodes", nodes) : NULL);
	} else if (time.now_ms >= r->deadline_ms) {
		ctl_error(w->ctl, r->from, "Timeout", NULL);
	} else if (r->condition == CONDITION_READY &&
		   core_life(w->core) != CORE_UP) {
		ctl_error(w->ctl, r->from, "ShuttingDown", NULL);
	} else {
		return;
	}
	forget(r);
}

static bool
parse_condition(const json_t *text, enum condition *condition)
{
	size_t i;

	for (i = 0; json_is_string(text) && i < CONDITIONS; i++) {
		if (strcmp(json_string_value(text), conditions[i]) != 0)
			continue;
		*condition = (enum condition)i;
		return true;
	}
	return false;
}

/* False: it is negative. */
static bool
parse_timeout(const json_t *timeout_s, uint64_t now_ms, uint64_t *deadline_ms)
{
	double s = json_number_value(timeout_s);

	*deadline_ms = UINT64_MAX;
	if (s < 0)
		return false;
	if (json_is_number(timeout_s) && s < TIMEOUT_S_MAX)
		*deadline_ms = now_ms + (uint64_t)(s * 1000);
	return true;
}

/* Takes the nodes of choice. False: memory is short. */
static bool
begin_wait(struct watch *w, struct ctl_handle from, struct choice *choice,
    enum condition condition, uint64_t deadline_ms)
{
	uint32_t *uids = malloc((choice->count + 1) * sizeof(*uids));
	struct watcher *r;
	size_t i;

	if (uids == NULL) {
		choice_free(choice);
		return false;
	}
	for (i = 0; i < choice->count; i++)
		uids[i] = core_record(w->core, choice->nodes[i])->uid;
	r = place(w, from);
	r->kind = WATCHER_WAIT;
	r->condition = condition;
	r->deadline_ms = deadline_ms;
	r->uids = uids;
	r->nodes = choice->nodes;
	r->count = choice->count;
	return true;
}

void
watch_wait(struct watch *w, const struct ctl_call *call, uint64_t now_ms)
{
	const json_t *p = call->parameters;
	enum condition condition;
	uint64_t deadline_ms;
	struct choice choice;

	if (!parse_condition(json_object_get(p, "condition"), &condition)) {
		reply_invalid_parameter(w->ctl, call->from, "condition");
		return;
	}
	if (!parse_timeout(
		json_object_get(p, "timeout_s"), now_ms, &deadline_ms)) {
		reply_invalid_parameter(w->ctl, call->from, "timeout_s");
		return;
	}
	if (!reply_choose_named(w->ctl, call, w->plan, CHOOSE_PLAIN, &choice))
		return;
	if (!begin_wait(w, call->from, &choice, condition, deadline_ms))
		reply_short_of_memory(w->ctl, call->from);
}

/* Numbers the nodes of a wait anew. plan: of the old numbers. */
static void
renumber(struct watch *w, struct watcher *r, const struct plan *plan)
{
	uint32_t before;
	size_t i;

	for (i = 0; i < r->count; i++) {
		before = r->nodes[i];
		r->nodes[i] = core_by_uid(w->core, r->uids[i]);
		if (r->nodes[i] != SPEC_NONE || r->condition != CONDITION_READY)
			continue;
		reply_no_such_node(
		    w->ctl, r->from, plan->specs[before].name, NULL);
		forget(r);
		return;
	}
}

void
watch_replan(struct watch *w, const struct plan *plan)
{
	const struct plan *before = w->plan;
	struct watcher *r;
	uint32_t i;

	w->plan = plan;
	for (i = 0; i < LIMIT_SESSIONS; i++) {
		r = &w->watchers[i];
		if (r->kind == WATCHER_WAIT) {
			renumber(w, r, before);
		} else if (r->kind == WATCHER_STREAM &&
			   !filter_renew(w, &r->filter)) {
			reply_short_of_memory(w->ctl, r->from);
			forget(r);
		}
	}
}

/* Where replies ran out the next turn begins, so that no stream is kept waiting
 * by those before it. */
void
watch_tell(struct watch *w, struct report_time time)
{
	unsigned replies = TURN_REPLIES;
	uint32_t begin = w->turn, i, at;
	struct watcher *r;

	for (i = 0; i < LIMIT_SESSIONS; i++) {
		at = (begin + i) % LIMIT_SESSIONS;
		r = &w->watchers[at];
		if (r->kind == WATCHER_WAIT)
			judge(w, r, time);
		if (r->kind != WATCHER_STREAM || replies == 0)
			continue;
		stream(w, r, &replies, time);
		w->turn = (at + 1) % LIMIT_SESSIONS;
	}
}

uint64_t
watch_deadline(const struct watch *w)
{
	uint64_t deadline = UINT64_MAX;
	const struct watcher *r;
	uint32_t i;

	for (i = 0; i < LIMIT_SESSIONS; i++) {
		r = &w->watchers[i];
		if (can_send(w, r))
			return 0;
		if (r->kind == WATCHER_WAIT && r->deadline_ms < deadline)
			deadline = r->deadline_ms;
	}
	return deadline;
}
