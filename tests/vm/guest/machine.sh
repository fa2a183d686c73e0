# supd as the init of a machine of which nothing is set up: no file system is
# mounted, the folders for them are missing, and so is /dev/console.

. /tests/kit.sh

# mounted POINT: what, and how, one a line.
mounted()
{
	awk -v point="$1" '$2 == point { print $3 " " $4 }' /proc/self/mounts
}

# is_mounted POINT TYPE OPTION...
is_mounted()
{
	local point=$1 option

	is "what is on $point" "$(mounted "$point" | cut -d ' ' -f 1)" "$2" ||
		return
	shift 2
	for option; do
		has ",$(mounted "$point" | cut -d ' ' -f 2)," ",$option," ||
			return
	done
}

all_is_mounted()
{
	is_mounted /proc proc nosuid nodev noexec &&
	    is_mounted /sys sysfs nosuid nodev noexec &&
	    is_mounted /dev devtmpfs nosuid mode=755 &&
	    is_mounted /dev/pts devpts gid=5 mode=620 ptmxmode=666 &&
	    is_mounted /dev/shm tmpfs nosuid nodev &&
	    is "the mode of /dev/shm" "$(stat -c %a /dev/shm)" 1777 &&
	    is_mounted /run tmpfs nosuid nodev mode=755 &&
	    is_mounted /sys/fs/cgroup cgroup2 nosuid nodev noexec
}

standard_is_there()
{
	local n

	is fd "$(readlink /dev/fd)" /proc/self/fd &&
	    is stdin "$(readlink /dev/stdin)" /proc/self/fd/0 &&
	    is stdout "$(readlink /dev/stdout)" /proc/self/fd/1 &&
	    is stderr "$(readlink /dev/stderr)" /proc/self/fd/2 || return
	for n in 0 1 2; do
		is "$n of supd" "$(readlink /proc/1/fd/$n)" /dev/console ||
			return
	done
}

loopback_is_up()
{
	has "$(ip link show lo)" "LOWER_UP" && ping -c 1 127.0.0.1 >/dev/null
}

path_is_set()
{
	is PATH "$(tr '\0' '\n' <"/proc/$(node second .pid)/environ" |
		sed -n 's/^PATH=//p')" \
	    /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}

supd_is_init()
{
	is comm "$(cat /proc/1/comm)" supd &&
	    is engine "$(engine_pid)" "$(pidof supd-engine)" &&
	    is states "$(supctl --json status first second ask |
		jq -r '[.nodes[].state] | join(" ")')" \
		"running running starting"
}

no_zombie()
{
	! grep -q '^State:.Z' /proc/[0-9]*/status 2>/dev/null
}

orphans_are_reaped()
{
	local i

	for i in 1 2 3 4 5 6 7 8 9 10; do
		sh -c 'sh -c "exit 1" & sh -c "usleep 1000" &' &
	done
	wait
	wait_until no_zombie
}

limits_work()
{
	wait_until is_up eater 2 || return
	is memory.max "$(limit eater memory.max)" 16777216 &&
	    is oom "$(node eater .last_exit.oom)" true
}

terminal_is_given()
{
	wait_until [ -e /run/terminal ] || return
	is "its terminal" "$(cat /run/terminal)" /dev/tty9 &&
	    is "what controls it" "$(awk '{ print $7 }' \
		"/proc/$(node terminal .pid)/stat")" $((4 * 256 + 9))
}

# A service that has a view of its own came before.
later_mounts_are_seen()
{
	local pid

	pid=$(node viewer .pid)
	lacks "$(readlink "/proc/$pid/ns/mnt")" "$(readlink /proc/1/ns/mnt)" ||
		return
	mkdir -p /later
	mount -t tmpfs tmpfs /later || return
	has "$(cat "/proc/$pid/mounts")" " /later "
}

keys_are_ours()
{
	is ctrl-alt-del "$(cat /proc/sys/kernel/ctrl-alt-del)" 0
}

t "all that is missing is mounted, once" all_is_mounted
t "the console and the links to descriptors are there" standard_is_there
t "the loopback device is up" loopback_is_up
t "services have a PATH" path_is_set
t "supd is the init, and answers" supd_is_init
t "orphans are reaped" orphans_are_reaped
t "limits of memory work" limits_work
t "a service gets the terminal that it asks for" terminal_is_given
t "a service with a view of its own sees later mounts" later_mounts_are_seen
t "ctrl-alt-del does not reboot by itself" keys_are_ours
supctl shutdown --reboot
