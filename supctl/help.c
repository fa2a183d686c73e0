/* Verbs about supctl itself: help, completion. */
#include <stdio.h>
#include <string.h>

#include "supctl/run.h"
#include "supctl/verbs.h"

/* Included by the assembler, whose working directory is the project's root. */
#define SCRIPT(name, file)                        \
	__asm__(".pushsection .rodata\n"          \
		".globl help_script_" #name "\n"  \
		".hidden help_script_" #name "\n" \
		"help_script_" #name ":\n"        \
		".incbin \"" file "\"\n"          \
		".byte 0\n"                       \
		".popsection\n");                 \
	extern const char help_script_##name[]    \
	    __attribute__((visibility("hidden")))

SCRIPT(bash, "completions/supctl.bash");
SCRIPT(zsh, "completions/_supctl");

#define WORD_COLUMNS 12

static const char head[] =
    "Usage: supctl [-s SOCKET] [--json] [--no-color] [-q] VERB ...\n"
    "\n"
    "Looks at and steers the supervision tree of a running supd.\n"
    "\n"
    "Verbs:\n";

static const char tail[] =
    "\n"
    "A NAME is a node's name, its path (web/nginx), a glob in quotes\n"
    "('web/*'), or a template (worker@) for all its instances.\n"
    "\n"
    "General options, before or after the verb:\n"
    "  -s, --socket SOCKET  the daemon's socket, instead of SUPD_SOCKET or\n"
    "                       the usual places\n"
    "  --json               answer as JSON\n"
    "  --no-color           no colours; NO_COLOR in the environment as well\n"
    "  -q, --quiet          tell errors only\n"
    "  -h, --help           this, or the help of a verb\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 usage, 3 not running or not ready,\n"
    "4 no such node, 69 no daemon, 77 not permitted, 78 configuration,\n"
    "124 timeout. More: man supctl\n";

static const struct {
	enum options_flag flag;
	const char *text;
} option_texts[] = {
	{ OPTION_WATCH,
	    "  --watch       draw anew whenever something changes\n" },
	{ OPTION_NO_WAIT,
	    "  --no-wait     return as soon as the order is taken\n" },
	{ OPTION_TIMEOUT,
	    "  --timeout D   exit with 124 after this duration (5s, "
	    "1m30s); orders\n                stay in force\n" },
	{ OPTION_DRY_RUN,
	    "  --dry-run     tell the difference, change nothing\n" },
	{ OPTION_FOLLOW,
	    "  -f, --follow  go on with what happens from now on\n" },
	{ OPTION_SINCE,
	    "  --since SEQ   begin after the event of that number\n" },
	{ OPTION_COUNT, "  -n COUNT      only so many of the newest\n" },
	{ OPTION_FOR, "  --for STATE   ready (default), stopped or exited\n" },
	{ OPTION_VERBOSE, "  -v, --verbose print the state of each\n" },
	{ OPTION_MACHINE,
	    "  --poweroff, --reboot, --halt\n"
	    "                what becomes of the machine whose init supd is; "
	    "without one of\n                them it is turned off\n" },
};

static int
help_json(struct run *run)
{
	json_t *list = show_need(json_array());
	json_t *object = show_need(json_pack("{s:o}", "verbs", list));

	for (int i = 0; i < verbs_count; i++)
		json_array_append_new(
		    list, show_need(json_pack("{s:s,s:s,s:s}", "verb",
			      verbs[i].word, "arguments", verbs[i].arguments,
			      "about", verbs[i].about)));
	run_json(run, object);
	json_decref(object);
	return EXITS_OK;
}

static int
help_all(struct run *run)
{
	FILE *out = run->out.out;

	fputs(head, out);
	for (int i = 0; i < verbs_count; i++)
		fprintf(out, "  %-*s%s\n", WORD_COLUMNS, verbs[i].word,
		    verbs[i].about);
	fputs(tail, out);
	return EXITS_OK;
}

static int
help_one(struct run *run, const char *word)
{
	const struct verb *verb = verbs_find(word), *near;
	size_t count = sizeof(option_texts) / sizeof(option_texts[0]);

	if (!verb) {
		near = verbs_nearest(word);
		return run_fail(run, EXITS_USAGE, "Usage",
		    near ? show_format("unknown verb '%s'; did you mean '%s'?",
			       word, near->word)
			 : show_format("unknown verb '%s'\nAll verbs: supctl "
				       "help",
			       word));
	}
	fprintf(run->out.out, "Usage: supctl %s%s%s\n\n", verb->word,
	    *verb->arguments ? " " : "", verb->arguments);
	fprintf(run->out.out, "%s: %s.\n", verb->word, verb->about);
	if (verb->options)
		fputc('\n', run->out.out);
	for (size_t i = 0; i < count; i++)
		if (verb->options & option_texts[i].flag)
			fputs(option_texts[i].text, run->out.out);
	return EXITS_OK;
}

int
help_run(struct run *run)
{
	if (run->options.json)
		return help_json(run);
	if (run->options.names_count > 0)
		return help_one(run, run->options.names[0]);
	return help_all(run);
}

int
help_completion(struct run *run)
{
	const char *shell = run->options.names[0], *script;
	json_t *object;

	if (strcmp(shell, "bash") == 0)
		script = help_script_bash;
	else if (strcmp(shell, "zsh") == 0)
		script = help_script_zsh;
	else
		return run_fail(run, EXITS_USAGE, "Usage",
		    show_format("no completion for '%s': there are bash and "
				"zsh",
			shell));
	if (!run->options.json) {
		fputs(script, run->out.out);
		return EXITS_OK;
	}
	object =
	    show_need(json_pack("{s:s,s:s}", "shell", shell, "script", script));
	run_json(run, object);
	json_decref(object);
	return EXITS_OK;
}
