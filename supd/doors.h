/*
 * doors: the sockets by which the world reaches the engine.
 *
 * The control socket, which clients of session.h connect to, and the readiness
 * socket beside it, for sd_notify(3). Both are opened by the first engine, and
 * kept by the guard for all that follow. Without either of them the tree runs
 * all the same; that is said when it is found.
 */
#ifndef SUPD_DOORS_H
#define SUPD_DOORS_H

#include "conf/plan.h"
#include "ctl/session.h"
#include "os/loop.h"

struct doors {
	char *socket;      /* where supd started it; stays there */
	char *notify_path; /* NULL: no readiness socket */
	struct ctl *ctl;   /* NULL: no control socket */
};

/* 0; -EADDRINUSE: a supd that lives has the socket; or another -errno, when
 * the engine cannot go on. Either was said. ctl_tag and notify_tag are for
 * the loop. */
int doors_open(struct doors *, struct loop *, const struct plan_settings *,
    uint64_t ctl_tag, uint64_t notify_tag);
/* The rules of a new configuration; its socket counts at the next start. */
void doors_rule(struct doors *, const struct plan_settings *);
/* The tree is down: the last answers go out, and nothing of the sockets is
 * left in the file system. */
void doors_close(struct doors *);

#endif
