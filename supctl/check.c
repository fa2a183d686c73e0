/* The verb check: supd itself knows how to read its configuration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supctl/run.h"
#include "supctl/verbs.h"

/* The supd that was installed or built with this supctl; NULL if it cannot be
 * told. */
static char *
sibling(void)
{
	char self[4096];
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash, *path;

	if (bytes < 0)
		return NULL;
	self[bytes] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	path = show_format("%.*s/supd", (int)(slash - self), self);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	/* PREFIX/bin/supctl goes with PREFIX/sbin/supd. */
	path = show_format("%.*s/../sbin/supd", (int)(slash - self), self);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char **
arguments(const struct run *run)
{
	const struct options *options = &run->options;
	char **list = show_need(
	    calloc(2 * (size_t)options->names_count + 4, sizeof(*list)));
	size_t n = 0;

	list[n++] = (char *)"supd";
	list[n++] = (char *)"--check";
	if (options->json)
		list[n++] = (char *)"--json";
	for (int i = 0; i < options->names_count; i++) {
		list[n++] = (char *)"-c";
		list[n++] = options->names[i];
	}
	return list;
}

int
check_run(struct run *run)
{
	char **list = arguments(run);
	char *path = sibling();

	if (path)
		execv(path, list);
	execvp("supd", list);
	if (errno == ENOENT) {
		/* As root, or a user whose PATH has no sbin. */
		execv("/usr/local/sbin/supd", list);
		execv("/usr/sbin/supd", list);
	}
	free(path);
	free(list);
	return run_fail(run, EXITS_FAILED, "NoSupd",
	    show_format("cannot run supd, which does the checking: %s\n"
			"It is looked for beside supctl and in PATH.",
		strerror(errno)));
}
