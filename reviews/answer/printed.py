"""Levels, changes and kinds of question as they are printed."""

from __future__ import annotations

from portal import words
from reviews.answer.names import NO_KIND
from reviews.answer.shown import Figure, KindLine
from reviews.measure.values import Comparison, KindShift, Level, Shift
from reviews.stats.enough_grades import LEAST_GRADES
from reviews.stats.intervals import Rate

KIND_WORDS = {
    "worse": ("Worse", "bad"),
    "better": ("Better", "good"),
    "no_clear": ("No clear change", ""),
    "not_enough": ("Not enough grades", ""),
}


def figure(level: Level | Rate | None, minimum: int = LEAST_GRADES) -> Figure:
    """A share as printed; below `minimum` grades words replace it."""
    if level is None:
        return Figure(None, None, None, 0, "No random answers graded")
    if level.graded < minimum:
        few = f"Not enough grades: {level.graded} of {minimum}"
        return Figure(None, None, None, level.graded, few)
    share, low, high = (words.percent(one) for one in (level.share, level.low, level.high))
    if isinstance(level, Level) and not level.corrected:
        said = f"{share}%, {level.range_words}"
        return Figure(share, None, None, level.graded, said, level.range_words)
    return Figure(share, low, high, level.graded, f"{share}%, likely {low}% to {high}%")


def kind_lines(comparison: Comparison) -> list[KindLine]:
    """The kinds of question as printed, the largest fall first."""
    return [_kind_line(one) for one in comparison.kinds]


def _kind_line(one: KindShift) -> KindLine:
    reading, tone = KIND_WORDS[one.reading]
    shown = one.shift if one.reading != "not_enough" else None
    return KindLine(
        kind=one.kind or NO_KIND,
        usual=figure(one.usual),
        now=figure(one.now),
        change=words.points(shown.points) if shown else "",
        change_range=shown.range_words if shown else "",
        reading=reading,
        tone=tone,
    )


def range_words(shift: Shift) -> str:
    """The likely range of a change, in points."""
    return shift.range_words
