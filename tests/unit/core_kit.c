#include "core_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEPS_MAX 20000

/* Zeroed pages, which cost nothing until they are touched; calloc() would
 * clear them by hand once it has seen one freed. */
static void *
pages(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static struct kit_tree *
newest(struct kit *k)
{
	return k->trees[k->trees_count - 1];
}

/* A new engine goes on with what was saved. */
static void
adopt(struct kit *k)
{
	struct event e = { .kind = EVENT_ADOPT };
	struct kit_tree *new = newest(k), *old = new;

	if (k->updating)
		old = k->trees[k->trees_count - 2];
	munmap(k->memory, core_bytes());
	k->memory = pages(core_bytes());
	k->core = core_open(k->memory, old->specs, old->count, k->shadow, 0);
	assert_non_null(k->core);
	assert_int_equal(core_updating(k->core), k->updating);
	if (k->updating)
		assert_true(core_update(
		    k->core, new->specs, new->count, NULL, NULL, 0));
	core_step(k->core, &e, 1, k->now_ms, (int64_t)k->now_ms);
	kit_save(k);
	kit_check(k);
}

void
kit_tell(struct kit *k, const struct event *events, size_t n)
{
	const struct action *of_core;
	struct action *actions;
	size_t count;

	assert_true(k->steps++ < STEPS_MAX);
	core_step(k->core, events, n, k->now_ms, (int64_t)k->now_ms);
	kit_save(k);
	kit_check(k);
	if (k->death == KIT_DIES_BEFORE)
		adopt(k);
	of_core = core_actions(k->core, &count);
	actions = calloc(count + 1, sizeof(*actions));
	assert_non_null(actions);
	memcpy(actions, of_core, count * sizeof(*actions));
	kit_carry_out(k, actions, count);
	free(actions);
	if (k->death == KIT_DIES_AFTER && !k->again) {
		adopt(k);
		of_core = core_actions(k->core, &count);
		kit_carry_out(k, of_core, count);
	}
}

static void
tell_next(struct kit *k)
{
	struct event e = k->pending[0];

	e.node = core_by_uid(k->core, k->pending_uids[0]);
	k->pending_count--;
	memmove(&k->pending[0], &k->pending[1],
	    k->pending_count * sizeof(k->pending[0]));
	memmove(&k->pending_uids[0], &k->pending_uids[1],
	    k->pending_count * sizeof(k->pending_uids[0]));
	if (e.node != SPEC_NONE)
		kit_tell(k, &e, 1);
}

static void
run(struct kit *k)
{
	while (k->pending_count > 0 || k->again) {
		if (k->again) {
			k->again = false;
			kit_tell(k, NULL, 0);
		} else {
			tell_next(k);
		}
	}
}

void
kit_happens(struct kit *k, const struct event *e)
{
	kit_tell(k, e, 1);
	run(k);
}

void
kit_pass(struct kit *k, uint64_t ms)
{
	uint64_t until = k->now_ms + ms;

	while (core_deadline(k->core) <= until) {
		if (core_deadline(k->core) > k->now_ms)
			k->now_ms = core_deadline(k->core);
		kit_tell(k, NULL, 0);
		run(k);
	}
	k->now_ms = until;
}

static void
init(struct kit *k)
{
	memset(k, 0, sizeof(*k));
	k->now_ms = 1000;
	k->next_pid = 100;
	k->exit_code = -1;
}

static void
drop(struct kit *k)
{
	for (unsigned i = 0; i < k->trees_count; i++)
		free(k->trees[i]);
	if (k->memory != NULL)
		munmap(k->memory, core_bytes());
	if (k->shadow != NULL)
		munmap(k->shadow, core_image_bytes());
}

int
kit_begin(void **state)
{
	struct kit *k = malloc(sizeof(*k));

	assert_non_null(k);
	init(k);
	*state = k;
	return 0;
}

int
kit_end(void **state)
{
	drop(*state);
	free(*state);
	return 0;
}

void
kit_renew(struct kit *k)
{
	drop(k);
	init(k);
}

void
kit_open(struct kit *k, const char *tree)
{
	struct kit_tree *t = kit_plant(k, tree);

	kit_populate(k, t);
	k->memory = pages(core_bytes());
	k->shadow = pages(core_image_bytes());
	k->core = core_open(k->memory, t->specs, t->count, NULL, 1);
	assert_non_null(k->core);
	/* A new core tells of all that it has. */
	kit_save(k);
	kit_check(k);
}

void
kit_boot(struct kit *k, const char *tree)
{
	struct event e = { .kind = EVENT_BOOT };

	kit_open(k, tree);
	kit_tell(k, &e, 1);
	run(k);
}

static uint32_t
find(const struct kit_tree *t, const char *name)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (strcmp(t->specs[i].name, name) == 0)
			return i;
	return SPEC_NONE;
}

/* Of the same node: the same name, kind and, in name, parent. */
static uint32_t
old_of(const struct kit_tree *old, const struct kit_tree *new, uint32_t node)
{
	uint32_t was = find(old, new->specs[node].name);

	if (was == SPEC_NONE || was == 0 ||
	    old->specs[was].kind != new->specs[node].kind)
		return was;
	if (strcmp(old->specs[old->specs[was].parent].name,
		new->specs[new->specs[node].parent].name) != 0)
		return SPEC_NONE;
	return was;
}

void
kit_update(struct kit *k, const char *tree)
{
	struct kit_tree *old = newest(k), *new = kit_plant(k, tree);
	uint32_t map[KIT_NODES], node;
	uint8_t restart[KIT_NODES];

	kit_populate(k, new);
	for (node = 0; node < new->count; node++) {
		map[node] = old_of(old, new, node);
		restart[node] = new->services[node].changed;
	}
	assert_true(
	    core_update(k->core, new->specs, new->count, map, restart, 0));
	k->updating = true;
	assert_true(core_deadline(k->core) <= k->now_ms);
	kit_tell(k, NULL, 0);
	run(k);
}

void
kit_switch(struct kit *k)
{
	assert_true(k->switch_owed);
	k->hold_switch = false;
	kit_do_switch(k);
	run(k);
}

typedef void each(struct kit *, struct kit_service *, int, int);

static void
for_each(struct kit *k, const char *names, each *what, int a, int b)
{
	char *copy = strdup(names), *rest, *name;

	assert_non_null(copy);
	for (name = strtok_r(copy, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest))
		what(k, kit_service(k, name), a, b);
	free(copy);
}

static void
set_manner(struct kit *k, struct kit_service *s, int manner, int unused)
{
	(void)k;
	(void)unused;
	s->manner = (unsigned)manner;
}

void
kit_is(struct kit *k, const char *names, unsigned manner)
{
	for_each(k, names, set_manner, (int)manner, 0);
}

void
kit_fails(struct kit *k, const char *name, unsigned starts)
{
	kit_service(k, name)->fails = starts;
}

void
kit_hook_fails(struct kit *k, const char *name)
{
	kit_service(k, name)->hook_code = 3;
}

static void
end_one(struct kit *k, struct kit_service *s, int end, int number)
{
	kit_end_process(k, s, (enum record_end)end, number);
}

/* What is pending is told in one step. */
static void
tell_all(struct kit *k)
{
	struct event events[KIT_NODES * 4];
	unsigned n = k->pending_count;

	memcpy(events, k->pending, n * sizeof(events[0]));
	for (unsigned i = 0; i < n; i++)
		events[i].node = core_by_uid(k->core, k->pending_uids[i]);
	k->pending_count = 0;
	kit_tell(k, events, n);
	run(k);
}

void
kit_exits(struct kit *k, const char *names, int code)
{
	for_each(k, names, end_one, END_CODE, code);
	tell_all(k);
}

void
kit_killed(struct kit *k, const char *names, int signal)
{
	for_each(k, names, end_one, END_SIGNAL, signal);
	tell_all(k);
}

void
kit_starved(struct kit *k, const char *name, unsigned kills, bool itself)
{
	struct event *e;

	kit_end_process(k, kit_service(k, name), itself ? END_SIGNAL : END_CODE,
	    itself ? SPEC_SIGKILL : 1);
	e = &k->pending[k->pending_count - 1];
	e->kills = kills;
	e->oom = itself;
	tell_all(k);
}

void
kit_claim(struct kit *k, const char *name, enum event_kind kind)
{
	struct kit_service *s = kit_service(k, name);
	struct event e = { .kind = kind };

	e.node = kit_node(k, name);
	e.ticket = core_record(k->core, e.node)->ticket;
	if (kind == EVENT_EXITED) {
		e.end = END_CODE;
		e.number = 1;
	}
	if (kind == EVENT_START_FAILED) {
		e.step = STEP_EXEC;
		e.number = 2;
	}
	if (kind == EVENT_SPAWNED) {
		e.pid = s->pid;
		e.birth = (uint64_t)s->pid * 7;
	}
	kit_tell(k, &e, 1);
	run(k);
}

void
kit_ready(struct kit *k, const char *name)
{
	kit_claim(k, name, EVENT_READY);
}

void
kit_status(struct kit *k, const char *name, const char *text)
{
	struct event e = { .kind = EVENT_STATUS, .text = text };

	e.node = kit_node(k, name);
	e.ticket = core_record(k->core, e.node)->ticket;
	kit_tell(k, &e, 1);
	run(k);
}

void
kit_spawned(struct kit *k, const char *name)
{
	struct kit_service *s = kit_service(k, name);

	assert_true(s->start_owed);
	kit_answer_start(k, s);
	run(k);
}

void
kit_gone(struct kit *k, const char *name)
{
	struct kit_service *s = kit_service(k, name);

	assert_true(s->clean_owed);
	kit_answer_clean(k, s);
	run(k);
}

void
kit_stuck(struct kit *k, const char *name)
{
	assert_true(kit_service(k, name)->clean_owed);
	kit_claim(k, name, EVENT_STUCK);
}

void
kit_relent(struct kit *k)
{
	struct kit_service *s;

	for (s = k->services; s < k->services + k->services_count; s++) {
		s->manner = 0;
		if (s->start_owed)
			kit_answer_start(k, s);
		if (s->alive && (s->signal_owed || s->role != ROLE_MAIN))
			kit_end_process(k, s, END_CODE, 0);
		if (s->clean_owed)
			kit_answer_clean(k, s);
	}
	run(k);
}

uint32_t
kit_ask(struct kit *k, enum event_op op, const char *name)
{
	struct event e = { .kind = EVENT_ASK, .op = (uint8_t)op };

	assert_true(k->asks + 1 < KIT_ASKS);
	e.node = kit_node(k, name);
	e.ask = ++k->asks;
	kit_tell(k, &e, 1);
	run(k);
	return e.ask;
}

void
kit_shutdown(struct kit *k, uint64_t deadline_ms)
{
	struct event e = { .kind = EVENT_SHUTDOWN, .delay_ms = deadline_ms };

	kit_tell(k, &e, 1);
	run(k);
}

void
kit_hurry(struct kit *k, uint64_t ms)
{
	struct event e = { .kind = EVENT_HURRY, .delay_ms = ms };

	kit_tell(k, &e, 1);
	run(k);
}

void
kit_log(struct kit *k, const char *log)
{
	assert_string_equal(k->log, log);
	k->log[0] = '\0';
}

uint32_t
kit_node(const struct kit *k, const char *name)
{
	for (uint32_t i = 0; i < core_count(k->core); i++)
		if (strcmp(core_spec(k->core, i)->name, name) == 0)
			return i;
	fail_msg("no such node: %s", name);
	return SPEC_NONE;
}

const struct record *
kit_record(struct kit *k, const char *name)
{
	return core_record(k->core, kit_node(k, name));
}

static void
check_state(struct kit *k, struct kit_service *s, int state, int unused)
{
	const struct record *r = kit_record(k, s->name);

	(void)unused;
	if (r->state != state)
		fail_msg("%s is %s, not %s", s->name, core_state_text(r->state),
		    core_state_text((enum record_state)state));
}

void
kit_state(struct kit *k, const char *names, enum record_state state)
{
	for_each(k, names, check_state, (int)state, 0);
}

void
kit_answered(struct kit *k, uint32_t ask, const char *answer)
{
	if (answer == NULL)
		assert_null(k->answers[ask]);
	else if (k->answers[ask] == NULL)
		fail_msg("ask %u has no answer yet", ask);
	else
		assert_string_equal(k->answers[ask], answer);
}

const char *
kit_why(struct kit *k, const char *name)
{
	uint64_t seq = kit_record(k, name)->last_note;
	const struct note *n;
	size_t at = 0;

	k->text[0] = '\0';
	while (seq != 0) {
		n = core_note(k->core, seq);
		assert_non_null(n);
		at += (size_t)snprintf(k->text + at, sizeof(k->text) - at,
		    "%s%s %s", at > 0 ? " < " : "", core_note_text(n->kind),
		    n->name);
		seq = n->cause;
	}
	return k->text;
}

const struct note *
kit_note(struct kit *k, enum note_kind kind)
{
	const struct note *n;

	for (uint64_t seq = core_note_last(k->core); seq > 0; seq--) {
		n = core_note(k->core, seq);
		if (n != NULL && n->kind == kind)
			return n;
	}
	fail_msg("there is no note of that kind");
	return NULL;
}

unsigned
kit_notes(struct kit *k, const char *name, enum note_kind kind)
{
	uint64_t seq = kit_record(k, name)->last_note;
	const struct note *n;
	unsigned count = 0;

	while ((n = core_note(k->core, seq)) != NULL) {
		count += n->kind == kind;
		seq = n->previous;
	}
	return count;
}

unsigned
kit_marks(struct kit *k, const char *supervisor)
{
	return kit_record(k, supervisor)->marks_count;
}
