#include "conf/tree.h"

#include <stdio.h>
#include <string.h>

#include "conf/told.h"
#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/str.h"

/* While the tree is made. */
struct growing {
	struct making *m;
	const struct declared *declared;
	struct tree *tree;
	struct names names;
	bool full; /* LIMIT_NODES was told */
};

static bool
make_room(struct growing *g)
{
	struct tree *tree = g->tree;
	uint32_t room = tree->room == 0 ? 64 : tree->room * 2;
	struct tree_node *list;

	if (tree->count < tree->room)
		return true;
	list = arena_array(g->m->arena, room, sizeof(*list));
	if (list == NULL)
		return false;
	if (tree->count > 0)
		memcpy(list, tree->list, tree->count * sizeof(*list));
	tree->list = list;
	tree->room = room;
	return true;
}

/* False: told that there are too many, or no memory. */
static bool
add_node(struct growing *g, const struct tree_node *node)
{
	struct tree *tree = g->tree;

	if (tree->count == LIMIT_NODES) {
		if (!g->full)
			told_error(g->m->out, node->section->file,
			    node->section->line,
			    "more than %u supervisors and services",
			    LIMIT_NODES);
		g->full = true;
		return false;
	}
	if (!make_room(g))
		return false;
	tree->list[tree->count] = *node;
	return names_add(&g->names, g->m->arena, node->name, tree->count++);
}

static bool
add_instance(struct growing *g, struct section *section, const char *instance)
{
	struct making *m = g->m;
	uint32_t other;
	struct tree_node node = {
		.section = section,
		.template = section->name,
		.instance = instance,
		.name = arena_print(m->arena, "%s@%s", section->name, instance),
	};

	if (node.name == NULL)
		return false;
	if (!str_name_valid(node.name) || instance[0] == '\0' ||
	    strchr(instance, '@') != NULL)
		return making_refuse(m, "'%s' can't be an instance's name: %s",
		    quoted(node.name).text,
		    strlen(node.name) > LIMIT_NAME
			? "it is too long"
			: "A-Z a-z 0-9 . _ : + - may stand in it");
	if (names_find(&g->names, node.name, &other))
		return making_refuse(m, "'%s' is there already, in %s:%u",
		    node.name, g->tree->list[other].section->file,
		    g->tree->list[other].section->line);
	return add_node(g, &node);
}

static bool
add_counted(struct growing *g, struct section *section, uint64_t count)
{
	for (uint64_t i = 1; i <= count; i++) {
		char *instance = arena_print(g->m->arena, "%u", (unsigned)i);

		if (instance == NULL || !add_instance(g, section, instance))
			return false;
	}
	return true;
}

static bool
add_named(struct growing *g, struct section *section, const char *list)
{
	const char *word;
	size_t n;

	while ((word = str_word(&list, &n)) != NULL) {
		char *instance = arena_copy(g->m->arena, word, n);

		if (instance == NULL || !add_instance(g, section, instance))
			return false;
	}
	return true;
}

static void
add_template(struct growing *g, struct section *section)
{
	struct item *item = declared_item(g->declared, section, KEY_instances);
	uint32_t before = g->tree->count;
	uint64_t count;

	if (item != NULL) {
		g->m->item = item;
		g->m->text = item->value;
		if (str_number(item->value, UINT32_MAX, &count))
			add_counted(g, section, count);
		else
			add_named(g, section, item->value);
	}
	if (g->tree->count == before && (item == NULL || !item->bad) &&
	    !g->full)
		told_warning(g->m->out, section->file,
		    item == NULL ? section->line : item->line,
		    "[%s] has no instances", section->title);
}

static void
add_all(struct growing *g)
{
	const struct declared *d = g->declared;
	struct tree_node root = { .name = "root", .section = d->root };

	add_node(g, &root);
	/* Names of templates' instances yield to those that are written. */
	for (size_t i = 0; i < d->count && !arena_failed(g->m->arena); i++) {
		struct tree_node node = {
			.name = d->list[i]->name,
			.section = d->list[i],
		};

		if (d->list[i]->kind == SECTION_TEMPLATE)
			add_template(g, d->list[i]);
		else if (!names_find(&g->names, node.name, &node.mark))
			add_node(g, &node);
		else
			told_error(g->m->out, node.section->file,
			    node.section->line,
			    "[%s]: there is such an instance of [%s] already",
			    node.section->title,
			    g->tree->list[node.mark].section->title);
	}
}

static bool
is_supervisor(const struct tree_node *node)
{
	return node->section == NULL ||
	       node->section->kind == SECTION_SUPERVISOR;
}

static void
refuse_parent(struct growing *g, struct item *item)
{
	struct str_guess guess = str_guess(item->value);

	g->m->item = item;
	for (uint32_t i = 0; i < g->tree->count; i++)
		if (is_supervisor(&g->tree->list[i]))
			str_guess_offer(&guess, g->tree->list[i].name);
	if (guess.best != NULL)
		making_refuse(g->m,
		    "there is no such supervisor; did you mean '%s'?",
		    guess.best);
	else
		making_refuse(g->m, "there is no such supervisor");
}

static void
find_parent(struct growing *g, struct tree_node *node)
{
	struct item *item =
	    declared_item(g->declared, node->section, KEY_supervisor);
	uint32_t parent;

	node->parent = 0;
	if (item == NULL || item->bad)
		return;
	if (!names_find(&g->names, item->value, &parent)) {
		refuse_parent(g, item);
	} else if (!is_supervisor(&g->tree->list[parent])) {
		g->m->item = item;
		making_refuse(g->m, "that is a service, not a supervisor");
	} else {
		node->parent = parent;
	}
}

/* The node's parents lead back to it. */
static void
refuse_circle(struct growing *g, struct tree_node *node)
{
	struct tree_node *list = g->tree->list, *at = node;
	struct buf names = buf_make(1024);

	buf_text(&names, node->name);
	do {
		at = &list[at->parent];
		buf_print(&names, " below %s", at->name);
	} while (at != node && !names.failed);
	g->m->item = declared_item(g->declared, node->section, KEY_supervisor);
	making_refuse(g->m, "supervisors in a circle: %s%s", buf_string(&names),
	    names.failed ? " ..." : "");
	buf_free(&names);
	node->parent = 0;
}

/* Walks up from each supervisor, once over each node. */
static void
find_circles(struct growing *g)
{
	struct tree_node *list = g->tree->list;

	for (uint32_t i = 1; i < g->tree->count; i++)
		list[i].mark = 0;
	for (uint32_t i = 1; i < g->tree->count; i++) {
		uint32_t at = i;

		if (!is_supervisor(&list[i]))
			continue;
		for (; at != 0 && list[at].mark == 0; at = list[at].parent)
			list[at].mark = i;
		if (at != 0 && list[at].mark == i)
			refuse_circle(g, &list[at]);
	}
}

static void
link_children(struct tree *tree)
{
	struct tree_node *list = tree->list;

	for (uint32_t i = 1; i < tree->count; i++) {
		struct tree_node *parent = &list[list[i].parent];

		if (parent->first_child == 0)
			parent->first_child = i;
		else
			list[parent->last_child].next_sibling = i;
		parent->last_child = i;
	}
}

/* 0 stands for none: root is nobody's child or sibling. */
static void
number_nodes(struct tree *tree)
{
	struct tree_node *list = tree->list;
	uint32_t at = 0, number = 0;

	for (;;) {
		list[at].number = number;
		tree->order[number++] = at;
		if (at != 0)
			list[at].depth = list[list[at].parent].depth + 1;
		if (list[at].first_child != 0) {
			at = list[at].first_child;
			continue;
		}
		while (at != 0 && list[at].next_sibling == 0)
			at = list[at].parent;
		if (at == 0)
			return;
		at = list[at].next_sibling;
	}
}

static void
check_depth(struct growing *g)
{
	for (uint32_t i = 1; i < g->tree->count; i++) {
		const struct tree_node *node = &g->tree->list[i];

		if (node->depth == LIMIT_DEPTH + 1)
			told_error(g->m->out, node->section->file,
			    node->section->line,
			    "[%s] is more than %u supervisors deep",
			    node->section->title, LIMIT_DEPTH);
	}
}

bool
tree_make(struct making *m, const struct declared *declared, struct tree *tree)
{
	struct growing g = { .m = m, .declared = declared, .tree = tree };

	*tree = (struct tree){ 0 };
	add_all(&g);
	if (arena_failed(m->arena))
		return false;
	for (uint32_t i = 1; i < tree->count; i++)
		find_parent(&g, &tree->list[i]);
	find_circles(&g);
	link_children(tree);
	tree->order = arena_array(m->arena, tree->count, sizeof(uint32_t));
	if (tree->order == NULL)
		return false;
	number_nodes(tree);
	check_depth(&g);
	return true;
}
