"""The floors of the house: who may include whom."""

import os
import re

from kit import check, files, put, read

# What each wing may include beside itself; see docs/house.md.
PURE = {"lib/limits.h", "lib/must.h", "lib/step.h"}
GROUND = {"lib", "os", "core", "conf", "ctl"}
BELOW = {
    "lib": set(),
    "core": set(),
    "os": {"lib"},
    "guard": {"lib", "os"},
    "init": {"lib", "os"},
    "conf": {"lib", "os", "core"},
    "ctl": {"lib", "os", "core", "conf"},
    "supctl": {"lib"},
    "pids": {"lib", "core"},
    "choose": {"lib", "core", "conf"},
    "voice": GROUND,
    "start": GROUND,
    "health": GROUND | {"act", "start"},
    "snapshot": {"lib", "os", "conf"},
    "check": {"lib", "core", "conf", "ctl"},
    "cleaner": GROUND | {"pids"},
    "act": GROUND | {"cleaner", "pids", "start"},
    "reply": GROUND | {"choose"},
    "orders": GROUND | {"choose", "reply"},
    "watch": GROUND | {"choose", "reply"},
    "update": GROUND | {"act", "snapshot"},
    "desk": GROUND | {"act", "choose", "orders", "reply", "watch"},
    "cages": {"lib", "os"},
    "doors": {"lib", "os", "conf", "ctl"},
    "engine": GROUND | {"act", "cages", "doors", "snapshot", "desk", "update",
               "health", "voice"},
    "options": {"lib", "guard", "init"},
    "main": {"lib", "os", "guard", "init", "options", "engine", "check"},
}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def wing(path):
    """lib/log.h: lib; supd/os/fd.h: os; supd/engine.c: engine."""
    parts = path.split("/")
    if parts[0] == "supd":
        return parts[1] if len(parts) > 2 else parts[1].split(".")[0]
    return parts[0]


def resolve(root, path, name):
    for base in ("", "supd", os.path.dirname(path)):
        candidate = os.path.join(base, name)
        if os.path.exists(os.path.join(root, candidate)):
            return os.path.normpath(candidate)
    return None


def upward(root):
    put(root, "supd/os/fd.c", '#include "core/core.h"\n')
    put(root, "supd/core/core.h", "/* core */\n")


@check("everything includes downwards only", upward)
def floors(root, _):
    for path in files(root, "lib/*.[ch]", "supd/**/*.[ch]", "supctl/*.[ch]"):
        here = wing(path)
        if here not in BELOW:
            yield f"{path}: the floors know no {here}"
            continue
        for name in INCLUDE.findall(read(root, path)):
            target = resolve(root, path, name)
            if target is None:
                yield f"{path}: includes {name}, which is not there"
                continue
            there = wing(target)
            allowed = there == here or there in BELOW[here] or (
                here == "core" and target in PURE)
            if not allowed:
                yield f"{path}: {here} may not include {target}"


def impure(root):
    put(root, "supd/core/core.c", "#include <unistd.h>\n")


@check("the core includes no header of the system that touches the world",
       impure)
def core_headers(root, _):
    pure = {"stdbool.h", "stddef.h", "stdint.h", "string.h", "limits.h",
            "stdalign.h", "inttypes.h"}
    for path in files(root, "supd/core/*.[ch]"):
        for name in re.findall(r"^#include <([^>]+)>", read(root, path), re.M):
            if name not in pure:
                yield f"{path}: includes <{name}>"


def stranger_first(root):
    put(root, "lib/log.h", "/* log */\n")
    put(root, "lib/log.c", '#include <stdio.h>\n#include "lib/log.h"\n')


@check("a .c includes its own header first", stranger_first)
def own_header(root, _):
    for path in files(root, "lib/*.c", "supd/**/*.c", "supctl/*.c"):
        header = path[:-1] + "h"
        if not os.path.exists(os.path.join(root, header)):
            continue
        first = re.search(r'^#include [<"]([^>"]+)[>"]', read(root, path),
                          re.M)
        if not first or resolve(root, path, first.group(1)) != header:
            yield f"{path}: does not include {header} first"
