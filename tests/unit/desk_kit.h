/*
 * desk_kit: a desk on a core, a control socket and hands that only note down.
 *
 * The fakes stand in for core, ctl, act and report at link time. A turn is
 * what the engine does: the desk serves, a step happens (the test says what is
 * in it), the desk tells. The tree is
 *
 *     root
 *       web: nginx php
 *       jobs
 *         inner: worker@1 worker@2
 *         once (a oneshot)
 *       lone
 */
#ifndef UNIT_DESK_KIT_H
#define UNIT_DESK_KIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/plan.h"
#include "core/core.h"
#include "ctl/session.h"
#include "desk.h"

#define KIT_NODES 2200
#define KIT_NOTES 16384
#define KIT_EVENTS 1024
#define KIT_CALLS 512

struct kit_row {
	const char *name;
	const char *parent;
	enum spec_kind kind;
	enum spec_type type;
	const char *instance;
};

struct core {
	const struct plan *plan;
	struct record records[KIT_NODES];
	struct note notes[KIT_NOTES]; /* of seq s at s % KIT_NOTES */
	uint64_t first;
	uint64_t last;
	uint32_t uids;
	enum core_life life;
};

enum kit_what { KIT_REPLY, KIT_MORE, KIT_ERROR };

struct kit_answer {
	enum kit_what what;
	const char *error;
	json_t *parameters; /* of the kit until it is closed */
	struct kit_answer *next;
};

struct kit_session {
	uint32_t generation;
	bool busy;
	bool more;
	bool refused;
	size_t room; /* replies of a stream that still have room */
	struct kit_answer *first;
	struct kit_answer *last;
};

struct ctl {
	struct kit_session sessions[LIMIT_SESSIONS];
	struct ctl_call calls[KIT_CALLS];
	size_t calls_at;
	size_t calls_count;
	struct ctl_handle gone[LIMIT_SESSIONS];
	size_t gone_count;
};

/* The client of session 0; those of others follow. */
#define KIT_PID 100

struct act {
	int signals[KIT_NODES];
	unsigned reloads[KIT_NODES];
	int error[KIT_NODES]; /* what either gives for that node */
	pid_t caller_pid;     /* a process of caller's */
	uint32_t caller;
	pid_t held;
};

struct kit {
	struct core core;
	struct ctl ctl;
	struct act act;
	struct plan *plan;
	struct desk *desk;
	/* What the desk gave for the last step. */
	struct event events[KIT_EVENTS];
	size_t events_max;
	size_t events_count;
	uint64_t now_ms;
	struct kit_answer *heard; /* to be freed */
	json_t *parameters;       /* of all calls, to be freed */
};

/* For cmocka's setup and teardown. */
int kit_open(void **state);
int kit_close(void **state);

/* A tree of this plan; nodes with the names of before are those of before. */
struct plan *kit_plan(const struct kit_row *, size_t count);
void kit_plan_free(struct plan *);
/* Supd is the init of a machine from here on. */
void kit_machine(struct kit *);
void kit_replan(struct kit *, const struct kit_row *, size_t count);
uint32_t kit_node(const struct kit *, const char *name);
struct record *kit_record(struct kit *, const char *name);
/* A note of that node; returns its seq. */
uint64_t kit_note(struct kit *, const char *name, uint64_t cause);

/* What a client does. parameters: JSON in which ' stands for ". */
void kit_call(
    struct kit *, uint32_t session, enum ctl_method, const char *parameters);
void kit_stream(struct kit *, uint32_t session, const char *parameters);
void kit_oneway(
    struct kit *, uint32_t session, enum ctl_method, const char *parameters);
void kit_leave(struct kit *, uint32_t session);

/* The turn of the engine, in whole and in its parts. */
void kit_serve(struct kit *);
void kit_tell(struct kit *);
void kit_turn(struct kit *);
/* The core answers. */
void kit_answer(struct kit *, uint32_t ask, enum answer);
/* How many of the last step's events are of this kind. */
size_t kit_count(const struct kit *, enum event_kind);

/* The next answer that the session got; fails if there is none. Borrowed. */
json_t *kit_hear(struct kit *, uint32_t session, enum kit_what);
/* The same for an error of that name. */
json_t *kit_hear_error(struct kit *, uint32_t session, const char *error);
bool kit_silent(const struct kit *, uint32_t session);
/* "a b c": the values of key in a list of objects; static. */
const char *kit_list(
    const json_t *parameters, const char *list, const char *key);

#endif
