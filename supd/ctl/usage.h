/*
 * usage: what a service uses, from its cgroup or from /proc/PID/stat (proc(5)).
 *
 * A cgroup counts all that the service is made of; where its memory is not
 * counted, and where there is none, it is that of the main process alone: its
 * resident memory, its processor time and that of its descendants that it has
 * waited for. A number whose process is no child of our parent (the guard) is
 * none of supd's services, whatever the record still says: then, and where
 * /proc cannot be read, nothing is known.
 */
#ifndef SUPD_CTL_USAGE_H
#define SUPD_CTL_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

struct usage {
	double cpu_s;
	int64_t memory_bytes;
	int64_t processes; /* -1: not known */
};

/* cgroups: the folder of them, or -1; name: the service's. */
bool usage_read(
    int cgroups, const char *name, const struct record *, struct usage *);

#endif
