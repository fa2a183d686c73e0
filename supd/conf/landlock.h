/*
 * landlock: the form of the rules which paths a service may touch.
 */
#ifndef SUPD_CONF_LANDLOCK_H
#define SUPD_CONF_LANDLOCK_H

#include "conf/draft.h"
#include "conf/keys.h"

extern const struct form form_landlock; /* launch.landlock */

/* When all keys are read: warns of missing paths, and of a kernel that does
 * less than is asked. */
void landlock_finish(
    struct making *, const struct draft *, struct item *const items[KEY_COUNT]);

#endif
