#include "os/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/plumb.h"

#define SHELL "/bin/sh"
/* Where nothing is said. */
#define DEFAULT_PATH "/bin:/usr/bin"
/* Of PLUMB_EXE. */
#define EXE_PATH "/proc/self/fd/15"

static int
become_script(const char *path, char **argv)
{
	size_t n = 0;
	char **script;
	int error;

	while (argv[n] != NULL)
		n++;
	script = calloc(n + 2, sizeof *script);
	if (script == NULL)
		return -ENOMEM;
	script[0] = (char *)(uintptr_t)SHELL;
	script[1] = (char *)(uintptr_t)path;
	memcpy(script + 2, argv + 1, n * sizeof *script);
	(void)execv(SHELL, script);
	error = -errno;
	free(script);
	return error;
}

static int
become(const char *path, char **argv)
{
	(void)execv(path, argv);
	return errno == ENOEXEC ? become_script(path, argv) : -errno;
}

/* Errors after which the next folder is tried. */
static bool
goes_on(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES ||
	       error == -ESTALE || error == -ENODEV || error == -ETIMEDOUT ||
	       error == -ENAMETOOLONG;
}

static int
become_below(const char *folder, size_t n, char **argv)
{
	char path[PATH_MAX];

	/* An empty folder is the current one. */
	if (n + 1 + strlen(argv[0]) >= sizeof path)
		return -ENAMETOOLONG;
	(void)snprintf(path, sizeof path, "%.*s%s%s", (int)n, folder,
	    n > 0 ? "/" : "", argv[0]);
	return become(path, argv);
}

int
exec_command(char **argv)
{
	const char *path = getenv("PATH");
	bool refused = false;
	size_t n;
	int error;

	if (argv[0][0] == '\0')
		return -ENOENT;
	if (strchr(argv[0], '/') != NULL)
		return become(argv[0], argv);
	if (path == NULL)
		path = DEFAULT_PATH;
	for (;; path += n + 1) {
		n = strcspn(path, ":");
		error = become_below(path, n, argv);
		if (!goes_on(error))
			return error;
		refused = refused || error == -EACCES;
		if (path[n] == '\0')
			return refused ? -EACCES : error;
	}
}

int
exec_again(char **argv)
{
	int error;

	_Static_assert(PLUMB_EXE == 15, "its path");
	(void)syscall(
	    SYS_execveat, PLUMB_EXE, "", argv, environ, AT_EMPTY_PATH);
	error = -errno;
	/* Some filters know nothing but execve(2). */
	(void)execv(EXE_PATH, argv);
	return error;
}
