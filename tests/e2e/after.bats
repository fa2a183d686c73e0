# Services that start when others are ready or done.

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

# waits NAME OTHERS: what it waits for, comma-separated.
waits()
{
	[ "$(node "$1" 'waits_for | join(",")' 2>/dev/null)" = "$2" ]
}

# Two trees that start at once: x waits for y of the other one.
two_trees()
{
	conf <<-EOF
		[supervisor:root]
		start = parallel
		[supervisor:one]
		[supervisor:two]
		[service:x]
		supervisor = one
		command = sleep 1000
		after = y
		[service:z]
		supervisor = one
		command = sleep 1000
		[service:y]
		supervisor = two
		command = sh -c 'until [ -e $T/go ]; do sleep 0.05; done; echo >&4; exec sleep 1000'
		ready = fd:4
		$1
	EOF
}

@test "after: it waits, says for whom, and starts when that is ready" {
	two_trees
	supd_start
	state x waiting
	waits x y
	[ "$(node x next_try_s)" = 0.0 ] || [ "$(node x next_try_s)" = 0 ]
	[ "$(node z state)" = stopped ]
	supctl status | grep -q 'x .*waiting.*waits for y'
	supctl why x | grep -q 'x waits: it starts only when y is ready or done'
	touch "$T/go"
	state x running
	state z running
	waits x ''
}

@test "after: what fails later is not noticed, but a restart waits for it" {
	local x

	two_trees
	touch "$T/go"
	supd_start
	state z running
	x=$(node x pid)
	supctl stop y
	[ "$(node x pid)" = "$x" ]
	kill -KILL "$x"
	state x waiting
	waits x y
	supctl start y
	state x running
}

@test "after: a start by hand waits and is answered when it came up" {
	local job

	two_trees "autostart = no"
	supd_start
	state x waiting
	supctl start x >"$T/said" 2>&1 &
	job=$!
	touch "$T/go"
	supctl start y
	wait "$job"
	[ "$(node x state)" = running ]
}

@test "after: a stop ends the wait" {
	two_trees
	supd_start
	state x waiting
	supctl stop x
	[ "$(node x state)" = stopped ]
	state z running
}

@test "after: the wait goes on when the engine dies" {
	two_trees
	supd_start
	state x waiting
	kill -KILL "$(engine_pid)"
	wait_until supd_answers
	state x waiting
	waits x y
	touch "$T/go"
	state x running
}

@test "after: an update that takes the other away ends the wait" {
	two_trees
	supd_start
	state x waiting
	conf <<-EOF
		[supervisor:one]
		[service:x]
		supervisor = one
		command = sleep 1000
	EOF
	supctl update
	state x running
}

# refused TEXT: --check says that.
refused()
{
	local code=0

	"$SUPD" --check -c "$CONF" >"$T/said" 2>&1 || code=$?
	[ "$code" -eq 78 ]
	grep -qF "$1" "$T/said" || {
		cat "$T/said"
		return 1
	}
}

@test "after: a circle is an error that names it" {
	conf <<-EOF
		[supervisor:s1]
		[supervisor:s2]
		[service:a]
		supervisor = s1
		command = true
		after = b
		[service:b]
		supervisor = s2
		command = true
	EOF
	refused "a circle: a starts after b, b starts with s2, which it is below, s2 after s1, the one before it (start = sequential), s1 is ready when a is, which is below it"
}

@test "after: a name that is unknown is an error" {
	conf <<-EOF
		[service:database]
		command = true
		[service:a]
		command = true
		after = databse
	EOF
	refused "there is no node 'databse'; did you mean 'database'?"
}
