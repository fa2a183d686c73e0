#include "os/remains.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/mark.h"
#include "os/proc.h"

/* How often one looks for what is sure, and at how many that are newer than the
 * walk. */
#define LOOKS 4
#define NEWER 10000

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

/*
 * A number stays taken as long as a group or session bears it. So where a
 * process with the leader's own number lives, nothing was left and the number
 * is another's by now.
 */
static bool
has_new_holder(pid_t leader)
{
	struct proc proc;

	return proc_read(leader, &proc) == 0 && !proc.dead;
}

/* Whose remains is it? Numbers may have changed hands since the walk began. */
static struct remains *
owner(const struct index *index, const struct proc *proc)
{
	struct remains *found;

	if (proc->dead)
		return NULL;
	found = find_leader(index, proc->group);
	if (found == NULL)
		found = find_leader(index, proc->session);
	if (found != NULL && !has_new_holder(found->leader))
		return found;
	return find_mark(index, proc->pid);
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

/* The whole group in one call: it does not outrun this by forking. Is there
 * any, zombies taken for alive? */
static bool
kill_group(pid_t group)
{
	return kill(-group, SIGKILL) == 0 || errno == EPERM;
}

static void
index_fill(struct index *index, struct remains *remains, size_t n)
{
	size_t i;

	index->leaders_count = index->marks_count = 0;
	for (i = 0; i < n; i++) {
		remains[i].alive = false;
		remains[i].one = 0;
		if (remains[i].uid != 0)
			index->marks[index->marks_count++] = &remains[i];
		if (remains[i].leader <= 1 || has_new_holder(remains[i].leader))
			continue;
		/* At once, and not when a walk has come so far: a storm of
		 * forks would have taken all numbers by then. */
		(void)kill_group(remains[i].leader);
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
		return !found->alive;
	return proc->session == found->leader && proc->group == proc->pid;
}

static void
take(struct remains *found, const struct proc *proc)
{
	if (begins_group(found, proc))
		(void)kill_group(proc->group);
	found->alive = true;
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

/* One process. 0; 1: it is dead, or ours and killed, so what it forked is there
 * by now; -errno: nobody can be looked at. */
static int
look_at_one(const struct index *index, pid_t pid)
{
	struct remains *found;
	struct proc proc;
	int error = proc_read(pid, &proc);

	if (error < 0)
		return lacks_room(error) ? error : 1;
	found = owner(index, &proc);
	if (found != NULL)
		take(found, &proc);
	return found != NULL || proc.dead;
}

/* newest: as it was before the walk. *settled, out: the highest that was found
 * dead, or ours. -EAGAIN: there was no end to those that are newer. */
static int
walk_to_end(struct proc_walk *walk, const struct index *index,
    const struct remains_known *known, pid_t newest, pid_t *settled)
{
	int found, newer = 0;
	pid_t pid;

	*settled = 0;
	while ((pid = proc_walk_next(walk)) > 0) {
		if (pid == *settled || is_known(known, pid))
			continue;
		if (newest > 0 && pid > newest && ++newer > NEWER)
			return -EAGAIN;
		found = look_at_one(index, pid);
		if (found < 0)
			return found;
		if (found == 0)
			continue;
		*settled = pid;
		found = proc_walk_again(walk);
		if (found < 0)
			return found;
	}
	return pid;
}

/* Every process there is. -EAGAIN: one may have slipped past, since numbers
 * began anew meanwhile or just before, or some came and went too fast. *before:
 * the highest that was found dead by the walk before this one. */
static int
walk_all(
    const struct index *index, const struct remains_known *known, pid_t *before)
{
	pid_t newest = proc_newest(), newest_after, settled;
	struct proc_walk walk;
	int error = proc_walk_open(&walk);

	if (error < 0)
		return error;
	error = walk_to_end(&walk, index, known, newest, &settled);
	proc_walk_close(&walk);
	newest_after = proc_newest();
	/* What is higher than the newest is from before numbers began anew:
	 * what it forked may have been half done at the beginning. */
	if (error == 0 && newest > 0 &&
	    (newest_after < newest ||
		(settled > newest_after && settled != *before)))
		error = -EAGAIN;
	*before = settled;
	return error;
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
		if (!index->leaders[i]->alive)
			return false;
	}
	for (i = 0; i < index->marks_count; i++) {
		if (!index->marks[i]->alive)
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
		index->leaders[i]->alive = true;
	for (i = 0; i < index->marks_count; i++)
		index->marks[i]->alive = true;
}

static void
kill_blindly(struct remains *remains, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		remains[i].alive =
		    remains[i].leader > 1 && kill_group(remains[i].leader);
		remains[i].one = remains[i].alive ? remains[i].leader : 0;
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
