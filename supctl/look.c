/* Verbs that look at the tree as it is: status, tree. */
#include <stdlib.h>
#include <string.h>

#include "supctl/client.h"
#include "supctl/note.h"
#include "supctl/pick.h"
#include "supctl/table.h"
#include "supctl/verbs.h"
#include "supctl/watch.h"

static json_t *
list_parameters(const struct run *run, bool recursive)
{
	json_t *parameters = show_need(json_object());

	if (run->options.names_count > 0)
		json_object_set_new(parameters, "names", run_names(run));
	json_object_set_new(parameters, "recursive", json_boolean(recursive));
	return parameters;
}

/* 3 if any of the nodes that were named is not as one hopes. */
static int
judge(const struct run *run, const json_t *nodes)
{
	if (run->options.names_count == 0)
		return EXITS_OK;
	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (!note_fine(json_array_get(nodes, i)))
			return EXITS_NOT_READY;
	return EXITS_OK;
}

static bool
any_supervisor(const json_t *nodes)
{
	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (pick_is(json_array_get(nodes, i), "kind", "supervisor"))
			return true;
	return false;
}

/* The nodes that were named with all below them; *verdict: of those named. */
static int
list(struct client *client, json_t **answer, int *verdict)
{
	struct run *run = client->run;
	json_t *named;
	int code = client_ask(
	    client, CLIENT_QUERY, "List", list_parameters(run, false), answer);

	*verdict = EXITS_OK;
	if (code != 0 || run->options.names_count == 0)
		return code;
	named = *answer;
	*verdict = judge(run, pick_list(named, "nodes"));
	if (!any_supervisor(pick_list(named, "nodes")))
		return 0;
	json_decref(named);
	return client_ask(
	    client, CLIENT_QUERY, "List", list_parameters(run, true), answer);
}

static int
look(struct run *run, bool judged,
    void (*draw)(struct run *, const json_t *nodes))
{
	struct client client;
	json_t *answer = NULL;
	int verdict = EXITS_OK, code = client_open(&client, run);

	if (code == 0)
		code = list(&client, &answer, &verdict);
	client_close(&client);
	if (code != 0)
		return code;
	if (run->options.json)
		run_json(run, answer);
	else if (!run->options.quiet)
		draw(run, pick_list(answer, "nodes"));
	json_decref(answer);
	return judged ? verdict : EXITS_OK;
}

static void
draw_status(struct run *run, const json_t *nodes)
{
	table_status(&run->out, nodes, 0);
}

static void
draw_tree(struct run *run, const json_t *nodes)
{
	table_tree(&run->out, nodes);
}

int
look_status(struct run *run)
{
	if (run->options.given & OPTION_WATCH)
		return watch_status(run);
	return look(run, true, draw_status);
}

int
look_tree(struct run *run)
{
	return look(run, false, draw_tree);
}
