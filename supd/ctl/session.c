#include "ctl/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/acl.h"
#include "ctl/admit.h"
#include "ctl/outbox.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/must.h"
#include "lib/varlink.h"

/* Read from one client in one turn. */
#define CHUNK 65536u
/* Accepted in one turn; the rest are there in the next. */
#define ACCEPTS 32

/*
 * A client.
 *
 *             complete message          answered
 *   reading ------------------> turn ---------------> reading
 *      |                         |                       ^
 *      | end of its input        | given to the engine   | ctl_reply(),
 *      v                         v                       | ctl_error()
 *   ended, closed when        busy ----------------------+
 *   its queue is empty           | it closes: closed, and told by ctl_gone()
 *
 * What it sends while busy waits in its socket. A client that has closed
 * without a call in progress is deaf: what it left behind is still read and
 * done, answers are dropped. One that broke the rules, or that memory is
 * short for, is broken: shut down, and closed when the loop tells the
 * hang-up, so that calls in progress end in one place, ctl_ready().
 */
struct session {
	int fd;              /* -1: none */
	uint32_t generation; /* of the newest call */
	struct listen_peer peer;
	struct varlink_inbox in;
	struct outbox out;
	bool busy;
	bool more; /* the call in progress may have several replies */
	bool ended;
	bool deaf;
	bool broken;
	bool refused;   /* a reply of a stream was dropped */
	bool forbidden; /* it was logged that it may not */
	bool gone;  /* its call went with it: to be told, the place is kept */
	bool reads; /* what the loop was told */
	bool writes;
};

struct ctl {
	struct loop *loop;
	uint64_t tag_base;
	int listen_fd;
	int reserve;
	uid_t own;
	const struct plan_settings *rules;
	struct varlink_call call; /* the one that was given out last */
	uint32_t next;            /* whom ctl_next() asks first */
	bool told_full;
	struct session sessions[LIMIT_SESSIONS];
};

static bool
has_turn(struct session *s)
{
	return s->fd >= 0 && !s->busy && !s->broken &&
	       outbox_queued(&s->out) <= LIMIT_QUEUE && varlink_pending(&s->in);
}

static bool
wants_input(struct session *s)
{
	return !s->busy && !s->ended && !s->broken &&
	       outbox_queued(&s->out) <= LIMIT_QUEUE &&
	       !varlink_pending(&s->in);
}

static uint64_t
tag_of(const struct ctl *ctl, const struct session *s)
{
	return ctl->tag_base + 1 + (uint64_t)(s - ctl->sessions);
}

static struct ctl_handle
handle_of(const struct ctl *ctl, const struct session *s)
{
	return (struct ctl_handle){
		.session = (uint32_t)(s - ctl->sessions),
		.generation = s->generation,
	};
}

/* NULL if that call is answered, or its client gone. */
static struct session *
find(struct ctl *ctl, struct ctl_handle handle)
{
	struct session *s;

	if (handle.session >= LIMIT_SESSIONS)
		return NULL;
	s = &ctl->sessions[handle.session];
	if (s->fd < 0 || !s->busy || s->generation != handle.generation)
		return NULL;
	return s;
}

static void
end(struct ctl *ctl, struct session *s)
{
	loop_forget(ctl->loop, s->fd);
	close(s->fd);
	s->fd = -1;
	s->gone = s->busy;
	s->busy = false;
	varlink_inbox_free(&s->in);
	outbox_free(&s->out);
}

static void
break_off(struct session *s, const char *why)
{
	log_debug("control: closing the connection of pid %d, uid %u: %s",
	    (int)s->peer.pid, (unsigned)s->peer.uid, why);
	s->broken = true;
	outbox_free(&s->out);
	shutdown(s->fd, SHUT_RDWR);
}

static void
deafen(struct session *s)
{
	s->deaf = true;
	outbox_free(&s->out);
}

static void
send_queue(struct session *s)
{
	int error = outbox_send(&s->out, s->fd);

	if (error == -EPIPE || error == -ECONNRESET)
		deafen(s);
	else if (error < 0)
		break_off(s, strerror(-error));
}

/* Takes text, which is NULL if there was no memory for it. */
static void
answer(struct session *s, char *text, size_t bytes)
{
	if (s->deaf || s->broken)
		free(text);
	else if (text == NULL || outbox_add(&s->out, text, bytes) < 0)
		break_off(s, "no memory for an answer");
	else
		send_queue(s);
}

/*
 * Tells the loop what the session waits for, or ends it if that is nothing
 * any more. A call that could be given out makes the loop wake at once (a
 * socket with an empty queue can be written to), so that none is forgotten
 * whoever stops asking ctl_next() early.
 */
static void
settle(struct ctl *ctl, struct session *s)
{
	bool reads = wants_input(s);
	bool writes = !s->broken && (outbox_queued(&s->out) > 0 || has_turn(s));

	if (s->ended && !s->busy && !s->broken && !writes) {
		end(ctl, s);
		return;
	}
	if (reads == s->reads && writes == s->writes)
		return;
	if (loop_change(ctl->loop, s->fd, tag_of(ctl, s), reads, writes) < 0)
		break_off(s, "the loop refuses it");
	s->reads = reads;
	s->writes = writes;
}

/* Calls. */

static void
hand_out(struct ctl *ctl, struct session *s, enum ctl_method method,
    struct ctl_call *out)
{
	unsigned flags = ctl->call.flags;

	/* Nobody waits for the end of a oneway call: its handle never is
	 * alive. */
	s->generation++;
	s->busy = (flags & VARLINK_ONEWAY) == 0;
	s->more = s->busy && (flags & VARLINK_MORE) != 0;
	s->refused = false;
	*out = (struct ctl_call){
		.from = handle_of(ctl, s),
		.method = method,
		.parameters = ctl->call.parameters,
		.more = s->more,
		.pid = s->peer.pid,
		.uid = s->peer.uid,
	};
}

/* Once for each client: he must not fill the log. */
static void
log_forbidden(struct session *s, const char *why)
{
	if (!s->forbidden)
		log_info(
		    "control: pid %d was refused: %s", (int)s->peer.pid, why);
	s->forbidden = true;
}

/* Handles one message; true with a call for the engine. */
static bool
take_call(struct ctl *ctl, struct session *s, struct ctl_call *out)
{
	struct admit_verdict verdict;
	size_t length = 0;
	const char *text = varlink_take(&s->in, &length);
	int error;

	varlink_call_free(&ctl->call);
	error = varlink_parse_call(text, length, &ctl->call);
	if (error == 0)
		error =
		    admit(&ctl->call, acl_right(ctl->rules, ctl->own, &s->peer),
			s->peer.uid, &verdict);
	if (error != 0) {
		break_off(s, error == -EBADMSG ? "not a varlink message"
					       : strerror(-error));
		return false;
	}
	if (verdict.forbidden)
		log_forbidden(s, verdict.why);
	if (verdict.given)
		hand_out(ctl, s, verdict.method, out);
	else if ((ctl->call.flags & VARLINK_ONEWAY) != 0)
		free(verdict.reply);
	else
		answer(s, verdict.reply, verdict.reply_bytes);
	return verdict.given;
}

bool
ctl_next(struct ctl *ctl, struct ctl_call *out)
{
	uint32_t i;

	for (i = 0; i < LIMIT_SESSIONS; i++) {
		uint32_t at = (ctl->next + i) % LIMIT_SESSIONS;
		struct session *s = &ctl->sessions[at];
		bool given = false;

		if (!has_turn(s))
			continue;
		while (!given && has_turn(s))
			given = take_call(ctl, s, out);
		settle(ctl, s);
		if (given) {
			/* The others first, before its next call. */
			ctl->next = at + 1;
			return true;
		}
	}
	varlink_call_free(&ctl->call);
	return false;
}

bool
ctl_gone(struct ctl *ctl, struct ctl_handle *handle)
{
	uint32_t i;

	for (i = 0; i < LIMIT_SESSIONS; i++) {
		struct session *s = &ctl->sessions[i];

		if (!s->gone)
			continue;
		s->gone = false;
		*handle = handle_of(ctl, s);
		return true;
	}
	return false;
}

void
ctl_reply(struct ctl *ctl, struct ctl_handle handle, json_t *parameters)
{
	struct session *s = find(ctl, handle);
	size_t bytes = 0;
	char *text;

	if (s == NULL) {
		json_decref(parameters);
		return;
	}
	text = varlink_make_reply(parameters, false, &bytes);
	s->busy = false;
	answer(s, text, bytes);
	settle(ctl, s);
}

bool
ctl_more(struct ctl *ctl, struct ctl_handle handle, json_t *parameters)
{
	struct session *s = find(ctl, handle);
	size_t bytes = 0;
	char *text;

	must(s == NULL || s->more);
	if (s == NULL || s->deaf || s->broken ||
	    outbox_queued(&s->out) >= LIMIT_QUEUE) {
		json_decref(parameters);
		if (s != NULL)
			s->refused = true;
		return false;
	}
	s->refused = false;
	text = varlink_make_reply(parameters, true, &bytes);
	answer(s, text, bytes);
	settle(ctl, s);
	return true;
}

void
ctl_error(struct ctl *ctl, struct ctl_handle handle, const char *error,
    json_t *parameters)
{
	struct session *s = find(ctl, handle);
	size_t bytes = 0;
	char *text;

	if (s == NULL) {
		json_decref(parameters);
		return;
	}
	text = admit_error(error, parameters, &bytes);
	s->busy = false;
	answer(s, text, bytes);
	settle(ctl, s);
}

bool
ctl_alive(const struct ctl *ctl, struct ctl_handle handle)
{
	const struct session *s;

	if (handle.session >= LIMIT_SESSIONS)
		return false;
	s = &ctl->sessions[handle.session];
	return s->fd >= 0 && s->busy && !s->broken && !s->deaf &&
	       s->generation == handle.generation;
}

bool
ctl_room(const struct ctl *ctl, struct ctl_handle handle)
{
	const struct session *s;

	if (!ctl_alive(ctl, handle))
		return false;
	s = &ctl->sessions[handle.session];
	return s->refused && outbox_queued(&s->out) < LIMIT_QUEUE / 2;
}

/* New clients. */

/* A free place, or NULL with why there is none. The last
 * LIMIT_SESSIONS_PER_UID places are for root and our own user, so that others
 * cannot lock them out. */
static struct session *
find_place(struct ctl *ctl, uid_t uid, const char **why)
{
	bool trusted = uid == 0 || uid == ctl->own;
	unsigned most =
	    trusted ? LIMIT_SESSIONS : LIMIT_SESSIONS - LIMIT_SESSIONS_PER_UID;
	unsigned all = 0, of_uid = 0;
	struct session *place = NULL;
	uint32_t i;

	for (i = 0; i < LIMIT_SESSIONS; i++) {
		struct session *s = &ctl->sessions[i];

		if (s->fd < 0 && !s->gone) {
			place = place == NULL ? s : place;
			continue;
		}
		all++;
		of_uid += s->peer.uid == uid;
	}
	if (of_uid >= LIMIT_SESSIONS_PER_UID) {
		*why = "too many connections of your user to this supd";
		return NULL;
	}
	*why = "too many connections to this supd";
	return all < most ? place : NULL;
}

static void
turn_away(
    struct ctl *ctl, int fd, const struct listen_peer *peer, const char *why)
{
	size_t bytes = 0;
	char *text = admit_error(
	    "InvalidState", json_pack("{s:s}", "message", why), &bytes);

	/* A courtesy: if it does not get there nobody waits for it. */
	if (text != NULL &&
	    send(fd, text, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("control: pid %d does not listen to why it was "
			  "turned away",
		    (int)peer->pid);
	free(text);
	close(fd);
	if (!ctl->told_full)
		log_warn("control: pid %d, uid %u turned away: %s",
		    (int)peer->pid, (unsigned)peer->uid, why);
	ctl->told_full = true;
}

static void
welcome(struct ctl *ctl, int fd, const struct listen_peer *peer)
{
	const char *why;
	struct session *s = find_place(ctl, peer->uid, &why);

	if (s == NULL) {
		turn_away(ctl, fd, peer, why);
		return;
	}
	if (loop_watch(ctl->loop, fd, tag_of(ctl, s), true, false) < 0) {
		turn_away(ctl, fd, peer, "this supd is out of resources");
		return;
	}
	ctl->told_full = false;
	*s = (struct session){
		.fd = fd,
		.generation = s->generation,
		.peer = *peer,
		.in = { .limit = LIMIT_MESSAGE },
		.reads = true,
	};
}

static void
accept_some(struct ctl *ctl)
{
	int i;

	for (i = 0; i < ACCEPTS; i++) {
		struct listen_peer peer = { 0 };
		int fd = listen_accept(ctl->listen_fd, &ctl->reserve, &peer);

		if (fd >= 0) {
			welcome(ctl, fd, &peer);
			continue;
		}
		if (fd == -EAGAIN)
			return;
		if (!ctl->told_full)
			log_warn("control: a client could not be let in: %s",
			    strerror(-fd));
		ctl->told_full = true;
	}
}

static void
receive(struct session *s)
{
	char chunk[CHUNK];
	ssize_t n;
	int error;

	do
		n = recv(s->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == 0) {
		s->ended = true;
		return;
	}
	if (n < 0) {
		if (errno != EAGAIN)
			break_off(s, strerror(errno));
		return;
	}
	error = varlink_feed(&s->in, chunk, (size_t)n);
	if (error == -EMSGSIZE)
		break_off(s, "its message is too long");
	else if (error < 0)
		break_off(s, strerror(-error));
}

/* What the loop said may be of an earlier client with this place. */
static bool
has_hung_up(int fd)
{
	struct pollfd poll_fd = { .fd = fd };

	return poll(&poll_fd, 1, 0) > 0 &&
	       (poll_fd.revents & (POLLHUP | POLLERR)) != 0;
}

void
ctl_ready(struct ctl *ctl, const struct loop_event *event)
{
	struct session *s;

	must(event->tag >= ctl->tag_base);
	if (event->tag == ctl->tag_base) {
		accept_some(ctl);
		return;
	}
	must(event->tag - ctl->tag_base - 1 < LIMIT_SESSIONS);
	s = &ctl->sessions[event->tag - ctl->tag_base - 1];
	if (s->fd < 0)
		return;
	if (event->hung_up && has_hung_up(s->fd)) {
		deafen(s);
		if (s->busy || s->broken) {
			end(ctl, s);
			return;
		}
	}
	if (event->writable && !s->broken)
		send_queue(s);
	if (wants_input(s))
		receive(s);
	settle(ctl, s);
}

/* The whole. */

void
ctl_rules(struct ctl *ctl, const struct plan_settings *rules)
{
	ctl->rules = rules;
}

struct ctl *
ctl_open(struct loop *loop, int listen_fd, uint64_t tag_base, int *error)
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));
	uint32_t i;

	if (ctl == NULL) {
		*error = -ENOMEM;
		return NULL;
	}
	ctl->loop = loop;
	ctl->tag_base = tag_base;
	ctl->listen_fd = listen_fd;
	ctl->own = geteuid();
	for (i = 0; i < LIMIT_SESSIONS; i++)
		ctl->sessions[i].fd = -1;
	/* Without it supd does not spin, but it may: listen_accept() tries
	 * again. */
	ctl->reserve = listen_reserve();
	*error = loop_watch(loop, listen_fd, tag_base, true, false);
	if (*error < 0) {
		if (ctl->reserve >= 0)
			close(ctl->reserve);
		free(ctl);
		return NULL;
	}
	return ctl;
}

void
ctl_flush(struct ctl *ctl)
{
	uint32_t i;

	for (i = 0; i < LIMIT_SESSIONS; i++) {
		struct session *s = &ctl->sessions[i];

		if (s->fd < 0)
			continue;
		send_queue(s);
		end(ctl, s);
		s->gone = false;
	}
}

void
ctl_close(struct ctl *ctl)
{
	if (ctl == NULL)
		return;
	ctl_flush(ctl);
	loop_forget(ctl->loop, ctl->listen_fd);
	if (ctl->reserve >= 0)
		close(ctl->reserve);
	varlink_call_free(&ctl->call);
	free(ctl);
}
