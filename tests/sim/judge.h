/*
 * judge: what must hold of a core whatever it decides.
 *
 * Notes form one sequence, each after its cause; an ask is answered once, and
 * truly; a record agrees with itself and with the world; the deadline is never
 * one that is over; the number of actions is bounded; when all faults have
 * ceased, what is wanted is so. It knows no rule of supervision.
 */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/core.h"
#include "world.h"

#define JUDGE_UIDS 1024u
#define JUDGE_ASKS 4096u

struct judged_ask {
	bool open;
	bool fading; /* taken back in this step: it may be answered yet */
	uint8_t op;
	uint32_t uid;
};

struct judge {
	uint64_t note_last;
	uint64_t last_of[JUDGE_UIDS]; /* note of each uid */
	uint32_t generation[JUDGE_UIDS];
	uint32_t ticket[JUDGE_UIDS];
	bool stuck[JUDGE_UIDS]; /* its last start, when it came to an end */
	struct judged_ask ask[JUDGE_ASKS];
	uint32_t asks; /* asked so far; their numbers begin at 1 */
	bool asked;    /* an operator was ever here */
	bool updated;
	bool loops; /* the tree has services that restart for ever */
	/* Tickets of those whom the last update must leave alone. */
	bool pins;
	uint32_t pinned[JUDGE_UIDS];
	char fault[240];
};

void judge_open(struct judge *);
/* Before a step: an ask was made, was taken back; the engine died. */
uint32_t judge_ask(struct judge *, uint32_t uid, enum event_op);
void judge_unask(struct judge *, uint32_t ask);
void judge_crash(struct judge *);
/* An update begins: from now on its untouched nodes keep their processes. */
void judge_pin(struct judge *, const struct core *, const struct forest *next,
    const uint32_t *old_of, const uint8_t *restart);
void judge_pin_events(
    struct judge *, const struct core *, const struct event *, size_t n);
/* The name of one that did not, or NULL. */
const char *judge_pin_lost(const struct judge *, const struct core *);
/* After a step that was not lost. */
bool judge_step(
    struct judge *, const struct core *, const struct world *, uint64_t now_ms);
/* When nothing is left to happen. */
bool judge_end(struct judge *, const struct core *, const struct world *);

#endif
