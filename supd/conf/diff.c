/* The difference of two plans; see plan.h. */
#include "conf/plan.h"

#include <stdlib.h>
#include <string.h>

#include "conf/arena.h"
#include "conf/draft.h"
#include "conf/keys.h"

/* Changes and key lists of two plans of the largest size. */
#define MEMORY_MAX ((size_t)128 * 1024 * 1024)

/* Of siblings: not a key of a section, but where sections stand. */
#define ORDER "order"

struct diffing {
	const struct plan *from;
	const struct plan *to;
	struct plan_diff *diff;
	struct arena *arena;
};

static bool
is_same_node(const struct diffing *d, uint32_t i, uint32_t old)
{
	const struct spec *a = &d->from->specs[old], *b = &d->to->specs[i];

	if (a->kind != b->kind)
		return false;
	if (i == 0 || old == 0)
		return i == old;
	/* A child of another supervisor, or of one that is another itself, is
	 * another node. */
	return d->diff->old_of[b->parent] == a->parent;
}

static void
match_nodes(struct diffing *d)
{
	for (uint32_t i = 0; i < d->to->count; i++) {
		uint32_t old;

		d->diff->old_of[i] =
		    plan_find(d->from, d->to->specs[i].name, &old) &&
			    is_same_node(d, i, old)
			? old
			: SPEC_NONE;
	}
}

static struct change *
add_change(struct diffing *d, enum change_kind kind, uint32_t node)
{
	struct change *change = &d->diff->changes[d->diff->changes_count++];

	change->kind = kind;
	change->node = node;
	return change;
}

/* Do the children that stay stand in another order among themselves? */
static void
find_moves(const struct diffing *d, uint8_t *moved)
{
	uint32_t *last = arena_array(d->arena, d->to->count, sizeof(*last));

	if (last == NULL)
		return;
	/* In preorder a later sibling has a higher number, old and new. */
	for (uint32_t i = 1; i < d->to->count; i++) {
		uint32_t old = d->diff->old_of[i];
		uint32_t parent = d->to->specs[i].parent;

		if (old == SPEC_NONE)
			continue;
		if (old < last[parent])
			moved[parent] = 1;
		last[parent] = old;
	}
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct draft
draft_of(const struct plan *plan, uint32_t i)
{
	return (struct draft){
		.spec = plan->specs[i],
		.node = plan->nodes[i],
		.settings = plan->settings,
	};
}

/* Writes the names of the keys that differ, sorted, into list; how many. Adds
 * to *effects a bit for each effect that they have. */
static size_t
list_keys(const struct draft *a, const struct draft *b, unsigned sections,
    const char **list, unsigned *effects)
{
	size_t n = 0;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct key *key = &keys[i];

		if ((key->sections & sections) == 0 ||
		    key->form->same(a, b, key->offset))
			continue;
		list[n++] = key->name;
		*effects |= 1u << key->effect;
	}
	return n;
}

static void
compare_node(struct diffing *d, uint32_t i, bool moved)
{
	uint32_t old = d->diff->old_of[i];
	struct draft a = draft_of(d->from, old), b = draft_of(d->to, i);
	const char *list[KEY_COUNT + 1];
	unsigned effects = 0;
	struct change *change;
	size_t n;

	n = list_keys(&a, &b,
	    b.spec.kind == SPEC_SERVICE ? KEY_IN_SERVICE : KEY_IN_SUPERVISOR,
	    list, &effects);
	if (moved)
		list[n++] = ORDER;
	if (n == 0)
		return;
	change = add_change(d, CHANGE_CHANGED, i);
	change->keys = arena_array(d->arena, n, sizeof(*list));
	if (change->keys == NULL)
		return;
	qsort(list, n, sizeof(*list), compare_names);
	memcpy(change->keys, list, n * sizeof(*list));
	change->keys_count = n;
	change->restart = (effects & 1u << EFFECT_RESTART) != 0;
	d->diff->restart[i] = change->restart;
}

static void
compare_settings(struct diffing *d)
{
	struct draft a = draft_of(d->from, 0), b = draft_of(d->to, 0);
	const char *list[KEY_COUNT];
	unsigned effects = 0;
	/* The variables of [supd] show at the services. */
	size_t n;

	a.node.launch.environment = NULL;
	b.node.launch.environment = NULL;
	n = list_keys(&a, &b, KEY_IN_SUPD, list, &effects);
	d->diff->settings = arena_array(d->arena, n, sizeof(*list));
	if (d->diff->settings == NULL)
		return;
	qsort(list, n, sizeof(*list), compare_names);
	memcpy(d->diff->settings, list, n * sizeof(*list));
	d->diff->settings_count = n;
	d->diff->fixed = (effects & 1u << EFFECT_FIXED) != 0;
}

/* Removed ones youngest first, as they will be stopped; then the rest in the
 * order of the new plan. */
static void
compare_nodes(struct diffing *d)
{
	const uint32_t from = d->from->count, to = d->to->count;
	uint8_t *stays = arena_array(d->arena, from, 1);
	uint8_t *moved = arena_array(d->arena, to, 1);

	if (stays == NULL || moved == NULL)
		return;
	find_moves(d, moved);
	for (uint32_t i = 0; i < to; i++)
		if (d->diff->old_of[i] != SPEC_NONE)
			stays[d->diff->old_of[i]] = 1;
	for (uint32_t i = from; i-- > 0;)
		if (!stays[i])
			add_change(d, CHANGE_REMOVED, i);
	for (uint32_t i = 0; i < to; i++) {
		if (d->diff->old_of[i] == SPEC_NONE)
			add_change(d, CHANGE_ADDED, i);
		else
			compare_node(d, i, moved[i]);
	}
}

struct plan_diff *
plan_diff(const struct plan *from, const struct plan *to)
{
	struct arena *arena = arena_open(MEMORY_MAX);
	struct plan_diff *diff;
	struct diffing d = { .from = from, .to = to, .arena = arena };

	if (arena == NULL)
		return NULL;
	diff = d.diff = arena_take(arena, sizeof(*diff));
	if (diff != NULL) {
		diff->arena = arena;
		diff->old_of = arena_array(arena, to->count, sizeof(uint32_t));
		diff->restart = arena_array(arena, to->count, 1);
		diff->changes = arena_array(arena,
		    (size_t)from->count + to->count, sizeof(struct change));
	}
	if (!arena_failed(arena)) {
		match_nodes(&d);
		compare_nodes(&d);
		compare_settings(&d);
	}
	if (arena_failed(arena)) {
		arena_close(arena);
		return NULL;
	}
	return diff;
}

void
plan_diff_free(struct plan_diff *diff)
{
	if (diff != NULL)
		arena_close(diff->arena);
}
