/* A new engine goes on where the one before it died. Each story is played as
 * it is, and then with an engine that dies in every step, before or after it
 * carried out what the core ordered: what is done must be the same, each start
 * and each stop once. */
#include "core_kit.h"

#include <stdlib.h>
#include <string.h>

typedef void story(struct kit *);

static void
play(struct kit *k, story *told)
{
	static char first[KIT_TEXT];

	for (int death = KIT_LIVES; death <= KIT_DIES_AFTER; death++) {
		kit_renew(k);
		k->death = (enum kit_death)death;
		told(k);
		if (death == KIT_LIVES)
			memcpy(first, k->log, sizeof(first));
		assert_string_equal(k->log, first);
	}
	assert_true(strlen(first) > 0);
}

static void
strategies(struct kit *k)
{
	kit_boot(k, "root rest_for_one intensity=50\n"
		    "  a\n"
		    "  s one_for_all intensity=2\n"
		    "    b\n"
		    "    c notify pre_start post_stop\n"
		    "    d temporary\n"
		    "  e transient\n"
		    "  f oneshot\n"
		    "  g\n");
	kit_ready(k, "c");
	kit_exits(k, "f", 1);
	kit_exits(k, "f", 0);
	kit_exits(k, "b", 1);
	kit_ready(k, "c");
	kit_exits(k, "e", 0);
	kit_exits(k, "c", 1);
	kit_pass(k, 500);
	kit_ready(k, "c");
	kit_exits(k, "b", 1);
	kit_pass(k, 60000);
	kit_ready(k, "c");
	kit_exits(k, "f", 0);
	kit_exits(k, "a", 1);
	kit_pass(k, 60000);
	kit_ready(k, "c");
	kit_exits(k, "f", 0);
	kit_state(k, "a b c e g", STATE_RUNNING);
	kit_shutdown(k, SPEC_INFINITE);
	assert_int_equal(k->exit_code, 0);
}

static void
the_strategies_go_on(void **state)
{
	play(*state, strategies);
}

static void
backoff(struct kit *k)
{
	kit_boot(k, "root\n  a jitter=10\n  b\n");
	for (int i = 0; i < 5; i++) {
		kit_exits(k, "a", 1);
		kit_pass(k, 250);
		if (kit_record(k, "a")->state == STATE_WAITING)
			kit_pass(
			    k, kit_record(k, "a")->next_try_ms - k->now_ms - 1);
		kit_pass(k, 1);
		kit_state(k, "a", STATE_RUNNING);
	}
	assert_int_equal(kit_marks(k, "root"), 5);
	kit_exits(k, "a", 7);
	assert_int_equal(k->exit_code, 7);
}

static void
backoff_and_intensity_go_on(void **state)
{
	play(*state, backoff);
}

static void
failures(struct kit *k)
{
	kit_boot(k, "root one_for_all intensity=20\n"
		    "  a fails=1\n"
		    "  b fails=3\n"
		    "  c\n");
	kit_pass(k, 100000);
	kit_fails(k, "c", 2);
	kit_exits(k, "a", 1);
	kit_pass(k, 100000);
	kit_state(k, "a b c", STATE_RUNNING);
	kit_shutdown(k, SPEC_INFINITE);
}

static void
retries_go_on(void **state)
{
	play(*state, failures);
}

static void
limits(struct kit *k)
{
	kit_boot(k, "root\n"
		    "  s one_for_one shutdown=9000\n"
		    "    a deaf shutdown=2000\n"
		    "    b deaf shutdown\n"
		    "    c notify start_timeout=3000 deaf\n"
		    "  d after=2000\n"
		    "  e\n");
	kit_pass(k, 2999);
	kit_state(k, "c", STATE_STARTING);
	kit_pass(k, 1);
	kit_ready(k, "c");
	kit_pass(k, 1999);
	kit_state(k, "d", STATE_STARTING);
	kit_pass(k, 1);
	kit_state(k, "e", STATE_RUNNING);
	kit_shutdown(k, SPEC_INFINITE);
	kit_pass(k, 9999);
	kit_state(k, "c", STATE_STOPPED);
	kit_pass(k, 100000);
	assert_int_equal(k->exit_code, 0);
}

static void
time_limits_go_on(void **state)
{
	play(*state, limits);
}

static void
orders(struct kit *k)
{
	kit_boot(k, "root\n  a\n  b manual\n  s one_for_all\n    c\n    d\n");
	kit_ask(k, OP_STOP, "a");
	kit_ask(k, OP_START, "b");
	kit_ask(k, OP_RESTART, "s");
	kit_is(k, "d", KIT_DEAF);
	kit_ask(k, OP_RESTART, "s");
	kit_ask(k, OP_START, "a");
	kit_exits(k, "d", 0);
	kit_is(k, "c", KIT_SLOW);
	kit_ask(k, OP_RESTART, "c");
	kit_ask(k, OP_STOP, "c");
	kit_spawned(k, "c");
	kit_state(k, "c", STATE_STOPPED);
	kit_state(k, "a b d", STATE_RUNNING);
	kit_shutdown(k, SPEC_INFINITE);
}

static void
orders_go_on_without_those_who_gave_them(void **state)
{
	play(*state, orders);
}

static void
update(struct kit *k)
{
	kit_boot(k, "root\n"
		    "  a\n"
		    "  s rest_for_one intensity=3\n"
		    "    b\n"
		    "    c deaf\n"
		    "  d deaf\n"
		    "  e\n");
	kit_exits(k, "b", 1);
	kit_exits(k, "c", 0);
	kit_update(k, "root\n"
		      "  x\n"
		      "  s rest_for_one intensity=3\n"
		      "    b changed\n"
		      "    c\n"
		      "    y\n"
		      "  e\n");
	/* In the middle of the stops a death of another. */
	kit_exits(k, "e", 1);
	kit_exits(k, "d", 0);
	kit_pass(k, 10000);
	kit_state(k, "x b c y e", STATE_RUNNING);
	assert_int_equal(kit_marks(k, "s"), 1);
	kit_is(k, "c", 0);
	kit_update(k, "root\n  e\n");
	kit_shutdown(k, SPEC_INFINITE);
	assert_int_equal(k->exit_code, 0);
}

static void
an_update_in_progress_goes_on(void **state)
{
	play(*state, update);
}

static void
giving_up(struct kit *k)
{
	kit_boot(k, "root any_significant\n"
		    "  z deaf\n"
		    "  s one_for_one intensity=1 transient significant\n"
		    "    a\n"
		    "    b deaf\n");
	kit_exits(k, "a", 1);
	kit_exits(k, "a", 5);
	kit_exits(k, "b", 0);
	kit_exits(k, "z", 0);
	assert_int_equal(k->exit_code, 5);
}

static void
giving_up_goes_on_to_the_same_exit_code(void **state)
{
	play(*state, giving_up);
}

static void
remains(struct kit *k)
{
	kit_boot(k, "root one_for_all\n  a\n  b post_stop\n");
	kit_is(k, "a b", KIT_LEAVES | KIT_HANGS);
	kit_exits(k, "b", 1);
	kit_stuck(k, "b");
	kit_gone(k, "b");
	kit_exits(k, "b", 0);
	kit_gone(k, "b");
	kit_gone(k, "a");
	kit_state(k, "a b", STATE_RUNNING);
	kit_is(k, "a b", 0);
	kit_shutdown(k, SPEC_INFINITE);
}

static void
remains_are_waited_for_again(void **state)
{
	play(*state, remains);
}

/* What the world sees of one start that is ordered twice. */
static void
a_start_is_ordered_again_with_its_ticket_and_not_without_need(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_ADOPT };
	const struct action *actions;
	uint32_t ticket;
	size_t n;

	kit_boot(k, "root\n  a\n  b slow\n");
	ticket = kit_record(k, "b")->ticket;
	kit_tell(k, &e, 1);
	actions = core_actions(k->core, &n);
	assert_int_equal(n, 1);
	assert_int_equal(actions[0].kind, ACTION_START);
	assert_int_equal(actions[0].node, kit_node(k, "b"));
	assert_int_equal(actions[0].ticket, ticket);
	kit_spawned(k, "b");
	kit_tell(k, &e, 1);
	core_actions(k->core, &n);
	assert_int_equal(n, 0);
	kit_log(k, "+a +b");
	/* Also if it is to be aborted: whether it runs is not known. */
	kit_is(k, "b", KIT_SLOW);
	kit_ask(k, OP_RESTART, "b");
	kit_ask(k, OP_STOP, "b");
	assert_int_equal(kit_record(k, "b")->phase, SERVICE_ABORTING);
	kit_tell(k, &e, 1);
	actions = core_actions(k->core, &n);
	assert_int_equal(n, 1);
	assert_int_equal(actions[0].kind, ACTION_START);
	assert_int_equal(actions[0].ticket, ticket + 1);
	kit_spawned(k, "b");
	kit_state(k, "b", STATE_STOPPED);
	kit_log(k, "-b");
}

static void
a_signal_a_cleaning_and_an_end_are_ordered_again(void **state)
{
	struct kit *k = *state;
	struct event e = { .kind = EVENT_ADOPT };
	const struct action *actions;
	size_t n;

	kit_boot(k, "root parallel\n  a deaf stop_signal=2\n  b\n  c deaf\n");
	kit_is(k, "b", KIT_LEAVES);
	kit_ask(k, OP_STOP, "a");
	kit_ask(k, OP_STOP, "b");
	kit_is(k, "c", KIT_DEAF | KIT_IMMORTAL);
	kit_ask(k, OP_STOP, "c");
	kit_pass(k, 9999);
	kit_tell(k, &e, 1);
	actions = core_actions(k->core, &n);
	assert_int_equal(n, 3);
	assert_int_equal(actions[0].kind, ACTION_SIGNAL);
	assert_int_equal(actions[0].signal, 2);
	assert_int_equal(actions[1].kind, ACTION_CLEAN);
	assert_int_equal(actions[1].pid, kit_record(k, "b")->leader);
	assert_int_equal(actions[2].signal, SPEC_SIGTERM);
	kit_pass(k, 1);
	kit_tell(k, &e, 1);
	actions = core_actions(k->core, &n);
	assert_int_equal(actions[n - 1].signal, SPEC_SIGKILL);
}

static void
an_image_of_other_nodes_is_refused(void **state)
{
	struct kit *k = *state;
	struct image *image;
	struct kit_tree *other;
	void *memory = calloc(1, core_bytes());

	assert_non_null(memory);
	kit_boot(k, "root\n  a\n  b\n");
	other = kit_plant(k, "root\n  a\n  c\n");
	assert_null(
	    core_open(memory, other->specs, other->count, k->shadow, 0));
	other = kit_plant(k, "root\n  a\n");
	assert_null(
	    core_open(memory, other->specs, other->count, k->shadow, 0));
	other = kit_plant(k, "root\n  a one_for_one\n    b\n");
	assert_null(
	    core_open(memory, other->specs, other->count, k->shadow, 0));
	image = k->shadow;
	image->version++;
	other = k->trees[0];
	assert_null(
	    core_open(memory, other->specs, other->count, k->shadow, 0));
	image->version--;
	assert_non_null(
	    core_open(memory, other->specs, other->count, k->shadow, 0));
	free(memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(the_strategies_go_on),
		KIT_TEST(backoff_and_intensity_go_on),
		KIT_TEST(retries_go_on),
		KIT_TEST(time_limits_go_on),
		KIT_TEST(orders_go_on_without_those_who_gave_them),
		KIT_TEST(an_update_in_progress_goes_on),
		KIT_TEST(giving_up_goes_on_to_the_same_exit_code),
		KIT_TEST(remains_are_waited_for_again),
		KIT_TEST(
		    a_start_is_ordered_again_with_its_ticket_and_not_without_need),
		KIT_TEST(a_signal_a_cleaning_and_an_end_are_ordered_again),
		KIT_TEST(an_image_of_other_nodes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
