#!/bin/bash
# run.sh BUILD [BOOT...]: what needs a machine of its own.
#
# Boots Debian's cloud kernel in qemu, once for each boot that boots.sh
# declares, two at a time, and prints one stream of TAP: what the guest tested
# itself, and what is to be seen from outside. It needs no rights, touches
# nothing outside BUILD/vm, and ends by itself. Where qemu or the kernel cannot
# be had, every test is skipped with the reason.
set -u
cd "$(dirname "$0")/../.." || exit 1
# Where Debian keeps modprobe and what makes and checks file systems.
PATH=$PATH:/usr/sbin:/sbin

BUILD=$(realpath "${1:-build}")
VM=$BUILD/vm
AT_ONCE=${AT_ONCE:-2}
shift

. tests/vm/guest/words.sh
. tests/vm/machine.sh
. tests/vm/seen.sh

# What is declared. A test is a line of its boot's: SENTENCE|CHECK ARGUMENT...
boots=()
declare -A parameters options presses tests

# boot NAME PARAMETERS [OPTION...]: what follows is about this one. PARAMETERS
# are the kernel's, OPTIONs those of machine_run.
boot()
{
	boots+=("$1")
	parameters[$1]=${2:-}
	options[$1]=" ${*:3} "
	presses[$1]=
	tests[$1]=
}

# press TEXT: ctrl-alt-del, once that is on the console.
press()
{
	presses[${boots[-1]}]=$1
}

# t SENTENCE CHECK [ARGUMENT...]: when the machine has ended.
t()
{
	tests[${boots[-1]}]+="$1|${*:2}"$'\n'
}

# guest SCRIPT: each of its tests; the guest runs it.
guest()
{
	local sentence

	while read -r sentence; do
		t "$sentence" told
	done < <(sed -n 's/^t "\(.*\)" .*/\1/p' "tests/vm/guest/$1")
}

count()
{
	local name

	for name in "${boots[@]}"; do
		printf %s "${tests[$name]}"
	done | wc -l
}

# Runs one boot in its own folder, and says how each of its tests went.
# sentence is for told.
run()
{
	local name=$1 sentence check failed=0

	machine_run "${parameters[$name]}" "${options[$name]}" \
	    "${presses[$name]}"
	while IFS='|' read -r sentence check; do
		# shellcheck disable=SC2086
		if $check; then
			echo "ok - $sentence"
		else
			echo "not ok - $sentence"
			failed=1
		fi
	done < <(printf %s "${tests[$name]}")
	[ "$failed" -eq 0 ] && return
	echo "# what the machine said (boot $name, $(basename "$kernel")):"
	tail -n 40 qemu.log console.log | sed 's/^/#   /'
}

# The results of those that are over, as long as none before them is missing.
tell()
{
	local line

	while [ "$told" -lt "${#boots[@]}" ] &&
	    [ -e "$VM/boots/${boots[told]}/over" ]; do
		while IFS= read -r line; do
			case $line in
			'ok - '* | 'not ok - '*)
				number=$((number + 1))
				line="${line%%ok - *}ok $number - ${line#*ok - }"
				;;
			esac
			printf '%s\n' "$line"
		done <"$VM/boots/${boots[told]}/result"
		grep -q '^not ok' "$VM/boots/${boots[told]}/result" && failed=1
		told=$((told + 1))
	done
}

# skip_all REASON
skip_all()
{
	local name sentence

	for name in "${boots[@]}"; do
		while IFS='|' read -r sentence _; do
			number=$((number + 1))
			echo "ok $number - $sentence # skip $*"
		done < <(printf %s "${tests[$name]}")
	done
	exit 0
}

run_all()
{
	local name folder

	rm -rf "$VM/boots"
	for name in "${boots[@]}"; do
		folder=$VM/boots/$name
		mkdir -p "$folder" || return 1
		while [ "$(jobs -rp | wc -l)" -ge "$AT_ONCE" ]; do
			wait -n
			tell
		done
		(cd "$folder" && run "$name" >result; : >"$folder/over") &
	done
	while wait -n; do
		tell
	done
	tell
}

number=0 told=0 failed=0
. tests/vm/boots.sh
if [ $# -gt 0 ]; then
	boots=("$@")
fi
echo "1..$(count)"
machine_lacks && skip_all "$lacking"
machine_image || exit 1
run_all
exit "$failed"
