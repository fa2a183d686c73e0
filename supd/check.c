#include "check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/plan.h"

#define EXIT_CONFIG 78
#define EXIT_MEMORY 71

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
print_diagnoses(const struct diagnoses *found)
{
	size_t listed = found->errors + found->warnings;

	for (size_t i = 0; i < found->count; i++) {
		char *line = diagnosis_line(&found->list[i]);

		if (line != NULL)
			fprintf(stderr, "%s\n", line);
		free(line);
	}
	if (listed > found->count)
		fprintf(stderr, "... and %zu more\n", listed - found->count);
}

static void
print_summary(const struct plan *plan, const struct diagnoses *found)
{
	uint32_t services = 0;

	if (plan == NULL) {
		fprintf(stderr, "the configuration is bad: %zu error%s\n",
		    found->errors, plural(found->errors));
		return;
	}
	for (uint32_t i = 0; i < plan->count; i++)
		services += plan->specs[i].kind == SPEC_SERVICE;
	printf("the configuration is good: %u node%s (%u supervisor%s, %u "
	       "service%s)",
	    plan->count, plural(plan->count), plan->count - services,
	    plural(plan->count - services), services, plural(services));
	if (found->warnings > 0)
		printf(", %zu warning%s", found->warnings,
		    plural(found->warnings));
	printf("\n");
}

static json_t *
diagnosis_json(const struct diagnosis *one)
{
	return json_pack("{s:s, s:s?, s:o, s:s}", "kind",
	    one->kind == DIAGNOSIS_ERROR ? "error" : "warning", "file",
	    one->file, "line",
	    one->line == 0 ? json_null() : json_integer(one->line), "text",
	    one->text == NULL ? "out of memory" : one->text);
}

static int
print_json(const struct plan *plan, const struct diagnoses *found)
{
	json_t *list = json_array(), *all;
	int bad = 0;

	for (size_t i = 0; i < found->count; i++)
		bad |= json_array_append_new(
		    list, diagnosis_json(&found->list[i]));
	all = json_pack("{s:b, s:I, s:I, s:I, s:o}", "valid", plan != NULL,
	    "nodes", (json_int_t)(plan == NULL ? 0 : plan->count), "errors",
	    (json_int_t)found->errors, "warnings", (json_int_t)found->warnings,
	    "diagnoses", list);
	if (bad != 0 || all == NULL ||
	    json_dumpf(all, stdout, JSON_COMPACT) != 0) {
		json_decref(all);
		return -1;
	}
	printf("\n");
	json_decref(all);
	return 0;
}

int
check_run(const char *const *paths, size_t count, bool json)
{
	struct diagnoses found = { 0 };
	struct plan *plan = conf_read((char *const *)paths, count, &found);
	int code = plan != NULL ? 0 : EXIT_CONFIG;

	if (plan == NULL && found.errors == 0) {
		fprintf(stderr, "supd: out of memory\n");
		code = EXIT_MEMORY;
	} else if (json) {
		if (print_json(plan, &found) != 0)
			code = EXIT_MEMORY;
	} else {
		print_diagnoses(&found);
		print_summary(plan, &found);
	}
	plan_free(plan);
	diagnoses_free(&found);
	return code;
}
