# The init of one command: its options, and not being PID 1 (H).

load kit
load init_kit

setup()
{
	init_setup
}

teardown()
{
	init_teardown
}

# second COMMAND...: tries it as a process that is not PID 1.
second()
{
	ns sh -c '"$@"; exit' sh "$@"
}

# called NAME: supd by that name, tini and dumb-init as they are.
called()
{
	if [ "$KIND" = supd ]; then
		ln -sf "$INIT" "$T/$1"
		echo "$T/$1"
	else
		echo "$INIT"
	fi
}

@test "H01 not PID 1, as a subreaper: orphans come to it and are reaped" {
	local options=()

	only supd tini
	[ "$KIND" = supd ] || options=(-s)
	second "$INIT" "${options[@]}" -- sh -c '
	    sh -c "sleep 1000 & echo \$! >$0"
	    orphan=$(cat "$0")
	    until grep -q "^PPid:.$PPID$" "/proc/$orphan/status"; do :; done
	    echo came
	    kill "$orphan"
	    while [ -d "/proc/$orphan" ]; do :; done
	    echo reaped' "$T/pid"
	same "came reaped" "$(echo $(cat "$T/out"))"
}

@test "H02 not PID 1 and no subreaper: a warning that zombies will stay" {
	only supd tini
	second "$(called tini)" -- true
	said zombie
	second "$(called tini)" -s -- true
	[ ! -s "$T/err" ]
	TINI_SUBREAPER=1 second "$(called tini)" -- true
	[ ! -s "$T/err" ]
	if [ "$KIND" = supd ]; then
		second "$INIT" -- true
		[ ! -s "$T/err" ]
	fi
}

@test "H03 -e makes an exit code 0, that of a signal as well" {
	only supd tini
	exits 0 -e 5 -- sh -c 'exit 5'
	exits 0 -e 5 -e 143 -- sh -c 'kill -TERM $$'
	exits 6 -e 5 -- sh -c 'exit 6'
	exits 0 -e 255 -- sh -c 'exit 255'
}

@test "H04 -e takes nothing but 0 to 255" {
	local value

	only supd tini
	for value in 256 -1 x 5x '' 99999999999999999999 ' 5' 0x5; do
		ns "$INIT" -e "$value" -- touch "$T/ran"
		[ "$code" -ne 0 ] && [ "$code" -lt 128 ]
		[ -s "$T/err" ]
		[ ! -e "$T/ran" ]
	done
}

@test "H05 -p: the signal comes when the parent dies" {
	local signal=SIGUSR1

	only supd tini
	background sh -c 'sh -c "\"\$@\"; :" sh "$@" & exec sleep 1000' sh \
	    "$INIT" -s -p "$signal" -- "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -KILL "$(child_of "$(child_of "$runner")")"
	wait_until heard 10
}

@test "H06 -g and TINI_KILL_PROCESS_GROUP" {
	only supd tini
	TINI_KILL_PROCESS_GROUP=1 launch -- \
	    sh -c 'trap : USR1; "$@" & wait; wait; wait' \
	    sh "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -USR1 "$PID1"
	wait_until heard 10
}

@test "H07 -w warns of each orphan that is reaped" {
	only supd tini
	exits 0 -w -- sh -c 'sh -c "sh -c \"exit 3\" & sh -c \"exit 4\" &"
	    until [ "$(grep -ci "reaped.*pid" "$0")" -ge 2 ]; do :; done' \
	    "$T/err"
	same 2 "$(grep -ci 'reaped.*pid' "$T/err")"
}

@test "H08 --version names itself as container engines look for it" {
	only supd tini
	exits 0 --version
	grep -q 'tini version' "$T/out"
	if [ "$KIND" = supd ]; then
		grep -q '^supd [0-9]' "$T/out"
	fi
}

@test "H09 -h succeeds, on standard output" {
	only supd tini
	ns "$(called tini)" -h
	same 0 "$code"
	[ -s "$T/out" ] && [ ! -s "$T/err" ]
	grep -qi usage "$T/out"
}

@test "H10 -v and TINI_VERBOSITY make it talk" {
	only supd tini
	exits 0 -vv -- true
	[ -s "$T/err" ] || [ -s "$T/out" ]
	TINI_VERBOSITY=3 exits 0 -- true
	[ -s "$T/err" ] || [ -s "$T/out" ]
	TINI_VERBOSITY=0 exits 0 -- true
	[ ! -s "$T/err" ]
}

@test "H11 -r 15:3 passes another signal on, -r 2:0 none" {
	only supd dumb-init
	launch_listener -r 12:3 -r 2:0 --
	kill -INT "$PID1"
	kill -USR2 "$PID1"
	wait_until heard 3
	kill -TERM "$PID1"
	ends 42
	same "3 15" "$(all_heard)"
	exits 131 -r 15:3 -- sh -c 'kill -TERM $PPID; sleep 10'
}

@test "H12 called dumb-init: the group gets signals; with -c the child only" {
	only supd dumb-init
	COMM=dumb-init launch_as "$(called dumb-init)" -- \
	    sh -c 'trap : USR1; "$@" & wait; wait; wait' \
	    sh "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -USR1 "$PID1"
	wait_until heard 10
	kill -KILL "$runner"
	rm "$T/log"
	COMM=dumb-init launch_as "$(called dumb-init)" -c -- \
	    sh -c 'trap "echo got >$0" USR1; "$@" & while :; do wait; done' \
	    "$T/got" "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -USR1 "$PID1"
	wait_until has_file "$T/got"
	same "" "$(all_heard)"
}

@test "H13 the second -- is the command's name" {
	ns "$INIT" -- --
	[ "$code" -ne 0 ] && [ -s "$T/err" ]
	mkdir "$T/bin"
	printf '#!/bin/sh\nexit 17\n' >"$T/bin/--"
	chmod 755 "$T/bin/--"
	PATH=$T/bin:$PATH exits 17 -- --
}

@test "a line is for a command by --, by a word, by an option of its own" {
	only supd
	exits 3 sh -c 'exit 3'
	exits 3 -- sh -c 'exit 3'
	exits 3 -c -- sh -c 'exit 3'
	exits 3 -v sh -c 'exit 3'
	exits 3 --init -- sh -c 'exit 3'
	# These are for a tree.
	exits 78 -c "$T/none"
	exits 78 --check --config "$T/none"
}

@test "called tini or dumb-init it gives a command all the time it wants" {
	local name

	only supd
	for name in tini dumb-init; do
		rm -f "$T/ready" "$T/got"
		COMM=$name launch_as "$(called "$name")" -- sh -c '
		    trap "sleep 4; echo done >$0.got; exit 5" TERM
		    echo ready >"$0"; while :; do sleep 0.05; done' "$T/ready"
		wait_until has_file "$T/ready"
		kill -TERM "$PID1"
		ends 5
		has_file "$T/ready.got"
	done
}
