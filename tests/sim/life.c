/* life: one service's process, from START to the end of what it leaves. */
#include "model.h"

#include <signal.h>

bool
exit_is_normal(const struct spec *spec, uint8_t end, int32_t number)
{
	if (end == END_CODE)
		return spec->success_codes[number / 64] >> number % 64 & 1;
	return spec->success_signals[number / 64] >> number % 64 & 1;
}

static void
order(struct model *model, enum order_kind kind, uint32_t node, uint8_t role)
{
	model->order[model->orders++] = (struct order){ kind, node, role };
	model->node[node].stuck = false;
	if (kind == ORDER_START) {
		model->node[node].proc = PROC_ORDERED;
		model->node[node].role = role;
		model->node[node].role_ms = model->now_ms;
		model->node[node].signalled = false;
		model->node[node].killed = false;
	} else {
		model->node[node].proc = PROC_CLEANING;
	}
}

void
life_start(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	if (m->proc != PROC_NONE)
		FAULT(model, "model: %s starts in the middle", m->spec->name);
	m->life = LIFE_STARTING;
	m->how = STATE_STOPPED;
	m->ready_ms = 0;
	m->began_ms = model->now_ms;
	m->timed_out = m->was_main = m->soft = m->done = false;
	order(model, ORDER_START, node,
	    m->spec->pre_start ? ROLE_PRE_START : ROLE_MAIN);
}

/* A stop of its supervisor's or an operator's will. */
void
life_stop(struct mnode *m)
{
	if (m->life == LIFE_DOWN)
		return;
	if (m->life != LIFE_STOPPING)
		m->soft = m->life == LIFE_STARTING;
	m->life = LIFE_STOPPING;
}

void
life_ready(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	m->life = LIFE_UP;
	m->passed = true;
	m->ready_ms = model->now_ms;
	m->manual = false;
	/* One that is to be stopped with its group was not started yet. */
	if (node == 0 || !rules_grouped(model, node))
		window_unpend(model, node);
}

/* Nothing of the service is left. */
static void
life_over(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	m->proc = PROC_NONE;
	m->stuck = false;
	m->pid = 0;
	if (m->life == LIFE_DYING && m->done && !rules_grouped(model, node)) {
		life_ready(model, node);
		m->how = STATE_EXITED;
		m->fate = FATE_NORMAL;
	}
	m->life = LIFE_DOWN;
	if (m->pend != PEND_NO && m->late_ms < model->now_ms + m->delay_ms)
		m->late_ms = model->now_ms + m->delay_ms;
}

void
life_leave(struct model *model, uint32_t node)
{
	if (model->node[node].stuck)
		life_over(model, node);
}

/* After the remains of a process are gone, or if it never came to be. */
static void
life_after(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];
	bool hook = m->spec->post_stop && m->role != ROLE_POST_STOP;

	/* post_stop is due after the main process ran, and free otherwise,
	 * as it is where all limits are over. */
	if (hook && (!m->was_main || model_doomed(model, node)))
		hook = seen_action(
		    model->seen, node, ACTION_START, ROLE_POST_STOP);
	if (hook)
		order(model, ORDER_START, node, ROLE_POST_STOP);
	else
		life_over(model, node);
}

static void
fact_spawned(struct model *model, uint32_t node, const struct event *event)
{
	struct mnode *m = &model->node[node];

	if (m->proc != PROC_ORDERED)
		return;
	m->proc = PROC_RUNNING;
	m->pid = m->pid_last = event->pid;
	if (m->role == ROLE_MAIN)
		m->was_main = true;
	if (m->role == ROLE_MAIN && m->life == LIFE_STARTING &&
	    m->spec->ready == READY_EXEC)
		life_ready(model, node);
}

static void
start_failed(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	if (m->life == LIFE_STOPPING)
		return;
	if (m->life != LIFE_DYING)
		m->fate = FATE_NO_START;
	m->life = LIFE_DYING;
}

static void
fact_failed(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	if (m->proc != PROC_ORDERED)
		return;
	if (m->role != ROLE_POST_STOP)
		start_failed(model, node);
	/* There is nothing to be cleaned, but it may be. */
	if (seen_action(model->seen, node, ACTION_CLEAN, -1))
		order(model, ORDER_CLEAN, node, m->role);
	else
		life_after(model, node);
}

static void
main_exited(struct model *model, uint32_t node, const struct event *event)
{
	struct mnode *m = &model->node[node];
	bool normal = exit_is_normal(m->spec, event->end, event->number);

	if (m->life == LIFE_STARTING && m->spec->type == TYPE_ONESHOT &&
	    normal && !m->timed_out) {
		m->done = true; /* it is ready when nothing is left of it */
		m->life = LIFE_DYING;
	} else if (m->life == LIFE_STARTING) {
		start_failed(model, node);
	} else if (m->life == LIFE_UP) {
		m->life = LIFE_DYING;
		m->fate = normal ? FATE_NORMAL : FATE_ABNORMAL;
	}
	order(model, ORDER_CLEAN, node, m->role);
}

static void
hook_next(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	if (m->role == ROLE_PRE_START && m->life == LIFE_STARTING)
		order(model, ORDER_START, node, ROLE_MAIN);
	else
		life_after(model, node);
}

/* Its time was over just now, and the core says so. */
static bool
told_late(const struct model *model, const struct mnode *m)
{
	return m->life == LIFE_STARTING &&
	       m->spec->start_timeout_ms != SPEC_INFINITE &&
	       model->now_ms >= m->began_ms + m->spec->start_timeout_ms &&
	       seen_note(model->seen, m->uid, NOTE_FAILED);
}

static void
fact_exited(struct model *model, uint32_t node, const struct event *event)
{
	struct mnode *m = &model->node[node];

	if (m->proc != PROC_RUNNING)
		return;
	m->pid = 0;
	if (m->role == ROLE_MAIN) {
		main_exited(model, node, event);
		return;
	}
	if (m->role == ROLE_PRE_START &&
	    (told_late(model, m) || event->end != END_CODE ||
		event->number != 0 || m->timed_out))
		start_failed(model, node);
	/* Whether the remains of hooks are cleaned is free. */
	if (seen_action(model->seen, node, ACTION_CLEAN, -1))
		order(model, ORDER_CLEAN, node, m->role);
	else
		hook_next(model, node);
}

void
life_fact(struct model *model, const struct event *event)
{
	struct mnode *m;

	if (event->kind < EVENT_SPAWNED || event->kind > EVENT_STUCK ||
	    event->node >= model->count)
		return;
	m = &model->node[event->node];
	if (m->ticket != event->ticket)
		return;
	switch (event->kind) {
	case EVENT_SPAWNED:
		fact_spawned(model, event->node, event);
		break;
	case EVENT_START_FAILED:
		fact_failed(model, event->node);
		break;
	case EVENT_READY:
		if (m->proc == PROC_RUNNING && m->role == ROLE_MAIN &&
		    m->life == LIFE_STARTING && !m->timed_out &&
		    (m->spec->ready == READY_NOTIFY ||
			m->spec->ready == READY_FD))
			life_ready(model, event->node);
		break;
	case EVENT_EXITED:
		fact_exited(model, event->node, event);
		break;
	case EVENT_GONE:
		if (m->proc == PROC_CLEANING)
			hook_next(model, event->node);
		break;
	default:
		break;
	}
}

/* What time alone does: ready after a while, too late to be ready. */
void
life_time(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];
	uint64_t limit = m->spec->start_timeout_ms;
	bool kill = false;

	m->stuck |= seen_note(model->seen, m->uid, NOTE_STUCK);
	if (m->proc == PROC_CLEANING && told_late(model, m))
		start_failed(model, node);
	if (m->life != LIFE_STARTING || m->proc != PROC_RUNNING)
		return;
	if (m->spec->ready == READY_AFTER && m->role == ROLE_MAIN &&
	    seen_note(model->seen, m->uid, NOTE_READY)) {
		if (model->now_ms < m->role_ms + m->spec->ready_after_ms)
			FAULT(model, "%s is ready too early", m->spec->name);
		life_ready(model, node);
		return;
	}
	if (limit == SPEC_INFINITE || model->now_ms < m->began_ms + limit)
		return;
	for (size_t i = 0; i < model->seen->actions_count; i++) {
		const struct action *a = &model->seen->actions[i];

		kill |= a->kind == ACTION_SIGNAL && a->node == node &&
			a->signal == SIGKILL;
	}
	if (kill && !m->timed_out) {
		m->timed_out = m->killed = m->signalled = true;
		m->stop_ms = model->now_ms;
		if (seen_note(model->seen, m->uid, NOTE_FAILED))
			start_failed(model, node);
	}
}
