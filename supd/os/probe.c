#include "os/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
probe_connect(const void *address, size_t n, bool *done)
{
	const struct sockaddr *to = address;
	int fd, error;

	fd = socket(
	    to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	*done = connect(fd, to, (socklen_t)n) == 0;
	if (*done || errno == EINPROGRESS || errno == EINTR)
		return fd;
	/* EAGAIN of a local socket: its queue is full, nobody answers. */
	error = errno;
	close(fd);
	return -error;
}

int
probe_connected(int fd)
{
	int error = 0;
	socklen_t n = sizeof error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -errno;
	return -error;
}

int
probe_send(int fd, const char *text, size_t *at)
{
	ssize_t n;

	while (text[*at] != '\0') {
		n = send(fd, text + *at, strlen(text + *at),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*at += (size_t)n;
	}
	return 0;
}

/* "HTTP/1.1 200", with a blank or the end of the line behind it. */
static int
status_of(const char *text)
{
	const char *at = text + 9;

	if (memcmp(text, "HTTP/1.", 7) != 0 || text[7] < '0' || text[7] > '9' ||
	    text[8] != ' ' || at[0] < '1' || at[0] > '5' || at[1] < '0' ||
	    at[1] > '9' || at[2] < '0' || at[2] > '9' ||
	    strchr(" \r\n", at[3]) == NULL || at[3] == '\0')
		return -EPROTO;
	return (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
}

int
probe_status(int fd, struct probe_answer *a)
{
	const size_t want = 13;
	ssize_t n;

	while (a->n < want) {
		n = recv(fd, a->text + a->n, want - a->n, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EPROTO;
		a->n += (size_t)n;
	}
	return status_of(a->text);
}
