#include "supctl/tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supctl/pick.h"
#include "supctl/show.h"

/* Links of the list's nodes, by their index in it. */
struct link {
	size_t parent;
	size_t first;
	size_t youngest;
	size_t next;
	bool placed;
};

static size_t
index_of(const json_t *index, const char *name)
{
	const json_t *at = json_object_get(index, name);

	return at ? (size_t)json_integer_value(at) : TREE_NONE;
}

static void
append(struct link *links, size_t parent, size_t child)
{
	struct link *to = &links[parent];

	links[child].parent = parent;
	if (to->first == TREE_NONE)
		to->first = child;
	else
		links[to->youngest].next = child;
	to->youngest = child;
}

static struct link *
link_up(const json_t *nodes, size_t count)
{
	struct link *links = show_need(calloc(count + 1, sizeof(*links)));
	json_t *index = show_need(json_object());

	for (size_t i = 0; i < count; i++) {
		links[i] = (struct link){ TREE_NONE, TREE_NONE, TREE_NONE,
			TREE_NONE, false };
		json_object_set_new(index,
		    pick_text(json_array_get(nodes, i), "name"),
		    show_need(json_integer((json_int_t)i)));
	}
	for (size_t i = 0; i < count; i++) {
		const char *parent =
		    pick_text(json_array_get(nodes, i), "parent");
		size_t up = index_of(index, parent);

		if (up != TREE_NONE && up != i)
			append(links, up, i);
	}
	json_decref(index);
	return links;
}

struct walk {
	const json_t *nodes;
	struct link *links;
	struct tree_row *rows;
	size_t count;
	size_t *row_of; /* of a node's index */
};

static void
place(struct walk *walk, size_t at, size_t up)
{
	struct tree_row *row = &walk->rows[walk->count];

	row->node = json_array_get(walk->nodes, at);
	row->up = up;
	row->depth = up == TREE_NONE ? 0 : walk->rows[up].depth + 1;
	row->last = up == TREE_NONE || walk->links[at].next == TREE_NONE;
	row->parent = false;
	if (up != TREE_NONE)
		walk->rows[up].parent = true;
	walk->links[at].placed = true;
	walk->row_of[at] = walk->count++;
}

/* The next node of a subtree in preorder; TREE_NONE after its last. */
static size_t
following(const struct walk *walk, size_t at, size_t top)
{
	const struct link *links = walk->links;
	unsigned depth = walk->rows[walk->row_of[at]].depth;

	if (links[at].first != TREE_NONE && depth < LIMIT_DEPTH)
		return links[at].first;
	while (at != top && links[at].next == TREE_NONE)
		at = links[at].parent;
	return at == top ? TREE_NONE : links[at].next;
}

static void
place_subtree(struct walk *walk, size_t top)
{
	size_t at = top;

	place(walk, top, TREE_NONE);
	while ((at = following(walk, at, top)) != TREE_NONE)
		place(walk, at, walk->row_of[walk->links[at].parent]);
}

struct tree_row *
tree_rows(const json_t *nodes)
{
	size_t count = json_array_size(nodes);
	struct walk walk = { .nodes = nodes };

	walk.links = link_up(nodes, count);
	walk.rows = show_need(calloc(count + 1, sizeof(*walk.rows)));
	walk.row_of = show_need(calloc(count + 1, sizeof(*walk.row_of)));
	for (size_t i = 0; i < count; i++)
		if (walk.links[i].parent == TREE_NONE)
			place_subtree(&walk, i);
	/* What is left has no way to the left edge, or is too deep. */
	for (size_t i = 0; i < count; i++)
		if (!walk.links[i].placed)
			place(&walk, i, TREE_NONE);
	free(walk.links);
	free(walk.row_of);
	return walk.rows;
}

char *
tree_prefix(
    const struct tree_row *rows, size_t row, bool below, bool utf8, char *text)
{
	const char *bar = utf8 ? "\u2502  " : "|  ";
	const char *tee = utf8 ? "\u251c\u2500 " : "|- ";
	const char *end = utf8 ? "\u2514\u2500 " : "`- ";
	const char *part[LIMIT_DEPTH + 2];
	size_t at = row, used = 0, n = 0;

	if (below)
		part[n++] = rows[row].parent ? bar : "   ";
	for (; rows[at].depth > 0; at = rows[at].up)
		if (at == row && !below)
			part[n++] = rows[at].last ? end : tee;
		else
			part[n++] = rows[at].last ? "   " : bar;
	text[0] = '\0';
	while (n-- > 0) {
		size_t bytes = strlen(part[n]);

		memcpy(text + used, part[n], bytes + 1);
		used += bytes;
	}
	return text;
}
