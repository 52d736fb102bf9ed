"""What happened, with the day on which each thing became known, and how it looked on any day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reviews.stats.counts import Floats, Ints
from reviews.stats.drift import Signal
from reviews.stats.graded import NO_GOLD, WAITS, Bools, GoldGrades, GradedAnswers, Traffic

NEVER = 10**9
FIRST, SECOND, DECISION = 0, 1, 2


@dataclass(frozen=True)
class SampledAnswers:
    """Answers chosen for review, arrays of one length: the conversation's `day` and `kind`, whether
    it was `drawn` at random, `weight` = 1 / chance (0 if not drawn), and the day on which it was
    known to be flagged or thumbed down (NEVER)."""

    day: Ints
    kind: Ints
    drawn: Bools
    weight: Floats
    flagged_on: Ints


@dataclass(frozen=True)
class GradeLog:
    """Every grade, arrays of one length: `answer` is a place in SampledAnswers, `place` FIRST,
    SECOND (blind) or DECISION (a lead's), `known` the day on which it was given. Where a reviewer
    graded an answer again, the later entry counts."""

    answer: Ints
    reviewer: Ints
    version: Ints
    failed: Bools
    place: Ints
    known: Ints


@dataclass(frozen=True)
class FlagLog:
    """Every conversation that was ever flagged: its day, its kind, when that became known."""

    day: Ints
    kind: Ints
    known: Ints


@dataclass(frozen=True)
class History:
    """Days first..last of an assistant. `answers_by_day` is days x kinds, of all traffic; `signals`
    are sums of the same shape; `releases` days with at least one release. `kinds` and `reviewers`
    are the names behind the numbers."""

    first: int
    last: int
    kinds: Sequence[str]
    reviewers: Sequence[str]
    sampled: SampledAnswers
    grades: GradeLog
    flags: FlagLog
    answers_by_day: Floats
    releases: Sequence[int] = ()
    signals: Sequence[Signal] = field(default_factory=tuple)

    def graded_as_of(self, today: int) -> tuple[GradedAnswers, GoldGrades]:
        """Graded answers and the grades with a gold verdict behind them, as known on a day."""
        if not len(self.grades.known):
            return self._nothing_graded()
        known = self.grades.known <= today
        size = len(self.sampled.day)
        first, second, decision = (
            self._last_grade(known & (self.grades.place == place), size)
            for place in (FIRST, SECOND, DECISION)
        )
        # A lead's decision on an answer that nobody could grade is its first grade.
        alone = (first < 0) & (second < 0) & (decision >= 0)
        both = (first >= 0) & (second >= 0)
        first = np.where(first >= 0, first, np.where(alone, decision, second))
        failed = self.grades.failed
        alike = failed[first] == failed[second]
        verdict = np.where(alike, failed[first], failed[decision])
        gold = np.where(alike | (decision >= 0), verdict, WAITS)
        gold = np.where(both, gold, NO_GOLD).astype(np.int8)
        graded = np.flatnonzero((first >= 0) & (self.sampled.day <= today))
        grade = first[graded]
        sampled = self.sampled
        drawn = sampled.drawn[graded]
        answers = GradedAnswers(
            day=sampled.day[graded],
            kind=sampled.kind[graded],
            drawn=drawn,
            flagged=sampled.flagged_on[graded] <= today,
            reviewer=self.grades.reviewer[grade],
            version=self.grades.version[grade],
            failed=failed[grade],
            gold=gold[graded],
            n=np.ones(len(graded), np.int64),
            weight=sampled.weight[graded] * drawn,
            weight_squared=sampled.weight[graded] ** 2 * drawn,
        )
        with_gold = np.flatnonzero(gold != NO_GOLD)
        pair = np.concatenate([first[with_gold], second[with_gold]])
        twice = np.concatenate([with_gold, with_gold])
        return answers, GoldGrades(
            day=sampled.day[twice],
            reviewer=self.grades.reviewer[pair],
            not_good=gold[twice] == 1,
            failed=failed[pair],
            waits=gold[twice] == WAITS,
            n=np.ones(len(pair), np.int64),
        )

    def _nothing_graded(self) -> tuple[GradedAnswers, GoldGrades]:
        ints, bools, floats = np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0)
        answers = GradedAnswers(
            day=ints,
            kind=ints,
            drawn=bools,
            flagged=bools,
            reviewer=ints,
            version=ints,
            failed=bools,
            gold=ints.astype(np.int8),
            n=ints,
            weight=floats,
            weight_squared=floats,
        )
        return answers, GoldGrades(ints, ints, bools, bools, bools, ints)

    def traffic_as_of(self, today: int) -> Traffic:
        """All answers by day and kind, and how many are flagged as known on a day."""
        days, kinds = self.answers_by_day.shape
        known = (self.flags.known <= today) & (self.flags.day <= today)
        place = (self.flags.day[known] - self.first) * kinds + self.flags.kind[known]
        flagged = np.bincount(place, minlength=days * kinds).astype(np.float64)
        until = min(today, self.last) - self.first + 1
        return Traffic(
            day=np.repeat(np.arange(self.first, self.first + until), kinds),
            kind=np.tile(np.arange(kinds), until),
            answers=self.answers_by_day[:until].reshape(-1),
            flagged=flagged[: until * kinds],
        )

    def _last_grade(self, mine: Bools, size: int) -> NDArray[np.int64]:
        """The place of the newest of these grades for each answer, -1 without."""
        newest = np.full(size, -1, np.int64)
        places = np.flatnonzero(mine)
        places = places[np.argsort(self.grades.known[places], kind="stable")]
        newest[self.grades.answer[places]] = places
        return newest
