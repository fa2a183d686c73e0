/*
 * Every bound of supd in one place, and what happens at it.
 */
#ifndef LIB_LIMITS_H
#define LIB_LIMITS_H

#include <stdint.h>

/* A name's bytes without the NUL; longer is a configuration error. */
#define LIMIT_NAME 63
/* Nodes in one tree; one more is a configuration error. */
#define LIMIT_NODES 16384u
/* Supervisors above a node; deeper is a configuration error. */
#define LIMIT_DEPTH 64u
/* The largest finite intensity; more is a configuration error. */
#define LIMIT_INTENSITY 1000u
/* Counted restarts of all supervisors together (the sum of intensity + 1);
 * more is a configuration error. */
#define LIMIT_MARKS 131072u
/* Events remembered for history and why; the oldest is forgotten. */
#define LIMIT_NOTES 32768u
/* Operators waiting for the tree at once; one more is told to come back. */
#define LIMIT_ASKS 1024u

/* A value's bytes in a configuration file; longer is an error. */
#define LIMIT_VALUE 65536u
/* A configuration file's bytes; larger is an error. */
#define LIMIT_CONF_FILE (1024u * 1024u)
/* All configuration files together; larger is an error. */
#define LIMIT_CONF_TOTAL (64u * 1024u * 1024u)
/* Diagnoses told of one configuration; the rest are counted. */
#define LIMIT_DIAGNOSES 200u

/* Control connections, in all and of one uid; one more is closed at once. */
#define LIMIT_SESSIONS 256u
#define LIMIT_SESSIONS_PER_UID 64u
/* One control message; a larger one closes the connection. */
#define LIMIT_MESSAGE (1u << 20)
/* One reply, as the client takes it; a larger one is an error there. */
#define LIMIT_REPLY (64u << 20)
/* Bytes queued to a client. A stream over it skips events and tells of the
 * gap; a reply is let through whole, and no further call is read until the
 * queue is below it again. */
#define LIMIT_QUEUE (256u << 10)

/* Bytes of a service's STATUS= text that are kept; more is cut at a
 * character's border. */
#define LIMIT_STATUS 127

#endif
