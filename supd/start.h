/*
 * start: what a process of a service is started with.
 *
 * A service's program, its hooks, its reload command and the probes of its
 * health are all started alike, in its own surroundings.
 */
#ifndef SUPD_START_H
#define SUPD_START_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "conf/plan.h"
#include "core/core.h"
#include "os/cgroup.h"
#include "os/launch.h"
#include "os/ledger.h"
#include "os/loop.h"

/* What act and its rooms stand on. */
struct act_ground {
	struct core *core;
	struct ledger *ledger;
	struct loop *loop;
	const struct plan *plan;
	int wire;
	struct cgroup_tree cgroups;
	const char *socket;
	const char *notify_path; /* NULL: there is no such socket */
	/* What a service has that sets none, see launch.h. */
	const struct rlimit *own_nofile;
};

const struct command *start_command(
    const struct launch *, enum record_role role);
/* As launch_prepare(); after_end: with how the service ended. */
struct prepared *start_prepare(const struct act_ground *, uint32_t node,
    const struct command *, bool after_end, int ready_write,
    const char **missing);
/* Tells why there is nothing to start. */
void start_missing(
    const struct act_ground *, uint32_t node, const char *missing);

#endif
