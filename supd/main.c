#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine.h"
#include "guard.h"
#include "init.h"
#include "options.h"
#include "os/reaper.h"

/* The name by which the guard starts the engine; nobody else uses it. */
#define ENGINE_NAME "supd-engine"

static int
run(int argc, char **argv, struct options *o)
{
	struct engine_options engine = { .paths = o->paths,
		.paths_count = o->paths_count };
	char engine_name[] = ENGINE_NAME;

	if (o->is_command)
		return init_run(&o->init);
	if (argc > 0 && strcmp(argv[0], ENGINE_NAME) == 0)
		return engine_run(&engine);
	if (o->check)
		return check_run(
		    (const char *const *)o->paths, o->paths_count, o->json);
	if (argc > 0)
		argv[0] = engine_name;
	o->guard.argv = argv;
	return guard_run(&o->guard);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	int code;

	/* A signal that comes before somebody can take it waits. The engine
	 * gets what the guard has sorted out. */
	if (argc == 0 || strcmp(argv[0], ENGINE_NAME) != 0)
		reaper_hold(&o.init.inherited);
	code = options_parse(argc, argv, &o);
	if (code < 0)
		code = run(argc, argv, &o);
	free(o.paths);
	return code;
}
