# Bad configurations, each with what is said of it, and good ones.

setup()
{
	SUPD=${SUPD:-${BUILD:-$PWD/build}/bin/supd}
	T=$(mktemp -d /tmp/supd-conf.XXXXXX)
	cd "$T"
	umask 022
	PATH=/usr/sbin:/usr/bin:/sbin:/bin
}

teardown()
{
	cd /
	rm -rf "$T"
}

# Standard input, as a configuration, is refused, and these lines are all that
# is said: each argument is LINE: MESSAGE.
refused()
{
	local line expected=

	cat >bad.conf
	for line; do
		expected+="bad.conf:$line"$'\n'
	done
	expected+="the configuration is bad: $# error$([ $# -eq 1 ] || echo s)"
	run "$SUPD" --check -c bad.conf
	if [ "$output" != "$expected" ]; then
		diff <(echo "$expected") <(echo "$output") || :
		return 1
	fi
	[ "$status" -eq 78 ]
}

# Standard input is good, and the warnings are those.
warned()
{
	local line expected=

	cat >good.conf
	for line; do
		expected+="good.conf:$line"$'\n'
	done
	run "$SUPD" --check -c good.conf
	if [ "$(head -n -1 <<<"$output")" != "${expected%$'\n'}" ]; then
		diff <(echo "$expected") <(echo "$output") || :
		return 1
	fi
	[ "$status" -eq 0 ]
}

@test "refused: a key that does not exist" {
	refused "2: unknown key 'comand' in [service:web]; did you mean 'command'?" <<-'EOF'
		[service:web]
		comand = x
		command = true
	EOF
}

@test "refused: a key that is like no other" {
	refused "3: unknown key 'frobnicate' in [service:web]" <<-'EOF'
		[service:web]
		command = true
		frobnicate = 1
	EOF
}

@test "refused: a key of a later version" {
	refused "3: unknown key 'log_rate' in [service:web]" <<-'EOF'
		[service:web]
		command = true
		log_rate = 5/s
	EOF
}

@test "refused: a key in the wrong section" {
	refused "3: key 'strategy' has no meaning in [service:web]; it belongs in [supervisor:NAME]" <<-'EOF'
		[service:web]
		command = true
		strategy = one_for_all
	EOF
}

@test "refused: a parent's key at root" {
	refused "2: key 'restart' has no meaning in [supervisor:root], which has no parent" <<-'EOF'
		[supervisor:root]
		restart = permanent
	EOF
}

@test "refused: a key twice in a section" {
	refused "3: key 'command' given twice in [service:web]; it stands in line 2 already" <<-'EOF'
		[service:web]
		command = true
		command = false
	EOF
}

@test "refused: a section that does not exist" {
	refused '1: unknown section [program:web]; there are [supd], [defaults], [supervisor:NAME], [service:NAME] and [service:NAME@]' <<-'EOF'
		[program:web]
		command = true
	EOF
}

@test "refused: a section misspelt" {
	refused '1: unknown section [servce:web]; did you mean [service:web]?' <<-'EOF'
		[servce:web]
		command = true
	EOF
}

@test "refused: a section twice" {
	refused '3: section [service:web] given twice; it stands in bad.conf:1 already' <<-'EOF'
		[service:web]
		command = true
		[service:web]
	EOF
}

@test "refused: a name twice" {
	refused '3: [supervisor:web]: the name is taken by [service:web] in bad.conf:1' <<-'EOF'
		[service:web]
		command = true
		[supervisor:web]
	EOF
}

@test "refused: a service named root" {
	refused "1: [service:root]: 'root' is the name of the root supervisor" <<-'EOF'
		[service:root]
		command = true
	EOF
}

@test "refused: a name with a bad character" {
	refused "1: [service:-web]: '-web' is no name: 1 to 63 of A-Z a-z 0-9 . _ @ : + -, a letter or digit first" <<-'EOF'
		[service:-web]
		command = true
	EOF
}

@test "refused: a section without a name" {
	refused '1: [service:]: the name is missing' <<-'EOF'
		[service:]
		command = true
	EOF
}

@test "refused: a section that is not closed" {
	refused "1: ']' is missing" <<-'EOF'
		[service:web
		command = true
	EOF
}

@test "refused: text behind a section" {
	refused "1: 'command = true' stands behind the section's ']'" <<-'EOF'
		[service:web] command = true
	EOF
}

@test "refused: a key before any section" {
	refused "1: 'command' stands before the first [section]" <<-'EOF'
		command = true
	EOF
}

@test "refused: a line that is neither section nor key" {
	refused "3: 'sleep 5' is neither a [section] nor 'key = value'" <<-'EOF'
		[service:web]
		command = true
		sleep 5
	EOF
}

@test "refused: no command" {
	refused '1: [service:web] has no command' <<-'EOF'
		[service:web]
		description = nothing
	EOF
}

@test "refused: an empty command" {
	refused "2: bad command '' in [service:web]: a service needs a program to run" <<-'EOF'
		[service:web]
		command = ; nothing
	EOF
}

@test "refused: a quote that is not closed" {
	refused "2: bad command 'sh -c 'echo hello' in [service:web]: the quote ' is not closed" <<-'EOF'
		[service:web]
		command = sh -c 'echo hello
	EOF
}

@test "refused: a variable that is not closed" {
	refused "2: bad command 'echo \${HOME' in [service:web]: '\${' without its '}'; \$\$ is a dollar sign" <<-'EOF'
		[service:web]
		command = echo ${HOME
	EOF
}

@test "refused: a variable that is none" {
	refused "2: bad command 'echo \${HOME%%/*}' in [service:web]: '\${HOME%/*}' is no variable; write \${NAME} or \${NAME:-default}, and \$\$ for a dollar sign" <<-'EOF'
		[service:web]
		command = echo ${HOME%%/*}
	EOF
}

@test "refused: a percent sign alone" {
	refused "2: bad command 'date +%H' in [service:web]: '%' is followed by neither n, p, i nor %; %% is a percent sign" <<-'EOF'
		[service:web]
		command = date +%H
	EOF
}

@test "refused: an instance outside of a template" {
	refused "2: bad command 'echo %i' in [service:web]: %i has a meaning in templates only, and 'web' is none" <<-'EOF'
		[service:web]
		command = echo %i
	EOF
}

@test "refused: instances outside of a template" {
	refused "3: key 'instances' has no meaning in [service:web]; it belongs in a template [service:NAME@]" <<-'EOF'
		[service:web]
		command = true
		instances = 3
	EOF
}

@test "refused: an instance's name that is none" {
	refused "3: bad instances 'a/b' in [service:web@]: 'web@a/b' can't be an instance's name: A-Z a-z 0-9 . _ : + - may stand in it" <<-'EOF'
		[service:web@]
		command = true
		instances = a/b
	EOF
}

@test "refused: an unknown parent" {
	refused "3: bad supervisor 'fornt' in [service:web]: there is no such supervisor; did you mean 'front'?" <<-'EOF'
		[supervisor:front]
		[service:web]
		supervisor = fornt
		command = true
	EOF
}

@test "refused: a parent that is a service" {
	refused "4: bad supervisor 'db' in [service:web]: that is a service, not a supervisor" <<-'EOF'
		[service:db]
		command = true
		[service:web]
		supervisor = db
		command = true
	EOF
}

@test "refused: supervisors in a circle" {
	refused "2: bad supervisor 'b' in [supervisor:a]: supervisors in a circle: a below b below a" <<-'EOF'
		[supervisor:a]
		supervisor = b
		[supervisor:b]
		supervisor = a
	EOF
}

@test "refused: a strategy that does not exist" {
	refused "2: bad strategy 'simple_one_for_one' in [supervisor:s]: it is one_for_one, one_for_all or rest_for_one" <<-'EOF'
		[supervisor:s]
		strategy = simple_one_for_one
	EOF
}

@test "refused: an intensity beyond the limit" {
	refused "2: bad intensity '1001' in [supervisor:s]: it is a number from 0 to 1000, or infinity" <<-'EOF'
		[supervisor:s]
		intensity = 1001
	EOF
}

@test "refused: a period of nothing" {
	refused "2: bad period '0s' in [supervisor:s]: it must be longer than 0" <<-'EOF'
		[supervisor:s]
		period = 0s
	EOF
}

@test "refused: a time that is none" {
	refused "3: bad backoff_max 'soon' in [service:web]: a time is 250ms, 5s, 2m, 1h30m, 1d, or a number of seconds" <<-'EOF'
		[service:web]
		command = true
		backoff_max = soon
	EOF
}

@test "refused: an endless time where there must be an end" {
	refused "3: bad backoff_max 'infinity' in [service:web]: it can't be infinite" <<-'EOF'
		[service:web]
		command = true
		backoff_max = infinity
	EOF
}

@test "refused: a boolean that is none" {
	refused "3: bad autostart 'perhaps' in [service:web]: it is yes or no" <<-'EOF'
		[service:web]
		command = true
		autostart = perhaps
	EOF
}

@test "refused: a restart type that does not exist" {
	refused "3: bad restart 'always' in [service:web]: it is permanent, transient or temporary" <<-'EOF'
		[service:web]
		command = true
		restart = always
	EOF
}

@test "refused: a signal that does not exist" {
	refused "3: bad stop_signal 'SIGFOO' in [service:web]: a signal is TERM, SIGTERM, 15, or RTMIN+3" <<-'EOF'
		[service:web]
		command = true
		stop_signal = SIGFOO
	EOF
}

@test "refused: an exit code that does not exist" {
	refused "3: bad success '0 256' in [service:web]: '256' is neither an exit code (0 to 255) nor a signal's name" <<-'EOF'
		[service:web]
		command = true
		success = 0 256
	EOF
}

@test "refused: a readiness that does not exist" {
	refused "3: bad ready 'fd:1' in [service:web]: the descriptor of fd:N is a number from 3 to 1023" <<-'EOF'
		[service:web]
		command = true
		ready = fd:1
	EOF
}

@test "refused: a daemon that would be ready at its end" {
	refused "3: bad ready 'exit' in [service:web]: only a oneshot is ready when it ends" <<-'EOF'
		[service:web]
		command = true
		ready = exit
	EOF
}

@test "refused: a oneshot that would be ready before its end" {
	refused "4: bad ready 'notify' in [service:web]: a oneshot is ready when it ends: ready = exit" <<-'EOF'
		[service:web]
		command = true
		type = oneshot
		ready = notify
	EOF
}

@test "refused: a significant child that is permanent" {
	refused "5: bad significant 'yes' in [service:web]: a permanent child never ends for good; restart = transient or temporary goes with it" <<-'EOF'
		[supervisor:root]
		auto_shutdown = any_significant
		[service:web]
		command = true
		significant = yes
	EOF
}

@test "refused: a significant child without auto_shutdown" {
	refused "4: bad significant 'yes' in [service:web]: supervisor 'root' has auto_shutdown = never, so nothing would come of it" <<-'EOF'
		[service:web]
		command = true
		restart = transient
		significant = yes
	EOF
}

@test "refused: on_limit below the wrong strategy" {
	refused "6: bad on_limit 'stop' in [service:web]: only below a one_for_one supervisor, and 's' is one_for_all" <<-'EOF'
		[supervisor:s]
		strategy = one_for_all
		[service:web]
		supervisor = s
		command = true
		on_limit = stop
	EOF
}

@test "refused: endless restarts without a pause" {
	refused "6: bad backoff_max '100ms' in [service:web]: supervisor 's' has intensity = infinity, so it must be 1s or longer" <<-'EOF'
		[supervisor:s]
		intensity = infinity
		[service:web]
		supervisor = s
		command = true
		backoff_max = 100ms
	EOF
}

@test "refused: a user that does not exist" {
	refused "3: bad user '0x0' in [service:web]: there is no user '0x0'" <<-'EOF'
		[service:web]
		command = true
		user = 0x0
	EOF
}

@test "refused: no user" {
	refused "3: bad user '' in [service:web]: there is no user ''" <<-'EOF'
		[service:web]
		command = true
		user =
	EOF
}

@test "refused: a group that does not exist" {
	refused "3: bad group 'no-such-group' in [service:web]: there is no group 'no-such-group'" <<-'EOF'
		[service:web]
		command = true
		group = no-such-group
	EOF
}

@test "refused: an environment that is none" {
	refused "3: bad environment 'A=1 B' in [service:web]: 'B' is not NAME=value" <<-'EOF'
		[service:web]
		command = true
		environment = A=1 B
	EOF
}

@test "refused: a file of variables that is missing" {
	refused "3: bad environment_file '/no/such.env' in [service:web]: /no/such.env: can't be read: No such file or directory" <<-'EOF'
		[service:web]
		command = true
		environment_file = /no/such.env
	EOF
}

@test "refused: a soft limit above the hard one" {
	refused "3: bad limit_nofile '2048:1024' in [service:web]: the soft limit is above the hard limit" <<-'EOF'
		[service:web]
		command = true
		limit_nofile = 2048:1024
	EOF
}

@test "refused: a size that is none" {
	refused "3: bad limit_core '1MB' in [service:web]: it is a size, as 512K, 64M, 2G, or a number of bytes, or infinity; or two of them, as soft:hard" <<-'EOF'
		[service:web]
		command = true
		limit_core = 1MB
	EOF
}

@test "refused: a umask that is not octal" {
	refused "3: bad umask '088' in [service:web]: it is octal, from 0 to 0777" <<-'EOF'
		[service:web]
		command = true
		umask = 088
	EOF
}

@test "refused: a nice value out of range" {
	refused "3: bad nice '20' in [service:web]: it is a number from -20 to 19" <<-'EOF'
		[service:web]
		command = true
		nice = 20
	EOF
}

@test "refused: a processor that can't be" {
	refused "3: bad cpu_affinity '3-1' in [service:web]: processors are numbers and ranges up to 1023, as 0-3 7" <<-'EOF'
		[service:web]
		command = true
		cpu_affinity = 3-1
	EOF
}

@test "refused: an io_priority that does not exist" {
	refused "3: bad io_priority 'high' in [service:web]: it is realtime, best-effort (both with a level 0 to 7, as best-effort:4) or idle" <<-'EOF'
		[service:web]
		command = true
		io_priority = high
	EOF
}

@test "refused: a log that does not exist" {
	refused "3: bad log 'file' in [service:web]: it is inherit, null, or a path that begins with /" <<-'EOF'
		[service:web]
		command = true
		log = file
	EOF
}

@test "refused: a standard input that does not exist" {
	refused "3: bad stdin 'tty:tty1' in [service:web]: it is null, a path that begins with /, or tty:PATH" <<-'EOF'
		[service:web]
		command = true
		stdin = tty:tty1
	EOF
}

@test "refused: a socket without a full path" {
	refused "2: bad socket 'supd.sock' in [supd]: it must be a path that begins with /" <<-'EOF'
		[supd]
		socket = supd.sock
	EOF
}

@test "refused: an error of the defaults, once" {
	refused "2: bad nice 'nice' in [defaults]: it is a number from -20 to 19" <<-'EOF'
		[defaults]
		nice = nice
		[service:a]
		command = true
		[service:b]
		command = true
	EOF
}

@test "refused: all errors at once, in the order of their lines" {
	refused "2: bad log_level 'loud' in [supd]: it is error, warn, info or debug" \
	    '3: [service:a] has no command' \
	    "4: bad supervisor 'b' in [service:a]: that is a service, not a supervisor" \
	    "7: unknown key 'usr' in [service:b]; did you mean 'user'?" <<-'EOF'
		[supd]
		log_level = loud
		[service:a]
		supervisor = b
		[service:b]
		command = true
		usr = root
	EOF
}

@test "refused: a NUL byte" {
	printf '[service:web]\ncommand = true\ndescription = a\0b\n' >bad.conf
	run "$SUPD" --check -c bad.conf
	[ "$status" -eq 78 ]
	[ "${lines[0]}" = "bad.conf:3: a NUL byte: this is no text file" ]
}

@test "refused: text that is not UTF-8" {
	printf '[service:web]\ncommand = true \xff\n' >bad.conf
	run "$SUPD" --check -c bad.conf
	[ "$status" -eq 78 ]
	[ "${lines[0]}" = "bad.conf:2: not valid UTF-8 (byte 0xff in column 16)" ]
}

@test "refused: a value of more than 64 KiB" {
	printf '[service:web]\ncommand = true %070000d\n' 0 >bad.conf
	run "$SUPD" --check -c bad.conf
	[ "$status" -eq 78 ]
	[ "${lines[0]}" = \
	    "bad.conf:2: the value of 'command' is longer than 65536 bytes" ]
}

@test "refused: a name of more than 63 bytes" {
	printf '[service:%064d]\ncommand = true\n' 0 >bad.conf
	run "$SUPD" --check -c bad.conf
	[ "$status" -eq 78 ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "refused: more than 16384 nodes" {
	refused '1: more than 16384 supervisors and services' <<-'EOF'
		[service:web@]
		command = true
		instances = 100000
	EOF
}

@test "refused: a file that is not there" {
	run "$SUPD" --check -c missing.conf
	[ "$status" -eq 78 ]
	[ "${lines[0]}" = \
	    "missing.conf: can't be read: No such file or directory" ]
}

@test "refused: a file that others may write, as root" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	printf '[service:web]\ncommand = true\n' >open.conf
	chmod 666 open.conf
	run "$SUPD" --check -c open.conf
	[ "$status" -eq 78 ]
	[ "${lines[0]}" = "open.conf: others than root may write this file (mode 0666); use chmod go-w" ]
}

@test "refused: a folder that others may write, as root" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	mkdir -m 777 open.d
	chmod 777 open.d
	run "$SUPD" --check -c open.d
	[ "$status" -eq 78 ]
	[ "${lines[0]}" = "open.d: others than root may write this folder (mode 0777); use chmod go-w" ]
}

@test "refused: a file of another user" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	printf '[service:web]\ncommand = true\n' >his.conf
	chown 54321 his.conf
	run "$SUPD" --check -c his.conf
	[ "$status" -eq 78 ]
	[ "${lines[0]}" = "his.conf: the file belongs to uid 54321; it must belong to root" ]
}

@test "the key smuggled behind a long line is text" {
	{
		printf '[service:web]\ncommand = true '
		printf '%0184d' 0
		printf 'user = nobody-of-this-name\n'
	} >good.conf
	run "$SUPD" --check -c good.conf
	[ "$status" -eq 0 ]
	[ "$output" = "the configuration is good: 2 nodes (1 supervisor, 1 service)" ]
}

@test "at most 200 errors are listed, and all are counted" {
	{
		echo '[service:web]'
		echo 'command = true'
		for i in $(seq 250); do
			echo "zz$i = 1"
		done
	} >bad.conf
	run "$SUPD" --check -c bad.conf
	[ "$status" -eq 78 ]
	[ "${#lines[@]}" -eq 202 ]
	[ "${lines[200]}" = "... and 50 more" ]
	[ "${lines[201]}" = "the configuration is bad: 250 errors" ]
}

@test "warned of: what looks like a key and is none" {
	warned "3: warning: this line is indented, so it continues the value of 'command' and is not the key 'nice'" <<-'EOF'
		[service:web]
		command = true
		  nice = 5
	EOF
}

@test "warned of: a supervisor that would go quietly" {
	warned '2: warning: [supervisor:s] is transient: if it gives up, it goes with all below it, and nothing brings it back or tells its supervisor' <<-'EOF'
		[supervisor:s]
		restart = transient
	EOF
}

@test "warned of: a backoff_reset below backoff_max" {
	warned '3: warning: backoff_reset (5s) is shorter than backoff_max (30s): to run for 5s proves little after such a delay' <<-'EOF'
		[service:web]
		command = true
		backoff_reset = 5s
	EOF
}

@test "warned of: a limit that can never be reached" {
	warned '3: warning: no child can fail more than 100 times within 10ms: [supervisor:s] would never give up' <<-'EOF'
		[supervisor:s]
		intensity = 100
		period = 10ms
	EOF
}

@test "warned of: a program that is not there" {
	warned "2: warning: program 'no-such-program' is not in the service's PATH (/usr/sbin:/usr/bin:/sbin:/bin)" <<-'EOF'
		[service:web]
		command = no-such-program
	EOF
}

@test "a good configuration is one line" {
	warned <<-'EOF'
		[supervisor:s]
		[service:web@]
		supervisor = s
		command = true %i
		instances = 3
	EOF
	[ "$output" = "the configuration is good: 5 nodes (2 supervisors, 3 services)" ]
}

@test "warnings are counted in that line" {
	printf '[service:web]\ncommand = no-such-program\n' >good.conf
	run "$SUPD" --check -c good.conf
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "the configuration is good: 2 nodes (1 supervisor, 1 service), 1 warning" ]
}

@test "files and folders together are one configuration" {
	mkdir -m 755 conf.d
	printf '[service:web]\nsupervisor = s\ncommand = true\n' >conf.d/a.conf
	printf 'not read\n' >conf.d/notes.txt
	printf '[supervisor:s]\n' >s.conf
	run "$SUPD" --check -c conf.d -c s.conf
	[ "$status" -eq 0 ]
	[ "$output" = "the configuration is good: 3 nodes (2 supervisors, 1 service)" ]
}

@test "the result can be had as JSON" {
	printf '[service:web]\ncomand = x\ncommand = no-such-program\n' >bad.conf
	run "$SUPD" --check --json -c bad.conf
	[ "$status" -eq 78 ]
	jq -e '.valid == false and .errors == 1 and .warnings == 1
	    and .nodes == 0
	    and .diagnoses[0] == {"kind": "error", "file": "bad.conf",
		"line": 2, "text": "unknown key '"'comand'"' in [service:web]; did you mean '"'command'"'?"}
	    and .diagnoses[1].kind == "warning"' <<<"$output"
	run "$SUPD" --check --json -c missing.conf
	[ "$status" -eq 78 ]
	jq -e '.diagnoses[0].line == null' <<<"$output"
	printf '[service:web]\ncommand = true\n' >good.conf
	run "$SUPD" --check --json -c good.conf
	[ "$status" -eq 0 ]
	jq -e '. == {"valid": true, "nodes": 2, "errors": 0, "warnings": 0,
	    "diagnoses": []}' <<<"$output"
}

@test "the example is good" {
	mkdir -m 755 conf.d
	cp "$BATS_TEST_DIRNAME"/../../conf.d/*.conf conf.d
	chmod 644 conf.d/*
	run "$SUPD" --check -c conf.d
	[ "$status" -eq 0 ]
	[[ $output == "the configuration is good: "* ]]
	[[ $output != *warning* ]]
}
