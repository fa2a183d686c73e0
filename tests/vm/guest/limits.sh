# Limits by cgroup with every controller, and kills for want of memory. Here
# supd is not the init; what it says goes to the console.

. /tests/kit.sh

none_left()
{
	[ -z "$(find "$CGROUPS" -name 'supd-*')" ]
}

has_all_limits()
{
	is memory.max "$(limit all memory.max)" 67108864 &&
	    is memory.high "$(limit all memory.high)" 50331648 &&
	    is cpu.max "$(limit all cpu.max)" "50000 100000" &&
	    is cpu.weight "$(limit all cpu.weight)" 200 &&
	    is pids.max "$(limit all pids.max)" 20 &&
	    is io.weight "$(limit all io.weight)" "default 300"
}

limits_stand()
{
	wait_until is_up all 1 && has_all_limits
}

limits_are_set_anew()
{
	local old

	old=$(cage all)
	echo 7 >"$old/pids.max"
	echo max >"$old/memory.max"
	kill -KILL "$(node all .pid)"
	wait_until is_up all 2 && has_all_limits || return
	is "the old cgroup" "$(find "$old" -maxdepth 0 2>/dev/null)" ""
}

oom_is_told()
{
	local oom

	wait_until is_up eater 2 || return
	is oom "$(node eater .last_exit.oom)" true &&
	    is signal "$(node eater .last_exit.signal)" SIGKILL &&
	    is kills "$(event eater oom .detail.kills)" 1 &&
	    is pid "$(event eater oom .detail.pid)" \
		"$(event eater failed .detail.pid)" || return
	oom=$(event eater oom .seq)
	is "the cause of the failure" "$(event eater failed .cause)" "$oom" &&
	    is "the cause of the start" "$(event eater starting .cause)" \
		"$(event eater failed .seq)"
}

oom_is_in_words()
{
	has "$(supctl why eater)" "the kernel kills it" &&
	    has "$(supctl why eater)" "for using too much memory" &&
	    has "$(supctl events eater)" "the kernel kills it" &&
	    has "$(supctl history eater)" "the kernel kills it"
}

oom_of_another_is_told()
{
	wait_until is_up mother 2 || return
	is oom "$(node mother .last_exit.oom)" false &&
	    is code "$(node mother .last_exit.code)" 3 &&
	    is kills "$(event mother oom .detail.kills)" 1 &&
	    is pid "$(event mother oom .detail.pid)" null &&
	    is cause "$(event mother failed .cause)" null
}

hook_is_limited()
{
	wait_until is_up hook 2 || return
	is step "$(node hook .last_exit.step)" pre_start &&
	    is oom "$(node hook .last_exit.oom)" true &&
	    is cause "$(event hook failed .cause)" "$(event hook oom .seq)"
}

high_slows_down()
{
	wait_until grew high memory.events high &&
	    is generation "$(node high .generation)" 1 &&
	    is oom_kill \
		"$(sed -n 's/^oom_kill //p' "$(cage high)/memory.events")" 0
}

cpu_is_throttled()
{
	supctl -q start spinner || return
	is cpu.max "$(limit spinner cpu.max)" "20000 100000" &&
	    wait_until grew spinner cpu.stat nr_throttled || return
	supctl -q stop spinner
}

bomb_is_contained()
{
	local i old

	supctl -q start bomb || return
	old=$(cage bomb)
	wait_until grew bomb pids.events max || return
	for i in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(limit bomb pids.current)" -le 20 ] || return
	done
	supctl -q stop bomb
	is "the cgroup of the bomb" "$(find "$old" 2>/dev/null)" ""
}

engine_dies()
{
	local old pid cgroup

	old=$(engine_pid)
	pid=$(node all .pid)
	cgroup=$(cage all)
	kill -KILL "$old"
	wait_until engine_is_new "$old" || return
	is "the pid" "$(node all .pid)" "$pid" &&
	    is "the cgroup" "$(cage all)" "$cgroup" && has_all_limits || return
	# What is eaten now was started by the engine before.
	is "the generation" "$(node late .generation)" 1 || return
	: >/run/late
	wait_until is_up late 2 || return
	is oom "$(node late .last_exit.oom)" true &&
	    is cause "$(event late failed .cause)" "$(event late oom .seq)"
}

nothing_is_left()
{
	supctl -q shutdown
	wait_until gone "/proc/$supd/exe" && wait_until none_left
}

supd -c /tests/limits.conf >/dev/console 2>&1 &
supd=$!
wait_until supctl status >/dev/null
t "every limit stands in the cgroup as it is configured" limits_stand
t "limits are set anew for each start, in another cgroup" limits_are_set_anew
t "a kill for want of memory is the cause of the failure" oom_is_told
t "supctl says in words that it was for want of memory" oom_is_in_words
t "a kill of another process is told, and is no cause" oom_of_another_is_told
t "a hook has the same limits" hook_is_limited
t "memory_high slows down and kills nothing" high_slows_down
t "cpu_max throttles" cpu_is_throttled
t "a fork bomb stops at pids_max, and is gone when stopped" bomb_is_contained
t "limits and kills outlive the engine" engine_dies
t "no cgroup is left in the end" nothing_is_left
