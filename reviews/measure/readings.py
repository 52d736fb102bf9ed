"""The only answers the product gives to "is it worse?" (UX section 3), one word-set for badges,
sentences, subjects and the API."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Badge:
    """Words with a tint and an icon, as ui/reading.html shows them."""

    words: str
    icon: str
    tone: str


def badge_of_change(words: str, tone: str) -> Badge:
    """What became better or worse; nothing did when `tone` is empty.

    >>> badge_of_change("Worse", "bad")
    Badge(words='Worse', icon='worse', tone='bad')
    >>> badge_of_change("No sign of change", "")
    Badge(words='No sign of change', icon='', tone='line')
    """
    return Badge(words, {"bad": "worse", "good": "better"}.get(tone, ""), tone or "line")


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
