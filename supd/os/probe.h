/*
 * probe: a connection that looks whether somebody answers.
 *
 * Nothing here waits: a socket that is not ready says -EAGAIN, and is looked
 * at again when the loop says so.
 */
#ifndef SUPD_OS_PROBE_H
#define SUPD_OS_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* Begins to connect to a struct sockaddr of n bytes. *done: it is connected
 * already. Descriptor or -errno. */
int probe_connect(const void *address, size_t n, bool *done);
/* When it has become writable: 0, it is connected, or -errno. */
int probe_connected(int fd);
/* Sends from *at on, which moves. 0: all of it; -EAGAIN: the rest later. */
int probe_send(int fd, const char *text, size_t *at);

/* The beginning of an answer of HTTP. */
struct probe_answer {
	char text[16];
	size_t n;
};
/* The status (100 to 599), -EAGAIN: more is to come; -EPROTO: it is no HTTP;
 * or another -errno. */
int probe_status(int fd, struct probe_answer *);

#endif
