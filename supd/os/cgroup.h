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
/* Kills all that is in it, and removes it if it is empty by wait_ms. */
void cgroup_tree_end(const struct cgroup_tree *, unsigned wait_ms);

/* Makes a cgroup, or takes one that is there; its descriptor. */
int cgroup_make(int tree, const char *name);
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
