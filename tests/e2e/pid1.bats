# supd as PID 1 of a pid namespace.

load kit
load tree_kit

setup()
{
	root_only
	kit_setup
	as_pid1
}

teardown()
{
	[ -z "${T:-}" ] || kit_teardown
}

zombies()
{
	local guard pid

	guard=$(guard_pid)
	for pid in $(cat "/proc/$guard/task/$guard/children"); do
		! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null ||
		    echo "$pid"
	done
}

no_zombies()
{
	[ -z "$(zombies)" ]
}

@test "the services are children of PID 1" {
	conf <<-EOF
		[service:a]
		command = $SVC a show=$T/show tell
	EOF
	supd_start
	all_tell a
	[ "$(jq .ppid "$T/show")" -eq 1 ]
	[ "$(jq .pid "$T/show")" -eq "$(node a pid)" ]
	grep -q '^NSpid:.*[[:space:]]1$' "/proc/$(guard_pid)/status"
}

@test "orphans are reaped, however many" {
	conf <<-EOF
		[service:a]
		command = sh -c 'i=0; while [ \$\$i -lt 200 ]; do (setsid sh -c "sleep 0.01" &); i=\$\$((i + 1)); done; exec $SVC a tell'
	EOF
	supd_start
	all_tell a
	wait_until no_zombies
	[ "$(node a state)" = running ]
}

@test "TERM ends the tree in order, and supd with 0" {
	conf <<-EOF
		$(tellers root a b)
	EOF
	supd_start
	all_tell a b
	supd_stop
	[ "$supd_code" -eq 0 ]
	same "$(lines 'b stop' 'a stop')" "$(told_after 2)"
}

@test "INT, QUIT, PWR and RTMIN+3 end it as well" {
	local signal

	conf <<-EOF
		$(tellers root a)
	EOF
	for signal in INT QUIT PWR RTMIN+3; do
		supd_start
		all_run a
		supd_signal "$signal"
		supd_wait
		[ "$supd_code" -eq 0 ]
	done
}

@test "giving up passes the exit code out of the namespace" {
	conf <<-EOF
		[supervisor:root]
		intensity = 0
		[service:a]
		command = $SVC a await=$T/go exit=77
	EOF
	supd_start
	all_run a
	touch "$T/go"
	supd_wait
	[ "$supd_code" -eq 77 ]
}

@test "bad configuration: 78, and nothing was started" {
	conf <<-EOF
		$(tellers root a)
		[service:b]
	EOF
	supd_launch
	supd_wait
	[ "$supd_code" -eq 78 ]
	[ ! -e "$ORDER" ]
}

@test "the engine may be killed: the services do not notice" {
	local a engine

	conf <<-EOF
		$(tellers root a b)
	EOF
	supd_start
	all_tell a b
	a=$(node a pid)
	engine=$(engine_pid)
	kill -KILL "$engine"
	wait_until gone "$engine"
	wait_until supd_answers
	[ "$(node a pid)" = "$a" ]
	[ "$(node b generation)" = 1 ]
	supctl restart a
	[ "$(node a generation)" = 2 ]
}

@test "what escaped from its service ends with the namespace" {
	conf <<-EOF
		[service:a]
		command = $SVC a escape=3 tell
	EOF
	supd_start
	all_tell a
	supctl stop a
	# They became children of PID 1; nobody waits for them at the end.
	supd_stop
	[ "$supd_code" -eq 0 ]
	kit_none_left || wait_until kit_none_left
}

@test "without /proc the tree runs, too" {
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers need /proc"
	conf <<-EOF
		$(tellers root a b)
	EOF
	supd_runner=(unshare --pid --fork --mount --kill-child -- sh -c
	    'mount -t tmpfs none /proc && exec "$@"' sh)
	supd_start
	all_tell a b
	supctl restart a
	supctl stop b
	[ "$(node b state)" = stopped ]
	supd_stop
	[ "$supd_code" -eq 0 ]
}

@test "called init it passes over the words that a kernel hands on" {
	conf <<-EOF
		$(tellers root a)
	EOF
	ln -s "$SUPD" "$T/init"
	SUPD=$T/init
	supd_start splash rhgb
	all_tell a
	same 2 "$(grep -c "passed over" "$OUT")"
	supd_stop
	same 0 "$supd_code"
}

@test "called init it runs a command that stands behind --" {
	ln -s "$SUPD" "$T/init"
	run unshare --pid --fork --kill-child "$T/init" -- sh -c 'exit 41'
	same 41 "$status"
	# ... and so it does without, where it is not PID 1.
	run "$T/init" sh -c 'exit 42'
	same 42 "$status"
}
