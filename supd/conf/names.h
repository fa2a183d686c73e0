/*
 * names: from a name to a number, in constant time.
 *
 * Names are kept by reference and never taken out. The memory is the arena's.
 */
#ifndef SUPD_CONF_NAMES_H
#define SUPD_CONF_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/arena.h"

struct names_slot {
	const char *name; /* NULL: free */
	uint32_t number;
};

/* Zeroed it is empty. */
struct names {
	struct names_slot *slots;
	uint32_t slots_count; /* a power of two */
	uint32_t used;
};

bool names_find(const struct names *, const char *name, uint32_t *number);
/* name must not be there yet. False: no memory. */
bool names_add(
    struct names *, struct arena *, const char *name, uint32_t number);

#endif
