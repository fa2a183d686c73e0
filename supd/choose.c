#include "choose.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"

static bool
is_glob(const char *word)
{
	return strpbrk(word, "*?[") != NULL;
}

static bool
is_template(const char *word)
{
	return word[0] != '\0' && word[strlen(word) - 1] == '@';
}

static bool
means(const struct plan *plan, const char *word, uint32_t node)
{
	const char *name = plan->specs[node].name;
	const char *path = plan->nodes[node].path;

	if (!is_glob(word))
		return plan->nodes[node].instance != NULL &&
		       str_starts(name, word);
	if (strchr(word, '/') != NULL)
		return fnmatch(word, path, FNM_PATHNAME) == 0;
	return fnmatch(word, name, 0) == 0;
}

static const char *
nearest_of(const struct plan *plan, const char *word)
{
	struct str_guess guess = str_guess(word);
	bool path = strchr(word, '/') != NULL;
	uint32_t node;

	for (node = 0; node < plan->count; node++)
		str_guess_offer(&guess,
		    path ? plan->nodes[node].path : plan->specs[node].name);
	return guess.best;
}

/* Holds a glob or a template against all nodes but the root. */
static bool
mark_walk(const struct plan *plan, const char *word, uint8_t *marks)
{
	uint32_t node;
	bool any = false;

	for (node = 1; node < plan->count; node++) {
		if (means(plan, word, node)) {
			marks[node] = 1;
			any = true;
		}
	}
	return any;
}

/* False: the word means nothing, or choice is excessive by it. */
static bool
mark(const struct plan *plan, const char *word, uint8_t *marks,
    struct choice *choice, size_t *walk_bytes)
{
	uint32_t node;

	if (!is_glob(word)) {
		if (plan_find(plan, word, &node)) {
			marks[node] = 1;
			return true;
		}
		if (!is_template(word))
			return false;
	}
	*walk_bytes += strlen(word);
	if (*walk_bytes > CHOOSE_WALK_BYTES) {
		choice->excessive = true;
		return false;
	}
	return mark_walk(plan, word, marks);
}

static bool
mark_all(const struct plan *plan, const json_t *words, bool known,
    uint8_t *marks, struct choice *choice)
{
	size_t i, walk_bytes = 0;
	const char *word;

	if (json_array_size(words) == 0)
		memset(marks, 1, plan->count);
	for (i = 0; i < json_array_size(words); i++) {
		word = json_string_value(json_array_get(words, i));
		if (word == NULL)
			word = "";
		if (mark(plan, word, marks, choice, &walk_bytes))
			continue;
		if (choice->excessive)
			return false;
		if (known)
			continue;
		choice->unknown = word;
		choice->nearest = nearest_of(plan, word);
		return false;
	}
	return true;
}

/* Parents stand before their children, so one walk hands marks down. 2: by
 * an ancestor. */
static void
hand_down(const struct plan *plan, uint8_t *marks)
{
	uint32_t node;

	for (node = 1; node < plan->count; node++) {
		if (marks[plan->specs[node].parent] != 0)
			marks[node] = 2;
	}
}

static bool
is_chosen(const struct plan *plan, enum choose_how how, const uint8_t *marks,
    uint32_t node)
{
	switch (how) {
	case CHOOSE_TOPMOST:
		return marks[node] == 1;
	case CHOOSE_SERVICES:
		return marks[node] != 0 &&
		       plan->specs[node].kind == SPEC_SERVICE;
	default:
		return marks[node] != 0;
	}
}

static bool
gather(const struct plan *plan, enum choose_how how, uint8_t *marks,
    struct choice *choice)
{
	uint32_t node;

	if (how != CHOOSE_PLAIN)
		hand_down(plan, marks);
	choice->nodes = malloc(plan->count * sizeof(*choice->nodes));
	if (choice->nodes == NULL)
		return false;
	for (node = 0; node < plan->count; node++) {
		if (is_chosen(plan, how, marks, node))
			choice->nodes[choice->count++] = node;
	}
	return true;
}

static bool
choose_from(const struct plan *plan, const json_t *words, bool known,
    enum choose_how how, struct choice *choice)
{
	uint8_t *marks = calloc(plan->count, 1);
	bool ok;

	memset(choice, 0, sizeof(*choice));
	if (marks == NULL)
		return false;
	ok = mark_all(plan, words, known, marks, choice) &&
	     gather(plan, how, marks, choice);
	free(marks);
	return ok;
}

bool
choose(const struct plan *plan, const json_t *words, enum choose_how how,
    struct choice *choice)
{
	return choose_from(plan, words, false, how, choice);
}

bool
choose_known(const struct plan *plan, const json_t *words, enum choose_how how,
    struct choice *choice)
{
	return choose_from(plan, words, true, how, choice);
}

bool
choose_one(const struct plan *plan, const char *word, uint32_t *node,
    const char **nearest)
{
	if (plan_find(plan, word, node))
		return true;
	*nearest = nearest_of(plan, word);
	return false;
}

void
choice_free(struct choice *choice)
{
	free(choice->nodes);
	choice->nodes = NULL;
	choice->count = 0;
}
