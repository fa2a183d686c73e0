# Somebody sets the clock, by years, to and fro, while supd waits for
# something. What is measured is measured by another clock. Bounds from above
# only tell a jump from a machine that is slow.

. /tests/kit.sh

# On a machine that is swift looking costs time, and waiting does not.
PAUSE_US=400000
SLOW_CS=6000

# Where each test begins.
here()
{
	date -s "2020-01-01 00:00:00" >/dev/null
}

ahead()
{
	date -s "2040-01-01 00:00:00" >/dev/null
}

back()
{
	date -s "2001-01-01 00:00:00" >/dev/null
}

# beats NAME COUNT: it has come so often.
beats()
{
	[ "$(wc -l <"/run/$1")" -ge "$2" ]
}

# jump_between NAME: ahead before one beat that is still to come, and back
# before another.
jump_between()
{
	local n

	wait_until [ -e "/run/$1" ] || return
	n=$(wc -l <"/run/$1")
	wait_until beats "$1" $((n + 1)) || return
	ahead
	wait_until beats "$1" $((n + 2)) || return
	back
	wait_until beats "$1" $((n + 4))
}

# gaps NAME FIRST LEAST_CS: between its beats, from that one on.
gaps()
{
	local at last=""

	tail -n +"$2" "/run/$1" >/run/gaps
	while read -r at; do
		if [ -n "$last" ]; then
			least "a gap of $1" $((at - last)) "$3" &&
			    most "a gap of $1" $((at - last)) "$SLOW_CS" ||
				return
		fi
		last=$at
	done </run/gaps
}

# The second start comes at once, by the rules.
backoff_keeps_time()
{
	here
	jump_between crasher && gaps crasher 2 300
}

is_waiting()
{
	node_is crasher .state waiting
}

next_try_is_near()
{
	local set s

	for set in ahead back; do
		here
		wait_until is_waiting || return
		"$set"
		s=$(node crasher '.next_try_s | ceil')
		# It may just have been started.
		[ "$s" = 0 ] && is_waiting && return 1
		least next_try_s "$s" 0 && most next_try_s "$s" 3 || return
	done
}

probes_keep_time()
{
	here
	jump_between probe && gaps probe 1 190
}

stop_keeps_time()
{
	local set begin

	for set in ahead back; do
		here
		supctl start stubborn >/dev/null || return
		begin=$(now_cs)
		supctl stop --no-wait stubborn >/dev/null
		wait_until node_is stubborn .state stopping || return
		"$set"
		wait_until node_is stubborn .state stopped || return
		begin=$(($(now_cs) - begin))
		least "the time of the stop" "$begin" 400 &&
		    most "the time of the stop" "$begin" "$SLOW_CS" &&
		    is "what ended it" "$(node stubborn .last_exit.signal)" \
			SIGKILL || return
	done
}

# dies NAME: and has been replaced.
dies()
{
	local generation

	generation=$(node "$1" .generation)
	kill -KILL "$(node "$1" .pid)"
	wait_until is_up "$1" $((generation + 1))
}

# How often the supervisor of this name gave up.
given_up()
{
	supctl --json history "$1" |
	    jq '[.events[] | select(.event == "gave_up")] | length'
}

# Twenty years later the first death would be forgotten.
period_does_not_run()
{
	here
	dies counted || return
	ahead
	is "how often it gave up" "$(given_up strict)" 0 || return
	dies counted && is "how often it gave up" "$(given_up strict)" 1
}

# Before the first death, the second would not be later than it.
period_does_not_stand()
{
	local until

	here
	dies forgotten || return
	until=$(($(now_cs) + 300))
	back
	wait_until is_later "$until"
	dies forgotten && is "how often it gave up" "$(given_up lenient)" 0
}

is_later()
{
	[ "$(now_cs)" -gt "$1" ]
}

# It has to ask again, and so looks at the time again, as its engine dies.
wait_keeps_time()
{
	local begin code set

	for set in ahead back; do
		here
		begin=$(now_cs)
		(usleep 500000 && "$set" && kill -KILL "$(engine_pid)") &
		supctl wait --for exited --timeout 3s probed >/dev/null 2>&1
		code=$?
		wait $!
		begin=$(($(now_cs) - begin))
		is "the code of supctl wait" "$code" 124 &&
		    least "its time" "$begin" 300 &&
		    most "its time" "$begin" "$SLOW_CS" || return
	done
}

events_follow_the_clock()
{
	ahead
	dies forgotten || return
	has "$(event forgotten ready .time)" 2040-01-01T || return
	back
	dies forgotten || return
	has "$(event forgotten ready .time)" 2001-01-01T
}

ages_do_not()
{
	ahead
	most "its age" "$(node probed '.since_s | floor')" 600 || return
	back
	least "its age" "$(node probed '.since_s | floor')" 1 &&
	    most "its age" "$(node probed '.since_s | floor')" 600
}

t "backoff keeps its time while the clock is set" backoff_keeps_time
t "the time to the next try is told as it is" next_try_is_near
t "health checks keep their time" probes_keep_time
t "a stop keeps its limit" stop_keeps_time
t "a period does not run with the clock" period_does_not_run
t "a period does not stand still with it" period_does_not_stand
t "supctl wait keeps its time" wait_keeps_time
t "ages do not follow the clock" ages_do_not
t "the times of events do" events_follow_the_clock
supctl shutdown
