"""The only answers the product gives to "is it worse?" (UX section 3), one word-set for badges,
sentences, subjects and the API."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.stats.intervals import Difference, Rate, grades_to_see

SEEN_DROP = 0.10
MIN_GRADED = 15


@dataclass(frozen=True)
class ReadingWords:
    """A reading: its code for programs, its words, icon and tint."""

    code: str
    words: str
    icon: str
    tone: str


READINGS = {
    one.code: one
    for one in (
        ReadingWords("no_sign", "No sign of change", "tick", "good"),
        ReadingWords("not_enough", "Not enough grades", "clock", ""),
        ReadingWords("probably_worse", "Probably worse", "alert", "warn"),
        ReadingWords("worse", "Worse", "worse", "bad"),
        ReadingWords("fix_checked", "Fix being checked", "clock", "warn"),
        ReadingWords("better", "Better", "better", "good"),
    )
}


@dataclass(frozen=True)
class WeekReading:
    """One week against the usual level; `needed` is how many grades would show a 10-point drop."""

    reading: ReadingWords
    change: Difference | None
    needed: int


def read_week(now: Rate | None, usual: Rate | None, change: Difference | None) -> WeekReading:
    """Compare a week with the usual level, by the weekly interval alone.

    A clear fall is "probably worse": with one look a week, chance alone makes it look clear about
    once in twenty weeks, so it is never more than a probably. "No sign" needs enough grades that
    a 10-point drop would have been seen.
    """
    needed = grades_to_see(SEEN_DROP, usual.share if usual else 0.9)
    if now is None or usual is None or change is None or now.graded < MIN_GRADED:
        return WeekReading(READINGS["not_enough"], change, needed)
    if change.high < 0:
        return WeekReading(READINGS["probably_worse"], change, needed)
    if change.low > 0:
        return WeekReading(READINGS["better"], change, needed)
    if now.graded < needed:
        return WeekReading(READINGS["not_enough"], change, needed)
    return WeekReading(READINGS["no_sign"], change, needed)
