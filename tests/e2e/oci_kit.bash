# Helpers for the tests of containers, beside kit.bash.
#
# oci_file_setup takes the files that docs/containers.md prints, puts the
# programs beside them, and tries each runtime once with a container that is
# none of ours: where that cannot run, its tests are skipped with the runtime's
# own words. A test says `with runc FUNCTION`; the container is $ID, its supd
# answers through `inside /bin/supctl ...`, and its output is in $OUT.

OCI=$KIT_ROOT/tests/e2e/oci.py
PAGE=$KIT_ROOT/docs/containers.md
STATIC=${STATIC:-${BUILD:-$KIT_ROOT/build}/static/bin}

static_there()
{
	[ -x "$STATIC/supd" ] && [ -x "$STATIC/supctl" ]
}

oci_file_setup()
{
	local runtime folder

	static_there || return 0
	PAGES=$BATS_FILE_TMPDIR/page
	"$OCI" files "$PAGE" "$PAGES"
	for folder in demo one; do
		cp "$STATIC/supd" "$STATIC/supctl" /bin/busybox \
		    "$PAGES/$folder/"
	done
	# The same image with another configuration.
	cp -r "$PAGES/demo" "$PAGES/job.image"
	rm "$PAGES/job.image/conf.d/10-demo.conf"
	cp "$PAGES/job/conf.d/10-job.conf" "$PAGES/job.image/conf.d/"
	chmod -R go-w "$PAGES"
	for runtime in runc crun; do
		oci_try "$runtime" >"$BATS_FILE_TMPDIR/$runtime.why" 2>&1
	done
	export PAGES
}

oci_setup()
{
	static_there || skip "there is no $STATIC/supd: make static first"
	kit_setup
	ID=$(basename "$T")
	container_pid=
	pause_pid=
	marked=0
	runtime=()
}

# own_cgroup2 COMMAND...: where the machine mounts the older cgroups as well,
# crun and podman want to see nothing but cgroup2.
own_cgroup2()
{
	if [ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ]; then
		"$@"
	else
		# shellcheck disable=SC2016
		unshare --mount sh -c 'mount -t cgroup2 none /sys/fs/cgroup &&
		    exec "$@"' sh "$@"
	fi
}

# oci_runtime RUNTIME STATE: how it is called, in $runtime.
oci_runtime()
{
	case $1 in
	crun) runtime=(own_cgroup2 crun --cgroup-manager disabled --root "$2") ;;
	*) runtime=("$1" --root "$2") ;;
	esac
}

# Nothing, or why this runtime runs no container here, whatever is in it.
oci_try()
{
	local folder=$BATS_FILE_TMPDIR/try-$1 words

	command -v "$1" >/dev/null || {
		echo "there is no $1"
		return 0
	}
	mkdir -p "$folder/rootfs/bin"
	cp /bin/busybox "$folder/rootfs/bin/"
	(cd "$folder" && "$1" spec) &&
	    jq '.process.terminal = false | .process.args = ["/bin/busybox",
	    "true"]' "$folder/config.json" >"$folder/new" &&
	    mv "$folder/new" "$folder/config.json"
	oci_runtime "$1" "$folder/state"
	words=$("${runtime[@]}" run --bundle "$folder" "supd-try-$1-$$" \
	    </dev/null 2>&1 3>&-) ||
	    echo "$1 runs no containers here: ${words//$'\n'/; }"
}

# with RUNTIME FUNCTION: the test, in containers of that runtime.
with()
{
	local why

	root_only
	why=$(cat "$BATS_FILE_TMPDIR/$1.why")
	[ -z "$why" ] || skip "$why"
	oci_runtime "$1" "$T/state"
	"$2"
}

# yaml_only: skips where the manifest cannot be read.
yaml_only()
{
	python3 -c 'import yaml' 2>/dev/null || skip "there is no python3-yaml"
}

# bundle CONTEXT [OPTION...]: what is to run, in $T/bundle. All that runs in
# the container bears the mark of this test.
bundle()
{
	local context=$1

	shift
	rm -rf "$T/bundle"
	"$OCI" bundle "$PAGES/$context" "$T/bundle" --env "E2E_TEST=$T" "$@"
}

pod()
{
	bundle demo --pod "$PAGES/demo/deployment.yaml"
}

up()
{
	"${runtime[@]}" run --bundle "$T/bundle" "$ID" </dev/null >>"$OUT" \
	    2>&1 3>&- &
	container_pid=$!
}

# inside COMMAND...: one more process, with the rights that the container has,
# as engines ask the runtime for it.
inside()
{
	jq '.process | .args = $ARGS.positional' "$T/bundle/config.json" \
	    --args -- "$@" >"$T/process.json" &&
	    "${runtime[@]}" exec --process "$T/process.json" "$ID" \
	    </dev/null 3>&-
}

# answers CODE COMMAND...: the command inside leaves with that code.
answers()
{
	local code=0

	inside "${@:2}" >/dev/null 2>&1 || code=$?
	[ "$code" -eq "$1" ]
}

# ready NODE: waits until it is.
ready()
{
	wait_until answers 0 /bin/supctl is-ready "$1"
}

# told TEXT [COUNT]: supd, or a service, has written that, so often. While the
# container runs it may still be on its way, for wait_until.
told()
{
	[ "$(grep -c -- "$1" "$OUT")" -ge "${2:-1}" ]
}

# of NODE KEY: a value of it.
of()
{
	inside /bin/supctl --json status "$1" | jq -r ".nodes[0].$2"
}

container_over()
{
	! kill -0 "$container_pid" 2>/dev/null ||
	    grep -q '^State:.Z' "/proc/$container_pid/status" 2>/dev/null
}

# leaves CODE: the container ends by itself, with that code.
leaves()
{
	local code=0

	wait_until container_over || return
	wait "$container_pid" || code=$?
	container_pid=
	same "$1" "$code"
}

# send SIGNAL: to the first process of the container.
send()
{
	"${runtime[@]}" kill "$ID" "$1" 3>&-
}

# What was stopped since the mark, in the order in which it was.
stopped()
{
	tail -n +$((marked + 1)) "$OUT" |
	    sed -n 's/^supd: info: \([^:]*\): stopped.*/\1/p' | xargs
}

mark()
{
	marked=$(wc -l <"$OUT")
}

no_zombies()
{
	not grep -q '^Z' <<<"$(inside /bin/busybox ps -o stat)"
}

# hook PATH: a command of the manifest, in the array $hook.
hook=()
hook()
{
	mapfile -d '' hook < <("$OCI" ask "$PAGES/demo/deployment.yaml" "$1")
	[ ${#hook[@]} -gt 0 ]
}

# probe NAME CODE: Kubernetes takes 0 for yes and all else for no.
probe()
{
	hook "$1.exec.command"
	answers "$2" "${hook[@]}" || {
		echo "$1: not $2: ${hook[*]}"
		return 1
	}
}

# commands HEADING: runs what the page prints there, a line at a time; what
# they are to be is functions of the test.
commands()
{
	local line

	"$OCI" commands "$PAGE" "$1" >"$T/commands"
	# A line may go on behind a backslash.
	# shellcheck disable=SC2162
	while read line <&4; do
		echo "\$ $line"
		eval "$line" </dev/null || {
			echo "left with $?"
			return 1
		}
	done 4<"$T/commands"
}

# engine WORD...: podman, with nothing but $T to write to, no network and no
# cgroup of its own.
engine()
{
	local folder=$T/podman

	if ! [ -d "$folder" ]; then
		mkdir -p "$folder/lib" "$folder/run"
		cat >"$folder/containers.conf" <<-EOF
			[engine]
			runtime = "crun"
			cgroup_manager = "cgroupfs"
			events_logger = "none"
			lock_type = "file"

			[containers]
			cgroups = "disabled"
			netns = "none"
			log_driver = "k8s-file"
			default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
			env = ["E2E_TEST=$T"]
		EOF
	fi
	# shellcheck disable=SC2016
	CONTAINERS_CONF=$folder/containers.conf TMPDIR=$folder \
	    own_cgroup2 unshare --mount sh -c '
	    mount --bind "$1/lib" /var/lib && mount --bind "$1/run" /run &&
	    shift && exec podman --storage-driver vfs "$@"' \
	    sh "$folder" "$@" 3>&-
}

# Whether podman can do anything at all here, with an image that is not ours.
engine_works()
{
	local words

	root_only
	command -v podman >/dev/null || skip "there is no podman"
	mkdir "$T/try"
	cp /bin/busybox "$T/try/"
	printf 'FROM scratch\nCOPY busybox /bin/busybox\n' >"$T/try/Containerfile"
	words=$(engine build -t try "$T/try" 2>&1 &&
	    engine run --rm try /bin/busybox true 2>&1) ||
	    skip "podman runs no containers here: $(tail -n 1 <<<"$words")"
}

oci_teardown()
{
	if [ -d "${T:-/nowhere}/podman" ]; then
		engine rm --force --all --time 0 >/dev/null || true
	fi
	if [ -n "${container_pid:-}" ]; then
		"${runtime[@]}" delete --force "$ID" 3>&- || true
		wait "$container_pid" || true
	fi
	# What holds a pid namespace for a test.
	if [ -n "${pause_pid:-}" ]; then
		kill -KILL "$pause_pid"
		wait "$pause_pid" || true
	fi
	[ -z "${T:-}" ] || kit_teardown
}
