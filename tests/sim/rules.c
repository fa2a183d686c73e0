/* rules: what a supervisor decides. The numbers are those of the rules. */
#include "model.h"

static uint32_t
parent_of(const struct model *model, uint32_t node)
{
	return model->node[node].spec->parent;
}

static bool
is_child(const struct model *model, uint32_t supervisor, uint32_t node)
{
	return node < model->count && parent_of(model, node) == supervisor;
}

static uint32_t
child_first(const struct model *model, uint32_t supervisor)
{
	for (uint32_t i = supervisor + 1; i < model->count; i++)
		if (is_child(model, supervisor, i))
			return i;
	return model->count;
}

static uint32_t
child_next(const struct model *model, uint32_t supervisor, uint32_t child)
{
	for (uint32_t i = child + 1; i < model->count; i++)
		if (is_child(model, supervisor, i))
			return i;
	return model->count;
}

static bool
is_grouped(const struct mnode *s)
{
	return s->spec->strategy != STRATEGY_ONE_FOR_ONE;
}

/* Starting and stopping one node, whatever it is. */

static void
supervisor_start(struct model *model, uint32_t node)
{
	struct mnode *s = &model->node[node];

	s->life = LIFE_STARTING;
	s->ready_ms = 0;
	s->marks = 0; /* R54 */
	s->work = WORK_SWEEP;
	s->from = s->next = child_first(model, node);
	for (uint32_t i = s->next; i < model->count;
	     i = child_next(model, node, i)) {
		struct mnode *c = &model->node[i];

		c->attempt = 0; /* B2 */
		c->delay_ms = 0;
		c->known = true;
		c->held = c->gone = false; /* D1, R12 */
		c->off = c->spec->kind == SPEC_SERVICE && !c->spec->autostart;
		if (c->off)
			c->how = STATE_STOPPED;
		c->pend = PEND_NO;
		c->pending = false;
	}
}

void
rules_start(struct model *model, uint32_t node, bool manual)
{
	struct mnode *m = &model->node[node];

	m->pend = PEND_NO;
	m->fate = FATE_NONE;
	m->manual = manual;
	m->passed = false;
	if (m->spec->kind == SPEC_SERVICE)
		life_start(model, node);
	else
		supervisor_start(model, node);
}

void
rules_stop(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	m->pend = PEND_NO;   /* R65 */
	m->fate = FATE_NONE; /* R40 */
	m->manual = m->again = false;
	if (m->life == LIFE_DOWN)
		return;
	model->moved |= m->life != LIFE_STOPPING;
	if (m->spec->kind == SPEC_SERVICE) {
		life_stop(m);
		return;
	}
	if (m->work != WORK_STOP || m->life == LIFE_DYING) {
		m->bound_must_ms = SPEC_INFINITE;
		if (m->spec->shutdown_ms != SPEC_INFINITE)
			m->bound_must_ms = model->now_ms + m->spec->shutdown_ms;
		if (m->work != WORK_STOP)
			m->bound_ms = m->bound_must_ms;
	}
	m->life = LIFE_STOPPING;
	m->work = WORK_STOP;
	m->stop_ms = model->now_ms;
}

/* The supervisor ends by its own rules: gives up, or auto-shutdown. */
static void
supervisor_ends(struct model *model, uint32_t node, uint8_t how)
{
	struct mnode *s = &model->node[node];

	s->life = LIFE_DYING;
	s->work = WORK_STOP;
	s->stop_ms = model->now_ms;
	s->how = how;
	/* Whether the bound holds here as well is free. */
	s->bound_ms = s->bound_must_ms = SPEC_INFINITE;
	if (s->spec->shutdown_ms != SPEC_INFINITE)
		s->bound_ms = model->now_ms + s->spec->shutdown_ms;
}

/* R70, B8: the restart of child is refused. */
static void
refuse(struct model *model, uint32_t supervisor, uint32_t child)
{
	struct mnode *s = &model->node[supervisor];
	struct mnode *c = &model->node[child];

	c->pend = PEND_NO;
	c->how = STATE_FAILED;
	window_unpend(model, child);
	if (c->spec->on_limit == ON_LIMIT_STOP && !is_grouped(s))
		return;
	supervisor_ends(model, supervisor, STATE_FAILED);
}

/* R31, R32: what a group restart begins with. */
static void
group_begin(struct model *model, uint32_t supervisor, uint32_t cause)
{
	struct mnode *s = &model->node[supervisor];
	struct mnode *c = &model->node[cause];

	s->from = s->spec->strategy == STRATEGY_REST_FOR_ONE
		      ? cause
		      : child_first(model, supervisor);
	s->work = WORK_GROUP;
	s->cause = cause;
	for (uint32_t i = s->from; i < model->count;
	     i = child_next(model, supervisor, i)) {
		struct mnode *m = &model->node[i];

		m->again = false;
		if (i == cause)
			continue;
		if (m->spec->restart == RESTART_TEMPORARY &&
		    m->life != LIFE_DOWN &&
		    (m->life != LIFE_DYING ||
			(m->fate != FATE_NO_START && m->pend == PEND_NO)))
			m->gone = true; /* R33 */
		/* One that never came up keeps its start (D2). */
		if (m->fate != FATE_NONE && m->fate != FATE_NO_START &&
		    m->spec->restart == RESTART_TEMPORARY)
			m->gone = true;
		if (m->fate != FATE_NONE && !m->gone)
			m->how = STATE_STOPPED;
		m->fate = FATE_NONE; /* R40 */
		/* B7: it is taken in, and what is left of its wait too. */
		if (m->pend != PEND_NO) {
			if (c->due_ms < m->due_ms)
				c->due_ms = m->due_ms;
			if (c->late_ms < m->late_ms)
				c->late_ms = m->late_ms;
		}
		if (m->pend != PEND_NO ||
		    (m->life == LIFE_DYING && !m->gone && !m->held &&
			m->spec->restart != RESTART_TEMPORARY))
			m->how = STATE_STOPPED;
		m->pend = PEND_NO;
	}
}

/* R50: a child is to be restarted because it died. */
static void
restart_dead(struct model *model, uint32_t supervisor, uint32_t child)
{
	struct mnode *s = &model->node[supervisor];
	struct mnode *c = &model->node[child];

	c->how = STATE_STOPPED;
	window_pend(model, child);
	if (!window_count(model, supervisor, child)) {
		refuse(model, supervisor, child);
		return;
	}
	window_fail(model, child, true);
	c->pend = PEND_DEATH;
	if (is_grouped(s))
		group_begin(model, supervisor, child);
}

/* R60, B6: a start failed, and is tried again. */
static void
restart_failed(struct model *model, uint32_t supervisor, uint32_t child)
{
	struct mnode *s = &model->node[supervisor];
	struct mnode *c = &model->node[child];

	window_pend(model, child);
	if (seen_refused(model->seen, s->uid, c->uid) &&
	    window_full(model, supervisor, child, 0, false)) {
		refuse(model, supervisor, child);
		return;
	}
	window_fail(model, child, false);
	if (c->delay_ms > 0 &&
	    window_full(model, supervisor, child, c->delay_ms, true))
		FAULT(model, "%s waits for a restart that %s must refuse (B6)",
		    c->spec->name, s->spec->name);
	c->pend = PEND_RETRY;
	if (is_grouped(s) && s->work == WORK_SWEEP && !s->spec->parallel)
		s->work = WORK_NONE; /* R61: until the retry */
}

/* Is it a member of the group in progress that will start with it? */
static bool
is_coming(const struct mnode *s, const struct mnode *m, uint32_t node)
{
	if (m->gone || m->held || m->off)
		return false;
	if (s->work == WORK_GROUP)
		return node >= s->from && m->spec->restart != RESTART_TEMPORARY;
	return s->work == WORK_SWEEP && node >= s->next;
}

/* R90 to R92: child ended by itself and is not restarted. */
static void
ended_for_good(struct model *model, uint32_t supervisor, uint32_t child)
{
	struct mnode *s = &model->node[supervisor];
	bool left = false;

	if (!model->node[child].spec->significant ||
	    s->spec->auto_shutdown == AUTO_SHUTDOWN_NEVER)
		return;
	for (uint32_t i = child_first(model, supervisor); i < model->count;
	     i = child_next(model, supervisor, i)) {
		const struct mnode *m = &model->node[i];

		if (i != child && m->spec->significant &&
		    (m->pend != PEND_NO || is_coming(s, m, i) ||
			(m->life == LIFE_DYING && m->done) ||
			m->life == LIFE_STARTING || m->life == LIFE_UP ||
			m->fate != FATE_NONE))
			left = true;
	}
	if (s->spec->auto_shutdown == AUTO_SHUTDOWN_ANY || !left)
		supervisor_ends(model, supervisor, STATE_EXITED);
}

static void
handle_death(
    struct model *model, uint32_t supervisor, uint32_t child, bool normal)
{
	struct mnode *c = &model->node[child];
	bool again = c->spec->restart == RESTART_PERMANENT ||
		     (c->spec->restart == RESTART_TRANSIENT && !normal);

	if (c->spec->restart == RESTART_TEMPORARY)
		c->gone = true; /* R23 */
	if (again) {
		restart_dead(model, supervisor, child);
		return;
	}
	/* A supervisor keeps what it ended by: it shows as failed if it gave
	 * up, though that is a normal end for its parent (R27). */
	if (c->spec->kind == SPEC_SERVICE)
		c->how = normal ? STATE_EXITED : STATE_FAILED;
	ended_for_good(model, supervisor, child);
}

/* Handles what happened to a child; eldest first within one supervisor. */
static void
handle(struct model *model, uint32_t child)
{
	uint32_t supervisor = parent_of(model, child);
	struct mnode *s = &model->node[supervisor];
	struct mnode *c = &model->node[child];
	enum fate fate = c->fate;

	c->fate = FATE_NONE;
	if (s->work == WORK_STOP)
		return;
	/* R40: the group that it belongs to is being stopped anyway. */
	if (s->work == WORK_GROUP && child >= s->from) {
		c->gone |= c->spec->restart == RESTART_TEMPORARY;
		if (!c->gone)
			c->how = STATE_STOPPED;
		return;
	}
	if (fate != FATE_NO_START) {
		handle_death(model, supervisor, child, fate == FATE_NORMAL);
		return;
	}
	if (c->manual) { /* R66 */
		c->manual = false;
		c->how = STATE_FAILED;
		c->gone = c->spec->restart == RESTART_TEMPORARY;
	} else {
		restart_failed(model, supervisor, child);
	}
}

bool
model_ends(const struct model *model)
{
	const struct mnode *root = &model->node[0];

	return model->shutting_down ||
	       (root->work == WORK_STOP &&
		   (root->life == LIFE_DYING || root->vague));
}

/* Stops the children from one on, the youngest first, each down before the
 * next. True: all are down. */
static bool
stop_down_to(struct model *model, uint32_t supervisor, uint32_t from)
{
	for (uint32_t i = model->count; i-- > from;) {
		struct mnode *c = &model->node[i];

		if (!is_child(model, supervisor, i))
			continue;
		if (c->life == LIFE_STARTING || c->life == LIFE_UP) {
			if (c->spec->restart == RESTART_TEMPORARY)
				c->gone = true; /* R33 */
			rules_stop(model, i);
		} else if (model->node[supervisor].work == WORK_STOP) {
			rules_stop(model, i);
			if (model_ends(model))
				life_leave(model, i);
		}
		if (model->node[supervisor].work == WORK_STOP || c->gone)
			window_unpend(model, i);
		if (c->life != LIFE_DOWN)
			return false;
	}
	return true;
}

static bool
is_over_bound(const struct model *model, uint32_t node)
{
	if (model->now_ms >= model->deadline_ms || model->hurry_ms == 0)
		return true;
	for (;; node = parent_of(model, node)) {
		const struct mnode *s = &model->node[node];

		if (s->work == WORK_STOP && model->now_ms >= s->bound_ms)
			return true;
		if (node == 0)
			return false;
	}
}

/* Past a bound all goes at once, without order. */
static void
stop_all_doomed(struct model *model)
{
	for (uint32_t i = 1; i < model->count; i++) {
		const struct mnode *s = &model->node[parent_of(model, i)];

		if (s->work == WORK_STOP && !s->vague &&
		    is_over_bound(model, parent_of(model, i))) {
			rules_stop(model, i);
			window_unpend(model, i);
		}
	}
}

static void
work_stop(struct model *model, uint32_t node)
{
	struct mnode *s = &model->node[node];

	if (!stop_down_to(model, node, child_first(model, node)))
		return;
	s->work = WORK_NONE;
	if (s->life == LIFE_STOPPING)
		s->how = STATE_STOPPED;
	else if (node != 0)
		s->fate = FATE_NORMAL; /* R27 */
	s->life = LIFE_DOWN;
	if (node == 0)
		model->root_over = true;
}

/* May the restart of child go ahead? The core says when within the bounds. */
static bool
is_due(const struct model *model, uint32_t child)
{
	const struct mnode *c = &model->node[child];
	const struct record *r = core_record(model->seen->core, child);

	if (model->now_ms < c->due_ms || c->life != LIFE_DOWN)
		return false;
	if (c->pend == PEND_RETRY)
		return true;
	if (c->try_ms != 0)
		return model->now_ms >= c->try_ms;
	return r->state != STATE_WAITING || r->next_try_ms <= model->now_ms;
}

static void
work_group(struct model *model, uint32_t node)
{
	struct mnode *s = &model->node[node];
	struct mnode *c = &model->node[s->cause];

	if (!stop_down_to(model, node, s->from)) {
		if (c->late_ms < model->now_ms + c->delay_ms)
			c->late_ms = model->now_ms + c->delay_ms;
		return;
	}
	if (c->pend == PEND_DEATH && !is_due(model, s->cause))
		return;
	c->pend = PEND_NO;
	s->work = WORK_SWEEP;
	s->next = s->from;
}

static bool
is_settled(const struct mnode *c)
{
	if (c->life == LIFE_DYING && c->spec->kind == SPEC_SUPERVISOR)
		return false; /* its end is still to be handled */
	if (c->life == LIFE_DYING)
		return !c->done && c->pend == PEND_NO && c->fate == FATE_NONE;
	return c->life == LIFE_UP || (c->life == LIFE_STOPPING && c->held) ||
	       (c->life == LIFE_DOWN && c->pend == PEND_NO);
}

static void
work_sweep(struct model *model, uint32_t node)
{
	struct mnode *s = &model->node[node];

	while (s->next < model->count) {
		struct mnode *c = &model->node[s->next];
		bool skip = c->gone || c->held || c->off;

		if (!skip && c->life == LIFE_DYING)
			return; /* its remains of before */
		if (!skip && c->life == LIFE_DOWN && c->pend == PEND_NO)
			rules_start(model, s->next, false);
		s->next = child_next(model, node, s->next);
		if (!s->spec->parallel && !skip)
			break;
	}
	if (s->next >= model->count)
		s->work = WORK_NONE;
}

/* The one that a sequential start waits for. */
static bool
sweep_waits(const struct model *model, uint32_t node)
{
	const struct mnode *s = &model->node[node];
	uint32_t last = model->count;

	for (uint32_t i = s->from; i < s->next; i = child_next(model, node, i))
		last = i;
	return !s->spec->parallel && last < model->count &&
	       !model->node[last].passed && !is_settled(&model->node[last]);
}

static bool
all_settled(const struct model *model, uint32_t node)
{
	for (uint32_t i = child_first(model, node); i < model->count;
	     i = child_next(model, node, i))
		if (!is_settled(&model->node[i]))
			return false;
	return true;
}

/* Is it one of a group that is being stopped, and not its cause? */
bool
rules_grouped(const struct model *model, uint32_t node)
{
	const struct mnode *s = &model->node[parent_of(model, node)];

	return s->work == WORK_GROUP && node >= s->from && node != s->cause;
}

/* A retry whose time has come: R60, R62. True if there was one. */
static bool
retry(struct model *model, uint32_t node)
{
	struct mnode *s = &model->node[node];

	for (uint32_t i = child_first(model, node); i < model->count;
	     i = child_next(model, node, i)) {
		struct mnode *c = &model->node[i];

		if (c->pend == PEND_NO || !is_due(model, i) ||
		    (is_grouped(s) && c->pend == PEND_DEATH))
			continue;
		if (c->pend == PEND_RETRY && !window_count(model, node, i)) {
			refuse(model, node, i);
			return true;
		}
		if (is_grouped(s)) {
			c->due_ms = c->late_ms = model->now_ms;
			c->try_ms = 0;
			c->pend = PEND_DEATH; /* it is counted by now */
			group_begin(model, node, i);
		} else {
			rules_start(model, i, false);
		}
		return true;
	}
	return false;
}

/* The second half of an operator's restart. */
static bool
start_again(struct model *model, uint32_t node)
{
	for (uint32_t i = child_first(model, node); i < model->count;
	     i = child_next(model, node, i)) {
		struct mnode *c = &model->node[i];

		if (!c->again || c->life != LIFE_DOWN)
			continue;
		c->again = false;
		rules_start(model, i, true);
		return true;
	}
	return false;
}

/* Lets one supervisor go on; true if anything changed. */
static bool
advance(struct model *model, uint32_t node)
{
	struct mnode *s = &model->node[node];
	enum work work = s->work;
	uint32_t next = s->next, orders = model->orders;
	enum life life = s->life;
	bool retried = false;

	if (s->life == LIFE_DOWN || s->vague)
		return false;
	if (work == WORK_STOP)
		work_stop(model, node);
	else if (work == WORK_GROUP)
		work_group(model, node);
	else if (work == WORK_SWEEP && !sweep_waits(model, node))
		work_sweep(model, node);
	if (s->work != WORK_STOP && s->life != LIFE_DOWN)
		retried = (s->work != WORK_GROUP && retry(model, node)) ||
			  start_again(model, node);
	if (s->life == LIFE_STARTING && s->work == WORK_NONE &&
	    all_settled(model, node))
		life_ready(model, node);
	return retried || s->work != work || s->next != next ||
	       model->orders != orders || s->life != life;
}

static uint32_t
depth_of(const struct model *model, uint32_t node)
{
	uint32_t depth = 0;

	for (; node != 0; node = parent_of(model, node))
		depth++;
	return depth;
}

/* R42: outer supervisors first, the eldest child first. */
static uint32_t
fate_first(const struct model *model)
{
	uint32_t found = SPEC_NONE;

	for (uint32_t i = 1; i < model->count; i++)
		if (model->node[i].fate != FATE_NONE &&
		    (found == SPEC_NONE ||
			depth_of(model, i) < depth_of(model, found)))
			found = i;
	return found;
}

/* Is it plain what a request means: nothing else goes on that it concerns? */
static bool
ask_is_plain(const struct model *model, uint32_t node, enum event_op op)
{
	const struct mnode *m = &model->node[node];
	const struct mnode *s = &model->node[parent_of(model, node)];

	if (s->vague || m->again)
		return false;
	if (op == OP_STOP && !is_grouped(s))
		return s->life == LIFE_UP || s->life == LIFE_STARTING;
	if (s->life != LIFE_UP || s->work != WORK_NONE ||
	    (m->life != LIFE_DOWN && m->life != LIFE_UP))
		return false;
	if (op == OP_START && m->life == LIFE_UP)
		return m->spec->kind == SPEC_SERVICE;
	for (uint32_t i = 1; i < model->count; i++)
		if (&model->node[parent_of(model, i)] == s &&
		    (model->node[i].pend != PEND_NO ||
			model->node[i].fate != FATE_NONE))
			return false;
	return true;
}

static bool
is_below(const struct model *model, uint32_t node, uint32_t top)
{
	while (node != top && node != 0)
		node = parent_of(model, node);
	return node == top;
}

/* A request. If it is not plain, the supervisor becomes vague. */
void
rules_ask(struct model *model, uint32_t node, enum event_op op)
{
	struct mnode *m = &model->node[node];

	if (op == OP_RESET) {
		for (uint32_t i = node; i < model->count; i++)
			if (is_below(model, i, node))
				model->node[i].known = false;
		return;
	}
	if (node == 0 || !ask_is_plain(model, node, op)) {
		model_vague_from(model, node ? parent_of(model, node) : 0);
		return;
	}
	if (op != OP_START) {
		rules_stop(model, node);
		window_unpend(model, node);
	}
	m->held = op == OP_STOP;
	if (op == OP_STOP) {
		m->gone |= m->spec->restart == RESTART_TEMPORARY; /* R23 */
		/* What had ended shows as ended, if nothing is left. */
		if (m->life != LIFE_DOWN || m->how == STATE_FAILED)
			m->how = STATE_STOPPED;
		return;
	}
	m->gone = m->off = false;
	m->attempt = 0;
	if (m->life == LIFE_DOWN)
		rules_start(model, node, true);
	else
		m->again = m->life == LIFE_STOPPING;
}

/* Those that stop go first, for they start nothing and may end. */
static bool
advance_all(struct model *model, bool stopping)
{
	for (uint32_t i = 0; i < model->count; i++) {
		const struct mnode *s = &model->node[i];

		if (s->spec->kind != SPEC_SUPERVISOR ||
		    (s->work == WORK_STOP) != stopping)
			continue;
		if (advance(model, i) || model->moved)
			return true;
	}
	return false;
}

/* Until nothing is left to decide. */
void
rules_settle(struct model *model)
{
	bool changed = true;
	uint32_t rounds = 0;

	while (changed && !model->fault[0]) {
		uint32_t child;

		model->moved = false;
		stop_all_doomed(model);
		changed = advance_all(model, true) || model->moved;
		/* All deaths of the step are known by now. */
		child = changed ? SPEC_NONE : fate_first(model);
		if (child != SPEC_NONE) {
			changed = true;
			if (model_vague_at(model, child))
				vague_fate(model, child);
			else
				handle(model, child);
		}
		changed = changed || advance_all(model, false);
		if (++rounds > 3000)
			FAULT(model, "model: does not settle");
	}
}
