"""Has it got worse, and since about when? A risk-adjusted mixture Shiryaev-Roberts statistic.

STATISTICS section 3: every hypothesis is a change of one shape (a step, a ramp over three weeks) in
one scope (all kinds, one kind) that began on one day. Each is weighed against "nothing changed"
after what reviewers, kinds and definitions explain is taken away; their weighted sum is the
evidence, and evidence over the alarm line is an alarm. Recomputed whole from the counts each time.

Sources: Shiryaev 1963 and Roberts 1966 for the sum over onset days; Steiner, Cook, Farewell and
Treasure 2000 (Biostatistics 1:441) for the risk adjustment; Pollak 1985 for the mixture over sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from reviews.stats.counts import Floats, Ints, VerdictCounts, group_small_kinds
from reviews.stats.enough_grades import WARM_UP_DAYS, WARM_UP_GRADES
from reviews.stats.null_model import NullModel, fit

# The evidence that comes about once a year without any change, from null runs with drift alarms
# (STATISTICS has 160 without them).
LINE_FOR_ONE_A_YEAR = 180.0
SIZES = np.array([0.4, 0.7, 1.0, 1.4])
DAYS_BACK = 56
RAMP_DAYS = 21
STEP, RAMP, KIND = 0.45, 0.20, 0.35
GRADES_OF_A_KIND = 40

Direction = Literal["worse", "better"]


def alarm_line(false_alarms_a_year: float = 1.0) -> float:
    """The evidence at which to alarm for a budget of false alarms; ValueError unless positive."""
    if false_alarms_a_year <= 0:
        raise ValueError("a budget of false alarms must be above 0")
    return LINE_FOR_ONE_A_YEAR / false_alarms_a_year


@dataclass(frozen=True)
class Evidence:
    """How much each hypothesis weighs; arrays over `onsets` (day numbers, oldest first)."""

    model: NullModel
    counts: VerdictCounts
    onsets: Ints
    step: Floats
    ramp: Floats
    kinds: Mapping[int, Floats]

    @cached_property
    def total(self) -> float:
        """The Shiryaev-Roberts statistic: about 1 a day of looking when nothing changed."""
        return float(self.step.sum() + self.ramp.sum()) + sum(
            float(one.sum()) for one in self.kinds.values()
        )

    @cached_property
    def scope(self) -> int | None:
        """The kind that the evidence points at; None for all kinds alike."""
        best, most = None, float(self.step.sum() + self.ramp.sum())
        for kind, terms in self.kinds.items():
            if float(terms.sum()) > most:
                best, most = kind, float(terms.sum())
        return best

    @cached_property
    def best_day(self) -> int:
        """The likeliest onset among the hypotheses of the scope."""
        terms = self.step + self.ramp if self.scope is None else self.kinds[self.scope]
        return int(self.onsets[int(np.argmax(terms))])


def weigh(
    counts: VerdictCounts,
    *,
    today: int,
    day_weight: Mapping[int, float] | float = 1.0,
    direction: Direction = "worse",
) -> Evidence | None:
    """Weigh every hypothesis with what is known; None without any grade.

    `counts` start with the baseline. `day_weight` is the prior of each onset day beside an ordinary
    one (see `reviews.stats.priors`); a number stands for every day.
    """
    if not len(counts):
        return None
    counts = group_small_kinds(counts)
    model = fit(counts)
    first = int(counts.day.min())
    days = today - first + 1
    onsets = np.arange(max(first, today - DAYS_BACK + 1), today + 1)
    sums = _sums(counts, model, first, days)

    age = np.arange(days)[None, :] - (onsets - first)[:, None] + 1
    step = (age > 0).astype(float)
    ramp = np.clip(age / RAMP_DAYS, 0.0, 1.0)
    sign = 1.0 if direction == "worse" else -1.0
    overall = sums.over_all_kinds()
    weight = (
        np.full(len(onsets), float(day_weight))
        if isinstance(day_weight, (int, float))
        else np.array([day_weight.get(int(day), 1.0) for day in onsets])
    )
    judged = sums.kinds_with(GRADES_OF_A_KIND) if len(model.kinds) > 1 else []
    kind_prior = KIND / len(model.kinds) if judged else 0.0
    step_prior = STEP if judged else STEP + KIND
    return Evidence(
        model=model,
        counts=counts,
        onsets=onsets,
        step=step_prior * weight * _likelihood_ratio(step, overall, model, sign),
        ramp=RAMP * weight * _likelihood_ratio(ramp, overall, model, sign),
        kinds={
            int(model.kinds[at]): kind_prior
            * weight
            * _likelihood_ratio(step, sums.of_kind(at), model, sign)
            for at in judged
        },
    )


def is_warm(counts: VerdictCounts, *, today: int, since: int) -> bool:
    """True when the baseline is long enough for an alarm: 14 days and 120 grades."""
    return today - since + 1 > WARM_UP_DAYS and counts.total >= WARM_UP_GRADES


@dataclass(frozen=True)
class _DaySums:
    """Sums of a day: residual, cumulants two to four, and variance by effect (days x effects)."""

    residual: Floats
    second: Floats
    third: Floats
    fourth: Floats
    by_effect: Floats


@dataclass(frozen=True)
class _KindSums:
    """The same for each kind: a first axis more; `graded` has one number a kind."""

    sums: _DaySums
    graded: Floats

    def of_kind(self, at: int) -> _DaySums:
        one = self.sums
        return _DaySums(
            one.residual[at], one.second[at], one.third[at], one.fourth[at], one.by_effect[at]
        )

    def over_all_kinds(self) -> _DaySums:
        one = self.sums
        return _DaySums(
            one.residual.sum(0),
            one.second.sum(0),
            one.third.sum(0),
            one.fourth.sum(0),
            one.by_effect.sum(0),
        )

    def kinds_with(self, grades: int) -> list[int]:
        return [at for at, graded in enumerate(self.graded) if graded >= grades]


def _sums(counts: VerdictCounts, model: NullModel, first: int, days: int) -> _KindSums:
    chance = model.probability[model.group]
    spread = chance * (1 - chance)
    variance = counts.graded * spread
    columns = model.columns[model.group]
    kind = columns[:, 0] - 1
    place = kind * days + (counts.day - first)
    shape = (len(model.kinds), days)
    effects = len(model.effects)

    def by_day(values: Floats) -> Floats:
        summed = np.bincount(place, weights=values, minlength=shape[0] * days)
        return summed.astype(np.float64).reshape(shape)

    second = by_day(variance)
    by_effect = np.zeros((*shape, effects))
    by_effect[:, :, 0] = second
    for at in range(columns.shape[1]):
        flat = np.bincount(
            place * effects + columns[:, at],
            weights=variance,
            minlength=shape[0] * days * effects,
        )
        by_effect += flat.reshape(*shape, effects)
    return _KindSums(
        _DaySums(
            residual=by_day(counts.failed - counts.graded * chance),
            second=second,
            third=by_day(variance * (1 - 2 * chance)),
            fourth=by_day(variance * (1 - 6 * spread)),
            by_effect=by_effect,
        ),
        graded=np.bincount(kind, weights=counts.graded, minlength=shape[0]).astype(np.float64),
    )


def _likelihood_ratio(shape: Floats, sums: _DaySums, model: NullModel, sign: float) -> Floats:
    """Mean over sizes of exp(d U - rho (d^2 K2 / 2 + d^3 K3 / 6 + d^4 K4 / 24)) for each onset.

    `shape` (onsets x days) is how much of the change is there on a day. What the fitted effects
    explain is taken from the variance: rho is the part of it that is left.
    """
    squared = shape * shape
    score = shape @ sums.residual
    second = squared @ sums.second
    explained = shape @ sums.by_effect
    left = second - np.einsum("ij,jk,ik->i", explained, model.covariance, explained)
    rho = np.clip(np.divide(left, second, out=np.zeros_like(second), where=second > 0), 0.0, 1.0)
    third = (squared * shape) @ sums.third
    fourth = (squared * squared) @ sums.fourth
    size = sign * SIZES[:, None]
    exponent = size * score - rho * (
        size**2 * second / 2 + size**3 * third / 6 + size**4 * fourth / 24
    )
    ratio: Floats = np.exp(np.minimum(exponent, 500.0)).mean(axis=0)
    return ratio
