# docs/containers.md is true: its image, its pod and its commands, run.

load kit
load oci_kit

setup_file()
{
	oci_file_setup
}

setup()
{
	oci_setup
}

teardown()
{
	oci_teardown
}

image()
{
	local before

	bundle demo
	up
	ready root
	inside /bin/busybox wget -q -O - http://127.0.0.1:8080/ |
	    grep -q "$(date +%Y)"
	before=$(of web pid)
	inside /bin/busybox kill -KILL "$before"
	wait_until restarted_from "$before"
	ready web
	same 1 "$(of web restarts)"
	inside /bin/supctl why web | grep -q "killed by SIGKILL"
	wait_until no_zombies
	send TERM
	leaves 0
	same "web page root" "$(stopped)"
	wait_until kit_none_left
}

restarted_from()
{
	local now

	now=$(of web pid)
	[ "$now" != null ] && [ "$now" != "$1" ]
}

@test "runc: the tree comes up, serves, heals, and ends in order with 0" {
	with runc image
}

@test "crun: the tree comes up, serves, heals, and ends in order with 0" {
	with crun image
}

# page cannot write its file until somebody reads it.
held()
{
	mkdir -m 777 "$T/bundle/volumes/run/www"
	mkfifo "$T/bundle/volumes/run/www/index.html"
	chmod 666 "$T/bundle/volumes/run/www/index.html"
}

release()
{
	exec 9<>"$T/bundle/volumes/run/www/index.html"
	rm "$T/bundle/volumes/run/www/index.html"
	wait_until answers 0 /bin/supctl is-ready root
	exec 9<&-
}

probes()
{
	yaml_only
	pod
	held
	up
	wait_until probe livenessProbe 0
	probe startupProbe 3
	probe readinessProbe 3
	release
	probe startupProbe 0
	probe readinessProbe 0
	probe livenessProbe 0
	inside /bin/supctl stop web
	probe readinessProbe 3
	probe livenessProbe 0
	inside /bin/supctl start web
	probe readinessProbe 0
	send TERM
	leaves 0
}

@test "runc: the pod's probes say what Kubernetes has to know" {
	with runc probes
}

@test "crun: the pod's probes say what Kubernetes has to know" {
	with crun probes
}

# What the manifest asks for is in force, and not only asked for.
rights()
{
	local line status

	yaml_only
	pod
	up
	ready root
	status=$(inside /bin/busybox cat /proc/1/status)
	for line in "Uid:	1000	1000	1000	1000" \
	    "Gid:	1000	1000	1000	1000" \
	    "CapEff:	0000000000000000" "CapBnd:	0000000000000000" \
	    "NoNewPrivs:	1"; do
		grep -qxF "$line" <<<"$status"
	done
	if [ -e /usr/share/containers/seccomp.json ]; then
		grep -qxF "Seccomp:	2" <<<"$status"
	fi
	inside /bin/busybox touch /new 2>&1 | grep -q "Read-only file system"
	same 700 "$(inside /bin/busybox stat -c %a /run/supd)"
	wait_until told "no cgroups ("
	send TERM
	leaves 0
}

@test "runc: the pod runs as 1000, read-only, without capabilities" {
	with runc rights
}

@test "crun: the pod runs as 1000, read-only, without capabilities" {
	with crun rights
}

# Above the filter of the container there is that of the service.
less_rights()
{
	local above

	yaml_only
	pod
	cat >"$T/bundle/rootfs/etc/supd/conf.d/20-own.conf" <<-EOC
		[service:own]
		command = /bin/busybox sleep infinity
		landlock = rx:/bin
		syscall_filter = ~@mount
		no_new_privs = yes
	EOC
	up
	ready own
	above=$(filters 1)
	same $((above + 1)) "$(filters "$(of own pid)")"
	send TERM
	leaves 0
}

filters()
{
	inside /bin/busybox sed -n 's/^Seccomp_filters:\t//p' "/proc/$1/status"
}

@test "runc: in the pod services give up more by landlock and syscall_filter" {
	with runc less_rights
}

# The hook takes its time; TERM finds the front stopped already.
goes_away()
{
	yaml_only
	pod
	up
	ready root
	commands Kubernetes
	wait_until told "web: ready" 2
	mark
	hook lifecycle.preStop.exec.command
	inside "${hook[@]}"
	wait_until told "web: stopped" 2
	same web "$(stopped)"
	probe readinessProbe 3
	send TERM
	leaves 0
	same "web page root" "$(stopped)"
	wait_until kit_none_left
}

kubectl()
{
	case $1 in
	exec) inside "${@:4}" ;;
	apply | logs) ;;
	*) return 1 ;;
	esac
}

@test "runc: the page's kubectl commands, then preStop and TERM" {
	with runc goes_away
}

@test "crun: the page's kubectl commands, then preStop and TERM" {
	with crun goes_away
}

after_a_kill()
{
	yaml_only
	pod
	up
	ready root
	send KILL
	leaves 137
	[ -S "$T/bundle/volumes/run/supd/supd.sock" ]
	up
	ready root
	send TERM
	leaves 0
}

@test "runc: a container that was killed starts again in the same pod" {
	with runc after_a_kill
}

@test "crun: a container that was killed starts again in the same pod" {
	with crun after_a_kill
}

# supd is not PID 1, and orphans come to it all the same.
shared_pids()
{
	unshare --pid --fork --kill-child sleep 600 3>&- &
	pause_pid=$!
	wait_until has_child "$pause_pid"
	bundle demo --pids "/proc/$(child_of "$pause_pid")/ns/pid"
	up
	ready root
	inside /bin/busybox ps -o pid,args | grep -q '^ *1 sleep 600'
	crash_page
	ready web
	not grep -qx ' *1' <<<"$(inside /bin/busybox ps -o ppid)"
	wait_until no_zombies
	wait_until told "web: ready" 2
	mark
	send TERM
	leaves 0
	same "web page root" "$(stopped)"
}

has_child()
{
	[ -n "$(child_of "$1")" ]
}

child_of()
{
	tr -d ' ' <"/proc/$1/task/$1/children"
}

# Its `sleep 1` is left an orphan.
crash_page()
{
	local before

	before=$(of page pid)
	inside /bin/busybox kill -KILL "$before"
	wait_until page_is_not "$before"
}

page_is_not()
{
	[ "$(of page pid)" != "$1" ] && [ "$(of page state)" = running ]
}

@test "runc: with shareProcessNamespace it is not PID 1, and works" {
	with runc shared_pids
}

@test "crun: with shareProcessNamespace it is not PID 1, and works" {
	with crun shared_pids
}

job()
{
	bundle job.image
	up
	leaves 0
	told "at work"
}

@test "runc: the container leaves with 0 when its job is done" {
	with runc job
}

@test "crun: the container leaves with 0 when its job is done" {
	with crun job
}

gives_up()
{
	bundle job.image --env CODE=33
	up
	leaves 33
	same 3 "$(grep -c 'at work' "$OUT")"
	told "root: gave_up"
}

@test "runc: root gives up, and the container leaves with the job's code" {
	with runc gives_up
}

@test "crun: root gives up, and the container leaves with the job's code" {
	with crun gives_up
}

one_command()
{
	bundle one
	up
	wait_until serves
	send TERM
	leaves 143
	wait_until kit_none_left
	# In tini's place, by its name and with its options.
	bundle one --entrypoint \
	    '["/usr/bin/tini", "-g", "--", "/bin/busybox", "sh", "-c", "exit 7"]'
	mkdir -p "$T/bundle/rootfs/usr/bin"
	ln -s /sbin/supd "$T/bundle/rootfs/usr/bin/tini"
	up
	leaves 7
}

# Without a page it says so: 404.
serves()
{
	inside /bin/busybox wget -O - http://127.0.0.1:8080/ 2>&1 |
	    grep -q 'HTTP/1'
}

@test "runc: one command, and a link in the place of tini" {
	with runc one_command
}

@test "crun: one command, and a link in the place of tini" {
	with crun one_command
}

above()
{
	bundle demo --entrypoint \
	    '["/sbin/supd", "--", "/sbin/supd", "-c", "/etc/supd/conf.d"]'
	up
	ready root
	crash_page
	wait_until no_zombies
	send TERM
	leaves 0
}

@test "runc: another init above it does no harm" {
	with runc above
}

lacking()
{
	bundle demo
	cat >"$T/bundle/rootfs/etc/supd/conf.d/20-caged.conf" <<-EOC
		[service:caged]
		command = /bin/busybox sleep 60
		private_tmp = yes
		autostart = no
	EOC
	up
	ready root
	answers 1 /bin/supctl start --timeout 30s caged
	inside /bin/supctl why caged |
	    grep -q "private_tmp: Operation not permitted"
	answers 0 /bin/supctl is-ready web
	inside /bin/supctl stop caged
	send TERM
	leaves 0
}

@test "runc: what a service asks for and cannot have is told of it alone" {
	with runc lacking
}

# The folder of the socket itself as the volume.
refused()
{
	yaml_only
	pod
	mkdir -m 777 "$T/bundle/volumes/run/supd"
	chmod 777 "$T/bundle/volumes/run/supd"
	up
	wait_until told "root: ready"
	told "no control socket"
	told "may be written by others"
	send TERM
	leaves 0
}

@test "runc: a /run/supd that others may write is refused, and it runs on" {
	with runc refused
}

without_root()
{
	local user=(setpriv --reuid=65534 --regid=65534 --clear-groups)

	"${user[@]}" unshare --user true 2>/dev/null ||
	    skip "users may make no user namespaces here"
	# All that the runtime touches is to be that user's.
	cp -r "$PAGES/demo" "$T/demo"
	chown -R 65534:65534 "$T"
	"${user[@]}" "$OCI" bundle "$T/demo" "$T/bundle" --rootless \
	    --env "E2E_TEST=$T"
	runtime=("${user[@]}" "${runtime[@]}")
	up
	ready root
	crash_page
	ready web
	send TERM
	leaves 0
}

@test "runc: an ordinary user runs the container" {
	with runc without_root
}

# The page's commands are these where they do not mean what they say.
apt-get()
{
	:
}

make()
{
	mkdir -p build/static/bin
	cp "$STATIC/supd" "$STATIC/supctl" build/static/bin/
}

# A person types more slowly than a tree comes up.
podman()
{
	if [ "$1" = exec ]; then
		wait_until engine exec "$2" /bin/supctl is-ready root
	fi
	engine "$@" || return
	if [ "$1" = stop ]; then
		same 0 "$(engine inspect -f '{{.State.ExitCode}}' "$2")"
	fi
}

@test "podman: the page's commands, word for word" {
	engine_works
	mkdir "$T/checkout"
	cd "$T/checkout"
	"$OCI" files "$PAGE" .
	commands "A tree in an empty image" >"$OUT" 2>&1
	told "web *running"
	told "$(date +%Y)"
	told "Now: *web has been running"
	told "the tree is down; exit code 0"
	commands "As a user without rights"
	same "" "$(engine ps --all --quiet)"
}

@test "the page's configurations are good, without a warning" {
	local folder

	for folder in demo job; do
		same "the configuration is good" \
		    "$("$STATIC/supd" --check -c "$PAGES/$folder/conf.d" 2>&1 |
			sed 's/:.*//')"
	done
}

@test "the manifest fits the tree, and its grace the stop" {
	yaml_only
	"$OCI" judge "$PAGES/demo/deployment.yaml" "$PAGES/demo/conf.d"
}
