#!/bin/sh
# The init where supd is not: mounts what supd wants to be there, then tests,
# then ends the machine. If it dies the kernel panics, which ends qemu too.
export PATH=/sbin:/bin HOME=/
mkdir -p /proc /sys /dev /run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
sh /tests/limits.sh
sync
poweroff -f
