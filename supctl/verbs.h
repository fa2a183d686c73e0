/*
 * verbs: what supctl can do. The table is verbs.def; each function is in the
 * file of its first word and returns supctl's exit code.
 */
#ifndef SUPCTL_VERBS_H
#define SUPCTL_VERBS_H

#include <limits.h>

#include "supctl/run.h"

#define VERBS_MANY INT_MAX

struct verb {
	const char *word;
	int (*run)(struct run *);
	const char *arguments;
	int fewest;
	int most;
	unsigned options; /* enum options_flag */
	const char *about;
};

#define VERB(word, function, arguments, fewest, most, options, about) \
	int function(struct run *);
#include "supctl/verbs.def"
#undef VERB

extern const struct verb verbs[];
extern const int verbs_count;

/* NULL if there is none of that word. */
const struct verb *verbs_find(const char *word);
/* The verb that word may have been meant to be; NULL if none is near. */
const struct verb *verbs_nearest(const char *word);

#endif
