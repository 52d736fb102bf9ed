"""A load generator that costs little: raw keep-alive sockets, requests built beforehand."""

from __future__ import annotations

import multiprocessing
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """How long it took in all, each request's seconds, and how many were not answered 2xx."""

    seconds: float
    times: list[float]
    failed: int

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """The time below which `share` of the requests lie, in milliseconds."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; the status and the body of its answer."""
        self.socket.sendall(request)
        data = self.rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = data[:end], data[end + 4 :]
        found = LENGTH.search(head)
        length = int(found[1]) if found else 0
        while len(body) < length:
            body += self._more()
        self.rest = body[length:]
        return int(head[9:12]), body[:length]

    def _more(self) -> bytes:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _drive(port: int, scripts: Sequence[Sequence[bytes]], gate: Any, out: Any) -> None:
    """One process: a thread for each script, all through the gate at once."""
    times: list[float] = []
    failed = [0]

    def run(script: Sequence[bytes]) -> None:
        connection = Connection(port)
        gate.wait()
        for request in script:
            start = time.perf_counter()
            try:
                status, _ = connection.send(request)
            except (OSError, ValueError):
                failed[0] += 1
                return
            times.append(time.perf_counter() - start)
            failed[0] += not 200 <= status < 300

    threads = [threading.Thread(target=run, args=(script,)) for script in scripts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put((times, failed[0]))


def run_scripts(port: int, scripts: Sequence[Sequence[bytes]], processes: int = 2) -> Outcome:
    """Send every script over a connection of its own, spread over a few processes."""
    context = multiprocessing.get_context("fork")
    gate, out = context.Barrier(len(scripts) + 1), context.Queue()
    shares = [scripts[number::processes] for number in range(processes)]
    workers = [
        context.Process(target=_drive, args=(port, share, gate, out)) for share in shares if share
    ]
    for worker in workers:
        worker.start()
    gate.wait()
    start = time.perf_counter()
    parts = [out.get() for _ in workers]
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    times = [one for part, _ in parts for one in part]
    return Outcome(seconds, times, sum(failed for _, failed in parts))


def in_processes(count: int, work: Callable[[int], Any]) -> tuple[float, list[Any]]:
    """Run `work(number)` in processes that start together; the seconds and what they returned."""
    context = multiprocessing.get_context("fork")
    gate, out = context.Barrier(count + 1), context.Queue()

    def run(number: int) -> None:
        gate.wait()
        out.put(work(number))

    workers = [context.Process(target=run, args=(number,)) for number in range(count)]
    for worker in workers:
        worker.start()
    gate.wait()
    start = time.perf_counter()
    results = [out.get() for _ in workers]
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    return seconds, results
