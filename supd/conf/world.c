/* What of a configuration depends on this machine now; see judge.h. */
#include "conf/judge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/told.h"
#include "lib/str.h"

#define PATH_FALLBACK "/usr/local/bin:/usr/bin:/bin"

enum program { PROGRAM_GOOD, PROGRAM_MISSING, PROGRAM_NOT_EXECUTABLE };

/* What was found for one program and PATH: services are often alike. */
struct found {
	const char *name;
	const char *path;
	enum program program;
	struct found *next;
};

static enum program
look_at(const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return PROGRAM_MISSING;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return PROGRAM_NOT_EXECUTABLE;
	return PROGRAM_GOOD;
}

static enum program
search(struct arena *arena, const char *name, const char *path)
{
	enum program best = PROGRAM_MISSING;

	if (strchr(name, '/') != NULL)
		return look_at(name);
	while (best != PROGRAM_GOOD) {
		size_t n = strcspn(path, ":");
		char *file = arena_print(arena, "%.*s/%s", (int)n, path, name);
		enum program one = file == NULL ? PROGRAM_GOOD : look_at(file);

		/* An empty part would be the working directory: whose? */
		if (one != PROGRAM_MISSING || n == 0)
			best = one;
		if (path[n] == '\0')
			break;
		path += n + 1;
	}
	return best;
}

/* The service's own PATH; NULL: it is known only at a start. */
static const char *
path_of(const struct launch *launch)
{
	const char *path = launch->clear_environment ? NULL : getenv("PATH");

	for (char *const *entry = launch->environment; *entry != NULL; entry++)
		if (str_starts(*entry, "PATH="))
			path = *entry + 5;
	if (path == NULL)
		path = PATH_FALLBACK;
	return strchr(path, '$') == NULL ? path : NULL;
}

/* The word without variables, as exec will see it; NULL: known only then. */
static const char *
program_of(struct arena *arena, const struct launch *launch)
{
	const char *name = launch->command.words[0];

	if (strchr(name, '$') != NULL)
		return NULL;
	if (name[0] == '/' || strchr(name, '/') == NULL)
		return name;
	/* Below the working directory, which we know if it is set. */
	if (launch->directory == NULL)
		return name;
	return strchr(launch->directory, '$') != NULL
		   ? NULL
		   : arena_print(arena, "%s/%s", launch->directory, name);
}

static const struct found *
find(
    struct arena *arena, struct found **all, const char *name, const char *path)
{
	struct found *one;

	for (one = *all; one != NULL; one = one->next)
		if (strcmp(one->name, name) == 0 &&
		    strcmp(one->path, path) == 0)
			return one;
	one = arena_take(arena, sizeof(*one));
	if (one == NULL)
		return NULL;
	one->name = name;
	one->path = path;
	one->program = search(arena, name, path);
	one->next = *all;
	*all = one;
	return one;
}

static void
warn_program(struct making *m, struct item *item, const char *name,
    const struct found *found)
{
	const char *file = item->section->file;

	if (found == NULL || found->program == PROGRAM_GOOD || item->warned)
		return;
	item->warned = true;
	if (found->program == PROGRAM_NOT_EXECUTABLE)
		told_warning(m->out, file, item->line,
		    "program '%s' can't be executed", quoted(name).text);
	else if (strchr(name, '/') != NULL)
		told_warning(m->out, file, item->line,
		    "program '%s' is not there", quoted(name).text);
	else
		told_warning(m->out, file, item->line,
		    "program '%s' is not in the service's PATH (%s)",
		    quoted(name).text, quoted(found->path).text);
}

void
judge_world(struct making *m, const struct declared *declared,
    const struct tree *tree, const struct plan *plan)
{
	struct found *all = NULL;

	for (uint32_t i = 0; i < plan->count; i++) {
		const struct launch *launch = &plan->nodes[i].launch;
		const struct section *section =
		    tree->list[tree->order[i]].section;
		struct item *item, *folder;
		const char *name, *path;

		if (plan->specs[i].kind != SPEC_SERVICE)
			continue;
		item = declared_item(declared, section, KEY_command);
		folder = declared_item(declared, section, KEY_directory);
		if (launch->directory != NULL && launch->directory[0] != '/' &&
		    launch->directory[0] != '$' && !folder->warned) {
			folder->warned = true;
			told_warning(m->out, folder->section->file,
			    folder->line,
			    "directory '%s' depends on where supd was started",
			    quoted(launch->directory).text);
		}
		if (item == NULL || item->bad || item->warned)
			continue;
		name = program_of(m->arena, launch);
		path = path_of(launch);
		if (name != NULL && path != NULL)
			warn_program(
			    m, item, name, find(m->arena, &all, name, path));
	}
}
