#include "ctl/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/facts.h"

/* The text so far; what does not fit is left out. */
struct line {
	char *text;
	size_t bytes;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void
say(struct line *line, const char *format, ...)
{
	size_t room = line->bytes - line->length;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line->text + line->length, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		line->length += (size_t)n < room ? (size_t)n : room - 1;
}

static void
say_pid(struct line *line, int32_t pid)
{
	if (pid > 0)
		say(line, " (pid %d)", (int)pid);
}

/* "killed by SIGKILL (pid 123, after 3.2 s)" */
static void
say_end(struct line *line, const struct core *core, const struct note *note)
{
	struct facts_run run = facts_run(core, note);
	char text[FACTS_TEXT], span[64];

	facts_exit(&note->exit, text, sizeof(text));
	facts_span(run.ran_ms, span, sizeof(span));
	say(line, "%s", text);
	if (run.pid > 0 && run.known)
		say(line, " (pid %d, after %s)", (int)run.pid, span);
	else if (run.known && note->node_kind == SPEC_SUPERVISOR)
		say(line, " (after %s)", span);
	else
		say_pid(line, run.pid);
}

static void
say_ready(struct line *line, const struct note *note)
{
	char span[64];

	facts_span(note->delay_ms, span, sizeof(span));
	say(line, "ready");
	if (note->delay_ms > 0)
		say(line, " after %s", span);
	say_pid(line, note->pid);
}

static void
say_backoff(struct line *line, const struct note *note)
{
	char span[64];

	facts_span(note->delay_ms, span, sizeof(span));
	if (note->delay_ms == 0)
		say(line, "backoff: tries again at once");
	else
		say(line, "backoff: tries again in %s", span);
	say(line, "; attempt %u", (unsigned)note->attempt);
}

/* The names of a group; as many as leave room for what comes behind. */
static void
say_group(struct line *line, const struct core *core, const struct note *note)
{
	uint32_t node = core_by_uid(core, note->first_uid);
	uint32_t i;

	for (i = 0; i < note->count && node != SPEC_NONE; i++) {
		if (line->bytes - line->length < 4 * (size_t)(LIMIT_NAME + 1))
			break;
		say(line, "%s%s", i == 0 ? " " : ", ",
		    core_spec(core, node)->name);
		node = core_next_sibling(core, node);
	}
	if (i < note->count)
		say(line, "%s %u more", i == 0 ? "" : " and",
		    (unsigned)(note->count - i));
}

static void
say_restarting(
    struct line *line, const struct core *core, const struct note *note)
{
	const char *child = facts_name(core, note, note->child_uid);

	say(line, "restarting");
	say_group(line, core, note);
	say(line, " (%s",
	    core_strategy_text((enum spec_strategy)note->strategy));
	if (note->count > 1)
		say(line, ", because of %s",
		    child == NULL ? "a child that is gone" : child);
	say(line, ")");
}

static void
say_gave_up(struct line *line, const struct core *core, const struct note *note)
{
	const char *child = facts_name(core, note, note->child_uid);
	char span[64];

	facts_span(note->period_ms, span, sizeof(span));
	say(line,
	    "gave_up: %u restarts within %s where %u are allowed; the last "
	    "would have been for %s",
	    (unsigned)note->attempt, span, (unsigned)note->intensity,
	    child == NULL ? "a child that is gone" : child);
}

static void
say_status(struct line *line, const struct core *core, const struct note *note)
{
	uint32_t node = core_by_uid(core, note->uid);

	say(line, "status: %s",
	    node == SPEC_NONE ? "" : core_record(core, node)->status_text);
}

static void
say_kill(struct line *line, const struct note *note)
{
	char span[64];

	facts_span(note->delay_ms, span, sizeof(span));
	if (note->pid <= 0)
		say(line, "kill: SIGKILL to what it left behind");
	else
		say(line, "kill: SIGKILL");
	say_pid(line, note->pid);
	if (note->delay_ms > 0)
		say(line, ", not down after %s", span);
}

static void
say_hook(struct line *line, const struct note *note)
{
	char text[FACTS_TEXT];

	facts_exit(&note->exit, text, sizeof(text));
	say(line, "hook: %s", text);
	say_pid(line, note->pid);
}

static void
say_health(struct line *line, const struct note *note)
{
	char text[FACTS_TEXT];

	facts_health(note, text, sizeof(text));
	say(line, "health: %s: %s",
	    core_probe_text((enum record_probe)note->probe), text);
	if (note->count > 1 && note->attempt > 0)
		say(line, "; failure %u of %u", (unsigned)note->attempt,
		    (unsigned)note->count);
}

static void
say_oom(struct line *line, const struct note *note)
{
	say(line, "oom: killed by the kernel for want of memory: ");
	if (!note->exit.oom)
		say(line, "%u of its processes", (unsigned)note->count);
	else if (note->count > 1)
		say(line, "it and %u more of its processes",
		    (unsigned)note->count - 1);
	else
		say(line, "it");
	say_pid(line, note->exit.oom ? note->pid : 0);
}

static void
say_stopped(struct line *line, const struct core *core, const struct note *note)
{
	say(line, "stopped");
	if (note->exit.end == END_NONE)
		return;
	say(line, ": ");
	say_end(line, core, note);
}

static void
say_what(struct line *line, const struct core *core, const struct note *note)
{
	switch ((enum note_kind)note->kind) {
	case NOTE_STARTING:
		say(line, "starting");
		say_pid(line, note->pid);
		break;
	case NOTE_READY:
		say_ready(line, note);
		break;
	case NOTE_STOPPED:
		say_stopped(line, core, note);
		break;
	case NOTE_EXITED:
		say(line, "%s", note->exit.end == END_CODE ? "" : "exited: ");
		say_end(line, core, note);
		break;
	case NOTE_FAILED:
		say(line, "failed: ");
		say_end(line, core, note);
		if (note->attempt > 0)
			say(line, "; attempt %u", (unsigned)note->attempt);
		break;
	case NOTE_BACKOFF:
		say_backoff(line, note);
		break;
	case NOTE_RESTARTING:
		say_restarting(line, core, note);
		break;
	case NOTE_GAVE_UP:
		say_gave_up(line, core, note);
		break;
	case NOTE_STATUS:
		say_status(line, core, note);
		break;
	case NOTE_REQUEST:
		say(line, "request: %s", core_op_text((enum event_op)note->op));
		break;
	case NOTE_KILL:
		say_kill(line, note);
		break;
	case NOTE_HOOK:
		say_hook(line, note);
		break;
	case NOTE_HEALTH:
		say_health(line, note);
		break;
	case NOTE_STUCK:
		say(line, "stuck: what is left of it does not die of SIGKILL");
		break;
	case NOTE_OOM:
		say_oom(line, note);
		break;
	case NOTE_STOPPING:
	case NOTE_UPDATE:
	case NOTE_SHUTDOWN:
	case NOTE_KIND_COUNT:
		say(line, "%s", core_note_text((enum note_kind)note->kind));
		break;
	}
}

void
report_line(
    const struct core *core, const struct note *note, char *text, size_t bytes)
{
	struct line line = { text, bytes, 0 };
	char path[FACTS_PATH];

	facts_note_path(core, note, path, sizeof(path));
	say(&line, "%s: ", path);
	say_what(&line, core, note);
}
