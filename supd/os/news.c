#include "os/news.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
news_write(int fd, const struct news *news)
{
	ssize_t n;

	do
		n = write(fd, news, sizeof *news);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == (ssize_t)sizeof *news ? 0 : -EIO;
}

int
news_open(int scratch[2])
{
	return pipe2(scratch, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

/* Reads exactly bytes, which are known to be there. */
static int
read_all(int fd, void *to, size_t bytes)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		n = read(fd, (char *)to + done, bytes - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			return -EIO;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int
news_peek(int fd, const int scratch[2], uint64_t after, struct news *news,
    size_t *seen)
{
	struct news all[NEWS_BATCH];
	ssize_t n;
	size_t i;
	int error, count = 0;

	*seen = 0;
	do
		n = tee(fd, scratch[1], sizeof all, SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == EAGAIN))
		return 0;
	if (n < 0)
		return -errno;
	/* The scratch pipe must be empty again whatever comes of it. */
	error = read_all(scratch[0], all, (size_t)n);
	if (error < 0)
		return error;
	*seen = (size_t)n / sizeof all[0];
	for (i = 0; i < *seen; i++) {
		if (all[i].seq > after)
			news[count++] = all[i];
	}
	return count;
}

int
news_consume(int fd, size_t n)
{
	struct news taken[NEWS_BATCH];
	size_t some;
	int error;

	while (n > 0) {
		some = n < NEWS_BATCH ? n : NEWS_BATCH;
		error = read_all(fd, taken, some * sizeof taken[0]);
		if (error < 0)
			return error;
		n -= some;
	}
	return 0;
}
