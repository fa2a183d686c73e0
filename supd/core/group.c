#include "core/state.h"

#include <string.h>

#include "lib/must.h"

/*
 * The machine of a supervisor, and its decisions about its children.
 *
 *   DOWN --start--> STARTING --all up--> UP --stop, gave up--> STOPPING
 *    ^                  \__________________________________________/|
 *    +-------------------------- all children down -----------------+
 *
 * Here stands what an end of a child means; in which order children stop and
 * start is pass.c's.
 */

enum happening { ON_START, ON_STOP, ON_KILL, ON_COUNT };
typedef void handler(struct core *, uint32_t node, uint64_t cause);

bool
group_lives(const struct core *c, uint32_t supervisor)
{
	uint8_t phase = state_record(c, supervisor)->phase;

	return phase == GROUP_STARTING || phase == GROUP_UP;
}

static void
none(struct core *c, uint32_t node, uint64_t cause)
{
	(void)c;
	(void)node;
	(void)cause;
}

/* A child at the birth of its supervisor: R12, B2, D1. */
static void
prepare_child(struct core *c, uint32_t child, uint64_t cause)
{
	struct record *r = turn_record(c, child);

	r->attempt = 0;
	r->delay_ms = 0;
	r->pending_ms = 0;
	r->pending_since_ms = 0;
	r->gone = 0;
	r->held = !state_is_supervisor(c, child) && !c->specs[child].autostart;
	turn_clear_flags(c, child, FLAGS_START | FLAG_TO_STOP);
	if (r->held) {
		r->wanted = 0;
		turn_state(c, child, STATE_STOPPED);
		return;
	}
	pass_mark_due(c, child, 0, 0, cause);
}

static void
begin(struct core *c, uint32_t node, uint64_t cause)
{
	struct record *r = turn_record(c, node);
	uint32_t child;

	r->generation++;
	r->phase = GROUP_STARTING;
	r->rest = STATE_STOPPED;
	r->wanted = 1;
	r->gone = 0;
	r->ready = 0;
	r->ready_ms = 0;
	r->hold_ms = 0;
	r->marks_count = 0;
	turn_clear_flags(c, node, FLAG_TOLD);
	turn_state(c, node, STATE_STARTING);
	r->cause = turn_note(c, NOTE_STARTING, node, cause)->seq;
	for (child = c->links[node].first; child != SPEC_NONE;
	     child = c->links[child].next)
		prepare_child(c, child, r->cause);
	turn_push(c, INNER_ADVANCE, node, r->cause);
}

static void
begin_child(struct core *c, uint32_t child, uint64_t cause)
{
	struct record *r = turn_record(c, child);

	if ((r->flags & FLAG_UPDATE) != 0)
		return;
	if (state_is_supervisor(c, child) && r->phase == GROUP_STARTING) {
		turn_push(c, INNER_START, child, cause);
		return;
	}
	if ((r->flags & FLAG_DUE) != 0) {
		/* To start what waits means: now. */
		if (r->state == STATE_WAITING) {
			r->attempt = 0;
			ask_now(c, child, cause);
		}
		return;
	}
	if (state_is_supervisor(c, child)
		? r->phase == GROUP_STOPPING
		: !state_down(c, child) || r->state == STATE_EXITED ||
		      !c->specs[child].autostart)
		return;
	/* Stopped since the order came: see ask.c. */
	if (r->held)
		return;
	r->gone = 0;
	pass_mark_due(c, child, 0, 0, cause);
}

/* An operator starts a supervisor that runs: what is down below it comes up,
 * but for what has done its work or is never started by itself. */
static void
begin_more(struct core *c, uint32_t node, uint64_t cause)
{
	uint32_t child;

	turn_record(c, node)->phase = GROUP_STARTING;
	for (child = c->links[node].first; child != SPEC_NONE;
	     child = c->links[child].next)
		begin_child(c, child, cause);
	turn_push(c, INNER_ADVANCE, node, cause);
}

void
group_stop(
    struct core *c, uint32_t node, enum record_state rest, uint64_t cause)
{
	struct record *r = turn_record(c, node);
	uint64_t ms = c->specs[node].shutdown_ms;
	uint32_t child;

	r->phase = GROUP_STOPPING;
	r->rest = (uint8_t)rest;
	r->ready = 0;
	if (rest != STATE_STOPPED) {
		turn_set_flags(c, node, FLAG_ENDING);
		/* If that is the end of all: for what is stuck already. */
		c->wake = c->wake || state_parent(c, node) == SPEC_NONE;
	}
	r->hold_ms = 0;
	r->cause = turn_note(c, NOTE_STOPPING, node, cause)->seq;
	turn_state(c, node, STATE_STOPPING);
	r->deadline_ms =
	    ms > SPEC_INFINITE - c->now_ms ? SPEC_INFINITE : c->now_ms + ms;
	for (child = c->links[node].first; child != SPEC_NONE;
	     child = c->links[child].next) {
		pass_cancel(c, child);
		ask_answer(c, child, OPS_UP, ANSWER_OVERTAKEN);
		if (!r->wanted)
			turn_record(c, child)->wanted = 0;
		if (!state_down(c, child)) {
			pass_mark_stop(c, child);
		} else if (state_record(c, child)->state == STATE_WAITING) {
			turn_state(c, child, STATE_STOPPED);
			turn_note(c, NOTE_STOPPED, child, r->cause);
		}
	}
	if (ms == 0)
		pass_kill_below(c, node);
	turn_push(c, INNER_ADVANCE, node, r->cause);
}

static void
stop(struct core *c, uint32_t node, uint64_t cause)
{
	group_stop(c, node, STATE_STOPPED, cause);
}

/* It was ending by itself; now that is an order, and no event. */
static void
stop_ending(struct core *c, uint32_t node, uint64_t cause)
{
	(void)cause;
	turn_record(c, node)->rest = STATE_STOPPED;
	turn_clear_flags(c, node, FLAG_ENDING);
}

static void
kill_all(struct core *c, uint32_t node, uint64_t cause)
{
	group_stop(c, node, STATE_STOPPED, cause);
	pass_kill_below(c, node);
}

static void
kill_ending(struct core *c, uint32_t node, uint64_t cause)
{
	(void)cause;
	pass_kill_below(c, node);
}

static handler *const matrix[][ON_COUNT] = {
	[GROUP_DOWN] = { begin, none, none },
	[GROUP_STARTING] = { begin_more, stop, kill_all },
	[GROUP_UP] = { begin_more, stop, kill_all },
	[GROUP_STOPPING] = { none, stop_ending, kill_ending },
};

void
group_inner(struct core *c, const struct inner *inner)
{
	static const enum happening of[] = {
		[INNER_START] = ON_START,
		[INNER_STOP] = ON_STOP,
		[INNER_KILL] = ON_KILL,
	};

	must(inner->kind <= INNER_KILL);
	matrix[state_record(c, inner->node)->phase][of[inner->kind]](
	    c, inner->node, inner->cause);
}

void
group_deadline(struct core *c, uint32_t node)
{
	struct record *r = turn_record(c, node);
	struct note *n;

	r->deadline_ms = SPEC_INFINITE;
	if (r->phase != GROUP_STOPPING)
		return;
	n = turn_note(c, NOTE_KILL, node, r->cause);
	n->delay_ms = c->specs[node].shutdown_ms;
	pass_kill_below(c, node);
}

/* All that should run does. */
void
group_complete(struct core *c, uint32_t node)
{
	struct record *r = turn_record(c, node);
	struct note *n;

	r->phase = GROUP_UP;
	turn_state(c, node, STATE_RUNNING);
	if (!r->ready) {
		r->ready = 1;
		r->ready_ms = c->now_ms;
		n = turn_note(c, NOTE_READY, node, r->cause);
		n->delay_ms = c->now_ms - r->since_ms;
	}
	after_wake(c, node);
	if (state_parent(c, node) == SPEC_NONE)
		ask_answer(c, node, OPS_UP, ANSWER_OK);
	else
		turn_push(c, INNER_READY, node, r->last_note);
}

static void
root_down(struct core *c, uint32_t root)
{
	struct record *r = turn_record(c, root);

	turn_clear_flags(c, root, FLAG_TOLD);
	turn_state(c, root, (enum record_state)r->rest);
	if (r->rest == STATE_STOPPED)
		turn_note(c, NOTE_STOPPED, root, r->cause);
	if (c->image.life == CORE_UP && r->rest == STATE_STOPPED) {
		if ((r->flags & FLAG_DUE) != 0)
			turn_push(c, INNER_TRY, root, r->cause);
		else
			ask_answer(c, root, OPS_DOWN, ANSWER_OK);
		return;
	}
	c->image.exit_code =
	    r->rest == STATE_STOPPED ? 0 : (uint8_t)r->chain_code;
	c->image.life = CORE_DOWN;
	c->image.updating = 0; /* there is nothing left to update */
	c->new_specs = NULL;
	c->dirty_head = true;
	ask_answer(c, root, OPS_UP | OPS_DOWN, ANSWER_SHUTTING_DOWN);
	turn_act(c, ACTION_EXIT, root)->code = c->image.exit_code;
}

/* The last child is down, and so is the supervisor. One that ended by itself
 * has a death to tell: R27, R71. */
void
group_ended(struct core *c, uint32_t node)
{
	struct record *r = turn_record(c, node);
	struct note *n;

	turn_clear_flags(c, node, FLAG_ENDING);
	r->phase = GROUP_DOWN;
	r->deadline_ms = SPEC_INFINITE;
	r->marks_count = 0;
	if (r->rest != STATE_STOPPED) {
		n = turn_note(c,
		    r->rest == STATE_FAILED ? NOTE_FAILED : NOTE_EXITED, node,
		    r->cause);
		r->exit.wall_ms = c->wall_ms;
		n->exit = r->exit;
		r->cause = n->seq;
		r->death = DEATH_NORMAL;
		if (state_parent(c, node) != SPEC_NONE)
			turn_death(c, node);
	}
	if (state_parent(c, node) == SPEC_NONE)
		root_down(c, node);
	else
		turn_push(c, INNER_DOWN, node, r->cause);
}

/* The state that a child which is down shows. */
static void
show(struct core *c, uint32_t child)
{
	const struct record *r = state_record(c, child);
	const uint32_t alone = FLAG_SOLO | FLAG_RETRY | FLAG_CAUSE;

	if (!state_down(c, child))
		return;
	if ((r->flags & FLAG_DUE) == 0)
		turn_state(c, child, (enum record_state)r->rest);
	else if ((r->flags & alone) != 0 && r->next_try_ms > c->now_ms)
		turn_state(c, child, STATE_WAITING);
	else
		turn_state(c, child, STATE_STOPPED);
}

void
group_child_ready(struct core *c, uint32_t child)
{
	struct record *r = turn_record(c, child);
	uint32_t parent = state_parent(c, child);

	after_wake(c, child);
	if ((r->flags & (FLAG_TO_STOP | FLAG_TOLD)) != 0 ||
	    !group_lives(c, parent))
		return;
	budget_pending(c, child, false);
	turn_clear_flags(c, child, FLAGS_START);
	r->next_try_ms = 0;
	ask_answer(c, child, OPS_UP, ANSWER_OK);
	turn_push(c, INNER_ADVANCE, parent, 0);
}

/* An oneshot has done its work: ready, and, as an end, perhaps more. */
static void
done(struct core *c, uint32_t child)
{
	struct record *r = turn_record(c, child);

	r->ready = 1;
	r->ready_ms = c->now_ms;
	r->rest = STATE_EXITED;
	group_child_ready(c, child);
	r->death = DEATH_NORMAL;
	turn_death(c, child);
}

void
group_child_down(struct core *c, uint32_t child, uint64_t cause)
{
	struct record *r = turn_record(c, child);
	uint32_t parent = state_parent(c, child);
	bool member = (r->flags & FLAG_TO_STOP) != 0;
	bool alone = !member || (r->flags & FLAG_SOLO) != 0;
	bool asked = (r->flags & FLAG_TOLD) != 0 ||
		     (r->flags & (FLAG_TO_STOP | FLAG_CAUSE)) == FLAG_TO_STOP;

	turn_clear_flags(c, child, FLAG_TO_STOP | FLAG_TOLD);
	if (asked) {
		r->death = DEATH_NONE;
		turn_note(c, NOTE_STOPPED, child, cause)->exit = r->exit;
	} else if ((r->flags & FLAG_DONE) != 0) {
		done(c, child);
	}
	/* It was dropped as a temporary child, and is one no more: D6. */
	if (member && (r->flags & (FLAG_DUE | FLAG_UPDATE)) == 0 && r->wanted &&
	    !r->gone && c->specs[child].restart != RESTART_TEMPORARY &&
	    group_lives(c, parent))
		pass_mark_due(c, child, 0, 0, cause);
	if ((r->flags & FLAG_DUE) == 0) {
		budget_pending(c, child, false);
		if (asked && c->specs[child].restart == RESTART_TEMPORARY)
			r->gone = 1;
		ask_answer(c, child, OPS_DOWN, ANSWER_OK);
	} else if (alone) {
		turn_push(c, INNER_TRY, child, cause);
	}
	/* A member of a group starts with that, in its turn. */
	show(c, child);
	turn_push(c, INNER_ADVANCE, parent, cause);
	if (c->image.updating)
		turn_push(c, INNER_UPDATE, parent, cause);
}

static int
code_of(const struct core *c, uint32_t child)
{
	const struct record *r = state_record(c, child);

	if (state_is_supervisor(c, child))
		return r->chain_code;
	if (r->exit.end == END_CODE)
		return r->exit.number;
	return r->exit.end == END_SIGNAL ? 128 + r->exit.number : 1;
}

/* The restart of child is refused: R70, B8. */
static void
refuse(struct core *c, uint32_t child, uint32_t within)
{
	const struct spec *spec = &c->specs[child];
	uint32_t parent = state_parent(c, child), told = parent;
	struct record *r = turn_record(c, child), *p = turn_record(c, parent);
	struct note *n;

	r->rest = STATE_FAILED;
	pass_cancel(c, child);
	ask_answer(c, child, OPS_UP, ANSWER_FAILED);
	show(c, child);
	if (spec->on_limit == ON_LIMIT_STOP &&
	    c->specs[parent].strategy == STRATEGY_ONE_FOR_ONE)
		told = child;
	n = turn_note(c, NOTE_GAVE_UP, told, r->cause);
	n->child_uid = r->uid;
	n->attempt = within;
	n->intensity = c->specs[parent].intensity;
	n->period_ms = c->specs[parent].period_ms;
	if (told == child) {
		turn_push(c, INNER_ADVANCE, parent, n->seq);
		return;
	}
	p->chain_code = code_of(c, child);
	if (p->chain_code == 0)
		p->chain_code = 1;
	memset(&p->exit, 0, sizeof(p->exit));
	p->exit.end = END_GAVE_UP;
	group_stop(c, parent, STATE_FAILED, n->seq);
}

bool
group_count(struct core *c, uint32_t child)
{
	uint32_t within;

	if (!budget_count(c, state_parent(c, child), child, &within)) {
		refuse(c, child, within);
		return false;
	}
	turn_record(c, child)->restarts++;
	return true;
}

/* One more failure in a row; the note that told of it says which. */
static void
number_failure(struct core *c, uint32_t child)
{
	struct record *r = turn_record(c, child);
	struct note *n = &c->image.notes[r->cause % LIMIT_NOTES];

	r->attempt++;
	if (n->seq == r->cause && n->uid == r->uid && n->seq >= c->dirty_note &&
	    c->dirty_note != 0)
		n->attempt = r->attempt;
}

/* Draws the delay of the failure that was just numbered, and tells of it. */
static uint64_t
back_off(struct core *c, uint32_t child)
{
	struct record *r = turn_record(c, child);
	struct note *n;

	r->delay_ms =
	    budget_delay(&c->specs[child], r->attempt, &c->image.random);
	c->dirty_head = true;
	if (r->delay_ms > 0) {
		n = turn_note(c, NOTE_BACKOFF, child, r->cause);
		n->delay_ms = r->delay_ms;
		r->cause = n->seq;
	}
	return r->delay_ms;
}

static void
restart(struct core *c, uint32_t child)
{
	const struct spec *spec = &c->specs[child];
	struct record *r = turn_record(c, child);
	uint32_t parent = state_parent(c, child);
	uint64_t proof = r->delay_ms > spec->backoff_reset_ms
			     ? r->delay_ms
			     : spec->backoff_reset_ms;
	uint64_t delay;
	bool solo = (r->flags & FLAG_DUE) == 0 || (r->flags & FLAG_SOLO) != 0;

	if (r->ready_ms != 0 && c->now_ms - r->ready_ms >= proof)
		r->attempt = 0;
	number_failure(c, child);
	budget_pending(c, child, true);
	ask_answer(c, child, OPS_UP, ANSWER_FAILED);
	if (!group_count(c, child))
		return;
	delay = back_off(c, child);
	if (c->specs[parent].strategy == STRATEGY_ONE_FOR_ONE)
		pass_mark_due(c, child, solo ? FLAG_SOLO : 0,
		    delay > 0 ? c->now_ms + delay : 0, r->cause);
	else
		pass_group(c, child, delay, r->cause);
	show(c, child);
}

/* R60 and D2; R66 for one by hand. */
static void
start_failed(struct core *c, uint32_t child)
{
	struct record *r = turn_record(c, child);
	uint32_t flags = r->flags, within;
	uint64_t delay;

	ask_answer(c, child, OPS_UP, ANSWER_FAILED);
	if ((flags & FLAG_MANUAL) != 0) {
		r->rest = STATE_FAILED;
		pass_cancel(c, child);
		if ((flags & FLAG_MEMBER) != 0)
			pass_rejoin(c, child);
		show(c, child);
		turn_push(c, INNER_ADVANCE, state_parent(c, child), r->cause);
		return;
	}
	number_failure(c, child);
	budget_pending(c, child, true);
	delay = back_off(c, child);
	if (budget_refuses_then(
		c, state_parent(c, child), child, delay, &within)) {
		refuse(c, child, within);
		return;
	}
	if ((flags & FLAG_DUE) == 0)
		flags |= FLAG_SOLO;
	pass_mark_due(c, child, (flags & FLAG_SOLO) | FLAG_RETRY,
	    delay > 0 ? c->now_ms + delay : 0, r->cause);
	turn_push(c, INNER_TRY, child, r->cause);
	show(c, child);
}

/* R91: is a significant child left? */
static bool
significant_left(const struct core *c, uint32_t parent)
{
	const struct record *r;
	uint32_t child;

	for (child = c->links[parent].first; child != SPEC_NONE;
	     child = c->links[child].next) {
		r = state_record(c, child);
		if (!c->specs[child].significant)
			continue;
		if ((r->flags & (FLAG_DUE | FLAG_AGAIN)) != 0)
			return true;
		/* One that is being stopped and does not come back is not. */
		if (!state_down(c, child) && !r->held &&
		    r->rest == STATE_STOPPED &&
		    (r->flags & (FLAG_TO_STOP | FLAG_TOLD)) == 0)
			return true;
	}
	return false;
}

static void
auto_shutdown(struct core *c, uint32_t child, enum death death)
{
	uint32_t parent = state_parent(c, child);
	enum spec_auto_shutdown how = c->specs[parent].auto_shutdown;
	struct record *p;

	if (!c->specs[child].significant || how == AUTO_SHUTDOWN_NEVER ||
	    (how == AUTO_SHUTDOWN_ALL && significant_left(c, parent)))
		return;
	p = turn_record(c, parent);
	memset(&p->exit, 0, sizeof(p->exit));
	p->exit.end = END_AUTO;
	p->chain_code = code_of(c, child);
	if (death == DEATH_NORMAL && !state_is_supervisor(c, child))
		p->chain_code = 0;
	group_stop(c, parent, STATE_EXITED, state_record(c, child)->cause);
}

/* It ended by itself and is not restarted. A supervisor that gave up shows as
 * failed, though for its parent that is a normal end: R27. */
static void
ended(struct core *c, uint32_t child, enum death death)
{
	struct record *r = turn_record(c, child);
	uint32_t parent = state_parent(c, child);

	if (!state_is_supervisor(c, child))
		r->rest = death == DEATH_NORMAL ? STATE_EXITED : STATE_FAILED;
	r->wanted = 0;
	if (c->specs[child].restart == RESTART_TEMPORARY)
		r->gone = 1;
	ask_answer(c, child, OPS_UP, ANSWER_FAILED);
	pass_cancel(c, child);
	show(c, child);
	after_wake(c, child);
	turn_push(c, INNER_ADVANCE, parent, r->cause);
	auto_shutdown(c, child, death);
}

/* Decides what the end of a child means: OTP.md 1.3 to 1.9. */
void
group_child_died(struct core *c, uint32_t child)
{
	struct record *r = turn_record(c, child);
	enum death death = (enum death)r->death;
	enum spec_restart how = c->specs[child].restart;

	r->death = DEATH_NONE;
	/* R40: it was going to be stopped, so it has. */
	if (death == DEATH_NONE || !group_lives(c, state_parent(c, child)) ||
	    (r->flags & (FLAG_TO_STOP | FLAG_TOLD | FLAG_UPDATE)) != 0)
		return;
	if (death == DEATH_START)
		start_failed(c, child);
	else if (how == RESTART_TEMPORARY ||
		 (how == RESTART_TRANSIENT && death == DEATH_NORMAL))
		ended(c, child, death);
	else
		restart(c, child);
}
