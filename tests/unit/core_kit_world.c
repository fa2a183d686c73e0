#include "core_kit.h"

#include <stdio.h>
#include <string.h>

struct kit_service *
kit_service(struct kit *k, const char *name)
{
	for (unsigned i = 0; i < k->services_count; i++)
		if (strcmp(k->services[i].name, name) == 0)
			return &k->services[i];
	fail_msg("no such service: %s", name);
	return NULL;
}

/* The service of a node; one that was removed and added again is new. */
static struct kit_service *
service_of(struct kit *k, uint32_t node)
{
	struct kit_service *s = kit_service(k, core_spec(k->core, node)->name);
	uint32_t uid = core_record(k->core, node)->uid;

	if (s->uid != uid) {
		assert_false(s->alive);
		s->uid = uid;
		s->ticket = 0;
		s->heard = 0;
	}
	return s;
}

static void
write_down(struct kit *k, char sign, const struct kit_service *s)
{
	static const char *const suffix[] = { "", ".pre", ".post" };
	size_t at = strlen(k->log);

	snprintf(k->log + at, sizeof(k->log) - at, "%s%c%s%s",
	    at > 0 ? " " : "", sign, s->name, suffix[s->role]);
}

static void
tell_later(struct kit *k, struct kit_service *s, struct event e)
{
	assert_true(k->pending_count < KIT_NODES * 4);
	e.ticket = s->ticket;
	k->pending_uids[k->pending_count] = s->uid;
	k->pending[k->pending_count++] = e;
}

void
kit_end_process(
    struct kit *k, struct kit_service *s, enum record_end end, int n)
{
	struct event e = { .kind = EVENT_EXITED };

	assert_true(s->alive);
	s->alive = false;
	s->signal_owed = false;
	e.pid = s->pid;
	e.end = (uint8_t)end;
	e.number = n;
	tell_later(k, s, e);
}

void
kit_answer_start(struct kit *k, struct kit_service *s)
{
	uint32_t node = core_by_uid(k->core, s->uid);
	bool wanted = core_start_wanted(k->core, node, s->ticket);

	s->start_owed = false;
	memset(&s->told, 0, sizeof(s->told));
	s->told.kind = EVENT_START_FAILED;
	if (wanted && s->role == ROLE_MAIN && s->fails > 0) {
		s->fails--;
		s->told.step = STEP_EXEC;
		s->told.number = 2;
		write_down(k, '!', s);
	} else if (wanted) {
		s->told.kind = EVENT_SPAWNED;
		s->told.pid = s->pid = k->next_pid++;
		s->told.birth = (uint64_t)s->pid * 7;
		s->alive = true;
		s->left = true;
		write_down(k, '+', s);
	}
	tell_later(k, s, s->told);
	if (s->alive && s->role != ROLE_MAIN && (s->manner & KIT_HANGS) == 0)
		kit_end_process(k, s, END_CODE, s->hook_code);
}

static void
do_start(struct kit *k, const struct action *a)
{
	struct kit_service *s = service_of(k, a->node);

	if (a->ticket == s->ticket) {
		/* Ordered again: what came of it is known. */
		if (!s->start_owed)
			tell_later(k, s, s->told);
		return;
	}
	if (s->alive || s->left)
		fail_msg("%s is started beside what is left of it", s->name);
	s->ticket = a->ticket;
	s->role = a->role;
	s->heard = 0;
	s->start_owed = true;
	if ((s->manner & KIT_SLOW) == 0)
		kit_answer_start(k, s);
}

static void
do_signal(struct kit *k, const struct action *a)
{
	struct kit_service *s = service_of(k, a->node);
	bool kill = a->signal == SPEC_SIGKILL;

	k->last_signal = *a;
	if (!s->alive)
		return;
	assert_int_equal(a->pid, s->pid);
	assert_int_equal(a->birth, (uint64_t)s->pid * 7);
	if ((s->heard & 1u << a->signal) == 0)
		write_down(k, kill ? '*' : '-', s);
	s->heard |= 1u << a->signal;
	s->signal_owed = true;
	if ((s->manner & (kill ? KIT_IMMORTAL : KIT_DEAF)) == 0)
		kit_end_process(k, s, END_SIGNAL, a->signal);
}

void
kit_answer_clean(struct kit *k, struct kit_service *s)
{
	struct event e = { .kind = EVENT_GONE };

	s->clean_owed = false;
	s->left = false;
	tell_later(k, s, e);
}

static void
do_clean(struct kit *k, const struct action *a)
{
	struct kit_service *s = service_of(k, a->node);

	if (s->alive)
		fail_msg("%s lives and is to be cleaned", s->name);
	s->clean_owed = true;
	if ((s->manner & KIT_LEAVES) == 0)
		kit_answer_clean(k, s);
}

static void
do_answer(struct kit *k, const struct action *a)
{
	assert_in_range(a->ask, 1, k->asks);
	if (k->answers[a->ask] != NULL)
		fail_msg("ask %u is answered twice", a->ask);
	k->answers[a->ask] = core_answer_text(a->answer);
}

void
kit_do_switch(struct kit *k)
{
	k->switch_owed = true;
	if (!k->hold_switch) {
		core_switch(k->core);
		k->updating = false;
		k->switch_owed = false;
		k->again = true;
	}
}

void
kit_carry_out(struct kit *k, const struct action *actions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		switch (actions[i].kind) {
		case ACTION_START:
			do_start(k, &actions[i]);
			break;
		case ACTION_SIGNAL:
			do_signal(k, &actions[i]);
			break;
		case ACTION_CLEAN:
			do_clean(k, &actions[i]);
			break;
		case ACTION_ANSWER:
			do_answer(k, &actions[i]);
			break;
		case ACTION_SWITCH:
			kit_do_switch(k);
			break;
		case ACTION_EXIT:
			k->exit_code = actions[i].code;
			break;
		}
	}
}
