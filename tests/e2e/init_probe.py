#!/usr/bin/env python3
"""Commands that an init runs in its tests.

    listen LOG         blocks all signals and records each that comes, one a
                       line: number, si_code, value; ends with 42 at TERM
    queue PID SIGNAL FROM TO   sends the values FROM..TO by sigqueue(3)
    send PID SIGNAL [COUNT]    sends any signal, the reserved ones too
    only COMMAND...    runs it with no descriptors but the standard ones
    inherited          says what came by prctl(2)
    early N OPTION... INIT   TERM in the first millisecond of N inits; says how
                       many it was lost for
"""

import ctypes
import os
import random
import signal
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
TERM = 15
ALL = (ctypes.c_uint8 * 128)(*[0xff] * 128)


def block_all():
    # The kernel's own call: the C library leaves out 32 and 33.
    bits = ctypes.c_uint64(0xffffffffffffffff)
    libc.syscall(14 if os.uname().machine == "x86_64" else 135, 2,
                 ctypes.byref(bits), None, 8)


def listen(log):
    block_all()
    info = (ctypes.c_uint8 * 128)()
    with open(log, "w", buffering=1, encoding="ascii") as out:
        out.write("ready\n")
        while True:
            if libc.sigwaitinfo(ALL, info) < 0:
                continue
            number = int.from_bytes(info[0:4], "little")
            code = int.from_bytes(info[8:12], "little", signed=True)
            value = int.from_bytes(info[24:28], "little", signed=True)
            out.write(f"{number} {code} {value}\n")
            if number == TERM:
                return 42


def queue(pid, number, first, last):
    for value in range(int(first), int(last) + 1):
        while libc.sigqueue(int(pid), int(number), ctypes.c_void_p(value)):
            time.sleep(0.001)
    return 0


def send(pid, number, count="1"):
    for _ in range(int(count)):
        libc.kill(int(pid), int(number))
    return 0


def only(*argv):
    os.closerange(3, 4096)
    os.execvp(argv[0], argv)


def inherited():
    death = ctypes.c_int(-1)
    reaper = ctypes.c_int(-1)
    libc.prctl(2, ctypes.byref(death), 0, 0, 0)
    libc.prctl(37, ctypes.byref(reaper), 0, 0, 0)
    print(death.value, libc.prctl(39, 0, 0, 0, 0), reaper.value)
    return 0


def blocks_term(pid):
    """Whether it has got so far that signals are blocked, or has a child."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii",
                  errors="replace") as status:
            for line in status:
                if line.startswith("SigBlk:"):
                    if int(line.split()[1], 16) & 1 << (TERM - 1):
                        return True
        with open(f"/proc/{pid}/task/{pid}/children",
                  encoding="ascii") as children:
            return children.read() != ""
    except OSError:
        return True


def one_early(argv, delay):
    """True if the TERM that came so early has ended the command."""
    ours, theirs = os.pipe()
    middle = os.fork()
    if middle == 0:
        libc.unshare(0x20000000)
        pid = os.fork()
        if pid == 0:
            os.execv(argv[0], argv)
        os.write(theirs, b"%d" % pid)
        _, status = os.waitpid(pid, 0)
        os._exit(0 if os.waitstatus_to_exitcode(status) == 143 else 1)
    pid = int(os.read(ours, 16))
    os.close(ours)
    os.close(theirs)
    while not blocks_term(pid):
        pass
    end = time.perf_counter() + delay
    while time.perf_counter() < end:
        pass
    os.kill(pid, TERM)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        done, status = os.waitpid(middle, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(middle, 0)
    return False


def early(count, *argv):
    argv = [*argv, "--", "sleep", "1000"]
    lost = 0
    for _ in range(int(count)):
        if not one_early(argv, random.random() * 0.001):
            lost += 1
            if lost == 5:
                break
    print("lost", lost)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1]](*sys.argv[2:]))
