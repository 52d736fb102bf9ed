"""The shapes of the story's content: pages, scenarios, bad answers, second questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Criterion = Literal["correct", "sourced", "complete", "tone"]
CRITERIA: tuple[Criterion, ...] = ("correct", "sourced", "complete", "tone")


@dataclass(frozen=True)
class Page:
    """One page of the help centre, or a live look into the order system."""

    title: str
    path: str
    text: str
    updated: tuple[int, ...] = ()
    live: bool = False


@dataclass(frozen=True)
class Good:
    """An answer that meets every criterion, and the phrasings it belongs to when not all."""

    text: str
    fits: tuple[int, ...] = ()


@dataclass(frozen=True)
class Bad:
    """A bad answer and what a careful reviewer would say of it."""

    text: str
    criterion: Criterion
    reason: str
    notes: tuple[str, ...]
    partly: tuple[Criterion, ...] = ()
    short: bool = False
    fits: tuple[int, ...] = ()


@dataclass(frozen=True)
class Turn:
    """A question in several phrasings, with good and bad answers to it."""

    asks: tuple[str, ...]
    good: tuple[Good, ...]
    bad: tuple[Bad, ...]

    def good_for(self, ask: int) -> tuple[Good, ...]:
        """The good answers that belong to this phrasing."""
        return tuple(good for good in self.good if not good.fits or ask in good.fits)

    def bad_for(self, ask: int) -> tuple[Bad, ...]:
        """The bad answers that belong to this phrasing."""
        return tuple(bad for bad in self.bad if not bad.fits or ask in bad.fits)


@dataclass(frozen=True)
class FollowUp:
    """A second question, and after which first answer it makes sense."""

    after: Literal["good", "bad", "any"]
    turn: Turn


@dataclass(frozen=True)
class Blanks:
    """What the words in braces of one scenario can be; see this package's docstring."""

    item: str
    rows: tuple[Mapping[str, str], ...]
    pick: Mapping[str, tuple[str, ...]]
    days: Mapping[str, tuple[int, int]]
    money: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Scenario:
    """One situation a customer can be in."""

    key: str
    kind: str
    language: str
    weight: float
    pages: tuple[tuple[Page, float], ...]
    first: Turn
    then: tuple[FollowUp, ...]
    closings: tuple[str, ...]
    closings_bad: tuple[str, ...]
    blanks: Blanks
