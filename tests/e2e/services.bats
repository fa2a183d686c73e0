# A tree of real services: redis, PostgreSQL, a Python program that needs both,
# and nginx in front of it, as rest_for_one below root; beside them workers.

load kit
load tree_kit

STACK=$KIT_ROOT/tests/e2e/stack

# The newest PostgreSQL's programs; Debian keeps them out of the PATH.
postgres_bin()
{
	local found

	found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
	[ -n "$found" ] || found=$(dirname "$(command -v initdb)" 2>/dev/null)
	echo "$found"
}

missing()
{
	local name

	PATH=$PATH:/usr/sbin:/sbin:$(postgres_bin)
	for name in nginx redis-server initdb postgres psql; do
		command -v "$name" >/dev/null || printf ' %s' "$name"
	done
}

# A data folder is made once and copied for each test.
setup_file()
{
	[ -z "$(missing)" ] || return 0
	SEED=$(mktemp -d /tmp/e2e-stack.XXXXXX)
	export SEED
	chmod 755 "$SEED"
	own "$SEED"
	as_owner "$(postgres_bin)/initdb" --no-sync --auth=trust --encoding=UTF8 \
	    --locale=C -U postgres "$SEED/data" >"$SEED.log" 2>&1 || {
		cat "$SEED.log" >&2
		return 1
	}
}

teardown_file()
{
	[ -z "${SEED:-}" ] || rm -rf "$SEED" "$SEED.log"
}

# PostgreSQL does not run as root; nor does anything else here.
own()
{
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$@"
}

as_owner()
{
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && exec setpriv --reuid=65534 --regid=65534 \
		    --clear-groups "$@" 3>&-)
	else
		"$@"
	fi
}

setup()
{
	[ -z "$(missing)" ] || skip "not installed:$(missing)"
	PATH=$PATH:/usr/sbin:/sbin
	kit_setup
	mkdir "$T/redis" "$T/postgres" "$T/app" "$T/nginx"
	cp -a "$SEED/data" "$T/postgres/data"
	cp "$STACK/nginx.conf" "$T/nginx/nginx.conf"
	# Where the sources are, nobody else may be let in.
	install -m 755 "$STACK/app.py" "$STACK/when-open" "$T"
	own "$T/redis" "$T/postgres" "$T/app" "$T/nginx"
	# Who runs without rights is to reach the readiness socket.
	chmod 755 "$T/run"
	stack | conf
}

teardown()
{
	[ -z "${T:-}" ] || kit_teardown
}

stack()
{
	local bin user=

	bin=$(postgres_bin)
	# With nobody's rights, if there are others to give up.
	[ "$(id -u)" -ne 0 ] || user='user = 65534
group = 65534
groups = 65534'
	cat <<-EOF
		[defaults]
		$user
		environment = PGUSER=postgres
		[supervisor:stack]
		strategy = rest_for_one
		intensity = 20
		[supervisor:workers]
		start = parallel
		[service:redis]
		supervisor = stack
		command = redis-server --port 0 --unixsocket $T/redis/sock --unixsocketperm 777 --supervised systemd --save 60 1 --dir $T/redis
		ready = notify
		[service:postgres]
		supervisor = stack
		command = $bin/postgres -D $T/postgres/data -k $T/postgres -c listen_addresses= -c fsync=off
		ready = notify
		stop_signal = INT
		[service:app]
		supervisor = stack
		command = $T/app.py serve $T/redis/sock $T/postgres $bin/psql $T/app/app.sock
		ready = notify
		[service:nginx]
		supervisor = stack
		directory = $T/nginx
		pre_start = rm -f nginx.sock
		command = $T/when-open 3 nginx.sock nginx -e stderr -p . -c nginx.conf
		ready = fd:3
		[service:worker@]
		supervisor = workers
		instances = 3
		command = $T/app.py work $T/redis/sock
	EOF
}

# visit: what nginx, the program and both of its stores answer together.
visit()
{
	/usr/bin/python3 -I - "$T/nginx/nginx.sock" <<-EOF
		import http.client, socket, sys
		c = http.client.HTTPConnection("stack", timeout=20)
		c.sock = socket.socket(socket.AF_UNIX)
		c.sock.settimeout(20)
		c.sock.connect(sys.argv[1])
		c.request("GET", "/")
		r = c.getresponse()
		sys.stdout.write(r.read().decode())
		sys.exit(r.status != 200)
	EOF
}

works()
{
	visit >"$T/visit" 2>/dev/null && grep -q '^redis .*, postgres ' "$T/visit"
}

# redis WORD...: one question to redis.
redis()
{
	redis-cli -s "$T/redis/sock" "$@" 3>&-
}

# rows: how often PostgreSQL remembers to have been visited.
rows()
{
	sed 's/.*postgres //' "$T/visit"
}

up()
{
	supd_start
	supctl wait --for ready --timeout 60 root
	works
}

pids()
{
	supctl --json status "$@" | jq -c '[.nodes[] | [.name, .pid]]'
}

@test "the stack comes up in order, and works" {
	up
	same "$(lines redis postgres app nginx)" \
	    "$(story 0 ready | sed -n 's/ ready$//p' |
	        grep -x 'redis\|postgres\|app\|nginx')"
	visit
	same 'redis 3, postgres 3' "$(visit)"
	is app status_text 'has redis and PostgreSQL'
	redis RPUSH jobs 1 2 3 4 5 >/dev/null
	wait_until jobs_are 5
	supd_stop
	[ "$supd_code" -eq 0 ]
	# Each one was down before the next was told.
	same "$(lines workers nginx app postgres redis stack)" \
	    "$(sed -n 's/^supd: info: \([^ ]*\): stopped.*/\1/p' "$OUT" |
	        sed 's/.*\///' | grep -v 'root\|worker@')"
	grep -q 'database system is shut down' "$OUT"
	kit_none_left
}

jobs_are()
{
	[ "$(redis GET done)" = "$1" ]
}

# kill_part NAME REST...: its death takes along those after it, in reverse
# order, and nobody else.
kill_part()
{
	local name=$1 seq before after stopped

	shift
	seq=$(last_seq)
	before=$(pids redis postgres app nginx)
	crash "$name"
	wait_until happened "$seq" nginx ready
	works
	stopped=$(printf '%s\n' "$@" | tac)
	same "${stopped:+$(sed 's/$/ stopped/' <<<"$stopped")}" \
	    "$(story "$seq" stopped)"
	same "$(printf '%s starting\n' "$name" "$@")" \
	    "$(story "$seq" starting | uniq)"
	after=$(pids redis postgres app nginx)
	jq -n -e --argjson b "$before" --argjson a "$after" \
	    '[range(4) | select($a[.] != $b[.]) | $a[.][0]] ==
	        $ARGS.positional' --args "$name" "$@"
}

@test "each part is killed in its turn; those after it come back in order" {
	local workers n

	up
	workers=$(pids worker@)
	kill_part nginx
	kill_part app nginx
	kill_part postgres app nginx
	kill_part redis postgres app nginx
	# Nothing that was told to be kept is lost.
	n=$(rows)
	[ "$n" -eq 5 ]
	same "$workers" "$(pids worker@)"
	redis RPUSH jobs 1 2 3 >/dev/null
	wait_until jobs_are 3
	crash worker@2
	wait_until is worker@2 restarts 1
	is nginx state running
}

@test "PostgreSQL heals after its worst death" {
	local pid seq

	up
	seq=$(last_seq)
	pid=$(node postgres pid)
	# Its whole family at once.
	kill -KILL "$pid" $(cat "/proc/$pid/task/$pid/children")
	wait_until happened "$seq" nginx ready
	is postgres restarts 1
	works
	[ "$(rows)" -eq 2 ]
	grep -q 'automatic recovery in progress' "$OUT"
	# A lock file of one that is long dead.
	supctl stop postgres
	printf '%s\n%s\n1700000000\n5432\n%s\n\n' "$(sh -c 'echo $$')" \
	    "$T/postgres/data" "$T/postgres" >"$T/postmaster.pid"
	chmod 600 "$T/postmaster.pid"
	own "$T/postmaster.pid"
	mv "$T/postmaster.pid" "$T/postgres/data/"
	supctl start postgres
	wait_until works
	[ "$(rows)" -eq 3 ]
}

@test "a backend of PostgreSQL that is killed is its own business" {
	local pid backend

	up
	pid=$(node postgres pid)
	backend=$(pgrep -P "$pid" -f 'checkpointer')
	kill -KILL "$backend"
	wait_until grep -q 'terminated; reinitializing' "$OUT"
	wait_until works
	[ "$(node postgres pid)" = "$pid" ]
	is postgres restarts 0
}

@test "a bad line in nginx's file: the start fails and says why; then healed" {
	up
	sed -i 's/^daemon off;/daemon off;\nnonsense on;/' "$T/nginx/nginx.conf"
	run supctl restart nginx
	echo "$output"
	[ "$status" -eq 1 ]
	grep -q 'supctl why nginx' <<<"$output"
	grep -q 'unknown directive "nonsense"' "$OUT"
	run supctl why nginx
	echo "$output"
	grep -q 'nginx' <<<"$output"
	grep -q 'exited with code 1' <<<"$output"
	run supctl status nginx
	echo "$output"
	[ "$status" -eq 3 ]
	# The others do not care.
	is app state running
	is app generation 1
	sed -i '/^nonsense/d' "$T/nginx/nginx.conf"
	supctl start nginx
	works
	is nginx state running
	is stack degraded false
}
