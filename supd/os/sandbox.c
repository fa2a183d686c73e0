#include "os/sandbox.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "os/child.h"
#include "os/loopback.h"

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_T_SYMLINKS 0x10
#define MOVE_MOUNT_F_EMPTY_PATH 4
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 1
#define MOUNT_ATTR_NOSUID 2
#define MOUNT_ATTR_NODEV 4
#define MOUNT_ATTR_NOEXEC 8
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* What mount_setattr(2) takes. */
struct attributes {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns;
};

/* Mounts that a read-only root leaves as they are. */
#define KERNELS 3
static const struct sandbox_path kernels[KERNELS] = {
	{ (char *)(uintptr_t) "/dev", true },
	{ (char *)(uintptr_t) "/proc", true },
	{ (char *)(uintptr_t) "/sys", true },
};

enum step
sandbox_mounts(const struct sandbox *sandbox)
{
	if (sandbox->private_pids)
		return STEP_PRIVATE_PIDS;
	if (sandbox->read_only_root)
		return STEP_READ_ONLY_ROOT;
	if (sandbox->private_tmp)
		return STEP_PRIVATE_TMP;
	if (sandbox->inaccessible.count > 0)
		return STEP_INACCESSIBLE_PATHS;
	return STEP_NONE;
}

/* In the child: no function of the C library that has a state, see raw.h. */

RAW_CHILD static long
mount_new(const char *type, const char *path, unsigned long flags,
    const char *options)
{
	return raw_call5(SYS_mount, (long)type, (long)path, (long)type,
	    (long)flags, (long)options);
}

/* The mounts at and below a path once more, not attached anywhere. */
RAW_CHILD static long
clone_tree(const char *path)
{
	return raw_call3(SYS_open_tree, AT_FDCWD, path,
	    OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE);
}

RAW_CHILD static long
attach(long tree, const char *path)
{
	return raw_call5(SYS_move_mount, tree, (long)"", AT_FDCWD, (long)path,
	    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
}

RAW_CHILD static long
set_attributes(long at, const char *path, unsigned flags, uint64_t set)
{
	struct attributes attributes = { set, 0, 0, 0 };

	return raw_call5(SYS_mount_setattr, at, (long)path, flags,
	    (long)&attributes, sizeof attributes);
}

RAW_CHILD static size_t
length(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

RAW_CHILD static void
enter_namespaces(const struct sandbox *sandbox, struct report report)
{
	if (sandbox->private_ipc)
		child_need(report, STEP_PRIVATE_IPC,
		    raw_call1(SYS_unshare, CLONE_NEWIPC));
	if (sandbox->hostname != NULL) {
		child_need(report, STEP_HOSTNAME,
		    raw_call1(SYS_unshare, CLONE_NEWUTS));
		child_need(report, STEP_HOSTNAME,
		    raw_call2(SYS_sethostname, sandbox->hostname,
			length(sandbox->hostname)));
	}
	if (sandbox->private_network) {
		child_need(report, STEP_PRIVATE_NETWORK,
		    raw_call1(SYS_unshare, CLONE_NEWNET));
		child_need(report, STEP_PRIVATE_NETWORK, loopback_raise());
	}
}

/* Below a mount namespace the new root is a mount, so that it can be made
 * read-only as a whole. */
RAW_CHILD static void
enter_root(const struct sandbox *sandbox, bool mounts, struct report report)
{
	const char *path = sandbox->chroot;

	if (path == NULL)
		return;
	if (mounts)
		child_need(report, STEP_CHROOT,
		    raw_call5(SYS_mount, (long)path, (long)path, 0,
			MS_BIND | MS_REC, 0));
	child_need(report, STEP_CHROOT, raw_call1(SYS_chroot, path));
	child_need(report, STEP_CHROOT, raw_call1(SYS_chdir, "/"));
}

/* Takes the trees of the paths; a missing one that may be is -1. */
RAW_CHILD static void
take_trees(const struct sandbox_path *list, size_t count, long *trees,
    enum step step, struct report report)
{
	size_t i;

	for (i = 0; i < count; i++) {
		trees[i] = clone_tree(list[i].path);
		if (trees[i] == -ENOENT && list[i].optional)
			continue;
		child_need(report, step, trees[i]);
	}
}

RAW_CHILD static void
put_trees(const struct sandbox_path *list, size_t count, const long *trees,
    enum step step, struct report report)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (trees[i] < 0)
			continue;
		child_need(report, step, attach(trees[i], list[i].path));
		(void)raw_call1(SYS_close, trees[i]);
	}
}

/* What shall stay writable is taken aside before and put back after, so that
 * a mount which was read-only anyway is that in the end. */
RAW_CHILD static void
make_read_only(const struct sandbox *sandbox, struct report report)
{
	const struct sandbox_paths *paths = &sandbox->read_write;
	long kernel[KERNELS], trees[SANDBOX_PATHS_MAX];

	take_trees(kernels, KERNELS, kernel, STEP_READ_ONLY_ROOT, report);
	take_trees(
	    paths->list, paths->count, trees, STEP_READ_WRITE_PATHS, report);
	child_need(report, STEP_READ_ONLY_ROOT,
	    set_attributes(AT_FDCWD, "/", AT_RECURSIVE, MOUNT_ATTR_RDONLY));
	put_trees(kernels, KERNELS, kernel, STEP_READ_ONLY_ROOT, report);
	put_trees(
	    paths->list, paths->count, trees, STEP_READ_WRITE_PATHS, report);
}

RAW_CHILD static void
mount_tmp(struct report report)
{
	long result;

	child_need(report, STEP_PRIVATE_TMP,
	    mount_new("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777"));
	result =
	    mount_new("tmpfs", "/var/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
	if (result != -ENOENT)
		child_need(report, STEP_PRIVATE_TMP, result);
}

/* A device on a mount without devices: root can't open it either. */
RAW_CHILD static long
cover_file(const char *path)
{
	long result, tree = clone_tree("/dev/null");

	if (tree < 0)
		return tree;
	result = set_attributes(tree, "", AT_EMPTY_PATH,
	    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		MOUNT_ATTR_NOEXEC);
	if (result >= 0)
		result = attach(tree, path);
	(void)raw_call1(SYS_close, tree);
	return result;
}

RAW_CHILD static long
cover(const char *path)
{
	long fd = child_open(path, O_PATH | O_DIRECTORY, 0);

	if (fd == -ENOTDIR)
		return cover_file(path);
	if (fd < 0)
		return fd;
	(void)raw_call1(SYS_close, fd);
	return mount_new("tmpfs", path,
	    MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
	    "mode=0,nr_inodes=2,size=4k");
}

RAW_CHILD static void
cover_all(const struct sandbox_paths *paths, struct report report)
{
	size_t i;
	long result;

	for (i = 0; i < paths->count; i++) {
		result = cover(paths->list[i].path);
		if (result != -ENOENT || !paths->list[i].optional)
			child_need(report, STEP_INACCESSIBLE_PATHS, result);
	}
}

RAW_CHILD static void
enter_mounts(
    const struct sandbox *sandbox, enum step mounts, struct report report)
{
	child_need(report, mounts, raw_call1(SYS_unshare, CLONE_NEWNS));
	child_need(report, mounts,
	    raw_call5(SYS_mount, 0, (long)"/", 0, MS_REC | MS_SLAVE, 0));
	enter_root(sandbox, true, report);
	if (sandbox->private_pids)
		child_need(report, STEP_PRIVATE_PIDS,
		    mount_new("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			NULL));
	if (sandbox->read_only_root)
		make_read_only(sandbox, report);
	if (sandbox->private_tmp)
		mount_tmp(report);
	cover_all(&sandbox->inaccessible, report);
}

RAW_CHILD void
sandbox_enter(
    const struct sandbox *sandbox, enum step mounts, struct report report)
{
	char here[4096];

	enter_namespaces(sandbox, report);
	if (mounts == STEP_NONE) {
		enter_root(sandbox, false, report);
		return;
	}
	here[0] = '\0';
	(void)raw_call2(SYS_getcwd, here, sizeof here);
	enter_mounts(sandbox, mounts, report);
	/* Where we stood may be covered now: the way there is gone again, so
	 * that nothing below the cover stays in reach. */
	if (here[0] != '/' || sandbox->chroot != NULL ||
	    raw_call1(SYS_chdir, here) < 0)
		child_need(report, STEP_DIRECTORY, raw_call1(SYS_chdir, "/"));
}
