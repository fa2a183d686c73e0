/*
 * health: probes of the services that run, on time and without waiting.
 *
 * From the moment at which a service is ready it is probed as its plan says,
 * one probe at a time; what is found becomes an event for the core, which
 * counts and decides. A command runs as a process of the service's own
 * surroundings, a connection is a socket in the loop. Probes that are under
 * way are lost with the engine: its successor begins each anew, with
 * health_delay; how many failed in a row the core remembers.
 */
#ifndef SUPD_HEALTH_H
#define SUPD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "act.h"
#include "conf/plan.h"
#include "core/core.h"
#include "os/loop.h"

struct health;

/* Tags of its descriptors in the loop have this bit set. */
#define HEALTH_TAG (UINT64_C(1) << 61)

struct health_ground {
	const struct core *core;
	const struct plan *plan;
	struct loop *loop;
	struct act *act;
};

/* Everything in ground is borrowed. NULL: no memory. */
struct health *health_open(const struct health_ground *);
void health_close(struct health *);
/* Begins with all that run: after a core was opened from an image. */
void health_adopt(struct health *, uint64_t now_ms);
/* The plan and with it the nodes' numbers changed. */
void health_replan(struct health *, const struct plan *, uint64_t now_ms);

/* A change of some node, in the order of notes. */
void health_hear(struct health *, const struct note *, uint64_t now_ms);
/* What the loop said of a tag with HEALTH_TAG. */
void health_ready(struct health *, uint64_t tag, uint64_t now_ms);
/* Does what is due. */
void health_work(struct health *, uint64_t now_ms);
/* The next event that came of all this. */
bool health_next(struct health *, struct event *);
/* When health_work() wants to be called though nothing happened. */
uint64_t health_deadline(const struct health *);

#endif
