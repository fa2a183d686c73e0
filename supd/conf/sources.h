/*
 * sources: the files that a configuration is made of.
 *
 * Reads files and folders once, with their owner and mode checked, and keeps
 * what it read: the same sources, packed as a snapshot, give the same
 * configuration to another process without a look at the file system.
 *
 * Trust: supd runs what these files say. As root, a file or folder must
 * belong to root and be writable by nobody else; otherwise it must belong to
 * our user or to root. Only regular files are read.
 *
 * The snapshot is binary, of this machine's byte order: a header with magic,
 * version, count and checksum, then for each source its kind, error, lengths,
 * path and text.
 */
#ifndef SUPD_CONF_SOURCES_H
#define SUPD_CONF_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/arena.h"
#include "conf/names.h"
#include "conf/plan.h"

/* The last two are what people.c found in the user database; the path is the
 * name that was looked up, the text binary. */
enum source_kind {
	SOURCE_CONF,
	SOURCE_ENVIRONMENT,
	SOURCE_PERSON,
	SOURCE_GROUPS,
};

struct source {
	enum source_kind kind;
	const char *path;
	/* The content, with a NUL behind it; where error is set, why there is
	 * none, for people. */
	const char *text;
	size_t bytes;
	int error;        /* an errno; ENOENT and ENOTDIR: it is not there */
	char **variables; /* of a file of variables, by environ.c */
	struct source *next;
};

/* Zeroed with an arena set it is empty. */
struct sources {
	struct arena *arena;
	struct source *first;
	struct source *last;
	uint32_t count;
	size_t bytes;                 /* of all texts */
	struct source **environments; /* those of SOURCE_ENVIRONMENT... */
	struct names known;           /* ...and their numbers by path */
	bool frozen; /* from a snapshot: the file system is not looked at */
};

/* Adds one, its texts by reference; NULL: no memory. */
struct source *sources_add(struct sources *, enum source_kind, const char *path,
    const char *text, size_t bytes, int error);
/* Adds the files of paths, folders expanded; count 0: the default folder.
 * What is wrong goes to diagnoses. */
void sources_read(
    struct sources *, char *const *paths, size_t count, struct diagnoses *);
/* The file of `environment_file`, read at its first use; NULL: no memory, or
 * (frozen) the snapshot does not know it. */
struct source *sources_environment(struct sources *, const char *path);

/* Packs all that was read; NULL: no memory. */
const char *sources_pack(const struct sources *, size_t *bytes);
/* The opposite. False: no memory, or it is no snapshot of ours. */
bool sources_unpack(struct sources *, const char *snapshot, size_t bytes);

#endif
