#!/usr/bin/python3 -I
"""A program that needs redis and PostgreSQL.

    app.py serve REDIS POSTGRES PSQL SOCKET
    app.py work REDIS

serve: answers every HTTP request at the socket SOCKET with a number from redis
and the rows of a table in PostgreSQL, to which each request adds one. Does not
start, and does not go on, without both.
work: takes jobs from the list `jobs` and counts them in `done`; without redis
it waits for it.
"""
import os
import socket
import subprocess
import sys
import time


class Redis:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.data = self.socket.makefile("rb")

    def ask(self, *words):
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, words)))
        return self.answer()

    def answer(self):
        line = self.data.readline().rstrip(b"\r\n")
        if not line:
            raise ConnectionError("redis is gone")
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise ConnectionError(rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else self.data.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest


def sql(psql, where, text):
    return subprocess.run(
        [psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", where,
         "-d", "postgres", "-c", text],
        check=True, capture_output=True, text=True).stdout.strip()


def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])


def serve(redis_path, postgres, psql, path):
    redis = Redis(redis_path)
    sql(psql, postgres, "create table if not exists visits (at timestamptz)")
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    os.chmod(path, 0o666)
    server.listen()
    notify("READY=1\nSTATUS=has redis and PostgreSQL")
    while True:
        client, _ = server.accept()
        with client:
            client.recv(65536)
            number = redis.ask("INCR", "visits").decode()
            rows = sql(psql, postgres, "insert into visits values (now());"
                       "select count(*) from visits")
            body = f"redis {number}, postgres {rows}\n"
            client.sendall(f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}"
                           f"\r\n\r\n{body}".encode())


def work(redis_path):
    while True:
        try:
            redis = Redis(redis_path)
            while True:
                if redis.ask("BLPOP", "jobs", "0"):
                    redis.ask("INCR", "done")
        except OSError:
            time.sleep(0.02)


{"serve": serve, "work": work}[sys.argv[1]](*sys.argv[2:])
