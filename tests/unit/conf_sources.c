/* Files and folders: which are read, in which order, and who may have
 * written them. */
#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "tests/unit/conf_kit.h"

#define A "[service:a]\ncommand = true\n"

static void
put(struct kit *kit, const char *name, const char *text)
{
	kit_write(kit, name, text, strlen(text));
}

static struct plan *
read_paths(struct kit *kit, size_t n, ...)
{
	char paths[4][512], *list[4];
	va_list names;

	plan_free(kit->plan);
	diagnoses_free(&kit->out);
	va_start(names, n);
	for (size_t i = 0; i < n; i++) {
		list[i] = paths[i];
		snprintf(paths[i], sizeof(paths[i]), "%s",
		    kit_at(kit, va_arg(names, const char *)));
	}
	va_end(names);
	kit->plan = conf_read(list, n, &kit->out);
	return kit->plan;
}

static void
make_folder(struct kit *kit, mode_t mode)
{
	assert_int_equal(mkdir(kit_at(kit, "folder.d"), 0755), 0);
	assert_int_equal(chmod(kit_at(kit, "folder.d"), mode), 0);
}

static void
told(struct kit *kit, const char *line)
{
	kit_told(kit, &line, 1);
}

static void
a_folder_is_its_conf_files_in_byte_order(void **state)
{
	struct kit *kit = *state;

	make_folder(kit, 0755);
	put(kit, "folder.d/b.conf", "[service:b]\ncommand = true\n");
	put(kit, "folder.d/a.conf", A);
	put(kit, "folder.d/Z.conf", "[service:z]\ncommand = true\n");
	put(kit, "folder.d/10-x.conf", "[service:x]\ncommand = true\n");
	put(kit, "folder.d/a.conf~", "garbage\n");
	put(kit, "folder.d/README", "garbage\n");
	put(kit, "folder.d/.hidden.conf", "garbage\n");
	put(kit, "folder.d/.conf", "garbage\n");
	assert_non_null(read_paths(kit, 1, "folder.d/"));
	assert_int_equal(kit->plan->count, 5);
	assert_string_equal(kit->plan->specs[1].name, "x");
	assert_string_equal(kit->plan->specs[2].name, "z");
	assert_string_equal(kit->plan->specs[3].name, "a");
	assert_string_equal(kit->plan->specs[4].name, "b");
	assert_string_equal(
	    kit->plan->nodes[3].file, kit_at(kit, "folder.d/a.conf"));
}

static void
all_paths_are_one_configuration_in_their_order(void **state)
{
	struct kit *kit = *state;

	make_folder(kit, 0755);
	put(kit, "folder.d/a.conf", A "supervisor = s\n");
	put(kit, "any.name", "[supervisor:s]\n[service:b]\ncommand = true\n");
	assert_non_null(read_paths(kit, 2, "any.name", "folder.d"));
	assert_int_equal(kit->plan->count, 4);
	assert_string_equal(kit->plan->specs[2].name, "a");
	assert_string_equal(kit->plan->specs[3].name, "b");
	assert_null(read_paths(kit, 2, "any.name", "any.name"));
	assert_int_equal(kit->out.errors, 2);
}

static void
errors_are_sorted_by_file_and_line(void **state)
{
	static const char *const lines[] = {
		("folder.d/a.conf:2: bad command '' in [service:a]: a service "
		 "needs a program to run"),
		"folder.d/a.conf:3: unknown key 'zz' in [service:a]",
		"folder.d/b.conf:1: [service:b] has no command",
		"folder.d/b.conf:2: unknown key 'yy' in [service:b]",
	};
	struct kit *kit = *state;

	make_folder(kit, 0755);
	put(kit, "folder.d/a.conf", "[service:a]\ncommand =\nzz = 1\n");
	put(kit, "folder.d/b.conf", "[service:b]\nyy = 1\n");
	assert_null(read_paths(kit, 1, "folder.d"));
	kit_told(kit, lines, 4);
}

static void
an_empty_folder_is_an_empty_tree(void **state)
{
	struct kit *kit = *state;

	make_folder(kit, 0755);
	assert_non_null(read_paths(kit, 1, "folder.d"));
	assert_int_equal(kit->plan->count, 1);
	told(kit, "folder.d: warning: no *.conf file in this folder");
}

static void
what_cannot_be_read_is_an_error(void **state)
{
	static const char *const lines[] = {
		("folder.d/dangling.conf: can't be read: No such file or "
		 "directory"),
		"folder.d/fifo.conf: is no regular file",
		"missing: can't be read: No such file or directory",
	};
	struct kit *kit = *state;
	char path[512];

	make_folder(kit, 0755);
	snprintf(
	    path, sizeof(path), "%s", kit_at(kit, "folder.d/dangling.conf"));
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(mkfifo(kit_at(kit, "folder.d/fifo.conf"), 0600), 0);
	assert_null(read_paths(kit, 2, "folder.d", "missing"));
	kit_told(kit, lines, 3);
}

static void
a_folder_in_a_folder_is_no_file(void **state)
{
	struct kit *kit = *state;

	make_folder(kit, 0755);
	assert_int_equal(mkdir(kit_at(kit, "folder.d/sub.conf"), 0755), 0);
	assert_null(read_paths(kit, 1, "folder.d"));
	told(kit, "folder.d/sub.conf: is no regular file");
}

static void
a_link_to_a_good_file_is_as_good(void **state)
{
	struct kit *kit = *state;
	char path[512];

	make_folder(kit, 0755);
	put(kit, "target", A);
	snprintf(path, sizeof(path), "%s", kit_at(kit, "folder.d/a.conf"));
	assert_int_equal(symlink("../target", path), 0);
	assert_non_null(read_paths(kit, 1, "folder.d"));
	assert_int_equal(kit->plan->count, 2);
}

static void
a_file_may_have_1_mib(void **state)
{
	struct buf text = buf_make(2 << 20);
	struct kit *kit = *state;

	while (text.length < (1 << 20))
		buf_text(&text, "# 34567890123456789012345678901\n");
	text.length = 1 << 20;
	text.data[text.length - 1] = '\n';
	assert_non_null(kit_try_bytes(kit, text.data, text.length));
	buf_text(&text, "\n");
	assert_null(kit_try_bytes(kit, text.data, text.length));
	told(kit, " the file is larger than 1048576 bytes");
	buf_free(&text);
}

/* SEC-22 */
static void
root_reads_nothing_that_others_may_write(void **state)
{
	struct kit *kit = *state;
	const char *path;

	if (geteuid() != 0)
		skip();
	make_folder(kit, 0755);
	put(kit, "folder.d/a.conf", A);
	path = kit_at(kit, "folder.d/a.conf");
	assert_int_equal(chmod(path, 0666), 0);
	assert_null(read_paths(kit, 1, "folder.d"));
	told(kit, "folder.d/a.conf: others than root may write this file "
		  "(mode 0666); use chmod go-w");
	assert_int_equal(chmod(kit_at(kit, "folder.d/a.conf"), 0664), 0);
	assert_null(read_paths(kit, 1, "folder.d/a.conf"));
	told(kit, "folder.d/a.conf: others than root may write this file "
		  "(mode 0664); use chmod go-w");
	assert_int_equal(chmod(kit_at(kit, "folder.d/a.conf"), 0600), 0);
	assert_non_null(read_paths(kit, 1, "folder.d"));
	assert_int_equal(chown(kit_at(kit, "folder.d/a.conf"), 54321, 0), 0);
	assert_null(read_paths(kit, 1, "folder.d"));
	told(kit, "folder.d/a.conf: the file belongs to uid 54321; it must "
		  "belong to root");
}

static void
root_reads_no_folder_that_others_may_write(void **state)
{
	struct kit *kit = *state;

	if (geteuid() != 0)
		skip();
	make_folder(kit, 01777);
	put(kit, "folder.d/a.conf", A);
	assert_null(read_paths(kit, 1, "folder.d"));
	told(kit, "folder.d: others than root may write this folder (mode "
		  "1777); use chmod go-w");
	assert_int_equal(chmod(kit_at(kit, "folder.d"), 0755), 0);
	assert_int_equal(chown(kit_at(kit, "folder.d"), 54321, 0), 0);
	assert_null(read_paths(kit, 1, "folder.d"));
	told(kit, "folder.d: the folder belongs to uid 54321; it must belong "
		  "to root");
}

static void
files_of_variables_are_trusted_no_more(void **state)
{
	struct kit *kit = *state;
	char text[256], line[512];

	if (geteuid() != 0)
		skip();
	put(kit, "x.env", "A=1\n");
	assert_int_equal(chmod(kit_at(kit, "x.env"), 0646), 0);
	snprintf(
	    text, sizeof(text), A "environment_file = %s/x.env\n", kit->folder);
	assert_null(kit_try(kit, text));
	snprintf(line, sizeof(line),
	    "3: bad environment_file 'x.env' in [service:a]: x.env: others "
	    "than root may write this file (mode 0646); use chmod go-w");
	told(kit, line);
}

static void
another_user_reads_what_is_his_or_roots(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct kit *kit = *state;
	char line[256];

	if (geteuid() != 0 || nobody == NULL)
		skip();
	make_folder(kit, 0755);
	assert_int_equal(chmod(kit->folder, 0755), 0);
	put(kit, "folder.d/a.conf", A);
	assert_int_equal(chown(kit_at(kit, "folder.d"), nobody->pw_uid, 0), 0);
	assert_int_equal(seteuid(nobody->pw_uid), 0);
	assert_non_null(read_paths(kit, 1, "folder.d"));
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(kit_at(kit, "folder.d/a.conf"), 54321, 0), 0);
	assert_int_equal(seteuid(nobody->pw_uid), 0);
	assert_null(read_paths(kit, 1, "folder.d"));
	assert_int_equal(seteuid(0), 0);
	snprintf(line, sizeof(line),
	    "folder.d/a.conf: the file belongs to uid 54321; it must belong "
	    "to our own user or root");
	told(kit, line);
	assert_int_equal(chown(kit_at(kit, "folder.d/a.conf"), 0, 0), 0);
	assert_int_equal(chmod(kit_at(kit, "folder.d/a.conf"), 0600), 0);
	assert_int_equal(seteuid(nobody->pw_uid), 0);
	assert_null(read_paths(kit, 1, "folder.d"));
	assert_int_equal(seteuid(0), 0);
	told(kit, "folder.d/a.conf: can't be read: Permission denied");
}

static void
the_default_folder_is_named_when_it_is_missing(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct kit *kit = *state;

	if (geteuid() != 0 || nobody == NULL)
		skip();
	assert_int_equal(chmod(kit->folder, 0755), 0);
	setenv("XDG_CONFIG_HOME", kit->folder, 1);
	assert_int_equal(seteuid(nobody->pw_uid), 0);
	assert_null(read_paths(kit, 0));
	told(kit, "supd/conf.d: no such folder; it is where supd looks unless "
		  "a file or folder is named by -c PATH");
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "/nowhere", 1);
	assert_null(read_paths(kit, 0));
	told(kit, "/nowhere/.config/supd/conf.d: no such folder; it is where "
		  "supd looks unless a file or folder is named by -c PATH");
	assert_int_equal(seteuid(0), 0);
	if (access("/etc/supd", F_OK) == 0)
		return;
	assert_null(read_paths(kit, 0));
	told(kit, "/etc/supd/conf.d: no such folder; it is where supd looks "
		  "unless a file or folder is named by -c PATH");
}

/* A checkout may belong to anyone: its copy is ours. */
static void
copy_example(struct kit *kit)
{
	DIR *dir = opendir("conf.d");
	char from[512], to[512], text[65536];
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		ssize_t n;
		int fd;

		if (strstr(entry->d_name, ".conf") == NULL)
			continue;
		snprintf(from, sizeof(from), "conf.d/%s", entry->d_name);
		snprintf(to, sizeof(to), "folder.d/%s", entry->d_name);
		fd = open(from, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		n = read(fd, text, sizeof(text));
		assert_true(n > 0 && n < (ssize_t)sizeof(text));
		close(fd);
		kit_write(kit, to, text, (size_t)n);
	}
	closedir(dir);
}

/* What a fresh machine has is all that the example needs. */
static void
the_example_is_good_and_has_every_strategy(void **state)
{
	struct kit *kit = *state;
	unsigned strategies = 0, oneshots = 0, instances = 0, fds = 0;

	make_folder(kit, 0755);
	copy_example(kit);
	if (read_paths(kit, 1, "folder.d") == NULL)
		fail_msg("%s", diagnosis_line(&kit->out.list[0]));
	assert_int_equal(kit->out.warnings, 0);
	for (uint32_t i = 0; i < kit->plan->count; i++) {
		const struct spec *spec = &kit->plan->specs[i];
		const struct plan_node *node = &kit->plan->nodes[i];

		if (spec->kind == SPEC_SUPERVISOR) {
			strategies |= 1u << spec->strategy;
			continue;
		}
		assert_true(node->description[0] != '\0');
		oneshots += spec->type == TYPE_ONESHOT;
		instances += node->instance != NULL;
		fds += spec->ready == READY_FD;
	}
	assert_int_equal(strategies, 7);
	assert_true(oneshots > 0 && instances > 1 && fds > 0);
	assert_false(kit_spec(kit->plan, "crash")->autostart);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
	const struct CMUnitTest tests[] = {
		TEST(a_folder_is_its_conf_files_in_byte_order),
		TEST(all_paths_are_one_configuration_in_their_order),
		TEST(errors_are_sorted_by_file_and_line),
		TEST(an_empty_folder_is_an_empty_tree),
		TEST(what_cannot_be_read_is_an_error),
		TEST(a_folder_in_a_folder_is_no_file),
		TEST(a_link_to_a_good_file_is_as_good),
		TEST(a_file_may_have_1_mib),
		TEST(root_reads_nothing_that_others_may_write),
		TEST(root_reads_no_folder_that_others_may_write),
		TEST(files_of_variables_are_trusted_no_more),
		TEST(another_user_reads_what_is_his_or_roots),
		TEST(the_default_folder_is_named_when_it_is_missing),
		TEST(the_example_is_good_and_has_every_strategy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
