#include "supctl/facts.h"

#include <stdlib.h>
#include <string.h>

#include "supctl/pick.h"
#include "supctl/words.h"

/* Shorter times are not told. */
#define NOTHING_S 0.0005

static const json_t *
detail(const json_t *event)
{
	return pick_object(event, "detail");
}

const json_t *
facts_exit(const json_t *event)
{
	return pick_object(detail(event), "exit");
}

static char *
starting_words(const json_t *event)
{
	long long pid = pick_whole(detail(event), "pid", 0);

	if (pid > 0)
		return show_format("is started, pid %lld", pid);
	return show_format("is started");
}

static char *
ready_words(const json_t *event)
{
	char span[WORDS_BYTES];

	if (pick_number(detail(event), "took_s", 0) < NOTHING_S)
		return show_format("is ready");
	return show_format("is ready after %s",
	    words_span(pick_number(detail(event), "took_s", 0), span));
}

static char *
stopped_words(const json_t *event)
{
	const json_t *exit = facts_exit(event);
	char *ended, *words;

	if (!exit)
		return show_format("is down, as ordered");
	ended = words_exit(exit);
	words = show_format("is down, as ordered; %s", ended);
	free(ended);
	return words;
}

/* "it exited with code 1 after 3 s" */
static char *
end_words(const json_t *event)
{
	char *ended = words_exit(facts_exit(event)), *words;
	char span[WORDS_BYTES];

	/* What never ran did not run for any time. */
	if (!pick_has(detail(event), "ran_s") ||
	    !(pick_has(facts_exit(event), "code") ||
		pick_has(facts_exit(event), "signal")))
		return ended;
	words = show_format("%s after %s", ended,
	    words_span(pick_number(detail(event), "ran_s", 0), span));
	free(ended);
	return words;
}

static char *
exited_words(const json_t *event)
{
	char *ended, *words;

	if (!facts_exit(event))
		return show_format("ended by itself, normally");
	ended = end_words(event);
	words = show_format("ended normally: %s", ended);
	free(ended);
	return words;
}

static char *
failed_words(const json_t *event)
{
	long long attempt = pick_whole(detail(event), "attempt", 0);
	char *ended, *words;

	if (!facts_exit(event))
		return show_format("failed");
	ended = end_words(event);
	if (attempt > 1)
		words = show_format(
		    "failed: %s (failure %lld in a row)", ended, attempt);
	else
		words = show_format("failed: %s", ended);
	free(ended);
	return words;
}

static char *
backoff_words(const json_t *event)
{
	char span[WORDS_BYTES];

	return show_format("waits %s before it is tried again",
	    words_span(pick_number(detail(event), "delay_s", 0), span));
}

static char *
restarting_words(const json_t *event)
{
	const json_t *what = detail(event);
	char *group = words_list(pick_list(what, "children")), *words;

	words = show_format("restarts by %s%s%s%s%s",
	    pick_text(what, "strategy"), *group ? ": " : "", group,
	    pick_has(what, "child") ? ", because of " : "",
	    pick_text(what, "child"));
	free(group);
	return words;
}

static char *
gave_up_words(const json_t *event)
{
	const json_t *what = detail(event);
	char span[WORDS_BYTES];

	if (!pick_has(what, "intensity"))
		return show_format("gave up");
	return show_format("gave up: %lld restarts within %s, its intensity "
			   "allows %lld",
	    pick_whole(what, "restarts", 0),
	    words_span(pick_number(what, "period_s", 0), span),
	    pick_whole(what, "intensity", 0));
}

static char *
kill_words(const json_t *event)
{
	double after_s = pick_number(detail(event), "after_s", 0);
	bool main_one = pick_has(detail(event), "pid");
	char span[WORDS_BYTES];

	words_span(after_s, span);
	if (after_s > 0)
		return show_format("%s within %s and is killed",
		    main_one ? "did not end" : "did not come down", span);
	if (main_one)
		return show_format("is killed with SIGKILL");
	return show_format("left something behind, which is killed");
}

static char *
hook_words(const json_t *event)
{
	char *ended = words_exit(facts_exit(event)), *words;

	words = show_format("is down, but %s", ended);
	free(ended);
	return words;
}

/* "its health check (http) failed: HTTP status 503, failure 2 of 3" */
static char *
health_words(const json_t *event)
{
	const json_t *what = detail(event);
	long long failures = pick_whole(what, "failures", 0);
	long long limit = pick_whole(what, "limit", 0);
	const char *probe = pick_text(what, "probe");

	if (pick_true(what, "healthy"))
		return show_format("is healthy again (%s)", probe);
	if (limit > 1)
		return show_format(
		    "is not healthy (%s): %s, failure %lld of %lld", probe,
		    pick_text(what, "message"), failures, limit);
	return show_format(
	    "is not healthy (%s): %s", probe, pick_text(what, "message"));
}

static char *
oom_words(const json_t *event)
{
	long long kills = pick_whole(detail(event), "kills", 1);

	if (pick_has(detail(event), "pid"))
		return show_format("takes more memory than there is for it: "
				   "the kernel kills it%s",
		    kills > 1 ? ", and more of its processes" : "");
	return show_format("has lost %lld of its processes, which the kernel "
			   "killed for want of memory",
	    kills);
}

static char *
request_words(const json_t *event)
{
	const char *op = pick_text(detail(event), "op");

	return show_format("was ordered to %s by hand", *op ? op : "change");
}

static char *
status_words(const json_t *event)
{
	return show_format("says: %s", pick_text(detail(event), "status_text"));
}

static char *
stopping_words(const json_t *event)
{
	(void)event;
	return show_format("is told to stop");
}

static char *
stuck_words(const json_t *event)
{
	(void)event;
	return show_format("does not die of SIGKILL: something of it waits "
			   "for the kernel");
}

static char *
update_words(const json_t *event)
{
	(void)event;
	return show_format("has a new configuration");
}

static char *
shutdown_words(const json_t *event)
{
	(void)event;
	return show_format("is shut down with all of supd");
}

static const struct kind {
	const char *name;
	char *(*words)(const json_t *event);
	enum show_paint paint;
	bool brief; /* its name alone says enough at a glance */
} kinds[] = {
	{ "starting", starting_words, SHOW_BUSY, true },
	{ "ready", ready_words, SHOW_GOOD, true },
	{ "stopping", stopping_words, SHOW_BUSY, true },
	{ "stopped", stopped_words, SHOW_DIM, true },
	{ "exited", exited_words, SHOW_DIM, false },
	{ "failed", failed_words, SHOW_BAD, false },
	{ "backoff", backoff_words, SHOW_BUSY, false },
	{ "restarting", restarting_words, SHOW_BUSY, false },
	{ "gave_up", gave_up_words, SHOW_BAD, false },
	{ "update", update_words, SHOW_PLAIN, false },
	{ "status", status_words, SHOW_PLAIN, false },
	{ "request", request_words, SHOW_BOLD, false },
	{ "kill", kill_words, SHOW_BAD, false },
	{ "health", health_words, SHOW_BAD, false },
	{ "stuck", stuck_words, SHOW_BAD, false },
	{ "hook", hook_words, SHOW_BUSY, false },
	{ "oom", oom_words, SHOW_BAD, false },
	{ "shutdown", shutdown_words, SHOW_BOLD, false },
};

static const struct kind *
kind_of(const json_t *event)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (pick_is(event, "event", kinds[i].name))
			return &kinds[i];
	return NULL;
}

char *
facts_words(const json_t *event)
{
	const struct kind *kind = kind_of(event);

	if (kind)
		return kind->words(event);
	return show_format("%s", pick_text(event, "event"));
}

char *
facts_brief(const json_t *event)
{
	const struct kind *kind = kind_of(event);

	if (kind && !kind->brief)
		return kind->words(event);
	return show_format("%s", pick_text(event, "event"));
}

enum show_paint
facts_paint(const json_t *event)
{
	const struct kind *kind = kind_of(event);

	return kind ? kind->paint : SHOW_PLAIN;
}

void
facts_line(const struct show *show, const json_t *event)
{
	char *words = facts_words(event), *clean;
	char clock[WORDS_BYTES];
	long long cause = pick_whole(event, "cause", 0);

	clean = show_clean(words, show->utf8);
	words_clock(pick_text(event, "time"), show->wall_ms, clock);
	show_text(show, clock);
	fprintf(show->out, "  %6lld  ", pick_whole(event, "seq", 0));
	show_text(show, pick_text(event, "path"));
	fputc(' ', show->out);
	show_paint(show, facts_paint(event), clean);
	if (cause > 0) {
		char because[WORDS_BYTES];

		snprintf(because, sizeof(because), " (cause %lld)", cause);
		show_paint(show, SHOW_DIM, because);
	}
	fputc('\n', show->out);
	free(words);
	free(clean);
}
