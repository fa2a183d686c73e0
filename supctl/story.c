#include "supctl/story.h"

#include <stdlib.h>
#include <string.h>

#include "supctl/advice.h"
#include "supctl/facts.h"
#include "supctl/pick.h"
#include "supctl/words.h"

/* Steps of one chain: no daemon remembers more (LIMIT_NOTES), and one that
 * names causes in a circle is followed no further. */
#define CHAIN_MAX 32768
/* Shorter times are not told. */
#define NOTHING_S 0.0005

static bool
is(const json_t *event, const char *kind)
{
	return pick_is(event, "event", kind);
}

static bool
is_end(const json_t *event)
{
	return is(event, "failed") || is(event, "exited");
}

static bool
is_start(const json_t *event)
{
	return is(event, "starting") || is(event, "ready");
}

static bool
same_node(const json_t *a, const json_t *b)
{
	return strcmp(pick_text(a, "node"), pick_text(b, "node")) == 0;
}

/* Events by their number; the list is in the order of numbers. */
static json_t *
find(const json_t *events, long long seq)
{
	size_t low = 0, high = json_array_size(events);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		json_t *event = json_array_get(events, middle);
		long long number = pick_whole(event, "seq", 0);

		if (number == seq)
			return event;
		if (number < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The change that the node's state is due to: its newest that is one. */
static json_t *
newest(const json_t *events, const json_t *node)
{
	for (size_t i = json_array_size(events); i-- > 0;) {
		json_t *event = json_array_get(events, i);

		if (pick_is(event, "node", pick_text(node, "name")) &&
		    !is(event, "status") && !is(event, "update"))
			return event;
	}
	return NULL;
}

/* What an event without a cause came of, as far as its node can tell: a death
 * has none, but the start before it may be the end of a longer chain. */
static json_t *
before_death(const json_t *events, const json_t *death)
{
	json_t *before = NULL;

	if (!is_end(death) ||
	    pick_whole(pick_object(death, "detail"), "attempt", 0) < 2)
		return NULL;
	for (size_t i = 0; i < json_array_size(events); i++) {
		json_t *event = json_array_get(events, i);

		if (event == death)
			break;
		if (same_node(event, death) && is_end(event))
			before = event;
	}
	return before;
}

static json_t *
chain_of(const json_t *events, json_t *last)
{
	json_t *chain = show_need(json_array());
	json_t *backwards = show_need(json_array());
	json_t *event = last, *death = NULL;

	for (int i = 0; event && i < CHAIN_MAX; i++) {
		long long cause = pick_whole(event, "cause", 0);

		json_array_append(backwards, event);
		/* What killed it came before the death, not before that. */
		if (!is(event, "oom"))
			death = event;
		event = cause > 0 && cause < pick_whole(event, "seq", 0)
			    ? find(events, cause)
			    : before_death(events, death);
	}
	for (size_t i = json_array_size(backwards); i-- > 0;)
		json_array_append(chain, json_array_get(backwards, i));
	json_decref(backwards);
	return chain;
}

/* Telling. */

struct tale {
	const json_t *chain;
	const json_t *nodes;
	json_t *steps;
	int64_t wall_ms;
};

static const json_t *
node_named(const json_t *nodes, const char *name)
{
	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (pick_is(json_array_get(nodes, i), "name", name))
			return json_array_get(nodes, i);
	return NULL;
}

/* Takes sentence. */
static void
step(struct tale *tale, const json_t *event, char *sentence)
{
	char clock[WORDS_BYTES];
	char *line;

	words_clock(pick_text(event, "time"), tale->wall_ms, clock);
	line = show_format("%s  %s", clock, sentence);
	json_array_append_new(tale->steps, show_need(json_string(line)));
	free(line);
	free(sentence);
}

static const char *
restart_rule(const struct tale *tale, const char *name)
{
	const json_t *node = node_named(tale->nodes, name);
	const char *restart = pick_text(node, "restart");

	if (strcmp(restart, "permanent") == 0)
		return "It is permanent: restarted after every end.";
	if (strcmp(restart, "transient") == 0)
		return "It is transient: restarted after a failure only.";
	if (strcmp(restart, "temporary") == 0)
		return "It is temporary: never restarted.";
	return "";
}

static char *
end_sentence(const struct tale *tale, const json_t *event)
{
	char *words = facts_words(event), *sentence;
	const char *rule = restart_rule(tale, pick_text(event, "node"));

	sentence = show_format("%s %s.%s%s", pick_text(event, "node"), words,
	    *rule ? " " : "", rule);
	free(words);
	return sentence;
}

static char *
names_of(const json_t *list)
{
	char *words = show_format("%s", ""), *longer;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *name = json_array_get(list, i);

		longer = show_format("%s%s%s", words, i > 0 ? ", " : "",
		    json_is_string(name) ? json_string_value(name) : "?");
		free(words);
		words = longer;
	}
	return words;
}

static char *
group_sentence(const json_t *event)
{
	const json_t *detail = pick_object(event, "detail");
	const char *strategy = pick_text(detail, "strategy");
	const char *child = pick_text(detail, "child");
	const char *rule = "a child that fails restarts all of them";
	char *names, *sentence;

	if (!*child)
		child = "it";
	if (strcmp(strategy, "one_for_one") == 0)
		return show_format("%s, the supervisor of %s, is one_for_one: "
				   "it restarts %s alone.",
		    pick_text(event, "node"), child, child);
	if (strcmp(strategy, "rest_for_one") == 0)
		rule = "a child that fails restarts itself and those after it";
	names = names_of(pick_list(detail, "children"));
	sentence = show_format("%s, the supervisor of %s, is %s: %s. It stops "
			       "and starts: %s.",
	    pick_text(event, "node"), child, strategy, rule,
	    *names ? names : child);
	free(names);
	return sentence;
}

static char *
gave_up_sentence(const json_t *event)
{
	const json_t *detail = pick_object(event, "detail");
	char span[WORDS_BYTES];
	const char *child = pick_text(detail, "child");
	const char *name = pick_text(event, "node");
	long long intensity = pick_whole(detail, "intensity", 0);
	char *limit, *sentence;

	limit = show_format("the limit is %lld restart%s within %s, and this "
			    "would have been number %lld",
	    intensity, intensity == 1 ? "" : "s",
	    words_span(pick_number(detail, "period_s", 0), span),
	    pick_whole(detail, "restarts", 0));
	if (strcmp(child, name) == 0)
		sentence = show_format("%s is not restarted any more: %s. Its "
				       "supervisor goes on without it "
				       "(on_limit = stop).",
		    name, limit);
	else
		sentence = show_format("%s, the supervisor of %s, gave up: "
				       "%s. It stops all its children and "
				       "ends.",
		    name, *child ? child : "it", limit);
	free(limit);
	return sentence;
}

static char *
backoff_sentence(const json_t *event)
{
	const json_t *detail = pick_object(event, "detail");
	char span[WORDS_BYTES];

	words_span(pick_number(detail, "delay_s", 0), span);
	return show_format("After failure %lld in a row, %s waits %s before it "
			   "is started again (backoff).",
	    pick_whole(detail, "attempt", 0), pick_text(event, "node"), span);
}

static char *
request_sentence(const json_t *event)
{
	const char *op = pick_text(pick_object(event, "detail"), "op");

	return show_format("An operator ordered: %s %s.", *op ? op : "change",
	    pick_text(event, "node"));
}

static char *
stop_sentence(const json_t *event, const json_t *because)
{
	const char *name = pick_text(event, "node");

	if (because && is(because, "restarting"))
		return show_format("%s is stopped with its group.", name);
	if (because && is(because, "gave_up"))
		return show_format("%s is stopped, since its supervisor %s "
				   "ends.",
		    name, pick_text(because, "node"));
	if (because && is(because, "stopping"))
		return show_format("%s is stopped with its supervisor %s.",
		    name, pick_text(because, "node"));
	if (because && is(because, "shutdown"))
		return show_format(
		    "%s is stopped, since all of supd ends.", name);
	return show_format("%s is stopped.", name);
}

static char *
start_sentence(const json_t *event)
{
	const char *name = pick_text(event, "node");
	const json_t *detail = pick_object(event, "detail");
	bool again = pick_whole(detail, "generation", 0) > 1;
	char span[WORDS_BYTES];

	if (!is(event, "ready"))
		return show_format(
		    "%s is started%s.", name, again ? " again" : "");
	if (pick_number(detail, "took_s", 0) < NOTHING_S)
		return show_format("%s is started%s, and ready at once.", name,
		    again ? " again" : "");
	words_span(pick_number(detail, "took_s", 0), span);
	return show_format("%s is started%s, and ready after %s.", name,
	    again ? " again" : "", span);
}

static char *
sentence_of(const struct tale *tale, const json_t *event, const json_t *because)
{
	char *words, *sentence;

	if (is_end(event))
		return end_sentence(tale, event);
	if (is(event, "restarting"))
		return group_sentence(event);
	if (is(event, "gave_up"))
		return gave_up_sentence(event);
	if (is(event, "backoff"))
		return backoff_sentence(event);
	if (is(event, "request"))
		return request_sentence(event);
	if (is(event, "shutdown"))
		return show_format("supd was told to end.");
	if (is(event, "stopping") || is(event, "stopped"))
		return stop_sentence(event, because);
	if (is_start(event))
		return start_sentence(event);
	words = facts_words(event);
	sentence = show_format("%s %s.", pick_text(event, "node"), words);
	free(words);
	return sentence;
}

/* How a supervisor ends that gave up: its stop and its end were told. */
static bool
of_giving_up(const json_t *chain, size_t at)
{
	const json_t *event = json_array_get(chain, at);

	if (!is(event, "stopping") && !is_end(event))
		return false;
	for (size_t back = 1; back <= 2 && back <= at; back++) {
		const json_t *before = json_array_get(chain, at - back);

		if (is(before, "gave_up") && same_node(before, event))
			return true;
	}
	return false;
}

/* A step that says nothing that the one before it or the next does not say:
 * stopping and then stopped or ended, and of starts, which in a group come
 * one of the other, all but the last. */
static bool
superfluous(const json_t *chain, size_t at)
{
	const json_t *event = json_array_get(chain, at);
	const json_t *before = at > 0 ? json_array_get(chain, at - 1) : NULL;
	const json_t *next = json_array_get(chain, at + 1);

	if (of_giving_up(chain, at))
		return true;
	if (is(event, "stopped"))
		return before && is(before, "stopping") &&
		       same_node(event, before);
	if (is(event, "stopping"))
		return next && is_end(next) && same_node(event, next);
	return next && is_start(event) &&
	       (is_start(next) ||
		   (is(next, "failed") && same_node(event, next)));
}

/* Where the story begins: ordinary starts before the first thing that is
 * anything else are no part of it, unless there is nothing else. */
static size_t
beginning(const json_t *chain)
{
	for (size_t i = 0; i < json_array_size(chain); i++)
		if (!is_start(json_array_get(chain, i)))
			return i;
	return 0;
}

/* The last end of the same node in the chain after at; at if there is none. */
static size_t
last_end(const json_t *chain, size_t at)
{
	const json_t *end = json_array_get(chain, at);
	size_t last = at;

	for (size_t i = at + 1; i < json_array_size(chain); i++) {
		const json_t *event = json_array_get(chain, i);

		if (is_end(event) && same_node(event, end))
			last = i;
	}
	return last;
}

/* Do both tell of the same way to end? */
static bool
alike(const json_t *a, const json_t *b)
{
	char *first = words_exit(facts_exit(a));
	char *second = words_exit(facts_exit(b));
	bool same = strcmp(first, second) == 0;

	free(first);
	free(second);
	return same;
}

/* Of a node's ends the first and, if it was another, the last are told, and
 * how many there were. */
static size_t
tell_repetition(struct tale *tale, size_t first)
{
	size_t last = last_end(tale->chain, first);
	const json_t *end = json_array_get(tale->chain, first);
	const json_t *again = json_array_get(tale->chain, last);
	bool same = alike(end, again);

	step(tale, end, end_sentence(tale, end));
	if (last == first)
		return first;
	step(tale, again,
	    show_format("Started again, it ended again, the last time %s "
			"(each time: supctl history %s).",
		same ? "in the same way" : "so:", pick_text(end, "node")));
	if (!same)
		step(tale, again, end_sentence(tale, again));
	return last;
}

static void
tell_chain(struct tale *tale)
{
	size_t count = json_array_size(tale->chain);

	for (size_t i = beginning(tale->chain); i < count; i++) {
		const json_t *event = json_array_get(tale->chain, i);
		const json_t *before =
		    i > 0 ? json_array_get(tale->chain, i - 1) : NULL;

		if (superfluous(tale->chain, i))
			continue;
		if (is_end(event))
			i = tell_repetition(tale, i);
		else
			step(tale, event, sentence_of(tale, event, before));
	}
}

/* The oldest step has a cause that the daemon has forgotten. */
static void
tell_forgotten(struct tale *tale)
{
	const json_t *first = json_array_get(tale->chain, 0);

	if (pick_whole(first, "cause", 0) > 0)
		json_array_insert_new(tale->steps, 0,
		    json_string("What came before is forgotten: only the "
				"newest events are remembered."));
}

void
story_tell(struct story *story, const json_t *history, const json_t *nodes,
    int64_t wall_ms)
{
	const json_t *events = pick_list(history, "events");
	const json_t *node = pick_object(history, "node");

	story->chain = chain_of(events, newest(events, node));
	story->steps = show_need(json_array());
	struct tale tale = { story->chain, nodes, story->steps, wall_ms };
	tell_chain(&tale);
	tell_forgotten(&tale);
	story->now = advice_now(node, story->chain);
	story->advice = advice_words(node, story->chain);
}

void
story_free(struct story *story)
{
	json_decref(story->chain);
	json_decref(story->steps);
	free(story->now);
	free(story->advice);
	*story = (struct story){ 0 };
}

json_t *
story_text(const struct story *story)
{
	json_t *lines = show_need(json_copy(story->steps));

	json_array_append_new(lines, show_need(json_string(story->now)));
	json_array_append_new(lines, show_need(json_string(story->advice)));
	return lines;
}

/* Takes no line longer than the terminal: what is longer goes on below,
 * indented as far as the text began. */
static void
print_item(const struct show *show, const char *mark, const char *text)
{
	char *clean = show_clean(text, show->utf8);
	char indent[32];
	size_t before = strlen(mark);
	size_t room = 0;

	snprintf(indent, sizeof(indent), "%*s", (int)before, "");
	if (show->width > before + 20)
		room = show->width - before;
	show_paint(show, SHOW_DIM, mark);
	show_wrapped(show, clean, room, indent);
	fputc('\n', show->out);
	free(clean);
}

void
story_print(const struct show *show, const struct story *story)
{
	char mark[32];

	for (size_t i = 0; i < json_array_size(story->steps); i++) {
		const json_t *line = json_array_get(story->steps, i);

		snprintf(mark, sizeof(mark), "%3zu. ", i + 1);
		print_item(show, mark, json_string_value(line));
	}
	if (json_array_size(story->steps) > 0)
		fputc('\n', show->out);
	print_item(show, "Now:   ", story->now);
	print_item(show, "To do: ", story->advice);
}
