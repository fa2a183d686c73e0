#include "orders.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/report.h"
#include "lib/limits.h"
#include "lib/must.h"
#include "reply.h"

/* The last LIMIT_ASKS places are for the UNASKs, of which each ask has one. */
#define ROOM_FOR_ASKS (LIMIT_NODES + LIMIT_ASKS)
#define QUEUE_MAX (ROOM_FOR_ASKS + LIMIT_ASKS)

/* Of one session, which has one call in progress. */
struct order {
	bool used;
	bool short_of_memory;
	struct ctl_handle from;
	json_t *outcomes;
	size_t missing;
};

enum ask_state { ASK_FREE, ASK_WAITING, ASK_LEAVING, ASK_LEFT };

/* Its number for the core is its place + 1. */
struct ask {
	enum ask_state state;
	uint32_t order;
	size_t outcome;
	uint32_t uid;
};

struct queued {
	bool unask;
	uint8_t op;
	uint32_t ask;
	uint32_t uid;
};

struct orders {
	const struct core *core;
	struct ctl *ctl;
	struct order orders[LIMIT_SESSIONS];
	struct ask asks[LIMIT_ASKS];
	uint32_t free[LIMIT_ASKS];
	uint32_t free_count;
	uint32_t left[LIMIT_ASKS];
	uint32_t left_count;
	struct queued queue[QUEUE_MAX]; /* a ring */
	size_t queue_head;
	size_t queue_count;
};

struct orders *
orders_open(const struct core *core, struct ctl *ctl)
{
	struct orders *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->core = core;
	o->ctl = ctl;
	while (o->free_count < LIMIT_ASKS) {
		o->free[o->free_count] = LIMIT_ASKS - 1 - o->free_count;
		o->free_count++;
	}
	return o;
}

void
orders_close(struct orders *o)
{
	uint32_t i;

	if (o == NULL)
		return;
	for (i = 0; i < LIMIT_SESSIONS; i++) {
		if (o->orders[i].used)
			json_decref(o->orders[i].outcomes);
	}
	free(o);
}

static void
queue(struct orders *o, const struct queued *entry)
{
	must(o->queue_count < QUEUE_MAX);
	o->queue[(o->queue_head + o->queue_count++) % QUEUE_MAX] = *entry;
}

static void
free_ask(struct orders *o, uint32_t place)
{
	must(o->free_count < LIMIT_ASKS);
	o->asks[place].state = ASK_FREE;
	o->free[o->free_count++] = place;
}

json_t *
orders_outcome(const struct core *core, const struct plan *plan, uint32_t node,
    const char *result, const char *message)
{
	const struct record *r = core_record(core, node);

	return json_pack("{s:s, s:s, s:s, s:s, s:s?}", "node",
	    plan->specs[node].name, "path", plan->nodes[node].path, "result",
	    result, "state", core_state_text((enum record_state)r->state),
	    "message", message);
}

/* What an order says of its nodes as long as it knows no better. */
static json_t *
first_outcomes(const struct orders *o, const struct plan *plan,
    const struct choice *choice)
{
	json_t *outcomes = json_array();
	size_t i;

	for (i = 0; outcomes != NULL && i < choice->count; i++) {
		if (json_array_append_new(outcomes,
			orders_outcome(o->core, plan, choice->nodes[i],
			    "accepted", NULL)) != 0) {
			json_decref(outcomes);
			outcomes = NULL;
		}
	}
	return outcomes;
}

static void
put(struct order *order, json_t *outcome, const char *key, json_t *value)
{
	if (json_object_set_new(outcome, key, value) != 0)
		order->short_of_memory = true;
}

static void
finish(struct orders *o, struct order *order)
{
	json_t *outcomes = order->outcomes;

	order->used = false;
	order->outcomes = NULL;
	if (!order->short_of_memory) {
		reply_give(o->ctl, order->from,
		    json_pack("{s:o}", "outcomes", outcomes));
		return;
	}
	json_decref(outcomes);
	reply_short_of_memory(o->ctl, order->from);
}

/* One node of an order. False: there is no room for it now. */
static bool
ask(struct orders *o, struct order *order, size_t outcome, uint32_t uid,
    enum event_op op, bool wait)
{
	struct queued entry = { .op = (uint8_t)op, .uid = uid };
	uint32_t place;

	if (o->queue_count >= ROOM_FOR_ASKS || (wait && o->free_count == 0))
		return false;
	if (wait) {
		place = o->free[--o->free_count];
		o->asks[place].state = ASK_WAITING;
		o->asks[place].order = order->from.session;
		o->asks[place].outcome = outcome;
		o->asks[place].uid = uid;
		entry.ask = place + 1;
		order->missing++;
	}
	queue(o, &entry);
	return true;
}

static void
ask_all(struct orders *o, struct order *order, enum event_op op,
    const struct choice *choice, bool wait)
{
	json_t *outcome;
	size_t i;

	for (i = 0; i < choice->count; i++) {
		if (ask(o, order, i,
			core_record(o->core, choice->nodes[i])->uid, op, wait))
			continue;
		outcome = json_array_get(order->outcomes, i);
		put(order, outcome, "result",
		    json_string(core_answer_text(ANSWER_BUSY)));
		put(order, outcome, "message",
		    json_string("too many orders are waiting; try again"));
	}
}

void
orders_take(struct orders *o, const struct plan *plan,
    const struct ctl_call *call, enum event_op op, const struct choice *choice,
    bool wait)
{
	struct order order = { .used = true, .from = call->from };
	struct order *kept = &o->orders[call->from.session];

	order.outcomes = first_outcomes(o, plan, choice);
	if (order.outcomes == NULL) {
		reply_short_of_memory(o->ctl, call->from);
		return;
	}
	/* Of a client that waits for no answer nothing is kept, since nothing
	 * bounds how many such orders it has under way. */
	if (!ctl_alive(o->ctl, call->from))
		wait = false;
	if (wait && kept->used)
		orders_gone(o, kept->from);
	ask_all(o, &order, op, choice, wait);
	if (order.missing == 0)
		finish(o, &order);
	else
		*kept = order;
}

static void
fill(struct orders *o, struct order *order, const struct ask *a, int result)
{
	json_t *outcome = json_array_get(order->outcomes, a->outcome);
	uint32_t node = core_by_uid(o->core, a->uid);
	const struct record *r;
	json_t *exit, *message;

	put(order, outcome, "result",
	    json_string(core_answer_text((enum answer)result)));
	if (node == SPEC_NONE) {
		put(order, outcome, "state",
		    json_string(core_state_text(STATE_STOPPED)));
		return;
	}
	r = core_record(o->core, node);
	put(order, outcome, "state",
	    json_string(core_state_text((enum record_state)r->state)));
	if (result != ANSWER_FAILED || r->exit.end == END_NONE)
		return;
	exit = report_exit(&r->exit);
	message = json_object_get(exit, "message");
	put(order, outcome, "message",
	    message != NULL ? json_incref(message) : NULL);
	json_decref(exit);
}

static void
answer(struct orders *o, uint32_t place, int result)
{
	struct ask *a = &o->asks[place];
	struct order *order = &o->orders[a->order];

	fill(o, order, a, result);
	free_ask(o, place);
	if (--order->missing == 0)
		finish(o, order);
}

void
orders_answer(struct orders *o, const struct action *action)
{
	uint32_t place = action->ask - 1;

	must(place < LIMIT_ASKS);
	must(o->asks[place].state != ASK_FREE);
	if (o->asks[place].state == ASK_WAITING)
		answer(o, place, action->answer);
}

void
orders_gone(struct orders *o, struct ctl_handle from)
{
	struct order *order = &o->orders[from.session];
	struct queued entry = { .unask = true };
	uint32_t i;

	if (!order->used || order->from.generation != from.generation)
		return;
	for (i = 0; i < LIMIT_ASKS; i++) {
		if (o->asks[i].state != ASK_WAITING ||
		    o->asks[i].order != from.session)
			continue;
		o->asks[i].state = ASK_LEAVING;
		entry.ask = i + 1;
		queue(o, &entry);
	}
	json_decref(order->outcomes);
	order->outcomes = NULL;
	order->used = false;
}

/* Makes the next of the queue an event; false: it is none any more, since an
 * update took the node away. */
static bool
next_event(struct orders *o, struct event *event)
{
	const struct queued *entry = &o->queue[o->queue_head];
	uint32_t place = entry->ask - 1;

	o->queue_head = (o->queue_head + 1) % QUEUE_MAX;
	o->queue_count--;
	memset(event, 0, sizeof(*event));
	event->ask = entry->ask;
	if (entry->unask) {
		event->kind = EVENT_UNASK;
		o->asks[place].state = ASK_LEFT;
		o->left[o->left_count++] = place;
		return true;
	}
	event->kind = EVENT_ASK;
	event->op = entry->op;
	event->node = core_by_uid(o->core, entry->uid);
	if (event->node != SPEC_NONE)
		return true;
	if (entry->ask != 0 && o->asks[place].state == ASK_WAITING)
		answer(o, place, ANSWER_REMOVED);
	return false;
}

size_t
orders_events(struct orders *o, struct event *events, size_t n)
{
	size_t count = 0;

	while (o->left_count > 0)
		free_ask(o, o->left[--o->left_count]);
	while (count < n && o->queue_count > 0) {
		if (next_event(o, &events[count]))
			count++;
	}
	return count;
}

bool
orders_pending(const struct orders *o)
{
	return o->queue_count > 0;
}
