"""The verdict of a filled form, by the definition's rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Standing = Literal["fails", "partly", "meets"]
Outcome = Literal["good", "not_good", "cannot_judge"]


@dataclass(frozen=True)
class Rule:
    """How many criteria may fail or be partly met; a critical one may never fail."""

    max_failed: int = 0
    max_partly: int = 1


@dataclass(frozen=True)
class Marked:
    """One criterion as marked; standing None is "can't judge"."""

    standing: Standing | None
    is_critical: bool = False


def verdict(marks: Sequence[Marked], rule: Rule) -> Outcome:
    """Good, not good, or can't judge.

    What was judged decides when it already makes the answer bad; else one criterion that could not
    be judged leaves the whole answer unjudged, because it might have failed.

    >>> verdict([Marked("meets"), Marked("partly")], Rule())
    'good'
    >>> verdict([Marked("meets", is_critical=True), Marked(None)], Rule())
    'cannot_judge'
    >>> verdict([Marked("fails", is_critical=True), Marked(None)], Rule(max_failed=3))
    'not_good'
    """
    failed = sum(mark.standing == "fails" for mark in marks)
    partly = sum(mark.standing == "partly" for mark in marks)
    critical = any(mark.standing == "fails" and mark.is_critical for mark in marks)
    if critical or failed > rule.max_failed or partly > rule.max_partly:
        return "not_good"
    if not marks or any(mark.standing is None for mark in marks):
        return "cannot_judge"
    return "good"


def in_words(rule: Rule, has_critical: bool) -> str:
    """The rule as a sentence for people.

    >>> in_words(Rule(), True)
    'An answer is good when no criterion fails and at most one is partly met.'
    """
    number = {0: "none", 1: "one", 2: "two", 3: "three"}
    if rule.max_failed == 0:
        fails = "no criterion fails"
    else:
        most = number.get(rule.max_failed, str(rule.max_failed))
        fails = f"at most {most} fails"
        if has_critical:
            fails = f"no critical criterion fails, {fails}"
    if rule.max_partly == 0:
        return f"An answer is good when {fails} and none is only partly met."
    most = number.get(rule.max_partly, str(rule.max_partly))
    verb = "is" if rule.max_partly == 1 else "are"
    return f"An answer is good when {fails} and at most {most} {verb} partly met."
