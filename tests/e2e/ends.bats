# How services end: stops, oneshots, restart types, significant ones.

load kit
load tree_kit

setup()
{
	kit_setup
}

teardown()
{
	kit_teardown
}

@test "a service that ignores TERM is killed after shutdown" {
	conf <<-EOF
		[service:a]
		command = $SVC a ignore=TERM notify=READY=1
		ready = notify
		shutdown = 200ms
	EOF
	supd_start
	all_run a
	supctl stop a
	[ "$(node a state)" = stopped ]
	[ "$(node a last_exit.signal)" = SIGKILL ]
	happened 0 a kill
	[ "$(node a restarts)" = 0 ]
}

@test "shutdown = brutal_kill asks nobody" {
	conf <<-EOF
		[defaults]
		shutdown = brutal_kill
		$(tellers root a)
	EOF
	supd_start
	all_tell a
	supctl stop a
	[ "$(node a last_exit.signal)" = SIGKILL ]
	same 'a start' "$(order)"
}

@test "a supervisor's shutdown bounds the stop of all below it" {
	conf <<-EOF
		[supervisor:sup]
		shutdown = 300ms
		[defaults]
		shutdown = infinity
		ready = notify
		[service:a]
		supervisor = sup
		command = $SVC a ignore=TERM notify=READY=1
		[service:b]
		supervisor = sup
		command = $SVC b ignore=TERM notify=READY=1
	EOF
	supd_start
	all_run a b
	supctl stop --timeout 30 sup
	[ "$(node sup state)" = stopped ]
	[ "$(node a last_exit.signal)" = SIGKILL ]
	[ "$(node b last_exit.signal)" = SIGKILL ]
}

@test "a oneshot is done before the next starts, and not restarted" {
	conf <<-EOF
		[service:once]
		type = oneshot
		command = $SVC once tell await=$T/go exit=0
		$(tellers root a)
	EOF
	supd_start
	all_tell once
	[ "$(node once state)" = starting ]
	[ "$(node a state)" = stopped ]
	touch "$T/go"
	all_tell a
	[ "$(node once state)" = exited ]
	[ "$(node once last_exit.code)" = 0 ]
	[ "$(node root state)" = running ]
	[ "$(node root degraded)" = false ]
	[ "$(node once generation)" = 1 ]
}

@test "a oneshot that fails is tried again" {
	conf <<-EOF
		[defaults]
		backoff_min = 10ms
		[service:once]
		type = oneshot
		command = $SVC once crash=$T/left exit=0
		$(tellers root a)
	EOF
	echo 2 >"$T/left"
	supd_start
	all_tell a
	[ "$(node once state)" = exited ]
	[ "$(node once restarts)" = 2 ]
	[ "$(node once generation)" = 3 ]
}

@test "permanent, transient and temporary children at a normal end (R20)" {
	conf <<-EOF
		[defaults]
		success = 0 3 HUP
		[service:forever]
		command = $SVC forever await=$T/go left=$T/none
		success = 1
		backoff_min = 10m
		backoff_max = 1h
		[service:maybe]
		restart = transient
		command = $SVC maybe await=$T/go exit=3
		[service:signalled]
		restart = transient
		command = $SVC signalled await=$T/go kill=HUP
		[service:once]
		restart = temporary
		command = $SVC once await=$T/go exit=0
	EOF
	supd_start
	all_run forever maybe signalled once
	touch "$T/go"
	# A normal end of a permanent child is counted and repaired, too.
	state forever waiting
	[ "$(node forever last_exit.code)" = 1 ]
	state maybe exited
	state signalled exited
	wait_until happened 0 once exited
	[ "$(node maybe generation)" = 1 ]
	[ "$(node signalled generation)" = 1 ]
}

@test "at an abnormal end a transient child restarts, a temporary does not" {
	local pid

	conf <<-EOF
		[defaults]
		restart = transient
		$(tellers root a)
		[service:b]
		restart = temporary
		command = $SVC b tell
	EOF
	supd_start
	all_tell a b
	pid=$(node a pid)
	crash a
	wait_until next_pid a "$pid"
	crash b
	wait_until happened 0 b failed
	[ "$(node root state)" = running ]
	[ "$(events | jq -s 'map(select(.node == "b" and
	    .event == "starting")) | length')" -eq 1 ]
}

@test "the end of a significant child ends its supervisor (R90)" {
	conf <<-EOF
		[supervisor:root]
		auto_shutdown = any_significant
		$(tellers root a)
		[service:job]
		restart = transient
		significant = yes
		command = $SVC job tell await=$T/go exit=0
	EOF
	supd_start
	all_tell a job
	touch "$T/go"
	supd_wait
	[ "$supd_code" -eq 0 ]
	same "$(lines 'a start' 'job start' 'a stop')" "$(order)"
}

@test "supd leaves with the code of the significant child that failed" {
	conf <<-EOF
		[supervisor:root]
		auto_shutdown = any_significant
		[service:job]
		restart = temporary
		significant = yes
		command = $SVC job exit=42
	EOF
	supd_launch
	supd_wait
	[ "$supd_code" -eq 42 ]
}

@test "all_significant waits for the last one (R91)" {
	conf <<-EOF
		[supervisor:root]
		auto_shutdown = all_significant
		[defaults]
		restart = transient
		significant = yes
		[service:a]
		command = $SVC a close=$T/a
		[service:b]
		command = $SVC b close=$T/b
		[service:c]
		significant = no
		command = $SVC c
	EOF
	supd_start
	all_run a b c
	touch "$T/a"
	state a exited
	[ "$(node root state)" = running ]
	touch "$T/b"
	supd_wait
	[ "$supd_code" -eq 0 ]
}

@test "an order to stop a significant child ends nothing (R92)" {
	conf <<-EOF
		[supervisor:root]
		auto_shutdown = any_significant
		[service:job]
		restart = transient
		significant = yes
		command = $SVC job
	EOF
	supd_start
	all_run job
	supctl stop job
	[ "$(node job state)" = stopped ]
	[ "$(node root state)" = running ]
}

@test "a shutdown does not wait for a start that takes long (D5)" {
	conf <<-EOF
		$(tellers root a)
		[service:slow]
		command = $SVC slow
		ready = notify
		start_timeout = 1h
		$(tellers root c)
	EOF
	supd_start
	state slow starting
	all_tell a
	supd_stop
	[ "$supd_code" -eq 0 ]
	same "$(lines 'a start' 'a stop')" "$(order)"
}

@test "a second TERM cuts what is left to 2 s" {
	conf <<-EOF
		[service:a]
		command = $SVC a ignore=TERM notify=READY=1
		ready = notify
		shutdown = infinity
	EOF
	supd_start
	all_run a
	supd_signal TERM
	state a stopping
	supd_signal TERM
	supd_wait
	[ "$supd_code" -eq 0 ]
}

@test "a third TERM kills everything" {
	conf <<-EOF
		[defaults]
		shutdown = infinity
		ready = notify
		[service:a]
		command = $SVC a ignore=TERM notify=READY=1
		[service:b]
		command = $SVC b ignore=TERM notify=READY=1
	EOF
	supd_start
	all_run a b
	supd_signal TERM
	state b stopping
	supd_signal TERM
	supd_signal TERM
	supd_wait
	[ "$supd_code" -eq 0 ]
}

@test "shutdown_deadline bounds the whole" {
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
		shutdown_deadline = 300ms
	EOF
	conf <<-EOF
		[service:a]
		command = $SVC a ignore=TERM notify=READY=1
		ready = notify
		shutdown = infinity
	EOF
	supd_start
	all_run a
	supctl shutdown --no-wait
	supd_wait
	[ "$supd_code" -eq 0 ]
}
