/* Durations, text, buffers and signal names. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "lib/duration.h"
#include "lib/limits.h"
#include "lib/signame.h"
#include "lib/str.h"

static void
durations_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} good[] = {
		{ "250ms", 250 },
		{ "5s", 5000 },
		{ "2m", 120000 },
		{ "1h30m", 5400000 },
		{ "1d", 86400000 },
		{ "1d2h3m4s5ms", 93784005 },
		{ "10", 10000 },
		{ "0", 0 },
		{ "0.5", 500 },
		{ "1.25s", 1250 },
		{ "1m0.5s", 60500 },
		{ "36500d", DURATION_MAX },
		{ "infinity", DURATION_INFINITE },
	};
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(duration_parse(good[i].text, &ms));
		assert_true(ms == good[i].ms);
	}
}

static void
what_is_no_duration_is_refused(void **state)
{
	static const char *const bad[] = { "", "s", "-1", "+1", " 1", "1 ",
		"1x", "1S", "1s1", "11s1h", "1s1s", "1.5m2s", "1.", ".5",
		"0.0001s", "36501d", "99999999999999999999", "infinite",
		"Infinity", "1ms2", "1e3", "0x10", "1m30" };
	uint64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (duration_parse(bad[i], &ms))
			fail_msg("taken: '%s'", bad[i]);
		assert_int_equal(ms, 7);
	}
}

static void
a_duration_that_is_written_is_read_back(void **state)
{
	char text[DURATION_TEXT];
	uint64_t ms, step = 1;

	(void)state;
	for (uint64_t n = 0; n < DURATION_MAX;
	     n += step, step += step / 3 + 7) {
		assert_true(duration_parse(duration_text(n, text), &ms));
		assert_true(ms == n);
	}
	assert_string_equal(duration_text(0, text), "0s");
	assert_string_equal(duration_text(90061001, text), "1d1h1m1s1ms");
	assert_string_equal(duration_text(DURATION_INFINITE, text), "infinity");
}

static void
names_are_told_from_what_is_none(void **state)
{
	char name[66];

	(void)state;
	assert_true(str_name_valid("a"));
	assert_true(str_name_valid("0._@:+-Z"));
	assert_false(str_name_valid(""));
	assert_false(str_name_valid("-a"));
	assert_false(str_name_valid("a b"));
	assert_false(str_name_valid("a/b"));
	assert_false(str_name_valid("\xc3\xa4"));
	memset(name, 'n', sizeof(name));
	name[LIMIT_NAME] = '\0';
	assert_true(str_name_valid(name));
	name[LIMIT_NAME] = 'n';
	name[LIMIT_NAME + 1] = '\0';
	assert_false(str_name_valid(name));
	assert_true(str_variable_valid("_A1", 3));
	assert_false(str_variable_valid("1A", 2));
	assert_false(str_variable_valid("", 0));
	assert_false(str_variable_valid("A-B", 3));
}

static void
utf_8_is_checked_strictly(void **state)
{
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3",
		"\xe2\x82", "\xf0\x9f\x8c", "\xc3(" };
	static const char good[] = "a\xc3\xa4\xe2\x82\xac\xed\x9f\xbf\xf0\x9f"
				   "\x8c\xb3\xf4\x8f\xbf\xbf";

	(void)state;
	assert_int_equal(str_utf8(good, strlen(good)), strlen(good));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(str_utf8(bad[i], strlen(bad[i])), 0);
	assert_int_equal(str_utf8("ab\xff", 3), 2);
	assert_int_equal(str_fit("a\xe2\x82\xac", 4, 3), 1);
	assert_int_equal(str_fit("a\xe2\x82\xac", 4, 4), 4);
	assert_int_equal(str_fit("abc", 3, 2), 2);
}

static void
numbers_are_digits_and_nothing_else(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", "0x1", " 1", "1 ",
		"1.0", "11", "99999999999999999999999" };
	uint64_t number = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_number(bad[i], 10, &number));
	assert_int_equal(number, 7);
	assert_true(str_number("10", 10, &number) && number == 10);
	assert_true(str_number("007", 10, &number) && number == 7);
	assert_true(str_number("0", 0, &number) && number == 0);
	assert_true(str_number("18446744073709551615", UINT64_MAX, &number));
	assert_true(number == UINT64_MAX);
	assert_false(str_number("18446744073709551616", UINT64_MAX, &number));
}

static void
words_stand_between_blanks(void **state)
{
	const char *at = " one\t two\n", *word;
	size_t n;

	(void)state;
	word = str_word(&at, &n);
	assert_true(n == 3 && memcmp(word, "one", 3) == 0);
	word = str_word(&at, &n);
	assert_true(n == 3 && memcmp(word, "two", 3) == 0);
	assert_null(str_word(&at, &n));
	assert_null(str_word(&at, &n));
}

static const char *
nearest(const char *word)
{
	static const char *const names[] = { "command", "description",
		"directory", "user", "nice", "s" };
	struct str_guess guess = str_guess(word);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		str_guess_offer(&guess, names[i]);
	return guess.best;
}

static void
the_nearest_name_is_near(void **state)
{
	char longer[200];

	(void)state;
	assert_int_equal(str_distance("abc", "abc"), 0);
	assert_int_equal(str_distance("abc", "acb"), 1);
	assert_int_equal(str_distance("abc", ""), 3);
	assert_int_equal(str_distance("ABC", "abd"), 1);
	assert_int_equal(str_distance("kitten", "sitting"), 3);
	assert_string_equal(nearest("comand"), "command");
	assert_string_equal(nearest("directroy"), "directory");
	assert_string_equal(nearest("USER"), "user");
	assert_string_equal(nearest("niec"), "nice");
	assert_null(nearest("x"));
	assert_null(nearest(""));
	assert_null(nearest("environment"));
	memset(longer, 'c', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_null(nearest(longer));
	assert_true(str_distance(longer, longer) == SIZE_MAX);
}

static void
a_buf_grows_to_its_bound_and_then_has_failed(void **state)
{
	struct buf buf = buf_make(1000);

	(void)state;
	assert_string_equal(buf_string(&buf), "");
	for (int i = 0; i < 100; i++)
		buf_print(&buf, "%09d,", i);
	assert_false(buf.failed);
	assert_int_equal(buf.length, 1000);
	buf_byte(&buf, 'x');
	assert_true(buf.failed);
	buf_clear(&buf);
	assert_false(buf.failed);
	buf_text(&buf, "abcdef");
	buf_consume(&buf, 2);
	assert_string_equal(buf_string(&buf), "cdef");
	buf_consume(&buf, 4);
	assert_string_equal(buf_string(&buf), "");
	buf_free(&buf);
}

static void
what_was_in_a_buf_can_be_taken(void **state)
{
	struct buf buf = buf_make(10);
	char *text, *room;

	(void)state;
	room = buf_room(&buf, 10);
	assert_non_null(room);
	memcpy(room, "0123456789", 10);
	buf_wrote(&buf, 10);
	text = buf_take(&buf);
	assert_string_equal(text, "0123456789");
	free(text);
	text = buf_take(&buf);
	assert_string_equal(text, "");
	free(text);
	buf_text(&buf, "more than ten bytes");
	assert_null(buf_take(&buf));
	buf_free(&buf);
}

static void
signals_have_names_and_numbers(void **state)
{
	char text[SIGNAME_TEXT];
	int signo = 0;

	(void)state;
	for (int i = 1; i <= SIGRTMAX; i++) {
		assert_true(signame_parse(signame_text(i, text), &signo));
		assert_int_equal(signo, i);
	}
	assert_true(signame_parse("SIGTERM", &signo) && signo == SIGTERM);
	assert_true(signame_parse("term", &signo) && signo == SIGTERM);
	assert_true(signame_parse("15", &signo) && signo == SIGTERM);
	assert_true(signame_parse("RTMIN+3", &signo) && signo == 37);
	assert_true(signame_parse("SIGRTMAX", &signo) && signo == 64);
	assert_true(signame_parse("RTMAX-1", &signo) && signo == 63);
	assert_string_equal(signame_text(37, text), "RTMIN+3");
	assert_string_equal(signame_text(SIGABRT, text), "ABRT");
	assert_string_equal(signame_text(SIGCHLD, text), "CHLD");
	assert_string_equal(signame_text(999, text), "999");
}

static void
what_is_no_signal_is_refused(void **state)
{
	static const char *const bad[] = { "", "0", "65", "-1", "SIG", "TERMS",
		"RTMIN-1", "RTMAX+1", "RTMIN+", "RTMIN+99", "SIGSIGTERM", "1 5",
		"sig 9" };
	int signo = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(signame_parse(bad[i], &signo));
	assert_false(signame_parse_name("15", &signo));
	assert_int_equal(signo, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(what_is_no_duration_is_refused),
		cmocka_unit_test(a_duration_that_is_written_is_read_back),
		cmocka_unit_test(names_are_told_from_what_is_none),
		cmocka_unit_test(utf_8_is_checked_strictly),
		cmocka_unit_test(numbers_are_digits_and_nothing_else),
		cmocka_unit_test(words_stand_between_blanks),
		cmocka_unit_test(the_nearest_name_is_near),
		cmocka_unit_test(a_buf_grows_to_its_bound_and_then_has_failed),
		cmocka_unit_test(what_was_in_a_buf_can_be_taken),
		cmocka_unit_test(signals_have_names_and_numbers),
		cmocka_unit_test(what_is_no_signal_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
