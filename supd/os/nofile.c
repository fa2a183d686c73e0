#include "os/nofile.h"

rlim_t
nofile_raise(rlim_t wanted, struct rlimit *was)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, was) < 0)
		was->rlim_cur = was->rlim_max = RLIM_INFINITY;
	if (was->rlim_cur >= wanted)
		return was->rlim_cur;
	limit.rlim_cur = wanted;
	limit.rlim_max = was->rlim_max < wanted ? wanted : was->rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return wanted;
	/* Only root may do more than this. */
	limit.rlim_cur = limit.rlim_max = was->rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return was->rlim_max;
	return was->rlim_cur;
}
