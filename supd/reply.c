#include "reply.h"

#include <string.h>

#include "lib/str.h"

/* Bytes of a client's own words that are said back to it. */
#define ECHO_BYTES 255u

void
reply_give(struct ctl *ctl, struct ctl_handle from, json_t *parameters)
{
	if (parameters != NULL)
		ctl_reply(ctl, from, parameters);
	else
		reply_short_of_memory(ctl, from);
}

void
reply_short_of_memory(struct ctl *ctl, struct ctl_handle from)
{
	reply_invalid_state(ctl, from, "out of memory");
}

void
reply_invalid_state(
    struct ctl *ctl, struct ctl_handle from, const char *message)
{
	ctl_error(
	    ctl, from, "InvalidState", json_pack("{s:s}", "message", message));
}

void
reply_invalid_parameter(
    struct ctl *ctl, struct ctl_handle from, const char *parameter)
{
	ctl_error(ctl, from, "org.varlink.service.InvalidParameter",
	    json_pack("{s:s}", "parameter", parameter));
}

void
reply_no_such_node(struct ctl *ctl, struct ctl_handle from, const char *name,
    const char *nearest)
{
	size_t bytes = str_fit(name, strlen(name), ECHO_BYTES);

	ctl_error(ctl, from, "NoSuchNode",
	    json_pack("{s:s%, s:s?}", "name", name, bytes, "nearest", nearest));
}

bool
reply_choose(struct ctl *ctl, const struct ctl_call *call,
    const struct plan *plan, enum choose_how how, struct choice *choice)
{
	const json_t *names = json_object_get(call->parameters, "names");

	if (choose(plan, names, how, choice))
		return true;
	if (choice->unknown != NULL)
		reply_no_such_node(
		    ctl, call->from, choice->unknown, choice->nearest);
	else if (choice->excessive)
		reply_invalid_parameter(ctl, call->from, "names");
	else
		reply_short_of_memory(ctl, call->from);
	return false;
}

bool
reply_choose_named(struct ctl *ctl, const struct ctl_call *call,
    const struct plan *plan, enum choose_how how, struct choice *choice)
{
	if (json_array_size(json_object_get(call->parameters, "names")) == 0) {
		reply_invalid_parameter(ctl, call->from, "names");
		return false;
	}
	return reply_choose(ctl, call, plan, how, choice);
}

json_t *
reply_nodes(const struct core *core, const struct plan *plan,
    const uint32_t *nodes, size_t count, struct report_time time)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; list != NULL && i < count; i++) {
		if (nodes[i] == SPEC_NONE)
			continue;
		if (json_array_append_new(
			list, report_node(core, plan, nodes[i], time)) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}
