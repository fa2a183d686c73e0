#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

static char text[8192];
static int saved = -1;
static int ends[2];

static void
catch_standard_error(void)
{
	fflush(stderr);
	saved = dup(2);
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(dup2(ends[1], 2), 2);
}

static const char *
caught(void)
{
	ssize_t n = read(ends[0], text, sizeof text - 1);

	text[n < 0 ? 0 : n] = '\0';
	dup2(saved, 2);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	return text;
}

static void
a_line_is_who_level_text(void **state)
{
	(void)state;
	log_setup("supd", LOG_INFO, LOG_TEXT);
	catch_standard_error();
	errno = EPIPE;
	log_warn("%s has %d", "it", 5);
	log_debug("not told");
	log_error("x");
	assert_int_equal(errno, EPIPE);
	assert_string_equal(caught(), "supd: warn: it has 5\nsupd: error: x\n");
}

static void
nobody_can_forge_a_line(void **state)
{
	(void)state;
	log_setup("supd", LOG_INFO, LOG_TEXT);
	catch_standard_error();
	log_info("%s", "a\nsupd: info: b\x1b[2J\x7f\xff\xc2\x9b \xc3\xa4");
	assert_string_equal(caught(),
	    "supd: info: a\\x0asupd: info: b\\x1b[2J\\x7f\\xff\\xc2\\x9b "
	    "\xc3\xa4\n");
	log_setup("supd", LOG_INFO, LOG_JSON);
	catch_standard_error();
	log_info("%s", "q\" b\\ n\n \xc3\xa4");
	assert_non_null(strstr(caught(),
	    "\"level\":\"info\",\"process\":\"supd\","
	    "\"message\":\"q\\\" b\\\\ n\\\\x0a \xc3\xa4\"}\n"));
	/* {"time":"2026-11-25T22:27:35.123Z", */
	assert_memory_equal(text, "{\"time\":\"20", 11);
	assert_int_equal(text[19], 'T');
	assert_int_equal(text[32], 'Z');
}

static void
a_long_text_is_cut_and_stays_one_line(void **state)
{
	static char large[20000];
	const char *out;

	(void)state;
	memset(large, '\n', sizeof large - 1);
	log_setup("supd", LOG_INFO, LOG_JSON);
	catch_standard_error();
	log_info("%s", large);
	out = caught();
	assert_true(strlen(out) <= 4096);
	assert_non_null(strstr(out, "...\"}\n"));
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

static void
a_reader_who_does_not_read_holds_nobody_up(void **state)
{
	int i;

	(void)state;
	log_setup("supd", LOG_INFO, LOG_TEXT);
	catch_standard_error();
	/* The pipe's end is made blocking, as it mostly is. */
	assert_int_equal(fcntl(2, F_SETFL, 0), 0);
	for (i = 0; i < 700; i++)
		log_info("%0100d", i);
	assert_memory_equal(caught(), "supd: info: 000", 15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_who_level_text),
		cmocka_unit_test(nobody_can_forge_a_line),
		cmocka_unit_test(a_long_text_is_cut_and_stays_one_line),
		cmocka_unit_test(a_reader_who_does_not_read_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
