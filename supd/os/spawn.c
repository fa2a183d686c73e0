#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "os/child.h"
#include "os/prepared.h"
#include "os/proc.h"

#define STACK_BYTES (64 * 1024)
#define GUARD_BYTES (64 * 1024) /* a page of any machine */
#define FLAGS (CLONE_PARENT | CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID)
#define PIDFS_MAGIC 0x50494446
/* What tells nothing, where neither pidfs nor /proc can tell. */
#define BIRTH_UNKNOWN 1

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000u
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000u
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

struct spawner {
	char *stack;
	bool no_clone3;
	bool no_into; /* clone3(2), but not into a cgroup */
	int dumpable;
};

/* What the child finds on the engine's side of their common memory. */
struct birth {
	const struct prepared *prepared;
	struct start_slot *slot;
	uint32_t nonce;
	int cgroup;     /* -1: none, */
	bool enter;     /* ...to be entered by the child */
	unsigned flags; /* for its clone, beside those of all */
	pid_t pid;      /* the child's, as the guard and we see it */
	long refused;   /* why it is in no pid namespace that it shall be in */
};

static uint64_t
word_of(uint32_t nonce, uint32_t pid)
{
	return (uint64_t)nonce << 32 | pid;
}

struct spawner *
spawner_open(int *error)
{
	struct spawner *spawner = calloc(1, sizeof *spawner);

	*error = -ENOMEM;
	if (spawner == NULL)
		return NULL;
	spawner->stack =
	    mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (spawner->stack == MAP_FAILED) {
		free(spawner);
		return NULL;
	}
	if (mprotect(spawner->stack, GUARD_BYTES, PROT_NONE) < 0) {
		*error = -errno;
		spawner_close(spawner);
		return NULL;
	}
	spawner->dumpable = prctl(PR_GET_DUMPABLE);
	*error = 0;
	return spawner;
}

void
spawner_close(struct spawner *spawner)
{
	if (spawner == NULL)
		return;
	(void)munmap(spawner->stack, GUARD_BYTES + STACK_BYTES);
	free(spawner);
}

RAW_CHILD static uint64_t
child_now_ns(void)
{
	struct timespec ts = { 0, 0 };

	(void)raw_call2(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Goes into the cgroup, for where the kernel did not put us there. */
RAW_CHILD static void
enter(const struct birth *birth, struct report report)
{
	long fd, error;

	fd = raw_call4(
	    SYS_openat, birth->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
	error = fd < 0 ? fd : raw_call3(SYS_write, fd, "0", 1);
	child_need(report, STEP_CGROUP, error);
	(void)raw_call1(SYS_close, fd);
}

/* The child's first act decides whether the start is true. */
RAW_CHILD static int
child(void *arg)
{
	const struct birth *birth = arg;
	struct start_slot *slot = birth->slot;
	struct report report = { &slot->step, &slot->error };
	uint64_t open = word_of(birth->nonce, 0);
	uint64_t ours = word_of(birth->nonce, (uint32_t)birth->pid);

	if (!atomic_compare_exchange_strong(&slot->word, &open, ours)) {
		for (;;)
			(void)raw_call1(SYS_exit_group, 127);
	}
	/* Only now is the slot this process's to write into. */
	slot->born_ns = child_now_ns();
	child_need(report, STEP_PRIVATE_PIDS, birth->refused);
	if (birth->enter)
		enter(birth, report);
	launch_child(birth->prepared, &slot->step, &slot->error);
}

/*
 * clone3(2) with a stack of the child's own: the C library has no wrapper,
 * and a return on a new stack has to be prevented in the assembly. Registers
 * are kept but for the result (and rcx, r11), so the child finds function and
 * argument in them.
 */
#if defined(__x86_64__) && !defined(__ILP32__)
#define HAVE_CLONE3 1
static long
clone3_call(const struct clone_args *args, int (*function)(void *), void *arg)
{
	register int (*to)(void *) __asm__("r8") = function;
	register void *with __asm__("r9") = arg;
	long result;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %%r9, %%rdi\n\t"
			 "callq *%%r8\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"((long)SYS_clone3), "D"(args), "S"(sizeof *args),
			 "r"(to), "r"(with)
			 : "rcx", "r11", "memory", "cc");
	return result;
}
#elif defined(__aarch64__)
#define HAVE_CLONE3 1
static long
clone3_call(const struct clone_args *args, int (*function)(void *), void *arg)
{
	register long x8 __asm__("x8") = SYS_clone3;
	register const void *x0 __asm__("x0") = args;
	register unsigned long x1 __asm__("x1") = sizeof *args;
	register int (*to)(void *) __asm__("x2") = function;
	register void *with __asm__("x3") = arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, x3\n\t"
			 "blr x2\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(to), "r"(with)
			 : "memory", "cc");
	return (long)x0;
}
#else
#define HAVE_CLONE3 0
static long
clone3_call(const struct clone_args *args, int (*function)(void *), void *arg)
{
	(void)args;
	(void)function;
	(void)arg;
	return -ENOSYS;
}
#endif

/* The exit signal is the engine's own with CLONE_PARENT: SIGCHLD, since the
 * guard forked it; clone3(2) demands that none is given. */
static long
by_clone3(struct spawner *spawner, struct birth *birth)
{
	struct clone_args args;

	memset(&args, 0, sizeof args);
	args.flags = FLAGS | birth->flags | (uint64_t)CLONE_CLEAR_SIGHAND;
	args.parent_tid = (uint64_t)(uintptr_t)&birth->pid;
	args.stack = (uint64_t)(uintptr_t)(spawner->stack + GUARD_BYTES);
	args.stack_size = STACK_BYTES;
	if (birth->cgroup >= 0 && !birth->enter) {
		args.flags |= (uint64_t)CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)birth->cgroup;
	}
	return clone3_call(&args, child, birth);
}

static long
by_clone(struct spawner *spawner, struct birth *birth)
{
	int pid = clone(child, spawner->stack + GUARD_BYTES + STACK_BYTES,
	    (int)(FLAGS | birth->flags | SIGCHLD), birth, &birth->pid);

	return pid < 0 ? -errno : pid;
}

/* The kernel writes the child's pid before that runs; in a pid namespace of
 * its own it would not know it by itself. */
static long
make(struct spawner *spawner, struct birth *birth)
{
	long pid;

	birth->enter = birth->cgroup >= 0 &&
		       (!HAVE_CLONE3 || spawner->no_clone3 || spawner->no_into);
	if (HAVE_CLONE3 && !spawner->no_clone3) {
		pid = by_clone3(spawner, birth);
		if (birth->cgroup >= 0 && !birth->enter &&
		    (pid == -EINVAL || pid == -E2BIG)) {
			spawner->no_into = true;
			birth->enter = true;
			pid = by_clone3(spawner, birth);
		}
		if (pid != -ENOSYS && pid != -EPERM && pid != -EINVAL)
			return pid;
		spawner->no_clone3 = true;
		birth->enter = birth->cgroup >= 0;
	}
	return by_clone(spawner, birth);
}

static bool
is_of_namespace(long error)
{
	return error == -EPERM || error == -EINVAL || error == -ENOSPC ||
	       error == -EUSERS || error == -ENOSYS;
}

/* Where a pid namespace is refused, a child without one tells why. */
static long
make_private(struct spawner *spawner, struct birth *birth)
{
	bool no_clone3 = spawner->no_clone3, no_into = spawner->no_into;
	long pid;

	birth->flags = CLONE_NEWPID;
	pid = make(spawner, birth);
	if (pid > 0 || !is_of_namespace(pid))
		return pid;
	birth->flags = 0;
	birth->refused = pid;
	/* That was not the fault of these. */
	spawner->no_clone3 = no_clone3;
	spawner->no_into = no_into;
	return make(spawner, birth);
}

/*
 * Opens the start. It is revoked while it is written, so that an engine which
 * dies in here leaves no word of the start before with the new ticket.
 */
static uint32_t
open_slot(struct start_slot *slot, uint32_t ticket)
{
	uint32_t nonce = (uint32_t)(atomic_load(&slot->word) >> 32) + 1;

	atomic_store(&slot->word, word_of(nonce, SLOT_REVOKED));
	atomic_signal_fence(memory_order_seq_cst);
	slot->ticket = ticket;
	slot->step = 0;
	slot->error = 0;
	/* Not later than the birth, if the child does not come to say. */
	slot->born_ns = child_now_ns();
	nonce++;
	atomic_store(&slot->word, word_of(nonce, 0));
	return nonce;
}

pid_t
spawn(struct spawner *spawner, const struct prepared *prepared,
    struct start_slot *slot, uint32_t ticket)
{
	return spawn_into(spawner, prepared, slot, ticket, -1);
}

pid_t
spawn_into(struct spawner *spawner, const struct prepared *prepared,
    struct start_slot *slot, uint32_t ticket, int cgroup)
{
	struct birth birth = {
		.prepared = prepared,
		.slot = slot,
		.nonce = open_slot(slot, ticket),
		.cgroup = cgroup,
	};
	sigset_t all, before;
	long pid;

	/* The child must not run a handler of ours in our memory. */
	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	pid = prepared->launch->sandbox.private_pids
		  ? make_private(spawner, &birth)
		  : make(spawner, &birth);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	/* A child that changed its ids in our memory took this from us. */
	if (spawner->dumpable == 0 || spawner->dumpable == 1)
		(void)prctl(PR_SET_DUMPABLE, spawner->dumpable, 0, 0, 0);
	if (pid < 0) {
		(void)spawn_recall(slot, ticket);
		return (pid_t)pid;
	}
	/* Someone revoked it: the process ended without having run. */
	if (atomic_load(&slot->word) != word_of(birth.nonce, (uint32_t)pid))
		return -ECANCELED;
	return (pid_t)pid;
}

pid_t
spawn_recall(struct start_slot *slot, uint32_t ticket)
{
	uint64_t word = atomic_load(&slot->word);
	uint32_t nonce, pid;

	if (slot->ticket != ticket)
		return 0;
	for (;;) {
		nonce = (uint32_t)(word >> 32);
		pid = (uint32_t)word;
		if (pid == SLOT_REVOKED)
			return 0;
		if (pid != 0)
			return (pid_t)pid;
		if (atomic_compare_exchange_weak(
			&slot->word, &word, word_of(nonce, SLOT_REVOKED)))
			return 0;
	}
}

static int
open_process(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

/* The birth of the process that fd, which may be no descriptor, and pid are
 * of. */
static uint64_t
birth_of(int fd, pid_t pid)
{
	struct statfs fs;
	struct stat st;
	struct proc proc;
	int error;

	if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PIDFS_MAGIC &&
	    fstat(fd, &st) == 0)
		return (uint64_t)st.st_ino;
	if (proc_check() == 0) {
		error = proc_read(pid, &proc);
		if (error == -ESRCH)
			return 0;
		/* Ticks of the first second are numbers as well. */
		if (error == 0)
			return proc.start_ticks + 2;
	}
	return kill(pid, 0) == 0 || errno == EPERM ? BIRTH_UNKNOWN : 0;
}

uint64_t
spawn_birth(pid_t pid)
{
	uint64_t birth;
	int fd;

	if (pid <= 0)
		return 0;
	fd = open_process(pid);
	if (fd == -ESRCH)
		return 0;
	birth = birth_of(fd, pid);
	if (fd >= 0)
		close(fd);
	return birth;
}

bool
spawn_alive(pid_t pid, uint64_t birth)
{
	return birth != 0 && spawn_birth(pid) == birth;
}

static int
send(int fd, pid_t pid, int signo, bool group)
{
	if (fd >= 0 && !group) {
		if (syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0) == 0)
			return 0;
		/* EPERM may be a filter's word for the call, and not the
		 * kernel's for this process. */
		if (errno != ENOSYS && errno != EPERM)
			return -errno;
	}
	return kill(group ? -pid : pid, signo) < 0 ? -errno : 0;
}

int
spawn_signal(pid_t pid, uint64_t birth, int signo, bool group, bool cont)
{
	int fd, error;

	if (pid <= 1 || birth == 0)
		return -ESRCH;
	fd = open_process(pid);
	if (fd == -ESRCH)
		return -ESRCH;
	if (birth_of(fd, pid) != birth)
		error = -ESRCH;
	else
		error = send(fd, pid, signo, group);
	/* It may have died of the first one already. */
	if (error == 0 && cont)
		(void)send(fd, pid, SIGCONT, group);
	if (fd >= 0)
		close(fd);
	return error;
}
