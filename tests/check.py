#!/usr/bin/env python3
"""Runs the checks of supd and counts them.

    tests/check.py [--make MAKE] [--cc CC] [--build DIR] STAGE...

Stages: build tidy unit sim static e2e asan vm. All that is run speaks TAP, or
counts as one test that its exit code decides; 77 is a skipped one. The last
line is "N passed, N failed", with the skipped ones if there are any; the exit
code is 0 only if none failed.
"""

import argparse
import concurrent.futures
import contextlib
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid

RESULT = re.compile(r"^(not )?ok\b\s*\d*\s*(?:- )?(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)")
SKIP = re.compile(r"#\s*skip\b", re.I)
# Of the tests with real processes, those that meet most of the code.
ASAN_E2E = ["tree.bats", "failure.bats", "operators.bats", "life.bats",
            "ends.bats", "control.bats", "conf.bats", "pid1.bats",
            "init_start.bats", "init_options.bats"]
# Those that only programs without shared libraries can pass, and of the others
# those that ask most of a C library.
STATIC_ONLY = ["static.bats"]
STATIC_E2E = STATIC_ONLY + [
    "rights.bats", "isolation.bats", "conf.bats", "tree.bats", "guard.bats",
    "pid1.bats", "containers.bats", "init_start.bats", "init_signals.bats",
    "init_options.bats", "init_inherit.bats"]
# What a command leaves with that cannot be tried here.
EXIT_SKIP = 77
# Seconds that what a suite killed may take to be gone.
GRACE = 10
# Seconds after which no check goes on, whatever hangs.
LIMIT = 3300
BEGAN = time.monotonic()


class Count:
    """What came out so far."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.names = []

    def fail(self, name):
        self.failed += 1
        self.names.append(name)

    def line(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def marked(mark):
    """The living processes that have that in their environment: pid, name."""
    found = {}
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{folder}/environ", "rb") as file:
                entries = file.read().split(b"\0")
            with open(f"{folder}/comm", encoding="utf-8",
                      errors="replace") as file:
                name = file.read().strip()
        except OSError:
            continue
        if mark.encode() in entries:
            found[int(os.path.basename(folder))] = name
    return found


def left_behind(mark, grace):
    """The names of what outlives a suite by more than that. Killed."""
    names = set()
    spared = time.monotonic() + grace
    given_up = spared + GRACE
    while found := marked(mark):
        now = time.monotonic()
        if now > spared:
            names.update(found.values())
            for pid in found:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        if now > given_up:
            break
        time.sleep(0.05)
    return sorted(names)


def run(command, environment, timeout):
    """The exit code (None: ran out of time), all that it printed, and the
    names of what it left behind. Into a file, since what is left behind would
    keep a pipe open."""
    mark = f"CHECK_SUITE={uuid.uuid4()}"
    environment = dict([*environment.items(), mark.split("=")])
    with tempfile.TemporaryFile() as out:
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, env=environment,
                start_new_session=True)
        except OSError as error:
            return 127, f"{error}\n", []
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        left = left_behind(mark, 0 if code is None else GRACE)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return code, text, left


class Suite:
    """One command of which the tests are counted."""

    def __init__(self, name, command, environment=None, timeout=600,
                 single=False):
        self.name = name
        # Whoever runs us may ignore signals; what we run is not to inherit it.
        self.command = ["env", "--default-signal", *command]
        self.environment = dict(os.environ, **(environment or {}))
        for key in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            self.environment.pop(key, None)
        self.timeout = timeout
        self.single = single

    def run(self):
        began = time.monotonic()
        self.timeout = max(1, min(self.timeout, round(BEGAN + LIMIT - began)))
        code, text, left = run(self.command, self.environment, self.timeout)
        return code, text, left, time.monotonic() - began

    def count(self, count, code, text, left):
        if left:
            count.fail(f"{self.name}: left behind: {', '.join(left)}")
        if self.single:
            if code == 0:
                count.passed += 1
            elif code == EXIT_SKIP:
                count.skipped += 1
            else:
                count.fail(self.name)
            return
        planned = seen = failed = 0
        for line in text.splitlines():
            plan = PLAN.match(line)
            if plan:
                planned += int(plan.group(1))
            result = RESULT.match(line)
            if not result:
                continue
            seen += 1
            if SKIP.search(line):
                count.skipped += 1
            elif result.group(1):
                failed += 1
                count.fail(f"{self.name}: {result.group(2)}")
            else:
                count.passed += 1
        for _ in range(planned - seen):
            failed += 1
            count.fail(f"{self.name}: a test was planned and never ended")
        if code is None:
            count.fail(f"{self.name}: not done after {self.timeout} s")
        elif code != 0 and failed == 0:
            count.fail(f"{self.name}: left with {code}")
        elif seen == 0:
            count.fail(f"{self.name}: has no tests")


def tell(suite, code, text, seconds):
    print(f"\n== {suite.name} ({seconds:.1f} s)", flush=True)
    if suite.single and code == 0 and suite.name.startswith("build"):
        return
    print(text, end="" if text.endswith("\n") else "\n", flush=True)


def all_of(suites, count, workers):
    """Runs the suites, some at a time, and tells of each in its turn."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(s.run) for s in suites]
        for suite, future in zip(suites, futures):
            code, text, left, seconds = future.result()
            tell(suite, code, text, seconds)
            suite.count(count, code, text, left)


class Checks:
    def __init__(self, options):
        self.options = options
        self.processors = len(os.sched_getaffinity(0))
        self.count = Count()

    def make(self, *arguments):
        return [self.options.make, "--no-print-directory",
                f"-j{self.processors}", f"CC={self.options.cc}",
                f"BUILD={self.options.build}", *arguments]

    def step(self, name, command, timeout=1200):
        passed = self.count.passed
        suite = Suite(name, command, timeout=timeout, single=True)
        all_of([suite], self.count, 1)
        return self.count.passed > passed

    def build(self):
        return self.step("build", self.make("all", "test-programs"))

    def tidy(self):
        all_of([Suite("tidy", ["tests/tidy/run.py", self.options.build])],
               self.count, 1)

    def units(self, build, timeout=300):
        names = subprocess.run(
            [self.options.make, "-s", "--no-print-directory",
             f"BUILD={build}", "list-unit"],
            check=True, capture_output=True, text=True,
            env=Suite("", []).environment).stdout.split()
        return [Suite(f"unit {os.path.basename(n)}", [n],
                      {"CMOCKA_MESSAGE_OUTPUT": "TAP",
                       "BUILD": os.path.abspath(build)}, timeout)
                for n in names]

    def unit(self):
        all_of(self.units(self.options.build), self.count, self.processors)

    def sim(self):
        self.step("sim", [f"{self.options.build}/sim", "--bound"])

    def bats(self, build, files, name="e2e"):
        environment = {"BUILD": os.path.abspath(build),
                       "BATS_TEST_TIMEOUT": "300"}
        if name == "asan":
            environment["SANITIZED"] = "yes"
        return [Suite(f"{name} {os.path.basename(f)}", ["bats", "--tap", f],
                      environment, 1200) for f in files]

    def e2e(self):
        files = [f for f in sorted(glob.glob("tests/e2e/*.bats"))
                 if os.path.basename(f) not in STATIC_ONLY]
        all_of(self.bats(self.options.build, files), self.count,
               self.processors)

    def asan(self):
        build = os.path.join(self.options.build, "asan")
        if not self.step("build with sanitizers", self.make("asan")):
            return
        files = [f"tests/e2e/{f}" for f in ASAN_E2E]
        all_of(self.units(build, 900) +
               self.bats(build, filter(os.path.exists, files), "asan"),
               self.count, self.processors)

    def static(self):
        build = os.path.join(self.options.build, "static")
        libraries = [".ci/static-libs", os.path.join(build, "libs")]
        if not self.step("static libraries", libraries) or \
                not self.step("build static", self.make("static")):
            return
        files = [f"tests/e2e/{f}" for f in STATIC_E2E]
        all_of(self.bats(build, files, "static"), self.count,
               self.processors)

    def vm(self):
        all_of([Suite("vm", ["tests/vm/run.sh", self.options.build])],
               self.count, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--make", default="make")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--build", default="build")
    parser.add_argument("stages", nargs="+", choices=[
        "build", "tidy", "unit", "sim", "static", "e2e", "asan", "vm"])
    options = parser.parse_args()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    checks = Checks(options)
    for stage in options.stages:
        # What is not built cannot be tested.
        if getattr(checks, stage)() is False:
            break
    print(f"\n== all ({time.monotonic() - BEGAN:.0f} s)")
    for name in checks.count.names:
        print(f"failed: {name}")
    print(checks.count.line())
    sys.exit(1 if checks.count.failed else 0)


if __name__ == "__main__":
    main()
