#include "supctl/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
#include "lib/str.h"
#include "supctl/run.h"
#include "supctl/verbs.h"

/* Long options without a letter of their own. */
enum {
	LONG_JSON = 256,
	LONG_NO_COLOR,
	LONG_NO_WAIT,
	LONG_TIMEOUT,
	LONG_WATCH,
	LONG_DRY_RUN,
	LONG_SINCE,
	LONG_FOR,
	LONG_POWEROFF,
	LONG_REBOOT,
	LONG_HALT,
};

static const char letters[] = ":s:qfn:vhV";
static const struct option longs[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "no-color", no_argument, NULL, LONG_NO_COLOR },
	{ "quiet", no_argument, NULL, 'q' },
	{ "no-wait", no_argument, NULL, LONG_NO_WAIT },
	{ "timeout", required_argument, NULL, LONG_TIMEOUT },
	{ "watch", no_argument, NULL, LONG_WATCH },
	{ "dry-run", no_argument, NULL, LONG_DRY_RUN },
	{ "follow", no_argument, NULL, 'f' },
	{ "since", required_argument, NULL, LONG_SINCE },
	{ "for", required_argument, NULL, LONG_FOR },
	{ "poweroff", no_argument, NULL, LONG_POWEROFF },
	{ "reboot", no_argument, NULL, LONG_REBOOT },
	{ "halt", no_argument, NULL, LONG_HALT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const struct {
	enum options_flag flag;
	const char *text;
} flag_texts[] = {
	{ OPTION_WATCH, "--watch" },
	{ OPTION_NO_WAIT, "--no-wait" },
	{ OPTION_TIMEOUT, "--timeout" },
	{ OPTION_DRY_RUN, "--dry-run" },
	{ OPTION_FOLLOW, "-f" },
	{ OPTION_SINCE, "--since" },
	{ OPTION_COUNT, "-n" },
	{ OPTION_FOR, "--for" },
	{ OPTION_VERBOSE, "-v" },
	{ OPTION_MACHINE, "--poweroff, --reboot or --halt" },
};

static int
usage(struct run *run, char *message)
{
	const struct verb *verb = run->options.verb;
	char *all;

	if (verb)
		all = show_format("%s\nUsage: supctl %s%s%s", message,
		    verb->word, *verb->arguments ? " " : "", verb->arguments);
	else
		all = show_format("%s\nAll verbs: supctl help", message);
	free(message);
	return run_fail(run, EXITS_USAGE, "Usage", all);
}

static bool
take_number(const char *text, int64_t *number)
{
	uint64_t value;

	if (!str_number(text, INT64_MAX, &value))
		return false;
	*number = (int64_t)value;
	return true;
}

static bool
take_timeout(const char *text, int64_t *timeout_ms)
{
	uint64_t ms;

	if (!duration_parse(text, &ms))
		return false;
	*timeout_ms = ms > DURATION_MAX ? -1 : (int64_t)ms;
	return true;
}

static bool
take_condition(const char *text, const char **condition)
{
	*condition = text;
	return strcmp(text, "ready") == 0 || strcmp(text, "stopped") == 0 ||
	       strcmp(text, "exited") == 0;
}

/* General options; false if it is none. */
static bool
take_general(struct options *options, int letter)
{
	switch (letter) {
	case 's':
		options->socket = optarg;
		return true;
	case LONG_JSON:
		options->json = true;
		return true;
	case LONG_NO_COLOR:
		options->no_color = true;
		return true;
	case 'q':
		options->quiet = true;
		return true;
	case 'h':
		options->help = true;
		return true;
	case 'V':
		options->version = true;
		return true;
	default:
		return false;
	}
}

static const char *
take_machine(struct options *options, const char *end)
{
	options->given |= OPTION_MACHINE;
	options->contradicts |=
	    options->machine && strcmp(options->machine, end) != 0;
	options->machine = end;
	return NULL;
}

/* Options of verbs; NULL, or what its value should have been. */
static const char *
take_special(struct options *options, int letter)
{
	switch (letter) {
	case LONG_NO_WAIT:
		options->given |= OPTION_NO_WAIT;
		return NULL;
	case LONG_TIMEOUT:
		options->given |= OPTION_TIMEOUT;
		return take_timeout(optarg, &options->timeout_ms)
			   ? NULL
			   : "a duration such as 5s or 1m30s";
	case LONG_WATCH:
		options->given |= OPTION_WATCH;
		return NULL;
	case LONG_DRY_RUN:
		options->given |= OPTION_DRY_RUN;
		return NULL;
	case 'f':
		options->given |= OPTION_FOLLOW;
		return NULL;
	case LONG_SINCE:
		options->given |= OPTION_SINCE;
		return take_number(optarg, &options->since)
			   ? NULL
			   : "the number of an event";
	case 'n':
		options->given |= OPTION_COUNT;
		return take_number(optarg, &options->count) ? NULL : "a number";
	case LONG_FOR:
		options->given |= OPTION_FOR;
		return take_condition(optarg, &options->condition)
			   ? NULL
			   : "ready, stopped or exited";
	case LONG_POWEROFF:
		return take_machine(options, "poweroff");
	case LONG_REBOOT:
		return take_machine(options, "reboot");
	case LONG_HALT:
		return take_machine(options, "halt");
	default:
		options->given |= OPTION_VERBOSE;
		return NULL;
	}
}

static int
read_options(struct run *run, int argc, char **argv)
{
	struct options *options = &run->options;
	const char *wanted;
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (letter == ':')
			return usage(run,
			    show_format("%s needs a value", argv[optind - 1]));
		if (letter == '?')
			return usage(run,
			    optopt > 0 && optopt < 256
				? show_format("unknown option '-%c'", optopt)
				: show_format(
				      "unknown option '%s'", argv[optind - 1]));
		if (take_general(options, letter))
			continue;
		wanted = take_special(options, letter);
		if (wanted)
			return usage(
			    run, show_format("'%s' is not %s", optarg, wanted));
	}
	return 0;
}

static int
find_verb(struct run *run, const char *word)
{
	const struct verb *near;

	run->options.verb = verbs_find(word);
	if (run->options.verb)
		return 0;
	near = verbs_nearest(word);
	if (!near)
		return usage(run, show_format("unknown verb '%s'", word));
	return usage(run, show_format("unknown verb '%s'; did you mean '%s'?",
			      word, near->word));
}

static int
check_verb(struct run *run)
{
	const struct options *options = &run->options;
	const struct verb *verb = options->verb;
	size_t count = sizeof(flag_texts) / sizeof(flag_texts[0]);

	for (size_t i = 0; i < count; i++)
		if (options->given & flag_texts[i].flag & ~verb->options)
			return usage(run, show_format("%s does not take %s",
					      verb->word, flag_texts[i].text));
	if (options->contradicts)
		return usage(run, show_format("--poweroff, --reboot and --halt "
					      "exclude each other"));
	if (options->names_count < verb->fewest)
		return usage(run,
		    show_format("%s of what? A name is missing", verb->word));
	if (options->names_count > verb->most)
		return usage(run, show_format("%s: '%s' is too much",
				      verb->word, options->names[verb->most]));
	for (int i = 0; i < options->names_count; i++) {
		size_t bytes = strlen(options->names[i]);

		if (str_utf8(options->names[i], bytes) != bytes)
			return usage(run, show_format("'%s' is not UTF-8",
					      options->names[i]));
	}
	return 0;
}

int
options_parse(struct run *run, int argc, char **argv)
{
	struct options *options = &run->options;
	int code;

	options->timeout_ms = -1;
	options->count = -1;
	options->condition = "ready";
	code = read_options(run, argc, argv);
	if (code != 0)
		return code;
	options->names = argv + optind;
	options->names_count = argc - optind;
	if (options->version || options->help) {
		options->verb =
		    verbs_find(options->version ? "version" : "help");
		/* `supctl VERB --help` is `supctl help VERB`. */
		if (options->version || options->names_count > 1)
			options->names_count = options->version ? 0 : 1;
		options->given = 0;
		return 0;
	}
	if (options->names_count == 0)
		return usage(run, show_format("what is to be done? Try: "
					      "supctl status"));
	options->names++;
	options->names_count--;
	code = find_verb(run, options->names[-1]);
	return code != 0 ? code : check_verb(run);
}
