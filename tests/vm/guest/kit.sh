# What every test in the machine needs. They go to the second serial port, as
# TAP without numbers; all else goes to the console. Nothing waits for time,
# but for facts.

. /tests/words.sh
exec >/dev/ttyS1

CGROUPS=/sys/fs/cgroup
PATIENCE_S=60
# Between two looks.
PAUSE_US=50000
# Its pid.
supd=1

# wait_until COMMAND...
wait_until()
{
	local end

	end=$(($(cut -d . -f 1 /proc/uptime) + PATIENCE_S))
	until "$@"; do
		if [ "$(cut -d . -f 1 /proc/uptime)" -ge "$end" ]; then
			note "waited in vain: $*"
			return 1
		fi
		usleep "$PAUSE_US"
	done
}

# Since the machine began, in hundredths of a second.
now_cs()
{
	cut -d ' ' -f 1 /proc/uptime | tr -d .
}

# The cgroup of a service that runs.
cage()
{
	echo "$CGROUPS"/supd-*/"$1".*
}

limit()
{
	cat "$(cage "$1")/$2"
}

# node NAME FILTER, event NAME KIND FILTER (of the newest)
node()
{
	supctl --json status "$1" | jq -r ".nodes[0] | $2"
}

event()
{
	supctl --json history "$1" |
	    jq -r "[.events[] | select(.event == \"$2\")] | last | $3"
}

# node_is NAME FILTER VALUE
node_is()
{
	[ "$(node "$1" "$2")" = "$3" ]
}

# is_up NAME GENERATION
is_up()
{
	node_is "$1" '"\(.state) \(.generation)"' "running $2"
}

# grew NAME FILE KEY: a counter of its cgroup is not 0.
grew()
{
	[ "$(sed -n "s/^$3 //p" "$(cage "$1")/$2")" -gt 0 ]
}

engine_pid()
{
	local pid

	for pid in $(cat "/proc/$supd/task/$supd/children"); do
		[ "$(cat "/proc/$pid/comm")" = supd-engine ] && echo "$pid"
	done
}

# engine_is_new PID: it has that no more, and answers.
engine_is_new()
{
	local pid

	pid=$(engine_pid)
	[ -n "$pid" ] && [ "$pid" != "$1" ] && supctl status >/dev/null 2>&1
}

gone()
{
	! [ -e "$1" ]
}

# t SENTENCE FUNCTION
t()
{
	if "$2"; then
		echo "ok - $1"
	else
		echo "not ok - $1"
	fi
}
