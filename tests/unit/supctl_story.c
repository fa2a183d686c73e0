/* Events in words, the story behind a state, and the plan of an update. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supctl/change.h"
#include "supctl/facts.h"
#include "supctl/story.h"
#include "tests/unit/supctl_kit.h"

/* An event of the history; detail without its braces. */
#define EVENT(seq, node, kind, cause, detail)                             \
	"{'seq':" #seq ",'time':'2026-11-25T22:00:" #seq ".000Z','node':" \
	"'" node "','path':'" node "','event':'" kind "','cause':" #cause \
	",'detail':{" detail "}}"
#define EXIT_1 "'exit':{'code':1,'message':'exited with code 1'}"
#define HISTORY(node, events) "{'node':{" node "},'events':[" events "]}"

/* clang-format off */
static const char two_levels[] =
    HISTORY("'name':'app','state':'stopped','wanted':'up','generation':1",
	EVENT(10, "db", "failed", null, "'attempt':1,'ran_s':60," EXIT_1) ","
	EVENT(11, "data", "restarting", 10, "'strategy':'rest_for_one',"
	    "'child':'db','children':['db','cache']") ","
	EVENT(12, "db", "starting", 11, "'generation':2") ","
	EVENT(13, "db", "failed", 12, "'attempt':2,'ran_s':0.2," EXIT_1) ","
	EVENT(14, "data", "gave_up", 13, "'child':'db','restarts':2,"
	    "'intensity':1,'period_s':10.0") ","
	EVENT(15, "data", "stopping", 14, "") ","
	EVENT(16, "data", "failed", 15, "") ","
	EVENT(17, "top", "restarting", 16, "'strategy':'rest_for_one',"
	    "'child':'data','children':['data','app']") ","
	EVENT(18, "app", "stopping", 17, "") ","
	EVENT(19, "app", "stopped", 18, ""));

#define STARVED(attempt) \
	EVENT(12, "a", "oom", null, "'pid':7,'kills':1") "," \
	EVENT(13, "a", "failed", 12, "'attempt':" #attempt ",'exit':{" \
	    "'signal':'SIGKILL','oom':true,'message':'killed by SIGKILL " \
	    "for using too much memory'}")
static const char starved[] =
    HISTORY("'name':'a','state':'waiting','next_try_s':2,'attempt':2",
	EVENT(10, "a", "failed", null, "'attempt':1," EXIT_1) ","
	EVENT(11, "a", "starting", 10, "'generation':2") "," STARVED(2));

static const char starved_once[] =
    HISTORY("'name':'a','state':'waiting','next_try_s':2,'attempt':1",
	STARVED(1));

static const char ordered[] =
    HISTORY("'name':'app','state':'stopped','wanted':'down','generation':1",
	EVENT(10, "app", "request", null, "'op':'stop'") ","
	EVENT(11, "app", "stopping", 10, "") ","
	EVENT(12, "app", "stopped", 11, ""));

static const char starts[] =
    HISTORY("'name':'c','state':'running','ready':true,'since_s':5",
	EVENT(10, "a", "starting", null, "") ","
	EVENT(11, "a", "ready", 10, "'took_s':0.1") ","
	EVENT(12, "b", "starting", 11, "") ","
	EVENT(13, "b", "ready", 12, "'took_s':0.1") ","
	EVENT(14, "c", "starting", 13, "'generation':1") ","
	EVENT(15, "c", "ready", 14, "'took_s':0.3,'generation':1"));

static const char no_command[] =
    HISTORY("'name':'app','state':'waiting','next_try_s':2,'attempt':3",
	EVENT(10, "app", "failed", null, "'attempt':3,'exit':{'step':'exec',"
	    "'message':'could not start: exec: No such file or directory'}"));

static const char circle[] =
    HISTORY("'name':'a'",
	EVENT(10, "a", "stopping", 11, "") ","
	EVENT(11, "a", "stopped", 10, ""));
/* clang-format on */

static char *
story(const char *history, const char *nodes)
{
	struct show show = kit_show(0);
	json_t *answer = kit_json(history);
	json_t *list = kit_json(nodes);
	struct story told;

	story_tell(&told, answer, list, KIT_WALL_MS);
	story_print(&show, &told);
	story_free(&told);
	json_decref(answer);
	json_decref(list);
	return kit_text(&show);
}

static void
a_chain_two_levels_deep_is_told_from_its_root(void **state)
{
	(void)state;
	kit_expect(story(two_levels, "[{'name':'db','restart':'permanent'}]"),
	    "  1. 22:00:10.000  db failed: it exited with code 1 after 1 min. "
	    "It is permanent: restarted after every end.\n"
	    "  2. 22:00:13.000  Started again, it ended again, the last time "
	    "in the same way (each time: supctl history db).\n"
	    "  3. 22:00:14.000  data, the supervisor of db, gave up: the "
	    "limit is 1 restart within 10 s, and this would have been number "
	    "2. "
	    "It stops all its children and ends.\n"
	    "  4. 22:00:17.000  top, the supervisor of data, is rest_for_one: "
	    "a child that fails restarts itself and those after it. It stops "
	    "and "
	    "starts: data, app.\n"
	    "  5. 22:00:18.000  app is stopped with its group.\n"
	    "\n"
	    "Now:   app is down for the moment: its supervisor starts it when "
	    "its turn comes.\n"
	    "To do: Find out from the output of db why it ends, and repair "
	    "that. It comes back by itself with its supervisor; supctl status "
	    "shows how far that is.\n");
}

static void
a_kill_for_want_of_memory_is_told_where_it_was(void **state)
{
	char *text = story(starved, "[]");

	(void)state;
	assert_non_null(
	    strstr(text, "  1. 22:00:10.000  a failed: it exited with code 1"));
	assert_non_null(
	    strstr(text, "Started again, it ended again, the last time so:"));
	assert_non_null(strstr(text, "killed by SIGKILL for using too much"));
	free(text);
	text = story(starved_once, "[]");
	assert_non_null(strstr(text,
	    "  1. 22:00:12.000  a takes more memory than there is for it: "
	    "the kernel kills it.\n"
	    "  2. 22:00:13.000  a failed: it was killed by SIGKILL for using "
	    "too much memory"));
	assert_non_null(strstr(text, "Give a more memory"));
	free(text);
}

static void
an_operators_order_is_named(void **state)
{
	(void)state;
	kit_expect(story(ordered, "[]"),
	    "  1. 22:00:10.000  An operator ordered: stop app.\n"
	    "  2. 22:00:11.000  app is stopped.\n"
	    "\n"
	    "Now:   app is down by an operator's order, and stays so until it "
	    "is started by hand.\n"
	    "To do: To have it run: supctl start app\n");
}

static void
ordinary_starts_are_one_step(void **state)
{
	(void)state;
	kit_expect(story(starts, "[]"),
	    "  1. 22:00:15.000  c is started, and ready after 0.3 s.\n"
	    "\n"
	    "Now:   c has been running and ready for 5 s.\n"
	    "To do: Nothing.\n");
}

static void
a_command_that_is_not_there_is_to_be_corrected(void **state)
{
	char *text = story(no_command, "[]");

	(void)state;
	assert_non_null(strstr(text, "Correct the command of app"));
	assert_non_null(strstr(text, "next try comes in 2 s"));
	free(text);
}

static void
what_is_forgotten_is_said(void **state)
{
	char *text = story(HISTORY("'name':'app','state':'stopped'",
			       EVENT(90, "app", "stopping", 12, "")),
	    "[]");

	(void)state;
	assert_non_null(strstr(text, "1. What came before is forgotten"));
	free(text);
}

static void
a_history_without_sense_does_no_harm(void **state)
{
	static const char *const histories[] = {
		"{}",
		"{'node':null,'events':null}",
		"{'node':{},'events':[]}",
		"{'node':{'name':'a','state':'\\u001b'},'events':[1,{},null]}",
		circle,
		HISTORY("'name':'a'",
		    EVENT(10, "a", "restarting", 10, "'children':[1,null]")),
		HISTORY(
		    "'name':'a\\u009b'", EVENT(10, "a\\u009b", "news", 9, "")),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
		char *text = story(histories[i], "[]");

		assert_null(strchr(text, '\033'));
		assert_null(strstr(text, "\xc2\x9b"));
		free(text);
	}
}

static void
events_are_lines(void **state)
{
	static const struct {
		const char *event;
		const char *line;
	} table[] = {
		{ EVENT(12, "db", "starting", 10, "'pid':77"),
		    "22:00:12.000      12  db is started, pid 77 (cause "
		    "10)\n" },
		{ EVENT(12, "db", "failed", null,
		      "'attempt':2,'ran_s':0.2," EXIT_1),
		    "22:00:12.000      12  db failed: it exited with code 1 "
		    "after 0.2 s (failure 2 in a row)\n" },
		{ EVENT(12, "db", "exited", null, EXIT_1),
		    "22:00:12.000      12  db ended normally: it exited with "
		    "code 1\n" },
		{ EVENT(12, "db", "backoff", 11, "'delay_s':0.5"),
		    "22:00:12.000      12  db waits 0.5 s before it is tried "
		    "again (cause 11)\n" },
		{ EVENT(12, "x", "restarting", 11,
		      "'strategy':'one_for_all','child':'b','children':['a',"
		      "'b','c']"),
		    "22:00:12.000      12  x restarts by one_for_all: a, b and "
		    "c, because of b (cause 11)\n" },
		{ EVENT(12, "x", "gave_up", null,
		      "'restarts':6,'intensity':5,'period_s':10"),
		    "22:00:12.000      12  x gave up: 6 restarts within 10 s, "
		    "its intensity allows 5\n" },
		{ EVENT(12, "db", "kill", null, "'after_s':10,'pid':7"),
		    "22:00:12.000      12  db did not end within 10 s and is "
		    "killed\n" },
		{ EVENT(12, "db", "status", null, "'status_text':'\\u001b[2J'"),
		    "22:00:12.000      12  db says: \\x1b[2J\n" },
		{ EVENT(12, "db", "eclipse", null, ""),
		    "22:00:12.000      12  db eclipse\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct show show = kit_show(0);
		json_t *event = kit_json(table[i].event);

		facts_line(&show, event);
		kit_expect(kit_text(&show), table[i].line);
		json_decref(event);
	}
}

static void
an_update_is_told_as_a_plan(void **state)
{
	struct show show = kit_show(0);
	json_t *answer = kit_json(
	    "{'changes':["
	    "{'node':'new','path':'web/new','change':'added'},"
	    "{'node':'old','path':'old','change':'removed'},"
	    "{'node':'app','path':'web/app','change':'changed','keys':"
	    "['command','environment'],'restart':true},"
	    "{'node':'db','path':'db','change':'changed','keys':['shutdown'],"
	    "'restart':false}],'settings':['log_level'],'nodes':9,"
	    "'applied':true}");

	(void)state;
	change_plan(&show, answer);
	kit_expect(kit_text(&show),
	    "+ web/new\n"
	    "- old\n"
	    "~ web/app: command, environment (restarts)\n"
	    "~ db: shutdown (without a restart)\n"
	    "~ [supd]: log_level\n"
	    "in force: 9 nodes\n");
	json_decref(answer);
}

static void
diagnoses_are_lines_with_file_and_line(void **state)
{
	struct show show = kit_show(0);
	json_t *list = kit_json(
	    "[{'kind':'error','file':'a.conf','line':12,'text':'bad'},"
	    "{'kind':'warning','file':'a.conf','line':null,'text':'odd'},"
	    "{'kind':'error','file':null,'line':null,'text':'no root'}]");

	(void)state;
	change_diagnoses(&show, list);
	kit_expect(kit_text(&show), "a.conf:12: bad\n"
				    "a.conf: warning: odd\n"
				    "no root\n");
	json_decref(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_two_levels_deep_is_told_from_its_root),
		cmocka_unit_test(
		    a_kill_for_want_of_memory_is_told_where_it_was),
		cmocka_unit_test(an_operators_order_is_named),
		cmocka_unit_test(ordinary_starts_are_one_step),
		cmocka_unit_test(
		    a_command_that_is_not_there_is_to_be_corrected),
		cmocka_unit_test(what_is_forgotten_is_said),
		cmocka_unit_test(a_history_without_sense_does_no_harm),
		cmocka_unit_test(events_are_lines),
		cmocka_unit_test(an_update_is_told_as_a_plan),
		cmocka_unit_test(diagnoses_are_lines_with_file_and_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
