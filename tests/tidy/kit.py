"""What the tidy checks share.

A check is a function of a root folder and a build folder that yields what is
wrong, one line each. Its sample is a function that puts something wrong into
an empty folder: run.py has each check prove on it that it can fail.
"""

import glob
import os
import re

CHECKS = []


def check(sentence, sample):
    """Registers a check by the sentence that it tests."""
    def register(function):
        CHECKS.append((sentence, function, sample))
        return function
    return register


def put(root, path, text):
    """Writes a file of a sample."""
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def files(root, *patterns):
    """Paths below root, relative to it, sorted."""
    found = set()
    for pattern in patterns:
        for path in glob.glob(os.path.join(root, pattern), recursive=True):
            if os.path.isfile(path):
                found.add(os.path.relpath(path, root))
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def ours(root):
    """All C of the programs."""
    return files(root, "lib/*.[ch]", "supd/**/*.[ch]", "supctl/*.[ch]")


def all_c(root):
    return ours(root) + files(root, "tests/**/*.[ch]")


TOKENS = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def bare(text):
    """C without comments and the insides of literals; lines stay in place."""
    def blank(match):
        token = match.group(0)
        lines = "\n" * token.count("\n")
        return '""' + lines if token[0] in "\"'" else " " + lines
    return TOKENS.sub(blank, text)


FUNCTION = re.compile(r"^([A-Za-z_]\w*)\(")


def functions(text):
    """(name, first line, last line, body) of each function, in KNF."""
    lines = bare(text).split("\n")
    name = begin = None
    for number, line in enumerate(lines, 1):
        match = FUNCTION.match(line)
        if match:
            name, begin = match.group(1), number
        elif line.startswith("}") and name:
            yield name, begin, number, "\n".join(lines[begin:number])
            name = None
        elif line.endswith(";") and not line.startswith(("\t", " ", "{")):
            name = None


def block(text, macro):
    """The X(...) rows of an X-macro, each as a list of its arguments."""
    match = re.search(r"^#define " + macro + r"\(X\)(.*?[^\\])\n", text,
                      re.S | re.M)
    if not match:
        return []
    body = re.sub(r"/\*.*?\*/", "", match.group(1).replace("\\\n", "\n"),
                  flags=re.S)
    return [[a.strip().strip('"') for a in row.split(",")]
            for row in re.findall(r"\bX\(([^()]*)\)", body)]
