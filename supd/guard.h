/*
 * guard: the parent of everything.
 *
 * It starts the engine and starts it again when it dies, reaps every child
 * and hands each exit on as news, passes signals on, and keeps descriptors
 * for the engine. After start it allocates nothing, reads no configuration,
 * parses nothing, opens no socket of its own, and uses no stdio. It leaves
 * only when the engine told it to, or when the engine is hopeless and all
 * services have been stopped. As PID 1, or else as a child subreaper, it is
 * the parent that orphans come to. A fault of its own does not end it, see
 * again.h.
 *
 *   running --engine dies--> starting it again --too often--> ending all
 *      |                                                        |
 *      +------------- KEEP_EXIT, engine gone -------------------+--> leaves
 */
#ifndef SUPD_GUARD_H
#define SUPD_GUARD_H

#include <stdint.h>

#include "os/machine.h"

struct guard_options {
	/* The engine's arguments, NULL-terminated; [0] is its name. */
	char **argv;
	/* Ours are the same, but for this in the place of [0]. */
	char *name;
	/* Deaths of the engine within period_ms that make it hopeless;
	 * UINT32_MAX: never. */
	uint32_t intensity;
	uint64_t period_ms;
};

/* Returns supd's exit code: what the engine said; 70 if the engine was
 * hopeless, 71 if the guard could not even set itself up. *end: what the
 * engine said is to become of the machine, if we are the init of one; as it
 * was if it said nothing. */
int guard_run(const struct guard_options *, enum machine_end *);

#endif
