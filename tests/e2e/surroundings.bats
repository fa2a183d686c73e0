# What a service finds around itself: each key as the process sees it.

load kit
load tree_kit

setup()
{
	kit_setup
	# Writable for services of any user.
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

see()
{
	jq -r "$1" "$SHOW"
}

@test "a service leads its session and group, and the guard is its parent" {
	shown </dev/null
	[ "$(see .pid)" = "$(node a pid)" ]
	[ "$(see .pgid)" = "$(see .pid)" ]
	[ "$(see .sid)" = "$(see .pid)" ]
	[ "$(see .ppid)" = "$(guard_pid)" ]
	[ "$(see .tty)" = null ]
}

@test "no descriptor is open but 0, 1 and 2" {
	exec 7</dev/null 9</dev/null
	shown </dev/null
	exec 7<&- 9<&-
	same '["0","1","2"]' "$(jq -c '.fds | keys' "$SHOW")"
	[ "$(see '.fds["0"]')" = /dev/null ]
}

@test "ready = fd:N adds that one" {
	conf <<-EOF
		[service:a]
		command = $SVC a show=$SHOW ready=7
		ready = fd:7
	EOF
	supd_start
	wait_until test -e "$SHOW"
	same '["0","1","2","7"]' "$(jq -c '.fds | keys' "$SHOW")"
}

@test "no signal is blocked or ignored, whatever supd was started with" {
	conf <<-EOF
		[service:a]
		command = sh -c 'grep ^Sig /proc/self/status >$SHOW.new; mv $SHOW.new $SHOW; exec sleep infinity'
	EOF
	supd_runner=(env --ignore-signal=HUP,USR1,USR2,PIPE --block-signal=WINCH)
	supd_start
	wait_until test -e "$SHOW"
	grep -q '^SigBlk:.0*$' "$SHOW"
	grep -q '^SigIgn:.0*$' "$SHOW"
}

@test "it knows its name, path, instance, attempt and the socket" {
	conf <<-EOF
		[supervisor:sup]
		[service:w@]
		supervisor = sup
		instances = red
		command = $SVC w show=$SHOW
	EOF
	supd_start
	wait_until test -e "$SHOW"
	[ "$(see .environ.SUPD_NAME)" = w@red ]
	[ "$(see .environ.SUPD_PATH)" = sup/w@red ]
	[ "$(see .environ.SUPD_INSTANCE)" = red ]
	[ "$(see .environ.SUPD_ATTEMPT)" = 0 ]
	[ "$(see .environ.SUPD_SOCKET)" = "$SOCK" ]
	[ "$(see .environ.NOTIFY_SOCKET)" = null ]
}

@test "supctl finds its way from within a service" {
	conf <<-EOF
		[service:a]
		command = sh -c '"$SUPCTL" --json status a >$SHOW.new; mv $SHOW.new $SHOW; exec sleep infinity'
	EOF
	supd_start
	wait_until test -e "$SHOW"
	[ "$(see '.nodes[0].name')" = a ]
}

@test "environment: quotes, references, defaults" {
	OUTSIDE=seen shown <<-'EOF'
		environment = A=1 B="two words" C=${A}${B} D=${NONE:-text} E='$$5'
		 F=${OUTSIDE}
	EOF
	[ "$(see .environ.A)" = 1 ]
	[ "$(see .environ.B)" = "two words" ]
	[ "$(see .environ.C)" = "1two words" ]
	[ "$(see .environ.D)" = text ]
	[ "$(see .environ.E)" = '$5' ]
	[ "$(see .environ.F)" = seen ]
	[ "$(see .environ.OUTSIDE)" = seen ]
}

@test "environment_file: lines, and files that may be missing" {
	cat >"$T/env" <<-'EOF'
		# a comment
		FROM_FILE=yes
		BOTH=file
	EOF
	chmod 644 "$T/env"
	shown <<-EOF
		environment_file = $T/env -$T/none
		environment = BOTH=key
	EOF
	[ "$(see .environ.FROM_FILE)" = yes ]
	[ "$(see .environ.BOTH)" = key ]
}

@test "clear_environment leaves what is configured" {
	OUTSIDE=seen shown <<-EOF
		clear_environment = yes
		environment = E2E_TEST=$T ONLY=this PATH=/usr/bin:/bin
	EOF
	[ "$(see .environ.ONLY)" = this ]
	[ "$(see .environ.OUTSIDE)" = null ]
	[ "$(see .environ.ORDER)" = null ]
	[ "$(see .environ.SUPD_NAME)" = a ]
}

@test "supd's own environment key holds for all, defaults for services" {
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
		environment = ALL=1 WHO=supd
		[defaults]
		environment = WHO=defaults
		umask = 0027
	EOF
	shown </dev/null
	[ "$(see .environ.ALL)" = 1 ]
	[ "$(see .environ.WHO)" = defaults ]
	[ "$(see .umask)" = 0027 ]
}

@test "words of a command are split as a shell does, and no shell is run" {
	conf <<-EOF
		[service:a]
		command = $SVC "a  b" 'show=$SHOW' stay \$\$HOME *.c | \> "it's" 'say "x"' back\\ slash %n %%
	EOF
	supd_start
	wait_until test -e "$SHOW"
	same '["a  b","show='"$SHOW"'","stay","$HOME","*.c","|",">","it'"'"'s","say \"x\"","back slash","a","%"]' \
	    "$(jq -c '.argv[1:]' "$SHOW")"
}

@test "a program without a slash is searched in the service's own PATH" {
	mkdir "$T/bin"
	ln -s "$SVC" "$T/bin/my-very-own"
	conf <<-EOF
		[service:a]
		environment = PATH=$T/bin:/usr/bin:/bin
		command = my-very-own a show=$SHOW
	EOF
	supd_start
	wait_until test -e "$SHOW"
}

@test "directory, umask, nice, oom_score_adj, cpu_affinity" {
	mkdir "$T/pub/home"
	shown <<-EOF
		directory = $T/pub/home
		umask = 0077
		nice = 7
		oom_score_adj = 321
		cpu_affinity = 0
	EOF
	[ "$(see .cwd)" = "$T/pub/home" ]
	[ "$(see .umask)" = 0077 ]
	[ "$(see .nice)" = 7 ]
	[ "$(see .oom_score_adj)" = 321 ]
	same '[0]' "$(jq -c .cpus "$SHOW")"
}

@test "io_priority: classes and levels" {
	conf <<-EOF
		[service:idle]
		command = sleep 1000
		io_priority = idle
		[service:low]
		command = sleep 1000
		io_priority = best-effort:6
	EOF
	supd_start
	state idle running
	state low running
	[ "$(ionice -p "$(pid_of idle)")" = idle ]
	[ "$(ionice -p "$(pid_of low)")" = 'best-effort: prio 6' ]
}

@test "limits: soft and hard, one for both, none" {
	shown <<-EOF
		limit_nofile = 100:200
		limit_core = 0
		limit_fsize = 64M
		limit_stack = 1M:infinity
	EOF
	same '[100,200]' "$(jq -c .limits.nofile "$SHOW")"
	same '[0,0]' "$(jq -c .limits.core "$SHOW")"
	same '[67108864,67108864]' "$(jq -c .limits.fsize "$SHOW")"
	same '[1048576,-1]' "$(jq -c .limits.stack "$SHOW")"
}

@test "a service has supd's own limit of descriptors, not the raised one" {
	local want

	want=$(python3 -c 'import resource as r
print(list(r.getrlimit(r.RLIMIT_NOFILE)))')
	shown </dev/null
	same "$(jq -nc "$want")" "$(jq -c .limits.nofile "$SHOW")"
}

@test "user sets ids, groups and the variables of a login" {
	root_only
	shown <<-EOF
		user = daemon
	EOF
	same "[$(id -u daemon),$(id -u daemon),$(id -u daemon)]" \
	    "$(jq -c .uid "$SHOW")"
	same "[$(id -g daemon),$(id -g daemon),$(id -g daemon)]" \
	    "$(jq -c .gid "$SHOW")"
	[ "$(see .environ.USER)" = daemon ]
	[ "$(see .environ.LOGNAME)" = daemon ]
	[ "$(see .environ.HOME)" = "$(getent passwd daemon | cut -d : -f 6)" ]
	[ "$(see .environ.SHELL)" = "$(getent passwd daemon | cut -d : -f 7)" ]
	# Nothing of root's is left.
	[ "$(see .status.CapEff)" = 0000000000000000 ]
	[ "$(see .status.CapPrm)" = 0000000000000000 ]
	not grep -q ' 0\b' <<<" $(see .status.Groups)"
}

@test "group and groups, by name and by number" {
	root_only
	shown <<-EOF
		user = 65534
		group = daemon
		groups = 4242 adm
	EOF
	[ "$(see '.gid[0]')" = "$(id -g daemon)" ]
	same "$(jq -nc "[4242, $(getent group adm | cut -d : -f 3)] | sort")" \
	    "$(jq -c '.groups | sort' "$SHOW")"
}

@test "hooks run as the same user" {
	root_only
	shown <<-EOF
		user = daemon
		pre_start = $SVC pre show=$T/pub/pre exit=0
	EOF
	same "$(jq -c .uid "$SHOW")" "$(jq -c .uid "$T/pub/pre")"
}

@test "stdin from a file" {
	echo "hello there" >"$T/in"
	conf <<-EOF
		[service:a]
		command = sh -c 'cat >$SHOW.new; mv $SHOW.new $SHOW; exec sleep infinity'
		stdin = $T/in
	EOF
	supd_start
	wait_until test -e "$SHOW"
	[ "$(cat "$SHOW")" = "hello there" ]
}

@test "stdin from a terminal, which becomes the controlling one" {
	local tty holder

	python3 -c '
import os, pty, signal, sys
_, slave = pty.openpty()
with open(sys.argv[1] + ".new", "w") as f:
    f.write(os.ttyname(slave))
os.rename(sys.argv[1] + ".new", sys.argv[1])
signal.pause()' "$T/pty" 3>&- &
	holder=$!
	wait_until test -e "$T/pty"
	tty=$(cat "$T/pty")
	shown <<-EOF
		stdin = tty:$tty
	EOF
	[ "$(see '.fds["0"]')" = "$tty" ]
	[ "$(see .tty)" = /dev/tty ] || [ "$(see .tty)" = "$tty" ]
	supctl stop a
	kill "$holder"
}

@test "log: a path is appended to, for both streams" {
	echo before >"$T/log"
	conf <<-EOF
		[service:a]
		command = sh -c 'echo out; echo err >&2; exec $SVC a tell'
		log = $T/log
	EOF
	supd_start
	all_tell a
	same "$(lines before out err)" "$(cat "$T/log")"
}

@test "log: a new file is nobody else's" {
	umask 0
	conf <<-EOF
		[service:a]
		command = $SVC a say=x tell
		log = $T/%n.log
	EOF
	chmod go-w "$CONF" "$CONF"/*
	supd_start
	all_tell a
	[ "$(stat -c %a "$T/a.log")" = 640 ]
}

@test "log: null and inherit" {
	conf <<-EOF
		[service:a]
		command = $SVC a say=silent-words tell
		log = null
		[service:b]
		command = $SVC b say=loud-words tell
		log = inherit
	EOF
	supd_start
	all_tell a b
	grep -q '^loud-words$' "$OUT"
	not grep -q silent-words "$OUT"
}

@test "as a user without rights" {
	root_only
	as_nobody
	shown <<-EOF
		nice = 3
	EOF
	same '[65534,65534,65534]' "$(jq -c .uid "$SHOW")"
	[ "$(see .nice)" = 3 ]
	[ "$(stat -c %u "$SOCK")" = 65534 ]
	supctl restart a
	supd_stop
	[ "$supd_code" -eq 0 ]
}

@test "a limit that supd may not raise fails the start by name" {
	root_only
	as_nobody
	conf <<-EOF
		[service:a]
		command = $SVC a tell
		limit_nofile = 100000000
		backoff_min = 10m
		backoff_max = 1h
	EOF
	supd_start
	state a waiting
	[ "$(node a last_exit.step)" = limits ]
	[ "$(node a last_exit.errno)" = EPERM ]
	[ ! -e "$ORDER" ]
}
