#include "core/state.h"

#include <string.h>

#include "lib/must.h"

struct record *
turn_record(struct core *c, uint32_t node)
{
	struct link *l = &c->links[node];

	must(node < c->count);
	if (!l->dirty) {
		l->dirty = true;
		c->dirty[c->dirty_count++] = node;
	}
	if (!l->unsettled) {
		l->unsettled = true;
		c->unsettled[c->unsettled_count++] = node;
	}
	return &c->image.records[node];
}

/*
 * The queue holds at most, for each node: one INNER_START, STOP or KILL, one
 * READY and one DOWN, which is less than the eight it has room for.
 */
static void
append(struct queue *q, enum inner_kind kind, uint32_t node, uint64_t cause)
{
	struct inner *i;

	must(q->count < QUEUE_SIZE);
	i = &q->items[(q->head + q->count++) % QUEUE_SIZE];
	i->kind = kind;
	i->node = node;
	i->cause = cause;
}

static void
append_lazy(struct core *c, enum inner_kind kind, uint32_t node, uint64_t cause)
{
	struct lazy *q = &c->lazy;
	struct link *l = &c->links[node];
	enum lazy_kind sort = LAZY_ADVANCE;
	uint32_t entry, at = l->depth + 1;

	if (kind == INNER_TRY) {
		/* A child is tried by its supervisor. */
		sort = LAZY_TRY;
		at = l->depth > 0 ? l->depth : 1;
	} else if (state_record(c, node)->phase == GROUP_STOPPING) {
		sort = LAZY_STOPPING;
		at = 0;
	}
	if ((l->lazies & 1u << sort) != 0)
		return;
	l->lazies |= (uint8_t)(1u << sort);
	must(at < LAZY_LISTS);
	entry = node * LAZY_KINDS + sort;
	q->next[entry] = 0;
	q->cause[entry] = cause;
	if (q->first[at] == 0)
		q->first[at] = entry + 1;
	else
		q->next[q->last[at] - 1] = entry + 1;
	q->last[at] = entry + 1;
	if (at < q->low)
		q->low = at;
}

void
turn_push(struct core *c, enum inner_kind kind, uint32_t node, uint64_t cause)
{
	switch (kind) {
	case INNER_ADVANCE:
	case INNER_TRY:
		append_lazy(c, kind, node, cause);
		break;
	case INNER_UPDATE:
		c->lazy.update = true;
		break;
	default:
		append(&c->prompt, kind, node, cause);
		break;
	}
}

bool
turn_prompt(struct core *c, struct inner *inner)
{
	struct queue *q = &c->prompt;

	if (q->count == 0)
		return false;
	*inner = q->items[q->head];
	q->head = (q->head + 1) % QUEUE_SIZE;
	q->count--;
	return true;
}

/* Takes the first of a list, which is not empty. */
static void
take_lazy(struct core *c, uint32_t at, struct inner *inner)
{
	struct lazy *q = &c->lazy;
	uint32_t entry = q->first[at] - 1;
	enum lazy_kind sort = (enum lazy_kind)(entry % LAZY_KINDS);

	q->first[at] = q->next[entry];
	inner->kind = sort == LAZY_TRY ? INNER_TRY : INNER_ADVANCE;
	inner->node = entry / LAZY_KINDS;
	inner->cause = q->cause[entry];
	c->links[inner->node].lazies &= (uint8_t) ~(1u << sort);
}

bool
turn_stopping(struct core *c, struct inner *inner)
{
	if (c->lazy.first[0] == 0)
		return false;
	take_lazy(c, 0, inner);
	return true;
}

bool
turn_lazy(struct core *c, struct inner *inner)
{
	struct lazy *q = &c->lazy;

	while (q->low < LAZY_LISTS && q->first[q->low] == 0)
		q->low++;
	if (q->low < LAZY_LISTS) {
		take_lazy(c, q->low, inner);
		return true;
	}
	if (!q->update)
		return false;
	q->update = false;
	*inner = (struct inner){ .kind = INNER_UPDATE };
	return true;
}

/* Deaths are a binary heap by depth, then by place: R42. */
void
turn_death(struct core *c, uint32_t node)
{
	uint64_t key = (uint64_t)c->links[node].depth << 32 | node;
	uint64_t *heap = c->deaths;
	uint32_t at, up;

	must(c->deaths_count < LIMIT_NODES);
	at = c->deaths_count++;
	while (at > 0) {
		up = (at - 1) / 2;
		if (heap[up] <= key)
			break;
		heap[at] = heap[up];
		at = up;
	}
	heap[at] = key;
}

uint32_t
turn_next_death(struct core *c)
{
	uint64_t *heap = c->deaths, top, key;
	uint32_t at = 0, down, n;

	if (c->deaths_count == 0)
		return SPEC_NONE;
	top = heap[0];
	n = --c->deaths_count;
	key = heap[n];
	while ((down = 2 * at + 1) < n) {
		if (down + 1 < n && heap[down + 1] < heap[down])
			down++;
		if (key <= heap[down])
			break;
		heap[at] = heap[down];
		at = down;
	}
	heap[at] = key;
	return (uint32_t)top;
}

struct action *
turn_act(struct core *c, enum action_kind kind, uint32_t node)
{
	const struct record *r = state_record(c, node);
	struct action *a;

	must(c->actions_count < ACTIONS_MAX);
	a = &c->actions[c->actions_count++];
	memset(a, 0, sizeof(*a));
	a->kind = kind;
	a->node = node;
	a->ticket = r->ticket;
	a->pid = r->pid;
	a->birth = r->birth;
	a->role = r->role;
	a->cause = r->last_note;
	return a;
}

struct note *
turn_note(struct core *c, enum note_kind kind, uint32_t node, uint64_t cause)
{
	struct record *r = turn_record(c, node);
	uint32_t parent = state_parent(c, node);
	uint64_t seq = c->image.next_note++;
	struct note *n = &c->image.notes[seq % LIMIT_NOTES];

	memset(n, 0, sizeof(*n));
	n->seq = seq;
	n->cause = cause;
	n->at_ms = c->now_ms;
	n->wall_ms = c->wall_ms;
	n->previous = r->last_note;
	n->uid = r->uid;
	n->parent_uid = parent != SPEC_NONE ? state_record(c, parent)->uid : 0;
	n->generation = r->generation;
	n->kind = (uint8_t)kind;
	n->node_kind = (uint8_t)c->specs[node].kind;
	memcpy(n->name, c->specs[node].name, sizeof(n->name));
	n->pid = r->pid;
	n->attempt = r->attempt;
	r->last_note = seq;
	c->dirty_head = true;
	if (c->dirty_note == 0)
		c->dirty_note = seq;
	return n;
}

void
turn_state(struct core *c, uint32_t node, enum record_state state)
{
	struct record *r = turn_record(c, node);

	if (r->state == state)
		return;
	r->state = (uint8_t)state;
	r->since_ms = c->now_ms;
	r->since_wall_ms = c->wall_ms;
	if (state != STATE_RUNNING && state != STATE_EXITED &&
	    state != STATE_STOPPING)
		r->ready = 0;
}

static void
count_flags(struct core *c, uint32_t node, uint32_t flags, uint32_t by)
{
	uint32_t parent = state_parent(c, node);
	struct link *l;

	if (parent == SPEC_NONE)
		return;
	l = &c->links[parent];
	if (flags & FLAG_DUE)
		l->due += by;
	if ((flags & (FLAG_DUE | FLAG_SOLO)) == FLAG_DUE)
		l->pass += by;
	if (flags & FLAG_TO_STOP)
		l->stops += by;
	if (flags & FLAG_ENDING)
		l->ending += by;
}

static void
change_flags(struct core *c, uint32_t node, uint32_t flags)
{
	struct record *r;
	uint32_t before = state_record(c, node)->flags;

	if (flags == before)
		return;
	r = turn_record(c, node);
	count_flags(c, node, before, (uint32_t)-1);
	count_flags(c, node, flags, 1);
	r->flags = flags;
}

void
turn_set_flags(struct core *c, uint32_t node, uint32_t flags)
{
	change_flags(c, node, state_record(c, node)->flags | flags);
}

void
turn_clear_flags(struct core *c, uint32_t node, uint32_t flags)
{
	change_flags(c, node, state_record(c, node)->flags & ~flags);
}

/* Not as it should be: what makes a supervisor above degraded. */
static bool
unwell(const struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);

	if (r->stuck || r->state == STATE_FAILED)
		return true;
	if (state_is_supervisor(c, node) && r->state == STATE_RUNNING &&
	    c->links[node].bad > 0)
		return true;
	return r->wanted && r->state != STATE_RUNNING &&
	       r->state != STATE_EXITED;
}

static void
set_degraded(struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);
	uint8_t degraded;

	if (!state_is_supervisor(c, node))
		return;
	degraded = r->state == STATE_RUNNING && c->links[node].bad > 0;
	if (degraded != r->degraded)
		turn_record(c, node)->degraded = degraded;
}

static void
settle_health(struct core *c, uint32_t node)
{
	uint32_t parent;
	bool bad;

	for (;;) {
		set_degraded(c, node);
		bad = unwell(c, node);
		parent = state_parent(c, node);
		if (bad == c->links[node].unwell)
			return;
		c->links[node].unwell = bad;
		if (parent == SPEC_NONE)
			return;
		c->links[parent].bad += bad ? 1 : (uint32_t)-1;
		node = parent;
	}
}

void
turn_settle(struct core *c)
{
	uint32_t node;

	while (c->unsettled_count > 0) {
		node = c->unsettled[--c->unsettled_count];
		c->links[node].unsettled = false;
		clock_update(c, node);
		settle_health(c, node);
	}
}
