/* Snapshots, and the difference of two plans. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/keys.h"
#include "lib/buf.h"
#include "tests/unit/conf_kit.h"

#define C "command = true\n"

static void
no_difference(const struct plan *a, const struct plan *b)
{
	struct plan_diff *diff = plan_diff(a, b);

	assert_non_null(diff);
	assert_int_equal(diff->changes_count, 0);
	assert_int_equal(diff->settings_count, 0);
	assert_false(diff->fixed);
	assert_int_equal(a->count, b->count);
	for (uint32_t i = 0; i < b->count; i++) {
		assert_int_equal(diff->old_of[i], i);
		assert_int_equal(diff->restart[i], 0);
	}
	plan_diff_free(diff);
}

/* The difference as text: `+name`, `-name`, `~name(keys)`, with a `!` where
 * it must be restarted; then the settings. */
static void
differs(struct kit *kit, const char *from, const char *to, const char *wanted)
{
	struct plan *old = kit_read(kit, from), *new;
	struct buf text = buf_make(4096);
	struct plan_diff *diff;

	kit->plan = NULL;
	new = kit_read(kit, to);
	diff = plan_diff(old, new);
	assert_non_null(diff);
	for (size_t i = 0; i < diff->changes_count; i++) {
		const struct change *c = &diff->changes[i];
		const struct plan *of = c->kind == CHANGE_REMOVED ? old : new;

		buf_print(&text, "%s%c%s", i > 0 ? " " : "", "+-~"[c->kind],
		    of -> specs[c->node].name);
		for (size_t k = 0; k < c->keys_count; k++)
			buf_print(
			    &text, "%s%s", k == 0 ? "(" : ",", c->keys[k]);
		if (c->keys_count > 0)
			buf_print(&text, ")%s", c->restart ? "!" : "");
		if (c->kind == CHANGE_CHANGED)
			assert_int_equal(diff->restart[c->node], c->restart);
	}
	for (size_t i = 0; i < diff->settings_count; i++)
		buf_print(&text, "%s%s", i == 0 ? "|" : ",", diff->settings[i]);
	if (diff->fixed)
		buf_text(&text, "!");
	assert_string_equal(buf_string(&text), wanted);
	buf_free(&text);
	plan_diff_free(diff);
	plan_free(old);
}

static void
a_snapshot_gives_an_equal_plan(void **state)
{
	static const char file[] = "FROM=file\n";
	struct kit *kit = *state;
	struct diagnoses out = { 0 };
	char text[2048];
	struct plan *again;

	kit_write(kit, "x.env", file, sizeof(file) - 1);
	snprintf(text, sizeof(text),
	    "[supd]\nsocket = /x\nobserve_users = *\nenvironment = S=1\n"
	    "[supervisor:s]\nstrategy = one_for_all\nstart = parallel\n"
	    "[service:a]\nsupervisor = s\n" C
	    "environment_file = %s/x.env -/no/such\nlimit_core = 1\n"
	    "user = %u\ncpu_affinity = 0\nlog = /x\nready = fd:4\n"
	    "[service:w@]\n" C "instances = 3\ntype = oneshot\n",
	    kit->folder, geteuid());
	kit_read(kit, text);
	/* Nothing of it is there any more. */
	unlink(kit_at(kit, "x.env"));
	unlink(kit_at(kit, KIT_FILE));
	again =
	    conf_parse(kit->plan->snapshot, kit->plan->snapshot_bytes, &out);
	assert_non_null(again);
	assert_int_equal(out.count, 0);
	no_difference(kit->plan, again);
	assert_int_equal(again->snapshot_bytes, kit->plan->snapshot_bytes);
	assert_memory_equal(
	    again->snapshot, kit->plan->snapshot, again->snapshot_bytes);
	for (uint32_t i = 0; i < again->count; i++) {
		assert_string_equal(
		    again->nodes[i].path, kit->plan->nodes[i].path);
		assert_int_equal(
		    again->nodes[i].line, kit->plan->nodes[i].line);
	}
	plan_free(again);
}

static void
a_damaged_snapshot_is_refused(void **state)
{
	static const char told[] = "the snapshot of the configuration is "
				   "damaged, or another version's";
	struct kit *kit = *state;
	struct diagnoses out = { 0 };
	size_t bytes;
	char *copy;

	kit_read(kit, "[service:a]\n" C);
	bytes = kit->plan->snapshot_bytes;
	copy = malloc(bytes);
	assert_non_null(copy);
	for (size_t i = 0; i < bytes; i++) {
		memcpy(copy, kit->plan->snapshot, bytes);
		copy[i] ^= 4;
		assert_null(conf_parse(copy, bytes, &out));
		assert_int_equal(out.errors, 1);
		assert_string_equal(out.list[0].text, told);
		diagnoses_free(&out);
		assert_null(conf_parse(kit->plan->snapshot, i, &out));
		assert_int_equal(out.errors, 1);
		diagnoses_free(&out);
	}
	free(copy);
}

static void
what_is_written_another_way_is_no_difference(void **state)
{
	struct kit *kit = *state;

	differs(kit, "[service:a]\n" C "nice = 5\nshutdown = 60s\n",
	    "; moved\n[defaults]\nshutdown = 1m\nnice = 5\n\n"
	    "[service:a]\ncommand = 'true'\n",
	    "");
	differs(kit, "[service:a]\n" C "environment = A=1 B=2\n",
	    "[supd]\nenvironment = B=2 A=0\n[service:a]\n" C
	    "environment = A=1\n",
	    "");
	differs(kit, "[service:a]\n" C,
	    "[service:a]\n" C
	    "restart = permanent\nready = exec\nstop_signal = 15\n"
	    "success = 0\nstdin = null\nbackoff_factor = 2.0\n"
	    "[supervisor:root]\nperiod = 10\n[supd]\nlog_level = info\n",
	    "");
}

static void
nodes_come_and_go(void **state)
{
	struct kit *kit = *state;

	differs(kit, "[service:a]\n" C "[service:b]\n" C,
	    "[service:c]\n" C "[service:a]\n" C, "-b +c");
	differs(kit, "[service:w@]\n" C "instances = 3\n",
	    "[service:w@]\n" C "instances = 1\n", "-w@3 -w@2");
	differs(kit, "[service:a]\n" C, "[supervisor:a]\n", "-a +a");
	differs(kit, "[supervisor:s]\n[service:a]\n" C,
	    "[supervisor:s]\n[service:a]\nsupervisor = s\n" C, "-a +a");
	/* A supervisor that moves takes all below it along. */
	differs(kit,
	    "[supervisor:s]\n[supervisor:t]\n[service:a]\n"
	    "supervisor = t\n" C,
	    "[supervisor:s]\n[supervisor:t]\nsupervisor = s\n"
	    "[service:a]\nsupervisor = t\n" C,
	    "-a -t +t +a");
}

static void
what_needs_a_restart_says_so(void **state)
{
	struct kit *kit = *state;

	differs(kit, "[service:a]\n" C "[service:b]\n" C,
	    "[service:a]\ncommand = false\nnice = 1\nshutdown = 1s\n"
	    "[service:b]\n" C
	    "shutdown = 1s\nstop_signal = INT\nsuccess = 0 1\n"
	    "description = b\nbackoff_max = 1m\nbackoff_reset = 1m\n"
	    "pre_start = true\npost_stop = true\nreload = USR1\n"
	    "kill_mode = group\nstart_timeout = 5s\nrestart = transient\n"
	    "autostart = no\non_limit = stop\n",
	    "~a(command,nice,shutdown)! ~b(autostart,backoff_max,"
	    "backoff_reset,description,kill_mode,on_limit,post_stop,"
	    "pre_start,reload,restart,shutdown,start_timeout,stop_signal,"
	    "success)");
	differs(kit, "[supervisor:s]\n",
	    "[supervisor:s]\nstrategy = one_for_all\nintensity = 1\n"
	    "period = 1s\nstart = parallel\nshutdown = 1m\n",
	    "~s(intensity,period,shutdown,start,strategy)");
	differs(kit, "[service:a]\n" C "environment = A=1\n",
	    "[service:a]\n" C "environment = A=2\n", "~a(environment)!");
	differs(kit, "[service:a]\n" C,
	    "[service:a]\n" C
	    "ready = after:1s\nlog = null\nstdin = /dev/zero\numask = 0\n"
	    "limit_core = 0\noom_score_adj = 1\nio_priority = idle\n"
	    "cpu_affinity = 0\ndirectory = /\nclear_environment = yes\n",
	    "~a(clear_environment,cpu_affinity,directory,io_priority,"
	    "limit_core,log,oom_score_adj,ready,stdin,umask)!");
}

static void
a_file_of_variables_is_part_of_the_value(void **state)
{
	struct kit *kit = *state;
	char text[256];
	struct plan_diff *diff;
	struct plan *old;

	snprintf(text, sizeof(text),
	    "[service:a]\n" C "environment_file = %s/x.env\n", kit->folder);
	kit_write(kit, "x.env", "A=1\n", 4);
	old = kit_read(kit, text);
	kit->plan = NULL;
	kit_write(kit, "x.env", "A=2\n", 4);
	kit_read(kit, text);
	diff = plan_diff(old, kit->plan);
	assert_int_equal(diff->changes_count, 1);
	assert_string_equal(diff->changes[0].keys[0], "environment");
	assert_true(diff->changes[0].restart);
	plan_diff_free(diff);
	plan_free(old);
}

static void
another_order_is_a_change_of_the_parent(void **state)
{
	struct kit *kit = *state;

	differs(kit, "[service:a]\n" C "[service:b]\n" C "[service:c]\n" C,
	    "[service:b]\n" C "[service:x]\n" C "[service:a]\n" C
	    "[service:c]\n" C,
	    "~root(order) +x");
	differs(kit,
	    "[supervisor:s]\n[service:a]\n" C "supervisor = s\n"
	    "[service:b]\n" C "supervisor = s\n",
	    "[service:b]\n" C "supervisor = s\n[service:a]\n" C
	    "supervisor = s\n[supervisor:s]\nintensity = 1\n",
	    "~s(intensity,order)");
}

static void
settings_are_compared_too(void **state)
{
	struct kit *kit = *state;

	differs(kit, "[supd]\nsocket = /a\n",
	    "[supd]\nsocket = /a\n"
	    "log_level = debug\ncontrol_users = root\n"
	    "observe_users = *\nobserve_groups = root\n",
	    "|control_users,log_level,observe_groups,observe_users");
	differs(kit, "[supd]\nsocket = /a\n",
	    "[supd]\nsocket = /b\n"
	    "environment = A=1\n",
	    "|socket!");
	differs(kit, "[supd]\nenvironment = A=1\n[service:a]\n" C,
	    "[supd]\nenvironment = A=2\n[service:a]\n" C, "~a(environment)!");
}

/* Another value for each key whose form does not take a 0, or has it. */
static const struct {
	const char *key;
	const char *value;
} others[] = {
	{ "description", "x" },
	{ "type", "oneshot" },
	{ "restart", "temporary" },
	{ "success", "0 TERM" },
	{ "autostart", "no" },
	{ "backoff_min", "1s" },
	{ "backoff_max", "20s" },
	{ "backoff_factor", "3" },
	{ "backoff_jitter", "0" },
	{ "backoff_reset", "40s" },
	{ "on_limit", "stop" },
	{ "command", "false" },
	{ "pre_start", "x" },
	{ "post_stop", "x" },
	{ "reload", "x" },
	{ "directory", "/" },
	{ "umask", "0" },
	{ "nice", "0" },
	{ "oom_score_adj", "0" },
	{ "cpu_affinity", "0" },
	{ "io_priority", "idle" },
	{ "environment", "A=" },
	{ "clear_environment", "1" },
	{ "user", "root" },
	{ "group", "0" },
	{ "groups", "0" },
	{ "capabilities", "" },
	{ "bounding_set", "" },
	{ "no_new_privs", "1" },
	{ "securebits", "" },
	{ "private_tmp", "1" },
	{ "private_network", "1" },
	{ "private_pids", "1" },
	{ "private_ipc", "1" },
	{ "hostname", "x" },
	{ "chroot", "/" },
	{ "read_only_root", "1" },
	{ "read_write_paths", "-/x" },
	{ "inaccessible_paths", "-/x" },
	{ "landlock", "x:-/x" },
	{ "syscall_filter", "~@mount" },
	{ "stdin", "/x" },
	{ "log", "null" },
	{ "ready", "notify" },
	{ "after", "z" },
	{ "start_timeout", "1s" },
	{ "watchdog", "5s" },
	{ "health_tcp", "80" },
	{ "health_http", "http://127.0.0.1/" },
	{ "health_interval", "1s" },
	{ "health_timeout", "1s" },
	{ "health_failures", "1" },
	{ "health_delay", "1s" },
	{ "stop_signal", "INT" },
	{ "shutdown", "0" },
	{ "kill_mode", "group" },
	{ "cpu_max", "50%" },
	{ "cpu_weight", "7" },
	{ "pids_max", "7" },
	{ "io_weight", "7" },
};

static const char *
other_value(const char *name)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].key, name) == 0)
			return others[i].value;
	return "0";
}

/* Setting that key is told as a change of it, with its effect. */
static void
is_compared(struct kit *kit, const struct key *key)
{
	struct plan *old = kit_read(kit, "[service:z]\n" C "[service:a]\n" C);
	struct plan_diff *diff;
	bool found = false;
	char text[256];

	kit->plan = NULL;
	snprintf(text, sizeof(text),
	    "[service:z]\n" C "[service:a]\n%s%s = %s\n",
	    key == &keys[KEY_command] ? "" : C, key->name,
	    other_value(key->name));
	kit_read(kit, text);
	diff = plan_diff(old, kit->plan);
	for (size_t k = 0;
	     diff->changes_count == 1 && k < diff->changes[0].keys_count; k++)
		found |= strcmp(diff->changes[0].keys[k], key->name) == 0;
	if (!found)
		fail_msg("%s is not compared", key->name);
	assert_true(
	    diff->changes[0].restart == (key->effect == EFFECT_RESTART));
	plan_diff_free(diff);
	plan_free(old);
}

/* No key may be forgotten in the comparison. */
static void
every_key_of_a_service_is_compared(void **state)
{
	size_t tried = 0;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		if ((keys[i].sections & KEY_IN_SERVICE) == 0 ||
		    i == KEY_supervisor || i == KEY_significant ||
		    i == KEY_environment_file)
			continue;
		if (geteuid() != 0 &&
		    (i == KEY_user || i == KEY_group || i == KEY_groups))
			continue;
		is_compared(*state, &keys[i]);
		tried++;
	}
	assert_true(tried > 40);
}

/* 10,000 services are read, compared and found in no time to speak of; the
 * test has no clock, but a square of them would not end. */
static void
a_large_tree_is_read_and_compared(void **state)
{
	struct buf text = buf_make(1 << 20);
	struct kit *kit = *state;
	uint32_t node;

	buf_print(&text,
	    "[defaults]\nsupervisor = s\nuser = %u\n"
	    "environment = N=%%n\n[supervisor:s]\n",
	    geteuid());
	for (int i = 0; i < 10000; i++)
		buf_print(
		    &text, "[service:service-%d]\ncommand = true %d\n", i, i);
	kit_read(kit, buf_string(&text));
	assert_int_equal(kit->plan->count, 10002);
	no_difference(kit->plan, kit->plan);
	assert_true(plan_find(kit->plan, "s/service-9999", &node));
	buf_free(&text);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
	const struct CMUnitTest tests[] = {
		TEST(a_snapshot_gives_an_equal_plan),
		TEST(a_damaged_snapshot_is_refused),
		TEST(what_is_written_another_way_is_no_difference),
		TEST(nodes_come_and_go),
		TEST(what_needs_a_restart_says_so),
		TEST(a_file_of_variables_is_part_of_the_value),
		TEST(another_order_is_a_change_of_the_parent),
		TEST(settings_are_compared_too),
		TEST(every_key_of_a_service_is_compared),
		TEST(a_large_tree_is_read_and_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
