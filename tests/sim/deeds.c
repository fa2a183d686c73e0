/* deeds: what is done to a tree: made up by chance, and carried out. */
#include <signal.h>

#include "play.h"
#include "story.h"

static struct event *
event_add(struct play *play, enum event_kind kind)
{
	struct event *event;

	if (play->events == PLAY_EVENTS / 2)
		play->events--; /* never in a scenario of sense */
	event = &play->event[play->events++];
	*event = (struct event){ .kind = kind };
	return event;
}

static void
do_ask(struct play *play, uint32_t node, const struct deed *deed)
{
	uint32_t uid = core_record(play->core, node)->uid;
	struct event *event = event_add(play, EVENT_ASK);

	event->node = node;
	event->op = (uint8_t)deed->a;
	event->ask = deed->b % 8 == 0
			 ? 0
			 : judge_ask(&play->judge, uid, (enum event_op)deed->a);
	play->judge.asked = true;
}

static void
do_unask(struct play *play, const struct deed *deed)
{
	uint32_t ask = play->judge.asks - deed->a;
	struct event *event;

	if (deed->a >= play->judge.asks || !play->judge.ask[ask - 1].open)
		return;
	for (size_t i = 0; i < play->events; i++)
		if (play->event[i].kind == EVENT_ASK &&
		    play->event[i].ask == ask)
			return; /* not yet heard: who knows which is first */
	event = event_add(play, EVENT_UNASK);
	event->ask = ask;
	judge_unask(&play->judge, ask);
}

static void
do_update(struct play *play, const struct deed *deed)
{
	if (core_updating(play->core) || play->adopting)
		return;
	/* Numbers in events that wait would be of the old tree. */
	play_until(play, play->now_ms);
	if (play->over || play->fault[0] || core_updating(play->core))
		return;
	forest_change(play->next, play->forest,
	    rng_mix(play->scenario->seed, deed->a), play->scenario->plain,
	    play->old_of, play->restart);
	if (play->trace)
		story_update(
		    play->trace, play->next, play->old_of, play->restart);
	judge_pin(
	    &play->judge, play->core, play->next, play->old_of, play->restart);
	if (core_update(play->core, play->next->spec, play->next->count,
		play->old_of, play->restart, 0)) {
		model_vague(&play->model);
		play_step(play);
	} else if (core_life(play->core) == CORE_UP) {
		play_fault(play, "core_update() refuses an update");
	}
}

static void
do_stale(struct play *play, uint32_t node, const struct deed *deed)
{
	static const enum event_kind kinds[] = { EVENT_SPAWNED,
		EVENT_START_FAILED, EVENT_READY, EVENT_EXITED, EVENT_GONE };
	uint32_t ticket = core_record(play->core, node)->ticket;
	struct event *event;

	if (ticket < 2)
		return;
	event = event_add(play, kinds[deed->a % 5]);
	event->node = node;
	event->ticket = ticket - 1;
	event->pid = 3;
	event->birth = 1;
	event->end = END_CODE;
}

static void
do_crash(struct play *play, const struct deed *deed)
{
	if (play->adopting)
		return;
	play->crash = (enum crash)deed->a;
	play->crash_share = deed->b;
}

void
play_do(struct play *play, const struct deed *deed)
{
	uint32_t node = forest_find(play->forest, deed->number);
	uint32_t uid = 0;

	if (node == SPEC_NONE && deed->number != 0)
		return;
	if (node != SPEC_NONE)
		uid = core_record(play->core, node)->uid;
	switch ((enum deed_kind)deed->kind) {
	case DEED_WAIT:
		play_until(play, play->now_ms + deed->a);
		break;
	case DEED_DIE:
		world_kill(&play->world, uid, (uint8_t)deed->a,
		    (int32_t)deed->b, play->now_ms);
		break;
	case DEED_MOOD:
		play->world.mood[deed->number] = (uint8_t)deed->a;
		break;
	case DEED_ASK:
		do_ask(play, node, deed);
		break;
	case DEED_UNASK:
		do_unask(play, deed);
		break;
	case DEED_CRASH:
		do_crash(play, deed);
		break;
	case DEED_UPDATE:
		do_update(play, deed);
		break;
	case DEED_SHUTDOWN:
		event_add(play, EVENT_SHUTDOWN)->delay_ms =
		    deed->a ? deed->a : SPEC_INFINITE;
		break;
	case DEED_HURRY:
		event_add(play, EVENT_HURRY)->delay_ms = deed->a;
		break;
	case DEED_STATUS:
		event_add(play, EVENT_STATUS)->text = "so far so good";
		play->event[play->events - 1].node = node;
		play->event[play->events - 1].ticket =
		    core_record(play->core, node)->ticket;
		break;
	case DEED_STALE:
		do_stale(play, node, deed);
		break;
	}
}

static uint32_t
some_node(struct play *play, bool service, bool alive)
{
	uint32_t node = 0;

	for (uint32_t tries = 0; tries < 20; tries++) {
		node = rng_below(&play->rng, play->forest->count);
		if (service && play->forest->spec[node].kind != SPEC_SERVICE)
			continue;
		if (!alive || core_record(play->core, node)->pid != 0)
			break;
	}
	return play->forest->number[node];
}

static uint32_t
some_wait(struct rng *rng)
{
	uint32_t dice = rng_below(rng, 100);

	if (dice < 30)
		return rng_below(rng, 3);
	if (dice < 70)
		return rng_below(rng, 30);
	if (dice < 95)
		return rng_below(rng, 700);
	return rng_below(rng, 40000);
}

static void
make_death(struct play *play, struct deed *deed)
{
	static const uint8_t signals[] = { SIGKILL, SIGSEGV, SIGTERM, SIGHUP };

	deed->kind = DEED_DIE;
	deed->number = (uint8_t)some_node(play, true, true);
	deed->a = rng_percent(&play->rng, 60) ? END_CODE : END_SIGNAL;
	deed->b = deed->a == END_CODE ? rng_below(&play->rng, 4)
				      : signals[rng_below(&play->rng, 4)];
}

static void
make_ask(struct play *play, struct deed *deed)
{
	deed->kind = DEED_ASK;
	deed->number =
	    (uint8_t)some_node(play, rng_percent(&play->rng, 70), false);
	deed->a = rng_below(&play->rng, OP_COUNT);
	deed->b = rng_below(&play->rng, 64);
	if (rng_percent(&play->rng, 10)) {
		deed->kind = DEED_UNASK;
		deed->number = 0;
		deed->a = rng_below(&play->rng, 3);
	}
}

static void
make_end(struct play *play, struct deed *deed)
{
	bool down = core_life(play->core) == CORE_SHUTTING_DOWN;

	deed->kind = down ? DEED_HURRY : DEED_SHUTDOWN;
	if (down)
		deed->a = rng_percent(&play->rng, 20)
			      ? 0
			      : 1 + rng_below(&play->rng, 60);
	else
		deed->a = rng_percent(&play->rng, 70)
			      ? 0
			      : 1 + rng_below(&play->rng, 500);
}

/* Whether scenarios of this seed have operators, crashes, updates, an end. */
static bool
has(const struct play *play, uint32_t what, uint32_t percent)
{
	return rng_mix(play->scenario->seed, 100 + what) % 100 < percent;
}

void
play_make_up(struct play *play, struct deed *deed)
{
	struct rng *rng = &play->rng;
	uint32_t dice = rng_below(rng, 1000);

	*deed = (struct deed){ 0 };
	/* A shutdown is short: much has to happen in it. */
	if (core_life(play->core) == CORE_SHUTTING_DOWN && dice % 8 == 0) {
		make_end(play, deed);
	} else if (core_life(play->core) == CORE_SHUTTING_DOWN &&
		   dice % 4 == 1) {
		deed->kind = DEED_WAIT;
		deed->a = rng_below(rng, 20);
	} else if (dice < 40 && has(play, 1, 50)) {
		deed->kind = DEED_CRASH;
		deed->a = 1 + rng_below(rng, CRASH_COUNT - 1);
		deed->b = rng_below(rng, 256);
	} else if (dice < 120 && has(play, 2, 50)) {
		make_ask(play, deed);
	} else if (dice < 130 && has(play, 3, 30)) {
		deed->kind = DEED_UPDATE;
		deed->a = rng_below(rng, 1u << 30);
	} else if (dice < 136 && has(play, 4, 60)) {
		make_end(play, deed);
	} else if (dice < 170) {
		deed->kind = DEED_MOOD;
		deed->number = (uint8_t)some_node(play, true, false);
		deed->a = rng_percent(rng, 40) ? MOOD_GOOD
					       : rng_below(rng, MOOD_COUNT);
	} else if (dice < 180) {
		deed->kind = rng_percent(rng, 30) ? DEED_STATUS : DEED_STALE;
		deed->number = (uint8_t)some_node(play, true, false);
		deed->a = rng_below(rng, 5);
	} else if (dice < 450) {
		make_death(play, deed);
	} else {
		deed->kind = DEED_WAIT;
		deed->a = some_wait(rng);
	}
}
