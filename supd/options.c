#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/duration.h"
#include "lib/log.h"
#include "lib/signame.h"
#include "lib/version.h"

#define EXIT_USAGE 2
#define EXIT_SYSTEM 71

#define GRACE_MS 3000
/* tini's: 0 errors, 1 warnings, 2 what it does, 3 all. */
#define VERBOSITY 1

enum long_option {
	OPT_CHECK = 256,
	OPT_JSON,
	OPT_INIT,
	OPT_INTENSITY,
	OPT_PERIOD,
	OPT_VERSION,
	OPT_GRACE,
};

#define TREE_LETTERS "+c:hV"
#define COMMAND_LETTERS "+cghle:p:r:svwV"
/* Both, as a line for a tree has them where they differ. */
#define ALL_LETTERS "+c:ghle:p:r:svwV"

/* clang-format off */
#define TREE_OPTIONS \
	{ "config", required_argument, NULL, 'c' }, \
	{ "check", no_argument, NULL, OPT_CHECK }, \
	{ "json", no_argument, NULL, OPT_JSON }, \
	{ "engine-intensity", required_argument, NULL, OPT_INTENSITY }, \
	{ "engine-period", required_argument, NULL, OPT_PERIOD },
#define COMMON_OPTIONS \
	{ "init", no_argument, NULL, OPT_INIT }, \
	{ "help", no_argument, NULL, 'h' }, \
	{ "version", no_argument, NULL, OPT_VERSION },
#define COMMAND_OPTIONS \
	{ "grace", required_argument, NULL, OPT_GRACE }, \
	{ "rewrite", required_argument, NULL, 'r' }, \
	{ "single-child", no_argument, NULL, 'C' }, \
	{ "verbose", no_argument, NULL, 'v' },
/* clang-format on */

static const struct option tree_options[] = { TREE_OPTIONS COMMON_OPTIONS{
    NULL, 0, NULL, 0 } };
static const struct option command_options[] = { COMMON_OPTIONS COMMAND_OPTIONS{
    NULL, 0, NULL, 0 } };
static const struct option all_options[] = {
	TREE_OPTIONS COMMON_OPTIONS COMMAND_OPTIONS{ NULL, 0, NULL, 0 }
};

static const char tree_usage[] =
    "usage: supd [-c PATH]... [--init] [--engine-intensity N] "
    "[--engine-period TIME]\n"
    "       supd --check [--json] [-c PATH]...\n"
    "       supd [OPTION]... -- COMMAND [ARGUMENT]...\n"
    "       supd --version | --help\n"
    "\n"
    "Runs the supervision tree that the *.conf files of a folder, or single\n"
    "files, declare, in the foreground. See supd(8) and supd.conf(5).\n"
    "\n"
    "  -c, --config PATH       a file or a folder; may be given many times\n"
    "      --check             check the configuration and start nothing\n"
    "      --json              the result of --check as JSON\n"
    "      --init              as with PID 1: signals and orphans are handled\n"
    "                          so in any case; accepted for clarity\n"
    "      --engine-intensity N, --engine-period TIME\n"
    "                          the engine dying more often than N times in\n"
    "                          TIME is hopeless (5 in 10s; N may be infinity)\n"
    "  -h, --help              this text\n"
    "  -V, --version           the version\n"
    "\n";

static const char command_usage[] =
    "usage: supd [OPTION]... -- COMMAND [ARGUMENT]...\n"
    "\n"
    "Runs one command as its init: passes signals on, reaps orphans, ends\n"
    "what is left, and leaves with the command's exit code.\n"
    "\n"
    "  -g                      signals go to the command's process group\n"
    "  -c, --single-child      signals go to the command alone\n"
    "  -r, --rewrite S:R       pass signal R on in place of S; 0: none\n"
    "  -e CODE                 leave with 0 in place of CODE; many times\n"
    "  -p SIGNAL               get this signal when the parent dies\n"
    "  -s                      be a child subreaper where not PID 1\n"
    "  -w                      warn of every orphan that is reaped\n"
    "      --grace TIME        between TERM and KILL, when TERM comes and for\n"
    "                          what the command leaves behind (3s)\n"
    "  -v, --verbose           say more; -vv, -vvv\n"
    "  -l                      the licence\n"
    "  -h, --help              this text\n"
    "  -V, --version           the version\n";

static const char licence[] =
    "supd is free software under the ISC licence: use, copy, modify and\n"
    "distribute it for any purpose, with or without fee, provided that the\n"
    "copyright notice stays. It comes with no warranty of any kind.\n";

/* How supd is called. */
enum guise { AS_SUPD, AS_TINI, AS_DUMB_INIT, AS_INIT };

static enum guise
guise_of(const char *name)
{
	const char *slash;

	if (name == NULL)
		return AS_SUPD;
	slash = strrchr(name, '/');
	if (slash != NULL)
		name = slash + 1;
	if (strcmp(name, "tini") == 0 || strcmp(name, "tini-static") == 0 ||
	    strcmp(name, "docker-init") == 0)
		return AS_TINI;
	/* Whoever says `init 6` to a machine does not mean another tree. */
	if (strcmp(name, "init") == 0 && getpid() == 1)
		return AS_INIT;
	return strcmp(name, "dumb-init") == 0 ? AS_DUMB_INIT : AS_SUPD;
}

static int
wrong_use(const char *what, const char *value)
{
	fprintf(stderr, "supd: %s '%s'\n", what, value);
	fprintf(stderr, "supd: try 'supd --help'\n");
	return EXIT_USAGE;
}

/* A number of digits alone, at most most. */
static bool
parse_number(const char *text, unsigned long most, unsigned long *value)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || *text < '0' || *text > '9' ||
	    n > most)
		return false;
	*value = n;
	return true;
}

static int
show_version(void)
{
	/* Container engines look for the second name and its version. */
	puts("supd " SUPD_VERSION " (in place of tini version 0.19.0)");
	return 0;
}

/* Which kind of line it is. */

static bool
is_for_command(int argc, char **argv)
{
	int option;

	/* Options that are wrong are told by whose turn it then is. */
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(
		    argc, argv, ALL_LETTERS, all_options, NULL)) != -1) {
		if (option == 'c' && strcmp(optarg, "--") == 0)
			return true;
		if (option == OPT_GRACE ||
		    (option < 256 && strchr("cVh?", option) == NULL))
			return true;
	}
	return optind < argc ||
	       (optind > 1 && strcmp(argv[optind - 1], "--") == 0);
}

/*
 * Under the name that the kernel looks for by itself, nobody has said which
 * words of its command line are for us: it hands on all that it does not know,
 * as `splash` and `rhgb`. Only a `--`, which it would have taken out, makes a
 * command of them. Returns how many arguments are left.
 */
static int
drop_words(int argc, char **argv)
{
	int n;

	for (n = 1; n < argc; n++) {
		if (strcmp(argv[n], "--") == 0)
			return argc;
	}
	opterr = 0;
	optind = 0;
	/* Without the `+` it moves all words behind the options. */
	while (
	    getopt_long(argc, argv, ALL_LETTERS + 1, all_options, NULL) != -1)
		continue;
	for (n = optind; n < argc; n++)
		log_warn("called as init, supd runs no command without --: "
			 "'%s' is passed over",
		    argv[n]);
	argv[optind] = NULL;
	return optind;
}

static void
begin_again(void)
{
	opterr = 1;
	optind = 0;
}

/* A line for a tree. */

static bool
parse_intensity(const char *text, uint32_t *value)
{
	unsigned long n;

	if (strcmp(text, "infinity") == 0) {
		*value = UINT32_MAX;
		return true;
	}
	if (!parse_number(text, 1000, &n) || n < 1)
		return false;
	*value = (uint32_t)n;
	return true;
}

static int
take_tree_option(int option, struct options *o)
{
	switch (option) {
	case 'c':
		o->paths[o->paths_count++] = optarg;
		return -1;
	case OPT_CHECK:
		o->check = true;
		return -1;
	case OPT_JSON:
		o->json = true;
		return -1;
	case OPT_INIT:
		return -1;
	case OPT_INTENSITY:
		if (parse_intensity(optarg, &o->guard.intensity))
			return -1;
		return wrong_use("--engine-intensity takes 1 to 1000 or "
				 "infinity, not",
		    optarg);
	case OPT_PERIOD:
		if (duration_parse(optarg, &o->guard.period_ms) &&
		    o->guard.period_ms > 0)
			return -1;
		return wrong_use("--engine-period takes a time such as 10s, "
				 "not",
		    optarg);
	case 'h':
		fputs(tree_usage, stdout);
		fputs(strstr(command_usage, "Runs one"), stdout);
		return 0;
	case 'V':
	case OPT_VERSION:
		return show_version();
	default:
		fprintf(stderr, "supd: try 'supd --help'\n");
		return EXIT_USAGE;
	}
}

static int
parse_tree(int argc, char **argv, struct options *o)
{
	int option, code;

	o->guard.intensity = 5;
	o->guard.period_ms = 10000;
	o->paths = calloc((size_t)argc + 1, sizeof *o->paths);
	if (o->paths == NULL)
		return EXIT_SYSTEM;
	begin_again();
	while ((option = getopt_long(
		    argc, argv, TREE_LETTERS, tree_options, NULL)) != -1) {
		code = take_tree_option(option, o);
		if (code >= 0)
			return code;
	}
	if (o->json && !o->check)
		return wrong_use("only --check knows", "--json");
	return -1;
}

/* A line for a command. */

static bool
parse_signal(const char *text, size_t length, int *signo)
{
	char name[SIGNAME_TEXT];

	if (length >= sizeof name)
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	return signame_parse(name, signo);
}

/* SIGNAL:REPLACEMENT, where 0 is none. */
static bool
parse_rewrite(const char *text, uint8_t *rewrite)
{
	size_t length = strcspn(text, ":");
	const char *as;
	int from, to = 0;

	if (text[length] != ':' || !parse_signal(text, length, &from))
		return false;
	as = text + length + 1;
	if (strcmp(as, "0") != 0 && !parse_signal(as, strlen(as), &to))
		return false;
	rewrite[from] = (uint8_t)to;
	return true;
}

static int
take_setting(int option, struct init_options *o, unsigned *verbosity)
{
	unsigned long n;

	switch (option) {
	case 'g':
		o->group = true;
		return -1;
	case 'c':
	case 'C':
		o->group = false;
		return -1;
	case 's':
		o->subreaper = true;
		return -1;
	case 'w':
		o->tell_reaped = true;
		return -1;
	case 'v':
		++*verbosity;
		return -1;
	case 'e':
		if (!parse_number(optarg, 255, &n))
			return wrong_use(
			    "-e takes a code from 0 to 255, not", optarg);
		o->forgiven[n] = true;
		return -1;
	case 'p':
		if (!signame_parse(optarg, &o->parent_signal))
			return wrong_use("-p takes a signal, not", optarg);
		return -1;
	case 'r':
		if (!parse_rewrite(optarg, o->rewrite))
			return wrong_use(
			    "-r takes SIGNAL:REPLACEMENT, not", optarg);
		return -1;
	case OPT_GRACE:
		if (!duration_parse(optarg, &o->grace_ms))
			return wrong_use("--grace takes a time such as 10s, "
					 "not",
			    optarg);
		o->term_ends = true;
		return -1;
	default:
		return EXIT_USAGE;
	}
}

static int
take_command_option(int option, struct init_options *o, unsigned *verbosity)
{
	switch (option) {
	case OPT_INIT:
		return -1;
	case 'h':
		fputs(command_usage, stdout);
		return 0;
	case 'l':
		fputs(licence, stdout);
		return 0;
	case 'V':
	case OPT_VERSION:
		return show_version();
	case '?':
		fprintf(stderr, "supd: try 'supd --help'\n");
		return EXIT_USAGE;
	default:
		return take_setting(option, o, verbosity);
	}
}

/* What holds before the first option is read: supd's own ways, or those of
 * the program whose name it bears. */
static void
take_defaults(enum guise guise, struct init_options *o, unsigned *verbosity)
{
	const char *wish = getenv("TINI_VERBOSITY");
	const char *setsid = getenv("DUMB_INIT_SETSID");
	unsigned long n;
	int signo;

	for (signo = 0; signo <= 64; signo++)
		o->rewrite[signo] = (uint8_t)signo;
	/* The C library's own: a command that got one would only die of it. */
	o->rewrite[32] = o->rewrite[33] = 0;
	o->grace_ms = GRACE_MS;
	o->term_ends = guise == AS_SUPD;
	o->subreaper = guise != AS_TINI || getenv("TINI_SUBREAPER") != NULL;
	o->group = getenv("TINI_KILL_PROCESS_GROUP") != NULL ||
		   (guise == AS_DUMB_INIT &&
		       (setsid == NULL || strcmp(setsid, "0") != 0));
	*verbosity = VERBOSITY;
	if (wish != NULL && parse_number(wish, LOG_DEBUG, &n))
		*verbosity = (unsigned)n;
}

static int
parse_command(int argc, char **argv, enum guise guise, struct init_options *o)
{
	unsigned verbosity;
	int option, code;

	take_defaults(guise, o, &verbosity);
	begin_again();
	while ((option = getopt_long(argc, argv, COMMAND_LETTERS,
		    command_options, NULL)) != -1) {
		code = take_command_option(option, o, &verbosity);
		if (code >= 0)
			return code;
	}
	if (optind >= argc) {
		fprintf(stderr, "supd: no command\n");
		fputs(command_usage, stderr);
		return EXIT_USAGE;
	}
	o->argv = argv + optind;
	log_setup("supd",
	    verbosity > LOG_DEBUG ? LOG_DEBUG : (enum log_level)verbosity,
	    LOG_TEXT);
	return -1;
}

int
options_parse(int argc, char **argv, struct options *o)
{
	enum guise guise = guise_of(argc > 0 ? argv[0] : NULL);

	log_setup("supd", LOG_INFO, LOG_TEXT);
	if (guise == AS_INIT) {
		argc = drop_words(argc, argv);
		guise = AS_SUPD;
	}
	o->is_command = guise != AS_SUPD || is_for_command(argc, argv);
	if (o->is_command)
		return parse_command(argc, argv, guise, &o->init);
	return parse_tree(argc, argv, o);
}
