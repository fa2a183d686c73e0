# The guard has a fault of its own, and executes itself again: as the same
# process, with all children and all that it keeps.

load kit
load tree_kit
load beat_kit

setup()
{
	[ -z "${SANITIZED:-}" ] || skip "a fault is for the sanitizer to tell"
	kit_setup
	BEATS=$T/beats
	mkdir "$BEATS"
	export BEATS
}

teardown()
{
	[ -z "${T:-}" ] || kit_teardown
}

faults()
{
	grep -c "the guard had a fault" "$OUT" || :
}

# fault: and waits until the guard has said so.
fault()
{
	local before

	before=$(faults)
	"$KIT_ROOT/tests/e2e/fault.py" "$(guard_pid)"
	wait_until eval '[ "$(faults)" -eq '$((before + 1))' ]'
}

# Guard, engine, and the pid and generation of each node.
family()
{
	guard_pid
	engine_pid
	supctl --json status | jq -c '.nodes[] | [.name, .pid, .generation]'
}

@test "a fault of the guard: same guard, same engine, same services" {
	local before

	conf <<-EOF
		[service:a]
		command = $SVC a tell
		[service:b]
		command = $SVC b tell
	EOF
	supd_start
	all_tell a b
	before=$(family)
	fault
	same "$before" "$(family)"
	same supd "$(cat "/proc/$(guard_pid)/comm")"
	# It goes on as the parent of all: of a death...
	kill -KILL "$(pid_of a)"
	wait_until eval '[ "$(node a generation)" -eq 2 ]'
	# ... of the engine's, ...
	kill -KILL "$(engine_pid)"
	wait_until supd_answers
	same 1 "$(node b generation)"
	# ... and it takes signals.
	supd_stop
	same 0 "$supd_code"
}

@test "a fault of the guard as PID 1 takes no container along" {
	root_only
	as_pid1
	conf <<-EOF
		[service:a]
		command = sh -c 'sh -c "sleep 0.1 &" ; exec $SVC a tell'
	EOF
	supd_start
	all_tell a
	fault
	kill -KILL "$(pid_of a)"
	wait_until eval '[ "$(node a generation)" -eq 2 ]'
	wait_until no_zombies
	supd_stop
	same 0 "$supd_code"
}

no_zombies()
{
	! grep -qs '^State:.Z' "/proc/$(guard_pid)"/task/*/status \
	    $(sed 's|[0-9]*|/proc/&/status|g' \
	        "/proc/$(guard_pid)/task/$(guard_pid)/children")
}

@test "no end is lost or counted twice by a fault" {
	local i

	printf '[supervisor:root]\nintensity = infinity\nstart = parallel\n' |
	    kit_write 10-root.conf
	for ((i = 0; i < 24; i++)); do
		printf '[service:c%d]\nbackoff_factor = 1\n' $i
		printf 'backoff_min = %dms\n' $((i % 3 * 50))
		printf 'command = %s %%n\n' "$KIT_ROOT/tests/e2e/services/beat"
	done | conf
	supd_start
	# Five in ten seconds are too many, so there are four.
	for i in 1 2 3 4; do
		wait_until eval '[ "$(cat "$BEATS"/c* | wc -l)" -gt '$((i * 100))' ]'
		fault
	done
	touch "$BEATS/calm"
	wait_until all_calm
	same "" "$(miscounted)"
	numbered
	supd_stop
	same 0 "$supd_code"
}

@test "a second too many: the fault takes its course, the engine ends the tree" {
	local guard before

	conf <<-EOF
		[service:a]
		command = $SVC a tell
	EOF
	supd_start
	all_tell a
	guard=$(guard_pid)
	# As many as it takes for five of them to come within ten seconds.
	while lives "$guard"; do
		before=$(faults)
		"$KIT_ROOT/tests/e2e/fault.py" "$guard" || break
		wait_until eval '! lives '"$guard"' || [ "$(faults)" -gt '"$before"' ]'
	done
	supd_wait
	same 139 "$supd_code"
	[ "$(faults)" -ge 5 ]
	wait_until kit_none_left
	has_told a stop
}

@test "SEGV that somebody sends does nothing" {
	conf <<-EOF
		[service:a]
		command = $SVC a tell
	EOF
	supd_start
	all_tell a
	for signal in SEGV BUS ILL FPE TRAP SYS ABRT; do
		supd_signal $signal
	done
	supd_signal USR1
	wait_until grep -q "tree: a: running" "$OUT"
	same 0 "$(faults)"
	supd_stop
	same 0 "$supd_code"
}
