/*
 * sim: plays scenarios from a seed until enough steps were made or a rule is
 * broken; then it shrinks the scenario and tells it. See docs/simulation.md.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "play.h"
#include "shrink.h"

struct options {
	uint64_t seed, steps, trees;
	uint32_t deeds; /* 0: as the seed says */
	uint64_t without;
	uint32_t plain;
	bool trace, bound, plainly, keep_going;
	bool only[PLAY_DEEDS], some;
};

struct sums {
	uint64_t trees, steps, sharp, crashes, updates, faults;
};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: sim [--seed S] [--steps N] [--trees T] [--deeds D]\n"
	    "           [--trace] [--no-shrink] [--keep-going] [--bound]\n"
	    "           [--only N,N-N...] [--without N,...] [--plain MASK]\n");
	exit(2);
}

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (*text == '\0' || *end != '\0')
		usage();
	return value;
}

/* "3,5-7": calls of each number below size. */
static void
list_parse(const char *text, bool *list, uint32_t size)
{
	while (*text) {
		char *end;
		unsigned long from = strtoul(text, &end, 10), to = from;

		if (end == text)
			usage();
		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		for (; from <= to && from < size; from++)
			list[from] = true;
		if (*end == ',')
			end++;
		else if (*end != '\0')
			usage();
		text = end;
	}
}

static void
without_parse(const char *text, uint64_t *mask)
{
	bool list[FOREST_NAMES] = { false };

	list_parse(text, list, FOREST_NAMES);
	for (uint32_t i = 0; i < FOREST_NAMES; i++)
		if (list[i])
			*mask |= 1ull << i;
}

static void
options_parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "steps", required_argument, NULL, 'n' },
		{ "trees", required_argument, NULL, 't' },
		{ "deeds", required_argument, NULL, 'd' },
		{ "trace", no_argument, NULL, 'v' },
		{ "shrink", no_argument, NULL, 'h' },
		{ "no-shrink", no_argument, NULL, 'x' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ "bound", no_argument, NULL, 'b' },
		{ "only", required_argument, NULL, 'o' },
		{ "without", required_argument, NULL, 'w' },
		{ "plain", required_argument, NULL, 'p' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			o->seed = number(optarg);
			break;
		case 'n':
			o->steps = number(optarg);
			break;
		case 't':
			o->trees = number(optarg);
			break;
		case 'd':
			o->deeds = (uint32_t)number(optarg);
			break;
		case 'v':
			o->trace = true;
			break;
		case 'h':
			o->plainly = false;
			break;
		case 'x':
			o->plainly = true;
			break;
		case 'k':
			o->keep_going = true;
			break;
		case 'b':
			o->bound = true;
			break;
		case 'o':
			o->some = true;
			list_parse(optarg, o->only, PLAY_DEEDS);
			break;
		case 'w':
			without_parse(optarg, &o->without);
			break;
		case 'p':
			o->plain = (uint32_t)number(optarg);
			break;
		default:
			usage();
		}
	}
	if (optind != argc || o->deeds > PLAY_DEEDS)
		usage();
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
put_numbers(const char *option, const uint32_t *numbers, uint32_t count)
{
	if (count == 0)
		return;
	printf(" %s ", option);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t last = i;

		while (
		    last + 1 < count && numbers[last + 1] == numbers[last] + 1)
			last++;
		printf("%s%u", i ? "," : "", numbers[i]);
		if (last > i)
			printf("-%u", numbers[last]);
		i = last;
	}
}

/* The command that plays what is left. */
static void
put_command(const struct shrunk *s, uint32_t deeds)
{
	uint32_t nodes[FOREST_NAMES], count = 0;

	for (uint32_t i = 0; i < FOREST_NAMES; i++)
		if (s->scenario.without >> i & 1)
			nodes[count++] = i;
	printf("again: sim --seed %" PRIu64 " --trees 1 --deeds %u --trace",
	    s->scenario.seed, deeds);
	if (s->scenario.deeds > 0)
		put_numbers("--only", s->kept, s->scenario.deeds);
	else
		printf(" --only %u", PLAY_DEEDS);
	put_numbers("--without", nodes, count);
	if (s->scenario.plain)
		printf(" --plain %u", s->scenario.plain);
	printf("\n");
}

static void
tell_shrunk(struct play *play, const struct scenario *scenario,
    const char *fault, uint32_t deeds)
{
	struct shrunk *s = calloc(1, sizeof(*s));
	int stderr_kept = dup(2);

	if (s == NULL || freopen("/dev/null", "w", stderr) == NULL)
		return;
	shrink(play, scenario, fault, s);
	dup2(stderr_kept, 2);
	close(stderr_kept);
	printf("shrunk from %u deeds to %u in %u tries:\n\n", scenario->deeds,
	    s->scenario.deeds, s->tries);
	shrink_guarded(play, &s->scenario, PLAY_DEEDS, stdout);
	printf("\nbroken: %s\n", play->fault);
	put_command(s, deeds);
	free(s);
}

static bool
play_one(struct play *play, const struct options *o, uint64_t seed,
    struct scenario *scenario)
{
	uint32_t deeds =
	    o->deeds ? o->deeds : 20 + (uint32_t)(rng_mix(seed, 7) % 300);
	uint32_t kept = 0;
	bool good;

	memset(scenario, 0, offsetof(struct scenario, deed));
	scenario->seed = seed;
	good = shrink_guarded(play, scenario, deeds,
	    o->trace && !o->some && !o->without && !o->plain ? stdout : NULL);
	if (o->some || o->without || o->plain) {
		for (uint32_t i = 0; i < scenario->deeds; i++)
			if (!o->some || o->only[i])
				scenario->deed[kept++] = scenario->deed[i];
		scenario->deeds = kept;
		scenario->written = true;
		scenario->without = o->without;
		scenario->plain = o->plain;
		good = shrink_guarded(
		    play, scenario, deeds, o->trace ? stdout : NULL);
	}
	if (good)
		return true;
	printf("broken: %s\nseed: %" PRIu64 ", tree of %u nodes\n", play->fault,
	    seed, play->forest->count);
	if (!o->plainly && !o->some) {
		char fault[sizeof(play->fault)];

		memcpy(fault, play->fault, sizeof(fault));
		tell_shrunk(play, scenario, fault, deeds);
	}
	return false;
}

static void
play_all(struct play *play, const struct options *o, struct sums *sums)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));

	while (scenario && sums->trees < o->trees && sums->steps < o->steps) {
		uint64_t seed =
		    sums->trees ? rng_mix(o->seed, sums->trees) : o->seed;
		bool good = play_one(play, o, seed, scenario);

		sums->trees++;
		sums->steps += play->steps;
		sums->sharp += play->steps_sharp;
		sums->crashes += play->crashes;
		sums->updates += play->updates;
		sums->faults += !good;
		if (!good && !o->keep_going)
			break;
	}
	free(scenario);
}

int
main(int argc, char **argv)
{
	static struct options o = {
		.seed = 1, .steps = 1000000, .trees = UINT64_MAX
	};
	struct sums sums = { 0 };
	struct play *play = play_new();
	double begin = seconds(), took;

	options_parse(&o, argc, argv);
	if (o.bound) {
		o.seed = 1;
		o.steps = 300000;
	}
	play_all(play, &o, &sums);
	took = seconds() - begin;
	printf("%s: seed %" PRIu64 ", %" PRIu64 " trees, %" PRIu64
	       " steps, %.0f steps/s, %.0f%% compared with the model, %" PRIu64
	       " crashes of the engine, %" PRIu64 " updates, %" PRIu64
	       " failures\n",
	    sums.faults ? "not ok" : "ok", o.seed, sums.trees, sums.steps,
	    (double)sums.steps / took,
	    100.0 * (double)sums.sharp / (double)(sums.steps + !sums.steps),
	    sums.crashes, sums.updates, sums.faults);
	play_free(play);
	return sums.faults ? 1 : 0;
}
