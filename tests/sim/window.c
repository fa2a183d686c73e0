/* window: how many restarts within the period, and how long to wait. */
#include "model.h"

void
window_pend(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	if (m->pending)
		return;
	m->pending = true;
	m->pending_since_ms = model->now_ms;
}

static uint64_t
pending_now(const struct model *model, const struct mnode *m)
{
	return m->pending_ms +
	       (m->pending ? model->now_ms - m->pending_since_ms : 0);
}

void
window_unpend(struct model *model, uint32_t node)
{
	struct mnode *m = &model->node[node];

	m->pending_ms = pending_now(model, m);
	m->pending = false;
}

static const struct mnode *
by_uid(const struct model *model, uint32_t uid)
{
	for (uint32_t i = 0; i < model->count; i++)
		if (model->node[i].uid == uid)
			return &model->node[i];
	return NULL;
}

/* How old a counted restart is: without the time in which a restart of the
 * same child was pending. */
static uint64_t
mark_age(const struct model *model, const struct mark *mark)
{
	const struct mnode *m = by_uid(model, mark->uid);
	uint64_t age = model->now_ms - mark->at_ms;

	return m ? age - (pending_now(model, m) - mark->pending_ms) : age;
}

static void
window_forget(struct model *model, struct mnode *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->marks; i++)
		if (mark_age(model, &s->mark[i]) <= s->spec->period_ms)
			s->mark[kept++] = s->mark[i];
	s->marks = kept;
}

static void
mark_add(
    struct model *model, struct mnode *s, const struct mnode *c, bool maybe)
{
	if (s->marks == MODEL_MARKS) {
		/* The oldest goes; no intensity is as large as that. */
		for (uint32_t i = 1; i < MODEL_MARKS; i++)
			s->mark[i - 1] = s->mark[i];
		s->marks--;
	}
	s->mark[s->marks++] = (struct mark){ model->now_ms,
		pending_now(model, c), c->uid, maybe };
}

void
window_maybe(struct model *model, uint32_t supervisor, uint32_t child)
{
	mark_add(model, &model->node[supervisor], &model->node[child], true);
}

void
window_unsure(struct model *model, uint32_t supervisor)
{
	struct mnode *s = &model->node[supervisor];

	for (uint32_t i = 0; i < s->marks; i++) {
		const struct mnode *m = by_uid(model, s->mark[i].uid);

		s->mark[i].maybe = true;
		s->mark[i].at_ms = model->now_ms;
		s->mark[i].pending_ms = m ? pending_now(model, m) : 0;
	}
}

bool
window_count(struct model *model, uint32_t supervisor, uint32_t child)
{
	struct mnode *s = &model->node[supervisor];
	struct mnode *c = &model->node[child];
	uint32_t sure = 0;

	if (s->spec->intensity == UINT32_MAX)
		return true;
	window_forget(model, s);
	for (uint32_t i = 0; i < s->marks; i++)
		sure += !s->mark[i].maybe;
	/* One that is refused is not kept: it matters for B8 only. */
	if (sure >= s->spec->intensity)
		return false;
	if (s->marks >= s->spec->intensity &&
	    seen_refused(model->seen, s->uid, model->node[child].uid))
		return false;
	mark_add(model, s, c, s->vague);
	return true;
}

bool
window_full(const struct model *model, uint32_t supervisor, uint32_t child,
    uint64_t delay_ms, bool sure)
{
	const struct mnode *s = &model->node[supervisor];
	uint32_t count = 1;

	if (s->spec->intensity == UINT32_MAX)
		return false;
	for (uint32_t i = 0; i < s->marks; i++) {
		const struct mark *mark = &s->mark[i];
		const struct mnode *m = by_uid(model, mark->uid);
		uint64_t age = mark_age(model, mark);
		bool waits = m == &model->node[child];

		if (!waits && (sure || m == NULL || !m->pending))
			age += delay_ms;
		count += age <= s->spec->period_ms && !(sure && mark->maybe);
	}
	return count > s->spec->intensity;
}

static double
delay_full(const struct spec *spec, uint32_t attempt)
{
	double delay = (double)spec->backoff_min_ms;

	if (attempt < 2 || spec->backoff_min_ms == 0)
		return 0;
	for (uint32_t n = 2; n < attempt; n++)
		if (delay >= (double)spec->backoff_max_ms || n > 1000)
			break;
		else
			delay *= spec->backoff_factor_milli / 1000.0;
	return delay < (double)spec->backoff_max_ms
		   ? delay
		   : (double)spec->backoff_max_ms;
}

/* Counts the failure and takes the delay from the core, if it is one of
 * those that the jitter allows. */
void
window_fail(struct model *model, uint32_t node, bool died)
{
	struct mnode *m = &model->node[node];
	const struct record *r = core_record(model->seen->core, node);
	uint64_t up = model->now_ms - m->ready_ms;
	uint64_t reset = m->spec->backoff_reset_ms;
	double most, least;

	if (reset < m->delay_ms)
		reset = m->delay_ms;
	m->attempt =
	    died && m->ready_ms != 0 && up >= reset ? 1 : m->attempt + 1;
	if (!m->known) {
		m->attempt = r->attempt;
		m->known = true;
	}
	most = delay_full(m->spec, m->attempt);
	least = most * (100 - m->spec->backoff_jitter_percent) / 100;
	m->try_ms = 0;
	m->delay_ms = r->delay_ms;
	m->due_ms = m->late_ms = model->now_ms + m->delay_ms;
	if ((double)m->delay_ms > most + 1 ||
	    (double)m->delay_ms + 2 < least * 0.999)
		FAULT(model, "%s: failure %u waits %llu ms, not %.0f to %.0f",
		    m->spec->name, m->attempt, (unsigned long long)m->delay_ms,
		    least, most);
}
