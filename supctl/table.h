/*
 * table: what `status` and `tree` draw.
 *
 * Pure: from the daemon's list of nodes (or a Get's one) to lines. On a
 * terminal no line is wider than it: the note, why a node is not well, moves
 * to lines of its own under the name, columns that matter less go, and names
 * are cut last. Elsewhere each node is one line.
 */
#ifndef SUPCTL_TABLE_H
#define SUPCTL_TABLE_H

#include <jansson.h>
#include <stdbool.h>

#include "supctl/show.h"

/* age_s: how old the list is; added to the ages in it. */
void table_status(const struct show *, const json_t *nodes, double age_s);
void table_tree(const struct show *, const json_t *nodes);

#endif
