# supd as the init of a machine whose root is on a disk, after an initramfs
# that has mounted some of what supd would have.

. /tests/kit.sh

# how POINT: all that is mounted there.
how()
{
	awk -v point="$1" '$2 == point { print $1, $3, $4 }' /proc/self/mounts
}

early_is_left()
{
	is /proc "$(how /proc)" "early proc rw,nosuid,relatime" &&
	    is /sys "$(how /sys)" "early sysfs rw,nosuid,relatime" &&
	    has "$(how /dev)" "early devtmpfs" && lacks "$(how /dev)" nosuid &&
	    has "$(how /run)" "early tmpfs" && has "$(how /run)" mode=711 &&
	    is "their number" "$(how /dev | wc -l) $(how /run | wc -l)" "1 1" &&
	    is "what was in /run" "$(ls /run/early)" /run/early
}

rest_is_mounted()
{
	has "$(how /dev/pts)" devpts && has "$(how /dev/shm)" tmpfs &&
	    has "$(how /sys/fs/cgroup)" cgroup2
}

root_is_writable()
{
	has "$(how /)" "ext4 rw" && : >/written
}

t "what an initramfs mounted is left as it is" early_is_left
t "the rest is mounted" rest_is_mounted
t "a service makes the root writable" root_is_writable
supctl shutdown
