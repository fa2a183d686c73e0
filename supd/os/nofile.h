/*
 * nofile: how many descriptors we may have.
 *
 * Guard and engine need some hundred at fixed numbers, which may be more than
 * what supd was given; services get what was given. Source: getrlimit(2).
 */
#ifndef SUPD_OS_NOFILE_H
#define SUPD_OS_NOFILE_H

#include <sys/resource.h>

/* Has us allowed at least wanted of them, beyond the hard limit where we may
 * do that. *was is what it was before. How many it is now; if that is not
 * was->rlim_cur, it was changed. */
rlim_t nofile_raise(rlim_t wanted, struct rlimit *was);

#endif
