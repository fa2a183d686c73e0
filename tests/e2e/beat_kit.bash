# Services that die all the time, each start of which is a line in a file of
# $BEATS, so that what supd counted can be held against it.

# beating SUPERVISORS EACH QUIET: so many supervisors of so many services, of
# which QUIET never die and the rest all the time.
beating()
{
	local g i

	cat <<-EOF
		[supervisor:root]
		intensity = infinity
		start = parallel
		[defaults]
		backoff_factor = 1
	EOF
	for ((g = 0; g < $1; g++)); do
		printf '[supervisor:g%d]\nintensity = infinity\nstart = parallel\n' $g
		for ((i = 0; i < $2; i++)); do
			if [ $i -lt "$3" ]; then
				printf '[service:q%d]\n' $((g * $2 + i))
				printf 'command = sleep infinity\n'
			else
				printf '[service:c%d]\n' $((g * $2 + i))
				printf 'command = %s %%n\n' \
				    "$KIT_ROOT/tests/e2e/services/beat"
				# Some are mostly between two lives.
				printf 'backoff_min = %dms\n' $((i % 3 * 50))
			fi
			printf 'supervisor = g%d\n' $g
		done
	done
}

# Name and pid of those that never die.
quiet_ones()
{
	supctl --json status |
	    jq -c '[.nodes[] | select(.name | startswith("q")) |
	        [.name, .pid, .generation, .restarts, .state]]'
}

# All that beat have come to rest: each has found the file, and stays for good,
# and supd knows. In this order: who still beats can end before supd sees it.
all_calm()
{
	local services

	services=$(supctl --json status |
	    jq '[.nodes[] | select(.kind == "service")] | length')
	[ "$(stay | wc -l)" -eq "$services" ] && supctl --json status |
	    jq -e 'all(.nodes[]; .state == "running")' >/dev/null
}

# The pids of the services that stay.
stay()
{
	local pid

	for pid in $(kit_left); do
		! cmp -s <(printf 'sleep\0infinity\0') "/proc/$pid/cmdline" ||
			echo "$pid"
	done
}

# All events from the first on; events() has the newest.
all_events()
{
	supctl --json events --since 0
}

# What a node says of itself against what the services wrote: as many
# generations as starts, as many restarts as deaths. Prints what differs.
miscounted()
{
	supctl --json status >"$T/status"
	all_events >"$T/events"
	(cd "$BEATS" && wc -l c*) | awk '$2 != "total" {
	    printf "{\"name\":\"%s\",\"starts\":%d}\n", $2, $1 }' >"$T/starts"
	jq -n -c --slurpfile status "$T/status" \
	    --slurpfile starts "$T/starts" --slurpfile events "$T/events" '
	    ($starts | map({(.name): .starts}) | add) as $lines |
	    ($events | map(select(.event == "failed" or .event == "exited"))
	        | group_by(.node) | map({(.[0].node): length}) | add) as $ends |
	    ($events | map(select(.event == "starting")) | group_by(.node)
	        | map({(.[0].node): length}) | add) as $starting |
	    $status[0].nodes[] | select(.name | startswith("c")) |
	    {name, generation, restarts, starts: $lines[.name],
	        ends: ($ends[.name] // 0), starting: $starting[.name]} |
	    select(.generation != .starts or .restarts != .starts - 1 or
	        .ends != .starts - 1 or .starting != .starts)'
}

# numbered: the events have each number once, from 1 on.
numbered()
{
	all_events | jq -s -e 'map(.seq) == [range(1; length + 1)]' >/dev/null
}
