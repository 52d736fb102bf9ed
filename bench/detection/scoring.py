"""What a product said about a stream, judged by the truth.

Only an alert of the kind "quality" claims that answers got worse; "drift" is judged apart. Alerts
within 14 days of the one before are one incident, as a team would take them. A regression is found
by the first quality alert in [onset, onset + 35 days] that is news: one that carries on an alarm
that was on before (the alert before at most 3 days earlier) is not. Nothing raised in the first 28
days counts, for or against.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict

import numpy as np

from bench.detection.chance import Floats
from bench.detection.shapes import Scenario

WINDOW, MERGE, WARM_UP, STALE = 35, 14, 28, 3  # days

Day = str | float | None  # a date as YYYY-MM-DD..., or a number of days since the start
Figures = dict[str, float | None]


class Dating(TypedDict):
    """Since when, where and after which release answers are worse."""

    segment: NotRequired[str | None]
    release_id: NotRequired[str | None]
    onset_low: NotRequired[Day]
    onset_high: NotRequired[Day]
    onset_best: NotRequired[Day]


class Alert(Dating):
    """One alert; `final` is its dating as known seven days later."""

    raised_on: str | float
    kind: str
    final: NotRequired[Dating | None]


class Week(TypedDict):
    """The estimated share of good answers of the week that begins on a date."""

    week_start: str
    pass_rate: float | None
    low: float
    high: float
    n: int
    segment: NotRequired[str | None]


class Output(TypedDict):
    """All that a product said about one stream; graded_by_day counts random grades by date."""

    alerts: Sequence[Alert]
    weekly: NotRequired[Sequence[Week]]
    graded_by_day: NotRequired[Mapping[str, int]]


def incidents(days: Iterable[float]) -> list[float]:
    """The first day of each incident."""
    first: list[float] = []
    last = -np.inf
    for day in sorted(days):
        if day - last > MERGE:
            first.append(day)
        last = day
    return first


def _day(scenario: Scenario, value: str | float) -> float:
    if isinstance(value, str):
        start = dt.date.fromisoformat(scenario["start"])
        return (dt.date.fromisoformat(value[:10]) - start).days
    return value


def _news(days: Sequence[float], onset: float) -> list[int]:
    """Places of the alerts since the onset that do not carry on an earlier alarm."""
    alarm_on = max((day for day in days if day < onset), default=None)
    found = []
    for place, day in enumerate(days):
        if day < onset:
            continue
        if alarm_on is not None and day - alarm_on <= STALE:
            alarm_on = day
        else:
            found.append(place)
            alarm_on = None
    return found


def _dating(scenario: Scenario, onset: float, dating: Dating, tag: str) -> Figures:
    """Whether onset, release and kind are right; the names of the figures begin with the tag."""
    found: Figures = {}
    low, high = dating.get("onset_low"), dating.get("onset_high")
    best = dating.get("onset_best")
    if low is not None and high is not None:
        first, last = _day(scenario, low), _day(scenario, high)
        found[tag + "onset_covered"] = float(first <= onset <= last)
        found[tag + "onset_width"] = last - first + 1
        found[tag + "onset_error"] = None if best is None else abs(_day(scenario, best) - onset)
    is_right = dating.get("release_id") == scenario["release_id"]
    found[tag + "release_right"] = float(is_right)
    found[tag + "segment_right"] = float(dating.get("segment") == scenario["segment"])
    return found


def _regression(
    scenario: Scenario, onset: int, output: Output, alerts: Sequence[Alert], drift: Sequence[float]
) -> Figures:
    """Found or not, how soon, and how well dated; alerts in order of time."""
    days = [_day(scenario, one["raised_on"]) for one in alerts]
    stop = min(onset + WINDOW, scenario["days"] - 1)
    hit = next((place for place in _news(days, onset) if days[place] <= stop), None)
    drifted = [day for day in drift if day >= onset]
    found: Figures = {
        "false_alarms": len(incidents(day for day in days if day < onset)),
        "quiet_days": onset - WARM_UP,
        "detected": float(hit is not None),
        "delay_days": np.inf if hit is None else days[hit] - onset,
        "drift_delay": drifted[0] - onset if drifted else np.inf,
    }
    if hit is None:
        return found
    graded = output.get("graded_by_day")
    if graded:
        found["delay_items"] = sum(
            count for day, count in graded.items() if onset <= _day(scenario, day) <= days[hit]
        )
    found |= _dating(scenario, onset, alerts[hit], "")
    return found | _dating(scenario, onset, alerts[hit].get("final") or alerts[hit], "final_")


def _quiet(scenario: Scenario, days: Sequence[float]) -> Figures:
    """False alarms where nothing got worse, and whether a harmless event provoked one."""
    found: Figures = {
        "false_alarms": len(incidents(days)),
        "quiet_days": scenario["days"] - WARM_UP,
    }
    onset = scenario["onset_day"]
    if onset is not None:
        found["provoked"] = float(any(onset <= day <= onset + WINDOW for day in days))
    return found


def _weekly(scenario: Scenario, weeks: Sequence[Week]) -> Figures:
    """How near the weekly estimates come; shares, not points."""
    truth = {week["week_start"]: week["pass_rate"] for week in scenario["weekly"]}
    rows = [
        (one["pass_rate"], one["low"], one["high"], truth[one["week_start"]])
        for one in weeks
        if one["week_start"] in truth and not one.get("segment") and one["pass_rate"] is not None
    ]
    if not rows:
        return {}
    estimate, low, high, true = np.array(rows, float).T
    covers = (low <= true + 1e-12) & (true <= high + 1e-12)
    return {
        "wk_cover": float(np.mean(covers)),
        "wk_half": float(np.mean(high - low) / 2),
        "wk_bias": float(np.mean(estimate - true)),
        "wk_rmse": float(np.sqrt(np.mean((estimate - true) ** 2))),
    }


def score_run(scenario: Scenario, output: Output) -> Figures:
    """One run's figures; a figure that does not apply is missing or None."""
    onset = scenario["onset_day"]
    counted = [one for one in output["alerts"] if _day(scenario, one["raised_on"]) >= WARM_UP]
    counted.sort(key=lambda one: _day(scenario, one["raised_on"]))
    alerts = [one for one in counted if one["kind"] == "quality"]
    drift = [_day(scenario, one["raised_on"]) for one in counted if one["kind"] == "drift"]
    if scenario["regression"] and onset is not None:
        figures = _regression(scenario, onset, output, alerts, drift)
    else:
        figures = _quiet(scenario, [_day(scenario, one["raised_on"]) for one in alerts])
    until = scenario["days"] if onset is None else onset
    figures["drift_false"] = len(incidents(day for day in drift if day < until))
    figures["drift_quiet_days"] = until - WARM_UP
    return figures | _weekly(scenario, output.get("weekly", ()))


# name of the summary: name of the run's figure
MEANS = {
    "detected": "detected",
    "provoked": "provoked",
    "onset_cover": "final_onset_covered",
    "onset_cover_at_alarm": "onset_covered",
    "release_right": "final_release_right",
    "segment_right": "final_segment_right",
    "wk_cover": "wk_cover",
    "wk_half": "wk_half",
    "wk_bias": "wk_bias",
    "wk_rmse": "wk_rmse",
}
MEDIANS = {
    "delay_days": "delay_days",
    "delay_items": "delay_items",
    "onset_width": "final_onset_width",
    "onset_error": "final_onset_error",
    "onset_width_at_alarm": "onset_width",
    "drift_delay": "drift_delay",
}


def column(runs: Sequence[Figures], name: str) -> Floats:
    """One figure of every run that has it."""
    found = [run[name] for run in runs if run.get(name) is not None]
    return np.array(found, float)


def aggregate(runs: Sequence[Figures]) -> Figures:
    """Many runs in one: shares and means, medians (inf: never), false alarms a year."""

    def a_year(events: str, days: str) -> float | None:
        watched = column(runs, days).sum()
        return float(column(runs, events).sum() / watched * 365) if watched else None

    summary: Figures = {"runs": len(runs)}
    for name, source in MEANS.items():
        values = column(runs, source)
        summary[name] = float(values.mean()) if len(values) else None
    for name, source in MEDIANS.items():
        values = column(runs, source)
        summary[name] = float(np.median(values)) if len(values) else None
    summary["false_per_year"] = a_year("false_alarms", "quiet_days")
    summary["drift_false_per_year"] = a_year("drift_false", "drift_quiet_days")
    return summary
