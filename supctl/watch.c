#include "supctl/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "supctl/client.h"
#include "supctl/pick.h"
#include "supctl/table.h"

#define TICK_MS 1000
/* Events come in bursts: one more look is taken after this pause. */
#define BURST_MS 50

#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

struct watch {
	struct run *run;
	struct client events;
	struct client lists;
	json_t *nodes;
	int64_t fetched_ms;
	bool first;
};

static int
subscribe(struct watch *watch)
{
	return client_send(&watch->events, "Events", NULL, VARLINK_MORE);
}

static int
fetch(struct watch *watch)
{
	json_t *parameters = show_need(json_object()), *answer;
	int code;

	if (watch->run->options.names_count > 0)
		json_object_set_new(parameters, "names", run_names(watch->run));
	json_object_set_new(parameters, "recursive", json_true());
	code = client_ask(
	    &watch->lists, CLIENT_QUERY, "List", parameters, &answer);
	if (code != 0)
		return code;
	json_decref(watch->nodes);
	watch->nodes = answer;
	watch->fetched_ms = run_now_ms();
	return 0;
}

static void
measure_terminal(struct show *show)
{
	struct winsize size;

	if (ioctl(fileno(show->out), TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0) {
		show->width = size.ws_col;
		show->height = size.ws_row;
	}
}

/* text on the terminal from its upper left corner on, as much as fits. */
static void
paste(const struct show *show, const char *text)
{
	unsigned line = 1;

	fputs(HOME, show->out);
	while (*text && (show->height == 0 || line < show->height)) {
		size_t bytes = strcspn(text, "\n");

		fwrite(text, 1, bytes, show->out);
		fputs(CLEAR_LINE "\r\n", show->out);
		text += bytes + (text[bytes] == '\n');
		line++;
	}
	fputs(*text ? "..." CLEAR_LINE CLEAR_BELOW : CLEAR_BELOW, show->out);
}

static void
draw(struct watch *watch)
{
	struct show *show = &watch->run->out;
	double age_s = (double)(run_now_ms() - watch->fetched_ms) / 1000;
	struct show page = *show;
	char *text = NULL;
	size_t bytes;

	if (watch->run->options.json) {
		run_json(watch->run, watch->nodes);
		return;
	}
	measure_terminal(show);
	page.width = show->width;
	page.out = show_need(open_memstream(&text, &bytes));
	table_status(&page, pick_list(watch->nodes, "nodes"), age_s);
	if (fclose(page.out) != 0)
		show_need(NULL);
	if (show->width > 0)
		paste(show, text);
	else
		fprintf(show->out, "%s%s", watch->first ? "" : "\n", text);
	watch->first = false;
	free(text);
	fflush(show->out);
}

/* Waits for events at most wait_ms (-1: for ever). *changed: there were some.
 * An engine that was replaced ends the stream: it is begun anew. */
static int
listen_once(struct watch *watch, int wait_ms, bool *changed)
{
	struct varlink_reply reply;
	json_t *answer;
	int code, error;

	*changed = false;
	error = varlink_receive(watch->events.link, &reply, wait_ms);
	if (error == -ETIMEDOUT)
		return 0;
	*changed = true;
	if (error == -ECONNRESET) {
		client_close(&watch->events);
		/* The list makes the connection anew and waits for it. */
		code = fetch(watch);
		if (code == 0)
			code = client_open(&watch->events, watch->run);
		return code != 0 ? code : subscribe(watch);
	}
	code = client_answer(&watch->events, "Events", error, &reply, &answer);
	json_decref(answer);
	return code;
}

static int
wait_for_change(struct watch *watch)
{
	bool ticks = watch->run->out.width > 0 && !watch->run->options.json;
	bool changed, more;
	int code = listen_once(watch, ticks ? TICK_MS : -1, &changed);

	if (code != 0 || !changed)
		return code;
	do
		code = listen_once(watch, BURST_MS, &more);
	while (code == 0 && more && run_now_ms() - watch->fetched_ms < TICK_MS);
	return code != 0 ? code : fetch(watch);
}

static int
loop(struct watch *watch)
{
	int code = client_open(&watch->events, watch->run);

	if (code == 0)
		code = client_open(&watch->lists, watch->run);
	if (code == 0)
		code = fetch(watch);
	if (code == 0)
		code = subscribe(watch);
	if (code == 0 && watch->run->out.width > 0 && !watch->run->options.json)
		fputs(HOME CLEAR_BELOW, watch->run->out.out);
	while (code == 0 && !ferror(watch->run->out.out)) {
		draw(watch);
		code = wait_for_change(watch);
	}
	return code;
}

int
watch_status(struct run *run)
{
	struct watch watch = { .run = run, .first = true };
	int code = loop(&watch);

	client_close(&watch.events);
	client_close(&watch.lists);
	json_decref(watch.nodes);
	return code;
}
