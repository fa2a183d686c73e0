#include "conf/after.h"

#include <string.h>

#include "conf/told.h"
#include "conf/value.h"
#include "lib/buf.h"
#include "lib/str.h"

static bool
read_after(struct making *m, struct draft *draft, size_t offset)
{
	struct plan_node *node = &draft->node;
	const char *cursor = m->text, *word;
	size_t n, count = 0;

	(void)offset;
	while ((word = str_word(&cursor, &n)) != NULL)
		count++;
	node->after_count = 0;
	node->after = arena_array(m->arena, count, sizeof(char *));
	if (node->after == NULL)
		return false;
	cursor = m->text;
	while ((word = str_word(&cursor, &n)) != NULL) {
		char *copy = arena_copy(m->arena, word, n);

		if (copy == NULL)
			return false;
		node->after[node->after_count++] = copy;
	}
	return true;
}

static bool
same_after(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)offset;
	if (a->node.after_count != b->node.after_count)
		return false;
	for (size_t i = 0; i < a->node.after_count; i++)
		if (!value_same_text(a->node.after[i], b->node.after[i]))
			return false;
	return true;
}
const struct form form_after = { read_after, same_after, true };

/*
 * The graph: each node has its start and its being ready, 2n and 2n + 1, and
 * each of those comes after others. A walk from each against that direction,
 * with the way so far on a stack, finds what leads back to itself.
 */
enum { START, READY };
/* Kinds of what something comes after; edges are numbered from 0 on. */
enum { EDGE_OWN, EDGE_SUPERVISOR, EDGE_ELDER, EDGE_AFTER };

struct edge {
	uint32_t to; /* SPEC_NONE: there are no more */
	uint8_t kind;
};

struct stride {
	uint32_t at;
	uint32_t edge;  /* the one to go next */
	uint32_t child; /* of a supervisor's being ready: to go next */
	uint8_t kind;   /* of the edge that leads on from here */
};

struct walk {
	struct making *m;
	const struct declared *declared;
	const struct tree *tree;
	struct plan *plan;
	uint32_t *elder; /* the child before it that it starts after, or none */
	uint8_t *state;  /* of 2n and 2n + 1: new, on the way, done */
	struct stride *way;
	uint32_t length;
	unsigned circles; /* told so far */
};

enum { NEW, ON_THE_WAY, DONE };

static struct section *
section_of(const struct walk *w, uint32_t node)
{
	return w->tree->list[w->tree->order[node]].section;
}

static bool
starts_by_itself(const struct plan *plan, uint32_t node)
{
	return plan->specs[node].kind == SPEC_SUPERVISOR ||
	       plan->specs[node].autostart;
}

static void
refuse_name(struct walk *w, uint32_t node, const char *name)
{
	struct str_guess guess = str_guess(name);

	w->m->item = declared_item(w->declared, section_of(w, node), KEY_after);
	for (uint32_t i = 0; i < w->plan->count; i++)
		str_guess_offer(&guess, w->plan->specs[i].name);
	if (guess.best != NULL)
		making_refuse(w->m, "there is no node '%s'; did you mean '%s'?",
		    quoted(name).text, guess.best);
	else
		making_refuse(w->m, "there is no node '%s'", quoted(name).text);
}

/* What can hardly be meant. */
static void
judge_one(const struct walk *w, uint32_t node, uint32_t other)
{
	const struct spec *spec = &w->plan->specs[other];
	struct item *item =
	    declared_item(w->declared, section_of(w, node), KEY_after);

	if (spec->kind != SPEC_SERVICE || item->warned)
		return;
	if (!spec->autostart) {
		item->warned = true;
		told_warning(w->m->out, item->section->file, item->line,
		    "'%s' is not started by itself (autostart = no): '%s' "
		    "waits until it is started by hand",
		    spec->name, w->plan->specs[node].name);
	} else if (spec->type == TYPE_ONESHOT &&
		   spec->restart == RESTART_PERMANENT) {
		item->warned = true;
		told_warning(w->m->out, item->section->file, item->line,
		    "oneshot '%s' is permanent, so it is never done: '%s' "
		    "would not start",
		    spec->name, w->plan->specs[node].name);
	}
}

static bool
resolve_node(struct walk *w, uint32_t node)
{
	const struct plan_node *from = &w->plan->nodes[node];
	struct spec *spec = &w->plan->specs[node];
	uint32_t *list, other;

	if (from->after_count == 0)
		return true;
	list = arena_array(w->m->arena, from->after_count, sizeof(*list));
	if (list == NULL)
		return false;
	spec->after = list;
	for (size_t i = 0; i < from->after_count; i++) {
		if (!plan_find(w->plan, from->after[i], &other)) {
			refuse_name(w, node, from->after[i]);
			continue;
		}
		judge_one(w, node, other);
		list[spec->after_count++] = other;
	}
	return true;
}

/* False: no memory. */
static bool
resolve(struct walk *w)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < w->plan->count; i++) {
		if (!resolve_node(w, i))
			return false;
		all += w->plan->specs[i].after_count;
	}
	if (all > SPEC_AFTER_MAX)
		told_error(w->m->out, NULL, 0,
		    "all services together start after more than %u others",
		    SPEC_AFTER_MAX);
	return true;
}

static bool
find_elders(struct walk *w)
{
	const struct plan *plan = w->plan;
	uint32_t *last = arena_array(w->m->arena, plan->count, sizeof(*last));

	w->elder = arena_array(w->m->arena, plan->count, sizeof(uint32_t));
	if (last == NULL || w->elder == NULL)
		return false;
	w->elder[0] = SPEC_NONE;
	for (uint32_t i = 1; i < plan->count; i++) {
		uint32_t parent = plan->specs[i].parent;

		/* Root is nobody's sibling: 0 stands for none. */
		w->elder[i] = last[parent] == 0 ||
				      plan->specs[parent].parallel ||
				      !starts_by_itself(plan, i)
				  ? SPEC_NONE
				  : last[parent];
		if (starts_by_itself(plan, i))
			last[parent] = i;
	}
	return true;
}

/* What the start of a node comes after, number k. */
static struct edge
before_start(const struct walk *w, uint32_t node, uint32_t k)
{
	const struct spec *spec = &w->plan->specs[node];

	if (k == 0)
		return spec->parent != SPEC_NONE
			   ? (struct edge){ 2 * spec->parent + START,
				     EDGE_SUPERVISOR }
			   : (struct edge){ SPEC_NONE, 0 };
	if (k == 1 && w->elder[node] != SPEC_NONE)
		return (struct edge){ 2 * w->elder[node] + READY, EDGE_ELDER };
	k -= w->elder[node] != SPEC_NONE ? 2 : 1;
	if (k < spec->after_count)
		return (struct edge){ 2 * spec->after[k] + READY, EDGE_AFTER };
	return (struct edge){ SPEC_NONE, 0 };
}

/* What a node's being ready comes after: its start, and its children. */
static struct edge
before_ready(const struct walk *w, struct stride *step)
{
	const struct tree_node *list = w->tree->list;
	uint32_t node = step->at / 2, child = step->child;

	if (step->edge == 0) {
		step->child = list[w->tree->order[node]].first_child;
		return (struct edge){ 2 * node + START, EDGE_OWN };
	}
	while (child != 0 && !starts_by_itself(w->plan, list[child].number))
		child = list[child].next_sibling;
	if (child == 0)
		return (struct edge){ SPEC_NONE, 0 };
	step->child = list[child].next_sibling;
	return (struct edge){ 2 * list[child].number + READY, EDGE_SUPERVISOR };
}

/* One link of the circle; that a supervisor's child starts with it goes
 * without saying. */
static void
say_step(const struct walk *w, struct buf *text, const struct stride *step,
    uint32_t to)
{
	const char *name = w->plan->specs[step->at / 2].name;
	const char *other = w->plan->specs[to / 2].name;
	const char *comma = text->length > 0 ? ", " : "";

	if (step->kind == EDGE_AFTER)
		buf_print(text, "%s%s starts after %s", comma, name, other);
	else if (step->kind == EDGE_ELDER)
		buf_print(text,
		    "%s%s after %s, the one before it (start = sequential)",
		    comma, name, other);
	else if (step->kind == EDGE_SUPERVISOR && step->at % 2 == READY)
		buf_print(text, "%s%s is ready when %s is, which is below it",
		    comma, name, other);
	else if (step->kind == EDGE_SUPERVISOR)
		buf_print(text, "%s%s starts with %s, which it is below", comma,
		    name, other);
}

/* The way from where `to` stands on it leads back to `to`. */
static void
refuse_circle(struct walk *w, uint32_t to)
{
	struct buf text = buf_make(2048);
	uint32_t from = w->length, i, k, blame = SPEC_NONE;

	if (w->circles++ >= LIMIT_DIAGNOSES)
		return;
	while (w->way[--from].at != to)
		;
	for (i = from; i < w->length; i++)
		if (w->way[i].kind == EDGE_AFTER && blame == SPEC_NONE)
			blame = i;
	/* The tree's own order alone makes no circle. */
	for (i = 0; blame != SPEC_NONE && i < w->length - from; i++) {
		k = blame + i < w->length ? blame + i
					  : blame + i - w->length + from;
		say_step(w, &text, &w->way[k],
		    k + 1 < w->length ? w->way[k + 1].at : to);
	}
	if (blame != SPEC_NONE) {
		w->m->item = declared_item(w->declared,
		    section_of(w, w->way[blame].at / 2), KEY_after);
		making_refuse(w->m, "a circle: %s%s", buf_string(&text),
		    text.failed ? " ..." : "");
	}
	buf_free(&text);
}

static void
push(struct walk *w, uint32_t at)
{
	w->state[at] = ON_THE_WAY;
	w->way[w->length++] = (struct stride){ .at = at };
}

static void
walk_from(struct walk *w, uint32_t at)
{
	push(w, at);
	while (w->length > 0) {
		struct stride *step = &w->way[w->length - 1];
		struct edge edge =
		    step->at % 2 == START
			? before_start(w, step->at / 2, step->edge)
			: before_ready(w, step);

		step->edge++;
		step->kind = edge.kind;
		if (edge.to == SPEC_NONE) {
			w->state[step->at] = DONE;
			w->length--;
		} else if (w->state[edge.to] == ON_THE_WAY) {
			refuse_circle(w, edge.to);
		} else if (w->state[edge.to] == NEW) {
			push(w, edge.to);
		}
	}
}

bool
after_resolve(struct making *m, const struct declared *declared,
    const struct tree *tree, struct plan *plan)
{
	struct walk w = {
		.m = m,
		.declared = declared,
		.tree = tree,
		.plan = plan,
	};
	uint32_t both = plan->count * 2;

	if (!resolve(&w) || !find_elders(&w))
		return false;
	w.state = arena_array(m->arena, both, 1);
	w.way = arena_array(m->arena, both, sizeof(*w.way));
	if (w.state == NULL || w.way == NULL)
		return false;
	for (uint32_t i = 0; i < plan->count; i++)
		if (plan->specs[i].after_count > 0 &&
		    w.state[2 * i + START] == NEW)
			walk_from(&w, 2 * i + START);
	return true;
}
