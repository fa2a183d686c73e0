/*
 * remains: what a service leaves behind when its main process is dead.
 *
 * Without a cgroup these are the members of its process group and of its
 * session, which both bear the dead process's number; those that bear its
 * mark (mark.h); and what descends from any of them. One walk serves any
 * number of services. What has left group and session and lost its mark as
 * well, and whose parent is gone, is not found: supd(8) says so.
 */
#ifndef SUPD_OS_REMAINS_H
#define SUPD_OS_REMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct remains {
	pid_t leader; /* in: the dead process */
	uint32_t uid; /* in: its mark; 0: it has none */
	uint32_t ticket;
	bool alive; /* out: some may be left; zombies are not */
	pid_t one;  /* out: one of them, for messages; 0: none was met */
};

/*
 * Whose is a child of our parent? Where that can be asked, those that are
 * somebody's are passed over, and of the others only what descends from them
 * is looked at: what a dead service left has come to our parent, the guard. So
 * the cost is that of the orphans and not that of all that runs, unless they
 * come and go so fast that it takes all to be sure.
 */
struct remains_known {
	bool (*is)(const void *who, pid_t);
	const void *who;
};

/* Kills (SIGKILL) all that is left of each of n services, of different uids,
 * and says of which some may be left: it met one, or is not sure that there is
 * none. id: of this supd's marks. known NULL: all processes are looked at. 0,
 * or -errno where /proc cannot be read: then groups are killed all the same,
 * and told of by kill(2), which takes zombies for alive, and by the leader.
 */
int remains_kill(
    struct remains *, size_t n, uint64_t id, const struct remains_known *known);

#endif
