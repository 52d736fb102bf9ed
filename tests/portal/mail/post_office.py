"""Mail servers that misbehave, each on a port of its own on this machine."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

Answer = bytes | Callable[[socket.socket], None]
OK = b"250 Fine\r\n"


@dataclass
class Office:
    """What it answers to each command, and what came. An answer may be a function that does
    something to the connection; `HANG` says nothing until the client goes."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    by_address: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # the addresses of RCPT, in order
    taken: list[tuple[str, str]] = field(default_factory=list)  # (address, Message-ID)
    calls: int = 0
    closing: Event = field(default_factory=Event)

    def answer(self, connection: socket.socket, word: str, usual: bytes) -> None:
        """Say what this command's answer is."""
        said = self.answers.get(word, usual)
        if callable(said):
            said(connection)
        else:
            connection.sendall(said)

    def serve(self, connection: socket.socket) -> None:
        """One conversation."""
        self.calls += 1
        with connection, suppress(OSError, IndexError), connection.makefile("rb") as lines:
            self.answer(connection, "connect", b"220 here\r\n")
            address = ""
            for line in lines:
                word = line[:4].upper().decode(errors="replace").strip()
                if word == "RCPT":
                    address = line.split(b"<")[1].split(b">")[0].decode()
                    self.asked.append(address)
                    said = self.by_address.get(address)
                    if said is not None:
                        connection.sendall(said) if isinstance(said, bytes) else said(connection)
                        continue
                self.answer(connection, word, b"354 go on\r\n" if word == "DATA" else OK)
                if word == "QUIT":
                    return
                if word == "DATA" and b"354" in _bytes(self.answers.get("DATA", b"354")):
                    self._take(connection, lines, address)

    def _take(self, connection: socket.socket, lines: Iterator[bytes], address: str) -> None:
        head: dict[str, str] = {}
        for line in lines:
            if line == b".\r\n":
                break
            name, _, value = line.decode(errors="replace").partition(":")
            head.setdefault(name.lower(), value.strip())
        said = self.answers.get("dot", OK)
        if callable(said) or said.startswith(b"2"):
            self.taken.append((address, head.get("message-id", "")))
        self.answer(connection, "dot", OK)


def _bytes(answer: Answer) -> bytes:
    return answer if isinstance(answer, bytes) else b""


def hang(connection: socket.socket) -> None:
    """Say nothing until the client goes."""
    connection.settimeout(20)
    with suppress(OSError):
        while connection.recv(4096):
            pass
    raise ConnectionAbortedError


def drip(connection: socket.socket) -> None:
    """A letter at a time, of a line that does not end."""
    for _ in range(400):
        connection.sendall(b"2")
        time.sleep(0.02)


def flood(connection: socket.socket) -> None:
    """Lines without an end."""
    while True:
        connection.sendall(b"250-and more\r\n" * 1000)


def reset(connection: socket.socket) -> None:
    """Hang up."""
    raise ConnectionAbortedError


@contextmanager
def office(**answers: Answer) -> Iterator[Office]:
    """A mail server of our own; `answers` by command, `connect` and `dot` among them."""
    kept = Office(answers=answers)
    server = socket.create_server(("127.0.0.1", 0))
    kept.port = server.getsockname()[1]

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                Thread(target=kept.serve, args=(connection,), daemon=True).start()

    thread = Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
