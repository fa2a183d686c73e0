#include "conf/names.h"

#include <stddef.h>
#include <string.h>

#define FIRST 256

/* FNV-1a: names are short, and nobody gains by colliding with himself. */
static uint32_t
hash(const char *name)
{
	uint32_t sum = 2166136261u;

	for (; *name != '\0'; name++)
		sum = (sum ^ (unsigned char)*name) * 16777619u;
	return sum;
}

/* The slot that has the name, or the free one where it belongs. */
static struct names_slot *
probe(const struct names *names, const char *name)
{
	uint32_t mask = names->slots_count - 1, at = hash(name) & mask;

	while (names->slots[at].name != NULL &&
	       strcmp(names->slots[at].name, name) != 0)
		at = (at + 1) & mask;
	return &names->slots[at];
}

bool
names_find(const struct names *names, const char *name, uint32_t *number)
{
	const struct names_slot *slot;

	if (names->used == 0)
		return false;
	slot = probe(names, name);
	if (slot->name == NULL)
		return false;
	*number = slot->number;
	return true;
}

static bool
grow(struct names *names, struct arena *arena)
{
	struct names more = { .used = names->used };

	more.slots_count =
	    names->slots_count == 0 ? FIRST : names->slots_count * 2;
	more.slots = arena_array(arena, more.slots_count, sizeof(*more.slots));
	if (more.slots == NULL)
		return false;
	for (uint32_t i = 0; i < names->slots_count; i++)
		if (names->slots[i].name != NULL)
			*probe(&more, names->slots[i].name) = names->slots[i];
	*names = more;
	return true;
}

bool
names_add(
    struct names *names, struct arena *arena, const char *name, uint32_t number)
{
	struct names_slot *slot;

	if (names->used >= names->slots_count / 2 && !grow(names, arena))
		return false;
	slot = probe(names, name);
	slot->name = name;
	slot->number = number;
	names->used++;
	return true;
}
