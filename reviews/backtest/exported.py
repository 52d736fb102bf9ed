"""What `manage.py export_history` wrote, as a history: the same one that the database gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from msgspec import Struct

from reviews.backtest.reading import BadInputError, read_lines, read_whole
from reviews.backtest.shapes import Recorded, ReleaseDay
from reviews.backtest.team_rows import (
    CountRow,
    GradeRow,
    MarkRow,
    SampleRow,
    TeamRows,
    recorded_from,
)
from reviews.stats.drift import Signal

EXPORT, FORM = "export.json", 1


class About(Struct):
    """export.json: which days, in which time zone, and the version of the form."""

    form: int
    first: date
    last: date
    assistant: str = ""
    team: str = ""
    time_zone: str = ""


class SumLine(Struct, gc=False):
    """A watched signal's sum over a day and kind, and how many conversations carried it."""

    signal: str
    is_rate: bool
    falls_when_worse: bool
    day: date
    kind: str
    total: float
    carried: float


class FlagRow(Struct, gc=False):
    """A flag, with its conversation's day, kind and number of answers."""

    on: date
    conversation_id: str = ""
    day: date | None = None
    kind: str = ""
    answers: int = 0
    withdrawn_at: str | None = None


class SignalRow(Struct, gc=False):
    """What an end user let the caller know."""

    name: str
    value: float
    on: date
    conversation_id: str
    day: date | None = None
    kind: str = ""
    answers: int = 0


class ReleaseRow(Struct):
    """A change; `on` is its day by the team's clock."""

    id: int
    kind: str
    name: str
    on: date


def is_export(path: Path) -> bool:
    """True when the folder is an export of ours."""
    return (path / EXPORT).exists()


def load(path: Path) -> Recorded:
    """The history in an export. Raises BadInputError."""
    about = read_whole(path / EXPORT, About)
    if about.form != FORM:
        raise BadInputError(
            f"{path / EXPORT}, field form: It is {about.form}, and {FORM} is known. "
            "Export it again with this version."
        )
    if about.last < about.first:
        raise BadInputError(f"{path / EXPORT}, field last: It is before first. Export it again.")
    counts = [one for _, one in read_lines(path / "day_counts.jsonl", CountRow)]
    kinds = sorted({one.kind for one in counts if about.first <= one.day <= about.last})
    return recorded_from(
        TeamRows(
            first=about.first,
            last=about.last,
            samples=(one for _, one in read_lines(path / "samples.jsonl", SampleRow)),
            grades=(one for _, one in read_lines(path / "grades.jsonl", GradeRow)),
            marks=_marks(path),
            counts=counts,
            kinds=kinds,
            signals=_signals(path, about, kinds),
            releases=[
                ReleaseDay(str(one.id), one.name, one.on.toordinal())
                for _, one in read_lines(path / "releases.jsonl", ReleaseRow)
            ],
        )
    )


def _marks(path: Path) -> Iterator[MarkRow]:
    """Conversations that were flagged or got a thumb down."""
    for _, flag in read_lines(path / "flags.jsonl", FlagRow):
        if flag.day is not None and flag.withdrawn_at is None:
            yield MarkRow(flag.conversation_id, flag.day, flag.kind, flag.answers, flag.on)
    for _, one in read_lines(path / "signals.jsonl", SignalRow):
        if one.day is not None and one.name == "thumbs" and one.value == -1:
            yield MarkRow(one.conversation_id, one.day, one.kind, one.answers, one.on)


def _signals(path: Path, about: About, kinds: Sequence[str]) -> list[Signal]:
    """The watched signals, in the order of the file."""
    column = {kind: at for at, kind in enumerate(kinds)}
    size = ((about.last - about.first).days + 1, len(kinds))
    found: dict[str, Signal] = {}
    for _, one in read_lines(path / "signal_sums.jsonl", SumLine):
        if about.first <= one.day <= about.last and one.kind in column:
            signal = found.get(one.signal)
            if signal is None:
                total, carried = np.zeros(size), np.zeros(size)
                signal = Signal(one.signal, total, carried, one.is_rate, one.falls_when_worse)
                found[one.signal] = signal
            at = (one.day - about.first).days, column[one.kind]
            signal.total[at] += one.total
            signal.answers[at] += one.carried
    return list(found.values())
