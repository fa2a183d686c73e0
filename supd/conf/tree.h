/*
 * tree: which nodes there are, and how they stand to each other.
 *
 * Makes a node of each supervisor and service, and of each instance of a
 * template, finds their parents, and numbers them: preorder, siblings in
 * their order in the configuration, whether a supervisor stands before its
 * children or after them. Where a parent is wrong the error is told, and the
 * node put below root, so that the rest can be looked at.
 */
#ifndef SUPD_CONF_TREE_H
#define SUPD_CONF_TREE_H

#include <stdint.h>

#include "conf/declare.h"
#include "conf/names.h"

struct tree_node {
	const char *name;
	struct section *section; /* NULL: root without one */
	const char *template;    /* of an instance, else NULL */
	const char *instance;
	uint32_t parent; /* these are places in the list... */
	uint32_t first_child;
	uint32_t last_child;
	uint32_t next_sibling;
	uint32_t number; /* ...and this its place in the plan */
	uint32_t depth;  /* supervisors above it */
	uint32_t mark;
};

struct tree {
	struct tree_node *list; /* in order of the configuration, root first */
	uint32_t count;
	uint32_t room;
	uint32_t *order; /* of the plan: places in the list, by number */
};

/* What is wrong is told; false: no memory. */
bool tree_make(struct making *, const struct declared *, struct tree *);

#endif
