#include "supctl/advice.h"

#include <stdlib.h>
#include <string.h>

#include "supctl/pick.h"
#include "supctl/show.h"
#include "supctl/words.h"

/* The newest event of that kind in the chain, NULL if there is none. */
static const json_t *
last_of(const json_t *chain, const char *kind)
{
	for (size_t i = json_array_size(chain); i-- > 0;)
		if (pick_is(json_array_get(chain, i), "event", kind))
			return json_array_get(chain, i);
	return NULL;
}

/* The service whose failure is behind it all: the first that failed. */
static const json_t *
culprit(const json_t *chain)
{
	for (size_t i = 0; i < json_array_size(chain); i++)
		if (pick_is(json_array_get(chain, i), "event", "failed"))
			return json_array_get(chain, i);
	return NULL;
}

/* Is the state an operator's will? A failure after his order is not. */
static bool
by_order(const json_t *chain)
{
	const json_t *request = last_of(chain, "request");
	const json_t *failed = last_of(chain, "failed");

	return request && (!failed || pick_whole(failed, "seq", 0) <
					  pick_whole(request, "seq", 0));
}

static char *
stopped_now(const json_t *node, const json_t *chain)
{
	const char *name = pick_text(node, "name");
	const json_t *gave_up = last_of(chain, "gave_up");

	if (pick_is(node, "wanted", "up"))
		return show_format("%s is down for the moment: its supervisor "
				   "starts it when its turn comes.",
		    name);
	if (last_of(chain, "shutdown"))
		return show_format("%s is down, as all of supd ends.", name);
	if (by_order(chain))
		return show_format("%s is down by an operator's order, and "
				   "stays so until it is started by hand.",
		    name);
	if (gave_up)
		return show_format("%s is down, since its supervisor %s gave "
				   "up.",
		    name, pick_text(gave_up, "node"));
	if (pick_whole(node, "generation", 1) == 0)
		return show_format("%s was never started: it is not started "
				   "by itself (autostart = no).",
		    name);
	return show_format("%s is down and is to be down.", name);
}

/* The others that a waiting node starts after; NULL if there are none. */
static const json_t *
others(const json_t *node)
{
	const json_t *list = pick_list(node, "waits_for");

	return json_array_size(list) > 0 ? list : NULL;
}

static char *
others_now(const json_t *node)
{
	char *names = words_list(others(node)), *words;

	words = show_format("%s waits: it starts only when %s %s ready or done "
			    "(after).",
	    pick_text(node, "name"), names,
	    json_array_size(others(node)) == 1 ? "is" : "are");
	free(names);
	return words;
}

static char *
waiting_now(const json_t *node)
{
	double next_s = pick_number(node, "next_try_s", 0);
	char span[WORDS_BYTES];

	if (others(node))
		return others_now(node);
	if (next_s <= 0)
		return show_format("%s waits to be tried again when its turn "
				   "comes (after failure %lld in a row).",
		    pick_text(node, "name"), pick_whole(node, "attempt", 0));
	words_span(next_s, span);
	return show_format("%s waits: its next try comes in %s (after failure "
			   "%lld in a row).",
	    pick_text(node, "name"), span, pick_whole(node, "attempt", 0));
}

static char *
ended_now(const json_t *node, const json_t *chain)
{
	const char *name = pick_text(node, "name");
	char *ended = words_exit(pick_object(node, "last_exit")), *words;
	const json_t *gave_up = last_of(chain, "gave_up");

	if (pick_is(node, "state", "exited"))
		words = show_format("%s has ended normally (%s) and is not "
				    "restarted.",
		    name, ended);
	else if (gave_up && pick_is(gave_up, "node", name))
		words = show_format("%s has given up and is not restarted; "
				    "all below it is down.",
		    name);
	else
		words = show_format(
		    "%s has failed (%s) and is not restarted.", name, ended);
	free(ended);
	return words;
}

static char *
running_now(const json_t *node)
{
	char span[WORDS_BYTES];
	const char *name = pick_text(node, "name");

	words_span(pick_number(node, "since_s", 0), span);
	if (pick_true(node, "degraded"))
		return show_format("%s has been running for %s, but something "
				   "below it is not well.",
		    name, span);
	return show_format("%s has been running%s for %s.", name,
	    pick_true(node, "ready") ? " and ready" : ", not ready,", span);
}

char *
advice_now(const json_t *node, const json_t *chain)
{
	const char *state = pick_text(node, "state");
	char span[WORDS_BYTES];

	if (strcmp(state, "running") == 0)
		return running_now(node);
	if (strcmp(state, "waiting") == 0)
		return waiting_now(node);
	if (strcmp(state, "stopped") == 0)
		return stopped_now(node, chain);
	if (strcmp(state, "exited") == 0 || strcmp(state, "failed") == 0)
		return ended_now(node, chain);
	words_span(pick_number(node, "since_s", 0), span);
	return show_format(
	    "%s has been %s for %s.", pick_text(node, "name"), state, span);
}

/* How to find what is wrong with a service that failed. */
static char *
repair(const char *name, const json_t *exit)
{
	const char *step = pick_text(exit, "step");

	if (strcmp(step, "exec") == 0)
		return show_format("Correct the command of %s in its "
				   "configuration (supctl update brings it "
				   "into force), or install what it names.",
		    name);
	if (*step && strcmp(step, "lost") != 0)
		return show_format("Correct what the configuration of %s says "
				   "for '%s', then: supctl update.",
		    name, step);
	if (pick_true(exit, "oom"))
		return show_format(
		    "Give %s more memory, or have it use less.", name);
	return show_format("Find out from the output of %s why it ends, and "
			   "repair that.",
	    name);
}

/* The node to be started when the culprit is repaired: the highest that gave
 * up, else the node itself. */
static const char *
to_start(const json_t *node, const json_t *chain)
{
	const json_t *gave_up = last_of(chain, "gave_up");

	return gave_up ? pick_text(gave_up, "node") : pick_text(node, "name");
}

static char *
with_repair(const json_t *node, const json_t *chain, char *then)
{
	const json_t *failed = culprit(chain);
	char *first, *words;

	if (failed)
		first = repair(pick_text(failed, "node"),
		    pick_object(pick_object(failed, "detail"), "exit"));
	else if (pick_is(node, "state", "failed"))
		first = repair(
		    pick_text(node, "name"), pick_object(node, "last_exit"));
	else
		return then;
	words = show_format("%s %s", first, then);
	free(first);
	free(then);
	return words;
}

static char *
waiting_advice(const json_t *node, const json_t *chain)
{
	const char *name = pick_text(node, "name");
	const json_t *first = json_array_get(others(node), 0);

	if (json_is_string(first))
		return show_format("supctl why %s tells why that is not ready.",
		    json_string_value(first));
	return with_repair(node, chain,
	    show_format("supctl start %s tries at once, supctl stop %s ends "
			"the tries.",
		name, name));
}

static char *
down_advice(const json_t *node, const json_t *chain)
{
	if (last_of(chain, "shutdown"))
		return show_format("Nothing: start supd again when it is "
				   "wanted.");
	if (by_order(chain) ||
	    (!culprit(chain) && !pick_is(node, "state", "failed")))
		return show_format(
		    "To have it run: supctl start %s", pick_text(node, "name"));
	return with_repair(node, chain,
	    show_format("Then: supctl start %s", to_start(node, chain)));
}

static char *
running_advice(const json_t *node)
{
	if (pick_true(node, "stale"))
		return show_format("Its configuration was changed: supctl "
				   "restart %s brings it into force.",
		    pick_text(node, "name"));
	if (pick_true(node, "degraded"))
		return show_format("supctl status %s shows what, and supctl "
				   "why tells of each why.",
		    pick_text(node, "name"));
	return show_format("Nothing.");
}

char *
advice_words(const json_t *node, const json_t *chain)
{
	const char *state = pick_text(node, "state");

	if (strcmp(state, "running") == 0)
		return running_advice(node);
	if (strcmp(state, "waiting") == 0)
		return waiting_advice(node, chain);
	if (strcmp(state, "failed") == 0)
		return down_advice(node, chain);
	if (strcmp(state, "stopped") == 0 && pick_is(node, "wanted", "up"))
		return with_repair(node, chain,
		    show_format("It comes back by itself with its "
				"supervisor; supctl status shows how far that "
				"is."));
	if (strcmp(state, "stopped") == 0 || strcmp(state, "exited") == 0)
		return down_advice(node, chain);
	return with_repair(node, chain,
	    show_format("supctl events -f %s shows how it goes on.",
		pick_text(node, "name")));
}
