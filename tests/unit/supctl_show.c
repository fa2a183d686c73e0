/* What is written for people: safe texts, widths, times, sizes, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supctl/show.h"
#include "supctl/words.h"
#include "tests/unit/supctl_kit.h"

static void
no_text_can_steer_the_terminal(void **state)
{
	static const struct {
		const char *text;
		const char *clean;
	} table[] = {
		{ "web-1", "web-1" },
		{ "\033[31mred\a", "\\x1b[31mred\\x07" },
		{ "two\nlines\r\t", "two\\x0alines\\x0d\\x09" },
		{ "del\x7f", "del\\x7f" },
		{ "c1\xc2\x9b", "c1\\u{9b}" },
		{ "\xe2\x80\xaetxt.exe", "\\u{202e}txt.exe" },
		{ "a\xe2\x80\x8b"
		  "b",
		    "a\\u{200b}b" },
		{ "\xef\xbb\xbf", "\\u{feff}" },
		{ "\xff\xc0\x80", "\\xff\\xc0\\x80" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "cut\xe2\x82", "cut\\xe2\\x82" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		kit_expect(show_clean(table[i].text, true), table[i].clean);
}

static void
outside_utf8_all_that_is_not_ascii_is_written_out(void **state)
{
	(void)state;
	kit_expect(show_clean("gr\xc3\xbc\xf0\x9f\x98\x80", false),
	    "gr\\u{fc}\\u{1f600}");
}

static void
a_text_is_cut_at_a_character_and_marked(void **state)
{
	char text[] = "gr\xc3\xbc\xc3\xbc\xc3\xbc"
		      "en";
	char word[] = "abc", none[] = "abc";

	(void)state;
	assert_int_equal(show_columns(text, true), 7);
	show_cut(text, 7, true);
	assert_int_equal(show_columns(text, true), 7);
	show_cut(text, 4, true);
	assert_string_equal(text, "gr\xc3\xbc\xe2\x80\xa6");
	show_cut(word, 2, true);
	assert_string_equal(word, "a~");
	show_cut(none, 0, true);
	assert_string_equal(none, "");
}

static void
long_lines_go_on_below_and_lose_nothing(void **state)
{
	struct show show = kit_show(0);

	(void)state;
	show_wrapped(&show, "one two three", 7, "  ");
	kit_expect(kit_text(&show), "one two\n  three");
	show = kit_show(0);
	show_wrapped(&show, "unbreakable word", 5, "");
	kit_expect(kit_text(&show), "unbre\nakabl\ne\nword");
	show = kit_show(0);
	show_wrapped(&show, "all in one line", 0, "  ");
	kit_expect(kit_text(&show), "all in one line");
}

static void
colours_are_written_only_when_they_are_on(void **state)
{
	struct show show = kit_show(0);

	(void)state;
	show_paint(&show, SHOW_BAD, "x");
	show.color = true;
	show_paint(&show, SHOW_PLAIN, "y");
	show_paint(&show, SHOW_BAD, "z");
	kit_expect(kit_text(&show), "xy\033[31mz\033[0m");
}

static void
times_are_short_in_tables_and_spelled_in_sentences(void **state)
{
	static const struct {
		double seconds;
		const char *age;
		const char *span;
	} table[] = {
		{ -1, "0.0s", "0 s" },
		{ 0, "0.0s", "0 s" },
		{ 0.0172, "0.0s", "17 ms" },
		{ 0.3, "0.3s", "0.3 s" },
		{ 1, "1.0s", "1 s" },
		{ 9.99, "9s", "9 s" },
		{ 42.7, "42s", "42 s" },
		{ 192, "3m12s", "3 min 12 s" },
		{ 180, "3m00s", "3 min" },
		{ 7500, "2h05m", "2 h 5 min" },
		{ 356400, "4d03h", "4 d 3 h" },
		{ 1e300, "11574d01h", "11574 d 1 h" },
	};
	char text[WORDS_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_string_equal(
		    words_age(table[i].seconds, text), table[i].age);
		assert_string_equal(
		    words_span(table[i].seconds, text), table[i].span);
	}
}

static void
sizes_have_one_unit(void **state)
{
	char text[WORDS_BYTES];

	(void)state;
	assert_string_equal(words_bytes(-1, text), "0B");
	assert_string_equal(words_bytes(812, text), "812B");
	assert_string_equal(words_bytes(65536, text), "64.0K");
	assert_string_equal(words_bytes(12345678, text), "11.8M");
	assert_string_equal(words_bytes(500e6, text), "477M");
	assert_string_equal(words_bytes(2147483648., text), "2.0G");
}

static void
times_of_today_have_no_date(void **state)
{
	char text[WORDS_BYTES];

	(void)state;
	setenv("TZ", "UTC", 1);
	assert_string_equal(
	    words_clock("2026-11-25T21:59:07.012Z", KIT_WALL_MS, text),
	    "21:59:07.012");
	assert_string_equal(
	    words_clock("2026-11-24T21:59:07.012Z", KIT_WALL_MS, text),
	    "2026-11-24 21:59:07");
	assert_string_equal(words_clock("soon", KIT_WALL_MS, text), "soon");
}

static void
an_end_is_told_as_a_clause(void **state)
{
	static const struct {
		const char *exit;
		const char *clause;
	} table[] = {
		{ "{'code':1,'message':'exited with code 1'}",
		    "it exited with code 1" },
		{ "{'signal':'SIGKILL','oom':true,'message':'killed by "
		  "SIGKILL for using too much memory'}",
		    "it was killed by SIGKILL for using too much memory" },
		{ "{'message':'not ready within start_timeout'}",
		    "it was not ready within start_timeout" },
		{ "{'code':2,'message':'pre_start exited with code 2'}",
		    "its pre_start exited with code 2" },
		{ "{'signal':'SIGSEGV','core':true}",
		    "it was killed by SIGSEGV (core dumped)" },
		{ "{'code':7}", "it exited with code 7" },
		{ "{'step':'exec'}", "it could not start: exec" },
		{ "{}", "it ended" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *exit = kit_json(table[i].exit);

		kit_expect(words_exit(exit), table[i].clause);
		json_decref(exit);
	}
	kit_expect(words_exit(NULL), "it ended in a way that is not known");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_can_steer_the_terminal),
		cmocka_unit_test(
		    outside_utf8_all_that_is_not_ascii_is_written_out),
		cmocka_unit_test(a_text_is_cut_at_a_character_and_marked),
		cmocka_unit_test(long_lines_go_on_below_and_lose_nothing),
		cmocka_unit_test(colours_are_written_only_when_they_are_on),
		cmocka_unit_test(
		    times_are_short_in_tables_and_spelled_in_sentences),
		cmocka_unit_test(sizes_have_one_unit),
		cmocka_unit_test(times_of_today_have_no_date),
		cmocka_unit_test(an_end_is_told_as_a_clause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
