"""The papers against the tables of the code."""

import re
import subprocess

from kit import block, check, files, put, read

SESSION = "supd/ctl/session.h"
INTERFACE = "lib/io.supd.Control.varlink"
PROTOCOL = "docs/supd-protocol.7"


def forgotten_method(root):
    put(root, SESSION, '#define CTL_METHODS(X) \\\n\tX(LIST, "List", OBSERVE)'
        " \\\n\tX(HALT, \"Halt\", CONTROL)\n\n")
    put(root, INTERFACE, "method List() -> ()\n")
    put(root, PROTOCOL, ".It Fn List\n")


@check("methods: the table, the interface and the manual agree",
       forgotten_method)
def methods(root, _):
    table = {row[1] for row in block(read(root, SESSION), "CTL_METHODS")}
    declared = set(re.findall(r"^method (\w+)\(", read(root, INTERFACE), re.M))
    for name in sorted(table ^ declared):
        where = "not declared" if name in table else "not in CTL_METHODS"
        yield f"{name}: {where}"
    manual = read(root, PROTOCOL)
    for name in sorted(table | declared):
        if not re.search(r"^\.\w+ (?:\w\w )?" + name + r"\b", manual, re.M):
            yield f"{name}: not in {PROTOCOL}"
    for name in re.findall(r"^error (\w+) ", read(root, INTERFACE), re.M):
        if not re.search(r"\b" + name + r"\b", manual):
            yield f"error {name}: not in {PROTOCOL}"


def bad_mdoc(root):
    put(root, "docs/a.1", ".Sh NAME\n.Zz\n")


@check("mandoc has nothing to warn of", bad_mdoc)
def mandoc(root, _):
    for path in files(root, "docs/*.[1-8]"):
        run = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], cwd=root,
                             capture_output=True, text=True)
        for line in (run.stdout + run.stderr).splitlines():
            yield line
        if run.returncode > 1 and not run.stdout:
            yield f"{path}: mandoc leaves with {run.returncode}"
