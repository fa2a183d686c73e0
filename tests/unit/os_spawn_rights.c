/*
 * The rights that a program has after its exec, as /proc/PID/status has them:
 * for every combination of keys, and of what supd itself may do.
 */
#include "os/rights.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/step.h"
#include "tests/unit/os_kit.h"
#include "tests/unit/os_spawn_kit.h"

#define BIT(name) (1ull << CAP_##name)
#define NET BIT(NET_BIND_SERVICE)
#define RAW BIT(NET_RAW)
#define ALL UINT64_MAX /* what the test itself has */
/* What a container runtime usually leaves. */
#define FEW                                                         \
	(BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FOWNER) | BIT(KILL) | \
	    BIT(SETGID) | BIT(SETUID) | BIT(SETPCAP) | NET | RAW |  \
	    BIT(SYS_CHROOT))

#define ROOT 0
#define STAYS UINT32_MAX

static uint64_t own_bounding;

/* How the engine is started. */

static void
set_sets(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct words[2] = {
		{ (uint32_t)permitted, (uint32_t)permitted,
		    (uint32_t)inheritable },
		{ (uint32_t)(permitted >> 32), (uint32_t)(permitted >> 32),
		    (uint32_t)(inheritable >> 32) },
	};

	if (syscall(SYS_capset, &head, words) < 0)
		_exit(93);
}

static void
limit_to(uint64_t kept)
{
	int n;

	for (n = 0; prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0; n++) {
		if ((kept >> n & 1) == 0 &&
		    prctl(PR_CAPBSET_DROP, n, 0, 0, 0) < 0)
			_exit(94);
	}
	set_sets(kept & own_bounding, 0);
}

static void
in_container(void)
{
	limit_to(FEW);
}

/* As docker was: CVE-2022-24769. */
static void
in_leaky_container(void)
{
	limit_to(FEW);
	set_sets(FEW, FEW);
}

static void
become_nobody(void)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) < 0 ||
	    syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) < 0)
		_exit(95);
}

static void
as_nobody(void)
{
	become_nobody();
}

/* As systemd does by AmbientCapabilities. */
static void
as_nobody_with_two(void)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		_exit(96);
	become_nobody();
	set_sets(NET | RAW, NET | RAW);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) <
		0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0,
		0) < 0)
		_exit(97);
}

/* What is configured, and what comes of it. */
struct row {
	const char *name;
	void (*before)(void);
	uint32_t uid;
	struct rights rights;
	uint64_t inheritable, permitted, effective, bounding, ambient;
};

#define CAPS(mask) .set_ambient = true, .ambient = (mask)
#define BOUND(mask) .set_bounding = true, .bounding = (mask)
#define SECURE(mask) .set_securebits = true, .securebits = (mask)

/* clang-format off */
static const struct row rows[] = {
	/* Root, as it is. */
	{ "root", NULL, STAYS, { 0 }, 0, ALL, ALL, ALL, 0 },
	{ "root, written", NULL, ROOT, { 0 }, 0, ALL, ALL, ALL, 0 },
	{ "root, no_new_privs", NULL, STAYS, { .no_new_privs = true },
	    0, ALL, ALL, ALL, 0 },
	{ "root, none", NULL, STAYS, { CAPS(0) }, 0, 0, 0, ALL, 0 },
	{ "root, one", NULL, STAYS, { CAPS(NET) }, NET, NET, NET, ALL, NET },
	{ "root, one, written", NULL, ROOT, { CAPS(NET) },
	    NET, NET, NET, ALL, NET },
	{ "root, two, no_new_privs", NULL, STAYS,
	    { CAPS(NET | RAW), .no_new_privs = true },
	    NET | RAW, NET | RAW, NET | RAW, ALL, NET | RAW },
	{ "root, bounded", NULL, STAYS, { BOUND(NET | RAW) },
	    0, NET | RAW, NET | RAW, NET | RAW, 0 },
	{ "root, bounded by none", NULL, STAYS, { BOUND(0) }, 0, 0, 0, 0, 0 },
	{ "root, one of two", NULL, STAYS, { CAPS(NET), BOUND(NET | RAW) },
	    NET, NET, NET, NET | RAW, NET },
	{ "root, noroot", NULL, STAYS, { SECURE(SECBIT_NOROOT) },
	    0, 0, 0, ALL, 0 },
	{ "root, noroot locked, one", NULL, STAYS,
	    { CAPS(NET), SECURE(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) },
	    NET, NET, NET, ALL, NET },
	/* A user. */
	{ "user", NULL, NOBODY, { 0 }, 0, 0, 0, ALL, 0 },
	{ "user, none", NULL, NOBODY, { CAPS(0) }, 0, 0, 0, ALL, 0 },
	{ "user, one", NULL, NOBODY, { CAPS(NET) }, NET, NET, NET, ALL, NET },
	{ "user, high one", NULL, NOBODY, { CAPS(BIT(BPF)) },
	    BIT(BPF), BIT(BPF), BIT(BPF), ALL, BIT(BPF) },
	{ "user, one, no_new_privs", NULL, NOBODY,
	    { CAPS(NET), .no_new_privs = true }, NET, NET, NET, ALL, NET },
	{ "user, bounded", NULL, NOBODY, { BOUND(RAW) }, 0, 0, 0, RAW, 0 },
	{ "user, bounded by none", NULL, NOBODY,
	    { BOUND(0), .no_new_privs = true }, 0, 0, 0, 0, 0 },
	{ "user, one of one", NULL, NOBODY,
	    { CAPS(RAW), BOUND(RAW), .no_new_privs = true },
	    RAW, RAW, RAW, RAW, RAW },
	{ "user, no-setuid-fixup", NULL, NOBODY,
	    { SECURE(SECBIT_NO_SETUID_FIXUP) }, 0, 0, 0, ALL, 0 },
	{ "user, no-setuid-fixup, one", NULL, NOBODY,
	    { CAPS(NET), SECURE(SECBIT_NO_SETUID_FIXUP) },
	    NET, NET, NET, ALL, NET },
	{ "user, keep-caps", NULL, NOBODY, { SECURE(SECBIT_KEEP_CAPS) },
	    0, 0, 0, ALL, 0 },
	{ "user, no-cap-ambient-raise", NULL, NOBODY,
	    { SECURE(SECBIT_NO_CAP_AMBIENT_RAISE) }, 0, 0, 0, ALL, 0 },
	/* In a container with few. */
	{ "container", in_container, STAYS, { 0 }, 0, FEW, FEW, FEW, 0 },
	{ "container, user", in_container, NOBODY, { 0 }, 0, 0, 0, FEW, 0 },
	{ "container, user, one", in_container, NOBODY, { CAPS(NET) },
	    NET, NET, NET, FEW, NET },
	{ "container, one, bounded", in_container, STAYS,
	    { CAPS(NET), BOUND(NET | RAW | BIT(SYS_ADMIN)) },
	    NET, NET, NET, NET | RAW, NET },
	/* What is inheritable there does not reach a service. */
	{ "leaky container", in_leaky_container, STAYS, { 0 },
	    0, FEW, FEW, FEW, 0 },
	{ "leaky container, user", in_leaky_container, NOBODY, { 0 },
	    0, 0, 0, FEW, 0 },
	{ "leaky container, user, one", in_leaky_container, NOBODY,
	    { CAPS(NET) }, NET, NET, NET, FEW, NET },
	/* supd without rights, and with two. */
	{ "nobody", as_nobody, STAYS, { 0 }, 0, 0, 0, ALL, 0 },
	{ "nobody, none", as_nobody, STAYS,
	    { CAPS(0), .no_new_privs = true }, 0, 0, 0, ALL, 0 },
	{ "two", as_nobody_with_two, STAYS, { 0 },
	    NET | RAW, NET | RAW, NET | RAW, ALL, NET | RAW },
	{ "two, one", as_nobody_with_two, STAYS, { CAPS(RAW) },
	    RAW, RAW, RAW, ALL, RAW },
	{ "two, none", as_nobody_with_two, STAYS, { CAPS(0) },
	    0, 0, 0, ALL, 0 },
	{ "two, no_new_privs", as_nobody_with_two, STAYS,
	    { .no_new_privs = true },
	    NET | RAW, NET | RAW, NET | RAW, ALL, NET | RAW },
};
/* clang-format on */

static uint64_t
line(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	uint64_t value = 0;

	if (at == NULL || sscanf(at + strlen(name), "%" SCNx64, &value) != 1)
		fail_msg("%s: not in '%s'", name, text);
	return value;
}

static void
expect(const struct row *row, const char *text, const char *name, uint64_t want)
{
	uint64_t got = line(text, name);

	want &= own_bounding;
	if (got != want)
		fail_msg("%s: %s %" PRIx64 ", wanted %" PRIx64, row->name, name,
		    got, want);
}

static void
set_up(struct made *m, const struct row *row)
{
	make(m, "exec cat /proc/self/status");
	/* Nobody shall be able to write it, who may be the engine. */
	m->launch.log_kind = LOG_TO_INHERIT;
	m->launch.rights = row->rights;
	if (row->uid != STAYS) {
		m->launch.set_user = true;
		m->launch.uid = m->launch.gid = row->uid;
	}
}

/* Its standard output is a file of ours. */
static int
run_row(struct made *m, void (*before)(void))
{
	FILE *file = fopen(m->out, "w");
	int code, was = dup(1);

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), 1);
	code = run(m, before);
	dup2(was, 1);
	close(was);
	fclose(file);
	return code;
}

static void
the_kernel_says_what_was_configured(void **state)
{
	struct made m;
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		const char *text;

		set_up(&m, row);
		if (run_row(&m, row->before) != 0)
			fail_msg("%s: step %d, errno %d", row->name,
			    shared->slot.step, shared->slot.error);
		text = output(&m);
		expect(row, text, "CapInh:", row->inheritable);
		expect(row, text, "CapPrm:", row->permitted);
		expect(row, text, "CapEff:", row->effective);
		expect(row, text, "CapBnd:", row->bounding);
		expect(row, text, "CapAmb:", row->ambient);
		assert_int_equal(
		    line(text, "NoNewPrivs:"), row->rights.no_new_privs);
		if (row->uid != STAYS)
			assert_int_equal(
			    strtoul(strstr(text, "Uid:") + 4, NULL, 10),
			    row->uid);
	}
}

static void
lock_keep_caps(void)
{
	if (prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED, 0, 0, 0) < 0)
		_exit(98);
}

static void
without_setpcap(void)
{
	limit_to(FEW);
	set_sets(FEW & ~BIT(SETPCAP), 0);
}

static void
what_cannot_be_set_refuses_the_start(void **state)
{
	static const struct {
		struct row row;
		enum step step;
	} cases[] = {
		{ { "nobody has none to give", as_nobody, STAYS, { CAPS(NET) },
		      0, 0, 0, 0, 0 },
		    STEP_CAPABILITIES },
		{ { "more than a container has", in_container, NOBODY,
		      { CAPS(BIT(SYS_ADMIN)) }, 0, 0, 0, 0, 0 },
		    STEP_CAPABILITIES },
		{ { "nobody can't bound", as_nobody, STAYS, { BOUND(0) }, 0, 0,
		      0, 0, 0 },
		    STEP_BOUNDING_SET },
		{ { "without setpcap", without_setpcap, STAYS, { BOUND(NET) },
		      0, 0, 0, 0, 0 },
		    STEP_BOUNDING_SET },
		{ { "nobody has no securebits", as_nobody, STAYS,
		      { SECURE(SECBIT_NOROOT) }, 0, 0, 0, 0, 0 },
		    STEP_SECUREBITS },
		{ { "root can't be without noroot", without_setpcap, STAYS,
		      { CAPS(NET) }, 0, 0, 0, 0, 0 },
		    STEP_SECUREBITS },
		{ { "locked", lock_keep_caps, NOBODY, { CAPS(NET) }, 0, 0, 0, 0,
		      0 },
		    STEP_CAPABILITIES },
		{ { "forbidden", NULL, NOBODY,
		      { CAPS(NET), SECURE(SECBIT_NO_CAP_AMBIENT_RAISE) }, 0, 0,
		      0, 0, 0 },
		    STEP_CAPABILITIES },
	};
	struct made m;
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct row *row = &cases[i].row;

		set_up(&m, row);
		if (run_row(&m, row->before) != 127 ||
		    shared->slot.step != (int32_t)cases[i].step)
			fail_msg("%s: step %d, errno %d", row->name,
			    shared->slot.step, shared->slot.error);
		assert_int_equal(shared->slot.error, EPERM);
		assert_string_equal(output(&m), "");
	}
}

static void
names_are_the_librarys(void **state)
{
	char name[64];
	int n;

	(void)state;
	assert_int_equal(
	    rights_number("cap_net_bind_service"), CAP_NET_BIND_SERVICE);
	assert_int_equal(rights_number("cap_chown"), 0);
	assert_int_equal(rights_number("net_raw"), -1);
	assert_int_equal(rights_number("cap_nothing"), -1);
	assert_int_equal(rights_number("cap_"), -1);
	assert_int_equal(rights_number("cap_3"), -1);
	assert_int_equal(rights_number("3"), -1);
	assert_int_equal(rights_number(""), -1);
	for (n = 0; rights_name(n, name, sizeof name); n++)
		assert_int_equal(rights_number(name), n);
	assert_true(n > CAP_AUDIT_READ);
	assert_int_equal(rights_securebit("noroot"), SECBIT_NOROOT);
	assert_int_equal(rights_securebit("root"), 0);
}

static void
who_rests_may_wake_again(void **state)
{
	uint64_t was, permitted = rights_permitted();

	(void)state;
	was = rights_rest(BIT(KILL));
	assert_int_equal(rights_rest(0), was & BIT(KILL));
	rights_awake(was);
	assert_int_equal(rights_rest(ALL), was);
	assert_int_equal(rights_permitted(), permitted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_says_what_was_configured),
		cmocka_unit_test(what_cannot_be_set_refuses_the_start),
		cmocka_unit_test(names_are_the_librarys),
		cmocka_unit_test(who_rests_may_wake_again),
	};
	int n, result;

	if (kit_open() < 0)
		return 1;
	for (n = 0; prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0; n++)
		own_bounding |=
		    (uint64_t)(prctl(PR_CAPBSET_READ, n, 0, 0, 0) == 1) << n;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	kit_close();
	return result;
}
