"""Changes below a chart: a shape for each kind, labels that never run into one another. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

SHAPES = {
    "prompt": "M0 -5 5 0 0 5 -5 0z",
    "model": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0",
    "retrieval": "M-4.5 -4.5h9v9h-9z",
    "definition": "M0 -5 5 4.500h-10z",
    "escalation": "M-5 -3.500h10l-5 8.500z",
    "other": "M-4.5 0h9M0 -4.500v9",
    "found": "M-4 0l3 3 6 -6",
}
WORDS = {
    "prompt": "Prompt",
    "model": "Model",
    "retrieval": "Retrieval content",
    "definition": "Quality definition",
    "escalation": "Escalation rules",
    "other": "Another change",
    "found": "Found",
}
TONES = {"sus": "Suspected", "fix": "Fix"}
LETTER, GAP, GLYPH = 6.7, 12.0, 8.0


@dataclass(frozen=True)
class Marker:
    """A change on a day; `kind` decides the shape, `tone` is "", "sus" or "fix"."""

    day: date
    kind: str
    label: str
    tone: str = ""

    @property
    def text_tone(self) -> str:
        """The tint of its label."""
        return {"sus": "bad", "fix": "good"}.get(self.tone, "")


@dataclass(frozen=True)
class Flagpole:
    """A change, placed; without a label where there is no room (it is in the table)."""

    x: float
    shape: str
    label: str
    anchor: str
    label_x: float
    label_y: float
    tone: str = ""
    text_tone: str = ""


@dataclass(frozen=True)
class Key:
    """One line of the legend."""

    shape: str
    words: str
    tone: str = ""


def legend(markers: Sequence[Marker]) -> list[Key]:
    """What the shapes and tints that are drawn mean."""
    kinds = {one.kind if one.kind in SHAPES else "other" for one in markers}
    tones = {one.tone: one.kind for one in markers}
    shapes = [Key(SHAPES[kind], words) for kind, words in WORDS.items() if kind in kinds]
    return shapes + [
        Key(SHAPES.get(tones[tone], SHAPES["other"]), words, tone)
        for tone, words in TONES.items()
        if tone in tones
    ]


@dataclass(frozen=True)
class _Layout:
    """Labels chosen so far, from the left: where the next may begin, and how much is said."""

    free_from: float
    said: int
    labels: tuple[tuple[str, str], ...]


def flagpoles(
    markers: Sequence[Marker], x: Callable[[date], float], *, right: float, bottom: float
) -> list[Flagpole]:
    """Place `markers` on their days, with as many labels as fit in full, then shortened."""
    ordered = sorted(markers, key=lambda one: one.day)
    places = [x(one.day) for one in ordered]
    labels = _fit([one.label for one in ordered], places, right)
    return [
        Flagpole(
            at,
            SHAPES.get(one.kind, SHAPES["other"]),
            label,
            anchor,
            at + 9 if anchor == "start" else at - 9,
            bottom + 18,
            one.tone,
            one.text_tone,
        )
        for one, at, (label, anchor) in zip(ordered, places, labels, strict=True)
    ]


def _short(label: str) -> str:
    """Prompt 43 as 43; a label without a number of its own is not shortened."""
    last = label.rsplit(" ", 1)[-1]
    return last if last.isdigit() else ""


def _fit(
    labels: Sequence[str], places: Sequence[float], right: float
) -> tuple[tuple[str, str], ...]:
    """For each label its text and the side of its marker.

    >>> _fit(["Prompt 42", "Prompt 43"], [900.0, 950.0], 980.0)
    (('Prompt 42', 'end'), ('43', 'start'))
    """
    layouts = [_Layout(0.0, 0, ())]
    for index, (label, at) in enumerate(zip(labels, places, strict=True)):
        until = places[index + 1] - GLYPH if index + 1 < len(places) else right
        best: dict[float, _Layout] = {}
        for layout in layouts:
            for text, anchor, free_from in _choices(label, at, layout.free_from, until):
                said = layout.said + _worth(text, anchor, label)
                known = best.get(free_from)
                if known is None or said > known.said:
                    best[free_from] = _Layout(free_from, said, (*layout.labels, (text, anchor)))
        layouts = list(best.values())
    return max(layouts, key=lambda one: one.said).labels


def _worth(text: str, anchor: str, label: str) -> int:
    """Any label beats none, a whole one beats a short one, then the right side is the usual one."""
    return (8 + 4 * (text == label) + (anchor == "start")) if text else 0


def _choices(label: str, at: float, free_from: float, until: float) -> list[tuple[str, str, float]]:
    """What can be written at a marker: the text, its side, and where the next may begin."""
    choices = [("", "start", at + GLYPH)]
    for text in filter(None, dict.fromkeys((label, _short(label)))):
        wide = LETTER * len(text) + GAP
        if at + wide <= until:
            choices.append((text, "start", at + wide))
        if at - wide >= free_from:
            choices.append((text, "end", at + GLYPH))
    return choices
