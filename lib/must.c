#include "lib/must.h"

#include <stdio.h>
#include <stdlib.h>

void
must_fail(const char *file, int line, const char *what)
{
	fprintf(
	    stderr, "supd: bug: %s:%d: %s does not hold\n", file, line, what);
	abort();
}
