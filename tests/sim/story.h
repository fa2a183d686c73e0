/*
 * story: a play as text, for people who look for a fault in it.
 */
#ifndef SIM_STORY_H
#define SIM_STORY_H

#include <stdio.h>

#include "core/core.h"
#include "forest.h"
#include "play.h"

void story_tree(FILE *, const struct forest *);
void story_update(FILE *, const struct forest *next, const uint32_t *old_of,
    const uint8_t *restart);
void story_deed(FILE *, uint32_t n, const struct deed *);
void story_crash(FILE *);
void story_step(FILE *, const struct core *, const struct event *, size_t n,
    uint64_t note_first, uint64_t now_ms);

#endif
