#include "core/state.h"

#include <string.h>

/* How the last process of a service ended, and what that is. */

void
exit_keep(struct core *c, uint32_t node, enum record_end end, int number)
{
	struct record *r = turn_record(c, node);

	memset(&r->exit, 0, sizeof(r->exit));
	r->exit.end = (uint8_t)end;
	r->exit.role = r->role;
	r->exit.number = number;
	r->exit.wall_ms = c->wall_ms;
	if (end == END_CODE || end == END_SIGNAL)
		r->exit.told = r->told_errno;
}

void
exit_take(struct core *c, uint32_t node, const struct event *e)
{
	struct record *r;

	exit_keep(c, node, e->end == END_NONE ? END_START : e->end, e->number);
	r = turn_record(c, node);
	r->exit.step = e->step;
	r->exit.core = e->core;
	r->exit.oom = e->oom;
}

/* Whether others of it were killed is told, but is no reason of its end: they
 * may have been so at any time before. */
uint64_t
exit_note_oom(struct core *c, uint32_t node, const struct event *e)
{
	struct record *r = turn_record(c, node);
	struct note *n;

	if (e->kills == 0)
		return 0;
	n = turn_note(c, NOTE_OOM, node, r->phase == SERVICE_UP ? 0 : r->cause);
	n->count = e->kills;
	n->exit.oom = e->oom;
	n->pid = e->pid;
	if (!e->oom)
		return 0;
	r->cause = n->seq;
	return n->seq;
}

static bool
bit(const uint64_t *set, int n)
{
	return (set[n / 64] >> n % 64 & 1) != 0;
}

bool
exit_normal(const struct core *c, uint32_t node)
{
	const struct spec *spec = &c->specs[node];
	const struct record_exit *exit = &state_record(c, node)->exit;

	if (exit->end == END_CODE && exit->number >= 0 && exit->number < 256)
		return bit(spec->success_codes, exit->number);
	if (exit->end == END_SIGNAL && exit->number > 0 && exit->number < 128)
		return bit(spec->success_signals, exit->number);
	return false;
}

void
exit_note_hook(struct core *c, uint32_t node, const struct event *e)
{
	struct record *r = turn_record(c, node);
	struct note *n = turn_note(c, NOTE_HOOK, node, r->cause);

	n->exit.end = e->end == END_NONE ? END_START : e->end;
	n->exit.role = ROLE_POST_STOP;
	n->exit.step = e->step;
	n->exit.core = e->core;
	n->exit.number = e->number;
	n->exit.wall_ms = c->wall_ms;
}
