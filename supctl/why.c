/* The verb why. */
#include <string.h>

#include "supctl/client.h"
#include "supctl/pick.h"
#include "supctl/story.h"
#include "supctl/verbs.h"

/* The names that events tell of, each once. */
static json_t *
names_in(const json_t *events)
{
	json_t *names = show_need(json_array());
	json_t *seen = show_need(json_object());

	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		const char *name = pick_text(event, "node");

		if (!*name || json_object_get(seen, name))
			continue;
		json_object_set_new(seen, name, json_true());
		json_array_append_new(names, show_need(json_string(name)));
	}
	json_decref(seen);
	return names;
}

/* How the nodes of the story are configured. One of them may be gone by now,
 * which is no reason not to tell it. */
static json_t *
fetch_nodes(struct client *client, const json_t *events)
{
	struct varlink_reply reply = { 0 };
	json_t *names = names_in(events), *nodes = NULL;
	int error = varlink_ask(client->link, "List",
	    show_need(json_pack("{s:o}", "names", names)), &reply,
	    run_left_ms(client->run));

	if (error == 0 && !varlink_error_name(&reply))
		nodes = json_incref(pick_list(reply.parameters, "nodes"));
	varlink_reply_free(&reply);
	return nodes;
}

static void
print(struct run *run, const json_t *history, const json_t *nodes)
{
	struct story story;
	json_t *object;

	story_tell(&story, history, nodes, run->out.wall_ms);
	if (run->options.json) {
		object = show_need(json_pack("{s:O,s:O,s:o}", "node",
		    pick_object(history, "node"), "chain", story.chain, "text",
		    story_text(&story)));
		run_json(run, object);
		json_decref(object);
	} else {
		story_print(&run->out, &story);
	}
	story_free(&story);
}

int
why_run(struct run *run)
{
	struct client client;
	json_t *answer = NULL, *nodes = NULL;
	int code = client_open(&client, run);

	if (code == 0)
		code = client_ask(&client, CLIENT_QUERY, "History",
		    show_need(json_pack("{s:s,s:b}", "name",
			run->options.names[0], "causes", 1)),
		    &answer);
	if (code == 0) {
		nodes = fetch_nodes(&client, pick_list(answer, "events"));
		print(run, answer, nodes);
	}
	client_close(&client);
	json_decref(nodes);
	json_decref(answer);
	return code;
}
