#include "world.h"

#include <string.h>

/* What an actor has to tell next: one thing at a time, in this order. */
enum tale {
	TALE_NONE,
	TALE_START,
	TALE_READY,
	TALE_EXIT,
	TALE_STUCK,
	TALE_GONE
};

static enum tale
tale_of(const struct actor *actor, uint64_t *due)
{
	*due = SPEC_INFINITE;
	if (!actor->used)
		return TALE_NONE;
	if (!actor->told_start) {
		*due = actor->start_ms;
		return TALE_START;
	}
	if (!actor->told_exit) {
		bool ready =
		    !actor->told_ready && actor->ready_ms < actor->exit_ms;

		*due = ready ? actor->ready_ms : actor->exit_ms;
		return ready ? TALE_READY : TALE_EXIT;
	}
	if (!actor->cleaning)
		return TALE_NONE;
	if (!actor->told_stuck && actor->stuck_ms < actor->gone_ms) {
		*due = actor->stuck_ms;
		return TALE_STUCK;
	}
	*due = actor->gone_ms;
	return TALE_GONE;
}

uint64_t
world_next(const struct world *world)
{
	uint64_t next = SPEC_INFINITE, due;

	for (uint32_t i = 0; i < WORLD_ACTORS; i++) {
		tale_of(&world->actor[i], &due);
		if (due < next)
			next = due;
	}
	return next;
}

static void
tell_start(struct actor *actor, struct event *event)
{
	actor->told_start = true;
	if (actor->failed) {
		event->kind = EVENT_START_FAILED;
		event->step = actor->step;
		event->number = actor->number_of_end;
		return;
	}
	event->kind = EVENT_SPAWNED;
	event->pid = actor->pid;
	event->birth = actor->birth;
}

static void
tell_exit(struct actor *actor, struct event *event)
{
	event->kind = EVENT_EXITED;
	event->end = actor->end;
	event->number = actor->number_of_end;
	event->core = actor->end == END_SIGNAL && actor->number_of_end == 11;
	/* Of one of many all is killed, of another what is not its main. */
	event->kills = actor->pid % 5 == 0 ? 2 : 0;
	event->oom = event->kills > 0 && actor->end == END_SIGNAL &&
		     actor->number_of_end == SPEC_SIGKILL;
	actor->told_exit = true;
	actor->alive = false;
	/* What a hook leaves behind is no one's generation. */
	actor->remains = actor->role == ROLE_MAIN;
}

static void
tell(struct actor *actor, enum tale tale, uint32_t node, struct event *event)
{
	memset(event, 0, sizeof(*event));
	event->node = node;
	event->ticket = actor->ticket;
	switch (tale) {
	case TALE_START:
		tell_start(actor, event);
		break;
	case TALE_READY:
		event->kind = EVENT_READY;
		actor->told_ready = true;
		break;
	case TALE_EXIT:
		tell_exit(actor, event);
		break;
	case TALE_STUCK:
		event->kind = EVENT_STUCK;
		actor->told_stuck = true;
		break;
	case TALE_GONE:
		event->kind = EVENT_GONE;
		actor->cleaning = actor->remains = false;
		break;
	case TALE_NONE:
		break;
	}
}

size_t
world_tell(struct world *world, const struct core *core, uint64_t now_ms,
    struct event *events, size_t size)
{
	size_t n = 0;
	uint64_t due;

	for (uint32_t i = 0; i < WORLD_ACTORS; i++) {
		/* The order of the news is no one's choice: begin anywhere. */
		struct actor *actor =
		    &world->actor[(i + now_ms) % WORLD_ACTORS];

		for (;;) {
			enum tale tale = tale_of(actor, &due);
			uint32_t node;

			if (tale == TALE_NONE || due > now_ms || n == size)
				break;
			node = core_by_uid(core, actor->uid);
			tell(actor, tale, node, &events[n]);
			if (node != SPEC_NONE)
				n++;
		}
	}
	return n;
}

void
world_crash(struct world *world)
{
	for (uint32_t i = 0; i < WORLD_ACTORS; i++) {
		struct actor *actor = &world->actor[i];

		/* It will be ordered again, or is not wanted. */
		if (actor->used && actor->cleaning)
			actor->cleaning = false;
		if (actor->used && !actor->told_start)
			actor->start_ms = SPEC_INFINITE;
	}
}

bool
world_kill(struct world *world, uint32_t uid, uint8_t end, int32_t number,
    uint64_t now_ms)
{
	for (uint32_t i = 0; i < WORLD_ACTORS; i++) {
		struct actor *actor = &world->actor[i];

		if (!actor->used || actor->uid != uid || !actor->alive ||
		    actor->exit_ms <= now_ms)
			continue;
		actor->exit_ms = now_ms;
		actor->end = end;
		actor->number_of_end = number;
		return true;
	}
	return false;
}

void
world_calm(struct world *world, uint64_t now_ms)
{
	world->calm = true;
	memset(world->mood, MOOD_GOOD, sizeof(world->mood));
	for (uint32_t i = 0; i < WORLD_ACTORS; i++) {
		struct actor *actor = &world->actor[i];

		if (actor->deaf && actor->alive)
			world_kill(world, actor->uid, END_CODE, 1, now_ms);
		if (actor->alive && actor->mute && !actor->told_ready)
			actor->ready_ms = now_ms;
		if (actor->alive && actor->undead &&
		    actor->exit_ms != SPEC_INFINITE)
			actor->exit_ms = now_ms;
	}
}

const struct actor *
world_alive(const struct world *world, uint32_t uid)
{
	for (uint32_t i = 0; i < WORLD_ACTORS; i++)
		if (world->actor[i].used && world->actor[i].uid == uid &&
		    world->actor[i].alive)
			return &world->actor[i];
	return NULL;
}

bool
world_has(const struct world *world, uint32_t uid)
{
	for (uint32_t i = 0; i < WORLD_ACTORS; i++)
		if (world->actor[i].used && world->actor[i].uid == uid)
			return world->actor[i].alive || world->actor[i].remains;
	return false;
}
