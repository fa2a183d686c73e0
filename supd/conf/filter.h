/*
 * filter: the form of the list which system calls a service may make.
 */
#ifndef SUPD_CONF_FILTER_H
#define SUPD_CONF_FILTER_H

#include "conf/draft.h"

extern const struct form form_syscall_filter; /* launch.filter */

#endif
