#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleaner.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/must.h"
#include "os/keep.h"
#include "os/mark.h"
#include "os/notify.h"
#include "os/plumb.h"
#include "os/proc.h"
#include "os/spawn.h"
#include "pids.h"

/* How far up the owner of a process is looked for. */
#define DESCENT_MAX 32

enum tag_kind { TAG_READY, TAG_PIDFD, TAG_CGROUP };

/* A pipe of `ready = fd:N`, in the slot of the same number. */
struct ready {
	bool used;
	uint32_t uid;
	uint32_t node;
	uint32_t ticket;
};

struct act {
	struct act_ground at;
	struct spawner *spawner;
	struct pids *pids;
	struct cleaner *cleaner;
	bool orphaned;

	/* Starts that wait, a ring; a node has one at most. */
	struct action starts[LIMIT_NODES];
	uint32_t starts_head, starts_count;

	/* Results for the core, a ring. */
	struct event events[LIMIT_NODES * 2];
	uint32_t events_head, events_count;

	struct ready ready[SLOT_READY_COUNT];

	/* Ends of probes that nobody has fetched. */
	struct act_probe_end ends[PIDS_RELOADS];
	uint32_t ends_count;
};

static uint64_t
tag(enum tag_kind kind, uint32_t index)
{
	return ACT_TAG | (uint64_t)kind << 32 | index;
}

static bool
open_rooms(struct act *a)
{
	struct cleaner_ground clean = {
		.core = a->at.core,
		.plan = a->at.plan,
		.loop = a->at.loop,
		.tag = tag(TAG_CGROUP, 0),
		.cgroups = a->at.cgroups,
	};

	a->pids = pids_open();
	if (a->pids == NULL)
		return false;
	clean.pids = a->pids;
	a->cleaner = cleaner_open(&clean);
	return a->cleaner != NULL;
}

struct act *
act_open(const struct act_ground *ground, int *error)
{
	struct act *a;

	a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a == MAP_FAILED) {
		*error = -errno;
		return NULL;
	}
	a->at = *ground;
	a->spawner = spawner_open(error);
	if (a->spawner != NULL && open_rooms(a))
		return a;
	if (a->spawner != NULL)
		*error = -ENOMEM;
	act_close(a);
	return NULL;
}

void
act_close(struct act *a)
{
	if (a->spawner != NULL)
		spawner_close(a->spawner);
	if (a->cleaner != NULL)
		cleaner_close(a->cleaner);
	if (a->pids != NULL)
		pids_close(a->pids);
	munmap(a, sizeof(*a));
}

static void
tell(struct act *a, const struct event *event)
{
	uint32_t at;

	must(a->events_count < LIMIT_NODES * 2);
	at = (a->events_head + a->events_count++) % (LIMIT_NODES * 2);
	a->events[at] = *event;
}

bool
act_next(struct act *a, struct event *event)
{
	if (a->events_count == 0)
		return cleaner_next(a->cleaner, event);
	*event = a->events[a->events_head];
	a->events_head = (a->events_head + 1) % (LIMIT_NODES * 2);
	a->events_count--;
	return true;
}

static void
tell_failed(struct act *a, const struct action *start, int step, int number)
{
	struct event event = {
		.kind = EVENT_START_FAILED,
		.node = start->node,
		.ticket = start->ticket,
		.end = END_START,
		.step = (uint8_t)step,
		.number = number,
	};

	tell(a, &event);
	cleaner_drop(a->cleaner, start->node, start->ticket);
}

static int
ready_descriptor(uint32_t k)
{
	return PLUMB_SLOTS + SLOT_READY + (int)k;
}

static void
ready_drop(struct act *a, uint32_t k)
{
	int fd = ready_descriptor(k);

	loop_forget(a->at.loop, fd);
	keep_drop(a->at.wire, SLOT_READY + k);
	a->ready[k].used = false;
}

/* Frees the pipes of services that are ready or whose start is over; only
 * here, after the step that saw it is saved. */
static void
ready_sweep(struct act *a)
{
	const struct record *r;
	uint32_t k;

	for (k = 0; k < SLOT_READY_COUNT; k++) {
		if (!a->ready[k].used)
			continue;
		r = core_record(a->at.core, a->ready[k].node);
		if (r->state != STATE_STARTING ||
		    r->ticket != a->ready[k].ticket ||
		    r->uid != a->ready[k].uid)
			ready_drop(a, k);
	}
}

/* Makes the pipe of a start, kept by the guard before the process exists.
 * The write end, -EBUSY if all slots are taken, or another -errno. */
static int
ready_make(struct act *a, const struct action *start, struct start_slot *slot)
{
	uint32_t k;
	int ends[2], error;

	for (k = 0; k < SLOT_READY_COUNT && a->ready[k].used; k++)
		;
	if (k == SLOT_READY_COUNT)
		return -EBUSY;
	error = notify_pipe(ends);
	if (error != 0)
		return error;
	error = keep_put(a->at.wire, SLOT_READY + k, ends[0]);
	if (error == 0)
		error = loop_watch(a->at.loop, ready_descriptor(k),
		    tag(TAG_READY, k), true, false);
	if (error != 0) {
		close(ends[1]);
		return error;
	}
	a->ready[k].used = true;
	a->ready[k].uid = core_record(a->at.core, start->node)->uid;
	a->ready[k].node = start->node;
	a->ready[k].ticket = start->ticket;
	slot->ready_slot = k + 1;
	return ends[1];
}

static void
ready_read(struct act *a, uint32_t k)
{
	struct event event = { .kind = EVENT_READY };
	int got;

	if (k >= SLOT_READY_COUNT || !a->ready[k].used)
		return;
	got = notify_pipe_ready(ready_descriptor(k));
	if (got == 0)
		return;
	/* Either way the pipe has nothing more to say. */
	loop_forget(a->at.loop, ready_descriptor(k));
	if (got < 0)
		return;
	event.node = a->ready[k].node;
	event.ticket = a->ready[k].ticket;
	tell(a, &event);
}

static void
watch_pidfd(struct act *a, uint32_t entry)
{
	struct pid_entry *e = pids_entry(a->pids, entry);

	e->pidfd = (int)syscall(SYS_pidfd_open, e->pid, 0);
	if (e->pidfd < 0)
		return;
	if (loop_watch(a->at.loop, e->pidfd, tag(TAG_PIDFD, entry), true,
		false) != 0) {
		close(e->pidfd);
		e->pidfd = -1;
	}
}

static uint32_t
remember(
    struct act *a, uint32_t node, uint32_t ticket, pid_t pid, uint64_t born_ns)
{
	struct pid_entry entry = {
		.pid = pid,
		.node = node,
		.uid = core_record(a->at.core, node)->uid,
		.ticket = ticket,
		.born_ns = born_ns,
		.pidfd = -1,
	};
	uint32_t index = pids_add(a->pids, &entry);

	if (a->orphaned)
		watch_pidfd(a, index);
	return index;
}

/* A start has a process: tells the core, unless a step of it failed; then the
 * exit that follows tells. */
static void
started(struct act *a, const struct action *start, struct start_slot *slot,
    pid_t pid)
{
	struct event event = {
		.kind = EVENT_SPAWNED,
		.node = start->node,
		.ticket = start->ticket,
		.pid = pid,
		.birth = spawn_birth(pid),
	};

	remember(a, start->node, start->ticket, pid, slot->born_ns);
	if (slot->step == STEP_NONE)
		tell(a, &event);
}

/* Errors of a clone that are the cgroup's. */
static bool
is_of_cgroup(int error)
{
	return error == EBUSY || error == EACCES || error == EOPNOTSUPP ||
	       error == ENODEV;
}

/* Starts what is prepared, in a cgroup of its own where there are any. */
static void
start_prepared(struct act *a, const struct action *action,
    struct start_slot *slot, const struct prepared *p)
{
	int cgroup = cleaner_cage(a->cleaner, action->node, action->ticket);
	pid_t pid;

	if (cgroup < 0 && cgroup != -ENOENT) {
		tell_failed(a, action, STEP_CGROUP, -cgroup);
		return;
	}
	pid = spawn_into(
	    a->spawner, p, slot, action->ticket, cgroup >= 0 ? cgroup : -1);
	if (pid >= 0)
		started(a, action, slot, pid);
	else if (cgroup >= 0 && is_of_cgroup(-pid))
		tell_failed(a, action, STEP_CGROUP, -pid);
	else
		tell_failed(a, action, STEP_FORK, -pid);
	if (cgroup >= 0)
		close(cgroup);
}

/* -EBUSY: to be done later. Else it is done, or told as failed. */
static int
start(struct act *a, const struct action *action)
{
	struct start_slot *slot = ledger_slot(a->at.ledger, action->node);
	const struct plan_node *n = &a->at.plan->nodes[action->node];
	const char *missing = NULL;
	struct prepared *p;
	int writer = -1;

	slot->ready_slot = 0;
	if (action->role == ROLE_MAIN && n->launch.ready_fd >= 0) {
		writer = ready_make(a, action, slot);
		if (writer == -EBUSY)
			return writer;
		if (writer < 0) {
			tell_failed(a, action, STEP_STDIO, -writer);
			return 0;
		}
	}
	p = start_prepare(&a->at, action->node,
	    start_command(&n->launch, action->role),
	    action->role == ROLE_POST_STOP, writer, &missing);
	if (p == NULL) {
		start_missing(&a->at, action->node, missing);
		tell_failed(
		    a, action, STEP_ENVIRONMENT, missing == NULL ? ENOMEM : 0);
	} else {
		start_prepared(a, action, slot, p);
		prepared_free(p);
	}
	if (writer >= 0)
		close(writer);
	return 0;
}

static void
signal_service(struct act *a, const struct action *action)
{
	int error;

	error = spawn_signal(action->pid, action->birth, action->signal,
	    action->group, action->cont);
	/* Not there any more: its exit is under way. */
	if (error != 0 && error != -ESRCH)
		log_error("%s: cannot send signal %d to pid %d: %s",
		    a->at.plan->nodes[action->node].path, action->signal,
		    action->pid, strerror(-error));
}

/* A start that an engine before us began has its process by now or never
 * will: found out at once, before any news of that process is read. */
static void
start_order(struct act *a, const struct action *action)
{
	struct start_slot *slot = ledger_slot(a->at.ledger, action->node);
	uint32_t at;
	pid_t pid;

	if (slot->ticket == action->ticket) {
		pid = spawn_recall(slot, action->ticket);
		if (pid > 0) {
			started(a, action, slot, pid);
			return;
		}
	}
	must(a->starts_count < LIMIT_NODES);
	at = (a->starts_head + a->starts_count++) % LIMIT_NODES;
	a->starts[at] = *action;
}

void
act_order(struct act *a, const struct action *action)
{
	switch (action->kind) {
	case ACTION_START:
		start_order(a, action);
		break;
	case ACTION_SIGNAL:
		signal_service(a, action);
		break;
	case ACTION_CLEAN:
		cleaner_order(a->cleaner, action);
		break;
	default:
		must(!"an action that is not act's");
	}
}

void
act_work(struct act *a, unsigned starts)
{
	const struct action *action;

	ready_sweep(a);
	cleaner_work(a->cleaner, loop_now_ms());
	while (a->starts_count > 0 && starts-- > 0) {
		action = &a->starts[a->starts_head];
		if (!core_start_wanted(
			a->at.core, action->node, action->ticket))
			tell_failed(a, action, STEP_NONE, 0);
		else if (start(a, action) == -EBUSY)
			break;
		a->starts_head = (a->starts_head + 1) % LIMIT_NODES;
		a->starts_count--;
	}
}

static void
forget_entry(struct act *a, uint32_t index, struct pid_entry *entry)
{
	*entry = *pids_entry(a->pids, index);
	if (entry->pidfd >= 0) {
		loop_forget(a->at.loop, entry->pidfd);
		close(entry->pidfd);
	}
	pids_remove(a->pids, index);
}

/* A reload command's end is worth a word only if it failed. */
static void
log_reload(struct act *a, const struct pid_entry *entry, int code, int status)
{
	uint32_t node = core_by_uid(a->at.core, entry->uid);

	if (node == SPEC_NONE || (code == CLD_EXITED && status == 0))
		return;
	log_warn("%s: its reload command %s %d", a->at.plan->nodes[node].path,
	    code == CLD_EXITED ? "exited with code" : "was killed by signal",
	    status);
}

bool
act_exit(struct act *a, const struct news *news, struct event *event)
{
	const struct start_slot *slot;
	struct pid_entry entry;
	uint32_t index;

	index = pids_find(a->pids, news->pid);
	if (index == PIDS_NONE ||
	    pids_entry(a->pids, index)->born_ns > news->at_ns) {
		cleaner_orphan(a->cleaner);
		return false;
	}
	forget_entry(a, index, &entry);
	if (entry.probe) {
		a->ends[a->ends_count++] = (struct act_probe_end){
			.uid = entry.uid,
			.pid = entry.pid,
			.code = news->code,
			.status = news->status,
		};
		return false;
	}
	if (entry.reload) {
		log_reload(a, &entry, news->code, news->status);
		return false;
	}
	memset(event, 0, sizeof(*event));
	event->node = entry.node;
	event->ticket = entry.ticket;
	event->pid = entry.pid;
	slot = ledger_slot(a->at.ledger, entry.node);
	if (slot->ticket == entry.ticket && slot->step != STEP_NONE) {
		cleaner_drop(a->cleaner, entry.node, entry.ticket);
		event->kind = EVENT_START_FAILED;
		event->end = END_START;
		event->step = (uint8_t)slot->step;
		event->number = slot->error;
		return true;
	}
	event->kind = EVENT_EXITED;
	event->end = news->code == CLD_EXITED ? END_CODE : END_SIGNAL;
	event->core = news->code == CLD_DUMPED;
	event->number = news->status;
	event->kills = cleaner_oom(a->cleaner, entry.node, entry.ticket);
	event->oom = event->kills > 0 && event->end == END_SIGNAL &&
		     news->status == SIGKILL;
	return true;
}

static void
pidfd_read(struct act *a, uint32_t index)
{
	struct news news = {
		.at_ns = UINT64_MAX,
		.code = CLD_EXITED,
	};
	struct event event;

	if (!pids_used(a->pids, index))
		return;
	news.pid = pids_entry(a->pids, index)->pid;
	if (act_exit(a, &news, &event))
		tell(a, &event);
}

void
act_ready(struct act *a, uint64_t t)
{
	uint32_t index = (uint32_t)t;

	switch ((enum tag_kind)(t >> 32 & 0xff)) {
	case TAG_READY:
		ready_read(a, index);
		break;
	case TAG_PIDFD:
		pidfd_read(a, index);
		break;
	case TAG_CGROUP:
		cleaner_ready(a->cleaner, index);
		break;
	}
}

bool
act_idle(const struct act *a)
{
	return a->starts_count == 0 && a->events_count == 0 &&
	       !cleaner_told(a->cleaner);
}

bool
act_busy(const struct act *a)
{
	return a->starts_count > 0 || a->events_count > 0 ||
	       cleaner_busy(a->cleaner);
}

uint64_t
act_deadline(const struct act *a)
{
	return cleaner_deadline(a->cleaner);
}

/* The nearest of a process's ancestors that is ours. */
static uint32_t
find_above(const struct act *a, pid_t pid)
{
	uint32_t index = PIDS_NONE;
	struct proc proc;
	int steps;

	for (steps = 0; steps < DESCENT_MAX && index == PIDS_NONE; steps++) {
		if (proc_read(pid, &proc) != 0 || proc.parent <= 1)
			break;
		pid = proc.parent;
		index = pids_find(a->pids, pid);
	}
	return index;
}

uint32_t
act_owner(const struct act *a, pid_t pid, pid_t session)
{
	uint32_t index = pids_find(a->pids, pid), uid, ticket;

	if (index == PIDS_NONE && session > 0)
		index = pids_find(a->pids, session);
	if (index == PIDS_NONE &&
	    cgroup_member(&a->at.cgroups, pid, &uid, &ticket))
		return core_by_uid(a->at.core, uid);
	if (index == PIDS_NONE)
		index = find_above(a, pid);
	if (index == PIDS_NONE || pids_entry(a->pids, index)->reload)
		return SPEC_NONE;
	return pids_entry(a->pids, index)->node;
}

uint32_t
act_caller(const struct act *a, pid_t pid)
{
	uint32_t node, uid, ticket;

	if (pid <= 0)
		return SPEC_NONE;
	node = act_owner(a, pid, getsid(pid));
	if (node == SPEC_NONE &&
	    mark_read(pid, a->at.cgroups.id, &uid, &ticket))
		node = core_by_uid(a->at.core, uid);
	return node;
}

void
act_hold(struct act *a, uint32_t node, pid_t pid)
{
	cleaner_hold(a->cleaner, node, pid);
}

/* The pipes that an engine before us left in the slots: those of services
 * that still start are watched on, the others are dropped. */
static void
ready_adopt(struct act *a)
{
	const struct record *r;
	struct start_slot *slot;
	uint32_t node, k;

	for (node = 0; node < core_count(a->at.core); node++) {
		r = core_record(a->at.core, node);
		slot = ledger_slot(a->at.ledger, node);
		k = slot->ready_slot - 1;
		if (slot->ready_slot == 0 || k >= SLOT_READY_COUNT ||
		    r->state != STATE_STARTING || slot->ticket != r->ticket ||
		    a->ready[k].used ||
		    loop_watch(a->at.loop, ready_descriptor(k),
			tag(TAG_READY, k), true, false) != 0)
			continue;
		a->ready[k].used = true;
		a->ready[k].uid = r->uid;
		a->ready[k].node = node;
		a->ready[k].ticket = r->ticket;
	}
	for (k = 0; k < SLOT_READY_COUNT; k++) {
		if (!a->ready[k].used && keep_has(SLOT_READY + k))
			keep_drop(a->at.wire, SLOT_READY + k);
	}
}

void
act_adopt(struct act *a)
{
	const struct start_slot *slot;
	const struct record *r;
	uint32_t node;

	for (node = 0; node < core_count(a->at.core); node++) {
		r = core_record(a->at.core, node);
		if (r->pid <= 0 || r->remains)
			continue;
		slot = ledger_slot(a->at.ledger, node);
		remember(a, node, r->ticket, r->pid,
		    slot->ticket == r->ticket ? slot->born_ns : 0);
	}
	ready_adopt(a);
	cleaner_adopt(a->cleaner);
}

void
act_replan(struct act *a, const struct plan *plan)
{
	uint32_t k;

	a->at.plan = plan;
	pids_renumber(a->pids, a->at.core);
	cleaner_replan(a->cleaner, plan);
	for (k = 0; k < SLOT_READY_COUNT; k++) {
		if (!a->ready[k].used)
			continue;
		a->ready[k].node = core_by_uid(a->at.core, a->ready[k].uid);
		if (a->ready[k].node == SPEC_NONE)
			ready_drop(a, k);
	}
}

void
act_orphaned(struct act *a)
{
	uint32_t index;

	a->orphaned = true;
	cleaner_orphaned(a->cleaner);
	for (index = 0; index < pids_capacity(a->pids); index++) {
		if (pids_used(a->pids, index))
			watch_pidfd(a, index);
	}
}

int
act_signal(struct act *a, uint32_t node, int signo)
{
	const struct record *r = core_record(a->at.core, node);

	if (r->pid <= 0 || r->remains)
		return -ESRCH;
	return spawn_signal(r->pid, r->birth, signo, false, false);
}

/* Runs a command beside a service, as one of its own processes. Its pid and
 * the entry of it, or -errno; -EBUSY: too many run. */
static pid_t
run_aside(struct act *a, uint32_t node, const struct command *command,
    uint32_t *index)
{
	struct start_slot slot = { .word = 0 };
	const struct record *r = core_record(a->at.core, node);
	const char *missing = NULL;
	struct prepared *p;
	pid_t pid;
	int cgroup;

	if (pids_reloads(a->pids) >= PIDS_RELOADS)
		return -EBUSY;
	p = start_prepare(&a->at, node, command, false, -1, &missing);
	if (p == NULL) {
		start_missing(&a->at, node, missing);
		return missing == NULL ? -ENOMEM : -EINVAL;
	}
	/* It is of the service as all that the service starts. */
	cgroup = cleaner_enter(a->cleaner, node, r->ticket);
	pid = spawn_into(a->spawner, p, &slot, 1, cgroup >= 0 ? cgroup : -1);
	if (cgroup >= 0)
		close(cgroup);
	prepared_free(p);
	if (pid < 0)
		return pid;
	*index = remember(a, node, 0, pid, slot.born_ns);
	pids_mark_reload(a->pids, *index);
	return slot.step != STEP_NONE ? -slot.error : pid;
}

int
act_reload(struct act *a, uint32_t node)
{
	const struct launch *launch = &a->at.plan->nodes[node].launch;
	const struct record *r = core_record(a->at.core, node);
	uint32_t index;
	pid_t pid;

	if (r->state != STATE_RUNNING)
		return -ESRCH;
	if (launch->reload.count == 0)
		return act_signal(a, node, launch->reload_signal);
	pid = run_aside(a, node, &launch->reload, &index);
	return pid < 0 ? pid : 0;
}

int
act_probe(struct act *a, uint32_t node, const struct command *command,
    uint64_t *birth)
{
	uint32_t index;
	pid_t pid = run_aside(a, node, command, &index);

	if (pid < 0)
		return pid;
	pids_entry(a->pids, index)->probe = true;
	*birth = spawn_birth(pid);
	return pid;
}

bool
act_probe_next(struct act *a, struct act_probe_end *end)
{
	if (a->ends_count == 0)
		return false;
	*end = a->ends[--a->ends_count];
	return true;
}
