"""The people and programs that use the house while it is broken. Each sends a thing again until it
is answered, as a careful client does, and writes down what was acknowledged."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.chaos.ledger import Ledger, digest

TIMEOUT = 15.0
PAUSE = 0.3
GIVE_UP_AFTER = 240.0
ITEM = re.compile(r'data-item-id="(\d+)"')
FIELD = re.compile(r'<input[^>]*name="(c\d+)"[^>]*>')
VALUE = re.compile(r'value="(\d+)"')
VERSION = re.compile(r'name="version" value="(\d+)"')
KINDS = ("Refunds", "Delivery", "Payments")  # "Returns" is what was there before


@dataclass(frozen=True)
class Person:
    """A signed-in browser's cookies."""

    user: int
    session: str
    csrf: str

    def headers(self) -> dict[str, str]:
        return {
            "Cookie": f"sessionid={self.session}; csrftoken={self.csrf}",
            "X-CSRFToken": self.csrf,
            "X-Plumbline": "review",
            "Content-Type": "application/x-www-form-urlencoded",
        }


@dataclass
class Line:
    """A way to the web server."""

    port: int
    ended: threading.Event
    again: int = 0  # requests that were not answered below 500, and so sent again

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """One request on a connection of its own; raises OSError or HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def insist(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, str] | None:
        """The same request again until it is answered below 500; None when that never was."""
        deadline = time.monotonic() + GIVE_UP_AFTER
        while time.monotonic() < deadline:
            try:
                status, text = self.ask(method, path, body, headers)
                if status < 500 and status != 429:
                    return status, text
            except (OSError, http.client.HTTPException):
                pass
            self.again += 1
            if self.ended.wait(PAUSE) and time.monotonic() > deadline - GIVE_UP_AFTER + 60:
                return None
        return None


class Actors:
    """Threads that work until they are told to stop."""

    def __init__(self, line: Line, ledger: Ledger, keys: dict[str, str], assistant: int) -> None:
        self.line, self.ledger, self.keys, self.assistant = line, ledger, keys, assistant
        self.threads: list[threading.Thread] = []
        self._number = itertools.count()

    def begin(self, work: Callable[[], None]) -> None:
        """Do `work` again and again in a thread of its own."""

        def loop() -> None:
            while not self.line.ended.is_set():
                work()

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        self.threads.append(thread)

    def finish(self, within: float) -> bool:
        """Stop everybody; False when somebody still waits for an answer."""
        self.line.ended.set()
        deadline = time.monotonic() + within
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)

    def _api(self, path: str, key: str, body: Any) -> dict[str, Any] | None:
        headers = {
            "Authorization": f"Bearer {self.keys[key]}",
            "Content-Type": "application/json",
        }
        got = self.line.insist("POST", f"/api/v1/{path}", json.dumps(body).encode(), headers)
        if got is None:
            return None
        status, text = got
        if status not in (200, 201):
            self.ledger.note_refusal(f"{path} {status}")
            return None
        return dict(json.loads(text))

    def send_batch(self) -> None:
        """A few conversations at once."""
        rows: list[dict[str, Any]] = []
        answers: dict[str, str] = {}
        for number in range(next(self._number) % 7 + 1):
            name = f"chaos-{uuid.uuid4().hex}"
            answers[name] = f"You can send it back within fourteen days, says {name[:18]}."
            said = [("user", "Can I send it back?"), ("assistant", answers[name])]
            messages = [{"role": role, "content": words} for role, words in said]
            rows.append({"id": name, "kind": KINDS[number % len(KINDS)], "messages": messages})
        answer = self._api("conversations", "ingest", rows)
        for one in [*answer["accepted"], *answer["duplicate"]] if answer else []:
            self.ledger.keep("conversations", one, digest(answers[one]))
        self.line.ended.wait(0.3)

    def send_signal(self) -> None:
        """A thumb down about a conversation that is known."""
        about = self.ledger.some_conversation(next(self._number))
        if about:
            name = f"signal-{uuid.uuid4().hex}"
            body = {"id": name, "conversation_id": about, "name": "thumbs", "value": -1}
            if self._api("signals", "ingest", body):
                self.ledger.keep("signals", name, about)
        self.line.ended.wait(0.5)

    def send_flag(self) -> None:
        """A flag about a conversation that is known."""
        about = self.ledger.some_conversation(3 * next(self._number))
        if about:
            name = f"flag-{uuid.uuid4().hex}"
            body = {"id": name, "conversation_id": about, "reason": "wrong_fact"}
            if self._api("flags", "flag", body):
                self.ledger.keep("flags", name, about)
        self.line.ended.wait(0.2)

    def grade_as(self, person: Person) -> Callable[[], None]:
        """Open the review page, grade what is in hand, all best levels."""

        def work() -> None:
            page = self.line.insist("GET", f"/a/{self.assistant}/review/", b"", person.headers())
            if page is None or 'id="grade"' not in page[1]:
                self.line.ended.wait(1.0)
                return
            for item in list(dict.fromkeys(ITEM.findall(page[1]))):
                if self.line.ended.is_set():
                    return
                self._grade(person, int(item), page[1])

        return work

    def _grade(self, person: Person, item: int, page: str) -> None:
        token = f"note {uuid.uuid4().hex}"
        version = VERSION.search(page)
        fields = {
            "version": version[1] if version else "",
            "note": token,
            "seconds": "9",
            "done": "0",
            "evidence": "[]",
        }
        for match in FIELD.finditer(page):
            value = VALUE.search(match[0])
            if value and (match[1] not in fields or 'data-standing="meets"' in match[0]):
                fields[match[1]] = value[1]
        path = f"/a/{self.assistant}/review/{item}/"
        got = self.line.insist("POST", path, urlencode(fields).encode(), person.headers())
        if got and got[0] in (200, 204):
            self.ledger.keep("grades", token, item)
        elif got:
            self.ledger.note_refusal(f"grade {got[0]}")
        self.line.ended.wait(0.1)

    def open_incidents_as(self, person: Person) -> Callable[[], None]:
        """A lead opens an incident by hand now and then; its alerts go out to everybody."""

        def work() -> None:
            if self.line.ended.wait(6.0):
                return
            title = f"Seen by hand {uuid.uuid4().hex}"
            fields = {"title": title, "kind": "", "started": time.strftime("%Y-%m-%d")}
            path = f"/a/{self.assistant}/incidents/open/"
            headers = person.headers()
            del headers["X-Plumbline"]  # a form of a page, not a script
            got = self.line.insist("POST", path, urlencode(fields).encode(), headers)
            if got and got[0] == 302:
                self.ledger.keep("incidents", title)
            elif got:
                self.ledger.note_refusal(f"incident {got[0]}")

        return work
