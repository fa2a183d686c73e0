#include "supctl/note.h"

#include <stdlib.h>
#include <string.h>

#include "supctl/pick.h"
#include "supctl/words.h"

/* A restart this long ago is still news. */
#define RECENT_S 60

static bool
is_service(const json_t *node)
{
	return !pick_is(node, "kind", "supervisor");
}

bool
note_fine(const json_t *node)
{
	if (pick_is(node, "state", "running"))
		return pick_true(node, "ready");
	return pick_is(node, "state", "exited") &&
	       pick_is(node, "type", "oneshot");
}

bool
note_ill(const json_t *node)
{
	if (pick_is(node, "state", "failed"))
		return true;
	if (pick_is(node, "wanted", "down"))
		return false;
	return !note_fine(node) && !pick_is(node, "state", "exited");
}

const char *
note_state(const json_t *node)
{
	if (pick_is(node, "state", "running") && pick_true(node, "degraded"))
		return "degraded";
	return pick_text(node, "state");
}

enum show_paint
note_paint(const json_t *node)
{
	const char *state = note_state(node);

	if (strcmp(state, "running") == 0)
		return SHOW_GOOD;
	if (strcmp(state, "failed") == 0)
		return SHOW_BAD;
	if (strcmp(state, "stopped") == 0 || strcmp(state, "exited") == 0)
		return SHOW_DIM;
	return SHOW_BUSY;
}

/* A service that starts after others. */
static char *
waits_words(const json_t *others)
{
	char *names = words_list(others), *words;

	words = show_format("waits for %s", names);
	free(names);
	return words;
}

static char *
waiting_words(const json_t *node, double age_s)
{
	const json_t *others = pick_list(node, "waits_for");
	double next_s = pick_number(node, "next_try_s", 0) - age_s;
	char *ended, *words;
	char span[WORDS_BYTES], when[WORDS_BYTES + 16];

	if (json_array_size(others) > 0)
		return waits_words(others);
	ended = words_exit(pick_object(node, "last_exit"));
	/* What waits for others has no time of its own. */
	if (next_s > 0)
		snprintf(when, sizeof(when), "in %s", words_span(next_s, span));
	else
		snprintf(when, sizeof(when), "at its turn");
	words = show_format("next try %s, attempt %lld; %s", when,
	    pick_whole(node, "attempt", 0), ended);
	free(ended);
	return words;
}

static char *
ended_words(const json_t *node, double age_s)
{
	const json_t *exit = pick_object(node, "last_exit");
	char span[WORDS_BYTES];
	char *ended, *words;

	words_span(pick_number(node, "since_s", 0) + age_s, span);
	if (!exit)
		return show_format("%s ago", span);
	ended = words_exit(exit);
	words = show_format("%s, %s ago", ended, span);
	free(ended);
	return words;
}

static char *
stopped_words(const json_t *node)
{
	if (pick_is(node, "wanted", "up"))
		return show_format("to be up, waits for its turn");
	if (is_service(node) && pick_whole(node, "generation", 1) == 0)
		return show_format(
		    "never started: supctl start %s", pick_text(node, "name"));
	return show_format("down as ordered");
}

static char *
busy_words(const json_t *node, const char *below, double age_s)
{
	long long attempt = pick_whole(node, "attempt", 0);
	char span[WORDS_BYTES];
	bool starting = pick_is(node, "state", "starting");

	words_span(pick_number(node, "since_s", 0) + age_s, span);
	if (starting && attempt > 0)
		return show_format(
		    "not ready yet, for %s, attempt %lld", span, attempt);
	return show_format("%sfor %s%s%s", starting ? "not ready yet, " : "",
	    span, below ? "; below: " : "", below ? below : "");
}

static char *
running_words(const json_t *node, const char *below, double age_s)
{
	const json_t *exit = pick_object(node, "last_exit");
	const char *status = pick_text(node, "status_text");
	char *ended, *words;

	if (below)
		return show_format("below: %s", below);
	if (!pick_true(node, "ready"))
		return show_format("not ready");
	if (pick_has(node, "healthy") && !pick_true(node, "healthy"))
		return show_format("its health check fails");
	if (pick_true(node, "reloading"))
		return show_format("reloading");
	if (exit && pick_whole(node, "attempt", 0) > 0 &&
	    pick_number(node, "since_s", RECENT_S) + age_s < RECENT_S) {
		ended = words_exit(exit);
		words = show_format("restarted: %s", ended);
		free(ended);
		return words;
	}
	return show_format("%s", status);
}

static char *
state_words(const json_t *node, const char *below, double age_s)
{
	const char *state = pick_text(node, "state");

	if (strcmp(state, "running") == 0)
		return running_words(node, below, age_s);
	if (strcmp(state, "waiting") == 0)
		return waiting_words(node, age_s);
	if (strcmp(state, "stopped") == 0)
		return stopped_words(node);
	if (strcmp(state, "starting") == 0 || strcmp(state, "stopping") == 0)
		return busy_words(node, below, age_s);
	return ended_words(node, age_s);
}

char *
note_words(const json_t *node, const char *below, double age_s, bool utf8)
{
	char *words = state_words(node, below, age_s), *clean, *all = words;

	if (pick_true(node, "stale")) {
		all = show_format("%s%schanged: supctl restart %s applies it",
		    words, *words ? "; " : "", pick_text(node, "name"));
		free(words);
	}
	clean = show_clean(all, utf8);
	free(all);
	return clean;
}
