/* check: what the core did, against what the model says must be done. */
#include "model.h"

#include <signal.h>

/* An order to stop a supervisor may overtake a start below it that is given
 * in the same step: it is withdrawn, and what follows is not known here. */
static bool
overtaken(struct model *model, const struct action *a)
{
	struct mnode *m = &model->node[a->node];
	uint32_t at = m->spec->parent;

	while (model->node[at].stop_ms != model->now_ms && at != 0)
		at = model->node[at].spec->parent;
	if (model->node[at].stop_ms != model->now_ms || m->proc != PROC_NONE)
		return false;
	life_start(model, a->node);
	life_stop(m);
	model->orders--;
	m->ticket = a->ticket;
	model->lost = true;
	return true;
}

static void
check_order(struct model *model, const struct action *a)
{
	enum order_kind kind =
	    a->kind == ACTION_START ? ORDER_START : ORDER_CLEAN;
	struct mnode *m = &model->node[a->node];

	/* Ordered again, though the result may come in the same step. */
	if (model->seen->adopted && kind == ORDER_START &&
	    m->ticket == a->ticket)
		return;
	for (uint32_t i = 0; i < model->orders; i++) {
		struct order *o = &model->order[i];

		if (o->kind != kind || o->node != a->node ||
		    (kind == ORDER_START && o->role != a->role))
			continue;
		o->node = SPEC_NONE; /* done */
		if (kind == ORDER_START)
			m->ticket = a->ticket;
		return;
	}
	if (model->seen->adopted && kind == ORDER_CLEAN)
		return;
	if (kind == ORDER_START && overtaken(model, a))
		return;
	if (kind == ORDER_START)
		FAULT(model, "%s: %s is started, and should not be",
		    m->spec->name, core_role_text(a->role));
	else
		FAULT(model, "%s is cleaned, and should not be", m->spec->name);
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
later(uint64_t at_ms, uint64_t delay_ms)
{
	return delay_ms == SPEC_INFINITE ? SPEC_INFINITE : at_ms + delay_ms;
}

/* When all below a node may be killed, whatever its own limit. */
static uint64_t
doom_of(const struct model *model, uint32_t node, bool must)
{
	uint64_t doom = model->deadline_ms;

	while (node != 0) {
		const struct mnode *s;

		node = model->node[node].spec->parent;
		s = &model->node[node];
		if (s->work == WORK_STOP)
			doom =
			    sooner(doom, must ? s->bound_must_ms : s->bound_ms);
	}
	if (model->hurry_ms == 0 && !must)
		doom = 0;
	return doom;
}

bool
model_doomed(const struct model *model, uint32_t node)
{
	return model->now_ms >= doom_of(model, node, false);
}

static uint64_t
kill_must(const struct model *model, uint32_t node)
{
	return sooner(model->node[node].by_ms, doom_of(model, node, true));
}

static bool
kill_allowed(const struct model *model, uint32_t node)
{
	const struct mnode *m = &model->node[node];
	uint64_t doom = doom_of(model, node, false);
	uint64_t own =
	    sooner(m->by_ms, later(m->stop_ms, m->spec->shutdown_ms));
	uint64_t hurried = later(model->hurried_ms, model->hurry_ms);

	if (model->now_ms >= doom || m->spec->shutdown_ms == 0)
		return true;
	if (m->role == ROLE_POST_STOP)
		own = sooner(sooner(later(m->role_ms, m->spec->shutdown_ms),
				 later(m->role_ms, model->hurry_ms)),
		    sooner(
			later(m->role_ms, m->spec->start_timeout_ms), hurried));
	else if (!m->signalled)
		return m->soft || m->role == ROLE_PRE_START;
	return model->now_ms >= own;
}

static void
check_signal(struct model *model, const struct action *a)
{
	struct mnode *m = &model->node[a->node];
	bool kill = a->signal == SIGKILL;
	bool vague = model_vague_at(model, a->node);

	if (model->seen->adopted && m->proc != PROC_RUNNING)
		return; /* it died in the same step */
	if (m->proc == PROC_CLEANING && m->pid_last == a->pid)
		return; /* likewise */
	if (m->proc != PROC_RUNNING || m->pid != a->pid) {
		FAULT(model, "%s: signal %d to no process of its",
		    m->spec->name, a->signal);
		return;
	}
	if (kill && m->life != LIFE_STOPPING && m->role != ROLE_POST_STOP &&
	    model->now_ms >= doom_of(model, a->node, false))
		life_stop(m);
	if (m->timed_out || (model->seen->adopted && m->signalled && !kill))
		return;
	if (m->life != LIFE_STOPPING && m->role != ROLE_POST_STOP)
		FAULT(model, "%s: signal %d without a reason", m->spec->name,
		    a->signal);
	else if (kill && !kill_allowed(model, a->node) && !vague &&
		 !(model->seen->adopted && m->killed))
		FAULT(model, "%s is killed too early", m->spec->name);
	else if (!kill &&
		 (m->signalled ||
		     a->signal != (m->role == ROLE_MAIN ? m->spec->stop_signal
							: SIGTERM)))
		FAULT(model, "%s: signal %d is not its turn", m->spec->name,
		    a->signal);
	if (!m->signalled) {
		m->stop_ms = model->now_ms;
		m->by_ms = later(model->now_ms,
		    sooner(m->spec->shutdown_ms, model->hurry_ms));
	}
	m->signalled = true;
	m->killed |= kill;
}

/* Whatever is going on in a service must have been set going. */
static void
check_going(struct model *model, uint32_t node)
{
	const struct mnode *m = &model->node[node];
	uint64_t limit = later(m->role_ms, m->spec->start_timeout_ms);

	if (m->proc != PROC_RUNNING)
		return;
	if (m->life == LIFE_STOPPING && m->role != ROLE_POST_STOP) {
		if (!m->signalled)
			FAULT(model, "%s must be stopped, and is not",
			    m->spec->name);
		else if (!m->killed && model->now_ms >= kill_must(model, node))
			FAULT(model, "%s must be killed, and is not",
			    m->spec->name);
	}
	if (m->life == LIFE_STARTING && model->now_ms >= limit && !m->timed_out)
		FAULT(model, "%s is not ready in time, and lives on",
		    m->spec->name);
}

/* A new engine has everything ordered again whose result is not known. */
static void
check_adopted(struct model *model, uint32_t node)
{
	const struct mnode *m = &model->node[node];

	if (m->proc == PROC_ORDERED &&
	    !seen_action(model->seen, node, ACTION_START, m->role))
		FAULT(
		    model, "%s: its start is not ordered again", m->spec->name);
	if (m->proc == PROC_CLEANING &&
	    !seen_action(model->seen, node, ACTION_CLEAN, -1))
		FAULT(model, "%s: its cleaning is not ordered again",
		    m->spec->name);
	if (m->proc == PROC_RUNNING && m->signalled &&
	    !seen_action(model->seen, node, ACTION_SIGNAL, -1))
		FAULT(model, "%s: its signal is not sent again", m->spec->name);
}

static bool
state_fits(const struct mnode *m, const struct mnode *s, uint8_t state)
{
	switch (m->life) {
	case LIFE_UP:
		return state == STATE_RUNNING;
	case LIFE_STARTING:
		return state == STATE_STARTING || m->timed_out;
	case LIFE_STOPPING:
		return state == STATE_STOPPING;
	case LIFE_DYING:
		return state != STATE_RUNNING;
	case LIFE_DOWN:
		break;
	}
	/* While its turn in the group has not come, or its supervisor is
	 * down, what it was shows. */
	if (s != NULL &&
	    (m->gone || s->work != WORK_NONE || s->life == LIFE_DOWN))
		return state != STATE_RUNNING && state != STATE_STARTING;
	/* Whether one that was done with its group shows it is free. */
	if (m->pend == PEND_NO && m->done && m->how == STATE_STOPPED)
		return state == STATE_STOPPED || state == STATE_EXITED;
	return state == (m->pend != PEND_NO ? STATE_WAITING : m->how);
}

static void
check_record(struct model *model, uint32_t node)
{
	const struct mnode *m = &model->node[node];
	const struct record *r = core_record(model->seen->core, node);
	const struct mnode *s = node ? &model->node[m->spec->parent] : NULL;
	static const char *const lives[] = { "down", "starting", "up",
		"stopping", "dying" };

	if (m->spec->kind == SPEC_SERVICE &&
	    (r->pid != 0) != (m->proc == PROC_RUNNING))
		FAULT(model, "%s has pid %d, and a process: %d", m->spec->name,
		    r->pid, m->proc == PROC_RUNNING);
	model->node[node].try_ms =
	    m->pend != PEND_NO && r->state == STATE_WAITING ? r->next_try_ms
							    : 0;
	if (model_vague_at(model, node))
		return;
	/* How one that is dropped shows is free. */
	if (m->gone && m->life == LIFE_DOWN && r->state != STATE_WAITING)
		model->node[node].how = r->state;
	if (!state_fits(m, s, r->state))
		FAULT(model, "%s is %s, and should be %s%s%s", m->spec->name,
		    core_state_text(r->state), lives[m->life],
		    m->pend != PEND_NO ? ", waiting" : "",
		    m->life != LIFE_DOWN     ? ""
		    : m->how == STATE_FAILED ? ", failed"
		    : m->how == STATE_EXITED ? ", exited"
					     : ", stopped");
	if (m->known && node != 0 &&
	    (m->pend != PEND_NO || m->life == LIFE_UP) &&
	    r->attempt != m->attempt)
		FAULT(model, "%s: attempt is %u, and should be %u",
		    m->spec->name, r->attempt, m->attempt);
	if (node != 0 && r->held != (m->held || m->off))
		FAULT(model, "%s: held is %d, and should be %d", m->spec->name,
		    r->held, m->held || m->off);
	if (m->life == LIFE_DOWN && m->pend != PEND_NO &&
	    r->next_try_ms > m->late_ms)
		FAULT(model, "%s: its next try is too late", m->spec->name);
}

/* The model went on without what was overtaken: back to what the core has. */
static void
give_in(struct model *model)
{
	for (uint32_t i = 0; i < model->orders; i++) {
		uint32_t node = model->order[i].node;

		if (node == SPEC_NONE || model->order[i].kind != ORDER_START)
			continue;
		model->order[i].node = SPEC_NONE;
		model->node[node].proc = PROC_NONE;
		model->node[node].life = LIFE_DOWN;
	}
	for (uint32_t i = 0; i < model->count; i++) {
		struct mnode *m = &model->node[i];
		uint8_t state = core_record(model->seen->core, i)->state;

		if (m->life == LIFE_STOPPING && state == STATE_RUNNING)
			m->life = LIFE_UP;
		if (m->life == LIFE_STOPPING && state == STATE_STARTING)
			m->life = LIFE_STARTING;
	}
	model->lost = false;
	model_vague(model);
	vague_follow(model);
}

void
check_step(struct model *model)
{
	for (size_t i = 0; i < model->seen->actions_count; i++) {
		const struct action *a = &model->seen->actions[i];

		if (a->kind == ACTION_START || a->kind == ACTION_CLEAN)
			check_order(model, a);
		else if (a->kind == ACTION_SIGNAL)
			check_signal(model, a);
	}
	if (model->lost)
		give_in(model);
	for (uint32_t i = 0; i < model->orders; i++) {
		const struct order *o = &model->order[i];

		if (o->node != SPEC_NONE)
			FAULT(model, "%s: %s is not %s, and should be",
			    model_name(model, o->node), core_role_text(o->role),
			    o->kind == ORDER_START ? "started" : "cleaned");
	}
	for (uint32_t i = 0; i < model->count; i++) {
		check_going(model, i);
		check_record(model, i);
		if (model->seen->adopted)
			check_adopted(model, i);
	}
}
