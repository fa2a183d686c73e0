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

/* A warning at the key, once for each item; that a path is missing. */
void isolation_warn(struct making *, struct item *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void isolation_warn_missing(
    struct making *, struct item *, const char *path, bool optional);

#endif
