# The programs without shared libraries, as `make static` makes them: where
# nothing else is. BUILD is their folder.

load kit
load tree_kit

setup()
{
	BUILD=$(realpath "${BUILD:-$KIT_ROOT/build/static}")
	kit_setup
	ROOT=$T/root
	mkdir -m 755 "$ROOT"
}

teardown()
{
	[ -z "${T:-}" ] || kit_teardown
}

# empty_root: ROOT has the two programs and a folder for a configuration, and
# supd of this test is PID 1 in there.
empty_root()
{
	root_only
	cp "$SUPD" "$SUPCTL" "$ROOT/"
	# Pages of a file that was written just now count as dirty.
	sync -f "$ROOT"
	CONF=$ROOT/conf.d
	SOCK=$ROOT/supd.sock
	mkdir -m 755 "$CONF"
	supd_runner=(unshare --pid --fork --kill-child --root="$ROOT" --)
	kit_write 00-supd.conf <<-EOF
		[supd]
		socket = /supd.sock
	EOF
}

# busybox, which needs no library either, for what supd itself cannot do.
with_busybox()
{
	cp "$(command -v busybox)" "$ROOT/busybox"
}

# inside COMMAND...: it runs in that root, as PID 1 if it is supd.
inside()
{
	"${supd_runner[@]}" "$@" </dev/null 3>&-
}

# launch_inside ARGUMENT...: supd with these, in the background.
launch_inside()
{
	env --default-signal=INT,QUIT "${supd_runner[@]}" /supd "$@" \
	    </dev/null >>"$OUT" 2>&1 3>&- &
	supd_pid=$!
	supd_code=
}

start_inside()
{
	launch_inside -c /conf.d
	wait_until supd_answers_or_gone
	supd_answers
}

# A service that lives as long as supd does, and needs no other program.
follower()
{
	cat <<-EOF
		[service:$1]
		command = /supctl -s /supd.sock events -f
	EOF
}

is_musl()
{
	grep -q ^musl "$BUILD/libs/libc"
}

# Memory that a process has to itself, in kB.
dirty_kb()
{
	awk '/^Private_Dirty:/ { print $2 }' "/proc/$1/smaps_rollup"
}

# numbers PID KEY: of its status, in one line.
numbers()
{
	echo $(sed -n "s/^$2:\t//p" "/proc/$1/status")
}

@test "neither program names an interpreter or a library" {
	local program

	for program in "$SUPD" "$SUPCTL"; do
		readelf -lWd "$program" >"$T/elf"
		grep -q LOAD "$T/elf"
		not grep -E 'INTERP|NEEDED' "$T/elf"
	done
}

@test "they are put anywhere in memory, and keep what is read only apart" {
	local program

	grep -q static-pie "$BUILD/libs/libc" ||
	    skip "this machine's musl-gcc cannot do that"
	for program in "$SUPD" "$SUPCTL"; do
		readelf -lWd "$program" >"$T/elf"
		grep -q 'NOW PIE' "$T/elf"
		grep -q GNU_RELRO "$T/elf"
		not grep -E 'GNU_STACK.*E|TEXTREL' "$T/elf"
	done
}

@test "making them again makes nothing, needs no network, and tells the sizes" {
	local program said

	root_only
	make -s -C "$KIT_ROOT" BUILD="${BUILD%/static}" static \
	    >"$OUT" 2>&1 3>&-
	said=$(unshare --net make -s -C "$KIT_ROOT" BUILD="${BUILD%/static}" \
	    static 2>/dev/null 3>&-)
	same "$(for program in "$SUPD" "$SUPCTL"; do
		echo "$program: $(stat -c %s "$program") bytes," \
		    "$(cat "$BUILD/libs/libc")"
	done)" "$said"
}

@test "without network they are made with glibc, and work as well" {
	root_only
	unshare --net make -s -j2 -C "$KIT_ROOT" BUILD="$T/build" static \
	    >"$OUT" 2>&1 3>&-
	grep -q "musl can't be had, so it is glibc" "$OUT"
	grep -q "$T/build/static/bin/supd: .* bytes, glibc" "$OUT"
	not grep -i warning "$OUT"
	BUILD=$T/build/static
	SUPD=$BUILD/bin/supd
	SUPCTL=$BUILD/bin/supctl
	not grep -E 'INTERP|NEEDED' <(readelf -lWd "$SUPD" "$SUPCTL")
	empty_root
	mkdir "$ROOT/etc"
	echo 'kim:x:1234:1235::/:/none' >"$ROOT/etc/passwd"
	conf <<-EOF
		$(follower a)
		[service:b]
		command = /supctl version
		user = kim
		restart = temporary
	EOF
	start_inside
	state a running
	state b exited
	supd_stop
	[ "$supd_code" -eq 0 ]
}

@test "where no compiler makes such programs, that is said, and left with 77" {
	local code=0

	mkdir "$T/bin"
	printf '#!/bin/sh\nexit 1\n' >"$T/bin/gcc"
	cp "$T/bin/gcc" "$T/bin/musl-gcc"
	chmod 755 "$T/bin"/*
	PATH=$T/bin:$PATH "$KIT_ROOT/.ci/static-libs" "$T/libs" \
	    >"$OUT" 2>&1 || code=$?
	[ "$code" -eq 77 ]
	grep -q "can't be linked statically on this machine" "$OUT"
	[ ! -e "$T/libs/cc" ]
}

@test "a tree comes up where no other file is, and ends in order" {
	empty_root
	conf <<-EOF
		$(follower a)
		[service:b]
		command = /supctl version
		restart = temporary
	EOF
	start_inside
	state a running
	state b exited
	chroot "$ROOT" /supctl -s /supd.sock status >"$T/status"
	grep -q ' a  *running' "$T/status"
	chroot "$ROOT" /supctl -s /supd.sock is-ready a
	grep -q "^supctl $("$SUPCTL" version | sed -n 's/^supctl //p')" "$OUT"
	supd_stop
	[ "$supd_code" -eq 0 ]
	same "$(lines 00-supd.conf 10-test.conf supctl supd supd.sock.lock)" \
	    "$(find "$ROOT" -type f -printf '%f\n' | sort)"
}

@test "a service runs on there when the engine is killed" {
	local pid engine

	empty_root
	conf <<-EOF
		[service:a]
		command = /supd -- /busybox sleep 1000
	EOF
	with_busybox
	start_inside
	state a running
	pid=$(node a pid)
	engine=$(engine_pid)
	kill -KILL "$engine"
	wait_until gone "$engine"
	wait_until supd_answers
	[ "$(node a pid)" -eq "$pid" ]
	is a state running
	supd_stop
	[ "$supd_code" -eq 0 ]
}

@test "it is the init of a single command there" {
	local code=0

	empty_root
	same "supctl $("$SUPCTL" version | sed -n 's/^supctl //p')" \
	    "$(inside /supd -- /supctl version | sed -n 1p)"
	inside /supd -- /supctl -s /none status 2>"$T/err" || code=$?
	[ "$code" -eq 69 ]
	code=0
	inside /supd -- none 2>"$T/err" || code=$?
	[ "$code" -eq 127 ]
	grep -q "can't run none: not found" "$T/err"
}

@test "a user is a number where there is no /etc/passwd" {
	local pid

	empty_root
	with_busybox
	conf <<-EOF
		[service:a]
		command = /busybox sleep 1000
		user = 1000
		group = 1001
	EOF
	start_inside
	state a running
	pid=$(pid_of a)
	same "1000 1000 1000 1000" "$(numbers "$pid" Uid)"
	same "1001 1001 1001 1001" "$(numbers "$pid" Gid)"
	same "" "$(numbers "$pid" Groups)"
	supd_stop
	[ "$supd_code" -eq 0 ]
}

@test "a name that nothing there knows is refused, and so is half a number" {
	local code=0

	empty_root
	conf <<-EOF
		[service:a]
		command = /supctl version
		user = kim
		[service:b]
		command = /supctl version
		user = 1000
		[service:c]
		command = /supctl version
		user = 1000
		group = staff
	EOF
	inside /supd --check -c /conf.d >"$OUT" 2>&1 || code=$?
	[ "$code" -eq 78 ]
	grep -q "3: bad user 'kim' in \[service:a\]: there is no user 'kim'" \
	    "$OUT"
	grep -q "6: bad user '1000' in .* so 'group' must be set, too" "$OUT"
	grep -q "10: bad group 'staff' in .*: there is no group 'staff'" "$OUT"
}

@test "names are those of /etc/passwd and /etc/group where they are" {
	local pid

	empty_root
	with_busybox
	mkdir "$ROOT/etc"
	echo 'kim:x:1234:1235:Kim:/home/kim:/bin/none' >"$ROOT/etc/passwd"
	lines 'kim:x:1235:' 'tape:x:26:lee,kim' 'disk:x:6:lee' \
	    >"$ROOT/etc/group"
	conf <<-EOF
		[service:a]
		command = /busybox sh -c 'echo "\$\$USER \$\$HOME \$\$SHELL"; exec /busybox sleep 1000'
		user = kim
	EOF
	start_inside
	state a running
	wait_until grep -q '^kim /home/kim /bin/none$' "$OUT"
	pid=$(pid_of a)
	same "1234 1234 1234 1234" "$(numbers "$pid" Uid)"
	same "1235 1235 1235 1235" "$(numbers "$pid" Gid)"
	same "26 1235" "$(numbers "$pid" Groups)"
	supd_stop
	[ "$supd_code" -eq 0 ]
}

@test "the init and the guard have less than 100 kB of memory of their own" {
	empty_root
	is_musl || skip "that is so with musl"
	with_busybox
	conf <<-EOF
		$(follower a)
	EOF
	start_inside
	state a running
	echo "guard: $(dirty_kb "$(guard_pid)") kB"
	[ "$(dirty_kb "$(guard_pid)")" -lt 100 ]
	supd_stop
	launch_inside -- /busybox sleep 1000
	wait_until has_command
	echo "init: $(dirty_kb "$(guard_pid)") kB"
	[ "$(dirty_kb "$(guard_pid)")" -lt 100 ]
	supd_stop
	[ "$supd_code" -eq 143 ]
}

# The init of one command, and that command.
has_command()
{
	local pid

	pid=$(guard_pid 2>/dev/null)
	[ -n "$pid" ] && [ "$(cat "/proc/$pid/comm")" = supd ] &&
	    grep -qs busybox "/proc/$(cut -d ' ' -f 1 \
	    "/proc/$pid/task/$pid/children")/comm"
}
