#include "os/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/mark.h"
#include "os/prepared.h"

#define CHUNK_BYTES (16 * 1024)
#define DEFAULT_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* HOME USER LOGNAME SHELL, nine of supd's own, the NULL. */
#define EXTRA_VARIABLES 16
#define GROUPS_MAX 65536

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	_Alignas(16) char bytes[];
};

/* What a preparation goes through with. broken: memory ran out, or a variable
 * was missing; everything after that is without meaning and harmless. */
struct making {
	struct prepared *prepared;
	struct chunk *chunks;
	char **vars;
	size_t vars_count;
	const char *missing;
	bool broken;
};

static void *
get(struct making *making, size_t bytes)
{
	struct chunk *chunk = making->chunks;
	size_t size;
	void *at;

	bytes = (bytes + 15) / 16 * 16;
	if (chunk == NULL || chunk->size - chunk->used < bytes) {
		size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
		chunk = malloc(sizeof *chunk + size);
		if (chunk == NULL) {
			making->broken = true;
			return NULL;
		}
		chunk->next = making->chunks;
		chunk->size = size;
		chunk->used = 0;
		making->chunks = chunk;
	}
	at = chunk->bytes + chunk->used;
	chunk->used += bytes;
	return at;
}

static void
free_chunks(struct chunk *chunk)
{
	struct chunk *next;

	for (; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
}

/* The place of the variable whose name are the first n bytes of text. */
static char **
find(struct making *making, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < making->vars_count; i++) {
		if (strncmp(making->vars[i], text, n) == 0 &&
		    making->vars[i][n] == '=')
			return &making->vars[i];
	}
	return NULL;
}

static const char *
value_of(struct making *making, const char *name, size_t n)
{
	char **place = find(making, name, n);

	return place == NULL ? NULL : *place + n + 1;
}

/* Takes KEY=value as it is; what has no = is passed over. */
static void
set(struct making *making, char *entry)
{
	const char *equals = strchr(entry, '=');
	char **place;

	if (equals == NULL || equals == entry)
		return;
	place = find(making, entry, (size_t)(equals - entry));
	if (place == NULL)
		place = &making->vars[making->vars_count++];
	*place = entry;
}

static void
set_text(struct making *making, const char *name, const char *value)
{
	size_t n = strlen(name), m;
	char *entry;

	if (value == NULL)
		return;
	m = strlen(value);
	entry = get(making, n + m + 2);
	if (entry == NULL)
		return;
	memcpy(entry, name, n);
	entry[n] = '=';
	memcpy(entry + n + 1, value, m + 1);
	set(making, entry);
}

static void
set_number(struct making *making, const char *name, long value)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%ld", value);
	set_text(making, name, text);
}

/* What a reference stands for. Returns the text after it, or NULL if the
 * variable is missing. */
static const char *
reference(
    struct making *making, const char *at, const char **value, size_t *bytes)
{
	const char *name = at + 2, *end = strchr(name, '}');
	const char *dash = strstr(name, ":-");
	size_t n;

	if (end == NULL) {
		/* Not closed: it is text. */
		*value = at;
		*bytes = 2;
		return name;
	}
	if (dash > end)
		dash = NULL;
	n = (size_t)((dash != NULL ? dash : end) - name);
	*value = value_of(making, name, n);
	*bytes = *value == NULL ? 0 : strlen(*value);
	if (dash != NULL && *bytes == 0) {
		*value = dash + 2;
		*bytes = (size_t)(end - *value);
	}
	if (*value == NULL) {
		making->missing = name;
		making->broken = true;
		return NULL;
	}
	return end + 1;
}

/* Writes the text with its references resolved to out, unless that is NULL;
 * returns its length. */
static size_t
resolve(struct making *making, const char *text, char *out)
{
	const char *value, *next;
	size_t n, used = 0;

	while (*text != '\0' && !making->broken) {
		value = text;
		n = 1;
		next = text + 1;
		if (text[0] == '$' && text[1] == '$')
			next = text + 2;
		else if (text[0] == '$' && text[1] == '{')
			next = reference(making, text, &value, &n);
		if (next == NULL)
			break;
		if (out != NULL)
			memcpy(out + used, value, n);
		used += n;
		text = next;
	}
	return used;
}

/* The text itself if there is nothing in it to resolve. NULL stays NULL. */
static char *
expand(struct making *making, char *text)
{
	size_t n;
	char *out;

	if (text == NULL || strchr(text, '$') == NULL)
		return text;
	n = resolve(making, text, NULL);
	out = making->broken ? NULL : get(making, n + 1);
	if (out == NULL)
		return NULL;
	n = resolve(making, text, out);
	out[n] = '\0';
	return out;
}

/* What was said to supd by those who started it is not for its services. */
static bool
is_private(const char *entry)
{
	static const char *const names[] = { "SUPD_",
		"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=",
		"LISTEN_FDS=", "LISTEN_PID=", "LISTEN_FDNAMES=" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strncmp(entry, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

static size_t
count_of(char **list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* A variable whose value only the new process knows: room for any pid. */
static char *
room_for_pid(struct making *making)
{
	static const char entry[] = "WATCHDOG_PID=0000000000";
	char *copy = get(making, sizeof entry);

	if (copy == NULL)
		return NULL;
	memcpy(copy, entry, sizeof entry);
	set(making, copy);
	return copy + sizeof "WATCHDOG_PID=" - 1;
}

static void
set_own(struct making *making, const struct launch_now *now)
{
	set_text(making, "SUPD_NAME", now->name);
	set_text(making, "SUPD_PATH", now->path);
	set_text(making, "SUPD_INSTANCE", now->instance);
	set_number(making, "SUPD_ATTEMPT", (long)now->attempt);
	set_text(making, MARK_NAME, now->run);
	set_text(making, "SUPD_SOCKET", now->socket);
	if (making->prepared->launch->notify)
		set_text(making, "NOTIFY_SOCKET", now->notify_socket);
	if (now->watchdog && making->prepared->launch->watchdog_ms > 0) {
		set_number(making, "WATCHDOG_USEC",
		    (long)making->prepared->launch->watchdog_ms * 1000);
		making->prepared->watchdog_pid = room_for_pid(making);
	}
	if (now->after_end)
		set_number(making,
		    now->end_by_signal ? "SUPD_EXIT_SIGNAL" : "SUPD_EXIT_CODE",
		    now->end_number);
}

static void
make_environment(struct making *making, const struct launch_now *now)
{
	const struct launch *launch = making->prepared->launch;
	size_t own =
	    launch->clear_environment ? 0 : count_of(now->own_environment);
	size_t configured = count_of(launch->environment);
	size_t i;
	char *entry;

	making->vars = get(making,
	    (own + configured + EXTRA_VARIABLES) * sizeof making->vars[0]);
	if (making->vars == NULL)
		return;
	for (i = 0; i < own; i++) {
		if (!is_private(now->own_environment[i]))
			set(making, now->own_environment[i]);
	}
	if (launch->set_user) {
		set_text(making, "HOME", launch->user_home);
		set_text(making, "USER", launch->user_name);
		set_text(making, "LOGNAME", launch->user_name);
		set_text(making, "SHELL", launch->user_shell);
	}
	for (i = 0; i < configured; i++) {
		entry = expand(making, launch->environment[i]);
		if (entry == NULL)
			return;
		set(making, entry);
	}
	set_own(making, now);
	making->vars[making->vars_count] = NULL;
	making->prepared->envp = making->vars;
}

static void
make_arguments(struct making *making, const struct command *command)
{
	struct prepared *prepared = making->prepared;
	size_t i, n = command->count;

	prepared->argv = get(making, (n + 1) * sizeof(char *));
	prepared->script_argv = get(making, (n + 3) * sizeof(char *));
	if (making->broken)
		return;
	for (i = 0; i < n; i++)
		prepared->argv[i] = expand(making, command->words[i]);
	prepared->argv[n] = NULL;
	/* As execvp(3) has it: a file without a format is a shell's script. */
	prepared->script_argv[0] = (char *)(uintptr_t) "/bin/sh";
	prepared->script_argv[1] = prepared->argv[0];
	for (i = 1; i <= n; i++)
		prepared->script_argv[i + 1] = prepared->argv[i];
}

static char *
join(struct making *making, const char *folder, size_t n, const char *name)
{
	size_t m = strlen(name);
	char *path = get(making, n + m + 2);

	if (path == NULL)
		return NULL;
	memcpy(path, folder, n);
	if (n > 0)
		path[n++] = '/';
	memcpy(path + n, name, m + 1);
	return path;
}

static size_t
count_char(const char *text, char c)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == c;
	return n;
}

/* The paths to try; an empty folder in PATH is the current one. */
static void
make_candidates(struct making *making)
{
	char *name = making->prepared->argv[0];
	const char *path = value_of(making, "PATH", 4);
	char **list;
	size_t n, used = 0;

	if (path == NULL)
		path = DEFAULT_PATH;
	list = get(making, (count_char(path, ':') + 2) * sizeof *list);
	if (list == NULL)
		return;
	if (name == NULL || name[0] == '\0' || strchr(name, '/') != NULL) {
		if (name != NULL)
			list[used++] = name;
	} else {
		for (;;) {
			n = strcspn(path, ":");
			list[used++] = join(making, path, n, name);
			if (path[n] == '\0')
				break;
			path += n + 1;
		}
	}
	list[used] = NULL;
	making->prepared->candidates = list;
}

/* Whether our supplementary groups are these, in any order. */
static bool
groups_are(struct making *making, const struct launch *launch)
{
	int n = getgroups(0, NULL);
	size_t i, j;
	gid_t *ours;

	if (n < 0 || n > GROUPS_MAX || (size_t)n != launch->groups_count)
		return false;
	ours = get(making, ((size_t)n + 1) * sizeof *ours);
	if (ours == NULL || getgroups(n, ours) != n)
		return false;
	for (i = 0; i < (size_t)n; i++) {
		for (j = 0; j < (size_t)n; j++) {
			if (ours[i] == launch->groups[j])
				break;
		}
		if (j == (size_t)n)
			return false;
	}
	return true;
}

static void
make_rights(struct making *making)
{
	struct prepared *prepared = making->prepared;
	const struct launch *launch = prepared->launch;
	uid_t real, effective, saved;
	gid_t real_gid, effective_gid, saved_gid;

	(void)getresuid(&real, &effective, &saved);
	(void)getresgid(&real_gid, &effective_gid, &saved_gid);
	if (launch->set_user)
		prepared->do_uid = real != launch->uid ||
				   effective != launch->uid ||
				   saved != launch->uid;
	if (launch->set_user || launch->set_group)
		prepared->do_gid = real_gid != launch->gid ||
				   effective_gid != launch->gid ||
				   saved_gid != launch->gid;
	/* Who stays what we are keeps what we have, if nothing else is said. */
	if (prepared->do_uid || launch->set_groups)
		prepared->do_groups = !groups_are(making, launch);
	rights_prepare(&launch->rights,
	    &(struct rights_user){ prepared->do_uid, launch->uid },
	    &prepared->rights);
	/* Without it only root could be restricted. */
	if (launch->landlock.set || launch->filter.count > 0)
		prepared->rights.no_new_privs = true;
}

static void
make_numbers(struct making *making, const struct launch_now *now)
{
	struct prepared *prepared = making->prepared;
	const struct launch *launch = prepared->launch;

	if (launch->set_oom)
		prepared->oom_bytes = (size_t)snprintf(prepared->oom_text,
		    sizeof prepared->oom_text, "%d", launch->oom_score_adj);
	if (now->own_nofile != NULL && !launch->limit_set[RLIMIT_NOFILE]) {
		prepared->restore_nofile = true;
		prepared->nofile = *now->own_nofile;
	}
	make_rights(making);
	prepared->mounts = sandbox_mounts(&launch->sandbox);
	if (launch->landlock.set)
		prepared->landlock = landlock_handled(landlock_abi());
}

struct prepared *
launch_prepare(const struct launch *launch, const struct launch_now *now,
    int ready_write, const char **missing)
{
	struct making making = { 0 };
	struct prepared *prepared = get(&making, sizeof *prepared);

	*missing = NULL;
	if (prepared == NULL)
		return NULL;
	memset(prepared, 0, sizeof *prepared);
	making.prepared = prepared;
	prepared->launch = launch;
	prepared->ready_write = ready_write;
	make_environment(&making, now);
	if (!making.broken)
		make_arguments(&making, now->command);
	if (!making.broken) {
		make_candidates(&making);
		prepared->directory = expand(&making, launch->directory);
		prepared->stdin_path = expand(&making, launch->stdin_path);
		prepared->log_path = expand(&making, launch->log_path);
		make_numbers(&making, now);
	}
	if (making.broken) {
		*missing = making.missing;
		free_chunks(making.chunks);
		return NULL;
	}
	prepared->chunks = making.chunks;
	return prepared;
}

int
launch_missing_bytes(const char *missing)
{
	return (int)strcspn(missing, ":}");
}

void
prepared_free(struct prepared *prepared)
{
	if (prepared != NULL)
		free_chunks(prepared->chunks);
}
