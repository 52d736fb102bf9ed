"""What a weekly report says: one dataclass that page, HTML mail and text mail print.

It is frozen as JSON in `Report.content`, so it holds plain values and finished sentences only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from reviews.answer.shown import Fact, Figure, KindLine, Need


@dataclass(frozen=True)
class WeekBar:
    """One week of the eight."""

    label: str
    share: int | None
    is_this: bool

    @property
    def hashes(self) -> str:
        """The bar of the text mail; starts at zero, 40 for 100."""
        return "#" * round((self.share or 0) * 0.4)


@dataclass(frozen=True)
class Example:
    """One answer worth reading. `question` and `answer` are kept only if the team allows words
    of customers in mails."""

    sample: int
    kind: str
    question: str
    answer: str
    went_wrong: str
    agreed: str


@dataclass(frozen=True)
class FlagFigures:
    """Flags raised in the week and what came of them so far."""

    raised: int
    confirmed: int
    was_right: int


@dataclass(frozen=True)
class QualityReport:
    """The quality report of a week."""

    assistant: str
    team: str
    week: date
    week_words: str
    as_of: datetime
    reading: str
    reading_words: str
    tone: str
    subject: str
    headline: str
    detail: str
    now: Figure
    last_week: Figure
    facts: list[Fact]
    weeks: list[WeekBar]
    kinds: list[KindLine]
    needs: list[Need]
    example: Example | None
    flags: FlagFigures
    graded: int
    answers: int
    pairs: int
    pairs_alike: int
    definitions: list[str]
    releases: list[str] = field(default_factory=list)
    incident: int | None = None
    fix_title: str = ""
    fix_text: str = ""
    kinds_days: str = "this week"
    seen: str = ""


@dataclass(frozen=True)
class ReasonCount:
    """How often something went wrong."""

    reason: str
    count: int


@dataclass(frozen=True)
class PartLine:
    """A part in the ownership report."""

    part: int
    name: str
    kind: str
    owner: int | None
    owner_name: str
    stand_in_name: str
    review: str
    is_late: bool
    failures: int
    reasons: list[ReasonCount]
    changes: list[str]


@dataclass(frozen=True)
class IncidentLine:
    """An incident in the ownership report: whose it is, its clocks in words, and what its check
    says when a fix is out."""

    number: int
    title: str
    state: str
    owner: int | None
    owner_name: str
    clocks: str
    proof: str
    is_open: bool


@dataclass(frozen=True)
class OwnershipReport:
    """The ownership report of a week: what failed, whose it is, and what nobody has."""

    assistant: str
    team: str
    week: date
    week_words: str
    as_of: datetime
    subject: str
    headline: str
    parts: list[PartLine]
    unrouted: list[ReasonCount]
    gaps: list[str]
    late: list[str]
    failures: int
    graded: int
    incidents: list[IncidentLine] = field(default_factory=list)
