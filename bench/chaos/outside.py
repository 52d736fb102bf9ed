"""The world outside: a mail server with moods, and receivers of webhooks with habits."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

DEAD_MAILBOX = "dead@chaos.example"
MOODS = ("well", "put_off", "hang", "die_after_accepting")
HABITS = ("well", "hang", "redirect", "error")
HANGS_FOR = 60.0
logging.getLogger("mail.log").setLevel(logging.ERROR)  # else a line for each word of each mail


class MailServer:
    """Takes mails as its mood is: `received` counts (X-Report-Key, recipient), `unsure` those that
    were taken without our yes reaching the sender."""

    def __init__(self, port: int) -> None:
        self.port, self.mood = port, "well"
        self.received: Counter[tuple[str, str]] = Counter()
        self.unsure: Counter[tuple[str, str]] = Counter()
        self.message_ids: dict[tuple[str, str], set[str]] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A mailbox that is no longer; everybody else's is there."""
        if address == DEAD_MAILBOX:
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take it, put it off, hang, or take it and die before the yes."""
        mood = self.mood
        if mood == "put_off":
            return "451 Not now"
        if mood == "hang":
            await asyncio.sleep(HANGS_FOR)
            return "451 Not now"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content)
        for to in envelope.rcpt_tos:
            key = (str(mail["X-Report-Key"]), to)
            self.received[key] += 1
            self.message_ids.setdefault(key, set()).add(str(mail["Message-ID"]))
            if mood == "die_after_accepting":
                self.unsure[key] += 1
        if mood == "die_after_accepting":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return "250 Taken"


class Receiver:
    """One webhook receiver with a habit; counts the ids that came."""

    def __init__(self, habit: str) -> None:
        self.habit = habit
        self.came: Counter[str] = Counter()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.came[str(self.headers.get("webhook-id"))] += 1
                if receiver.habit == "hang":
                    time.sleep(HANGS_FOR)
                status = {"redirect": 302, "error": 500}.get(receiver.habit, 204)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Quietly."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/{self.habit}"


@contextmanager
def world_outside(smtp_port: int) -> Iterator[tuple[MailServer, dict[str, Receiver]]]:
    """The mail server on its port and a receiver of each habit."""
    mails = MailServer(smtp_port)
    controller = Controller(mails, hostname="127.0.0.1", port=smtp_port)
    receivers = {habit: Receiver(habit) for habit in HABITS}
    controller.start()
    for receiver in receivers.values():
        threading.Thread(target=receiver.server.serve_forever, daemon=True).start()
    try:
        yield mails, receivers
    finally:
        for receiver in receivers.values():
            receiver.server.shutdown()
        controller.stop()


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
