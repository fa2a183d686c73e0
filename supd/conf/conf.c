/* From sources to a plan; see plan.h. */
#include "conf/plan.h"

#include <stdlib.h>
#include <string.h>

#include "conf/after.h"
#include "conf/build.h"
#include "conf/declare.h"
#include "conf/judge.h"
#include "conf/names.h"
#include "conf/people.h"
#include "conf/reader.h"
#include "conf/sources.h"
#include "conf/told.h"
#include "conf/tree.h"

/* What one configuration may take, files and plan and all between. */
#define MEMORY_MAX ((size_t)512 * 1024 * 1024)

/* What a plan is, behind what others see of it. */
struct whole {
	struct plan plan;
	struct names names;
};

static bool
name_path(struct arena *arena, const struct plan *plan, uint32_t i)
{
	uint32_t parent = plan->specs[i].parent;
	const char *name = plan->specs[i].name;

	plan->nodes[i].path =
	    parent == SPEC_NONE || parent == 0
		? arena_text(arena, name)
		: arena_print(arena, "%s/%s", plan->nodes[parent].path, name);
	return plan->nodes[i].path != NULL;
}

/* Builds node number i of the plan. False: no memory. */
static bool
add_node(struct making *m, const struct declared *declared,
    const struct tree *tree, struct whole *whole, uint32_t i)
{
	const struct tree_node *node = &tree->list[tree->order[i]];
	struct plan *plan = &whole->plan;
	struct draft draft;

	if (!build_node(m, declared, node, &draft))
		return false;
	if (i > 0)
		draft.spec.parent = tree->list[node->parent].number;
	plan->specs[i] = draft.spec;
	plan->nodes[i] = draft.node;
	return name_path(m->arena, plan, i) &&
	       names_add(&whole->names, m->arena, plan->specs[i].name, i);
}

static bool
build_plan(
    struct making *m, const struct sections *sections, struct whole *whole)
{
	struct plan *plan = &whole->plan;
	struct declared declared;
	struct tree tree;

	if (!declare(m, sections, &declared) ||
	    !build_settings(m, &declared, &plan->settings))
		return false;
	build_trials(m, &declared);
	if (!tree_make(m, &declared, &tree))
		return false;
	plan->count = tree.count;
	plan->specs = arena_array(m->arena, tree.count, sizeof(struct spec));
	plan->nodes =
	    arena_array(m->arena, tree.count, sizeof(struct plan_node));
	if (plan->specs == NULL || plan->nodes == NULL)
		return false;
	for (uint32_t i = 0; i < tree.count; i++)
		if (!add_node(m, &declared, &tree, whole, i))
			return false;
	if (!after_resolve(m, &declared, &tree, plan))
		return false;
	judge(m, &declared, &tree, plan);
	if (!m->sources->frozen)
		judge_world(m, &declared, &tree, plan);
	return true;
}

static void
tell_damage(struct diagnoses *out)
{
	told_error(out, NULL, 0,
	    "the snapshot of the configuration is damaged, or another "
	    "version's");
}

/* Makes the plan of what was read. NULL: no memory. */
static struct whole *
make(struct arena *arena, struct sources *sources, struct diagnoses *out)
{
	struct people people = { 0 };
	struct making m = {
		.arena = arena,
		.out = out,
		.sources = sources,
		.people = &people,
	};
	struct whole *whole = arena_take(arena, sizeof(*whole));
	struct sections sections = { 0 };

	if (whole == NULL)
		return NULL;
	if (sources->frozen && !people_load(&m)) {
		tell_damage(out);
		return NULL;
	}
	for (const struct source *one = sources->first; one != NULL;
	     one = one->next)
		if (one->kind == SOURCE_CONF)
			reader_read(arena, one, &sections, out);
	if (!build_plan(&m, &sections, whole) ||
	    (!sources->frozen && !people_save(&m)))
		return NULL;
	whole->plan.snapshot =
	    sources_pack(sources, &whole->plan.snapshot_bytes);
	return whole->plan.snapshot == NULL ? NULL : whole;
}

/* The end of reading: all or nothing. */
static struct plan *
finish(struct arena *arena, struct whole *whole, struct diagnoses *out)
{
	if (arena_failed(arena)) {
		told_forget(out);
		if (arena_full(arena))
			told_error(out, NULL, 0,
			    "the configuration takes more than %zu MiB of "
			    "memory",
			    MEMORY_MAX / 1024 / 1024);
		whole = NULL;
	}
	told_sort(out);
	if (whole == NULL || out->errors > 0) {
		arena_close(arena);
		return NULL;
	}
	whole->plan.arena = arena;
	return &whole->plan;
}

struct plan *
conf_read(char *const *paths, size_t count, struct diagnoses *out)
{
	struct arena *arena = arena_open(MEMORY_MAX);
	struct sources sources = { .arena = arena };

	if (arena == NULL)
		return NULL;
	sources_read(&sources, paths, count, out);
	return finish(arena, make(arena, &sources, out), out);
}

struct plan *
conf_parse(const char *snapshot, size_t bytes, struct diagnoses *out)
{
	struct arena *arena = arena_open(MEMORY_MAX);
	struct sources sources = { .arena = arena };

	if (arena == NULL)
		return NULL;
	if (!sources_unpack(&sources, snapshot, bytes)) {
		tell_damage(out);
		return finish(arena, NULL, out);
	}
	return finish(arena, make(arena, &sources, out), out);
}

void
plan_free(struct plan *plan)
{
	if (plan != NULL)
		arena_close(plan->arena);
}

bool
plan_find(const struct plan *plan, const char *name, uint32_t *node)
{
	const struct whole *whole = (const struct whole *)plan;
	const char *slash = strrchr(name, '/');
	uint32_t found;

	if (!names_find(
		&whole->names, slash == NULL ? name : slash + 1, &found))
		return false;
	if (slash != NULL && strcmp(plan->nodes[found].path, name) != 0)
		return false;
	*node = found;
	return true;
}
