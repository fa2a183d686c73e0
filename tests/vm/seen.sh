# What is to be seen of a boot from outside, in its folder, after it has ended.

# told: the guest said of this sentence that it is so.
told()
{
	awk -v wanted="$sentence" '
	    /^# / { notes = notes $0 "\n" }
	    /^(not )?ok - / {
		said = $0
		sub(/^(not )?ok - /, "", said)
		if (said == wanted) {
			printf "%s", notes
			found = 1
			bad = /^not/
			exit
		}
		notes = ""
	    }
	    END {
		if (!found)
			print "# the guest did not come to it"
		exit !found || bad
	    }' tap.log
}

# ends HOW: those are the last words of the kernel, and it never said any
# others of that kind.
ends()
{
	local words

	case $1 in
	off) words="Power down" ;;
	reboot) words="Restarting system" ;;
	halt) words="System halted" ;;
	esac
	is "what ended qemu" "$code" 0 &&
	    is "what the kernel said" "$(grep -o 'reboot: .*' console.log)" \
		"reboot: $words" &&
	    has "$(tail -n 1 console.log)" "reboot: $words" &&
	    lacks "$(grep panic console.log)" "Kernel panic"
}

# in_order HOW: it ends so, and services were stopped in reverse order before.
# An engine that takes over may say again what the one before it said last.
in_order()
{
	ends "$1" && is "the order" \
	    "$(sed -n 's/.* \(first\|second\): stopped.*/\1/p' console.log |
		uniq | tr '\n' ' ')" "second first "
}

# says TEXT...: as words between blanks; it is on the console.
says()
{
	grep -qF -- "$*" console.log && return 0
	note "nobody said: $*"
	return 1
}

# stays HOW: until ctrl-alt-del, upon which it ends so.
stays()
{
	[ -e before_press.log ] || {
		note "ctrl-alt-del was never pressed"
		return 1
	}
	lacks "$(cat before_press.log)" "reboot: " && ends "$1"
}

# What supd had to say from the beginning of the end on.
end_is_quiet()
{
	is "what supd said" "$(sed -n '/the machine ends/,$p' console.log |
	    sed '1d;$d')" ""
}

# stamp TEXT: the kernel's time of the line on the console, in milliseconds.
stamp()
{
	sed -n "s/^\[ *\([0-9]*\)\.\([0-9]\{3\}\)[0-9]*\] $1.*/\1\2/p" \
	    console.log
}

# waits SECONDS: between the end of the last service and the reboot.
waits()
{
	ends reboot && least "the time from the last service to the reboot" \
	    "$(($(stamp "reboot: ") - $(stamp "the last service")))" \
	    "$(($1 * 1000))"
}

# is_settled IMAGE: it was mounted, and then unmounted or made read-only.
is_settled()
{
	local head

	head=$(dumpe2fs -h "$1" 2>&1)
	lacks "$(grep "^Last mount time:" <<<"$head")" n/a &&
	    lacks "$(grep "^Filesystem features:" <<<"$head")" \
		needs_recovery &&
	    is state "$(sed -n 's/^Filesystem state: *//p' <<<"$head")" clean
}

# is_clean IMAGE: that, and nothing is wrong with it.
is_clean()
{
	is_settled "$1" || return
	e2fsck -fn "$1" >fsck.log 2>&1 && return 0
	note "$(cat fsck.log)"
	return 1
}

disk_is_clean()
{
	is_clean disk
}

# But for a deleted file that was in use to the last.
disk_is_settled()
{
	is_settled disk
}

# As it was when ctrl-alt-del was about to be pressed.
kept_disk_is_clean()
{
	is_clean before_press.disk
}

# The one in a file of the disk.
inner_is_clean()
{
	debugfs -R "dump /inner inner" disk >debugfs.log 2>&1 &&
	    is_clean inner
}

# last_is_whole [PATH]: what a service wrote last of all, on TERM.
last_is_whole()
{
	local path=${1:-/last}

	debugfs -R "cat $path" disk 2>debugfs.log | cmp -s - <(seq 20000) &&
	    return 0
	note "it is not what was written: $(debugfs -R "stat $path" disk 2>&1)"
	return 1
}
