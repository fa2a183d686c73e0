/*
 * after: what a service starts after, from names to numbers.
 *
 * Names stand for nodes anywhere in the tree. A name that is no node's is an
 * error, and so is a circle: of services that start after each other, or with
 * the tree's own order in it. That is, a child starts with its supervisor; in
 * a sequential one it starts when the elder child before it is ready; and a
 * supervisor is ready when its children are. What is not started by itself
 * (autostart = no) is waited for by nobody in that.
 */
#ifndef SUPD_CONF_AFTER_H
#define SUPD_CONF_AFTER_H

#include "conf/tree.h"

extern const struct form form_after; /* node.after */

/* Fills in the specs' after from the nodes'; plan_find() works by now. False:
 * no memory. */
bool after_resolve(struct making *, const struct declared *,
    const struct tree *, struct plan *);

#endif
