"""The texts of the demo: complete, plain, and different from each other."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from portal.demo.content.reading import scenarios
from portal.demo.content.shape import CRITERIA, Scenario, Turn

REASONS = {
    "wrong_fact",
    "out_of_date",
    "incomplete",
    "did_not_answer",
    "rude_unsafe",
    "something_else",
    "contradicts_source",
    "not_in_source",
}
ALL = [one for kind in scenarios().values() for one in kind]
FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
STRAIGHT_INNER_APOSTROPHE = re.compile(r"\w'\w")


def turns(scenario: Scenario) -> Iterator[Turn]:
    yield scenario.first
    yield from (then.turn for then in scenario.then)


def answers(scenario: Scenario) -> list[str]:
    found = []
    for turn in turns(scenario):
        found += [good.text for good in turn.good] + [bad.text for bad in turn.bad]
    return found


def test_five_kinds_with_ten_scenarios_or_more_each() -> None:
    kinds = {kind: len(found) for kind, found in scenarios().items()}
    assert list(kinds) == [
        "Returns & refunds",
        "Delivery & tracking",
        "Sizing & fit",
        "Account & login",
        "Payments",
    ]
    assert min(kinds.values()) >= 10


def test_each_kind_speaks_german_and_french_too() -> None:
    for found in scenarios().values():
        assert {one.language for one in found} == {"en", "de", "fr"}


def test_scenarios_have_names_of_their_own() -> None:
    keys = [one.key for one in ALL]
    assert len(set(keys)) == len(keys)


def test_every_reason_occurs() -> None:
    assert {bad.reason for one in ALL for turn in turns(one) for bad in turn.bad} == REASONS


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.key)
def test_a_scenario_is_complete(scenario: Scenario) -> None:
    assert scenario.pages
    assert scenario.closings
    assert scenario.closings_bad
    for turn in turns(scenario):
        assert len(turn.asks) >= 3
        assert len(turn.good) >= 2
        for bad in turn.bad:
            assert bad.criterion in CRITERIA
            assert bad.reason in REASONS
            assert bad.notes
            assert bad.criterion not in bad.partly


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.key)
def test_every_phrasing_has_bad_answers_that_fit(scenario: Scenario) -> None:
    for turn in turns(scenario):
        for number in range(len(turn.asks)):
            fitting = turn.bad_for(number)
            assert fitting
            assert len(turn.good_for(number)) >= 2
            if scenario.kind == "Returns & refunds":
                assert any(bad.short for bad in fitting)


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.key)
def test_bad_answers_differ_from_good_ones(scenario: Scenario) -> None:
    for turn in turns(scenario):
        good, bad = {one.text for one in turn.good}, [one.text for one in turn.bad]
        assert len(set(bad)) == len(bad)
        assert good.isdisjoint(bad)


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.key)
def test_the_word_limit_can_be_kept(scenario: Scenario) -> None:
    """Prompt 42 keeps answers under 60 words, good and bad ones."""
    for turn in turns(scenario):
        for number in range(len(turn.asks)):
            assert min(len(good.text.split()) for good in turn.good_for(number)) < 52
        assert all(len(bad.text.split()) < 60 for bad in turn.bad)


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.key)
def test_the_best_match_stays_first(scenario: Scenario) -> None:
    """Notes speak of "passage 1", so the order must survive the jitter of the match."""
    scores = [score for _, score in scenario.pages]
    assert all(before - after >= 0.025 for before, after in pairwise(scores))


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.key)
def test_the_shop_sets_its_words_properly(scenario: Scenario) -> None:
    shown = answers(scenario) + [page.text for page, _ in scenario.pages]
    assert not [text for text in shown if STRAIGHT_INNER_APOSTROPHE.search(text)]


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.key)
def test_figures_of_good_answers_are_in_the_passages(scenario: Scenario) -> None:
    """A reviewer must be able to check every figure against what the assistant was given."""
    given = " ".join(page.text for page, _ in scenario.pages)
    asked = " ".join(ask for turn in turns(scenario) for ask in turn.asks)
    for turn in turns(scenario):
        for good in turn.good:
            missing = set(FIGURE.findall(good.text)) - set(FIGURE.findall(f"{given} {asked}"))
            assert not missing, good.text


def test_nothing_is_filler() -> None:
    everything = " ".join(
        text for one in ALL for text in (*answers(one), *(page.text for page, _ in one.pages))
    ).lower()
    assert not re.search(r"lorem|ipsum|todo|xxx|foo\b|asdf", everything)


def test_lengths_vary() -> None:
    words = sorted(len(good.text.split()) for one in ALL for good in one.first.good)
    assert words[0] < 12
    assert words[-1] > 70
