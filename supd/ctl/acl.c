#include "ctl/acl.h"

#include <stdio.h>

static bool
has_group(const struct listen_peer *peer, gid_t gid)
{
	size_t i;

	if (peer->gid == gid)
		return true;
	for (i = 0; i < peer->groups_count; i++) {
		if (peer->groups[i] == gid)
			return true;
	}
	return false;
}

static bool
rule_names(const struct plan_rule *rule, const struct listen_peer *peer)
{
	size_t i;

	if (rule->everybody)
		return true;
	for (i = 0; i < rule->users_count; i++) {
		if (rule->users[i] == peer->uid)
			return true;
	}
	for (i = 0; i < rule->groups_count; i++) {
		if (has_group(peer, rule->groups[i]))
			return true;
	}
	return false;
}

enum acl_right
acl_right(const struct plan_settings *rules, uid_t own,
    const struct listen_peer *peer)
{
	if (peer->uid == 0 || peer->uid == own)
		return ACL_CONTROL;
	if (rules == NULL)
		return ACL_NONE;
	if (rule_names(&rules->control, peer))
		return ACL_CONTROL;
	if (rule_names(&rules->observe, peer))
		return ACL_OBSERVE;
	return ACL_NONE;
}

bool
acl_may(enum acl_right has, enum acl_right needs)
{
	return needs != ACL_NONE && has >= needs;
}

const char *
acl_text(enum acl_right right)
{
	static const char *const texts[] = {
		[ACL_NONE] = "none",
		[ACL_OBSERVE] = "observe",
		[ACL_CONTROL] = "control",
	};

	return texts[right];
}

void
acl_refusal(enum acl_right needs, uid_t uid, char *text, size_t bytes)
{
	const char *who =
	    needs == ACL_OBSERVE
		? "observe_users, observe_groups, control_users and "
		  "control_groups of [supd]"
		: "control_users and control_groups of [supd]";

	snprintf(text, bytes,
	    "uid %u may not %s this supd: only root, supd's own user, and the "
	    "%s may",
	    (unsigned)uid, acl_text(needs), who);
}
