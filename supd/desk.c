#include "desk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "ctl/report.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/must.h"
#include "lib/signame.h"
#include "orders.h"
#include "reply.h"
#include "watch.h"

/* Calls of one turn; the others wait in their sessions, which wake us. */
#define CALLS_PER_TURN 64
#define HISTORY_DEFAULT 100
#define HISTORY_MAX 1000
/* Events of a history with its causes. */
#define CAUSES_MAX 4000

struct wanted_update {
	struct ctl_handle from;
	bool dry_run;
};

struct desk {
	struct desk_ground at;
	struct orders *orders;
	struct watch *watch;
	/* A ring. One is given out in a turn, since each reads files. */
	struct wanted_update updates[LIMIT_SESSIONS];
	size_t updates_head;
	size_t updates_count;
	bool update_given;
	/* Who is to hear that the shutdown has begun. */
	struct ctl_handle shutdowns[LIMIT_SESSIONS];
	size_t shutdowns_count;
	bool shutdown;
	enum machine_end end;
};

struct desk *
desk_open(const struct desk_ground *ground)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->at = *ground;
	d->orders = orders_open(ground->core, ground->ctl);
	d->watch = watch_open(ground->core, ground->ctl, ground->plan);
	if (d->orders == NULL || d->watch == NULL) {
		desk_close(d);
		return NULL;
	}
	return d;
}

void
desk_close(struct desk *d)
{
	if (d == NULL)
		return;
	orders_close(d->orders);
	watch_close(d->watch);
	free(d);
}

void
desk_replan(struct desk *d, const struct plan *plan)
{
	watch_replan(d->watch, plan);
	d->at.plan = plan;
}

static const json_t *
parameter(const struct ctl_call *call, const char *key)
{
	return json_object_get(call->parameters, key);
}

static const char *
text_of(const struct ctl_call *call, const char *key)
{
	const char *text = json_string_value(parameter(call, key));

	return text != NULL ? text : "";
}

/* False: there is none, the call has been answered. */
static bool
find(struct desk *d, const struct ctl_call *call, uint32_t *node)
{
	const char *name = text_of(call, "name"), *nearest;

	if (choose_one(d->at.plan, name, node, &nearest))
		return true;
	reply_no_such_node(d->at.ctl, call->from, name, nearest);
	return false;
}

/* Questions. */

static void
serve_list(struct desk *d, const struct ctl_call *call, struct report_time time)
{
	bool recursive = json_is_true(parameter(call, "recursive"));
	struct choice choice;
	json_t *nodes;

	if (!reply_choose(d->at.ctl, call, d->at.plan,
		recursive ? CHOOSE_BELOW : CHOOSE_PLAIN, &choice))
		return;
	nodes = reply_nodes(
	    d->at.core, d->at.plan, choice.nodes, choice.count, time);
	choice_free(&choice);
	reply_give(d->at.ctl, call->from,
	    nodes != NULL ? json_pack("{s:o}", "nodes", nodes) : NULL);
}

static void
serve_get(struct desk *d, const struct ctl_call *call, struct report_time time)
{
	json_t *view;
	uint32_t node;

	if (!find(d, call, &node))
		return;
	view = report_node(d->at.core, d->at.plan, node, time);
	reply_give(d->at.ctl, call->from,
	    view != NULL ? json_pack("{s:o}", "node", view) : NULL);
}

/* Marks the newest events of a node; marks[0] is of the oldest that is
 * remembered at all. Returns how many. */
static size_t
mark_newest(
    const struct core *core, uint32_t node, size_t limit, uint8_t *marks)
{
	uint64_t seq = core_record(core, node)->last_note;
	const struct note *note;
	size_t n = 0;

	while (n < limit && seq != 0) {
		note = core_note(core, seq);
		if (note == NULL)
			break;
		marks[seq - core_note_first(core)] = 1;
		seq = note->previous;
		n++;
	}
	return n;
}

/* Marks what the marked events come from. A cause is older than what it
 * causes, so one walk from the newest on finds them all. */
static void
mark_causes(const struct core *core, size_t n, uint8_t *marks)
{
	uint64_t first = core_note_first(core), seq, cause;
	const struct note *note;

	for (seq = core_note_last(core); seq > first && n < CAUSES_MAX; seq--) {
		if (!marks[seq - first])
			continue;
		note = core_note(core, seq);
		cause = note != NULL ? note->cause : 0;
		if (cause < first || cause >= seq || marks[cause - first])
			continue;
		marks[cause - first] = 1;
		n++;
	}
}

static json_t *
marked_events(
    const struct desk *d, const uint8_t *marks, struct report_time time)
{
	uint64_t first = core_note_first(d->at.core), seq;
	json_t *events = json_array();
	const struct note *note;

	for (seq = first; events != NULL && seq <= core_note_last(d->at.core);
	     seq++) {
		note = marks[seq - first] ? core_note(d->at.core, seq) : NULL;
		if (note == NULL)
			continue;
		if (json_array_append_new(events,
			report_note(d->at.core, d->at.plan, note, time)) != 0) {
			json_decref(events);
			events = NULL;
		}
	}
	return events;
}

static json_t *
history(const struct desk *d, uint32_t node, size_t limit, bool causes,
    struct report_time time)
{
	const struct core *core = d->at.core;
	uint64_t span = core_note_last(core) + 1 - core_note_first(core);
	uint8_t *marks = calloc(span + 1, 1);
	json_t *events, *view;
	size_t n;

	if (marks == NULL)
		return NULL;
	n = mark_newest(core, node, limit, marks);
	if (causes)
		mark_causes(core, n, marks);
	events = marked_events(d, marks, time);
	free(marks);
	view = report_node(core, d->at.plan, node, time);
	if (events == NULL || view == NULL) {
		json_decref(events);
		json_decref(view);
		return NULL;
	}
	return json_pack("{s:o, s:o}", "events", events, "node", view);
}

static void
serve_history(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	const json_t *number = parameter(call, "limit");
	json_int_t limit = HISTORY_DEFAULT;
	uint32_t node;

	if (json_is_integer(number))
		limit = json_integer_value(number);
	if (limit < 0) {
		reply_invalid_parameter(d->at.ctl, call->from, "limit");
		return;
	}
	if (limit > HISTORY_MAX)
		limit = HISTORY_MAX;
	if (!find(d, call, &node))
		return;
	reply_give(d->at.ctl, call->from,
	    history(d, node, (size_t)limit,
		json_is_true(parameter(call, "causes")), time));
}

static void
serve_events(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	watch_events(d->watch, call, time);
}

static void
serve_wait(struct desk *d, const struct ctl_call *call, struct report_time time)
{
	watch_wait(d->watch, call, time.now_ms);
}

/* Orders. */

/* Would node's end be the end of one of these? */
static bool
is_below(const struct core *core, uint32_t node, const struct choice *choice)
{
	size_t i;

	for (; node != SPEC_NONE; node = core_spec(core, node)->parent) {
		for (i = 0; i < choice->count; i++) {
			if (choice->nodes[i] == node)
				return true;
		}
	}
	return false;
}

/*
 * A process that asks for the end of the service that it is of cannot wait
 * for it. It is answered at once, and its service's remains are spared until
 * it has read that.
 */
static bool
asks_for_own_end(
    struct desk *d, const struct ctl_call *call, const struct choice *choice)
{
	uint32_t node = act_caller(d->at.act, call->pid);

	if (node == SPEC_NONE || !is_below(d->at.core, node, choice))
		return false;
	act_hold(d->at.act, node, call->pid);
	return true;
}

static void
order(struct desk *d, const struct ctl_call *call, enum event_op op,
    enum choose_how how)
{
	bool wait = !json_is_false(parameter(call, "wait"));
	struct choice choice;

	if (!reply_choose_named(d->at.ctl, call, d->at.plan, how, &choice))
		return;
	if ((op == OP_STOP || op == OP_RESTART) &&
	    asks_for_own_end(d, call, &choice))
		wait = false;
	orders_take(d->orders, d->at.plan, call, op, &choice, wait);
	choice_free(&choice);
}

/* What would bring something up comes too late in a shutdown. */
static bool
refuse_late(struct desk *d, const struct ctl_call *call)
{
	if (core_life(d->at.core) == CORE_UP)
		return false;
	ctl_error(d->at.ctl, call->from, "ShuttingDown", NULL);
	return true;
}

static void
serve_start(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	(void)time;
	if (!refuse_late(d, call))
		order(d, call, OP_START, CHOOSE_TOPMOST);
}

static void
serve_stop(struct desk *d, const struct ctl_call *call, struct report_time time)
{
	(void)time;
	order(d, call, OP_STOP, CHOOSE_TOPMOST);
}

static void
serve_restart(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	(void)time;
	if (!refuse_late(d, call))
		order(d, call, OP_RESTART, CHOOSE_TOPMOST);
}

static void
serve_reset(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	(void)time;
	order(d, call, OP_RESET, CHOOSE_PLAIN);
}

static json_t *
deed_outcome(const struct desk *d, uint32_t node, int error)
{
	const char *message = NULL;

	if (error == -ESRCH)
		message = "not running";
	else if (error == -EBUSY)
		message = "too many reload commands are running";
	else if (error == -EINVAL)
		message = "its reload command names a variable that is not set";
	else if (error != 0)
		message = strerror(-error);
	return orders_outcome(d->at.core, d->at.plan, node,
	    core_answer_text(error == 0 ? ANSWER_OK : ANSWER_FAILED), message);
}

/* Signals the services that are named, or reloads them where signo is 0. */
static void
do_now(struct desk *d, const struct ctl_call *call, int signo)
{
	json_t *outcomes = json_array();
	struct choice choice;
	size_t i;
	int error;

	if (!reply_choose_named(
		d->at.ctl, call, d->at.plan, CHOOSE_SERVICES, &choice)) {
		json_decref(outcomes);
		return;
	}
	for (i = 0; i < choice.count; i++) {
		error = signo == 0
			    ? act_reload(d->at.act, choice.nodes[i])
			    : act_signal(d->at.act, choice.nodes[i], signo);
		if (json_array_append_new(
			outcomes, deed_outcome(d, choice.nodes[i], error)) == 0)
			continue;
		json_decref(outcomes);
		outcomes = NULL;
	}
	choice_free(&choice);
	reply_give(d->at.ctl, call->from,
	    outcomes != NULL ? json_pack("{s:o}", "outcomes", outcomes) : NULL);
}

static void
serve_reload(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	(void)time;
	do_now(d, call, 0);
}

static void
serve_signal(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	int signo;

	(void)time;
	if (signame_parse(text_of(call, "signal"), &signo) && signo > 0)
		do_now(d, call, signo);
	else
		reply_invalid_parameter(d->at.ctl, call->from, "signal");
}

static void
serve_update(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	struct wanted_update *u;

	(void)time;
	if (d->updates_count == LIMIT_SESSIONS) {
		reply_invalid_state(d->at.ctl, call->from,
		    "too many updates are waiting; try again");
		return;
	}
	u = &d->updates[(d->updates_head + d->updates_count++) %
			LIMIT_SESSIONS];
	u->from = call->from;
	u->dry_run = json_is_true(parameter(call, "dry_run"));
}

/* Answered by desk_tell(), when the shutdown is saved and cannot be lost. */
static void
serve_shutdown(
    struct desk *d, const struct ctl_call *call, struct report_time time)
{
	enum machine_end end = machine_end_named(text_of(call, "machine"));
	uint32_t caller;

	(void)time;
	if (end != MACHINE_BY_CODE && !d->at.is_machine) {
		reply_invalid_state(d->at.ctl, call->from,
		    "supd is not the init of this machine; without poweroff, "
		    "reboot or halt it ends itself");
		return;
	}
	caller = act_caller(d->at.act, call->pid);
	if (caller != SPEC_NONE)
		act_hold(d->at.act, caller, call->pid);
	if (end != MACHINE_BY_CODE)
		d->end = end;
	if (core_life(d->at.core) == CORE_UP)
		d->shutdown = true;
	if ((!d->shutdown && end == MACHINE_BY_CODE) ||
	    d->shutdowns_count == LIMIT_SESSIONS)
		ctl_reply(d->at.ctl, call->from, NULL);
	else if (ctl_alive(d->at.ctl, call->from))
		d->shutdowns[d->shutdowns_count++] = call->from;
}

static void (*const serve[CTL_METHOD_COUNT])(
    struct desk *, const struct ctl_call *, struct report_time) = {
	[CTL_LIST] = serve_list,
	[CTL_GET] = serve_get,
	[CTL_START] = serve_start,
	[CTL_STOP] = serve_stop,
	[CTL_RESTART] = serve_restart,
	[CTL_RELOAD] = serve_reload,
	[CTL_SIGNAL] = serve_signal,
	[CTL_RESET] = serve_reset,
	[CTL_UPDATE] = serve_update,
	[CTL_EVENTS] = serve_events,
	[CTL_WAIT] = serve_wait,
	[CTL_HISTORY] = serve_history,
	[CTL_SHUTDOWN] = serve_shutdown,
};

enum right { RIGHT_OBSERVE, RIGHT_CONTROL };

#define METHOD_ROW(name, text, right) [CTL_##name] = { text, RIGHT_##right },
static const struct {
	const char *name;
	enum right right;
} methods[CTL_METHOD_COUNT] = { CTL_METHODS(METHOD_ROW) };

/* The tree's own events are logged, but not who was behind an order. */
static void
log_order(const struct ctl_call *call)
{
	const json_t *names = parameter(call, "names");
	size_t count = json_array_size(names);
	const char *first = json_string_value(json_array_get(names, 0));
	const char *what = text_of(call, "signal");

	if (what[0] == '\0')
		what = text_of(call, "machine");
	if (methods[call->method].right != RIGHT_CONTROL ||
	    json_is_true(parameter(call, "dry_run")))
		return;
	log_info("control: pid %d, uid %u: %s%s%.20s%s%.100s%s", (int)call->pid,
	    (unsigned)call->uid, methods[call->method].name,
	    what[0] != '\0' ? " " : "", what, first != NULL ? " " : "",
	    first != NULL ? first : "", count > 1 ? " and others" : "");
}

static void
part_from_the_gone(struct desk *d)
{
	struct ctl_handle from;

	while (ctl_gone(d->at.ctl, &from)) {
		orders_gone(d->orders, from);
		watch_gone(d->watch, from);
	}
}

size_t
desk_serve(struct desk *d, struct event *events, size_t n, uint64_t now_ms,
    int64_t wall_ms)
{
	struct report_time time = { now_ms, wall_ms, d->at.cgroups };
	struct ctl_call call;
	unsigned calls;
	size_t count;

	if (n == 0)
		return 0;
	part_from_the_gone(d);
	d->update_given = false;
	for (calls = 0; calls < CALLS_PER_TURN && ctl_next(d->at.ctl, &call);
	     calls++) {
		must(call.method < CTL_METHOD_COUNT);
		log_order(&call);
		serve[call.method](d, &call, time);
	}
	count = orders_events(d->orders, events, d->shutdown ? n - 1 : n);
	if (d->shutdown) {
		memset(&events[count], 0, sizeof(*events));
		events[count].kind = EVENT_SHUTDOWN;
		events[count++].delay_ms =
		    d->at.plan->settings.shutdown_deadline_ms;
		d->shutdown = false;
	}
	return count;
}

enum machine_end
desk_machine_end(const struct desk *d)
{
	return d->end;
}

void
desk_answer(struct desk *d, const struct action *action)
{
	must(action->kind == ACTION_ANSWER);
	orders_answer(d->orders, action);
}

void
desk_tell(struct desk *d, uint64_t now_ms, int64_t wall_ms)
{
	struct report_time time = { now_ms, wall_ms, d->at.cgroups };

	while (d->shutdowns_count > 0)
		ctl_reply(d->at.ctl, d->shutdowns[--d->shutdowns_count], NULL);
	watch_tell(d->watch, time);
}

uint64_t
desk_deadline(const struct desk *d)
{
	if (orders_pending(d->orders) || d->updates_count > 0)
		return 0;
	return watch_deadline(d->watch);
}

bool
desk_update_wanted(struct desk *d, struct ctl_handle *from, bool *dry_run)
{
	const struct wanted_update *u;

	while (!d->update_given && d->updates_count > 0) {
		u = &d->updates[d->updates_head];
		d->updates_head = (d->updates_head + 1) % LIMIT_SESSIONS;
		d->updates_count--;
		/* Nobody is left who would read what would change. */
		if (u->dry_run && !ctl_alive(d->at.ctl, u->from))
			continue;
		*from = u->from;
		*dry_run = u->dry_run;
		d->update_given = true;
		return true;
	}
	return false;
}
