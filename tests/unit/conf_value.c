/* Every key's form: what it takes, and what it says of what it does not. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/keys.h"
#include "lib/limits.h"
#include "tests/unit/conf_kit.h"

/* A service with one more line. */
static struct plan *
with(struct kit *kit, const char *line)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "[supervisor:s]\nauto_shutdown = any_significant\n"
	    "[service:other]\ncommand = true\nsupervisor = s\n"
	    "restart = transient\nsignificant = yes\n"
	    "[service:a]\nsupervisor = s\ncommand = true\n%s\n",
	    line);
	return kit_try(kit, text);
}

static const struct spec *
spec_with(struct kit *kit, const char *line)
{
	if (with(kit, line) == NULL)
		fail_msg("refused: %s: %s", line, kit->out.list[0].text);
	return kit_spec(kit->plan, "a");
}

static const struct launch *
launch_with(struct kit *kit, const char *line)
{
	spec_with(kit, line);
	return kit_launch(kit->plan, "a");
}

/* `key = value` is refused with the reason. */
static void
refuses(struct kit *kit, const char *key, const char *value, const char *reason)
{
	char line[256], wanted[512];

	snprintf(line, sizeof(line), "%s = %s", key, value);
	if (with(kit, line) != NULL)
		fail_msg("taken: %s", line);
	snprintf(wanted, sizeof(wanted), "bad %s '%s' in [service:a]: %s", key,
	    value, reason);
	assert_int_equal(kit->out.errors, 1);
	assert_string_equal(kit->out.list[0].text, wanted);
	assert_int_equal(kit->out.list[0].line, 11);
}

static void
defaults_are_those_of_the_manual(void **state)
{
	struct kit *kit = *state;
	const struct spec *root = kit_read(kit, "[supervisor:s]\n")->specs;
	const struct spec *a;
	const struct launch *l;

	assert_int_equal(kit->plan->count, 2);
	assert_int_equal(root->parent, SPEC_NONE);
	assert_string_equal(root->name, "root");
	assert_int_equal(root[1].strategy, STRATEGY_ONE_FOR_ONE);
	assert_int_equal(root[1].intensity, 5);
	assert_int_equal(root[1].period_ms, 10000);
	assert_int_equal(root[1].auto_shutdown, AUTO_SHUTDOWN_NEVER);
	assert_int_equal(root[1].restart, RESTART_PERMANENT);
	assert_false(root[1].parallel);
	assert_true(root[1].shutdown_ms == SPEC_INFINITE);
	a = spec_with(kit, "");
	assert_int_equal(a->type, TYPE_DAEMON);
	assert_int_equal(a->restart, RESTART_PERMANENT);
	assert_int_equal(a->success_codes[0], 1);
	assert_true(a->autostart);
	assert_false(a->significant);
	assert_int_equal(a->backoff_min_ms, 500);
	assert_int_equal(a->backoff_max_ms, 30000);
	assert_int_equal(a->backoff_factor_milli, 2000);
	assert_int_equal(a->backoff_jitter_percent, 10);
	assert_int_equal(a->backoff_reset_ms, 30000);
	assert_int_equal(a->on_limit, ON_LIMIT_ESCALATE);
	assert_int_equal(a->ready, READY_EXEC);
	assert_int_equal(a->start_timeout_ms, 60000);
	assert_int_equal(a->stop_signal, SIGTERM);
	assert_int_equal(a->shutdown_ms, 10000);
	assert_int_equal(a->kill_mode, KILL_MODE_TREE);
	l = kit_launch(kit->plan, "a");
	assert_int_equal(l->reload_signal, SIGHUP);
	assert_int_equal(l->umask, -1);
	assert_int_equal(l->ready_fd, -1);
	assert_int_equal(l->stdin_kind, STDIN_NULL);
	assert_int_equal(l->log_kind, LOG_TO_INHERIT);
	assert_non_null(l->environment);
	assert_null(l->environment[0]);
	assert_null(l->directory);
	assert_false(l->set_user || l->set_group || l->set_groups);
}

#define TIMES "a time is 250ms, 5s, 2m, 1h30m, 1d, or a number of seconds"

static void
times(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(
	    spec_with(kit, "backoff_min = 250ms")->backoff_min_ms, 250);
	assert_int_equal(
	    spec_with(kit, "backoff_min = 7")->backoff_min_ms, 7000);
	assert_int_equal(
	    spec_with(kit, "shutdown = 1h30m")->shutdown_ms, 5400000);
	assert_int_equal(
	    spec_with(kit, "shutdown = brutal_kill")->shutdown_ms, 0);
	assert_true(spec_with(kit, "shutdown = infinity")->shutdown_ms ==
		    SPEC_INFINITE);
	assert_true(
	    spec_with(kit, "start_timeout = infinity")->start_timeout_ms ==
	    SPEC_INFINITE);
	refuses(kit, "backoff_max", "soon", TIMES);
	refuses(kit, "backoff_max", "-1s", TIMES);
	refuses(kit, "backoff_max", "infinity", "it can't be infinite");
	refuses(kit, "shutdown", "kill", TIMES "; or infinity, or brutal_kill");
	refuses(kit, "start_timeout", "0",
	    "it must be longer than 0; infinity is no limit");
	refuses(kit, "start_timeout", "1 m", TIMES "; infinity is no limit");
}

static void
flags(void **state)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };
	struct kit *kit = *state;
	char line[64];

	for (size_t i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), "autostart = %s", yes[i]);
		assert_true(spec_with(kit, line)->autostart);
		snprintf(line, sizeof(line), "autostart = %s", no[i]);
		assert_false(spec_with(kit, line)->autostart);
	}
	refuses(kit, "autostart", "maybe", "it is yes or no");
	refuses(kit, "autostart", "", "it is yes or no");
}

static void
choices(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(spec_with(kit, "type = oneshot")->type, TYPE_ONESHOT);
	assert_int_equal(
	    spec_with(kit, "type = oneshot")->restart, RESTART_TRANSIENT);
	assert_int_equal(spec_with(kit, "type = oneshot")->ready, READY_EXIT);
	assert_int_equal(
	    spec_with(kit, "restart = temporary")->restart, RESTART_TEMPORARY);
	assert_int_equal(
	    spec_with(kit, "on_limit = stop")->on_limit, ON_LIMIT_STOP);
	assert_int_equal(spec_with(kit, "kill_mode = process")->kill_mode,
	    KILL_MODE_PROCESS);
	refuses(kit, "restart", "always",
	    "it is permanent, transient or temporary");
	refuses(kit, "type", "", "it is daemon or oneshot");
	refuses(kit, "kill_mode", "Tree", "it is tree, group or process");
	refuses(kit, "on_limit", "give up", "it is escalate or stop");
}

static void
supervisors_keys(void **state)
{
	struct kit *kit = *state;
	const struct spec *s;

	kit_read(kit, "[supervisor:s]\nstrategy = rest_for_one\n"
		      "intensity = infinity\nperiod = 1m\nstart = parallel\n"
		      "shutdown = 30s\nrestart = permanent\n");
	s = kit_spec(kit->plan, "s");
	assert_int_equal(s->strategy, STRATEGY_REST_FOR_ONE);
	assert_int_equal(s->intensity, UINT32_MAX);
	assert_int_equal(s->period_ms, 60000);
	assert_true(s->parallel);
	assert_int_equal(s->shutdown_ms, 30000);
	kit_read(kit, "[supervisor:root]\nintensity = 0\n"
		      "strategy = one_for_all\n");
	assert_int_equal(kit->plan->specs[0].intensity, 0);
	kit_wants(kit,
	    "[supervisor:s]\nstrategy = all\nintensity = 1001\nperiod = 0\n"
	    "start = both\nauto_shutdown = yes\n",
	    "2: bad strategy 'all' in [supervisor:s]: it is one_for_one, "
	    "one_for_all or rest_for_one",
	    "3: bad intensity '1001' in [supervisor:s]: it is a number from 0 "
	    "to 1000, or infinity",
	    "4: bad period '0' in [supervisor:s]: it must be longer than 0",
	    "5: bad start 'both' in [supervisor:s]: it is sequential or "
	    "parallel",
	    "6: bad auto_shutdown 'yes' in [supervisor:s]: it is never, "
	    "any_significant or all_significant",
	    NULL);
}

static void
numbers(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(
	    spec_with(kit, "backoff_factor = 1.5")->backoff_factor_milli, 1500);
	assert_int_equal(
	    spec_with(kit, "backoff_factor = 1000")->backoff_factor_milli,
	    1000000);
	assert_int_equal(
	    spec_with(kit, "backoff_factor = 1.001")->backoff_factor_milli,
	    1001);
	assert_int_equal(
	    spec_with(kit, "backoff_jitter = 100%")->backoff_jitter_percent,
	    100);
	assert_int_equal(
	    spec_with(kit, "backoff_jitter = 0")->backoff_jitter_percent, 0);
	for (size_t i = 0; i < 7; i++) {
		static const char *const bad[] = { "0.5", "1.2345", "2.", "",
			"x", "1001", "1e3" };

		refuses(kit, "backoff_factor", bad[i],
		    "it is a number from 1 to 1000, as 2 or 1.5, with at most "
		    "three decimals");
	}
	refuses(kit, "backoff_jitter", "101%", "it is a share from 0% to 100%");
	refuses(kit, "backoff_jitter", "10%%", "it is a share from 0% to 100%");
}

static void
success(void **state)
{
	struct kit *kit = *state;
	const struct spec *a = spec_with(kit, "success = 0 3 255 HUP RTMIN+1");

	assert_true(a->success_codes[0] == 9);
	assert_true(a->success_codes[3] == UINT64_C(1) << 63);
	assert_true(a->success_signals[0] ==
		    (UINT64_C(1) << SIGHUP | UINT64_C(1) << (SIGRTMIN + 1)));
	refuses(kit, "success", "0 256",
	    "'256' is neither an exit code (0 to 255) nor a signal's name");
	refuses(kit, "success", "HUPP",
	    "'HUPP' is neither an exit code (0 to 255) nor a signal's name");
}

static const char *
limit_with(struct kit *kit, const char *line, enum cgroup_limit which)
{
	return launch_with(kit, line)->cgroup_limits[which];
}

static void
limits_of_cgroups(void **state)
{
	struct kit *kit = *state;

	assert_null(limit_with(kit, "nice = 1", CGROUP_MEMORY_MAX));
	assert_string_equal(
	    limit_with(kit, "memory_max = 64M", CGROUP_MEMORY_MAX), "67108864");
	assert_string_equal(
	    limit_with(kit, "memory_high = infinity", CGROUP_MEMORY_HIGH),
	    "max");
	assert_string_equal(
	    limit_with(kit, "cpu_max = 150%", CGROUP_CPU_MAX), "150000 100000");
	assert_string_equal(
	    limit_with(kit, "cpu_max = infinity", CGROUP_CPU_MAX),
	    "max 100000");
	assert_string_equal(
	    limit_with(kit, "cpu_weight = 10000", CGROUP_CPU_WEIGHT), "10000");
	assert_string_equal(
	    limit_with(kit, "io_weight = 1", CGROUP_IO_WEIGHT), "default 1");
	assert_string_equal(
	    limit_with(kit, "pids_max = 20", CGROUP_PIDS_MAX), "20");
	refuses(kit, "memory_max", "64X",
	    "it is a size, as 512M or 2G, or infinity");
	refuses(kit, "cpu_max", "1.5",
	    "it is a share of one processor, as 50% or 200%, or infinity");
	refuses(kit, "cpu_max", "0%",
	    "it is a share of one processor, as 50% or 200%, or infinity");
	refuses(kit, "cpu_weight", "0", "it is a number from 1 to 10000");
	refuses(kit, "io_weight", "10001", "it is a number from 1 to 10000");
	refuses(kit, "pids_max", "0", "it is a number above 0, or infinity");
}

static void
signals(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(
	    spec_with(kit, "stop_signal = INT")->stop_signal, SIGINT);
	assert_int_equal(
	    spec_with(kit, "stop_signal = SIGQUIT")->stop_signal, SIGQUIT);
	assert_int_equal(spec_with(kit, "stop_signal = 10")->stop_signal, 10);
	refuses(kit, "stop_signal", "0",
	    "a signal is TERM, SIGTERM, 15, or RTMIN+3");
	refuses(kit, "stop_signal", "65",
	    "a signal is TERM, SIGTERM, 15, or RTMIN+3");
	refuses(kit, "stop_signal", "RTMIN+99",
	    "a signal is TERM, SIGTERM, 15, or RTMIN+3");
	assert_int_equal(
	    launch_with(kit, "reload = USR1")->reload_signal, SIGUSR1);
	assert_int_equal(launch_with(kit, "reload = true x")->reload.count, 2);
	refuses(kit, "reload", "", "it is a signal or a command");
}

static void
readiness(void **state)
{
	struct kit *kit = *state;
	const struct spec *a = spec_with(kit, "ready = notify");

	assert_int_equal(a->ready, READY_NOTIFY);
	assert_true(kit_launch(kit->plan, "a")->notify);
	a = spec_with(kit, "ready = fd:3");
	assert_int_equal(a->ready, READY_FD);
	assert_int_equal(kit_launch(kit->plan, "a")->ready_fd, 3);
	a = spec_with(kit, "ready = after:2s");
	assert_int_equal(a->ready, READY_AFTER);
	assert_int_equal(a->ready_after_ms, 2000);
	refuses(kit, "ready", "fd:2",
	    "the descriptor of fd:N is a number from 3 to 1023");
	refuses(kit, "ready",
	    "fd:", "the descriptor of fd:N is a number from 3 to 1023");
	refuses(
	    kit, "ready", "after:", "the time of after:TIME is as 2s or 500ms");
	refuses(kit, "ready", "after:infinity",
	    "the time of after:TIME is as 2s or 500ms");
	refuses(kit, "ready", "yes",
	    "it is exec, notify, fd:N, after:TIME or exit");
	refuses(kit, "ready", "exit", "only a oneshot is ready when it ends");
	kit_wants(kit,
	    "[service:a]\ncommand = true\ntype = oneshot\nready = exec\n",
	    "4: bad ready 'exec' in [service:a]: a oneshot is ready when it "
	    "ends: ready = exit",
	    NULL);
}

static void
surroundings(void **state)
{
	struct kit *kit = *state;
	const struct launch *l;

	assert_int_equal(launch_with(kit, "umask = 027")->umask, 027);
	refuses(kit, "umask", "8", "it is octal, from 0 to 0777");
	refuses(kit, "umask", "01000", "it is octal, from 0 to 0777");
	refuses(kit, "umask", "", "it is octal, from 0 to 0777");
	l = launch_with(kit, "nice = -20");
	assert_true(l->set_nice && l->nice == -20);
	refuses(kit, "nice", "20", "it is a number from -20 to 19");
	refuses(kit, "nice", "--1", "it is a number from -20 to 19");
	refuses(kit, "nice", "", "it is a number from -20 to 19");
	l = launch_with(kit, "oom_score_adj = 500");
	assert_true(l->set_oom && l->oom_score_adj == 500);
	refuses(
	    kit, "oom_score_adj", "-1001", "it is a number from -1000 to 1000");
	l = launch_with(kit, "cpu_affinity = 0-3 7 64");
	assert_true(l->set_cpus && l->cpus[0] == 0x8f && l->cpus[1] == 1);
	refuses(kit, "cpu_affinity", "", "no processor is named");
	refuses(kit, "cpu_affinity", "3-1",
	    "processors are numbers and ranges up to 1023, as 0-3 7");
	refuses(kit, "cpu_affinity", "1024",
	    "processors are numbers and ranges up to 1023, as 0-3 7");
	l = launch_with(kit, "io_priority = best-effort:7");
	assert_true(l->set_io && l->io_priority == (2 << 13 | 7));
	l = launch_with(kit, "io_priority = idle");
	assert_int_equal(l->io_priority, 3 << 13);
	l = launch_with(kit, "io_priority = realtime");
	assert_int_equal(l->io_priority, 1 << 13 | 4);
#define IO                                                           \
	"it is realtime, best-effort (both with a level 0 to 7, as " \
	"best-effort:4) or idle"
	refuses(kit, "io_priority", "idle:1", IO);
	refuses(kit, "io_priority", "best-effort:8", IO);
	refuses(kit, "io_priority", "best", IO);
}

static void
places(void **state)
{
	struct kit *kit = *state;
	const struct launch *l = launch_with(kit, "stdin = tty:/dev/tty9");

	assert_int_equal(l->stdin_kind, STDIN_TTY);
	assert_string_equal(l->stdin_path, "/dev/tty9");
	l = launch_with(kit, "stdin = /x");
	assert_int_equal(l->stdin_kind, STDIN_PATH);
	refuses(kit, "stdin", "inherit",
	    "it is null, a path that begins with /, or tty:PATH");
	l = launch_with(kit, "log = /var/log/%n");
	assert_int_equal(l->log_kind, LOG_TO_PATH);
	assert_string_equal(l->log_path, "/var/log/a");
	assert_string_equal(
	    launch_with(kit, "log = ${HOME}/x")->log_path, "${HOME}/x");
	assert_int_equal(launch_with(kit, "log = null")->log_kind, LOG_TO_NULL);
	refuses(kit, "log", "stdout",
	    "it is inherit, null, or a path that begins with /");
	refuses(kit, "log", "/a${",
	    "'${' without its '}'; $$ is a dollar "
	    "sign");
	assert_string_equal(
	    launch_with(kit, "directory = /a b")->directory, "/a b");
	refuses(kit, "directory", "", "it is empty");
}

static void
limits(void **state)
{
	struct kit *kit = *state;
	const struct launch *l = launch_with(kit, "limit_nofile = 1024:65536");

	assert_true(l->limit_set[RLIMIT_NOFILE]);
	assert_false(l->limit_set[RLIMIT_CORE]);
	assert_int_equal(l->limits[RLIMIT_NOFILE].rlim_cur, 1024);
	assert_int_equal(l->limits[RLIMIT_NOFILE].rlim_max, 65536);
	l = launch_with(kit, "limit_core = infinity");
	assert_true(l->limits[RLIMIT_CORE].rlim_cur == RLIM_INFINITY);
	assert_true(l->limits[RLIMIT_CORE].rlim_max == RLIM_INFINITY);
	l = launch_with(kit, "limit_memlock = 512K:2G");
	assert_int_equal(l->limits[RLIMIT_MEMLOCK].rlim_cur, 512 * 1024);
	assert_int_equal(l->limits[RLIMIT_MEMLOCK].rlim_max, 2u << 30);
	l = launch_with(kit, "limit_cpu = 1500ms:1m");
	assert_int_equal(l->limits[RLIMIT_CPU].rlim_cur, 2);
	assert_int_equal(l->limits[RLIMIT_CPU].rlim_max, 60);
	l = launch_with(kit, "limit_rttime = 2ms");
	assert_int_equal(l->limits[RLIMIT_RTTIME].rlim_cur, 2000);
	refuses(kit, "limit_nofile", "10:5",
	    "the soft limit is above the hard limit");
	refuses(kit, "limit_nofile", "infinity:5",
	    "the soft limit is above the hard limit");
	refuses(kit, "limit_nofile", "1K",
	    "it is a number, or infinity; or two of them, as soft:hard");
	refuses(kit, "limit_nofile", "1:2:3",
	    "it is a number, or infinity; or two of them, as soft:hard");
	refuses(kit, "limit_stack", "8MB",
	    "it is a size, as 512K, 64M, 2G, or a number of bytes, or "
	    "infinity; or two of them, as soft:hard");
	refuses(kit, "limit_stack", "99999999999G",
	    "it is a size, as 512K, 64M, 2G, or a number of bytes, or "
	    "infinity; or two of them, as soft:hard");
	refuses(kit, "limit_cpu", "x",
	    "it is a time, as 30s, 5m, 1h, or a number of seconds, or "
	    "infinity; or two of them, as soft:hard");
}

static void
there_is_a_key_for_every_limit_of_the_kernel(void **state)
{
	struct kit *kit = *state;
	size_t set = 0, limits_count = 0;

	for (size_t i = 0; i < KEY_COUNT; i++) {
		char line[64];
		const struct launch *l;

		if (strncmp(keys[i].name, "limit_", 6) != 0)
			continue;
		limits_count++;
		snprintf(line, sizeof(line), "%s = infinity", keys[i].name);
		l = launch_with(kit, line);
		for (size_t n = 0; n < LAUNCH_LIMITS; n++)
			set |= (size_t)l->limit_set[n] << n;
	}
	assert_int_equal(limits_count, RLIM_NLIMITS);
	assert_int_equal(set, (1u << RLIM_NLIMITS) - 1);
}

static void
settings(void **state)
{
	struct kit *kit = *state;
	const struct plan_settings *s;

	s = &kit_read(kit,
	    "[supd]\nsocket = /tmp/x.sock\nlog_level = debug\n"
	    "log_format = json\nshutdown_deadline = 1m\nlog_dir = /tmp/l\n"
	    "cgroup = supd.slice/x\ncontrol_users = 0 root\n"
	    "control_groups = 0\nobserve_users = *\nobserve_groups = 5 6\n")
		 ->settings;
	assert_string_equal(s->socket, "/tmp/x.sock");
	assert_int_equal(s->log_level, LOG_DEBUG);
	assert_int_equal(s->log_format, LOG_JSON);
	assert_int_equal(s->shutdown_deadline_ms, 60000);
	assert_string_equal(s->log_dir, "/tmp/l");
	assert_string_equal(s->cgroup, "supd.slice/x");
	assert_int_equal(s->control.users_count, 2);
	assert_int_equal(s->control.users[1], 0);
	assert_int_equal(s->control.groups_count, 1);
	assert_true(s->observe.everybody);
	assert_int_equal(s->observe.groups_count, 2);
	s = &kit_read(kit, "")->settings;
	assert_non_null(s->socket);
	assert_int_equal(s->log_level, LOG_INFO);
	assert_true(s->shutdown_deadline_ms == SPEC_INFINITE);
	assert_string_equal(s->cgroup, "auto");
	kit_wants(kit,
	    "[supd]\nsocket = x.sock\nlog_level = loud\nlog_format = xml\n"
	    "shutdown_deadline = never\nlog_dir = logs\ncgroup = a/../b\n"
	    "control_users = *\nobserve_users = nobody-of-that-name\n",
	    "2: bad socket 'x.sock' in [supd]: it must be a path that begins "
	    "with /",
	    "3: bad log_level 'loud' in [supd]: it is error, warn, info or "
	    "debug",
	    "4: bad log_format 'xml' in [supd]: it is text or json",
	    "5: bad shutdown_deadline 'never' in [supd]: " TIMES "; infinity "
	    "is no limit",
	    "6: bad log_dir 'logs' in [supd]: it must be a path that begins "
	    "with /",
	    "7: bad cgroup 'a/../b' in [supd]: it is auto, off, or a path "
	    "below the cgroup2 mount, without '..'",
	    "8: bad control_users '*' in [supd]: there is no user '*'",
	    "9: bad observe_users 'nobody-of-that-name' in [supd]: there is "
	    "no user 'nobody-of-that-name'",
	    NULL);
}

static void
a_socket_path_must_fit(void **state)
{
	struct kit *kit = *state;
	char text[256];

	snprintf(text, sizeof(text), "[supd]\nsocket = /%0106d\n", 0);
	assert_non_null(kit_try(kit, text));
	snprintf(text, sizeof(text), "[supd]\nsocket = /%0107d\n", 0);
	assert_null(kit_try(kit, text));
	assert_non_null(strstr(kit->out.list[0].text, "at most 107 bytes"));
}

static void
rights_are_checked(void **state)
{
	struct kit *kit = *state;
	const struct rights *r;

	r = &launch_with(kit, "no_new_privs = yes")->rights;
	assert_true(r->no_new_privs && !r->set_ambient && !r->set_bounding);
	r = &launch_with(kit, "capabilities =")->rights;
	assert_true(r->set_ambient && r->ambient == 0);
	r = &launch_with(kit, "bounding_set = cap_kill  cap_chown")->rights;
	assert_true(r->set_bounding && r->bounding == 0x21);
	r = &launch_with(kit, "securebits = noroot noroot-locked")->rights;
	assert_true(r->set_securebits && r->securebits == 3);
	refuses(kit, "capabilities", "cap_net_bind_servce",
	    "there is no capability 'cap_net_bind_servce'; did you mean "
	    "cap_net_bind_service?");
	refuses(kit, "bounding_set", "cap_kill sys_admin",
	    "there is no capability 'sys_admin'; did you mean cap_sys_admin?");
	refuses(kit, "capabilities", "12", "there is no capability '12'");
	refuses(kit, "securebits", "no-root",
	    "there is no securebit 'no-root'; did you mean noroot?");
}

static void
no_capability_is_promised_that_a_start_would_lack(void **state)
{
	struct kit *kit = *state;

	assert_null(
	    with(kit, "bounding_set = cap_chown\ncapabilities = cap_kill"));
	assert_string_equal(kit->out.list[0].text,
	    "bad capabilities 'cap_kill' in [service:a]: bounding_set lacks "
	    "cap_kill");
	assert_null(with(
	    kit, "securebits = no-cap-ambient-raise\ncapabilities = cap_kill"));
	assert_string_equal(kit->out.list[0].text,
	    "bad capabilities 'cap_kill' in [service:a]: securebits has "
	    "no-cap-ambient-raise, so none could be given");
	/* Whoever is no root here has none to give. */
	if (geteuid() != 0)
		refuses(kit, "capabilities", "cap_kill",
		    "supd itself does not have cap_kill, so it can't give it");
}

static void
isolation_is_checked(void **state)
{
	struct kit *kit = *state;
	const struct sandbox *s;

	s = &launch_with(kit, "hostname = %n.example")->sandbox;
	assert_string_equal(s->hostname, "a.example");
	s = &launch_with(kit, "inaccessible_paths = /srv -/x '-/a b'")->sandbox;
	assert_int_equal(s->inaccessible.count, 3);
	assert_string_equal(s->inaccessible.list[0].path, "/srv");
	assert_false(s->inaccessible.list[0].optional);
	assert_string_equal(s->inaccessible.list[2].path, "/a b");
	assert_true(s->inaccessible.list[2].optional);
	refuses(kit, "hostname", "two words",
	    "it is 1 to 64 of A-Z a-z 0-9 . -, a letter or digit first");
	refuses(kit, "hostname", "-x",
	    "it is 1 to 64 of A-Z a-z 0-9 . -, a letter or digit first");
	refuses(kit, "chroot", "srv", "it must be a path that begins with /");
	refuses(kit, "read_write_paths", "/srv var",
	    "'var' is no path that begins with /, or with -/ where it may be "
	    "missing");
	refuses(kit, "inaccessible_paths", "${HOME}/x",
	    "'${HOME}/x' is no path that begins with /, or with -/ where it "
	    "may be missing");
	refuses(kit, "inaccessible_paths", "/srv/${X}",
	    "there are no variables in it");
}

static void
landlock_is_checked(void **state)
{
	struct kit *kit = *state;
	const struct landlock *l;

	l = &launch_with(kit, "landlock = r:/etc wx:/srv x:-/opt/%n")->landlock;
	assert_true(l->set && l->count == 3);
	assert_int_equal(l->list[0].may, LANDLOCK_MAY_READ);
	assert_int_equal(
	    l->list[1].may, LANDLOCK_MAY_WRITE | LANDLOCK_MAY_EXECUTE);
	assert_string_equal(l->list[2].path, "/opt/a");
	assert_true(l->list[2].optional);
	assert_false(launch_with(kit, "landlock =")->landlock.set);
	refuses(kit, "landlock", "/etc",
	    "'/etc' is no rule; write r:/PATH to read, w:/PATH to write, "
	    "x:/PATH to execute, or more of them, as wx:/PATH");
	refuses(kit, "landlock", "r:etc",
	    "in 'r:etc' stands no path that begins with /, or with -/ where "
	    "it may be missing");
	assert_null(with(kit, "landlock = r:/\nno_new_privs = no"));
	assert_string_equal(kit->out.list[0].text,
	    "bad no_new_privs 'no' in [service:a]: landlock needs it");
}

static void
filters_are_checked(void **state)
{
	struct kit *kit = *state;

	assert_true(
	    launch_with(kit, "syscall_filter = @system-service")->filter.count >
	    10);
	assert_true(
	    launch_with(kit, "syscall_filter = ~@mount ptrace")->filter.count >
	    2);
	assert_true(
	    launch_with(kit, "syscall_filter = ~@process")->filter.count > 2);
	assert_int_equal(launch_with(kit, "syscall_filter =")->filter.count, 0);
	refuses(kit, "syscall_filter", "@basic-oi",
	    "there is no system call or group '@basic-oi'; did you mean "
	    "@basic-io?");
	refuses(kit, "syscall_filter", "opennat",
	    "there is no system call or group 'opennat'; did you mean openat?");
	refuses(kit, "syscall_filter", "~mount execve",
	    "no process runs without execve, so it can't be denied");
	assert_null(with(kit, "syscall_filter = ~mount\nno_new_privs = no"));
	assert_string_equal(kit->out.list[0].text,
	    "bad no_new_privs 'no' in [service:a]: syscall_filter needs it");
}

static void
what_comes_to_nothing_is_warned_of(void **state)
{
	struct kit *kit = *state;

	assert_non_null(with(kit, "read_write_paths = /"));
	assert_int_equal(kit->out.warnings, 1);
	assert_string_equal(kit->out.list[0].text,
	    "read_write_paths says nothing without read_only_root");
	assert_non_null(with(kit, "inaccessible_paths = /no/such/path"));
	assert_int_equal(kit->out.warnings, 1);
	assert_string_equal(kit->out.list[0].text,
	    "/no/such/path is not there; without it 'a' would not start, "
	    "unless it is -/no/such/path");
	/* Below a chroot it is another path. */
	assert_non_null(
	    with(kit, "inaccessible_paths = /no/such\nchroot = /srv"));
	assert_int_equal(kit->out.warnings, 0);
}

/* Issue and manual promise it: what is not there yet is no key. */
static void
keys_of_later_versions_are_unknown(void **state)
{
	static const char *const later[] = { "log_stderr", "log_style",
		"log_rate", "log_full", "log_max_size" };
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		char line[64], text[64];

		snprintf(line, sizeof(line), "%s = x", later[i]);
		assert_null(with(kit, line));
		snprintf(text, sizeof(text), "unknown key '%s' in [service:a]",
		    later[i]);
		assert_int_equal(kit->out.errors, 1);
		assert_memory_equal(kit->out.list[0].text, text, strlen(text));
	}
}

static void
messages_show_bad_values_as_one_short_line(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:a]\ncommand = true\nnice = 1\n  2\tx\n"
	    "umask = 0123456789012345678901234567890123456789012345678901234567"
	    "890123456789\n",
	    "3: bad nice '1\\n2\\tx' in [service:a]: it is a number from -20 "
	    "to 19",
	    "5: bad umask "
	    "'0123456789012345678901234567890123456789012345678901234567890123"
	    "...' in [service:a]: it is octal, from 0 to 0777",
	    NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_those_of_the_manual),
		TEST(times),
		TEST(flags),
		TEST(choices),
		TEST(supervisors_keys),
		TEST(numbers),
		TEST(success),
		TEST(limits_of_cgroups),
		TEST(signals),
		TEST(readiness),
		TEST(surroundings),
		TEST(places),
		TEST(limits),
		TEST(there_is_a_key_for_every_limit_of_the_kernel),
		TEST(settings),
		TEST(a_socket_path_must_fit),
		TEST(rights_are_checked),
		TEST(no_capability_is_promised_that_a_start_would_lack),
		TEST(isolation_is_checked),
		TEST(landlock_is_checked),
		TEST(filters_are_checked),
		TEST(what_comes_to_nothing_is_warned_of),
		TEST(keys_of_later_versions_are_unknown),
		TEST(messages_show_bad_values_as_one_short_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
