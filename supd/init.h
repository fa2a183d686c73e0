/*
 * init: the parent of one command, for `supd -- COMMAND`.
 *
 * The guard with a command in the place of the engine: no configuration, no
 * engine, no socket. It passes every signal on, reaps what comes to it, and
 * leaves with the command's status once nothing is left. After start it
 * allocates nothing, parses nothing and uses no stdio but lib/log's. Signals
 * are blocked before anything else and read, never handled. As PID 1, or else
 * as a child subreaper, it is the parent that orphans come to.
 *
 *   running --TERM--> asked --time is up--> KILL to its group
 *      |                |                      |
 *      +-command ended--+----------------------+
 *                       |
 *              anything left? --no--> leaves
 *                       | TERM, CONT             ^
 *                    leaving --nothing left------+
 *                       | time is up, or asked again: KILL
 *                       +------------------------^
 *
 * Sources: signal(7), pid_namespaces(7), credentials(7), tty_ioctl(4), and
 * tini(1) and dumb-init(1) for what their users expect.
 */
#ifndef SUPD_INIT_H
#define SUPD_INIT_H

#include <stdbool.h>
#include <stdint.h>

#include "os/machine.h"
#include "os/reaper.h"

struct init_options {
	char **argv;                  /* the command, NULL-terminated */
	struct reaper_mask inherited; /* what was blocked when we came */
	bool group;                   /* signals are for the command's group */
	bool subreaper;               /* where we are not PID 1 */
	bool tell_reaped;             /* a warning for each orphan */
	int parent_signal;   /* we get it when our parent dies; 0: none */
	bool term_ends;      /* TERM begins the end, with a grace */
	uint64_t grace_ms;   /* then, and for what the command left */
	uint8_t rewrite[65]; /* what signal n becomes; 0: nothing */
	bool forgiven[256];  /* exit codes that become 0 */
};

/* Returns the exit code: the command's, or 128 + n if signal n ended it; 127
 * if it was not found and 126 if it could not be executed; 71 if it could not
 * even be tried. is_machine: ctrl-alt-del, which then is INT from the kernel,
 * begins the end as TERM does; *end is what is to become of the machine. */
int init_run(const struct init_options *, bool is_machine, enum machine_end *);

#endif
