"""Incidents for tests, through the steps that make them, and a receiver of webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from ingestion.models import Release
from reviews.models import Incident
from reviews.watch.findings import Start
from reviews.watch.incidents import raise_alarm
from reviews.watch.rounds import watch
from tests.world import DAY, World


def prompt(world: World, name: str = "42", ago: timedelta = 2 * DAY) -> Release:
    """A prompt that went live."""
    return Release.objects.create(
        assistant=world.assistant,
        kind=Release.Kind.PROMPT,
        name=name,
        went_live_at=world.now - ago,
        announced=True,
    )


def alarm(
    world: World,
    *,
    kind: str | None = "Returns",
    release: Release | None = None,
    at: datetime | None = None,
) -> Incident:
    """An incident that the watch raised, with a round of the watch after it."""
    at = at or world.now
    day = at.date()
    start = Start(day - DAY, day - 2 * DAY, day, 0.9, None, ())
    incident = raise_alarm(
        assistant=world.assistant, kind=kind, start=start, release=release, at=at
    )
    watch(assistant=world.assistant, at=at)
    incident.refresh_from_db()
    return incident


@dataclass
class Receiver:
    """What came to an address, and what it answers."""

    url: str
    status: int = 200
    location: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver(status: int = 200) -> Iterator[Receiver]:
    """A server on the loopback that keeps what is posted to it."""
    kept = Receiver("", status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.got.append((self.path, headers, body))
            self.send_response(kept.status)
            if kept.location:
                self.send_header("Location", kept.location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/hook?team=acorn"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
