# The init of one command: its exit status (C) and signals (D).

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

@test "C01 every exit code is passed on" {
	local n

	for n in $(seq 0 255); do
		exits "$n" -- sh -c "exit $n"
	done
}

@test "C02 death by a signal n is 128 + n" {
	local n

	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 24 25 26 27 29 30 31; do
		exits $((128 + n)) -- sh -c "kill -$n \$\$; sleep 10"
	done
}

@test "C03 ... by a real-time signal, too" {
	local n

	for n in $(seq 34 64); do
		exits $((128 + n)) -- sh -c "kill -$n \$\$; sleep 10"
	done
}

@test "C04 a segmentation fault is 139" {
	exits 139 -- python3 -S -E -c 'import ctypes; ctypes.string_at(0)'
}

@test "C05 it ends within 50 ms of its command" {
	local i median

	for i in $(seq 50); do
		exits 0 -- date +%s%N
		echo $(($(date +%s%N) - $(cat "$T/out"))) >>"$T/took"
	done
	median=$(sort -n "$T/took" | sed -n 25p)
	echo "median: $((median / 1000)) us"
	[ "$median" -lt 50000000 ]
}

@test "C06 a command that stops and goes on has not ended" {
	local command

	launch -- sleep 1000
	command=$(child_of "$PID1")
	kill -STOP "$command"
	wait_until state_is "$command" T
	kill -CONT "$command"
	wait_until state_is "$command" S
	init_lives
	kill -TERM "$command"
	ends 143
}

@test "C07 the code is the command's, whatever orphans exit with, at once" {
	local begin

	begin=$(now_ms)
	exits 7 -- sh -c 'sh -c "(sleep 0.05; exit 9) & (exit 8) &"; sleep 0.2;
	    exit 7'
	[ $(($(now_ms) - begin)) -lt 8000 ]
}

@test "C08 ... in the middle of a storm of orphans" {
	make_orphans
	exits 23 -- "$ORPHANS" storm 23
}

@test "D01 ordinary signals are passed on" {
	local n

	launch_listener --
	for n in 1 2 3 10 12 13 14 16 18 23 24 25 26 27 28 29 30; do
		kill -"$n" "$PID1"
		wait_until heard "$n"
	done
	kill -TERM "$PID1"
	ends 42
	same "1 2 3 10 12 13 14 15 16 18 23 24 25 26 27 28 29 30" \
	    "$(all_heard)"
}

@test "D02 ILL TRAP ABRT BUS FPE SEGV SYS, sent by a process, are passed on" {
	local n

	launch_listener --
	for n in 4 5 6 7 8 11 31; do
		kill -"$n" "$PID1"
		wait_until heard "$n"
	done
	init_lives
}

@test "D03 TSTP, TTIN and TTOU reach the command" {
	local command n

	launch -- sleep 1000
	command=$(child_of "$PID1")
	for n in TSTP TTIN TTOU; do
		kill -"$n" "$PID1"
		wait_until state_is "$command" T
		kill -CONT "$command"
		wait_until state_is "$command" S
	done
}

@test "D04 CONT wakes a command that is stopped" {
	local command

	launch -- sleep 1000
	command=$(child_of "$PID1")
	kill -STOP "$command"
	wait_until state_is "$command" T
	kill -CONT "$PID1"
	wait_until state_is "$command" S
}

@test "D05 all real-time signals are passed on" {
	local n

	launch_listener --
	for n in $(seq 34 64); do
		kill -"$n" "$PID1"
	done
	wait_until heard 64
	same "$(echo $(seq 34 64))" "$(all_heard)"
}

@test "D06 real-time signals that wait arrive one by one" {
	launch_listener --
	"${PROBE[@]}" send "$PID1" 40 32
	wait_until heard 40 32
	kill -41 "$PID1"
	wait_until heard 41
	same 32 "$(grep -c '^40 ' "$T/log")"
}

@test "D07 ... in order, and with the value that was sent along" {
	launch_listener --
	"${PROBE[@]}" queue "$PID1" 40 101 132
	wait_until heard 40 32
	same "$(seq 101 132)" "$(grep '^40 ' "$T/log" | cut -d ' ' -f 3)"
	"${PROBE[@]}" queue "$PID1" 10 77 77
	wait_until heard 10
	same 77 "$(grep '^10 ' "$T/log" | cut -d ' ' -f 3)"
}

@test "D08 a CHLD that someone sends is not passed on and does no harm" {
	launch_listener --
	"${PROBE[@]}" send "$PID1" 17 100
	kill -USR1 "$PID1"
	wait_until heard 10
	same 10 "$(all_heard)"
	init_lives
	kill -TERM "$PID1"
	ends 42
}

@test "D09 signals from inside of the namespace are passed on" {
	launch_listener --
	nsenter -t "$PID1" -p kill -USR1 1
	wait_until heard 10
	# With the init may go who sent it, before it is done.
	nsenter -t "$PID1" -p kill -TERM 1 || same 137 $?
	ends 42
}

@test "D10 KILL and STOP from inside do nothing to PID 1" {
	launch_listener --
	nsenter -t "$PID1" -p kill -STOP 1
	nsenter -t "$PID1" -p kill -KILL 1
	nsenter -t "$PID1" -p kill -USR1 1
	wait_until heard 10
	not_state "$PID1" T
}

@test "D11 signals that were ignored at the start are passed on" {
	launch_as env --ignore-signal=USR1,HUP,TERM "$INIT" -- \
	    "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -HUP "$PID1"
	wait_until heard 1
	kill -USR1 "$PID1"
	wait_until heard 10
	kill -TERM "$PID1"
	ends 42
}

@test "D12 signals that were blocked at the start are passed on" {
	launch_as env --block-signal=USR1,HUP,TERM "$INIT" -- \
	    "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -HUP "$PID1"
	wait_until heard 1
	kill -USR1 "$PID1"
	wait_until heard 10
	kill -TERM "$PID1"
	ends 42
}

@test "D16 the command's group: the grandchild gets it, too" {
	launch "${GROUP[@]}" -- sh -c 'trap : USR1; "$@" & wait; wait; wait' \
	    sh "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -USR1 "$PID1"
	wait_until heard 10
}

@test "D17 a command that may not be signalled does not end the init" {
	local command

	launch_as setpriv --bounding-set=-kill --inh-caps=-kill "$INIT" -- \
	    setpriv --reuid=65534 --clear-groups sleep 1000
	command=$(child_of "$PID1")
	wait_until comm_is "$command" sleep
	kill -USR1 "$PID1"
	kill -USR2 "$PID1"
	# All that were sent have been read when a later one has.
	wait_until no_signal_waits
	sleep 0.2
	init_lives
	kill -KILL "$command"
	ends 137
}

comm_is()
{
	[ "$(cat "/proc/$1/comm")" = "$2" ]
}

no_signal_waits()
{
	! init_lives || grep -q '^ShdPnd:.0*$' "/proc/$PID1/status"
}

@test "D18 the signals that libc reserves do not end it" {
	launch_listener --
	"${PROBE[@]}" send "$PID1" 32
	"${PROBE[@]}" send "$PID1" 33
	kill -USR1 "$PID1"
	wait_until heard 10
	init_lives
	kill -TERM "$PID1"
	ends 42
}
