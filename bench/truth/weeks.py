"""The weekly share of good answers against the truth."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from math import sqrt

import numpy as np
from scipy.stats import beta

from bench.detection.runs import ONE_THREAD
from bench.detection.streams import simulate
from bench.truth.teams import TEAMS, graded_by
from reviews.stats.replay import weekly_estimates

LEAST, MOST = 0.92, 0.98
MOST_BIAS = 0.5
# From so many grades a day on a bias is asked about: below, the start values still count.
BIAS_FROM = 20
# A team that gets no corrected figure must not be shown a range (as graded, and it says so).
NO_RANGE = ("no pair decided", "one reviewer")


@dataclass(frozen=True)
class Week:
    """One week's figure: was a range printed, did it hold the truth, how far off was the share (in
    points), and half of the range's width (in points)."""

    printed: bool
    covers: bool
    off: float
    half: float


@dataclass(frozen=True)
class Line:
    """All weeks of a team at a number of grades a day. `low` to `high`: the exact 95 % range of the
    coverage (Clopper and Pearson 1934); weeks of one stream are not quite independent."""

    team: str
    per_day: int
    weeks: int
    printed: float
    covers: float
    low: float
    high: float
    bias: float
    half: float

    @property
    def reached(self) -> bool:
        """The coverage may be 92 to 98 %, and the bias at most half a point, as far as so many
        weeks can tell; where no range can be kept, none is printed."""
        if self.team in NO_RANGE:
            return self.printed == 0
        fits = self.high >= LEAST and self.low <= MOST
        unbiased = self.per_day < BIAS_FROM or abs(self.bias) <= MOST_BIAS + self.bias_noise
        return self.printed > 0 and fits and unbiased

    @property
    def bias_noise(self) -> float:
        """Twice the standard error of the bias, in points."""
        return 2 * (self.half / 1.96) / sqrt(max(self.weeks * self.printed, 1.0))


def weeks_of(team: str, seed: int, counts: Sequence[int]) -> list[tuple[int, Week]]:
    """Every week of one stream at each number of grades a day."""
    story = TEAMS[team]
    stream = simulate(story.family, seed, n_reviewers=story.reviewers)
    truth = {one["week_start"]: one["pass_rate"] for one in stream.weekly_truth()}
    found = []
    for per_day in counts:
        for week in weekly_estimates(graded_by(story, stream, per_day), 0):
            said = week.estimate
            if said is None:
                continue
            true = truth[stream.date(week.first)]
            found.append(
                (
                    per_day,
                    Week(
                        printed=said.corrected,
                        covers=said.low <= true <= said.high,
                        off=100 * (said.good - true),
                        half=50 * (said.high - said.low),
                    ),
                )
            )
    return found


def _job(job: tuple[str, int, Sequence[int]]) -> tuple[str, list[tuple[int, Week]]]:
    return job[0], weeks_of(*job)


def measure(teams: Iterable[str], seeds: int, counts: Sequence[int], processes: int) -> list[Line]:
    """A line for each team and number of grades a day."""
    jobs = [(team, seed, counts) for team in teams for seed in range(1, seeds + 1)]
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    weeks: dict[tuple[str, int], list[Week]] = {}
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        for team, found in pool.map(_job, jobs, chunksize=2):
            for per_day, week in found:
                weeks.setdefault((team, per_day), []).append(week)
    return [_line(team, per_day, found) for (team, per_day), found in sorted(weeks.items())]


def _line(team: str, per_day: int, weeks: Sequence[Week]) -> Line:
    printed = [one for one in weeks if one.printed]
    hits, size = sum(one.covers for one in printed), len(printed)
    low = float(beta.ppf(0.025, hits, size - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, size - hits)) if hits < size else 1.0
    return Line(
        team=team,
        per_day=per_day,
        weeks=len(weeks),
        printed=size / len(weeks),
        covers=hits / size if size else float("nan"),
        low=low,
        high=high,
        bias=float(np.mean([one.off for one in printed])) if printed else float("nan"),
        half=float(np.mean([one.half for one in printed])) if printed else float("nan"),
    )


def rows(lines: Sequence[Line]) -> Iterable[str]:
    """The lines as a table in Markdown."""
    head = ("| Team | A day | Weeks | Range printed | Covers (95 % range) | Bias | Half width | |",
            "|---|---|---|---|---|---|---|---|")  # fmt: skip
    return chain(head, (_row(one) for one in lines))


def _row(one: Line) -> str:
    verdict = "reached" if one.reached else "**missed**"
    if not one.printed:
        return f"| {one.team} | {one.per_day} | {one.weeks} | never | | | | {verdict} |"
    covers = f"{100 * one.covers:.1f} % ({100 * one.low:.0f} to {100 * one.high:.0f})"
    return (
        f"| {one.team} | {one.per_day} | {one.weeks} | {100 * one.printed:.0f} % | {covers} "
        f"| {one.bias:+.1f} | {one.half:.1f} | {verdict} |"
    )
