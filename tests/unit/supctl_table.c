/* The tables of status and tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supctl/note.h"
#include "supctl/table.h"
#include "supctl/tree.h"
#include "tests/unit/supctl_kit.h"

static const char small[] =
    "[{'name':'root','path':'root','kind':'supervisor','parent':null,"
    "  'state':'running','ready':true,'degraded':true,'wanted':'up',"
    "  'since_s':192.3,'restarts':0,'strategy':'one_for_one',"
    "  'intensity':5,'period_s':10.0,'restart':'permanent'},"
    " {'name':'data','path':'data','kind':'supervisor','parent':'root',"
    "  'state':'running','ready':true,'degraded':true,'wanted':'up',"
    "  'since_s':192.3,'restarts':0,'strategy':'rest_for_one',"
    "  'intensity':null,'period_s':10.0,'restart':'permanent',"
    "  'description':'what keeps data'},"
    " {'name':'db','path':'data/db','kind':'service','parent':'data',"
    "  'state':'waiting','ready':false,'wanted':'up','attempt':4,"
    "  'next_try_s':3.2,'restarts':3,'type':'daemon',"
    "  'restart':'permanent','last_exit':{'code':1,"
    "  'message':'exited with code 1'}},"
    " {'name':'app','path':'app','kind':'service','parent':'root',"
    "  'state':'running','ready':true,'wanted':'up','pid':4711,"
    "  'since_s':12.0,'restarts':1,'cpu_s':0.31,"
    "  'memory_bytes':12345678,'type':'daemon','restart':'transient'}]";

static char *
status(const char *nodes, unsigned width)
{
	struct show show = kit_show(width);
	json_t *list = kit_json(nodes);

	table_status(&show, list, 0);
	json_decref(list);
	return kit_text(&show);
}

static void
status_is_a_tree_with_reasons(void **state)
{
	(void)state;
	kit_expect(status(small, 0),
	    "NAME      STATE      PID  UPTIME  RESTARTS   CPU  MEMORY\n"
	    "root      degraded     -   3m12s         0     -       -"
	    "  below: db waiting\n"
	    "├─ data   degraded     -   3m12s         0     -       -"
	    "  below: db waiting\n"
	    "│  └─ db  waiting      -       -         3     -       -"
	    "  next try in 3.2 s, attempt 4; it exited with code 1\n"
	    "└─ app    running   4711     12s         1  0.3s   11.8M\n");
}

static void
what_does_not_fit_beside_stands_below(void **state)
{
	char *text = status(small, 66);

	(void)state;
	assert_non_null(strstr(text,
	    "│  └─ db  waiting      -       -         3     -       -\n"
	    "│         next try in 3.2 s, attempt 4; it exited with code 1\n"
	    "└─ app"));
	free(text);
}

static void
no_line_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (unsigned width = 1; width < 120; width++) {
		char *text = status(small, width), *line = text;

		for (; *line; line += strcspn(line, "\n") + 1) {
			size_t bytes = strcspn(line, "\n");
			char *copy = strndup(line, bytes);

			if (show_columns(copy, true) > width)
				fail_msg("%u columns: %s", width, copy);
			assert_true(bytes == 0 || line[bytes - 1] != ' ');
			free(copy);
		}
		free(text);
	}
}

static void
the_tree_is_drawn_in_ascii_where_it_must(void **state)
{
	struct show show = kit_show(0);
	json_t *list = kit_json(small);

	(void)state;
	show.utf8 = false;
	table_tree(&show, list);
	kit_expect(kit_text(&show),
	    "root  one_for_one, at most 5 restarts in 10 s, permanent\n"
	    "|- data  rest_for_one, never gives up, permanent: what keeps "
	    "data\n"
	    "|  `- db  daemon, permanent\n"
	    "`- app  daemon, transient\n");
	json_decref(list);
}

static void
a_node_without_its_parent_is_told_by_its_path(void **state)
{
	char *text = status("[{'name':'db','path':'data/db','parent':'data',"
			    "'state':'stopped','wanted':'down'}]",
	    0);

	(void)state;
	assert_non_null(strstr(text, "\ndata/db  stopped"));
	free(text);
}

static void
an_answer_without_sense_does_no_harm(void **state)
{
	static const char *const lists[] = {
		"[]",
		"[{}]",
		"[1,null,'x',[]]",
		"[{'name':'a','parent':'a'}]",
		"[{'name':'a','parent':'b'},{'name':'b','parent':'a'}]",
		"[{'name':'a'},{'name':'a','parent':'a'}]",
		"[{'name':'a','pid':'x','since_s':'y','cpu_s':-1e300,"
		"'memory_bytes':1e300,'state':'running','restarts':-7}]",
		"[{'name':'a','state':'\\u001b[2J a state that is as long as "
		"it has no right to be'}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char *text = status(lists[i], 0);

		assert_null(strchr(text, '\033'));
		free(text);
		free(status(lists[i], 20));
	}
}

static void
nodes_too_deep_stand_at_the_left_edge(void **state)
{
	json_t *list = json_array();
	struct tree_row *rows;
	char prefix[TREE_PREFIX_BYTES];
	char name[16], parent[16];

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(parent, sizeof(parent), "n%d", i - 1);
		json_array_append_new(list,
		    json_pack("{s:s,s:s}", "name", name, "parent", parent));
	}
	rows = tree_rows(list);
	for (size_t i = 0; i < 200; i++) {
		assert_true(rows[i].depth <= LIMIT_DEPTH);
		tree_prefix(rows, i, true, true, prefix);
	}
	free(rows);
	json_decref(list);
}

/* Notes. */

static void
each_state_says_what_matters(void **state)
{
	static const struct {
		const char *node;
		const char *words;
	} table[] = {
		{ "{'state':'running','ready':true}", "" },
		{ "{'state':'running','ready':true,'status_text':'ok\\n'}",
		    "ok\\x0a" },
		{ "{'state':'running','ready':false}", "not ready" },
		{ "{'state':'running','ready':true,'attempt':1,'since_s':4,"
		  "'last_exit':{'message':'killed by SIGKILL'}}",
		    "restarted: it was killed by SIGKILL" },
		{ "{'state':'running','ready':true,'attempt':1,'since_s':400,"
		  "'last_exit':{'message':'killed by SIGKILL'}}",
		    "" },
		{ "{'state':'starting','since_s':2,'attempt':0}",
		    "not ready yet, for 2 s" },
		{ "{'state':'starting','since_s':2,'attempt':3}",
		    "not ready yet, for 2 s, attempt 3" },
		{ "{'state':'stopping','since_s':61}", "for 1 min 1 s" },
		{ "{'state':'stopped','wanted':'up'}",
		    "to be up, waits for its turn" },
		{ "{'state':'stopped','wanted':'down','generation':0,"
		  "'name':'a'}",
		    "never started: supctl start a" },
		{ "{'state':'stopped','wanted':'down','generation':2}",
		    "down as ordered" },
		{ "{'state':'failed','since_s':3600,'last_exit':{'message':"
		  "'could not start: exec: No such file or directory'}}",
		    "it could not start: exec: No such file or directory, "
		    "1 h ago" },
		{ "{'state':'running','ready':true,'stale':true,'name':'a'}",
		    "changed: supctl restart a applies it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *node = kit_json(table[i].node);

		kit_expect(note_words(node, NULL, 0, true), table[i].words);
		json_decref(node);
	}
}

static void
times_go_on_while_a_list_grows_old(void **state)
{
	json_t *node = kit_json("{'state':'waiting','next_try_s':3.2,"
				"'attempt':2}");

	(void)state;
	kit_expect(note_words(node, NULL, 1.0, true),
	    "next try in 2.2 s, attempt 2; it ended in a way that is not "
	    "known");
	kit_expect(note_words(node, NULL, 60.0, true),
	    "next try at its turn, attempt 2; it ended in a way that is not "
	    "known");
	json_decref(node);
}

static void
a_oneshot_that_is_done_is_fine(void **state)
{
	json_t *done = kit_json("{'state':'exited','type':'oneshot'}");
	json_t *gone = kit_json("{'state':'exited','type':'daemon'}");
	json_t *up = kit_json("{'state':'running','ready':true}");
	json_t *slow = kit_json("{'state':'running','ready':false}");

	(void)state;
	assert_true(note_fine(done));
	assert_false(note_fine(gone));
	assert_true(note_fine(up));
	assert_false(note_fine(slow));
	json_decref(done);
	json_decref(gone);
	json_decref(up);
	json_decref(slow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_is_a_tree_with_reasons),
		cmocka_unit_test(what_does_not_fit_beside_stands_below),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(the_tree_is_drawn_in_ascii_where_it_must),
		cmocka_unit_test(a_node_without_its_parent_is_told_by_its_path),
		cmocka_unit_test(an_answer_without_sense_does_no_harm),
		cmocka_unit_test(nodes_too_deep_stand_at_the_left_edge),
		cmocka_unit_test(each_state_says_what_matters),
		cmocka_unit_test(times_go_on_while_a_list_grows_old),
		cmocka_unit_test(a_oneshot_that_is_done_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
