/* The command line, and where a daemon is looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "supctl/run.h"
#include "supctl/sockets.h"
#include "supctl/verbs.h"
#include "tests/unit/supctl_kit.h"

#define WORDS_MAX 12

/* Parses a command line of words; what is told goes to *told. */
static int
parse(struct run *run, const char *line, char **told)
{
	static char copy[256];
	char *argv[WORDS_MAX + 1] = { NULL }, *rest;
	int argc = 0, code;

	*run = (struct run){ .deadline_ms = -1 };
	run->err = kit_show(0);
	run->out = run->err;
	strncat(copy + (copy[0] = '\0'), line, sizeof(copy) - 1);
	for (char *word = strtok_r(copy, " ", &rest); word && argc < WORDS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	optind = 0; /* getopt(3): begin anew */
	code = options_parse(run, argc, argv);
	*told = kit_text(&run->err);
	return code;
}

static void
options_stand_before_and_after_the_verb(void **state)
{
	struct run run;
	char *told;

	(void)state;
	assert_int_equal(parse(&run,
			     "supctl --json start a -q b --timeout "
			     "1m30s -s /s",
			     &told),
	    0);
	assert_string_equal(run.options.verb->word, "start");
	assert_true(run.options.json);
	assert_true(run.options.quiet);
	assert_string_equal(run.options.socket, "/s");
	assert_int_equal(run.options.timeout_ms, 90000);
	assert_int_equal(run.options.names_count, 2);
	kit_expect(told, "");
}

static void
an_infinite_timeout_is_none(void **state)
{
	struct run run;
	char *told;

	(void)state;
	assert_int_equal(
	    parse(&run, "supctl wait a --timeout infinity", &told), 0);
	assert_int_equal(run.options.timeout_ms, -1);
	free(told);
}

static void
what_becomes_of_the_machine_is_said_once(void **state)
{
	struct run run;
	char *told;

	(void)state;
	assert_int_equal(parse(&run, "supctl shutdown", &told), 0);
	assert_null(run.options.machine);
	free(told);
	assert_int_equal(
	    parse(&run, "supctl shutdown --reboot --reboot", &told), 0);
	assert_string_equal(run.options.machine, "reboot");
	free(told);
}

static void
what_makes_no_sense_is_told(void **state)
{
	static const struct {
		const char *line;
		const char *told;
	} table[] = {
		{ "supctl", "what is to be done?" },
		{ "supctl statsu", "did you mean 'status'?" },
		{ "supctl xyzzy", "unknown verb 'xyzzy'\n" },
		{ "supctl start", "A name is missing" },
		{ "supctl signal HUP", "A name is missing" },
		{ "supctl why a b", "'b' is too much" },
		{ "supctl shutdown now", "'now' is too much" },
		{ "supctl shutdown --halt --reboot", "exclude each other" },
		{ "supctl stop a --reboot", "stop does not take --poweroff, " },
		{ "supctl status -f", "status does not take -f" },
		{ "supctl start a --watch", "start does not take --watch" },
		{ "supctl --frob status", "unknown option '--frob'" },
		{ "supctl -Z status", "unknown option '-Z'" },
		{ "supctl start a --timeout", "--timeout needs a value" },
		{ "supctl start a --timeout soon", "'soon' is not a duration" },
		{ "supctl events --since -3", "'-3' is not the number" },
		{ "supctl history a -n x", "'x' is not a number" },
		{ "supctl wait a --for tea", "'tea' is not ready, stopped" },
		{ "supctl start a\xff", "'a\\xff' is not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct run run;
		char *told;

		assert_int_equal(
		    parse(&run, table[i].line, &told), EXITS_USAGE);
		if (!strstr(told, table[i].told))
			fail_msg("%s: %s", table[i].line, told);
		assert_int_equal(strncmp(told, "supctl: ", 8), 0);
		free(told);
	}
}

static void
help_and_version_are_verbs_too(void **state)
{
	struct run run;
	char *told;

	(void)state;
	assert_int_equal(parse(&run, "supctl wait --for ready -h", &told), 0);
	assert_string_equal(run.options.verb->word, "help");
	assert_string_equal(run.options.names[0], "wait");
	free(told);
	assert_int_equal(parse(&run, "supctl -V", &told), 0);
	assert_string_equal(run.options.verb->word, "version");
	free(told);
}

static void
verbs_are_each_there_once(void **state)
{
	(void)state;
	for (int i = 0; i < verbs_count; i++) {
		assert_ptr_equal(verbs_find(verbs[i].word), &verbs[i]);
		assert_true(verbs[i].fewest <= verbs[i].most);
	}
}

static void
a_socket_that_is_named_is_the_only_one(void **state)
{
	struct sockets sockets;

	(void)state;
	setenv("SUPD_SOCKET", "/of/the/environment", 1);
	sockets_find(&sockets, "/of/the/option");
	assert_int_equal(sockets.count, 1);
	assert_string_equal(sockets.path[0], "/of/the/option");
	sockets_free(&sockets);
	sockets_find(&sockets, NULL);
	assert_int_equal(sockets.count, 1);
	assert_string_equal(sockets.path[0], "/of/the/environment");
	sockets_free(&sockets);
	unsetenv("SUPD_SOCKET");
	sockets_find(&sockets, NULL);
	assert_string_equal(sockets.path[sockets.count - 1], SOCKETS_SYSTEM);
	sockets_free(&sockets);
}

static void
a_folder_in_tmp_that_anyone_may_write_is_not_trusted(void **state)
{
	char folder[] = "/tmp/supd-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/supd.sock", folder);
	assert_true(sockets_safe(path));
	assert_int_equal(chmod(folder, 0777), 0);
	assert_false(sockets_safe(path));
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(symlink("/run", folder), 0);
	assert_false(sockets_safe(path));
	assert_int_equal(unlink(folder), 0);
	assert_true(sockets_safe(path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_before_and_after_the_verb),
		cmocka_unit_test(an_infinite_timeout_is_none),
		cmocka_unit_test(what_becomes_of_the_machine_is_said_once),
		cmocka_unit_test(what_makes_no_sense_is_told),
		cmocka_unit_test(help_and_version_are_verbs_too),
		cmocka_unit_test(verbs_are_each_there_once),
		cmocka_unit_test(a_socket_that_is_named_is_the_only_one),
		cmocka_unit_test(
		    a_folder_in_tmp_that_anyone_may_write_is_not_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
