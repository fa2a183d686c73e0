/*
 * options: the command line.
 *
 * General options may stand before and after the verb. An option that a verb
 * does not take is an error, as are too few or too many names; the error is
 * told, by run_fail(), before anything else happens.
 */
#ifndef SUPCTL_OPTIONS_H
#define SUPCTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum options_flag {
	OPTION_WATCH = 1,
	OPTION_NO_WAIT = 2,
	OPTION_TIMEOUT = 4,
	OPTION_DRY_RUN = 8,
	OPTION_FOLLOW = 16,
	OPTION_SINCE = 32,
	OPTION_COUNT = 64,
	OPTION_FOR = 128,
	OPTION_VERBOSE = 256,
	OPTION_MACHINE = 512,
};

struct run;
struct verb;

struct options {
	const char *socket; /* NULL: the usual ones */
	bool json;
	bool no_color;
	bool quiet;
	bool help;
	bool version;
	unsigned given; /* enum options_flag */
	int64_t timeout_ms;
	int64_t since;
	int64_t count;
	const char *condition; /* ready, stopped, exited */
	const char *machine;   /* poweroff, reboot, halt; NULL: not said */
	bool contradicts;      /* more than one of them was */
	const struct verb *verb;
	char **names; /* borrowed from argv */
	int names_count;
};

/* 0, or EXITS_USAGE after it was told. argv is reordered. */
int options_parse(struct run *, int argc, char **argv);

#endif
