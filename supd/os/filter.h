/*
 * filter: which system calls a service may make.
 *
 * libseccomp turns names into a program for the kernel when the configuration
 * is read; the child installs that as the last thing before its exec. An
 * allow-list ends who makes another call, by SIGSYS; a deny-list lets calls
 * fail with EPERM. Of both, programs of another architecture than supd's are
 * ended at their first call. Needs no rights but no_new_privs, which is set
 * with it. Source: seccomp(2).
 */
#ifndef SUPD_OS_FILTER_H
#define SUPD_OS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report; /* os/child.h */

/* A program; its instructions are of 8 bytes each. count 0: there is none. */
struct syscall_filter {
	void *instructions;
	size_t count;
};

#define FILTER_INSTRUCTION 8
/* The kernel's bound. */
#define FILTER_COUNT_MAX 4096

struct filter_maker;

/* NULL: no memory. */
struct filter_maker *filter_open(bool deny);
void filter_close(struct filter_maker *);
/* A call or a @group. 0, -ENOENT: there is none of that name, -EPERM: no
 * process could run without it, so it cannot be denied, or another -errno. */
int filter_add(struct filter_maker *, const char *name);
/* The program, with its instructions from malloc(3). 0 or -errno. */
int filter_finish(struct filter_maker *, struct syscall_filter *);

/* Names, for suggestions. */
const char *filter_group_name(size_t index); /* NULL: no more */
/* From malloc(3); NULL: no call has that number, of which there are less than
 * FILTER_CALLS. */
char *filter_call_name(int number);
#define FILTER_CALLS 1024

/* In the child. */
void filter_enforce(const struct syscall_filter *, struct report);

#endif
