/*
 * engine: the process that runs the tree.
 *
 * It finds the guard's descriptors at the numbers of plumb.h. If the ledger
 * has a tree it adopts it, with the configuration that was in force; else it
 * reads the configuration and boots one. Then turn after turn: it drains its
 * senses in a fixed order, exits first; steps the core; saves; acts.
 */
#ifndef SUPD_ENGINE_H
#define SUPD_ENGINE_H

#include <stddef.h>

struct engine_options {
	char **paths; /* -c PATH..., count of them; 0: the default */
	size_t paths_count;
};

/* Never returns while the tree is up; the engine's exit code is of no
 * meaning: what supd leaves with went to the guard. */
int engine_run(const struct engine_options *);

#endif
