/* Verbs that ask whether nodes are so: wait, is-ready. */
#include <stdlib.h>

#include "supctl/client.h"
#include "supctl/note.h"
#include "supctl/pick.h"
#include "supctl/verbs.h"

static void
print_states(const struct show *show, const json_t *nodes, bool reasons)
{
	for (size_t i = 0; i < json_array_size(nodes); i++) {
		const json_t *node = json_array_get(nodes, i);
		char *words = note_words(node, NULL, 0, show->utf8);

		show_text(show, pick_text(node, "path"));
		fputs(": ", show->out);
		show_text(show, note_state(node));
		if (reasons && *words)
			fprintf(show->out, ": %s", words);
		fputc('\n', show->out);
		free(words);
	}
}

int
wait_run(struct run *run)
{
	struct client client;
	json_t *answer = NULL;
	json_t *parameters = show_need(json_pack("{s:o,s:s}", "names",
	    run_names(run), "condition", run->options.condition));
	int code = client_open(&client, run);

	if (code == 0)
		code = client_ask(&client, CLIENT_AGAIN, "Wait",
		    json_incref(parameters), &answer);
	client_close(&client);
	json_decref(parameters);
	if (code != 0)
		return code;
	if (run->options.json)
		run_json(run, answer);
	else if (!run->options.quiet)
		print_states(&run->out, pick_list(answer, "nodes"), false);
	json_decref(answer);
	return EXITS_OK;
}

static bool
all_ready(const json_t *nodes)
{
	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (!note_fine(json_array_get(nodes, i)))
			return false;
	return true;
}

int
wait_is_ready(struct run *run)
{
	struct client client;
	json_t *answer = NULL, *nodes;
	int code = client_open(&client, run);

	if (code == 0)
		code = client_ask(&client, CLIENT_QUERY, "List",
		    show_need(json_pack("{s:o}", "names", run_names(run))),
		    &answer);
	client_close(&client);
	if (code != 0)
		return code;
	nodes = pick_list(answer, "nodes");
	code = all_ready(nodes) ? EXITS_OK : EXITS_NOT_READY;
	if (run->options.json)
		run_json(run, answer);
	else if (run->options.given & OPTION_VERBOSE)
		print_states(&run->out, nodes, true);
	json_decref(answer);
	return code;
}
