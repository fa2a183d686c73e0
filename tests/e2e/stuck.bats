# A process that SIGKILL does not end: it is told, it blocks its own service,
# and nothing else. A frozen file system holds whoever writes to it.

load kit
load tree_kit

setup()
{
	kit_setup
	root_only
	mkdir "$T/ice"
	truncate -s 16M "$T/image"
	mkfs.ext4 -q "$T/image" || skip "there is no ext4 to freeze"
	mount -o loop "$T/image" "$T/ice" || skip "nothing can be mounted"
	fsfreeze -f "$T/ice"
}

teardown()
{
	melt
	kit_teardown
}

# Time goes on for the file system, and then it is no more needed.
melt()
{
	mountpoint -q "$T/ice" || return 0
	fsfreeze -u "$T/ice" 2>/dev/null
	wait_until umount "$T/ice" 2>/dev/null
}

# held: a writer that nothing ends, and one beside it, under these words.
held()
{
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
		$1
	EOF
	conf <<-EOF
		[service:held]
		command = sh -c 'echo x >$T/ice/file; exec sleep 1000'
		shutdown = 100ms
		[service:free]
		command = sleep 1000
	EOF
	supd_start
	wait_until is free state running
	wait_until in_ice
}

in_ice()
{
	grep -q '^State:.D' "/proc/$(pid_of held)/status"
}

blocks_only_itself()
{
	local was

	supctl stop held --no-wait
	wait_until happened 0 held stuck
	[ "$(node held state)" = stopping ]
	grep -q 'held: stuck: ' "$OUT"
	# All others are served, by hand and by themselves.
	was=$(node free pid)
	supctl restart free
	[ "$(node free pid)" != "$was" ]
	kill -KILL "$(pid_of free)"
	wait_until is free restarts 1
	wait_until is free state running
	# An engine that takes over knows it, too.
	kill -KILL "$(engine_pid)"
	wait_until is held state stopping
	fsfreeze -u "$T/ice"
	wait_until is held state stopped
	supctl start held
	[ "$(node held state)" = running ]
	supd_stop
	[ "$supd_code" -eq 0 ]
}

@test "a process that cannot be killed holds up its own service only" {
	held
	blocks_only_itself
}

@test "... also where there are no cgroups" {
	held "cgroup = off"
	blocks_only_itself
}

# With what is done before the shutdown.
leaves_it()
{
	local pid

	pid=$(pid_of held)
	"$@"
	supd_stop
	[ "$supd_code" -eq 0 ]
	grep -q 'held: stuck: ' "$OUT"
	grep -q 'left behind that SIGKILL has not ended' "$OUT"
	grep -q '^State:.D' "/proc/$pid/status"
	fsfreeze -u "$T/ice"
	wait_until sweep
}

# The cgroup that it was in, which supd had to leave behind with it.
sweep()
{
	local tree

	tree=$(sed -n 's/.* cgroups of their own in //p' "$OUT")
	[ -z "$tree" ] || find "$tree" -depth -type d -exec rmdir {} +
}

@test "a shutdown ends without a process that cannot be killed" {
	held
	leaves_it true
}

@test "... also when it was stuck before" {
	held
	leaves_it stop_held
}

stop_held()
{
	supctl stop held --no-wait
	wait_until happened 0 held stuck
}
