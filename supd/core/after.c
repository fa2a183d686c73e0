#include "core/state.h"

#include <string.h>

#include "lib/must.h"

/*
 * Waiting for others: a service that is due starts only when all that its
 * spec names under after are ready or done. Who waits for a node is one part
 * of an array, so that a node that becomes ready looks at those alone.
 */

void
after_derive(struct core *c)
{
	uint32_t node, k, at = 0, *end = c->after_end;
	const struct spec *spec;

	memset(end, 0, c->count * sizeof(*end));
	for (node = 0; node < c->count; node++) {
		spec = &c->specs[node];
		for (k = 0; k < spec->after_count; k++) {
			must(spec->after[k] < c->count);
			end[spec->after[k]]++;
		}
	}
	/* From how many to where their part begins; filling moves that to
	 * where it ends. */
	for (node = 0; node < c->count; node++) {
		k = end[node];
		end[node] = at;
		at += k;
	}
	must(at <= SPEC_AFTER_MAX);
	for (node = 0; node < c->count; node++) {
		spec = &c->specs[node];
		for (k = 0; k < spec->after_count; k++)
			c->after_list[end[spec->after[k]]++] = node;
	}
}

/* Ready, or an end that is no failure and for good. */
static bool
is_met(const struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);

	return r->ready || r->state == STATE_EXITED;
}

bool
after_holds(const struct core *c, uint32_t node)
{
	const struct spec *spec = &c->specs[node];
	uint32_t k;

	for (k = 0; k < spec->after_count; k++) {
		if (!is_met(c, spec->after[k]))
			return true;
	}
	return false;
}

void
after_wake(struct core *c, uint32_t node)
{
	uint32_t k = node > 0 ? c->after_end[node - 1] : 0, who;

	for (; k < c->after_end[node]; k++) {
		who = c->after_list[k];
		if (state_record(c, who)->state == STATE_WAITING)
			turn_push(c, INNER_TRY, who, 0);
	}
}

bool
core_waits_for(const struct core *c, uint32_t node, uint32_t other)
{
	const struct record *r = core_record(c, node);

	must(other < c->count);
	return r->state == STATE_WAITING && r->next_try_ms <= c->now_ms &&
	       !is_met(c, other);
}
