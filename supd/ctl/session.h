/*
 * session: the clients of the control socket.
 *
 * Speaks varlink (lib/varlink.h) with many clients at once and waits for none
 * of them. The engine gives it what the loop says of its descriptors and
 * takes complete, permitted calls out with ctl_next(); introspection,
 * malformed messages, unknown methods, wrong parameters and calls of people
 * who may not are answered within. Answers go to a handle; if its client has
 * gone, or asked for none (oneway), they are dropped.
 *
 * Memory is bounded: LIMIT_SESSIONS connections, LIMIT_SESSIONS_PER_UID of
 * one user, LIMIT_MESSAGE for what comes in, LIMIT_QUEUE for what goes out. A
 * session has one call in progress; what it sends meanwhile waits in its
 * socket. The last LIMIT_SESSIONS_PER_UID connections are kept for root and
 * supd's own user. One too many is told so and closed.
 *
 * A oneway call is no call in progress: its handle never is alive, and the
 * next call of that client may be given out before it is done. A oneway call
 * of a method that only looks is not given out. `more` on a method that has
 * one answer is answered once.
 */
#ifndef SUPD_CTL_SESSION_H
#define SUPD_CTL_SESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/plan.h"
#include "os/listen.h"
#include "os/loop.h"

struct ctl;

/* Names one call of one session; stays valid as a value after both went. */
struct ctl_handle {
	uint32_t session;
	uint32_t generation;
};

/* The one table of what can be called, and which right it takes. ADMIN is
 * root, supd's own user, and the control_* rules, as CONTROL. */
#define CTL_METHODS(X)                 \
	X(LIST, "List", OBSERVE)       \
	X(GET, "Get", OBSERVE)         \
	X(START, "Start", CONTROL)     \
	X(STOP, "Stop", CONTROL)       \
	X(RESTART, "Restart", CONTROL) \
	X(RELOAD, "Reload", CONTROL)   \
	X(SIGNAL, "Signal", CONTROL)   \
	X(RESET, "Reset", CONTROL)     \
	X(UPDATE, "Update", CONTROL)   \
	X(EVENTS, "Events", OBSERVE)   \
	X(WAIT, "Wait", OBSERVE)       \
	X(HISTORY, "History", OBSERVE) \
	X(SHUTDOWN, "Shutdown", CONTROL)

#define CTL_ENUM_METHOD(name, text, right) CTL_##name,
enum ctl_method { CTL_METHODS(CTL_ENUM_METHOD) CTL_METHOD_COUNT };

struct ctl_call {
	struct ctl_handle from;
	enum ctl_method method;
	json_t *parameters; /* an object that fits the method's declaration;
			     * borrowed until the next ctl_next() */
	bool more;
	pid_t pid; /* of the client, for messages */
	uid_t uid;
};

/* listen_fd: borrowed. tag_base: sessions watch their descriptors with tags
 * from tag_base on (the listener is tag_base itself). */
struct ctl *ctl_open(
    struct loop *, int listen_fd, uint64_t tag_base, int *error);
void ctl_close(struct ctl *);
/* The rules in force; borrowed until the next call of this. */
void ctl_rules(struct ctl *, const struct plan_settings *);

/* What the loop said of a tag >= tag_base. */
void ctl_ready(struct ctl *, const struct loop_event *);
/* The next call, if there is one that is complete and permitted. To be asked
 * until there is none, once in each turn; a call that is left for later (one
 * that came behind another in the same packet, say) makes the loop wake. */
bool ctl_next(struct ctl *, struct ctl_call *);
/* A handle whose client has gone, told once each for calls that were not yet
 * answered in full. To be asked until there is none, after ctl_next(): that
 * client's place is taken by no other until then. */
bool ctl_gone(struct ctl *, struct ctl_handle *);

/* Answers: these take the reference to parameters (an object, or NULL for an
 * empty one). ctl_more() is one of several and is followed by others, for
 * calls with `more` only; returns false if it was dropped since the client's
 * queue is full (or it has gone): a stream then tells of the gap. */
void ctl_reply(struct ctl *, struct ctl_handle, json_t *parameters);
bool ctl_more(struct ctl *, struct ctl_handle, json_t *parameters);
/* error: a name of io.supd.Control's errors ("NoSuchNode") or a full one
 * ("org.varlink.service.InvalidParameter"). */
void ctl_error(
    struct ctl *, struct ctl_handle, const char *error, json_t *parameters);
bool ctl_alive(const struct ctl *, struct ctl_handle);
/* true if a stream whose last ctl_more() was refused has room again. */
bool ctl_room(const struct ctl *, struct ctl_handle);
/* Sends what can be sent without waiting, then closes all: at the end. */
void ctl_flush(struct ctl *);

#endif
