#!/bin/sh
# The first process of the virtual machine: what supd wants to be there, then
# the tests, then the end. If it dies the kernel panics, which ends qemu too.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
sh /bin/guest.sh >/dev/ttyS1
sync
poweroff -f
