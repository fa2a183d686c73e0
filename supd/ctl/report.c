#include "ctl/report.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/facts.h"
#include "ctl/usage.h"
#include "lib/errname.h"
#include "lib/str.h"

/*
 * Objects are built key by key. A value that could not be made (NULL) takes
 * the object with it, and what is put into no object is dropped: so one look
 * at the end is enough. Keys are literals.
 */
static void
put(json_t **object, const char *key, json_t *value)
{
	if (*object == NULL) {
		json_decref(value);
	} else if (json_object_set_new_nocheck(*object, key, value) < 0) {
		json_decref(*object);
		*object = NULL;
	}
}

static void
append(json_t **array, json_t *value)
{
	if (*array == NULL) {
		json_decref(value);
	} else if (json_array_append_new(*array, value) < 0) {
		json_decref(*array);
		*array = NULL;
	}
}

/* text with all that is not ASCII replaced. */
static json_t *
plain(const char *text)
{
	char *copy = strdup(text);
	json_t *value;
	char *at;

	if (copy == NULL)
		return NULL;
	for (at = copy; *at != '\0'; at++) {
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	}
	value = json_string(copy);
	free(copy);
	return value;
}

/* text, null where it is NULL. Most of it is UTF-8; the names of files need
 * not be. */
static json_t *
words(const char *text)
{
	if (text == NULL)
		return json_null();
	if (str_utf8(text, strlen(text)) != strlen(text))
		return plain(text);
	return json_string_nocheck(text);
}

static json_t *
seconds(uint64_t ms)
{
	return json_real((double)ms / 1000);
}

static json_t *
time_words(int64_t wall_ms)
{
	char text[FACTS_TEXT];

	facts_time(wall_ms, text, sizeof(text));
	return json_string(text);
}

static json_t *
number_or_null(bool known, int64_t number)
{
	return known ? json_integer(number) : json_null();
}

static json_t *
signal_words(int signo)
{
	char text[FACTS_TEXT];

	facts_signal(signo, text, sizeof(text));
	return json_string(text);
}

static json_t *
errno_words(int number)
{
	char text[ERRNAME_TEXT];

	return json_string(errname_text(number, text));
}

json_t *
report_exit(const struct record_exit *exit)
{
	bool start = exit->end == END_START && exit->step != STEP_NONE;
	int error = start ? exit->number : exit->told;
	char text[FACTS_TEXT];
	json_t *object;

	if (exit->end == END_NONE)
		return json_null();
	object = json_object();
	put(&object, "code",
	    number_or_null(exit->end == END_CODE, exit->number));
	put(&object, "signal",
	    exit->end == END_SIGNAL ? signal_words(exit->number) : json_null());
	put(&object, "core", json_boolean(exit->core));
	put(&object, "oom", json_boolean(exit->oom));
	put(&object, "step",
	    start ? json_string(core_step_text((enum step)exit->step))
		  : json_null());
	put(&object, "errno", error != 0 ? errno_words(error) : json_null());
	facts_exit(exit, text, sizeof(text));
	put(&object, "message", words(text));
	put(&object, "time", time_words(exit->wall_ms));
	return object;
}

/* Nodes. */

static void
put_identity(json_t **object, const struct core *core, const struct plan *plan,
    uint32_t node)
{
	const struct spec *spec = core_spec(core, node);
	const char *parent = spec->parent == SPEC_NONE
				 ? NULL
				 : core_spec(core, spec->parent)->name;

	put(object, "name", words(spec->name));
	put(object, "path", words(plan->nodes[node].path));
	put(object, "kind",
	    json_string(spec->kind == SPEC_SERVICE ? "service" : "supervisor"));
	put(object, "parent", words(parent));
	put(object, "description", words(plan->nodes[node].description));
}

static void
put_state(json_t **object, const struct record *record, struct report_time time)
{
	bool waiting = record->state == STATE_WAITING;
	uint64_t age_ms =
	    time.now_ms > record->since_ms ? time.now_ms - record->since_ms : 0;
	uint64_t left_ms = record->next_try_ms > time.now_ms
			       ? record->next_try_ms - time.now_ms
			       : 0;

	put(object, "state",
	    json_string(core_state_text((enum record_state)record->state)));
	put(object, "ready", json_boolean(record->ready));
	put(object, "degraded", json_boolean(record->degraded));
	put(object, "wanted", json_string(record->wanted ? "up" : "down"));
	put(object, "pid", number_or_null(record->pid > 0, record->pid));
	put(object, "generation", json_integer(record->generation));
	put(object, "restarts", json_integer(record->restarts));
	put(object, "attempt", json_integer(record->attempt));
	put(object, "since", time_words(record->since_wall_ms));
	put(object, "since_s", seconds(age_ms));
	put(object, "next_try_s", waiting ? seconds(left_ms) : json_null());
	put(object, "last_exit", report_exit(&record->exit));
	put(object, "status_text",
	    words(record->status_text[0] == '\0' ? NULL : record->status_text));
}

/* The nodes that it starts after and that are not ready yet. */
static json_t *
waits_for(const struct core *core, uint32_t node)
{
	const struct spec *spec = core_spec(core, node);
	json_t *names = json_array();
	uint32_t i;

	for (i = 0; i < spec->after_count; i++) {
		if (core_waits_for(core, node, spec->after[i]))
			append(&names,
			    words(core_spec(core, spec->after[i])->name));
	}
	return names;
}

/* What the last probe of a service that runs found. */
static json_t *
healthy(const struct spec *spec, const struct record *record)
{
	if (spec->health_failures == 0 || record->state != STATE_RUNNING)
		return json_null();
	return json_boolean(record->ill == 0);
}

static void
put_usage(json_t **object, const struct spec *spec, const struct record *record,
    int cgroups)
{
	struct usage usage;
	bool known =
	    record->pid > 0 && usage_read(cgroups, spec->name, record, &usage);

	put(object, "cpu_s", known ? json_real(usage.cpu_s) : json_null());
	put(object, "memory_bytes",
	    known ? json_integer(usage.memory_bytes) : json_null());
	put(object, "processes",
	    number_or_null(known && usage.processes >= 0, usage.processes));
}

static void
put_rules(json_t **object, const struct spec *spec)
{
	bool group = spec->kind == SPEC_SUPERVISOR;

	put(object, "strategy",
	    group ? json_string(core_strategy_text(spec->strategy))
		  : json_null());
	put(object, "intensity",
	    number_or_null(
		group && spec->intensity != UINT32_MAX, spec->intensity));
	put(object, "period_s", group ? seconds(spec->period_ms) : json_null());
	put(object, "restart", json_string(core_restart_text(spec->restart)));
	put(object, "type",
	    group ? json_null() : json_string(core_type_text(spec->type)));
}

json_t *
report_node(const struct core *core, const struct plan *plan, uint32_t node,
    struct report_time time)
{
	const struct record *record = core_record(core, node);
	json_t *object = json_object();

	put_identity(&object, core, plan, node);
	put_state(&object, record, time);
	put_usage(&object, core_spec(core, node), record, time.cgroups);
	put_rules(&object, core_spec(core, node));
	put(&object, "stale", json_boolean(record->stale));
	put(&object, "waits_for", waits_for(core, node));
	put(&object, "healthy", healthy(core_spec(core, node), record));
	put(&object, "reloading", json_boolean(record->reloading));
	return object;
}

/* Events. What each kind's detail has is written down in supd-protocol(7). */

static void
put_run(json_t **detail, const struct core *core, const struct note *note)
{
	struct facts_run run = facts_run(core, note);

	put(detail, "exit", report_exit(&note->exit));
	put(detail, "pid", number_or_null(run.pid > 0, run.pid));
	put(detail, "ran_s", run.known ? seconds(run.ran_ms) : json_null());
}

/* The group of a restart: from the first to the youngest. */
static json_t *
group_names(const struct core *core, const struct note *note)
{
	uint32_t node = core_by_uid(core, note->first_uid);
	json_t *names = json_array();
	uint32_t i;

	for (i = 0; i < note->count && node != SPEC_NONE; i++) {
		append(&names, words(core_spec(core, node)->name));
		node = core_next_sibling(core, node);
	}
	return names;
}

static void
put_restarting(
    json_t **detail, const struct core *core, const struct note *note)
{
	put(detail, "strategy",
	    json_string(
		core_strategy_text((enum spec_strategy)note->strategy)));
	put(detail, "child", words(facts_name(core, note, note->child_uid)));
	put(detail, "children", group_names(core, note));
}

static void
put_gave_up(json_t **detail, const struct core *core, const struct note *note)
{
	put(detail, "child", words(facts_name(core, note, note->child_uid)));
	put(detail, "restarts", json_integer(note->attempt));
	put(detail, "intensity", json_integer(note->intensity));
	put(detail, "period_s", seconds(note->period_ms));
}

static void
put_status(json_t **detail, const struct core *core, const struct note *note)
{
	uint32_t node = core_by_uid(core, note->uid);
	const char *text =
	    node == SPEC_NONE ? NULL : core_record(core, node)->status_text;

	put(detail, "status_text", words(text));
}

static void
put_health(json_t **detail, const struct note *note)
{
	char text[FACTS_TEXT];

	put(detail, "probe",
	    json_string(core_probe_text((enum record_probe)note->probe)));
	put(detail, "healthy", json_boolean(note->outcome == OUTCOME_GOOD));
	put(detail, "outcome",
	    json_string(core_outcome_text((enum record_outcome)note->outcome)));
	put(detail, "failures", json_integer(note->attempt));
	put(detail, "limit", json_integer(note->count));
	facts_health(note, text, sizeof(text));
	put(detail, "message", words(text));
}

/* Who it was is known of the main process and of hooks alone. */
static void
put_oom(json_t **detail, const struct note *note)
{
	bool main_one = note->exit.oom && note->pid > 0;

	put(detail, "pid", number_or_null(main_one, note->pid));
	put(detail, "kills", json_integer(note->count));
}

static json_t *
note_detail(const struct core *core, const struct note *note)
{
	json_t *detail = json_object();

	put(&detail, "generation", json_integer(note->generation));
	switch ((enum note_kind)note->kind) {
	case NOTE_STARTING:
		put(&detail, "pid", number_or_null(note->pid > 0, note->pid));
		break;
	case NOTE_READY:
		put(&detail, "pid", number_or_null(note->pid > 0, note->pid));
		put(&detail, "took_s", seconds(note->delay_ms));
		break;
	case NOTE_FAILED:
		put_run(&detail, core, note);
		put(&detail, "attempt", json_integer(note->attempt));
		break;
	case NOTE_STOPPED:
	case NOTE_EXITED:
		put_run(&detail, core, note);
		break;
	case NOTE_HOOK:
		put(&detail, "exit", report_exit(&note->exit));
		put(&detail, "pid", number_or_null(note->pid > 0, note->pid));
		break;
	case NOTE_BACKOFF:
		put(&detail, "attempt", json_integer(note->attempt));
		put(&detail, "delay_s", seconds(note->delay_ms));
		break;
	case NOTE_RESTARTING:
		put_restarting(&detail, core, note);
		break;
	case NOTE_GAVE_UP:
		put_gave_up(&detail, core, note);
		break;
	case NOTE_STATUS:
		put_status(&detail, core, note);
		break;
	case NOTE_REQUEST:
		put(&detail, "op",
		    json_string(core_op_text((enum event_op)note->op)));
		break;
	case NOTE_KILL:
		put(&detail, "pid", number_or_null(note->pid > 0, note->pid));
		put(&detail, "after_s", seconds(note->delay_ms));
		break;
	case NOTE_HEALTH:
		put_health(&detail, note);
		break;
	case NOTE_OOM:
		put_oom(&detail, note);
		break;
	case NOTE_STOPPING:
	case NOTE_UPDATE:
	case NOTE_STUCK:
	case NOTE_SHUTDOWN:
	case NOTE_KIND_COUNT:
		break;
	}
	return detail;
}

json_t *
report_note(const struct core *core, const struct plan *plan,
    const struct note *note, struct report_time time)
{
	uint32_t node = core_by_uid(core, note->uid);
	char path[FACTS_PATH];
	json_t *object = json_object();

	(void)time;
	facts_note_path(core, note, path, sizeof(path));
	put(&object, "seq", json_integer((json_int_t)note->seq));
	put(&object, "time", time_words(note->wall_ms));
	put(&object, "node", words(note->name));
	put(&object, "path",
	    words(node == SPEC_NONE ? path : plan->nodes[node].path));
	put(&object, "event",
	    json_string(core_note_text((enum note_kind)note->kind)));
	put(&object, "cause",
	    number_or_null(note->cause != 0, (int64_t)note->cause));
	put(&object, "detail", note_detail(core, note));
	return object;
}

/* Updates. */

static json_t *
names_array(const char *const *names, size_t count)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		append(&array, words(names[i]));
	return array;
}

static json_t *
report_change(const struct change *change, const struct plan *plan)
{
	static const char *const kinds[] = {
		[CHANGE_ADDED] = "added",
		[CHANGE_REMOVED] = "removed",
		[CHANGE_CHANGED] = "changed",
	};
	json_t *object = json_object();

	put(&object, "node", words(plan->specs[change->node].name));
	put(&object, "path", words(plan->nodes[change->node].path));
	put(&object, "change", json_string(kinds[change->kind]));
	put(&object, "keys", names_array(change->keys, change->keys_count));
	put(&object, "restart", json_boolean(change->restart));
	return object;
}

static json_t *
report_diagnosis(
    enum diagnosis_kind kind, const char *file, unsigned line, const char *text)
{
	json_t *object = json_object();

	put(&object, "kind",
	    json_string(kind == DIAGNOSIS_ERROR ? "error" : "warning"));
	put(&object, "file", words(file));
	put(&object, "line", number_or_null(line != 0, line));
	put(&object, "text", words(text));
	return object;
}

json_t *
report_diff(const struct plan_diff *diff, const struct plan *from,
    const struct plan *to)
{
	json_t *changes = json_array(), *warnings = json_array();
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < diff->changes_count; i++) {
		const struct change *change = &diff->changes[i];

		append(
		    &changes, report_change(change,
				  change->kind == CHANGE_REMOVED ? from : to));
	}
	if (diff->fixed)
		append(&warnings,
		    report_diagnosis(DIAGNOSIS_WARNING, NULL, 0,
			"a change of [supd] socket comes into force when supd "
			"is started anew"));
	put(&object, "changes", changes);
	put(&object, "settings",
	    names_array(diff->settings, diff->settings_count));
	put(&object, "warnings", warnings);
	put(&object, "nodes", json_integer(to->count));
	put(&object, "applied", json_false());
	return object;
}

json_t *
report_diagnoses(const struct diagnoses *all)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < all->count; i++)
		append(&array,
		    report_diagnosis(all->list[i].kind, all->list[i].file,
			all->list[i].line, all->list[i].text));
	return array;
}
