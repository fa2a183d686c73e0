/*
 * surround: the forms of values that say how a process is surrounded.
 */
#ifndef SUPD_CONF_SURROUND_H
#define SUPD_CONF_SURROUND_H

#include "conf/draft.h"

extern const struct form form_umask;
extern const struct form form_nice;
extern const struct form form_oom_score_adj;
extern const struct form form_cpus;
extern const struct form form_io_priority;

/* Of launch.limits[N]; `soft:hard`, or one for both. */
extern const struct form form_limit_count;
extern const struct form form_limit_bytes;
extern const struct form form_limit_seconds; /* read as a time */
extern const struct form form_limit_micros;  /* read as a time */

extern const struct form form_ready;
extern const struct form form_stdin;
extern const struct form form_log;

#endif
