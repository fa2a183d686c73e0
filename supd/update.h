/*
 * update: one configuration gives way to another.
 *
 *   none --begin--> stopping --ACTION_SWITCH--> due --switch--> none
 *
 * In `stopping` the tree still is the old one and its removed and restarting
 * nodes go down; at the switch all becomes new in one commit. An engine that
 * dies in between leaves enough for its successor to go on (update_resume()).
 */
#ifndef SUPD_UPDATE_H
#define SUPD_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "act.h"
#include "conf/plan.h"
#include "core/core.h"
#include "ctl/session.h"
#include "os/ledger.h"

struct update;

struct update_ground {
	struct core *core;
	struct ctl *ctl; /* NULL: nobody can ask */
	int wire;
	char *const *paths;
	size_t paths_count;
};

struct update *update_open(const struct update_ground *); /* NULL: memory */
void update_close(struct update *);

/* Reads the configuration and begins to bring it in; or, with dry_run, tells
 * the difference only. Answers from (NULL: a signal asked) at once on error,
 * else when it is in force. */
void update_begin(struct update *, const struct plan *now, uint64_t generation,
    const struct ctl_handle *from, bool dry_run);
/* In a new engine that finds core_updating() in the image; false: it cannot
 * go on. */
bool update_resume(struct update *, uint64_t generation);
/* ACTION_SWITCH came. */
void update_due(struct update *);
bool update_is_due(const struct update *);
/* Is one being brought in? */
bool update_pending(const struct update *);
/*
 * Makes the new plan the tree's: core, and the start slots of the ledger's
 * next generation. The caller then commits with the generation one higher,
 * calls update_done(), and frees the plan of before.
 */
struct plan *update_switch(struct update *, struct ledger *);
void update_done(
    struct update *, const struct plan *before, const struct plan *now);

#endif
