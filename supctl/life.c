/* Verbs about the daemon itself: shutdown, version. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "lib/version.h"
#include "supctl/client.h"
#include "supctl/pick.h"
#include "supctl/progress.h"
#include "supctl/verbs.h"

#define PAUSE_MS 50

/* Waits until the connection ends. False: the time was over first. */
static bool
stream_ended(struct progress *progress, struct client *client)
{
	struct varlink_reply reply;
	int error;

	do {
		int left = run_left_ms(client->run);

		progress_tell(progress);
		if (left == 0)
			return false;
		error = varlink_receive(client->link, &reply,
		    left < 0 || left > PAUSE_MS ? PAUSE_MS : left);
		varlink_reply_free(&reply);
	} while (error == 0 || error == -ETIMEDOUT);
	progress_tell(progress);
	return true;
}

/*
 * An engine that dies during the shutdown is replaced and goes on with it, so
 * the end of a connection alone means nothing: the daemon is gone when its
 * socket takes no connection any more.
 */
static int
wait_until_gone(struct progress *progress, struct client *client)
{
	struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int error;

	for (;;) {
		if (!stream_ended(progress, client))
			return client_late(client, "shutdown");
		varlink_close(client->link);
		nanosleep(&pause, NULL);
		client->link =
		    varlink_connect(client->socket, PAUSE_MS, &error);
		if (!client->link)
			return 0;
		progress_end(progress);
		progress_begin(progress, client->run, NULL);
	}
}

int
life_shutdown(struct run *run)
{
	struct progress progress;
	struct client client;
	json_t *answer = NULL;
	const char *end = run->options.machine;
	int code = client_open(&client, run);

	if (code != 0)
		return code;
	progress_begin(&progress, run, NULL);
	code = client_ask(&client, CLIENT_ONCE, "Shutdown",
	    end ? show_need(json_pack("{s:s}", "machine", end)) : NULL,
	    &answer);
	if (code == 0 && !(run->options.given & OPTION_NO_WAIT))
		code = wait_until_gone(&progress, &client);
	progress_end(&progress);
	client_close(&client);
	if (code == 0 && run->options.json)
		run_json(run, answer);
	else if (code == 0 && !run->options.quiet)
		fputs(run->options.given & OPTION_NO_WAIT
			  ? "the shutdown has begun\n"
			  : "supd has ended\n",
		    run->out.out);
	json_decref(answer);
	return code;
}

static int
print_versions(struct run *run, const json_t *daemon, const char *socket)
{
	json_t *both;

	if (!run->options.json) {
		fprintf(run->out.out, "supctl %s\n", SUPD_VERSION);
		if (!daemon) {
			fputs("supd   does not run here\n", run->out.out);
			return EXITS_OK;
		}
		fputs("supd   ", run->out.out);
		show_text(&run->out, pick_text(daemon, "version"));
		fputs(" on ", run->out.out);
		show_text(&run->out, socket);
		fputc('\n', run->out.out);
		return EXITS_OK;
	}
	both = show_need(
	    json_pack("{s:s,s:O?}", "supctl", SUPD_VERSION, "supd", daemon));
	run_json(run, both);
	json_decref(both);
	return EXITS_OK;
}

int
life_version(struct run *run)
{
	struct client client;
	json_t *answer = NULL;
	int code = client_try(&client, run);

	if (code == 0)
		code = client_ask(&client, CLIENT_QUERY,
		    VARLINK_SERVICE ".GetInfo", NULL, &answer);
	else
		code = 0;
	if (code == 0)
		code = print_versions(run, answer, client.socket);
	client_close(&client);
	json_decref(answer);
	return code;
}
