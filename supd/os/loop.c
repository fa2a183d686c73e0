#include "os/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/must.h"

#define NEVER UINT64_MAX
#define TIMER_TAG UINT64_MAX
#define BATCH 64

struct loop {
	int epoll;
	int timer;
	uint64_t armed_ms; /* what the timer is set to; NEVER: to nothing */
};

static uint32_t
mask(bool read, bool write)
{
	return (read ? EPOLLIN : 0u) | (write ? EPOLLOUT : 0u);
}

static int
control(struct loop *loop, int op, int fd, uint64_t tag, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u64 = tag };

	return epoll_ctl(loop->epoll, op, fd, &event) < 0 ? -errno : 0;
}

struct loop *
loop_open(int *error)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (loop == NULL) {
		*error = -ENOMEM;
		return NULL;
	}
	loop->armed_ms = NEVER;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	*error = loop->epoll < 0 ? -errno : 0;
	loop->timer =
	    timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (*error == 0)
		*error = loop->timer < 0 ? -errno : 0;
	if (*error == 0)
		*error = control(
		    loop, EPOLL_CTL_ADD, loop->timer, TIMER_TAG, EPOLLIN);
	if (*error == 0)
		return loop;
	loop_close(loop);
	return NULL;
}

void
loop_close(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->epoll >= 0)
		close(loop->epoll);
	if (loop->timer >= 0)
		close(loop->timer);
	free(loop);
}

int
loop_watch(struct loop *loop, int fd, uint64_t tag, bool read, bool write)
{
	must(tag != TIMER_TAG);
	return control(loop, EPOLL_CTL_ADD, fd, tag, mask(read, write));
}

int
loop_watch_change(struct loop *loop, int fd, uint64_t tag)
{
	must(tag != TIMER_TAG);
	return control(loop, EPOLL_CTL_ADD, fd, tag, EPOLLPRI);
}

int
loop_change(struct loop *loop, int fd, uint64_t tag, bool read, bool write)
{
	must(tag != TIMER_TAG);
	return control(loop, EPOLL_CTL_MOD, fd, tag, mask(read, write));
}

void
loop_forget(struct loop *loop, int fd)
{
	(void)control(loop, EPOLL_CTL_DEL, fd, 0, 0);
}

static int
arm(struct loop *loop, uint64_t deadline_ms)
{
	struct itimerspec when = { 0 };

	if (deadline_ms == loop->armed_ms)
		return 0;
	if (deadline_ms != NEVER) {
		when.it_value.tv_sec = (time_t)(deadline_ms / 1000);
		when.it_value.tv_nsec = (long)(deadline_ms % 1000) * 1000000;
	}
	if (timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		return -errno;
	loop->armed_ms = deadline_ms;
	return 0;
}

static void
take_timer(struct loop *loop)
{
	uint64_t times;

	/* It may have been set anew since: then there is nothing to read. */
	if (read(loop->timer, &times, sizeof times) == (ssize_t)sizeof times)
		loop->armed_ms = NEVER;
}

int
loop_wait(struct loop *loop, uint64_t deadline_ms, struct loop_event *events,
    size_t n)
{
	struct epoll_event ready[BATCH];
	bool past = deadline_ms <= loop_now_ms();
	int i, got, count = 0;

	must(n > 0);
	if (!past) {
		got = arm(loop, deadline_ms);
		if (got < 0)
			return got;
	}
	do
		got = epoll_wait(loop->epoll, ready, n < BATCH ? (int)n : BATCH,
		    past ? 0 : -1);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	for (i = 0; i < got; i++) {
		if (ready[i].data.u64 == TIMER_TAG) {
			take_timer(loop);
			continue;
		}
		events[count++] = (struct loop_event){
			.tag = ready[i].data.u64,
			.readable = (ready[i].events & EPOLLIN) != 0,
			.writable = (ready[i].events & EPOLLOUT) != 0,
			.hung_up = (ready[i].events &
				       (EPOLLHUP | EPOLLERR | EPOLLPRI)) != 0,
		};
	}
	return count;
}

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	must(clock_gettime(id, &ts) == 0);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
loop_now_ms(void)
{
	return loop_now_ns() / 1000000;
}

uint64_t
loop_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t
loop_wall_ms(void)
{
	return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000);
}
