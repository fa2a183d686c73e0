/*
 * world: the simulated kernel, the actor in front of it, and the services.
 *
 * It carries out the core's actions and tells of what happens as events. A
 * service's process does what its mood and the seed say: the n-th start of a
 * name behaves the same in every run of a scenario, whatever else was taken
 * out of it. Pids are few and used again at once.
 *
 * The actor keeps the promises of core/event.h: each start of a ticket is done
 * once, however often it is ordered; a signal goes only to the process that
 * has that pid and that birth; EVENT_EXITED comes once and after
 * EVENT_SPAWNED. An order that no actor could carry out sanely (a start
 * beside a living process or remains, a signal to nobody's process) is a
 * fault, told in words by world_fault().
 *
 * When the engine dies (world_crash()) the results of starts and cleanings
 * that were not yet told are forgotten, as the dead engine's memory was; exits
 * are kept, as the guard keeps them.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "forest.h"
#include "rng.h"

/* What a service is like at present; changed by deeds. */
#define WORLD_MOODS(X)                                                \
	X(GOOD, "good")                                               \
	X(CRASHY, "crashy")   /* dies soon after each start */        \
	X(QUITTER, "quitter") /* ends soon and normally */            \
	X(NO_EXEC, "no exec") /* cannot be executed */                \
	X(DEAF, "deaf")       /* ignores the stop signal */           \
	X(NEVER_READY, "never ready")                                 \
	X(UNDEAD, "undead") /* SIGKILL takes its time */              \
	X(SLOPPY, "sloppy") /* leaves remains that take their time */ \
	X(WILD, "wild")     /* any of these, by chance */
#define WORLD_ENUM_MOOD(name, text) MOOD_##name,
enum world_mood { WORLD_MOODS(WORLD_ENUM_MOOD) MOOD_COUNT };

#define WORLD_ACTORS 128u
#define WORLD_PIDS 64u

struct actor {
	bool used;
	uint32_t uid;
	uint8_t number; /* of its name */
	uint8_t role;
	uint32_t ticket; /* of its last start */
	bool failed;     /* that start came to nothing */
	bool alive;
	bool told_start; /* the result of the start was told */
	bool told_exit;
	bool told_ready;
	bool remains;
	bool cleaning; /* ACTION_CLEAN came for it */
	bool told_stuck;
	bool undead;
	bool deaf;
	bool mute; /* never says that it is ready */
	uint8_t end;
	uint8_t step;
	int32_t number_of_end;
	int32_t pid;
	uint64_t birth;
	/* When these come to pass; SPEC_INFINITE: not of themselves. */
	uint64_t start_ms, ready_ms, exit_ms, gone_ms, stuck_ms;
	uint32_t leave_ms; /* from a signal to its end */
	uint32_t clean_ms; /* from ACTION_CLEAN to EVENT_GONE */
};

struct world {
	uint64_t seed;
	uint32_t plain;
	bool calm;
	uint8_t mood[FOREST_NAMES];
	uint32_t starts[FOREST_NAMES];
	struct actor actor[WORLD_ACTORS];
	int32_t pids;     /* how many there are */
	int32_t pid_last; /* given last */
	uint64_t births;
	char fault[200];
};

void world_open(struct world *, uint64_t seed, uint32_t plain, int32_t pids);
/* Carries out one action other than ANSWER, SWITCH and EXIT. */
void world_act(struct world *, const struct core *, const struct action *,
    uint64_t now_ms);
/* All that is due, as events for the core; each is told once. */
size_t world_tell(struct world *, const struct core *, uint64_t now_ms,
    struct event *events, size_t size);
/* When world_tell() has something next; SPEC_INFINITE: never. */
uint64_t world_next(const struct world *);

void world_crash(struct world *);
/* The service's process (main or hook) ends by itself: code or signal. False
 * if none lives. */
bool world_kill(
    struct world *, uint32_t uid, uint8_t end, int32_t number, uint64_t now_ms);
/* From now on all are good, and what lingers goes. */
void world_calm(struct world *, uint64_t now_ms);
/* The living process of a node, or NULL. */
const struct actor *world_alive(const struct world *, uint32_t uid);
/* Of that one something lives or remains. */
bool world_has(const struct world *, uint32_t uid);
const char *world_fault(const struct world *);
const char *world_mood_text(enum world_mood);

#endif
