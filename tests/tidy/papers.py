"""The papers against the tables of the code."""

import os
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


KEYS = "supd/conf/keys.def"
CONF = "docs/supd.conf.5"
PLACES = {"SUPD": "THE SECTION [supd]", "SUPER": "SECTIONS [supervisor:NAME]",
          "ROOT": "SECTIONS [supervisor:NAME]",
          "SERVICE": "SECTIONS [service:NAME]",
          "TEMPLATE": "SECTIONS [service:NAME]"}


def sections(manual):
    """The text of each section of a manual, by its title."""
    parts = re.split(r"^\.Sh (.*)$", manual, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def items(text):
    """The words that its lists explain."""
    found = set()
    for line in re.findall(r"^\.It Ic (.*)$", text, re.M):
        found |= {w for w in line.replace("Ic", " ").replace(",", " ").split()
                  if re.fullmatch(r"[a-z_]+", w)}
    return found


def forgotten_key(root):
    put(root, KEYS, 'KEY(socket, SUPD, socket, s, FIXED, "path")\n'
        'KEY(nice, SERVICE, nice, n, RESTART, "nice")\n')
    put(root, CONF, ".Sh THE SECTION [supd]\n.It Ic socket\n"
        ".Sh SECTIONS [service:NAME]\n.It Ic niece\n")


@check("every key stands in its section of supd.conf(5), and no other",
       forgotten_key)
def keys(root, _):
    table = {}
    for name, places in re.findall(r"^KEY\((\w+), ([A-Z|]+),",
                                   read(root, KEYS), re.M):
        for place in places.split("|"):
            table.setdefault(PLACES[place], set()).add(name)
    manual = sections(read(root, CONF))
    for title in sorted(set(PLACES.values())):
        written = items(manual.get(title, ""))
        known = table.get(title, set())
        for name in sorted(known - written):
            yield f"{name}: not under {title} in {CONF}"
        for name in sorted(written - known):
            yield f"{name}: under {title} in {CONF}, and no key there"


GROUPS = "supd/os/filter_groups.h"


def stale_group(root):
    put(root, GROUPS, '\nX("@swap", \\\n  "swapoff swapon", \\\n  "swap")\n')
    put(root, CONF, "\n.It Li @swap\nswap:\nswapon.\n.El\n")


@check("the groups of system calls are those of supd.conf(5)", stale_group)
def syscall_groups(root, _):
    table = {}
    for part in read(root, GROUPS).split('\nX("')[1:]:
        name, body = part.split('"', 1)
        *calls, told = re.findall(r'"([^"]*)"', body.split('")')[0] + '"')
        table[name] = (told, "".join(calls).split())
    written = {}
    for part in read(root, CONF).split("\n.It Li @")[1:]:
        name, told, body = part.split("\n", 2)
        written["@" + name] = (told.rstrip(":"), body.split(".")[0].split())
    for name in sorted(set(table) | set(written)):
        if table.get(name) != written.get(name):
            yield f"{name}: not the same in {GROUPS} and {CONF}"


VERBS = "supctl/verbs.def"
CLIENT = "docs/supctl.1"


def forgotten_verb(root):
    put(root, VERBS, 'VERB("status", f, "", 0, 0, 0, "shows")\n'
        'VERB("why", f, "", 0, 0, 0, "tells")\n')
    put(root, CLIENT, ".It Ic status\n")


@check("every verb stands in supctl(1), and no other", forgotten_verb)
def verbs(root, _):
    table = set(re.findall(r'^VERB\("([a-z-]+)"', read(root, VERBS), re.M))
    written = {m.group(1) for m in re.finditer(
        r"^\.(?:It|Ss) (?:Ic|Cm|Nm)? ?([a-z][a-z-]*)\b", read(root, CLIENT),
        re.M)}
    for name in sorted(table - written):
        yield f"{name}: not in {CLIENT}"


def completes_nothing(root):
    put(root, VERBS, 'VERB("status", f, "", 0, 0, 0, "shows")\n')
    put(root, "build/bin/supctl", "#!/bin/sh\necho complete\n")
    os.chmod(os.path.join(root, "build/bin/supctl"), 0o755)


@check("the completions know every verb", completes_nothing)
def completions(root, build):
    table = re.findall(r'^VERB\("([a-z-]+)"', read(root, VERBS), re.M)
    for shell in ("bash", "zsh"):
        text = subprocess.run([f"{build}/bin/supctl", "completion", shell],
                              check=True, capture_output=True,
                              text=True).stdout
        for name in table:
            if not re.search(r"(?<![\w-])" + name + r"(?![\w-])", text):
                yield f"{shell}: {name}"
    script = subprocess.run([f"{build}/bin/supctl", "completion", "bash"],
                            check=True, capture_output=True, text=True).stdout
    run = subprocess.run(["bash", "-n"], input=script, capture_output=True,
                         text=True)
    if run.returncode != 0:
        yield run.stderr.strip()


def silent_option(root):
    put(root, "supd/options.c",
        '\t{ "check", no_argument, NULL, OPT_CHECK },\n')
    put(root, "docs/supd.8", ".It Fl -help\n")


@check("every option of supd stands in supd(8)", silent_option)
def options(root, _):
    manual = read(root, "docs/supd.8")
    for name in re.findall(r'^\t\{ "([a-z-]+)", \w+_argument',
                           read(root, "supd/options.c"), re.M):
        if not re.search(r"^\.It .*Fl -" + name + r"\b", manual, re.M):
            yield f"--{name}: not in docs/supd.8"
