/*
 * signame: signals by name and by number, signal(7).
 *
 * `TERM`, `SIGTERM`, `term` and `15` are the same; real-time ones are
 * `RTMIN`, `RTMIN+3`, `RTMAX-2`, counted from glibc's SIGRTMIN whatever we
 * are linked with: that is how kill(1), systemd and those who run containers
 * count. musl's begins one later, and ours would then mean another signal
 * than the program that gets it means.
 */
#ifndef LIB_SIGNAME_H
#define LIB_SIGNAME_H

#include <stdbool.h>

#define SIGNAME_RTMIN 34
#define SIGNAME_RTMAX 64

/* Bytes that any signal's text takes, the NUL included. */
#define SIGNAME_TEXT 16

/* False, and *signo untouched, if there is no such signal. */
bool signame_parse(const char *text, int *signo);
/* Names only: as signame_parse() without numbers. */
bool signame_parse_name(const char *text, int *signo);
/* `TERM`, `RTMIN+3`; the number where it has no name. Returns out. */
char *signame_text(int signo, char out[SIGNAME_TEXT]);

#endif
