#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
model_fault(struct model *model, const char *format, ...)
{
	va_list args;

	if (model->fault[0])
		return; /* the first one matters */
	va_start(args, format);
	vsnprintf(model->fault, sizeof(model->fault), format, args);
	va_end(args);
}

const char *
model_name(const struct model *model, uint32_t node)
{
	return model->node[node].spec->name;
}

bool
seen_action(
    const struct seen *seen, uint32_t node, enum action_kind kind, int role)
{
	for (size_t i = 0; i < seen->actions_count; i++)
		if (seen->actions[i].kind == kind &&
		    seen->actions[i].node == node &&
		    (role < 0 || seen->actions[i].role == role))
			return true;
	return false;
}

bool
seen_note(const struct seen *seen, uint32_t uid, enum note_kind kind)
{
	uint64_t last = core_note_last(seen->core);

	for (uint64_t seq = seen->note_first; seq <= last; seq++) {
		const struct note *note = core_note(seen->core, seq);

		if (note && note->uid == uid && note->kind == kind)
			return true;
	}
	return false;
}

bool
seen_refused(
    const struct seen *seen, uint32_t supervisor_uid, uint32_t child_uid)
{
	uint64_t last = core_note_last(seen->core);

	for (uint64_t seq = seen->note_first; seq <= last; seq++) {
		const struct note *note = core_note(seen->core, seq);

		/* With on_limit = stop it is told of the child itself. */
		if (note && note->kind == NOTE_GAVE_UP &&
		    note->child_uid == child_uid &&
		    (note->uid == supervisor_uid || note->uid == child_uid))
			return true;
	}
	return false;
}

static void
node_fill(struct model *model, const struct core *core, uint32_t node)
{
	model->node[node].spec = core_spec(core, node);
	model->node[node].uid = core_record(core, node)->uid;
}

/* In the tree, and down until it is started by hand. */
static bool
is_off(const struct spec *spec)
{
	return spec->kind == SPEC_SERVICE && !spec->autostart;
}

static void
node_blank(struct mnode *m)
{
	memset(m, 0, sizeof(*m));
	m->how = STATE_STOPPED;
	m->known = true;
	m->bound_ms = m->bound_must_ms = SPEC_INFINITE;
}

void
model_open(struct model *model, const struct core *core)
{
	memset(model, 0, sizeof(*model));
	model->count = core_count(core);
	model->deadline_ms = model->hurry_ms = SPEC_INFINITE;
	for (uint32_t i = 0; i < model->count; i++) {
		node_blank(&model->node[i]);
		node_fill(model, core, i);
		model->node[i].off = is_off(model->node[i].spec);
	}
}

void
model_switch(
    struct model *model, const struct core *core, const uint32_t *old_of)
{
	memcpy(model->former, model->node, sizeof(model->former));
	model->count = core_count(core);
	for (uint32_t i = 0; i < model->count; i++) {
		if (old_of[i] == SPEC_NONE)
			node_blank(&model->node[i]);
		else
			model->node[i] = model->former[old_of[i]];
		node_fill(model, core, i);
	}
	model_vague(model);
}

/* Every limit that is longer is cut. */
static void
hurry(struct model *model, uint64_t delay_ms)
{
	uint64_t by = model->now_ms + delay_ms;

	model->hurried_ms = model->now_ms;
	if (delay_ms < model->hurry_ms)
		model->hurry_ms = delay_ms;
	for (uint32_t i = 0; i < model->count; i++)
		if (model->node[i].signalled && by < model->node[i].by_ms)
			model->node[i].by_ms = by;
}

static void
fact_order(struct model *model, const struct event *event)
{
	switch (event->kind) {
	case EVENT_BOOT:
		rules_start(model, 0, false);
		break;
	case EVENT_SHUTDOWN:
		if (!model->shutting_down && event->delay_ms != SPEC_INFINITE)
			model->deadline_ms = model->now_ms + event->delay_ms;
		model->shutting_down = true;
		rules_stop(model, 0);
		break;
	case EVENT_HURRY:
		if (!model->shutting_down)
			break;
		hurry(model, event->delay_ms);
		break;
	case EVENT_ASK:
		if (event->node < model->count &&
		    (!model->shutting_down || event->op == OP_RESET))
			rules_ask(model, event->node, (enum event_op)event->op);
		break;
	default:
		break;
	}
}

bool
model_step(struct model *model, const struct event *events, size_t n,
    uint64_t now_ms, const struct seen *seen)
{
	bool sharp = true;
	uint32_t asks = 0, facts = 0;

	model->now_ms = now_ms;
	model->seen = seen;
	model->orders = 0;
	for (size_t i = 0; i < n; i++)
		life_fact(model, &events[i]);
	for (uint32_t i = 0; i < model->count; i++)
		life_time(model, i);
	for (size_t i = 0; i < n; i++) {
		asks += events[i].kind == EVENT_ASK;
		facts += events[i].kind == EVENT_SHUTDOWN ||
			 events[i].kind == EVENT_START_FAILED ||
			 events[i].kind == EVENT_EXITED ||
			 events[i].kind == EVENT_GONE;
	}
	/* Of several things in one step only the core knows the order. */
	if (asks > 1 || (asks > 0 && facts > 0))
		model_vague(model);
	for (size_t i = 0; i < n; i++)
		fact_order(model, &events[i]);
	vague_spread(model);
	rules_settle(model);
	vague_follow(model);
	check_step(model);
	vague_end(model);
	for (uint32_t i = 0; i < model->count; i++)
		sharp &= !model->node[i].vague;
	model->steps++;
	model->steps_sharp += sharp;
	return model->fault[0] == '\0';
}
