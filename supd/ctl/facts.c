#include "ctl/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/signame.h"

/* How far back a chain of notes is followed for a detail. */
#define STEPS_BACK 16

void
facts_signal(int signo, char *text, size_t bytes)
{
	char name[SIGNAME_TEXT];

	snprintf(text, bytes, "SIG%s", signame_text(signo, name));
}

/* What did not come to run, or not to its end: "pre_start " of such a hook. */
static const char *
whose(const struct record_exit *exit, char *text, size_t bytes)
{
	if (exit->role == ROLE_MAIN)
		return "";
	snprintf(
	    text, bytes, "%s ", core_role_text((enum record_role)exit->role));
	return text;
}

static void
start_words(
    const struct record_exit *exit, const char *who, char *text, size_t bytes)
{
	const char *step = core_step_text((enum step)exit->step);

	if (exit->step == STEP_NONE)
		snprintf(text, bytes, "%scould not start", who);
	else if (exit->number == 0)
		snprintf(text, bytes, "%scould not start: %s", who, step);
	else
		snprintf(text, bytes, "%scould not start: %s: %s", who, step,
		    strerror(exit->number));
}

/* What the service itself had given as the reason. */
static void
say_told(int number, char *text, size_t bytes)
{
	size_t length = strlen(text);

	snprintf(
	    text + length, bytes - length, "; it told: %s", strerror(number));
}

void
facts_exit(const struct record_exit *exit, char *text, size_t bytes)
{
	char signal[SIGNAME_TEXT + 4], role[32];
	const char *who = whose(exit, role, sizeof(role));

	switch ((enum record_end)exit->end) {
	case END_NONE:
		snprintf(text, bytes, "did not end");
		break;
	case END_CODE:
		snprintf(text, bytes, "%sexited with code %d", who,
		    (int)exit->number);
		break;
	case END_SIGNAL:
		facts_signal(exit->number, signal, sizeof(signal));
		snprintf(text, bytes, "%skilled by %s%s%s", who, signal,
		    exit->oom ? " for using too much memory" : "",
		    exit->core ? " (core dumped)" : "");
		break;
	case END_START:
		start_words(exit, who, text, bytes);
		break;
	case END_TIMEOUT:
		snprintf(text, bytes, "%snot ready within start_timeout", who);
		break;
	case END_GAVE_UP:
		snprintf(text, bytes,
		    "gave up: more restarts than its intensity allows");
		break;
	case END_AUTO:
		snprintf(text, bytes,
		    "shut itself down: auto_shutdown, as a significant child "
		    "ended");
		break;
	case END_WATCHDOG:
		snprintf(text, bytes,
		    "gave no sign of life in time "
		    "(watchdog)");
		break;
	case END_UNHEALTHY:
		snprintf(text, bytes,
		    "was unhealthy: its health check failed too often");
		break;
	}
	if (exit->told > 0)
		say_told(exit->told, text, bytes);
}

void
facts_health(const struct note *note, char *text, size_t bytes)
{
	char signal[FACTS_TEXT], span[64];

	switch ((enum record_outcome)note->outcome) {
	case OUTCOME_GOOD:
		snprintf(text, bytes, "good again");
		break;
	case OUTCOME_SILENT:
		facts_span(note->delay_ms, span, sizeof(span));
		if (note->probe == PROBE_WATCHDOG)
			snprintf(
			    text, bytes, "no sign of life within %s", span);
		else
			snprintf(text, bytes, "no answer in time");
		break;
	case OUTCOME_TRIGGER:
		snprintf(text, bytes, "it said itself that it is ill");
		break;
	case OUTCOME_ERROR:
		snprintf(text, bytes, "%s", strerror(note->number));
		break;
	case OUTCOME_CODE:
		snprintf(text, bytes, "exited with code %d", (int)note->number);
		break;
	case OUTCOME_SIGNAL:
		facts_signal(note->number, signal, sizeof(signal));
		snprintf(text, bytes, "killed by %s", signal);
		break;
	case OUTCOME_STATUS:
		snprintf(text, bytes, "HTTP status %d", (int)note->number);
		break;
	case OUTCOME_ANSWER:
		snprintf(text, bytes, "an answer that is no HTTP");
		break;
	}
}

void
facts_time(int64_t wall_ms, char *text, size_t bytes)
{
	int64_t ms = wall_ms % 1000;
	time_t seconds;
	struct tm tm;
	char day[40];

	if (ms < 0)
		ms += 1000;
	seconds = (time_t)((wall_ms - ms) / 1000);
	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		snprintf(day, sizeof(day), "1970-01-01T00:00:00");
	snprintf(text, bytes, "%s.%03dZ", day, (int)ms);
}

void
facts_span(uint64_t ms, char *text, size_t bytes)
{
	uint64_t tenths = (ms + 50) / 100, s = ms / 1000;

	if (ms < 100)
		snprintf(text, bytes, "%" PRIu64 " ms", ms);
	else if (s < 60)
		snprintf(text, bytes, "%" PRIu64 ".%" PRIu64 " s", tenths / 10,
		    tenths % 10);
	else if (s < 3600)
		snprintf(text, bytes, "%" PRIu64 " min %" PRIu64 " s", s / 60,
		    s % 60);
	else if (s < 86400)
		snprintf(text, bytes, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
		    s % 3600 / 60);
	else
		snprintf(text, bytes, "%" PRIu64 " d %" PRIu64 " h", s / 86400,
		    s % 86400 / 3600);
}

void
facts_path(const struct core *core, uint32_t node, char *text, size_t bytes)
{
	uint32_t up[LIMIT_DEPTH + 1];
	size_t depth = 0, length = 0;

	while (depth < LIMIT_DEPTH + 1 &&
	       core_spec(core, node)->parent != SPEC_NONE) {
		up[depth++] = node;
		node = core_spec(core, node)->parent;
	}
	if (depth == 0) {
		snprintf(text, bytes, "%s", core_spec(core, node)->name);
		return;
	}
	while (depth-- > 0 && length < bytes) {
		int n = snprintf(text + length, bytes - length, "%s%s",
		    length == 0 ? "" : "/", core_spec(core, up[depth])->name);

		length += (size_t)n;
	}
}

void
facts_note_path(
    const struct core *core, const struct note *note, char *text, size_t bytes)
{
	uint32_t node = core_by_uid(core, note->uid);
	uint32_t parent = core_by_uid(core, note->parent_uid);
	size_t length;

	if (node != SPEC_NONE) {
		facts_path(core, node, text, bytes);
		return;
	}
	if (parent == SPEC_NONE ||
	    core_spec(core, parent)->parent == SPEC_NONE) {
		snprintf(text, bytes, "%s", note->name);
		return;
	}
	facts_path(core, parent, text, bytes);
	length = strlen(text);
	snprintf(text + length, bytes - length, "/%s", note->name);
}

const char *
facts_name(const struct core *core, const struct note *note, uint32_t uid)
{
	uint32_t node = core_by_uid(core, uid);
	int steps;

	if (node != SPEC_NONE)
		return core_spec(core, node)->name;
	for (steps = 0; steps < STEPS_BACK && note != NULL; steps++) {
		if (note->uid == uid)
			return note->name;
		note = note->cause == 0 ? NULL : core_note(core, note->cause);
	}
	return NULL;
}

/* Notes of one generation that bear the pid of its process. */
static bool
bears_pid(const struct note *note)
{
	return note->pid > 0 &&
	       (note->kind == NOTE_STARTING || note->kind == NOTE_READY ||
		   note->kind == NOTE_STOPPING);
}

struct facts_run
facts_run(const struct core *core, const struct note *end)
{
	struct facts_run run = { .pid = end->pid };
	const struct note *note = end;
	int steps;

	/* What could not start did not run for any time. */
	if (end->exit.end == END_NONE || end->exit.end == END_START)
		return (struct facts_run){ 0 };
	for (steps = 0; steps < STEPS_BACK && note->previous != 0; steps++) {
		note = core_note(core, note->previous);
		if (note == NULL || note->generation != end->generation)
			break;
		if (run.pid == 0 && bears_pid(note))
			run.pid = note->pid;
		if (note->kind != NOTE_STARTING)
			continue;
		run.known = true;
		run.ran_ms = end->at_ms - note->at_ms;
		break;
	}
	return run;
}
