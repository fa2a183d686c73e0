"""What the objects say of themselves: purity, globals, forbidden calls."""

import os
import re
import subprocess

from kit import check, files, put

# What a compiler may make of plain C, our own must, and nothing else.
PURE = {"memcpy", "memset", "memcmp", "memmove", "strlen", "strcmp", "strncmp",
        "memchr", "strnlen", "strncat", "must_fail", "__stack_chk_fail",
        "_GLOBAL_OFFSET_TABLE_", "__memcpy_chk", "__memset_chk"}
FORBIDDEN = {"strcpy", "strcat", "sprintf", "vsprintf", "strncpy", "strtok",
             "gets", "atoi", "system", "popen", "signal", "alloca",
             "__strcpy_chk", "__strcat_chk", "__sprintf_chk",
             "__strncpy_chk"}
# The level and form of supd's messages: the one state that is not passed.
STATEFUL = {"lib/log.o"}


def compiled(build, source):
    path = os.path.join(build, "x.c")
    put(build, "x.c", source)
    return path


def sample_object(root, path, source):
    """Compiles source to build/path; returns the build folder."""
    build = os.path.join(root, "build")
    put(build, "x.c", source)
    target = os.path.join(build, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    subprocess.run(["gcc", "-O0", "-c", "-o", target,
                    os.path.join(build, "x.c")], check=True)
    return build


def symbols(build, path):
    """(undefined, defined) names of an object."""
    out = subprocess.run(["nm", os.path.join(build, path)], check=True,
                         capture_output=True, text=True).stdout
    undefined, defined = set(), set()
    for line in out.splitlines():
        kind, name = line[17:18], line[19:]
        (undefined if kind in "Uw" else defined).add(name)
    return undefined, defined


def clock_reader(root):
    return sample_object(root, "supd/core/core.o",
                         "#include <time.h>\n"
                         "long f(void) { return time(0); }\n")


@check("the core calls nothing that touches the world", clock_reader)
def purity(_, build):
    wanted, own = {}, set()
    for path in files(build, "supd/core/*.o"):
        undefined, defined = symbols(build, path)
        own |= defined
        for name in undefined:
            wanted.setdefault(name, path)
    if not own:
        yield "there are no objects of the core"
    for name, path in sorted(wanted.items()):
        if name not in own and name not in PURE:
            yield f"{path}: calls {name}"


def global_counter(root):
    return sample_object(root, "lib/str.o",
                         "int f(void) { static int n; return ++n; }\n")


@check("nothing has mutable globals", global_counter)
def globals_(_, build):
    objects = files(build, "lib/*.o", "supd/**/*.o", "supctl/*.o")
    if not objects:
        yield "there are no objects"
    for path in objects:
        if path in STATEFUL:
            continue
        out = subprocess.run(["objdump", "-t", os.path.join(build, path)],
                             check=True, capture_output=True, text=True).stdout
        for line in out.splitlines():
            match = re.match(r"^[0-9a-f]+ .{7} (\S+)\s+([0-9a-f]+) (\S+)$",
                             line)
            if not match or int(match.group(2), 16) == 0:
                continue
            section, name = match.group(1), match.group(3)
            if re.match(r"^(\.t?data|\.t?bss|\*COM\*)", section) and \
                    not section.startswith(".data.rel.ro"):
                yield f"{path}: {name} in {section}"


def copier(root):
    return sample_object(root, "lib/str.o",
                         "char *strcpy(char *, const char *);\n"
                         "void f(char *a, char *b) { strcpy(a, b); }\n")


@check("no object calls a forbidden function", copier)
def forbidden(_, build):
    for path in files(build, "lib/*.o", "supd/**/*.o", "supctl/*.o"):
        for name in sorted(symbols(build, path)[0] & FORBIDDEN):
            yield f"{path}: calls {name}"
