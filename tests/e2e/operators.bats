# What operators ask for.

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

@test "what an operator stopped stays down through group restarts (D1)" {
	conf <<-EOF
		[supervisor:sup]
		strategy = one_for_all
		$(tellers sup a b c)
	EOF
	supd_start
	all_tell a b c
	supctl stop b
	[ "$(node b wanted)" = down ]
	crash a
	wait_until told_count 7
	same "$(lines 'b stop' 'c stop' 'a start' 'c start')" "$(told_after 3)"
	[ "$(node b state)" = stopped ]
	supctl start b
	[ "$(node b state)" = running ]
	[ "$(node b wanted)" = up ]
}

@test "it comes back with its whole supervisor, started by hand" {
	conf <<-EOF
		[supervisor:sup]
		$(tellers sup a b)
	EOF
	supd_start
	all_tell a b
	supctl stop a
	supctl stop sup
	[ "$(node sup state)" = stopped ]
	[ "$(node b state)" = stopped ]
	supctl start sup
	[ "$(node sup state)" = running ]
	[ "$(node a state)" = running ]
	[ "$(node b state)" = running ]
}

@test "a restart by hand is not counted, and moves nobody else" {
	local a b

	conf <<-EOF
		[supervisor:root]
		strategy = one_for_all
		intensity = 0
		$(tellers root a b)
	EOF
	supd_start
	all_tell a b
	a=$(node a pid) b=$(node b pid)
	supctl restart a
	[ "$(node a state)" = running ]
	[ "$(node a pid)" != "$a" ]
	[ "$(node b pid)" = "$b" ]
	[ "$(node root state)" = running ]
}

@test "a restart of a supervisor takes all below it along" {
	conf <<-EOF
		[supervisor:sup]
		$(tellers sup a b)
		$(tellers root c)
	EOF
	supd_start
	all_tell a b c
	supctl restart sup
	all_run a b
	wait_until told_count 7
	same "$(lines 'b stop' 'a stop' 'a start' 'b start')" "$(told_after 3)"
}

@test "a start by hand that fails says so, and is counted by nobody (R66)" {
	conf <<-EOF
		[supervisor:root]
		intensity = 0
		[service:a]
		autostart = no
		command = $SVC a exit=1
		ready = notify
		$(tellers root b)
	EOF
	supd_start
	all_tell b
	[ "$(node a state)" = stopped ]
	[ "$(node a wanted)" = down ]
	run supctl start a
	[ "$status" -eq 1 ]
	[ "$(node root state)" = running ]
	[ "$(node a last_exit.code)" = 1 ]
}
