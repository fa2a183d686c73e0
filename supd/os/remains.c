#include "os/remains.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/mark.h"
#include "os/proc.h"

/* How often one looks for what is sure. */
#define LOOKS 4

/* The services asked for, ordered by leader and by uid, so that thousands of
 * them cost a walk no more than their logarithm. */
struct index {
	struct remains **leaders;
	size_t leaders_count;
	struct remains **marks;
	size_t marks_count;
	uint64_t id;
};

static int
by_leader(const void *a, const void *b)
{
	const struct remains *const *x = a, *const *y = b;

	return ((*x)->leader > (*y)->leader) - ((*x)->leader < (*y)->leader);
}

static int
by_uid(const void *a, const void *b)
{
	const struct remains *const *x = a, *const *y = b;

	return ((*x)->uid > (*y)->uid) - ((*x)->uid < (*y)->uid);
}

static struct remains *
find_leader(const struct index *index, pid_t leader)
{
	const struct remains wanted = { .leader = leader }, *key = &wanted;
	struct remains **found;

	found = bsearch(&key, index->leaders, index->leaders_count,
	    sizeof index->leaders[0], by_leader);
	return found != NULL ? *found : NULL;
}

static struct remains *
find_mark(const struct index *index, pid_t pid)
{
	struct remains wanted = { .leader = 0 }, *key = &wanted, **found;

	if (index->marks_count == 0 ||
	    !mark_read(pid, index->id, &wanted.uid, &wanted.ticket))
		return NULL;
	found = bsearch(&key, index->marks, index->marks_count,
	    sizeof index->marks[0], by_uid);
	if (found == NULL || (*found)->ticket != wanted.ticket)
		return NULL;
	return *found;
}

/* Whose remains is it? */
static struct remains *
owner(const struct index *index, const struct proc *proc)
{
	struct remains *found;

	if (proc->dead)
		return NULL;
	found = find_leader(index, proc->group);
	if (found == NULL)
		found = find_leader(index, proc->session);
	return found != NULL ? found : find_mark(index, proc->pid);
}

/*
 * Kills one of the remains. The pidfd is opened first and the process looked
 * at again after, so that a number that has changed hands meanwhile is not
 * hit.
 */
static void
kill_one(const struct proc *seen)
{
	struct proc again;
	int fd = (int)syscall(SYS_pidfd_open, seen->pid, 0);

	if (fd < 0) {
		if (errno != ESRCH)
			(void)kill(seen->pid, SIGKILL);
		return;
	}
	if (proc_read(seen->pid, &again) == 0 &&
	    again.start_ticks == seen->start_ticks &&
	    syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0 &&
	    errno != ESRCH)
		(void)kill(seen->pid, SIGKILL);
	close(fd);
}

/*
 * A number stays taken as long as a group or session bears it. So where a
 * process with the leader's own number lives, nothing was left and the number
 * is another's by now.
 */
static void
index_fill(struct index *index, struct remains *remains, size_t n)
{
	struct proc proc;
	size_t i;

	index->leaders_count = index->marks_count = 0;
	for (i = 0; i < n; i++) {
		remains[i].alive = 0;
		remains[i].one = 0;
		if (remains[i].uid != 0)
			index->marks[index->marks_count++] = &remains[i];
		if (remains[i].leader <= 1 ||
		    (proc_read(remains[i].leader, &proc) == 0 && !proc.dead))
			continue;
		index->leaders[index->leaders_count++] = &remains[i];
	}
	qsort(index->leaders, index->leaders_count, sizeof index->leaders[0],
	    by_leader);
	qsort(index->marks, index->marks_count, sizeof index->marks[0], by_uid);
}

/* Is it the first that is met of a group that is all of these remains? */
static bool
begins_group(const struct remains *found, const struct proc *proc)
{
	if (proc->group == found->leader)
		return found->alive == 0;
	return proc->session == found->leader && proc->group == proc->pid;
}

static void
take(struct remains *found, const struct proc *proc)
{
	/* The whole group in one call: it does not outrun this by forking. */
	if (begins_group(found, proc))
		(void)kill(-proc->group, SIGKILL);
	found->alive++;
	found->one = proc->pid;
	kill_one(proc);
}

/* It may be ours, and cannot be looked at now. */
static bool
lacks_room(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

static bool
is_known(const struct remains_known *known, pid_t pid)
{
	return known != NULL && known->is(known->who, pid);
}

/* Every process there is. *dead: the last of them, if it was found dead, else
 * 0; in: as the walk before this one had it. -EAGAIN: one may have slipped past
 * at the end, or since numbers began anew meanwhile. */
static int
walk_all(
    const struct index *index, const struct remains_known *known, pid_t *dead)
{
	pid_t newest = proc_newest(), pid, dead_before = *dead;
	struct proc_walk walk;
	struct remains *found;
	struct proc proc;
	int error = proc_walk_open(&walk);

	if (error < 0)
		return error;
	while (!lacks_room(error) && (pid = proc_walk_next(&walk)) > 0) {
		*dead = 0;
		if (is_known(known, pid))
			continue;
		error = proc_read(pid, &proc);
		if (error < 0 || proc.dead)
			*dead = pid;
		found = error < 0 ? NULL : owner(index, &proc);
		if (found != NULL)
			take(found, &proc);
	}
	proc_walk_close(&walk);
	if (pid < 0)
		return pid;
	if (lacks_room(error))
		return error;
	if (*dead != 0 && *dead != dead_before)
		return -EAGAIN;
	return proc_newest() < newest ? -EAGAIN : 0;
}

/* What is still to be looked at; of: whose remains its parent is, or NULL. */
struct seen {
	pid_t pid;
	struct remains *of;
};

struct heap {
	struct seen *list;
	size_t count, room;
};

/* Puts the children of one on the heap. */
static int
push_children(struct heap *heap, pid_t pid, struct remains *of,
    const struct remains_known *known)
{
	size_t count = 0, i, room;
	struct seen *more;
	pid_t *list;
	int error = proc_children(pid, &list, &count);

	if (error < 0)
		return error;
	room = heap->count + count;
	if (room > heap->room) {
		more = realloc(heap->list, room * sizeof *more);
		if (more == NULL) {
			free(list);
			return -ENOMEM;
		}
		heap->list = more;
		heap->room = room;
	}
	for (i = 0; i < count; i++) {
		if (!is_known(known, list[i]))
			heap->list[heap->count++] =
			    (struct seen){ list[i], of };
	}
	free(list);
	return 0;
}

/* One process and its children. -EAGAIN: it is dead, and may have forked since
 * we were told of it. */
static int
look_at(const struct index *index, struct heap *heap, struct seen seen)
{
	struct remains *found;
	struct proc proc;
	int error;

	if (seen.pid == getpid())
		return 0;
	error = proc_read(seen.pid, &proc);
	if (error < 0 || proc.dead)
		return error < 0 && error != -ESRCH ? error : -EAGAIN;
	found = owner(index, &proc);
	if (found == NULL)
		found = seen.of;
	/* Before it dies, and they are nobody's. */
	error = push_children(heap, seen.pid, found, NULL);
	if (found != NULL)
		take(found, &proc);
	return error == -ESRCH ? -EAGAIN : error;
}

/* The orphans and what descends from them. -EAGAIN: one of them died while we
 * looked or before, and its children may have slipped past to our parent. */
static int
walk_orphans(const struct index *index, const struct remains_known *known)
{
	struct heap heap = { .list = NULL };
	int error = push_children(&heap, getppid(), NULL, known), result = 0;

	while (error == 0 && heap.count > 0) {
		error = look_at(index, &heap, heap.list[--heap.count]);
		if (error == -EAGAIN) {
			result = -EAGAIN;
			error = 0;
		}
	}
	free(heap.list);
	return error < 0 ? error : result;
}

/* Of what is there all the same it does not matter whether that was all. */
static bool
all_met(const struct index *index)
{
	size_t i;

	for (i = 0; i < index->leaders_count; i++) {
		if (index->leaders[i]->alive == 0)
			return false;
	}
	for (i = 0; i < index->marks_count; i++) {
		if (index->marks[i]->alive == 0)
			return false;
	}
	return true;
}

/* -EAGAIN: of some nothing was met, and that is not sure. */
static int
walk(const struct index *index, const struct remains_known *known)
{
	int error = -EAGAIN, looks;
	pid_t dead = 0;

	for (looks = 0; known != NULL && error == -EAGAIN && looks < LOOKS;
	     looks++)
		error = walk_orphans(index, known);
	if (error == 0)
		return 0;
	error = -EAGAIN;
	for (looks = 0; error == -EAGAIN && looks < LOOKS; looks++)
		error = all_met(index) ? 0 : walk_all(index, known, &dead);
	return error;
}

static void
take_for_alive(const struct index *index)
{
	size_t i;

	for (i = 0; i < index->leaders_count; i++)
		index->leaders[i]->alive++;
	for (i = 0; i < index->marks_count; i++)
		index->marks[i]->alive++;
}

static void
kill_blindly(struct remains *remains, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		remains[i].alive = 0;
		remains[i].one = 0;
		if (remains[i].leader <= 1)
			continue;
		if (kill(-remains[i].leader, SIGKILL) == 0 || errno == EPERM)
			remains[i].alive = 1;
	}
}

int
remains_kill(struct remains *remains, size_t n, uint64_t id,
    const struct remains_known *known)
{
	struct index index = { .id = id };
	int error = proc_check();

	if (n == 0)
		return 0;
	if (error == 0) {
		index.leaders = calloc(n * 2, sizeof index.leaders[0]);
		if (index.leaders == NULL)
			return -ENOMEM;
		index.marks = index.leaders + n;
		index_fill(&index, remains, n);
		if (index.leaders_count + index.marks_count > 0)
			error = walk(&index, known);
		if (error == -EAGAIN) {
			take_for_alive(&index);
			error = 0;
		}
		free(index.leaders);
	}
	if (error < 0)
		kill_blindly(remains, n);
	return error;
}
