/*
 * snapshot: the text of a configuration, kept by the guard for the engine's
 * successor. The one in force and the one that an update brings in lie in two
 * slots, by whether their generation is even or odd, so that a generation
 * becomes true with the commit of the ledger that names it.
 */
#ifndef SUPD_SNAPSHOT_H
#define SUPD_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "conf/plan.h"

/* 0 or -errno. */
int snapshot_put(int wire, uint64_t generation, const struct plan *);
/* The plan again; NULL after having logged why not. */
struct plan *snapshot_get(uint64_t generation);

#endif
