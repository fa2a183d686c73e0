#include "play.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "lib/must.h"
#include "story.h"

/* Of one scenario; then it comes to its quiet. */
#define STEPS_MAX 3000u
/* From the end of all faults to the quiet, at most. */
#define CALM_STEPS_MAX 5000u

struct play *
play_new(void)
{
	struct play *play = calloc(1, sizeof(*play));

	must(play != NULL);
	play->memory = malloc(core_bytes());
	play->shadow = malloc(core_image_bytes());
	play->mirror = malloc(core_image_bytes());
	must(play->memory && play->shadow && play->mirror);
	return play;
}

void
play_free(struct play *play)
{
	free(play->memory);
	free(play->shadow);
	free(play->mirror);
	free(play);
}

void
play_fault(struct play *play, const char *format, ...)
{
	va_list args;

	if (play->fault[0])
		return;
	va_start(args, format);
	vsnprintf(play->fault, sizeof(play->fault), format, args);
	va_end(args);
}

static void
save_range(struct play *play, const struct core_range *range)
{
	const char *from = (const char *)core_image(play->core) + range->offset;

	memcpy((char *)play->shadow + range->offset, from, range->length);
	memcpy((char *)play->mirror + range->offset, from, range->length);
}

/* What an image does not use may change without a word when a core opens it
 * or switches: from there the mirror is compared anew. */
static void
mirror_anew(struct play *play)
{
	memcpy(play->mirror, core_image(play->core), core_image_bytes());
}

/* The shadow becomes the image by the dirty ranges alone. */
static void
save(struct play *play)
{
	struct core_range range[16];
	size_t n;

	do {
		n = core_dirty(play->core, range, 16);
		for (size_t i = 0; i < n; i++)
			save_range(play, &range[i]);
	} while (n == 16);
	if (image_differs(play->mirror, play->core))
		play_fault(play, "the dirty ranges do not tell all changes");
}

static bool
core_start(struct play *play, const void *image)
{
	memset(play->memory, 0, core_bytes());
	play->core = core_open(play->memory, play->forest->spec,
	    play->forest->count, image, play->scenario->seed);
	if (play->core == NULL)
		play_fault(play, "core_open() refuses %s",
		    image ? "its own image" : "the tree");
	return play->core != NULL;
}

/* The engine is dead, and its successor opens what was saved. */
static void
reopen(struct play *play)
{
	play->crashes++;
	play->crash = CRASH_NONE;
	world_crash(&play->world);
	judge_crash(&play->judge);
	if (!core_start(play, play->shadow))
		return;
	mirror_anew(play);
	if (core_updating(play->core) &&
	    !core_update(
		play->core, play->next->spec, play->next->count, NULL, NULL, 0))
		play_fault(play, "core_update() refuses its own update");
	play->adopting = true;
	if (play->trace)
		story_crash(play->trace);
}

/* What the world said in the lost step is said again; operators are gone. */
static void
lose_step(struct play *play, const struct event *events, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (events[i].kind > EVENT_ADOPT &&
		    events[i].kind != EVENT_ASK &&
		    events[i].kind != EVENT_UNASK)
			play->event[kept++] = events[i];
	play->events = kept;
	reopen(play);
}

static void
do_switch(struct play *play)
{
	struct forest *next;

	core_switch(play->core);
	if (play->crash == CRASH_UNSAVED) {
		reopen(play);
		return;
	}
	mirror_anew(play);
	next = play->forest;
	play->forest = play->next;
	play->next = next;
	play->updates++;
	if (play->trace)
		story_tree(play->trace, play->forest);
	save(play);
	model_switch(&play->model, play->core, play->old_of);
	play->judge.updated = true;
	play->switched = true; /* its starts come with the next step */
}

static void
act(struct play *play)
{
	size_t n, count;
	const struct action *a = core_actions(play->core, &n);
	bool switching = false;

	count = n;
	if (play->crash == CRASH_SAVED)
		count = 0;
	if (play->crash == CRASH_AMID)
		count = n * play->crash_share / 256;
	for (size_t i = 0; i < count; i++) {
		world_act(&play->world, play->core, &a[i], play->now_ms);
		switching |= a[i].kind == ACTION_SWITCH;
		if (a[i].kind == ACTION_EXIT) {
			play->over = true;
			play->code = a[i].code;
		}
	}
	if (world_fault(&play->world))
		play_fault(play, "%s", world_fault(&play->world));
	if (play->crash >= CRASH_SAVED && !play->over)
		reopen(play);
	else if (switching && !play->over)
		do_switch(play);
}

static size_t
gather(struct play *play, struct event *events)
{
	size_t n = 0;

	if (play->adopting)
		events[n++] = (struct event){ .kind = EVENT_ADOPT };
	memcpy(events + n, play->event, play->events * sizeof(*events));
	n += play->events;
	play->events = 0;
	n += world_tell(&play->world, play->core, play->now_ms, events + n,
	    PLAY_EVENTS - n);
	return n;
}

void
play_step(struct play *play)
{
	static const int64_t wall = 1700000000000;
	struct event events[PLAY_EVENTS];
	size_t n = gather(play, events);
	struct seen seen = { .core = play->core,
		.note_first = core_note_last(play->core) + 1,
		.adopted = play->adopting };

	judge_pin_events(&play->judge, play->core, events, n);
	core_step(
	    play->core, events, n, play->now_ms, wall + (int64_t)play->now_ms);
	play->steps++;
	play->adopting = play->switched = false;
	if (play->trace)
		story_step(play->trace, play->core, events, n, seen.note_first,
		    play->now_ms);
	if (play->crash == CRASH_UNSAVED) {
		lose_step(play, events, n);
		return;
	}
	seen.actions = core_actions(play->core, &seen.actions_count);
	save(play);
	if (!judge_step(&play->judge, play->core, &play->world, play->now_ms))
		play_fault(play, "%s", play->judge.fault);
	if (!model_step(&play->model, events, n, play->now_ms, &seen))
		play_fault(play, "%s", play->model.fault);
	if (!play->fault[0])
		act(play);
}

/* Goes on to a time, with a step whenever something happens, and one then. */
void
play_until(struct play *play, uint64_t until_ms)
{
	uint32_t still = 0;

	while (!play->over && !play->fault[0]) {
		uint64_t next = core_deadline(play->core);
		uint64_t world = world_next(&play->world);
		bool due = play->adopting || play->switched || play->events > 0;

		if (world < next)
			next = world;
		if (!due && (next > until_ms || next == SPEC_INFINITE))
			break;
		if (!due && next > play->now_ms)
			play->now_ms = next, still = 0;
		else if (++still > 2000)
			play_fault(play, "time stands still");
		play_step(play);
	}
	if (play->now_ms < until_ms && until_ms != SPEC_INFINITE)
		play->now_ms = until_ms;
}

static void
play_open(struct play *play, struct scenario *scenario, FILE *trace)
{
	void *memory = play->memory, *shadow = play->shadow;
	void *mirror = play->mirror;

	memset(play, 0, sizeof(*play));
	play->memory = memory;
	play->shadow = shadow;
	play->mirror = mirror;
	play->scenario = scenario;
	play->trace = trace;
	play->rng.state = rng_mix(scenario->seed, 2);
	play->now_ms = 1000;
	play->forest = &play->grove[0];
	play->next = &play->grove[1];
	forest_grow(play->forest, rng_mix(scenario->seed, 1), scenario->without,
	    scenario->plain);
	if (trace)
		story_tree(trace, play->forest);
	world_open(&play->world, rng_mix(scenario->seed, 3), scenario->plain,
	    (int32_t)(play->forest->count < 8 ? 8 : play->forest->count + 2));
	judge_open(&play->judge);
	memset(play->shadow, 0, core_image_bytes());
	if (!core_start(play, NULL))
		return;
	memcpy(play->shadow, core_image(play->core), core_image_bytes());
	mirror_anew(play);
	model_open(&play->model, play->core);
	play->event[play->events++] = (struct event){ .kind = EVENT_BOOT };
}

/* May it go round for ever, by its rules? A permanent child that ends by
 * itself does: a oneshot, or a supervisor that shuts itself down. */
static bool
loops_for_ever(const struct forest *forest)
{
	for (uint32_t i = 0; i < forest->count; i++) {
		const struct spec *spec = &forest->spec[i];

		if (spec->restart == RESTART_PERMANENT && i != 0 &&
		    (spec->kind == SPEC_SERVICE
			    ? spec->type == TYPE_ONESHOT
			    : spec->auto_shutdown != AUTO_SHUTDOWN_NEVER))
			return true;
	}
	return false;
}

/* All faults cease, and after a while all is as it should be. */
static void
calm_down(struct play *play)
{
	uint64_t steps = play->steps;

	play->world.pids = WORLD_PIDS;
	world_calm(&play->world, play->now_ms);
	play->judge.loops |= loops_for_ever(play->forest);
	if (play->judge.loops)
		play_until(play, play->now_ms + 3000);
	while (!play->judge.loops && !play->over && !play->fault[0]) {
		uint64_t next = core_deadline(play->core);

		if (world_next(&play->world) < next)
			next = world_next(&play->world);
		if (next == SPEC_INFINITE && play->events == 0 &&
		    !play->adopting && !play->switched)
			break;
		play_until(play, next == SPEC_INFINITE || next < play->now_ms
				     ? play->now_ms
				     : next);
		if (play->steps - steps > CALM_STEPS_MAX)
			play_fault(play, "it does not come to rest");
	}
	if (play->fault[0])
		return;
	if (!judge_end(&play->judge, play->core, &play->world))
		play_fault(play, "%s", play->judge.fault);
}

bool
play_run(
    struct play *play, struct scenario *scenario, uint32_t deeds, FILE *trace)
{
	uint32_t i = 0;

	play_open(play, scenario, trace);
	if (play->fault[0])
		return false;
	play_until(play, play->now_ms);
	while (!play->over && !play->fault[0]) {
		struct deed made;

		/* One that goes round for ever has shown what it does. */
		if (i == (scenario->written ? scenario->deeds : deeds) ||
		    play->steps > STEPS_MAX)
			break;
		if (!scenario->written) {
			play_make_up(play, &made);
			scenario->deed[i] = made;
			scenario->deeds = i + 1;
		}
		if (trace)
			story_deed(trace, i, &scenario->deed[i]);
		play_do(play, &scenario->deed[i++]);
	}
	if (!play->fault[0])
		calm_down(play);
	play->steps_sharp = play->model.steps_sharp;
	return play->fault[0] == '\0';
}
