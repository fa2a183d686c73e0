#include "core/state.h"

/*
 * What a service says of itself beside READY, and what is found of its
 * health. Signs of life are due while it is up: the record's deadline is when
 * the next one is missed.
 */

/* One that said that it ends, though shutdown has no time for that. */
#define LEAVING_MS 10000

static bool
is_up(const struct record *r)
{
	return r->phase == SERVICE_UP && (r->flags & FLAG_LEAVING) == 0;
}

void
alive_begin(struct core *c, uint32_t node)
{
	struct record *r = turn_record(c, node);

	r->watchdog_ms = c->specs[node].watchdog_ms;
	r->reloading = 0;
	r->ill = 0;
	r->told_errno = 0;
}

uint64_t
alive_deadline(const struct core *c, uint32_t node)
{
	uint64_t ms = state_record(c, node)->watchdog_ms;

	return ms == 0 ? SPEC_INFINITE : state_in(c, ms);
}

static uint64_t
note_health(struct core *c, uint32_t node, enum record_probe probe,
    enum record_outcome outcome, int32_t number)
{
	struct note *n = turn_note(c, NOTE_HEALTH, node, 0);
	const struct record *r = state_record(c, node);

	n->probe = (uint8_t)probe;
	n->outcome = (uint8_t)outcome;
	n->number = number;
	n->attempt = r->ill;
	n->count = c->specs[node].health_failures;
	if (probe == PROBE_WATCHDOG) {
		n->attempt = 1;
		n->count = 1;
		n->delay_ms = r->watchdog_ms;
	}
	return n->seq;
}

void
alive_silent(struct core *c, uint32_t node)
{
	service_unwell(c, node, END_WATCHDOG,
	    note_health(c, node, PROBE_WATCHDOG, OUTCOME_SILENT, 0));
}

static void
found(struct core *c, const struct event *e)
{
	struct record *r = turn_record(c, e->node);
	uint64_t seq;

	if (e->probe == PROBE_WATCHDOG) {
		if (is_up(r) || r->phase == SERVICE_MAIN_RUNNING)
			service_unwell(c, e->node, END_WATCHDOG,
			    note_health(
				c, e->node, PROBE_WATCHDOG, e->outcome, 0));
		return;
	}
	if (!is_up(r) || c->specs[e->node].health_failures == 0 ||
	    (e->outcome == OUTCOME_GOOD && r->ill == 0))
		return;
	r->ill = e->outcome == OUTCOME_GOOD ? 0 : r->ill + 1;
	seq = note_health(c, e->node, e->probe, e->outcome, e->number);
	if (r->ill >= c->specs[e->node].health_failures)
		service_unwell(c, e->node, END_UNHEALTHY, seq);
}

/* It ends by itself; as long as a stop may take, and no longer. */
static void
leaving(struct core *c, uint32_t node)
{
	struct record *r = turn_record(c, node);
	uint64_t ms = c->specs[node].shutdown_ms;

	if (!is_up(r))
		return;
	turn_set_flags(c, node, FLAG_LEAVING);
	r->ready = 0;
	r->reloading = 0;
	r->deadline_ms = state_in(c, ms == 0 ? LEAVING_MS : ms);
}

/* What is in progress: a start, or a stop. */
static void
extend(struct core *c, uint32_t node, uint64_t ms)
{
	struct record *r = turn_record(c, node);
	bool after = c->specs[node].ready == READY_AFTER;
	uint64_t by =
	    state_in(c, ms < c->image.hurry_ms ? ms : c->image.hurry_ms);

	if (r->phase == SERVICE_PRE_RUNNING ||
	    r->phase == SERVICE_MAIN_RUNNING) {
		if (r->start_by_ms < by)
			r->start_by_ms = by;
		if (r->phase == SERVICE_MAIN_RUNNING && after)
			return;
	} else if (r->phase != SERVICE_STOPPING &&
		   r->phase != SERVICE_POST_RUNNING &&
		   (r->flags & FLAG_LEAVING) == 0) {
		return;
	}
	if (r->deadline_ms < by)
		r->deadline_ms = by;
}

void
alive_event(struct core *c, const struct event *e)
{
	struct record *r;

	if (state_record(c, e->node)->ticket != e->ticket)
		return;
	r = turn_record(c, e->node);
	switch (e->kind) {
	case EVENT_ALIVE:
		if (is_up(r))
			r->deadline_ms = alive_deadline(c, e->node);
		break;
	case EVENT_WATCHDOG:
		r->watchdog_ms = e->delay_ms;
		if (is_up(r))
			r->deadline_ms = alive_deadline(c, e->node);
		break;
	case EVENT_RELOADING:
		if (is_up(r))
			r->reloading = 1;
		break;
	case EVENT_LEAVING:
		leaving(c, e->node);
		break;
	case EVENT_EXTEND:
		extend(c, e->node, e->delay_ms);
		break;
	case EVENT_ERRNO:
		r->told_errno = e->number;
		break;
	default:
		found(c, e);
		break;
	}
}
