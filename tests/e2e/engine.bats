# The engine is killed, and nobody notices: no service is stopped, restarted or
# started twice, no end is lost or counted twice, and all that was going on
# goes on.

load kit
load tree_kit
load beat_kit

setup()
{
	kit_setup
	BEATS=$T/beats
	mkdir "$BEATS"
	export BEATS
}

teardown()
{
	# A guard that was stopped here is to end like any other.
	[ -z "${supd_pid:-}" ] || kill -CONT "$(guard_pid)" 2>/dev/null || :
	[ -z "${T:-}" ] || kit_teardown
}

# kill_engine: and waits until its successor answers.
kill_engine()
{
	local engine

	engine=$(engine_pid)
	kill -KILL "$engine"
	wait_until gone "$engine"
	wait_until supd_answers
}

# engine_away: there is no engine until engine_back, since the guard, which
# would start one, is held.
engine_away()
{
	local engine

	engine=$(engine_pid)
	kill -STOP "$(guard_pid)"
	kill -KILL "$engine"
	wait_until gone "$engine"
}

engine_back()
{
	kill -CONT "$(guard_pid)"
	wait_until supd_answers
}

# survives KILLS SUPERVISORS EACH QUIET
survives()
{
	local before

	beating "$2" "$3" "$4" | conf
	supd_start --engine-intensity infinity
	supctl wait --for ready $(seq -f 'g%g' 0 $(($2 - 1))) >/dev/null
	before=$(quiet_ones)
	[ "$(jq length <<<"$before")" -eq $(($2 * $4)) ]
	"$KIT_ROOT/tests/e2e/killer.py" "$(guard_pid)" "$SOCK" "$1" \
	    "$BEATS" $(($2 * ($3 - $4)))
	touch "$BEATS/calm"
	wait_until all_calm
	same "$before" "$(quiet_ones)"
	same "" "$(miscounted)"
	numbered
	jq -r '"# \([.nodes[].restarts] | add) services died"' "$T/status" >&3
	supd_stop
	[ "$supd_code" -eq 0 ]
	kit_none_left
}

@test "200 kills at random moments, under 200 services with crashes going on" {
	survives 200 10 20 16
}

@test "the same as PID 1" {
	root_only
	as_pid1
	survives 50 4 10 6
}

# next_try NAME: milliseconds
next_try()
{
	node "$1" next_try_s | awk '{ printf "%d", $1 * 1000 }'
}

@test "a wait for the next try goes on, and is not begun anew" {
	local first second

	conf <<-EOF
		[service:a]
		command = $SVC a exit=1
		backoff_min = 60s
		backoff_max = 60s
		backoff_jitter = 0%
		[service:b]
		command = $SVC b left=$T/go tell
		backoff_min = 2s
		backoff_jitter = 0%
	EOF
	supd_start --engine-intensity infinity
	state a waiting
	state b waiting
	wait_until happened 0 b backoff 2
	kill_engine
	first=$(next_try a)
	kill_engine
	second=$(next_try a)
	echo "$first $second"
	[ "$first" -le 60000 ]
	[ "$second" -lt "$first" ]
	[ "$(node a attempt)" = 2 ]
	touch "$T/go"
	state b running
	# Not before its time.
	events | jq -s -e 'map(select(.node == "b")) |
	    def ms: .time | "\(.[0:19])Z" as $s | ($s | fromdate) * 1000 +
	        (capture("\\.(?<ms>[0-9]+)Z").ms | tonumber);
	    (map(select(.event == "backoff" and .detail.delay_s == 2)) | last | ms)
	        as $begin |
	    (map(select(.event == "starting")) | last | ms) - $begin >= 1990'
}

@test "a service that ignores TERM is killed at its own deadline" {
	conf <<-EOF
		[service:a]
		command = $SVC a ignore=TERM notify=READY=1
		ready = notify
		shutdown = 6s
	EOF
	supd_start
	all_run a
	supctl stop --no-wait a
	state a stopping
	until [ "$(node a since_s | cut -d . -f 1)" -ge 3 ]; do
		sleep 0.1
	done
	kill_engine
	is a state stopping
	state a stopped
	is a last_exit.signal SIGKILL
	# A deadline begun anew would be three seconds later.
	events | jq -s -e 'map(select(.node == "a")) |
	    def ms: .time | "\(.[0:19])Z" as $s | ($s | fromdate) * 1000 +
	        (capture("\\.(?<ms>[0-9]+)Z").ms | tonumber);
	    ((map(select(.event == "kill")) | last | ms) -
	        (map(select(.event == "stopping")) | last | ms)) as $took |
	    $took >= 5990 and $took < 8500'
	is a generation 1
}

@test "what is told while there is no engine is not lost" {
	local pid

	conf <<-EOF
		[supervisor:root]
		start = parallel
		[service:byfd]
		command = $SVC byfd await=$T/go ready=3 tell
		ready = fd:3
		[service:bynotify]
		command = $SVC bynotify await=$T/go notify=READY=1 tell
		ready = notify
		[service:done]
		type = oneshot
		command = $SVC done await=$T/go tell exit=0
		[service:dies]
		command = $SVC dies left=$T/left tell notify=READY=1 await=$T/go left=$T/gone
		ready = notify
		[service:fails]
		restart = temporary
		command = $SVC fails await=$T/go tell exit=7
	EOF
	touch "$T/left"
	supd_start
	state byfd starting
	state bynotify starting
	state done starting
	state dies running
	pid=$(node dies pid)
	engine_away
	touch "$T/go"
	all_tell byfd bynotify done fails
	wait_until gone "$pid"
	touch "$T/gone"
	engine_back
	state byfd running
	state bynotify running
	state done exited
	state dies running
	state fails failed
	is byfd generation 1
	is bynotify generation 1
	is done generation 1
	is dies generation 2
	is dies restarts 1
	is dies last_exit.code 1
	is fails last_exit.code 7
	is fails restarts 0
}

@test "an update that is interrupted comes into force" {
	local keep code=0

	conf <<-EOF
		[service:keep]
		command = $SVC keep tell
		[service:old]
		command = $SVC old linger=$T/go
		shutdown = infinity
	EOF
	supd_start
	all_tell keep old
	keep=$(node keep pid)
	conf <<-EOF
		[service:keep]
		command = $SVC keep tell
		description = the same
		[service:new]
		command = $SVC new tell
	EOF
	supctl update >"$T/said" 2>&1 &
	wait_until has_told old asked
	[ "$(node old state)" = stopping ]
	kill_engine
	wait $! || code=$?
	cat "$T/said"
	[ "$code" -eq 1 ]
	grep -q 'Whether the update was done is not known' "$T/said"
	[ "$(node old state)" = stopping ]
	kill_engine
	# Nobody may come between.
	run supctl update
	[ "$status" -eq 1 ]
	grep -q 'another update is in progress' <<<"$output"
	touch "$T/go"
	wait_until is new state running
	run supctl status old
	[ "$status" -eq 4 ]
	[ "$(node keep pid)" = "$keep" ]
	[ "$(node keep description)" = 'the same' ]
	# A new engine may ask again what the one before it has asked; and the
	# two at the beginning write when they come to it.
	same "$(lines 'keep start' 'old start')" "$(order | head -n 2 | sort)"
	same "$(lines 'old asked' 'old stop' 'new start')" \
	    "$(order | tail -n +3 | uniq)"
	supctl update --json | jq -e '.changes == []'
}

# The tree's services, and the only one of them that each update changes.
update_conf()
{
	conf <<-EOF
		[service:keep]
		command = sleep infinity
		[service:changed]
		command = sleep infinity
		environment = ROUND=$1
		[service:extra$1]
		command = sleep infinity
	EOF
}

@test "updates cut off at random moments: never half a configuration" {
	local i keep

	update_conf 0
	supd_start --engine-intensity infinity
	state root running
	keep=$(node keep pid)
	for i in $(seq 25); do
		update_conf "$i"
		supctl update >/dev/null 2>&1 3>&- &
		sleep "0.0$((RANDOM % 40))"
		kill -KILL "$(engine_pid)"
		wait $! || :
	done
	wait_until supd_answers
	wait_until update_is_possible
	wait_until is changed state running
	wait_until is extra25 state running
	same "$(lines root keep changed extra25)" \
	    "$(supctl --json status | jq -r '.nodes[].name')"
	[ "$(node keep pid)" = "$keep" ]
	tr '\0' '\n' <"/proc/$(node changed pid)/environ" | grep -qx ROUND=25
}

update_is_possible()
{
	supctl update >/dev/null 2>&1
}

@test "hooks that run meanwhile are not run twice" {
	local hook

	conf <<-EOF
		[service:a]
		pre_start = $SVC pre tell await=$T/go exit=0
		command = $SVC a tell
		post_stop = $SVC post tell await=$T/after exit=0
	EOF
	supd_start
	wait_until has_told pre start
	kill_engine
	[ "$(node a state)" = starting ]
	hook=$(node a pid)
	lives "$hook"
	engine_away
	touch "$T/go"
	# The hook ends; nobody hears of it yet.
	wait_until gone "$hook"
	engine_back
	state a running
	all_tell a
	supctl stop --no-wait a
	wait_until has_told post start
	kill_engine
	[ "$(node a state)" = stopping ]
	touch "$T/after"
	state a stopped
	same "$(lines 'pre start' 'a start' 'a stop' 'post start')" "$(order)"
	is a generation 1
}

@test "a file changed on disk, but not by an update, is not in force" {
	local pid

	conf <<-EOF
		[service:a]
		command = $SVC a tell
		environment = WHICH=old
		[service:b]
		command = $SVC b tell
	EOF
	supd_start
	all_tell a b
	pid=$(node b pid)
	conf <<-EOF
		[service:a]
		command = $SVC a tell
		environment = WHICH=new
		[service:b]
		command = what is not there
		[service:c]
		command = $SVC c tell
		[broken
	EOF
	kill_engine
	[ "$(node b pid)" = "$pid" ]
	supctl restart a b
	state b running
	tr '\0' '\n' <"/proc/$(node a pid)/environ" | grep -qx WHICH=old
	run supctl status c
	[ "$status" -eq 4 ]
	run supctl update
	[ "$status" -eq 78 ]
	kill_engine
	[ "$(node b state)" = running ]
}

@test "supctl goes on waiting where that is safe, and says so where not" {
	local code stopping restarting waiting following

	conf <<-EOF
		[service:a]
		command = $SVC a linger=$T/go
		shutdown = infinity
		[service:b]
		command = $SVC b linger=$T/go
		shutdown = infinity
		[service:c]
		autostart = no
		command = $SVC c tell
	EOF
	supd_start
	all_tell a b
	supctl stop a >"$T/stop" 2>&1 &
	stopping=$!
	supctl restart b >"$T/restart" 2>&1 &
	restarting=$!
	supctl wait --for ready c >"$T/wait" 2>&1 &
	waiting=$!
	supctl --json events -f --since 0 >"$T/follow" 2>&1 &
	following=$!
	wait_until has_told a asked
	wait_until has_told b asked
	wait_until grep -q stopping "$T/follow"
	kill_engine
	code=0
	wait "$restarting" || code=$?
	cat "$T/restart"
	[ "$code" -eq 1 ]
	grep -q 'Whether the restart was done is not known' "$T/restart"
	touch "$T/go"
	wait "$stopping"
	[ "$(node a state)" = stopped ]
	state b running
	supctl start c
	wait "$waiting"
	wait_until grep -q '"node": "c".*"ready"' "$T/follow"
	kill "$following"
}

@test "failures that count for the intensity are not forgotten" {
	conf <<-EOF
		[supervisor:root]
		intensity = 2
		period = 1h
		[service:a]
		command = $SVC a tell
		backoff_min = 0
	EOF
	supd_start
	all_tell a
	crash a
	wait_until is a generation 2
	kill_engine
	wait_until told_count 2
	crash a
	wait_until is a generation 3
	kill_engine
	wait_until told_count 3
	crash a
	supd_wait
	[ "$supd_code" -eq 137 ]
}

@test "a shutdown goes on, in order" {
	conf <<-EOF
		[service:a]
		command = $SVC a tell
		[service:b]
		command = $SVC b linger=$T/go
		shutdown = infinity
		[service:c]
		command = $SVC c tell
	EOF
	supd_start
	all_tell a b c
	supd_signal TERM
	wait_until has_told b asked
	kill_engine
	[ "$(node b state)" = stopping ]
	[ "$(node a state)" = running ]
	run supctl start c
	[ "$status" -eq 1 ]
	touch "$T/go"
	supd_wait
	[ "$supd_code" -eq 0 ]
	same "$(lines 'c stop' 'b asked' 'b stop' 'a stop')" "$(told_after 3 | uniq)"
}

@test "a hopeless engine: the guard stops all services and leaves with 70" {
	local i engine

	conf <<-EOF
		[service:a]
		command = $SVC a tell
		[service:b]
		command = $SVC b ignore=TERM fork=2 notify=READY=1
		ready = notify
	EOF
	supd_start
	all_tell a
	all_run b
	for i in $(seq 6); do
		engine=$(engine_pid) || break
		kill -KILL "$engine"
		wait_until gone "$engine"
		wait_until has_engine_or_gives_up
	done
	supd_wait
	[ "$supd_code" -eq 70 ]
	has_told a stop
	kit_none_left
}

has_engine_or_gives_up()
{
	engine_pid >/dev/null || has_told a stop
}

@test "the guard is killed: the engine stops the tree in order and ends" {
	conf <<-EOF
		[service:a]
		command = $SVC a tell
		[supervisor:sup]
		$(tellers sup b c)
		[service:d]
		command = $SVC d ignore=TERM session=2 notify=READY=1
		ready = notify
		shutdown = 500ms
	EOF
	supd_start
	all_tell a b c
	all_run d
	kill -KILL "$(guard_pid)"
	supd_wait
	[ "$supd_code" -eq 137 ]
	wait_until kit_none_left
	same "$(lines 'c stop' 'b stop' 'a stop')" "$(told_after 3)"
	[ ! -e "$SOCK" ]
	# Its place is free.
	supd_start
	[ "$(node a state)" = running ]
}
