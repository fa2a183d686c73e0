#include "supctl/progress.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "supctl/facts.h"
#include "supctl/pick.h"

/* How long the first reply, the snapshot, may take. */
#define SNAPSHOT_MS 2000
#define NAMES_MAX 64
/* Events that come after the answer that they belong to. */
#define LAST_MS 20

/* A scope that is small is told to the daemon, so that it does not send what
 * happens elsewhere. */
static json_t *
parameters(const json_t *scope)
{
	json_t *names;
	const char *name;
	void *at;

	if (!scope || json_object_size(scope) > NAMES_MAX)
		return NULL;
	names = show_need(json_array());
	for (at = json_object_iter((json_t *)scope); at;
	     at = json_object_iter_next((json_t *)scope, at)) {
		name = json_object_iter_key(at);
		json_array_append_new(names, show_need(json_string(name)));
	}
	return show_need(json_pack("{s:o}", "names", names));
}

static bool
in_scope(const struct progress *progress, const json_t *event)
{
	return !progress->scope ||
	       json_object_get(progress->scope, pick_text(event, "node"));
}

static void
tell(const struct progress *progress, const json_t *answer)
{
	const struct show *show = &progress->events.run->err;
	const json_t *events = pick_list(answer, "events");

	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		char *words, *clean;

		if (!in_scope(progress, event) ||
		    pick_is(event, "event", "request") ||
		    pick_is(event, "event", "status"))
			continue;
		words = facts_brief(event);
		clean = show_clean(words, show->utf8);
		show_text(show, pick_text(event, "path"));
		fputs(": ", show->out);
		show_paint(show, facts_paint(event), clean);
		fputc('\n', show->out);
		free(words);
		free(clean);
	}
}

/* One reply of the stream: 1, 0: none within wait_ms, -1: it ended. */
static int
take(struct progress *progress, int wait_ms, bool told)
{
	struct varlink_reply reply;
	int error;

	if (!progress->events.link)
		return -1;
	error = varlink_receive(progress->events.link, &reply, wait_ms);
	if (error == -ETIMEDOUT)
		return 0;
	if (error == 0 && !varlink_error_name(&reply)) {
		if (told)
			tell(progress, reply.parameters);
		varlink_reply_free(&reply);
		return 1;
	}
	if (error == 0)
		varlink_reply_free(&reply);
	client_close(&progress->events);
	return -1;
}

void
progress_begin(struct progress *progress, struct run *run, const json_t *scope)
{
	*progress = (struct progress){ .scope = scope };
	progress->events.run = run;
	if (run->options.quiet || run->options.json)
		return;
	if (client_try(&progress->events, run) != 0)
		return;
	if (varlink_send(progress->events.link, "Events", parameters(scope),
		VARLINK_MORE, SNAPSHOT_MS) < 0)
		client_close(&progress->events);
	/* From its answer on the daemon tells us of everything. */
	take(progress, SNAPSHOT_MS, false);
}

void
progress_end(struct progress *progress)
{
	client_close(&progress->events);
}

bool
progress_tell(struct progress *progress)
{
	int more;

	do
		more = take(progress, 0, true);
	while (more > 0);
	return more == 0;
}

/* Tells events until the answer is there, or the time is over. */
static int
watch_both(struct progress *progress, struct client *client,
    struct varlink_reply *reply)
{
	for (;;) {
		bool listening = progress_tell(progress);
		struct pollfd fds[2] = {
			{ .fd = varlink_fd(client->link), .events = POLLIN },
			{ .fd = listening ? varlink_fd(progress->events.link)
					  : -1,
			    .events = POLLIN },
		};
		int left = run_left_ms(client->run), error;

		error = varlink_receive(client->link, reply, 0);
		if (error != -ETIMEDOUT)
			return error;
		if (left == 0)
			return -ETIMEDOUT;
		if (poll(fds, 2, left) < 0 && errno != EINTR)
			return -errno;
	}
}

int
progress_ask(struct progress *progress, struct client *client,
    enum client_calls calls, const char *method, json_t *parameters,
    json_t **answer)
{
	struct varlink_reply reply = { 0 };
	int error;

	if (!progress->events.link)
		return client_ask(client, calls, method, parameters, answer);
	error = varlink_send(client->link, method, json_incref(parameters), 0,
	    run_left_ms(client->run));
	if (error == 0)
		error = watch_both(progress, client, &reply);
	if ((error == -ECONNRESET || error == -EPIPE) && calls != CLIENT_ONCE)
		return client_ask(client, calls, method, parameters, answer);
	json_decref(parameters);
	while (error == 0 && take(progress, LAST_MS, true) > 0)
		continue;
	return client_answer(client, method, error, &reply, answer);
}
