"""Worker processes that send weekly mails, to be killed, and a real mail server that counts.

Run as a program it is the nursery: it loads Django once and then forks a worker for each line on
its standard input, so that a worker begins at once and dying takes nothing else with it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from typing import Any
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

from portal.running.embedded.process import free_port

APPLICATION = "mail-worker"
QUIET_WITHIN = 10.0  # seconds


@dataclass
class MailServer:
    """What arrived, in order: (X-Report-Key, Message-ID, recipient)."""

    port: int
    received: list[tuple[str, str, str]] = field(default_factory=list)
    open: int = 0
    calls: int = 0  # how often somebody connected
    before_taking: Callable[[], None] | None = None  # once: the mail is here, and not yet ours
    after_taking: Callable[[], None] | None = None  # once: it is ours, and our yes is not yet out

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, and do what the test wants done around that moment."""
        if self.before_taking:
            wanted, self.before_taking = self.before_taking, None
            wanted()
            return "451 Not now"
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content)
        (to,) = envelope.rcpt_tos
        self.received.append((mail["X-Report-Key"], mail["Message-ID"], to))
        if self.after_taking:
            wanted, self.after_taking = self.after_taking, None
            wanted()
        return "250 Taken"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server of our own on a free port of this machine."""
    kept = MailServer(free_port())

    class Counted(SMTP):
        def connection_made(self, transport: Any) -> None:
            kept.open += 1
            kept.calls += 1
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            kept.open -= 1
            super().connection_lost(error)

    class OurController(Controller):
        def factory(self) -> SMTP:
            return Counted(self.handler, hostname="localhost")

    controller = OurController(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


class Nursery:
    """Makes workers on the test's own database."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def worker(self, what: str, at: datetime) -> int:
        """Begin a worker: `what` is "deliver", or "tick" to write what is due too. Its id."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what} {at.isoformat()}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def ended(self, worker: int, within: float = QUIET_WITHIN) -> int:
        """Its exit status once it has ended; a negative one is the signal that killed it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"wait {worker}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def nursery(server: MailServer) -> Iterator[Nursery]:
    """A nursery whose workers use the test's database and send to `server`."""
    to = connection.settings_dict
    login = f"{quote(to['USER'])}:{quote(to['PASSWORD'])}@{to['HOST']}:{to['PORT']}"
    told = {
        **os.environ,
        "DEBUG": "True",
        "DATABASE_URL": f"postgres://{login}/{quote(to['NAME'])}",
        "REDIS_URL": settings.REDIS_URL,
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "SITE_URL": "http://quality.example",
        "PGAPPNAME": APPLICATION,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=settings.BASE_DIR, env=told, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Nursery(process)
    finally:
        process.communicate(timeout=QUIET_WITHIN)  # the end of its input ends it


def kill(worker: int) -> None:
    """End a worker as a machine that loses power does; it may have ended by itself."""
    assert worker > 1, "0 and -1 stand for many processes"
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)


def called(server: MailServer, before: int, within: float = QUIET_WITHIN) -> None:
    """Wait until somebody has connected who had not when `server.calls` was `before`."""
    deadline = time.monotonic() + within
    while server.calls == before and time.monotonic() < deadline:
        time.sleep(0.001)


def quiet(server: MailServer) -> None:
    """Wait until nothing that dead workers had begun goes on: at the database nor at `server`."""
    deadline = time.monotonic() + QUIET_WITHIN
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = %s",
                [APPLICATION],
            )
            if cursor.fetchone()[0] == 0 and server.open == 0:
                return
        time.sleep(0.005)
    raise TimeoutError("something still goes on")


def _run() -> None:
    """Fork a worker for each line, and tell its id; tell how it ended when that is asked for."""
    reverse("home")  # reads all addresses and so imports every page: once here, not in each worker
    for name in ("quality", "ownership"):
        for part in ("subject.txt", "body.txt", "body.html"):
            get_template(f"emails/{name}/{part}")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        what, given = line.split()
        if what == "wait":
            status = os.waitstatus_to_exitcode(os.waitpid(int(given), 0)[1])
            sys.stdout.write(f"{status}\n")
        else:
            worker = os.fork()
            if worker == 0:
                _work(what, datetime.fromisoformat(given))
            sys.stdout.write(f"{worker}\n")
        sys.stdout.flush()


def _work(what: str, at: datetime) -> None:
    status = 1
    try:
        if what == "tick":
            write_due(at=at)
        deliver_due(at=at)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    import django

    django.setup()
    from django.template.loader import get_template
    from django.urls import reverse

    from reviews.reports.reports import deliver_due, write_due

    _run()
