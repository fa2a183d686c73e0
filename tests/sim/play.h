/*
 * play: one scenario, from the boot of a tree to the quiet after all faults.
 *
 * A scenario is a seed and a list of deeds: what operators, chance and the
 * maker of the engine do, and how long they wait in between. The first time it
 * is played the deeds are made up on the way, with an eye on what is alive, and
 * written down; played again the list is followed, of which some may have been
 * taken out, and what a deed is about may not be there. Same list, same play.
 */
#ifndef SIM_PLAY_H
#define SIM_PLAY_H

#include <stdbool.h>
#include <stdio.h>

#include "core/core.h"
#include "forest.h"
#include "judge.h"
#include "model.h"
#include "world.h"

#define PLAY_DEEDS 4096u
#define PLAY_EVENTS 1024u

enum deed_kind {
	DEED_WAIT,     /* a ms */
	DEED_DIE,      /* number's process: end a, number b */
	DEED_MOOD,     /* number becomes a */
	DEED_ASK,      /* op a on number */
	DEED_UNASK,    /* the newest ask but a */
	DEED_CRASH,    /* the engine, with the next step: enum crash a, b */
	DEED_UPDATE,   /* to the tree of seed a */
	DEED_SHUTDOWN, /* deadline a */
	DEED_HURRY,    /* limit a */
	DEED_STATUS,   /* number says something */
	DEED_STALE,    /* number: results with old tickets */
};

/* When the engine dies: before its step is saved, before the actions, after
 * some of them (b in 256 of all), after all. */
enum crash {
	CRASH_NONE,
	CRASH_UNSAVED,
	CRASH_SAVED,
	CRASH_AMID,
	CRASH_DONE,
	CRASH_COUNT
};

struct deed {
	uint8_t kind;
	uint8_t number;
	uint32_t a, b;
};

struct scenario {
	uint64_t seed;
	uint64_t without; /* nodes left out */
	uint32_t plain;   /* features left out */
	bool written;
	uint32_t deeds;
	struct deed deed[PLAY_DEEDS];
};

struct play {
	struct scenario *scenario;
	FILE *trace; /* NULL: none */
	struct rng rng;
	struct forest grove[2];
	struct forest *forest, *next; /* the tree now, and by the update */
	uint32_t old_of[FOREST_NODES];
	uint8_t restart[FOREST_NODES];
	struct world world;
	struct model model;
	struct judge judge;
	/* The core; its image as saved; that as it is, for comparison. */
	void *memory, *shadow, *mirror;
	struct core *core;
	uint64_t now_ms;
	struct event event[PLAY_EVENTS]; /* of the next step */
	size_t events;
	enum crash crash;
	uint32_t crash_share;
	bool adopting;
	bool switched;
	bool over; /* ACTION_EXIT came */
	int32_t code;
	uint64_t steps, steps_sharp, crashes, updates;
	char fault[280];
};

/* How many deeds are made up at most. False: a rule was broken, play->fault
 * says which. */
bool play_run(struct play *, struct scenario *, uint32_t deeds, FILE *trace);
struct play *play_new(void);
void play_free(struct play *);

/* For the parts of the play. */
void play_step(struct play *);
void play_until(struct play *, uint64_t until_ms);
void play_do(struct play *, const struct deed *);
void play_make_up(struct play *, struct deed *);
__attribute__((format(printf, 2, 3))) void play_fault(
    struct play *, const char *format, ...);

#endif
