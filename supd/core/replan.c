#include "core/state.h"

#include <string.h>

#include "lib/must.h"

/*
 * An update: first everything that goes or restarts is stopped under the old
 * specs, the youngest in the tree first; then, in one moment between two
 * steps, the records move to the places of the new specs; then what is new
 * or restarts is due, like in any other pass.
 */

uint64_t
replan_names(const struct spec *specs, uint32_t count)
{
	uint64_t hash = 0xcbf29ce484222325u;
	const char *byte;
	uint32_t node;

	/* FNV-1a. */
	for (node = 0; node < count; node++) {
		for (byte = specs[node].name; *byte != '\0'; byte++)
			hash = (hash ^ (uint8_t)*byte) * 0x100000001b3u;
		hash = (hash ^ specs[node].parent) * 0x100000001b3u;
	}
	return hash;
}

void
replan_fresh(const struct spec *specs, uint32_t count, struct record *r,
    uint32_t node, uint32_t uid)
{
	must(node < count);
	memset(r, 0, sizeof(*r));
	r->uid = uid;
	r->state = STATE_STOPPED;
	r->rest = STATE_STOPPED;
	r->deadline_ms = SPEC_INFINITE;
	r->held = specs[node].kind == SPEC_SERVICE && !specs[node].autostart;
}

bool
core_update(struct core *c, const struct spec *specs, uint32_t count,
    const uint32_t *old_of, const uint8_t *restart, uint64_t cause)
{
	struct image *i = &c->image;

	must(count > 0 && count <= LIMIT_NODES);
	if (i->life != CORE_UP)
		return false;
	if (old_of == NULL) {
		if (!i->updating || c->new_specs != NULL ||
		    i->new_count != count)
			return false;
		c->new_specs = specs;
		c->wake = true;
		return true;
	}
	if (i->updating)
		return false;
	memcpy(i->old_of, old_of, count * sizeof(*old_of));
	memcpy(i->restart, restart, count);
	i->updating = 1;
	i->update_begun = 0;
	i->new_count = count;
	i->update_cause = cause;
	c->new_specs = specs;
	c->dirty_head = true;
	c->dirty_map = true;
	return true;
}

bool
core_updating(const struct core *c)
{
	return c->image.updating != 0;
}

static void
mark(struct core *c, uint32_t node, uint32_t with)
{
	const struct record *r = state_record(c, node);
	bool due = (r->flags & FLAG_DUE) != 0;

	if ((r->flags & FLAG_UPDATE) != 0)
		return;
	/* What is down and not coming is left so, but if it is started before
	 * the switch that waits for it, and for the new spec. */
	if ((with & FLAG_AGAIN) != 0 &&
	    (r->held || (state_down(c, node) && !due))) {
		turn_set_flags(c, node, FLAG_UPDATE);
		return;
	}
	pass_cancel(c, node);
	if (state_down(c, node) && r->state == STATE_WAITING)
		turn_state(c, node, STATE_STOPPED);
	turn_set_flags(c, node, FLAG_UPDATE | with);
	ask_answer(
	    c, node, OPS_UP, with != 0 ? ANSWER_OVERTAKEN : ANSWER_REMOVED);
}

/* A changed child takes along whom its restart would. */
static void
mark_restart(struct core *c, uint32_t node)
{
	uint32_t parent = state_parent(c, node), member;
	const struct record *r = state_record(c, node);
	bool active = !state_down(c, node) || (r->flags & FLAG_DUE) != 0;

	turn_record(c, node)->attempt = 0;
	mark(c, node, FLAG_AGAIN);
	if (!active || parent == SPEC_NONE ||
	    c->specs[parent].strategy == STRATEGY_ONE_FOR_ONE)
		return;
	member = c->specs[parent].strategy == STRATEGY_ONE_FOR_ALL
		     ? c->links[parent].first
		     : node;
	for (; member != SPEC_NONE; member = c->links[member].next) {
		if (c->kept[member])
			mark(c, member, FLAG_AGAIN);
	}
}

void
replan_begin(struct core *c)
{
	struct image *i = &c->image;
	uint32_t node;

	i->update_begun = 1;
	c->dirty_head = true;
	i->update_cause = turn_note(c, NOTE_UPDATE, 0, i->update_cause)->seq;
	memset(c->kept, 0, c->count * sizeof(c->kept[0]));
	for (node = 0; node < i->new_count; node++) {
		if (i->old_of[node] != SPEC_NONE)
			c->kept[i->old_of[node]] = true;
	}
	for (node = 1; node < c->count; node++) {
		if (!c->kept[node])
			mark(c, node, 0);
	}
	for (node = 0; node < i->new_count; node++) {
		if (i->restart[node] && i->old_of[node] != SPEC_NONE)
			mark_restart(c, i->old_of[node]);
	}
	turn_push(c, INNER_UPDATE, 0, i->update_cause);
}

/* Stops the last that has to go, or says that all are down. */
void
replan_advance(struct core *c)
{
	const struct record *r;
	uint32_t node, parent;

	if (!c->image.updating || c->image.life != CORE_UP)
		return;
	for (node = c->count; node-- > 1;) {
		r = state_record(c, node);
		parent = state_parent(c, node);
		if ((r->flags & FLAG_UPDATE) == 0 || state_down(c, node) ||
		    (state_record(c, parent)->flags & FLAG_UPDATE) != 0)
			continue;
		if ((r->flags & FLAG_TOLD) == 0) {
			turn_set_flags(c, node, FLAG_TOLD);
			turn_push(c, INNER_STOP, node, c->image.update_cause);
		}
		return;
	}
	if (!c->switch_told)
		turn_act(c, ACTION_SWITCH, 0);
	c->switch_told = true;
}

/* The counted restarts move along; the newest where there is less room. */
static uint32_t
move_marks(
    struct core *c, struct record *r, const struct spec *spec, uint32_t base)
{
	const struct mark *from = &c->image.marks[r->marks_base];
	uint32_t room, n = r->marks_count;

	if (spec->kind != SPEC_SUPERVISOR || spec->intensity == UINT32_MAX) {
		r->marks_count = 0;
		r->marks_base = base;
		return base;
	}
	room = spec->intensity + 1;
	if (n > room) {
		from += n - room;
		n = room;
	}
	memcpy(&c->scratch_marks[base], from, n * sizeof(*from));
	r->marks_base = base;
	r->marks_count = n;
	must(base + room <= LIMIT_MARKS);
	return base + room;
}

static bool
alive(const struct record *supervisor)
{
	return supervisor->phase == GROUP_STARTING ||
	       supervisor->phase == GROUP_UP;
}

/* Fits an old node's record to its new place. p: its parent's, NULL for root.
 * What an operator stopped meanwhile, or with its supervisor, stays so. */
static void
carry_over(
    struct core *c, struct record *r, const struct record *p, uint32_t old)
{
	*r = *state_record(c, old);
	if ((r->flags & FLAG_UPDATE) == 0)
		return;
	if ((r->flags & FLAG_AGAIN) != 0 && !r->held &&
	    (p == NULL || alive(p))) {
		r->flags = FLAG_DUE;
		r->wanted = 1;
		r->cause = c->image.update_cause;
	}
	r->flags &= ~(uint32_t)(FLAG_UPDATE | FLAG_AGAIN);
}

/* A new node below a supervisor that runs is due; one below a new supervisor
 * starts with that. */
static void
introduce(struct core *c, struct record *r, uint32_t node)
{
	const struct spec *spec = &c->new_specs[node];
	const struct record *p = &c->scratch[spec->parent];

	replan_fresh(
	    c->new_specs, c->image.new_count, r, node, c->image.next_uid++);
	if (r->held || !alive(p))
		return;
	r->flags = FLAG_DUE;
	r->wanted = 1;
	r->cause = c->image.update_cause;
}

/* Who waits for a node that went is told in the next step. */
static void
move_asks(struct core *c)
{
	uint32_t i, uid, node;
	struct ask *a;

	for (i = 0; i < LIMIT_ASKS; i++) {
		a = &c->asks[i];
		if (a->number == 0)
			continue;
		/* node holds the uid since the records moved. */
		uid = a->node;
		node = tree_by_uid(c, uid);
		if (node == SPEC_NONE) {
			c->removed[c->removed_count++] = a->number;
			a->number = 0;
			continue;
		}
		a->node = node;
		a->next = c->links[node].ask;
		c->links[node].ask = i + 1;
	}
}

void
core_switch(struct core *c)
{
	struct image *i = &c->image;
	const struct record *p;
	uint32_t node, base = 0;

	must(i->updating && i->update_begun && c->new_specs != NULL);
	for (node = 0; node < LIMIT_ASKS; node++) {
		if (c->asks[node].number != 0)
			c->asks[node].node =
			    state_record(c, c->asks[node].node)->uid;
	}
	for (node = 0; node < i->new_count; node++) {
		p = node > 0 ? &c->scratch[c->new_specs[node].parent] : NULL;
		if (i->old_of[node] != SPEC_NONE)
			carry_over(c, &c->scratch[node], p, i->old_of[node]);
		else
			introduce(c, &c->scratch[node], node);
		base =
		    move_marks(c, &c->scratch[node], &c->new_specs[node], base);
	}
	memcpy(i->records, c->scratch, i->new_count * sizeof(c->scratch[0]));
	memcpy(i->marks, c->scratch_marks, base * sizeof(i->marks[0]));
	c->specs = c->new_specs;
	c->new_specs = NULL;
	c->count = i->count = i->new_count;
	i->names = replan_names(c->specs, c->count);
	i->updating = 0;
	i->update_begun = 0;
	tree_derive(c);
	move_asks(c);
	c->dirty_head = true;
	c->wake = true;
}
