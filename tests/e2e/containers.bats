# supd with a tree in containers as they are: what is missing is said once, and
# everything that can work works.

load kit
load tree_kit

setup()
{
	root_only
	kit_setup
	conf <<-EOC
		[service:a]
		command = $SVC a tell
	EOC
}

teardown()
{
	[ -z "${T:-}" ] || kit_teardown
}

# inside SCRIPT: supd is PID 1, and executed by "$@" at the end of that script.
inside()
{
	supd_runner=(unshare --pid --fork --mount-proc --kill-child -- sh -c
	    "$1" sh)
}

# The service has run, and the end is in order, with 0.
works()
{
	supd_launch
	all_tell a
	supd_stop
	same 0 "$supd_code"
}

# once TEXT: supd said it once.
once()
{
	same 1 "$(grep -c "$1" "$OUT")"
}

@test "any user, with an empty environment" {
	chown -R 54321:54321 "$T"
	inside "exec setpriv --reuid=54321 --regid=54321 --clear-groups \
	    env -i ORDER=$ORDER E2E_TEST=$T PATH=$PATH \"\$@\""
	works
}

@test "all capabilities dropped, no_new_privs" {
	inside 'exec setpriv --bounding-set=-all --inh-caps=-all \
	    --no-new-privs "$@"'
	works
}

@test "8 descriptors at first: services have as many, supd what it needs" {
	inside 'ulimit -Sn 8; exec "$@"'
	supd_start
	all_tell a
	grep -q '^Max open files *8 ' "/proc/$(pid_of a)/limits"
	supd_stop
	same 0 "$supd_code"
}

@test "the folder of the socket cannot be written to: said once, no supctl" {
	kit_write 00-supd.conf <<-EOC
		[supd]
		socket = /proc/nowhere/supd.sock
	EOC
	inside 'exec "$@"'
	works
	once "no control socket"
}

@test "a root file system that is read-only" {
	inside "mount --bind / /mnt && mount -o remount,ro,bind /mnt &&
	    mount --bind $T /mnt$T && mount -t proc proc /mnt/proc &&
	    exec chroot /mnt \"\$@\""
	works
}

@test "no /proc: said once" {
	inside 'mount -t tmpfs none /proc && exec "$@"'
	works
}

@test "another init above it: orphans come to supd all the same" {
	conf <<-EOC
		[service:a]
		command = sh -c '(setsid sleep 0.3 &); sleep 0.1; exec $SVC a tell'
	EOC
	inside '"$@" & trap "kill $!" TERM; wait; wait $!'
	supd_launch
	all_tell a
	not pgrep -x -P "$(guard_pid)" sleep
	kill -TERM "$(guard_pid)"
	supd_wait
	same 0 "$supd_code"
}

@test "a significant service ends the container with its code" {
	conf <<-EOC
		[supervisor:root]
		auto_shutdown = any_significant

		[service:a]
		command = sh -c 'sleep 0.2; exit 33'
		restart = temporary
		significant = yes

		[service:b]
		command = $SVC b tell
	EOC
	inside 'exec "$@"'
	supd_launch
	supd_wait
	same 33 "$supd_code"
}

@test "PID 1 with a tree does not wake up while it is idle" {
	inside 'exec "$@"'
	supd_launch
	all_tell a
	stay_quiet "$(guard_pid)" "$(engine_pid)"
}

# The configuration of a supd below the one that is tested, in $inner.
inner_tree()
{
	mkdir -m 755 "$inner" "$inner/conf.d"
	{
		printf '[supd]\nsocket = %s/supd.sock\n' "$inner"
		cat
	} >"$inner/conf.d/a.conf"
	chmod 644 "$inner/conf.d/a.conf"
}

@test "a filter that lets pidfds be opened but not signalled" {
	local inner=$T/inner

	inner_tree <<-EOC
		cgroup = off
		[service:b]
		command = sh -c '(setsid sleep 1000 &); exec $SVC b tell'
	EOC
	conf <<-EOC
		[service:a]
		command = $SUPD -c $inner/conf.d
		syscall_filter = ~pidfd_send_signal
		ready = after:100ms
	EOC
	supd_start
	all_tell b
	"$SUPCTL" -s "$inner/supd.sock" restart b --timeout 20s 3>&-
	supd_stop
	same 0 "$supd_code"
}

@test "a filter that knows no execveat(2) and no prlimit64(2)" {
	local inner=$T/inner engine

	inner_tree <<-EOC
		[service:b]
		command = $SVC b tell
	EOC
	conf <<-EOC
		[service:a]
		command = $SUPD -c $inner/conf.d
		syscall_filter = ~execveat prlimit64
	EOC
	supd_start
	all_tell b
	# Nor does an engine that takes over need them.
	engine=$(pgrep -P "$(pid_of a)" -f '^supd-engine')
	kill -KILL "$engine"
	wait_until gone "$engine"
	wait_until "$SUPCTL" -s "$inner/supd.sock" restart b 3>&-
	supd_stop
	same 0 "$supd_code"
}

@test "no engine can be made: TERM ends supd even so" {
	chown -R 54321:54321 "$T"
	inside 'exec prlimit --nproc=1 setpriv --reuid=54321 --regid=54321 \
	    --clear-groups "$@"'
	supd_launch
	wait_until grep -q "can't fork the engine" "$OUT"
	supd_signal TERM
	supd_wait
	same 71 "$supd_code"
	once "no engine can be started"
}

@test "a hard limit of 8 descriptors: what is lacking is said" {
	chown -R 54321:54321 "$T"
	inside 'exec setpriv --reuid=54321 --regid=54321 --clear-groups \
	    prlimit --nofile=8 "$@"'
	supd_launch
	supd_wait
	same 71 "$supd_code"
	once "only 8 descriptors are allowed"
	inside 'exec setpriv --reuid=54321 --regid=54321 --clear-groups \
	    prlimit --nofile=40 "$@"'
	works
}

@test "not PID 1, and no subreaper is to be had: said, and the tree runs" {
	local inner=$T/inner

	inner_tree <<-EOC
		[service:b]
		command = $SVC b tell
	EOC
	conf <<-EOC
		[service:a]
		command = $SUPD -c $inner/conf.d
		syscall_filter = ~prctl
	EOC
	supd_launch
	all_tell b
	once "can't become a child subreaper"
	supd_stop
	same 0 "$supd_code"
}

@test "what supd cannot do without is named where it is refused" {
	conf <<-EOC
		[service:a]
		command = $SUPD -c $T/none
		syscall_filter = ~memfd_create
		restart = temporary
		[service:b]
		command = $SUPD -- true
		syscall_filter = ~signalfd4
		restart = temporary
		[service:c]
		command = $SUPD -- true
		syscall_filter = ~waitid
		restart = temporary
	EOC
	supd_launch
	wait_until grep -q "can't set up: memfd_create" "$OUT"
	wait_until grep -q "can't start true: signalfd" "$OUT"
	wait_until grep -q "can't start true: waitid" "$OUT"
	supd_stop
}

@test "reboot(2) is not tried where CAP_SYS_BOOT has been taken away" {
	command -v strace >/dev/null || skip "needs strace"
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers do not like to be traced"
	run strace -f -qq -e trace=reboot -o "$T/trace" \
	    unshare --pid --fork --kill-child "$SUPD" -- sh -c 'exit 5'
	same 5 "$status"
	grep -q 'CAD_OFF.*EINVAL' "$T/trace"
	run strace -f -qq -e trace=reboot -o "$T/trace" \
	    setpriv --bounding-set=-sys_boot \
	    unshare --pid --fork --kill-child "$SUPD" -- sh -c 'exit 5'
	same 5 "$status"
	not grep -q reboot "$T/trace"
}
