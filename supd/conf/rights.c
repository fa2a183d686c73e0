#include "conf/rights.h"

#include <string.h>

#include "conf/told.h"
#include "lib/str.h"
#include "os/rights.h"

#define NAME_BYTES 64

static bool
refuse_name(struct making *m, const char *word)
{
	struct str_guess guess = str_guess(word);
	char name[NAME_BYTES];

	for (int n = 0; rights_name(n, name, sizeof(name)); n++) {
		char *copy = arena_text(m->arena, name);

		if (copy == NULL)
			return false;
		str_guess_offer(&guess, copy);
		/* Whoever leaves it out is told that it belongs there. */
		if (strcmp(copy + strlen("cap_"), word) == 0)
			return making_refuse(m,
			    "there is no capability '%s'; did you mean %s?",
			    quoted(word).text, copy);
	}
	if (guess.best == NULL)
		return making_refuse(
		    m, "there is no capability '%s'", quoted(word).text);
	return making_refuse(m, "there is no capability '%s'; did you mean %s?",
	    quoted(word).text, guess.best);
}

/* The capabilities that making->text names. False: told, or no memory. */
static bool
read_mask(struct making *m, uint64_t *mask)
{
	const char *cursor = m->text, *word;
	size_t n;

	*mask = 0;
	while ((word = str_word(&cursor, &n)) != NULL) {
		char *copy = arena_copy(m->arena, word, n);
		int number;

		if (copy == NULL)
			return false;
		number = rights_number(copy);
		if (number < 0)
			return refuse_name(m, copy);
		*mask |= UINT64_C(1) << number;
	}
	return true;
}

static bool
read_capabilities(struct making *m, struct draft *draft, size_t offset)
{
	struct rights *rights = &draft->node.launch.rights;

	(void)offset;
	rights->set_ambient = read_mask(m, &rights->ambient);
	return rights->set_ambient;
}

static bool
same_capabilities(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct rights *x = &a->node.launch.rights;
	const struct rights *y = &b->node.launch.rights;

	(void)offset;
	return x->set_ambient == y->set_ambient && x->ambient == y->ambient;
}
const struct form form_capabilities = { read_capabilities, same_capabilities,
	false };

static bool
read_bounding(struct making *m, struct draft *draft, size_t offset)
{
	struct rights *rights = &draft->node.launch.rights;

	(void)offset;
	rights->set_bounding = read_mask(m, &rights->bounding);
	return rights->set_bounding;
}

static bool
same_bounding(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct rights *x = &a->node.launch.rights;
	const struct rights *y = &b->node.launch.rights;

	(void)offset;
	return x->set_bounding == y->set_bounding && x->bounding == y->bounding;
}
const struct form form_bounding_set = { read_bounding, same_bounding, false };

static bool
refuse_securebit(struct making *m, const char *word)
{
	struct str_guess guess = str_guess(word);
	const char *name;

	for (unsigned i = 0; (name = rights_securebit_name(i)) != NULL; i++)
		str_guess_offer(&guess, name);
	if (guess.best != NULL)
		return making_refuse(m,
		    "there is no securebit '%s'; did you mean %s?",
		    quoted(word).text, guess.best);
	return making_refuse(m,
	    "there is no securebit '%s'; there are keep-caps, "
	    "no-setuid-fixup, noroot, no-cap-ambient-raise, and each with "
	    "-locked",
	    quoted(word).text);
}

static bool
read_securebits(struct making *m, struct draft *draft, size_t offset)
{
	struct rights *rights = &draft->node.launch.rights;
	const char *cursor = m->text, *word;
	size_t n;

	(void)offset;
	rights->securebits = 0;
	while ((word = str_word(&cursor, &n)) != NULL) {
		char *copy = arena_copy(m->arena, word, n);
		unsigned bit;

		if (copy == NULL)
			return false;
		bit = rights_securebit(copy);
		if (bit == 0)
			return refuse_securebit(m, copy);
		rights->securebits |= bit;
	}
	rights->set_securebits = true;
	return true;
}

static bool
same_securebits(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct rights *x = &a->node.launch.rights;
	const struct rights *y = &b->node.launch.rights;

	(void)offset;
	return x->set_securebits == y->set_securebits &&
	       x->securebits == y->securebits;
}
const struct form form_securebits = { read_securebits, same_securebits, false };

/* The name of the lowest of the mask. */
static const char *
first_of(uint64_t mask, char name[NAME_BYTES])
{
	int n = 0;

	while (n < 63 && (mask >> n & 1) == 0)
		n++;
	if (!rights_name(n, name, NAME_BYTES))
		memcpy(name, "it", sizeof("it"));
	return name;
}

/* What landlock and filters take away must not come back by a set-user-ID
 * program; so no_new_privs is set with them, and can't be refused. */
static void
finish_no_new_privs(struct making *m, const struct draft *draft,
    struct item *const items[KEY_COUNT])
{
	const struct launch *launch = &draft->node.launch;

	m->item = items[KEY_no_new_privs];
	if (m->item == NULL || m->item->bad || launch->rights.no_new_privs ||
	    m->item->section->kind == SECTION_DEFAULTS)
		return;
	if (launch->landlock.set)
		making_refuse(m, "landlock needs it");
	else if (launch->filter.count > 0)
		making_refuse(m, "syscall_filter needs it");
}

void
rights_finish(struct making *m, const struct draft *draft,
    struct item *const items[KEY_COUNT])
{
	const struct rights *rights = &draft->node.launch.rights;
	uint64_t beyond = rights->ambient & ~rights_permitted();
	uint64_t outside = rights->ambient & ~rights->bounding;
	char name[NAME_BYTES];

	finish_no_new_privs(m, draft, items);
	if (!rights->set_ambient || rights->ambient == 0)
		return;
	m->item = items[KEY_capabilities];
	if (rights->set_bounding && outside != 0)
		making_refuse(
		    m, "bounding_set lacks %s", first_of(outside, name));
	else if (rights->set_securebits &&
		 rights_forbids_ambient(rights->securebits))
		making_refuse(m,
		    "securebits has no-cap-ambient-raise, so none could be "
		    "given");
	else if (beyond != 0)
		making_refuse(m,
		    "supd itself does not have %s, so it can't give it",
		    first_of(beyond, name));
}
