# The life of a service: how its start fails, when it is ready, what it leaves
# behind, its hooks.

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

# Processes of the test that have this word in their command line.
count_of()
{
	local pid n=0

	for pid in $(kit_left); do
		! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q " $1 " ||
		    n=$((n + 1))
	done 2>/dev/null
	echo "$n"
}

counted()
{
	[ "$(count_of "$1")" -eq "$2" ]
}

# A start that failed is retried after ten minutes, so it can be looked at.
slowly()
{
	cat <<-EOF
		[defaults]
		backoff_min = 10m
		backoff_max = 1h
	EOF
}

# last_start_error NAME STEP ERRNO
last_start_error()
{
	state "$1" waiting
	[ "$(node "$1" last_exit.step)" = "$2" ]
	[ "$(node "$1" last_exit.errno)" = "$3" ]
	[ "$(node "$1" last_exit.code)" = null ]
	[ "$(node "$1" last_exit.signal)" = null ]
}

@test "children in its process group go with a service that is stopped" {
	conf <<-EOF
		[service:a]
		command = $SVC a fork=3 notify=READY=1
		ready = notify
	EOF
	supd_start
	all_run a
	counted a 4
	supctl stop a
	counted a 0
	[ "$(node a state)" = stopped ]
}

@test "children elsewhere in its session go, too" {
	conf <<-EOF
		[service:a]
		command = $SVC a session=3 notify=READY=1
		ready = notify
	EOF
	supd_start
	all_run a
	counted a 4
	supctl stop a
	counted a 0
}

@test "no restart runs beside the remains of the run before" {
	local pid

	conf <<-EOF
		[service:a]
		command = $SVC a fork=2 session=2 notify=READY=1
		ready = notify
	EOF
	supd_start
	all_run a
	for _ in 1 2 3; do
		pid=$(node a pid)
		crash a
		wait_until next_pid a "$pid"
		counted a 5
	done
}

@test "kill_mode = process leaves the others alone" {
	local pid

	conf <<-EOF
		[service:a]
		command = $SVC a fork=2 notify=READY=1
		ready = notify
		kill_mode = process
	EOF
	supd_start
	all_run a
	supctl stop a
	[ "$(node a state)" = stopped ]
	counted a 2
	for pid in $(kit_left); do
		! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q ' a ' ||
		    kill -KILL "$pid"
	done
}

@test "kill_mode = group sends the stop signal to all of the group" {
	# The main process ends after its child, so nothing is left to be killed.
	conf <<-EOF
		[service:a]
		command = sh -c "trap : TERM; $SVC child tell & wait; wait; exit 3"
		kill_mode = group
		shutdown = infinity
	EOF
	supd_start
	all_tell child
	supctl stop a
	has_told child stop
	[ "$(node a last_exit.code)" = 3 ]
}

@test "kill_mode = tree sends it to the main process only" {
	conf <<-EOF
		[service:a]
		command = sh -c "$SVC child tell & exec $SVC main tell"
	EOF
	supd_start
	all_tell child main
	supctl stop a
	has_told main stop
	not has_told child stop
	counted child 0
}

@test "a service that went into the background has ended, and is told so" {
	conf <<-EOF
		[service:a]
		command = sh -c "$SVC child tell & exit 0"
		restart = transient
	EOF
	supd_start
	state a exited
	counted child 0
}

@test "a program that is not there" {
	conf <<-EOF
		$(slowly)
		[service:a]
		command = /nonexistent/program
	EOF
	supd_start
	last_start_error a exec ENOENT
	[ "$(node a generation)" = 2 ]
	node a last_exit.message | grep -i 'no such file'
}

@test "a program that is not in PATH" {
	conf <<-EOF
		$(slowly)
		[service:a]
		command = no-such-program-anywhere
	EOF
	supd_start
	last_start_error a exec ENOENT
}

@test "a file that may not be executed" {
	echo '#!/bin/sh' >"$T/script"
	chmod 644 "$T/script"
	conf <<-EOF
		$(slowly)
		[service:a]
		command = $T/script
	EOF
	supd_start
	last_start_error a exec EACCES
}

@test "a script whose interpreter is not there" {
	printf '#!/nonexistent/sh\n' >"$T/script"
	chmod 755 "$T/script"
	conf <<-EOF
		$(slowly)
		[service:a]
		command = $T/script
	EOF
	supd_start
	last_start_error a exec ENOENT
}

@test "a script without an interpreter is run by sh, as a shell would" {
	echo "exec $SVC a tell" >"$T/script"
	chmod 755 "$T/script"
	conf <<-EOF
		[service:a]
		command = $T/script
	EOF
	supd_start
	all_tell a
	[ "$(node a generation)" = 1 ]
}

@test "a folder that is not there" {
	conf <<-EOF
		$(slowly)
		[service:a]
		command = $SVC a tell
		directory = $T/nowhere
	EOF
	supd_start
	last_start_error a directory ENOENT
	[ ! -e "$ORDER" ]
}

@test "a log that cannot be opened" {
	conf <<-EOF
		$(slowly)
		[service:a]
		command = $SVC a tell
		log = $T/nowhere/log
	EOF
	supd_start
	last_start_error a stdio ENOENT
	[ ! -e "$ORDER" ]
}

@test "a variable that is not set fails the start, and is named" {
	conf <<-EOF
		$(slowly)
		[service:a]
		command = $SVC a tell \${NO_SUCH_VARIABLE}
	EOF
	supd_start
	state a waiting
	[ "$(node a last_exit.step)" = environment ]
	grep NO_SUCH_VARIABLE "$OUT"
	[ ! -e "$ORDER" ]
}

@test "supctl start of what cannot start says why, and leaves with 1" {
	conf <<-EOF
		[service:a]
		autostart = no
		command = /nonexistent/program
	EOF
	supd_start
	run supctl start a
	[ "$status" -eq 1 ]
	[[ $output == *exec* ]]
	[[ $output == *[Nn]'o such file'* ]]
}

@test "a failing start in a group takes its root down in the end: code 1" {
	conf <<-EOF
		[defaults]
		backoff_min = 1ms
		[service:a]
		command = /nonexistent/program
	EOF
	supd_launch
	supd_wait
	[ "$supd_code" -eq 1 ]
}

@test "ready = notify: starting until READY=1" {
	conf <<-EOF
		[service:a]
		command = $SVC a notify=STATUS=warming await=$T/go notify=READY=1~STATUS=serving
		ready = notify
	EOF
	supd_start
	wait_until is a status_text warming
	[ "$(node a state)" = starting ]
	[ "$(node a ready)" = false ]
	run supctl is-ready a
	[ "$status" -eq 3 ]
	touch "$T/go"
	supctl wait --for ready a
	[ "$(node a state)" = running ]
	[ "$(node a ready)" = true ]
	wait_until is a status_text serving
	supctl is-ready a
}

@test "ready = notify: a child of the service may say it" {
	conf <<-EOF
		[service:a]
		command = sh -c "$SVC child await=$T/go notify=READY=1 exit=0; exec $SVC a"
		ready = notify
	EOF
	supd_start
	state a starting
	touch "$T/go"
	supctl wait a
}

@test "ready = notify: a stranger may not say it" {
	local socket

	conf <<-EOF
		[service:a]
		command = $SVC a show=$T/show
		ready = notify
	EOF
	supd_start
	wait_until test -e "$T/show"
	socket=$(jq -r .environ.NOTIFY_SOCKET "$T/show")
	# Before the question below is answered supd has looked at it.
	NOTIFY_SOCKET=$socket "$SVC" stranger notify=READY=1 exit=0
	NOTIFY_SOCKET=$socket "$SVC" stranger notify=READY=1 exit=0
	events >/dev/null
	[ "$(node a state)" = starting ]
}

@test "ready = fd: a newline on that descriptor" {
	conf <<-EOF
		[service:a]
		command = $SVC a await=$T/go ready=5
		ready = fd:5
	EOF
	supd_start
	state a starting
	touch "$T/go"
	supctl wait a
	[ "$(node a state)" = running ]
}

@test "ready = fd: 30 services at once" {
	conf <<-EOF
		[supervisor:root]
		start = parallel
		[service:w@]
		command = $SVC w%i ready=3
		ready = fd:3
		instances = 30
	EOF
	supd_start
	supctl wait --timeout 60 'w@*'
	[ "$(node root state)" = running ]
}

@test "ready = after: alive for that long" {
	conf <<-EOF
		[service:a]
		command = $SVC a
		ready = after:300ms
	EOF
	supd_start
	state a running
	events | jq -s -e 'map(select(.node == "a")) |
	    (map(select(.event == "ready")) | length == 1)'
}

@test "ready = after: an end before is a failed start, even with 0" {
	conf <<-EOF
		$(slowly)
		[service:a]
		command = $SVC a exit=0
		restart = temporary
		ready = after:1h
		start_timeout = 2h
	EOF
	supd_start
	state a waiting
	[ "$(node a last_exit.code)" = 0 ]
}

@test "what is not ready in time is killed, and has failed" {
	conf <<-EOF
		$(slowly)
		[service:a]
		command = $SVC a ignore=TERM fork=2
		ready = notify
		start_timeout = 400ms
	EOF
	supd_start
	state a waiting
	[ "$(node a attempt)" = 2 ]
	counted a 0
	node a last_exit.message | grep start_timeout
}

@test "pre_start runs before the program, and is over by then" {
	conf <<-EOF
		[service:a]
		pre_start = $SVC pre tell await=$T/go exit=0
		command = $SVC a tell
	EOF
	supd_start
	all_tell pre
	[ "$(node a state)" = starting ]
	not has_told a start
	touch "$T/go"
	all_tell a
	counted pre 0
	same "$(lines 'pre start' 'a start')" "$(order)"
}

@test "a pre_start that fails is a failed start: the program is not run" {
	conf <<-EOF
		$(slowly)
		[service:a]
		pre_start = $SVC pre exit=7
		command = $SVC a tell
	EOF
	supd_start
	state a waiting
	[ "$(node a last_exit.step)" = pre_start ] ||
	    node a last_exit.message | grep pre_start
	[ ! -e "$ORDER" ]
}

@test "a pre_start that hangs is bounded by start_timeout" {
	conf <<-EOF
		$(slowly)
		[service:a]
		pre_start = $SVC pre ignore=TERM
		command = $SVC a tell
		start_timeout = 300ms
	EOF
	supd_start
	state a waiting
	counted pre 0
	[ ! -e "$ORDER" ]
}

@test "post_stop knows how the service ended" {
	conf <<-EOF
		[service:a]
		command = $SVC a await=$T/go exit=5
		post_stop = sh -c 'echo "\$\${SUPD_EXIT_CODE-} \$\${SUPD_EXIT_SIGNAL-}" >>$T/ends'
		backoff_min = 0
	EOF
	supd_start
	all_run a
	touch "$T/go"
	wait_until grep -sq '^5 $' "$T/ends"
	rm "$T/go"
	wait_until is a state running
	crash a
	wait_until grep -q '^ 9$' "$T/ends"
}

@test "post_stop runs when nothing of the service is left, on stops as well" {
	conf <<-EOF
		[service:a]
		command = $SVC a fork=2 tell notify=READY=1
		ready = notify
		post_stop = $SVC post tell exit=0
	EOF
	supd_start
	all_run a
	supctl stop a
	counted a 0
	same "$(lines 'a start' 'a stop' 'post start')" "$(order)"
}

@test "a post_stop that fails or hangs changes nothing" {
	conf <<-EOF
		[service:a]
		command = $SVC a
		post_stop = $SVC post exit=1
		[service:b]
		command = $SVC b
		post_stop = $SVC post ignore=TERM
		shutdown = 300ms
	EOF
	supd_start
	all_run a b
	supctl stop a
	[ "$(node a state)" = stopped ]
	supctl stop b
	[ "$(node b state)" = stopped ]
	[ "$(node root state)" = running ]
	counted post 0
}

@test "reload sends a signal, HUP unless told otherwise" {
	conf <<-EOF
		[service:a]
		command = sh -c 'trap "echo hup >>$T/got" HUP; trap "echo usr >>$T/got" USR2; echo up >$T/up; while :; do sleep 0.05; done'
		[service:b]
		command = sh -c 'trap "echo usr >>$T/got" USR2; echo up >$T/up-b; while :; do sleep 0.05; done'
		reload = USR2
	EOF
	supd_start
	wait_until test -e "$T/up"
	wait_until test -e "$T/up-b"
	supctl reload a
	wait_until grep -sq hup "$T/got"
	supctl reload b
	wait_until grep -q usr "$T/got"
	[ "$(node a generation)" = 1 ]
}

@test "reload runs a command where one is set" {
	conf <<-EOF
		[service:a]
		command = $SVC a
		reload = $SVC reloader tell exit=0
	EOF
	supd_start
	all_run a
	supctl reload a
	all_tell reloader
}

@test "supctl signal sends any signal to the main process" {
	local pid

	conf <<-EOF
		[service:a]
		command = $SVC a
	EOF
	supd_start
	all_run a
	pid=$(node a pid)
	supctl signal USR1 a
	wait_until next_pid a "$pid"
	[ "$(node a last_exit.signal)" = SIGUSR1 ]
	[ "$(node a restarts)" = 1 ]
}

@test "the end by a signal of its own is an abnormal one, TERM as well" {
	conf <<-EOF
		$(slowly)
		restart = transient
		[service:a]
		command = $SVC a crash=$T/left await=$T/go kill=TERM
	EOF
	echo 0 >"$T/left"
	supd_start
	all_run a
	touch "$T/go"
	state a waiting
	[ "$(node a last_exit.signal)" = SIGTERM ]
}
