/*
 * exits: what supctl's exit code tells a script. The same whatever the form
 * of the output.
 */
#ifndef SUPCTL_EXITS_H
#define SUPCTL_EXITS_H

enum exits {
	EXITS_OK = 0,
	EXITS_FAILED = 1,         /* it was tried and did not come out so */
	EXITS_USAGE = 2,          /* the command line makes no sense */
	EXITS_NOT_READY = 3,      /* status, is-ready: not running or ready */
	EXITS_NO_NODE = 4,        /* no such node */
	EXITS_NO_DAEMON = 69,     /* no supd answers there */
	EXITS_DENIED = 77,        /* this user may not do that */
	EXITS_CONFIGURATION = 78, /* the configuration is bad */
	EXITS_TIMEOUT = 124,      /* --timeout passed */
};

#endif
