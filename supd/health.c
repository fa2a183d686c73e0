#include "health.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/must.h"
#include "os/probe.h"
#include "os/spawn.h"

/* A command that could not be started for want of room is tried again then. */
#define BUSY_MS 200

enum phase { IDLE, CONNECTING, SENDING, READING, RUNNING };

/* One service under watch, at its node's number. */
struct watch {
	uint32_t uid; /* 0: not watched */
	uint32_t ticket;
	uint8_t phase; /* enum phase */
	int fd;        /* of a connection, else -1 */
	pid_t pid;     /* of a command, else 0 */
	uint64_t birth;
	uint64_t at_ms; /* the next probe, or the end of this one */
	uint32_t heap;  /* place in the heap + 1 */
	size_t sent;
	struct probe_answer answer;
};

struct health {
	struct health_ground at;
	struct watch watches[LIMIT_NODES];
	uint32_t heap[LIMIT_NODES];
	uint32_t heap_count;
	struct event events[LIMIT_NODES]; /* a ring; a node has one at most */
	uint32_t events_head, events_count;
};

struct health *
health_open(const struct health_ground *ground)
{
	struct health *h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (h == MAP_FAILED)
		return NULL;
	h->at = *ground;
	return h;
}

void
health_close(struct health *h)
{
	munmap(h, sizeof(*h));
}

static void
place(struct health *h, uint32_t at, uint32_t node)
{
	h->heap[at] = node;
	h->watches[node].heap = at + 1;
}

static uint64_t
key(const struct health *h, uint32_t at)
{
	return h->watches[h->heap[at]].at_ms;
}

static void
sift(struct health *h, uint32_t at)
{
	uint32_t node = h->heap[at], down;
	uint64_t mine = h->watches[node].at_ms;

	while (at > 0 && key(h, (at - 1) / 2) > mine) {
		place(h, at, h->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	while ((down = 2 * at + 1) < h->heap_count) {
		if (down + 1 < h->heap_count && key(h, down + 1) < key(h, down))
			down++;
		if (key(h, down) >= mine)
			break;
		place(h, at, h->heap[down]);
		at = down;
	}
	place(h, at, node);
}

static void
unschedule(struct health *h, uint32_t node)
{
	uint32_t at = h->watches[node].heap, last;

	if (at == 0)
		return;
	h->watches[node].heap = 0;
	last = h->heap[--h->heap_count];
	if (last == node)
		return;
	place(h, at - 1, last);
	sift(h, at - 1);
}

static void
schedule(struct health *h, uint32_t node, uint64_t now_ms, uint64_t ms)
{
	struct watch *w = &h->watches[node];

	unschedule(h, node);
	w->at_ms = ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + ms;
	must(h->heap_count < LIMIT_NODES);
	place(h, h->heap_count, node);
	sift(h, h->heap_count++);
}

static const struct plan_health *
spec_of(const struct health *h, uint32_t node)
{
	return &h->at.plan->nodes[node].health;
}

static void
hang_up(struct health *h, struct watch *w)
{
	if (w->fd < 0)
		return;
	loop_forget(h->at.loop, w->fd);
	close(w->fd);
	w->fd = -1;
}

/* With all that it started in its own session; its end is heard later. */
static void
kill_command(const struct watch *w)
{
	if (w->pid > 0)
		(void)spawn_signal(w->pid, w->birth, SIGKILL, true, false);
}

static void
tell(struct health *h, uint32_t node, enum record_outcome outcome, int number)
{
	const struct watch *w = &h->watches[node];
	struct event *e;

	if (outcome == OUTCOME_GOOD && core_record(h->at.core, node)->ill == 0)
		return;
	must(h->events_count < LIMIT_NODES);
	e = &h->events[(h->events_head + h->events_count++) % LIMIT_NODES];
	*e = (struct event){
		.kind = EVENT_HEALTH,
		.node = node,
		.ticket = w->ticket,
		.probe = spec_of(h, node)->probe,
		.outcome = (uint8_t)outcome,
		.number = number,
	};
}

/* The probe is over. */
static void
conclude(struct health *h, uint32_t node, uint64_t now_ms,
    enum record_outcome outcome, int number)
{
	struct watch *w = &h->watches[node];

	hang_up(h, w);
	w->phase = IDLE;
	tell(h, node, outcome, number);
	schedule(h, node, now_ms, spec_of(h, node)->interval_ms);
}

static void
begin(struct health *h, uint32_t node, uint64_t now_ms)
{
	const struct plan_health *spec = spec_of(h, node);
	const struct record *r = core_record(h->at.core, node);
	struct watch *w = &h->watches[node];

	if (spec->probe == PROBE_WATCHDOG || w->uid != 0 ||
	    r->state != STATE_RUNNING)
		return;
	*w = (struct watch){ .uid = r->uid, .ticket = r->ticket, .fd = -1 };
	schedule(h, node, now_ms,
	    spec->delay_ms == SPEC_INFINITE ? spec->interval_ms
					    : spec->delay_ms);
}

static void
end(struct health *h, uint32_t node)
{
	struct watch *w = &h->watches[node];

	if (w->uid == 0)
		return;
	hang_up(h, w);
	kill_command(w);
	unschedule(h, node);
	w->uid = 0;
}

void
health_adopt(struct health *h, uint64_t now_ms)
{
	uint32_t node;

	for (node = 0; node < core_count(h->at.core); node++)
		begin(h, node, now_ms);
}

/* Numbers and rules are others now: all probes begin anew. */
void
health_replan(struct health *h, const struct plan *plan, uint64_t now_ms)
{
	const uint32_t count = core_count(h->at.core);
	uint32_t k, node;

	for (k = 0; k < LIMIT_NODES; k++)
		end(h, k);
	must(h->heap_count == 0);
	h->at.plan = plan;
	/* What was to be told of the old numbers is found again if it is still
	 * so. */
	h->events_count = 0;
	for (node = 0; node < count; node++)
		begin(h, node, now_ms);
}

void
health_hear(struct health *h, const struct note *note, uint64_t now_ms)
{
	uint32_t node;

	if (note->node_kind != SPEC_SERVICE)
		return;
	node = core_by_uid(h->at.core, note->uid);
	if (node == SPEC_NONE)
		return;
	switch ((enum note_kind)note->kind) {
	case NOTE_READY:
		end(h, node);
		begin(h, node, now_ms);
		break;
	case NOTE_STOPPING:
	case NOTE_STOPPED:
	case NOTE_FAILED:
	case NOTE_EXITED:
		end(h, node);
		break;
	default:
		break;
	}
}

static void
hear_answer(struct health *h, uint32_t node, uint64_t now_ms)
{
	struct watch *w = &h->watches[node];
	int status = probe_status(w->fd, &w->answer);

	if (status == -EAGAIN)
		return;
	if (status == -EPROTO)
		conclude(h, node, now_ms, OUTCOME_ANSWER, 0);
	else if (status < 0)
		conclude(h, node, now_ms, OUTCOME_ERROR, -status);
	else if (status >= 200 && status < 400)
		conclude(h, node, now_ms, OUTCOME_GOOD, 0);
	else
		conclude(h, node, now_ms, OUTCOME_STATUS, status);
}

static uint64_t
tag(uint32_t node)
{
	return HEALTH_TAG | node;
}

/* Connected: for TCP that is all, HTTP has its request to send. */
static void
go_on(struct health *h, uint32_t node, uint64_t now_ms)
{
	const struct plan_health *spec = spec_of(h, node);
	struct watch *w = &h->watches[node];
	int error = 0;

	if (w->phase == CONNECTING)
		error = probe_connected(w->fd);
	if (error == 0 && spec->probe == PROBE_TCP) {
		conclude(h, node, now_ms, OUTCOME_GOOD, 0);
		return;
	}
	w->phase = SENDING;
	if (error == 0)
		error = probe_send(w->fd, spec->request, &w->sent);
	if (error == -EAGAIN)
		return;
	if (error == 0)
		error = loop_change(h->at.loop, w->fd, tag(node), true, false);
	if (error != 0)
		conclude(h, node, now_ms, OUTCOME_ERROR, -error);
	else
		w->phase = READING;
}

void
health_ready(struct health *h, uint64_t t, uint64_t now_ms)
{
	uint32_t node = (uint32_t)t;
	struct watch *w;

	must(node < LIMIT_NODES);
	w = &h->watches[node];
	if (w->uid == 0 || w->fd < 0)
		return;
	if (w->phase == READING)
		hear_answer(h, node, now_ms);
	else
		go_on(h, node, now_ms);
}

static void
connect_to(struct health *h, uint32_t node, uint64_t now_ms)
{
	const struct plan_health *spec = spec_of(h, node);
	struct watch *w = &h->watches[node];
	bool done = false;
	int fd, error;

	fd = probe_connect(spec->address, spec->address_bytes, &done);
	if (fd < 0) {
		conclude(h, node, now_ms, OUTCOME_ERROR, -fd);
		return;
	}
	w->fd = fd;
	w->phase = CONNECTING;
	w->sent = 0;
	w->answer.n = 0;
	error = loop_watch(h->at.loop, fd, tag(node), false, true);
	if (error != 0)
		conclude(h, node, now_ms, OUTCOME_ERROR, -error);
	else if (done)
		go_on(h, node, now_ms);
}

static void
run(struct health *h, uint32_t node, uint64_t now_ms)
{
	struct watch *w = &h->watches[node];
	int pid;

	/* What was killed is not gone yet: another would only join it. */
	if (w->pid > 0) {
		conclude(h, node, now_ms, OUTCOME_SILENT, 0);
		return;
	}
	pid = act_probe(h->at.act, node, &spec_of(h, node)->command, &w->birth);
	if (pid == -EBUSY) {
		schedule(h, node, now_ms, BUSY_MS);
	} else if (pid < 0) {
		conclude(h, node, now_ms, OUTCOME_ERROR, -pid);
	} else {
		w->pid = pid;
		w->phase = RUNNING;
	}
}

/* Its time has come: a probe begins, or has taken too long. */
static void
fire(struct health *h, uint32_t node, uint64_t now_ms)
{
	const struct plan_health *spec = spec_of(h, node);
	struct watch *w = &h->watches[node];

	if (w->phase != IDLE) {
		kill_command(w);
		conclude(h, node, now_ms, OUTCOME_SILENT, 0);
		return;
	}
	schedule(h, node, now_ms, spec->timeout_ms);
	if (spec->probe == PROBE_COMMAND)
		run(h, node, now_ms);
	else
		connect_to(h, node, now_ms);
}

static void
hear_end(struct health *h, const struct act_probe_end *ended, uint64_t now_ms)
{
	uint32_t node = core_by_uid(h->at.core, ended->uid);
	struct watch *w;

	if (node == SPEC_NONE)
		return;
	w = &h->watches[node];
	if (w->uid != ended->uid || w->pid != ended->pid)
		return;
	w->pid = 0;
	/* It was too late, and that is told. */
	if (w->phase != RUNNING)
		return;
	if (ended->code != CLD_EXITED)
		conclude(h, node, now_ms, OUTCOME_SIGNAL, ended->status);
	else if (ended->status != 0)
		conclude(h, node, now_ms, OUTCOME_CODE, ended->status);
	else
		conclude(h, node, now_ms, OUTCOME_GOOD, 0);
}

void
health_work(struct health *h, uint64_t now_ms)
{
	struct act_probe_end ended;

	while (act_probe_next(h->at.act, &ended))
		hear_end(h, &ended, now_ms);
	/* Each node once: what comes of it is due later than now. */
	while (h->heap_count > 0 && key(h, 0) <= now_ms &&
	       h->events_count < LIMIT_NODES)
		fire(h, h->heap[0], now_ms);
}

bool
health_next(struct health *h, struct event *event)
{
	if (h->events_count == 0)
		return false;
	*event = h->events[h->events_head];
	h->events_head = (h->events_head + 1) % LIMIT_NODES;
	h->events_count--;
	return true;
}

uint64_t
health_deadline(const struct health *h)
{
	return h->heap_count > 0 ? key(h, 0) : UINT64_MAX;
}
