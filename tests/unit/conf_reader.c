/* The traps of INI files and of inih, one by one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/keys.h"
#include "lib/buf.h"
#include "tests/unit/conf_kit.h"

#define S "[service:a]\ncommand = true\n"

static const char *
word(struct kit *kit, size_t n)
{
	const struct command *command = &kit_launch(kit->plan, "a")->command;

	assert_true(n < command->count);
	return command->words[n];
}

static const char *
description(struct kit *kit)
{
	return kit->plan->nodes[kit_node(kit->plan, "a")].description;
}

/* SECURITY: inih cut this line at 199 bytes and took `user = root` from its
 * rest. */
static void
a_line_of_199_bytes_smuggles_no_key(void **state)
{
	struct buf text = buf_make(1000);
	struct kit *kit = *state;

	buf_text(&text, "[service:a]\n");
	buf_text(&text, "command = true ");
	while (text.length < 12 + 199)
		buf_byte(&text, 'x');
	buf_text(&text, "user = root\n");
	kit_read(kit, buf_string(&text));
	assert_false(kit_launch(kit->plan, "a")->set_user);
	assert_int_equal(kit_launch(kit->plan, "a")->command.count, 4);
	assert_string_equal(word(kit, 3), "root");
	buf_free(&text);
}

static void
values_of_every_length_arrive_whole(void **state)
{
	struct kit *kit = *state;

	for (size_t n = 1; n < 700; n++) {
		struct buf text = buf_make(4096), value = buf_make(1024);

		for (size_t i = 0; i < n; i++)
			buf_byte(&value, "ab cd;#=:[]"[i % 11]);
		buf_print(&text, "[service:a]\ncommand = true '%s'\n",
		    buf_string(&value));
		kit_read(kit, buf_string(&text));
		assert_string_equal(word(kit, 1), buf_string(&value));
		buf_free(&text);
		buf_free(&value);
	}
}

static void
a_value_may_have_64_kib_and_not_one_byte_more(void **state)
{
	struct buf text = buf_make(200000);
	struct kit *kit = *state;

	buf_text(&text, S "description = ");
	for (size_t i = 0; i < 65536; i++)
		buf_byte(&text, 'd');
	buf_text(&text, "\n");
	kit_read(kit, buf_string(&text));
	assert_int_equal(strlen(description(kit)), 65536);
	text.length--;
	buf_text(&text, "d\n");
	kit_wants(kit, buf_string(&text),
	    "3: the value of 'description' is longer than 65536 bytes", NULL);
	buf_free(&text);
}

static void
a_value_too_long_over_its_continuation_lines_is_refused(void **state)
{
	struct buf text = buf_make(200000);
	struct kit *kit = *state;

	buf_text(&text, S "environment =\n");
	for (size_t i = 0; i < 6600; i++)
		buf_text(&text, " A=1234567\n");
	kit_wants(kit, buf_string(&text),
	    "3: the value of 'environment' is longer than 65536 bytes", NULL);
	buf_free(&text);
}

static void
names_may_have_63_bytes_and_not_one_more(void **state)
{
	struct kit *kit = *state;
	char name[65], text[400];

	memset(name, 'n', 64);
	name[64] = '\0';
	snprintf(
	    text, sizeof(text), "[service:%s]\ncommand = true\n", name + 1);
	kit_read(kit, text);
	assert_string_equal(kit->plan->specs[1].name, name + 1);
	snprintf(text, sizeof(text), "[service:%s]\ncommand = true\n", name);
	assert_null(kit_try(kit, text));
	assert_int_equal(kit->out.errors, 1);
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '[';
	text[399] = '\0';
	kit_wants(kit, text, "1: ']' is missing", NULL);
	text[398] = ']';
	kit_wants(
	    kit, text, "1: the section's name is longer than 63 bytes", NULL);
}

/* inih cuts section names at 50 bytes: these two were one. */
static void
long_names_that_begin_alike_stay_apart(void **state)
{
	struct kit *kit = *state;
	char text[400];

#define LONG "a123456789b123456789c123456789d123456789e123456789"
	snprintf(text, sizeof(text),
	    "[service:" LONG "1]\ncommand = true 1\n"
	    "[service:" LONG "2]\ncommand = true 2\n");
	kit_read(kit, text);
	assert_string_equal(
	    kit_launch(kit->plan, LONG "1")->command.words[1], "1");
	assert_string_equal(
	    kit_launch(kit->plan, LONG "2")->command.words[1], "2");
	snprintf(text, sizeof(text), S "%s%s = 1\n", LONG, LONG);
	assert_null(kit_try(kit, text));
	assert_int_equal(kit->out.list[0].line, 3);
}

static void
a_comment_begins_behind_a_blank(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:a] ; one\n"
		      "; two\n"
		      "# three\n"
		      "  # four\n"
		      "command = true a;b c#d\t# five ; six\n"
		      "description =# no comment ; seven\n");
	assert_string_equal(word(kit, 1), "a;b");
	assert_string_equal(word(kit, 2), "c#d");
	assert_int_equal(kit_launch(kit->plan, "a")->command.count, 3);
	assert_string_equal(description(kit), "# no comment");
}

static void
an_empty_value_may_have_a_comment(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, S "description = ; nothing\n");
	assert_string_equal(description(kit), "");
	kit_read(kit, S "description =\n");
	assert_string_equal(description(kit), "");
}

static void
no_comment_begins_within_quotes(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:a]\n"
		      "command = sh -c 'a ; b # c' \"d ; \\\" ; e\" ; f\n");
	assert_string_equal(word(kit, 2), "a ; b # c");
	assert_string_equal(word(kit, 3), "d ; \" ; e");
	assert_int_equal(kit_launch(kit->plan, "a")->command.count, 4);
}

static void
an_escaped_quote_opens_nothing(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:a]\ncommand = true \\' ; b\n");
	assert_string_equal(word(kit, 1), "'");
	assert_int_equal(kit_launch(kit->plan, "a")->command.count, 2);
}

static void
indented_lines_continue_a_value(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:a]\n"
		      "command = sh -c 'one ; two\n"
		      "\t# three\n"
		      "\n"
		      "   four' ; five\n"
		      "   six ; seven\n"
		      "  ; eight\n"
		      "   nine\n"
		      "description = d\n");
	assert_string_equal(word(kit, 2), "one ; two\n# three\nfour");
	assert_string_equal(word(kit, 3), "six");
	assert_string_equal(word(kit, 4), "nine");
	assert_string_equal(description(kit), "d");
}

static void
a_quote_ends_with_its_value_at_the_latest(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "[service:a]\ndescription = Bob's\n"
	    "command = true ; fine\numask = 'x ; y\n",
	    "4: bad umask ''x ; y' in [service:a]: it is octal, from 0 to "
	    "0777",
	    NULL);
}

static void
an_indented_line_of_a_bad_key_is_not_the_next_ones(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    S "comand = x\n  y\nno sense\n  z\n[what]\n  a = 1\n b\n",
	    "3: unknown key 'comand' in [service:a]; did you mean 'command'?",
	    "5: 'no sense' is neither a [section] nor 'key = value'",
	    "7: unknown section [what]; there are [supd], [defaults], "
	    "[supervisor:NAME], [service:NAME] and [service:NAME@]",
	    NULL);
	kit_read(kit, "[service:a]\n  command = true\n");
}

static void
what_looks_like_a_key_in_a_continuation_is_told(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit, "[service:a]\n  command = true\n  umask = 022\n",
	    "3: warning: this line is indented, so it continues the value of "
	    "'command' and is not the key 'umask'",
	    NULL);
	kit_wants(kit, S "  [service:b]\n",
	    "3: warning: this line is indented, so it continues the value of "
	    "'command' and is no section",
	    NULL);
	kit_read(kit, "[service:a]\ncommand = sh -c '\n  user = x\n  '\n");
	assert_int_equal(kit->out.warnings, 0);
	kit_read(kit, S "environment =\n  user=x\n");
	assert_int_equal(kit->out.warnings, 0);
}

static void
a_byte_order_mark_and_carriage_returns_are_passed_over(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "\xef\xbb\xbf[service:a]\r\ncommand = true x\r\n"
		      "\r\ndescription = d\r\n");
	assert_string_equal(word(kit, 1), "x");
	assert_string_equal(description(kit), "d");
	kit_wants(kit, S "\xef\xbb\xbf[service:b]\n",
	    "3: '\xef\xbb\xbf[service' is no key", NULL);
}

static void
a_nul_byte_is_an_error(void **state)
{
	static const char text[] = S "description = a\0b\nx\0y\n";
	const char *lines[] = { "3: a NUL byte: this is no text file" };
	struct kit *kit = *state;

	assert_null(kit_try_bytes(kit, text, sizeof(text) - 1));
	kit_told(kit, lines, 1);
}

static void
other_control_characters_are_errors(void **state)
{
	struct kit *kit = *state;

	for (int c = 1; c < 0x20; c++) {
		char text[64], line[64];

		if (c == '\t' || c == '\n')
			continue;
		snprintf(text, sizeof(text), S "description = a%cb\n", c);
		snprintf(
		    line, sizeof(line), "3: a control character (0x%02x)", c);
		kit_wants(kit, text, line, NULL);
	}
	kit_wants(kit, S "x\x7f = 1\n", "3: a control character (0x7f)", NULL);
}

static void
text_is_utf_8(void **state)
{
	struct kit *kit = *state;

	kit_read(
	    kit, S "description = gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x8c\xb3\n");
	assert_string_equal(
	    description(kit), "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x8c\xb3");
	kit_wants(kit, S "description = gr\xfc\n",
	    "3: not valid UTF-8 (byte 0xfc in column 17)", NULL);
	kit_wants(kit, S "; gr\xfc\n",
	    "3: not valid UTF-8 (byte 0xfc in column 5)", NULL);
	assert_null(kit_try(kit, S "description = \xc0\x80\n"));
	assert_null(kit_try(kit, S "description = \xed\xa0\x80\n"));
	assert_null(kit_try(kit, S "description = \xf4\x90\x80\x80\n"));
}

/* A piece may end in the middle of a character. */
static void
long_values_keep_their_characters(void **state)
{
	struct kit *kit = *state;
	struct buf text = buf_make(4096);

	for (size_t shift = 0; shift < 4; shift++) {
		buf_clear(&text);
		buf_text(&text, S "description = xxx");
		text.length -= shift;
		for (size_t i = 0; i < 200; i++)
			buf_text(&text, "\xf0\x9f\x85\xa0");
		kit_read(kit, buf_string(&text));
		assert_int_equal(strlen(description(kit)), 803 - shift);
		assert_string_equal(
		    description(kit) + 799 - shift, "\xf0\x9f\x85\xa0");
	}
	buf_free(&text);
}

static void
a_file_may_end_without_a_newline(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:a]\ncommand = true");
	kit_read(kit, "[service:a]\ncommand = true\n[supd]");
}

static void
a_colon_separates_as_inih_has_it(void **state)
{
	struct kit *kit = *state;

	kit_read(kit, "[service:a]\ncommand: true a=b\n"
		      "environment = A=b:c\n");
	assert_string_equal(word(kit, 1), "a=b");
	assert_string_equal(
	    kit_launch(kit->plan, "a")->environment[0], "A=b:c");
}

static void
sections_are_checked(void **state)
{
	struct kit *kit = *state;

	kit_wants(kit,
	    "command = x\n[]\n[service:a] x = 1\ncommand = 1\n"
	    "[service:b\n[service: c]\n[service:d ;]\nx = 1\n",
	    "1: 'command' stands before the first [section]",
	    "2: '' can't be a section's name",
	    "3: 'x = 1' stands behind the section's ']'", "5: ']' is missing",
	    "6: 'service: c' can't be a section's name",
	    "7: 'service:d ;' can't be a section's name", NULL);
}

static void
keys_are_checked(void **state)
{
	struct kit *kit = *state;
	char text[200];

	kit_wants(kit, S "= 1\na b = 2\na;b = 3\n[x = 4\n", "3: '' is no key",
	    "4: 'a b' is no key", "5: 'a;b' is no key", "6: ']' is missing",
	    NULL);
	snprintf(text, sizeof(text), S "%064d = 1\n", 0);
	kit_wants(kit, text,
	    "3: the key '00000000000000000000000000000000000000000000000000"
	    "00000000000000' is longer than 63 bytes",
	    NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
	const struct CMUnitTest tests[] = {
		TEST(a_line_of_199_bytes_smuggles_no_key),
		TEST(values_of_every_length_arrive_whole),
		TEST(a_value_may_have_64_kib_and_not_one_byte_more),
		TEST(a_value_too_long_over_its_continuation_lines_is_refused),
		TEST(names_may_have_63_bytes_and_not_one_more),
		TEST(long_names_that_begin_alike_stay_apart),
		TEST(a_comment_begins_behind_a_blank),
		TEST(an_empty_value_may_have_a_comment),
		TEST(no_comment_begins_within_quotes),
		TEST(an_escaped_quote_opens_nothing),
		TEST(indented_lines_continue_a_value),
		TEST(a_quote_ends_with_its_value_at_the_latest),
		TEST(an_indented_line_of_a_bad_key_is_not_the_next_ones),
		TEST(what_looks_like_a_key_in_a_continuation_is_told),
		TEST(a_byte_order_mark_and_carriage_returns_are_passed_over),
		TEST(a_nul_byte_is_an_error),
		TEST(other_control_characters_are_errors),
		TEST(text_is_utf_8),
		TEST(long_values_keep_their_characters),
		TEST(a_file_may_end_without_a_newline),
		TEST(a_colon_separates_as_inih_has_it),
		TEST(sections_are_checked),
		TEST(keys_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
