/*
 * core_kit: a core in a small made-up world, so that tests read as stories.
 *
 * A tree is a text: one line a node, two blanks for each level, the first line
 * is root; after the name stand words of the configuration ("one_for_all",
 * "intensity=2", "oneshot", "shutdown=infinity"), or of the world ("slow").
 * "waits=a,b" starts after those.
 * What no word says is as SPEC.md has it, but there is no jitter.
 *
 * The world carries out what the core orders and tells it at once what came
 * of it, one event a step, until nothing is left to tell; how it does that for
 * a service is its manner. What it does is kept as a text:
 *
 *     +a  a started      !a  its start failed
 *     -a  it got its stop signal      *a  it got SIGKILL
 *
 * with "a.pre" and "a.post" for hooks. After each step the kit saves what the
 * core says is dirty, and fails the test where the saved image is not the
 * core's own, where a record contradicts itself, where a note has no cause, or
 * where something was started beside what is left of it.
 */
#ifndef UNIT_CORE_KIT_H
#define UNIT_CORE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/core.h"
#include "core/state.h"

#define KIT_NODES 64
#define KIT_AFTER 4
#define KIT_TREES 16
#define KIT_ASKS 64
#define KIT_TEXT 8192

enum kit_manner {
	KIT_SLOW = 1 << 0,     /* a start is answered when the test says so */
	KIT_DEAF = 1 << 1,     /* does not end of the stop signal */
	KIT_IMMORTAL = 1 << 2, /* nor of SIGKILL */
	KIT_LEAVES = 1 << 3,   /* what it left goes when the test says so */
	KIT_HANGS = 1 << 4,    /* its hooks do not end by themselves */
};
#define KIT_SILENT (KIT_SLOW | KIT_DEAF | KIT_IMMORTAL | KIT_LEAVES | KIT_HANGS)

struct kit_service {
	char name[LIMIT_NAME + 1];
	uint32_t uid;
	unsigned manner;
	unsigned fails;  /* so many starts to come fail */
	int hook_code;   /* what its hooks exit with */
	uint32_t ticket; /* of the last start that was carried out */
	uint8_t role;
	int32_t pid;
	bool alive;
	bool left;       /* not all of it is gone */
	bool start_owed; /* the core has no answer yet */
	bool clean_owed;
	bool signal_owed;
	struct event told; /* what came of the last start */
	uint64_t heard;    /* signals that this process got: 1 << n */
	bool changed;      /* the tree's text says so: restarts at an update */
};

struct kit_tree {
	struct spec specs[KIT_NODES];
	struct kit_service services[KIT_NODES];
	uint32_t after[KIT_NODES][KIT_AFTER];
	char waits[KIT_NODES][KIT_AFTER * (LIMIT_NAME + 1)]; /* names */
	uint32_t count;
};

/* When the engine dies in each step: after it saved, and then before or after
 * it carried out the actions. */
enum kit_death { KIT_LIVES, KIT_DIES_BEFORE, KIT_DIES_AFTER };

struct kit {
	void *memory;
	struct core *core;
	void *shadow;
	struct kit_tree *trees[KIT_TREES];
	unsigned trees_count;
	bool updating;
	struct kit_service services[KIT_NODES];
	unsigned services_count;
	enum kit_death death;
	uint64_t now_ms;
	int32_t next_pid;
	struct event pending[KIT_NODES * 4];
	uint32_t pending_uids[KIT_NODES * 4];
	unsigned pending_count;
	bool again; /* the core wants a step without an event */
	bool hold_switch;
	bool switch_owed;
	unsigned steps;
	uint64_t notes_seen;
	uint32_t asks;
	const char *answers[KIT_ASKS];
	int exit_code; /* -1: the tree has not ended */
	struct action last_signal;
	char log[KIT_TEXT];
	char text[KIT_TEXT];
};

/* For cmocka's setup and teardown. */
int kit_begin(void **state);
int kit_end(void **state);
/* A kit as new, for tests that need many. */
void kit_renew(struct kit *);

void kit_open(struct kit *, const char *tree);
/* kit_open(), and the tree starts. */
void kit_boot(struct kit *, const char *tree);
void kit_update(struct kit *, const char *tree);
/* Makes the new specs the tree's; only with hold_switch. */
void kit_switch(struct kit *);

/* names: one or several, separated by blanks. */
void kit_is(struct kit *, const char *names, unsigned manner);
void kit_fails(struct kit *, const char *name, unsigned starts);
void kit_hook_fails(struct kit *, const char *name);

/* What happens, and all that comes of it. Several at once are one step. */
void kit_exits(struct kit *, const char *names, int code);
void kit_killed(struct kit *, const char *names, int signal);
/* Of so many killed for want of memory its process was one, or none: that
 * exits with code 1. */
void kit_starved(struct kit *, const char *name, unsigned kills, bool itself);
void kit_ready(struct kit *, const char *name);
void kit_status(struct kit *, const char *name, const char *text);
/* What a manner held back: the start, the end, the remains. */
void kit_spawned(struct kit *, const char *name);
void kit_gone(struct kit *, const char *name);
void kit_stuck(struct kit *, const char *name);
/* All manners are dropped, and what they held back happens. */
void kit_relent(struct kit *);
/* An event with the service's last ticket, whether it is true or not. */
void kit_claim(struct kit *, const char *name, enum event_kind);
void kit_tell(struct kit *, const struct event *, size_t n);
/* One event of any kind, and all that comes of it. */
void kit_happens(struct kit *, const struct event *);
void kit_pass(struct kit *, uint64_t ms);
uint32_t kit_ask(struct kit *, enum event_op, const char *name);
void kit_shutdown(struct kit *, uint64_t deadline_ms);
void kit_hurry(struct kit *, uint64_t ms);

/* What came of it. kit_log() compares and forgets. */
void kit_log(struct kit *, const char *log);
void kit_state(struct kit *, const char *names, enum record_state);
/* answer: the text of an enum answer, NULL: none yet. */
void kit_answered(struct kit *, uint32_t ask, const char *answer);
const struct record *kit_record(struct kit *, const char *name);
uint32_t kit_node(const struct kit *, const char *name);
/* From the node's last note to the root of its causes, "kind name" with " < "
 * between; of the kit until the next call. */
const char *kit_why(struct kit *, const char *name);
/* The newest note of that kind; fails if there is none. */
const struct note *kit_note(struct kit *, enum note_kind);
unsigned kit_notes(struct kit *, const char *name, enum note_kind);
unsigned kit_marks(struct kit *, const char *supervisor);

/* Between the rooms of the kit. core_kit_world.c: */
struct kit_service *kit_service(struct kit *, const char *name);
void kit_carry_out(struct kit *, const struct action *, size_t n);
void kit_end_process(
    struct kit *, struct kit_service *, enum record_end, int number);
void kit_answer_start(struct kit *, struct kit_service *);
void kit_answer_clean(struct kit *, struct kit_service *);
void kit_do_switch(struct kit *);
/* core_kit_check.c: */
void kit_save(struct kit *);
void kit_check(struct kit *);
/* core_kit_tree.c: */
struct kit_tree *kit_plant(struct kit *, const char *text);
void kit_populate(struct kit *, const struct kit_tree *);

/* A test with a kit of its own, in a list for cmocka. */
#define KIT_TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)

#endif
