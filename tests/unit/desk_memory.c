/* Every call, with each allocation of jansson failing in turn: there is one
 * answer, which is either whole or says that memory is short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk_kit.h"

/* What is left until allocations fail; set by those who use scarce_malloc. */
static size_t plenty = SIZE_MAX;
static bool for_ever;

static void *
scarce_malloc(size_t bytes)
{
	if (plenty == 0) {
		if (!for_ever)
			plenty = SIZE_MAX;
		return NULL;
	}
	if (plenty != SIZE_MAX)
		plenty--;
	return malloc(bytes);
}

static bool
is_whole(const json_t *reply, const char *const *lists)
{
	size_t i;

	for (i = 0; lists[i] != NULL; i += 2) {
		if (json_array_size(json_object_get(reply, lists[i])) !=
		    strtoul(lists[i + 1], NULL, 10))
			return false;
	}
	return true;
}

static void
answer_all(struct kit *k)
{
	size_t i;

	for (i = 0; i < k->events_count; i++) {
		if (k->events[i].kind == EVENT_ASK && k->events[i].ask != 0)
			kit_answer(k, k->events[i].ask, ANSWER_FAILED);
	}
}

/* One call with only so many allocations; true if that was enough. */
static bool
try_call(enum ctl_method method, bool more, const char *parameters,
    const char *const *lists, size_t allocations)
{
	void *state;
	struct kit *k;
	struct kit_answer *a;
	bool enough;
	int i;

	kit_open(&state);
	k = state;
	for (i = 0; i < 5; i++)
		kit_note(k, "lone", (uint64_t)i);
	kit_record(k, "lone")->exit.end = END_CODE;
	if (more)
		kit_stream(k, 0, parameters);
	else
		kit_call(k, 0, method, parameters);
	plenty = allocations;
	kit_turn(k);
	answer_all(k);
	enough = plenty != 0 && (for_ever || plenty != SIZE_MAX);
	plenty = SIZE_MAX;
	kit_turn(k);
	a = k->ctl.sessions[0].first;
	assert_non_null(a);
	assert_null(a->next);
	if (a->what != KIT_ERROR)
		assert_true(is_whole(a->parameters, lists));
	else
		assert_false(enough);
	kit_close(&state);
	return enough;
}

static void
starve(enum ctl_method method, bool more, const char *parameters,
    const char *const *lists)
{
	size_t n;
	int once;

	json_set_alloc_funcs(scarce_malloc, free);
	for (once = 0; once < 2; once++) {
		for_ever = once == 0;
		for (n = 0; n < 2000; n++) {
			if (try_call(method, more, parameters, lists, n))
				break;
		}
		assert_in_range(n, 1, 1999);
	}
	json_set_alloc_funcs(malloc, free);
}

static void
lists_all_or_nothing(void **state)
{
	static const char *const lists[] = { "nodes", "10", NULL };

	(void)state;
	starve(CTL_LIST, false, "{}", lists);
}

static void
streams_all_or_ends(void **state)
{
	static const char *const lists[] = { "nodes", "10", NULL };

	(void)state;
	starve(CTL_EVENTS, true, "{}", lists);
}

static void
tells_all_events_or_none(void **state)
{
	static const char *const lists[] = { "nodes", "1", "events", "5",
		NULL };

	(void)state;
	starve(CTL_EVENTS, false, "{'names': ['lone']}", lists);
}

static void
tells_a_whole_history_or_none(void **state)
{
	static const char *const lists[] = { "events", "5", NULL };

	(void)state;
	starve(CTL_HISTORY, false, "{'name': 'lone'}", lists);
}

static void
tells_all_outcomes_or_none(void **state)
{
	static const char *const lists[] = { "outcomes", "2", NULL };

	(void)state;
	starve(CTL_STOP, false, "{'names': ['lone', 'nginx']}", lists);
	starve(CTL_RELOAD, false, "{'names': ['lone', 'nginx']}", lists);
}

static void
tells_of_all_that_were_waited_for_or_none(void **state)
{
	static const char *const lists[] = { "nodes", "2", NULL };

	(void)state;
	starve(CTL_WAIT, false,
	    "{'names': ['lone', 'web'], 'condition': 'stopped'}", lists);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_all_or_nothing),
		cmocka_unit_test(streams_all_or_ends),
		cmocka_unit_test(tells_all_events_or_none),
		cmocka_unit_test(tells_a_whole_history_or_none),
		cmocka_unit_test(tells_all_outcomes_or_none),
		cmocka_unit_test(tells_of_all_that_were_waited_for_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
