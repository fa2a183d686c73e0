# The init of one command: how it is called (A), and a command that cannot be
# executed (B).

load kit
load init_kit

setup()
{
	init_setup
}

teardown()
{
	init_teardown
}

# copy_with_libraries PROGRAM ROOT NAME: into a root folder that is empty.
copy_with_libraries()
{
	local file

	install -D "$1" "$2/$3"
	for file in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
		install -D "$file" "$2$file"
	done
}

@test "A01 it stays PID 1 and runs the command as its child" {
	exits 0 -- sh -c 'echo $PPID; cat /proc/1/comm'
	same "1
$KIND" "$(cat "$T/out")"
}

@test "A02 arguments arrive byte for byte, options after the command too" {
	exits 0 -- sh -c 'printf "<%s>" "$@"' sh -v -h --version 'a  b' '' \
	    -- $'c\n' $'\xff'
	printf '<-v><-h><--version><a  b><><--><c\n><\xff>' >"$T/wanted"
	cmp "$T/wanted" "$T/out"
}

@test "A03 without -- the first word that is no option ends the options" {
	exits 0 sh -c 'printf "<%s>" "$@"' sh -v -h --version -- x
	same '<-v><-h><--version><--><x>' "$(cat "$T/out")"
}

@test "A04 a huge command line and environment pass" {
	local big

	big=$(head -c 100000 /dev/zero | tr '\0' x)
	BIG=$big exits 0 -- sh -c 'echo $# ${#1} ${#5} ${#BIG}' sh "$big" \
	    "$big" "$big" "$big" "$big"
	same "5 100000 100000 100000" "$(cat "$T/out")"
}

@test "A05 the environment is passed on unchanged" {
	ns env -i B='x  y' A=1 TINI_VERBOSITY=1 C= "$INIT" -- "$(which env)"
	same 'B=x  y
A=1
TINI_VERBOSITY=1
C=' "$(cat "$T/out")"
}

@test "A06 standard input reaches the command, and nothing else is printed" {
	code=0
	echo hello | "${NS[@]}" "$INIT" -- cat >"$T/out" 2>"$T/err" || code=$?
	same "0 hello" "$code $(cat "$T/out")"
	[ ! -s "$T/err" ]
}

@test "A07 no command: usage on standard error, and failure" {
	ns "$INIT" --
	[ "$code" -ne 0 ] && [ "$code" -lt 128 ]
	[ -s "$T/err" ] && [ ! -s "$T/out" ]
	said usage
}

@test "A08 an option that it does not know: the command is not run" {
	local option

	for option in -Z --no-such; do
		ns "$INIT" "$option" -- touch "$T/ran"
		[ "$code" -ne 0 ] && [ "$code" -lt 128 ]
		[ -s "$T/err" ]
		[ ! -e "$T/ran" ]
	done
}

@test "A09 the command keeps the working directory" {
	cd "$T"
	exits 0 -- pwd
	same "$T" "$(cat "$T/out")"
}

@test "A10 PID 1 itself does not hold the working directory" {
	cd "$T"
	launch sleep 1000
	wait_until at_root
}

at_root()
{
	[ "$(readlink "/proc/$PID1/cwd")" = / ]
}

@test "A11 umask, niceness, limits and OOM score are passed on" {
	ns sh -c 'umask 027; ulimit -n 123; echo 500 >/proc/self/oom_score_adj
	    exec nice -n 5 "$@"' sh "$INIT" -- \
	    sh -c 'umask; ulimit -n; nice; cat /proc/self/oom_score_adj'
	same "0027 123 5 500" "$(echo $(cat "$T/out"))"
}

@test "A12 it works without /proc" {
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers need /proc"
	try unshare --pid --fork --mount --kill-child sh -c \
	    'mount -t tmpfs none /proc && exec "$@"' sh "$INIT" -- \
	    sh -c '(sleep 0.1; exit 3) & exit 9'
	same 9 "$code"
}

@test "A13 it works as a user without rights" {
	install "$INIT" "$T/$KIND"
	ns setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$T/$KIND" -- sh -c 'id -u; exit 8'
	same "8 65534" "$code $(cat "$T/out")"
}

@test "A14 it works with 8 descriptors allowed" {
	ns sh -c 'ulimit -n 8; exec "$@"' sh "$INIT" -- sh -c 'exit 4'
	same 4 "$code"
}

@test "A15 no process can be made: a message and failure, at once" {
	local begin

	install "$INIT" "$T/$KIND"
	begin=$(now_ms)
	ns prlimit --nproc=1 setpriv --reuid=54321 --clear-groups \
	    "$T/$KIND" -- touch "$T/ran"
	[ "$code" -ne 0 ] && [ "$code" -lt 128 ]
	[ -s "$T/err" ]
	[ $(($(now_ms) - begin)) -lt 8000 ]
}

@test "A16 it works in a root folder with nothing in it" {
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers need /proc"
	copy_with_libraries "$INIT" "$T/root" init
	copy_with_libraries "$(readlink -f /bin/sh)" "$T/root" sh
	ns chroot "$T/root" /init -- /sh -c 'exit 6'
	same 6 "$code"
}

@test "B01 a command that is not found: 127, and its name" {
	exits 127 -- no-such-command
	said no-such-command
	exits 127 -- /no/such/command
	said /no/such/command
}

@test "B02 a command that is not executable: 126" {
	echo 'exit 0' >"$T/plain"
	exits 126 -- "$T/plain"
	said plain
}

@test "B03 a folder: 126" {
	exits 126 -- /etc
	said /etc
}

@test "B04 an interpreter that is missing: 126 or 127, and a message" {
	printf '#!/no/such/interpreter\n' >"$T/script"
	chmod 755 "$T/script"
	ns "$INIT" -- "$T/script"
	[ "$code" -eq 126 ] || [ "$code" -eq 127 ]
	said script
}

@test "B05 a script without #! runs under sh" {
	echo 'exit 12' >"$T/script"
	chmod 755 "$T/script"
	exits 12 -- "$T/script"
	PATH=$T:$PATH exits 12 -- script
}

@test "B06 other errors of execve: 126 or 127" {
	local name

	ln -s loop "$T/loop"
	for name in "$T/loop" "$(head -c 5000 /dev/zero | tr '\0' a)" \
	    /etc/passwd/x; do
		ns "$INIT" -- "$name"
		[ "$code" -eq 126 ] || [ "$code" -eq 127 ]
	done
}

@test "B07 what cannot be executed is told within 1 s" {
	local begin i took

	# Also here where something else takes the processors now and then.
	for i in 1 2 3 4 5; do
		begin=$(now_ms)
		ns "$INIT" -- /no/such/command
		took=$(($(now_ms) - begin))
		[ "$code" -ne 0 ] && [ "$code" -lt 128 ]
		[ "$took" -ge 1000 ] || break
	done
	[ "$took" -lt 1000 ]
}

@test "B08 ... with 127 even if standard error is closed" {
	ns sh -c 'exec "$@" 2>&-' sh "$INIT" -- /no/such/command
	same 127 "$code"
}

