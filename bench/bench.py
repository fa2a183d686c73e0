#!/usr/bin/env python3
"""What supd costs: starts, restarts and stops, measured on real processes.

    bench/bench.py [--bin DIR] [--services N] [--rounds N] [--cgroup auto|off]

Runs supd of DIR (build/bin) on trees of its own in a temporary folder, and
prints one figure a line: median and range over the rounds. A restart is timed
from the kill(2) of the old process to the event that tells of the new one.
Nothing here passes or fails.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time


class Supd:
    """A supd on a configuration, and a client of its socket."""

    def __init__(self, programs, text, cgroup):
        self.folder = tempfile.mkdtemp(prefix="supd-bench.")
        self.path = self.folder + "/socket"
        conf = self.folder + "/bench.conf"
        with open(conf, "w", encoding="utf-8") as file:
            file.write(f"[supd]\nsocket = {self.path}\ncgroup = {cgroup}\n"
                       f"log_level = error\n{text}")
        os.chmod(conf, 0o600)
        self.began = time.monotonic()
        self.child = subprocess.Popen(
            [programs + "/supd", "-c", conf], stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def connect(self):
        while True:
            link = socket.socket(socket.AF_UNIX)
            try:
                link.connect(self.path)
                return Link(link)
            except (FileNotFoundError, ConnectionRefusedError):
                link.close()
                time.sleep(0.001)

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()
        shutil.rmtree(self.folder)


class Link:
    """One connection, which may hold one stream of events."""

    def __init__(self, link):
        self.link = link
        self.rest = b""

    def send(self, method, parameters, more=False):
        call = {"method": "io.supd.Control." + method,
                "parameters": parameters, "more": more}
        self.link.sendall(json.dumps(call).encode() + b"\0")

    def receive(self):
        while b"\0" not in self.rest:
            self.rest += self.link.recv(1 << 20)
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)["parameters"]

    def ask(self, method, parameters):
        self.send(method, parameters)
        return self.receive()


def services(count, parallel):
    lines = ["[supervisor:root]", "intensity = infinity"]
    if parallel:
        lines.append("start = parallel")
    for number in range(count):
        lines += [f"[service:s{number}]", "command = sleep 1000000"]
    return "\n".join(lines) + "\n"


def told(name, values, unit):
    print(f"{name}: {statistics.median(values):.3g} {unit}"
          f" ({min(values):.3g} to {max(values):.3g}, {len(values)} rounds)")


def whole_trees(args):
    for parallel in (False, True):
        up, down, status = [], [], []
        for _ in range(min(args.rounds, 5)):
            supd = Supd(args.bin, services(args.services, parallel),
                        args.cgroup)
            link = supd.connect()
            link.ask("Wait", {"names": ["root"], "condition": "ready"})
            up.append(args.services / (time.monotonic() - supd.began))
            began = time.monotonic()
            link.ask("List", {})
            status.append((time.monotonic() - began) * 1000)
            began = time.monotonic()
            supd.end()
            down.append(args.services / (time.monotonic() - began))
        kind = "parallel" if parallel else "sequential"
        told(f"{args.services} services started, {kind}", up, "a second")
        told(f"{args.services} services stopped in order", down, "a second")
        told(f"List of {args.services} services", status, "ms")


# What a restart may have to do beside fork and exec; the second needs root.
CAGES = {
    "": "",
    ", with landlock and a system call filter":
        "landlock = rx:/usr rx:/bin rx:/lib rx:-/lib64 r:/etc\n"
        "syscall_filter = ~ @mount @reboot\n",
    ", with user, capabilities, bounding set and a /tmp of its own":
        "user = nobody\ncapabilities = cap_net_bind_service\n"
        "bounding_set = cap_net_bind_service\nprivate_tmp = yes\n",
}


def restarts(args, name, keys):
    supd = Supd(args.bin, "[supervisor:root]\nintensity = infinity\n"
                "[service:one]\nbackoff_min = 0\n"
                "command = sleep 1000000\n" + keys, args.cgroup)
    link = supd.connect()
    link.ask("Wait", {"names": ["root"], "condition": "ready"})
    events = supd.connect()
    events.send("Events", {"names": ["one"]}, more=True)
    pid = events.receive()["nodes"][-1]["pid"]
    spans = []
    for _ in range(args.rounds * 10):
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        ready = None
        while ready is None:
            for event in events.receive()["events"]:
                if event["event"] == "ready":
                    ready = event["detail"]["pid"]
        spans.append((time.monotonic() - began) * 1000)
        pid = ready
    told("a killed service runs again" + name, spans, "ms")
    supd.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cgroup", default="auto", choices=("auto", "off"))
    args = parser.parse_args()
    for name, keys in CAGES.items():
        if os.geteuid() == 0 or "user" not in keys:
            restarts(args, name, keys)
    whole_trees(args)


if __name__ == "__main__":
    main()
