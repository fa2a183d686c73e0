/*
 * report: the tree in the words of the protocol (SPEC.md section 10).
 *
 * Views of core and plan as JSON; all return a new reference, NULL only if
 * memory is short. Ages and times are as of report_time.
 */
#ifndef SUPD_CTL_REPORT_H
#define SUPD_CTL_REPORT_H

#include <jansson.h>
#include <stdint.h>

#include "conf/plan.h"
#include "core/core.h"

struct report_time {
	uint64_t now_ms;
	int64_t wall_ms;
	int cgroups; /* the folder of the services' cgroups, or -1 */
};

/* A node as in List and Get. cpu, memory and processes are read here: of all
 * that is in its cgroup; where there is none, or memory is not counted there,
 * of the main process from /proc, and the number of processes is null. */
json_t *report_node(const struct core *, const struct plan *, uint32_t node,
    struct report_time);
/* An event; its detail as supd-protocol(7) has it for each kind. Names of
 * nodes that are gone are those they had. */
json_t *report_note(const struct core *, const struct plan *,
    const struct note *, struct report_time);
/* The same for people, one line without a newline: what supd logs. */
void report_line(
    const struct core *, const struct note *, char *text, size_t bytes);
/* last_exit: null where nothing ended yet. */
json_t *report_exit(const struct record_exit *);
/* The answer of Update, with applied false, and no warning but that a setting
 * needs a new start of supd. */
json_t *report_diff(
    const struct plan_diff *, const struct plan *from, const struct plan *to);
json_t *report_diagnoses(const struct diagnoses *);

#endif
