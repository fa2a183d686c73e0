#!/usr/bin/env python3
"""The init of one command on a terminal: init_pty.py CASE INIT

Each case starts something in a terminal of its own, types, reads, and leaves
with 0 if all was as it should be.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

NS = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"]
# As container engines do it: PID 1 leads the session of the terminal.
LEADER = ["setsid", "--ctty"]
# The init is in the foreground, and may be in no group that it can see.
FOREGROUND = ("import os; print('foreground',"
              " os.tcgetpgrp(0) == os.getpgrp())")


class Terminal:
    """A command on a terminal, in a session that it leads."""

    def __init__(self, *argv):
        self.text = ""
        self.at = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.environ["PS1"] = "prompt> "
            os.environ["HISTFILE"] = ""
            os.execvp(argv[0], argv)

    def type(self, text):
        os.write(self.fd, text.encode())

    def read(self, timeout):
        """More of what it shows; False at its end."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return True
        try:
            more = os.read(self.fd, 4096)
        except OSError:
            return False
        self.text += more.decode("utf-8", "replace")
        return bool(more)

    def expect(self, pattern, timeout=10):
        end = time.monotonic() + timeout
        while True:
            match = re.compile(pattern).search(self.text, self.at)
            if match:
                self.at = match.end()
                return match
            if time.monotonic() > end or not self.read(0.1):
                self.fail(f"no {pattern!r} came")

    def exits(self, code, timeout=10):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                got = os.waitstatus_to_exitcode(status)
                if got != code:
                    self.fail(f"it left with {got}, not with {code}")
                return
        self.fail("it does not end")

    def fail(self, why):
        print(f"{why}; the terminal showed:\n{self.text}")
        for pid in below(self.pid) + [self.pid]:
            os.kill(pid, signal.SIGKILL)
        sys.exit(1)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def below(pid):
    found, todo = [], [pid]
    while todo:
        more = children(todo.pop())
        found += more
        todo += more
    return found


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            return f.read().strip()
    except OSError:
        return ""


def wait_for(terminal, name, timeout=10):
    """The process below the terminal that has come to bear this name."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        for pid in below(terminal.pid):
            if name_of(pid) == name:
                return pid
        terminal.read(0.02)
    return terminal.fail(f"there is no {name}")


def g01(init, leader=LEADER):
    terminal = Terminal(*NS, *leader, init, "--", "python3", "-S", "-E", "-c",
                        FOREGROUND)
    terminal.expect("foreground True")
    terminal.exits(0)


def g02(init, leader=LEADER):
    terminal = Terminal(*NS, *leader, init, "--", "sleep", "1000")
    wait_for(terminal, "sleep")
    time.sleep(0.1)
    terminal.type("\x03")
    terminal.exits(130)


def g03(init, leader=LEADER):
    terminal = Terminal(*NS, *leader, init, "--", "bash", "--norc",
                        "--noprofile", "-i")
    terminal.expect("prompt> ")
    terminal.type("sleep 1000\n")
    wait_for(terminal, "sleep")
    time.sleep(0.1)
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.type("jobs\n")
    terminal.expect(r"Stopped +sleep 1000")
    terminal.type("fg\n")
    terminal.expect("sleep 1000")
    time.sleep(0.2)
    terminal.type("\x03")
    terminal.expect("prompt> ")
    terminal.type("exit 3\n")
    terminal.exits(3)
    if "job control" in terminal.text:
        terminal.fail("the shell has no job control")


def numberless(init):
    """unshare(1) leaves PID 1 in a group and session of the space above."""
    for case in (g01, g02, g03):
        case(init, [])


def g04(init):
    script = ("import os, signal; signal.signal(signal.SIGWINCH, lambda *_:"
              " os.write(1, b'size %d %d\\n' % os.get_terminal_size()));"
              " print('ready', flush=True);\nwhile True: signal.pause()")
    terminal = Terminal(*NS, *LEADER, init, "--", "python3", "-S", "-E", "-c",
                        script)
    terminal.expect("ready")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ,
                struct.pack("HHHH", 33, 77, 0, 0))
    terminal.expect("size 77 33")
    terminal.type("\x03")
    terminal.exits(130)


def g05(init):
    terminal = Terminal(*NS, *LEADER, init, "--", "sleep", "1000")
    sleep = wait_for(terminal, "sleep")
    time.sleep(0.1)
    os.close(terminal.fd)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if os.waitpid(terminal.pid, os.WNOHANG)[0]:
            if name_of(sleep) == "sleep":
                sys.exit("the command lives")
            return
        time.sleep(0.02)
    os.kill(terminal.pid, signal.SIGKILL)
    sys.exit("it lives on without its terminal")


def shell():
    terminal = Terminal("bash", "--norc", "--noprofile", "-i")
    terminal.expect("prompt> ")
    return terminal


def g06(init):
    for namespace in ("", " ".join(NS) + " "):
        terminal = shell()
        terminal.type(f"{namespace}{init} -- sleep 1000 &\n")
        wait_for(terminal, "sleep")
        time.sleep(0.3)
        terminal.type("echo alive-$((1 + 1))\n")
        terminal.expect("alive-2")
        terminal.type("kill %1; wait; exit 5\n")
        terminal.exits(5)


def g07(init):
    terminal = shell()
    terminal.type(f"{init} -- cat\n")
    wait_for(terminal, "cat")
    time.sleep(0.1)
    terminal.type("abc\n")
    terminal.expect("abc\r\nabc")
    for _ in range(2):
        terminal.type("\x1a")
        terminal.expect("Stopped")
        terminal.type("echo shell-$((1 + 1))\n")
        terminal.expect("shell-2")
        terminal.type("fg\n")
        terminal.expect("-- cat")
        terminal.type("def\n")
        terminal.expect("def\r\ndef")
    terminal.type("\x04")
    terminal.type("echo code-$?\n")
    terminal.expect("code-0")
    terminal.type("exit 6\n")
    terminal.exits(6)


def k03(init):
    terminal = Terminal(*NS, *LEADER, init, "--", init, "--", "sleep", "1000")
    wait_for(terminal, "sleep")
    time.sleep(0.2)
    terminal.type("\x03")
    terminal.exits(130)


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
