"""The review loop: sessions, CSRF and HTML, beside a bare claim on the same rows."""

from __future__ import annotations

import multiprocessing
import re
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench.load import Connection, Outcome, in_processes, post
from bench.server import CORES, web
from bench.verdicts import Line

ITEM = re.compile(rb'data-item-id="(\d+)"')
SECONDS = 6.0
BARE = """
UPDATE reviews_assignment SET reviewer_id = %s, lease_until = now() + interval '15 minutes',
    claimed_at = now()
WHERE id = (SELECT id FROM reviews_assignment
            WHERE assistant_id = %s AND state = 'open' AND purpose = 'review'
              AND lease_until IS NULL
            ORDER BY priority, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True)
class Reviewer:
    """A signed-in browser: its cookies and its CSRF token."""

    user: int
    session: str
    csrf: str


@dataclass(frozen=True)
class Desk:
    """What every grade posts: the definition's version and its best levels."""

    assistant: int
    version: int
    levels: dict[int, int]


def _request(desk: Desk, reviewer: Reviewer, item: int, shown: list[int]) -> bytes:
    fields: list[tuple[str, Any]] = [("version", desk.version), ("done", 1), ("seconds", 30)]
    fields += [("note", ""), ("evidence", "[]")]
    fields += [(f"c{criterion}", level) for criterion, level in desk.levels.items()]
    fields += [("shown", one) for one in shown]
    return post(
        f"/a/{desk.assistant}/review/{item}/",
        urlencode(fields).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=f"sessionid={reviewer.session}; csrftoken={reviewer.csrf}",
        X_CSRFToken=reviewer.csrf,
        X_Plumbline="review",
    )


def _get(desk: Desk, reviewer: Reviewer) -> bytes:
    return (
        f"GET /a/{desk.assistant}/review/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: sessionid={reviewer.session}; csrftoken={reviewer.csrf}\r\n\r\n"
    ).encode()


def _sit(port: int, desk: Desk, reviewer: Reviewer, gate: Any, out: list[Any]) -> None:
    """One person: open the page, then grade what is in hand until the time is up."""
    connection = Connection(port)
    status, page = connection.send(_get(desk, reviewer))
    hand = [int(one) for one in ITEM.findall(page)]
    failed = int(status != 200 or not hand)
    times, graded = [], []
    gate.wait()
    end = time.perf_counter() + SECONDS
    while hand and time.perf_counter() < end:
        request = _request(desk, reviewer, hand[0], hand)
        start = time.perf_counter()
        status, body = connection.send(request)
        times.append(time.perf_counter() - start)
        if status not in (200, 204):
            failed += 1
            break
        graded.append(hand.pop(0))
        hand += [int(one) for one in ITEM.findall(body)]
    out.append((times, graded, failed))


def _desk_process(port: int, desk: Desk, people: list[Reviewer], gate: Any, queue: Any) -> None:
    out: list[Any] = []
    threads = [threading.Thread(target=_sit, args=(port, desk, one, gate, out)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put(out)


def grade_for_a_while(port: int, desk: Desk, people: list[Reviewer]) -> tuple[Outcome, list[int]]:
    """Everybody grades as fast as the server answers; the times and the places they graded."""
    context = multiprocessing.get_context("fork")
    gate, queue = context.Barrier(len(people) + 1), context.Queue()
    processes = min(2, len(people))
    workers = [
        context.Process(target=_desk_process, args=(port, desk, people[n::processes], gate, queue))
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    gate.wait()
    start = time.perf_counter()
    parts = [part for _ in workers for part in queue.get()]
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    times = [one for part, _, _ in parts for one in part]
    graded = [one for _, part, _ in parts for one in part]
    return Outcome(seconds, times, sum(failed for _, _, failed in parts)), graded


def bare_claims(url: str, desk: Desk, people: list[Reviewer], count: int) -> float:
    """Claims a second by one bare statement, 4 connections; rolled back afterwards by hand."""
    each = count // 4

    def work(number: int) -> int:
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(each):
                connection.execute(BARE, [people[number % len(people)].user, desk.assistant])
        return each

    seconds, done = in_processes(4, work)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE reviews_assignment SET reviewer_id = NULL, lease_until = NULL, "
            "claimed_at = NULL WHERE state = 'open' AND reviewer_id IS NOT NULL"
        )
    return float(sum(done) / seconds)


def next_item_ms(url: str, desk: Desk, person: Reviewer) -> float:
    """The median time of our own claim statement, in milliseconds."""
    from reviews.grading.queue import CLAIM  # noqa: PLC0415 - Django is set up by then

    times: list[float] = []
    values = {"assistant": desk.assistant, "reviewer": person.user, "purpose": "review"}
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            start = time.perf_counter()
            connection.execute(
                CLAIM.replace("%(at)s", "now()").replace(
                    "%(until)s", "now() + interval '15 minutes'"
                ),
                values,
            )
            times.append(time.perf_counter() - start)
    return 1000 * sorted(times)[100]


def finish_most(url: str, desk: Desk, person: Reviewer) -> None:
    """Nine in ten waiting places are done, as in a queue that is old."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE reviews_assignment SET state = 'done', done_at = now(), "
            "lease_until = NULL, reviewer_id = %s "
            "WHERE assistant_id = %s AND state = 'open' AND id %% 10 <> 0",
            [person.user, desk.assistant],
        )
        connection.execute("VACUUM ANALYZE reviews_assignment")


def measure(url: str, desk: Desk, people: list[Reviewer]) -> list[Line]:
    """1, 8 and 32 reviewers."""
    lines = []
    bare = bare_claims(url, desk, people, 2000)
    lines.append(Line("review: bare SKIP LOCKED claim, 4 connections", f"{bare:,.0f} claims/s"))
    every: list[int] = []
    with web(workers=CORES, threads=2) as port:
        grade_for_a_while(port, desk, people[-1:])
        for count in (1, 8, 32):
            outcome, graded = grade_for_a_while(port, desk, people[:count])
            every += graded
            p50, p95 = outcome.percentile(0.5), outcome.percentile(0.95)
            name = f"review: {count} reviewers, grade and next item"
            figure = f"{outcome.rate:,.0f} reviews/s"
            many = count == 32
            lines.append(
                Line(name, figure, ">= 300" if many else "", not many or outcome.rate >= 300)
            )
            lines.append(
                Line(
                    f"review: {count} reviewers, p50 / p95",
                    f"{p50:.0f} / {p95:.0f} ms",
                    "<= 100 ms" if many else "",
                    not many or p95 <= 100,
                )
            )
            if outcome.failed:
                raise RuntimeError(f"{outcome.failed} grades were not taken")
    lines.append(
        Line(
            "review: places graded twice",
            str(len(every) - len(set(every))),
            "0",
            len(every) == len(set(every)),
        )
    )
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM (SELECT assignment_id FROM reviews_grade "
            "GROUP BY assignment_id HAVING count(DISTINCT reviewer_id) > 1) AS double"
        ).fetchone()
    double = row[0] if row else -1
    lines.append(Line("review: double hand-outs", str(double), "0", double == 0))
    return lines
