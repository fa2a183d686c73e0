/*
 * isolation: the forms of values that say what a service sees of the machine.
 */
#ifndef SUPD_CONF_ISOLATION_H
#define SUPD_CONF_ISOLATION_H

#include "conf/draft.h"
#include "conf/keys.h"

extern const struct form form_hostname; /* char * */
extern const struct form form_paths;    /* struct sandbox_paths */

/* When all keys are read: warns of what comes to nothing. */
void isolation_finish(
    struct making *, const struct draft *, struct item *const items[KEY_COUNT]);

#endif
