#include "core/state.h"

#include "lib/must.h"

/* When a node wants to be looked at: its deadline, the time of its next
 * start, or, of a supervisor, that of its group. The latter two have had
 * their look once they have come: what they wait for then is no time. */
static uint64_t
key_of(const struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);
	uint64_t key = r->deadline_ms;

	if (state_down(c, node) && (r->flags & FLAG_DUE) != 0 &&
	    r->next_try_ms > c->now_ms && r->next_try_ms < key)
		key = r->next_try_ms;
	if (r->hold_ms > c->now_ms && r->hold_ms < key)
		key = r->hold_ms;
	return key;
}

static void
place(struct core *c, uint32_t at, uint32_t node)
{
	c->heap[at] = node;
	c->links[node].heap = at + 1;
}

static uint64_t
key_at(const struct core *c, uint32_t at)
{
	return c->heap_keys[c->heap[at]];
}

static void
sift_up(struct core *c, uint32_t at)
{
	uint32_t node = c->heap[at], up;

	while (at > 0) {
		up = (at - 1) / 2;
		if (key_at(c, up) <= c->heap_keys[node])
			break;
		place(c, at, c->heap[up]);
		at = up;
	}
	place(c, at, node);
}

static void
sift_down(struct core *c, uint32_t at)
{
	uint32_t node = c->heap[at], down;

	while ((down = 2 * at + 1) < c->heap_count) {
		if (down + 1 < c->heap_count &&
		    key_at(c, down + 1) < key_at(c, down))
			down++;
		if (c->heap_keys[node] <= key_at(c, down))
			break;
		place(c, at, c->heap[down]);
		at = down;
	}
	place(c, at, node);
}

static void
take_out(struct core *c, uint32_t node)
{
	uint32_t at = c->links[node].heap - 1;
	uint32_t last = c->heap[--c->heap_count];

	c->links[node].heap = 0;
	if (last == node)
		return;
	place(c, at, last);
	sift_up(c, at);
	sift_down(c, c->links[last].heap - 1);
}

void
clock_update(struct core *c, uint32_t node)
{
	uint64_t key = key_of(c, node);

	if (c->links[node].heap != 0) {
		if (c->heap_keys[node] == key)
			return;
		take_out(c, node);
	}
	if (key == SPEC_INFINITE)
		return;
	must(c->heap_count < LIMIT_NODES);
	c->heap_keys[node] = key;
	place(c, c->heap_count, node);
	sift_up(c, c->heap_count++);
}

uint64_t
clock_next(const struct core *c)
{
	return c->heap_count > 0 ? key_at(c, 0) : SPEC_INFINITE;
}

uint32_t
clock_due(struct core *c, uint64_t now_ms)
{
	uint32_t node;

	if (c->heap_count == 0 || key_at(c, 0) > now_ms)
		return SPEC_NONE;
	node = c->heap[0];
	take_out(c, node);
	/* To be put in again with what comes of it. */
	turn_record(c, node);
	return node;
}
