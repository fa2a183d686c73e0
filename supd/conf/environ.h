/*
 * environ: the variables that a configuration sets.
 *
 * `environment` is a list of NAME=value words, split as a command line;
 * `environment_file` names files of NAME=value lines (a leading `-`: it may
 * be missing). In a file a value is taken as it stands, blanks at its ends
 * taken off; one in '...' or "..." without them (in the latter \", \\ and \$
 * mean the sign alone). Empty lines and those that begin with # or ; are
 * comments. A file's errors are told once, at their line in the file.
 */
#ifndef SUPD_CONF_ENVIRON_H
#define SUPD_CONF_ENVIRON_H

#include "conf/draft.h"

extern const struct form form_environment;
extern const struct form form_environment_file;

/* Makes launch.environment, in this order, of which the last wins: files and
 * environment of [supd], files and environment of the service. False: no
 * memory. */
bool environ_finish(struct making *, struct draft *, const struct more *supd);

#endif
