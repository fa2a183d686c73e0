/*
 * value: the forms of plain values: times, numbers, choices, paths.
 */
#ifndef SUPD_CONF_VALUE_H
#define SUPD_CONF_VALUE_H

#include "conf/draft.h"

/* uint64_t milliseconds: any finite time; one above 0; one above 0 or
 * infinity; a service's shutdown, with brutal_kill and infinity. */
extern const struct form form_time;
extern const struct form form_span;
extern const struct form form_bound;
extern const struct form form_shutdown;

extern const struct form form_flag;      /* bool */
extern const struct form form_signal;    /* int */
extern const struct form form_success;   /* spec.success_* */
extern const struct form form_intensity; /* uint32_t; UINT32_MAX: infinity */
extern const struct form form_factor;    /* uint32_t, thousandths */
extern const struct form form_percent;   /* uint32_t */

/* Choices. */
extern const struct form form_strategy;
extern const struct form form_auto_shutdown;
extern const struct form form_start;
extern const struct form form_type;
extern const struct form form_restart;
extern const struct form form_on_limit;
extern const struct form form_kill_mode;
extern const struct form form_log_level;
extern const struct form form_log_format;

extern const struct form form_socket; /* char *: an absolute path that fits */
extern const struct form form_path;   /* char *: an absolute path */
extern const struct form form_cgroup; /* char * */

/* Their values are read before the nodes are made, by sprout.c. */
extern const struct form form_parent;
extern const struct form form_instances;

/* Bytes with K, M, G or T; false: it is no size. */
bool value_size(const char *text, uint64_t *bytes);

/* For other forms: are the two strings, or n bytes, the same? */
bool value_same_text(const char *a, const char *b);
bool value_same_bytes(
    const struct draft *, const struct draft *, size_t offset, size_t n);

#endif
