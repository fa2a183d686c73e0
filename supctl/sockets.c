#include "supctl/sockets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supctl/show.h"

#define OWN_PREFIX "/tmp/supd-"

static void
add(struct sockets *sockets, char *path)
{
	sockets->path[sockets->count++] = path;
}

void
sockets_find(struct sockets *sockets, const char *wanted)
{
	const char *named = getenv("SUPD_SOCKET");
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	*sockets = (struct sockets){ 0 };
	if (!wanted && named && *named)
		wanted = named;
	if (wanted) {
		add(sockets, show_format("%s", wanted));
		return;
	}
	if (geteuid() != 0) {
		if (runtime && *runtime)
			add(sockets, show_format("%s/supd/supd.sock", runtime));
		add(sockets, show_format(OWN_PREFIX "%u/supd.sock",
				 (unsigned)geteuid()));
	}
	add(sockets, show_format(SOCKETS_SYSTEM));
}

void
sockets_free(struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		free(sockets->path[i]);
	*sockets = (struct sockets){ 0 };
}

bool
sockets_safe(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat folder;
	char *name;
	int result;

	if (strncmp(path, OWN_PREFIX, strlen(OWN_PREFIX)) != 0)
		return true;
	name = show_format("%.*s", (int)(slash - path), path);
	result = lstat(name, &folder);
	free(name);
	if (result < 0)
		return true; /* nothing there: connecting will say so */
	return S_ISDIR(folder.st_mode) && folder.st_uid == geteuid() &&
	       (folder.st_mode & 077) == 0;
}
