#include "doors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "os/keep.h"
#include "os/listen.h"
#include "os/notify.h"
#include "os/plumb.h"

static mode_t
socket_mode(const struct plan_settings *s)
{
	bool others = s->control.users_count > 0 ||
		      s->control.groups_count > 0 || s->control.everybody ||
		      s->observe.users_count > 0 ||
		      s->observe.groups_count > 0 || s->observe.everybody;

	return others ? 0666 : 0600;
}

static int
bind_control(const struct doors *doors, const struct plan_settings *settings)
{
	int fd, lock = -1, error;
	char why[512];

	/* A predecessor that died between the two would lock us out. */
	if (keep_has(SLOT_LOCK))
		keep_drop(PLUMB_WIRE, SLOT_LOCK);
	fd = listen_open(
	    doors->socket, socket_mode(settings), &lock, why, sizeof(why));
	if (fd == -EADDRINUSE) {
		log_error("%s", why);
		return fd;
	}
	if (fd < 0) {
		log_warn("no control socket, so supctl cannot reach this "
			 "supd: %s",
		    why);
		return 0;
	}
	error = keep_put(PLUMB_WIRE, SLOT_LOCK, lock);
	if (error == 0)
		error = keep_put(PLUMB_WIRE, SLOT_LISTEN, fd);
	if (error != 0)
		log_error("cannot have the control socket kept: %s",
		    strerror(-error));
	return error;
}

static int
open_control(struct doors *doors, struct loop *loop,
    const struct plan_settings *settings, uint64_t tag)
{
	int error = 0;

	if (!keep_has(SLOT_LISTEN))
		error = bind_control(doors, settings);
	if (error != 0 || !keep_has(SLOT_LISTEN))
		return error;
	doors->ctl = ctl_open(loop, PLUMB_SLOTS + SLOT_LISTEN, tag, &error);
	if (doors->ctl != NULL)
		return 0;
	log_error("cannot serve the control socket: %s", strerror(-error));
	return error;
}

static int
open_notify(struct doors *doors, struct loop *loop, uint64_t tag)
{
	int fd, error = 0;

	if (asprintf(&doors->notify_path, "%s.notify", doors->socket) < 0) {
		doors->notify_path = NULL;
		return -ENOMEM;
	}
	if (!keep_has(SLOT_NOTIFY)) {
		fd = notify_open(doors->notify_path);
		error = fd < 0 ? fd : keep_put(PLUMB_WIRE, SLOT_NOTIFY, fd);
	}
	if (error == 0)
		error = loop_watch(
		    loop, PLUMB_SLOTS + SLOT_NOTIFY, tag, true, false);
	if (error == 0)
		return 0;
	log_warn("no readiness socket %s (%s): services with ready = notify "
		 "cannot become ready",
	    doors->notify_path, strerror(-error));
	free(doors->notify_path);
	doors->notify_path = NULL;
	return 0;
}

int
doors_open(struct doors *doors, struct loop *loop,
    const struct plan_settings *settings, uint64_t ctl_tag, uint64_t notify_tag)
{
	int error;

	doors->socket = strdup(settings->socket);
	if (doors->socket == NULL) {
		log_error("control socket: no memory");
		return -ENOMEM;
	}
	error = open_control(doors, loop, settings, ctl_tag);
	return error != 0 ? error : open_notify(doors, loop, notify_tag);
}

void
doors_rule(struct doors *doors, const struct plan_settings *settings)
{
	if (doors->ctl == NULL)
		return;
	ctl_rules(doors->ctl, settings);
	if (listen_mode(doors->socket, socket_mode(settings)) != 0)
		log_warn("cannot change the mode of %s: %s", doors->socket,
		    strerror(errno));
}

void
doors_close(struct doors *doors)
{
	if (doors->ctl != NULL) {
		ctl_flush(doors->ctl);
		unlink(doors->socket);
	}
	if (doors->notify_path != NULL)
		unlink(doors->notify_path);
}
