#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "supctl/run.h"
#include "supctl/verbs.h"

static struct show
make_show(FILE *file)
{
	struct show show = { .out = file };
	const char *term = getenv("TERM");
	struct timespec now;
	struct winsize size;

	clock_gettime(CLOCK_REALTIME, &now);
	show.wall_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	show.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!isatty(fileno(file)))
		return show;
	show.color = !term || strcmp(term, "dumb") != 0;
	show.width = 80;
	if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		show.width = size.ws_col;
		show.height = size.ws_row;
	}
	return show;
}

/* NO_COLOR counts if it is set and not empty (https://no-color.org). */
static bool
plain(const struct options *options)
{
	const char *no_color = getenv("NO_COLOR");

	return options->no_color || (no_color && *no_color);
}

/* So that an error in the options, too, is told as JSON where JSON is asked
 * for. */
static bool
wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* What could not be written, to a full disk for instance, was not said. */
static int
finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "supctl: cannot write: %s\n", strerror(errno));
	return code != 0 ? code : EXITS_FAILED;
}

int
main(int argc, char **argv)
{
	struct run run = { .deadline_ms = -1 };
	int code;

	setlocale(LC_ALL, "");
	/* Numbers are written the same everywhere. */
	setlocale(LC_NUMERIC, "C");
	run.out = make_show(stdout);
	run.err = make_show(stderr);
	run.options.json = wants_json(argc, argv);
	code = options_parse(&run, argc, argv);
	if (code != 0)
		return finish(code);
	if (plain(&run.options))
		run.out.color = run.err.color = false;
	if (run.options.timeout_ms >= 0)
		run.deadline_ms = run_now_ms() + run.options.timeout_ms;
	return finish(run.options.verb->run(&run));
}
