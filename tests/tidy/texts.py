"""The text of the sources: lengths, words, recursion, form."""

import re
import subprocess

from kit import all_c, bare, check, files, functions, ours, put, read

FUNCTION_LINES = 70
FILE_LINES = 800
FORBIDDEN = re.compile(
    r"\b(strcpy|strcat|v?sprintf|strncpy|strtok|gets|atoi|atol|system|popen|"
    r"signal|alloca|setjmp|longjmp)\s*\(")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|TBD)\b")


def long_function(root):
    put(root, "lib/a.c", "int\nf(void)\n{\n" + "\tg();\n" * 70 + "}\n")


@check(f"no function is longer than {FUNCTION_LINES} lines", long_function)
def function_lengths(root, _):
    for path in all_c(root):
        for name, begin, end, _ in functions(read(root, path)):
            if end - begin + 1 > FUNCTION_LINES:
                yield f"{path}:{begin}: {name} has {end - begin + 1} lines"


def long_file(root):
    put(root, "tests/a.c", "\n" * FILE_LINES)


@check(f"every file has fewer than {FILE_LINES} lines", long_file)
def file_lengths(root, _):
    for path in all_c(root) + files(root, "tests/**/*.py", "tests/**/*.bats",
                                    "tests/**/*.bash", "tests/**/*.sh"):
        lines = read(root, path).count("\n")
        if lines >= FILE_LINES:
            yield f"{path}: {lines} lines"


def shell_caller(root):
    put(root, "tests/unit/a.c", "int\nf(void)\n{\n\treturn system(0);\n}\n")


@check("no source calls a forbidden function", shell_caller)
def forbidden(root, _):
    for path in all_c(root):
        for number, line in enumerate(bare(read(root, path)).split("\n"), 1):
            match = FORBIDDEN.search(line)
            # A test may set up the world that a program meets.
            if match and not (path.startswith("tests/") and
                              match.group(1) == "signal"):
                yield f"{path}:{number}: {match.group(1)}"


def format_of_others(root):
    put(root, "lib/a.c", "int\nf(char *s)\n{\n\treturn printf(s);\n}\n")


@check("a format is a literal", format_of_others)
def formats(root, _):
    call = re.compile(r"\b(?:printf\(|(?:fprintf|dprintf|log_line)\([^,()]+, "
                      r"|log_(?:error|warn|info|debug)\(|snprintf\([^,()]+, "
                      r"[^,()]+(?:\(\w+\))?, )\s*([a-z]\w*)\s*[,)]")
    for path in ours(root):
        for number, line in enumerate(bare(read(root, path)).split("\n"), 1):
            match = call.search(line)
            if match and match.group(1) != "format":
                yield f"{path}:{number}: the format is {match.group(1)}"


def circle(root):
    put(root, "lib/a.c", "static void\nf(void)\n{\n\tg();\n}\n"
        "static void\ng(void)\n{\n\tf();\n}\n")


def calls(root):
    """Each function, as (file, name), and those of ours that it calls."""
    bodies, files_of = {}, {}
    for path in ours(root):
        for name, _, _, body in functions(read(root, path)):
            bodies[path, name] = set(re.findall(r"\b([a-z_]\w*)\(", body))
            files_of.setdefault(name, []).append(path)
    graph = {}
    for (path, name), called in bodies.items():
        graph[path, name] = set()
        for callee in called & files_of.keys():
            if path in files_of[callee]:
                graph[path, name].add((path, callee))
            elif len(files_of[callee]) == 1:
                graph[path, name].add((files_of[callee][0], callee))
    return graph


@check("nothing calls itself, by whatever way", circle)
def recursion(root, _):
    graph = calls(root)
    for start in sorted(graph):
        seen, todo = set(), list(graph[start])
        while todo:
            node = todo.pop()
            if node == start:
                yield f"{start[0]}: {start[1]} comes back to itself"
                break
            if node not in seen:
                seen.add(node)
                todo.extend(graph[node])


def bare_header(root):
    put(root, "lib/a.h", "#ifndef LIB_A_H\n#define LIB_A_H\n#endif\n")


@check("every header begins with its contract and has its guard", bare_header)
def headers(root, _):
    for path in files(root, "lib/*.h", "supd/**/*.h", "supctl/*.h",
                      "tests/**/*.h"):
        text = read(root, path)
        head = re.match(r"/\*\n(.*?)\*/", text, re.S)
        if not head or len(head.group(1).split()) < 5:
            yield f"{path}: has no head comment"
        guard = re.sub(r"[^A-Z0-9]", "_",
                       path.removeprefix("tests/").upper())
        if f"#ifndef {guard}\n#define {guard}\n" not in text and \
                path != "tests/sim/small.h":
            yield f"{path}: its guard is not {guard}"


def unfinished(root):
    put(root, "lib/a.c", "/* TO" "DO: all of it */\n")


@check("nothing is left unfinished", unfinished)
def unfinished_words(root, _):
    for path in all_c(root) + files(root, "docs/*", "conf.d/*", "*.md",
                                    "tests/**/*.bats", "tests/**/*.bash"):
        for number, line in enumerate(read(root, path).split("\n"), 1):
            if UNFINISHED.search(line):
                yield f"{path}:{number}: {line.strip()}"


def ill_formed(root):
    put(root, ".clang-format", "BasedOnStyle: LLVM\n")
    put(root, "lib/a.c", "int  a ;\n")


@check("clang-format has nothing to say", ill_formed)
def form(root, _):
    run = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", *all_c(root)], cwd=root,
        capture_output=True, text=True)
    for path in sorted(set(re.findall(r"^(\S+?):\d+:\d+: error:",
                                      run.stderr, re.M))):
        yield f"{path}: make fmt would change it"
