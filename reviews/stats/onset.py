"""When did it start, and with which release? The posterior of the onset day.

STATISTICS section 3, "Onset, release, segment": the exact Bernoulli likelihood of a step or a ramp
on each day, with the size and an error of the baseline integrated out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviews.stats.counts import Floats, VerdictCounts
from reviews.stats.detector import RAMP_DAYS, Direction, Evidence
from reviews.stats.hints import DAYS_BACK, Traffic, log_ratios
from reviews.stats.null_model import NullModel, fit

BASELINE_ERRORS = np.linspace(-0.3, 0.3, 7)
BASELINE_SPREAD = 0.2
SIZES = np.linspace(0.2, 2.2, 11)
SIZE_SPREAD = 1.0
# Shares of ramps beforehand. STATISTICS has 0.2 and steps alone above 0.8; with these, gradual
# changes are blamed on a release that came by less often and abrupt ones are named as often
# (decision 4). The detector looks for ramps over all kinds only, so one kind keeps 0.2.
RAMP_OVER_ALL, RAMP_OF_A_KIND = 0.5, 0.2
SURELY_A_STEP = 0.6
COVER = 0.95
NAME_A_RELEASE = 0.40


@dataclass(frozen=True)
class Onset:
    """The likeliest first day, the hull of the smallest 95 % set of days, and who holds the mass.

    `release` is a day number with releases; None says that no release explains the start.
    `chances` is the posterior by day, over the days that hold any of it.
    """

    best: int
    low: int
    high: int
    release: int | None
    chances: Mapping[int, float]
    step_chance: float


def date_onset(
    evidence: Evidence,
    *,
    day_weight: Mapping[int, float],
    releases: Collection[int] = (),
    direction: Direction = "worse",
    traffic: Traffic | None = None,
) -> Onset:
    """Date the change that the evidence points at, in its scope; `traffic` hints at the day."""
    counts, scope = evidence.counts, evidence.scope
    inside = np.ones(len(counts), bool) if scope is None else counts.kind == scope
    model = fit(counts, step=inside & (counts.day >= evidence.best_day))
    onsets = evidence.onsets
    sign = 1.0 if direction == "worse" else -1.0
    step, ramp = _log_likelihoods(counts, model, inside, onsets, sign)
    if traffic is not None:
        today = int(onsets[-1])
        age = np.arange(today - DAYS_BACK + 1, today + 1)[None, :] - onsets[:, None] + 1
        for likelihood, shape in (
            (step, (age > 0).astype(float)),
            (ramp, np.clip(age / RAMP_DAYS, 0.0, 1.0)),
        ):
            likelihood += log_ratios(
                traffic, today=today, onsets=onsets, shapes=shape, kind=scope, sign=sign
            )

    weight = np.array([day_weight.get(int(day), 1.0) for day in onsets])
    top = max(step.max(), ramp.max())
    slow = RAMP_OVER_ALL if scope is None else RAMP_OF_A_KIND
    steps = (1 - slow) * weight * np.exp(step - top)
    ramps = slow * np.exp(ramp - top)
    step_chance = float(steps.sum() / (steps.sum() + ramps.sum()))
    mass = steps if step_chance > SURELY_A_STEP else steps + ramps
    mass = mass / mass.sum()
    chosen = smallest_set(mass)
    chances = {int(day): float(one) for day, one in zip(onsets, mass, strict=True)}
    named = max((day for day in releases if day in chances), key=chances.__getitem__, default=None)
    return Onset(
        best=int(onsets[int(np.argmax(mass))]),
        low=int(onsets[chosen].min()),
        high=int(onsets[chosen].max()),
        release=named if named is not None and chances[named] >= NAME_A_RELEASE else None,
        chances={day: one for day, one in chances.items() if one >= 0.0005},
        step_chance=step_chance,
    )


def smallest_set(mass: Floats, cover: float = COVER) -> NDArray[np.intp]:
    """Places of the fewest entries that hold at least `cover` of the mass.

    >>> smallest_set(np.array([0.01, 0.9, 0.06, 0.03])).tolist()
    [1, 2]
    """
    order = np.argsort(-mass, kind="stable")
    return order[: int(np.searchsorted(np.cumsum(mass[order]), cover - 1e-12)) + 1]


def _log_likelihoods(
    counts: VerdictCounts,
    model: NullModel,
    inside: NDArray[np.bool_],
    onsets: NDArray[np.int64],
    sign: float,
) -> tuple[Floats, Floats]:
    """Log marginal likelihood of a step and of a ramp from each onset day, up to one constant."""
    first = int(counts.day.min())
    days = int(max(counts.day.max(), onsets[-1])) - first + 1
    day = counts.day[inside] - first
    group = model.group[inside]
    groups = len(model.logit)
    graded = np.bincount(
        day * groups + group, weights=counts.graded[inside], minlength=days * groups
    ).reshape(days, groups)
    failed = np.bincount(day, weights=counts.failed[inside], minlength=days)

    # How far along a change is: not at all, then 1 / 21, 2 / 21 ... whole.
    progress = np.arange(RAMP_DAYS + 1) / RAMP_DAYS
    shift = (
        BASELINE_ERRORS[:, None, None] + sign * SIZES[None, :, None] * progress[None, None, :]
    )  # errors x sizes x progress
    flat = shift.reshape(-1)
    # The part of log P that depends on the shift; the rest is one constant.
    cost = graded @ np.logaddexp(0.0, model.logit[:, None] + flat[None, :])
    by_day = (failed[:, None] * flat[None, :] - cost).reshape(days, *shift.shape)

    log_prior = (
        -((BASELINE_ERRORS / BASELINE_SPREAD) ** 2)[:, None] / 2
        - ((SIZES / SIZE_SPREAD) ** 2)[None, :] / 2
    )
    age = np.clip(np.arange(days)[None, :] - (onsets - first)[:, None] + 1, 0, RAMP_DAYS)
    whole = np.where(age > 0, RAMP_DAYS, 0)
    return (
        _integrate(by_day, whole, log_prior),
        _integrate(by_day, age, log_prior),
    )


def _integrate(by_day: Floats, progress: NDArray[np.int64], log_prior: Floats) -> Floats:
    """Sum over days at their progress (onsets x days), then log-sum-exp over errors and sizes."""
    days = np.arange(by_day.shape[0])
    total = by_day[days[None, :], :, :, progress].sum(axis=1) + log_prior
    flat = total.reshape(len(progress), -1)
    top = flat.max(axis=1)
    result: Floats = top + np.log(np.exp(flat - top[:, None]).sum(axis=1))
    return result
