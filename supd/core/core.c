#include "core/core.h"

#include <string.h>

#include "core/state.h"
#include "lib/must.h"

#define MAGIC 0x64707573u /* "supd" */
#define VERSION 1u

/* Far more than a step can want; a step that does not end is a bug. */
#define ROUNDS_MAX (LIMIT_NODES * 16u)

size_t
core_bytes(void)
{
	return sizeof(struct core);
}

size_t
core_image_bytes(void)
{
	return sizeof(struct image);
}

const void *
core_image(const struct core *c)
{
	return &c->image;
}

static void
lay_out(struct core *c, uint64_t seed)
{
	struct image *i = &c->image;
	uint32_t node, base = 0;

	i->magic = MAGIC;
	i->version = VERSION;
	i->bytes = (uint32_t)sizeof(*i);
	i->count = c->count;
	i->next_uid = c->count + 1;
	i->life = CORE_UP;
	i->names = replan_names(c->specs, c->count);
	i->random = seed;
	i->next_note = 1;
	i->shutdown_by_ms = SPEC_INFINITE;
	i->hurry_ms = SPEC_INFINITE;
	for (node = 0; node < c->count; node++) {
		replan_fresh(
		    c->specs, c->count, &i->records[node], node, node + 1);
		i->records[node].marks_base = base;
		if (c->specs[node].kind == SPEC_SUPERVISOR &&
		    c->specs[node].intensity != UINT32_MAX)
			base += c->specs[node].intensity + 1;
	}
	must(base <= LIMIT_MARKS);
}

/* Copies what of an image is in use; the rest stays untouched memory. */
static bool
copy_in(struct core *c, const struct image *from)
{
	struct image *i = &c->image;
	uint64_t notes;

	if (from->magic != MAGIC || from->version != VERSION ||
	    from->bytes != sizeof(*from) || from->count != c->count ||
	    from->names != replan_names(c->specs, c->count) ||
	    from->new_count > LIMIT_NODES)
		return false;
	memcpy(i, from, offsetof(struct image, records));
	memcpy(i->records, from->records, c->count * sizeof(from->records[0]));
	memcpy(i->marks, from->marks, sizeof(from->marks));
	notes = from->next_note < LIMIT_NOTES ? from->next_note : LIMIT_NOTES;
	memcpy(i->notes, from->notes, notes * sizeof(from->notes[0]));
	memcpy(
	    i->old_of, from->old_of, from->new_count * sizeof(from->old_of[0]));
	memcpy(i->restart, from->restart, from->new_count);
	return true;
}

struct core *
core_open(void *memory, const struct spec *specs, uint32_t count,
    const void *image, uint64_t seed)
{
	struct core *c = memory;

	must(count > 0 && count <= LIMIT_NODES);
	c->specs = specs;
	c->count = count;
	if (image == NULL)
		lay_out(c, seed);
	else if (!copy_in(c, image))
		return NULL;
	tree_derive(c);
	c->dirty_head = true;
	return c;
}

static void
dispatch_inner(struct core *c, const struct inner *i)
{
	switch (i->kind) {
	case INNER_START:
		/* Whoever ordered it may have given up since. */
		if (i->node != 0 && !group_lives(c, state_parent(c, i->node)))
			break;
		/* fall through */
	case INNER_STOP:
	case INNER_KILL:
		if (state_is_supervisor(c, i->node))
			group_inner(c, i);
		else
			service_inner(c, i);
		break;
	case INNER_READY:
		group_child_ready(c, i->node);
		break;
	case INNER_DOWN:
		group_child_down(c, i->node, i->cause);
		break;
	case INNER_ADVANCE:
		pass_advance(c, i->node);
		break;
	case INNER_TRY:
		pass_try(c, i->node);
		break;
	case INNER_UPDATE:
		replan_advance(c);
		break;
	}
}

/* Until nothing is left to decide: what is said between nodes first, then the
 * ends of supervisors, so that all deaths of the step are known; then those one
 * by one (R42), then what may go on after them. */
static void
settle(struct core *c)
{
	struct inner inner;
	uint32_t dead, rounds = 0;

	for (;;) {
		must(rounds++ < ROUNDS_MAX);
		if (turn_prompt(c, &inner) || turn_stopping(c, &inner)) {
			dispatch_inner(c, &inner);
			continue;
		}
		dead = turn_next_death(c);
		if (dead != SPEC_NONE) {
			group_child_died(c, dead);
			continue;
		}
		if (!turn_lazy(c, &inner))
			break;
		dispatch_inner(c, &inner);
	}
	turn_settle(c);
}

static void
kill_everything(struct core *c)
{
	c->image.hurry_ms = 0;
	c->image.shutdown_by_ms = SPEC_INFINITE;
	c->dirty_head = true;
	pass_kill_below(c, 0);
}

static void
shut_down(struct core *c, const struct event *e)
{
	struct image *i = &c->image;
	uint64_t cause;
	uint32_t k, node;

	if (i->life != CORE_UP)
		return;
	i->life = CORE_SHUTTING_DOWN;
	i->updating = 0;
	c->new_specs = NULL;
	if (e->delay_ms < SPEC_INFINITE - c->now_ms)
		i->shutdown_by_ms = c->now_ms + e->delay_ms;
	c->dirty_head = true;
	cause = turn_note(c, NOTE_SHUTDOWN, 0, 0)->seq;
	turn_record(c, 0)->wanted = 0;
	for (k = 0; k < LIMIT_ASKS; k++) {
		node = c->asks[k].node;
		if (c->asks[k].number != 0)
			ask_answer(c, node, OPS_UP, ANSWER_SHUTTING_DOWN);
	}
	if (state_down(c, 0)) {
		i->life = CORE_DOWN;
		turn_act(c, ACTION_EXIT, 0)->code = i->exit_code;
	} else {
		turn_push(c, INNER_STOP, 0, cause);
		/* For what is stuck already. */
		c->wake = true;
	}
}

/* A limit that is longer than what is left is cut. */
static void
hurry(struct core *c, uint64_t delay_ms)
{
	uint64_t by = c->now_ms + delay_ms;
	uint32_t node;

	if (c->image.life != CORE_SHUTTING_DOWN)
		return;
	if (delay_ms == 0) {
		kill_everything(c);
		return;
	}
	/* A second order never lengthens what the first has cut. */
	if (delay_ms >= c->image.hurry_ms)
		return;
	c->image.hurry_ms = delay_ms;
	c->dirty_head = true;
	for (node = 0; node < c->count; node++) {
		if (!state_is_supervisor(c, node) && !state_down(c, node) &&
		    (state_record(c, node)->phase == SERVICE_STOPPING ||
			state_record(c, node)->phase == SERVICE_POST_RUNNING) &&
		    state_record(c, node)->deadline_ms > by)
			turn_record(c, node)->deadline_ms = by;
	}
}

static void
adopt(struct core *c)
{
	uint32_t node;

	for (node = 0; node < c->count; node++) {
		if (!state_is_supervisor(c, node))
			service_adopt(c, node);
	}
	c->wake = true;
	if (c->image.life == CORE_DOWN)
		turn_act(c, ACTION_EXIT, 0)->code = c->image.exit_code;
}

/* After an adoption or a switch: whoever may go on looks for itself. */
static void
wake(struct core *c)
{
	uint32_t node, k;
	struct action *a;

	c->wake = false;
	for (node = 0; node < c->count; node++) {
		if (state_is_supervisor(c, node) && !state_down(c, node))
			turn_push(c, INNER_ADVANCE, node, 0);
		if ((state_record(c, node)->flags & FLAG_DUE) != 0)
			turn_push(c, INNER_TRY, node, 0);
	}
	if (c->image.updating && c->image.update_begun)
		turn_push(c, INNER_UPDATE, 0, 0);
	for (k = 0; k < c->removed_count; k++) {
		a = turn_act(c, ACTION_ANSWER, 0);
		a->ask = c->removed[k];
		a->answer = ANSWER_REMOVED;
	}
	c->removed_count = 0;
}

static void
status_text(struct core *c, const struct event *e)
{
	struct record *r;
	size_t n;

	if (state_record(c, e->node)->ticket != e->ticket || e->text == NULL)
		return;
	r = turn_record(c, e->node);
	memset(r->status_text, 0, sizeof(r->status_text));
	for (n = 0; n < LIMIT_STATUS && e->text[n] != '\0'; n++)
		r->status_text[n] = e->text[n];
	turn_note(c, NOTE_STATUS, e->node, 0);
}

static void
dispatch_event(struct core *c, const struct event *e)
{
	must(e->node < c->count);
	switch (e->kind) {
	case EVENT_BOOT:
		turn_push(c, INNER_START, 0, 0);
		break;
	case EVENT_ADOPT:
		adopt(c);
		break;
	case EVENT_STATUS:
		status_text(c, e);
		break;
	case EVENT_ASK:
		ask_take(c, e);
		break;
	case EVENT_UNASK:
		ask_drop(c, e->ask);
		break;
	case EVENT_SHUTDOWN:
		shut_down(c, e);
		break;
	case EVENT_HURRY:
		hurry(c, e->delay_ms);
		break;
	case EVENT_ALIVE:
	case EVENT_WATCHDOG:
	case EVENT_RELOADING:
	case EVENT_LEAVING:
	case EVENT_EXTEND:
	case EVENT_ERRNO:
	case EVENT_HEALTH:
		if (!state_is_supervisor(c, e->node))
			alive_event(c, e);
		break;
	default:
		if (!state_is_supervisor(c, e->node))
			service_event(c, e);
		break;
	}
}

static void
fire(struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);

	if (r->deadline_ms <= c->now_ms) {
		if (state_is_supervisor(c, node))
			group_deadline(c, node);
		else
			service_deadline(c, node);
	}
	if ((r->flags & FLAG_DUE) != 0 && state_down(c, node))
		turn_push(c, INNER_TRY, node, r->cause);
	if (state_is_supervisor(c, node))
		turn_push(c, INNER_ADVANCE, node, r->cause);
}

static void
fire_all(struct core *c)
{
	uint32_t node;

	while ((node = clock_due(c, c->now_ms)) != SPEC_NONE)
		fire(c, node);
	if (c->image.shutdown_by_ms <= c->now_ms)
		kill_everything(c);
}

void
core_step(struct core *c, const struct event *events, size_t n, uint64_t now_ms,
    int64_t wall_ms)
{
	size_t i;

	must(now_ms >= c->now_ms);
	c->now_ms = now_ms;
	c->wall_ms = wall_ms;
	c->actions_count = 0;
	c->switch_told = false;
	if (c->image.updating && !c->image.update_begun &&
	    c->image.life == CORE_UP)
		replan_begin(c);
	for (i = 0; i < n; i++)
		dispatch_event(c, &events[i]);
	/* A wait of no length ends in the step that began it. */
	do {
		fire_all(c);
		if (c->wake)
			wake(c);
		settle(c);
	} while (c->wake || clock_next(c) <= now_ms);
}

const struct action *
core_actions(const struct core *c, size_t *n)
{
	*n = c->actions_count;
	return c->actions;
}

uint64_t
core_deadline(const struct core *c)
{
	uint64_t next = clock_next(c);

	if (c->image.life == CORE_DOWN)
		return SPEC_INFINITE;
	if (c->wake || (c->image.updating && !c->image.update_begun))
		return c->now_ms;
	return next < c->image.shutdown_by_ms ? next : c->image.shutdown_by_ms;
}

uint32_t
core_count(const struct core *c)
{
	return c->count;
}

const struct spec *
core_spec(const struct core *c, uint32_t node)
{
	must(node < c->count);
	return &c->specs[node];
}

const struct record *
core_record(const struct core *c, uint32_t node)
{
	must(node < c->count);
	return state_record(c, node);
}

uint32_t
core_first_child(const struct core *c, uint32_t node)
{
	must(node < c->count);
	return c->links[node].first;
}

uint32_t
core_next_sibling(const struct core *c, uint32_t node)
{
	must(node < c->count);
	return c->links[node].next;
}

uint32_t
core_by_uid(const struct core *c, uint32_t uid)
{
	return tree_by_uid(c, uid);
}

bool
core_start_wanted(const struct core *c, uint32_t node, uint32_t ticket)
{
	const struct record *r = core_record(c, node);

	return r->ticket == ticket && (r->phase == SERVICE_PRE_ORDERED ||
					  r->phase == SERVICE_MAIN_ORDERED ||
					  (r->phase == SERVICE_POST_ORDERED &&
					      (r->flags & FLAG_KILL) == 0));
}

uint64_t
core_note_last(const struct core *c)
{
	return c->image.next_note - 1;
}

uint64_t
core_note_first(const struct core *c)
{
	uint64_t next = c->image.next_note;

	if (next == 1)
		return 0;
	return next > LIMIT_NOTES ? next - LIMIT_NOTES : 1;
}

const struct note *
core_note(const struct core *c, uint64_t seq)
{
	const struct note *n = &c->image.notes[seq % LIMIT_NOTES];

	return seq != 0 && n->seq == seq ? n : NULL;
}

enum core_life
core_life(const struct core *c)
{
	return (enum core_life)c->image.life;
}
