/* vague: supervisors whose decisions are for now taken from the core. */
#include "image.h"
#include "model.h"

static uint32_t
parent_of(const struct model *model, uint32_t node)
{
	return model->node[node].spec->parent;
}

bool
model_vague_at(const struct model *model, uint32_t child)
{
	return model->node[child ? parent_of(model, child) : 0].vague;
}

/* A supervisor and all below it. */
void
model_vague_from(struct model *model, uint32_t node)
{
	if (model->node[node].spec->kind != SPEC_SUPERVISOR)
		node = parent_of(model, node);
	model->node[node].vague = true;
	for (uint32_t i = node + 1; i < model->count; i++) {
		struct mnode *m = &model->node[i];

		if (!model_vague_at(model, i))
			continue;
		if (m->spec->kind == SPEC_SUPERVISOR)
			m->vague = true;
		/* Its retry may yet be counted. */
		if (m->pend == PEND_RETRY)
			window_maybe(model, parent_of(model, i), i);
	}
}

void
model_vague(struct model *model)
{
	model_vague_from(model, 0);
}

/* What happens below a vague supervisor may have been counted, or not. */
void
vague_fate(struct model *model, uint32_t child)
{
	model->node[child].fate = FATE_NONE;
	window_maybe(model, parent_of(model, child), child);
}

static enum life
life_of(uint8_t state)
{
	switch (state) {
	case STATE_STARTING:
		return LIFE_STARTING;
	case STATE_RUNNING:
		return LIFE_UP;
	case STATE_STOPPING:
		return LIFE_STOPPING;
	default:
		return LIFE_DOWN;
	}
}

/* If a vague supervisor changed its own state, its parent's rules had to do
 * with it: the parent is vague as well. */
void
vague_spread(struct model *model)
{
	for (uint32_t i = model->count; i-- > 1;) {
		struct mnode *m = &model->node[i];
		uint8_t state = core_record(model->seen->core, i)->state;
		enum life life = life_of(state);

		if (!m->vague || model_vague_at(model, i))
			continue;
		if (m->life == LIFE_DYING && life == LIFE_STOPPING)
			life = LIFE_DYING;
		if (life != m->life || state == STATE_WAITING ||
		    seen_note(model->seen, m->uid, NOTE_STOPPING))
			model_vague_from(model, parent_of(model, i));
	}
}

static void
follow_service(struct model *model, uint32_t node, const struct record *r)
{
	struct mnode *m = &model->node[node];

	m->fate = FATE_NONE;
	m->manual = m->again = false;
	if (model_ends(model) && life_of(r->state) == LIFE_DOWN)
		life_leave(model, node);
	if (m->proc == PROC_NONE) {
		m->pend = PEND_NO;
		m->how = r->state;
		if (seen_action(
			model->seen, node, ACTION_START, ROLE_PRE_START) ||
		    seen_action(model->seen, node, ACTION_START, ROLE_MAIN))
			life_start(model, node);
	}
	if (r->state == STATE_STOPPING && m->proc != PROC_NONE &&
	    !m->timed_out && m->life != LIFE_DYING)
		life_stop(m);
}

static void
follow_supervisor(struct model *model, uint32_t node, const struct record *r)
{
	struct mnode *m = &model->node[node];

	if (node != 0 && (seen_note(model->seen, m->uid, NOTE_FAILED) ||
			     seen_note(model->seen, m->uid, NOTE_EXITED)))
		window_maybe(model, parent_of(model, node), node);
	m->fate = FATE_NONE;
	m->manual = m->again = false;
	m->pend = PEND_NO;
	m->life = life_of(r->state);
	m->how = r->state;
	m->work = m->life == LIFE_STOPPING ? WORK_STOP : WORK_NONE;
	/* Its bound is not known: anything goes. */
	if (m->life == LIFE_STOPPING)
		m->bound_ms = 0;
	m->bound_must_ms = SPEC_INFINITE;
}

void
vague_follow(struct model *model)
{
	for (uint32_t i = 0; i < model->count; i++) {
		const struct record *r = core_record(model->seen->core, i);

		if (!model_vague_at(model, i))
			continue;
		if (model->node[i].spec->kind == SPEC_SERVICE)
			follow_service(model, i, r);
		else
			follow_supervisor(model, i, r);
	}
	if (model->node[0].vague && model->node[0].life == LIFE_DOWN)
		model->root_over = true;
}

static bool
at_rest(const struct model *model, uint32_t node)
{
	const struct mnode *m = &model->node[node];
	const struct record *r = core_record(model->seen->core, node);
	uint8_t state = r->state;

	if (r->hold_ms != 0)
		return false; /* its group waits */
	if (node != 0 && image_is_due(model->seen->core, node))
		return false; /* it is coming */
	if (state == STATE_RUNNING)
		return m->life == LIFE_UP;
	return (state == STATE_STOPPED || state == STATE_EXITED ||
		   state == STATE_FAILED) &&
	       m->proc == PROC_NONE;
}

static void
child_known(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];
	const struct record *r = core_record(model->seen->core, node);

	m->held = r->held;
	m->gone = r->gone || (m->spec->restart == RESTART_TEMPORARY &&
				 m->life == LIFE_DOWN);
	m->off = false;
	m->attempt = r->attempt;
	m->delay_ms = r->delay_ms;
	m->ready_ms = r->ready_ms;
	m->known = true;
	m->pend = PEND_NO;
	m->pending = false;
}

static void
supervisor_known(struct model *model, uint32_t node)
{
	struct mnode *s = &model->node[node];

	s->vague = false;
	s->work = WORK_NONE;
	s->bound_ms = s->bound_must_ms = SPEC_INFINITE;
	for (uint32_t i = node + 1; i < model->count; i++)
		if (parent_of(model, i) == node)
			child_known(model, i);
	window_unsure(model, node);
}

/* Who is at rest, with all children, is known again; from the top down. */
void
vague_end(struct model *model)
{
	if (core_updating(model->seen->core))
		return;
	for (uint32_t i = 0; i < model->count; i++) {
		bool rest = at_rest(model, i);

		if (!model->node[i].vague ||
		    (i != 0 && model_vague_at(model, i)))
			continue;
		for (uint32_t k = i + 1; k < model->count; k++)
			if (parent_of(model, k) == i)
				rest &= at_rest(model, k);
		if (rest)
			supervisor_known(model, i);
	}
}
