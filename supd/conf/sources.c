#include "conf/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/told.h"
#include "lib/limits.h"

#define WHY_MAX 256

/* O_NONBLOCK: a FIFO without a writer must not hold us up. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* Makes it known by its path. False: no memory. */
static bool
remember(struct sources *sources, struct source *source)
{
	uint32_t index = sources->known.used;

	/* The array doubles where its length is a power of two. */
	if ((index & (index - 1)) == 0) {
		struct source **more = arena_array(sources->arena,
		    index == 0 ? 1 : index * 2, sizeof(struct source *));

		if (more == NULL)
			return false;
		for (uint32_t i = 0; i < index; i++)
			more[i] = sources->environments[i];
		sources->environments = more;
	}
	sources->environments[index] = source;
	return names_add(&sources->known, sources->arena, source->path, index);
}

struct source *
sources_add(struct sources *sources, enum source_kind kind, const char *path,
    const char *text, size_t bytes, int error)
{
	struct source *source = arena_take(sources->arena, sizeof(*source));

	if (source == NULL)
		return NULL;
	*source = (struct source){
		.kind = kind,
		.path = path,
		.text = text,
		.bytes = bytes,
		.error = error,
	};
	if (kind == SOURCE_ENVIRONMENT && !remember(sources, source))
		return NULL;
	if (sources->last == NULL)
		sources->first = source;
	else
		sources->last->next = source;
	sources->last = source;
	sources->count++;
	sources->bytes += bytes;
	return source;
}

/* Says in why what others could do to it; false if somebody could. */
static bool
is_trusted(const struct stat *st, const char *what, char *why)
{
	uid_t ours = geteuid();

	if (st->st_uid != 0 && st->st_uid != ours) {
		snprintf(why, WHY_MAX,
		    "the %s belongs to uid %u; it must belong to %s", what,
		    st->st_uid, ours == 0 ? "root" : "our own user or root");
		return false;
	}
	if (ours == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		snprintf(why, WHY_MAX,
		    "others than root may write this %s (mode %04o); "
		    "use chmod go-w",
		    what, st->st_mode & 07777);
		return false;
	}
	return true;
}

/* Reads the regular file fd into the arena. 0, or an errno with why. */
static int
read_all(struct sources *sources, int fd, const struct stat *st,
    const char **text, size_t *bytes, char *why)
{
	size_t room = (size_t)st->st_size, used = 0;
	char *data;

	if (st->st_size > (off_t)LIMIT_CONF_FILE) {
		snprintf(why, WHY_MAX, "the file is larger than %u bytes",
		    LIMIT_CONF_FILE);
		return EFBIG;
	}
	if (sources->bytes + room > LIMIT_CONF_TOTAL) {
		snprintf(why, WHY_MAX,
		    "all files together are larger than %u bytes",
		    LIMIT_CONF_TOTAL);
		return EFBIG;
	}
	data = arena_take(sources->arena, room + 1);
	if (data == NULL)
		return ENOMEM;
	/* One byte more than there should be: a file that grows meanwhile, or
	 * has no true size, must not be cut. */
	while (used <= room) {
		ssize_t n = read(fd, data + used, room + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int error = errno;

			snprintf(
			    why, WHY_MAX, "can't be read: %s", strerror(error));
			return error;
		}
		if (n == 0)
			break;
		used += (size_t)n;
	}
	if (used > room) {
		snprintf(why, WHY_MAX, "changed while it was read");
		return EAGAIN;
	}
	*text = data;
	*bytes = used;
	return 0;
}

/* Checks and reads the file behind fd. 0, or an errno with why. */
static int
read_file(struct sources *sources, int fd, const struct stat *st,
    const char **text, size_t *bytes, char *why)
{
	if (!S_ISREG(st->st_mode)) {
		snprintf(why, WHY_MAX, "is no regular file");
		return EINVAL;
	}
	if (!is_trusted(st, "file", why))
		return EPERM;
	return read_all(sources, fd, st, text, bytes, why);
}

static int
open_at(int folder, const char *name, struct stat *st, char *why)
{
	int fd = openat(folder, name, OPEN_FLAGS), error;

	if (fd >= 0 && fstat(fd, st) == 0)
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	snprintf(why, WHY_MAX, "can't be read: %s", strerror(error));
	return -error;
}

static void
read_conf(struct sources *sources, int fd, const struct stat *st,
    const char *path, struct diagnoses *out)
{
	char why[WHY_MAX] = "";
	const char *text;
	size_t bytes;

	if (read_file(sources, fd, st, &text, &bytes, why) != 0) {
		if (why[0] != '\0')
			told_error(out, path, 0, "%s", why);
		return;
	}
	sources_add(sources, SOURCE_CONF, path, text, bytes, 0);
}

static bool
is_conf_name(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".conf") == 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The *.conf names of the folder, sorted; *count of them. 0 or an errno. */
static int
list_folder(struct arena *arena, DIR *dir, char ***names, size_t *count)
{
	struct dirent *entry;
	size_t room = 0;

	*names = NULL;
	*count = 0;
	while ((errno = 0, entry = readdir(dir)) != NULL) {
		if (!is_conf_name(entry->d_name))
			continue;
		if (*count == room) {
			char **more;

			room = room == 0 ? 64 : room * 2;
			more = arena_array(arena, room, sizeof(*more));
			if (more == NULL)
				return ENOMEM;
			if (*count > 0)
				memcpy(more, *names, *count * sizeof(*more));
			*names = more;
		}
		(*names)[*count] = arena_text(arena, entry->d_name);
		if ((*names)[*count] == NULL)
			return ENOMEM;
		++*count;
	}
	if (errno != 0)
		return errno;
	if (*count > 0)
		qsort(*names, *count, sizeof(**names), compare_names);
	return 0;
}

static void
read_entry(struct sources *sources, int folder, const char *folder_path,
    const char *name, struct diagnoses *out)
{
	size_t n = strlen(folder_path);
	char why[WHY_MAX];
	struct stat st;
	char *path;
	int fd;

	while (n > 1 && folder_path[n - 1] == '/')
		n--;
	path = arena_print(sources->arena, "%.*s%s%s", (int)n, folder_path,
	    folder_path[n - 1] == '/' ? "" : "/", name);
	if (path == NULL)
		return;
	fd = open_at(folder, name, &st, why);
	if (fd < 0) {
		told_error(out, path, 0, "%s", why);
		return;
	}
	read_conf(sources, fd, &st, path, out);
	close(fd);
}

/* Takes fd over. */
static void
read_folder(struct sources *sources, int fd, const struct stat *st,
    const char *path, struct diagnoses *out)
{
	char why[WHY_MAX];
	char **names;
	size_t count;
	DIR *dir;
	int error;

	if (!is_trusted(st, "folder", why)) {
		told_error(out, path, 0, "%s", why);
		close(fd);
		return;
	}
	dir = fdopendir(fd);
	if (dir == NULL) {
		told_error(out, path, 0, "can't be read: %s", strerror(errno));
		close(fd);
		return;
	}
	error = list_folder(sources->arena, dir, &names, &count);
	if (error != 0)
		told_error(out, path, 0, "can't be read: %s", strerror(error));
	else if (count == 0)
		told_warning(out, path, 0, "no *.conf file in this folder");
	for (size_t i = 0; error == 0 && i < count; i++)
		read_entry(sources, dirfd(dir), path, names[i], out);
	closedir(dir);
}

static void
read_path(struct sources *sources, const char *path, bool by_default,
    struct diagnoses *out)
{
	char why[WHY_MAX];
	struct stat st;
	int fd = open_at(AT_FDCWD, path, &st, why);

	path = arena_text(sources->arena, path);
	if (fd >= 0 && path == NULL) {
		close(fd);
	} else if (fd == -ENOENT && by_default) {
		told_error(out, path, 0,
		    "no such folder; it is where supd looks unless a file or "
		    "folder is named by -c PATH");
	} else if (fd < 0) {
		told_error(out, path, 0, "%s", why);
	} else if (S_ISDIR(st.st_mode)) {
		read_folder(sources, fd, &st, path, out);
	} else {
		read_conf(sources, fd, &st, path, out);
		close(fd);
	}
}

/* /etc/supd/conf.d, $XDG_CONFIG_HOME/supd/conf.d, ~/.config/supd/conf.d;
 * NULL where there is no home. */
static const char *
default_folder(struct arena *arena)
{
	const char *base = secure_getenv("XDG_CONFIG_HOME");
	const char *home = secure_getenv("HOME");
	const struct passwd *user;

	if (geteuid() == 0)
		return "/etc/supd/conf.d";
	/* A relative one counts as unset, by the XDG base directory rules. */
	if (base != NULL && base[0] == '/')
		return arena_print(arena, "%s/supd/conf.d", base);
	if (home == NULL || home[0] != '/') {
		user = getpwuid(geteuid());
		home = user == NULL ? NULL : user->pw_dir;
	}
	return home == NULL
		   ? NULL
		   : arena_print(arena, "%s/.config/supd/conf.d", home);
}

void
sources_read(struct sources *sources, char *const *paths, size_t count,
    struct diagnoses *out)
{
	const char *folder;

	for (size_t i = 0; i < count; i++)
		read_path(sources, paths[i], false, out);
	if (count > 0)
		return;
	folder = default_folder(sources->arena);
	if (folder != NULL)
		read_path(sources, folder, true, out);
	else if (!arena_failed(sources->arena))
		told_error(out, NULL, 0,
		    "neither XDG_CONFIG_HOME nor HOME is set: name a file or "
		    "folder of the configuration by -c PATH");
}

struct source *
sources_environment(struct sources *sources, const char *path)
{
	char why[WHY_MAX] = "no memory";
	const char *text = NULL;
	struct stat st;
	size_t bytes = 0;
	uint32_t index;
	int fd, error;

	if (names_find(&sources->known, path, &index))
		return sources->environments[index];
	path = sources->frozen ? NULL : arena_text(sources->arena, path);
	if (path == NULL)
		return NULL;
	fd = open_at(AT_FDCWD, path, &st, why);
	error = fd < 0 ? -fd : read_file(sources, fd, &st, &text, &bytes, why);
	if (fd >= 0)
		close(fd);
	if (error != 0) {
		text = arena_text(sources->arena, why);
		bytes = strlen(why);
	}
	return text == NULL ? NULL
			    : sources_add(sources, SOURCE_ENVIRONMENT, path,
				  text, bytes, error);
}
