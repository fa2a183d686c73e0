#!/usr/bin/env python3
"""Checks what no compiler does: floors, purity, lengths, manuals.

    tests/tidy/run.py [BUILD]

Speaks TAP. Each check has two tests: the project keeps to it, and a bad
sample does not pass it.
"""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import kit      # noqa: E402
import houses   # noqa: E402,F401  the checks register
import objects  # noqa: E402,F401
import papers   # noqa: E402,F401
import texts    # noqa: E402,F401


def ask(function, root, build):
    """What the check finds wrong; a check that breaks finds itself."""
    try:
        return list(function(root, build))
    except (OSError, subprocess.CalledProcessError) as error:
        return [str(error)]


def main():
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else
                            os.path.join(root, "build"))
    print(f"1..{2 * len(kit.CHECKS)}")
    number = failed = 0
    for sentence, function, sample in kit.CHECKS:
        number += 1
        wrong = ask(function, root, build)
        print(f"{'not ok' if wrong else 'ok'} {number} - {sentence}")
        for line in wrong:
            print(f"# {line}")
        failed += bool(wrong)
        number += 1
        with tempfile.TemporaryDirectory() as folder:
            bad = sample(folder) or os.path.join(folder, "build")
            caught = ask(function, folder, bad)
        print(f"{'ok' if caught else 'not ok'} {number} - "
              f"can fail: {sentence}")
        failed += not caught
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
