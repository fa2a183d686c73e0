#include "core/state.h"

#include <stddef.h>

/*
 * What of the image has changed, as ranges to copy. Each call gives some and
 * forgets them; the order is of no meaning, since they are saved together.
 */

struct giver {
	const struct core *core;
	struct core_range *ranges;
	size_t n, count;
};

static void
give(struct giver *g, const void *from, size_t length)
{
	if (length == 0)
		return;
	g->ranges[g->count].offset =
	    (size_t)((const char *)from - (const char *)&g->core->image);
	g->ranges[g->count++].length = length;
}

static void
give_head(struct core *c, struct giver *g)
{
	if (c->dirty_head && g->count < g->n) {
		give(g, &c->image, offsetof(struct image, records));
		c->dirty_head = false;
	}
}

static void
give_map(struct core *c, struct giver *g)
{
	struct image *i = &c->image;

	if (!c->dirty_map || g->n - g->count < 2)
		return;
	give(g, i->old_of, i->new_count * sizeof(i->old_of[0]));
	give(g, i->restart, i->new_count * sizeof(i->restart[0]));
	c->dirty_map = false;
}

/* The new notes, in two parts where the ring closes between them. */
static void
give_notes(struct core *c, struct giver *g)
{
	struct image *i = &c->image;
	uint64_t n = i->next_note - c->dirty_note;
	uint64_t at = c->dirty_note % LIMIT_NOTES, part;

	if (c->dirty_note == 0 || g->n - g->count < 2)
		return;
	if (n > LIMIT_NOTES) {
		n = LIMIT_NOTES;
		at = 0;
	}
	part = n < LIMIT_NOTES - at ? n : LIMIT_NOTES - at;
	give(g, &i->notes[at], part * sizeof(i->notes[0]));
	give(g, &i->notes[0], (n - part) * sizeof(i->notes[0]));
	c->dirty_note = 0;
}

static void
give_node(struct core *c, struct giver *g, uint32_t node)
{
	struct record *r = &c->image.records[node];

	give(g, r, sizeof(*r));
	give(g, &c->image.marks[r->marks_base],
	    r->marks_count * sizeof(c->image.marks[0]));
	c->links[node].dirty = false;
}

size_t
core_dirty(struct core *c, struct core_range *ranges, size_t n)
{
	struct giver g = { .core = c, .ranges = ranges, .n = n };

	turn_settle(c);
	give_head(c, &g);
	give_map(c, &g);
	give_notes(c, &g);
	while (c->dirty_count > 0 && g.n - g.count >= 2)
		give_node(c, &g, c->dirty[--c->dirty_count]);
	/* Less than n means that this was all: a call that had to stop for
	 * want of room for a pair fills up with nothing. */
	while (g.count < n && (c->dirty_count > 0 || c->dirty_head ||
				  c->dirty_map || c->dirty_note != 0)) {
		ranges[g.count].offset = 0;
		ranges[g.count++].length = 0;
	}
	return g.count;
}
