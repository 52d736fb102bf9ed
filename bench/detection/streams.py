"""Twelve weeks of an assistant in production, made from a family and a seed, with the truth.

Nothing here knows the product. The order of the random draws is part of the format: the same
family and seed must give the same stream for ever, or figures could not be compared.
"""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass

import numpy as np

from bench.detection.chance import Bools, Floats, Ints, Small, expit, logit
from bench.detection.families import FAMILIES, Family
from bench.detection.shapes import KINDS, Columns, Definition, Release, Reviewer, Scenario, Stream

SHARE = np.array([0.30, 0.22, 0.12, 0.16, 0.14, 0.06])
BASE_BAD = np.array([0.06, 0.08, 0.12, 0.10, 0.14, 0.20])  # true share of bad answers, 10 % overall
VOLUME = np.array([1.15, 1.1, 1.1, 1.1, 1.05, 0.8, 0.7])  # Monday first
MODE_SHARE = np.array([0.5, 0.25, 0.2, 0.05])  # which criterion a bad answer fails on
START = dt.date(2026, 1, 5)  # a Monday
REFUSAL_WORDS = 14


@dataclass(frozen=True)
class _Plot:
    """What happens when: onset and end are the number of days when nothing happens."""

    family: Family
    days: int
    onset: int
    end: int
    releases: list[Release]

    @property
    def day_of_week(self) -> Ints:
        return np.arange(self.days) % 7  # day 0 is a Monday


def _releases(rng: np.random.Generator, days: int, anchor: int | None) -> list[Release]:
    """One release every 7 to 21 days; with an anchor, one of them falls on that day."""
    at = {anchor} if anchor is not None else {int(rng.integers(4, 18))}
    day = min(at)
    while (day := day - int(rng.integers(7, 22))) > 1:
        at.add(day)
    day = max(at)
    while (day := day + int(rng.integers(7, 22))) < days:
        at.add(day)
    versions, found = {"model": 1, "prompt": 1, "index": 1}, []
    for number, day in enumerate(sorted(at), start=1):
        kind = ("model", "prompt", "index")[int(rng.integers(3))]
        versions[kind] += 1
        found.append(Release(f"r{number:02d}", day, kind, f"{kind}-v{versions[kind]}", **versions))
    return found


def _plot(rng: np.random.Generator, family: Family, days: int) -> _Plot:
    if not family.has_event:
        return _Plot(family, days, days, days, _releases(rng, days, None))
    onset = int(rng.integers(35, 50))
    releases = _releases(rng, days, onset if family.at_release else None)
    if not family.at_release:  # keep unrelated releases at least 3 days away
        releases = [one for one in releases if abs(one.day - onset) >= 3]
    end = days
    if family.lasts:
        end = min(onset + int(rng.integers(*family.lasts)), days - 1)
        releases = [one for one in releases if one.day <= onset or one.day > end + 6]
        releases.append(Release("r-fix", end, "prompt", "prompt-rollback", 1, 1, 1))
        releases.sort(key=lambda one: one.day)
    return _Plot(family, days, onset, end, releases)


def _traffic(rng: np.random.Generator, plot: _Plot, per_day: int) -> tuple[Ints, Ints, Small]:
    """Day, second and kind of every conversation."""
    volume = rng.poisson(per_day * VOLUME[plot.day_of_week])
    day = np.repeat(np.arange(plot.days), volume)
    odds = np.log(SHARE) + np.cumsum(rng.normal(0, 0.02, (plot.days, 6)), axis=0)
    odds[:, 5] += 0.25 * (plot.day_of_week >= 5)
    if plot.family.mix:  # the hard topic grows from 6 % to about 24 %
        odds[:, 5] += 1.6 * np.clip((np.arange(plot.days) - plot.onset) / 7, 0, 1)
    mix = np.exp(odds)
    bounds = np.cumsum(mix / mix.sum(1, keepdims=True), axis=1)
    draw = rng.random(len(day))
    kind = np.zeros(len(day), np.int8)
    for bound in bounds[:, :5].T:  # the last bound is 1 and can only be passed by rounding
        kind += draw > bound[day]
    second = np.sort(rng.integers(0, 86400, len(day)) + day.astype(np.int64) * 86400)
    return day, second, kind


def _chances_of_bad(rng: np.random.Generator, plot: _Plot) -> tuple[Floats, Floats]:
    """Share of bad answers by day and kind, without and with the event."""
    odds = logit(BASE_BAD)[None, :] + 0.10 * (plot.day_of_week >= 5)[:, None]
    usual = expit(odds + rng.normal(0, 0.05, (plot.days, 6)))
    now = usual.copy()
    if plot.family.drop:
        day = np.arange(plot.days)
        size = (day >= plot.onset) * 1.0
        if plot.family.ramp:
            size = np.clip((day - plot.onset + 1) / plot.family.ramp, 0, 1)
        size = size * (day < plot.end)
        hit = slice(None) if plot.family.kind is None else [KINDS.index(plot.family.kind)]
        now[:, hit] = np.clip(now[:, hit] + plot.family.drop * size[:, None], 0.01, 0.95)
    return usual, now


def _columns(rng: np.random.Generator, plot: _Plot, per_day: int) -> Columns:
    """Draw everything about the conversations; the cheap signals carry noise of their own."""
    day, second, kind = _traffic(rng, plot, per_day)
    usual, now = _chances_of_bad(rng, plot)
    count = len(day)
    bad = rng.random(count) < now[day, kind]
    if plot.family.definition:  # a stricter rule, the same answers
        bad |= (day >= plot.onset) & (rng.random(count) < 0.06)
    mode = rng.choice(4, count, p=MODE_SHARE).astype(np.int8)
    quality = bad.astype(np.int8)

    def wander(sd: float) -> Floats:
        """Noise by day, each keeping 0.6 of the day before."""
        noise = rng.normal(0, sd, plot.days)
        for place in range(1, plot.days):
            noise[place] = 0.6 * noise[place - 1] + np.sqrt(1 - 0.6**2) * noise[place]
        return noise

    def happens(if_good: float, if_bad: float, sd: float, shift: Floats | float = 0.0) -> Bools:
        draw = rng.random(count)
        odds = logit(np.array([if_good, if_bad]))[None, :] + wander(sd)[:, None]
        return np.asarray(draw < expit(odds + np.reshape(shift, (-1, 1)))[day, quality])

    days = np.arange(plot.days)
    visible = (days >= plot.onset) & (days < plot.end) & plot.family.signal
    escalated = happens(0.04, 0.20, 0.10)
    refused = happens(0.02, 0.12, 0.10, np.where(visible, 0.9, 0.0))
    down = happens(0.006, 0.06, 0.15)
    up = ~down & (rng.random(count) < np.array([0.05, 0.02])[quality])
    eager = 1 + (plot.family.flags - 1) * (days >= plot.onset)
    agent = rng.random(count) < np.array([0.002, 0.03])[quality] * eager[day]
    score = np.clip(rng.normal(np.array([0.77, 0.68])[quality], 0.09), 0, 1) + wander(0.008)[day]
    words = rng.normal(np.array([4.15, 4.0])[quality], 0.45)
    words = np.exp(words + wander(0.02)[day] - (0.18 * visible)[day])
    length = np.where(refused, REFUSAL_WORDS, np.clip(words, 8, 400)).astype(np.int32)
    latency = np.exp(rng.normal(7.2, 0.35, count) + wander(0.05)[day])
    latency += 8 * length
    past = np.searchsorted([one.day for one in plot.releases], days, side="right")
    return Columns(
        day, second, kind, bad, usual[day, kind], now[day, kind], mode,
        escalated, refused, down, up, agent, score, length, latency, past[day],
    )  # fmt: skip


def _reviewers(rng: np.random.Generator, plot: _Plot, count: int) -> list[Reviewer]:
    """The roster, with a lead at its end."""
    leave = plot.onset if plot.family.roster else plot.days
    found = [
        Reviewer(
            f"rev{number}", "reviewer", float(severity), 0, leave if number <= 3 else plot.days
        )
        for number, severity in enumerate(rng.normal(0, 0.5, count), start=1)
    ]
    if plot.family.roster:
        for number in range(1, 4):
            severity = float(0.9 + rng.normal(0, 0.2))
            found.append(Reviewer(f"new{number}", "reviewer", severity, plot.onset, plot.days))
    return [*found, Reviewer("lead", "lead", 0.0, 0, plot.days)]


def simulate(
    family: str,
    seed: int,
    n_per_day: int = 2000,
    days: int = 84,
    start: dt.date = START,
    n_reviewers: int = 7,
) -> Stream:
    """The stream of this family and seed; `start` must be a Monday, `days` more than 50."""
    story = FAMILIES[family]
    rng = np.random.default_rng([seed, zlib.crc32(family.encode())])
    plot = _plot(rng, story, days)
    columns = _columns(rng, plot, n_per_day)
    reviewers = _reviewers(rng, plot, n_reviewers)
    definitions = [Definition(1, 0)]
    if story.definition:
        definitions.append(Definition(2, plot.onset))
    blamed = [one.id for one in plot.releases if one.day == plot.onset and story.at_release]
    scenario: Scenario = {
        "type": "scenario",
        "family": family,
        "seed": seed,
        "days": days,
        "n_per_day": n_per_day,
        "regression": story.is_regression,
        "onset_day": plot.onset if story.has_event else None,
        "end_day": plot.end if story.lasts else None,
        "segment": story.kind,
        "release_id": blamed[0] if blamed and story.is_regression else None,
        "drop": story.drop,
        "ramp": story.ramp,
        "event": story.events,
    }
    stream = Stream(
        family, seed, days, start, columns, plot.releases, reviewers, definitions, scenario
    )
    scenario["start"] = start.isoformat()
    scenario["weekly"] = stream.weekly_truth()
    return stream
