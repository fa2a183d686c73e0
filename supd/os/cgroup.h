/*
 * cgroup: the cages of services, in cgroup2.
 *
 * One supd has one subtree, supd-ID, below the cgroup that it was started in
 * or where the configuration says; in it each process start has a cgroup of
 * its own, NAME.UID-TICKET. All names follow from what is in the ledger, so an
 * engine that takes over finds everything again. What is not below our own
 * subtree is never touched. Works as well on a hybrid mount without any
 * controller: to hold processes together and to kill them needs none.
 *
 * Functions return 0 (or a descriptor) or -errno. tree is the descriptor of
 * the subtree, dir that of one cgroup. Sources: cgroups(7), the kernel's
 * Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef SUPD_OS_CGROUP_H
#define SUPD_OS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The subtree, by its descriptor, -1: there are no cgroups; and the ID. */
struct cgroup_tree {
	int fd;
	uint64_t id;
};

/* Bytes of a name, its NUL included; service names are LIMIT_NAME long. */
#define CGROUP_NAME 96

/* What can be limited: file, controller. */
#define CGROUP_LIMITS(X)                        \
	X(MEMORY_MAX, "memory.max", "memory")   \
	X(MEMORY_HIGH, "memory.high", "memory") \
	X(CPU_MAX, "cpu.max", "cpu")            \
	X(CPU_WEIGHT, "cpu.weight", "cpu")      \
	X(PIDS_MAX, "pids.max", "pids")         \
	X(IO_WEIGHT, "io.weight", "io")

#define CGROUP_ENUM_LIMIT(name, file, controller) CGROUP_##name,
enum cgroup_limit { CGROUP_LIMITS(CGROUP_ENUM_LIMIT) CGROUP_LIMIT_COUNT };

/* The name of one process start, and what stands in one. */
void cgroup_name(
    char text[CGROUP_NAME], const char *name, uint32_t uid, uint32_t ticket);
bool cgroup_parse(const char *text, uint32_t *uid, uint32_t *ticket);

/*
 * Finds a cgroup2 mount by itself and makes our subtree there: below our own
 * cgroup if setting is "auto", else below the path `setting` of the mount,
 * which is made. It is tried that processes can be put there. Returns its
 * descriptor, and its path in text; or -errno with the reason in text.
 */
void cgroup_tree_name(char text[CGROUP_NAME], uint64_t id);
int cgroup_tree_open(
    const char *setting, uint64_t id, char *text, size_t bytes);
/*
 * Has the controllers (names, NULL at the end) count and limit in the subtree.
 * Where processes stand in the way, since it has children now, those of supd,
 * us and guard, go to a cgroup of their own beside it; where that does not
 * help they go back. Those that cannot be had are listed in text, "" if none.
 */
void cgroup_delegate(const struct cgroup_tree *, const char *const *wanted,
    pid_t guard, char *text, size_t bytes);
/* Kills all that is in it, and removes it if it is empty by wait_ms. */
void cgroup_tree_end(const struct cgroup_tree *, unsigned wait_ms);
/* For the guard, where no engine came to do that: removes the subtree, if it
 * is empty; tree may be no descriptor at all. Allocates nothing. */
void cgroup_tree_clear(int tree);
/* Before that: undoes the rest of cgroup_delegate(). */
void cgroup_undelegate(
    const struct cgroup_tree *, const char *const *wanted, pid_t guard);

/* Makes a cgroup, or takes one that is there; its descriptor. */
int cgroup_make(int tree, const char *name);
int cgroup_open(int tree, const char *name); /* one that is there */
/* Writes a limit, as the kernel has it; -EOPNOTSUPP: no controller for it. */
int cgroup_limit(int dir, enum cgroup_limit, const char *value);
const char *cgroup_limit_file(enum cgroup_limit);
/* How often the kernel killed in it for want of memory; 0 also if unknown. */
uint64_t cgroup_oom_kills(int tree, const char *name);
/* Removes it with all below it. 0: it is gone, or never was; -EBUSY: there
 * are processes in it; -EAGAIN: not all was removed in one go. */
int cgroup_remove(int tree, const char *name);
/* SIGKILL to all that is in it and below, and to all that they fork. */
int cgroup_kill(int tree, const char *name);
/* The same where there is no cgroup.kill (before 5.14, or in a threaded one):
 * to be called until it is empty. Freezes it, so that nothing is forked. */
int cgroup_kill_each(int dir);

/* A descriptor that polls POLLPRI (EPOLLPRI) when the next changes. */
int cgroup_watch(int tree, const char *name);
/* Are there processes in it or below? 1, 0 (also: it is removed) or -errno. */
int cgroup_populated(int watch);
/* One of the processes in it, for messages; 0 if none is found. */
pid_t cgroup_one(int tree, const char *name);

/* The names in the subtree, one each call; *at starts as 0. The text is valid
 * until the next call. */
struct cgroup_list {
	int fd;
	size_t at;
	size_t end;
	_Alignas(8) char entries[4096];
};
int cgroup_list_open(struct cgroup_list *, int dir);
const char *cgroup_list_next(struct cgroup_list *); /* NULL: the end */
void cgroup_list_close(struct cgroup_list *);

/* Is the process in a cgroup of ours; in whose? */
bool cgroup_member(
    const struct cgroup_tree *, pid_t, uint32_t *uid, uint32_t *ticket);

struct cgroup_usage {
	uint64_t cpu_us;
	int64_t memory_bytes; /* -1: no controller tells */
	int64_t processes;    /* -1: not known */
};
int cgroup_usage(int tree, const char *name, struct cgroup_usage *);

#endif
