#include "conf/people.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "conf/told.h"
#include "lib/str.h"

/* The largest entry of a database that is looked at, and the most groups. */
#define ENTRY_MAX (1024 * 1024)
#define GROUPS_MAX 65536

/* (uid_t)-1 means "no change" to the kernel. */
#define ID_MAX (UINT32_MAX - 1)

/* A person in a snapshot: this, then name, home and shell, each with a NUL. */
struct saved {
	uint32_t is_group;
	uint32_t known;
	uint32_t nameless;
	int32_t error;
	uint32_t id;
	uint32_t gid;
};

/* A buffer twice as large; NULL: it is large enough, or there is no memory. */
static char *
enlarge(char *buffer, size_t *room)
{
	char *more = NULL;

	*room = *room == 0 ? 4096 : *room * 2;
	if (*room <= ENTRY_MAX)
		more = realloc(buffer, *room);
	if (more == NULL)
		free(buffer);
	return more;
}

/* What getpwnam_r(3) and getgrnam_r(3) may say where there is no entry. */
static int
true_error(int error)
{
	return error == ENOENT || error == ESRCH || error == EBADF ||
		       error == EPERM
		   ? 0
		   : error;
}

static bool
keep_user(struct making *m, struct person *person, const struct passwd *entry)
{
	person->known = true;
	person->id = entry->pw_uid;
	person->gid = entry->pw_gid;
	person->name = arena_text(m->arena, entry->pw_name);
	person->home = arena_text(m->arena, entry->pw_dir);
	person->shell = arena_text(m->arena, entry->pw_shell);
	return !arena_failed(m->arena);
}

/* By number where id is not NULL. False: no memory. */
static bool
look_up_user(struct making *m, struct person *person, const uint32_t *id)
{
	struct passwd entry, *found = NULL;
	char *buffer = NULL;
	size_t room = 0;
	int error = ERANGE;
	bool good;

	while (error == ERANGE) {
		buffer = enlarge(buffer, &room);
		if (buffer == NULL)
			return false;
		error = id != NULL
			    ? getpwuid_r(*id, &entry, buffer, room, &found)
			    : getpwnam_r(
				  person->text, &entry, buffer, room, &found);
	}
	person->error = true_error(error);
	good = found == NULL || keep_user(m, person, found);
	free(buffer);
	return good;
}

static bool
look_up_group(struct person *person)
{
	struct group entry, *found = NULL;
	char *buffer = NULL;
	size_t room = 0;
	int error = ERANGE;

	while (error == ERANGE) {
		buffer = enlarge(buffer, &room);
		if (buffer == NULL)
			return false;
		error = getgrnam_r(person->text, &entry, buffer, room, &found);
	}
	person->error = true_error(error);
	if (found != NULL) {
		person->known = true;
		person->id = found->gr_gid;
	}
	free(buffer);
	return true;
}

static bool
is_digits(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* A number is known by itself; a user's may have an entry besides. */
static bool
look_up_number(struct making *m, struct person *person)
{
	uint64_t number;

	if (!str_number(person->text, ID_MAX, &number))
		return true;
	person->id = (uint32_t)number;
	if (person->is_group) {
		person->known = true;
		return true;
	}
	if (!look_up_user(m, person, &person->id))
		return false;
	if (person->known || person->error != 0)
		return true;
	person->known = true;
	person->nameless = true;
	person->name = arena_text(m->arena, person->text);
	person->home = arena_text(m->arena, "/");
	person->shell = arena_text(m->arena, "/bin/sh");
	return !arena_failed(m->arena);
}

static bool
look_up(struct making *m, struct person *person)
{
	if (is_digits(person->text))
		return look_up_number(m, person);
	return person->is_group ? look_up_group(person)
				: look_up_user(m, person, NULL);
}

static struct person *
recall(const struct people *people, const char *text, bool is_group)
{
	struct person *person = people->persons;

	while (person != NULL && (person->is_group != is_group ||
				     strcmp(person->text, text) != 0))
		person = person->next;
	return person;
}

static struct person *
meet(struct making *m, const char *text, bool is_group)
{
	struct person *person = arena_take(m->arena, sizeof(*person));
	if (person == NULL)
		return NULL;
	person->is_group = is_group;
	person->text = arena_text(m->arena, text);
	person->name = arena_text(m->arena, "");
	person->home = person->shell = person->name;
	if (arena_failed(m->arena) || !look_up(m, person))
		return NULL;
	person->next = m->people->persons;
	m->people->persons = person;
	return person;
}

const struct person *
people_find(struct making *m, const char *text, bool is_group)
{
	struct person *person = recall(m->people, text, is_group);

	if (person == NULL && !m->sources->frozen) {
		person = meet(m, text, is_group);
		if (person == NULL)
			return NULL;
	}
	if (person != NULL && person->known)
		return person;
	if (person != NULL && person->error != 0)
		making_refuse(m, "%s '%s' can't be looked up: %s",
		    is_group ? "group" : "user", quoted(text).text,
		    strerror(person->error));
	else
		making_refuse(m, "there is no %s '%s'",
		    is_group ? "group" : "user", quoted(text).text);
	return NULL;
}

static const struct membership *
add_membership(struct making *m, const struct person *person, gid_t gid,
    gid_t *groups, size_t count)
{
	struct membership *member = arena_take(m->arena, sizeof(*member));

	if (member == NULL)
		return NULL;
	*member = (struct membership){ person, gid, groups, count,
		m->people->memberships };
	m->people->memberships = member;
	return member;
}

const struct membership *
people_groups(struct making *m, const struct person *person, gid_t gid)
{
	int room = 64, count = room;
	gid_t *list;

	for (const struct membership *one = m->people->memberships; one != NULL;
	     one = one->next)
		if (one->person == person && one->gid == gid)
			return one;
	if (m->sources->frozen)
		return NULL;
	for (;;) {
		list = arena_array(m->arena, (size_t)room, sizeof(*list));
		if (list == NULL)
			return NULL;
		if (getgrouplist(person->name, gid, list, &count) >= 0)
			break;
		if (count > GROUPS_MAX || room > GROUPS_MAX)
			return NULL;
		room = count > room ? count : room * 2;
		count = room;
	}
	return add_membership(m, person, gid, list, (size_t)count);
}

static char *
put(char *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

static bool
save_person(struct making *m, const struct person *person)
{
	struct saved saved = { person->is_group, person->known,
		person->nameless, person->error, person->id, person->gid };
	size_t name = strlen(person->name) + 1, home = strlen(person->home) + 1;
	size_t shell = strlen(person->shell) + 1;
	size_t all = sizeof(saved) + name + home + shell;
	char *text = arena_take(m->arena, all), *at;

	if (text == NULL)
		return false;
	at = put(text, &saved, sizeof(saved));
	at = put(at, person->name, name);
	at = put(at, person->home, home);
	put(at, person->shell, shell);
	return sources_add(m->sources, SOURCE_PERSON, person->text, text, all,
		   0) != NULL;
}

static bool
save_membership(struct making *m, const struct membership *member)
{
	size_t groups = member->count * sizeof(gid_t);
	size_t all = sizeof(gid_t) + groups;
	char *text = arena_take(m->arena, all);

	if (text == NULL)
		return false;
	put(put(text, &member->gid, sizeof(gid_t)), member->groups, groups);
	return sources_add(m->sources, SOURCE_GROUPS, member->person->text,
		   text, all, 0) != NULL;
}

bool
people_save(struct making *m)
{
	for (const struct person *one = m->people->persons; one != NULL;
	     one = one->next)
		if (!save_person(m, one))
			return false;
	for (const struct membership *one = m->people->memberships; one != NULL;
	     one = one->next)
		if (!save_membership(m, one))
			return false;
	return true;
}

/* The string at *at, which is moved behind its NUL; NULL: there is none. */
static char *
take_string(struct arena *arena, const char **at, const char *end)
{
	const char *stop = memchr(*at, '\0', (size_t)(end - *at));
	const char *text = *at;

	if (stop == NULL)
		return NULL;
	*at = stop + 1;
	return arena_copy(arena, text, (size_t)(stop - text));
}

static bool
load_person(struct making *m, const struct source *source)
{
	const char *at = source->text, *end = at + source->bytes;
	struct person *person = arena_take(m->arena, sizeof(*person));
	struct saved saved;

	if (person == NULL || source->bytes < sizeof(saved))
		return false;
	memcpy(&saved, at, sizeof(saved));
	at += sizeof(saved);
	*person = (struct person){
		.is_group = saved.is_group != 0,
		.known = saved.known != 0,
		.nameless = saved.nameless != 0,
		.error = saved.error,
		.id = saved.id,
		.gid = saved.gid,
		.text = source->path,
		.name = take_string(m->arena, &at, end),
		.next = m->people->persons,
	};
	person->home = take_string(m->arena, &at, end);
	person->shell = take_string(m->arena, &at, end);
	m->people->persons = person;
	return person->name != NULL && person->home != NULL &&
	       person->shell != NULL;
}

static bool
load_membership(struct making *m, const struct source *source)
{
	const struct person *person = recall(m->people, source->path, false);
	size_t count = source->bytes / sizeof(gid_t);
	gid_t *all = arena_array(m->arena, count + 1, sizeof(gid_t));

	if (person == NULL || all == NULL || count == 0)
		return false;
	memcpy(all, source->text, count * sizeof(gid_t));
	return add_membership(m, person, all[0], all + 1, count - 1) != NULL;
}

bool
people_load(struct making *m)
{
	for (const struct source *one = m->sources->first; one != NULL;
	     one = one->next) {
		if (one->kind == SOURCE_PERSON && !load_person(m, one))
			return false;
		if (one->kind == SOURCE_GROUPS && !load_membership(m, one))
			return false;
	}
	return true;
}
