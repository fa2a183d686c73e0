# The control socket: a client that is not supctl, who may do what, clients
# that misbehave; and supctl's answers and exit codes.

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

# call METHOD [PARAMETERS] [OPTION...]: the client that is not supctl.
call()
{
	python3 "$KIT_ROOT/tests/e2e/varlink.py" "$SOCK" "$@" 3>&-
}

# as UID COMMAND...: as a user without any other right, in groups of that
# number.
as()
{
	local uid=$1

	shift
	setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@" 3>&-
}

# talk: a Python program on standard input, with a Connection to the socket at
# hand, and the engine's pid in ENGINE.
talk()
{
	{
		echo 'import json, os, socket, sys, time'
		echo 'from varlink import Connection'
		echo 'SOCK, ENGINE = sys.argv[1], int(sys.argv[2])'
		cat
	} >"$T/talk.py"
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$KIT_ROOT/tests/e2e \
	    python3 "$T/talk.py" "$SOCK" "$(engine_pid)" 3>&-
}

# exits CODE COMMAND...
exits()
{
	local expected=$1

	shift
	run "$@"
	[ "$status" -eq "$expected" ] || {
		echo "left with $status, not $expected: $*"
		echo "$output"
		return 1
	}
}

# json_exits CODE VERB...: the same of supctl --json; what it prints is JSON,
# and without --json the code is the same.
json_exits()
{
	local expected=$1 code=0

	shift
	supctl --json "$@" >"$T/json" 2>"$T/stderr" || code=$?
	[ "$code" -eq "$expected" ] || {
		echo "left with $code, not $expected: $*"
		cat "$T/json" "$T/stderr"
		return 1
	}
	jq -e . "$T/json" >/dev/null || {
		echo "no JSON: $*"
		cat "$T/json"
		return 1
	}
}

two()
{
	conf <<-EOF
		[supervisor:sup]
		strategy = rest_for_one
		$(tellers sup a b)
	EOF
	supd_start
	all_run a b
}

@test "introspection: the interface as it is checked in" {
	two
	call org.varlink.service.GetInfo | jq -e '.product == "supd" and
	    (.interfaces | index("io.supd.Control"))'
	call org.varlink.service.GetInterfaceDescription \
	    '{"interface":"io.supd.Control"}' | jq -j .description \
	    >"$T/interface"
	cmp "$T/interface" "$KIT_ROOT/lib/io.supd.Control.varlink"
	exits 1 call org.varlink.service.GetInterfaceDescription \
	    '{"interface":"io.supd.Other"}'
	grep -q InterfaceNotFound <<<"$output"
	exits 1 call Dance
	grep -q MethodNotFound <<<"$output"
	exits 1 call List '{"names":"a"}'
	grep -q 'InvalidParameter.*names' <<<"$output"
}

@test "another client looks: List and Get" {
	two
	same "$(lines root sup a b)" "$(call List | jq -r '.nodes[].name')"
	same "$(lines sup a b)" \
	    "$(call List '{"names":["sup"],"recursive":true}' |
	        jq -r '.nodes[].name')"
	same "$(lines a b)" "$(call List '{"names":["sup/*"]}' |
	    jq -r '.nodes[].name')"
	call Get '{"name":"sup/a"}' | jq -e '.node | .name == "a" and
	    .state == "running" and .ready and .wanted == "up" and
	    .pid > 1 and .generation == 1 and .last_exit == null and
	    .parent == "sup" and .kind == "service"'
	# Every key that the interface has, and no other.
	sed -n '/^type Node (/,/^)/s/^  \([a-z_]*\):.*/\1/p' \
	    "$KIT_ROOT/lib/io.supd.Control.varlink" | sort >"$T/keys"
	call Get '{"name":"a"}' | jq -r '.node | keys[]' | sort |
	    cmp - "$T/keys"
	exits 1 call Get '{"name":"aa"}'
	jq -e '.error == "io.supd.Control.NoSuchNode" and
	    .parameters.nearest == "a"' <<<"$output"
}

@test "another client steers: Stop, Start, Restart, Signal, Reload, Reset" {
	local pid

	two
	call Stop '{"names":["b"]}' | jq -e '.outcomes ==
	    [{"node":"b","path":"sup/b","result":"ok","state":"stopped",
	    "message":null}]'
	call Start '{"names":["b"],"wait":false}' |
	    jq -e '.outcomes[0].result == "accepted"'
	call Wait '{"names":["b"],"condition":"ready","timeout_s":30}' |
	    jq -e '.nodes[0].state == "running"'
	pid=$(node a pid)
	call Restart '{"names":["a"]}' | jq -e '.outcomes[0].result == "ok"'
	[ "$(node a pid)" != "$pid" ]
	pid=$(node a pid)
	call Signal '{"names":["a"],"signal":"KILL"}' |
	    jq -e '.outcomes[0].result == "ok"'
	wait_until next_pid a "$pid"
	is a last_exit.signal SIGKILL
	call Reset '{"names":["a"]}' >/dev/null
	is a attempt 0
	exits 1 call Signal '{"names":["a"],"signal":"NONSENSE"}'
	grep -q 'InvalidParameter.*signal' <<<"$output"
	call Stop '{"names":["sup"]}' --oneway
	state sup stopped
	exits 1 call Wait '{"names":["a"],"condition":"ready","timeout_s":0.1}'
	jq -e '.error == "io.supd.Control.Timeout"' <<<"$output"
	# A bad name does nothing for the good ones.
	exits 1 call Start '{"names":["a","x"]}'
	is a state stopped
}

@test "another client watches: a snapshot, what happens, and a resume" {
	local last

	two
	call Events --more 1 | jq -e '(.nodes | map(.name)) ==
	    ["root","sup","a","b"] and .gap == 0'
	last=$(call Events --more 1 | jq .last)
	talk <<-EOF
		stream, other = Connection(SOCK), Connection(SOCK, 60)
		stream.send("Events", {"since": $last}, more=True)
		for method in ("Stop", "Start"):
		    other.send(method, {"names": ["b"]})
		    assert other.receive()["parameters"]["outcomes"][0]["result"] == "ok"
		told = []
		while "ready" not in (e["event"] for e in told):
		    reply = stream.receive()
		    assert reply["continues"] and reply["parameters"]["nodes"] is None
		    told += reply["parameters"]["events"]
		    assert not told or reply["parameters"]["last"] == told[-1]["seq"]
		numbers = [e["seq"] for e in told]
		assert numbers == list(range($last + 1, $last + 1 + len(told))), told
	EOF
	call Events "{\"since\":$last}" | jq -e --argjson s "$last" '
	    .nodes == null and (.events | map(.seq)) ==
	    [range($s + 1; $s + 1 + (.events | length))] and
	    (.events | map(select(.node == "b") | .event)) ==
	    ["request","stopping","stopped","request","starting","ready"]'
	exits 1 call Events '{"since":99999}'
	grep -q 'InvalidParameter.*since' <<<"$output"
}

@test "every cause is an event that was before" {
	two
	crash a
	wait_until happened 0 b ready 2
	events | jq -s -e '(map(.seq)) as $all | all(.[]; .cause == null or
	    (.cause < .seq and ([.cause] - $all == [])))'
	# From the start of b back to the death of a.
	events | jq -s -e '(map({("\(.seq)"): .}) | add) as $e |
	    (map(select(.node == "b" and .event == "starting")) | last) as $b |
	    [$b | recurse($e["\(.cause)"] // empty)] | map(.node + " " + .event)
	    | index("a failed") != null'
}

@test "nobody else may do anything where no rule names others" {
	root_only
	two
	[ "$(stat -c %a "$SOCK")" = 600 ]
	chmod 755 "$T/run"
	exits 77 as 65534 "$SUPCTL" -s "$SOCK" status
	grep -q 'control_users' <<<"$output"
	# Even if the file were open.
	chmod 666 "$SOCK"
	exits 77 as 65534 "$SUPCTL" -s "$SOCK" status
	grep -q "only root, supd's own user, and the observe_users" \
	    <<<"$output"
	exits 77 as 65534 "$SUPCTL" -s "$SOCK" stop a
	exits 77 as 65534 "$SUPCTL" -s "$SOCK" --json shutdown
	jq -e '.error == "PermissionDenied"' <<<"$output"
	is a state running
}

@test "observe_users look, control_groups change, others get nothing" {
	root_only
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
		observe_users = 4001
		control_groups = 4002
	EOF
	chmod 755 "$T/run"
	two
	[ "$(stat -c %a "$SOCK")" = 666 ]
	exits 0 as 4001 "$SUPCTL" -s "$SOCK" status a
	exits 0 as 4001 "$SUPCTL" -s "$SOCK" why a
	exits 0 as 4001 "$SUPCTL" -s "$SOCK" wait a
	exits 0 as 4001 "$SUPCTL" -s "$SOCK" events
	for verb in 'stop a' 'start a' 'restart a' 'reload a' 'reset a' \
	    'signal HUP a' update 'update --dry-run' shutdown; do
		exits 77 as 4001 "$SUPCTL" -s "$SOCK" $verb
		grep -q 'control_users and control_groups' <<<"$output"
	done
	exits 0 as 4002 "$SUPCTL" -s "$SOCK" stop b
	exits 0 as 4002 "$SUPCTL" -s "$SOCK" start b
	exits 0 setpriv --reuid=4003 --regid=4003 --groups=4002 \
	    "$SUPCTL" -s "$SOCK" restart b
	exits 77 as 4003 "$SUPCTL" -s "$SOCK" status
	# The rules that are in force count, for the socket's mode, too.
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
	EOF
	supctl update | grep -q .
	[ "$(stat -c %a "$SOCK")" = 600 ]
	exits 77 as 4002 "$SUPCTL" -s "$SOCK" status
	is a state running
}

@test "observe_users = * is everybody, and only for looking" {
	root_only
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
		observe_users = *
	EOF
	chmod 755 "$T/run"
	two
	exits 0 as 65534 "$SUPCTL" -s "$SOCK" status
	exits 77 as 65534 "$SUPCTL" -s "$SOCK" stop a
	is a state running
}

@test "a client that never reads while 1,000 events happen" {
	two
	talk <<-EOF
		def memory():
		    for line in open("/proc/%d/status" % ENGINE):
		        if line.startswith("VmRSS"):
		            return int(line.split()[1])

		deaf = [Connection(SOCK) for _ in range(8)]
		for c in deaf:
		    c.send("Events", {}, more=True)
		busy = Connection(SOCK)
		def ask(method, parameters):
		    busy.send(method, parameters)
		    return busy.receive()["parameters"]

		ask("Reset", {"names": ["a"]})
		before = memory()
		for i in range(1000):
		    ask("Reset", {"names": ["a", "b"]})
		# The engine answered all that time.
		assert ask("Get", {"name": "a"})["node"]["state"] == "running"
		# A bounded queue for each, beside the notes and a little. The
		# sanitizers keep what was freed, so they say nothing of it.
		grown = memory() - before
		assert ${SANITIZED:+True or }grown < 8 * 1024 + 4096, grown
		last = ask("Events", {})["last"]
		# Who reads at last gets all, or is told how much is lost.
		for c in deaf:
		    seen = 0
		    told = 0
		    while told < last:
		        reply = c.receive()["parameters"]
		        assert reply["nodes"] is None or seen == 0
		        if reply["nodes"] is None:
		            assert reply["gap"] + len(reply["events"]) == \\
		                reply["last"] - told, reply
		        told = reply["last"]
		        seen += 1
	EOF
	is a generation 1
}

@test "a client that calls and never reads is waited for by nobody" {
	two
	talk <<-EOF
		deaf, other = Connection(SOCK, 0.5), Connection(SOCK)
		sent = 0
		try:
		    while sent < 100000:
		        deaf.send("List", {})
		        sent += 1
		except socket.timeout:
		    pass
		# Its calls wait in its socket, its replies in a bounded queue.
		assert sent < 100000
		other.send("Get", {"name": "a"})
		assert other.receive()["parameters"]["node"]["state"] == "running"
		deaf.socket.settimeout(20)
		for _ in range(sent):
		    assert len(deaf.receive()["parameters"]["nodes"]) == 4
	EOF
}

@test "garbage, a huge message, half a message: nobody else notices" {
	two
	talk <<-EOF
		import random

		def raw():
		    s = socket.socket(socket.AF_UNIX)
		    s.settimeout(20)
		    s.connect(SOCK)
		    return s

		def closed(s):
		    try:
		        while s.recv(65536):
		            pass
		        return True
		    except ConnectionError:
		        return True

		random.seed(7)
		for text in (b"\0", b"{}\0", b"[]\0", b"nonsense\0", b'{"method":3}\0',
		        b'{"method":"List"\0', b'\xff\xfe\0', b'"x"\0', b"[" * 5000 + b"\0",
		        b'{"method":"io.supd.Control.List","parameters":[]}\0',
		        bytes(random.randrange(256) for _ in range(5000)) + b"\0",
		        b"GET / HTTP/1.1\r\n\r\n\0"):
		    s = raw()
		    s.sendall(text)
		    assert closed(s), text
		s = raw()
		try:
		    for _ in range(160):
		        s.sendall(b"x" * 65536)
		except ConnectionError:
		    pass
		else:
		    assert closed(s)
		half = raw()
		half.sendall(b'{"method":"io.supd.Control.Get","parameters":')
		other = Connection(SOCK)
		other.send("Get", {"name": "a"})
		assert other.receive()["parameters"]["node"]["state"] == "running"
		half.sendall(b'{"name":"b"}}\0')
		assert b'"running"' in half.recv(65536)
		# Byte by byte, and two in one piece.
		s = raw()
		for byte in b'{"method":"io.supd.Control.Get","parameters":{"name":"b"}}\0':
		    s.sendall(bytes([byte]))
		assert b'"running"' in s.recv(65536)
		s.sendall(b'{"method":"io.supd.Control.Get","parameters":{"name":"a"}}\0' * 2)
		data = b""
		while data.count(b"\0") < 2:
		    data += s.recv(65536)
		# Half a message and gone.
		half = raw()
		half.sendall(b'{"method"')
		half.close()
	EOF
	is a generation 1
	is a state running
}

@test "one user cannot take all connections" {
	root_only
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = $SOCK
		observe_users = 4001
	EOF
	chmod 755 "$T/run"
	two
	cat >"$T/many.py" <<-EOF
		import json, socket, sys, time
		kept, refused = [], 0
		for i in range(100):
		    s = socket.socket(socket.AF_UNIX)
		    s.settimeout(20)
		    s.connect(sys.argv[1])
		    try:
		        s.sendall(b'{"method":"io.supd.Control.Get",'
		                  b'"parameters":{"name":"a"}}\0')
		        data = s.recv(65536)
		    except ConnectionError:
		        data = b""
		    if b'"running"' in data:
		        kept.append(s)
		    else:
		        assert b"InvalidState" in data or not data, data
		        refused += 1
		print(len(kept), refused, flush=True)
		sys.stdin.read()
	EOF
	chmod 644 "$T/many.py"
	coproc MANY { as 4001 /usr/bin/python3 "$T/many.py" "$SOCK"; }
	read -r kept refused <&"${MANY[0]}"
	[ "$kept" -eq 64 ]
	[ "$refused" -eq 36 ]
	exits 0 supctl status a
	exits 1 as 4001 "$SUPCTL" -s "$SOCK" status a
	eval "exec ${MANY[1]}>&-"
	wait "$MANY_PID" || :
	exits 0 as 4001 "$SUPCTL" -s "$SOCK" status a
}

@test "every verb speaks JSON, with the same exit codes" {
	conf <<-EOF
		$(tellers root a b)
		[service:fails]
		autostart = no
		restart = temporary
		ready = notify
		command = $SVC fails exit=3
		[service:stubborn]
		autostart = no
		ready = notify
		command = $SVC stubborn await=$T/never notify=READY=1
	EOF
	supd_start
	all_run a b
	json_exits 0 status
	json_exits 0 status a
	json_exits 3 status fails
	json_exits 4 status nobody
	json_exits 0 tree
	json_exits 0 events
	json_exits 0 events a
	json_exits 0 history a
	json_exits 4 history nobody
	json_exits 0 why a
	json_exits 0 is-ready a b
	json_exits 3 is-ready a fails
	json_exits 4 is-ready nobody
	json_exits 0 stop b
	json_exits 0 stop b
	json_exits 0 wait --for stopped b
	json_exits 124 wait --for ready --timeout 100ms b
	json_exits 0 start b
	json_exits 4 start nobody
	json_exits 0 start 'a' 'b'
	json_exits 1 start fails
	json_exits 124 start --timeout 100ms stubborn
	[ "$(node stubborn state)" = starting ]
	json_exits 0 stop stubborn
	json_exits 0 start --no-wait stubborn
	jq -e '.outcomes[0].result == "accepted"' "$T/json"
	json_exits 0 stop stubborn
	json_exits 0 restart a
	json_exits 0 reload a
	state a running
	json_exits 1 reload fails
	json_exits 0 signal WINCH a
	json_exits 2 signal NOSUCH a
	json_exits 0 reset a
	json_exits 0 update --dry-run
	json_exits 0 update
	json_exits 0 check "$CONF"
	json_exits 0 version
	json_exits 0 completion bash
	json_exits 0 help
	json_exits 2 nonsense
	json_exits 2 start
	json_exits 2 status --nonsense
	json_exits 2 wait --for nonsense a
	json_exits 2 wait --timeout nonsense a
	printf '[service:x]\ncomand = x\n' | kit_write 20-bad.conf
	json_exits 78 update
	json_exits 78 update --dry-run
	json_exits 78 check "$CONF"
	rm "$CONF/20-bad.conf"
	json_exits 2 shutdown --halt --reboot
	json_exits 1 shutdown --reboot
	jq -e '.error == "InvalidState"' "$T/json"
	json_exits 0 shutdown
	supd_wait
	[ "$supd_code" -eq 0 ]
	json_exits 69 status
	jq -e '.error == "NoDaemon" and .tried[0].socket' "$T/json"
	json_exits 69 start a
	json_exits 69 is-ready a
	json_exits 69 shutdown
}

@test "without a daemon supctl says what it tried, and how to start one" {
	exits 69 supctl status
	grep -q "tried $SOCK" <<<"$output"
	grep -q 'Start one with: supd -c' <<<"$output"
}

@test "globs, paths and templates name nodes; an order takes all or none" {
	conf <<-EOF
		[supervisor:sup]
		$(tellers sup web-1 web-2 other)
		[service:w@]
		instances = 2
		command = $SVC %n tell notify=READY=1
		ready = notify
	EOF
	supd_start
	all_run sup w@
	exits 0 supctl stop 'web-?'
	is web-1 state stopped
	is web-2 state stopped
	is other state running
	exits 0 supctl start 'sup/web*'
	is web-2 state running
	exits 0 supctl stop w@
	is w@1 state stopped
	is w@2 state stopped
	exits 0 supctl restart sup/other
	exits 4 supctl stop other nobody
	is other state running
	exits 4 supctl stop 'x*'
	exits 4 supctl start othr
	grep -q "did you mean 'other'" <<<"$output"
}

@test "--no-wait returns at once; an order overtaken says so" {
	conf <<-EOF
		[service:a]
		command = $SVC a linger=$T/go
		shutdown = infinity
	EOF
	supd_start
	all_tell a
	supctl stop a >"$T/stop" 2>&1 &
	wait_until has_told a asked
	exits 0 supctl start --no-wait a
	code=0
	wait $! || code=$?
	[ "$code" -eq 1 ]
	grep -q overtaken "$T/stop"
	touch "$T/go"
	state a running
	is a generation 2
}

base()
{
	cat <<-EOF
		[supervisor:sup]
		strategy = one_for_one
		$(tellers sup a b c)
	EOF
}

# plan: what supctl update --dry-run tells, one line a change.
plan()
{
	supctl --json update --dry-run | jq -r '.changes[] |
	    "\(.change) \(.node) \(.keys | join(",")) \(.restart)"'
}

@test "update: the plan, then exactly that" {
	local a b

	base | conf
	supd_start
	all_run a b c
	a=$(node a pid) b=$(node b pid)
	same "" "$(plan)"
	conf <<-EOF
		[supervisor:sup]
		strategy = rest_for_one
		[service:a]
		supervisor = sup
		command = $SVC a tell notify=READY=1
		ready = notify
		backoff_min = 1s
		description = the first
		[service:d]
		supervisor = sup
		command = $SVC d tell notify=READY=1
		ready = notify
		[service:b]
		supervisor = sup
		command = $SVC b tell notify=READY=1
		ready = notify
		environment = NEW=1
	EOF
	plan >"$T/plan"
	cat "$T/plan"
	grep -qx 'removed c  false' "$T/plan"
	grep -qx 'added d  false' "$T/plan"
	grep -qx 'changed sup strategy false' "$T/plan"
	grep -qx 'changed b environment true' "$T/plan"
	grep -q '^changed a .*false$' "$T/plan"
	[ "$(wc -l <"$T/plan")" -eq 5 ]
	# Nothing has happened yet.
	[ "$(node c state)" = running ]
	[ "$(node b pid)" = "$b" ]
	exits 0 supctl update
	grep -q '^+.*d' <<<"$output"
	grep -q '^-.*c' <<<"$output"
	grep -q '^~.*b.*environment.*restart' <<<"$output"
	all_run a b d
	[ "$(node a pid)" = "$a" ]
	[ "$(node b pid)" != "$b" ]
	[ "$(node sup strategy)" = rest_for_one ]
	exits 4 supctl status c
	same "$(lines root sup a d b)" \
	    "$(supctl --json status | jq -r '.nodes[].name')"
	same "" "$(plan)"
}

@test "update: a value moved into [defaults] is no change" {
	local a

	conf <<-EOF
		[service:a]
		command = $SVC a tell notify=READY=1
		ready = notify
		shutdown = 5s
		environment = A=1 B=2
	EOF
	supd_start
	all_run a
	a=$(node a pid)
	conf <<-EOF
		# The same, said otherwise.
		[service:a]
		environment = A=1
		  B="2"
		command = '$SVC' a "tell" notify=READY=1
		[defaults]
		ready = notify
		shutdown = 5000ms
	EOF
	same "" "$(plan)"
	exits 0 supctl update
	[ "$(node a pid)" = "$a" ]
}

@test "update: a bad configuration changes nothing at all, by HUP neither" {
	local a

	base | conf
	supd_start
	all_run a b c
	a=$(node a pid)
	{
		base | sed '/service:c/,$d'
		echo '[service:new]'
		echo 'comand = true'
	} | conf
	exits 78 supctl update
	grep -q "unknown key 'comand'.*did you mean 'command'" <<<"$output"
	supd_signal HUP
	wait_until grep -q 'nothing was changed' "$OUT"
	is c state running
	[ "$(node a pid)" = "$a" ]
	exits 4 supctl status new
}

@test "update: HUP applies a good one" {
	base | conf
	supd_start
	all_run a b c
	base | sed '/service:c/,$d' | conf
	supd_signal HUP
	wait_until exits 4 supctl status c
	is a generation 1
}
