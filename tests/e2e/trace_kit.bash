# What the kernel was asked for, by strace in $T/trace.

# calls PROGRAM: those of the child that ran it, from its birth to its exec.
calls()
{
	python3 - "$T/trace" "$1" <<'EOF'
import re, sys
calls, ours = {}, None
for text in open(sys.argv[1], errors="replace"):
    pid, rest = text.split(None, 1)
    found = re.match(r"(?:<\.\.\. )?(\w+)", rest)
    if found is None or rest.startswith("<..."):
        continue
    calls.setdefault(pid, []).append(rest.strip())
    if rest.startswith("execve(") and sys.argv[2] in rest and ours is None:
        ours = calls[pid]
        break
print("\n".join(ours or []))
EOF
}

# in_order PATTERN...: each is found in $trace, after the one before.
in_order()
{
	local from=1 at pattern

	for pattern; do
		at=$(tail -n +$from <<<"$trace" | grep -nm 1 -E -- "$pattern" |
		    cut -d : -f 1)
		if [ -z "$at" ]; then
			echo "no '$pattern' from line $from on:"
			echo "$trace"
			return 1
		fi
		from=$((from + at))
	done
}
