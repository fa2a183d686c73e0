#include "os/mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "lib/log.h"
#include "os/mountinfo.h"

/* Of one machine; what is mounted beyond that is left as it is. */
#define POINTS 4096

struct wanted {
	const char *type;
	const char *point;
	unsigned long flags;
	const char *options; /* NULL: none */
};

#define NO_PROGRAMS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* The group 5 is tty's, on every distribution. */
static const struct wanted wanted[] = {
	{ "proc", "/proc", NO_PROGRAMS, NULL },
	{ "sysfs", "/sys", NO_PROGRAMS, NULL },
	{ "devtmpfs", "/dev", MS_NOSUID, "mode=0755" },
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC,
	    "mode=0620,gid=5,ptmxmode=0666" },
	{ "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755" },
	{ "cgroup2", "/sys/fs/cgroup", NO_PROGRAMS,
	    "nsdelegate,memory_recursiveprot" },
};

static const struct {
	const char *path;
	const char *target;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

/* The beginning. */

/* Without /proc there is nothing to look it up in: what is mounted is another
 * device than the folder above. */
static bool
is_mounted(const char *point)
{
	struct stat here, above;
	char up[64];

	(void)snprintf(up, sizeof up, "%s/..", point);
	return stat(point, &here) == 0 && stat(up, &above) == 0 &&
	       here.st_dev != above.st_dev;
}

static int
mount_one(const struct wanted *w)
{
	if (mkdir(w->point, 0755) < 0 && errno != EEXIST && errno != EROFS)
		return -errno;
	if (mount(w->type, w->point, w->type, w->flags, w->options) == 0)
		return 0;
	/* A kernel that does not know one of the options. */
	if (errno == EINVAL &&
	    mount(w->type, w->point, w->type, w->flags, NULL) == 0)
		return 0;
	/* It is there already, in a way that is_mounted() does not see. */
	return errno == EBUSY ? 0 : -errno;
}

void
mounts_make(void)
{
	size_t i;
	int error;

	for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		if (is_mounted(wanted[i].point))
			continue;
		error = mount_one(&wanted[i]);
		if (error < 0)
			log_warn("can't mount %s on %s: %s", wanted[i].type,
			    wanted[i].point, strerror(-error));
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		log_warn("can't share mounts with services that have a view "
			 "of their own: %s",
		    strerror(errno));
	/* Some are there where something else made /dev. */
	for (i = 0; i < sizeof links / sizeof links[0]; i++)
		(void)symlink(links[i].target, links[i].path);
}

/* The end. */

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 &&
	       (path[n] == '/' || path[n] == '\0');
}

/* What only shows the kernel, and what the next round looks at. */
static bool
stays(const char *point)
{
	return strcmp(point, "/") == 0 || is_below(point, "/proc") ||
	       is_below(point, "/sys") || is_below(point, "/dev");
}

/* Nothing of it outlives the machine, whatever becomes of it. */
static bool
is_memory(const char *type)
{
	return strcmp(type, "rootfs") == 0 || strcmp(type, "ramfs") == 0 ||
	       strcmp(type, "tmpfs") == 0 || strcmp(type, "devtmpfs") == 0;
}

static void
swaps_off(void)
{
	FILE *in = fopen("/proc/swaps", "re");
	char *line = NULL;
	size_t room = 0;

	while (in != NULL && getline(&line, &room, in) > 0) {
		line[strcspn(line, " \t")] = '\0';
		mountinfo_decode(line);
		/* The first line is a heading. */
		if (line[0] == '/' && swapoff(line) < 0)
			log_warn("can't give up the swap space on %s: %s", line,
			    strerror(errno));
	}
	free(line);
	if (in != NULL)
		fclose(in);
}

/* Each point that is not the kernel's, in the order in which they came. */
static size_t
read_points(char *points[POINTS])
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	struct mountinfo mount;
	char *line = NULL;
	size_t room = 0, n = 0;

	while (in != NULL && n < POINTS && getline(&line, &room, in) > 0) {
		if (!mountinfo_parse(line, &mount) || stays(mount.point))
			continue;
		points[n] = strdup(mount.point);
		if (points[n] != NULL)
			n++;
	}
	free(line);
	if (in != NULL)
		fclose(in);
	return n;
}

/* The last that came is the first to go. False: there was nothing that could
 * be unmounted. */
static bool
unmount_round(void)
{
	char *points[POINTS];
	size_t n = read_points(points);
	bool any = false;

	while (n-- > 0) {
		if (umount2(points[n], UMOUNT_NOFOLLOW) == 0)
			any = true;
		free(points[n]);
	}
	return any;
}

static void
make_read_only(void)
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	struct mountinfo mount_of;
	char *line = NULL;
	size_t room = 0;

	if (in == NULL)
		(void)mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	while (in != NULL && getline(&line, &room, in) > 0) {
		if (!mountinfo_parse(line, &mount_of) ||
		    is_memory(mount_of.type) ||
		    (stays(mount_of.point) && strcmp(mount_of.point, "/") != 0))
			continue;
		if (mount(NULL, mount_of.point, NULL, MS_REMOUNT | MS_RDONLY,
			NULL) < 0)
			log_error("%s can be neither unmounted nor made "
				  "read-only: %s",
			    mount_of.point, strerror(errno));
		else
			log_info("%s is read-only now", mount_of.point);
	}
	free(line);
	if (in != NULL)
		fclose(in);
}

void
mounts_end(void)
{
	/* First of all, should anything of the rest hang. */
	sync();
	swaps_off();
	while (unmount_round())
		continue;
	make_read_only();
	sync();
}
