/*
 * check: `supd --check`.
 *
 * Reads a configuration as a start would, and starts nothing.
 */
#ifndef SUPD_CHECK_H
#define SUPD_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong goes to standard error, a line each, FILE:LINE: first; one
 * line with the number of nodes, if the configuration is good, to standard
 * output. json: all of it there, as one object. Returns 0, 78 (EX_CONFIG), or
 * 71 if memory is short. paths: as for conf_read(). */
int check_run(const char *const *paths, size_t count, bool json);

#endif
