/*
 * tree: a list of nodes put in the shape of a tree.
 *
 * Pure. Rows are in preorder: each node right after its parent or an elder
 * sibling's subtree, siblings in the order in which the daemon listed them. A
 * node whose parent is not in the list stands at the left edge.
 */
#ifndef SUPCTL_TREE_H
#define SUPCTL_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/limits.h"

struct tree_row {
	const json_t *node; /* borrowed from the list */
	size_t up;          /* the parent's row; TREE_NONE: at the left edge */
	unsigned depth;     /* 0: at the left edge */
	bool last;          /* no younger sibling follows */
	bool parent;        /* rows below it follow */
};

#define TREE_NONE ((size_t)-1)
/* Of a prefix: three columns of at most three bytes for each level. */
#define TREE_PREFIX_BYTES (LIMIT_DEPTH * 9 + 16)

/* A new array of json_array_size(nodes) rows; free() it. A daemon that names
 * parents in a circle, or nests deeper than LIMIT_DEPTH, has such nodes shown
 * at the left edge. */
struct tree_row *tree_rows(const json_t *nodes);

/* The lines in front of a row's name, or, if below, in front of what stands
 * on a line of its own under that name. text: TREE_PREFIX_BYTES. */
char *tree_prefix(
    const struct tree_row *rows, size_t row, bool below, bool utf8, char *text);

#endif
