# The kit of init_*.bats: the init of one command, as PID 1 of a pid namespace.
#
#   INIT   the program that is tested: supd of $BUILD, or what init_table.sh
#          sets, to see that a test finds the faults of others
#   T      a folder of the test's own
#
# A test of what only some have says so: `only supd tini`.

init_setup()
{
	root_only
	if [ -z "${INIT:-}" ]; then
		INIT=$(cd "$BATS_TEST_DIRNAME/../.." &&
		    cd "${BUILD:-build}" && pwd)/bin/supd
	fi
	INIT=$(command -v "$INIT")
	KIND=$(basename "$INIT")
	PROBE=(python3 -S -E "$BATS_TEST_DIRNAME/init_probe.py")
	PTY=(python3 -S -E "$BATS_TEST_DIRNAME/init_pty.py")
	NS=(unshare --pid --fork --mount-proc --kill-child --)
	# bash starts background jobs with INT and QUIT ignored.
	CLEAN=(env --default-signal=INT,QUIT,PIPE,HUP,TERM)
	case $KIND in
	dumb-init) GROUP=() ;;
	*) GROUP=(-g) ;;
	esac
	T=$(mktemp -d /tmp/e2e-init.XXXXXX)
	chmod 755 "$T"
	runner=
	unset TINI_SUBREAPER TINI_VERBOSITY TINI_KILL_PROCESS_GROUP LISTEN_PID
	ulimit -c 0
}

init_teardown()
{
	[ -n "${T:-}" ] || return 0
	if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		echo "code: ${code:-}"
		tail -n 30 "$T/out" "$T/err" "$T/log" 2>/dev/null
	fi
	if [ -n "$runner" ]; then
		kill -KILL "$runner" 2>/dev/null
		wait "$runner" 2>/dev/null
	fi
	rm -rf "$T"
}

only()
{
	local kind

	for kind; do
		[ "$kind" != "$KIND" ] || return 0
	done
	skip "$KIND has no such thing"
}

# try COMMAND...: its exit code is in $code, what it said in out and err. Not
# by `run`, which loses tests that end with 127.
try()
{
	code=0
	"${CLEAN[@]}" timeout -s KILL 20 "$@" </dev/null >"$T/out" 2>"$T/err" \
	    3>&- || code=$?
}

# ns COMMAND...: tries it as PID 1.
ns()
{
	try "${NS[@]}" "$@"
}

# exits CODE ARGUMENT...: the init with these arguments leaves with it.
exits()
{
	local wanted=$1

	shift
	ns "$INIT" "$@"
	same "$wanted" "$code"
}

# launch ARGUMENT...: the init as PID 1, in the background. launch_as runs any
# command that becomes the init in the end.
launch()
{
	launch_as "$INIT" "$@"
}

launch_as()
{
	background "$@"
	wait_until has_init
	PID1=$(child_of "$runner")
}

background()
{
	"${CLEAN[@]}" "${NS[@]}" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- &
	runner=$!
}

# The first child of a process, as we see it.
child_of()
{
	local children

	children=$(cat "/proc/$1/task/$1/children" 2>/dev/null)
	echo "${children%% *}"
}

has_init()
{
	local pid

	[ -d "/proc/$runner" ] || return 0
	pid=$(child_of "$runner")
	[ -n "$pid" ] && [ -n "$(child_of "$pid")" ] &&
	    [ "$(cat "/proc/$pid/comm")" = "${COMM:-$KIND}" ]
}

init_lives()
{
	[ -d "/proc/$PID1" ] && not_state "$PID1" Z
}

# state_is PID LETTER
state_is()
{
	grep -q "^State:.$2" "/proc/$1/status" 2>/dev/null
}

not_state()
{
	! state_is "$1" "$2"
}

runner_gone()
{
	[ ! -d "/proc/$runner" ] || state_is "$runner" Z
}

# Waits for the init that was launched; its exit code is in $code.
finish()
{
	wait_until runner_gone || return
	code=0
	wait "$runner" || code=$?
	runner=
}

ends()
{
	finish
	same "$1" "$code"
}

# listens: the command that launch_listener launched waits for signals, and
# records them in $T/log; it ends with 42 at TERM.
launch_listener()
{
	launch "$@" "${PROBE[@]}" listen "$T/log"
	wait_until listens
}

listens()
{
	grep -q ready "$T/log" 2>/dev/null
}

# heard SIGNAL [TIMES]
heard()
{
	[ "$(grep -c "^$1 " "$T/log")" -ge "${2:-1}" ]
}

# The numbers that were heard, sorted, in a line.
all_heard()
{
	echo $(grep -v ready "$T/log" | cut -d ' ' -f 1 | sort -n)
}

said()
{
	grep -qi -- "$1" "$T/err"
}

# Sets ORPHANS: the maker of orphans, which is compiled once.
make_orphans()
{
	ORPHANS=$BATS_RUN_TMPDIR/orphans
	[ -x "$ORPHANS" ] || "${CC:-gcc}" -O1 -o "$ORPHANS" \
	    "$BATS_TEST_DIRNAME/init_orphans.c"
}

no_zombies()
{
	! grep -l "^State:.Z" \
	    $(sed 's, ,/status ,g; s,\([0-9]\+\),/proc/\1,g' \
	    "/proc/$PID1/task/$PID1/children") /dev/null 2>/dev/null |
	    grep -q .
}

has_file()
{
	[ -s "$1" ]
}

now_ms()
{
	echo $(($(date +%s%N) / 1000000))
}
