/*
 * image: what only the image of a core tells.
 *
 * The one place of the simulation that knows the inside of the core.
 */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include <stdbool.h>

#include "core/core.h"

/* Does its supervisor mean to start it? */
bool image_is_due(const struct core *, uint32_t node);
/* saved: core_image_bytes() of it. What the core does not use may differ. */
bool image_differs(const void *saved, const struct core *);

#endif
