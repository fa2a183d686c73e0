/*
 * build: from items to the values of a node.
 *
 * Defaults are those of supd.conf(5). What is wrong with a value by itself is
 * told here; how the nodes fit together is judge.h's.
 */
#ifndef SUPD_CONF_BUILD_H
#define SUPD_CONF_BUILD_H

#include "conf/declare.h"
#include "conf/draft.h"
#include "conf/tree.h"

/* The settings of [supd]; false: no memory. */
bool build_settings(
    struct making *, const struct declared *, struct plan_settings *);
/* Reads what no node may need: [defaults], and templates without instances,
 * so that it is right when one does. */
void build_trials(struct making *, const struct declared *);
/* One node; its name is set, its parent is not. False: no memory. */
bool build_node(struct making *, const struct declared *,
    const struct tree_node *, struct draft *);

#endif
