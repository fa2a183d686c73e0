/*
 * acl: who may do what on the control socket.
 *
 * A right is decided from the credentials that the kernel vouches for
 * (listen.h) and the rules of [supd], and from nothing else: root and supd's
 * own user may everything, whom control_users and control_groups name as
 * well, whom observe_* name may look, all others nothing. Rights are levels:
 * who may control may observe.
 */
#ifndef SUPD_CTL_ACL_H
#define SUPD_CTL_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "conf/plan.h"
#include "os/listen.h"

enum acl_right { ACL_NONE, ACL_OBSERVE, ACL_CONTROL };

/* own: supd's own user. rules NULL: none are in force yet. */
enum acl_right acl_right(
    const struct plan_settings *rules, uid_t own, const struct listen_peer *);
/* Nobody may what needs ACL_NONE: a method that was given no right. */
bool acl_may(enum acl_right has, enum acl_right needs);
/* "observe", "control", "none". */
const char *acl_text(enum acl_right);
/* Why it is refused and who may, for the one who asked. */
void acl_refusal(enum acl_right needs, uid_t uid, char *text, size_t bytes);

#endif
