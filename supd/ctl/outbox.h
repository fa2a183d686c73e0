/*
 * outbox: the bytes that wait to be sent to one client.
 *
 * It has no bound of its own: its owner asks outbox_queued() before it adds.
 * Zeroed it is empty, and empty it holds no memory.
 */
#ifndef SUPD_CTL_OUTBOX_H
#define SUPD_CTL_OUTBOX_H

#include <stddef.h>

struct outbox {
	char *data;
	size_t start; /* what stands before was sent */
	size_t end;
	size_t capacity;
};

size_t outbox_queued(const struct outbox *);
/* Takes text (malloc'd), whatever it returns: 0 or -ENOMEM. */
int outbox_add(struct outbox *, char *text, size_t bytes);
/* Sends what can be sent without waiting: 0 or -errno. */
int outbox_send(struct outbox *, int fd);
void outbox_free(struct outbox *);

#endif
