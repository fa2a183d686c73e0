#include "os/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str.h"
#include "os/child.h"
#include "os/filter_groups.h"

/* Groups within groups. */
#define DEPTH 4
#define NAME_BYTES 64

struct filter_maker {
	scmp_filter_ctx context;
	bool deny;
};

static const struct group {
	const char *name;
	const char *calls;
} groups[] = {
#define GROUP(name, calls, help) { name, calls },
	FILTER_GROUPS(GROUP)
#undef GROUP
};
#define GROUPS (sizeof groups / sizeof groups[0])

/* Without them a program neither starts nor ends. */
static const char *const needed[] = { "execve", "exit", "exit_group",
	"rt_sigreturn", "sigreturn", "restart_syscall" };

static const struct group *
group_of(const char *name)
{
	size_t i;

	for (i = 0; i < GROUPS; i++) {
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	}
	return NULL;
}

const char *
filter_group_name(size_t index)
{
	return index < GROUPS ? groups[index].name : NULL;
}

char *
filter_call_name(int number)
{
	return seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
}

static bool
is_needed(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		if (strcmp(needed[i], name) == 0)
			return true;
	}
	return false;
}

static int
add_call(struct filter_maker *maker, const char *name)
{
	int error, number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR)
		return -ENOENT;
	if (maker->deny && is_needed(name))
		return -EPERM;
	/* Known elsewhere, but not on this machine. */
	if (number < 0)
		return 0;
	error = seccomp_rule_add(maker->context,
	    maker->deny ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW, number, 0);
	return error == -EEXIST ? 0 : error;
}

/* What it does not know of a group is passed over, as is what cannot be
 * denied. */
static int
add_group(struct filter_maker *maker, const struct group *group)
{
	const char *stack[DEPTH] = { group->calls }, *word;
	char name[NAME_BYTES];
	size_t n, depth = 1;
	int error;

	while (depth > 0) {
		word = str_word(&stack[depth - 1], &n);
		if (word == NULL || n >= sizeof name) {
			depth--;
			continue;
		}
		memcpy(name, word, n);
		name[n] = '\0';
		group = group_of(name);
		if (group != NULL) {
			if (depth == DEPTH)
				return -ELOOP;
			stack[depth++] = group->calls;
			continue;
		}
		error = add_call(maker, name);
		if (error < 0 && error != -ENOENT && error != -EPERM)
			return error;
	}
	return 0;
}

struct filter_maker *
filter_open(bool deny)
{
	struct filter_maker *maker = calloc(1, sizeof *maker);

	if (maker == NULL)
		return NULL;
	maker->deny = deny;
	maker->context =
	    seccomp_init(deny ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	/* A tree instead of a row: calls cost less. */
	if (maker->context == NULL ||
	    seccomp_attr_set(maker->context, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0 ||
	    (!deny && add_group(maker, group_of("@default")) < 0)) {
		filter_close(maker);
		return NULL;
	}
	return maker;
}

void
filter_close(struct filter_maker *maker)
{
	if (maker == NULL)
		return;
	if (maker->context != NULL)
		seccomp_release(maker->context);
	free(maker);
}

int
filter_add(struct filter_maker *maker, const char *name)
{
	const struct group *group = group_of(name);

	return group != NULL ? add_group(maker, group) : add_call(maker, name);
}

static int
read_program(int fd, struct syscall_filter *filter)
{
	struct stat st;
	size_t bytes;

	if (fstat(fd, &st) < 0)
		return -errno;
	bytes = (size_t)st.st_size;
	if (bytes == 0 || bytes % FILTER_INSTRUCTION != 0 ||
	    bytes / FILTER_INSTRUCTION > FILTER_COUNT_MAX)
		return -E2BIG;
	filter->instructions = malloc(bytes);
	if (filter->instructions == NULL)
		return -ENOMEM;
	if (pread(fd, filter->instructions, bytes, 0) != (ssize_t)bytes) {
		free(filter->instructions);
		return -EIO;
	}
	filter->count = bytes / FILTER_INSTRUCTION;
	return 0;
}

int
filter_finish(struct filter_maker *maker, struct syscall_filter *filter)
{
	int error, fd = memfd_create("supd-filter", MFD_CLOEXEC);

	_Static_assert(sizeof(struct sock_filter) == FILTER_INSTRUCTION,
	    "an instruction is of that size");
	if (fd < 0)
		return -errno;
	error = seccomp_export_bpf(maker->context, fd);
	if (error == 0)
		error = read_program(fd, filter);
	close(fd);
	return error;
}

/* In the child: no function of the C library, see raw.h. */

RAW_CHILD void
filter_enforce(const struct syscall_filter *filter, struct report report)
{
	struct sock_fprog program;

	if (filter->count == 0)
		return;
	program.len = (unsigned short)filter->count;
	program.filter = filter->instructions;
	child_need(report, STEP_SYSCALL_FILTER,
	    raw_call3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}
