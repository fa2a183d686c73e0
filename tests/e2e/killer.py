#!/usr/bin/env python3
"""Kills the engine of a supd again and again, at random moments.

    killer.py GUARD SOCKET COUNT BEATS SERVICES

GUARD is the pid of the guard, as seen from here. Of four engines one gets its
SIGKILL within 20 ms after it was seen, so also before it has taken over; the
others within 50 ms after they answered at SOCKET, in the middle of their work.
(If all died early, the guard would let more and more time pass between two.)
COUNT are killed, and then as many more as it takes until so many SERVICES of
those that note each of their starts in a file of their own in BEATS have lived
and died in the midst of it. Prints how many were killed.
"""
import os
import random
import signal
import sys
import time

from varlink import Connection

# Of /proc/PID/stat: it has forked, and not exec'd.
PF_FORKNOEXEC = 0x40
# Seconds to wait for an engine that does not come, or for a service to die.
PATIENCE = 30


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def is_engine(pid):
    """A service that has not begun its program yet is called like the engine.
    So the flags are read first, and the name only of what has exec'd. None
    if it is too early to say."""
    stat = read("/proc/%d/stat" % pid)
    fields = stat[stat.rfind(b")") + 2:].split()
    if len(fields) < 7 or int(fields[6]) & PF_FORKNOEXEC:
        return None
    name = read("/proc/%d/cmdline" % pid)
    return name.startswith(b"supd-engine\0") if name else None


class Family:
    """The children of the guard."""

    def __init__(self, guard):
        self.path = "/proc/%d/task/%d/children" % (guard, guard)
        self.services = set()

    def engine(self):
        """Its pid, or None."""
        children = [int(pid) for pid in read(self.path).split()]
        self.services &= set(children)
        for pid in children:
            if pid in self.services:
                continue
            found = is_engine(pid)
            if found:
                return pid
            if found is False:
                self.services.add(pid)
        return None


def await_engine(family, last):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        engine = family.engine()
        if engine not in (None, last):
            return engine
        time.sleep(0.001)
    sys.exit("killer: no engine came")


def await_answer(path):
    try:
        connection = Connection(path, PATIENCE)
        connection.send("Get", {"name": "root"})
        connection.receive()
    except OSError:
        # Only a killed engine breaks a connection, and that is not yet.
        sys.exit("killer: the engine does not answer")


def starts(folder):
    """How often each service has started."""
    return {name: read(os.path.join(folder, name)).count(b"\n")
            for name in os.listdir(folder)}


def have_lived(folder, before):
    """How many services have started and died since they had started as often
    as BEFORE says: one that starts a second time has ended its first life."""
    return sum(n >= before.get(name, 0) + 2
               for name, n in starts(folder).items())


def main():
    family = Family(int(sys.argv[1]))
    path = sys.argv[2]
    count = int(sys.argv[3])
    folder = sys.argv[4]
    services = int(sys.argv[5])
    before = starts(folder)
    engine = None
    killed = 0
    end = None
    while killed < count or have_lived(folder, before) < services:
        if killed == count:
            end = time.monotonic() + PATIENCE
        if end and time.monotonic() > end:
            sys.exit("killer: %d of %d services died" %
                     (have_lived(folder, before), services))
        engine = await_engine(family, engine)
        if random.random() < 0.25:
            time.sleep(random.random() * 0.02)
        else:
            await_answer(path)
            time.sleep(random.random() * 0.05)
        os.kill(engine, signal.SIGKILL)
        killed += 1
    print(killed, "engines killed")


main()
