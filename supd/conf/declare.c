#include "conf/declare.h"

#include <string.h>

#include "conf/names.h"
#include "conf/told.h"
#include "lib/str.h"

static const char *const kinds[] = { "supd", "defaults", "supervisor",
	"service" };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* While the sections are looked at. */
struct declaring {
	struct making *m;
	struct names names; /* of nodes and templates, numbers into all */
	const struct section **all;
	uint32_t all_count;
};

static void
tell_unknown_section(struct making *m, const struct section *section)
{
	size_t n = strcspn(section->title, ":");
	char *kind = arena_copy(m->arena, section->title, n);
	struct str_guess guess;

	if (kind == NULL)
		return;
	guess = str_guess(kind);
	for (size_t i = 0; i < KINDS; i++)
		/* A name behind the kind, or none: as it should be. */
		if ((i < 2) == (section->title[n] == '\0'))
			str_guess_offer(&guess, kinds[i]);
	if (guess.best != NULL && guess.distance > 0)
		told_error(m->out, section->file, section->line,
		    "unknown section [%s]; did you mean [%s%s]?",
		    quoted(section->title).text, guess.best,
		    quoted(section->title + n).text);
	else
		told_error(m->out, section->file, section->line,
		    "unknown section [%s]; there are [supd], [defaults], "
		    "[supervisor:NAME], [service:NAME] and [service:NAME@]",
		    quoted(section->title).text);
}

/* Reads the title into kind and name. False: told. */
static bool
name_section(struct making *m, struct section *section)
{
	const char *title = section->title;
	size_t n;

	section->name = "";
	if (strcmp(title, "supd") == 0) {
		section->kind = SECTION_SUPD;
		return true;
	}
	if (strcmp(title, "defaults") == 0) {
		section->kind = SECTION_DEFAULTS;
		return true;
	}
	if (str_starts(title, "supervisor:"))
		section->kind = SECTION_SUPERVISOR;
	else if (str_starts(title, "service:"))
		section->kind = SECTION_SERVICE;
	else {
		tell_unknown_section(m, section);
		return false;
	}
	section->name = strchr(title, ':') + 1;
	n = strlen(section->name);
	if (section->kind == SECTION_SERVICE && n > 0 &&
	    section->name[n - 1] == '@') {
		section->kind = SECTION_TEMPLATE;
		section->name = arena_copy(m->arena, section->name, n - 1);
	}
	return section->name != NULL;
}

/* False: the name can't be one, which is told. */
static bool
check_name(struct making *m, const struct section *section)
{
	const char *name = section->name;

	if (section->kind == SECTION_SUPD || section->kind == SECTION_DEFAULTS)
		return true;
	if (section->kind != SECTION_SUPERVISOR && strcmp(name, "root") == 0)
		told_error(m->out, section->file, section->line,
		    "[%s]: 'root' is the name of the root supervisor",
		    section->title);
	else if (name[0] == '\0')
		told_error(m->out, section->file, section->line,
		    "[%s]: the name is missing", section->title);
	else if (!str_name_valid(name))
		told_error(m->out, section->file, section->line,
		    "[%s]: '%s' is no name: 1 to %d of A-Z a-z 0-9 . _ @ : + "
		    "-, a letter or digit first",
		    section->title, quoted(name).text, LIMIT_NAME);
	else if (section->kind == SECTION_TEMPLATE && strchr(name, '@') != NULL)
		told_error(m->out, section->file, section->line,
		    "[%s]: a template has one '@', at its end", section->title);
	else
		return true;
	return false;
}

/* Is its name free? Takes it. False: told, or no memory. */
static bool
take_name(struct declaring *d, struct section *section)
{
	const struct section *first;
	/* Nodes share one name space; what is no node goes by its title. */
	const char *name = section->kind == SECTION_SUPERVISOR ||
				   section->kind == SECTION_SERVICE
			       ? section->name
			   : section->kind == SECTION_TEMPLATE
			       ? strchr(section->title, ':') + 1
			       : section->title;
	/* No name of a node begins with a bracket. */
	const char *key = name == section->title
			      ? arena_print(d->m->arena, "[%s]", name)
			      : name;
	uint32_t index;

	if (key == NULL)
		return false;
	if (!names_find(&d->names, key, &index)) {
		d->all[d->all_count] = section;
		return names_add(&d->names, d->m->arena, key, d->all_count++);
	}
	first = d->all[index];
	if (first->kind == section->kind)
		told_error(d->m->out, section->file, section->line,
		    "section [%s] given twice; it stands in %s:%u already",
		    section->title, first->file, first->line);
	else
		told_error(d->m->out, section->file, section->line,
		    "[%s]: the name is taken by [%s] in %s:%u", section->title,
		    first->title, first->file, first->line);
	return false;
}

static unsigned
place_of(const struct section *section)
{
	switch (section->kind) {
	case SECTION_SUPD:
		return KEY_IN_SUPD;
	case SECTION_DEFAULTS:
		return KEY_IN_DEFAULTS;
	case SECTION_SUPERVISOR:
		return strcmp(section->name, "root") == 0 ? KEY_IN_ROOT
							  : KEY_IN_SUPERVISOR;
	case SECTION_SERVICE:
		return KEY_IN_SERVICE;
	case SECTION_TEMPLATE:
		break;
	}
	return KEY_IN_TEMPLATE;
}

/* The key is known, but not here: where does it belong? */
static void
tell_misplaced(struct making *m, const struct item *item, enum key_id id)
{
	unsigned in = keys[id].sections;
	bool root = place_of(item->section) == KEY_IN_ROOT;
	const char *where = in & KEY_IN_SERVICE ? "[service:NAME]"
			    : in & KEY_IN_TEMPLATE
				? "a template [service:NAME@]"
			    : in & KEY_IN_SUPERVISOR ? "[supervisor:NAME]"
						     : "[supd]";

	if (root && (in & KEY_IN_SUPERVISOR) != 0)
		told_error(m->out, item->section->file, item->line,
		    "key '%s' has no meaning in [supervisor:root], which has "
		    "no parent",
		    item->key);
	else
		told_error(m->out, item->section->file, item->line,
		    "key '%s' has no meaning in [%s]; it belongs in %s",
		    item->key, item->section->title, where);
}

static void
tell_unknown_key(
    struct making *m, struct section *section, const struct item *item)
{
	struct str_guess guess = str_guess(item->key);

	for (size_t i = 0; i < KEY_COUNT; i++)
		if ((keys[i].sections & place_of(item->section)) != 0)
			str_guess_offer(&guess, keys[i].name);
	told_error(m->out, item->section->file, item->line,
	    guess.best == NULL ? "unknown key '%s' in [%s]"
			       : "unknown key '%s' in [%s]; did you mean '%s'?",
	    quoted(item->key).text, item->section->title, guess.best);
	/* That it is missing would be the same error once more. */
	if (guess.best == keys[KEY_command].name)
		section->lacks = true;
}

/* Gives the items their ids; drops those that can't have one. */
static void
name_items(struct making *m, struct section *section)
{
	const struct item *first[KEY_COUNT] = { NULL };
	struct item **link = &section->first, *item;
	enum key_id id;

	for (; (item = *link) != NULL;) {
		if (!keys_find(item->key, &id)) {
			tell_unknown_key(m, section, item);
		} else if ((keys[id].sections & place_of(section)) == 0) {
			tell_misplaced(m, item, id);
		} else if (first[id] != NULL) {
			told_error(m->out, section->file, item->line,
			    "key '%s' given twice in [%s]; it stands in line "
			    "%u already",
			    item->key, section->title, first[id]->line);
		} else {
			first[id] = item;
			item->id = (uint8_t)id;
			section->last = item;
			link = &item->next;
			continue;
		}
		*link = item->next;
	}
}

static bool
is_node(const struct section *section)
{
	return place_of(section) &
	       (KEY_IN_SUPERVISOR | KEY_IN_SERVICE | KEY_IN_TEMPLATE);
}

static void
keep_section(struct declared *out, struct section *section)
{
	if (is_node(section))
		out->list[out->count++] = section;
	else if (section->kind == SECTION_SUPD)
		out->supd = section;
	else if (section->kind == SECTION_DEFAULTS)
		out->defaults = section;
	else
		out->root = section;
}

bool
declare(struct making *m, const struct sections *sections, struct declared *out)
{
	struct declaring d = { .m = m };
	size_t count = 0;

	*out = (struct declared){ 0 };
	for (struct section *one = sections->first; one != NULL;
	     one = one->next)
		count++;
	d.all = arena_array(m->arena, count, sizeof(*d.all));
	out->list = arena_array(m->arena, count, sizeof(*out->list));
	if (d.all == NULL || out->list == NULL)
		return false;
	for (struct section *one = sections->first; one != NULL;
	     one = one->next) {
		bool good;

		if (!name_section(m, one))
			continue;
		good = check_name(m, one) && take_name(&d, one);
		name_items(m, one);
		if (good)
			keep_section(out, one);
	}
	return !arena_failed(m->arena);
}

static struct item *
find_item(const struct section *section, enum key_id id)
{
	struct item *item = section == NULL ? NULL : section->first;

	while (item != NULL && item->id != id)
		item = item->next;
	return item;
}

static bool
has_defaults(const struct section *section)
{
	return section != NULL && (section->kind == SECTION_SERVICE ||
				      section->kind == SECTION_TEMPLATE);
}

struct item *
declared_item(
    const struct declared *d, const struct section *section, enum key_id id)
{
	struct item *item = find_item(section, id);

	if (item == NULL && has_defaults(section))
		item = find_item(d->defaults, id);
	return item;
}

void
declared_items(const struct declared *d, const struct section *section,
    struct item *items[KEY_COUNT])
{
	memset(items, 0, KEY_COUNT * sizeof(*items));
	if (has_defaults(section) && d->defaults != NULL)
		for (struct item *item = d->defaults->first; item != NULL;
		     item = item->next)
			items[item->id] = item;
	if (section == NULL)
		return;
	for (struct item *item = section->first; item != NULL;
	     item = item->next)
		items[item->id] = item;
}
