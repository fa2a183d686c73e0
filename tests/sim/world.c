#include "world.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
world_open(struct world *world, uint64_t seed, uint32_t plain, int32_t pids)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->plain = plain;
	world->pids = pids;
	world->pid_last = 1;
}

static bool
is_plain(const struct world *world, enum forest_plain what)
{
	return world->plain >> what & 1;
}

static struct actor *
actor_find(struct world *world, uint32_t uid)
{
	for (uint32_t i = 0; i < WORLD_ACTORS; i++)
		if (world->actor[i].used && world->actor[i].uid == uid)
			return &world->actor[i];
	return NULL;
}

static bool
actor_idle(const struct actor *actor)
{
	return !actor->alive && !actor->remains &&
	       (actor->told_start || actor->failed) &&
	       (actor->told_exit || actor->failed) && !actor->cleaning;
}

/* Slots of nodes that were removed are used again. */
static struct actor *
actor_new(struct world *world, const struct core *core, uint32_t node)
{
	uint32_t uid = core_record(core, node)->uid;

	for (uint32_t i = 0; i < WORLD_ACTORS; i++) {
		struct actor *actor = &world->actor[i];

		if (actor->used &&
		    (!actor_idle(actor) ||
			core_by_uid(core, actor->uid) != SPEC_NONE))
			continue;
		memset(actor, 0, sizeof(*actor));
		actor->used = true;
		actor->uid = uid;
		actor->told_start = actor->told_exit = true;
		actor->gone_ms = actor->stuck_ms = SPEC_INFINITE;
		return actor;
	}
	snprintf(world->fault, sizeof(world->fault),
	    "more nodes have processes than there are nodes");
	return NULL;
}

static int32_t
pid_new(struct world *world, uint64_t now_ms)
{
	for (int32_t tries = 0; tries < world->pids; tries++) {
		int32_t pid = 2 + (world->pid_last - 1) % world->pids;
		bool taken = false;

		world->pid_last = pid;
		/* The dead whose news is not read hold no pid any more. */
		for (uint32_t i = 0; i < WORLD_ACTORS; i++)
			taken |= world->actor[i].alive &&
				 world->actor[i].exit_ms > now_ms &&
				 world->actor[i].pid == pid;
		if (!taken)
			return pid;
	}
	return 0;
}

static enum world_mood
mood_now(const struct world *world, uint32_t number, struct rng *rng)
{
	enum world_mood mood = (enum world_mood)world->mood[number];
	enum world_mood wild = (enum world_mood)rng_below(rng, MOOD_WILD);

	if (world->calm)
		return MOOD_GOOD;
	return mood == MOOD_WILD ? wild : mood;
}

static void
start_fails(struct actor *actor, uint8_t step, int32_t number)
{
	actor->failed = true;
	actor->step = step;
	actor->number_of_end = number;
}

/* How long a process lives by itself, and how it ends. */
static void
plan_life(struct actor *actor, const struct spec *spec, enum world_mood mood,
    struct rng *rng)
{
	uint64_t soon = actor->start_ms + rng_below(rng, 30);
	static const uint8_t signals[] = { SIGSEGV, SIGKILL, SIGABRT, SIGTERM };
	bool ends = actor->role != ROLE_MAIN || spec->type == TYPE_ONESHOT;
	uint32_t code = 1 + rng_below(rng, 3);
	uint32_t dice = rng_below(rng, 100);

	actor->end = END_CODE;
	actor->number_of_end = 0;
	if (ends)
		actor->exit_ms = soon;
	if (mood == MOOD_CRASHY || mood == MOOD_QUITTER)
		actor->exit_ms = soon;
	if (mood != MOOD_CRASHY)
		return;
	actor->number_of_end = (int32_t)code;
	if (dice < 50) {
		actor->end = END_SIGNAL;
		actor->number_of_end = signals[dice % 4];
	}
}

static void
plan_manners(const struct world *world, struct actor *actor,
    enum world_mood mood, struct rng *rng)
{
	uint32_t leave =
	    rng_below(rng, 4) ? rng_below(rng, 4) : rng_below(rng, 200);
	uint32_t clean = rng_below(rng, 4) ? 0 : rng_below(rng, 30);

	actor->leave_ms = is_plain(world, PLAIN_LATENCY) ? 0 : leave;
	actor->clean_ms = is_plain(world, PLAIN_REMAINS) ? 0 : clean;
	actor->deaf = mood == MOOD_DEAF;
	actor->undead = mood == MOOD_UNDEAD;
	if (mood == MOOD_SLOPPY && !is_plain(world, PLAIN_REMAINS))
		actor->clean_ms = 50 + 300 * (clean % 2);
}

/* Decides what becomes of a start, all of it beforehand. */
static void
plan_start(struct world *world, struct actor *actor, const struct spec *spec,
    uint64_t now_ms)
{
	uint64_t nth = world->starts[actor->number]++;
	struct rng rng = { rng_mix(
	    world->seed, nth * FOREST_NAMES + actor->number) };
	enum world_mood mood = mood_now(world, actor->number, &rng);
	uint32_t latency = rng_below(&rng, 5) ? 0 : rng_below(&rng, 20);
	uint32_t slow =
	    rng_below(&rng, 4) ? rng_below(&rng, 5) : rng_below(&rng, 500);
	bool bad_start = rng_percent(&rng, 50);

	if (is_plain(world, PLAIN_LATENCY))
		latency = slow = 0;
	actor->start_ms = now_ms + latency;
	actor->exit_ms = actor->ready_ms = SPEC_INFINITE;
	actor->pid = pid_new(world, now_ms);
	actor->birth = ++world->births;
	if (actor->pid == 0) {
		start_fails(actor, STEP_FORK, EAGAIN);
		return;
	}
	if (mood == MOOD_NO_EXEC) {
		start_fails(actor, bad_start ? STEP_EXEC : STEP_DIRECTORY,
		    bad_start ? EACCES : ENOENT);
		return;
	}
	actor->alive = true;
	plan_life(actor, spec, mood, &rng);
	plan_manners(world, actor, mood, &rng);
	actor->mute = false;
	if (actor->role != ROLE_MAIN ||
	    (spec->ready != READY_NOTIFY && spec->ready != READY_FD))
		return;
	actor->mute = mood == MOOD_NEVER_READY;
	if (!actor->mute)
		actor->ready_ms = actor->start_ms + slow;
}

static void
act_start(struct world *world, const struct core *core,
    const struct action *action, uint64_t now_ms)
{
	const struct record *record = core_record(core, action->node);
	const struct spec *spec = core_spec(core, action->node);
	struct actor *actor = actor_find(world, record->uid);

	if (actor == NULL)
		actor = actor_new(world, core, action->node);
	if (actor == NULL)
		return;
	actor->number = (uint8_t)strtoul(spec->name + 1, NULL, 10);
	if (actor->ticket == action->ticket) {
		/* Again: say what became of it, and start nothing. */
		actor->told_start = false;
		actor->start_ms = now_ms;
		return;
	}
	if (actor->alive || !actor->told_exit || actor->remains)
		snprintf(world->fault, sizeof(world->fault),
		    "%s is started beside its former process or remains",
		    spec->name);
	if (action->ticket < actor->ticket)
		snprintf(world->fault, sizeof(world->fault),
		    "%s is started with an old ticket", spec->name);
	actor->ticket = action->ticket;
	actor->role = action->role;
	actor->failed = actor->alive = actor->remains = false;
	actor->cleaning = actor->told_stuck = actor->told_ready = false;
	actor->told_start = false;
	actor->gone_ms = actor->stuck_ms = SPEC_INFINITE;
	if (core_start_wanted(core, action->node, action->ticket)) {
		plan_start(world, actor, spec, now_ms);
	} else {
		start_fails(actor, STEP_NONE, 0);
		actor->start_ms = now_ms;
	}
	actor->told_exit = actor->failed;
}

static void
act_signal(struct world *world, const struct core *core,
    const struct action *action, uint64_t now_ms)
{
	struct actor *actor =
	    actor_find(world, core_record(core, action->node)->uid);
	const char *name = core_spec(core, action->node)->name;
	uint64_t leave;

	if (actor == NULL || actor->pid != action->pid ||
	    actor->birth != action->birth) {
		snprintf(world->fault, sizeof(world->fault),
		    "%s: a signal to pid %d, which it does not have", name,
		    action->pid);
		return;
	}
	if (!actor->alive)
		return;
	leave = now_ms + actor->leave_ms;
	if (action->signal == SIGKILL)
		leave = actor->undead && !world->calm
			    ? now_ms + 10 * actor->leave_ms
			    : now_ms;
	else if (actor->deaf && !world->calm)
		return;
	if (leave >= actor->exit_ms)
		return;
	actor->exit_ms = leave;
	if (action->signal == SIGKILL || actor->leave_ms % 3 != 1) {
		actor->end = END_SIGNAL;
		actor->number_of_end = action->signal;
	}
}

static void
act_clean(struct world *world, const struct core *core,
    const struct action *action, uint64_t now_ms)
{
	struct actor *actor =
	    actor_find(world, core_record(core, action->node)->uid);

	if (actor == NULL || actor->alive) {
		snprintf(world->fault, sizeof(world->fault),
		    "%s is cleaned while its process lives",
		    core_spec(core, action->node)->name);
		return;
	}
	actor->cleaning = true;
	if (!actor->remains || actor->gone_ms <= now_ms ||
	    core_spec(core, action->node)->kill_mode == KILL_MODE_PROCESS) {
		actor->gone_ms = now_ms;
	} else if (actor->gone_ms == SPEC_INFINITE) {
		actor->gone_ms = now_ms + actor->clean_ms;
		if (actor->clean_ms > 100)
			actor->stuck_ms = now_ms + 50;
	}
}

void
world_act(struct world *world, const struct core *core,
    const struct action *action, uint64_t now_ms)
{
	switch (action->kind) {
	case ACTION_START:
		act_start(world, core, action, now_ms);
		break;
	case ACTION_SIGNAL:
		act_signal(world, core, action, now_ms);
		break;
	case ACTION_CLEAN:
		act_clean(world, core, action, now_ms);
		break;
	case ACTION_ANSWER:
	case ACTION_SWITCH:
	case ACTION_EXIT:
		break;
	}
}

const char *
world_fault(const struct world *world)
{
	return world->fault[0] ? world->fault : NULL;
}

const char *
world_mood_text(enum world_mood mood)
{
#define WORLD_TEXT(name, text) [MOOD_##name] = (text),
	static const char *const texts[] = { WORLD_MOODS(WORLD_TEXT) };

	return texts[mood];
}
