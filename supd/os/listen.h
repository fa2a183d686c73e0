/*
 * listen: the control socket.
 *
 * Bound with its final mode from the first moment (fchmod(2) before bind(2),
 * which Linux honours), in a folder that nobody else may write; a lock beside
 * it tells a live supd from the remains of a dead one.
 */
#ifndef SUPD_OS_LISTEN_H
#define SUPD_OS_LISTEN_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Makes the folder of path if it is missing (0755 as root, else 0700), checks
 * it, takes the lock PATH.lock, and listens. mode: of the socket. Descriptor
 * or -errno; -EADDRINUSE: another supd has the lock. *lock: the descriptor
 * that holds it. why: text for people, set on error.
 */
int listen_open(
    const char *path, mode_t mode, int *lock, char *why, size_t why_bytes);
/* Gives the socket at path, which is ours, another mode. 0 or -errno. */
int listen_mode(const char *path, mode_t mode);

/* Accepts one connection, close-on-exec and non-blocking: descriptor,
 * -EAGAIN if none, -EMFILE after having dropped one by means of the reserve
 * descriptor. Fills the peer's credentials (SO_PEERCRED) and its groups
 * (SO_PEERGROUPS, at most *groups_count of them). */
struct listen_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	gid_t groups[64];
	size_t groups_count;
};
int listen_accept(int fd, int *reserve, struct listen_peer *);
int listen_reserve(void);

#endif
