#!/bin/sh
# What an initramfs does for a machine whose root is on a disk: loads modules,
# and leaves mounted for the init what it needed, in ways that can be told from
# supd's. The root is read-only.
export PATH=/sbin:/bin
mkdir -p /proc /sys /run /root
mount -t devtmpfs early /dev
exec </dev/console >/dev/console 2>&1
mount -t proc -o nosuid early /proc
mount -t sysfs -o nosuid early /sys
mount -t tmpfs -o mode=711 early /run
: >/run/early
sh /tests/modules.sh
mount -t ext4 /dev/vda /root
# Whoever made the disk need not have been root, and supd is careful.
chown -R 0:0 /root
for folder in /proc /sys /run /dev; do
	mkdir -p "/root$folder"
done
mount -o remount,ro /root
for folder in /proc /sys /run /dev; do
	mount --move "$folder" "/root$folder"
done
exec switch_root /root /sbin/supd "$@"
