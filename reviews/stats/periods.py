"""The share of good answers in a stretch of days, or of one kind in it, from graded answers.

This composes STATISTICS section 2: flagged answers are one stratum, the others one more, or one for
each kind when kinds were drawn with different chances.
"""

from __future__ import annotations

import numpy as np

from reviews.stats.counts import Floats
from reviews.stats.error_rates import ErrorRates, by_strictness
from reviews.stats.estimates import Cells, Estimate, estimate
from reviews.stats.graded import GoldGrades, GradedAnswers, Traffic
from reviews.stats.severity import strictness

FLAGGED = -2
ALL_OTHERS = -1
# Error rates are those of the last twelve weeks.
RATES_DAYS = 84
# Kinds whose mean weights differ by more were drawn with chances of their own.
UNEQUAL_CHANCES = 1.25
MOST_UNSEEN = 0.05


def period_cells(
    answers: GradedAnswers, traffic: Traffic, *, by_kind: bool | None = None
) -> tuple[Cells, dict[int, float]]:
    """The strata of a stretch of days, and each one's share of its traffic. Kinds are strata of
    their own when they were drawn with different chances, unless `by_kind` says it.

    Flagged: drawn ones and those from the flag queue alike, a day's graded ones standing for all
    that are flagged that day. Others: the drawn ones with weights 1 / chance.
    """
    mine = answers.where(answers.flagged | answers.drawn)
    by_kind = _drawn_by_kind(mine) if by_kind is None else by_kind
    day_weight = _flagged_weight(mine, traffic)
    others = mine.kind if by_kind else np.full(len(mine), ALL_OTHERS)
    cells = Cells(
        stratum=np.where(mine.flagged, FLAGGED, others),
        reviewer=mine.reviewer,
        failed=mine.failed,
        gold=mine.gold,
        n=mine.n,
        weight=np.where(mine.flagged, mine.n * day_weight, mine.weight),
        weight_squared=np.where(mine.flagged, mine.n * day_weight**2, mine.weight_squared),
    )
    flagged = float(traffic.flagged.sum())
    rest = traffic.answers - traffic.flagged
    shares = {FLAGGED: flagged}
    if by_kind:
        for kind in np.unique(traffic.kind):
            shares[int(kind)] = max(float(rest[traffic.kind == kind].sum()), 0.0)
    else:
        shares[ALL_OTHERS] = max(float(rest.sum()), 0.0)
    return cells, shares


def rates_as_of(today: int, answers: GradedAnswers, gold: GoldGrades) -> ErrorRates:
    """Reviewers' error rates on a day: the team's from gold, and each person's from how strict they
    are on all drawn grades; both of the last twelve weeks (STATISTICS 13.2 and 13.3)."""
    first = today - RATES_DAYS + 1
    rates = gold.rates(first, today)
    strict = strictness(answers.between(first, today).verdict_counts())
    return rates if strict is None else by_strictness(rates, strict)


def estimate_period(
    answers: GradedAnswers, traffic: Traffic, rates: ErrorRates | None
) -> Estimate | None:
    """The share of good answers among all of `traffic`; None when nothing was graded, or when more
    than 5 % of the traffic has no graded answer to stand for it, as when only flagged answers are
    graded: a guess from the others would be no level (STATISTICS 13.7).

    Both tables hold the same days and kinds. Days that were graded but have no traffic recorded
    (old imports) are estimated from their grades alone.
    """
    cells, shares = period_cells(answers, traffic)
    if sum(shares.values()) <= 0:
        shares = {int(one): float(cells.weight[cells.stratum == one].sum())
                  for one in np.unique(cells.stratum)}  # fmt: skip
    if sum(shares.values()) <= 0:
        return None
    found = estimate(cells, shares, rates)
    return found if found is None or found.unseen <= MOST_UNSEEN else None


def _drawn_by_kind(answers: GradedAnswers) -> bool:
    drawn = answers.where(answers.drawn & (answers.n > 0))
    kinds = np.unique(drawn.kind)
    if len(kinds) < 2:
        return False
    means = [
        drawn.weight[drawn.kind == kind].sum() / drawn.n[drawn.kind == kind].sum() for kind in kinds
    ]
    return bool(max(means) > UNEQUAL_CHANCES * min(means))


def _flagged_weight(answers: GradedAnswers, traffic: Traffic) -> Floats:
    """For each row, how many flagged answers of its day one graded flagged answer stands for."""
    if not len(answers):
        return np.zeros(0)
    first = int(min(answers.day.min(), traffic.day.min(initial=answers.day.min())))
    last = int(max(answers.day.max(), traffic.day.max(initial=answers.day.max())))
    size = last - first + 1
    there = np.bincount(traffic.day - first, weights=traffic.flagged, minlength=size)
    graded = np.bincount(answers.day - first, weights=answers.n * answers.flagged, minlength=size)
    weight = np.maximum(there, graded) / np.maximum(graded, 1.0)
    result: Floats = weight[answers.day - first].astype(np.float64)
    return result
