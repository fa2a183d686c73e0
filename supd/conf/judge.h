/*
 * judge: whether the nodes fit together.
 *
 * Tells what is right in itself but not beside the rest: significance
 * without auto_shutdown (R94), on_limit below the wrong strategy (B8), endless
 * restarts without a pause (B9), too many counted restarts in all; and warns
 * of settings that can't work as they are meant. Where a key is bad already,
 * what it has to do with others is not looked at.
 */
#ifndef SUPD_CONF_JUDGE_H
#define SUPD_CONF_JUDGE_H

#include "conf/declare.h"
#include "conf/plan.h"
#include "conf/tree.h"

void judge(struct making *, const struct declared *, const struct tree *,
    const struct plan *);
/* Warns of programs that are not there, and of what else depends on this
 * machine now. */
void judge_world(struct making *, const struct declared *, const struct tree *,
    const struct plan *);

#endif
