# What services say of themselves, and what is found of their health.

load kit
load tree_kit

setup()
{
	kit_setup
	# A client of sd_notify's protocol: its arguments are sent, a line each.
	# It ends when that is dealt with: who is gone by then is nobody's.
	cat >"$T/say" <<-'EOF'
		#!/usr/bin/env python3
		import array, os, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect(os.environ["NOTIFY_SOCKET"])
		s.send("\n".join(sys.argv[1:]).encode())
		mine, theirs = os.pipe()
		s.sendmsg([b"BARRIER=1"], [(socket.SOL_SOCKET,
		    socket.SCM_RIGHTS, array.array("i", [theirs]))])
		os.close(theirs)
		os.read(mine, 1)
	EOF
	chmod 755 "$T/say"
}

teardown()
{
	kit_teardown
}

# last_failure NAME: the newest failed event's message.
last_failure()
{
	events | jq -rs --arg n "$1" 'map(select(.node == $n and
	    .event == "failed")) | last | .detail.exit.message'
}

@test "watchdog: no sign of life in time is a failure with its own cause" {
	local pid

	conf <<-EOF
		[service:a]
		command = sh -c 'echo \$\$WATCHDOG_USEC \$\$WATCHDOG_PID \$\$\$\$ >>$T/env; exec sleep 1000'
		watchdog = 300ms
		backoff_min = 10m
		backoff_max = 10m
	EOF
	supd_start
	wait_until happened 0 a failed 2
	state a waiting
	[ "$(last_failure a)" = "gave no sign of life in time (watchdog)" ]
	[ "$(node a last_exit.message)" = \
	    "gave no sign of life in time (watchdog)" ]
	events | jq -es '[.[] | select(.event == "health")][0].detail |
	    .probe == "watchdog" and .healthy == false'
	events | jq -es '. as $all | [.[] | select(.event == "failed")][0] |
	    .cause as $c | $all[] | select(.seq == $c) | .event == "health"'
	# The variables are those of the process itself.
	read -r usec pid self <"$T/env"
	[ "$usec" = 300000 ]
	[ "$pid" = "$self" ]
	supctl why a | grep -q 'a is not healthy (watchdog): no sign of life'
	supctl why a | grep -q 'gave no sign of life'
}

@test "watchdog: signs of life keep it alive, WATCHDOG_USEC sets the time" {
	cat >"$T/beat" <<-'EOF'
		#!/usr/bin/env python3
		import os, socket, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect(os.environ["NOTIFY_SOCKET"])
		for i in range(12):
		    s.send(b"WATCHDOG=1")
		    time.sleep(0.25)
		s.send(b"WATCHDOG=1\nWATCHDOG_USEC=100000000000")
		open(sys.argv[1], "w").close()
		time.sleep(1000)
	EOF
	chmod 755 "$T/beat"
	conf <<-EOF
		[service:a]
		command = $T/beat $T/done
		watchdog = 2s
	EOF
	supd_start
	wait_until test -e "$T/done"
	[ "$(node a generation)" = 1 ]
}

@test "watchdog: trigger is a failure at once" {
	conf <<-EOF
		[service:a]
		command = sh -c '[ -e $T/once ] || { touch $T/once; $T/say WATCHDOG=trigger; }; exec sleep 1000'
		watchdog = 1h
	EOF
	supd_start
	wait_until is a generation 2
	[ "$(last_failure a)" = "gave no sign of life in time (watchdog)" ]
}

@test "watchdog: it goes on when the engine dies" {
	conf <<-EOF
		[service:a]
		command = sleep 1000
		watchdog = 2s
		backoff_min = 10m
		backoff_max = 10m
	EOF
	supd_start
	kill -KILL "$(engine_pid)"
	wait_until supd_answers
	wait_until happened 0 a failed
}

@test "systemd-notify: ready, status, and the barrier that it waits for" {
	command -v systemd-notify >/dev/null || skip "no systemd-notify"
	conf <<-EOF
		[service:a]
		command = sh -c 'systemd-notify --ready --status="all is well" && touch $T/said; exec sleep 1000'
		ready = notify
	EOF
	supd_start
	state a running
	wait_until is a status_text "all is well"
	wait_until test -e "$T/said"
}

@test "sd_notify: reloading, errno, stopping" {
	conf <<-EOF
		[service:a]
		command = sh -c '$T/say READY=1; $T/say RELOADING=1 MONOTONIC_USEC=1; until [ -e $T/go ]; do sleep 0.05; done; $T/say READY=1; until [ -e $T/stop ]; do sleep 0.05; done; $T/say STOPPING=1 ERRNO=2 STATUS=bye; until [ -e $T/end ]; do sleep 0.05; done; exit 1'
		ready = notify
		backoff_min = 10m
		[supervisor:root]
		intensity = infinity
		[service:b]
		command = sleep 1000
		after = a
	EOF
	supd_start
	state a running
	wait_until is a reloading true
	touch "$T/go"
	wait_until is a reloading false
	touch "$T/stop"
	wait_until is a status_text bye
	[ "$(node a ready)" = false ]
	[ "$(node a state)" = running ]
	touch "$T/end"
	wait_until happened 0 a failed
	[ "$(last_failure a)" = \
	    "exited with code 1; it told: No such file or directory" ]
	[ "$(node a last_exit.errno)" = ENOENT ]
}

@test "sd_notify: a start that takes longer is extended" {
	conf <<-EOF
		[service:a]
		command = sh -c '$T/say EXTEND_TIMEOUT_USEC=60000000; sleep 2; $T/say READY=1; exec sleep 1000'
		ready = notify
		start_timeout = 1500ms
	EOF
	supd_start
	state a running
	[ "$(node a generation)" = 1 ]
}

@test "sd_notify: MAINPID of another changes nothing, nor does a stranger" {
	local pid

	conf <<-EOF
		[service:a]
		command = sh -c '$T/say MAINPID=1 READY=1; exec sleep 1000'
		ready = notify
		[service:b]
		command = sh -c 'until [ -e $T/go ]; do sleep 0.05; done; setsid $T/say READY=1; exec sleep 1000'
		ready = notify
	EOF
	supd_start
	state a running
	[ "$(node a pid)" != 1 ]
	# We are no process of b's.
	NOTIFY_SOCKET=$SOCK.notify "$T/say" READY=1 STATUS=stranger
	[ "$(node b state)" = starting ]
	[ "$(node b status_text)" = null ]
	# But one in a session of its own that descends from it is.
	touch "$T/go"
	state b running
}

# One of a service that is retried after ten minutes, so it can be looked at.
probed()
{
	conf <<-EOF
		[service:a]
		command = ${2:-sleep 1000}
		$1
		health_interval = 100ms
		health_timeout = ${3:-2s}
		health_failures = 2
		backoff_min = 10m
		backoff_max = 10m
		[supervisor:root]
		intensity = infinity
	EOF
}

# The newest health event's detail, a value of it.
found()
{
	events | jq -rs "map(select(.event == \"health\")) | last | .detail.$1"
}

@test "health_command: that it fails twice in a row is a failure of the service" {
	probed "health_command = sh -c 'echo \$\$SUPD_NAME >>$T/probed; [ ! -e $T/ill ]'"
	supd_start
	state a running
	wait_until test -s "$T/probed"
	wait_until is a healthy true
	[ "$(head -n 1 "$T/probed")" = a ]
	[ "$(events | jq -s 'map(select(.event == "health")) | length')" = 0 ]
	touch "$T/ill"
	# The second failure waits; nothing is probed while it does.
	wait_until is a state waiting
	[ "$(last_failure a)" = \
	    "was unhealthy: its health check failed too often" ]
	[ "$(found probe)" = command ]
	[ "$(found message)" = "exited with code 1" ]
	[ "$(found failures)" = 2 ]
	events | jq -es '. as $all | [.[] | select(.event == "failed")][0] |
	    .cause as $c | $all[] | select(.seq == $c) | .event == "health"'
	supctl why a | grep -q 'a is not healthy (command): exited with code 1, failure 2 of 2'
}

@test "health_command: one that recovers is told, and hurts nobody" {
	probed "health_command = sh -c 'mkdir $T/first 2>/dev/null && exit 3; exit 0'"
	supd_start
	wait_until happened 0 a health 2
	[ "$(found healthy)" = true ]
	[ "$(node a generation)" = 1 ]
	[ "$(node a healthy)" = true ]
}

@test "health_command: one that hangs is killed, with all of it" {
	probed "health_command = sh -c 'sleep 2000 & echo \$\$! >>$T/pids; wait'" "" 300ms
	supd_start
	wait_until happened 0 a failed
	[ "$(found outcome)" = silent ]
	for pid in $(cat "$T/pids"); do
		wait_until gone "$pid"
	done
}

@test "health_command: what is stopped is not probed" {
	local n

	probed "health_command = sh -c 'echo x >>$T/probed'"
	supd_start
	wait_until test -s "$T/probed"
	supctl stop a
	n=$(wc -l <"$T/probed")
	supctl start a
	[ "$(node a state)" = running ]
	wait_until [ "$(wc -l <"$T/probed")" -ge "$n" ]
}

@test "health_tcp: connections refused, and a socket" {
	probed "health_tcp = $T/nobody"
	supd_start
	wait_until happened 0 a failed
	[ "$(found probe)" = tcp ]
	[ "$(found message)" = "No such file or directory" ]
}

@test "health_tcp: a real redis" {
	command -v redis-server >/dev/null || skip "no redis-server"
	probed "health_tcp = $T/redis.sock" \
	    "redis-server --port 0 --unixsocket $T/redis.sock --save '' --dir $T"
	supd_start
	state a running
	wait_until is a healthy true
	wait_until test -S "$T/redis.sock"
	[ "$(node a generation)" = 1 ]
	# A socket that is gone takes no connections.
	rm "$T/redis.sock"
	wait_until happened 0 a failed
}

@test "health_http: a real nginx, until it answers with 503" {
	command -v nginx >/dev/null || skip "no nginx"
	local port=$((20000 + RANDOM % 20000))

	cat >"$T/nginx.conf" <<-EOF
		daemon off;
		pid $T/nginx.pid;
		error_log $T/error.log;
		events { }
		http {
		    access_log $T/access.log;
		    server {
		        listen 127.0.0.1:$port;
		        location /health {
		            if (-f $T/ill) { return 503; }
		            return 204;
		        }
		    }
		}
	EOF
	probed "health_http = http://127.0.0.1:$port/health" \
	    "nginx -c $T/nginx.conf -e $T/error.log" 5s
	supd_start
	state a running
	wait_until grep -q '"GET /health HTTP/1.1" 204' "$T/access.log"
	[ "$(node a generation)" = 1 ]
	touch "$T/ill"
	wait_until happened 0 a failed
	[ "$(found message)" = "HTTP status 503" ]
	[ "$(found probe)" = http ]
}

@test "health_http: an answer that is no HTTP, and none at all" {
	local port=$((20000 + RANDOM % 20000))

	cat >"$T/server" <<-'EOF'
		#!/usr/bin/env python3
		import socket, sys, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind(("127.0.0.1", int(sys.argv[1])))
		s.listen(16)
		c, _ = s.accept()
		c.recv(100)
		c.send(b"SSH-2.0-nonsense\r\n")
		time.sleep(1000)
	EOF
	chmod 755 "$T/server"
	probed "health_http = http://localhost:$port" "$T/server $port" 500ms
	sed -i 's|^health_failures.*|&\nhealth_delay = 3s|' "$CONF/10-test.conf"
	supd_start
	wait_until happened 0 a failed
	events | jq -es 'map(select(.event == "health") | .detail.outcome) |
	    . == ["answer", "silent"]'
}

@test "health: it is probed on when the engine dies" {
	probed "health_command = sh -c '[ ! -e $T/ill ]'"
	supd_start
	state a running
	kill -KILL "$(engine_pid)"
	wait_until supd_answers
	touch "$T/ill"
	wait_until happened 0 a failed
}

@test "health: one kind of probe, and addresses that need no looking up" {
	local code=0

	conf <<-EOF
		[service:a]
		command = true
		health_tcp = 80
		health_command = true
		[service:b]
		command = true
		health_tcp = example.org:80
		[service:c]
		command = true
		health_http = https://127.0.0.1/
		[service:d]
		command = true
		type = oneshot
		health_tcp = [::1]:80
	EOF
	"$SUPD" --check -c "$CONF" >"$T/said" 2>&1 || code=$?
	[ "$code" -eq 78 ]
	grep -q 'only one of health_command' "$T/said"
	grep -q "bad health_tcp 'example.org:80' in \[service:b\]: an address is numeric" "$T/said"
	grep -q "bad health_http 'https://127.0.0.1/'" "$T/said"
	grep -q 'what is not ready is not probed' "$T/said"
}
