# The tree's rules, with real processes: starts, strategies, escalation. The
# numbers are those of OTP's rules (R), backoff's (B) and supd's differences (D).

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

@test "a child starts when the one before it is ready (R7, R8)" {
	conf <<-EOF
		[service:a]
		command = $SVC a await=$T/go notify=READY=1
		ready = notify
		[service:b]
		command = $SVC b
	EOF
	supd_start
	state a starting
	[ "$(node b state)" = stopped ]
	[ "$(node b wanted)" = up ]
	[ "$(node root state)" = starting ]
	touch "$T/go"
	state b running
	state root running
	same "$(lines 'a starting' 'a ready' 'b starting' 'b ready')" \
	    "$(story 0 starting ready | grep -v ^root)"
}

@test "with start = parallel all start at once" {
	conf <<-EOF
		[supervisor:root]
		start = parallel
		[service:a]
		command = $SVC a await=$T/go notify=READY=1
		ready = notify
		[service:b]
		command = $SVC b await=$T/go notify=READY=1
		ready = notify
	EOF
	supd_start
	state a starting
	state b starting
	touch "$T/go"
	state root running
}

@test "a supervisor is ready when all its children are" {
	conf <<-EOF
		[supervisor:sup]
		[service:a]
		supervisor = sup
		command = $SVC a
		[service:b]
		supervisor = sup
		command = $SVC b await=$T/go notify=READY=1
		ready = notify
		[service:c]
		command = $SVC c
	EOF
	supd_start
	state b starting
	[ "$(node sup state)" = starting ]
	[ "$(node c state)" = stopped ]
	touch "$T/go"
	state sup running
	state c running
}

@test "the tree stops in reverse order, inside out, and supd leaves with 0" {
	conf <<-EOF
		$(tellers root a)
		[supervisor:sup]
		$(tellers sup b c)
		$(tellers root d)
	EOF
	supd_start
	all_tell a b c d
	supd_stop
	[ "$supd_code" -eq 0 ]
	same "$(lines 'd stop' 'c stop' 'b stop' 'a stop')" "$(told_after 4)"
}

@test "each is down before the next gets its signal (R37)" {
	conf <<-EOF
		[supervisor:sup]
		$(tellers sup a)
		[service:b]
		supervisor = sup
		command = $SVC b linger=$T/go
		shutdown = infinity
	EOF
	supd_start
	all_tell a b
	supctl stop --no-wait sup
	wait_until has_told b asked
	[ "$(node b state)" = stopping ]
	[ "$(node a state)" = running ]
	[ "$(node sup state)" = stopping ]
	touch "$T/go"
	state sup stopped
	same "$(lines 'b asked' 'b stop' 'a stop')" "$(told_after 2)"
}

@test "one_for_one restarts the failed child alone (R30)" {
	local a b c

	conf <<-EOF
		$(tellers root a b c)
	EOF
	supd_start
	all_tell a b c
	a=$(node a pid) b=$(node b pid) c=$(node c pid)
	crash b
	wait_until next_pid b "$b"
	[ "$(node a pid)" = "$a" ]
	[ "$(node c pid)" = "$c" ]
	[ "$(node b restarts)" = 1 ]
	[ "$(node a restarts)" = 0 ]
	[ "$(node b last_exit.signal)" = SIGKILL ]
}

@test "one_for_all stops the others in reverse and starts all in order (R31)" {
	conf <<-EOF
		[supervisor:sup]
		strategy = one_for_all
		$(tellers sup a b c)
	EOF
	supd_start
	all_tell a b c
	crash b
	wait_until told_count 8
	same "$(lines 'c stop' 'a stop' 'a start' 'b start' 'c start')" \
	    "$(told_after 3)"
	[ "$(events | jq -s 'map(select(.event == "restarting")) |
	    length')" -eq 1 ]
}

@test "rest_for_one takes those after the failed one along (R32)" {
	local a

	conf <<-EOF
		[supervisor:sup]
		strategy = rest_for_one
		$(tellers sup a b c d)
	EOF
	supd_start
	all_tell a b c d
	a=$(node a pid)
	crash b
	wait_until told_count 9
	same "$(lines 'd stop' 'c stop' 'b start' 'c start' 'd start')" \
	    "$(told_after 4)"
	[ "$(node a pid)" = "$a" ]
}

@test "a supervisor below another is one child of its group (R36)" {
	conf <<-EOF
		[supervisor:top]
		strategy = rest_for_one
		$(tellers top a)
		[supervisor:mid]
		supervisor = top
		strategy = one_for_all
		$(tellers mid x y)
		$(tellers top z)
	EOF
	supd_start
	all_tell a x y z
	crash a
	wait_until told_count 11
	same "$(lines 'z stop' 'y stop' 'x stop' 'a start' 'x start' \
	    'y start' 'z start')" "$(told_after 4)"
	crash y
	wait_until told_count 14
	same "$(lines 'x stop' 'x start' 'y start')" "$(told_after 11)"
}

@test "what does not heal climbs to the next supervisor (R70, R71)" {
	local a

	conf <<-EOF
		$(tellers root a)
		[supervisor:sup]
		intensity = 0
		$(tellers sup b c)
	EOF
	supd_start
	all_tell a b c
	a=$(node a pid)
	crash b
	wait_until happened 0 sup gave_up
	wait_until told_count 6
	# c is stopped, then root restarts sup with both.
	same "$(lines 'c stop' 'b start' 'c start')" "$(told_after 3)"
	state sup running
	[ "$(node a pid)" = "$a" ]
	[ "$(node sup restarts)" = 1 ]
}

@test "a group restart is one restart for the intensity (R50, R52)" {
	local pid

	conf <<-EOF
		[supervisor:sup]
		strategy = one_for_all
		intensity = 2
		period = 1h
		restart = temporary
		$(tellers sup a b c)
	EOF
	supd_start
	all_tell a b c
	for _ in 1 2; do
		pid=$(node b pid)
		crash b
		wait_until next_pid b "$pid"
		state sup running
	done
	not happened 0 sup gave_up
	crash b
	wait_until happened 0 sup gave_up
	wait_until is root state running
}

@test "root gives up: supd leaves with the code of the service behind it" {
	conf <<-EOF
		[supervisor:root]
		intensity = 0
		$(tellers root a)
		[service:b]
		command = $SVC b await=$T/go exit=23
	EOF
	supd_start
	all_tell a
	state b running
	touch "$T/go"
	supd_wait
	[ "$supd_code" -eq 23 ]
	same "$(lines 'a start' 'a stop')" "$(order)"
}

@test "giving up through supervisors: 128 and the signal that killed" {
	conf <<-EOF
		[supervisor:root]
		intensity = 0
		[supervisor:one]
		intensity = 0
		[supervisor:two]
		supervisor = one
		intensity = 0
		$(tellers two a)
	EOF
	supd_start
	all_tell a
	crash a
	supd_wait
	[ "$supd_code" -eq 137 ]
}

@test "a group restart revives the finished and drops the temporary (R33, R34)" {
	conf <<-EOF
		[supervisor:sup]
		strategy = one_for_all
		$(tellers sup a)
		[service:once]
		supervisor = sup
		type = oneshot
		command = $SVC once tell exit=0
		[service:temp]
		supervisor = sup
		restart = temporary
		command = $SVC temp tell
		$(tellers sup z)
	EOF
	supd_start
	all_tell a once temp z
	state once exited
	crash a
	wait_until told_count 9
	same "$(lines 'z stop' 'temp stop' 'a start' 'once start' 'z start')" \
	    "$(told_after 4)"
}

@test "a template has its instances at its place" {
	conf <<-EOF
		$(tellers root a)
		[service:w@]
		instances = 3
		command = $SVC w%i tell
		$(tellers root z)
	EOF
	supd_start
	all_tell a w1 w2 w3 z
	same "$(lines a w@1 w@2 w@3 z)" "$(supctl --json status |
	    jq -r '.nodes[] | select(.kind == "service") | .name')"
	supctl stop 'w@2'
	[ "$(node w@2 state)" = stopped ]
	[ "$(node w@1 state)" = running ]
}

@test "every failure has its cause on record, up to the first death" {
	conf <<-EOF
		[supervisor:top]
		strategy = rest_for_one
		[supervisor:low]
		supervisor = top
		intensity = 0
		$(tellers low a)
		$(tellers top z)
	EOF
	supd_start
	all_tell a z
	crash a
	wait_until told_count 5
	state z running
	# From the newest event of z back to the death of a.
	events | jq -s -e '. as $events |
	    (map({key: (.seq | tostring), value: .}) | from_entries) as $all |
	    $events | map(select(.node == "z" and .event == "starting")) |
	    last | [recurse(.cause // empty | tostring | $all[.])] |
	    map("\(.node) \(.event)") |
	    any(. == "a failed") and any(. == "low gave_up")'
}

@test "the numbers of events have no holes" {
	conf <<-EOF
		$(tellers root a b)
	EOF
	supd_start
	all_tell a b
	crash a
	wait_until told_count 3
	events | jq -s -e 'map(.seq) as $s |
	    $s == [range($s[0]; $s[0] + ($s | length))]'
}
