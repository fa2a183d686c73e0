#include "core_kit.h"

#include <string.h>

static void
check_same(struct kit *k, size_t offset, size_t length, const char *what)
{
	const char *core = core_image(k->core);

	if (memcmp(core + offset, (char *)k->shadow + offset, length) != 0)
		fail_msg("%s changed and was not told as dirty", what);
}

void
kit_save(struct kit *k)
{
	struct core_range ranges[5];
	const char *image = core_image(k->core);
	size_t n, i;

	do {
		n = core_dirty(k->core, ranges, 5);
		for (i = 0; i < n; i++)
			memcpy((char *)k->shadow + ranges[i].offset,
			    image + ranges[i].offset, ranges[i].length);
	} while (n == 5);
}

static void
check_shadow(struct kit *k)
{
	const struct image *i = core_image(k->core);
	uint64_t last = i->next_note - 1, seq;
	const struct record *r;

	check_same(k, 0, offsetof(struct image, records), "the head");
	/* The newest; that older ones change is out of the question. */
	for (seq = last > 64 ? last - 64 : 1; seq <= last; seq++)
		check_same(k,
		    offsetof(struct image, notes) +
			seq % LIMIT_NOTES * sizeof(i->notes[0]),
		    sizeof(i->notes[0]), "a note");
	for (r = i->records; r < i->records + i->count; r++) {
		check_same(k, (size_t)((const char *)r - (const char *)i),
		    sizeof(*r), core_spec(k->core, r - i->records)->name);
		check_same(k,
		    offsetof(struct image, marks) +
			r->marks_base * sizeof(i->marks[0]),
		    r->marks_count * sizeof(i->marks[0]), "a mark");
	}
	if (!i->updating)
		return;
	check_same(k, offsetof(struct image, old_of),
	    i->new_count * sizeof(i->old_of[0]), "the map of an update");
	check_same(k, offsetof(struct image, restart), i->new_count,
	    "the restarts of an update");
}

static bool
rests(uint8_t state)
{
	return state == STATE_STOPPED || state == STATE_WAITING ||
	       state == STATE_EXITED || state == STATE_FAILED;
}

static void
check_service(const struct record *r)
{
	switch ((enum service_phase)r->phase) {
	case SERVICE_DOWN:
		assert_true(rests(r->state));
		assert_int_equal(r->pid, 0);
		assert_false(r->remains);
		assert_false(r->stuck);
		assert_int_equal(r->deadline_ms, SPEC_INFINITE);
		break;
	case SERVICE_UP:
		assert_int_equal(r->state, STATE_RUNNING);
		assert_int_equal(r->ready, (r->flags & FLAG_LEAVING) == 0);
		assert_int_not_equal(r->pid, 0);
		break;
	case SERVICE_PRE_ORDERED:
	case SERVICE_PRE_RUNNING:
	case SERVICE_PRE_CLEANING:
	case SERVICE_MAIN_ORDERED:
	case SERVICE_MAIN_RUNNING:
		assert_int_equal(r->state, STATE_STARTING);
		assert_false(r->ready);
		break;
	default:
		assert_int_equal(r->state, STATE_STOPPING);
		assert_false(r->ready);
		break;
	}
	if (r->remains)
		assert_int_equal(r->pid, 0);
	if (r->state == STATE_WAITING)
		assert_true((r->flags & FLAG_DUE) != 0);
}

static void
check_supervisor(struct kit *k, uint32_t node, const struct record *r)
{
	uint32_t child;

	switch ((enum group_phase)r->phase) {
	case GROUP_DOWN:
		assert_true(rests(r->state));
		for (child = core_first_child(k->core, node);
		     child != SPEC_NONE;
		     child = core_next_sibling(k->core, child))
			assert_int_equal(core_record(k->core, child)->phase, 0);
		break;
	case GROUP_STARTING:
		assert_true(
		    r->state == STATE_STARTING || r->state == STATE_RUNNING);
		break;
	case GROUP_UP:
		assert_int_equal(r->state, STATE_RUNNING);
		assert_true(r->ready);
		break;
	case GROUP_STOPPING:
		assert_int_equal(r->state, STATE_STOPPING);
		assert_false(r->ready);
		break;
	}
	if (core_spec(k->core, node)->intensity != UINT32_MAX)
		assert_true(
		    r->marks_count <= core_spec(k->core, node)->intensity + 1);
}

/* Each note has a cause before it, or is the root of a chain itself. */
static void
check_notes(struct kit *k)
{
	const struct note *n;

	for (; k->notes_seen < core_note_last(k->core); k->notes_seen++) {
		n = core_note(k->core, k->notes_seen + 1);
		assert_non_null(n);
		assert_true(n->cause < n->seq);
		assert_true(n->previous < n->seq);
		if (n->cause != 0 || n->kind == NOTE_REQUEST ||
		    n->kind == NOTE_SHUTDOWN || n->kind == NOTE_UPDATE ||
		    n->kind == NOTE_STATUS || n->kind == NOTE_HEALTH ||
		    n->kind == NOTE_FAILED || n->kind == NOTE_EXITED ||
		    n->kind == NOTE_OOM)
			continue;
		if (n->kind != NOTE_STARTING || n->parent_uid != 0)
			fail_msg("%s of %s has no cause",
			    core_note_text(n->kind), n->name);
	}
}

void
kit_check(struct kit *k)
{
	uint32_t node;

	for (node = 0; node < core_count(k->core); node++) {
		if (core_spec(k->core, node)->kind == SPEC_SUPERVISOR)
			check_supervisor(k, node, core_record(k->core, node));
		else
			check_service(core_record(k->core, node));
	}
	check_notes(k);
	check_shadow(k);
}
