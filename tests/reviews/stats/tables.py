"""Small tables of graded answers for the tests of estimates."""

from __future__ import annotations

import numpy as np

from reviews.stats.error_rates import ErrorRates
from reviews.stats.estimates import Cells
from reviews.stats.graded import GradedAnswers, Traffic

PERFECT = ErrorRates(0.0, 1.0, 100.0, 50.0, {1: (0.0, 1.0), 2: (0.0, 1.0)})
USUAL = ErrorRates(0.05, 0.85, 200.0, 60.0, {1: (0.05, 0.85), 2: (0.05, 0.85)})


def cells(*rows: tuple[int, bool, int], gold: int = -1, reviewer: int = 1) -> Cells:
    """Each row: stratum, failed, how many; weights of one."""
    n = np.array([row[2] for row in rows])
    return Cells(
        stratum=np.array([row[0] for row in rows]),
        reviewer=np.full(len(rows), reviewer),
        failed=np.array([row[1] for row in rows]),
        gold=np.full(len(rows), gold, np.int8),
        n=n,
        weight=n.astype(float),
        weight_squared=n.astype(float),
    )


def answers(
    *rows: tuple[int, int, bool, bool, bool, int], weight: float = 50.0, gold: int = -1
) -> GradedAnswers:
    """Each row: day, kind, drawn, flagged, failed, how many."""
    n = np.array([row[5] for row in rows], np.int64)
    drawn = np.array([row[2] for row in rows], bool)
    return GradedAnswers(
        day=np.array([row[0] for row in rows], np.int64),
        kind=np.array([row[1] for row in rows], np.int64),
        drawn=drawn,
        flagged=np.array([row[3] for row in rows], bool),
        reviewer=np.ones(len(rows), np.int64),
        version=np.ones(len(rows), np.int64),
        failed=np.array([row[4] for row in rows], bool),
        gold=np.full(len(rows), gold, np.int8),
        n=n,
        weight=n * weight * drawn,
        weight_squared=n * weight**2 * drawn,
    )


def traffic(*rows: tuple[int, int, float, float]) -> Traffic:
    """Each row: day, kind, answers, flagged ones."""
    return Traffic(
        day=np.array([row[0] for row in rows], np.int64),
        kind=np.array([row[1] for row in rows], np.int64),
        answers=np.array([row[2] for row in rows], float),
        flagged=np.array([row[3] for row in rows], float),
    )
