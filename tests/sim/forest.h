/*
 * forest: random trees, and random changes of a tree.
 *
 * A tree is made of a seed alone. To shrink a failure, nodes can be left out
 * (by a mask of their names' numbers; what is below goes along) and features
 * made plain; the rest of the tree stays as it was. A node's name is `n` or
 * `g` (a supervisor) and its number, which stays its own for the whole
 * scenario; the root is number 0.
 */
#ifndef SIM_FOREST_H
#define SIM_FOREST_H

#include <stdint.h>

#include "core/spec.h"

#define FOREST_NODES LIMIT_NODES
/* Names have numbers below this; a mask of them is one word. */
#define FOREST_NAMES 64u

/* What can be made plain. */
#define FOREST_PLAINS(X)        \
	X(HOOKS, "hooks")       \
	X(READY, "ready")       \
	X(ONESHOT, "oneshot")   \
	X(BACKOFF, "backoff")   \
	X(PARALLEL, "parallel") \
	X(AUTO, "auto")         \
	X(TYPES, "types")       \
	X(STOPS, "stops")       \
	X(LIMITS, "limits")     \
	X(MANUAL, "manual")     \
	X(REMAINS, "remains")   \
	X(LATENCY, "latency")   \
	X(JITTER, "jitter")     \
	X(SUCCESS, "success")   \
	X(ONE_FOR_ONE, "one_for_one")
#define FOREST_ENUM(name, text) PLAIN_##name,
enum forest_plain { FOREST_PLAINS(FOREST_ENUM) PLAIN_COUNT };

struct forest {
	struct spec spec[FOREST_NODES];
	uint8_t number[FOREST_NODES]; /* of the name */
	uint32_t count;
};

/* without: bit n takes the node with number n away. plain: bits of enum
 * forest_plain. */
void forest_grow(
    struct forest *, uint64_t seed, uint64_t without, uint32_t plain);

/* next becomes old, changed somewhere: nodes removed, added, moved, altered.
 * old_of and restart are as core_update() wants them. */
void forest_change(struct forest *next, const struct forest *old, uint64_t seed,
    uint32_t plain, uint32_t *old_of, uint8_t *restart);

/* The node with that name's number, or SPEC_NONE. */
uint32_t forest_find(const struct forest *, uint32_t number);
/* Supervisors above it; 0 for the root. */
uint32_t forest_depth(const struct forest *, uint32_t node);

#endif
