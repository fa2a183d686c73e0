/*
 * ctl_kit: a control socket with a listener, a loop and the sessions, and
 * clients that are plain descriptors. A turn is what an engine does: it waits
 * for the loop, tells ctl, takes what is there to be taken.
 */
#ifndef UNIT_CTL_KIT_H
#define UNIT_CTL_KIT_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/session.h"
#include "os/loop.h"

#define KIT_TAG (UINT64_C(1) << 32)
#define KIT_CALLS 512

struct kit {
	char folder[40];
	char path[80];
	int listener;
	int lock;
	struct loop *loop;
	struct ctl *ctl;
	/* The calls of the last turn; parameters is a reference of our own. */
	struct ctl_call calls[KIT_CALLS];
	size_t calls_count;
	struct ctl_handle gone[KIT_CALLS];
	size_t gone_count;
};

/* For cmocka's setup and teardown. */
int kit_open(void **state);
int kit_close(void **state);

/* One look at the loop without waiting; number of its events. */
int kit_look(struct kit *);
/* Turns until the loop has nothing more to say; at most so many. */
void kit_turn(struct kit *);
void kit_forget(struct kit *);

/* A client's end. */
int kit_connect(struct kit *);
/* As kit_connect(), by another user's process; -1 if that can't be (we are
 * not root). */
int kit_connect_as(struct kit *, unsigned uid, unsigned gid);
void kit_send(int client, const char *text);
void kit_call(
    int client, const char *method, const char *parameters, const char *flags);
/* The next message as text (static), waiting 5 s at most; NULL: the
 * connection was closed. */
const char *kit_hear(int client);
bool kit_is_silent(int client);
/* Takes the call that came alone in the last turn. */
struct ctl_call kit_only_call(struct kit *);

#endif
