/*
 * reply: the answers that several rooms of the desk give.
 *
 * Each ends one call. A reply that could not be made for want of memory is an
 * error to its client, never an empty success.
 */
#ifndef SUPD_REPLY_H
#define SUPD_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "choose.h"
#include "conf/plan.h"
#include "core/core.h"
#include "ctl/report.h"
#include "ctl/session.h"

/* Takes the reference; NULL: memory was short. */
void reply_give(struct ctl *, struct ctl_handle, json_t *parameters);
void reply_short_of_memory(struct ctl *, struct ctl_handle);
void reply_invalid_state(struct ctl *, struct ctl_handle, const char *message);
/* parameter: its name. */
void reply_invalid_parameter(
    struct ctl *, struct ctl_handle, const char *parameter);
/* nearest: NULL if there is none. */
void reply_no_such_node(
    struct ctl *, struct ctl_handle, const char *name, const char *nearest);

/* choose() of the call's `names`; false: the call has been answered. */
bool reply_choose(struct ctl *, const struct ctl_call *, const struct plan *,
    enum choose_how, struct choice *);
/* As reply_choose(), for calls that must name something: that nobody who has
 * an empty list stops the whole tree. */
bool reply_choose_named(struct ctl *, const struct ctl_call *,
    const struct plan *, enum choose_how, struct choice *);

/* The views of these nodes, those that are SPEC_NONE passed over. NULL:
 * memory is short. */
json_t *reply_nodes(const struct core *, const struct plan *,
    const uint32_t *nodes, size_t count, struct report_time);

#endif
