/*
 * core: the supervision tree as a pure machine.
 *
 * Events and the time go in, actions come out. The rules are OTP's as
 * docs/house.md names them; every decision is made here and nowhere else. The
 * core makes no system call, reads no clock, allocates nothing, logs nothing
 * and keeps no global: the same events give the same actions, always.
 *
 * Its whole lasting state is one flat image (core_image()): copied away after
 * each step as the ranges that core_dirty() tells, and given to core_open()
 * of another process, it goes on where it was. What an image does not hold is
 * derived anew: links between siblings, the order of deadlines, and operators
 * who wait (they went with their connections).
 *
 * A caller keeps to one order: core_step() with all events that are at hand,
 * save the dirty ranges, carry out the actions. If it dies in between, the
 * image either has the step or has not, and EVENT_ADOPT has the actions
 * ordered again.
 */
#ifndef SUPD_CORE_CORE_H
#define SUPD_CORE_CORE_H

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/record.h"
#include "core/spec.h"

struct core;

/* Bytes that core_open() wants, zeroed, aligned to 16; pages that stay
 * untouched cost nothing. */
size_t core_bytes(void);

/* A core over count specs (at most LIMIT_NODES), which must outlive it or the
 * next core_switch(). image: NULL for a tree that never ran, else
 * core_image_bytes() bytes saved by a core over the same specs. NULL if the
 * image is of another layout, or the names in it are not those of the specs.
 * seed: of the jitter; used where image is NULL. */
struct core *core_open(void *memory, const struct spec *specs, uint32_t count,
    const void *image, uint64_t seed);

/*
 * Tells the core n events that happened up to now_ms and lets it go on until
 * nothing is left to decide. Events of one step count as simultaneous: deaths
 * are handled outer supervisors first and eldest child first, whatever their
 * order here (R42). n may be 0: the time has come. now_ms never decreases.
 * The actions of the step before are forgotten.
 */
void core_step(struct core *, const struct event *events, size_t n,
    uint64_t now_ms, int64_t wall_ms);

/* The actions of the last step, to be done in this order. */
const struct action *core_actions(const struct core *, size_t *n);

/* When core_step() wants to be called at the latest; SPEC_INFINITE: it can
 * wait for an event. */
uint64_t core_deadline(const struct core *);

uint32_t core_count(const struct core *);
const struct spec *core_spec(const struct core *, uint32_t node);
const struct record *core_record(const struct core *, uint32_t node);
/* SPEC_NONE where there is none. */
uint32_t core_first_child(const struct core *, uint32_t node);
uint32_t core_next_sibling(const struct core *, uint32_t node);
/* The node with that uid now; SPEC_NONE if it was removed. */
uint32_t core_by_uid(const struct core *, uint32_t uid);

/* Does node wait, now and not for the time of its next try, for other to be
 * ready or done? other is one of its spec's after. */
bool core_waits_for(const struct core *, uint32_t node, uint32_t other);

/* Is an ACTION_START with this ticket still wanted? Whoever has a queue of
 * starts asks before each, and answers one that is not with
 * EVENT_START_FAILED (STEP_NONE, 0). */
bool core_start_wanted(const struct core *, uint32_t node, uint32_t ticket);

/* seq of the newest note, 0: none yet; and of the oldest that is remembered. */
uint64_t core_note_last(const struct core *);
uint64_t core_note_first(const struct core *);
/* NULL if it is forgotten or not yet written. */
const struct note *core_note(const struct core *, uint64_t seq);

enum core_life { CORE_UP, CORE_SHUTTING_DOWN, CORE_DOWN };
enum core_life core_life(const struct core *);

/*
 * An update, in two steps. core_update() takes the new specs, the map from new
 * numbers to old ones (SPEC_NONE: added) and, for each new node that was there
 * before, whether it must be restarted for the change to come into force. It
 * begins the stops (removed nodes and those that restart with their group by
 * the strategy, in reverse order) and ends with ACTION_SWITCH; core_switch()
 * then makes the new specs the tree's and lets the next step begin the
 * starts. Both arrays are copied by core_update() into the image, the specs
 * are not: a new process that adopts an image in which core_updating() holds
 * gives the same new specs to core_update() again (map and restart NULL).
 * Returns false, and does nothing, while another update or a shutdown is in
 * progress. cause: the note that ordered it, 0 if none.
 */
bool core_update(struct core *, const struct spec *specs, uint32_t count,
    const uint32_t *old_of, const uint8_t *restart, uint64_t cause);
bool core_updating(const struct core *);
void core_switch(struct core *);

/* The lasting state. */
const void *core_image(const struct core *);
size_t core_image_bytes(void);

struct core_range {
	size_t offset;
	size_t length;
};
/* What of the image changed since the last call; fetches and forgets. At most
 * n ranges; call again until it returns less than n. They never overlap
 * within one step. */
size_t core_dirty(struct core *, struct core_range *ranges, size_t n);

const char *core_state_text(enum record_state);
const char *core_role_text(enum record_role);
const char *core_step_text(enum step);
const char *core_note_text(enum note_kind);
const char *core_probe_text(enum record_probe);
const char *core_outcome_text(enum record_outcome);
const char *core_op_text(enum event_op);
const char *core_answer_text(enum answer);
const char *core_strategy_text(enum spec_strategy);
const char *core_restart_text(enum spec_restart);
const char *core_type_text(enum spec_type);

#endif
