"""A stream as a folder of files: what a product may see, and beside it the truth."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.detection.chance import uniform
from bench.detection.reviewers import error_rates, grade, sample_and_grade
from bench.detection.shapes import CRITERIA, KINDS, Release, Stream, as_dict

_QUESTIONS = {
    "orders": ("Where is my order {n}?", "Can I change order {n} before it ships?"),
    "shipping": ("How long does delivery to {city} take?", "Why is parcel {n} stuck in {city}?"),
    "refunds": (
        "I returned {item} two weeks ago, where is my money?",
        "Can I get a refund for {item}?",
    ),
    "account": (
        "I cannot log in since yesterday",
        "How do I change the e-mail on account {n}?",
    ),
    "product": ("Does {item} work with 230 volts?", "What is the warranty on {item}?"),
    "other": ("Do you have jobs in {city}?", "I want to complain about your {item} advert"),
}
_CITIES = ("Lyon", "Oslo", "Porto", "Ghent", "Turin", "Leeds", "Krakow", "Malmo")
_ITEMS = (
    "the kettle",
    "the desk lamp",
    "the blue jacket",
    "the headphones",
    "the bike rack",
    "the coffee grinder",
)
_PHRASE = (
    "thank you for asking we checked your request and found that the policy says the item can be "
    "returned within thirty days of delivery please keep the receipt and use the form in your "
    "account our team will confirm by mail once the parcel reaches the warehouse the amount is "
    "paid back to the card you used"
)
_WORDS = _PHRASE.split()
_BAD = (
    "The return window is ninety days.",
    "See section 14 of our policy.",
    "You can find that on our website.",
    "That is how it is.",
)
_REFUSAL = "I'm sorry, I can't help with that. Please contact our support team."
_BEFORE = Release("", 0, "", "", 1, 1, 1)


def _texts(stream: Stream, row: int, draw: float) -> tuple[str, str]:
    """A question and its answer; the wording hints at badness but never reveals it."""
    columns, kind = stream.columns, KINDS[stream.columns.kind[row]]
    key = int(draw * 1e6)
    question = _QUESTIONS[kind][key % 2].format(
        n=10000 + key % 89999, city=_CITIES[key % 8], item=_ITEMS[key % 6]
    )
    if columns.refused[row]:
        return question, _REFUSAL
    length, skip = int(columns.length[row]), key % len(_WORDS)
    words = (_WORDS * (2 + (length + skip) // len(_WORDS)))[skip : skip + length]
    answer = " ".join(words).capitalize() + "."
    tell = 0.5 if columns.bad[row] else 0.04
    if (draw * 7919) % 1 < tell:
        answer += " " + _BAD[columns.mode[row]]
    return question, answer


def conversations(stream: Stream) -> Iterator[dict[str, Any]]:
    """Every conversation as a product may take it in, in order of time."""
    base = dt.datetime.combine(stream.start, dt.time())
    draws = uniform(np.arange(len(stream)), 0, stream.seed, 3)
    columns = stream.columns
    for row in range(len(stream)):
        draw, past = float(draws[row]), columns.releases[row]
        release = stream.releases[past - 1] if past else _BEFORE
        question, answer = _texts(stream, row, draw)
        kind = KINDS[columns.kind[row]]
        at = base + dt.timedelta(seconds=int(columns.second[row]))
        yield {
            "id": f"c{row:07d}",
            "started_at": at.isoformat() + "Z",
            "intent": kind,
            "model_version": f"model-v{release.model}",
            "prompt_version": f"prompt-v{release.prompt}",
            "index_version": f"index-v{release.index}",
            "question": question,
            "answer": answer,
            "retrieved": [
                {
                    "id": f"{kind}-{int(draw * 997) % 40 + place}",
                    "title": f"{kind} help page {place + 1}",
                    "text": " ".join(_WORDS[place * 9 : place * 9 + 24]),
                    "score": round(float(columns.score[row]) - 0.05 * place, 3),
                }
                for place in range(3)
            ],
            "latency_ms": int(columns.latency[row]),
            "tokens": int(columns.length[row] * 1.35) + 400,
            "thumbs": "down" if columns.down[row] else "up" if columns.up[row] else None,
            "escalated": bool(columns.escalated[row]),
        }


def flags(stream: Stream) -> Iterator[dict[str, Any]]:
    """The agents' flags, each 0 to 2 days after its conversation."""
    for row in np.flatnonzero(stream.columns.agent):
        late = int(uniform(row, 1, stream.seed, 5) * 3)
        yield {
            "conversation_id": f"c{row:07d}",
            "by": "agent",
            "flagged_on": stream.date(stream.columns.day[row] + late),
        }


def grades(
    stream: Stream,
    count: int,
    flag_cap: int | None = None,
    double: float = 0.15,
    stratified: bool = False,
) -> Iterator[dict[str, Any]]:
    """A ready-made sample with its grades: first, second and, where they differ, the lead's."""
    graded = sample_and_grade(stream, count, flag_cap, double, stratified)
    for place, row in enumerate(graded.row):
        people = [stream.reviewers[graded.reviewer[place]].id]
        if graded.second[place] >= 0:
            people.append(stream.reviewers[graded.second[place]].id)
            if graded.failed[place] != graded.second_failed[place]:
                people.append("lead")
        is_random = graded.source[place] == 0
        for person in people:
            yield {
                **grade(stream, int(row), person),
                "source": "random" if is_random else "flagged",
                "inclusion_probability": (
                    round(float(graded.chance[place]), 6) if is_random else None
                ),
                "graded_on": stream.date(graded.arrives[place]),
            }


def truth(stream: Stream) -> Iterator[dict[str, Any]]:
    """The scenario, then the true verdict of every conversation."""
    people = [{**as_dict(one), "rates": error_rates(one)} for one in stream.reviewers]
    yield {**stream.scenario, "reviewers": people}
    columns = stream.columns
    for row in range(len(stream)):
        is_bad = columns.bad[row]
        yield {
            "id": f"c{row:07d}",
            "pass": not is_bad,
            "failure_mode": CRITERIA[columns.mode[row]] if is_bad else None,
        }


def write(
    stream: Stream,
    folder: Path,
    count: int = 20,
    flag_cap: int | None = None,
    double: float = 0.15,
    stratified: bool = False,
) -> None:
    """Write the folder that `manage.py backtest` reads; the folder is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)

    def whole(name: str, rows: list[dict[str, Any]]) -> None:
        (folder / name).write_text(json.dumps(rows, indent=1))

    def lines(name: str, rows: Iterator[dict[str, Any]]) -> None:
        with (folder / name).open("w") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    released = [
        {**as_dict(one), "released_at": stream.date(one.day) + "T00:00:00Z"}
        for one in stream.releases
    ]
    whole("releases.json", released)
    versions = [
        {**as_dict(one), "from_date": stream.date(one.from_day)} for one in stream.definitions
    ]
    whole("definitions.json", versions)
    roster = [
        {"id": one.id, "role": one.role, "from_day": one.from_day, "to_day": one.to_day}
        for one in stream.reviewers
    ]
    whole("reviewers.json", roster)
    lines("conversations.jsonl", conversations(stream))
    lines("flags.jsonl", flags(stream))
    lines("grades.jsonl", grades(stream, count, flag_cap, double, stratified))
    lines("truth.jsonl", truth(stream))
