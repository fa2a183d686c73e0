#include "conf/judge.h"

#include <string.h>

#include "conf/told.h"
#include "lib/duration.h"

/* A supervisor that restarts for ever leaves its children room to breathe. */
#define BREATH_MS 1000

struct judging {
	struct making *m;
	const struct declared *declared;
	const struct tree *tree;
	const struct plan *plan;
	/* The node looked at, and its parent. */
	const struct section *section;
	const struct spec *spec;
	const struct section *above;
	const struct spec *parent;
};

/* The key's item of the node; NULL: it has its default. */
static struct item *
item_of(const struct judging *j, const struct section *section, enum key_id id)
{
	return declared_item(j->declared, section, id);
}

/* Is the key's value what the configuration means? */
static bool
is_good(const struct judging *j, const struct section *section, enum key_id id)
{
	const struct item *item = item_of(j, section, id);

	return item == NULL || !item->bad;
}

static void warn(const struct judging *, enum key_id, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* At the key's item, or at the section where it has none; once for each
 * item. */
static void
warn(const struct judging *j, enum key_id id, const char *format, ...)
{
	struct item *item = item_of(j, j->section, id);
	unsigned line = item == NULL ? j->section->line : item->line;
	const char *file =
	    item == NULL ? j->section->file : item->section->file;
	va_list list;

	if (item != NULL && item->warned)
		return;
	if (item != NULL)
		item->warned = true;
	va_start(list, format);
	told_list(j->m->out, DIAGNOSIS_WARNING, file, line, format, list);
	va_end(list);
}

static void
judge_significant(const struct judging *j)
{
	if (!j->spec->significant || !is_good(j, j->section, KEY_significant) ||
	    !is_good(j, j->section, KEY_restart))
		return;
	j->m->item = item_of(j, j->section, KEY_significant);
	if (j->spec->restart == RESTART_PERMANENT)
		making_refuse(j->m,
		    "a permanent child never ends for good; restart = "
		    "transient or temporary goes with it");
	else if (j->parent->auto_shutdown == AUTO_SHUTDOWN_NEVER &&
		 is_good(j, j->above, KEY_auto_shutdown))
		making_refuse(j->m,
		    "supervisor '%s' has auto_shutdown = never, so nothing "
		    "would come of it",
		    j->parent->name);
}

static void
judge_on_limit(const struct judging *j)
{
	static const char *const texts[] = { "one_for_one", "one_for_all",
		"rest_for_one" };

	if (j->spec->on_limit != ON_LIMIT_STOP ||
	    j->parent->strategy == STRATEGY_ONE_FOR_ONE ||
	    !is_good(j, j->above, KEY_strategy))
		return;
	j->m->item = item_of(j, j->section, KEY_on_limit);
	making_refuse(j->m,
	    "only below a one_for_one supervisor, and '%s' is %s",
	    j->parent->name, texts[j->parent->strategy]);
}

static void
judge_backoff(const struct judging *j)
{
	const struct spec *spec = j->spec;
	char min[DURATION_TEXT], max[DURATION_TEXT], reset[DURATION_TEXT];

	if (!is_good(j, j->section, KEY_backoff_min) ||
	    !is_good(j, j->section, KEY_backoff_max) ||
	    !is_good(j, j->section, KEY_backoff_reset))
		return;
	duration_text(spec->backoff_min_ms, min);
	duration_text(spec->backoff_max_ms, max);
	duration_text(spec->backoff_reset_ms, reset);
	if (j->parent->intensity == UINT32_MAX &&
	    spec->backoff_max_ms < BREATH_MS) {
		j->m->item = item_of(j, j->section, KEY_backoff_max);
		making_refuse(j->m,
		    "supervisor '%s' has intensity = infinity, so it must be "
		    "1s or longer",
		    j->parent->name);
		return;
	}
	if (spec->backoff_min_ms == 0) {
		if (j->parent->intensity == UINT32_MAX)
			warn(j, KEY_backoff_min,
			    "backoff_min = 0 and intensity = infinity of "
			    "supervisor '%s': a crash loop would run without "
			    "a pause",
			    j->parent->name);
		return;
	}
	if (spec->backoff_min_ms > spec->backoff_max_ms)
		warn(j, KEY_backoff_min,
		    "backoff_min (%s) is longer than backoff_max (%s): every "
		    "delay is %s",
		    min, max, max);
	if (spec->backoff_reset_ms < spec->backoff_max_ms)
		warn(j,
		    item_of(j, j->section, KEY_backoff_reset) != NULL
			? KEY_backoff_reset
			: KEY_backoff_max,
		    "backoff_reset (%s) is shorter than backoff_max (%s): to "
		    "run for %s proves little after such a delay",
		    reset, max, reset);
}

static void
judge_service(const struct judging *j)
{
	const struct spec *spec = j->spec;
	char after[DURATION_TEXT], timeout[DURATION_TEXT];

	if ((spec->success_codes[0] & 1) == 0 &&
	    is_good(j, j->section, KEY_success))
		warn(j, KEY_success,
		    "exit code 0 is not in success, so it counts as a "
		    "failure");
	if (spec->ready != READY_AFTER ||
	    spec->ready_after_ms < spec->start_timeout_ms)
		return;
	warn(j, KEY_ready,
	    "ready = after:%s, but start_timeout ends every start after %s",
	    duration_text(spec->ready_after_ms, after),
	    duration_text(spec->start_timeout_ms, timeout));
}

static void
judge_quiet_end(const struct judging *j)
{
	static const char *const texts[] = { "permanent", "transient",
		"temporary" };

	if (j->spec->restart == RESTART_PERMANENT ||
	    j->spec->auto_shutdown != AUTO_SHUTDOWN_NEVER)
		return;
	warn(j, KEY_restart,
	    "[%s] is %s: if it gives up, it goes with all below it, and "
	    "nothing brings it back or tells its supervisor",
	    j->section->title, texts[j->spec->restart]);
}

static bool
has_significant_child(const struct judging *j, uint32_t number)
{
	const struct tree_node *list = j->tree->list;
	uint32_t child = list[j->tree->order[number]].first_child;

	for (; child != 0; child = list[child].next_sibling)
		if (j->plan->specs[list[child].number].significant)
			return true;
	return false;
}

/* Root, too. */
static void
judge_supervisor(const struct judging *j, uint32_t number)
{
	const struct spec *spec = j->spec;
	char period[DURATION_TEXT];

	if (j->section == NULL)
		return;
	if (spec->auto_shutdown != AUTO_SHUTDOWN_NEVER &&
	    !has_significant_child(j, number))
		warn(j, KEY_auto_shutdown,
		    "[%s] has auto_shutdown, but no significant child",
		    j->section->title);
	/* A process takes about a millisecond to start and to die. */
	if (spec->intensity != UINT32_MAX && spec->intensity > 0 &&
	    spec->period_ms <= spec->intensity &&
	    is_good(j, j->section, KEY_period) &&
	    is_good(j, j->section, KEY_intensity))
		warn(j, KEY_period,
		    "no child can fail more than %u times within %s: [%s] "
		    "would never give up",
		    spec->intensity, duration_text(spec->period_ms, period),
		    j->section->title);
}

static void
judge_as_child(const struct judging *j)
{
	/* Below a parent that is not the one meant, nothing can be said. */
	if (!is_good(j, j->section, KEY_supervisor))
		return;
	judge_significant(j);
	judge_backoff(j);
	if (j->spec->kind == SPEC_SUPERVISOR) {
		judge_quiet_end(j);
	} else {
		judge_on_limit(j);
		judge_service(j);
	}
}

/* The sum of what all supervisors may have to remember. */
static void
judge_marks(const struct judging *j)
{
	uint64_t marks = 0;

	for (uint32_t i = 0; i < j->plan->count; i++) {
		const struct spec *spec = &j->plan->specs[i];
		const struct section *section =
		    j->tree->list[j->tree->order[i]].section;

		if (spec->kind != SPEC_SUPERVISOR ||
		    spec->intensity == UINT32_MAX)
			continue;
		marks += spec->intensity + 1;
		if (marks <= LIMIT_MARKS)
			continue;
		told_error(j->m->out, section == NULL ? NULL : section->file,
		    section == NULL ? 0 : section->line,
		    "the intensities of all supervisors together, each with "
		    "one added, are more than %u",
		    LIMIT_MARKS);
		return;
	}
}

void
judge(struct making *m, const struct declared *declared,
    const struct tree *tree, const struct plan *plan)
{
	struct judging j = {
		.m = m,
		.declared = declared,
		.tree = tree,
		.plan = plan,
	};

	for (uint32_t i = 0; i < plan->count; i++) {
		uint32_t parent = plan->specs[i].parent;

		j.section = tree->list[tree->order[i]].section;
		j.spec = &plan->specs[i];
		if (j.spec->kind == SPEC_SUPERVISOR)
			judge_supervisor(&j, i);
		if (i == 0)
			continue;
		j.parent = &plan->specs[parent];
		j.above = tree->list[tree->order[parent]].section;
		judge_as_child(&j);
	}
	judge_marks(&j);
}
