/* Rights from credentials and rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/acl.h"

#define OWN 998

static uid_t alice[] = { 1001 };
static uid_t bob[] = { 1000, 1002 };
static gid_t ops[] = { 50 };
static gid_t staff[] = { 60, 61 };

static struct listen_peer
peer(uid_t uid, gid_t gid, gid_t more)
{
	struct listen_peer who = { .pid = 1, .uid = uid, .gid = gid };

	if (more != 0)
		who.groups[who.groups_count++] = more;
	return who;
}

static void
root_and_our_own_user_may_everything(void **state)
{
	const struct plan_settings none = { .socket = NULL };
	struct listen_peer root = peer(0, 1, 0), own = peer(OWN, 1, 0);
	struct listen_peer other = peer(1000, 0, 0);

	(void)state;
	assert_int_equal(acl_right(NULL, OWN, &root), ACL_CONTROL);
	assert_int_equal(acl_right(&none, OWN, &root), ACL_CONTROL);
	assert_int_equal(acl_right(NULL, OWN, &own), ACL_CONTROL);
	assert_int_equal(acl_right(&none, OWN, &own), ACL_CONTROL);
	/* Root's group is not root. */
	assert_int_equal(acl_right(NULL, OWN, &other), ACL_NONE);
	assert_int_equal(acl_right(&none, OWN, &other), ACL_NONE);
}

static void
rules_name_users_and_groups(void **state)
{
	const struct plan_settings rules = {
		.control = { false, alice, 1, ops, 1 },
		.observe = { false, bob, 2, staff, 2 },
	};
	const struct {
		struct listen_peer who;
		enum acl_right right;
	} samples[] = {
		{ peer(1001, 100, 0), ACL_CONTROL },
		{ peer(1003, 50, 0), ACL_CONTROL },
		{ peer(1003, 100, 50), ACL_CONTROL },
		{ peer(1002, 100, 50), ACL_CONTROL },
		{ peer(1000, 100, 0), ACL_OBSERVE },
		{ peer(1002, 100, 0), ACL_OBSERVE },
		{ peer(1003, 61, 0), ACL_OBSERVE },
		{ peer(1003, 100, 60), ACL_OBSERVE },
		{ peer(1003, 100, 0), ACL_NONE },
		/* A uid is no gid. */
		{ peer(50, 100, 1001), ACL_NONE },
		{ peer(65534, 65534, 0), ACL_NONE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		assert_int_equal(
		    acl_right(&rules, OWN, &samples[i].who), samples[i].right);
}

static void
a_star_lets_everybody_look(void **state)
{
	const struct plan_settings rules = { .observe = { .everybody = true } };
	struct listen_peer nobody = peer(65534, 65534, 0);

	(void)state;
	assert_int_equal(acl_right(&rules, OWN, &nobody), ACL_OBSERVE);
}

static void
only_as_many_groups_as_the_peer_has_count(void **state)
{
	const struct plan_settings rules = {
		.control = { false, NULL, 0, ops, 1 },
	};
	struct listen_peer who = peer(1000, 100, 60);

	(void)state;
	who.groups[1] = 50;
	assert_int_equal(acl_right(&rules, OWN, &who), ACL_NONE);
}

static void
refusals_say_what_would_be_needed(void **state)
{
	char text[256];

	(void)state;
	acl_refusal(ACL_OBSERVE, 1000, text, sizeof(text));
	assert_non_null(strstr(text, "uid 1000 may not observe"));
	assert_non_null(strstr(text, "observe_users"));
	assert_true(strlen(text) < sizeof(text) - 1);
	acl_refusal(ACL_CONTROL, 1000, text, sizeof(text));
	assert_non_null(strstr(text, "uid 1000 may not control"));
	assert_null(strstr(text, "observe"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_and_our_own_user_may_everything),
		cmocka_unit_test(rules_name_users_and_groups),
		cmocka_unit_test(a_star_lets_everybody_look),
		cmocka_unit_test(only_as_many_groups_as_the_peer_has_count),
		cmocka_unit_test(refusals_say_what_would_be_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
