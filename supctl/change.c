#include "supctl/change.h"

#include <stdlib.h>
#include <string.h>

#include "supctl/pick.h"

static void
print_keys(const struct show *show, const json_t *keys)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		const json_t *key = json_array_get(keys, i);

		fputs(i == 0 ? ": " : ", ", show->out);
		show_text(show, json_string_value(key));
	}
}

static void
print_change(const struct show *show, const json_t *change)
{
	const char *path = pick_text(change, "path");
	char *clean =
	    show_clean(*path ? path : pick_text(change, "node"), show->utf8);
	bool added = pick_is(change, "change", "added");
	bool removed = pick_is(change, "change", "removed");

	show_paint(show,
	    added     ? SHOW_GOOD
	    : removed ? SHOW_BAD
		      : SHOW_BUSY,
	    added     ? "+ "
	    : removed ? "- "
		      : "~ ");
	fputs(clean, show->out);
	if (!added && !removed) {
		print_keys(show, pick_list(change, "keys"));
		fputs(pick_true(change, "restart") ? " (restarts)"
						   : " (without a restart)",
		    show->out);
	}
	fputc('\n', show->out);
	free(clean);
}

static void
print_settings(const struct show *show, const json_t *settings)
{
	if (json_array_size(settings) == 0)
		return;
	show_paint(show, SHOW_BUSY, "~ ");
	fputs("[supd]", show->out);
	print_keys(show, settings);
	fputc('\n', show->out);
}

void
change_plan(const struct show *show, const json_t *answer)
{
	const json_t *changes = pick_list(answer, "changes");
	const json_t *settings = pick_list(answer, "settings");
	long long nodes = pick_whole(answer, "nodes", 0);

	for (size_t i = 0; i < json_array_size(changes); i++)
		print_change(show, json_array_get(changes, i));
	print_settings(show, settings);
	if (json_array_size(changes) + json_array_size(settings) == 0)
		fprintf(show->out, "nothing has changed: %lld nodes\n", nodes);
	else if (pick_true(answer, "applied"))
		fprintf(show->out, "in force: %lld nodes\n", nodes);
	else
		fprintf(show->out,
		    "not applied: supctl update brings it into force\n");
}

void
change_diagnoses(const struct show *show, const json_t *diagnoses)
{
	for (size_t i = 0; i < json_array_size(diagnoses); i++) {
		const json_t *diagnosis = json_array_get(diagnoses, i);
		const char *file = pick_text(diagnosis, "file");
		long long line = pick_whole(diagnosis, "line", 0);
		bool warning = pick_is(diagnosis, "kind", "warning");

		show_text(show, file);
		if (*file && line > 0)
			fprintf(show->out, ":%lld", line);
		if (*file)
			fputs(": ", show->out);
		if (warning)
			show_paint(show, SHOW_BUSY, "warning: ");
		show_text(show, pick_text(diagnosis, "text"));
		fputc('\n', show->out);
	}
}
