#!/bin/sh
# What an initramfs does for a machine whose root is on a disk: loads modules,
# and leaves mounted for the init what it needed, in ways that can be told from
# supd's. The root is read-only; or, with OVER, of two layers that are both on
# the disk, which is mounted where the root hides it.
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
if [ -n "${OVER:-}" ]; then
	mkdir /root/.lower /root/upper /root/work /disk
	mv /root/* /root/.lower
	mv /root/.lower /root/lower
	mv /root/lower/upper /root/lower/work /root
	mount --move /root /disk
	mount -t overlay -o lowerdir=/disk/lower,upperdir=/disk/upper \
	    -o workdir=/disk/work overlay /root
fi
for folder in /proc /sys /run /dev; do
	mkdir -p "/root$folder"
done
[ -n "${OVER:-}" ] || mount -o remount,ro /root
for folder in /proc /sys /run /dev; do
	mount --move "$folder" "/root$folder"
done
exec switch_root /root /sbin/supd "$@"
