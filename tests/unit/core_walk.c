/* All pairs: each phase of each machine, and everything that may happen in it.
 * A story leads to the phase, then the event comes; whatever it is, the core
 * goes on with consistent records (the kit looks), and the tree can still be
 * shut down, with nothing left of it. */
#include "core_kit.h"

#include <stdio.h>
#include <string.h>

#define SERVICE_TREE                                                        \
	"root intensity=100\n"                                              \
	"  a pre_start post_stop notify manual silent start_timeout=1000\n" \
	"  b\n"

typedef void story(struct kit *);

static void
to_down(struct kit *k)
{
	(void)k;
}

static void
to_pre_ordered(struct kit *k)
{
	kit_ask(k, OP_START, "a");
}

static void
to_pre_running(struct kit *k)
{
	to_pre_ordered(k);
	kit_spawned(k, "a");
}

static void
to_pre_cleaning(struct kit *k)
{
	to_pre_running(k);
	kit_exits(k, "a", 0);
}

static void
to_main_ordered(struct kit *k)
{
	to_pre_cleaning(k);
	kit_gone(k, "a");
}

static void
to_main_running(struct kit *k)
{
	to_main_ordered(k);
	kit_spawned(k, "a");
}

static void
to_up(struct kit *k)
{
	to_main_running(k);
	kit_ready(k, "a");
}

static void
to_aborting(struct kit *k)
{
	to_main_ordered(k);
	kit_ask(k, OP_STOP, "a");
}

static void
to_stopping(struct kit *k)
{
	to_up(k);
	kit_ask(k, OP_STOP, "a");
}

static void
to_killing(struct kit *k)
{
	to_stopping(k);
	kit_pass(k, 10000);
}

static void
to_cleaning(struct kit *k)
{
	to_up(k);
	kit_exits(k, "a", 1);
}

static void
to_post_ordered(struct kit *k)
{
	to_cleaning(k);
	kit_gone(k, "a");
}

static void
to_post_running(struct kit *k)
{
	to_post_ordered(k);
	kit_spawned(k, "a");
}

static void
to_post_killing(struct kit *k)
{
	to_post_running(k);
	kit_pass(k, 10000);
}

static void
to_post_cleaning(struct kit *k)
{
	to_post_running(k);
	kit_exits(k, "a", 0);
}

static story *const stories[SERVICE_PHASE_COUNT] = {
	[SERVICE_DOWN] = to_down,
	[SERVICE_PRE_ORDERED] = to_pre_ordered,
	[SERVICE_PRE_RUNNING] = to_pre_running,
	[SERVICE_PRE_CLEANING] = to_pre_cleaning,
	[SERVICE_MAIN_ORDERED] = to_main_ordered,
	[SERVICE_MAIN_RUNNING] = to_main_running,
	[SERVICE_UP] = to_up,
	[SERVICE_ABORTING] = to_aborting,
	[SERVICE_STOPPING] = to_stopping,
	[SERVICE_KILLING] = to_killing,
	[SERVICE_CLEANING] = to_cleaning,
	[SERVICE_POST_ORDERED] = to_post_ordered,
	[SERVICE_POST_RUNNING] = to_post_running,
	[SERVICE_POST_KILLING] = to_post_killing,
	[SERVICE_POST_CLEANING] = to_post_cleaning,
};

/* What happens: EVENT_SPAWNED to EVENT_STUCK as they are, and these. */
enum { DO_START, DO_STOP, DO_KILL, DO_PASS, DO_EVENTS };
#define HAPPENINGS (DO_EVENTS + EVENT_STUCK - EVENT_SPAWNED + 1)

static void
claim(struct kit *k, enum event_kind kind)
{
	struct kit_service *s = kit_service(k, "a");

	/* No process outlives what tells of its end. */
	if (kind == EVENT_EXITED || kind == EVENT_START_FAILED) {
		s->left = kind == EVENT_EXITED && (s->left || s->start_owed);
		s->alive = false;
		s->start_owed = false;
	}
	if (kind == EVENT_SPAWNED && s->start_owed) {
		kit_spawned(k, "a");
		return;
	}
	if (kind == EVENT_GONE && s->clean_owed) {
		kit_gone(k, "a");
		return;
	}
	kit_claim(k, "a", kind);
}

static void
happen(struct kit *k, int what)
{
	switch (what) {
	case DO_START:
		kit_ask(k, OP_RESTART, "a");
		break;
	case DO_STOP:
		kit_ask(k, OP_STOP, "a");
		break;
	case DO_KILL:
		kit_shutdown(k, 0);
		kit_pass(k, 0);
		break;
	case DO_PASS:
		kit_pass(k, 30000);
		break;
	default:
		claim(k, (enum event_kind)(EVENT_SPAWNED + what - DO_EVENTS));
		break;
	}
}

/* Nothing is left when everyone relents, but what was told to be stuck. */
static void
end_well(struct kit *k)
{
	const struct kit_service *s;

	kit_relent(k);
	if (core_life(k->core) == CORE_UP)
		kit_shutdown(k, SPEC_INFINITE);
	kit_relent(k);
	assert_int_equal(core_life(k->core), CORE_DOWN);
	assert_int_equal(k->exit_code, 0);
	for (s = k->services; s < k->services + k->services_count; s++) {
		if (kit_notes(k, s->name, NOTE_STUCK) == 0)
			assert_false(s->alive || s->left);
	}
}

static void
every_happening_in_every_phase_of_a_service(void **state)
{
	struct kit *k = *state;

	for (int phase = 0; phase < SERVICE_PHASE_COUNT; phase++) {
		assert_non_null(stories[phase]);
		for (int what = 0; what < HAPPENINGS; what++) {
			kit_renew(k);
			kit_boot(k, SERVICE_TREE);
			stories[phase](k);
			assert_int_equal(kit_record(k, "a")->phase, phase);
			happen(k, what);
			end_well(k);
		}
	}
}

static void
every_two_happenings_in_every_phase_of_a_service(void **state)
{
	struct kit *k = *state;

	for (int phase = 0; phase < SERVICE_PHASE_COUNT; phase++) {
		for (int i = 0; i < HAPPENINGS * HAPPENINGS; i++) {
			kit_renew(k);
			kit_boot(k, SERVICE_TREE);
			stories[phase](k);
			happen(k, i / HAPPENINGS);
			happen(k, i % HAPPENINGS);
			end_well(k);
		}
	}
}

static void
every_phase_survives_a_new_engine(void **state)
{
	struct kit *k = *state;

	for (int phase = 0; phase < SERVICE_PHASE_COUNT; phase++) {
		for (int death = KIT_DIES_BEFORE; death <= KIT_DIES_AFTER;
		     death++) {
			kit_renew(k);
			k->death = (enum kit_death)death;
			kit_boot(k, SERVICE_TREE);
			stories[phase](k);
			assert_int_equal(kit_record(k, "a")->phase, phase);
			end_well(k);
		}
	}
}

/* What means nothing in a phase changes nothing there: a word of readiness of
 * one that is stopped, an end of one that is dead. */
static void
what_means_nothing_leaves_the_record_alone(void **state)
{
	static const struct {
		enum service_phase phase;
		enum event_kind kind;
	} pairs[] = {
		{ SERVICE_DOWN, EVENT_SPAWNED },
		{ SERVICE_DOWN, EVENT_START_FAILED },
		{ SERVICE_DOWN, EVENT_READY },
		{ SERVICE_DOWN, EVENT_EXITED },
		{ SERVICE_DOWN, EVENT_GONE },
		{ SERVICE_DOWN, EVENT_STUCK },
		{ SERVICE_PRE_ORDERED, EVENT_READY },
		{ SERVICE_PRE_ORDERED, EVENT_GONE },
		{ SERVICE_PRE_RUNNING, EVENT_SPAWNED },
		{ SERVICE_PRE_RUNNING, EVENT_READY },
		{ SERVICE_PRE_CLEANING, EVENT_EXITED },
		{ SERVICE_MAIN_ORDERED, EVENT_GONE },
		{ SERVICE_MAIN_RUNNING, EVENT_SPAWNED },
		{ SERVICE_MAIN_RUNNING, EVENT_GONE },
		{ SERVICE_UP, EVENT_SPAWNED },
		{ SERVICE_UP, EVENT_READY },
		{ SERVICE_UP, EVENT_GONE },
		{ SERVICE_UP, EVENT_STUCK },
		{ SERVICE_ABORTING, EVENT_READY },
		{ SERVICE_STOPPING, EVENT_SPAWNED },
		{ SERVICE_STOPPING, EVENT_READY },
		{ SERVICE_STOPPING, EVENT_GONE },
		{ SERVICE_KILLING, EVENT_READY },
		{ SERVICE_CLEANING, EVENT_EXITED },
		{ SERVICE_CLEANING, EVENT_SPAWNED },
		{ SERVICE_CLEANING, EVENT_START_FAILED },
		{ SERVICE_POST_ORDERED, EVENT_GONE },
		{ SERVICE_POST_RUNNING, EVENT_READY },
		{ SERVICE_POST_CLEANING, EVENT_EXITED },
	};
	struct kit *k = *state;
	struct record before;
	size_t n;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		kit_renew(k);
		kit_boot(k, SERVICE_TREE);
		stories[pairs[i].phase](k);
		before = *kit_record(k, "a");
		kit_claim(k, "a", pairs[i].kind);
		core_actions(k->core, &n);
		if (n != 0 ||
		    memcmp(&before, kit_record(k, "a"), sizeof(before)) != 0)
			fail_msg("phase %d, event %d", pairs[i].phase,
			    pairs[i].kind);
	}
}

#define GROUP_TREE                        \
	"root intensity=100\n"            \
	"  a\n"                           \
	"  s one_for_all intensity=100\n" \
	"    b deaf\n"                    \
	"    c slow\n"                    \
	"  d\n"

static void
to_group_down(struct kit *k)
{
	kit_ask(k, OP_STOP, "s");
	kit_exits(k, "b", 0);
	kit_relent(k);
}

static void
to_group_starting(struct kit *k)
{
	(void)k;
}

static void
to_group_up(struct kit *k)
{
	kit_spawned(k, "c");
}

static void
to_group_stopping(struct kit *k)
{
	kit_spawned(k, "c");
	kit_ask(k, OP_STOP, "s");
}

static story *const group_stories[] = {
	[GROUP_DOWN] = to_group_down,
	[GROUP_STARTING] = to_group_starting,
	[GROUP_UP] = to_group_up,
	[GROUP_STOPPING] = to_group_stopping,
};

static void
group_happen(struct kit *k, int what)
{
	switch (what) {
	case 0:
		kit_ask(k, OP_START, "s");
		break;
	case 1:
		kit_ask(k, OP_STOP, "s");
		break;
	case 2:
		kit_ask(k, OP_RESTART, "s");
		break;
	case 3:
		kit_shutdown(k, 0);
		kit_pass(k, 0);
		break;
	case 4:
		if (kit_service(k, "b")->alive)
			kit_exits(k, "b", 1);
		break;
	case 5:
		kit_exits(k, "a", 1);
		break;
	default:
		kit_pass(k, 30000);
		break;
	}
}

static void
every_two_happenings_in_every_phase_of_a_supervisor(void **state)
{
	struct kit *k = *state;

	for (int phase = GROUP_DOWN; phase <= GROUP_STOPPING; phase++) {
		for (int i = 0; i < 7 * 7; i++) {
			kit_renew(k);
			kit_boot(k, GROUP_TREE);
			group_stories[phase](k);
			assert_int_equal(kit_record(k, "s")->phase, phase);
			group_happen(k, i / 7);
			if (kit_service(k, "a")->alive)
				group_happen(k, i % 7);
			end_well(k);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(every_happening_in_every_phase_of_a_service),
		KIT_TEST(every_two_happenings_in_every_phase_of_a_service),
		KIT_TEST(every_phase_survives_a_new_engine),
		KIT_TEST(what_means_nothing_leaves_the_record_alone),
		KIT_TEST(every_two_happenings_in_every_phase_of_a_supervisor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
