#!/bin/sh
# Which init passes what: the table of docs/pid1.md, from a run of init_*.bats
# against supd and whatever of tini, dumb-init and catatonit is installed.
#
#   tests/e2e/init_table.sh [BATS OPTION]... >table
#
# BUILD as for make; needs root. `-f D07` makes the rows of some tests only.
#
# A behaviour passes if all tests with its number do. A dot: it passes; a cross:
# it does not; nothing: it has no such option, or is not installed.
cd "$(dirname "$0")/../.." || exit 1
supd=$(cd "${BUILD:-build}" && pwd)/bin/supd
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# What a broken init does not do is not waited for as long.
export KIT_PATIENCE="${KIT_PATIENCE:-5}" BATS_TEST_TIMEOUT=120
export INIT_EARLY="${INIT_EARLY:-300}"
for init in "$supd" tini dumb-init catatonit; do
	command -v "$init" >/dev/null || continue
	INIT=$init bats --tap "$@" tests/e2e/init_*.bats \
	    >"$results/$(basename "$init")" 2>/dev/null
	echo "$(basename "$init"): done" >&2
done

python3 - "$results" <<'END'
import os
import re
import sys

INITS = ["supd", "tini", "dumb-init", "catatonit"]
RESULT = re.compile(r"^(not )?ok \d+ (?:([A-K]\d\d) )?(.*)$")
titles, marks, counts = {}, {}, {}
for init in INITS:
    path = os.path.join(sys.argv[1], init)
    if not os.path.exists(path):
        continue
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = RESULT.match(line)
            if not match or not match.group(2):
                continue
            number = match.group(2)
            title, _, rest = match.group(3).partition(" # skip")
            titles.setdefault(number, title)
            if rest:
                continue
            if match.group(1):
                marks[number, init] = "✗"
            else:
                marks.setdefault((number, init), "·")
print("| | | " + " | ".join(INITS) + " |")
print("|---|---" + "|:---:" * len(INITS) + "|")
for number in sorted(titles):
    row = [marks.get((number, init), "") for init in INITS]
    for init, mark in zip(INITS, row):
        passed, known = counts.get(init, (0, 0))
        counts[init] = (passed + (mark == "·"), known + (mark != ""))
    print(f"| {number} | {titles[number]} | " + " | ".join(row) + " |")
print("| | passed, of those that it has | " + " | ".join(
    "%d / %d" % counts.get(init, (0, 0)) for init in INITS) + " |")
END
