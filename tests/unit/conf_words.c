/* Command lines, variables, users. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/buf.h"
#include "tests/unit/conf_kit.h"

#define S "[service:a]\ncommand = true\n"

/* The words of a command line, each in brackets. */
static void
splits(struct kit *kit, const char *line, const char *wanted)
{
	struct buf text = buf_make(65536), got = buf_make(65536);
	const struct command *command;

	buf_print(&text, "[service:a]\ncommand = %s\n", line);
	kit_read(kit, buf_string(&text));
	command = &kit_launch(kit->plan, "a")->command;
	assert_null(command->words[command->count]);
	for (size_t i = 0; i < command->count; i++)
		buf_print(&got, "[%s]", command->words[i]);
	assert_string_equal(buf_string(&got), wanted);
	buf_free(&text);
	buf_free(&got);
}

static void
commands_are_split_as_a_shell_would(void **state)
{
	struct kit *kit = *state;

	splits(kit, "true", "[true]");
	splits(kit, "true  a\tb", "[true][a][b]");
	splits(kit, "true 'a b' \"c d\"", "[true][a b][c d]");
	splits(kit, "true a'b c'd\"e f\"", "[true][ab cde f]");
	splits(kit, "true '' \"\" x", "[true][][][x]");
	splits(kit, "true ''", "[true][]");
	splits(kit, "true a\\ b \\\\ \\'", "[true][a b][\\][']");
	splits(kit, "true '\\'", "[true][\\]");
	splits(kit, "true \"\\a \\\" \\\\\"", "[true][\\a \" \\]");
	splits(kit, "true a\\\n b", "[true][ab]");
	splits(kit, "true a\n b", "[true][a][b]");
	splits(kit, "true * ~ $(x) `y` | > <",
	    "[true][*][~][$(x)][`y`][|][>]"
	    "[<]");
	splits(kit, "true ${X:-a \"b  c\"}d  e $${ f",
	    "[true][${X:-a b  c}d][e][$${][f]");
	splits(kit, "true $ $x $1 ${X} ${X:-a b} $$ \\$ \"\\$\"",
	    "[true][$][$x][$1][${X}][${X:-a b}][$$][$$][$$]");
}

static void
a_command_line_must_be_whole(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit, "[service:a]\ncommand = sh -c 'x\n",
	    "2: bad command 'sh -c 'x' in [service:a]: the quote ' is not "
	    "closed",
	    NULL);
	kit_wants(kit, "[service:a]\ncommand = x \"y ; z\n",
	    "2: bad command 'x \"y ; z' in [service:a]: the quote \" is not "
	    "closed",
	    NULL);
	kit_wants(kit, "[service:a]\ncommand = x \\\n",
	    "2: bad command 'x \\' in [service:a]: it ends with a backslash",
	    NULL);
	kit_wants(kit, S "pre_start = 'x\npost_stop = '' y\nreload = \"z\n",
	    "3: bad pre_start ''x' in [service:a]: the quote ' is not closed",
	    "4: bad post_stop ''' y' in [service:a]: the program's name is "
	    "empty",
	    "5: bad reload '\"z' in [service:a]: the quote \" is not closed",
	    NULL);
}

static void
variables_are_checked(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, S "environment = A=${B:-} C=${D:-e} F=$${ G=$x\n");
	kit_wants(kit,
	    "[service:a]\ncommand = x ${A\npre_start = x ${}\n"
	    "post_stop = x '${A-b}'\nreload = x ${1A}\n"
	    "directory = /${A:-${B}}\nlog = /${A B}\n"
	    "environment = A=${B%c}\n",
	    "2: bad command 'x ${A' in [service:a]: '${' without its '}'; $$ "
	    "is a dollar sign",
	    "3: bad pre_start 'x ${}' in [service:a]: '${}' is no variable; "
	    "write ${NAME} or ${NAME:-default}, and $$ for a dollar sign",
	    "4: bad post_stop 'x '${A-b}'' in [service:a]: '${A-b}' is no "
	    "variable; write ${NAME} or ${NAME:-default}, and $$ for a dollar "
	    "sign",
	    "5: bad reload 'x ${1A}' in [service:a]: '${1A}' is no variable; "
	    "write ${NAME} or ${NAME:-default}, and $$ for a dollar sign",
	    "6: bad directory '/${A:-${B}}' in [service:a]: '${' in the "
	    "default of another ${...}",
	    "7: bad log '/${A B}' in [service:a]: '${A B}' is no variable; "
	    "write ${NAME} or ${NAME:-default}, and $$ for a dollar sign",
	    "8: bad environment 'A=${B%c}' in [service:a]: '%' is followed by "
	    "neither n, p, i nor %; %% is a percent sign",
	    NULL);
}

static void
percent_signs_are_replaced_in_texts_only(void **state)
{
	struct kit *kit = *state;
	const struct launch *l;

	kit_read(kit, "[service:a]\ncommand = true %n%%n\ndirectory = /%n\n"
		      "environment = N=%n P=100%%\ndescription = the %n\n"
		      "reload = true %n\npre_start = true %n\n"
		      "post_stop = true %n\nstdin = /%n\n"
		      "backoff_jitter = 7%\n");
	l = kit_launch(kit->plan, "a");
	assert_string_equal(l->command.words[1], "a%n");
	assert_string_equal(l->directory, "/a");
	assert_string_equal(l->environment[0], "N=a");
	assert_string_equal(l->environment[1], "P=100%");
	assert_string_equal(l->reload.words[1], "a");
	assert_string_equal(l->pre_start.words[1], "a");
	assert_string_equal(l->post_stop.words[1], "a");
	assert_string_equal(l->stdin_path, "/a");
	assert_string_equal(kit->plan->nodes[1].description, "the a");
	kit_wants(kit,
	    "[service:a]\ncommand = true %i\ndescription = 50%\n"
	    "directory = /%x\n[defaults]\nenvironment = A=%p\n",
	    "2: bad command 'true %i' in [service:a]: %i has a meaning in "
	    "templates only, and 'a' is none",
	    "3: bad description '50%' in [service:a]: '%' is followed by "
	    "neither n, p, i nor %; %% is a percent sign",
	    "4: bad directory '/%x' in [service:a]: '%' is followed by "
	    "neither n, p, i nor %; %% is a percent sign",
	    "6: bad environment 'A=%p' in [defaults]: %p has a meaning in "
	    "templates only, and 'a' is none",
	    NULL);
}

static void
descriptions_are_one_line(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit, S "description = a\n  b\n",
	    "3: bad description 'a\\nb' in [service:a]: it must be one line",
	    NULL);
}

static void
an_environment_is_names_and_values(void **state)
{
	struct kit *kit = *state;
	char *const *e;

	kit_read(kit, S "environment = A=1 B=\"two words\" C= d.e-f=x=y\n"
			"   _G='h i'\n");
	e = kit_launch(kit->plan, "a")->environment;
	assert_string_equal(e[0], "A=1");
	assert_string_equal(e[1], "B=two words");
	assert_string_equal(e[2], "C=");
	assert_string_equal(e[3], "d.e-f=x=y");
	assert_string_equal(e[4], "_G=h i");
	assert_null(e[5]);
	kit_wants(kit, S "environment = A=1 B\n",
	    "3: bad environment 'A=1 B' in [service:a]: 'B' is not NAME=value",
	    NULL);
	kit_wants(kit, S "environment = 1A=1\n",
	    "3: bad environment '1A=1' in [service:a]: '1A=1' is not "
	    "NAME=value",
	    NULL);
	kit_wants(kit, S "environment = =1\n",
	    "3: bad environment '=1' in [service:a]: '=1' is not NAME=value",
	    NULL);
}

static void
files_of_variables_are_read(void **state)
{
	static const char file[] = "# a comment\n\n; another\r\n"
				   "A=1\n  B = no\n";
	static const char good[] = "A=1\r\n  B=two words  \nC='single $x ' \n"
				   "D=\"a \\\"b\\\" \\\\ \\$ \\n\"\nE=\n"
				   "F=# no comment\nG=${A}\nH=it's";
	struct kit *kit = *state;
	char text[512];
	char *const *e;

	kit_write(kit, "good.env", good, sizeof(good) - 1);
	kit_write(kit, "bad.env", file, sizeof(file) - 1);
	snprintf(text, sizeof(text),
	    S "environment_file = %s/good.env -%s/none.env\n", kit->folder,
	    kit->folder);
	kit_read(kit, text);
	e = kit_launch(kit->plan, "a")->environment;
	assert_string_equal(e[0], "A=1");
	assert_string_equal(e[1], "B=two words");
	/* Dollar signs are their own: a start must not see variables. */
	assert_string_equal(e[2], "C=single $$x ");
	assert_string_equal(e[3], "D=a \"b\" \\ $$ \\n");
	assert_string_equal(e[4], "E=");
	assert_string_equal(e[5], "F=# no comment");
	assert_string_equal(e[6], "G=$${A}");
	assert_string_equal(e[7], "H=it's");
	assert_null(e[8]);
	snprintf(text, sizeof(text),
	    S "environment_file = %s/bad.env\n[service:b]\n"
	      "command = true\nenvironment_file = %s/bad.env\n",
	    kit->folder, kit->folder);
	kit_wants(kit, text, "bad.env:5: the line is not NAME=value", NULL);
}

static void
errors_of_files_of_variables_are_at_their_line(void **state)
{
	static const char file[] = "export A=1\nB='x\nC='x'y'\nD=\"x\" y\n"
				   "1E=x\nF\nG=a\0b\n=x\n";
	struct kit *kit = *state;
	char text[512];

	kit_write(kit, "x.env", file, sizeof(file) - 1);
	snprintf(
	    text, sizeof(text), S "environment_file = %s/x.env\n", kit->folder);
	kit_wants(kit, text, "x.env:1: NAME=value is wanted, without 'export'",
	    "x.env:2: the quote is not closed at its end",
	    "x.env:3: text behind a closing quote",
	    "x.env:4: the quote is not closed at its end",
	    "x.env:5: the line is not NAME=value",
	    "x.env:6: the line is not NAME=value",
	    "x.env:7: a NUL byte: this is no text file",
	    "x.env:8: the line is not NAME=value", NULL);
}

static void
a_file_of_variables_must_be_there_unless_it_may_be_missing(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    S "environment_file = /no/such.env\n[service:b]\n"
	      "command = true\nenvironment_file = x.env\n[service:c]\n"
	      "command = true\nenvironment_file = -/no/such.env -/etc\n",
	    "3: bad environment_file '/no/such.env' in [service:a]: "
	    "/no/such.env: can't be read: No such file or directory",
	    "6: bad environment_file 'x.env' in [service:b]: the path of a "
	    "file must begin with / (or -/)",
	    "9: bad environment_file '-/no/such.env -/etc' in [service:c]: "
	    "/etc: is no regular file",
	    NULL);
}

static void
variables_are_merged_in_order(void **state)
{
	struct kit *kit = *state;
	char text[1024];
	char *const *e;

	kit_write(kit, "supd.env", "F=supd\n", 7);
	kit_write(kit, "a.env", "F=a\n", 4);
	snprintf(text, sizeof(text),
	    "[supd]\nenvironment = E=supd N=%%n\nenvironment_file = "
	    "%s/supd.env\n"
	    "[defaults]\nenvironment = E=defaults\n"
	    "environment_file = %s/%%n.env\n" S
	    "[service:b]\ncommand = true\nenvironment = E=b\n"
	    "environment_file =\n",
	    kit->folder, kit->folder);
	kit_read(kit, text);
	e = kit_launch(kit->plan, "a")->environment;
	assert_string_equal(e[0], "F=supd");
	assert_string_equal(e[1], "E=supd");
	assert_string_equal(e[2], "N=a");
	assert_string_equal(e[3], "F=a");
	assert_string_equal(e[4], "E=defaults");
	assert_null(e[5]);
	e = kit_launch(kit->plan, "b")->environment;
	assert_string_equal(e[2], "N=b");
	assert_string_equal(e[3], "E=b");
	assert_null(e[4]);
}

/* SEC-06: other service managers took some of these for root. */
static void
nobody_becomes_root_by_mistake(void **state)
{
	static const char *const bad[] = { "0x0", "0day", "+0", "-0", "-1",
		"0.0", "1e3", "00x", "root ", "Root", "ROOT", "root:root",
		"root@", "0,0", "%%", "$USER", "${USER}", "uid0", "0 0",
		"4294967295", "4294967296", "99999999999999999999", "nil",
		"null", "no-such-user", "root/", "/root", ".", "..", "-", "_",
		"*", "?", "root\troot", "\xc3\xa4", "0b0", "0o0", "#0", "toor ",
		"\\0" };
	struct kit *kit = *state;
	char text[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), S "user = '%s'\n", bad[i]);
		if (kit_try(kit, text) != NULL)
			fail_msg("taken: '%s'", bad[i]);
		assert_int_equal(kit->out.errors, 1);
		snprintf(text, sizeof(text), S "user = %sx\n", bad[i]);
		assert_null(kit_try(kit, text));
	}
	kit_wants(kit, S "user =\n",
	    "3: bad user '' in [service:a]: there is "
	    "no user ''",
	    NULL);
	kit_wants(kit, S "user = 0x0\ngroup = 0x0\ngroups = root 0x0\n",
	    "3: bad user '0x0' in [service:a]: there is no user '0x0'",
	    "4: bad group '0x0' in [service:a]: there is no group '0x0'",
	    "5: bad groups 'root 0x0' in [service:a]: there is no group "
	    "'0x0'",
	    NULL);
}

static void
users_bring_their_groups(void **state)
{
	const struct passwd *user = getpwnam("nobody");
	struct kit *kit = *state;
	const struct launch *l;
	gid_t gid;

	if (geteuid() != 0 || user == NULL)
		skip();
	gid = user->pw_gid;
	kit_read(kit, S "user = nobody\n");
	l = kit_launch(kit->plan, "a");
	assert_true(l->set_user && l->set_groups);
	assert_int_equal(l->uid, user->pw_uid);
	assert_int_equal(l->gid, gid);
	assert_true(l->groups_count >= 1);
	assert_string_equal(l->user_name, "nobody");
	assert_string_equal(l->user_home, user->pw_dir);
	assert_string_equal(l->user_shell, user->pw_shell);
	kit_read(kit, S "user = nobody\ngroup = 0\ngroups = 1 2\n");
	l = kit_launch(kit->plan, "a");
	assert_true(l->set_group && l->gid == 0);
	assert_true(l->groups_count == 2 && l->groups[1] == 2);
	kit_read(kit, S "group = 7\n");
	l = kit_launch(kit->plan, "a");
	assert_true(!l->set_user && l->set_group && l->gid == 7);
	assert_false(l->set_groups);
	kit_read(kit, S "groups =\n");
	l = kit_launch(kit->plan, "a");
	assert_true(l->set_groups && l->groups_count == 0);
}

static void
a_number_without_a_name_wants_a_group(void **state)
{
	struct kit *kit = *state;
	const struct launch *l;

	if (geteuid() != 0)
		skip();
	kit_wants(kit, S "user = 54321\n",
	    "3: bad user '54321' in [service:a]: this number is in no entry "
	    "of the user database, so 'group' must be set, too",
	    NULL);
	kit_read(kit, S "user = 54321\ngroup = 4321\n");
	l = kit_launch(kit->plan, "a");
	assert_true(l->uid == 54321 && l->gid == 4321);
	assert_true(l->set_groups && l->groups_count == 0);
	assert_string_equal(l->user_name, "54321");
	assert_string_equal(l->user_home, "/");
}

/* As another user; the kit goes on as root afterwards. */
static void
without_root_there_is_only_oneself(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct kit *kit = *state;
	char text[256], other[256], group[256], groups[256];

	if (geteuid() != 0 || nobody == NULL)
		skip();
	snprintf(text, sizeof(text), S "user = nobody\ngroup = %u\n",
	    nobody->pw_gid);
	snprintf(other, sizeof(other),
	    "3: bad user 'root' in [service:a]: supd runs as uid %u, and only "
	    "root can become another user",
	    nobody->pw_uid);
	snprintf(group, sizeof(group),
	    "4: bad group '0' in [service:a]: supd runs as gid %u, and only "
	    "root can take another group",
	    nobody->pw_gid);
	snprintf(groups, sizeof(groups),
	    "5: bad groups '1' in [service:a]: only root can set groups, and "
	    "supd runs as uid %u",
	    nobody->pw_uid);
	assert_int_equal(chown(kit->folder, nobody->pw_uid, 0), 0);
	assert_int_equal(setegid(nobody->pw_gid), 0);
	assert_int_equal(seteuid(nobody->pw_uid), 0);
	kit_read(kit, text);
	assert_false(kit_launch(kit->plan, "a")->set_user);
	assert_false(kit_launch(kit->plan, "a")->set_groups);
	assert_string_equal(kit_launch(kit->plan, "a")->user_name, "nobody");
	kit_wants(kit, S "user = root\ngroup = 0\ngroups = 1\n", other, group,
	    groups, NULL);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	unlink(kit_at(kit, KIT_FILE));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
	const struct CMUnitTest tests[] = {
		TEST(commands_are_split_as_a_shell_would),
		TEST(a_command_line_must_be_whole),
		TEST(variables_are_checked),
		TEST(percent_signs_are_replaced_in_texts_only),
		TEST(descriptions_are_one_line),
		TEST(an_environment_is_names_and_values),
		TEST(files_of_variables_are_read),
		TEST(errors_of_files_of_variables_are_at_their_line),
		TEST(
		    a_file_of_variables_must_be_there_unless_it_may_be_missing),
		TEST(variables_are_merged_in_order),
		TEST(nobody_becomes_root_by_mistake),
		TEST(users_bring_their_groups),
		TEST(a_number_without_a_name_wants_a_group),
		TEST(without_root_there_is_only_oneself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
