#include "shrink.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>

#define TRIES_MAX 4000u

/* Where a signal of a broken core leads to; the one thing a handler can be
 * told only by a global. */
static sigjmp_buf broken;

static void
on_broken(int signal_number)
{
	siglongjmp(broken, signal_number);
}

bool
shrink_guarded(
    struct play *play, struct scenario *scenario, uint32_t deeds, FILE *trace)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGFPE, SIGBUS };
	struct sigaction action = { .sa_handler = on_broken };
	int number;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
	number = sigsetjmp(broken, 1);
	if (number == 0)
		return play_run(play, scenario, deeds, trace);
	play->fault[0] = '\0';
	play_fault(play, "the core dies by signal %d", number);
	scenario->written = true;
	return false;
}

/* The rule in a fault: its words, without names and numbers. */
static void
rule_of(const char *fault, char *rule, size_t size)
{
	size_t n = 0;
	const char *p = fault;

	while (*p && n + 1 < size) {
		if ((*p == 'n' || *p == 'g') && p[1] >= '0' && p[1] <= '9')
			p++;
		else if (*p >= '0' && *p <= '9')
			p++;
		else
			rule[n++] = *p++;
	}
	rule[n] = '\0';
}

static bool
fails(struct play *play, struct shrunk *s, const struct scenario *scenario)
{
	char before[280], now[280];
	static const uint32_t all = PLAY_DEEDS;
	struct scenario copy = *scenario;

	s->tries++;
	copy.written = true;
	if (shrink_guarded(play, &copy, all, NULL))
		return false;
	rule_of(s->fault, before, sizeof(before));
	rule_of(play->fault, now, sizeof(now));
	return strcmp(before, now) == 0;
}

/* Without count deeds from one on. */
static bool
without_deeds(
    struct play *play, struct shrunk *s, uint32_t from, uint32_t count)
{
	struct scenario less = s->scenario;
	uint32_t rest = less.deeds - from - count;

	memmove(&less.deed[from], &less.deed[from + count],
	    rest * sizeof(less.deed[0]));
	less.deeds -= count;
	if (!fails(play, s, &less))
		return false;
	s->scenario = less;
	memmove(
	    &s->kept[from], &s->kept[from + count], rest * sizeof(s->kept[0]));
	return true;
}

static bool
fewer_deeds(struct play *play, struct shrunk *s)
{
	bool better = false;

	for (uint32_t size = (s->scenario.deeds + 1) / 2; size > 0; size /= 2) {
		uint32_t from = s->scenario.deeds;

		while (from >= size && s->tries < TRIES_MAX) {
			from -= size;
			better |= without_deeds(play, s, from, size);
		}
	}
	return better;
}

static bool
fewer_nodes(struct play *play, struct shrunk *s)
{
	bool better = false;

	for (uint32_t number = 1; number < FOREST_NAMES; number++) {
		struct scenario less = s->scenario;

		less.without |= 1ull << number;
		if (less.without == s->scenario.without ||
		    !fails(play, s, &less))
			continue;
		s->scenario = less;
		better = true;
	}
	return better;
}

static bool
fewer_features(struct play *play, struct shrunk *s)
{
	bool better = false;

	for (uint32_t plain = 0; plain < PLAIN_COUNT; plain++) {
		struct scenario less = s->scenario;

		less.plain |= 1u << plain;
		if (less.plain == s->scenario.plain || !fails(play, s, &less))
			continue;
		s->scenario = less;
		better = true;
	}
	return better;
}

void
shrink(struct play *play, const struct scenario *scenario, const char *fault,
    struct shrunk *s)
{
	bool better = true;

	s->scenario = *scenario;
	s->scenario.written = true;
	s->tries = 0;
	snprintf(s->fault, sizeof(s->fault), "%s", fault);
	for (uint32_t i = 0; i < scenario->deeds; i++)
		s->kept[i] = i;
	while (better && s->tries < TRIES_MAX) {
		better = fewer_deeds(play, s);
		better |= fewer_nodes(play, s);
		better |= fewer_features(play, s);
	}
}
