/*
 * sockets: where a daemon may be listening, most wanted first.
 *
 * SPEC.md section 2: what the user names with -s or SUPD_SOCKET is the only
 * one; else root's is /run/supd/supd.sock, another user's is below
 * XDG_RUNTIME_DIR, else below /tmp/supd-UID, and after these that of root. A
 * folder in /tmp that is not the user's own is told as such and never tried:
 * anyone can make it.
 */
#ifndef SUPCTL_SOCKETS_H
#define SUPCTL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#define SOCKETS_MAX 3
#define SOCKETS_SYSTEM "/run/supd/supd.sock"

struct sockets {
	size_t count;
	char *path[SOCKETS_MAX];
	/* Why it did not do; NULL: not tried, or it did. Literals or of
	 * strerror(). */
	const char *reason[SOCKETS_MAX];
};

/* wanted: of -s, or NULL. */
void sockets_find(struct sockets *, const char *wanted);
void sockets_free(struct sockets *);
/* May the socket be trusted to be where it says? */
bool sockets_safe(const char *path);

#endif
