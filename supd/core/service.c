#include "core/state.h"

#include <string.h>

#include "lib/must.h"

/*
 * The machine of a leaf. Every pair of phase and event stands in the matrix at
 * the end; `none` says that an event means nothing there, and that is so on
 * purpose: an event may be late (a READY of a service that is being stopped)
 * or come twice after an adoption.
 *
 * A start is from the order of pre_start (or of the program) to ready; a stop
 * from the stop signal to the moment when nothing is left and post_stop has
 * run. A process that ends by itself is told to the supervisor at once
 * (turn_death()), so that siblings can be stopped; that the service is down
 * is told when nothing is left of it (INNER_DOWN).
 */

/* A hook after brutal_kill has this long. */
#define HOOK_MS 10000
/* A process that SIGKILL has not ended by then is told to be stuck. */
#define STUCK_MS 5000

enum happening {
	ON_START,
	ON_STOP,
	ON_KILL,
	ON_SPAWNED,
	ON_START_FAILED,
	ON_READY,
	ON_EXITED,
	ON_GONE,
	ON_STUCK,
	ON_DEADLINE,
	ON_COUNT,
};

/* What a handler is given beside the node. e: NULL for inner events. */
typedef void handler(
    struct core *, uint32_t node, const struct event *e, uint64_t cause);

static uint64_t
limit(const struct core *c, uint64_t ms)
{
	return ms < c->image.hurry_ms ? ms : c->image.hurry_ms;
}

static void
set_phase(struct core *c, uint32_t node, enum service_phase phase,
    uint64_t deadline_ms)
{
	struct record *r = turn_record(c, node);

	r->phase = (uint8_t)phase;
	r->deadline_ms = deadline_ms;
}

static void
none(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)c;
	(void)node;
	(void)e;
	(void)cause;
}

static void
order(struct core *c, uint32_t node, enum record_role role,
    enum service_phase phase)
{
	struct record *r = turn_record(c, node);

	r->ticket++;
	r->role = (uint8_t)role;
	set_phase(c, node, phase, SPEC_INFINITE);
	turn_act(c, ACTION_START, node);
}

static void
send(struct core *c, uint32_t node, int signo)
{
	const struct spec *spec = &c->specs[node];
	struct action *a = turn_act(c, ACTION_SIGNAL, node);

	a->signal = signo;
	a->group = spec->kill_mode == KILL_MODE_GROUP || a->role != ROLE_MAIN;
	a->cont = signo != SPEC_SIGKILL;
}

void
service_down(struct core *c, uint32_t node, uint64_t cause)
{
	struct record *r = turn_record(c, node);

	set_phase(c, node, SERVICE_DOWN, SPEC_INFINITE);
	r->remains = 0;
	r->stuck = 0;
	r->pid = 0;
	turn_push(c, INNER_DOWN, node, cause);
}

/* What asks a service's process to end: that of a hook has no say in it. */
static int
farewell(const struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);

	if (r->role != ROLE_MAIN)
		return SPEC_SIGTERM;
	if ((r->flags & FLAG_LATE) != 0 && r->exit.end == END_WATCHDOG)
		return SPEC_SIGABRT;
	return c->specs[node].stop_signal;
}

/* The process is dead; what it left is to be killed. */
static void
clean(struct core *c, uint32_t node, enum service_phase phase,
    uint64_t deadline_ms)
{
	struct record *r = turn_record(c, node);

	r->leader = r->pid;
	r->pid = 0;
	r->ready = 0;
	r->stuck = 0;
	r->remains = 1;
	set_phase(c, node, phase, deadline_ms);
	turn_act(c, ACTION_CLEAN, node)->pid = r->leader;
}

/* Tells the supervisor of an end that it did not ask for. */
static void
died(struct core *c, uint32_t node, enum death death, uint64_t cause)
{
	struct record *r = turn_record(c, node);
	struct note *n;

	n = turn_note(
	    c, death == DEATH_NORMAL ? NOTE_EXITED : NOTE_FAILED, node, cause);
	n->exit = r->exit;
	n->pid = r->pid;
	n->delay_ms = r->ready_ms != 0 ? c->now_ms - r->ready_ms : 0;
	r->cause = n->seq;
	r->death = (uint8_t)death;
	turn_state(c, node, STATE_STOPPING);
	turn_death(c, node);
}

static void
begin(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	const struct spec *spec = &c->specs[node];
	struct record *r = turn_record(c, node);

	(void)e;
	r->generation++;
	r->rest = STATE_STOPPED;
	r->ready = 0;
	r->ready_ms = 0;
	r->gone = 0;
	r->wanted = 1;
	r->leader = 0;
	r->status_text[0] = '\0';
	alive_begin(c, node);
	r->start_by_ms = state_in(c, spec->start_timeout_ms);
	turn_clear_flags(c, node,
	    FLAG_TOLD | FLAG_KILL | FLAG_RAN | FLAG_DONE | FLAG_EARLY |
		FLAG_LATE | FLAG_LEAVING);
	turn_state(c, node, STATE_STARTING);
	r->cause = turn_note(c, NOTE_STARTING, node, cause)->seq;
	if (spec->pre_start)
		order(c, node, ROLE_PRE_START, SERVICE_PRE_ORDERED);
	else
		order(c, node, ROLE_MAIN, SERVICE_MAIN_ORDERED);
}

static void
spawned(struct core *c, uint32_t node, const struct event *e)
{
	struct record *r = turn_record(c, node);

	r->pid = e->pid;
	r->birth = e->birth;
}

/* A start came to nothing: no process is there any more. */
static void
start_failed(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)cause;
	exit_take(c, node, e);
	died(c, node, DEATH_START, state_record(c, node)->cause);
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
pre_spawned(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)cause;
	spawned(c, node, e);
	set_phase(
	    c, node, SERVICE_PRE_RUNNING, state_record(c, node)->start_by_ms);
}

static void
pre_exited(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	struct record *r = turn_record(c, node);

	(void)cause;
	if (e->end == END_CODE && e->number == 0) {
		clean(c, node, SERVICE_PRE_CLEANING, r->start_by_ms);
		return;
	}
	exit_keep(c, node, END_START,
	    e->end == END_SIGNAL ? 128 + e->number : e->number);
	r->exit.step = STEP_PRE_START;
	r->exit.core = e->core;
	r->exit.oom = e->oom;
	died(c, node, DEATH_START, r->cause);
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
pre_gone(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	turn_record(c, node)->remains = 0;
	order(c, node, ROLE_MAIN, SERVICE_MAIN_ORDERED);
}

/* What the hook left does not go away: the start failed, and is over when it
 * does. */
static void
pre_late(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	exit_keep(c, node, END_TIMEOUT, 0);
	died(c, node, DEATH_START, state_record(c, node)->cause);
	set_phase(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
become_up(struct core *c, uint32_t node)
{
	struct record *r = turn_record(c, node);
	struct note *n;

	set_phase(c, node, SERVICE_UP, alive_deadline(c, node));
	r->ready = 1;
	r->ready_ms = c->now_ms;
	n = turn_note(c, NOTE_READY, node, r->cause);
	n->delay_ms = c->now_ms - r->since_ms;
	turn_state(c, node, STATE_RUNNING);
	turn_push(c, INNER_READY, node, n->seq);
}

static void
main_spawned(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	const struct spec *spec = &c->specs[node];
	uint64_t by = state_record(c, node)->start_by_ms;

	(void)cause;
	spawned(c, node, e);
	turn_set_flags(c, node, FLAG_RAN);
	if (spec->ready == READY_EXEC ||
	    (state_record(c, node)->flags & FLAG_EARLY) != 0)
		become_up(c, node);
	else if (spec->ready == READY_AFTER)
		set_phase(c, node, SERVICE_MAIN_RUNNING,
		    state_in(c, spec->ready_after_ms));
	else
		set_phase(c, node, SERVICE_MAIN_RUNNING, by);
}

static void
early(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	turn_set_flags(c, node, FLAG_EARLY);
}

static void
main_ready(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	enum spec_ready how = c->specs[node].ready;

	(void)e;
	(void)cause;
	if (how == READY_NOTIFY || how == READY_FD)
		become_up(c, node);
}

/* What it had to read again is read. */
static void
up_ready(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	if (state_record(c, node)->reloading)
		turn_record(c, node)->reloading = 0;
}

/* Before it was ready. An oneshot that ends normally has done its work, and
 * is told when nothing of it is left. */
static void
main_exited(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	struct record *r = turn_record(c, node);
	struct note *n;

	(void)cause;
	exit_take(c, node, e);
	if (c->specs[node].type == TYPE_ONESHOT && exit_normal(c, node)) {
		n = turn_note(c, NOTE_EXITED, node, r->cause);
		n->exit = r->exit;
		n->delay_ms = c->now_ms - r->since_ms;
		r->cause = n->seq;
		turn_set_flags(c, node, FLAG_DONE);
		turn_state(c, node, STATE_STOPPING);
	} else {
		died(c, node, DEATH_START, r->cause);
	}
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

/* Its end came before word of its beginning, which act.c does not do; an exit
 * is never passed over all the same. */
static void
unseen_exited(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)cause;
	turn_record(c, node)->pid = e->pid;
	exit_take(c, node, e);
	died(c, node, DEATH_START, state_record(c, node)->cause);
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
kill_into(struct core *c, uint32_t node, enum service_phase phase)
{
	send(c, node, SPEC_SIGKILL);
	set_phase(c, node, phase, state_in(c, STUCK_MS));
}

/* Not ready in time: a failed start, and killed. */
static void
late(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	exit_keep(c, node, END_TIMEOUT, 0);
	turn_set_flags(c, node, FLAG_LATE);
	died(c, node, DEATH_START, state_record(c, node)->cause);
	kill_into(c, node, SERVICE_KILLING);
}

static void
main_deadline(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	if (c->specs[node].ready == READY_AFTER)
		become_up(c, node);
	else
		late(c, node, e, cause);
}

static void
up_exited(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	exit_take(c, node, e);
	died(c, node, exit_normal(c, node) ? DEATH_NORMAL : DEATH_ABNORMAL,
	    cause);
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

/* An engine that took over told it as running before its exec had failed. */
static void
up_start_failed(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)cause;
	exit_take(c, node, e);
	died(c, node, DEATH_START, 0);
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
note_stopping(struct core *c, uint32_t node, uint64_t cause)
{
	turn_record(c, node)->cause =
	    turn_note(c, NOTE_STOPPING, node, cause)->seq;
	turn_state(c, node, STATE_STOPPING);
}

/* A process runs and is to go. */
static void
stop(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	const struct spec *spec = &c->specs[node];
	struct record *r = turn_record(c, node);
	uint64_t ms = limit(c, spec->shutdown_ms);

	(void)e;
	note_stopping(c, node, cause);
	r->ready = 0;
	if (ms == 0) {
		kill_into(c, node, SERVICE_KILLING);
		return;
	}
	send(c, node, farewell(c, node));
	set_phase(c, node, SERVICE_STOPPING, state_in(c, ms));
}

/* A start is ordered, and whether there is a process is not known yet. */
static void
abort_start(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	note_stopping(c, node, cause);
	set_phase(c, node, SERVICE_ABORTING, SPEC_INFINITE);
}

static void
abort_clean(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	note_stopping(c, node, cause);
	set_phase(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
kill_abort(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	turn_set_flags(c, node, FLAG_KILL);
	abort_start(c, node, e, cause);
}

static void
kill_clean(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	turn_set_flags(c, node, FLAG_KILL);
	abort_clean(c, node, e, cause);
}

static void
kill_running(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	turn_set_flags(c, node, FLAG_KILL);
	turn_record(c, node)->ready = 0;
	note_stopping(c, node, cause);
	kill_into(c, node, SERVICE_KILLING);
}

static void
kill_mark(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	turn_set_flags(c, node, FLAG_KILL);
}

static void
abort_spawned(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	struct record *r = turn_record(c, node);

	(void)cause;
	spawned(c, node, e);
	if (r->role == ROLE_MAIN)
		turn_set_flags(c, node, FLAG_RAN);
	kill_into(c, node, SERVICE_KILLING);
}

static void
abort_failed(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
note_kill(struct core *c, uint32_t node, uint64_t given_ms)
{
	struct record *r = turn_record(c, node);
	struct note *n = turn_note(c, NOTE_KILL, node, r->cause);

	n->delay_ms = given_ms;
	r->cause = n->seq;
}

static void
stop_late(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	note_kill(c, node, limit(c, c->specs[node].shutdown_ms));
	kill_into(c, node, SERVICE_KILLING);
}

static void
kill_stopping(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	turn_set_flags(c, node, FLAG_KILL);
	note_kill(c, node, c->now_ms - state_record(c, node)->since_ms);
	kill_into(c, node, SERVICE_KILLING);
}

void
service_unwell(
    struct core *c, uint32_t node, enum record_end end, uint64_t cause)
{
	uint64_t ms = c->specs[node].shutdown_ms;
	bool up = state_record(c, node)->phase == SERVICE_UP;

	exit_keep(c, node, end, 0);
	turn_record(c, node)->ready = 0;
	turn_set_flags(c, node, FLAG_LATE);
	died(c, node, up ? DEATH_ABNORMAL : DEATH_START, cause);
	if (ms == 0 && end != END_WATCHDOG) {
		kill_into(c, node, SERVICE_KILLING);
		return;
	}
	/* A core takes its time, and what is ill is not waited for without
	 * end. */
	if (ms == 0 || ms == SPEC_INFINITE)
		ms = HOOK_MS;
	send(c, node, farewell(c, node));
	set_phase(c, node, SERVICE_STOPPING, state_in(c, limit(c, ms)));
}

/* It has said that it ends, and does not; or it gives no sign of life. */
static void
up_deadline(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	if ((state_record(c, node)->flags & FLAG_LEAVING) == 0) {
		alive_silent(c, node);
		return;
	}
	note_kill(c, node, limit(c, c->specs[node].shutdown_ms));
	send(c, node, SPEC_SIGKILL);
	turn_record(c, node)->deadline_ms = state_in(c, STUCK_MS);
}

/* It was asked to end: how it does is no event (R100), but kept. */
static void
stop_exited(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)cause;
	if ((state_record(c, node)->flags & FLAG_LATE) == 0)
		exit_take(c, node, e);
	else
		turn_record(c, node)->exit.core = e->core;
	clean(c, node, SERVICE_CLEANING, SPEC_INFINITE);
}

static void
stuck(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	struct record *r = turn_record(c, node);

	(void)e;
	(void)cause;
	r->deadline_ms = SPEC_INFINITE;
	if (!r->stuck)
		turn_note(c, NOTE_STUCK, node, r->cause);
	r->stuck = 1;
	turn_push(c, INNER_ADVANCE, state_parent(c, node), r->cause);
}

static void
gone(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	struct record *r = turn_record(c, node);

	(void)e;
	(void)cause;
	r->remains = 0;
	r->stuck = 0;
	if (c->specs[node].post_stop && (r->flags & FLAG_RAN) != 0 &&
	    (r->flags & FLAG_KILL) == 0)
		order(c, node, ROLE_POST_STOP, SERVICE_POST_ORDERED);
	else
		service_down(c, node, r->cause);
}

static void
post_spawned(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	uint64_t ms = c->specs[node].shutdown_ms;

	(void)cause;
	spawned(c, node, e);
	if ((state_record(c, node)->flags & FLAG_KILL) != 0) {
		kill_into(c, node, SERVICE_POST_KILLING);
		return;
	}
	ms = limit(c, ms == 0 ? HOOK_MS : ms);
	set_phase(c, node, SERVICE_POST_RUNNING, state_in(c, ms));
}

static void
post_failed(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)cause;
	if (e->step != STEP_NONE)
		exit_note_hook(c, node, e);
	service_down(c, node, state_record(c, node)->cause);
}

static void
post_exited(
    struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)cause;
	if (e->end != END_CODE || e->number != 0)
		exit_note_hook(c, node, e);
	clean(c, node, SERVICE_POST_CLEANING, SPEC_INFINITE);
}

static void
post_kill(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	kill_into(c, node, SERVICE_POST_KILLING);
}

static void
post_gone(struct core *c, uint32_t node, const struct event *e, uint64_t cause)
{
	(void)e;
	(void)cause;
	service_down(c, node, state_record(c, node)->cause);
}

/* clang-format off */
static handler *const matrix[SERVICE_PHASE_COUNT][ON_COUNT] = {
	/*		     START  STOP         KILL
	 *	SPAWNED        START_FAILED     READY       EXITED
	 *	GONE       STUCK  DEADLINE */
	[SERVICE_DOWN] = { begin, none, none,
		none, none, none, none,
		none, none, none },
	[SERVICE_PRE_ORDERED] = { none, abort_start, kill_abort,
		pre_spawned, start_failed, none, unseen_exited,
		none, none, none },
	[SERVICE_PRE_RUNNING] = { none, stop, kill_running,
		none, start_failed, none, pre_exited,
		none, none, late },
	[SERVICE_PRE_CLEANING] = { none, abort_clean, kill_clean,
		none, none, none, none,
		pre_gone, stuck, pre_late },
	[SERVICE_MAIN_ORDERED] = { none, abort_start, kill_abort,
		main_spawned, start_failed, early, unseen_exited,
		none, none, none },
	[SERVICE_MAIN_RUNNING] = { none, stop, kill_running,
		none, start_failed, main_ready, main_exited,
		none, none, main_deadline },
	[SERVICE_UP] = { none, stop, kill_running,
		none, up_start_failed, up_ready, up_exited,
		none, none, up_deadline },
	[SERVICE_ABORTING] = { none, none, kill_mark,
		abort_spawned, abort_failed, none, stop_exited,
		none, none, none },
	[SERVICE_STOPPING] = { none, none, kill_stopping,
		none, abort_failed, none, stop_exited,
		none, none, stop_late },
	[SERVICE_KILLING] = { none, none, kill_mark,
		none, abort_failed, none, stop_exited,
		none, none, stuck },
	[SERVICE_CLEANING] = { none, none, kill_mark,
		none, none, none, none,
		gone, stuck, none },
	[SERVICE_POST_ORDERED] = { none, none, kill_mark,
		post_spawned, post_failed, none, post_exited,
		none, none, none },
	[SERVICE_POST_RUNNING] = { none, none, post_kill,
		none, post_failed, none, post_exited,
		none, none, post_kill },
	[SERVICE_POST_KILLING] = { none, none, none,
		none, post_failed, none, post_exited,
		none, none, stuck },
	[SERVICE_POST_CLEANING] = { none, none, none,
		none, none, none, none,
		post_gone, stuck, none },
};
/* clang-format on */

static void
happen(struct core *c, uint32_t node, enum happening what,
    const struct event *e, uint64_t cause)
{
	handler *h = matrix[state_record(c, node)->phase][what];

	must(h != NULL);
	h(c, node, e, cause);
}

void
service_inner(struct core *c, const struct inner *inner)
{
	static const enum happening of[] = {
		[INNER_START] = ON_START,
		[INNER_STOP] = ON_STOP,
		[INNER_KILL] = ON_KILL,
	};

	must(inner->kind <= INNER_KILL);
	happen(c, inner->node, of[inner->kind], NULL, inner->cause);
}

void
service_event(struct core *c, const struct event *e)
{
	static const enum happening of[] = {
		[EVENT_SPAWNED] = ON_SPAWNED,
		[EVENT_START_FAILED] = ON_START_FAILED,
		[EVENT_READY] = ON_READY,
		[EVENT_EXITED] = ON_EXITED,
		[EVENT_GONE] = ON_GONE,
		[EVENT_STUCK] = ON_STUCK,
	};
	const struct record *r = state_record(c, e->node);
	uint64_t cause = 0;

	must(e->kind >= EVENT_SPAWNED && e->kind <= EVENT_STUCK);
	if (r->ticket != e->ticket)
		return;
	if (e->kind == EVENT_EXITED && matrix[r->phase][ON_EXITED] != none)
		cause = exit_note_oom(c, e->node, e);
	happen(c, e->node, of[e->kind], e, cause);
}

void
service_deadline(struct core *c, uint32_t node)
{
	happen(c, node, ON_DEADLINE, NULL, 0);
}

/* Orders again what a predecessor may not have come to do. */
void
service_adopt(struct core *c, uint32_t node)
{
	const struct record *r = state_record(c, node);

	switch ((enum service_phase)r->phase) {
	case SERVICE_PRE_ORDERED:
	case SERVICE_MAIN_ORDERED:
	case SERVICE_ABORTING:
	case SERVICE_POST_ORDERED:
		turn_act(c, ACTION_START, node);
		break;
	case SERVICE_STOPPING:
		send(c, node, farewell(c, node));
		break;
	case SERVICE_KILLING:
	case SERVICE_POST_KILLING:
		send(c, node, SPEC_SIGKILL);
		break;
	case SERVICE_PRE_CLEANING:
	case SERVICE_CLEANING:
	case SERVICE_POST_CLEANING:
		turn_act(c, ACTION_CLEAN, node)->pid = r->leader;
		break;
	default:
		break;
	}
}
