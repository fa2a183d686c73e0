/* Verbs that change nodes: start, stop, restart, reload, signal, reset. */
#include <stdlib.h>
#include <string.h>

#include "lib/signame.h"
#include "supctl/client.h"
#include "supctl/pick.h"
#include "supctl/progress.h"
#include "supctl/verbs.h"

static bool
went_well(const json_t *outcome)
{
	return pick_is(outcome, "result", "ok") ||
	       pick_is(outcome, "result", "accepted");
}

/* What a result other than ok means, and what to do about it. */
static const char *
advice(const char *result)
{
	static const struct {
		const char *result;
		const char *words;
	} table[] = {
		{ "overtaken", "another order came after this one" },
		{ "shutting down", "supd is shutting down" },
		{ "busy", "supd has too many orders at hand, or an update is "
			  "in progress; try again" },
		{ "its supervisor is stopped", "start that first" },
		{ "removed", "an update removed it" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].result, result) == 0)
			return table[i].words;
	return NULL;
}

/* done: what to say of it; NULL: its state. */
static void
print_good(const struct run *run, const json_t *outcome, const char *done)
{
	const struct show *show = &run->out;
	bool accepted = pick_is(outcome, "result", "accepted");

	if (run->options.quiet)
		return;
	show_text(show, pick_text(outcome, "path"));
	fputs(accepted ? ": ordered, now " : ": ", show->out);
	show_text(show, done ? done : pick_text(outcome, "state"));
	fputc('\n', show->out);
}

static void
print_bad(const struct run *run, const json_t *outcome)
{
	const struct show *show = &run->err;
	const char *result = pick_text(outcome, "result");
	const char *message = pick_text(outcome, "message");
	const char *words = advice(result);
	char *line;

	if (*message)
		words = message;
	line = show_format("supctl: %s: %s%s%s (now %s)",
	    pick_text(outcome, "path"), result, words ? ": " : "",
	    words ? words : "", pick_text(outcome, "state"));
	show_text(show, line);
	fputc('\n', show->out);
	free(line);
	if (strcmp(result, "failed") != 0)
		return;
	line = show_format(
	    "  The whole story: supctl why %s", pick_text(outcome, "node"));
	show_text(show, line);
	fputc('\n', show->out);
	free(line);
}

static int
report(struct run *run, const json_t *answer, const char *done)
{
	const json_t *outcomes = pick_list(answer, "outcomes");
	int code = EXITS_OK;

	if (run->options.json)
		run_json(run, answer);
	for (size_t i = 0; i < json_array_size(outcomes); i++) {
		const json_t *outcome = json_array_get(outcomes, i);

		if (!went_well(outcome))
			code = EXITS_FAILED;
		if (run->options.json)
			continue;
		if (went_well(outcome))
			print_good(run, outcome, done);
		else
			print_bad(run, outcome);
	}
	return code;
}

/* The names of all nodes that an order is about, as an object's keys: events
 * of others are not its progress. Tells errors, such as no such node. */
static int
find_scope(struct client *client, json_t **scope)
{
	json_t *answer, *nodes;
	int code = client_ask(client, CLIENT_QUERY, "List",
	    show_need(json_pack(
		"{s:o,s:b}", "names", run_names(client->run), "recursive", 1)),
	    &answer);

	*scope = NULL;
	if (code != 0)
		return code;
	*scope = show_need(json_object());
	nodes = pick_list(answer, "nodes");
	for (size_t i = 0; i < json_array_size(nodes); i++)
		json_object_set_new(*scope,
		    pick_text(json_array_get(nodes, i), "name"), json_true());
	json_decref(answer);
	return 0;
}

static int
order_and_wait(struct client *client, enum client_calls calls,
    const char *method, json_t **answer)
{
	struct run *run = client->run;
	struct progress progress;
	json_t *scope;
	int code = find_scope(client, &scope);

	if (code != 0)
		return code;
	progress_begin(&progress, run, scope);
	code = progress_ask(&progress, client, calls, method,
	    show_need(
		json_pack("{s:o,s:b}", "names", run_names(run), "wait", 1)),
	    answer);
	progress_end(&progress);
	json_decref(scope);
	return code;
}

static int
order(struct run *run, enum client_calls calls, const char *method)
{
	struct client client;
	json_t *answer = NULL;
	int code = client_open(&client, run);

	if (code != 0)
		return code;
	if (run->options.given & OPTION_NO_WAIT)
		code = client_ask(&client, calls, method,
		    show_need(json_pack(
			"{s:o,s:b}", "names", run_names(run), "wait", 0)),
		    &answer);
	else
		code = order_and_wait(&client, calls, method, &answer);
	client_close(&client);
	if (code == 0)
		code = report(run, answer, NULL);
	json_decref(answer);
	return code;
}

int
act_start(struct run *run)
{
	return order(run, CLIENT_AGAIN, "Start");
}

int
act_stop(struct run *run)
{
	return order(run, CLIENT_AGAIN, "Stop");
}

int
act_restart(struct run *run)
{
	return order(run, CLIENT_ONCE, "Restart");
}

static int
order_at_once(
    struct run *run, const char *method, const char *done, json_t *parameters)
{
	struct client client;
	json_t *answer = NULL;
	int code = client_open(&client, run);

	if (code == 0)
		code = client_ask(&client, CLIENT_ONCE, method,
		    json_incref(parameters), &answer);
	client_close(&client);
	json_decref(parameters);
	if (code == 0)
		code = report(run, answer, done);
	json_decref(answer);
	return code;
}

int
act_reload(struct run *run)
{
	return order_at_once(run, "Reload", "told to reload",
	    show_need(json_pack("{s:o}", "names", run_names(run))));
}

int
act_reset(struct run *run)
{
	return order_at_once(run, "Reset", "failures forgotten",
	    show_need(json_pack("{s:o}", "names", run_names(run))));
}

int
act_signal(struct run *run)
{
	const char *signal = run->options.names[0];
	int number;

	if (!signame_parse(signal, &number))
		return run_fail(run, EXITS_USAGE, "Usage",
		    show_format("no signal '%s'\nUsage: supctl signal SIGNAL "
				"NAME..., where SIGNAL is as HUP, SIGHUP, 1 or "
				"RTMIN+3",
			signal));
	run->options.names++;
	run->options.names_count--;
	return order_at_once(run, "Signal", "signal sent",
	    show_need(json_pack(
		"{s:o,s:s}", "names", run_names(run), "signal", signal)));
}
