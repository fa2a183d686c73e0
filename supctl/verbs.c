#include "supctl/verbs.h"

#include <string.h>

#include "lib/str.h"

#define VERB(word, function, arguments, fewest, most, options, about) \
	{ word, function, arguments, fewest, most, options, about },
const struct verb verbs[] = {
#include "supctl/verbs.def"
};
#undef VERB

const int verbs_count = sizeof(verbs) / sizeof(verbs[0]);

const struct verb *
verbs_find(const char *word)
{
	for (int i = 0; i < verbs_count; i++)
		if (strcmp(verbs[i].word, word) == 0)
			return &verbs[i];
	return NULL;
}

const struct verb *
verbs_nearest(const char *word)
{
	struct str_guess guess = str_guess(word);

	for (int i = 0; i < verbs_count; i++)
		str_guess_offer(&guess, verbs[i].word);
	return guess.best ? verbs_find(guess.best) : NULL;
}
