#include "core/state.h"

#include "lib/must.h"

/* B5: the time of a child in which a restart of it was pending. */
static uint64_t
pending(const struct core *c, const struct record *r)
{
	if (r->pending_since_ms == 0)
		return r->pending_ms;
	return r->pending_ms + (c->now_ms - r->pending_since_ms);
}

/* pending_since_ms 0 means none, so a clock at 0 is taken for 1. */
void
budget_pending(struct core *c, uint32_t child, bool is)
{
	struct record *r = turn_record(c, child);

	if (is && r->pending_since_ms == 0) {
		r->pending_since_ms = c->now_ms > 0 ? c->now_ms : 1;
	} else if (!is && r->pending_since_ms != 0) {
		r->pending_ms = pending(c, r);
		r->pending_since_ms = 0;
	}
}

static uint64_t
age(const struct core *c, const struct mark *m)
{
	uint32_t child = tree_by_uid(c, m->uid);
	uint64_t plain = c->now_ms - m->at_ms, waited = 0;

	if (child != SPEC_NONE)
		waited = pending(c, state_record(c, child)) - m->pending_ms;
	return waited < plain ? plain - waited : 0;
}

/* Forgets what is older than the period; returns what is left. */
static uint32_t
prune(struct core *c, uint32_t supervisor)
{
	const struct spec *spec = &c->specs[supervisor];
	struct record *r = turn_record(c, supervisor);
	struct mark *marks = &c->image.marks[r->marks_base];
	uint32_t i, kept = 0;

	for (i = 0; i < r->marks_count; i++) {
		if (age(c, &marks[i]) <= spec->period_ms)
			marks[kept++] = marks[i];
	}
	r->marks_count = kept;
	return kept;
}

bool
budget_count(
    struct core *c, uint32_t supervisor, uint32_t child, uint32_t *within)
{
	const struct spec *spec = &c->specs[supervisor];
	struct record *r = turn_record(c, supervisor);
	const struct record *of = state_record(c, child);
	struct mark *m;
	uint32_t n;

	*within = 0;
	if (spec->intensity == UINT32_MAX)
		return true;
	n = prune(c, supervisor);
	*within = n + 1;
	if (n >= spec->intensity)
		return false;
	must(r->marks_base + n < LIMIT_MARKS);
	m = &c->image.marks[r->marks_base + r->marks_count++];
	m->at_ms = c->now_ms;
	m->pending_ms = pending(c, of);
	m->uid = of->uid;
	m->spare = 0;
	return true;
}

/*
 * B6: would the retry be refused when its delay is over? Marks of the child
 * do not age meanwhile, since it is pending; those of others are taken to age
 * in full, so a yes is sure.
 */
bool
budget_refuses_then(const struct core *c, uint32_t supervisor, uint32_t child,
    uint64_t delay_ms, uint32_t *within)
{
	const struct spec *spec = &c->specs[supervisor];
	const struct record *r = state_record(c, supervisor);
	uint32_t uid = state_record(c, child)->uid, i, n = 0;
	const struct mark *m;
	uint64_t then;

	if (spec->intensity == UINT32_MAX)
		return false;
	for (i = 0; i < r->marks_count; i++) {
		m = &c->image.marks[r->marks_base + i];
		then = age(c, m) + (m->uid == uid ? 0 : delay_ms);
		n += then <= spec->period_ms;
	}
	*within = n + 1;
	return n >= spec->intensity;
}

static uint64_t
next_random(uint64_t *random)
{
	uint64_t x = *random;

	/* xorshift64; a state of 0 would stay 0. */
	if (x == 0)
		x = 0x9e3779b97f4a7c15u;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*random = x;
	return x;
}

/* factor^n by squaring; grows to infinity without harm. */
static double
power(double factor, uint32_t n)
{
	double result = 1;

	while (n > 0) {
		if (n % 2 == 1)
			result *= factor;
		factor *= factor;
		n /= 2;
	}
	return result;
}

/* B3. */
uint64_t
budget_delay(const struct spec *spec, uint32_t attempt, uint64_t *random)
{
	double wide;
	uint64_t delay, share;

	if (attempt <= 1 || spec->backoff_min_ms == 0)
		return 0;
	wide = (double)spec->backoff_min_ms *
	       power(spec->backoff_factor_milli / 1000.0, attempt - 2);
	if (wide >= (double)spec->backoff_max_ms)
		delay = spec->backoff_max_ms;
	else
		delay = (uint64_t)wide;
	share = delay / 100 * spec->backoff_jitter_percent +
		delay % 100 * spec->backoff_jitter_percent / 100;
	return delay - (share > 0 ? next_random(random) % (share + 1) : 0);
}
