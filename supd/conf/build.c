#include "conf/build.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/environ.h"
#include "conf/health.h"
#include "conf/isolation.h"
#include "conf/landlock.h"
#include "conf/person.h"
#include "conf/rights.h"
#include "conf/told.h"
#include "conf/words.h"

bool
making_refuse(struct making *m, const char *format, ...)
{
	char *text = NULL;
	va_list list;

	if (m->item->bad)
		return false;
	m->item->bad = true;
	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	va_end(list);
	told_error(m->out, m->item->section->file, m->item->line,
	    "bad %s '%s' in [%s]: %s", m->item->key,
	    quoted(m->item->value).text, m->item->section->title,
	    text == NULL ? "no memory" : text);
	free(text);
	return false;
}

/* What is wrong is told. A value that could not be read without that must
 * not pass for one that was not given. */
static void
read_item(struct making *m, struct draft *draft, struct item *item)
{
	const struct key *key = &keys[item->id];
	bool good;

	if (item->bad)
		return;
	m->item = item;
	m->text =
	    key->form->expands ? words_expand(m, item->value) : item->value;
	good = m->text != NULL && key->form->read(m, draft, key->offset);
	if (!good && !item->bad)
		arena_fail(m->arena);
}

static void
read_items(
    struct making *m, struct draft *draft, struct item *const items[KEY_COUNT])
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (items[i] != NULL)
			read_item(m, draft, items[i]);
}

static void
begin_draft(struct draft *draft, const char *name)
{
	*draft = (struct draft){
		.spec = {
			.parent = SPEC_NONE,
			.restart = RESTART_PERMANENT,
			.backoff_min_ms = 500,
			.backoff_max_ms = 30 * 1000,
			.backoff_reset_ms = 30 * 1000,
			.backoff_factor_milli = 2000,
			.backoff_jitter_percent = 10,
		},
	};
	snprintf(draft->spec.name, sizeof(draft->spec.name), "%s", name);
}

static void
begin_supervisor(struct draft *draft, const char *name)
{
	struct spec *spec = &draft->spec;

	begin_draft(draft, name);
	spec->kind = SPEC_SUPERVISOR;
	spec->shutdown_ms = SPEC_INFINITE;
	spec->intensity = 5;
	spec->period_ms = 10 * 1000;
}

static void
begin_service(struct draft *draft, const char *name)
{
	struct launch *launch = &draft->node.launch;
	struct spec *spec = &draft->spec;

	begin_draft(draft, name);
	spec->kind = SPEC_SERVICE;
	spec->shutdown_ms = 10 * 1000;
	spec->start_timeout_ms = 60 * 1000;
	spec->autostart = true;
	spec->stop_signal = SIGTERM;
	spec->success_codes[0] = 1;
	launch->reload_signal = SIGHUP;
	launch->umask = -1;
	launch->ready_fd = -1;
	health_begin(&draft->node.health);
}

/* What follows from several keys together. */
static void
finish_type(
    struct making *m, struct draft *draft, struct item *const items[KEY_COUNT])
{
	struct item *ready = items[KEY_ready];
	struct spec *spec = &draft->spec;
	bool own = ready != NULL && !ready->bad &&
		   ready->section->kind != SECTION_DEFAULTS;

	m->item = ready;
	if (spec->type == TYPE_DAEMON) {
		if (spec->ready == READY_EXIT && ready != NULL)
			making_refuse(
			    m, "only a oneshot is ready when it ends");
		return;
	}
	/* A default is meant for daemons: a oneshot has no choice. */
	if (own && spec->ready != READY_EXIT)
		making_refuse(
		    m, "a oneshot is ready when it ends: ready = exit");
	spec->ready = READY_EXIT;
	spec->ready_after_ms = 0;
	draft->node.launch.ready_fd = -1;
	draft->node.launch.notify = false;
	if (items[KEY_restart] == NULL)
		spec->restart = RESTART_TRANSIENT;
}

static void
finish_health(
    struct making *m, struct draft *draft, struct item *const items[KEY_COUNT])
{
	struct item *watchdog = items[KEY_watchdog];
	struct launch *launch = &draft->node.launch;
	struct spec *spec = &draft->spec;

	/* A default is meant for daemons. */
	if (spec->type == TYPE_ONESHOT && spec->watchdog_ms != 0) {
		m->item = watchdog;
		if (watchdog->section->kind != SECTION_DEFAULTS)
			making_refuse(m,
			    "a oneshot is never ready before it ends, and a "
			    "watchdog looks after what is");
		spec->watchdog_ms = 0;
	}
	health_finish(m, draft, items);
	launch->watchdog_ms = spec->watchdog_ms;
	launch->notify |= spec->watchdog_ms != 0;
}

static void
finish_service(struct making *m, const struct section *section,
    struct draft *draft, struct item *const items[KEY_COUNT])
{
	struct launch *launch = &draft->node.launch;
	struct item *user = items[KEY_user];

	finish_type(m, draft, items);
	rights_finish(m, draft, items);
	isolation_finish(m, draft, items);
	landlock_finish(m, draft, items);
	finish_health(m, draft, items);
	draft->spec.pre_start = launch->pre_start.count > 0;
	draft->spec.post_stop = launch->post_stop.count > 0;
	if (items[KEY_command] == NULL && !section->lacks &&
	    section->kind != SECTION_DEFAULTS)
		told_error(m->out, section->file, section->line,
		    "[%s] has no command", section->title);
	m->item = user;
	if (user != NULL && !user->bad) {
		m->text = words_expand(m, user->value);
		if ((m->text == NULL || !person_finish(m, draft)) && !user->bad)
			arena_fail(m->arena);
	}
}

/* The variables of [supd], as they are for the node at hand. */
static void
read_supd_environment(
    struct making *m, const struct declared *d, struct draft *supd)
{
	static const enum key_id ids[] = { KEY_environment_file,
		KEY_environment };

	for (size_t i = 0; i < 2; i++) {
		struct item *item = declared_item(d, d->supd, ids[i]);

		if (item != NULL)
			read_item(m, supd, item);
	}
}

static bool
build_service(struct making *m, const struct declared *d,
    const struct section *section, struct draft *draft)
{
	struct item *items[KEY_COUNT];
	struct draft supd = { 0 };

	declared_items(d, section, items);
	begin_service(draft, m->name);
	read_items(m, draft, items);
	read_supd_environment(m, d, &supd);
	finish_service(m, section, draft, items);
	return environ_finish(m, draft, &supd.more) && !arena_failed(m->arena);
}

static bool
build_supervisor(struct making *m, const struct declared *d,
    const struct section *section, struct draft *draft)
{
	struct item *items[KEY_COUNT];

	declared_items(d, section, items);
	begin_supervisor(draft, m->name);
	read_items(m, draft, items);
	return !arena_failed(m->arena);
}

bool
build_node(struct making *m, const struct declared *d,
    const struct tree_node *node, struct draft *draft)
{
	const struct section *section = node->section;
	struct plan_node *out = &draft->node;

	m->trial = false;
	m->name = node->name;
	m->template = node->template;
	m->instance = node->instance;
	if (section == NULL || section->kind == SECTION_SUPERVISOR) {
		if (!build_supervisor(m, d, section, draft))
			return false;
	} else if (!build_service(m, d, section, draft)) {
		return false;
	}
	if (out->description == NULL)
		out->description = arena_text(m->arena, "");
	if (node->instance != NULL)
		out->instance = arena_text(m->arena, node->instance);
	if (section != NULL) {
		out->file = arena_text(m->arena, section->file);
		out->line = section->line;
	}
	return !arena_failed(m->arena);
}

void
build_trials(struct making *m, const struct declared *d)
{
	struct draft draft;

	m->trial = true;
	m->instance = "1";
	m->name = "defaults";
	m->template = "defaults";
	if (d->defaults != NULL)
		build_service(m, d, d->defaults, &draft);
	for (size_t i = 0; i < d->count; i++) {
		if (d->list[i]->kind != SECTION_TEMPLATE)
			continue;
		m->name = d->list[i]->name;
		m->template = d->list[i]->name;
		build_service(m, d, d->list[i], &draft);
	}
}

static char *
default_socket(struct arena *arena)
{
	const char *folder = secure_getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return arena_text(arena, "/run/supd/supd.sock");
	if (folder != NULL && folder[0] == '/')
		return arena_print(arena, "%s/supd/supd.sock", folder);
	return arena_print(arena, "/tmp/supd-%u/supd.sock", geteuid());
}

static char *
default_log_dir(struct arena *arena)
{
	const char *folder = secure_getenv("XDG_STATE_HOME");
	const char *home = secure_getenv("HOME");

	if (geteuid() == 0)
		return arena_text(arena, "/var/log/supd");
	if (folder != NULL && folder[0] == '/')
		return arena_print(arena, "%s/supd/log", folder);
	if (home != NULL && home[0] == '/')
		return arena_print(arena, "%s/.local/state/supd/log", home);
	return arena_print(arena, "/tmp/supd-%u/log", geteuid());
}

bool
build_settings(
    struct making *m, const struct declared *d, struct plan_settings *settings)
{
	struct item *items[KEY_COUNT];
	struct draft draft = {
		.settings = {
			.log_level = LOG_INFO,
			.log_format = LOG_TEXT,
			.shutdown_deadline_ms = SPEC_INFINITE,
		},
	};

	/* Its environment is tried as that of some service. */
	m->trial = true;
	m->name = "supd";
	m->template = NULL;
	m->instance = NULL;
	declared_items(d, d->supd, items);
	read_items(m, &draft, items);
	*settings = draft.settings;
	if (settings->socket == NULL)
		settings->socket = default_socket(m->arena);
	if (settings->log_dir == NULL)
		settings->log_dir = default_log_dir(m->arena);
	if (settings->cgroup == NULL)
		settings->cgroup = arena_text(m->arena, "auto");
	return !arena_failed(m->arena);
}
