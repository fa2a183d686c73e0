# What a service may do: /proc/PID/status of real services.

load kit
load tree_kit
load trace_kit

setup()
{
	kit_setup
	mkdir -m 777 "$T/pub"
	SHOW=$T/pub/show
}

teardown()
{
	kit_teardown
}

# The configuration of service a is standard input; waits until it has shown
# what it sees.
shown()
{
	{
		echo "[service:a]"
		echo "command = $SVC a show=$SHOW"
		cat
	} | conf
	supd_start
	wait_until test -e "$SHOW"
}

# sets INHERITABLE PERMITTED EFFECTIVE BOUNDING AMBIENT, as numbers.
sets()
{
	same "$(printf '%016x\n' "$@")" "$(jq -r \
	    '.status | .CapInh, .CapPrm, .CapEff, .CapBnd, .CapAmb' "$SHOW")"
}

bounding()
{
	echo "0x$(sed -n 's/^CapBnd:\t//p' /proc/self/status)"
}

status()
{
	jq -r ".status.$1" "$SHOW"
}

net=0x400
raw=0x2000

@test "a user with one capability has that and no other" {
	root_only
	shown <<-EOF
		user = daemon
		capabilities = cap_net_bind_service
	EOF
	sets $net $net $net "$(bounding)" $net
	[ "$(status NoNewPrivs)" = 0 ]
}

@test "with it a user listens on a low port" {
	root_only
	conf <<-EOF
		[service:a]
		command = python3 -c 'import os, socket, time; s = socket.socket(); s.bind(("127.0.0.1", 81)); os.mkdir("$T/pub/bound"); time.sleep(1000)'
		user = daemon
		capabilities = cap_net_bind_service
		no_new_privs = yes
	EOF
	supd_start
	wait_until test -d "$T/pub/bound"
}

@test "root with capabilities has them alone" {
	root_only
	shown <<-EOF
		capabilities = cap_net_bind_service cap_net_raw
		bounding_set = cap_net_bind_service cap_net_raw cap_kill
		no_new_privs = yes
	EOF
	sets $((net | raw)) $((net | raw)) $((net | raw)) \
	    $((net | raw | 0x20)) $((net | raw))
	[ "$(status NoNewPrivs)" = 1 ]
	same '[0,0,0]' "$(jq -c .uid "$SHOW")"
}

@test "without a key root keeps what supd has, and inherits nothing" {
	root_only
	supd_runner=(setpriv --inh-caps=+net_raw,+kill --)
	shown </dev/null
	sets 0 "$(bounding)" "$(bounding)" "$(bounding)" 0
}

@test "in a container with few capabilities" {
	root_only
	supd_runner=(setpriv
	    --bounding-set=-all,+setuid,+setgid,+setpcap,+net_raw,+kill --)
	conf <<-EOF
		[service:a]
		command = $SVC a show=$SHOW
		user = daemon
		capabilities = cap_net_raw
		bounding_set = cap_net_raw
		[service:b]
		command = $SVC b show=$T/pub/b
	EOF
	supd_start
	wait_until test -e "$SHOW"
	sets $raw $raw $raw $raw $raw
	SHOW=$T/pub/b
	wait_until test -e "$SHOW"
	sets 0 0x21e0 0x21e0 0x21e0 0
}

@test "what supd does not have is an error of the configuration" {
	root_only
	supd_runner=(setpriv --bounding-set=-net_raw --)
	conf <<-EOF
		[service:a]
		command = $SVC a
		capabilities = cap_kill cap_net_raw
	EOF
	run "${supd_runner[@]}" "$SUPD" --check -c "$CONF"
	[ "$status" -ne 0 ]
	[[ $output == *"10-test.conf:3: bad capabilities"*"supd itself does not have cap_net_raw"* ]]
}

@test "as a user without rights" {
	root_only
	as_nobody
	shown <<-EOF
		capabilities =
		no_new_privs = yes
	EOF
	sets 0 0 0 "$(bounding)" 0
	[ "$(status NoNewPrivs)" = 1 ]
}

@test "what cannot be set refuses the start by name" {
	root_only
	as_nobody
	conf <<-EOF
		[supervisor:root]
		start = parallel
		[defaults]
		backoff_min = 10m
		backoff_max = 1h
		[service:a]
		command = $SVC a tell
		bounding_set = cap_kill
		[service:b]
		command = $SVC b tell
		securebits = noroot noroot-locked
		[service:c]
		command = $SVC c tell
	EOF
	supd_start
	state a waiting
	state b waiting
	[ "$(node a last_exit.step)" = bounding_set ]
	[ "$(node a last_exit.errno)" = EPERM ]
	[ "$(node b last_exit.step)" = securebits ]
	all_tell c
	not has_told a start
	not has_told b start
}

@test "hooks have the same rights" {
	root_only
	shown <<-EOF
		user = daemon
		capabilities = cap_net_raw
		pre_start = $SVC pre show=$T/pub/pre exit=0
	EOF
	SHOW=$T/pub/pre
	sets $raw $raw $raw "$(bounding)" $raw
}

@test "the guard has three capabilities effective, and each engine all" {
	root_only
	shown </dev/null
	grep -qx "CapEff:.0000000000080022" "/proc/$(guard_pid)/status"
	grep -qx "CapEff:.$(bounding | cut -c 3-)" "/proc/$(engine_pid)/status"
	kill -KILL "$(engine_pid)"
	wait_until supd_answers
	grep -qx "CapEff:.$(bounding | cut -c 3-)" "/proc/$(engine_pid)/status"
}

@test "the order of system calls from birth to exec" {
	root_only
	command -v strace >/dev/null || skip "needs strace"
	supd_runner=(strace -D -f -qq -o "$T/trace")
	shown <<-EOF
		user = daemon
		directory = $T/pub
		limit_core = 0
		capabilities = cap_net_raw
		bounding_set = cap_net_raw cap_kill
		securebits = noroot
		no_new_privs = yes
	EOF
	trace=$(calls "$SVC")
	in_order '^setsid' '^openat.*/dev/null' '^close_range' '^prlimit64' \
	    'PR_CAPBSET_DROP' 'PR_SET_SECUREBITS' 'PR_SET_KEEPCAPS, 1' \
	    '^setgroups' '^setresgid' '^setresuid' '^capset' \
	    'PR_CAP_AMBIENT_RAISE' '^chdir' 'PR_SET_NO_NEW_PRIVS' \
	    '^rt_sigaction' '^rt_sigprocmask' '^execve'
	# Nothing else is done after no_new_privs than what is for signals.
	not grep -vE '^(rt_sigaction|rt_sigprocmask|execve)' \
	    <<<"$(sed '1,/PR_SET_NO_NEW_PRIVS/d' <<<"$trace")"
	[ "$(grep -c PR_CAPBSET_DROP <<<"$trace")" -ge 30 ]
}
