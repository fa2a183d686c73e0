/* Verbs that print events: events, history. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supctl/client.h"
#include "supctl/facts.h"
#include "supctl/pick.h"
#include "supctl/verbs.h"

static void
print_events(struct run *run, const json_t *events)
{
	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);

		if (run->options.json)
			run_json(run, event);
		else
			facts_line(&run->out, event);
	}
	fflush(run->out.out);
}

/* Standard error, so that what is printed stays events only. */
static void
print_gap(struct run *run, long long gap)
{
	if (gap > 0)
		fprintf(run->err.out,
		    "supctl: %lld event%s lost here: they are forgotten, or "
		    "came faster than they were read\n",
		    gap, gap == 1 ? " was" : "s were");
}

static json_t *
parameters(const struct run *run, long long since)
{
	json_t *object = show_need(json_object());

	if (since >= 0)
		json_object_set_new(object, "since", json_integer(since));
	if (run->options.names_count > 0)
		json_object_set_new(object, "names", run_names(run));
	return object;
}

static void
print_answer(struct run *run, const json_t *answer)
{
	print_gap(run, pick_whole(answer, "gap", 0));
	print_events(run, pick_list(answer, "events"));
}

/* Prints the stream's replies until it breaks (0) or fails. *last: the
 * newest event that was told. */
static int
stream(struct client *client, long long *last)
{
	struct run *run = client->run;
	struct varlink_reply reply;
	json_t *answer;
	int code =
	    client_send(client, "Events", parameters(run, *last), VARLINK_MORE);

	while (code == 0 && !ferror(run->out.out)) {
		int error = varlink_receive(client->link, &reply, -1);

		if (error == -ECONNRESET)
			return 0;
		code = client_answer(client, "Events", error, &reply, &answer);
		if (code != 0)
			break;
		*last = pick_whole(answer, "last", *last);
		print_answer(run, answer);
		json_decref(answer);
	}
	return code;
}

/* The stream ends with the engine; its successor knows the same numbers. Only
 * where no daemon is left is it over. */
static int
follow(struct client *client)
{
	struct run *run = client->run;
	long long last =
	    run->options.given & OPTION_SINCE ? run->options.since : -1;
	int code;

	do {
		code = stream(client, &last);
		if (code != 0 || ferror(run->out.out))
			return code;
		client_close(client);
		code = client_open(client, run);
	} while (code == 0);
	return code;
}

/* All from since on; the daemon gives a bounded number at once. */
static int
page(struct client *client, long long since)
{
	struct run *run = client->run;
	bool more = true;
	int code = 0;

	while (code == 0 && more && !ferror(run->out.out)) {
		json_t *answer;
		long long last;

		code = client_ask(client, CLIENT_QUERY, "Events",
		    parameters(run, since), &answer);
		if (code != 0)
			break;
		last = pick_whole(answer, "last", since);
		more = since >= 0 && last > since &&
		       json_array_size(pick_list(answer, "events")) > 0;
		since = last;
		print_answer(run, answer);
		json_decref(answer);
	}
	return code;
}

int
follow_events(struct run *run)
{
	long long since =
	    run->options.given & OPTION_SINCE ? run->options.since : -1;
	struct client client;
	int code = client_open(&client, run);

	if (code == 0 && run->options.given & OPTION_FOLLOW)
		code = follow(&client);
	else if (code == 0)
		code = page(&client, since);
	client_close(&client);
	return code;
}

int
follow_history(struct run *run)
{
	json_t *object =
	    show_need(json_pack("{s:s}", "name", run->options.names[0]));
	struct client client;
	json_t *answer = NULL;
	int code = client_open(&client, run);

	if (run->options.count >= 0)
		json_object_set_new(
		    object, "limit", json_integer(run->options.count));
	if (code == 0)
		code = client_ask(&client, CLIENT_QUERY, "History",
		    json_incref(object), &answer);
	client_close(&client);
	json_decref(object);
	if (code == 0 && run->options.json)
		run_json(run, answer);
	else if (code == 0)
		print_events(run, pick_list(answer, "events"));
	json_decref(answer);
	return code;
}
