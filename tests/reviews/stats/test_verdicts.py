"""The verdict follows the rule, whatever the order of the criteria."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from reviews.stats.verdicts import Marked, Rule, Standing, verdict

MARK = st.builds(Marked, st.sampled_from([*get_args(Standing), None]), st.booleans())


@given(st.lists(MARK, min_size=1, max_size=6), st.integers(0, 2), st.integers(0, 3), st.randoms())
def test_order_does_not_matter_and_worse_is_never_better(
    marks: list[Marked], failed: int, partly: int, random: object
) -> None:
    rule = Rule(failed, partly)
    before = verdict(marks, rule)
    assert verdict(marks[::-1], rule) == before
    worse = [Marked("fails", marks[0].is_critical), *marks[1:]]
    if before == "not_good" and marks[0].standing != "partly":
        assert verdict(worse, rule) == "not_good"
    if any(mark.standing == "fails" and mark.is_critical for mark in marks):
        assert before == "not_good"
    if before == "good":
        assert all(mark.standing for mark in marks)


def test_nothing_marked_is_not_judged() -> None:
    assert verdict([], Rule()) == "cannot_judge"
