#include "os/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/prepared.h"
#include "tests/unit/os_kit.h"

static char *
word(const char *text)
{
	return (char *)(uintptr_t)text;
}

static const char *
value(const struct prepared *p, const char *name)
{
	size_t n = strlen(name), i;

	for (i = 0; p->envp[i] != NULL; i++) {
		if (strncmp(p->envp[i], name, n) == 0 && p->envp[i][n] == '=')
			return p->envp[i] + n + 1;
	}
	return NULL;
}

static size_t
times(const struct prepared *p, const char *name)
{
	size_t n = strlen(name), i, found = 0;

	for (i = 0; p->envp[i] != NULL; i++)
		found +=
		    strncmp(p->envp[i], name, n) == 0 && p->envp[i][n] == '=';
	return found;
}

/* A launch with one command, an own environment and a configured one. */
struct made {
	char *words[4];
	struct launch launch;
	struct launch_now now;
};

static void
make(struct made *m, const char *program, char **own, char **configured)
{
	memset(m, 0, sizeof *m);
	m->words[0] = word(program);
	m->launch.command = (struct command){ m->words, 1 };
	m->launch.environment = configured;
	m->launch.umask = -1;
	m->launch.ready_fd = -1;
	m->now.command = &m->launch.command;
	m->now.name = "nginx";
	m->now.path = "web/nginx";
	m->now.attempt = 3;
	m->now.socket = "/run/supd.sock";
	m->now.own_environment = own;
}

static void
references_are_resolved(void **state)
{
	static const struct {
		const char *text;
		const char *wanted; /* NULL: missing */
	} cases[] = {
		{ "plain", "plain" },
		{ "${A}", "one" },
		{ "x${A}y${A}z", "xoneyonez" },
		{ "$$", "$" },
		{ "$$${A}$$", "$one$" },
		{ "$${A}", "${A}" },
		{ "$A", "$A" },
		{ "$", "$" },
		{ "a$", "a$" },
		{ "${EMPTY}", "" },
		{ "<${EMPTY}>", "<>" },
		{ "${EMPTY:-d}", "d" },
		{ "${NONE:-d}", "d" },
		{ "${NONE:-}", "" },
		{ "${NONE:-a:-b}", "a:-b" },
		{ "${A:-d}", "one" },
		{ "${A}:-x}", "one:-x}" },
		{ "${open", "${open" },
		{ "${NONE}", NULL },
		{ "${A}${NONE}", NULL },
		{ "${}", NULL },
		{ "${AA}", NULL },
	};
	char *own[] = { word("A=one"), word("EMPTY="), NULL };
	const char *missing;
	struct prepared *p;
	struct made m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		make(&m, "/bin/true", own, NULL);
		m.words[1] = word(cases[i].text);
		m.launch.command.count = 2;
		p = launch_prepare(&m.launch, &m.now, -1, &missing);
		if (cases[i].wanted == NULL) {
			assert_null(p);
			assert_non_null(missing);
			continue;
		}
		assert_non_null(p);
		assert_null(missing);
		assert_string_equal(p->argv[1], cases[i].wanted);
		assert_null(p->argv[2]);
		prepared_free(p);
	}
}

static void
tells_what_is_missing(void **state)
{
	char *own[] = { NULL };
	char *configured[] = { word("URL=http://${DB_HOST:-x}/${DB_PORT}/a"),
		NULL };
	const char *missing;
	struct made m;

	(void)state;
	make(&m, "/bin/true", own, configured);
	assert_null(launch_prepare(&m.launch, &m.now, -1, &missing));
	assert_int_equal(launch_missing_bytes(missing), 7);
	assert_memory_equal(missing, "DB_PORT", 7);
}

static void
later_variables_win_and_see_earlier_ones(void **state)
{
	char *own[] = { word("A=own"), word("B=own"), word("PATH=/p"), NULL };
	char *configured[] = { word("A=first"), word("C=${A}+${B}"),
		word("A=second"), word("D=${A}"), word("PATH=/q:${PATH}"),
		word("HOME=/srv"), word("SUPD_NAME=liar"), NULL };
	const char *missing;
	struct prepared *p;
	struct made m;

	(void)state;
	make(&m, "/bin/true", own, configured);
	m.launch.set_user = true;
	m.launch.uid = getuid();
	m.launch.gid = getgid();
	m.launch.user_name = word("me");
	m.launch.user_home = word("/home/me");
	m.launch.user_shell = word("/bin/sh");
	p = launch_prepare(&m.launch, &m.now, -1, &missing);
	assert_non_null(p);
	assert_string_equal(value(p, "A"), "second");
	assert_string_equal(value(p, "B"), "own");
	assert_string_equal(value(p, "C"), "first+own");
	assert_string_equal(value(p, "D"), "second");
	assert_string_equal(value(p, "PATH"), "/q:/p");
	assert_string_equal(value(p, "HOME"), "/srv");
	assert_string_equal(value(p, "USER"), "me");
	assert_string_equal(value(p, "LOGNAME"), "me");
	assert_string_equal(value(p, "SHELL"), "/bin/sh");
	assert_string_equal(value(p, "SUPD_NAME"), "nginx");
	assert_string_equal(value(p, "SUPD_PATH"), "web/nginx");
	assert_string_equal(value(p, "SUPD_ATTEMPT"), "3");
	assert_string_equal(value(p, "SUPD_SOCKET"), "/run/supd.sock");
	assert_null(value(p, "SUPD_INSTANCE"));
	assert_null(value(p, "NOTIFY_SOCKET"));
	assert_int_equal(times(p, "A"), 1);
	assert_int_equal(times(p, "PATH"), 1);
	prepared_free(p);
}

static void
what_is_for_supd_is_not_for_services(void **state)
{
	char *own[] = { word("NOTIFY_SOCKET=/s"), word("WATCHDOG_USEC=1"),
		word("WATCHDOG_PID=1"), word("LISTEN_FDS=1"),
		word("LISTEN_PID=1"), word("LISTEN_FDNAMES=a"),
		word("SUPD_SECRET=1"), word("SUPD_EXIT_CODE=1"), word("bad"),
		word("=bad"), word("GOOD=1"), NULL };
	const char *missing;
	struct prepared *p;
	struct made m;

	(void)state;
	make(&m, "/bin/true", own, NULL);
	p = launch_prepare(&m.launch, &m.now, -1, &missing);
	assert_non_null(p);
	assert_null(value(p, "NOTIFY_SOCKET"));
	assert_null(value(p, "WATCHDOG_USEC"));
	assert_null(value(p, "WATCHDOG_PID"));
	assert_null(value(p, "LISTEN_FDS"));
	assert_null(value(p, "LISTEN_PID"));
	assert_null(value(p, "LISTEN_FDNAMES"));
	assert_null(value(p, "SUPD_SECRET"));
	assert_null(value(p, "SUPD_EXIT_CODE"));
	assert_string_equal(value(p, "GOOD"), "1");
	/* GOOD, and four of supd's. */
	assert_non_null(p->envp[4]);
	assert_null(p->envp[5]);
	prepared_free(p);
}

static void
a_clear_environment_has_nothing_of_supds(void **state)
{
	char *own[] = { word("A=1"), word("PATH=/nowhere"), NULL };
	const char *missing;
	struct prepared *p;
	struct made m;

	(void)state;
	make(&m, "prog", own, NULL);
	m.launch.clear_environment = true;
	m.launch.notify = true;
	m.now.notify_socket = "/run/notify";
	m.now.instance = "7";
	m.now.after_end = true;
	m.now.end_by_signal = true;
	m.now.end_number = 9;
	p = launch_prepare(&m.launch, &m.now, -1, &missing);
	assert_non_null(p);
	assert_null(value(p, "A"));
	assert_null(value(p, "PATH"));
	assert_string_equal(value(p, "NOTIFY_SOCKET"), "/run/notify");
	assert_string_equal(value(p, "SUPD_INSTANCE"), "7");
	assert_string_equal(value(p, "SUPD_EXIT_SIGNAL"), "9");
	assert_null(value(p, "SUPD_EXIT_CODE"));
	assert_string_equal(p->candidates[0], "/usr/local/sbin/prog");
	assert_string_equal(p->candidates[5], "/bin/prog");
	assert_null(p->candidates[6]);
	prepared_free(p);
}

static void
programs_are_searched_in_the_services_own_path(void **state)
{
	static const struct {
		const char *path;
		const char *program;
		const char *wanted[5];
	} cases[] = {
		{ "PATH=/a:/b", "x", { "/a/x", "/b/x" } },
		{ "PATH=/a:/b", "/x", { "/x" } },
		{ "PATH=/a:/b", "./x", { "./x" } },
		{ "PATH=/a::/b:", "x", { "/a/x", "x", "/b/x", "x" } },
		{ "PATH=", "x", { "x" } },
		{ "PATH=/a", "", { "" } },
	};
	const char *missing;
	struct prepared *p;
	struct made m;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *own[] = { word("PATH=/wrong"), NULL };
		char *configured[] = { word(cases[i].path), NULL };

		make(&m, cases[i].program, own, configured);
		p = launch_prepare(&m.launch, &m.now, -1, &missing);
		assert_non_null(p);
		for (j = 0; cases[i].wanted[j] != NULL; j++)
			assert_string_equal(
			    p->candidates[j], cases[i].wanted[j]);
		assert_null(p->candidates[j]);
		prepared_free(p);
	}
}

static void
an_environment_may_be_large(void **state)
{
	static char large[200000], many[3000][16];
	char **own = calloc(3001, sizeof *own);
	const char *missing;
	struct prepared *p;
	struct made m;
	size_t i;

	(void)state;
	assert_non_null(own);
	for (i = 0; i < 3000; i++) {
		snprintf(many[i], sizeof many[i], "V%zu=%zu", i, i);
		own[i] = many[i];
	}
	memset(large, 'x', sizeof large - 1);
	memcpy(large, "L=${V7}", 7);
	char *configured[] = { large, NULL };

	make(&m, "/bin/true", own, configured);
	p = launch_prepare(&m.launch, &m.now, -1, &missing);
	assert_non_null(p);
	assert_string_equal(value(p, "V2999"), "2999");
	assert_memory_equal(value(p, "L"), "7xxx", 4);
	prepared_free(p);
	free(own);
}

static void
paths_are_resolved_as_well(void **state)
{
	char *own[] = { word("A=one"), NULL };
	const char *missing;
	struct prepared *p;
	struct made m;

	(void)state;
	make(&m, "/bin/${A}", own, NULL);
	m.launch.directory = word("/srv/${A}");
	m.launch.log_path = word("/log/${A}/${SUPD_NAME}");
	m.launch.stdin_path = word("/in/$$");
	p = launch_prepare(&m.launch, &m.now, -1, &missing);
	assert_non_null(p);
	assert_string_equal(p->candidates[0], "/bin/one");
	assert_string_equal(p->directory, "/srv/one");
	assert_string_equal(p->log_path, "/log/one/nginx");
	assert_string_equal(p->stdin_path, "/in/$");
	prepared_free(p);
	m.launch.directory = word("/srv/${NONE}");
	assert_null(launch_prepare(&m.launch, &m.now, -1, &missing));
	assert_memory_equal(missing, "NONE", 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_resolved),
		cmocka_unit_test(tells_what_is_missing),
		cmocka_unit_test(later_variables_win_and_see_earlier_ones),
		cmocka_unit_test(what_is_for_supd_is_not_for_services),
		cmocka_unit_test(a_clear_environment_has_nothing_of_supds),
		cmocka_unit_test(
		    programs_are_searched_in_the_services_own_path),
		cmocka_unit_test(an_environment_may_be_large),
		cmocka_unit_test(paths_are_resolved_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
