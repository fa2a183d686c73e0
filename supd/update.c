#include "update.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/report.h"
#include "lib/log.h"
#include "lib/must.h"
#include "snapshot.h"

struct update {
	struct update_ground at;
	struct plan *plan; /* that is coming in; NULL: none */
	bool due;
	bool has_asker;
	struct ctl_handle asker;
	json_t *warnings;
};

struct update *
update_open(const struct update_ground *ground)
{
	struct update *u = calloc(1, sizeof(*u));

	if (u != NULL)
		u->at = *ground;
	return u;
}

static void
clear(struct update *u)
{
	if (u->plan != NULL)
		plan_free(u->plan);
	json_decref(u->warnings);
	u->plan = NULL;
	u->warnings = NULL;
	u->due = false;
	u->has_asker = false;
}

void
update_close(struct update *u)
{
	clear(u);
	free(u);
}

static void
refuse(struct update *u, const struct ctl_handle *from, const char *error,
    const char *text)
{
	if (from != NULL)
		ctl_error(u->at.ctl, *from, error,
		    text != NULL ? json_pack("{s:s}", "message", text) : NULL);
	else
		log_error("the configuration is not read again: %s",
		    text != NULL ? text : error);
}

static void
tell_wrong(struct update *u, const struct ctl_handle *from,
    const struct diagnoses *all)
{
	size_t i;
	char *line;

	if (from != NULL) {
		ctl_error(u->at.ctl, *from, "ConfigurationError",
		    json_pack("{s:o}", "diagnoses", report_diagnoses(all)));
		return;
	}
	for (i = 0; i < all->count; i++) {
		line = diagnosis_line(&all->list[i]);
		if (line != NULL)
			log_error("%s", line);
		free(line);
	}
	log_error("the configuration has errors; nothing was changed");
}

static json_t *
answer(const struct plan_diff *diff, const struct plan *before,
    const struct plan *now, json_t *warnings, bool applied)
{
	json_t *reply = report_diff(diff, before, now);

	if (reply == NULL)
		return NULL;
	json_array_extend(json_object_get(reply, "warnings"), warnings);
	json_object_set_new(reply, "nodes", json_integer(now->count));
	json_object_set_new(reply, "applied", json_boolean(applied));
	return reply;
}

static json_t *
only_warnings(const struct diagnoses *all)
{
	json_t *list = report_diagnoses(all);

	return list != NULL ? list : json_array();
}

/* The snapshot goes to the guard first: if we die after core_update() was
 * saved, our successor needs it. */
static bool
bring_in(struct update *u, struct plan *next, const struct plan_diff *diff,
    uint64_t generation, const struct ctl_handle *from)
{
	int error = snapshot_put(u->at.wire, generation + 1, next);

	if (error != 0) {
		refuse(u, from, "InvalidState", strerror(-error));
		return false;
	}
	if (!core_update(u->at.core, next->specs, next->count, diff->old_of,
		diff->restart, 0)) {
		refuse(u, from, "InvalidState",
		    "an update or a shutdown is in progress; try again when "
		    "it is over");
		return false;
	}
	u->plan = next;
	return true;
}

void
update_begin(struct update *u, const struct plan *now, uint64_t generation,
    const struct ctl_handle *from, bool dry_run)
{
	struct diagnoses all = { .list = NULL };
	struct plan_diff *diff = NULL;
	struct plan *next;

	if (update_pending(u) && !dry_run) {
		refuse(u, from, "InvalidState",
		    "another update is in progress; try again when it is "
		    "over");
		return;
	}
	next = conf_read(u->at.paths, u->at.paths_count, &all);
	if (next != NULL)
		diff = plan_diff(now, next);
	if (next == NULL) {
		tell_wrong(u, from, &all);
	} else if (diff == NULL) {
		refuse(u, from, "InvalidState", "out of memory");
	} else if (dry_run) {
		json_t *warnings = only_warnings(&all);

		ctl_reply(
		    u->at.ctl, *from, answer(diff, now, next, warnings, false));
		json_decref(warnings);
	} else if (bring_in(u, next, diff, generation, from)) {
		u->warnings = only_warnings(&all);
		u->has_asker = from != NULL;
		if (from != NULL)
			u->asker = *from;
		next = NULL;
	}
	if (next != NULL)
		plan_free(next);
	if (diff != NULL)
		plan_diff_free(diff);
	diagnoses_free(&all);
}

bool
update_resume(struct update *u, uint64_t generation)
{
	u->plan = snapshot_get(generation + 1);
	if (u->plan == NULL)
		return false;
	u->warnings = json_array();
	return core_update(
	    u->at.core, u->plan->specs, u->plan->count, NULL, NULL, 0);
}

void
update_due(struct update *u)
{
	u->due = true;
}

bool
update_is_due(const struct update *u)
{
	return u->due && u->plan != NULL;
}

bool
update_pending(const struct update *u)
{
	return u->plan != NULL;
}

struct plan *
update_switch(struct update *u, struct ledger *ledger)
{
	uint32_t before = core_count(u->at.core), i;
	uint32_t *moved = malloc((before + 1) * sizeof(*moved));
	struct plan *next = u->plan;

	must(moved != NULL);
	for (i = 0; i < before; i++)
		moved[i] = core_record(u->at.core, i)->uid;
	core_switch(u->at.core);
	for (i = 0; i < before; i++)
		moved[i] = core_by_uid(u->at.core, moved[i]);
	ledger_move_slots(ledger, moved, before);
	free(moved);
	u->plan = NULL;
	return next;
}

static void
log_change(
    const struct plan *before, const struct plan *now, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_ADDED:
		log_info("update: %s is new", now->nodes[c->node].path);
		break;
	case CHANGE_REMOVED:
		log_info("update: %s is removed", before->nodes[c->node].path);
		break;
	case CHANGE_CHANGED:
		log_info("update: %s has changed%s", now->nodes[c->node].path,
		    c->restart ? " and restarts" : "");
		break;
	}
}

void
update_done(struct update *u, const struct plan *before, const struct plan *now)
{
	struct plan_diff *diff = plan_diff(before, now);
	size_t i;

	if (diff != NULL) {
		for (i = 0; i < diff->changes_count; i++)
			log_change(before, now, &diff->changes[i]);
		if (diff->fixed)
			log_warn("update: the control socket stays where it "
				 "is until supd is started anew");
	}
	log_info(
	    "update: the configuration of %u nodes is in force", now->count);
	if (u->has_asker && diff != NULL)
		ctl_reply(u->at.ctl, u->asker,
		    answer(diff, before, now, u->warnings, true));
	else if (u->has_asker)
		ctl_error(u->at.ctl, u->asker, "InvalidState",
		    json_pack("{s:s}", "message",
			"applied, but memory is too short to tell what"));
	if (diff != NULL)
		plan_diff_free(diff);
	clear(u);
}
