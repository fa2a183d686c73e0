/*
 * words: texts with variables, and command lines.
 *
 * In a text %n is the node's name, %p and %i a template's name and instance,
 * %% a percent sign; they are replaced when the configuration is read.
 * ${NAME}, ${NAME:-default} and $$ stay in it until a start; here their form
 * is checked. A command line is split as a shell would: blanks, '...', "...",
 * and \; an escaped \$ becomes $$.
 */
#ifndef SUPD_CONF_WORDS_H
#define SUPD_CONF_WORDS_H

#include "conf/draft.h"

/* Replaces %n and its like in text; NULL: refused, or no memory. */
const char *words_expand(struct making *, const char *text);
/* Is what stands behind each ${ of text right? False: refused. */
bool words_check(struct making *, const char *text);
/* Splits making->text. False: refused, or no memory. */
bool words_split(struct making *, struct command *);

extern const struct form form_command;   /* struct command, not empty */
extern const struct form form_hook;      /* struct command, may be empty */
extern const struct form form_reload;    /* launch.reload, reload_signal */
extern const struct form form_line;      /* char *: one line */
extern const struct form form_directory; /* char *: a path with variables */

#endif
