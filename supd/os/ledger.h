/*
 * ledger: the state that outlives the engine.
 *
 * A memfd, mapped by each engine: a head, an image (the core's, of which the
 * ledger knows only the length), a few words of the engine's own (struct
 * ledger_engine), a start slot for each node, and a journal.
 * ledger_commit() makes a set of changes true together: it
 * writes them into the journal, marks it valid with a checksum, carries them
 * out, and marks it done. An engine that is killed in the middle leaves a
 * journal that is either not valid, and the changes did not happen, or valid,
 * and ledger_open() carries them out again. Only death of a process is
 * provided for, not loss of memory: the guard holds the memfd.
 */
#ifndef SUPD_OS_LEDGER_H
#define SUPD_OS_LEDGER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"

/* What the engine must know again beside the core's image; saved by
 * ledger_commit() in one with it. */
struct ledger_engine {
	uint64_t news_seq;        /* the last exit that is in the image */
	uint64_t conf_generation; /* the configuration of the image */
	uint64_t engines;         /* how many there have been */
	uint64_t published;       /* notes up to this one were logged */
	uint64_t id;              /* of this supd: of its cgroups and marks */
	uint32_t signals;         /* shutdown signals seen */
	uint32_t updating;        /* conf_generation + 1 is being brought in */
	uint32_t machine_end;     /* see machine.h */
	uint32_t spare;
};

/*
 * The start slot of a node: written by the engine before the clone and by the
 * new process before its exec, outside of commits.
 *
 * word is nonce << 32 | pid. The engine opens a start by ticket = ...,
 * step = error = 0 and word = (nonce + 1, 0). The child, in the engine's
 * memory, swaps (nonce, 0) for (nonce, pid) and leaves if it lost. A new
 * engine takes an open start back by swapping (nonce, 0) for (nonce,
 * SLOT_REVOKED): after that the start never happened.
 */
#define SLOT_REVOKED UINT32_MAX

struct start_slot {
	_Atomic uint64_t word;
	uint32_t ticket;
	int32_t step;        /* the step that failed: enum step... */
	int32_t error;       /* ...and its errno; both 0 while none has */
	uint32_t ready_slot; /* of its readiness pipe; 0: none */
	uint64_t born_ns;    /* CLOCK_MONOTONIC, by the child; see news.h */
};

struct ledger;

/* Maps fd. fresh: the ledger was empty and is laid out now. NULL with *error
 * = -errno, or -EBADMSG if its version, sizes or checksum are not ours. */
struct ledger *ledger_open(int fd, size_t image_bytes, bool *fresh, int *error);
void ledger_close(struct ledger *);

const void *ledger_image(const struct ledger *);
const struct ledger_engine *ledger_engine(const struct ledger *);
struct start_slot *ledger_slot(struct ledger *, uint32_t node);

/* The nodes got new numbers: what was in slot i is to be in slot moved[i]
 * (SPEC_NONE, or whatever is no node's number: nowhere), for the first count
 * slots. It becomes true with the next ledger_commit(), in one with the image
 * of the new numbers; until then slots are where they were and are not
 * written. */
void ledger_move_slots(struct ledger *, const uint32_t *moved, uint32_t count);

/* Begins a set of changes; adds bytes of the image; makes all true, with the
 * new struct ledger_engine. Never fails: the journal has room for a change of
 * the whole image. */
void ledger_begin(struct ledger *);
void ledger_add(
    struct ledger *, size_t offset, const void *bytes, size_t length);
void ledger_commit(struct ledger *, const struct ledger_engine *);

#endif
