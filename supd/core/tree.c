#include "core/state.h"

#include <string.h>

#define UID_BUCKETS (LIMIT_NODES * 2)

static void
link_child(struct core *c, uint32_t node)
{
	struct link *l = &c->links[node];
	uint32_t parent = state_parent(c, node);
	struct link *p;

	if (parent == SPEC_NONE)
		return;
	p = &c->links[parent];
	l->depth = p->depth + 1;
	l->previous = p->last;
	if (p->last != SPEC_NONE)
		c->links[p->last].next = node;
	else
		p->first = node;
	p->last = node;
}

/* In preorder the last node below another ends it. */
static void
link_ends(struct core *c)
{
	uint32_t node, parent;

	for (node = c->count; node-- > 0;) {
		if (c->links[node].end == 0)
			c->links[node].end = node + 1;
		parent = state_parent(c, node);
		if (parent != SPEC_NONE &&
		    c->links[parent].end < c->links[node].end)
			c->links[parent].end = c->links[node].end;
	}
}

static void
count_child(struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);
	uint32_t parent = state_parent(c, node);
	struct link *p;

	if (parent == SPEC_NONE)
		return;
	p = &c->links[parent];
	p->due += (r->flags & FLAG_DUE) != 0;
	p->pass += (r->flags & (FLAG_DUE | FLAG_SOLO)) == FLAG_DUE;
	p->stops += (r->flags & FLAG_TO_STOP) != 0;
	p->ending += (r->flags & FLAG_ENDING) != 0;
}

void
tree_add_uid(struct core *c, uint32_t node)
{
	uint32_t *head = &c->uids[state_record(c, node)->uid % UID_BUCKETS];

	c->links[node].uid_next = *head;
	*head = node + 1;
}

uint32_t
tree_by_uid(const struct core *c, uint32_t uid)
{
	uint32_t at = c->uids[uid % UID_BUCKETS];

	while (at != 0 && state_record(c, at - 1)->uid != uid)
		at = c->links[at - 1].uid_next;
	return at != 0 ? at - 1 : SPEC_NONE;
}

void
tree_derive(struct core *c)
{
	struct link fresh = {
		.first = SPEC_NONE,
		.last = SPEC_NONE,
		.next = SPEC_NONE,
		.previous = SPEC_NONE,
		.stop_at = SPEC_NONE,
		.start_at = SPEC_NONE,
	};
	uint32_t node;

	memset(c->uids, 0, sizeof(c->uids));
	c->heap_count = 0;
	c->dirty_count = 0;
	c->unsettled_count = 0;
	for (node = 0; node < c->count; node++)
		c->links[node] = fresh;
	for (node = 0; node < c->count; node++) {
		link_child(c, node);
		count_child(c, node);
		tree_add_uid(c, node);
	}
	link_ends(c);
	after_derive(c);
	/* Timers and health follow from the records. */
	for (node = c->count; node-- > 0;)
		turn_record(c, node);
	turn_settle(c);
}
