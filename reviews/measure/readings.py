"""The only answers the product gives to "is it worse?" (UX section 3), one word-set for badges,
sentences, subjects and the API."""

from __future__ import annotations

from dataclasses import dataclass


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
