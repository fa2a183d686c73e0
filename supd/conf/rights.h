/*
 * rights: the forms of values that say what a service may do.
 */
#ifndef SUPD_CONF_RIGHTS_H
#define SUPD_CONF_RIGHTS_H

#include "conf/draft.h"
#include "conf/keys.h"

extern const struct form form_capabilities; /* launch.rights.ambient */
extern const struct form form_bounding_set; /* launch.rights.bounding */
extern const struct form form_securebits;   /* launch.rights.securebits */

/* When all keys are read: refuses what no start could carry out, or what
 * would not hold. */
void rights_finish(
    struct making *, const struct draft *, struct item *const items[KEY_COUNT]);

#endif
