#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "engine.h"
#include "guard.h"
#include "lib/duration.h"
#include "lib/log.h"
#include "lib/version.h"

/* The name by which the guard starts the engine; nobody else uses it. */
#define ENGINE_NAME "supd-engine"

#define EXIT_USAGE 2

struct options {
	char **paths;
	size_t paths_count;
	bool check;
	bool json;
	struct guard_options guard;
};

enum long_option {
	OPT_CHECK = 256,
	OPT_JSON,
	OPT_INIT,
	OPT_INTENSITY,
	OPT_PERIOD
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "init", no_argument, NULL, OPT_INIT },
	{ "engine-intensity", required_argument, NULL, OPT_INTENSITY },
	{ "engine-period", required_argument, NULL, OPT_PERIOD },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char usage_text[] =
    "usage: supd [-c PATH]... [--init] [--engine-intensity N] "
    "[--engine-period TIME]\n"
    "       supd --check [--json] [-c PATH]...\n"
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
    "  -V, --version           the version\n";

static int
wrong_use(const char *what, const char *value)
{
	fprintf(stderr, "supd: %s '%s'\n", what, value);
	fprintf(stderr, "supd: try 'supd --help'\n");
	return EXIT_USAGE;
}

static bool
parse_intensity(const char *text, uint32_t *value)
{
	char *end;
	unsigned long n;

	if (strcmp(text, "infinity") == 0) {
		*value = UINT32_MAX;
		return true;
	}
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || *text < '0' || *text > '9' || n < 1 ||
	    n > 1000)
		return false;
	*value = (uint32_t)n;
	return true;
}

/* -1: go on; else the code to leave with. */
static int
take_option(int option, struct options *o)
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
		fputs(usage_text, stdout);
		return 0;
	case 'V':
		puts("supd " SUPD_VERSION);
		return 0;
	default:
		fprintf(stderr, "supd: try 'supd --help'\n");
		return EXIT_USAGE;
	}
}

static int
parse(int argc, char **argv, struct options *o)
{
	int option, code;

	while ((option = getopt_long(
		    argc, argv, "+c:hV", long_options, NULL)) != -1) {
		code = take_option(option, o);
		if (code >= 0)
			return code;
	}
	if (optind < argc)
		return wrong_use("unexpected argument", argv[optind]);
	if (o->json && !o->check)
		return wrong_use("only --check knows", "--json");
	return -1;
}

int
main(int argc, char **argv)
{
	struct options o = {
		.guard = { .intensity = 5, .period_ms = 10000 },
	};
	char engine_name[] = ENGINE_NAME;
	struct engine_options engine;
	sigset_t all;
	bool is_engine;
	int code;

	/* A signal that comes before the guard can take it waits. */
	is_engine = argc > 0 && strcmp(argv[0], ENGINE_NAME) == 0;
	sigfillset(&all);
	if (!is_engine)
		sigprocmask(SIG_BLOCK, &all, NULL);
	o.paths = calloc((size_t)argc + 1, sizeof(*o.paths));
	if (o.paths == NULL)
		return 71;
	log_setup("supd", LOG_INFO, LOG_TEXT);
	code = parse(argc, argv, &o);
	if (code >= 0)
		return code;
	engine.paths = o.paths;
	engine.paths_count = o.paths_count;
	if (is_engine)
		return engine_run(&engine);
	if (o.check)
		return check_run(
		    (const char *const *)o.paths, o.paths_count, o.json);
	if (argc > 0)
		argv[0] = engine_name;
	o.guard.argv = argv;
	return guard_run(&o.guard);
}
