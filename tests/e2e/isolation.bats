# What a service sees of the machine: namespaces, mounts, filters.

load kit
load tree_kit
load trace_kit

setup()
{
	kit_setup
	mkdir -m 777 "$T/pub"
	SAID=$T/pub/said
}

teardown()
{
	kit_teardown
}

# sees SCRIPT: service a runs that in a shell, with what it says in $SAID, and
# stays. Standard input is more of its configuration.
sees()
{
	printf '%s\n' "$1" "echo end" "exec sleep infinity" >"$T/script"
	chmod 644 "$T/script"
	{
		echo "[service:a]"
		echo "command = sh $T/script"
		echo "log = $SAID"
		cat
	} | conf
	supd_start
	wait_until grep -qx end "$SAID"
}

# Each line of what it said but the last.
said()
{
	sed '$d' "$SAID"
}

ns()
{
	readlink "/proc/$1/ns/$2"
}

@test "private_tmp: /tmp and /var/tmp are empty, writable, and gone with it" {
	root_only
	conf <<-EOF
		[service:a]
		command = sh -c 'ls -A /tmp /var/tmp; cd /tmp; touch mine /var/tmp/mine && stat -c %%a /tmp; echo end; exec sleep 1000'
		user = daemon
		directory = /
		private_tmp = yes
		log = $SAID
	EOF
	supd_start
	wait_until grep -qx end "$SAID"
	same "$(lines /tmp: "" /var/tmp: 1777)" "$(said)"
	[ ! -e /tmp/mine ]
	[ -e "/proc/$(pid_of a)/root/tmp/mine" ]
}

@test "private_network: nothing but lo, which is up" {
	root_only
	sees 'ls /sys/class/net >/dev/null; cut -d : -f 1 /proc/net/dev | tail -n +3; python3 -c "
import socket
s = socket.socket(); s.bind((\"127.0.0.1\", 80)); s.listen()
socket.create_connection((\"127.0.0.1\", 80)); print(\"connected\")"' <<-EOF
		private_network = yes
	EOF
	same "$(lines lo connected)" "$(said | tr -d ' ')"
	[ "$(ns self net)" != "$(ns "$(pid_of a)" net)" ]
}

@test "private_ipc, and nothing else, has a namespace of its own" {
	root_only
	sees 'ipcs -q | grep -c ^0x || :' <<-EOF
		private_ipc = yes
	EOF
	[ "$(ns self ipc)" != "$(ns "$(pid_of a)" ipc)" ]
	[ "$(ns self mnt)" = "$(ns "$(pid_of a)" mnt)" ]
	[ "$(ns self uts)" = "$(ns "$(pid_of a)" uts)" ]
}

@test "hostname is its own" {
	root_only
	was=$(hostname)
	sees hostname <<-EOF
		hostname = host-%n.example
		user = daemon
	EOF
	[ "$(said)" = host-a.example ]
	[ "$(hostname)" = "$was" ]
}

@test "read_only_root: nothing can be changed but what is said" {
	root_only
	mkdir -m 777 "$T/rw" "$T/ro"
	sees "touch $T/ro/x; touch /usr/x; touch $T/pub/x; touch $T/rw/x && echo made; echo x >/dev/null && echo null; echo 5 >/proc/self/oom_score_adj && echo proc" <<-EOF
		read_only_root = yes
		read_write_paths = $T/rw -/no/such/path "$T/pub"
	EOF
	[ "$(grep -c 'Read-only file system' "$SAID")" = 2 ]
	same "$(lines made null proc)" "$(said | grep -v Read-only)"
	[ -e "$T/rw/x" ]
	[ -e "$T/pub/x" ]
	# It is its own view: the machine's is as it was.
	touch "$T/ro/x"
}

@test "read_write_paths does not make writable what was not" {
	root_only
	mkdir -p "$T/rw/inner"
	supd_runner=(env unshare --mount sh -c
	    "mount -t tmpfs -o ro none $T/rw/inner && exec \"\$@\"" sh)
	sees "touch $T/rw/inner/x; touch $T/rw/x && echo made" <<-EOF
		read_only_root = yes
		read_write_paths = $T/rw
	EOF
	[ "$(grep -c 'Read-only file system' "$SAID")" = 1 ]
	grep -qx made "$SAID"
}

@test "inaccessible_paths: neither files nor folders, for root either" {
	root_only
	mkdir "$T/secrets"
	echo secret >"$T/secrets/inside"
	echo secret >"$T/file"
	sees "ls -A $T/secrets; cat $T/secrets/inside; cat $T/file; echo x >$T/file; cd $T/secrets/.. && ls -d secrets" <<-EOF
		inaccessible_paths = $T/secrets $T/file -/no/such/path
	EOF
	not grep -q '^secret$' "$SAID"
	[ "$(grep -c 'No such file' "$SAID")" = 1 ]
	[ "$(grep -ci 'Permission denied' "$SAID")" = 2 ]
	[ "$(cat "$T/file")" = secret ]
}

@test "where supd itself stands is no way below a cover" {
	root_only
	mkdir "$T/secrets"
	echo secret >"$T/secrets/inside"
	cd "$T/secrets"
	sees "pwd; cat inside" <<-EOF
		inaccessible_paths = $T/secrets
	EOF
	not grep -q '^secret$' "$SAID"
}

# A root folder with a shell of its own; static, so it needs nothing else.
chroot_folder()
{
	mkdir -p "$T/root/bin" "$T/root/etc" "$T/root/tmp" "$T/root/proc"
	command -v busybox >/dev/null || skip "needs busybox"
	cp "$(command -v busybox)" "$T/root/bin/sh"
	ln -s sh "$T/root/bin/sleep"
	ln -s sh "$T/root/bin/ls"
	ln -s sh "$T/root/bin/touch"
}

@test "chroot: its root is that folder, and its folder too" {
	root_only
	chroot_folder
	conf <<-EOF
		[service:a]
		command = sh -c 'pwd; ls /; echo end; exec sleep 1000'
		chroot = $T/root
		user = daemon
		log = $SAID
	EOF
	supd_start
	wait_until grep -qx end "$SAID"
	same "$(lines / bin etc proc tmp)" "$(said)"
	[ "$(readlink "/proc/$(pid_of a)/root")" = "$T/root" ]
}

@test "chroot with mounts: all paths are those below it" {
	root_only
	chroot_folder
	conf <<-EOF
		[service:a]
		command = sh -c 'touch /x; touch /etc/x && echo etc; touch /tmp/x && echo tmp; echo end; exec sleep 1000'
		chroot = $T/root
		read_only_root = yes
		read_write_paths = /etc
		private_tmp = yes
		log = $SAID
	EOF
	supd_start
	wait_until grep -qx end "$SAID"
	same "$(lines etc tmp)" "$(said | grep -v Read-only)"
	[ ! -e "$T/root/x" ]
	[ -e "$T/root/etc/x" ]
	[ ! -e "$T/root/tmp/x" ]
}

@test "private_pids: it is the first process there, and sees no other" {
	root_only
	sees 'echo $$; ls /proc | grep -c "^[0-9]"' <<-EOF
		private_pids = yes
	EOF
	# The shell, ls and grep.
	same "$(lines 1 3)" "$(said)"
	pid=$(pid_of a)
	[ "$pid" -gt 1 ]
	grep -qx "NSpid:.$pid.1" "/proc/$pid/status"
	same "$(sed -n 's/^PPid:\t//p' "/proc/$pid/status")" "$(guard_pid)"
	supctl stop a
	[ "$(node a last_exit.signal)" = KILL ] || [ "$(node a last_exit.signal)" = SIGKILL ]
}

@test "private_pids: handled signals reach it, and all goes with it" {
	root_only
	conf <<-EOF
		[service:a]
		command = python3 -c 'import os, signal, sys, time; signal.signal(signal.SIGTERM, lambda *a: sys.exit(3)); os.fork() or (os.setsid(), time.sleep(1000)); os.mkdir("$T/pub/up"); time.sleep(1000)'
		private_pids = yes
		shutdown = 1h
	EOF
	supd_start
	wait_until test -d "$T/pub/up"
	supctl stop a
	[ "$(node a last_exit.code)" = 3 ]
	[ "$(kit_left | grep -vx -e "$(guard_pid)" -e "$(engine_pid)" | wc -l)" = 0 ]
}

@test "private_pids: with an init for programs that have no handler" {
	root_only
	conf <<-EOF
		[service:a]
		command = $SUPD -- sleep 1000
		private_pids = yes
		shutdown = 1h
	EOF
	supd_start
	state a running
	sleeps() { pgrep -P "$(pid_of a)" -x sleep; }
	wait_until sleeps
	supctl stop a
	[ "$(node a last_exit.code)" = 143 ]
}

@test "private_pids: notify and an engine's death" {
	root_only
	conf <<-EOF
		[service:a]
		command = $SVC a tell notify=READY=1
		ready = notify
		private_pids = yes
	EOF
	supd_start
	state a running
	pid=$(pid_of a)
	kill -KILL "$(engine_pid)"
	wait_until supd_answers
	[ "$(pid_of a)" = "$pid" ]
	kill -KILL "$pid"
	wait_until told_count 2
}

@test "what the machine refuses fails that service alone, by name" {
	root_only
	as_nobody
	{
		printf '[supervisor:root]\nstart = parallel\nintensity = 100\n'
		printf '[defaults]\nbackoff_min = 10m\nbackoff_max = 1h\n'
		for key in private_tmp private_network private_pids private_ipc \
		    read_only_root; do
			printf '[service:%s]\ncommand = %s x tell\n%s = yes\n' \
			    $key "$SVC" $key
		done
		printf '[service:hostname]\ncommand = true\nhostname = x\n'
		printf '[service:chroot]\ncommand = true\nchroot = /\n'
		printf '[service:inaccessible_paths]\ncommand = true\n'
		printf 'inaccessible_paths = /srv\n'
		printf '[service:b]\ncommand = %s b tell\n' "$SVC"
	} | conf
	supd_start
	for key in private_tmp private_network private_pids private_ipc \
	    read_only_root hostname chroot inaccessible_paths; do
		state $key waiting
		[ "$(node $key last_exit.step)" = $key ]
		[ "$(node $key last_exit.errno)" = EPERM ]
	done
	all_tell b
	not has_told x start
}

@test "missing paths refuse the start; --check warns of them" {
	root_only
	conf <<-EOF
		[service:a]
		command = $SVC a tell
		read_only_root = yes
		read_write_paths = /no/such/path
		backoff_min = 10m
		backoff_max = 1h
	EOF
	run "$SUPD" --check -c "$CONF"
	[[ $output == *"10-test.conf:4: warning: /no/such/path is not there"* ]]
	supd_start
	state a waiting
	[ "$(node a last_exit.step)" = read_write_paths ]
	[ "$(node a last_exit.errno)" = ENOENT ]
}

rules='rx:/usr rx:/bin rx:/lib rx:-/lib64 r:/etc r:-/proc w:/dev/null'

@test "landlock: what is not named is out of reach, without any rights" {
	root_only
	mkdir "$T/mine" "$T/other"
	echo text >"$T/other/file"
	as_nobody
	sees "cat $T/other/file; ls $T/other; echo y >$T/mine/x && cat $T/mine/x; echo x >$T/pub/x; cat /etc/hostname >/dev/null && echo etc; grep NoNew /proc/self/status" <<-EOF
		landlock = $rules w:$T/mine r:$T/script
	EOF
	[ "$(grep -c 'Permission denied' "$SAID")" = 3 ]
	same "$(lines y etc "NoNewPrivs:	1")" "$(said | grep -v denied)"
	[ ! -e "$T/pub/x" ]
}

@test "landlock holds for root, too, and after its exec" {
	root_only
	mkdir "$T/mine"
	sees "touch $T/mine/x; touch $T/pub/x; mkdir $T/pub/y" <<-EOF
		landlock = $rules r:$T/mine r:$T/script
	EOF
	[ "$(grep -c 'Permission denied' "$SAID")" = 3 ]
	[ ! -e "$T/mine/x" ]
}

@test "landlock is of the service's own view, with a private /tmp" {
	root_only
	conf <<-EOF
		[service:a]
		command = sh -c 'echo x >/tmp/x && cat /tmp/x; echo end; exec sleep 1000'
		directory = /
		private_tmp = yes
		landlock = $rules w:/tmp
		log = $SAID
	EOF
	supd_start
	wait_until grep -qx end "$SAID"
	[ "$(said)" = x ]
}

@test "landlock: a missing path refuses the start" {
	root_only
	conf <<-EOF
		[service:a]
		command = $SVC a tell
		landlock = r:/no/such/path
		backoff_min = 10m
		backoff_max = 1h
	EOF
	run "$SUPD" --check -c "$CONF"
	[[ $output == *"10-test.conf:3: warning: /no/such/path is not there"* ]]
	supd_start
	state a waiting
	[ "$(node a last_exit.step)" = landlock ]
	[ "$(node a last_exit.errno)" = ENOENT ]
}

@test "syscall_filter: who makes a call that is not allowed is killed" {
	conf <<-EOF
		[supervisor:root]
		intensity = 100
		[service:a]
		command = $SVC a tell
		syscall_filter = @system-service
		[service:b]
		command = sh -c 'exec unshare -U true'
		syscall_filter = @system-service
		backoff_min = 10m
		backoff_max = 1h
	EOF
	supd_start
	all_tell a
	state b waiting
	[ "$(node b last_exit.signal)" = SYS ] ||
	    [ "$(node b last_exit.signal)" = SIGSYS ]
	grep -qx "Seccomp:.2" "/proc/$(pid_of a)/status"
	grep -qx "NoNewPrivs:.1" "/proc/$(pid_of a)/status"
	# Nothing of it is supd's.
	grep -qx "Seccomp:.0" "/proc/$(engine_pid)/status"
}

@test "syscall_filter: what is denied fails, and the rest works" {
	sees "unshare -U true; mkdir $T/pub/x && echo made" <<-EOF
		syscall_filter = ~@privileged @debug @keyring
	EOF
	grep -q 'unshare.*Operation not permitted' "$SAID"
	grep -qx made "$SAID"
}

@test "all of it together, in the safe order of system calls" {
	root_only
	command -v strace >/dev/null || skip "needs strace"
	mkdir -m 777 "$T/mine"
	supd_runner=(strace -D -f -qq -o "$T/trace")
	conf <<-EOF
		[service:a]
		command = /bin/sh -c ': >$T/mine/up; exec sleep 1000'
		user = daemon
		directory = /
		bounding_set =
		hostname = a
		private_ipc = yes
		private_network = yes
		private_pids = yes
		read_only_root = yes
		read_write_paths = $T/mine
		inaccessible_paths = /srv
		landlock = $rules w:$T/mine
		syscall_filter = @system-service
	EOF
	supd_start
	wait_until test -e "$T/mine/up"
	trace=$(calls /bin/sh)
	in_order '^setsid' 'CLONE_NEWIPC' 'CLONE_NEWUTS' '^sethostname' \
	    'CLONE_NEWNET' 'CLONE_NEWNS' 'MS_REC.MS_SLAVE' '^mount."proc"' \
	    '^open_tree.*/dev' "^open_tree.*$T/mine" '^mount_setattr' \
	    '^move_mount.*/dev' "^move_mount.*$T/mine" '^close_range' \
	    '^landlock_create_ruleset' '^landlock_add_rule' 'PR_CAPBSET_DROP' \
	    '^setgroups' '^setresgid' '^setresuid' '^capset' '^chdir' \
	    'PR_SET_NO_NEW_PRIVS' '^landlock_restrict_self' '^rt_sigaction' \
	    '^rt_sigprocmask' '^seccomp' '^execve'
	same 1 "$(sed '1,/^seccomp/d' <<<"$trace" | grep -c .)"
}

@test "a hardened service: what it can do, and what it cannot" {
	root_only
	conf <<-EOF
		[service:a]
		command = $SVC a show=$T/pub/show
		user = daemon
		directory = /
		capabilities = cap_net_bind_service
		bounding_set = cap_net_bind_service
		hostname = a
		private_ipc = yes
		private_network = yes
		private_pids = yes
		read_only_root = yes
		read_write_paths = $T/pub
		inaccessible_paths = /srv
		syscall_filter = @system-service
	EOF
	supd_start
	wait_until test -e "$T/pub/show"
	[ "$(jq .pid "$T/pub/show")" = 1 ]
	[ "$(jq -r .status.Seccomp "$T/pub/show")" = 2 ]
	[ "$(jq -r .status.CapBnd "$T/pub/show")" = 0000000000000400 ]
	[ "$(jq -r .status.CapAmb "$T/pub/show")" = 0000000000000400 ]
	same '["0","1","2"]' "$(jq -c '.fds | keys' "$T/pub/show")"
}
