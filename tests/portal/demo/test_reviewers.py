"""The demo's reviewers: repeatable, a little different from each other, within sane limits."""

from collections import Counter
from datetime import date
from functools import cache

import pytest

from portal.demo.content.shape import CRITERIA
from portal.demo.facts import Truth
from portal.demo.reviewers import LEAD, REVIEWERS, Judgement, Reviewer, judge, reviewer_dice
from portal.demo.story import build
from reviews.stats.verdicts import Marked, Rule, verdict

CRITICAL = {"correct", "tone"}


@cache
def truths() -> dict[tuple[str, int], Truth]:
    return dict(build(seed=7, end=date(2026, 11, 23)).truths)


@cache
def grades(reviewer: Reviewer) -> list[tuple[Truth, Judgement]]:
    return [
        (truth, judge(truth, reviewer, reviewer_dice(7, conversation, index, reviewer)))
        for (conversation, index), truth in truths().items()
    ]


def outcome(judged: Judgement) -> str:
    marks = [Marked(judged.levels[key], key in CRITICAL) for key in CRITERIA]
    return verdict(marks, Rule())


def test_the_truth_itself_fits_the_definitions_rule() -> None:
    for truth in truths().values():
        marks = [Marked(truth.levels[key], key in CRITICAL) for key in CRITERIA]
        assert verdict(marks, Rule()) == ("good" if truth.is_good else "not_good")


def test_grading_again_gives_the_same_grade() -> None:
    reviewer = REVIEWERS[0]
    (conversation, index), truth = next(iter(truths().items()))
    first = judge(truth, reviewer, reviewer_dice(7, conversation, index, reviewer))
    assert first == judge(truth, reviewer, reviewer_dice(7, conversation, index, reviewer))


@pytest.mark.parametrize("reviewer", REVIEWERS, ids=lambda one: one.email)
def test_mistakes_stay_within_what_people_make(reviewer: Reviewer) -> None:
    seen = Counter((truth.is_good, outcome(judged)) for truth, judged in grades(reviewer))
    false_fails = seen[True, "not_good"] / (seen[True, "good"] + seen[True, "not_good"])
    missed = seen[False, "good"] / (seen[False, "good"] + seen[False, "not_good"])
    assert 0.02 < false_fails < 0.10
    assert 0.06 < missed < 0.22
    assert abs(false_fails - reviewer.false_fail) < 0.02
    assert abs(missed - reviewer.missed_fail) < 0.05


def test_the_lead_is_rarely_wrong() -> None:
    wrong = sum(
        outcome(judged) != ("good" if truth.is_good else "not_good")
        for truth, judged in grades(LEAD)
        if outcome(judged) != "cannot_judge"
    )
    assert wrong / len(truths()) < 0.03


@pytest.mark.parametrize("reviewer", REVIEWERS, ids=lambda one: one.email)
def test_forms_are_filled_as_the_screen_allows(reviewer: Reviewer) -> None:
    for _, judged in grades(reviewer):
        failing = {key for key, level in judged.levels.items() if level == "fails"}
        assert set(judged.levels) == set(CRITERIA)
        assert set(judged.went_wrong) == failing
        assert judged.note or "something_else" not in judged.went_wrong.values()
        assert 6 <= judged.seconds <= 900


@pytest.mark.parametrize("reviewer", REVIEWERS, ids=lambda one: one.email)
def test_most_grades_come_without_words(reviewer: Reviewer) -> None:
    with_words = sum(bool(judged.note) for _, judged in grades(reviewer))
    assert 0.01 < with_words / len(truths()) < 0.2


def test_a_usual_grade_takes_under_a_minute() -> None:
    seconds = sorted(judged.seconds for one in REVIEWERS for _, judged in grades(one))
    assert 40 <= seconds[len(seconds) // 2] <= 60
