/*
 * small: the bounds of lib/limits.h, made small for the simulation.
 *
 * Compiled in front of every file of the simulation (-include), it takes the
 * place of lib/limits.h by its include guard. So a core's image is small
 * enough to be compared after each step, and every ring and table of the core
 * wraps, fills and overflows many times in each scenario.
 */
#ifndef LIB_LIMITS_H
#define LIB_LIMITS_H

#include <stdint.h>

#define LIMIT_NAME 63
#define LIMIT_NODES 48u
#define LIMIT_DEPTH 64u
#define LIMIT_INTENSITY 1000u
#define LIMIT_MARKS 2048u
#define LIMIT_NOTES 512u
#define LIMIT_ASKS 8u
#define LIMIT_STATUS 127

#endif
