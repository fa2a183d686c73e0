/*
 * again: the guard executes itself once more when it faults.
 *
 * It is the parent of everything, and as PID 1 its death is that of all. Should
 * the unthinkable happen, a fault of its own, the same process begins anew:
 * same pid, same children, same descriptors, and with its memory, which is a
 * memfd at PLUMB_MEMORY. Five faults within 10 seconds are too many: then the
 * signal takes its course. A signal of that kind that somebody else sends does
 * nothing. Sources: sigaction(2), execve(2), memfd_create(2).
 */
#ifndef SUPD_OS_AGAIN_H
#define SUPD_OS_AGAIN_H

#include <stdbool.h>
#include <stddef.h>

/* The memory as it was at the fault *signo; NULL: this is the beginning. */
void *again_find(size_t bytes, int *signo);
/* At the beginning: zeroed memory, at PLUMB_MEMORY, whatever was there. NULL
 * with errno. */
void *again_make(size_t bytes);

/* From here on. All signals are held; those of faults no longer are. argv is
 * executed with name as its first. */
void again_arm(char **argv, char *name);

#endif
