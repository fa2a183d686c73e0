# What the tests of the tree's rules share beside kit.bash.

# tellers SUPERVISOR NAME...: services that tell of their start and stop. They
# are ready when they have told, so the order of their starts is a fact.
tellers()
{
	local parent=$1 name

	shift
	for name; do
		cat <<-EOF
			[service:$name]
			supervisor = $parent
			command = $SVC $name tell notify=READY=1
			ready = notify
		EOF
	done
}

# all_run NAME...
all_run()
{
	supctl wait --for ready --timeout 60 "$@"
}

has_told()
{
	grep -qs "^$1 $2 " "$ORDER"
}

# New lines in $ORDER after the first $1.
told_after()
{
	order | tail -n +$(($1 + 1))
}

told_count()
{
	[ "$(order | wc -l)" -ge "$1" ]
}

# Every teller of these has started, and can be stopped.
all_tell()
{
	local name

	for name; do
		wait_until has_told "$name" start
	done
}

crash()
{
	kill -KILL "$(pid_of "$1")"
}

next_pid()
{
	local pid

	pid=$(node "$1" pid 2>/dev/null)
	[ "$pid" != "$2" ] && [ "$pid" != null ] && is "$1" state running
}

lines()
{
	printf '%s\n' "$@"
}
