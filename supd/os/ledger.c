#include "os/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/must.h"

/*
 * The memfd: head, start slots, state (what commits change), journal. The
 * head's magic is written last, so an engine that dies while laying it out
 * leaves a ledger that counts as empty.
 */
#define MAGIC 0x3167646c64707573u /* "supdldg1" */
#define VERSION 4u
#define PAGE 4096u

struct head {
	_Atomic uint64_t magic;
	uint64_t version;
	uint64_t image_bytes;
	uint64_t slots_count;
	uint64_t slot_bytes;
	uint64_t engine_bytes;
	uint64_t sum; /* of the five above */
};

struct state {
	uint64_t commits; /* 0: nothing was ever saved */
	struct ledger_engine engine;
	_Alignas(64) unsigned char image[];
};

struct range {
	uint64_t offset; /* from the first start slot */
	uint64_t length;
	/* then length bytes, padded to 8 */
};

struct journal {
	_Atomic uint64_t mark; /* 0: not valid; else the sum of what follows */
	uint64_t length;
	unsigned char ranges[];
};

struct ledger {
	void *map;
	size_t map_bytes;
	struct head *head;
	struct start_slot *slots;
	struct state *state;
	size_t body_bytes; /* slots and state: what a journal may change */
	struct journal *journal;
	size_t journal_bytes;
	size_t used;  /* of the journal, while a commit is being prepared */
	size_t moves; /* of that, what ledger_move_slots() put there */
};

static size_t
round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Death of a process tears nothing in memory: this finds mistakes, not
 * malice. The bytes are a multiple of 8. */
static uint64_t
sum_of(const void *from, size_t bytes)
{
	const unsigned char *p = from;
	uint64_t word, sum = 0x9e3779b97f4a7c15u ^ bytes;
	size_t i;

	for (i = 0; i + sizeof word <= bytes; i += sizeof word) {
		memcpy(&word, p + i, sizeof word);
		sum = (sum ^ word) * 0xff51afd7ed558ccdu;
		sum ^= sum >> 32;
	}
	return sum == 0 ? 1 : sum;
}

static struct head
head_for(size_t image_bytes)
{
	struct head head = {
		.version = VERSION,
		.image_bytes = image_bytes,
		.slots_count = LIMIT_NODES,
		.slot_bytes = sizeof(struct start_slot),
		.engine_bytes = sizeof(struct ledger_engine),
	};

	head.sum = sum_of(&head.version, 5 * sizeof(uint64_t));
	return head;
}

/* The slots' share of the map: the state begins at a page. */
static size_t
slots_bytes(void)
{
	return round_up(LIMIT_NODES * sizeof(struct start_slot), PAGE);
}

static void
lay_out(struct ledger *ledger, size_t image_bytes)
{
	ledger->body_bytes = slots_bytes() + sizeof(struct state) + image_bytes;
	/* A commit may change everything in ranges as small as their heads:
	 * room for three times the bytes holds those. */
	ledger->journal_bytes = round_up(3 * ledger->body_bytes + PAGE, PAGE);
	ledger->map_bytes =
	    PAGE + round_up(ledger->body_bytes, PAGE) + ledger->journal_bytes;
}

static void
place(struct ledger *ledger)
{
	unsigned char *at = ledger->map;

	ledger->head = (struct head *)at;
	at += PAGE;
	ledger->slots = (struct start_slot *)at;
	ledger->state = (struct state *)(at + slots_bytes());
	at += round_up(ledger->body_bytes, PAGE);
	ledger->journal = (struct journal *)at;
}

/* Carries out a journal that is valid; doing it twice is doing it once. */
static int
replay(struct ledger *ledger)
{
	struct journal *journal = ledger->journal;
	uint64_t mark = atomic_load(&journal->mark);
	struct range range;
	size_t at = 0;

	if (mark == 0)
		return 0;
	if (journal->length > ledger->journal_bytes - sizeof *journal ||
	    journal->length % 8 != 0 ||
	    mark != sum_of(&journal->length, 8 + journal->length))
		return -EBADMSG;
	while (at < journal->length) {
		if (journal->length - at < sizeof range)
			return -EBADMSG;
		memcpy(&range, journal->ranges + at, sizeof range);
		at += sizeof range;
		if (range.length > journal->length - at ||
		    range.offset > ledger->body_bytes ||
		    range.length > ledger->body_bytes - range.offset)
			return -EBADMSG;
		memcpy((unsigned char *)ledger->slots + range.offset,
		    journal->ranges + at, range.length);
		at += round_up(range.length, 8);
	}
	atomic_store_explicit(&journal->mark, 0, memory_order_release);
	return 0;
}

static int
map(struct ledger *ledger, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0 && ftruncate(fd, (off_t)ledger->map_bytes) < 0)
		return -errno;
	if (st.st_size != 0 && st.st_size != (off_t)ledger->map_bytes)
		return -EBADMSG;
	ledger->map = mmap(
	    NULL, ledger->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return ledger->map == MAP_FAILED ? -errno : 0;
}

static int
check(struct ledger *ledger, size_t image_bytes)
{
	struct head wanted = head_for(image_bytes);
	uint64_t magic = atomic_load(&ledger->head->magic);

	if (magic == 0) {
		memcpy(&ledger->head->version, &wanted.version,
		    sizeof wanted - sizeof wanted.magic);
		atomic_store_explicit(
		    &ledger->head->magic, MAGIC, memory_order_release);
		return 0;
	}
	if (magic != MAGIC || memcmp(&ledger->head->version, &wanted.version,
				  sizeof wanted - sizeof wanted.magic) != 0)
		return -EBADMSG;
	return 0;
}

struct ledger *
ledger_open(int fd, size_t image_bytes, bool *fresh, int *error)
{
	struct ledger *ledger = calloc(1, sizeof *ledger);

	if (ledger == NULL) {
		*error = -ENOMEM;
		return NULL;
	}
	lay_out(ledger, image_bytes);
	*error = map(ledger, fd);
	if (*error < 0) {
		free(ledger);
		return NULL;
	}
	place(ledger);
	*error = check(ledger, image_bytes);
	if (*error == 0)
		*error = replay(ledger);
	if (*error < 0) {
		ledger_close(ledger);
		return NULL;
	}
	*fresh = ledger->state->commits == 0;
	return ledger;
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	(void)munmap(ledger->map, ledger->map_bytes);
	free(ledger);
}

const void *
ledger_image(const struct ledger *ledger)
{
	return ledger->state->image;
}

const struct ledger_engine *
ledger_engine(const struct ledger *ledger)
{
	return &ledger->state->engine;
}

struct start_slot *
ledger_slot(struct ledger *ledger, uint32_t node)
{
	must(node < LIMIT_NODES);
	return &ledger->slots[node];
}

/* Adds bytes that shall be at that offset of slots and state. */
static void
note(struct ledger *ledger, size_t offset, const void *bytes, size_t length)
{
	struct range range = { offset, length };
	unsigned char *to = ledger->journal->ranges + ledger->used;
	size_t padded = round_up(length, 8);

	must(length <= ledger->body_bytes &&
	     offset <= ledger->body_bytes - length);
	must(sizeof range + padded <=
	     ledger->journal_bytes - sizeof *ledger->journal - ledger->used);
	memcpy(to, &range, sizeof range);
	memcpy(to + sizeof range, bytes, length);
	memset(to + sizeof range + length, 0, padded - length);
	ledger->used += sizeof range + padded;
}

static void
note_slot(struct ledger *ledger, uint32_t node, const struct start_slot *slot)
{
	note(ledger, node * sizeof *slot, slot, sizeof *slot);
}

void
ledger_move_slots(struct ledger *ledger, const uint32_t *moved, uint32_t count)
{
	static const struct start_slot empty;
	unsigned char taken[LIMIT_NODES / 8] = { 0 };
	uint32_t i;

	must(count <= LIMIT_NODES);
	ledger->used = 0;
	for (i = 0; i < count; i++) {
		if (moved[i] >= LIMIT_NODES)
			continue;
		taken[moved[i] / 8] |= (unsigned char)(1u << moved[i] % 8);
		if (moved[i] != i)
			note_slot(ledger, moved[i], &ledger->slots[i]);
	}
	for (i = 0; i < count; i++) {
		if ((taken[i / 8] & 1u << i % 8) == 0)
			note_slot(ledger, i, &empty);
	}
	ledger->moves = ledger->used;
}

void
ledger_begin(struct ledger *ledger)
{
	ledger->used = ledger->moves;
}

void
ledger_add(
    struct ledger *ledger, size_t offset, const void *bytes, size_t length)
{
	if (length > 0)
		note(ledger,
		    slots_bytes() + offsetof(struct state, image) + offset,
		    bytes, length);
}

void
ledger_commit(struct ledger *ledger, const struct ledger_engine *engine)
{
	struct journal *journal = ledger->journal;
	uint64_t commits = ledger->state->commits + 1;

	note(ledger, slots_bytes() + offsetof(struct state, commits), &commits,
	    sizeof commits);
	note(ledger, slots_bytes() + offsetof(struct state, engine), engine,
	    sizeof *engine);
	journal->length = ledger->used;
	/* From here on it is true, whatever becomes of this process. */
	atomic_store_explicit(&journal->mark,
	    sum_of(&journal->length, 8 + journal->length),
	    memory_order_release);
	must(replay(ledger) == 0);
	ledger->used = ledger->moves = 0;
}
