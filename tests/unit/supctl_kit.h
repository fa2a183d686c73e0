/*
 * What tests of the client share: drawing into texts, and nodes and events
 * from a few words of JSON.
 */
#ifndef UNIT_SUPCTL_KIT_H
#define UNIT_SUPCTL_KIT_H

#include <jansson.h>

#include "supctl/show.h"

/* 2026-11-25T22:30:00Z; tests run with TZ=UTC. */
#define KIT_WALL_MS 1795645800000

/* In a terminal of so many columns, or none (0); UTF-8, no colours. */
struct show kit_show(unsigned width);
/* What was written since kit_show(); free() it. Closes show. */
char *kit_text(struct show *);
/* Fails the test if the text is another; frees it. */
void kit_expect(char *text, const char *expected);

/* JSON with ' for ". Fails the test if it is none. */
json_t *kit_json(const char *text);

#endif
