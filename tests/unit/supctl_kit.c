#include "tests/unit/supctl_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One drawing at a time. */
static char *drawn;
static size_t drawn_bytes;

struct show
kit_show(unsigned width)
{
	struct show show = {
		.utf8 = true, .width = width, .wall_ms = KIT_WALL_MS
	};

	setenv("TZ", "UTC", 1);
	show.out = open_memstream(&drawn, &drawn_bytes);
	assert_non_null(show.out);
	return show;
}

char *
kit_text(struct show *show)
{
	char *text;

	assert_int_equal(fclose(show->out), 0);
	text = drawn;
	drawn = NULL;
	return text;
}

void
kit_expect(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

json_t *
kit_json(const char *text)
{
	char *copy = strdup(text);
	json_error_t error;
	json_t *value;

	assert_non_null(copy);
	for (char *at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	value = json_loads(copy, 0, &error);
	if (!value)
		fail_msg("%s at %d: %s", error.text, error.column, copy);
	free(copy);
	return value;
}
