"""Made-up grades for the tests of the detector: days, kinds and reviewers with known chances."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reviews.stats.counts import VerdictCounts, count_verdicts

Chance = Callable[[int, int, int], float]


def grades(
    days: int,
    a_day: int,
    chance: Chance,
    *,
    kinds: int = 4,
    reviewers: int = 4,
    seed: int = 1,
    version_from: int | None = None,
) -> VerdictCounts:
    """`a_day` verdicts on each of `days`; `chance(day, kind, reviewer)` is of a fail. Version 2 of
    the definition from day `version_from` on."""
    rng = np.random.default_rng(seed)
    size = days * a_day
    day = np.repeat(np.arange(days), a_day)
    kind = rng.integers(0, kinds, size)
    reviewer = rng.integers(0, reviewers, size)
    each = zip(day.tolist(), kind.tolist(), reviewer.tolist(), strict=True)
    failed = rng.random(size) < np.array([chance(*one) for one in each])
    changed = days if version_from is None else version_from
    version = np.where(day >= changed, 2, 1)
    return count_verdicts(day=day, kind=kind, reviewer=reviewer, version=version, failed=failed)


def all_alike(days: int, a_day: int, *, failed: bool) -> VerdictCounts:
    """Every answer good, or none."""
    day = np.repeat(np.arange(days), a_day)
    same = np.zeros(len(day), np.int64)
    return count_verdicts(
        day=day, kind=same, reviewer=same, version=same, failed=np.full(len(day), failed)
    )
