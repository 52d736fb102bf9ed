"""Collect what happened, row by row, into the arrays of a History."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np

from ingestion.did_not_answer import did_not_answer
from reviews.stats.counts import Floats
from reviews.stats.drift import Signal
from reviews.stats.history import NEVER, FlagLog, GradeLog, History, SampledAnswers

MAX_MEASURED = 20_000  # characters of an answer whose words are counted, as on intake


@dataclass(slots=True)
class DayCell:
    """Sums over the conversations of a kind on a day; `scored` and `measured` count those
    that have a score or an answer."""

    answers: int = 0
    escalated: int = 0
    did_not_answer: int = 0
    thumbs_down: int = 0
    flagged: int = 0
    scored: int = 0
    top_score: float = 0.0
    measured: int = 0
    log_length: float = 0.0

    def say(self, answer: str) -> None:
        """Count an answer's length and whether it reads like one."""
        self.measured += 1
        self.did_not_answer += did_not_answer(answer)
        self.log_length += log(max(len(answer[:MAX_MEASURED].split()), 1))


# What is watched: name, sum, denominator, whether it is a rate, whether it falls when answers get
# worse. Time to answer is not among them: the limit of the drift watch was set with these six, and
# a busy hour is not a sign that answers changed.
SIGNALS = (
    ("escalated", "escalated", "answers", True, False),
    ("did_not_answer", "did_not_answer", "measured", True, False),
    ("thumbs_down", "thumbs_down", "answers", True, False),
    ("flagged", "flagged", "answers", True, False),
    ("top_score", "top_score", "scored", False, True),
    ("length", "log_length", "measured", False, False),
)
LEAST_CARRYING = 0.2  # a mean over a few special conversations says little of all


@dataclass
class Ledger:
    """Rows in, a History out. Kinds and reviewers are numbered as they are first named."""

    kinds: dict[str, int] = field(default_factory=dict)
    reviewers: dict[str, int] = field(default_factory=dict)
    cells: dict[tuple[int, int], DayCell] = field(default_factory=dict)
    _sampled: tuple[array[int], array[int], array[float], array[int]] = field(
        default_factory=lambda: (array("q"), array("q"), array("d"), array("q"))
    )
    _grades: tuple[array[int], ...] = field(
        default_factory=lambda: tuple(array("q") for _ in range(6))
    )
    _flags: tuple[array[int], ...] = field(
        default_factory=lambda: tuple(array("q") for _ in range(3))
    )

    def kind(self, name: str) -> int:
        """The number of a kind."""
        return self.kinds.setdefault(name, len(self.kinds))

    def cell(self, day: int, kind: int) -> DayCell:
        """The sums of a day and kind."""
        found = self.cells.get((day, kind))
        if found is None:
            found = self.cells[day, kind] = DayCell()
        return found

    def sample(self, *, day: int, kind: int, chance: float | None, flagged_on: int = NEVER) -> int:
        """An answer chosen for review, with its chance if it was drawn; returns its place."""
        days, kinds, chances, flagged = self._sampled
        days.append(day)
        kinds.append(kind)
        chances.append(chance or 0.0)
        flagged.append(flagged_on)
        return len(days) - 1

    def grade(
        self, answer: int, *, reviewer: str, version: int, failed: bool, place: int, known: int
    ) -> None:
        """A grade of a chosen answer; `place` is FIRST, SECOND or DECISION."""
        number = self.reviewers.setdefault(reviewer, len(self.reviewers))
        row = (answer, number, version, int(failed), place, known)
        for column, value in zip(self._grades, row, strict=True):
            column.append(value)

    def flag(self, *, day: int, kind: int, known: int) -> None:
        """A conversation of a day that is known as flagged or thumbed down from `known` on."""
        for column, value in zip(self._flags, (day, kind, known), strict=True):
            column.append(value)

    def history(
        self,
        *,
        first: int,
        last: int,
        releases: Collection[int],
        signals: Sequence[Signal] | None = None,
    ) -> History:
        """Everything collected, for the days first..last; what lies before them is left out.
        `signals` replaces those that follow from the cells."""
        sampled = [np.array(column, np.float64) for column in self._sampled]
        day, kind, chance, flagged_on = sampled
        keep = (day >= first) & (day <= last)
        drawn = chance > 0
        place = np.cumsum(keep) - 1
        answer, reviewer, version, failed, seat, known = (
            np.array(column, np.int64) for column in self._grades
        )
        mine = keep[answer] if len(answer) else np.zeros(0, bool)
        flag_day, flag_kind, flag_known = (np.array(column, np.int64) for column in self._flags)
        theirs = (flag_day >= first) & (flag_day <= last)
        weight = np.where(drawn, 1 / np.where(drawn, chance, 1.0), 0.0)
        return History(
            first=first,
            last=last,
            kinds=list(self.kinds),
            reviewers=list(self.reviewers),
            sampled=SampledAnswers(
                day=day[keep].astype(np.int64),
                kind=kind[keep].astype(np.int64),
                drawn=drawn[keep],
                weight=weight[keep],
                flagged_on=flagged_on[keep].astype(np.int64),
            ),
            grades=GradeLog(
                answer=place[answer[mine]].astype(np.int64),
                reviewer=reviewer[mine],
                version=version[mine],
                failed=failed[mine] == 1,
                place=seat[mine],
                known=known[mine],
            ),
            flags=FlagLog(day=flag_day[theirs], kind=flag_kind[theirs], known=flag_known[theirs]),
            answers_by_day=self._table(first, last, "answers"),
            releases=sorted({one for one in releases if first <= one <= last}),
            signals=self._signals(first, last) if signals is None else signals,
        )

    def _table(self, first: int, last: int, name: str) -> Floats:
        """A sum as days x kinds."""
        values: Floats = np.zeros((last - first + 1, max(len(self.kinds), 1)))
        for (day, kind), cell in self.cells.items():
            if first <= day <= last:
                values[day - first, kind] = getattr(cell, name)
        return values

    def _signals(self, first: int, last: int) -> list[Signal]:
        found = []
        conversations = sum(cell.answers for cell in self.cells.values())
        for name, total, count, is_rate, falls in SIGNALS:
            sums, counts = self._table(first, last, total), self._table(first, last, count)
            enough = sums.sum() > 0 if is_rate else counts.sum() >= LEAST_CARRYING * conversations
            if enough and counts.sum() > 0:
                found.append(Signal(name, sums, counts, is_rate, falls))
        return found
