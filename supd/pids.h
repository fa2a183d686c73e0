/*
 * pids: whose process is it?
 *
 * A table from pid to the service that holds it. One number may be held twice
 * for a moment, when the guard has reaped the first holder and the engine has
 * not yet read of it: pids_find() gives the oldest, to whom the next exit of
 * that number belongs. Derived from the records, never saved.
 */
#ifndef SUPD_PIDS_H
#define SUPD_PIDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/core.h"

#define PIDS_NONE UINT32_MAX
/* Reload commands, and those of probes, that may run at once; one more is
 * refused. */
#define PIDS_RELOADS 1024

struct pid_entry {
	pid_t pid;
	uint32_t node;
	uint32_t uid;
	uint32_t ticket;
	bool reload;
	bool probe; /* a probe of its health, which counts as a reload */
	int pidfd;  /* -1: none; the caller's */
	uint64_t born_ns;
	uint32_t next; /* the table's own */
};

struct pids;

struct pids *pids_open(void); /* NULL: no memory */
void pids_close(struct pids *);
uint32_t pids_add(struct pids *, const struct pid_entry *);
void pids_remove(struct pids *, uint32_t index);
/* The oldest holder of pid, or PIDS_NONE. */
uint32_t pids_find(const struct pids *, pid_t pid);
struct pid_entry *pids_entry(struct pids *, uint32_t index);
bool pids_used(const struct pids *, uint32_t index);
uint32_t pids_capacity(const struct pids *);
/* Sets each entry's node from its uid. */
void pids_renumber(struct pids *, const struct core *);
void pids_mark_reload(struct pids *, uint32_t index);
uint32_t pids_reloads(const struct pids *);

#endif
