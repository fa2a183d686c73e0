#include "story.h"

#include <inttypes.h>

static void
put_ms(FILE *out, const char *what, uint64_t ms)
{
	if (ms == SPEC_INFINITE)
		fprintf(out, " %s=infinity", what);
	else
		fprintf(out, " %s=%" PRIu64, what, ms);
}

static void
put_supervisor(FILE *out, const struct spec *spec)
{
	static const char *const shutdowns[] = { "", " any_significant",
		" all_significant" };

	fprintf(out, " %s", core_strategy_text(spec->strategy));
	if (spec->intensity == UINT32_MAX)
		fprintf(out, " intensity=infinity");
	else
		fprintf(out, " intensity=%u/%" PRIu64, spec->intensity,
		    spec->period_ms);
	fprintf(out, "%s%s", shutdowns[spec->auto_shutdown],
	    spec->parallel ? " parallel" : "");
	if (spec->shutdown_ms != SPEC_INFINITE)
		put_ms(out, "shutdown", spec->shutdown_ms);
}

static void
put_service(FILE *out, const struct spec *spec)
{
	static const char *const readies[] = { "exec", "notify", "fd", "after",
		"exit" };
	static const char *const modes[] = { "tree", "group", "process" };

	fprintf(out, " %s ready=%s", core_type_text(spec->type),
	    readies[spec->ready]);
	if (spec->ready == READY_AFTER)
		put_ms(out, "after", spec->ready_after_ms);
	put_ms(out, "timeout", spec->start_timeout_ms);
	put_ms(out, "shutdown", spec->shutdown_ms);
	fprintf(out, " %s signal=%d%s%s%s", modes[spec->kill_mode],
	    spec->stop_signal, spec->autostart ? "" : " autostart=no",
	    spec->pre_start ? " pre_start" : "",
	    spec->post_stop ? " post_stop" : "");
	if (spec->success_codes[0] >> 3 & 1)
		fprintf(out, " success=3");
	if (spec->success_signals[0] >> 15 & 1)
		fprintf(out, " success=TERM");
}

static void
put_node(FILE *out, const struct forest *forest, uint32_t node)
{
	const struct spec *spec = &forest->spec[node];

	fprintf(out, "  %*s%s:", (int)forest_depth(forest, node) * 2, "",
	    spec->name);
	if (spec->kind == SPEC_SUPERVISOR)
		put_supervisor(out, spec);
	else
		put_service(out, spec);
	if (node != 0) {
		fprintf(out, " %s%s%s", core_restart_text(spec->restart),
		    spec->significant ? " significant" : "",
		    spec->on_limit == ON_LIMIT_STOP ? " on_limit=stop" : "");
		fprintf(out,
		    " backoff=%" PRIu64 "..%" PRIu64 "*%u-%u%% "
		    "reset=%" PRIu64,
		    spec->backoff_min_ms, spec->backoff_max_ms,
		    spec->backoff_factor_milli, spec->backoff_jitter_percent,
		    spec->backoff_reset_ms);
	}
	fprintf(out, "\n");
}

void
story_tree(FILE *out, const struct forest *forest)
{
	fprintf(out, "the tree:\n");
	for (uint32_t i = 0; i < forest->count; i++)
		put_node(out, forest, i);
}

void
story_update(FILE *out, const struct forest *next, const uint32_t *old_of,
    const uint8_t *restart)
{
	fprintf(out, "an update begins; the tree is to be:\n");
	for (uint32_t i = 0; i < next->count; i++) {
		fprintf(out, "  %s",
		    old_of[i] == SPEC_NONE ? "new"
		    : restart[i]           ? "restart"
					   : "");
		put_node(out, next, i);
	}
}

void
story_deed(FILE *out, uint32_t n, const struct deed *deed)
{
	static const char *const crashes[] = { "", "unsaved", "saved",
		"amid its actions", "done" };

	fprintf(out, "deed %u: ", n);
	switch ((enum deed_kind)deed->kind) {
	case DEED_WAIT:
		fprintf(out, "wait %u ms\n", deed->a);
		break;
	case DEED_DIE:
		fprintf(out, "the process of %u dies by %s %u\n", deed->number,
		    deed->a == END_CODE ? "code" : "signal", deed->b);
		break;
	case DEED_MOOD:
		fprintf(out, "%u is %s from now on\n", deed->number,
		    world_mood_text((enum world_mood)deed->a));
		break;
	case DEED_ASK:
		fprintf(out, "ask: %s %u\n",
		    core_op_text((enum event_op)deed->a), deed->number);
		break;
	case DEED_UNASK:
		fprintf(out, "the asker but %u goes away\n", deed->a);
		break;
	case DEED_CRASH:
		fprintf(out, "the engine dies with its next step %s\n",
		    crashes[deed->a]);
		break;
	case DEED_UPDATE:
		fprintf(out, "update by seed %u\n", deed->a);
		break;
	case DEED_SHUTDOWN:
		fprintf(out, "shutdown, deadline %u ms\n", deed->a);
		break;
	case DEED_HURRY:
		fprintf(out, "hurry, limit %u ms\n", deed->a);
		break;
	case DEED_STATUS:
		fprintf(out, "%u tells its status\n", deed->number);
		break;
	case DEED_STALE:
		fprintf(out, "an old result of %u comes\n", deed->number);
		break;
	}
}

void
story_crash(FILE *out)
{
	fprintf(out, "  -- the engine is dead; another opens the image\n");
}

static void
put_event(FILE *out, const struct core *core, const struct event *event)
{
	static const char *const kinds[] = { "boot", "adopt", "spawned",
		"start failed", "ready", "exited", "gone", "stuck", "status",
		"ask", "unask", "shutdown", "hurry" };

	fprintf(out, "  < %s", kinds[event->kind]);
	if (event->kind >= EVENT_SPAWNED && event->kind <= EVENT_ASK)
		fprintf(out, " %s #%u", core_spec(core, event->node)->name,
		    event->ticket);
	if (event->kind == EVENT_SPAWNED)
		fprintf(out, " pid %d", event->pid);
	if (event->kind == EVENT_EXITED)
		fprintf(out, " %s %d",
		    event->end == END_CODE ? "code" : "signal", event->number);
	if (event->kind == EVENT_START_FAILED)
		fprintf(out, " at %s", core_step_text((enum step)event->step));
	if (event->kind == EVENT_ASK)
		fprintf(out, " %s", core_op_text((enum event_op)event->op));
	if (event->kind == EVENT_ASK || event->kind == EVENT_UNASK)
		fprintf(out, " ask %u", event->ask);
	fprintf(out, "\n");
}

static void
put_note(FILE *out, const struct note *note)
{
	fprintf(out, "  . %" PRIu64 " %s %s", note->seq, note->name,
	    core_note_text((enum note_kind)note->kind));
	if (note->cause)
		fprintf(out, " (of %" PRIu64 ")", note->cause);
	if (note->attempt)
		fprintf(out, " attempt %u", note->attempt);
	if (note->kind == NOTE_BACKOFF)
		fprintf(out, " for %" PRIu64 " ms", note->delay_ms);
	if (note->kind == NOTE_RESTARTING)
		fprintf(out, " %u children", note->count);
	fprintf(out, "\n");
}

static void
put_action(FILE *out, const struct core *core, const struct action *a)
{
	static const char *const kinds[] = { "START", "SIGNAL", "CLEAN",
		"ANSWER", "SWITCH", "EXIT" };

	fprintf(out, "  > %s", kinds[a->kind]);
	if (a->kind == ACTION_ANSWER)
		fprintf(out, " ask %u: %s", a->ask,
		    core_answer_text((enum answer)a->answer));
	if (a->kind <= ACTION_CLEAN)
		fprintf(out, " %s", core_spec(core, a->node)->name);
	if (a->kind == ACTION_START)
		fprintf(out, " %s #%u",
		    core_role_text((enum record_role)a->role), a->ticket);
	if (a->kind == ACTION_SIGNAL)
		fprintf(out, " %d to %d", a->signal, a->pid);
	if (a->kind == ACTION_EXIT)
		fprintf(out, " with %d", a->code);
	fprintf(out, "\n");
}

void
story_step(FILE *out, const struct core *core, const struct event *events,
    size_t n, uint64_t note_first, uint64_t now_ms)
{
	size_t count;
	const struct action *a = core_actions(core, &count);

	fprintf(out, "at %" PRIu64 ":\n", now_ms);
	for (size_t i = 0; i < n; i++)
		put_event(out, core, &events[i]);
	for (uint64_t seq = note_first; seq <= core_note_last(core); seq++)
		if (core_note(core, seq))
			put_note(out, core_note(core, seq));
	for (size_t i = 0; i < count; i++)
		put_action(out, core, &a[i]);
	if (core_deadline(core) != SPEC_INFINITE)
		fprintf(out, "  ... at the latest at %" PRIu64 "\n",
		    core_deadline(core));
}
