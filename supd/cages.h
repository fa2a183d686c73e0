/*
 * cages: the folder of all services' cgroups, from the first engine to the
 * last.
 *
 * Whether there are cgroups, and where, is decided once, by the first engine,
 * and what cannot be had is said then. The guard keeps the folder for all that
 * follow (SLOT_CGROUP).
 */
#ifndef SUPD_CAGES_H
#define SUPD_CAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "os/cgroup.h"

/* setting: the key `cgroup`; adopting: an engine before this one decided. */
void cages_open(
    struct cgroup_tree *, const char *setting, uint64_t id, bool adopting);
/* The tree is down. What kill_mode = process left is killed, and all is
 * removed; guardless: there is no guard any more. */
void cages_end(const struct cgroup_tree *, bool guardless);

#endif
