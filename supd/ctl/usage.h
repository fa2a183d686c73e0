/*
 * usage: what a process uses, from /proc/PID/stat (proc(5)).
 *
 * Of the main process alone: its processor time and that of its descendants
 * that it has waited for, and its resident memory. A number whose process is
 * no child of our parent (the guard) is none of supd's services, whatever the
 * record still says: then, and where /proc cannot be read, nothing is known.
 */
#ifndef SUPD_CTL_USAGE_H
#define SUPD_CTL_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
	double cpu_s;
	int64_t memory_bytes;
};

bool usage_read(pid_t pid, struct usage *);

#endif
