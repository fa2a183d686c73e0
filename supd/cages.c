#include "cages.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "os/keep.h"
#include "os/plumb.h"

/* How long the end waits for what no service had to wait for. */
#define END_MS 2000

/* Those that the limits of services need. */
static const char *const controllers[] = { "memory", "cpu", "pids", "io",
	NULL };

static void
log_missing(const char *setting, const char *why)
{
	log_line(strcmp(setting, "auto") == 0 ? LOG_INFO : LOG_WARN,
	    "no cgroups (%s): what services leave behind is found by its "
	    "process group, session and mark, see supd(8)",
	    why);
}

void
cages_open(
    struct cgroup_tree *tree, const char *setting, uint64_t id, bool adopting)
{
	char text[512];
	int fd, error;

	tree->id = id;
	tree->fd = -1;
	if (keep_has(SLOT_CGROUP))
		tree->fd = PLUMB_SLOTS + SLOT_CGROUP;
	if (tree->fd >= 0 || adopting || strcmp(setting, "off") == 0)
		return;
	fd = cgroup_tree_open(setting, id, text, sizeof(text));
	if (fd < 0) {
		log_missing(setting, text);
		return;
	}
	error = keep_put(PLUMB_WIRE, SLOT_CGROUP, fd);
	if (error != 0) {
		log_missing(setting, strerror(-error));
		return;
	}
	tree->fd = PLUMB_SLOTS + SLOT_CGROUP;
	log_info("services have cgroups of their own in %s", text);
	cgroup_delegate(tree, controllers, getppid(), text, sizeof(text));
	if (text[0] != '\0')
		log_info("not to be had for services: the cgroup controllers "
			 "%s",
		    text);
}

void
cages_end(const struct cgroup_tree *tree, bool guardless)
{
	if (!guardless)
		cgroup_undelegate(tree, controllers, getppid());
	cgroup_tree_end(tree, END_MS);
}
