# Failures in a row: backoff, told by facts, and its end.

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

@test "the sixth death in a row is one too many, by the defaults (B5)" {
	conf <<-EOF
		[defaults]
		backoff_min = 20ms
		[service:a]
		command = $SVC a exit=9
	EOF
	supd_launch
	supd_wait
	[ "$supd_code" -eq 9 ]
	[ "$(grep -c 'a: .*failed\|a failed' "$OUT")" -ge 6 ]
}

@test "the second failure in a row waits, and next_try_s says how long" {
	local wait

	conf <<-EOF
		[service:a]
		command = $SVC a exit=1
		backoff_min = 10m
		backoff_max = 1h
	EOF
	supd_start
	state a waiting
	[ "$(node a attempt)" = 2 ]
	[ "$(node a pid)" = null ]
	[ "$(node a last_exit.code)" = 1 ]
	[ "$(node root degraded)" = true ]
	# Less a random part of up to a tenth, and a few seconds of this test.
	wait=$(node a next_try_s)
	jq -ne "$wait > 500 and $wait <= 600"
}

@test "each delay is the factor times the one before it, up to the bound (B3)" {
	conf <<-EOF
		[supervisor:root]
		intensity = 100
		[service:a]
		command = $SVC a crash=$T/left tell
		backoff_min = 20ms
		backoff_max = 100ms
		backoff_factor = 2
		backoff_jitter = 0%
	EOF
	echo 6 >"$T/left"
	supd_start
	all_tell a
	same '[20,40,80,100,100]' "$(events | jq -s -c 'map(select(
	    .event == "backoff" and .detail.delay_s > 0) |
	    .detail.delay_s * 1000 | round)')"
	[ "$(node a restarts)" = 6 ]
}

@test "a start by hand ends the wait and the row of failures" {
	local pid

	conf <<-EOF
		[service:a]
		command = $SVC a crash=$T/left tell
		backoff_min = 10m
		backoff_max = 1h
	EOF
	echo 2 >"$T/left"
	supd_start
	state a waiting
	supctl start a
	all_tell a
	[ "$(node a attempt)" = 0 ]
	# The next failure is a first one again: no wait.
	pid=$(node a pid)
	crash a
	wait_until next_pid a "$pid"
}

@test "reset forgets the row of failures" {
	conf <<-EOF
		[service:a]
		command = $SVC a crash=$T/left tell
		backoff_min = 10m
		backoff_max = 1h
	EOF
	echo 2 >"$T/left"
	supd_start
	state a waiting
	supctl reset a
	[ "$(node a attempt)" = 0 ]
}

@test "stop ends the wait of a child, and nobody else reacts (R63)" {
	conf <<-EOF
		[service:a]
		command = $SVC a exit=1
		backoff_min = 10m
		backoff_max = 1h
		$(tellers root b)
	EOF
	supd_start
	all_tell b
	state a waiting
	supctl stop a
	[ "$(node a state)" = stopped ]
	[ "$(node a wanted)" = down ]
	[ "$(node a next_try_s)" = null ]
	[ "$(node b restarts)" = 0 ]
}

@test "a group waits for the delay of the child that failed, down (B4)" {
	conf <<-EOF
		[supervisor:sup]
		strategy = rest_for_one
		$(tellers sup a)
		[service:b]
		supervisor = sup
		command = $SVC b crash=$T/left tell
		backoff_min = 10m
		backoff_max = 1h
		$(tellers sup c)
	EOF
	echo 0 >"$T/left"
	supd_start
	all_tell a b c
	echo 1 >"$T/left"
	crash b
	state b waiting
	[ "$(node a state)" = running ]
	[ "$(node c state)" = stopped ]
	[ "$(node c wanted)" = up ]
	supctl start b
	state c running
}

@test "on_limit = stop leaves the child failed and the others alone (B8)" {
	conf <<-EOF
		[supervisor:root]
		intensity = 1
		$(tellers root a)
		[service:b]
		on_limit = stop
		command = $SVC b exit=1
	EOF
	supd_start
	all_tell a
	state b failed
	[ "$(node root state)" = running ]
	[ "$(node root degraded)" = true ]
	[ "$(node a restarts)" = 0 ]
	# What is left of the count is none: by hand it may run again.
	run supctl start b
	[ "$(node root state)" = running ]
}
