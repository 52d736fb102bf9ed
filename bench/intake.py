"""Intake through HTTP beside straight COPY into the same indexed table."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bench.load import in_processes, post, run_scripts
from bench.server import CORES, ticking, web
from bench.verdicts import Line

BATCH, SINGLE_CONNECTIONS, COPY_CONNECTIONS = 100, 8, 4
WORDS = ("parcel", "refund", "jacket", "order", "label", "weeks", "account", "card 4", "size 38")
COLUMNS = (
    "assistant_id, external_id, started_at, day, kind, channel, language, model, prompt_version, "
    "retrieval_version, user_hash, ticket_ref, sample_rate, answers, messages, passages, attributes"
)
COPY = f"COPY ingestion_conversation ({COLUMNS}) FROM STDIN"


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words)) + "."


def conversation(number: int, name: str) -> dict[str, Any]:
    """A realistic conversation of about 2.5 kB: four messages, three passages."""
    rng = random.Random(number)
    at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(seconds=rng.randrange(20 * 86400))
    roles = ("user", "assistant", "user", "assistant")
    return {
        "id": f"{name}-{number}",
        "started_at": at.isoformat(),
        "messages": [{"role": role, "content": _text(rng, 25)} for role in roles],
        "passages": [
            {"title": f"Page {place}", "text": _text(rng, 60), "score": 0.9 - place / 10}
            for place in range(3)
        ],
        "kind": rng.choice(("Returns", "Delivery", "Sizing", "Account", "Payments")),
        "channel": "web",
        "language": "en",
        "model": "2026-10",
        "prompt_version": "43",
        "retrieval_version": "12 Nov",
        "user_ref": f"user {number % 5000}",
        "ticket_ref": str(40_000 + number),
    }


def copy_rows(url: str, assistant: int, name: str, rows: int) -> float:
    """Rows a second by COPY: 4 connections, 1,000 rows and one commit each time."""
    each = rows // COPY_CONNECTIONS

    def values(number: int) -> tuple[Any, ...]:
        one = conversation(number, name)
        return (
            assistant, one["id"], one["started_at"], one["started_at"][:10], one["kind"],
            one["channel"], one["language"], one["model"], one["prompt_version"],
            one["retrieval_version"], "0" * 64, one["ticket_ref"], 1.0, 2,
            json.dumps(one["messages"]), json.dumps(one["passages"]), "{}",
        )  # fmt: skip

    bites = [
        [[values(start * each + n) for n in range(first, min(first + 1000, each))]
         for first in range(0, each, 1000)]
        for start in range(COPY_CONNECTIONS)
    ]  # fmt: skip

    def work(number: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for bite in bites[number]:
                with connection.cursor().copy(COPY) as copy:
                    for row in bite:
                        copy.write_row(row)

    seconds, _ = in_processes(COPY_CONNECTIONS, work)
    return rows / seconds


def post_rows(port: int, key: str, name: str, rows: int, batch: int, connections: int) -> float:
    """Rows a second through the API, `batch` in a request."""
    headers = {"Authorization": f"Bearer {key}", "Content_Type": "application/json"}
    scripts = []
    each = rows // connections
    for place in range(connections):
        numbers = range(place * each, (place + 1) * each)
        bodies = [
            [conversation(number, name) for number in numbers[first : first + batch]]
            for first in range(0, each, batch)
        ]
        scripts.append(
            [post("/api/v1/conversations", json.dumps(body).encode(), **headers) for body in bodies]
        )
    outcome = run_scripts(port, scripts)
    if outcome.failed:
        raise RuntimeError(f"{outcome.failed} requests were not answered 2xx")
    return each * connections / outcome.seconds


def measure(url: str, assistant: int, key: str, rows: int) -> list[Line]:
    """COPY, batches, COPY, singles, in turn, so that a slow moment hits both."""
    with web(workers=CORES, threads=2) as port, ticking():
        post_rows(port, key, "warm", 400, 1, SINGLE_CONNECTIONS)
        copies, batches, singles = [], [], []
        for turn in range(2):
            copies.append(copy_rows(url, assistant, f"copy{turn}", rows))
            batches.append(post_rows(port, key, f"batch{turn}", rows, BATCH, COPY_CONNECTIONS))
            copies.append(copy_rows(url, assistant, f"again{turn}", rows))
            singles.append(post_rows(port, key, f"single{turn}", rows // 4, 1, SINGLE_CONNECTIONS))
    copied = sum(copies) / len(copies)
    batch, single = sum(batches) / 2, sum(singles) / 2
    return [
        Line("intake: straight COPY, 4 connections", f"{copied:,.0f} rows/s"),
        Line("intake: batches of 100", f"{batch:,.0f} rows/s"),
        Line("intake: single posts, 8 connections", f"{single:,.0f} rows/s"),
        Line("intake: batches / COPY", f"{batch / copied:.2f}", ">= 0.60", batch / copied >= 0.60),
        Line(
            "intake: singles / COPY", f"{single / copied:.2f}", ">= 0.12", single / copied >= 0.12
        ),
    ]
