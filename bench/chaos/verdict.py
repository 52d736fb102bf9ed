"""Hold the ledger against the database and against what arrived outside."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from bench.chaos.ledger import Ledger, digest
from bench.chaos.outside import DEAD_MAILBOX, MailServer, Receiver

ANSWERS = """
SELECT external_id, messages -> 1 ->> 'content' FROM ingestion_conversation
WHERE external_id LIKE 'chaos-%'
"""
GRADES = "SELECT note, assignment_id FROM reviews_grade WHERE note LIKE 'note %'"
SIGNALS = """SELECT s.external_id, c.external_id FROM ingestion_signal s
    LEFT JOIN ingestion_conversation c ON c.id = s.conversation_id"""
FLAGS = """SELECT f.external_id, c.external_id FROM reviews_flag f
    LEFT JOIN ingestion_conversation c ON c.id = f.conversation_id"""
INCIDENTS = "SELECT title FROM reviews_incident WHERE title LIKE 'Seen by hand%'"
UNDONE = {
    "batches to count": "SELECT count(*) FROM ingestion_intakebatch WHERE counted_at IS NULL",
    "batches to draw from": "SELECT count(*) FROM ingestion_intakebatch WHERE pulled_at IS NULL",
    "days to count": "SELECT count(*) FROM reviews_dirtyday",
    "flags without a place": """SELECT count(*) FROM reviews_flag
        WHERE sample_id IS NULL AND withdrawn_at IS NULL""",
}
MISCOUNTED = """
SELECT coalesce(sum(abs(coalesce(c.n, 0) - coalesce(d.n, 0))), 0) FROM
    (SELECT day, kind, count(*) AS n FROM ingestion_conversation GROUP BY day, kind) c
    FULL JOIN (SELECT day, kind, sum(conversations) AS n FROM ingestion_daycount
               WHERE day >= (SELECT min(day) FROM ingestion_conversation
                             WHERE external_id LIKE 'chaos-%')
               GROUP BY day, kind) d USING (day, kind)
WHERE kind <> 'Returns'
"""
TWICE = {
    "places graded by two people": """SELECT count(*) FROM (SELECT assignment_id
        FROM reviews_grade GROUP BY 1 HAVING count(DISTINCT reviewer_id) > 1) x""",
    "grades standing twice": """SELECT count(*) FROM (SELECT g.assignment_id FROM reviews_grade g
        WHERE NOT EXISTS (SELECT FROM reviews_grade l WHERE l.supersedes_id = g.id)
        GROUP BY 1 HAVING count(*) > 1) x""",
    "answers sampled twice": """SELECT count(*) FROM (SELECT conversation_id, answer_index
        FROM reviews_sample GROUP BY 1, 2 HAVING count(*) > 1) x""",
    "reports written twice": """SELECT count(*) FROM (SELECT assistant_id, kind, week
        FROM reviews_report GROUP BY 1, 2, 3 HAVING count(*) > 1) x""",
}
# A second report in a row without a grade is written and not sent.
REPORTS = """
SELECT assistant_id, kind, week FROM (SELECT *, content ->> 'graded' AS graded,
    lag(content ->> 'graded') OVER (PARTITION BY assistant_id, kind ORDER BY week) AS before
    FROM reviews_report) r
WHERE NOT (graded IN ('0', 'false') AND coalesce(before, '1') IN ('0', 'false'))
"""
ALERTS = "SELECT count(*) FROM reviews_alert"


@dataclass
class Tally:
    """The figures of the table; every list of words is a fault."""

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    mails_missing: list[str] = field(default_factory=list)
    mails_doubled: int = 0
    mails_doubled_explained: int = 0
    mails: int = 0
    hooks: int = 0
    hooks_missing: int = 0
    hooks_doubled: int = 0


def settle(url: str, within: float, is_idle: Callable[[], bool]) -> float | None:
    """Seconds until all derived work is done, or None when it is not after `within`."""
    start = time.monotonic()
    while time.monotonic() - start < within:
        try:
            with psycopg.connect(url, connect_timeout=5) as connection:
                left = [_number(connection, query) for query in UNDONE.values()]
            if not any(left) and is_idle():
                return time.monotonic() - start
        except psycopg.Error:
            pass
        time.sleep(0.5)
    return None


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def judge(url: str, ledger: Ledger) -> Tally:
    """What of the promises is not kept in the database."""
    tally = Tally(acknowledged=ledger.acknowledged)
    with psycopg.connect(url) as connection:
        stored = {name: digest(words) for name, words in connection.execute(ANSWERS)}
        _compare(tally, "conversation", ledger.conversations, stored)
        for what, book, query in (
            ("signal", ledger.signals, SIGNALS),
            ("flag", ledger.flags, FLAGS),
            ("grade", ledger.grades, GRADES),
        ):
            rows = connection.execute(query).fetchall()
            _compare(tally, what, book, dict(rows))
            _count_twice(tally, what, [row[0] for row in rows if row[0] in book])
        titles = [row[0] for row in connection.execute(INCIDENTS)]
        tally.lost += [f"incident {one}" for one in ledger.incidents - set(titles)]
        _count_twice(tally, "incident", titles)
        for what, query in TWICE.items():
            if number := _number(connection, query):
                tally.doubled.append(f"{number} {what}")
        for what, query in UNDONE.items():
            if number := _number(connection, query):
                tally.undone.append(f"{number} {what}")
        if number := _number(connection, MISCOUNTED):
            tally.altered.append(f"{number} conversations not counted as they are")
    return tally


def _compare(tally: Tally, what: str, book: dict, stored: dict) -> None:  # type: ignore[type-arg]
    for key, value in book.items():
        if key not in stored:
            tally.lost.append(f"{what} {key}")
        elif stored[key] != value:
            tally.altered.append(f"{what} {key}")


def _count_twice(tally: Tally, what: str, names: list[str]) -> None:
    for name, number in Counter(names).items():
        if number > 1:
            tally.doubled.append(f"{what} {name} is there {number} times")


def mails_wanted(url: str, leads: dict[int, str]) -> set[tuple[str, str]]:
    """The report mails that must have arrived: (X-Report-Key, address)."""
    with psycopg.connect(url) as connection:
        reports = connection.execute(REPORTS).fetchall()
    return {
        (f"report-{assistant}-{kind}-{week.isoformat()}-{person}", address)
        for assistant, kind, week in reports
        for person, address in leads.items()
        if address != DEAD_MAILBOX
    }


def judge_outside(
    tally: Tally, wanted: set[tuple[str, str]], mails: MailServer, deaths: int
) -> None:
    """Which mails are missing; how many came twice beyond what a death or a lost yes explains."""
    tally.mails = mails.received.total()
    tally.mails_missing = sorted(key for key, to in wanted if not mails.received[key, to])
    again = sum(number - 1 for number in mails.received.values())
    tally.mails_doubled_explained = min(again, mails.unsure.total() + deaths)
    tally.mails_doubled = again - tally.mails_doubled_explained
    many_ids = [key for key, ids in mails.message_ids.items() if len(ids) > 1]
    tally.altered += [f"mail {key} under two Message-IDs" for key, _ in many_ids]


def judge_hooks(tally: Tally, url: str, receiver: Receiver, silent: int) -> None:
    """Whether the well receiver was told of every alert."""
    with psycopg.connect(url) as connection:
        alerts = _number(connection, ALERTS) - silent
    tally.hooks = receiver.came.total()
    tally.hooks_missing = max(0, alerts - len(receiver.came))
    tally.hooks_doubled = receiver.came.total() - len(receiver.came)
