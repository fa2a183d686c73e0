#include "cleaner.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/limits.h"
#include "lib/log.h"
#include "lib/must.h"
#include "os/loop.h"
#include "os/remains.h"
#include "os/spawn.h"

/* What is left of a service is looked at again after this long at first, and
 * twice as long each time... */
#define WAIT_MS_MIN 1
#define WAIT_MS_MAX 1000
/* ...and is told to be stuck after this long. */
#define STUCK_MS 5000
/* A cgroup that tells of its changes is looked at in vain so often. */
#define WATCHED_MS 100
/* Who asked for the end of his own service has this long to read the answer
 * and leave... */
#define HOLD_MS 1000
/* ...and is looked at so often. */
#define HOLD_LOOK_MS 10
#define HOLDS 64
/* An end of each node, and word of its being stuck. */
#define EVENTS (LIMIT_NODES * 2)
/* Cgroups that wait for their processes to go by themselves (kill_mode =
 * process); one more is removed when supd ends. */
#define LEFT_MAX 256
/* Cgroups that are watched at once, so that descriptors are left for starts;
 * others are looked at by time. */
#define WATCH_MAX (LEFT_MAX + 256)
#define CAGES (LIMIT_NODES + LEFT_MAX)

/* Without a cgroup. */
struct cleaning {
	uint32_t uid;
	uint32_t node;
	uint32_t ticket;
	pid_t leader;
	uint64_t since_ms;
	bool stuck;
	bool held;
};

/* With one. */
struct cage {
	bool used;
	bool left; /* to its processes; nobody waits for its end */
	bool stuck;
	uint32_t uid;
	uint32_t node;
	uint32_t ticket;
	int watch; /* -1: it could not be had */
	uint64_t since_ms;
	uint64_t at_ms;
	uint64_t wait_ms;
	uint32_t next; /* of the free ones, as index + 1 */
	char name[CGROUP_NAME];
};

struct hold {
	uint32_t uid;
	pid_t pid;
	uint64_t birth;
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

	struct cage cages[CAGES];
	uint32_t cages_free;  /* index + 1 */
	uint32_t cages_fresh; /* from here on they were never used */
	uint32_t left_count;
	uint32_t watch_count;
	uint64_t cages_at_ms; /* no cage is due earlier */

	struct hold holds[HOLDS]; /* a ring */
	uint32_t holds_count;     /* ever */

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
	c->cages_at_ms = UINT64_MAX;
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

/* Whoever is to have the time to read an answer. */

void
cleaner_hold(struct cleaner *c, uint32_t node, pid_t pid)
{
	struct hold *hold = &c->holds[c->holds_count++ % HOLDS];

	hold->uid = core_record(c->at.core, node)->uid;
	hold->pid = pid;
	hold->birth = spawn_birth(pid);
}

/* Is one of this service's still there? */
static bool
is_held(struct cleaner *c, uint32_t uid, uint64_t since_ms, uint64_t now_ms)
{
	struct hold *hold;
	uint32_t i, n = c->holds_count < HOLDS ? c->holds_count : HOLDS;
	bool held = false;

	for (i = 0; i < n; i++) {
		hold = &c->holds[i];
		if (hold->uid != uid)
			continue;
		if (now_ms - since_ms < HOLD_MS && hold->birth != 0 &&
		    spawn_alive(hold->pid, hold->birth))
			held = true;
		else
			hold->uid = 0;
	}
	return held;
}

static void
tell_stuck(struct cleaner *c, uint32_t node, uint32_t ticket, pid_t pid)
{
	log_warn("%s: pid %d does not die of SIGKILL (uninterruptible?); the "
		 "service waits for it, all others go on",
	    c->at.plan->nodes[node].path, pid);
	tell(c, EVENT_STUCK, node, ticket);
}

/* With a cgroup. */

static void
name_of(const struct cleaner *c, uint32_t node, uint32_t ticket,
    char name[CGROUP_NAME])
{
	cgroup_name(name, core_spec(c->at.core, node)->name,
	    core_record(c->at.core, node)->uid, ticket);
}

/* 0, or -errno where one cannot be had as it is configured. */
static int
set_limits(const struct cleaner *c, uint32_t node, int dir)
{
	const struct plan_node *n = &c->at.plan->nodes[node];
	int which, error = 0;

	for (which = 0; error == 0 && which < CGROUP_LIMIT_COUNT; which++) {
		if (n->launch.cgroup_limits[which] == NULL)
			continue;
		/* Without a cgroup it is not limited, so it is not run. */
		error = dir < 0 ? -EOPNOTSUPP
				: cgroup_limit(dir, (enum cgroup_limit)which,
				      n->launch.cgroup_limits[which]);
		if (error != 0)
			log_error("%s: cannot set %s of its cgroup: %s",
			    n->path,
			    cgroup_limit_file((enum cgroup_limit)which),
			    strerror(-error));
	}
	return error;
}

int
cleaner_cage(struct cleaner *c, uint32_t node, uint32_t ticket)
{
	char name[CGROUP_NAME];
	int dir = -ENOENT, error;

	if (c->at.cgroups.fd >= 0) {
		name_of(c, node, ticket, name);
		dir = cgroup_make(c->at.cgroups.fd, name);
		if (dir < 0) {
			log_error("%s: cannot make its cgroup: %s",
			    c->at.plan->nodes[node].path, strerror(-dir));
			return dir == -ENOENT ? -ENODEV : dir;
		}
	}
	error = set_limits(c, node, dir);
	if (error == 0)
		return dir;
	if (dir >= 0)
		close(dir);
	return error;
}

int
cleaner_enter(const struct cleaner *c, uint32_t node, uint32_t ticket)
{
	char name[CGROUP_NAME];

	if (c->at.cgroups.fd < 0)
		return -ENOENT;
	name_of(c, node, ticket, name);
	return cgroup_open(c->at.cgroups.fd, name);
}

uint32_t
cleaner_oom(const struct cleaner *c, uint32_t node, uint32_t ticket)
{
	char name[CGROUP_NAME];
	uint64_t kills;

	if (c->at.cgroups.fd < 0)
		return 0;
	name_of(c, node, ticket, name);
	kills = cgroup_oom_kills(c->at.cgroups.fd, name);
	return kills < UINT32_MAX ? (uint32_t)kills : UINT32_MAX;
}

/* 0 if it is gone. */
static int
cage_remove(const struct cleaner *c, const char *name)
{
	int error = cgroup_remove(c->at.cgroups.fd, name);

	if (error != 0 && error != -EBUSY && error != -EAGAIN)
		log_warn(
		    "cannot remove the cgroup %s: %s", name, strerror(-error));
	return error;
}

void
cleaner_drop(struct cleaner *c, uint32_t node, uint32_t ticket)
{
	char name[CGROUP_NAME];

	if (c->at.cgroups.fd < 0)
		return;
	name_of(c, node, ticket, name);
	(void)cage_remove(c, name);
}

/* NULL: there is no room. */
static struct cage *
cage_take(struct cleaner *c, const char *name)
{
	struct cage *cage;

	if (c->cages_free != 0) {
		cage = &c->cages[c->cages_free - 1];
		c->cages_free = cage->next;
	} else if (c->cages_fresh < CAGES) {
		cage = &c->cages[c->cages_fresh++];
	} else {
		return NULL;
	}
	memset(cage, 0, sizeof(*cage));
	cage->used = true;
	cage->at_ms = UINT64_MAX;
	memcpy(cage->name, name, CGROUP_NAME);
	return cage;
}

static void
cage_free(struct cleaner *c, struct cage *cage)
{
	if (cage->watch >= 0) {
		loop_forget(c->at.loop, cage->watch);
		close(cage->watch);
		c->watch_count--;
	}
	if (cage->left)
		c->left_count--;
	cage->used = false;
	cage->next = c->cages_free;
	c->cages_free = (uint32_t)(cage - c->cages) + 1;
}

/* What stands in the file is read first: only later changes are told. */
static void
cage_watch(struct cleaner *c, struct cage *cage)
{
	uint64_t tag = c->at.tag + (uint64_t)(cage - c->cages);

	cage->watch = c->watch_count < WATCH_MAX
			  ? cgroup_watch(c->at.cgroups.fd, cage->name)
			  : -1;
	if (cage->watch < 0)
		return;
	if (loop_watch_change(c->at.loop, cage->watch, tag) == 0) {
		(void)cgroup_populated(cage->watch);
		c->watch_count++;
		return;
	}
	close(cage->watch);
	cage->watch = -1;
}

/* Nothing is killed: the cgroup goes when its processes have gone. */
static void
cage_leave(struct cleaner *c, const char *name)
{
	struct cage *cage;

	if (c->left_count >= LEFT_MAX)
		return;
	cage = cage_take(c, name);
	if (cage == NULL)
		return;
	cage->left = true;
	c->left_count++;
	cage_watch(c, cage);
	/* They may have gone before it was watched. */
	if (cage->watch < 0 || cage_remove(c, name) == 0)
		cage_free(c, cage);
}

static void
cage_later(struct cleaner *c, struct cage *cage, uint64_t at_ms)
{
	cage->at_ms = at_ms;
	if (at_ms < c->cages_at_ms)
		c->cages_at_ms = at_ms;
}

static void
cage_gone(struct cleaner *c, struct cage *cage)
{
	if (!cage->left)
		tell(c, EVENT_GONE, cage->node, cage->ticket);
	cage_free(c, cage);
}

/* Removes it if it is empty, else kills all that is in it. */
static void
cage_try(struct cleaner *c, struct cage *cage, uint64_t now_ms)
{
	int error, kill_error;

	error = cage_remove(c, cage->name);
	/* Empty is what matters; why it stays was said. */
	if (error != -EBUSY && error != -EAGAIN) {
		cage_gone(c, cage);
		return;
	}
	if (cage->left)
		return;
	if (is_held(c, cage->uid, cage->since_ms, now_ms)) {
		cage_later(c, cage, now_ms + HOLD_LOOK_MS);
		return;
	}
	kill_error = cgroup_kill(c->at.cgroups.fd, cage->name);
	if (!cage->stuck && now_ms - cage->since_ms >= STUCK_MS) {
		cage->stuck = true;
		if (kill_error != 0)
			log_error("cannot kill the cgroup %s: %s", cage->name,
			    strerror(-kill_error));
		tell_stuck(c, cage->node, cage->ticket,
		    cgroup_one(c->at.cgroups.fd, cage->name));
	}
	cage_later(c, cage, now_ms + (error == -EAGAIN ? 0 : cage->wait_ms));
	cage->wait_ms *= 2;
	if (cage->wait_ms > WAIT_MS_MAX)
		cage->wait_ms = WAIT_MS_MAX;
}

void
cleaner_ready(struct cleaner *c, uint32_t index)
{
	struct cage *cage = &c->cages[index];

	if (index >= CAGES || !cage->used || cage->watch < 0)
		return;
	/* Reading it also says that we know. */
	if (cgroup_populated(cage->watch) != 1)
		cage_try(c, cage, loop_now_ms());
}

static void
cages_work(struct cleaner *c, uint64_t now_ms)
{
	struct cage *cage;
	uint32_t i;

	if (now_ms < c->cages_at_ms)
		return;
	c->cages_at_ms = UINT64_MAX;
	for (i = 0; i < c->cages_fresh; i++) {
		cage = &c->cages[i];
		if (!cage->used)
			continue;
		if (cage->at_ms <= now_ms)
			cage_try(c, cage, now_ms);
		else
			cage_later(c, cage, cage->at_ms);
	}
}

/* The usual case is that nothing was left. */
static void
cage_order(struct cleaner *c, const struct action *action)
{
	enum spec_kill_mode mode =
	    core_spec(c->at.core, action->node)->kill_mode;
	char name[CGROUP_NAME];
	struct cage *cage;
	int error;

	name_of(c, action->node, action->ticket, name);
	error = cage_remove(c, name);
	if (mode == KILL_MODE_PROCESS && error != 0)
		cage_leave(c, name);
	if (mode == KILL_MODE_PROCESS ||
	    (error != -EBUSY && error != -EAGAIN)) {
		tell(c, EVENT_GONE, action->node, action->ticket);
		return;
	}
	cage = cage_take(c, name);
	must(cage != NULL);
	cage->uid = core_record(c->at.core, action->node)->uid;
	cage->node = action->node;
	cage->ticket = action->ticket;
	cage->since_ms = loop_now_ms();
	cage_watch(c, cage);
	cage->wait_ms = cage->watch >= 0 ? WATCHED_MS : WAIT_MS_MIN;
	cage_try(c, cage, cage->since_ms);
}

/* Does a start that is in progress, or alive, or being cleaned, have it? */
static bool
is_in_use(const struct cleaner *c, uint32_t uid, uint32_t ticket)
{
	uint32_t node = core_by_uid(c->at.core, uid);
	const struct record *r;

	if (node == SPEC_NONE)
		return false;
	r = core_record(c->at.core, node);
	return r->ticket == ticket &&
	       (r->pid > 0 || r->remains || r->state == STATE_STARTING ||
		   r->state == STATE_STOPPING);
}

void
cleaner_adopt(struct cleaner *c)
{
	char name[CGROUP_NAME];
	struct cgroup_list list;
	uint32_t uid, ticket;
	const char *found;

	if (c->at.cgroups.fd < 0 ||
	    cgroup_list_open(&list, c->at.cgroups.fd) != 0)
		return;
	while ((found = cgroup_list_next(&list)) != NULL) {
		if (strlen(found) >= CGROUP_NAME ||
		    !cgroup_parse(found, &uid, &ticket) ||
		    is_in_use(c, uid, ticket))
			continue;
		memset(name, 0, sizeof(name));
		memcpy(name, found, strlen(found));
		if (cage_remove(c, name) != 0)
			cage_leave(c, name);
	}
	cgroup_list_close(&list);
}

/* Without one. */

static void
plain_order(struct cleaner *c, const struct action *action)
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
	one->held = false;
	c->now = true;
	c->wait_ms = WAIT_MS_MIN;
}

/* Is a child of the guard one that we know? */
static bool
is_known(const void *who, pid_t pid)
{
	const struct cleaner *c = who;

	return pids_find(c->at.pids, pid) != PIDS_NONE;
}

static void
kill_remains(struct cleaner *c, uint64_t now_ms)
{
	const struct remains_known known = { .is = is_known, .who = c };
	struct cleaning *one;
	uint32_t i;
	int error;

	for (i = 0; i < c->count; i++) {
		one = &c->cleaning[i];
		one->held = is_held(c, one->uid, one->since_ms, now_ms);
		/* Neither leader nor mark: nothing of it is found. */
		c->remains[i].leader = one->held ? 0 : one->leader;
		c->remains[i].uid = one->held ? 0 : one->uid;
		c->remains[i].ticket = one->ticket;
	}
	error = remains_kill(c->remains, c->count, c->at.cgroups.id,
	    c->orphaned ? NULL : &known);
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
	bool held = false;

	kill_remains(c, now_ms);
	for (i = 0; i < c->count; i++) {
		one = &c->cleaning[i];
		held = held || one->held;
		if (!one->held && !c->remains[i].alive) {
			tell(c, EVENT_GONE, one->node, one->ticket);
			continue;
		}
		if (!one->stuck && c->remains[i].one != 0 &&
		    now_ms - one->since_ms >= STUCK_MS) {
			one->stuck = true;
			tell_stuck(
			    c, one->node, one->ticket, c->remains[i].one);
		}
		c->cleaning[kept++] = *one;
	}
	c->count = kept;
	c->now = false;
	if (held)
		c->wait_ms = HOLD_LOOK_MS;
	c->at_ms = kept > 0 ? now_ms + c->wait_ms : UINT64_MAX;
	c->wait_ms *= 2;
	if (c->wait_ms > WAIT_MS_MAX)
		c->wait_ms = WAIT_MS_MAX;
}

void
cleaner_order(struct cleaner *c, const struct action *action)
{
	if (c->at.cgroups.fd >= 0)
		cage_order(c, action);
	else
		plain_order(c, action);
}

void
cleaner_work(struct cleaner *c, uint64_t now_ms)
{
	if (c->count > 0 && (c->now || now_ms >= c->at_ms))
		clean(c, now_ms);
	cages_work(c, now_ms);
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
	for (i = 0; i < c->cages_fresh; i++) {
		if (c->cages[i].used && !c->cages[i].left)
			c->cages[i].node =
			    core_by_uid(c->at.core, c->cages[i].uid);
	}
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
	uint64_t at_ms = c->count > 0 ? c->at_ms : UINT64_MAX;

	return at_ms < c->cages_at_ms ? at_ms : c->cages_at_ms;
}
