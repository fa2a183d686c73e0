/*
 * change: what an update does, and what is wrong with a configuration.
 *
 * Pure: from the answer of Update, or an error's diagnoses, to lines.
 */
#ifndef SUPCTL_CHANGE_H
#define SUPCTL_CHANGE_H

#include <jansson.h>

#include "supctl/show.h"

/* "+ web/new", "- web/old", "~ web/app: command, environment (restarts)", and
 * a last line that says what became of it. */
void change_plan(const struct show *, const json_t *answer);
/* "FILE:LINE: text" or "FILE:LINE: warning: text", a line for each. */
void change_diagnoses(const struct show *, const json_t *diagnoses);

#endif
