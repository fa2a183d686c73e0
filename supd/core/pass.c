#include "core/state.h"

#include "lib/must.h"

/*
 * What is to be down goes down first, the youngest first, one at a time; then
 * the group's wait runs out; then what is due starts, the eldest first. Marks
 * on the children say what is still to do, so a pass that is overtaken by
 * another death is not undone but only marked anew: D4.
 */

void
pass_mark_stop(struct core *c, uint32_t child)
{
	uint32_t parent = state_parent(c, child);

	turn_set_flags(c, child, FLAG_TO_STOP);
	c->links[parent].stop_at = SPEC_NONE;
}

void
pass_mark_due(struct core *c, uint32_t child, uint32_t with, uint64_t at_ms,
    uint64_t cause)
{
	struct record *r = turn_record(c, child);
	uint32_t parent = state_parent(c, child);

	turn_clear_flags(c, child, FLAGS_START);
	turn_set_flags(c, child, FLAG_DUE | with);
	r->next_try_ms = at_ms;
	r->cause = cause;
	r->wanted = 1;
	if (parent != SPEC_NONE)
		c->links[parent].start_at = SPEC_NONE;
	if (parent == SPEC_NONE || (with & FLAG_SOLO) != 0)
		turn_push(c, INNER_TRY, child, cause);
	else
		turn_push(c, INNER_ADVANCE, parent, cause);
}

void
pass_cancel(struct core *c, uint32_t child)
{
	turn_clear_flags(c, child, FLAGS_START);
	turn_record(c, child)->next_try_ms = 0;
	budget_pending(c, child, false);
}

/* One member of a group that restarts; child is the one that caused it. */
static void
mark_member(struct core *c, uint32_t member, uint32_t child, uint64_t cause)
{
	const struct record *r = state_record(c, member);
	bool temporary = c->specs[member].restart == RESTART_TEMPORARY;
	bool failed;

	if ((r->flags & FLAG_UPDATE) != 0)
		return;
	if (member == child) {
		/* Dead, but what it left counts as not yet stopped. */
		if (!state_down(c, member))
			pass_mark_stop(c, member);
		pass_mark_due(c, member, FLAG_CAUSE, 0, cause);
		return;
	}
	failed = (r->flags & FLAG_RETRY) != 0 || r->death == DEATH_START;
	/* R40: whatever ended by itself in this step is stopped by now. */
	turn_record(c, member)->death = DEATH_NONE;
	/* R33; but one that has not had its first start keeps it. */
	if ((r->flags & (FLAG_DUE | FLAG_TOLD)) == FLAG_DUE &&
	    (state_down(c, member) || failed))
		temporary = false;
	if (!state_down(c, member))
		pass_mark_stop(c, member);
	if (r->held || r->gone || temporary) {
		pass_cancel(c, member);
		ask_answer(c, member, OPS_UP, ANSWER_FAILED);
	} else {
		pass_mark_due(c, member, 0, 0, cause);
	}
	/* B7: a wait of its own is over, it is one of the group now. */
	if (state_down(c, member) && r->state == STATE_WAITING)
		turn_state(c, member, STATE_STOPPED);
}

static uint64_t
note_group(struct core *c, uint32_t child, uint32_t first, uint64_t delay_ms,
    uint64_t cause)
{
	uint32_t parent = state_parent(c, child), member;
	struct note *n = turn_note(c, NOTE_RESTARTING, parent, cause);

	n->strategy = (uint8_t)c->specs[parent].strategy;
	n->child_uid = state_record(c, child)->uid;
	n->first_uid = state_record(c, first)->uid;
	n->delay_ms = delay_ms;
	for (member = first; member != SPEC_NONE;
	     member = c->links[member].next)
		n->count++;
	turn_record(c, parent)->cause = n->seq;
	return n->seq;
}

void
pass_group(struct core *c, uint32_t child, uint64_t delay_ms, uint64_t cause)
{
	uint32_t parent = state_parent(c, child), member, first, before;
	struct record *p = turn_record(c, parent);
	uint64_t hold = delay_ms > 0 ? c->now_ms + delay_ms : 0, seq;
	const struct record *r;

	first = c->specs[parent].strategy == STRATEGY_ONE_FOR_ALL
		    ? c->links[parent].first
		    : child;
	seq = note_group(c, child, first, delay_ms, cause);
	for (member = first; member != SPEC_NONE;
	     member = c->links[member].next) {
		/* B7: what is left of a member's own wait counts too... */
		r = state_record(c, member);
		if (member != child && (r->flags & FLAG_DUE) != 0 &&
		    r->next_try_ms > c->now_ms && r->next_try_ms > hold)
			hold = r->next_try_ms;
		mark_member(c, member, child, seq);
	}
	/* ...and so does that of another group. */
	before =
	    p->hold_ms > c->now_ms ? tree_by_uid(c, p->group_first) : SPEC_NONE;
	if (before != SPEC_NONE && p->hold_ms > hold)
		hold = p->hold_ms;
	if (before == SPEC_NONE || first < before)
		p->group_first = state_record(c, first)->uid;
	p->hold_ms = hold;
	turn_record(c, child)->next_try_ms = hold;
	if (state_down(c, child))
		turn_state(
		    c, child, hold > c->now_ms ? STATE_WAITING : STATE_STOPPED);
	turn_push(c, INNER_ADVANCE, parent, seq);
}

static bool
is_pass(const struct core *c, uint32_t child)
{
	return (state_record(c, child)->flags & (FLAG_DUE | FLAG_SOLO)) ==
	       FLAG_DUE;
}

/* A start by hand has failed: if a group that is still to start, or an elder
 * one whose turn is before it, would have started the child anyway, it will. */
void
pass_rejoin(struct core *c, uint32_t child)
{
	uint32_t parent = state_parent(c, child), elder;
	const struct record *p = state_record(c, parent);
	uint32_t first =
	    p->hold_ms > c->now_ms ? tree_by_uid(c, p->group_first) : SPEC_NONE;
	bool coming = first != SPEC_NONE && child >= first;

	if (c->specs[parent].strategy == STRATEGY_ONE_FOR_ONE ||
	    c->specs[child].restart == RESTART_TEMPORARY)
		return;
	for (elder = c->links[parent].first; elder != child && !coming;
	     elder = c->links[elder].next)
		coming = is_pass(c, elder);
	if (coming)
		pass_mark_due(c, child, 0, 0, p->cause);
}

/* The next one to stop, from the youngest; it has FLAG_TO_STOP. */
static uint32_t
next_stop(struct core *c, uint32_t supervisor)
{
	struct link *l = &c->links[supervisor];
	uint32_t child = l->stop_at != SPEC_NONE ? l->stop_at : l->last;

	while ((state_record(c, child)->flags & FLAG_TO_STOP) == 0) {
		child = c->links[child].previous;
		must(child != SPEC_NONE);
	}
	l->stop_at = child;
	return child;
}

/* At the end of the tree nothing comes after a child that what SIGKILL does
 * not end of it could be in the way of. */
static bool
is_left(const struct core *c, uint32_t child)
{
	const struct record *root = state_record(c, 0);
	bool ends =
	    root->phase == GROUP_STOPPING && root->rest != STATE_STOPPED;

	return (ends || c->image.life == CORE_SHUTTING_DOWN) &&
	       state_record(c, child)->stuck;
}

/* true: something is still to be down. */
static bool
stops(struct core *c, uint32_t supervisor)
{
	uint32_t child;
	uint64_t cause;

	while (c->links[supervisor].stops > 0) {
		child = next_stop(c, supervisor);
		if (state_down(c, child)) {
			turn_clear_flags(c, child, FLAG_TO_STOP);
			continue;
		}
		cause = state_record(c, supervisor)->cause;
		if (is_left(c, child)) {
			turn_set_flags(c, child, FLAG_TOLD);
			service_down(c, child, cause);
		} else if ((state_record(c, child)->flags &
			       (FLAG_TOLD | FLAG_CAUSE)) == 0) {
			turn_set_flags(c, child, FLAG_TOLD);
			turn_push(c, INNER_STOP, child, cause);
		}
		return true;
	}
	return false;
}

static void
start_child(struct core *c, uint32_t child)
{
	const struct record *r = state_record(c, child);
	uint32_t parent = state_parent(c, child);

	if ((r->flags & (FLAG_UPDATE | FLAG_TO_STOP)) != 0)
		return;
	if (!state_down(c, child)) {
		if (state_is_supervisor(c, child) && r->phase == GROUP_UP)
			turn_push(c, INNER_START, child, r->cause);
		return;
	}
	if (r->next_try_ms > c->now_ms) {
		turn_state(c, child, STATE_WAITING);
		return;
	}
	if (after_holds(c, child)) {
		turn_state(c, child, STATE_WAITING);
		return;
	}
	if ((r->flags & FLAG_RETRY) != 0) {
		turn_clear_flags(c, child, FLAG_RETRY);
		if (!group_count(c, child))
			return;
		if (c->specs[parent].strategy != STRATEGY_ONE_FOR_ONE) {
			pass_group(c, child, 0, r->cause);
			return;
		}
	}
	/* It waits no more, and its group not for it. */
	turn_clear_flags(c, child, FLAG_CAUSE);
	turn_push(c, INNER_START, child, r->cause);
}

/* The group's wait is over: what an operator started of it meanwhile stops
 * again (B7). true: something has to. */
static bool
end_hold(struct core *c, uint32_t supervisor)
{
	struct record *p = turn_record(c, supervisor);
	uint32_t member = tree_by_uid(c, p->group_first);
	const struct record *r;
	bool any = false;

	p->hold_ms = 0;
	if (member == SPEC_NONE || state_parent(c, member) != supervisor)
		return false;
	for (; member != SPEC_NONE; member = c->links[member].next) {
		r = state_record(c, member);
		if (r->state == STATE_WAITING)
			turn_state(c, member, STATE_STOPPED);
		if (state_down(c, member) || r->held ||
		    (r->flags & (FLAG_UPDATE | FLAG_TOLD)) != 0 ||
		    c->specs[member].restart == RESTART_TEMPORARY)
			continue;
		if (r->remains && (r->flags & FLAG_CAUSE) != 0)
			continue;
		pass_mark_stop(c, member);
		pass_mark_due(c, member, 0, 0, p->cause);
		any = true;
	}
	return any;
}

static bool
gate_open(const struct core *c, uint32_t supervisor)
{
	return c->links[supervisor].stops == 0 &&
	       state_record(c, supervisor)->hold_ms == 0 &&
	       group_lives(c, supervisor);
}

/* Starts what may start now: the first that is due, or with parallel all. */
static void
starts(struct core *c, uint32_t supervisor)
{
	struct link *l = &c->links[supervisor];
	bool parallel = c->specs[supervisor].parallel;
	uint32_t child;

	child = l->start_at == SPEC_NONE ? l->first : l->start_at;
	/* Those that cannot start yet come back by INNER_TRY. */
	l->start_at = c->count;
	while (child < c->count && gate_open(c, supervisor)) {
		if (is_pass(c, child)) {
			if (!parallel)
				l->start_at = child;
			/* A retry may be refused, or begin the group anew:
			 * whatever was ordered to start has to be so first. */
			if (c->prompt.count > 0 &&
			    (state_record(c, child)->flags & FLAG_RETRY) != 0) {
				l->start_at = child;
				turn_push(c, INNER_ADVANCE, supervisor,
				    state_record(c, child)->cause);
				return;
			}
			start_child(c, child);
			/* A retry marks its group anew, from the first. */
			if (!parallel || l->start_at == SPEC_NONE)
				return;
		}
		child = c->links[child].next;
	}
}

void
pass_advance(struct core *c, uint32_t supervisor)
{
	const struct record *p = state_record(c, supervisor);
	struct link *l = &c->links[supervisor];

	if (stops(c, supervisor))
		return;
	if (p->phase == GROUP_STOPPING) {
		group_ended(c, supervisor);
		return;
	}
	if (!group_lives(c, supervisor))
		return;
	if (p->hold_ms > c->now_ms)
		return;
	if (p->hold_ms != 0 && end_hold(c, supervisor)) {
		turn_push(c, INNER_ADVANCE, supervisor, p->cause);
		return;
	}
	if (l->pass > 0)
		starts(c, supervisor);
	/* What ends by itself is not ready, and what comes of it not known. */
	if (p->phase == GROUP_STARTING && l->due == 0 && l->ending == 0)
		group_complete(c, supervisor);
}

void
pass_try(struct core *c, uint32_t child)
{
	const struct record *r = state_record(c, child);
	uint32_t parent = state_parent(c, child), at;

	if ((r->flags & FLAG_DUE) == 0)
		return;
	if (parent == SPEC_NONE) {
		if (!state_down(c, child) || c->image.life != CORE_UP)
			return;
		turn_push(c, INNER_START, child, r->cause);
		turn_clear_flags(c, child, FLAGS_START);
		return;
	}
	if (!group_lives(c, parent))
		return;
	at = c->links[parent].start_at;
	if (!is_pass(c, child)) {
		start_child(c, child);
	} else if ((r->flags & FLAG_RETRY) == 0 && gate_open(c, parent) &&
		   c->specs[parent].parallel && at != SPEC_NONE && at > child) {
		/* Its turn was, and it could not start then. */
		start_child(c, child);
	} else {
		/* Of several retries the eldest comes first, and takes the
		 * others along: R42. */
		if ((r->flags & FLAG_RETRY) != 0)
			c->links[parent].start_at = SPEC_NONE;
		turn_push(c, INNER_ADVANCE, parent, r->cause);
	}
}

/* Past every limit: all below node gets SIGKILL, and nothing starts again. */
void
pass_kill_below(struct core *c, uint32_t node)
{
	uint64_t cause = state_record(c, node)->cause;
	uint32_t below;

	for (below = node + 1; below < c->links[node].end; below++) {
		if (state_down(c, below))
			continue;
		turn_push(c,
		    state_is_supervisor(c, below) ? INNER_STOP : INNER_KILL,
		    below, cause);
	}
}
