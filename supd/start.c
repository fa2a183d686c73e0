#include "start.h"

#include <unistd.h>

#include "lib/log.h"
#include "os/mark.h"

const struct command *
start_command(const struct launch *launch, enum record_role role)
{
	switch (role) {
	case ROLE_PRE_START:
		return &launch->pre_start;
	case ROLE_POST_STOP:
		return &launch->post_stop;
	default:
		return &launch->command;
	}
}

struct prepared *
start_prepare(const struct act_ground *at, uint32_t node,
    const struct command *command, bool after_end, int ready_write,
    const char **missing)
{
	const struct plan_node *n = &at->plan->nodes[node];
	const struct record *r = core_record(at->core, node);
	char run[MARK_TEXT];
	struct launch_now now = {
		.command = command,
		.name = core_spec(at->core, node)->name,
		.path = n->path,
		.instance = n->instance,
		.attempt = r->attempt,
		.run = run,
		.socket = at->socket,
		.notify_socket = n->launch.notify ? at->notify_path : NULL,
		.own_environment = environ,
		.own_nofile = at->own_nofile,
	};

	now.watchdog = command == &n->launch.command;
	mark_text(run, at->cgroups.id, r->uid, r->ticket);
	if (after_end &&
	    (r->exit.end == END_CODE || r->exit.end == END_SIGNAL)) {
		now.after_end = true;
		now.end_by_signal = r->exit.end == END_SIGNAL;
		now.end_number = r->exit.number;
	}
	return launch_prepare(&n->launch, &now, ready_write, missing);
}

void
start_missing(const struct act_ground *at, uint32_t node, const char *missing)
{
	const char *path = at->plan->nodes[node].path;
	int n;

	if (missing == NULL) {
		log_error("%s: cannot start: out of memory", path);
		return;
	}
	n = (int)launch_missing_bytes(missing);
	log_error("%s: cannot start: ${%.*s} is not set in its environment "
		  "and has no default; set it, or write ${%.*s:-default}",
	    path, n, missing, n, missing);
}
