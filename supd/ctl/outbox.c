#include "ctl/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

size_t
outbox_queued(const struct outbox *box)
{
	return box->end - box->start;
}

void
outbox_free(struct outbox *box)
{
	free(box->data);
	*box = (struct outbox){ 0 };
}

static int
make_room(struct outbox *box, size_t bytes)
{
	size_t left = outbox_queued(box);
	char *data;

	if (box->capacity - box->end >= bytes)
		return 0;
	memmove(box->data, box->data + box->start, left);
	box->start = 0;
	box->end = left;
	if (box->capacity - left >= bytes)
		return 0;
	data = realloc(box->data, left + bytes);
	if (data == NULL)
		return -ENOMEM;
	box->data = data;
	box->capacity = left + bytes;
	return 0;
}

int
outbox_add(struct outbox *box, char *text, size_t bytes)
{
	int error;

	if (outbox_queued(box) == 0) {
		outbox_free(box);
		*box = (struct outbox){ text, 0, bytes, bytes };
		return 0;
	}
	error = make_room(box, bytes);
	if (error == 0) {
		memcpy(box->data + box->end, text, bytes);
		box->end += bytes;
	}
	free(text);
	return error;
}

int
outbox_send(struct outbox *box, int fd)
{
	while (outbox_queued(box) > 0) {
		ssize_t n = send(fd, box->data + box->start, outbox_queued(box),
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			box->start += (size_t)n;
		else if (errno == EAGAIN || errno == ENOBUFS)
			return 0;
		else if (errno != EINTR)
			return -errno;
	}
	outbox_free(box);
	return 0;
}
