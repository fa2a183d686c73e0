/*
 * ctl_report_kit: a small tree with a core and a plan, and ways to look into
 * what is reported of it.
 *
 *   root: web (rest_for_one): nginx, app
 *         job, a transient oneshot
 */
#ifndef UNIT_CTL_REPORT_KIT_H
#define UNIT_CTL_REPORT_KIT_H

#include <jansson.h>
#include <stdint.h>

#include "core/core.h"
#include "ctl/report.h"

enum { ROOT, WEB, NGINX, APP, JOB, NODES };

struct world {
	void *memory;
	struct spec specs[NODES];
	struct plan_node nodes[NODES];
	struct plan plan;
	struct core *core;
};

/* 2026-11-25T22:30:24.017Z */
extern const struct report_time report_now;

/* For cmocka's setup and teardown. */
int report_make_world(void **state);
int report_free_world(void **state);

/* The record of a node, to be filled with what the test is about: the core is
 * not stepped any more. */
struct record *report_record(struct world *, uint32_t node);
/* A note of that kind of a node: of its generation 2, number 1000, caused by
 * 999. Full: with every member set, whether the kind has it or not. */
struct note report_bare_note(struct world *, uint32_t node, enum note_kind);
struct note report_full_note(struct world *, uint32_t node, enum note_kind);

/* Does the object have the keys of this type of the interface, and no
 * other? */
void assert_keys(const json_t *object, const char *type);
/* JSON as text is the easiest to compare. Takes the object. */
void assert_json(json_t *object, const char *expected);
void assert_value(const json_t *object, const char *key, const char *expected);

#define WITH_WORLD(test)                 \
	cmocka_unit_test_setup_teardown( \
	    test, report_make_world, report_free_world)

#endif
