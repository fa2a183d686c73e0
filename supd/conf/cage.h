/*
 * cage: the forms of what limits a service's cgroup. The field of each is the
 * text that the kernel takes (os/cgroup.h).
 */
#ifndef SUPD_CONF_CAGE_H
#define SUPD_CONF_CAGE_H

#include "conf/draft.h"

extern const struct form form_cage_size;   /* bytes, or infinity */
extern const struct form form_cage_count;  /* a number, or infinity */
extern const struct form form_cage_weight; /* 1 to 10000 */
extern const struct form form_cage_io;     /* the same, of io.weight */
extern const struct form form_cage_cpu;    /* a share of a processor: 150% */

#endif
