#include "core/state.h"

#include "lib/must.h"

static void
answer(struct core *c, uint32_t number, uint32_t node, enum answer with)
{
	struct action *a;

	if (number == 0)
		return;
	a = turn_act(c, ACTION_ANSWER, node);
	a->ask = number;
	a->answer = (uint8_t)with;
}

/* Answers those asks of node whose op is in ops, and takes them out. */
void
ask_answer(struct core *c, uint32_t node, unsigned ops, enum answer with)
{
	uint32_t *link = &c->links[node].ask;
	struct ask *a;

	while (*link != 0) {
		a = &c->asks[*link - 1];
		if ((ops & 1u << a->op) == 0) {
			link = &a->next;
			continue;
		}
		answer(c, a->number, node, with);
		*link = a->next;
		a->number = 0;
	}
}

bool
ask_any(const struct core *c, uint32_t node, unsigned ops)
{
	uint32_t at = c->links[node].ask;

	while (at != 0 && (ops & 1u << c->asks[at - 1].op) == 0)
		at = c->asks[at - 1].next;
	return at != 0;
}

void
ask_drop(struct core *c, uint32_t number)
{
	uint32_t i, *link;

	for (i = 0; i < LIMIT_ASKS && c->asks[i].number != number; i++)
		;
	if (number == 0 || i == LIMIT_ASKS)
		return;
	link = &c->links[c->asks[i].node].ask;
	while (*link != i + 1)
		link = &c->asks[*link - 1].next;
	*link = c->asks[i].next;
	c->asks[i].number = 0;
}

static bool
keep(struct core *c, const struct event *e)
{
	uint32_t i;

	if (e->ask == 0)
		return true;
	for (i = 0; i < LIMIT_ASKS && c->asks[i].number != 0; i++)
		;
	if (i == LIMIT_ASKS)
		return false;
	c->asks[i].number = e->ask;
	c->asks[i].node = e->node;
	c->asks[i].op = e->op;
	c->asks[i].next = c->links[e->node].ask;
	c->links[e->node].ask = i + 1;
	return true;
}

/* May anything of this supervisor's be started? Root's parent is the world. */
static bool
parent_lives(const struct core *c, uint32_t node)
{
	uint32_t parent = state_parent(c, node);

	return parent == SPEC_NONE || group_lives(c, parent);
}

/* A group whose wait this child's backoff is stays as it is: R63. */
static void
cancel_group(struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);
	uint32_t parent = state_parent(c, node), child, first;
	enum spec_strategy strategy;

	if (parent == SPEC_NONE || r->state == STATE_STARTING ||
	    (r->flags & (FLAG_CAUSE | FLAG_RETRY)) == 0)
		return;
	strategy = c->specs[parent].strategy;
	if (strategy == STRATEGY_ONE_FOR_ONE)
		return;
	/* One that does not wait goes on without this child: R43. */
	if ((r->flags & FLAG_CAUSE) != 0 &&
	    state_record(c, parent)->hold_ms <= c->now_ms)
		return;
	first =
	    strategy == STRATEGY_ONE_FOR_ALL ? c->links[parent].first : node;
	for (child = first; child != SPEC_NONE; child = c->links[child].next) {
		if ((state_record(c, child)->flags & (FLAG_DUE | FLAG_SOLO)) !=
		    FLAG_DUE)
			continue;
		pass_cancel(c, child);
		turn_record(c, child)->wanted = 0;
		if (state_record(c, child)->state == STATE_WAITING)
			turn_state(c, child, STATE_STOPPED);
		ask_answer(c, child, OPS_UP, ANSWER_OVERTAKEN);
	}
	turn_record(c, parent)->hold_ms = 0;
}

static void
stop(struct core *c, uint32_t node, uint64_t cause)
{
	struct record *r = turn_record(c, node);

	ask_answer(c, node, OPS_UP, ANSWER_OVERTAKEN);
	cancel_group(c, node);
	r->held = 1;
	r->wanted = 0;
	r->rest = STATE_STOPPED;
	pass_cancel(c, node);
	if (state_down(c, node)) {
		if (c->specs[node].restart == RESTART_TEMPORARY)
			r->gone = 1;
		if (r->state == STATE_WAITING || r->state == STATE_FAILED) {
			turn_state(c, node, STATE_STOPPED);
			turn_note(c, NOTE_STOPPED, node, cause);
		}
		ask_answer(c, node, OPS_DOWN, ANSWER_OK);
	} else if ((r->flags & FLAG_TOLD) == 0) {
		turn_set_flags(c, node, FLAG_TOLD);
		turn_push(c, INNER_STOP, node, cause);
	}
	if (state_parent(c, node) != SPEC_NONE)
		turn_push(c, INNER_ADVANCE, state_parent(c, node), cause);
}

/* R43: what goes on below its supervisor starts it in its turn, so an order to
 * do so has nothing to add. While an elder one waits it has. */
static bool
in_turn(const struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);
	uint32_t parent = state_parent(c, node), child;

	if (parent == SPEC_NONE ||
	    (r->flags & (FLAGS_START & ~(uint32_t)FLAG_MANUAL)) != FLAG_DUE)
		return false;
	if (!state_down(c, node) || c->links[parent].stops > 0)
		return true;
	for (child = c->links[parent].first; child != node;
	     child = c->links[child].next) {
		if ((state_record(c, child)->flags & (FLAG_DUE | FLAG_SOLO)) ==
			FLAG_DUE &&
		    state_record(c, child)->state == STATE_STARTING)
			return true;
	}
	return false;
}

/* A restart that was coming anyway comes now, and is not counted. */
void
ask_now(struct core *c, uint32_t node, uint64_t cause)
{
	uint32_t parent = state_parent(c, node);
	uint32_t flags = state_record(c, node)->flags, with = FLAG_SOLO;
	bool grouped = parent != SPEC_NONE &&
		       c->specs[parent].strategy != STRATEGY_ONE_FOR_ONE;

	turn_record(c, node)->cause = cause;
	if ((flags & FLAG_CAUSE) != 0 && grouped) {
		if (state_record(c, parent)->hold_ms > c->now_ms)
			turn_record(c, parent)->hold_ms = c->now_ms;
		turn_record(c, node)->next_try_ms = 0;
		turn_push(c, INNER_ADVANCE, parent, cause);
	} else if ((flags & FLAG_RETRY) != 0 && grouped) {
		turn_clear_flags(c, node, FLAG_RETRY);
		pass_group(c, node, 0, cause);
	} else {
		/* R66: a member of a group that waits is started by hand. */
		turn_clear_flags(c, node, FLAG_RETRY);
		if (grouped)
			with |= FLAG_MANUAL | FLAG_MEMBER;
		pass_mark_due(c, node, with, 0, cause);
	}
}

/* A start of a supervisor is one of all below it, also where they start later
 * than an order to stop that comes after this one. */
static void
release(struct core *c, uint32_t node)
{
	uint32_t below;
	struct record *r;

	for (below = node + 1; below < c->links[node].end; below++) {
		if (!state_record(c, below)->held ||
		    (!state_is_supervisor(c, below) &&
			!c->specs[below].autostart))
			continue;
		r = turn_record(c, below);
		r->held = 0;
		ask_answer(c, below, OPS_DOWN, ANSWER_OVERTAKEN);
	}
}

static void
start(struct core *c, uint32_t node, uint64_t cause)
{
	struct record *r = turn_record(c, node);

	ask_answer(c, node, OPS_DOWN, ANSWER_OVERTAKEN);
	r->held = 0;
	r->gone = 0;
	r->wanted = 1;
	r->attempt = 0;
	if (state_is_supervisor(c, node) && group_lives(c, node) &&
	    (r->flags & FLAG_TOLD) == 0) {
		release(c, node);
		turn_push(c, INNER_START, node, cause);
		return;
	}
	if (r->ready && (r->flags & (FLAG_TOLD | FLAG_TO_STOP)) == 0 &&
	    !state_down(c, node)) {
		ask_answer(c, node, OPS_UP, ANSWER_OK);
		return;
	}
	/* What starts already is not hurried. */
	if ((r->state == STATE_STARTING && (r->flags & FLAG_TOLD) == 0) ||
	    in_turn(c, node))
		return;
	if ((r->flags & FLAG_DUE) != 0)
		ask_now(c, node, cause);
	else
		pass_mark_due(c, node, FLAG_SOLO | FLAG_MANUAL, 0, cause);
}

static void
restart(struct core *c, uint32_t node, uint64_t cause)
{
	struct record *r = turn_record(c, node);
	/* Its group is being stopped for it. */
	const uint32_t dead = FLAG_CAUSE | FLAG_TO_STOP;

	ask_answer(c, node, OPS_DOWN, ANSWER_OVERTAKEN);
	r->held = 0;
	r->gone = 0;
	r->wanted = 1;
	r->attempt = 0;
	if ((r->flags & FLAG_TO_STOP) != 0 && in_turn(c, node))
		return;
	if ((r->flags & FLAG_DUE) != 0 &&
	    (state_down(c, node) || (r->flags & dead) == dead)) {
		if (!in_turn(c, node))
			ask_now(c, node, cause);
		return;
	}
	if (!state_down(c, node) && (r->flags & FLAG_TOLD) == 0) {
		turn_set_flags(c, node, FLAG_TOLD);
		turn_push(c, INNER_STOP, node, cause);
	}
	pass_mark_due(c, node, FLAG_SOLO | FLAG_MANUAL, 0, cause);
}

static void
reset(struct core *c, uint32_t node)
{
	uint32_t below;

	for (below = node; below < c->links[node].end; below++) {
		if (state_record(c, below)->attempt != 0)
			turn_record(c, below)->attempt = 0;
	}
	ask_answer(c, node, 1u << OP_RESET, ANSWER_OK);
}

/* What stands against this order: ANSWER_OK if nothing does. */
static enum answer
objection(const struct core *c, const struct event *e)
{
	bool up = (OPS_UP & 1u << e->op) != 0;

	if (c->image.life != CORE_UP && e->op != OP_RESET)
		return ANSWER_SHUTTING_DOWN;
	if (up && (state_record(c, e->node)->flags & FLAG_UPDATE) != 0)
		return ANSWER_BUSY;
	if (up && !parent_lives(c, e->node))
		return ANSWER_NO_PARENT;
	return ANSWER_OK;
}

void
ask_take(struct core *c, const struct event *e)
{
	enum answer against;
	struct note *n;

	must(e->node < c->count && e->op < OP_COUNT);
	against = objection(c, e);
	if (against == ANSWER_OK && !keep(c, e))
		against = ANSWER_BUSY;
	if (against != ANSWER_OK) {
		answer(c, e->ask, e->node, against);
		return;
	}
	n = turn_note(c, NOTE_REQUEST, e->node, 0);
	n->op = e->op;
	switch ((enum event_op)e->op) {
	case OP_START:
		start(c, e->node, n->seq);
		break;
	case OP_STOP:
		stop(c, e->node, n->seq);
		break;
	case OP_RESTART:
		restart(c, e->node, n->seq);
		break;
	default:
		reset(c, e->node);
		break;
	}
}
