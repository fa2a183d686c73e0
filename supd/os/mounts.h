/*
 * mounts: what the init of a machine mounts when it begins, and how nothing
 * is left mounted when it ends.
 *
 * Beginning and end belong to machine.h, where alone they are called. Sources:
 * mount(2), umount(2), swapoff(2), and file-hierarchy(7) for what is expected
 * where.
 */
#ifndef SUPD_OS_MOUNTS_H
#define SUPD_OS_MOUNTS_H

/*
 * Mounts /proc, /sys, /dev with /dev/pts and /dev/shm, /run and
 * /sys/fs/cgroup, each unless something is mounted there already, and makes
 * the folders that they need where it can. Mounts are shared from there on: a
 * namespace of a service sees what comes later. What cannot be had is told,
 * and is no reason to stop.
 */
void mounts_make(void);

/*
 * Writes out what is not written, gives up swap space, unmounts what can be
 * unmounted, and makes read-only what cannot. No process but ours should be
 * left. What could be neither is told. Allocates, and may hang with a file
 * system that does: for a child that can be left alone.
 */
void mounts_end(void);

#endif
