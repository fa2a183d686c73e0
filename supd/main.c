#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "engine.h"
#include "guard.h"
#include "init.h"
#include "options.h"
#include "os/machine.h"
#include "os/reaper.h"

/* The name by which the guard starts the engine; nobody else uses it. */
#define ENGINE_NAME "supd-engine"

/* What a machine's programs are found by; the kernel gives its init none. */
#define MACHINE_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int
run(int argc, char **argv, struct options *o, bool is_machine,
    enum machine_end *end)
{
	struct engine_options engine = { .paths = o->paths,
		.paths_count = o->paths_count };
	char engine_name[] = ENGINE_NAME;

	if (o->is_command)
		return init_run(&o->init, is_machine, end);
	if (argc > 0 && strcmp(argv[0], ENGINE_NAME) == 0)
		return engine_run(&engine);
	if (o->check)
		return check_run(
		    (const char *const *)o->paths, o->paths_count, o->json);
	o->guard.name = argv[0];
	if (argc > 0)
		argv[0] = engine_name;
	o->guard.argv = argv;
	if (is_machine)
		(void)setenv("PATH", MACHINE_PATH, 0);
	return guard_run(&o->guard, end);
}

int
main(int argc, char **argv)
{
	bool is_machine = machine_is_ours(getpid());
	enum machine_end end = MACHINE_BY_CODE;
	struct options o = { 0 };
	int code;

	/* A signal that comes before somebody can take it waits. The engine
	 * gets what the guard has sorted out. */
	if (argc == 0 || strcmp(argv[0], ENGINE_NAME) != 0)
		reaper_hold(&o.init.inherited);
	if (is_machine)
		machine_begin();
	code = options_parse(argc, argv, &o);
	if (code < 0)
		code = run(argc, argv, &o, is_machine, &end);
	free(o.paths);
	/* An init that exits is the end of the kernel, too. */
	if (is_machine)
		machine_end(end, code);
	return code;
}
