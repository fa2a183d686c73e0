# The init of one command: what the command inherits (E), reaping (F), what is
# left at the end (I), and size (J).

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

# status KEY: of the command that printed its /proc/self/status.
status()
{
	sed -n "s/^$1:[[:space:]]*//p" "$T/out"
}

# ignored: the signals that the command found ignored, less 32 and 33: the C
# library keeps those, and its posix_spawn(3), by which make starts a test,
# leaves them ignored.
ignored()
{
	printf '%016x' $((0x$(status SigIgn) & ~0x180000000))
}

# mask SIGNAL...: as the kernel prints it.
mask()
{
	local n bits=0

	for n; do
		bits=$((bits | 1 << (n - 1)))
	done
	printf '%016x' "$bits"
}

@test "E01 the command has nothing blocked, ignored or caught" {
	exits 0 -- cat /proc/self/status
	same "$(mask)" "$(status SigBlk)"
	same "$(mask)" "$(ignored)"
	same "$(mask)" "$(status SigCgt)"
}

@test "E02 blocked signals are handed on as they were" {
	ns env --block-signal=USR1,TTIN,CHLD,TERM "$INIT" -- \
	    cat /proc/self/status
	same "$(mask 10 15 17 21)" "$(status SigBlk)"
}

@test "E03 ignored signals are handed on as they were" {
	ns env --ignore-signal=HUP,USR1,TTOU "$INIT" -- cat /proc/self/status
	same "$(mask 1 10 22)" "$(ignored)"
	ns env --ignore-signal=HUP,TSTP "$INIT" -- cat /proc/self/status
	same "$(mask 1 20)" "$(ignored)"
	ns env --ignore-signal=CHLD "$INIT" -- cat /proc/self/status
	same "$(mask 17)" "$(ignored)"
}

@test "E04 CHLD ignored at the start: it sees its command end" {
	ns env --ignore-signal=CHLD "$INIT" -- sh -c 'exit 5'
	same 5 "$code"
}

@test "E05 CHLD blocked at the start: it sees its command end" {
	ns env --block-signal=CHLD "$INIT" -- sh -c 'exit 5'
	same 5 "$code"
}

@test "E06 the command leads a process group of its own" {
	exits 0 -- sh -c 'cut -d " " -f 1,5 /proc/self/stat; echo $$'
	same "$(sed -n 2p "$T/out")" \
	    "$(sed -n 1p "$T/out" | cut -d ' ' -f 2)"
}

@test "E07 no descriptor of the init leaks into the command" {
	ns "${PROBE[@]}" only "$INIT" -- sh -c 'ls /proc/$$/fd'
	same "0 1 2" "$(echo $(cat "$T/out"))"
}

@test "E08 descriptors that it was given reach the command" {
	echo hello >"$T/file"
	ns "${PROBE[@]}" only \
	    sh -c 'exec "$@" 3<"$0" 4<"$0" 7<"$0"' "$T/file" "$INIT" -- \
	    sh -c 'cat <&3; cat <&4; cat <&7; ls /proc/$$/fd'
	same "hello hello hello 0 1 2 3 4 7" "$(echo $(cat "$T/out"))"
}

@test "E09 it does not hold them itself: readers see the end" {
	mkfifo "$T/fifo"
	background sh -c 'exec "$@" 9>"$0"' "$T/fifo" "$INIT" -- \
	    sh -c 'exec 9>&-; exec sleep 1000'
	timeout 5 cat "$T/fifo"
}

@test "E10 standard descriptors that are closed stay closed, and it works" {
	ns sh -c 'exec "$@" 0<&- 1>&- 2>&-' sh "$INIT" -- \
	    sh -c 'for i in 0 1 2; do
	        [ ! -e /proc/$$/fd/$i ] || exit 1
	    done
	    exit 33'
	same 33 "$code"
}

@test "E11 the command has no death signal, no no_new_privs, is no subreaper" {
	local options=()

	exits 0 -- "${PROBE[@]}" inherited
	same "0 0 0" "$(cat "$T/out")"
	case $KIND in
	supd | tini) options=(-s -p TERM) ;;
	esac
	[ "$KIND" != tini ] || options=(-s -p SIGTERM)
	ns sh -c '"$@"; exit' sh "$INIT" "${options[@]}" -- \
	    "${PROBE[@]}" inherited
	same "0 0 0" "$(cat "$T/out")"
}

@test "E12 LISTEN_PID that names it is rewritten for the command" {
	LISTEN_PID=1 exits 0 -- sh -c 'echo $LISTEN_PID $$'
	same "2 2" "$(cat "$T/out")"
	LISTEN_PID=77 exits 0 -- sh -c 'echo $LISTEN_PID'
	same 77 "$(cat "$T/out")"
}

@test "F01 an orphan is reaped at once" {
	touch "$T/orphan"
	launch -- sh -c 'sh -c "(while [ -e $0 ]; do sleep 0.02; done) &";
	    exec sleep 1000' "$T/orphan"
	wait_until children_are 2
	rm "$T/orphan"
	KIT_PATIENCE=3 wait_until alone
}

@test "F02 a storm of orphans leaves no zombie" {
	make_orphans
	launch -- sh -c '"$@"; echo made >"$0"; exec sleep 1000' "$T/made" \
	    "$ORPHANS" many 2000
	wait_until has_file "$T/made"
	KIT_PATIENCE=3 wait_until no_zombies
}

@test "F03 many orphans that die at one instant leave no zombie" {
	make_orphans
	launch -- "$ORPHANS" instant 300 "$T/made"
	wait_until has_file "$T/made"
	[ "$(wc -w <"/proc/$PID1/task/$PID1/children")" -gt 300 ]
	kill -USR1 "$(child_of "$PID1")"
	KIT_PATIENCE=5 wait_until alone
}

# Only the command is left.
alone()
{
	children_are 1
}

children_are()
{
	[ "$(wc -w <"/proc/$PID1/task/$PID1/children")" -eq "$1" ]
}

@test "F04 orphans of other users and sessions are reaped" {
	launch -- sh -c 'for i in 1 2 3; do
	        sh -c "setsid setpriv --reuid=6553$i --clear-groups sleep 0.1 &"
	    done
	    echo made >"$0"; exec sleep 1000' "$T/made"
	wait_until has_file "$T/made"
	KIT_PATIENCE=3 wait_until alone
}

@test "F05 when idle it does not wake up" {
	launch -- sleep 1000
	stay_quiet "$PID1"
}

@test "I01 what is left gets TERM, and time to end" {
	exits 4 -- sh -c 'sh -c "trap \"sleep 0.5; echo done >$0; exit\" TERM;
	        echo ready >$0.ready; while :; do sleep 0.05; done" &
	    while [ ! -s "$0.ready" ]; do sleep 0.02; done
	    exit 4' "$T/left"
	same "done" "$(cat "$T/left")"
}

@test "I02 TERM: a daemon outside of the command's group gets it, too" {
	launch -- sh -c 'setsid sh -c "trap \"echo done >$0; exit\" TERM;
	        echo ready >$0.ready; while :; do sleep 0.05; done" &
	    exec sleep 1000' "$T/left"
	wait_until has_file "$T/left.ready"
	kill -TERM "$PID1"
	ends 143
	same "done" "$(cat "$T/left")"
}

@test "I03 a command that ignores TERM is killed in the end" {
	only supd
	launch --grace 1 -- sh -c 'trap "" TERM; echo ready >"$0"; sleep 1000' \
	    "$T/ready"
	wait_until has_file "$T/ready"
	kill -TERM "$PID1"
	ends 137
}

@test "I03 ... and by default after 3 s" {
	local begin

	only supd
	launch -- sh -c 'trap "" TERM; echo ready >"$0"; sleep 1000' "$T/ready"
	wait_until has_file "$T/ready"
	begin=$(now_ms)
	kill -TERM "$PID1"
	KIT_PATIENCE=8 ends 137
	[ $(($(now_ms) - begin)) -ge 2800 ]
}

@test "I03 ... and what the command left, which ignores TERM, too" {
	local begin

	only supd
	begin=$(now_ms)
	exits 4 --grace 1 -- sh -c 'setsid sh -c "trap \"\" TERM;
	        echo ready >$0; sleep 1000" &
	    while [ ! -s "$0" ]; do sleep 0.02; done; exit 4' "$T/ready"
	[ $(($(now_ms) - begin)) -lt 8000 ]
	# Also where it is not PID 1 and has to look for it.
	rm "$T/ready"
	ns sh -c '"$@"; code=$?; pgrep -x sleep; exit $code' sh "$INIT" \
	    --grace 1 -- sh -c 'setsid sh -c "trap \"\" TERM;
	        echo ready >$0; sleep 1000" &
	    while [ ! -s "$0" ]; do sleep 0.02; done; exit 4' "$T/ready"
	same "4 " "$code $(cat "$T/out")"
}

@test "I03 ... and a second TERM or INT cuts the grace short" {
	local signal begin

	only supd
	for signal in TERM INT; do
		rm -f "$T/ready"
		launch --grace 1h -- sh -c 'trap "" TERM INT; echo ready >"$0";
		    sleep 1000' "$T/ready"
		wait_until has_file "$T/ready"
		begin=$(now_ms)
		kill -TERM "$PID1"
		wait_until no_signal_waits
		kill -"$signal" "$PID1"
		ends 137
		[ $(($(now_ms) - begin)) -lt 8000 ]
	done
}

no_signal_waits()
{
	grep -q '^ShdPnd:.0*$' "/proc/$PID1/status"
}

@test "J01 PID 1 has less than 300 kB of memory of its own" {
	# Pages of a file that was written just now count as dirty.
	sync -f "$INIT"
	launch -- sleep 1000
	sleep 0.2
	same yes "$(awk '/^Private_Dirty:/ {
	    print $2 < 300 ? "yes" : $2 }' "/proc/$PID1/smaps_rollup")"
}

@test "its last word: which signal killed the command, if it passed none on" {
	only supd
	exits 137 -- sh -c 'kill -KILL $$'
	same "supd: error: sh was killed by signal 9 (KILL)" \
	    "$(cat "$T/err")"
	launch -- sleep 1000
	kill -TERM "$PID1"
	ends 143
	[ ! -s "$T/err" ]
}

# A cgroup with little memory, of whichever kind can be made; sets CGROUP.
little_memory()
{
	local limit

	for limit in memory/%/memory.limit_in_bytes %/memory.max; do
		CGROUP=/sys/fs/cgroup/$(dirname "${limit/\%/e2e-$$}")
		mkdir "$CGROUP" 2>/dev/null || continue
		if echo 30M >"$CGROUP/$(basename "$limit")" 2>/dev/null; then
			return 0
		fi
		rmdir "$CGROUP"
	done
	return 1
}

no_cgroup()
{
	rmdir "$CGROUP" 2>/dev/null || [ ! -d "$CGROUP" ]
}

@test "its last word: it was the OOM killer" {
	only supd
	little_memory || skip "no cgroup with a limit can be made"
	try sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$CGROUP" \
	    "${NS[@]}" "$INIT" -- dd if=/dev/zero of=/dev/null bs=200M count=1
	wait_until no_cgroup
	same 137 "$code"
	said "dd was killed by signal 9 (KILL); the OOM killer was at work"
}
