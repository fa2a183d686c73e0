# A command that supd is the init for; it leaves a process that holds a file
# of the disk and ends badly.

. /tests/kit.sh

all_is_mounted()
{
	local point

	for point in /proc /sys /dev /dev/pts /dev/shm /run /sys/fs/cgroup; do
		is "$point" "$(grep -c " $point " /proc/mounts)" 1 || return
	done
}

is_only_child()
{
	is "its parent" "$PPID" 1 && is comm "$(cat /proc/1/comm)" supd &&
	    is "an engine" "$(pidof supd-engine)" ""
}

t "a command as the init of a machine finds the same mounts" all_is_mounted
t "it runs without an engine" is_only_child
sh /tests/disk.sh
sh /tests/hold.sh
seq 20000 >/disk/last
exit 3
