/*
 * orders: what operators told the tree to do, until they have their answers.
 *
 * An order concerns some nodes; the core answers for each of them, once, and
 * the order is answered when the last has come. What the core is to be told
 * waits in a queue here, since one order may be of more nodes than a step
 * takes. Nodes are held by uid, so that an update may come at any time.
 *
 * An ask is the core's handle for one who waits for one node:
 *
 *   free --take--> waiting --answer--> free
 *                     |
 *                   gone          (answers are passed over from here on)
 *                     v
 *                  leaving --UNASK handed out--> left --next events--> free
 *
 * In `left` the step with the UNASK may still be under way, and the core may
 * have answered in it before it came to the UNASK: so the number is not used
 * again before that step is over.
 */
#ifndef SUPD_ORDERS_H
#define SUPD_ORDERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "choose.h"
#include "conf/plan.h"
#include "core/core.h"
#include "ctl/session.h"

struct orders;

struct orders *orders_open(
    const struct core *, struct ctl *); /* NULL: memory */
void orders_close(struct orders *);

/* Takes an order. wait: answer when it is carried out, else (and for a client
 * that wants no answer) as soon as it is taken. Nodes for which there is no
 * room (LIMIT_ASKS) are answered as busy and nothing is done about them. */
void orders_take(struct orders *, const struct plan *, const struct ctl_call *,
    enum event_op, const struct choice *, bool wait);
/* An answer of the core. */
void orders_answer(struct orders *, const struct action *);
/* The client has gone; what it ordered goes on. */
void orders_gone(struct orders *, struct ctl_handle);
/* Events for the core's next step, at most n; returns how many. Once for each
 * step: a call tells that the step with the events of the last one is over. */
size_t orders_events(struct orders *, struct event *, size_t n);
/* Do events wait that orders_events() did not give yet? */
bool orders_pending(const struct orders *);

/* The outcome of an order for one node, as in the protocol; NULL: memory is
 * short. */
json_t *orders_outcome(const struct core *, const struct plan *, uint32_t node,
    const char *result, const char *message);

#endif
