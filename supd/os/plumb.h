/*
 * plumb: the descriptors that guard and engine share, at fixed numbers.
 *
 *            guard (parent of all)                engine (replaceable)
 *        writes  PLUMB_NEWS_IN  ===== pipe =====> PLUMB_NEWS   exits
 *        reads   PLUMB_KEEP     <== seqpacket ==> PLUMB_WIRE   put, drop, exit;
 *                                                              signals
 *        holds   PLUMB_LEDGER, PLUMB_EXE, the slots ...........inherits them
 *        has     PLUMB_MEMORY
 *
 * The guard opens all of them, keeps both ends, and hands them to each engine
 * at the same numbers; so what is in a pipe or socket when an engine dies is
 * read by the next one. Slots hold what the engine makes and wants to outlive
 * it: the guard knows nothing of them but their numbers. In the guard and in
 * every engine all of them are close-on-exec but during the exec of an engine.
 */
#ifndef SUPD_OS_PLUMB_H
#define SUPD_OS_PLUMB_H

enum {
	PLUMB_NEWS = 10, /* engine's end: struct news records */
	PLUMB_NEWS_IN,   /* guard's end */
	PLUMB_WIRE,      /* engine's end: struct keep_message */
	PLUMB_KEEP,      /* guard's end */
	PLUMB_LEDGER,    /* memfd, see ledger.h */
	PLUMB_EXE,       /* supd's own program, O_PATH */
	PLUMB_MEMORY,    /* the guard's alone, see again.h */
	PLUMB_SLOTS,     /* number of the first slot */
};

/* Slots: PLUMB_SLOTS + one of these. */
enum {
	SLOT_LISTEN,    /* control socket, listening */
	SLOT_NOTIFY,    /* sd_notify's datagram socket */
	SLOT_CONF_EVEN, /* memfd: the configuration of an even generation */
	SLOT_CONF_ODD,
	SLOT_LOCK,   /* what keeps a second supd off our socket */
	SLOT_CGROUP, /* folder of the cgroups that we make, see cgroup.h */
	SLOT_READY,  /* first of SLOT_READY_COUNT: pipes of `ready = fd:N`
		      * of services that are starting */
	SLOT_READY_COUNT = 128,
	SLOT_COUNT = SLOT_READY + SLOT_READY_COUNT,
};

#endif
