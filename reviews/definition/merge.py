"""A definition as the values that two people may change apart: its name, text, rule and each
criterion. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reviews.definition.template import CriterionText, DefinitionText

NUMBER = "number"
CRITERION = "criterion "


def _criterion(one: CriterionText) -> str:
    critical = " (critical)" if one.is_critical else ""
    lines = [f"{one.name.strip()}{critical}", one.question.strip()]
    for level in one.levels:
        lines.append(f"{level.name.strip()} ({level.standing}): {level.anchor.strip()}")
        if level.example.strip():
            lines.append(f"  Example: {level.example.strip()}")
    return "\n".join(lines)


def values(text: DefinitionText, number: int | None) -> dict[str, str]:
    """Value by name, as people can read it; without a number it is the draft somebody opened, which
    no other draft is."""
    return {
        NUMBER: str(number or "opened"),
        "title": text.title,
        "text": text.text,
        "rule": f"At most {text.max_failed} may fail, at most {text.max_partly} only partly met",
        **{f"{CRITERION}{one.key}": _criterion(one) for one in text.criteria},
    }


def words(name: str, value: str) -> str:
    """A value as people read it."""
    if name != NUMBER:
        return value
    if value == "opened":
        return "Saving starts a new draft from what is in the form"
    return "It was published or thrown away"


def labels(*texts: DefinitionText) -> dict[str, str]:
    """What each value is called on the page."""
    names = {f"{CRITERION}{one.key}": one.name for text in texts for one in text.criteria}
    return {NUMBER: "The draft", "title": "Name", "text": "Text", "rule": "The rule", **names}


def merged(mine: DefinitionText, theirs: DefinitionText, names: Iterable[str]) -> DefinitionText:
    """Mine, with what `names` says taken from theirs; a criterion of theirs that mine has not comes
    at the end, one that theirs has not goes."""
    taken = set(names)
    other = {one.key: one for one in theirs.criteria}
    criteria = []
    for one in mine.criteria:
        if f"{CRITERION}{one.key}" not in taken:
            criteria.append(one)
        elif one.key in other:
            criteria.append(other[one.key])
    have = {one.key for one in mine.criteria}
    criteria += [
        one for one in theirs.criteria if one.key not in have and f"{CRITERION}{one.key}" in taken
    ]
    new = replace(mine, criteria=tuple(criteria))
    if "title" in taken:
        new = replace(new, title=theirs.title)
    if "text" in taken:
        new = replace(new, text=theirs.text)
    if "rule" in taken:
        new = replace(new, max_failed=theirs.max_failed, max_partly=theirs.max_partly)
    return new
