/* pins: whom an update does not concern keeps running, with the same pid. */
#include "judge.h"

#include <stdio.h>
#include <string.h>

static bool
is_moving(uint8_t state)
{
	return state == STATE_WAITING || state == STATE_STARTING ||
	       state == STATE_STOPPING;
}

/* Does a child of this supervisor restart, and its group with it? */
static bool
group_restarts(const struct forest *next, const struct core *core,
    const uint32_t *old_of, const uint8_t *restart, uint32_t supervisor)
{
	const struct spec *spec = &next->spec[supervisor];
	uint32_t old = old_of[supervisor];

	if (spec->strategy == STRATEGY_ONE_FOR_ONE &&
	    (old == SPEC_NONE ||
		core_spec(core, old)->strategy == STRATEGY_ONE_FOR_ONE))
		return false;
	for (uint32_t i = 1; i < next->count; i++)
		if (next->spec[i].parent == supervisor && restart[i])
			return true;
	return false;
}

static bool
is_touched(const struct forest *next, const struct core *core,
    const uint32_t *old_of, const uint8_t *restart, uint32_t node)
{
	while (node != 0) {
		uint32_t parent = next->spec[node].parent;

		if (restart[node] || old_of[node] == SPEC_NONE ||
		    group_restarts(next, core, old_of, restart, parent))
			return true;
		node = parent;
	}
	return false;
}

void
judge_pin(struct judge *judge, const struct core *core,
    const struct forest *next, const uint32_t *old_of, const uint8_t *restart)
{
	memset(judge->pinned, 0, sizeof(judge->pinned));
	judge->pins = true;
	for (uint32_t i = 0; i < core_count(core); i++)
		if (is_moving(core_record(core, i)->state))
			judge->pins = false; /* who knows what comes of that */
	for (uint32_t i = 0; i < next->count; i++) {
		const struct record *r;

		if (old_of[i] == SPEC_NONE ||
		    is_touched(next, core, old_of, restart, i))
			continue;
		r = core_record(core, old_of[i]);
		if (r->state == STATE_RUNNING && r->pid != 0)
			judge->pinned[r->uid] = r->ticket;
	}
}

/* Anything but the update that happens undoes the pins. */
void
judge_pin_events(struct judge *judge, const struct core *core,
    const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct event *e = &events[i];

		if (e->kind == EVENT_ASK || e->kind == EVENT_SHUTDOWN ||
		    e->kind == EVENT_START_FAILED ||
		    (e->kind == EVENT_EXITED &&
			core_record(core, e->node)->state != STATE_STOPPING))
			judge->pins = false;
	}
}

const char *
judge_pin_lost(const struct judge *judge, const struct core *core)
{
	for (uint32_t i = 0; judge->pins && i < core_count(core); i++) {
		const struct record *r = core_record(core, i);

		if (r->uid < JUDGE_UIDS && judge->pinned[r->uid] != 0 &&
		    (judge->pinned[r->uid] != r->ticket ||
			r->state != STATE_RUNNING))
			return core_spec(core, i)->name;
	}
	return NULL;
}
