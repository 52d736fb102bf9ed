"""Every page of every role and every tick, on a million conversations.

Pages are read off the address table of the product, so a new one is timed by itself; what its
address takes (a flag, a week, ...) is found in the rows. A page that is asked with more than its
bare address, such as a search or a filter, has its questions in `ASKED`.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from bench.furnish import sign_in
from bench.million import Million, key_of
from bench.server import web
from bench.verdicts import Line
from ingestion.models import Assistant, Conversation, Release
from portal.accounts.models import Role
from portal.shell.url_list import Address, addresses
from reviews.answer import drill
from reviews.answer.look_back import keep_due, kept
from reviews.models import Assignment, DefinitionVersion, Flag, Incident, Part, Report, Sample

PAGE_LIMIT = 0.3
# So often, or for so many seconds; five times when it is far below its limit each time.
TIMES, ENOUGH, LEAST, FAR_BELOW = 20, 3.0, 5, 3
TAKES = re.compile(r"<(?:\w+:)?(\w+)>")
NOT_FOR_THEM = (302, 403, 404, 405, 410)
NOT_PAGES = {"api_schema", "api_docs"}  # they show the product's own text
ASKED: dict[str, tuple[str, ...]] = {
    "flags": (
        "?q=T-100777", "?q=chat-777", "?q=the", "?q=the+answer", "?q=answer+to+your+order",
        "?q=nosuchword", "?q=T-1007", "?q=chat", "?q={rare}", "?q={rare}+the", "?before={flag}",
        "?q=a", "?q=t",
    ),
    "answers": (
        "?kind=Returns", "?kind=", "?kind=Nothing", "?verdict=not_good", "?verdict=cannot_judge",
        "?reason=random", "?reason=flagged", "?reason=imported", "?day={day}", "?day={old_day}",
        "?from={old_day}&to={day}", "?channel=mail", "?channel=nowhere", "?language=de",
        "?kind=Returns&verdict=not_good&reason=thumbs_down&channel=mail&from={old_day}",
        "?before={grade}", "?kind=Gifts&before={grade}", "?verdict=not_good&day={old_day}",
    ),
    "trends": (
        "?days=28", "?days=182", "?kind=Returns", "?kind=Returns&kind=Gifts", "?by=kind",
        "?channel=mail", "?language=de",
    ),
    "backtest": ("?weeks=6", "?weeks=12", "?weeks=26"),
    "drill": ("?points=10&kind=all&day={drill_day}",),
    "api_quality": ("?from={old_day}&to={day}",),
    "trends_csv": ("?days=182",),
}  # fmt: skip


@dataclass
class Times:
    """How long an address took for a role, in seconds; `status` of the first answer."""

    who: str
    path: str
    status: int
    seconds: list[float] = field(default_factory=list)

    @property
    def is_page(self) -> bool:
        """A page, or a question whose answer is another page, like an exact ticket number."""
        is_answer = self.status == 302 and "?" in self.path and self.who != "nobody"
        return self.status == 200 or is_answer

    @property
    def p95(self) -> float:
        """Of 20, the second slowest."""
        ordered = sorted(self.seconds)
        return ordered[math.ceil(0.95 * len(ordered)) - 1]

    def line(self, limit: float) -> Line:
        """The figure beside its limit."""
        if not self.is_page:
            return Line(f"{self.who} {self.path}", str(self.status), "200", False)
        figure = f"{1000 * median(self.seconds):,.0f} / {1000 * self.p95:,.0f} ms"
        name = f"{self.who} {self.path}"
        return Line(name, figure, f"<= {1000 * limit:,.0f} ms", self.p95 <= limit)


def arguments(assistant: Assistant) -> dict[str, object]:
    """A row for each parameter of an address, from what was made; none for what was not."""
    open_ones = Assignment.objects.filter(state=Assignment.State.OPEN)
    newest: dict[str, QuerySet[Any]] = {
        "assignment_id": open_ones.filter(purpose=Assignment.Purpose.ADJUDICATION),
        "sample_id": Sample.objects.filter(assignments__state=Assignment.State.DONE),
        "conversation_id": Conversation.objects.all(),
        "flag_id": Flag.objects.all(),
        "part_id": Part.objects.all(),
        "release_id": Release.objects.all(),
        "number": Incident.objects.all(),
        "week": Report.objects.all(),
    }
    rows = {name: rows.filter(assistant=assistant).last() for name, rows in newest.items()}
    attributes = {"number": "number", "week": "week"}
    found = {name: getattr(row, attributes.get(name, "pk")) for name, row in rows.items() if row}
    nothing = {"secret": "no-such-link", "token": "no-such-token", "name": "no-such-mail"}
    return {
        "assistant_id": assistant.pk, "team_id": assistant.team_id, "kind": "quality",
        **found, **nothing,
    }  # fmt: skip


def questions(assistant: Assistant) -> dict[str, object]:
    """What stands in braces in ASKED."""
    today = timezone.now().date()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(id), max(id) FROM reviews_grade WHERE assignment_id IN "
            "(SELECT id FROM reviews_assignment WHERE assistant_id = %s)",
            [assistant.pk],
        )
        first, last = cursor.fetchone()
        cursor.execute(
            "SELECT word FROM ts_stat('SELECT words FROM ingestion_searchentry LIMIT 2000') "
            "WHERE word ~ '^[a-z]+$' AND length(word) > 6 ORDER BY ndoc, word LIMIT 1"
        )
        (rare,) = cursor.fetchone()
    flags = Flag.objects.filter(assistant=assistant).order_by("pk").values_list("pk", flat=True)
    return {
        "rare": rare,
        "grade": (first + last) // 2,
        "flag": flags[len(flags) // 2],
        "day": (today - timedelta(days=4)).isoformat(),
        "old_day": (today - timedelta(days=120)).isoformat(),
        "drill_day": (today - timedelta(days=28)).isoformat(),
    }


def paths(made: Million) -> Iterator[tuple[Address, str]]:
    """Every address that answers GET, with its questions."""
    values, asked = arguments(made.assistant), questions(made.assistant)
    versions = DefinitionVersion.objects.filter(assistant=made.assistant)
    for one in addresses():
        if "GET" not in one.methods or one.name in NOT_PAGES or "accounts/" in one.path:
            continue
        here = dict(values)
        if one.name == "definition_version":
            here["number"] = versions.earliest("pk").number
        if set(TAKES.findall(one.path)) - set(here):
            continue  # nothing to look at: a webhook, a key, an invitation
        path = "".join(
            str(here[part]) if place % 2 else part
            for place, part in enumerate(TAKES.split(one.path))
        )
        for query in ("", *ASKED.get(one.name, ())):
            yield one, path + query.format(**asked)


def get(http: HTTPConnection, path: str, headers: dict[str, str]) -> tuple[int, float]:
    """Ask once and read to the end: the status and the seconds."""
    start = time.perf_counter()
    http.request("GET", path, headers=headers)
    answer = http.getresponse()
    answer.read()
    return answer.status, time.perf_counter() - start


def time_pages(made: Million, only: str = "") -> Iterator[Line]:
    """Each page for each role that may see it, beside its limit; those with `only` in them."""
    _work_out(made)
    with web(workers=1, threads=2) as port:
        for one in _timed(made, port, only):
            if one.is_page or one.status not in NOT_FOR_THEM:
                yield one.line(PAGE_LIMIT)


def _work_out(made: Million) -> None:
    """What the worker works out beside the pages: looking back, and one drill."""
    at = timezone.now()
    keep_due(at=at)
    here = drill.ground(kept(assistant=made.assistant, weeks=drill.WEEKS, at=at))
    if here is not None:
        choice = drill.Choice(points=10, kind=None, day=at.date() - timedelta(days=28))
        drill.ask(
            assistant=made.assistant, here=here, choice=choice, by=made.people[Role.LEAD], at=at
        )
        drill.hold_due(at=at)


def _timed(made: Million, port: int, only: str) -> Iterator[Times]:
    key = key_of(made.assistant)
    who: dict[str, dict[str, str]] = {"nobody": {}}
    for role, user in made.people.items():
        signed_in = sign_in(user)
        who[role.value] = {"Cookie": f"sessionid={signed_in.session}; csrftoken={signed_in.csrf}"}
    for address, path in paths(made):
        if only not in path:
            continue
        for name, headers in who.items():
            if address.who.startswith("key:"):
                if name != "admin":
                    continue
                name, headers = "key", {"Authorization": f"Bearer {key}"}
            yield _time(port, name, path, headers)


def _time(port: int, who: str, path: str, headers: dict[str, str]) -> Times:
    http = HTTPConnection("127.0.0.1", port, timeout=120)
    status, _ = get(http, path, headers)
    times = Times(who, path, status)
    while times.is_page and len(times.seconds) < TIMES:
        times.seconds.append(get(http, path, headers)[1])
        is_sure = sum(times.seconds) > ENOUGH or max(times.seconds) * FAR_BELOW < PAGE_LIMIT
        if len(times.seconds) >= LEAST and is_sure:
            break
    http.close()
    return times
