#include "forest.h"

#include <stdio.h>
#include <string.h>

#include "rng.h"

static bool
is_plain(uint32_t plain, enum forest_plain what)
{
	return plain >> what & 1;
}

static uint64_t
one_of(struct rng *rng, const uint64_t *values, uint32_t count)
{
	return values[rng_below(rng, count)];
}
#define ONE_OF(rng, ...)                               \
	one_of(rng, (const uint64_t[]){ __VA_ARGS__ }, \
	    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

static void
child_fill(struct spec *spec, struct rng *rng)
{
	spec->restart = rng_percent(rng, 55)   ? RESTART_PERMANENT
			: rng_percent(rng, 60) ? RESTART_TRANSIENT
					       : RESTART_TEMPORARY;
	spec->significant = rng_percent(rng, 50);
	spec->on_limit =
	    rng_percent(rng, 15) ? ON_LIMIT_STOP : ON_LIMIT_ESCALATE;
	spec->backoff_min_ms = ONE_OF(rng, 0, 0, 10, 50, 500);
	spec->backoff_max_ms = ONE_OF(rng, 100, 1000, 30000);
	if (spec->backoff_max_ms < spec->backoff_min_ms)
		spec->backoff_max_ms = spec->backoff_min_ms;
	spec->backoff_reset_ms = ONE_OF(rng, 0, 100, 1000, 30000);
	spec->backoff_factor_milli =
	    (uint32_t)ONE_OF(rng, 1000, 1500, 2000, 2000, 10000);
	spec->backoff_jitter_percent = (uint32_t)ONE_OF(rng, 0, 10, 100);
}

static void
supervisor_fill(struct spec *spec, struct rng *rng, bool root)
{
	spec->kind = SPEC_SUPERVISOR;
	spec->strategy = (enum spec_strategy)rng_below(rng, 3);
	spec->intensity = (uint32_t)ONE_OF(rng, 0, 1, 1, 2, 3, 5);
	if (rng_percent(rng, root ? 60 : 5))
		spec->intensity = UINT32_MAX;
	spec->period_ms = ONE_OF(rng, 50, 500, 5000, 10000);
	spec->auto_shutdown = rng_percent(rng, root ? 90 : 60)
				  ? AUTO_SHUTDOWN_NEVER
			      : rng_percent(rng, 50) ? AUTO_SHUTDOWN_ANY
						     : AUTO_SHUTDOWN_ALL;
	spec->parallel = rng_percent(rng, 25);
	spec->shutdown_ms =
	    rng_percent(rng, 20) ? ONE_OF(rng, 0, 30, 300) : SPEC_INFINITE;
}

static void
service_fill(struct spec *spec, struct rng *rng)
{
	spec->kind = SPEC_SERVICE;
	spec->shutdown_ms = ONE_OF(rng, 0, 20, 100, 1000, 10000, SPEC_INFINITE);
	spec->type = rng_percent(rng, 15) ? TYPE_ONESHOT : TYPE_DAEMON;
	spec->ready = rng_percent(rng, 50) ? READY_EXEC
					   : (enum spec_ready)rng_below(rng, 4);
	if (spec->type == TYPE_ONESHOT)
		spec->ready = READY_EXIT;
	/* Those restart for ever, which is a little dull. */
	if (spec->type == TYPE_ONESHOT && spec->restart == RESTART_PERMANENT &&
	    rng_percent(rng, 80))
		spec->restart = RESTART_TRANSIENT;
	spec->ready_after_ms = ONE_OF(rng, 0, 5, 100);
	spec->start_timeout_ms = ONE_OF(rng, 40, 400, 60000, SPEC_INFINITE);
	spec->autostart = !rng_percent(rng, 8);
	spec->stop_signal = (int)ONE_OF(rng, 15, 15, 2, 12);
	spec->kill_mode = (enum spec_kill_mode)rng_below(rng, 3);
	spec->pre_start = rng_percent(rng, 12);
	spec->post_stop = rng_percent(rng, 12);
	spec->success_codes[0] = 1;
	if (rng_percent(rng, 20))
		spec->success_codes[0] |= 1u << 3;
	if (rng_percent(rng, 20))
		spec->success_signals[0] |= 1u << 15;
}

static void
make_plain(struct spec *spec, uint32_t plain)
{
	if (is_plain(plain, PLAIN_HOOKS))
		spec->pre_start = spec->post_stop = false;
	if (is_plain(plain, PLAIN_ONESHOT) && spec->ready == READY_EXIT) {
		spec->type = TYPE_DAEMON;
		spec->ready = READY_EXEC;
	}
	if (is_plain(plain, PLAIN_READY) && spec->ready != READY_EXIT)
		spec->ready = READY_EXEC;
	if (is_plain(plain, PLAIN_BACKOFF))
		spec->backoff_min_ms = 0;
	if (is_plain(plain, PLAIN_JITTER))
		spec->backoff_jitter_percent = 0;
	if (is_plain(plain, PLAIN_PARALLEL))
		spec->parallel = false;
	if (is_plain(plain, PLAIN_AUTO))
		spec->auto_shutdown = AUTO_SHUTDOWN_NEVER;
	if (is_plain(plain, PLAIN_TYPES))
		spec->restart = RESTART_PERMANENT;
	if (is_plain(plain, PLAIN_STOPS)) {
		spec->shutdown_ms = SPEC_INFINITE;
		spec->kill_mode = KILL_MODE_TREE;
		spec->stop_signal = 15;
	}
	if (is_plain(plain, PLAIN_LIMITS))
		spec->on_limit = ON_LIMIT_ESCALATE;
	if (is_plain(plain, PLAIN_MANUAL))
		spec->autostart = true;
	if (is_plain(plain, PLAIN_SUCCESS)) {
		spec->success_codes[0] = 1;
		spec->success_signals[0] = 0;
	}
	if (is_plain(plain, PLAIN_ONE_FOR_ONE))
		spec->strategy = STRATEGY_ONE_FOR_ONE;
}

/* What the configuration check would refuse must not be in a tree. */
static void
make_valid(struct spec *spec, const struct spec *parent)
{
	if (spec->ready_after_ms >= spec->start_timeout_ms)
		spec->ready_after_ms = spec->start_timeout_ms / 2;
	if (parent == NULL) {
		spec->restart = RESTART_PERMANENT;
		spec->significant = false;
		spec->on_limit = ON_LIMIT_ESCALATE;
		return;
	}
	if (spec->restart == RESTART_PERMANENT ||
	    parent->auto_shutdown == AUTO_SHUTDOWN_NEVER)
		spec->significant = false;
	if (parent->strategy != STRATEGY_ONE_FOR_ONE)
		spec->on_limit = ON_LIMIT_ESCALATE;
	if (parent->intensity == UINT32_MAX && spec->backoff_max_ms < 1000)
		spec->backoff_max_ms = 1000;
}

static void
node_make(struct forest *forest, uint32_t node, uint32_t number,
    uint32_t parent, bool supervisor, uint64_t seed, uint32_t plain)
{
	struct rng rng = { seed };
	struct spec *spec = &forest->spec[node];

	memset(spec, 0, sizeof(*spec));
	snprintf(spec->name, sizeof(spec->name), "%s%u", supervisor ? "g" : "n",
	    number);
	forest->number[node] = (uint8_t)number;
	spec->parent = parent;
	child_fill(spec, &rng);
	if (supervisor)
		supervisor_fill(spec, &rng, parent == SPEC_NONE);
	else
		service_fill(spec, &rng);
	make_plain(spec, plain);
	make_valid(spec, parent == SPEC_NONE ? NULL : &forest->spec[parent]);
}

void
forest_grow(
    struct forest *forest, uint64_t seed, uint64_t without, uint32_t plain)
{
	struct rng rng = { seed };
	uint32_t path[LIMIT_DEPTH] = { 0 }, depth = 1, number;
	uint32_t node_of[FOREST_NAMES];
	uint32_t total = 2 + rng_below(&rng, rng_percent(&rng, 20) ? 28 : 10);

	forest->count = 1;
	node_of[0] = 0;
	node_make(forest, 0, 0, SPEC_NONE, true, rng_next(&rng), plain);
	for (number = 1; number < total; number++) {
		bool supervisor = depth < 6 && rng_percent(&rng, 28);
		uint64_t own = rng_next(&rng);
		uint32_t parent;

		while (depth > 1 && rng_percent(&rng, 25))
			depth--;
		parent = node_of[path[depth - 1]];
		node_of[number] = SPEC_NONE;
		if (parent != SPEC_NONE && !(without >> number & 1)) {
			node_of[number] = forest->count;
			node_make(forest, forest->count++, number, parent,
			    supervisor, own, plain);
		}
		if (supervisor)
			path[depth++] = number;
	}
}

uint32_t
forest_find(const struct forest *forest, uint32_t number)
{
	for (uint32_t i = 0; i < forest->count; i++)
		if (forest->number[i] == number)
			return i;
	return SPEC_NONE;
}

uint32_t
forest_depth(const struct forest *forest, uint32_t node)
{
	uint32_t depth = 0;

	while (forest->spec[node].parent != SPEC_NONE) {
		node = forest->spec[node].parent;
		depth++;
	}
	return depth;
}

/* A copy of old's node at the end of next, below next's parent. */
static void
node_keep(struct forest *next, const struct forest *old, uint32_t from,
    uint32_t parent)
{
	next->spec[next->count] = old->spec[from];
	next->spec[next->count].parent = parent;
	next->number[next->count] = old->number[from];
	next->count++;
}

/* Alters a node's own values; true: it must restart for that. */
static bool
node_alter(struct spec *spec, struct rng *rng, uint32_t plain)
{
	struct spec fresh = *spec;
	bool restart = rng_percent(rng, 50);

	child_fill(&fresh, rng);
	if (spec->kind == SPEC_SUPERVISOR)
		supervisor_fill(&fresh, rng, spec->parent == SPEC_NONE);
	else if (restart) {
		memset(fresh.success_codes, 0, sizeof(fresh.success_codes));
		memset(fresh.success_signals, 0, sizeof(fresh.success_signals));
		service_fill(&fresh, rng);
	}
	make_plain(&fresh, plain);
	*spec = fresh;
	return restart && spec->kind == SPEC_SERVICE;
}

static void
node_add(struct forest *next, struct rng *rng, uint32_t plain, uint64_t *used,
    uint32_t parent)
{
	uint32_t number = 1 + rng_below(rng, FOREST_NAMES - 1);
	uint64_t seed = rng_next(rng);
	bool supervisor = rng_percent(rng, 15);

	if (*used >> number & 1 || next->count >= FOREST_NODES - 2)
		return;
	*used |= 1ull << number;
	node_make(next, next->count++, number, parent, supervisor, seed, plain);
}

void
forest_change(struct forest *next, const struct forest *old, uint64_t seed,
    uint32_t plain, uint32_t *old_of, uint8_t *restart)
{
	struct rng rng = { seed };
	uint32_t new_of[FOREST_NODES];
	uint64_t used = 0;
	uint32_t remove = rng_below(&rng, 30), alter = rng_below(&rng, 30);

	memset(restart, 0, FOREST_NODES);
	next->count = 0;
	for (uint32_t i = 0; i < old->count; i++)
		used |= 1ull << old->number[i];
	for (uint32_t i = 0; i < old->count; i++) {
		uint32_t parent = old->spec[i].parent, node = next->count;
		bool removed = rng_percent(&rng, remove);

		new_of[i] = SPEC_NONE;
		if (i > 0 && (removed || new_of[parent] == SPEC_NONE))
			continue;
		new_of[i] = node;
		old_of[node] = i;
		node_keep(next, old, i, i ? new_of[parent] : SPEC_NONE);
		if (rng_percent(&rng, alter))
			restart[node] =
			    node_alter(&next->spec[node], &rng, plain);
		if (i > 0)
			parent = new_of[parent];
		make_valid(&next->spec[node], i ? &next->spec[parent] : NULL);
		if (next->spec[node].kind == SPEC_SUPERVISOR &&
		    rng_percent(&rng, 20)) {
			old_of[next->count] = SPEC_NONE;
			node_add(next, &rng, plain, &used, node);
		}
	}
}
