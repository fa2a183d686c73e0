#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "act.h"
#include "cages.h"
#include "conf/plan.h"
#include "core/core.h"
#include "ctl/report.h"
#include "ctl/session.h"
#include "desk.h"
#include "doors.h"
#include "health.h"
#include "lib/log.h"
#include "lib/must.h"
#include "lib/version.h"
#include "os/keep.h"
#include "os/ledger.h"
#include "os/loop.h"
#include "os/machine.h"
#include "os/news.h"
#include "os/nofile.h"
#include "os/notify.h"
#include "os/plumb.h"
#include "snapshot.h"
#include "update.h"
#include "voice.h"

/* Those that the engine wants to be allowed, where services have fewer. */
#define DESCRIPTORS 4096
/* Starts of one turn; operators are served between turns. */
#define STARTS_PER_TURN 16
#define EVENTS_PER_TURN 1024
/* What a second TERM or INT leaves of every limit. */
#define HURRY_MS 2000

enum engine_tag { TAG_NEWS = 1, TAG_WIRE, TAG_NOTIFY, TAG_CTL = 1 << 16 };

/* What a turn has looked at, to be taken out once the step is saved. */
struct looked {
	size_t news;
	bool notify;
	bool signal;
};

struct engine {
	const struct engine_options *options;
	struct loop *loop;
	struct ledger *ledger;
	struct ledger_engine words; /* saved with each commit */
	struct core *core;
	struct plan *plan;
	struct update *update;
	struct act *act;
	struct health *health;
	struct cgroup_tree cgroups;
	struct rlimit nofile; /* as it was when we came; services get it */
	bool nofile_raised;
	struct doors doors;
	struct desk *desk; /* NULL: no control socket, so nobody to serve */
	struct notify_message message; /* the one that is looked at */
	int scratch[2];
	bool again; /* an answer may have let a further call in */
	bool guardless;
	bool is_machine;
	uint32_t told_end; /* what the guard knows of words.machine_end */
	bool leaving;
	int exit_code;
	struct event events[EVENTS_PER_TURN];
	struct news news[NEWS_BATCH];
};

/* Ends an engine that cannot go on. Its successor tries again, and the guard
 * counts. */
_Noreturn static void
fail(const char *what, int error)
{
	log_error("%s: %s", what, strerror(-error));
	_exit(1);
}

/* Ends supd, at a start that came to nothing. */
_Noreturn static void
give_back(int code)
{
	keep_exit(PLUMB_WIRE, code, MACHINE_BY_CODE);
	_exit(code);
}

static void
save(struct engine *e)
{
	const char *image = core_image(e->core);
	struct core_range ranges[64];
	size_t n, i;

	ledger_begin(e->ledger);
	do {
		n = core_dirty(e->core, ranges, 64);
		for (i = 0; i < n; i++)
			ledger_add(e->ledger, ranges[i].offset,
			    image + ranges[i].offset, ranges[i].length);
	} while (n == 64);
	ledger_commit(e->ledger, &e->words);
}

/* The guard has no other way to know, should we and all after us die. */
static void
tell_end(struct engine *e)
{
	if (e->words.machine_end == e->told_end || e->guardless)
		return;
	if (keep_end(PLUMB_WIRE, e->words.machine_end) == 0)
		e->told_end = e->words.machine_end;
}

/* Tells people and clients what the last step changed. */
static void
publish(struct engine *e, uint64_t now_ms, int64_t wall_ms)
{
	uint64_t last = core_note_last(e->core);
	const struct note *note;
	char text[512];

	for (; e->words.published < last; e->words.published++) {
		note = core_note(e->core, e->words.published + 1);
		if (note == NULL)
			continue;
		health_hear(e->health, note, now_ms);
		report_line(e->core, note, text, sizeof(text));
		log_line(note->kind == NOTE_FAILED || note->kind == NOTE_GAVE_UP
			     ? LOG_WARN
			     : LOG_INFO,
		    "%s", text);
	}
	if (e->desk != NULL)
		desk_tell(e->desk, now_ms, wall_ms);
}

static void
obey(struct engine *e)
{
	const struct action *actions;
	size_t n, i;

	actions = core_actions(e->core, &n);
	for (i = 0; i < n; i++) {
		switch (actions[i].kind) {
		case ACTION_ANSWER:
			if (e->desk != NULL)
				desk_answer(e->desk, &actions[i]);
			e->again = true;
			break;
		case ACTION_SWITCH:
			update_due(e->update);
			break;
		case ACTION_EXIT:
			e->leaving = true;
			e->exit_code = actions[i].code;
			break;
		default:
			act_order(e->act, &actions[i]);
			break;
		}
	}
}

/* One step: what the senses brought is decided, saved, told and done. */
static void
step(struct engine *e, size_t n, const struct looked *looked)
{
	uint64_t now_ms = loop_now_ms();
	int64_t wall_ms = loop_wall_ms();

	core_step(e->core, e->events, n, now_ms, wall_ms);
	save(e);
	tell_end(e);
	if (looked->news > 0)
		news_consume(PLUMB_NEWS, looked->news);
	if (looked->notify)
		notify_take(PLUMB_SLOTS + SLOT_NOTIFY);
	if (looked->signal)
		keep_take_signal(PLUMB_WIRE);
	publish(e, now_ms, wall_ms);
	obey(e);
	act_work(e->act, STARTS_PER_TURN);
}

static size_t
hear_news(struct engine *e, struct event *events, struct looked *looked)
{
	size_t n = 0;
	int got, i;

	got = news_peek(
	    PLUMB_NEWS, e->scratch, e->words.news_seq, e->news, &looked->news);
	if (got < 0 && got != -EAGAIN)
		fail("cannot read of exits", got);
	for (i = 0; i < got; i++) {
		if (act_exit(e->act, &e->news[i], &events[n]))
			n++;
		e->words.news_seq = e->news[i].seq;
	}
	return n;
}

static size_t
hear_notify(struct engine *e, struct event *events, struct looked *looked)
{
	struct notify_message *m = &e->message;
	uint32_t node;

	if (e->doors.notify_path == NULL ||
	    notify_peek(PLUMB_SLOTS + SLOT_NOTIFY, m) != 1)
		return 0;
	looked->notify = true;
	node = act_owner(e->act, m->pid, m->session);
	if (node == SPEC_NONE) {
		log_debug("a readiness message of pid %d, which is of no "
			  "service, is passed over",
		    m->pid);
		return 0;
	}
	return voice_events(e->core, node, m, events);
}

static void
log_tree(const struct engine *e)
{
	const struct record *r;
	uint32_t node;

	for (node = 0; node < core_count(e->core); node++) {
		r = core_record(e->core, node);
		log_info("tree: %s: %s%s, pid %d, generation %u, restarts %u",
		    e->plan->nodes[node].path,
		    core_state_text((enum record_state)r->state),
		    r->degraded ? " (degraded)" : "", r->pid, r->generation,
		    r->restarts);
	}
}

/* A signal that asks for the end: the first for a shutdown, the second for
 * haste, the third for SIGKILL. Only TERM and INT hurry. */
static bool
shutdown_signal(struct engine *e, int signo, struct event *event)
{
	memset(event, 0, sizeof(*event));
	if (e->words.signals == 0) {
		if (e->is_machine && e->words.machine_end == MACHINE_BY_CODE)
			e->words.machine_end = machine_end_of_signal(signo);
		event->kind = EVENT_SHUTDOWN;
		event->delay_ms = e->plan->settings.shutdown_deadline_ms;
	} else if (signo == SIGTERM || signo == SIGINT) {
		event->kind = EVENT_HURRY;
		event->delay_ms = e->words.signals == 1 ? HURRY_MS : 0;
	} else {
		return false;
	}
	e->words.signals++;
	log_info("signal %d: %s", signo,
	    event->kind == EVENT_SHUTDOWN ? "the tree is to end"
	    : event->delay_ms > 0         ? "every limit is cut to 2 s"
					  : "all that is left is killed");
	return true;
}

static size_t
hear_signal(struct engine *e, struct event *event, struct looked *looked)
{
	int signo;

	if (e->guardless)
		return 0;
	signo = keep_peek_signal(PLUMB_WIRE);
	if (signo == -EPIPE) {
		log_error("the guard is dead; the tree is stopped in order");
		e->guardless = true;
		loop_forget(e->loop, PLUMB_WIRE);
		act_orphaned(e->act);
		memset(event, 0, sizeof(*event));
		event->kind = EVENT_SHUTDOWN;
		event->delay_ms = e->plan->settings.shutdown_deadline_ms;
		return 1;
	}
	if (signo <= 0)
		return 0;
	looked->signal = true;
	if (signo == SIGHUP) {
		update_begin(
		    e->update, e->plan, e->words.conf_generation, NULL, false);
	} else if (signo == SIGUSR1) {
		log_tree(e);
	} else if (signo == SIGUSR2) {
		log_info("signal %d: services write their logs themselves; "
			 "there is nothing to reopen",
		    signo);
	} else {
		return shutdown_signal(e, signo, event);
	}
	return 0;
}

/* Leaves room for what comes behind it. */
static size_t
hear_health(struct engine *e, struct event *events, size_t room)
{
	size_t n = 0;

	health_work(e->health, loop_now_ms());
	while (
	    n + VOICE_EVENTS + 2 < room && health_next(e->health, &events[n]))
		n++;
	return n;
}

/* The senses, in their fixed order. What our own acts came to is older than
 * any exit that can be read now: a process is told of before its end. */
static size_t
hear(struct engine *e, struct looked *looked)
{
	size_t n = 0;

	while (act_next(e->act, &e->events[n])) {
		if (++n == EVENTS_PER_TURN)
			return n;
	}
	if (EVENTS_PER_TURN - n < NEWS_BATCH + VOICE_EVENTS + 2)
		return n;
	n += hear_news(e, e->events + n, looked);
	n += hear_health(e, e->events + n, EVENTS_PER_TURN - n);
	n += hear_signal(e, e->events + n, looked);
	n += hear_notify(e, e->events + n, looked);
	if (e->desk != NULL && n < EVENTS_PER_TURN) {
		n += desk_serve(e->desk, e->events + n, EVENTS_PER_TURN - n,
		    loop_now_ms(), loop_wall_ms());
		if (desk_machine_end(e->desk) != MACHINE_BY_CODE)
			e->words.machine_end = desk_machine_end(e->desk);
	}
	return n;
}

static void
serve_updates(struct engine *e)
{
	struct ctl_handle from;
	bool dry_run;

	if (e->desk == NULL)
		return;
	while (desk_update_wanted(e->desk, &from, &dry_run)) {
		update_begin(e->update, e->plan, e->words.conf_generation,
		    &from, dry_run);
		e->again = true;
	}
}

static void
apply_settings(struct engine *e)
{
	const struct plan_settings *s = &e->plan->settings;

	log_setup("supd", s->log_level, s->log_format);
	doors_rule(&e->doors, s);
}

/* The moment at which a new configuration becomes the tree's. */
static void
switch_plan(struct engine *e)
{
	const struct looked nothing = { .news = 0 };
	struct plan *before = e->plan;

	e->plan = update_switch(e->update, e->ledger);
	act_replan(e->act, e->plan);
	if (e->desk != NULL)
		desk_replan(e->desk, e->plan);
	health_replan(e->health, e->plan, loop_now_ms());
	e->words.conf_generation++;
	step(e, 0, &nothing);
	update_done(e->update, before, e->plan);
	apply_settings(e);
	plan_free(before);
	e->again = true;
}

static void
ready(struct engine *e, const struct loop_event *event)
{
	if ((event->tag & ACT_TAG) != 0)
		act_ready(e->act, event->tag);
	else if ((event->tag & HEALTH_TAG) != 0)
		health_ready(e->health, event->tag, loop_now_ms());
	else if (event->tag >= TAG_CTL && e->doors.ctl != NULL)
		ctl_ready(e->doors.ctl, event);
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
wait_for_the_world(struct engine *e)
{
	struct loop_event events[64];
	uint64_t deadline;
	int n, i;

	deadline = earlier(core_deadline(e->core), act_deadline(e->act));
	deadline = earlier(deadline, health_deadline(e->health));
	if (e->desk != NULL)
		deadline = earlier(deadline, desk_deadline(e->desk));
	if (act_busy(e->act) || e->again || update_is_due(e->update))
		deadline = 0;
	e->again = false;
	n = loop_wait(e->loop, deadline, events, 64);
	if (n < 0)
		fail("cannot wait for events", n);
	for (i = 0; i < n; i++)
		ready(e, &events[i]);
}

static void
leave(struct engine *e)
{
	doors_close(&e->doors);
	cages_end(&e->cgroups, e->guardless);
	log_info("the tree is down; exit code %d", e->exit_code);
	if (!e->guardless)
		keep_exit(PLUMB_WIRE, e->exit_code, e->words.machine_end);
	_exit(e->exit_code);
}

static void
turn(struct engine *e)
{
	struct looked looked = { .news = 0 };
	size_t n;

	if (update_is_due(e->update) && act_idle(e->act))
		switch_plan(e);
	n = hear(e, &looked);
	step(e, n, &looked);
	serve_updates(e);
}

static void
print_diagnoses(const struct diagnoses *all)
{
	size_t i;
	char *line;

	for (i = 0; i < all->count; i++) {
		line = diagnosis_line(&all->list[i]);
		if (line != NULL)
			dprintf(STDERR_FILENO, "%s\n", line);
		free(line);
	}
}

/* The configuration of a supd that starts; without one it ends. */
static void
read_configuration(struct engine *e)
{
	struct diagnoses all = { .list = NULL };
	int error;

	e->plan = conf_read(e->options->paths, e->options->paths_count, &all);
	print_diagnoses(&all);
	if (e->plan == NULL) {
		log_error("the configuration has %zu error%s; nothing was "
			  "started",
		    all.errors, all.errors == 1 ? "" : "s");
		give_back(78);
	}
	diagnoses_free(&all);
	error = snapshot_put(PLUMB_WIRE, e->words.conf_generation, e->plan);
	if (error != 0)
		fail("cannot have the configuration kept", error);
}

static void *
fresh_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fail("no memory for the tree", -errno);
	return memory;
}

static uint64_t
random_number(void)
{
	uint64_t number = 0;

	/* Early in a machine's life the kernel would have us wait for a better
	 * one than this is used for. */
	if (getrandom(&number, sizeof(number), GRND_INSECURE) < 0 ||
	    number == 0)
		number = loop_now_ns();
	return number;
}

/* true: a tree that an engine before us ran goes on. */
static bool
open_tree(struct engine *e)
{
	bool fresh, adopting;
	int error = 0;

	e->ledger =
	    ledger_open(PLUMB_LEDGER, core_image_bytes(), &fresh, &error);
	if (e->ledger == NULL)
		fail("cannot open the ledger", error);
	e->words = *ledger_engine(e->ledger);
	adopting = e->words.engines > 0;
	/* Saved before anything can bear it. */
	if (e->words.id == 0) {
		e->words.id = random_number();
		ledger_begin(e->ledger);
		ledger_commit(e->ledger, &e->words);
	}
	e->words.engines++;
	if (adopting)
		e->plan = snapshot_get(e->words.conf_generation);
	else
		read_configuration(e);
	if (e->plan == NULL)
		_exit(1);
	e->core = core_open(fresh_memory(core_bytes()), e->plan->specs,
	    e->plan->count, adopting ? ledger_image(e->ledger) : NULL,
	    random_number());
	if (e->core == NULL) {
		log_error("the ledger does not fit the configuration in "
			  "force");
		_exit(1);
	}
	return adopting;
}

static void
open_senses(struct engine *e)
{
	int error = 0;

	e->loop = loop_open(&error);
	if (e->loop == NULL)
		fail("cannot wait for events", error);
	error = news_open(e->scratch);
	if (error == 0)
		error = loop_watch(e->loop, PLUMB_NEWS, TAG_NEWS, true, false);
	if (error == 0)
		error = loop_watch(e->loop, PLUMB_WIRE, TAG_WIRE, true, false);
	if (error != 0)
		fail("cannot hear the guard", error);
	error = doors_open(
	    &e->doors, e->loop, &e->plan->settings, TAG_CTL, TAG_NOTIFY);
	if (error == -EADDRINUSE)
		give_back(69);
	if (error != 0)
		_exit(1);
}

static void
open_hands(struct engine *e)
{
	struct act_ground hands = {
		.core = e->core,
		.ledger = e->ledger,
		.loop = e->loop,
		.plan = e->plan,
		.wire = PLUMB_WIRE,
		.cgroups = e->cgroups,
		.socket = e->doors.socket,
		.notify_path = e->doors.notify_path,
		.own_nofile = e->nofile_raised ? &e->nofile : NULL,
	};
	struct health_ground health = {
		.core = e->core,
		.plan = e->plan,
		.loop = e->loop,
	};
	struct update_ground update = {
		.core = e->core,
		.ctl = e->doors.ctl,
		.wire = PLUMB_WIRE,
		.paths = e->options->paths,
		.paths_count = e->options->paths_count,
	};
	struct desk_ground desk;
	int error = 0;

	e->act = act_open(&hands, &error);
	if (e->act == NULL)
		fail("cannot start services", error);
	health.act = e->act;
	e->health = health_open(&health);
	if (e->health == NULL)
		fail("health", -ENOMEM);
	e->update = update_open(&update);
	if (e->update == NULL)
		fail("updates", -ENOMEM);
	if (e->doors.ctl == NULL)
		return;
	desk.core = e->core;
	desk.ctl = e->doors.ctl;
	desk.act = e->act;
	desk.plan = e->plan;
	desk.cgroups = e->cgroups.fd;
	desk.is_machine = e->is_machine;
	e->desk = desk_open(&desk);
	if (e->desk == NULL)
		fail("operators", -ENOMEM);
}

static void
begin(struct engine *e, bool adopting)
{
	const struct looked nothing = { .news = 0 };

	memset(&e->events[0], 0, sizeof(e->events[0]));
	e->events[0].kind = adopting ? EVENT_ADOPT : EVENT_BOOT;
	if (adopting) {
		act_adopt(e->act);
		health_adopt(e->health, loop_now_ms());
		if (core_updating(e->core) &&
		    !update_resume(e->update, e->words.conf_generation))
			_exit(1);
		log_warn("engine %llu has taken over; no service was touched",
		    (unsigned long long)e->words.engines);
	} else {
		log_info("supd %s: %u nodes; control socket %s", SUPD_VERSION,
		    e->plan->count,
		    e->doors.ctl != NULL ? e->doors.socket : "none");
	}
	step(e, 1, &nothing);
	keep_settled(PLUMB_WIRE);
}

/* The terminal's ^C is for the guard alone, and a peer that is gone is an
 * error of one write. */
static void
set_apart(struct engine *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	int fd, error;

	prctl(PR_SET_NAME, "supd-engine");
	setpgid(0, 0);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGTTOU, &ignore, NULL);
	for (fd = PLUMB_NEWS; fd < PLUMB_SLOTS + SLOT_COUNT; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	e->nofile_raised =
	    nofile_raise(DESCRIPTORS, &e->nofile) != e->nofile.rlim_cur;
	error = keep_reserve();
	if (error != 0)
		log_warn("cannot reserve the numbers of descriptors that the "
			 "guard keeps: %s",
		    strerror(-error));
}

int
engine_run(const struct engine_options *options)
{
	struct engine *e = fresh_memory(sizeof(*e));
	bool adopting;

	set_apart(e);
	e->is_machine = machine_is_ours(keep_guard(PLUMB_WIRE));
	e->options = options;
	adopting = open_tree(e);
	log_setup(
	    "supd", e->plan->settings.log_level, e->plan->settings.log_format);
	open_senses(e);
	cages_open(
	    &e->cgroups, e->plan->settings.cgroup, e->words.id, adopting);
	open_hands(e);
	apply_settings(e);
	begin(e, adopting);
	while (!e->leaving) {
		wait_for_the_world(e);
		turn(e);
	}
	leave(e);
	return 1;
}
