#!/usr/bin/env python3
"""A varlink client that is not supctl: nothing but json and a socket.

    varlink.py SOCKET METHOD [PARAMETERS] [--more N] [--oneway] [--timeout S]

Calls METHOD (of io.supd.Control, or with its interface in front) and prints
each reply's parameters, one JSON object a line. With --more N it asks for a
stream and prints its first N replies. An error is printed as
{"error": ..., "parameters": ...} and the exit code is 1; 69 if nobody
answers at the socket, 124 if nothing came within S seconds (10).
"""
import argparse
import json
import socket
import sys

INTERFACE = "io.supd.Control"


class Connection:
    def __init__(self, path, timeout=10.0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.data = b""

    def send(self, method, parameters, **flags):
        if "." not in method:
            method = INTERFACE + "." + method
        call = {"method": method, "parameters": parameters}
        call.update({key: True for key, value in flags.items() if value})
        self.socket.sendall(json.dumps(call).encode() + b"\0")

    def receive(self):
        while b"\0" not in self.data:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionResetError("the daemon closed the connection")
            self.data += chunk
        message, self.data = self.data.split(b"\0", 1)
        return json.loads(message)


def replies(connection, count):
    while count > 0:
        reply = connection.receive()
        yield reply
        if not reply.get("continues"):
            return
        count -= 1


def run(options):
    connection = Connection(options.socket, options.timeout)
    connection.send(options.method, json.loads(options.parameters),
                    more=options.more is not None, oneway=options.oneway)
    if options.oneway:
        return 0
    for reply in replies(connection, options.more or 1):
        if reply.get("error"):
            print(json.dumps(reply))
            return 1
        print(json.dumps(reply["parameters"]), flush=True)
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("method")
    parser.add_argument("parameters", nargs="?", default="{}")
    parser.add_argument("--more", type=int, metavar="N")
    parser.add_argument("--oneway", action="store_true")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="S")
    options = parser.parse_args()
    try:
        return run(options)
    except socket.timeout:
        print("nothing came in time", file=sys.stderr)
        return 124
    except OSError as error:
        print("%s: %s" % (options.socket, error), file=sys.stderr)
        return 69


if __name__ == "__main__":
    sys.exit(main())
