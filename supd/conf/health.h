/*
 * health: probes of a service's health, as the configuration has them.
 *
 * An address is numeric, since to look a name up may take its time: a port of
 * this machine, ADDRESS:PORT, [IPv6]:PORT, localhost:PORT, or a path of a
 * socket. A URL is http://ADDRESS[:PORT][/PATH].
 */
#ifndef SUPD_CONF_HEALTH_H
#define SUPD_CONF_HEALTH_H

#include "conf/draft.h"
#include "conf/keys.h"

extern const struct form form_health_tcp;
extern const struct form form_health_http;
extern const struct form form_health_failures;

/* What holds where nothing is said. */
void health_begin(struct plan_health *);
/* What follows from several keys together. */
void health_finish(
    struct making *, struct draft *, struct item *const items[KEY_COUNT]);

#endif
