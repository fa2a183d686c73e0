/*
 * conf_kit: configurations written into a folder of the test's own.
 *
 * kit_begin() and kit_end() are a test's setup and teardown. A configuration
 * is the text of one file, KIT_FILE in that folder; diagnoses are compared
 * as "LINE: text", without the file's path.
 */
#ifndef UNIT_CONF_KIT_H
#define UNIT_CONF_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/plan.h"

#define KIT_FILE "test.conf"

struct kit {
	char folder[64];
	char path[512]; /* of the file; kit_at() of others */
	struct diagnoses out;
	struct plan *plan;
};

int kit_begin(void **state);
int kit_end(void **state);

/* The path of a name in the folder; valid until the next call. */
const char *kit_at(struct kit *, const char *name);
/* Writes it, 0644 and ours. */
void kit_write(struct kit *, const char *name, const char *text, size_t n);

/* Reads the text; the plan before is freed. NULL if there are errors. */
struct plan *kit_try(struct kit *, const char *text);
struct plan *kit_try_bytes(struct kit *, const char *text, size_t n);
/* The same; any error fails the test. Warnings are in kit->out. */
struct plan *kit_read(struct kit *, const char *text);
/* Reads it and wants these diagnoses, errors and warnings, and no others. The
 * list ends with NULL. */
void kit_wants(struct kit *, const char *text, ...) __attribute__((sentinel));
/* What was told last is this, from the first to the last. */
void kit_told(struct kit *, const char *const *lines, size_t n);

/* The number of a node that must be there. */
uint32_t kit_node(const struct plan *, const char *name);
const struct spec *kit_spec(const struct plan *, const char *name);
const struct launch *kit_launch(const struct plan *, const char *name);

#endif
