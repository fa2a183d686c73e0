#include "supctl/run.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t
run_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
run_left_ms(const struct run *run)
{
	int64_t left;

	if (run->deadline_ms < 0)
		return -1;
	left = run->deadline_ms - run_now_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static void
print_lines(struct run *run, const char *message)
{
	const char *at = message;

	fputs("supctl: ", run->err.out);
	for (;;) {
		size_t bytes = strcspn(at, "\n");
		char *line = show_format("%.*s", (int)bytes, at);

		show_text(&run->err, line);
		fputc('\n', run->err.out);
		free(line);
		if (!at[bytes] || !at[bytes + 1])
			return;
		at += bytes + 1;
		fputs("  ", run->err.out);
	}
}

/* A file's name in it may not be UTF-8. */
static json_t *
json_text(const char *text)
{
	json_t *value = json_string(text);
	char *clean;

	if (value)
		return value;
	clean = show_clean(text, true);
	value = show_need(json_string(clean));
	free(clean);
	return value;
}

int
run_fail_with(
    struct run *run, int code, const char *error, char *message, json_t *extra)
{
	json_t *object;

	if (!run->options.json) {
		fflush(run->out.out);
		print_lines(run, message);
	} else {
		object = show_need(json_object());
		json_object_set_new(
		    object, "error", show_need(json_string(error)));
		json_object_set_new(object, "message", json_text(message));
		if (extra)
			json_object_update_missing(object, extra);
		run_json(run, object);
		json_decref(object);
	}
	json_decref(extra);
	free(message);
	return code;
}

int
run_fail(struct run *run, int code, const char *error, char *message)
{
	return run_fail_with(run, code, error, message, NULL);
}

void
run_json(struct run *run, const json_t *value)
{
	/* JSON escapes control characters only; on a terminal, escape all
	 * that could steer it. */
	size_t flags = run->out.width > 0 ? JSON_ENSURE_ASCII : 0;

	json_dumpf(value, run->out.out, flags | JSON_REAL_PRECISION(12));
	fputc('\n', run->out.out);
	fflush(run->out.out);
}

json_t *
run_names(const struct run *run)
{
	json_t *names = show_need(json_array());

	for (int i = 0; i < run->options.names_count; i++)
		json_array_append_new(
		    names, show_need(json_string(run->options.names[i])));
	return names;
}
