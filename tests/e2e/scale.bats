# A thousand services in one tree; and an idle supd, which does nothing.

load kit
load tree_kit

setup()
{
	kit_setup
	mkdir "$T/beats"
}

teardown()
{
	kit_teardown
}

# many SUPERVISOR COUNT FROM
many()
{
	local i

	for ((i = $3; i < $3 + $2; i++)); do
		printf '[service:s%d]\nsupervisor = %s\ncommand = sleep infinity\n' \
		    "$i" "$1"
	done
}

flat()
{
	printf '[supervisor:root]\nstart = parallel\n'
	many root 1000 0
}

grouped()
{
	local g

	printf '[supervisor:root]\nstart = parallel\n'
	for ((g = 0; g < 40; g++)); do
		printf '[supervisor:g%d]\nstrategy = one_for_all\n' "$g"
		many "g$g" 25 $((g * 25))
	done
}

# count STATE: services in that state
count()
{
	supctl --json status | jq --arg s "$1" \
	    '[.nodes[] | select(.kind == "service" and .state == $s)] | length'
}

all_run_in()
{
	[ "$(count running)" -eq "$1" ]
}

# The guard's children but the engine, which is all services there are.
children()
{
	local guard

	guard=$(guard_pid)
	wc -w <"/proc/$guard/task/$guard/children"
}

pids()
{
	supctl --json status | jq -c '[.nodes[] | select(.pid) | [.name, .pid]]'
}

# Private memory that a process has written to, in kB.
dirty_kb()
{
	awk '$1 == "Private_Dirty:" { n += $2 } END { print n }' \
	    "/proc/$1/smaps_rollup"
}

asks()
{
	supctl --json status | jq -e '.nodes | length == 1001' >/dev/null
}

@test "1,000 services below one supervisor" {
	local before small pid

	conf <<-EOF
		[service:one]
		command = sleep infinity
	EOF
	supd_start
	state one running
	small=$(dirty_kb "$(guard_pid)")
	supd_stop
	flat | conf
	supd_launch
	# It is asked while it starts them.
	wait_until asks
	wait_until all_run_in 1000
	[ "$(children)" -eq 1001 ]
	is root state running
	# The guard does not grow with the tree.
	echo "the guard's dirty memory: $small kB, then $(dirty_kb "$(guard_pid)") kB"
	[ "$(dirty_kb "$(guard_pid)")" -le $((small + 64)) ]
	[ "$small" -le 1024 ]
	# One dies and is repaired; no other pid changes.
	before=$(pids)
	pid=$(node s500 pid)
	kill -KILL "$pid"
	wait_until next_pid s500 "$pid"
	jq -n -c --argjson b "$before" --argjson a "$(pids)" \
	    '$a - $b | map(.[0])' >"$T/changed"
	same '["s500"]' "$(cat "$T/changed")"
	[ "$(children)" -eq 1001 ]
	supd_stop
	[ "$supd_code" -eq 0 ]
	kit_none_left
}

@test "1,000 services below 40 supervisors" {
	local before pid

	grouped | conf
	supd_start
	wait_until all_run_in 1000
	before=$(pids)
	# Its group of 25 starts anew, in order; the other 39 do not notice.
	crash s130
	wait_until happened 0 g5 restarting
	supctl wait --for ready g5
	wait_until all_run_in 1000
	jq -n -e --argjson b "$before" --argjson a "$(pids)" \
	    '$a - $b | map(.[0]) == [range(125; 150) | "s\(.)"]'
	supctl --json events --since 0 >"$T/events"
	same "$(seq -f 's%g' 125 149)" "$(jq -r 'select(.event == "starting" and
	    .detail.generation == 2) | .node' "$T/events" | grep '^s')"
	# All below one is stopped in reverse order, and all comes back.
	supctl stop g7
	[ "$(count stopped)" -eq 25 ]
	[ "$(children)" -eq 976 ]
	supctl start g7
	wait_until all_run_in 1000
	supd_stop
	[ "$supd_code" -eq 0 ]
	kit_none_left
}

@test "1,000 of 1,000 crash at once, and all come back" {
	local before

	{
		printf '[supervisor:root]\nstart = parallel\nintensity = infinity\n'
		many root 1000 0
	} | conf
	supd_start
	wait_until all_run_in 1000
	before=$(pids)
	kill -KILL $(jq -r '.[][1]' <<<"$before")
	wait_until_restarted
	jq -n -e --argjson b "$before" --argjson a "$(pids)" \
	    '($a - $b | length) == 1000'
	supctl --json status | jq -e '[.nodes[] | select(.kind == "service")] |
	    all(.restarts == 1 and .generation == 2)'
	supd_stop
	kit_none_left
}

wait_until_restarted()
{
	wait_until all_restarted
}

all_restarted()
{
	supctl --json status | jq -e '[.nodes[] | select(.kind == "service")] |
	    all(.restarts == 1 and .state == "running")' >/dev/null
}

@test "an update of 1,000 services touches only what it changes" {
	local before

	flat | conf
	supd_start
	wait_until all_run_in 1000
	before=$(pids)
	flat | sed '/service:s999/,$d' | sed 's/^\[service:s7\]/&\nnice = 1/' |
	    conf
	printf '[service:new]\ncommand = sleep infinity\n' | kit_write 20-new.conf
	supctl --json update | jq -e '[.changes[] | "\(.change) \(.node)"] |
	    sort == ["added new", "changed s7", "removed s999"]'
	wait_until all_run_in 1000
	jq -n -e --argjson b "$before" --argjson a "$(pids)" \
	    '($a - $b | map(.[0]) | sort) == ["new", "s7"] and
	     ($b - $a | map(.[0]) | sort) == ["s7", "s999"]'
}

@test "an idle supd is idle" {
	flat | conf
	supd_start
	wait_until all_run_in 1000
	stay_quiet "$(guard_pid)" "$(engine_pid)"
}
