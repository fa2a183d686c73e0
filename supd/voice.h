/*
 * voice: what a service says of itself becomes events for the core.
 *
 * MAINPID= changes nothing: the main process of a service is always the one
 * that was started for it, so that no message has another process signalled
 * or waited for in its place.
 */
#ifndef SUPD_VOICE_H
#define SUPD_VOICE_H

#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "os/notify.h"

/* The most events that come of one message. */
#define VOICE_EVENTS 10

/* Of a message from a process of node. The message must stay until the events
 * are used. How many. */
size_t voice_events(const struct core *, uint32_t node,
    const struct notify_message *, struct event events[VOICE_EVENTS]);

#endif
