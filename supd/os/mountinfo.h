/*
 * mountinfo: a line of /proc/self/mountinfo.
 *
 * Nothing is allocated: the parts stand in the line, which is cut up, and
 * blanks and the like that it writes as \040 are themselves again. Source:
 * proc_pid_mountinfo(5).
 */
#ifndef SUPD_OS_MOUNTINFO_H
#define SUPD_OS_MOUNTINFO_H

#include <stdbool.h>

struct mountinfo {
	char *root;  /* what of the file system is mounted... */
	char *point; /* ...and where */
	char *type;
};

/* False: that is no such line. */
bool mountinfo_parse(char *line, struct mountinfo *);
/* In place; also for /proc/swaps, which writes names in the same way. */
void mountinfo_decode(char *text);

#endif
