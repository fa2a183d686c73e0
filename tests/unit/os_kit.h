/*
 * os_kit: what the tests of os/ have in common. until() waits for a fact, at
 * most half a minute.
 */
#ifndef UNIT_OS_KIT_H
#define UNIT_OS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static inline void
kit_nap(void)
{
	struct timespec ts = { 0, 2000000 };

	nanosleep(&ts, NULL);
}

#define until(fact)                                           \
	do {                                                  \
		int turns_ = 15000;                           \
		while (!(fact)) {                             \
			if (--turns_ == 0)                    \
				fail_msg("never: %s", #fact); \
			kit_nap();                            \
		}                                             \
	} while (0)

#endif
