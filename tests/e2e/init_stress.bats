# The init of one command under load (D13 to D15, F02, F03).

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

# A table of many programs needs fewer of them to see a fault.
EARLY=${INIT_EARLY:-1000}

@test "D13 TERM in the first milliseconds, many times: none is lost" {
	"${CLEAN[@]}" timeout -s KILL 200 "${PROBE[@]}" early "$EARLY" \
	    "$INIT" 3>&-
}

@test "D14 the same for the command's group" {
	"${CLEAN[@]}" timeout -s KILL 200 "${PROBE[@]}" early "$EARLY" \
	    "$INIT" "${GROUP[@]}" 3>&-
}

@test "D15 a storm of signals while it reaps: the last TERM arrives" {
	make_orphans
	launch -- sh -c 'trap "" USR1 USR2 HUP; trap "exit 42" TERM
	    "$@" & wait; echo made >"$0"; while :; do sleep 0.05; done' \
	    "$T/made" "$ORPHANS" many 20000
	"${PROBE[@]}" send "$PID1" 10 100000 3>&- &
	"${PROBE[@]}" send "$PID1" 12 50000
	"${PROBE[@]}" send "$PID1" 1 50000
	wait $!
	init_lives
	KIT_PATIENCE=100 wait_until has_file "$T/made"
	KIT_PATIENCE=5 wait_until no_zombies
	kill -TERM "$PID1"
	ends 42
}

@test "F02 20,000 orphans, as fast as they can be made" {
	make_orphans
	launch -- sh -c '"$@"; echo made >"$0"; exec sleep 1000' "$T/made" \
	    "$ORPHANS" many 20000
	KIT_PATIENCE=100 wait_until has_file "$T/made"
	KIT_PATIENCE=3 wait_until no_zombies
}

@test "F03 2,000 orphans that die at one instant" {
	make_orphans
	launch -- "$ORPHANS" instant 2000 "$T/made"
	KIT_PATIENCE=100 wait_until has_file "$T/made"
	kill -USR1 "$(child_of "$PID1")"
	KIT_PATIENCE=5 wait_until alone
}

# Only the command is left.
alone()
{
	[ "$(wc -w <"/proc/$PID1/task/$PID1/children")" -eq 1 ]
}
