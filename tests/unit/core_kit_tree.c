#include "core_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
	const char *text;
	size_t offset;
	size_t size;
	uint64_t value;
	bool of_world;
};

#define WORD(text, member, value)                                    \
	{                                                            \
		text, offsetof(struct spec, member),                 \
		    sizeof(((struct spec *)0)->member), value, false \
	}
#define WORLD(text, member, value)                                         \
	{                                                                  \
		text, offsetof(struct kit_service, member),                \
		    sizeof(((struct kit_service *)0)->member), value, true \
	}

static const struct word words[] = {
	WORD("one_for_one", strategy, STRATEGY_ONE_FOR_ONE),
	WORD("one_for_all", strategy, STRATEGY_ONE_FOR_ALL),
	WORD("rest_for_one", strategy, STRATEGY_REST_FOR_ONE),
	WORD("intensity", intensity, UINT32_MAX),
	WORD("period", period_ms, 0),
	WORD("any_significant", auto_shutdown, AUTO_SHUTDOWN_ANY),
	WORD("all_significant", auto_shutdown, AUTO_SHUTDOWN_ALL),
	WORD("parallel", parallel, true),
	WORD("permanent", restart, RESTART_PERMANENT),
	WORD("transient", restart, RESTART_TRANSIENT),
	WORD("temporary", restart, RESTART_TEMPORARY),
	WORD("significant", significant, true),
	WORD("on_limit_stop", on_limit, ON_LIMIT_STOP),
	WORD("backoff", backoff_min_ms, 0),
	WORD("backoff_max", backoff_max_ms, 0),
	WORD("backoff_reset", backoff_reset_ms, 0),
	WORD("factor", backoff_factor_milli, 0),
	WORD("jitter", backoff_jitter_percent, 0),
	WORD("shutdown", shutdown_ms, SPEC_INFINITE),
	WORD("brutal_kill", shutdown_ms, 0),
	WORD("oneshot", type, TYPE_ONESHOT),
	WORD("notify", ready, READY_NOTIFY),
	WORD("fd", ready, READY_FD),
	WORD("after", ready_after_ms, 0),
	WORD("start_timeout", start_timeout_ms, SPEC_INFINITE),
	WORD("manual", autostart, false),
	WORD("watchdog", watchdog_ms, 0),
	WORD("failures", health_failures, 0),
	WORD("stop_signal", stop_signal, 0),
	WORD("group", kill_mode, KILL_MODE_GROUP),
	WORD("pre_start", pre_start, true),
	WORD("post_stop", post_stop, true),
	WORD("success_signals", success_signals[0], 0),
	WORD("success_codes", success_codes[0], 0),
	WORLD("slow", manner, KIT_SLOW),
	WORLD("deaf", manner, KIT_DEAF),
	WORLD("silent", manner, KIT_SILENT),
	WORLD("fails", fails, 0),
	WORLD("changed", changed, true),
};

static void
put(void *at, size_t size, uint64_t value)
{
	uint8_t one = (uint8_t)value;
	uint32_t four = (uint32_t)value;

	if (size == sizeof(one))
		memcpy(at, &one, size);
	else if (size == sizeof(four))
		memcpy(at, &four, size);
	else
		memcpy(at, &value, size);
}

static void
take_word(struct spec *spec, struct kit_service *s, char *text)
{
	char *equals = strchr(text, '=');
	const struct word *w = NULL;
	uint64_t value;

	if (equals != NULL)
		*equals = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].text, text) == 0)
			w = &words[i];
	if (w == NULL)
		fail_msg("what is '%s'?", text);
	value = equals != NULL ? strtoull(equals + 1, NULL, 10) : w->value;
	put((char *)(w->of_world ? (void *)s : (void *)spec) + w->offset,
	    w->size, value);
	if (strstr(text, "one_for_") == text || strstr(text, "rest_") == text)
		spec->kind = SPEC_SUPERVISOR;
	if (strcmp(text, "after") == 0)
		spec->ready = READY_AFTER;
	if (strcmp(text, "oneshot") == 0) {
		spec->ready = READY_EXIT;
		spec->restart = RESTART_TRANSIENT;
	}
}

/* SPEC.md section 2, for a node below parent. */
static void
defaults(struct spec *spec, uint32_t parent, bool supervisor)
{
	memset(spec, 0, sizeof(*spec));
	spec->parent = parent;
	spec->kind = supervisor ? SPEC_SUPERVISOR : SPEC_SERVICE;
	spec->backoff_min_ms = 500;
	spec->backoff_max_ms = 30000;
	spec->backoff_reset_ms = 30000;
	spec->backoff_factor_milli = 2000;
	spec->intensity = 5;
	spec->period_ms = 10000;
	spec->shutdown_ms = supervisor ? SPEC_INFINITE : 10000;
	spec->start_timeout_ms = 60000;
	spec->autostart = true;
	spec->stop_signal = SPEC_SIGTERM;
	spec->success_codes[0] = 1;
}

static void
take_line(struct kit_tree *t, char *line, uint32_t *parents)
{
	struct spec *spec = &t->specs[t->count];
	struct kit_service *s = &t->services[t->count];
	size_t depth = strspn(line, " ") / 2;
	bool supervisor = t->count == 0 || strstr(line, "_for_") != NULL;
	char *rest, *word = strtok_r(line, " ", &rest);

	assert_true(t->count < KIT_NODES);
	defaults(spec, depth > 0 ? parents[depth - 1] : SPEC_NONE, supervisor);
	snprintf(spec->name, sizeof(spec->name), "%s", word);
	memcpy(s->name, spec->name, sizeof(s->name));
	while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
		if (strncmp(word, "waits=", 6) == 0)
			snprintf(t->waits[t->count], sizeof(t->waits[0]), "%s",
			    word + 6);
		else
			take_word(spec, s, word);
	}
	parents[depth] = t->count++;
}

static uint32_t
planted(const struct kit_tree *t, const char *name)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (strcmp(t->specs[i].name, name) == 0)
			return i;
	fail_msg("who is '%s'?", name);
	return 0;
}

static void
take_waits(struct kit_tree *t, uint32_t node)
{
	struct spec *spec = &t->specs[node];
	char *rest, *name = strtok_r(t->waits[node], ",", &rest);

	spec->after = t->after[node];
	for (; name != NULL; name = strtok_r(NULL, ",", &rest)) {
		assert_true(spec->after_count < KIT_AFTER);
		t->after[node][spec->after_count++] = planted(t, name);
	}
}

struct kit_tree *
kit_plant(struct kit *k, const char *text)
{
	struct kit_tree *t = calloc(1, sizeof(*t));
	uint32_t parents[KIT_NODES];
	char *copy = strdup(text), *rest, *line;

	assert_non_null(t);
	assert_non_null(copy);
	assert_true(k->trees_count < KIT_TREES);
	for (line = strtok_r(copy, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(t, line, parents);
	free(copy);
	for (uint32_t i = 0; i < t->count; i++)
		take_waits(t, i);
	k->trees[k->trees_count++] = t;
	return t;
}

void
kit_populate(struct kit *k, const struct kit_tree *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		unsigned at = 0;

		while (at < k->services_count &&
		       strcmp(k->services[at].name, t->services[i].name) != 0)
			at++;
		if (at < k->services_count)
			continue;
		assert_true(at < KIT_NODES);
		k->services[k->services_count++] = t->services[i];
	}
}
