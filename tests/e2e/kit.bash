# Helpers for tests with real processes.
#
# kit_setup makes a private folder $T with a configuration folder $CONF and
# the socket $SOCK; kit_teardown ends what is left, and fails the test if a
# process outlived its supd: all that a test starts bears $T in its
# environment as E2E_TEST. Nothing here waits for time: wait_until polls a
# fact, with a deadline that only a failing test meets.

KIT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SVC=$KIT_ROOT/tests/e2e/services/svc
KIT_PATIENCE=${KIT_PATIENCE:-60}

kit_setup()
{
	local build=${BUILD:-$KIT_ROOT/build}

	SUPD=${SUPD:-$build/bin/supd}
	SUPCTL=${SUPCTL:-$build/bin/supctl}
	T=$(mktemp -d /tmp/e2e-supd.XXXXXX)
	# A test that runs supd as another user gives it this folder.
	chmod 755 "$T"
	CONF=$T/conf.d
	SOCK=$T/run/supd.sock
	OUT=$T/out
	mkdir -m 755 "$CONF"
	mkdir -m 700 "$T/run"
	E2E_TEST=$T
	ORDER=$T/order
	export E2E_TEST ORDER
	unset SUPD_SOCKET NOTIFY_SOCKET
	supd_pid=
	supd_runner=()
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
	EOF
}

# The processes that bear the mark of this test.
kit_left()
{
	local pid

	for pid in $(grep -lsz -x -F "E2E_TEST=$T" /proc/[0-9]*/environ |
	    cut -d / -f 3); do
		case $(sed -n 's/^State:\t//p' "/proc/$pid/status" 2>/dev/null) in
		'' | Z*) continue ;;
		esac
		# Not bats itself, which inherited what we exported.
		kit_is_ours "$pid" || echo "$pid"
	done
}

# Is it this shell or something that it runs at this moment?
kit_is_ours()
{
	local pid=$1

	while [ "${pid:-0}" -gt 1 ]; do
		[ "$pid" = "$BASHPID" ] || [ "$pid" = "$$" ] && return 0
		[ "$pid" = "$supd_pid" ] && return 1
		pid=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status" 2>/dev/null)
	done
	return 1
}

kit_none_left()
{
	[ -z "$(kit_left)" ]
}

kit_teardown()
{
	local left pid bad=0

	if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		echo "--- what supd said:"
		tail -n 60 "$OUT" 2>/dev/null
		echo "--- order:"
		tail -n 40 "$ORDER" 2>/dev/null
	fi
	if supd_alive; then
		supd_signal TERM
		wait_until supd_gone || bad=1
	fi
	# The rest is to be gone with supd; only the kernel may need a moment.
	KIT_PATIENCE=5 wait_until kit_none_left >/dev/null || bad=1
	left=$(kit_left)
	for pid in $left; do
		echo "left over: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$T"
	return "$bad"
}

# kit_write FILE: standard input becomes that file of the configuration.
kit_write()
{
	cat >"$CONF/$1"
	chmod 644 "$CONF/$1"
}

# conf: the same for the one file that most tests need.
conf()
{
	kit_write 10-test.conf
}

# A deadline only for those who wait for ever: wait_until COMMAND...
wait_until()
{
	local end=$((SECONDS + KIT_PATIENCE))

	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "waited in vain: $*"
			return 1
		fi
		sleep 0.02
	done
}

# switches PID...: how often each waited for something to come.
switches()
{
	local pid

	for pid; do
		sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$pid/status"
	done
}

# quiet PID...: they have come to rest, at least for this moment.
quiet()
{
	local before

	before=$(switches "$@")
	sleep 0.3
	[ "$before" = "$(switches "$@")" ]
}

# stay_quiet PID...: once they have, nothing wakes them up.
stay_quiet()
{
	local before

	wait_until quiet "$@"
	before=$(switches "$@")
	sleep 3
	same "$before" "$(switches "$@")"
}

# as_nobody: supd of this test runs as a user without rights.
as_nobody()
{
	chown -R 65534:65534 "$T"
	supd_runner=(setpriv --reuid=65534 --regid=65534 --clear-groups)
}

# as_pid1: supd of this test is PID 1 of a pid namespace.
as_pid1()
{
	supd_runner=(unshare --pid --fork --mount-proc --kill-child --)
}

# Starts supd and returns at once. bash starts background jobs with INT and
# QUIT ignored; and bats waits for whoever holds its descriptor 3.
supd_launch()
{
	env --default-signal=INT,QUIT "${supd_runner[@]}" "$SUPD" -c "$CONF" \
	    "$@" </dev/null >>"$OUT" 2>&1 3>&- &
	supd_pid=$!
	supd_code=
}

# ... and returns when it answers; the tree may still be starting.
supd_start()
{
	supd_launch "$@"
	wait_until supd_answers_or_gone
	supd_answers
}

supd_answers()
{
	[ -S "$SOCK" ] && "$SUPCTL" -s "$SOCK" --json status \
	    >/dev/null 2>&1 3>&- || [ $? -eq 3 ]
}

supd_answers_or_gone()
{
	supd_gone || { [ -S "$SOCK" ] && supd_answers; }
}

supd_alive()
{
	[ -n "$supd_pid" ] && kill -0 "$supd_pid" 2>/dev/null &&
	    ! grep -q '^State:.Z' "/proc/$supd_pid/status" 2>/dev/null
}

supd_gone()
{
	! supd_alive
}

# The pid of the guard, also where it is PID 1 of a namespace.
guard_pid()
{
	case ${supd_runner[0]:-} in
	unshare) cut -d ' ' -f 1 "/proc/$supd_pid/task/$supd_pid/children" ;;
	*) echo "$supd_pid" ;;
	esac
}

engine_pid()
{
	local pid guard

	guard=$(guard_pid)
	for pid in $(cat "/proc/$guard/task/$guard/children"); do
		if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = supd-engine ]; then
			echo "$pid"
			return
		fi
	done
	return 1
}

supd_signal()
{
	kill -"$1" "$(guard_pid)"
}

# Waits until supd has left; its exit code is in $supd_code.
supd_wait()
{
	wait_until supd_gone || return
	supd_code=0
	wait "$supd_pid" || supd_code=$?
	supd_pid=
}

supd_stop()
{
	supd_signal TERM && supd_wait
}

supctl()
{
	"$SUPCTL" -s "$SOCK" "$@" 3>&-
}

# node_json NAME: the node as the protocol tells it.
node_json()
{
	supctl --json status "$1" | jq -ce --arg n "$1" \
	    '.nodes[] | select(.name == $n or .path == $n)'
}

# node NAME KEY: one value of it; .last_exit.code works as well.
node()
{
	node_json "$1" | jq -r ".${2#.}"
}

# is NAME KEY VALUE: the predicate for wait_until.
is()
{
	[ "$(node "$1" "$2" 2>/dev/null)" = "$3" ]
}

# state NAME STATE: waits until it is so.
state()
{
	wait_until is "$1" state "$2" || {
		node_json "$1"
		return 1
	}
}

# pid_of NAME: its pid as this shell sees it, for kill.
pid_of()
{
	local pid inner guard

	inner=$(node "$1" pid)
	case ${supd_runner[0]:-} in
	unshare) ;;
	*)
		echo "$inner"
		return
		;;
	esac
	guard=$(guard_pid)
	for pid in $(cat "/proc/$guard/task/$guard/children"); do
		if grep -q "^NSpid:.*[[:space:]]$inner\$" \
		    "/proc/$pid/status" 2>/dev/null; then
			echo "$pid"
			return
		fi
	done
	return 1
}

# lives PID; gone PID
lives()
{
	[ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status"
}

gone()
{
	! lives "$1" 2>/dev/null
}

# All events so far, one JSON object a line.
events()
{
	supctl --json events
}

# event_seqs: their numbers in one line.
event_seqs()
{
	events | jq -s -c 'map(.seq)'
}

# last_seq: the newest one's.
last_seq()
{
	events | jq -s 'map(.seq) | max // 0'
}

# story SINCE KIND...: "node kind" of the events of these kinds after a number.
story()
{
	local since=$1

	shift
	events | jq -r --argjson s "$since" '
	    select(.seq > $s) | select(.event as $e | $ARGS.positional |
	    index($e)) | "\(.node) \(.event)"' --args "$@"
}

# happened SINCE NODE KIND [COUNT]: at least so many such events after a number.
happened()
{
	local n

	n=$(events | jq -s --argjson s "$1" --arg n "$2" --arg e "$3" \
	    'map(select(.seq > $s and .node == $n and .event == $e)) | length')
	[ "$n" -ge "${4:-1}" ]
}

# What the services told into $ORDER: "name start" or "name stop" a line.
order()
{
	cut -d ' ' -f 1,2 "$ORDER" 2>/dev/null
}

# same EXPECTED ACTUAL, with the difference shown.
same()
{
	[ "$1" = "$2" ] || {
		echo "expected:"
		echo "$1"
		echo "got:"
		echo "$2"
		return 1
	}
}

# not COMMAND...: bash lets a `!` in front of a command pass whatever it says.
not()
{
	if "$@"; then
		echo "should not be: $*"
		return 1
	fi
}

# root_only: skips where the test needs root.
root_only()
{
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}
