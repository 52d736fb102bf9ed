"""What pages, mails and programs show of how it stands: plain values and finished sentences."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.measure.readings import Badge, badge_of_change


@dataclass(frozen=True)
class Fact:
    """One of the six facts."""

    label: str
    value: str
    more: str = ""
    is_gap: bool = False


@dataclass(frozen=True)
class Figure:
    """A share as printed; `share` None means too few grades, and `words` says so. Without `low` and
    `high` no range can be kept, and `without_range` says so."""

    share: int | None
    low: int | None
    high: int | None
    graded: int
    words: str
    without_range: str = ""

    @property
    def said(self) -> str:
        """The share, or why there is none."""
        return self.words if self.share is None else f"{self.share}%"

    @property
    def has_range(self) -> bool:
        """True when there is a range, or nothing that would need one."""
        return self.share is None or self.low is not None

    @property
    def range(self) -> str:
        """The range beside the share, or that there is none."""
        return f"likely {self.low}% to {self.high}%" if self.low is not None else self.without_range

    @property
    def width(self) -> int:
        """Hundredths that the range covers."""
        return (self.high or 0) - (self.low or 0)

    @property
    def rest(self) -> int:
        """Hundredths above the range."""
        return 100 - (self.high or 0)


@dataclass(frozen=True)
class KindLine:
    """A kind of question as printed."""

    kind: str
    usual: Figure
    now: Figure
    change: str
    change_range: str
    reading: str
    tone: str

    @property
    def badge(self) -> Badge:
        """Its reading with tint and icon."""
        return badge_of_change(self.reading, self.tone)


@dataclass(frozen=True)
class Need:
    """Something the reader is asked to do; `page` is a route of the portal."""

    title: str
    more: str
    button: str
    page: str
