# Nothing left behind: with a cgroup for each start, and without.

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

# supd's own folder of cgroups, as it told.
folder()
{
	sed -n 's/.*cgroups of their own in //p' "$OUT" | tail -n 1
}

# cgroups NAME: the cgroups of that service's starts.
cgroups()
{
	find "$(folder)" -mindepth 1 -maxdepth 1 -name "$1.*" 2>/dev/null
}

no_cgroups()
{
	[ -z "$(cgroups "$1")" ]
}

with_cgroups()
{
	supd_start "$@" || return
	[ -n "$(folder)" ] || skip "no cgroup2 that can be written to"
}

# without: the configuration says off.
without_cgroups()
{
	kit_write 00-supd.conf <<-END
		[supd]
		socket = $SOCK
		cgroup = off
	END
	supd_start "$@"
}

# left NAME: processes that still bear the service's name, its main one aside.
left()
{
	local pid

	for pid in $(grep -lsz -x -F "SUPD_NAME=$1" /proc/[0-9]*/environ |
	    cut -d / -f 3); do
		grep -qsz -x -F "E2E_TEST=$T" "/proc/$pid/environ" || continue
		lives "$pid" 2>/dev/null && echo "$pid"
	done
}

none_left()
{
	[ -z "$(left "$1")" ]
}

# some_left NAME COUNT
some_left()
{
	[ "$(left "$1" | wc -l)" -eq "$2" ]
}

runaways()
{
	conf <<-EOF
		[service:a]
		command = $SVC a escape=2 session=1 fork=1 notify=READY=1
		ready = notify
	EOF
}

stop_takes_all()
{
	state a running
	some_left a 5
	supctl stop a
	[ "$(node a state)" = stopped ]
	none_left a
}

crash_takes_all()
{
	local before

	state a running
	before=$(left a)
	[ "$(wc -w <<<"$before")" -eq 5 ]
	kill -9 "$(pid_of a)"
	wait_until is a generation 2
	state a running
	for pid in $before; do
		gone "$pid"
	done
	some_left a 5
}

@test "with a cgroup: daemons that ran away are gone after a stop" {
	runaways
	with_cgroups
	stop_takes_all
	no_cgroups a
}

@test "without: daemons that ran away are gone after a stop" {
	runaways
	without_cgroups
	[ -z "$(folder)" ]
	stop_takes_all
}

@test "with a cgroup: they are gone before a crashed service starts again" {
	runaways
	with_cgroups
	crash_takes_all
	[ "$(cgroups a | wc -l)" -eq 1 ]
}

@test "without: they are gone before a crashed service starts again" {
	runaways
	without_cgroups
	crash_takes_all
}

sleepers()
{
	local pid

	for pid in $(kit_left); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sleep ] &&
		    echo "$pid"
	done
}

some_sleep()
{
	[ "$(sleepers | wc -l)" -eq "$1" ]
}

@test "without: what descends from a runaway goes with it, its mark or not" {
	cat >"$T/deep" <<-EOF
		#!/bin/sh
		setsid sh -c 'env -i E2E_TEST=$T setsid sleep 1000 &
		    exec sleep 1000' &
		exec sleep 1000
	EOF
	chmod 755 "$T/deep"
	conf <<-EOF
		[service:a]
		command = $T/deep
	EOF
	without_cgroups
	wait_until some_sleep 3
	supctl stop a
	some_sleep 0
}

bomb()
{
	cat >"$T/bomb" <<-EOF
		#!/usr/bin/python3 -IS
		import os, signal
		for _ in range(8):
		    if os.fork() == 0:
		        os.setsid()
		        while True:
		            if os.fork() != 0:
		                os._exit(0)
		open("$T/bombed", "w").close()
		signal.pause()
	EOF
	chmod 755 "$T/bomb"
	conf <<-EOF
		[service:a]
		command = $T/bomb
		[service:b]
		command = $SVC b tell
	EOF
}

@test "with a cgroup: processes that fork for ever do not outrun the stop" {
	bomb
	with_cgroups
	all_tell b
	wait_until test -e "$T/bombed"
	supctl stop --timeout 60 a
	none_left a
	no_cgroups a
	all_run b
}

@test "with a cgroup: those made within it go along" {
	root_only
	cat >"$T/inner" <<-EOF
		#!/bin/bash
		mkdir -p "\$1/x/y" "\$1/.z"
		( echo "\$BASHPID" >"\$1/x/y/cgroup.procs"; exec sleep 1000 ) &
		touch "$T/made"
		wait
	EOF
	chmod 755 "$T/inner"
	conf <<-EOF
		[service:a]
		command = bash -c 'exec $T/inner "\$(echo $T/here/a.*)"'
	EOF
	with_cgroups
	ln -s "$(folder)" "$T/here"
	supctl restart a
	wait_until test -e "$T/made"
	supctl stop a
	none_left a
	no_cgroups a
}

@test "a stop that an engine began is brought to its end by the next" {
	conf <<-EOF
		[service:a]
		command = $SVC a escape=2 ignore=TERM notify=READY=1
		ready = notify
		shutdown = 2s
	EOF
	with_cgroups
	all_run a
	supctl stop --no-wait a
	state a stopping
	kill -9 "$(engine_pid)"
	state a stopped
	none_left a
	no_cgroups a
	[ "$(folder | wc -l)" -eq 1 ]
	supctl start a
	all_run a
	[ "$(cgroups a | wc -l)" -eq 1 ]
}

@test "a crash while no engine is there leaves nothing either" {
	runaways
	with_cgroups
	state a running
	kill -STOP "$(engine_pid)"
	kill -9 "$(pid_of_main)"
	kill -9 "$(engine_pid)"
	wait_until is a generation 2
	state a running
	some_left a 5
	[ "$(cgroups a | wc -l)" -eq 1 ]
}

# Without asking the engine, which cannot answer.
pid_of_main()
{
	local pid

	for pid in $(left a); do
		[ "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$pid" ] &&
		    [ "$(ps -o ppid= -p "$pid" | tr -d ' ')" = "$supd_pid" ] &&
		    echo "$pid" && return
	done
}

@test "nothing of supd's cgroups is there when it has left" {
	runaways
	with_cgroups
	state a running
	[ -d "$(folder)" ]
	supd_stop
	[ "$supd_code" -eq 0 ]
	[ ! -e "$(folder)" ]
}

@test "nor when the guard gave up on its engine" {
	conf <<-EOF
		[service:a]
		command = sleep 1000
	EOF
	with_cgroups --engine-intensity 1
	state a running
	kill -9 "$(engine_pid)"
	supd_wait
	[ "$supd_code" -eq 70 ]
	[ ! -e "$(folder)" ]
}

@test "cgroup = PATH makes them below that" {
	root_only
	runaways
	kit_write 00-supd.conf <<-END
		[supd]
		socket = $SOCK
		cgroup = supd-e2e-$$/deep
	END
	with_cgroups
	[[ $(folder) == */supd-e2e-$$/deep/supd-* ]]
	stop_takes_all
	supd_stop
	rmdir "$(dirname "$(folder)")" "$(dirname "$(dirname "$(folder)")")"
}

@test "kill_mode = process leaves them, in the cgroup that they had" {
	conf <<-EOF
		[service:a]
		command = $SVC a escape=1 notify=READY=1
		ready = notify
		kill_mode = process
	EOF
	with_cgroups
	state a running
	supctl restart a
	some_left a 3
	[ "$(cgroups a | wc -l)" -eq 2 ]
	supctl stop a
	some_left a 2
	[ "$(cgroups a | wc -l)" -eq 2 ]
	# The next engine waits for their end as well.
	kill -9 "$(engine_pid)"
	wait_until supd_answers
	kill -9 $(left a)
	wait_until no_cgroups a
}

@test "hooks and reload commands are of the cage" {
	cat >"$T/hook" <<-EOF
		#!/bin/sh
		setsid sleep 1000 &
		echo "\$1 \$(sed -n 's/^0:://p' /proc/self/cgroup)" >>"$T/cages"
	EOF
	chmod 755 "$T/hook"
	conf <<-EOF
		[service:a]
		command = $SVC a tell
		pre_start = $T/hook pre
		post_stop = $T/hook post
		reload = $T/hook reload
	EOF
	with_cgroups
	all_tell a
	some_left a 1
	supctl reload a
	wait_until grep -q reload "$T/cages"
	supctl stop a
	none_left a
	no_cgroups a
	grep -q "^pre .*/supd-[0-9a-f]*/a\.[0-9]*-1$" "$T/cages"
	grep -q "^reload .*/a\.[0-9]*-2$" "$T/cages"
	grep -q "^post .*/a\.[0-9]*-3$" "$T/cages"
}

# asker NAME: a service that says "supctl restart NAME" once, and to a file
# what came of that.
asker()
{
	cat >"$T/asker" <<-EOF
		#!/bin/sh
		[ -e "$T/asked" ] && exec sleep 1000
		touch "$T/asked"
		"$SUPCTL" -s "$SOCK" $1 >"$T/answer" 2>&1
		echo "code \$?" >>"$T/answer"
		exec sleep 1001
	EOF
	chmod 755 "$T/asker"
	conf <<-EOF
		[supervisor:web]
		[service:a]
		supervisor = web
		command = $T/asker
		shutdown = ${2:-10s}
	EOF
}

answered()
{
	grep -q '^code' "$T/answer" 2>/dev/null ||
	    grep -q 'a' "$T/answer" 2>/dev/null
}

@test "with a cgroup: a service that has itself restarted hears the answer" {
	asker "restart a"
	with_cgroups
	wait_until is a generation 2
	state a running
	cat "$T/answer"
	answered
	[ "$(node a restarts)" = 0 ]
}

@test "without: a service that has itself restarted hears the answer" {
	asker "restart web" brutal_kill
	without_cgroups
	wait_until is a generation 2
	state a running
	cat "$T/answer"
	answered
}

@test "status counts what is in the cgroup" {
	runaways
	with_cgroups
	state a running
	[ "$(node a processes)" -eq 5 ]
	[ "$(node a cpu_s)" != null ]
}

@test "readiness may be told by a process that left the session" {
	cat >"$T/teller" <<-EOF
		#!/bin/sh
		setsid $SVC a notify=READY=1 &
		exec sleep 1000
	EOF
	chmod 755 "$T/teller"
	conf <<-EOF
		[service:a]
		command = $T/teller
		ready = notify
	EOF
	with_cgroups
	state a running
}

@test "without: a limit that cannot be set keeps that service from running" {
	conf <<-EOF
		[supervisor:sup]
		intensity = infinity
		[service:a]
		supervisor = sup
		command = $SVC a tell
		memory_max = 64M
		pre_start = touch $T/hook
		[service:b]
		supervisor = sup
		command = $SVC b tell
	EOF
	without_cgroups
	wait_until is a last_exit.step cgroup
	[ "$(node a last_exit.errno)" != null ]
	grep -q 'a: cannot set memory.max of its cgroup' "$OUT"
	[ ! -e "$T/hook" ]
	not grep -qs '^a' "$ORDER"
}

@test "with a cgroup: limits are set, or the service does not run" {
	conf <<-EOF
		[supervisor:sup]
		intensity = infinity
		start = parallel
		[service:a]
		supervisor = sup
		command = $SVC a tell
		pids_max = 20
		[service:b]
		supervisor = sup
		command = $SVC b tell
	EOF
	with_cgroups
	all_tell b
	if grep -q pids "$(dirname "$(folder)")/cgroup.controllers"; then
		all_tell a
		[ "$(cat "$(cgroups a)/pids.max")" = 20 ]
	else
		grep -q 'not to be had.* pids' "$OUT"
		wait_until is a last_exit.step cgroup
		not grep -qs '^a' "$ORDER"
	fi
}

@test "a user without rights does without, and is told so" {
	root_only
	runaways
	as_nobody
	supd_start
	state a running
	grep -q "no cgroups" "$OUT"
	stop_takes_all
}
