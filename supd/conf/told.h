/*
 * told: what is wrong with a configuration, collected for its operator.
 *
 * At most LIMIT_DIAGNOSES are listed, the rest is counted; a warning gives
 * its place up to an error. Text from files gets into a message by quoted()
 * only, which makes it one printable line of bounded length.
 */
#ifndef SUPD_CONF_TOLD_H
#define SUPD_CONF_TOLD_H

#include <stdarg.h>
#include <stddef.h>

#include "conf/plan.h"

/* file: copied; NULL: of no file. line 0: of the file as a whole. */
void told_error(struct diagnoses *, const char *file, unsigned line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void told_warning(struct diagnoses *, const char *file, unsigned line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void told_list(struct diagnoses *, enum diagnosis_kind, const char *file,
    unsigned line, const char *format, va_list)
    __attribute__((format(printf, 5, 0)));

/* By file and line; what stands at one place keeps its order. */
void told_sort(struct diagnoses *);
/* Forgets all errors: there is no memory to tell them. */
void told_forget(struct diagnoses *);

#define QUOTED_MAX 64
struct quoted {
	char text[QUOTED_MAX * 4 + 4];
};
/* Control characters as \n, \t, \xNN; at most QUOTED_MAX bytes of it, with
 * `...` behind what was cut. */
struct quoted quoted(const char *text);
struct quoted quoted_bytes(const char *text, size_t n);

#endif
