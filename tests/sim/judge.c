#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void
fault(struct judge *judge, const char *format, ...)
{
	va_list args;

	if (judge->fault[0])
		return;
	va_start(args, format);
	vsnprintf(judge->fault, sizeof(judge->fault), format, args);
	va_end(args);
}

void
judge_open(struct judge *judge)
{
	memset(judge, 0, sizeof(*judge));
}

uint32_t
judge_ask(struct judge *judge, uint32_t uid, enum event_op op)
{
	judge->asked = true;
	if (judge->asks == JUDGE_ASKS)
		return 0;
	judge->ask[judge->asks++] =
	    (struct judged_ask){ .open = true, .op = (uint8_t)op, .uid = uid };
	return judge->asks;
}

void
judge_unask(struct judge *judge, uint32_t ask)
{
	judge->ask[ask - 1].open = false;
	judge->ask[ask - 1].fading = true;
}

void
judge_crash(struct judge *judge)
{
	for (uint32_t i = 0; i < judge->asks; i++)
		judge->ask[i].open = false;
}

/* May a chain of causes begin with this note? */
static bool
is_root(const struct note *note)
{
	switch (note->kind) {
	case NOTE_STARTING: /* the boot */
	case NOTE_READY:
	case NOTE_EXITED:
	case NOTE_FAILED:
	case NOTE_REQUEST:
	case NOTE_UPDATE:
	case NOTE_SHUTDOWN:
	case NOTE_STATUS:
	case NOTE_HOOK:
	case NOTE_OOM:
	case NOTE_KILL: /* of what a crash left */
		return true;
	default:
		return false;
	}
}

static void
judge_chain(
    struct judge *judge, const struct core *core, const struct note *note)
{
	const struct note *at = note;

	while (at->cause != 0) {
		if (at->cause >= at->seq) {
			fault(judge, "note %llu has a later cause %llu",
			    (unsigned long long)at->seq,
			    (unsigned long long)at->cause);
			return;
		}
		if (at->cause < core_note_first(core))
			return; /* forgotten */
		at = core_note(core, at->cause);
		if (at == NULL) {
			fault(judge, "a cause of note %llu is not there",
			    (unsigned long long)note->seq);
			return;
		}
	}
	if (!is_root(at))
		fault(judge,
		    "note %llu (%s of %s): its chain begins with "
		    "%llu, %s of %s",
		    (unsigned long long)note->seq,
		    core_note_text((enum note_kind)note->kind), note->name,
		    (unsigned long long)at->seq,
		    core_note_text((enum note_kind)at->kind), at->name);
}

static void
judge_note(
    struct judge *judge, const struct core *core, uint64_t seq, uint64_t now_ms)
{
	const struct note *note = core_note(core, seq);

	if (note == NULL || note->seq != seq) {
		fault(judge, "note %llu is missing", (unsigned long long)seq);
		return;
	}
	if (note->at_ms != now_ms)
		fault(judge, "note %llu has another time",
		    (unsigned long long)seq);
	if (note->kind >= NOTE_KIND_COUNT || note->uid >= JUDGE_UIDS) {
		fault(judge, "note %llu is of no kind or node",
		    (unsigned long long)seq);
		return;
	}
	if (note->previous != judge->last_of[note->uid])
		fault(judge, "note %llu of %s: previous is %llu, not %llu",
		    (unsigned long long)seq, note->name,
		    (unsigned long long)note->previous,
		    (unsigned long long)judge->last_of[note->uid]);
	judge->last_of[note->uid] = seq;
	if (note->kind == NOTE_STARTING || note->kind == NOTE_STUCK)
		judge->stuck[note->uid] = note->kind == NOTE_STUCK;
	if (note->kind == NOTE_FAILED || note->kind == NOTE_GAVE_UP)
		judge->pins = false;
	judge_chain(judge, core, note);
}

static void
judge_notes(struct judge *judge, const struct core *core, uint64_t now_ms)
{
	uint64_t last = core_note_last(core), first = core_note_first(core);

	if (last < judge->note_last)
		fault(judge, "notes are lost: the last is %llu, was %llu",
		    (unsigned long long)last,
		    (unsigned long long)judge->note_last);
	if (last - judge->note_last >= LIMIT_NOTES ||
	    (last > 0 && (first == 0 || first > last)))
		fault(judge, "too many notes in one step");
	for (uint64_t seq = judge->note_last + 1;
	     seq <= last && !judge->fault[0]; seq++)
		judge_note(judge, core, seq, now_ms);
	judge->note_last = last;
}

static bool
noted(
    const struct core *core, uint32_t uid, enum note_kind kind, uint64_t now_ms)
{
	for (uint64_t seq = core_note_last(core); seq > 0; seq--) {
		const struct note *note = core_note(core, seq);

		if (note == NULL || note->at_ms != now_ms)
			return false;
		if (note->uid == uid && note->kind == kind)
			return true;
	}
	return false;
}

static uint32_t
requests(const struct core *core, uint64_t now_ms)
{
	uint32_t count = 0;

	for (uint64_t seq = core_note_last(core); seq > 0; seq--) {
		const struct note *note = core_note(core, seq);

		if (note == NULL || note->at_ms != now_ms)
			break;
		count += note->kind == NOTE_REQUEST;
	}
	return count;
}

static bool
is_down(const struct record *r)
{
	return (r->state == STATE_STOPPED || r->state == STATE_EXITED ||
		   r->state == STATE_FAILED) &&
	       r->pid == 0 && !r->remains;
}

/* OK must be true when it is said. */
static void
judge_ok(struct judge *judge, const struct core *core,
    const struct judged_ask *ask, uint64_t now_ms)
{
	uint32_t node = core_by_uid(core, ask->uid);
	const struct record *r;

	/* Of several orders in one step each has its moment. */
	if (node == SPEC_NONE || requests(core, now_ms) > 1)
		return;
	r = core_record(core, node);
	if (core_spec(core, node)->type == TYPE_ONESHOT && ask->op != OP_STOP)
		return; /* it was done in an earlier step, and goes on */
	if (ask->op == OP_STOP && !is_down(r) &&
	    !noted(core, ask->uid, NOTE_STOPPED, now_ms))
		fault(judge, "stop of %s is answered ok, and it is %s",
		    core_spec(core, node)->name,
		    core_state_text((enum record_state)r->state));
	if ((ask->op == OP_START || ask->op == OP_RESTART) &&
	    r->state != STATE_RUNNING && r->state != STATE_EXITED &&
	    !noted(core, ask->uid, NOTE_READY, now_ms) &&
	    !noted(core, ask->uid, NOTE_EXITED, now_ms) &&
	    !noted(core, ask->uid, NOTE_FAILED, now_ms) &&
	    !noted(core, ask->uid, NOTE_STOPPING, now_ms))
		fault(judge, "start of %s is answered ok, and it is %s",
		    core_spec(core, node)->name,
		    core_state_text((enum record_state)r->state));
}

static void
judge_answer(struct judge *judge, const struct core *core,
    const struct action *a, uint64_t now_ms)
{
	struct judged_ask *ask;

	if (a->ask == 0 || a->ask > judge->asks ||
	    (!judge->ask[a->ask - 1].open && !judge->ask[a->ask - 1].fading)) {
		fault(judge, "ask %u is answered, and waits for no answer",
		    a->ask);
		return;
	}
	ask = &judge->ask[a->ask - 1];
	ask->open = false;
	if (a->answer == ANSWER_OK)
		judge_ok(judge, core, ask, now_ms);
	if (a->answer == ANSWER_SHUTTING_DOWN && core_life(core) == CORE_UP)
		fault(
		    judge, "ask %u is told of a shutdown, and none is", a->ask);
	if (a->answer == ANSWER_REMOVED &&
	    core_by_uid(core, ask->uid) != SPEC_NONE && !core_updating(core))
		fault(
		    judge, "ask %u is told that its node was removed", a->ask);
}

static void
judge_record(struct judge *judge, const struct core *core,
    const struct world *world, uint32_t node, uint64_t now_ms)
{
	const struct record *r = core_record(core, node);
	const struct spec *spec = core_spec(core, node);
	const struct actor *actor = world_alive(world, r->uid);

	if (r->state >= STATE_COUNT || r->wanted > 1 || r->since_ms > now_ms ||
	    r->uid == 0 || r->uid >= JUDGE_UIDS) {
		fault(judge, "%s has a record that is none", spec->name);
		return;
	}
	if (r->ready && r->state != STATE_RUNNING && r->state != STATE_EXITED)
		fault(judge, "%s is ready and %s", spec->name,
		    core_state_text((enum record_state)r->state));
	if (r->generation < judge->generation[r->uid] ||
	    r->ticket < judge->ticket[r->uid])
		fault(judge, "%s: generation or ticket went back", spec->name);
	judge->generation[r->uid] = r->generation;
	judge->ticket[r->uid] = r->ticket;
	if (r->pid != 0 &&
	    (actor == NULL || actor->pid != r->pid || actor->birth != r->birth))
		fault(judge, "%s has pid %d, and no such process", spec->name,
		    r->pid);
	if (r->last_note != judge->last_of[r->uid])
		fault(judge, "%s: last_note is %llu, not %llu", spec->name,
		    (unsigned long long)r->last_note,
		    (unsigned long long)judge->last_of[r->uid]);
}

bool
judge_step(struct judge *judge, const struct core *core,
    const struct world *world, uint64_t now_ms)
{
	size_t n;
	const struct action *a = core_actions(core, &n);
	bool progress = false;

	judge_notes(judge, core, now_ms);
	if (n > 6 * core_count(core) + LIMIT_ASKS)
		fault(judge, "%zu actions in one step", n);
	for (size_t i = 0; i < n; i++) {
		if (a[i].kind == ACTION_ANSWER)
			judge_answer(judge, core, &a[i], now_ms);
		progress |=
		    a[i].kind == ACTION_SWITCH || a[i].kind == ACTION_EXIT;
	}
	for (uint32_t i = 0; i < judge->asks; i++)
		judge->ask[i].fading = false;
	for (uint32_t i = 0; i < core_count(core); i++)
		judge_record(judge, core, world, i, now_ms);
	if (judge_pin_lost(judge, core))
		fault(judge, "the update does not concern %s, but moves it",
		    judge_pin_lost(judge, core));
	if (core_deadline(core) <= now_ms && !progress)
		fault(judge, "the deadline is over and stays so");
	return judge->fault[0] == '\0';
}

/* Is it right that a wanted service is not running when all is quiet? */
static bool
is_explained(const struct judge *judge, const struct core *core, uint32_t node)
{
	const struct record *r = core_record(core, node);
	uint32_t parent = core_spec(core, node)->parent;

	if (r->state == STATE_RUNNING || r->state == STATE_EXITED ||
	    r->state == STATE_FAILED || r->gone)
		return true;
	if (parent != SPEC_NONE &&
	    core_record(core, parent)->state != STATE_RUNNING)
		return true;
	/* An operator may have cancelled a group's restart (R63). */
	return r->state == STATE_STOPPED && judge->asked;
}

static void
judge_rest(struct judge *judge, const struct core *core, uint32_t node)
{
	const struct record *r = core_record(core, node);
	const char *name = core_spec(core, node)->name;
	const char *state = core_state_text((enum record_state)r->state);

	if (r->state == STATE_WAITING || r->state == STATE_STARTING ||
	    r->state == STATE_STOPPING)
		fault(judge, "all is quiet, and %s is %s", name, state);
	if (r->wanted && !is_explained(judge, core, node))
		fault(judge, "all is quiet, %s is wanted and %s", name, state);
	if (!r->wanted && r->state == STATE_RUNNING)
		fault(judge, "all is quiet, %s is not wanted and %s", name,
		    state);
	if (r->held && !is_down(r))
		fault(judge, "all is quiet, %s is held and %s", name, state);
}

bool
judge_end(
    struct judge *judge, const struct core *core, const struct world *world)
{
	bool down = core_life(core) == CORE_DOWN;

	for (uint32_t uid = 0; down && uid < JUDGE_UIDS; uid++)
		if (!judge->stuck[uid] && world_has(world, uid))
			fault(judge, "the tree is down, and something lives");
	for (uint32_t i = 0; i < judge->asks; i++)
		if (judge->ask[i].open && !judge->loops)
			fault(judge, "ask %u (%s) was never answered", i + 1,
			    core_op_text((enum event_op)judge->ask[i].op));
	if (!down && !judge->loops)
		for (uint32_t i = 0; i < core_count(core); i++)
			judge_rest(judge, core, i);
	return judge->fault[0] == '\0';
}
