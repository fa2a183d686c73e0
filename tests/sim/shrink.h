/*
 * shrink: a failing scenario made small.
 *
 * Takes deeds, nodes and features out as long as the same rule stays broken
 * (delta debugging, Zeller 1999), and shortens waits.
 */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "play.h"

/* What was left of a scenario: which of its first deeds. */
struct shrunk {
	struct scenario scenario;
	uint32_t kept[PLAY_DEEDS]; /* their numbers in the original */
	uint32_t tries;
	char fault[280];
};

/* The scenario as it was written must fail with this fault. */
void shrink(
    struct play *, const struct scenario *, const char *fault, struct shrunk *);
/* As play_run(), but a core that aborts or faults is a fault as well. */
bool shrink_guarded(struct play *, struct scenario *, uint32_t deeds, FILE *);

#endif
