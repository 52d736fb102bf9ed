"""Graded answers as every method takes them: counted by what they have in common.

One table of counts feeds the detector, the estimates and the error rates, so that a replay of
files, the rollups of the database and a simulation go through the same mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reviews.stats.counts import Floats, Ints, VerdictCounts, count_verdicts
from reviews.stats.error_rates import ErrorRates, error_rates

# WAITS: two people graded it blind and differ, and nobody has decided between them yet.
WAITS, NO_GOLD, GOLD_GOOD, GOLD_NOT_GOOD = -2, -1, 0, 1
Bools = NDArray[np.bool_]


class _Table:
    """Arrays of one length, as fields of a dataclass; one of them is `day`."""

    day: Ints

    def __len__(self) -> int:
        return len(self.day)

    def _each(self, which: Bools | Ints | slice) -> Self:
        names = [one.name for one in fields(self)]  # type: ignore[arg-type]
        return type(self)(*(getattr(self, name)[which] for name in names))

    def by_day(self) -> Self:
        """The same rows in the order of their days, which `days` needs."""
        return self._each(np.argsort(self.day, kind="stable"))

    def days(self, first: int, last: int) -> Self:
        """The rows of the days first..last of a table in the order of days: no row is copied."""
        start, end = np.searchsorted(self.day, [first, last + 1])
        return self._each(slice(int(start), int(end)))


@dataclass(frozen=True)
class GradedAnswers(_Table):
    """First grades; one row for each group of answers alike, arrays of one length.

    `day` of the conversation, `kind`, `reviewer` and `version` as whole numbers; `drawn`: chosen at
    random, with a known chance (else because it was flagged); `flagged`: flagged or thumbed down as
    things stand; `failed`: the first grade; `gold`: WAITS, NO_GOLD or the verdict; `n` answers
    with `weight` = sum of 1 / chance and `weight_squared` = sum of its squares (0 if not drawn).
    """

    day: Ints
    kind: Ints
    drawn: Bools
    flagged: Bools
    reviewer: Ints
    version: Ints
    failed: Bools
    gold: NDArray[np.int8]
    n: Ints
    weight: Floats
    weight_squared: Floats

    @property
    def graded(self) -> int:
        """How many answers."""
        return int(self.n.sum())

    def where(self, keep: Bools) -> GradedAnswers:
        """The rows that `keep` is true for."""
        return self._each(keep)

    def between(self, first: int, last: int) -> GradedAnswers:
        """The rows of the days first..last."""
        return self.where((self.day >= first) & (self.day <= last))

    def of_kind(self, kind: int) -> GradedAnswers:
        """The rows of one kind of question."""
        return self.where(self.kind == kind)

    def verdict_counts(self) -> VerdictCounts:
        """What the detector looks at: the drawn part, whatever it is flagged or gold."""
        mine = self.where(self.drawn)
        return count_verdicts(
            day=mine.day,
            kind=mine.kind,
            reviewer=mine.reviewer,
            version=mine.version,
            failed=mine.failed,
            n=mine.n,
        )


@dataclass(frozen=True)
class GoldGrades(_Table):
    """Both blind grades of answers that two people graded, counted: `n` grades alike in a row.

    `day` of the conversation; `not_good` the gold verdict, `failed` the reviewer's own; `waits`
    where the two differ and nobody has decided: there is no gold verdict then.
    """

    day: Ints
    reviewer: Ints
    not_good: Bools
    failed: Bools
    waits: Bools
    n: Ints

    def decided(self) -> GoldGrades:
        """Those with a gold verdict."""
        return self._each(~self.waits)

    def rates(self, first: int, last: int) -> ErrorRates:
        """Error rates from the days first..last."""
        keep = (self.day >= first) & (self.day <= last)
        mine = self._each(keep & ~self.waits)
        waiting = float(self.n[keep & self.waits].sum()) / 2
        return error_rates(mine.reviewer, mine.not_good, mine.failed, mine.n, waiting=waiting)


@dataclass(frozen=True)
class Traffic(_Table):
    """All answers by day and kind, and how many of them are in flagged conversations."""

    day: Ints
    kind: Ints
    answers: Floats
    flagged: Floats

    def where(self, keep: Bools) -> Traffic:
        """The rows that `keep` is true for."""
        return self._each(keep)

    def between(self, first: int, last: int) -> Traffic:
        """The rows of the days first..last."""
        return self.where((self.day >= first) & (self.day <= last))

    def of_kind(self, kind: int) -> Traffic:
        """The rows of one kind of question."""
        return self.where(self.kind == kind)
