/*
 * options: the command line of supd.
 *
 * It is for a tree, or for one command. It is for a command if it has `--`, or
 * a word that is neither an option nor an option's value, or an option that
 * only a command's line has (`-v` and others), or if supd was called `tini` or
 * `dumb-init`; but PID 1 that was called `init` passes words over, unless there
 * is a `--`. In a line for a command `-c` means what it means to dumb-init;
 * otherwise it names a configuration. Options end at the first word that is
 * none, or at `--`. Allocates the list of paths, once; prints what is wrong.
 */
#ifndef SUPD_OPTIONS_H
#define SUPD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "guard.h"
#include "init.h"

struct options {
	bool is_command; /* init is what counts; otherwise all the rest */
	struct init_options init;

	char **paths;
	size_t paths_count;
	bool check;
	bool json;
	struct guard_options guard;
};

/* -1: go on; else the exit code to leave with at once. Sets up the log. */
int options_parse(int argc, char **argv, struct options *);

#endif
