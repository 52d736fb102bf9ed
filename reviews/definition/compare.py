"""What changed between two versions of a quality definition, line by line."""

from __future__ import annotations

import difflib

from reviews.definition.template import DefinitionText


def _lines(text: DefinitionText) -> list[str]:
    lines = [f"# {text.title}", *text.text.splitlines()]
    for criterion in text.criteria:
        critical = " (critical)" if criterion.is_critical else ""
        lines += ["", f"## {criterion.name}{critical}", criterion.question]
        for level in criterion.levels:
            lines.append(f"{level.name} ({level.standing}): {level.anchor}")
            if level.example:
                lines.append(f"  Example: {level.example}")
    return [*lines, "", f"Rule: at most {text.max_failed} fail, at most {text.max_partly} partly"]


def compare(before: DefinitionText, after: DefinitionText) -> list[tuple[str, str]]:
    """Line by line: (" ", "-" or "+", text), as difflib.ndiff without its hint lines."""
    rows = difflib.ndiff(_lines(before), _lines(after))
    return [(row[0], row[2:]) for row in rows if row[0] != "?"]
