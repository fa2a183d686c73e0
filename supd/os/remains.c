#include "os/remains.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/proc.h"

/* The services asked for, ordered by leader, so that thousands of them cost a
 * walk no more than their logarithm. */
struct index {
	struct remains **sorted;
	size_t count;
};

static int
by_leader(const void *a, const void *b)
{
	const struct remains *const *x = a, *const *y = b;

	return ((*x)->leader > (*y)->leader) - ((*x)->leader < (*y)->leader);
}

static struct remains *
find(const struct index *index, pid_t leader)
{
	size_t low = 0, high = index->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (index->sorted[mid]->leader < leader)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < index->count && index->sorted[low]->leader == leader)
		return index->sorted[low];
	return NULL;
}

/* Whose remains is it? */
static struct remains *
owner(const struct index *index, const struct proc *proc)
{
	struct remains *found;

	if (proc->dead)
		return NULL;
	found = find(index, proc->group);
	if (found != NULL)
		return found;
	found = find(index, proc->session);
	return found != NULL && !found->group_only ? found : NULL;
}

/*
 * Kills one of the remains. The pidfd is opened first and the process looked
 * at again after, so that a number that has changed hands meanwhile is not
 * hit.
 */
static void
kill_one(const struct index *index, const struct proc *seen)
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
	    owner(index, &again) != NULL)
		(void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	close(fd);
}

/*
 * A number stays taken as long as a group or session bears it. So where a
 * process with the leader's own number lives, nothing was left and the number
 * is another's by now.
 */
static size_t
index_fill(struct index *index, struct remains *remains, size_t n)
{
	struct proc proc;
	size_t i;

	index->count = 0;
	for (i = 0; i < n; i++) {
		remains[i].alive = 0;
		remains[i].one = 0;
		if (remains[i].leader <= 1 ||
		    (proc_read(remains[i].leader, &proc) == 0 && !proc.dead))
			continue;
		index->sorted[index->count++] = &remains[i];
	}
	qsort(index->sorted, index->count, sizeof index->sorted[0], by_leader);
	return index->count;
}

static void
take(const struct index *index, const struct proc *proc)
{
	struct remains *found = owner(index, proc);

	if (found == NULL)
		return;
	/* The whole group in one call: it does not outrun this by forking. */
	if (proc->group == found->leader && found->alive == 0)
		(void)kill(-proc->group, SIGKILL);
	found->alive++;
	found->one = proc->pid;
	kill_one(index, proc);
}

/* Every process there is. */
static int
walk_all(const struct index *index)
{
	struct proc_walk walk;
	struct proc proc;
	pid_t pid;
	int error = proc_walk_open(&walk);

	if (error < 0)
		return error;
	while ((pid = proc_walk_next(&walk)) > 0) {
		if (proc_read(pid, &proc) == 0)
			take(index, &proc);
	}
	proc_walk_close(&walk);
	return pid;
}

/* Pids that are still to be looked at. */
struct heap {
	pid_t *pids;
	size_t count, room;
};

/* Puts the children of pid on the heap. */
static int
push_children(struct heap *heap, pid_t pid, const struct remains_known *known)
{
	size_t count = 0, i, room;
	pid_t *list, *more;
	int error = proc_children(pid, &list, &count);

	if (error < 0)
		return error;
	room = heap->count + count;
	if (room > heap->room) {
		more = realloc(heap->pids, room * sizeof *more);
		if (more == NULL) {
			free(list);
			return -ENOMEM;
		}
		heap->pids = more;
		heap->room = room;
	}
	for (i = 0; i < count; i++) {
		if (known == NULL || !known->is(known->who, list[i]))
			heap->pids[heap->count++] = list[i];
	}
	free(list);
	return 0;
}

/*
 * The orphans and what descends from them. -EAGAIN: one of them went while we
 * looked, and its children may have slipped past to our parent.
 */
static int
walk_orphans(const struct index *index, const struct remains_known *known)
{
	struct heap heap = { .pids = NULL };
	struct proc proc;
	int error = push_children(&heap, getppid(), known);

	while (error == 0 && heap.count > 0) {
		pid_t pid = heap.pids[--heap.count];

		if (pid == getpid())
			continue;
		error = proc_read(pid, &proc);
		if (error == 0 && !proc.dead) {
			take(index, &proc);
			error = push_children(&heap, pid, NULL);
		}
		if (error == -ESRCH)
			error = -EAGAIN;
	}
	free(heap.pids);
	return error;
}

static int
walk(const struct index *index, const struct remains_known *known)
{
	int error = -EAGAIN, tries;

	for (tries = 0; known != NULL && tries < 4 && error == -EAGAIN; tries++)
		error = walk_orphans(index, known);
	return error == 0 ? 0 : walk_all(index);
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
remains_kill(
    struct remains *remains, size_t n, const struct remains_known *known)
{
	struct index index;
	int error = proc_check();

	if (n == 0)
		return 0;
	if (error == 0) {
		index.sorted = calloc(n, sizeof index.sorted[0]);
		if (index.sorted == NULL)
			return -ENOMEM;
		if (index_fill(&index, remains, n) > 0)
			error = walk(&index, known);
		free(index.sorted);
	}
	if (error < 0)
		kill_blindly(remains, n);
	return error;
}
