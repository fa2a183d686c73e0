#include "cleaner.h"

#include <string.h>
#include <sys/mman.h>

#include "lib/limits.h"
#include "lib/log.h"
#include "lib/must.h"
#include "os/loop.h"
#include "os/remains.h"

/* What is left of a service is looked at again after this long at first, and
 * twice as long each time... */
#define WAIT_MS_MIN 1
#define WAIT_MS_MAX 1000
/* ...and is told to be stuck after this long. */
#define STUCK_MS 5000
/* An end of each node, and word of its being stuck. */
#define EVENTS (LIMIT_NODES * 2)

struct cleaning {
	uint32_t uid;
	uint32_t node;
	uint32_t ticket;
	pid_t leader;
	uint64_t since_ms;
	bool stuck;
};

struct cleaner {
	struct cleaner_ground at;
	bool orphaned;

	struct cleaning cleaning[LIMIT_NODES];
	struct remains remains[LIMIT_NODES]; /* scratch, at the same numbers */
	uint32_t count;
	bool now;
	uint64_t wait_ms;
	uint64_t at_ms;

	/* A ring. */
	struct event events[EVENTS];
	uint32_t events_head, events_count;
};

struct cleaner *
cleaner_open(const struct cleaner_ground *ground)
{
	struct cleaner *c;

	c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		return NULL;
	c->at = *ground;
	c->at_ms = UINT64_MAX;
	return c;
}

void
cleaner_close(struct cleaner *c)
{
	munmap(c, sizeof(*c));
}

static void
tell(struct cleaner *c, enum event_kind kind, uint32_t node, uint32_t ticket)
{
	struct event *event;

	must(c->events_count < EVENTS);
	event = &c->events[(c->events_head + c->events_count++) % EVENTS];
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->node = node;
	event->ticket = ticket;
}

bool
cleaner_next(struct cleaner *c, struct event *event)
{
	if (c->events_count == 0)
		return false;
	*event = c->events[c->events_head];
	c->events_head = (c->events_head + 1) % EVENTS;
	c->events_count--;
	return true;
}

void
cleaner_order(struct cleaner *c, const struct action *action)
{
	const struct spec *spec = core_spec(c->at.core, action->node);
	struct cleaning *one;

	if (action->pid <= 0 || spec->kill_mode == KILL_MODE_PROCESS) {
		tell(c, EVENT_GONE, action->node, action->ticket);
		return;
	}
	must(c->count < LIMIT_NODES);
	one = &c->cleaning[c->count++];
	one->uid = core_record(c->at.core, action->node)->uid;
	one->node = action->node;
	one->ticket = action->ticket;
	one->leader = action->pid;
	one->since_ms = loop_now_ms();
	one->stuck = false;
	c->now = true;
	c->wait_ms = WAIT_MS_MIN;
}

static void
tell_stuck(struct cleaner *c, struct cleaning *one, pid_t pid)
{
	one->stuck = true;
	log_warn("%s: pid %d does not die of SIGKILL (uninterruptible?); the "
		 "service waits for it, all others go on",
	    c->at.plan->nodes[one->node].path, pid);
	tell(c, EVENT_STUCK, one->node, one->ticket);
}

/* Is a child of the guard one that we know? */
static bool
is_known(const void *who, pid_t pid)
{
	const struct cleaner *c = who;

	return pids_find(c->at.pids, pid) != PIDS_NONE;
}

static void
kill_remains(struct cleaner *c)
{
	const struct remains_known known = { .is = is_known, .who = c };
	uint32_t i;
	int error;

	for (i = 0; i < c->count; i++) {
		c->remains[i].leader = c->cleaning[i].leader;
		c->remains[i].group_only =
		    core_spec(c->at.core, c->cleaning[i].node)->kill_mode ==
		    KILL_MODE_GROUP;
	}
	error = remains_kill(c->remains, c->count, c->orphaned ? NULL : &known);
	if (error != 0)
		log_debug("/proc cannot be read (%s): process groups are "
			  "killed, sessions are not",
		    strerror(-error));
}

/* Kills what is left of all that are being cleaned; one walk serves all. */
static void
clean(struct cleaner *c, uint64_t now_ms)
{
	struct cleaning *one;
	uint32_t i, kept = 0;

	kill_remains(c);
	for (i = 0; i < c->count; i++) {
		one = &c->cleaning[i];
		if (c->remains[i].alive == 0) {
			tell(c, EVENT_GONE, one->node, one->ticket);
			continue;
		}
		if (!one->stuck && now_ms - one->since_ms >= STUCK_MS)
			tell_stuck(c, one, c->remains[i].one);
		c->cleaning[kept++] = *one;
	}
	c->count = kept;
	c->now = false;
	c->at_ms = kept > 0 ? now_ms + c->wait_ms : UINT64_MAX;
	c->wait_ms *= 2;
	if (c->wait_ms > WAIT_MS_MAX)
		c->wait_ms = WAIT_MS_MAX;
}

void
cleaner_work(struct cleaner *c, uint64_t now_ms)
{
	if (c->count > 0 && (c->now || now_ms >= c->at_ms))
		clean(c, now_ms);
}

void
cleaner_orphan(struct cleaner *c)
{
	c->now = c->count > 0;
}

void
cleaner_orphaned(struct cleaner *c)
{
	c->orphaned = true;
}

void
cleaner_replan(struct cleaner *c, const struct plan *plan)
{
	uint32_t i;

	c->at.plan = plan;
	for (i = 0; i < c->count; i++)
		c->cleaning[i].node =
		    core_by_uid(c->at.core, c->cleaning[i].uid);
}

bool
cleaner_told(const struct cleaner *c)
{
	return c->events_count > 0;
}

bool
cleaner_busy(const struct cleaner *c)
{
	return c->now || c->events_count > 0;
}

uint64_t
cleaner_deadline(const struct cleaner *c)
{
	return c->count > 0 ? c->at_ms : UINT64_MAX;
}
