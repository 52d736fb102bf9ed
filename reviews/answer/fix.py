"""Is it fixed? In words, with the counts behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal import words
from reviews.answer.leading import Leading
from reviews.measure.readings import Badge
from reviews.watch.findings import FixCheck


@dataclass(frozen=True)
class FixLine:
    """Is it fixed? In words, with the counts behind them."""

    title: str
    text: str
    outcome: str
    graded: int
    wanted: int
    needed: int
    tone: str

    @property
    def badge(self) -> Badge:
        """The answer with tint and icon."""
        return Badge(
            self.title, {"warn": "clock", "good": "tick"}.get(self.tone, "cross"), self.tone
        )


def fix_line(lead: Leading, today: date) -> FixLine | None:
    """Did the fix work? None while no fix is recorded or it was not measured yet."""
    check = lead.found.check
    if check is None or lead.incident.fix is None:
        return None
    what = "Answers" if lead.incident.all_kinds else f"{lead.incident.kind} answers"
    since = words.day(check.since_days.first, today)
    counts = f"{what} since {since}: {_since_words(check)}."
    if check.outcome == "too_early":
        when = f", about {words.day(check.expected, today)}" if check.expected else ""
        more = f" {words.plural(check.needed, 'more grade')} will settle it{when}."
        return _fix("Too early to tell", counts + more, check, "warn")
    if check.outcome == "fixed":
        return _fix("It worked", f"{counts} That is back at the usual level.", check, "good")
    if check.outcome == "partly":
        text = f"{counts} Better than during the drop, and still below the usual level."
        return _fix("It worked in part", text, check, "warn")
    return _fix("It did not work", f"{counts} They are still below the usual level.", check, "bad")


def _fix(title: str, text: str, check: FixCheck, tone: str) -> FixLine:
    graded = check.since.graded if check.since else 0
    return FixLine(title, text, check.outcome, graded, check.wanted, check.needed, tone)


def _since_words(check: FixCheck) -> str:
    if check.since is None:
        return "none graded yet"
    share = words.share(check.since.share)
    return (
        f"{share} good, {check.since.range_words}, from {words.plural(check.since.graded, 'grade')}"
    )
