# The init of one command on a terminal (G), and inside of another (K).

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

# terminal CASE: one of init_pty.py's.
terminal()
{
	env --default-signal=INT,QUIT,TSTP,TTIN,TTOU timeout -s KILL 60 \
	    "${PTY[@]}" "$1" "$INIT" 3>&-
}

@test "G01 the command is the terminal's foreground group" {
	terminal g01
}

@test "G02 ctrl-C ends the command with 130" {
	terminal g02
}

@test "G03 a shell has job control" {
	terminal g03
}

@test "G04 a resize reaches the command" {
	terminal g04
}

@test "G05 the terminal hangs up: command and init end" {
	terminal g05
}

@test "G06 started in a background group it leaves the terminal alone" {
	terminal g06
}

@test "G07 below a shell ctrl-Z stops the init as well, fg resumes both" {
	terminal g07
}

@test "the same where the foreground group has no number in its namespace" {
	terminal numberless
}

# Another init above: tini where there is one, as docker --init has it.
outer()
{
	command -v tini || echo "$INIT"
}

# nested OUTER: signals and the exit code pass through two inits.
nested()
{
	COMM=$(basename "$1") launch_as "$1" -- "$INIT" -- \
	    "${PROBE[@]}" listen "$T/log"
	wait_until listens
	kill -USR1 "$PID1"
	wait_until heard 10
	kill -TERM "$PID1"
	ends 42
	ns "$1" -- "$INIT" -- sh -c 'exit 9'
	same 9 "$code"
	ns "$1" -- "$INIT" -- sh -c 'kill -KILL $$'
	same 137 "$code"
}

@test "K01 under another init signals and the exit code pass through" {
	nested "$(outer)"
}

@test "K02 inside of itself signals and the exit code pass through" {
	nested "$INIT"
}

@test "K03 inside of itself on a terminal ctrl-C ends the command with 130" {
	terminal k03
}
