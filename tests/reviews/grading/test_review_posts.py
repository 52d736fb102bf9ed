"""What the review screen posts: sent twice, sent late, sent by somebody else, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from reviews.grading.holding import proof_of
from reviews.grading.queue import claim, held, release
from reviews.models import Assignment, Grade, Verdict
from tests.pages import page_of
from tests.world import World

SCREEN = {"X-Plumbline": "review"}
ELSEWHERE = {"X-Plumbline": "waiting"}
As = Callable[[User], Client]


@pytest.fixture
def world(world: World) -> World:
    """Three answers that wait."""
    assert world.definition
    for chat in world.conversations(3):
        world.sample(chat)
    return world


def filled(world: World, standing: str = "meets", **more: Any) -> dict[str, Any]:
    form = world.form(standing)
    marks = {f"c{pk}": str(mark.level) for pk, mark in form.marks.items()}
    reasons = {f"w{pk}": mark.went_wrong for pk, mark in form.marks.items() if mark.went_wrong}
    return {"version": str(form.version), **marks, **reasons, **more}


def take(world: World, who: User) -> int:
    place = claim(assistant=world.assistant, reviewer=who, at=world.now)
    assert place is not None
    Assignment.objects.filter(pk=place).update(lease_until=world.now + timedelta(days=9999))
    return place


def url(world: World, name: str, *more: int) -> str:
    return reverse(name, args=[world.assistant.pk, *more])


def test_the_same_grade_sent_twice_is_one_grade(world: World, as_: As) -> None:
    rosa, place = as_(world.rosa), take(world, world.rosa)
    evidence = json.dumps([{"where": "answer", "text": "14 days 🎒"}])
    form = filled(world, "fails", note=" so ", seconds="9", urgent="on", evidence=evidence)
    for seconds in ("9", "12", ""):
        sent = rosa.post(
            url(world, "grade", place), {**form, "seconds": seconds}, headers=ELSEWHERE
        )
        assert sent.status_code == 204
    assert Grade.objects.count() == 1
    for change in ({"note": "other"}, {"urgent": ""}, {"evidence": "[]"}):
        other = {**form, **change}
        assert rosa.post(url(world, "grade", place), other, headers=ELSEWHERE).status_code == 204
    assert Grade.objects.count() == 4


def test_a_grade_that_was_taken_back_can_be_given_again(world: World, as_: As) -> None:
    rosa, place = as_(world.rosa), take(world, world.rosa)
    form = filled(world)
    rosa.post(url(world, "grade", place), form, headers=ELSEWHERE)
    rosa.post(url(world, "review_undo"), {"assignment": place}, headers=SCREEN)
    rosa.post(url(world, "grade", place), form, headers=ELSEWHERE)
    verdicts = Grade.objects.order_by("pk").values_list("verdict", flat=True)
    assert list(verdicts) == [Verdict.GOOD, Verdict.WITHDRAWN, Verdict.GOOD]


def test_a_grade_counts_after_what_was_in_hand_was_given_back(world: World, as_: As) -> None:
    place = take(world, world.rosa)
    release(assistant=world.assistant, reviewer=world.rosa, at=world.now)
    proof = proof_of(assignment_id=place, reviewer_id=world.rosa.pk)
    sent = as_(world.rosa).post(
        url(world, "grade", place), filled(world, held=proof), headers=ELSEWHERE
    )
    assert sent.status_code == 204
    assert Grade.objects.get().reviewer == world.rosa


@pytest.mark.parametrize("whose", ["nobody", "somebody else's", "another place's", "made up"])
def test_nobody_grades_a_place_that_they_picked_themselves(
    world: World, as_: As, whose: str
) -> None:
    place = take(world, world.remy)
    release(assistant=world.assistant, reviewer=world.remy, at=world.now)
    proof = {
        "nobody": "",
        "somebody else's": proof_of(assignment_id=place, reviewer_id=world.remy.pk),
        "another place's": proof_of(assignment_id=place + 1, reviewer_id=world.rosa.pk),
        "made up": f"{place}:{world.rosa.pk}:1:x",
    }[whose]
    sent = as_(world.rosa).post(
        url(world, "grade", place), filled(world, held=proof), headers=SCREEN
    )
    assert sent.status_code == 409
    assert not Grade.objects.exists()


@pytest.mark.parametrize("state", ["taken", "graded", "no longer wanted"])
def test_a_place_that_is_gone_is_said_in_words(world: World, as_: As, state: str) -> None:
    place = take(world, world.rosa)
    proof = proof_of(assignment_id=place, reviewer_id=world.rosa.pk)
    release(assistant=world.assistant, reviewer=world.rosa, at=world.now)
    if state == "no longer wanted":
        Assignment.objects.filter(pk=place).update(state=Assignment.State.WITHDRAWN)
    else:
        assert take(world, world.remy) == place
    if state == "graded":
        as_(world.remy).post(url(world, "grade", place), filled(world), headers=SCREEN)
    before = Grade.objects.count()
    rosa = as_(world.rosa)
    form = filled(world, held=proof, note="Deck 3 is closed")
    sent = rosa.post(url(world, "grade", place), form, headers=SCREEN)
    assert sent.status_code == 409
    assert "Nothing was saved" in sent.json()["message"]
    plain = rosa.post(url(world, "grade", place), form, follow=True)  # without scripts
    assert "Your comment was: “Deck 3 is closed”" in page_of(plain)
    assert Grade.objects.count() == before


def test_undo_takes_back_exactly_the_grade_that_is_named(world: World, as_: As) -> None:
    rosa = as_(world.rosa)
    first, second = take(world, world.rosa), take(world, world.rosa)
    for place in (first, second):
        rosa.post(url(world, "grade", place), filled(world), headers=ELSEWHERE)
    undo = url(world, "review_undo")
    assert rosa.post(undo, {"assignment": first, "done": 2}, headers=SCREEN).status_code == 200
    states = dict(Assignment.objects.values_list("pk", "state"))
    assert (states[first], states[second]) == (Assignment.State.OPEN, Assignment.State.DONE)
    for named in (str(first), "999999", "x", ""):
        refused = rosa.post(undo, {"assignment": named}, headers=SCREEN)
        assert refused.status_code == 409, named
        assert "not there to take back" in refused.json()["message"]
    assert Grade.objects.filter(verdict=Verdict.WITHDRAWN).count() == 1
    plain = rosa.post(undo, {"assignment": first}, follow=True)  # without scripts
    assert "not there to take back" in page_of(plain)


def test_nobody_takes_back_the_grade_of_somebody_else(world: World, as_: As) -> None:
    place = take(world, world.remy)
    as_(world.remy).post(url(world, "grade", place), filled(world), headers=SCREEN)
    refused = as_(world.rosa).post(url(world, "review_undo"), {"assignment": place}, headers=SCREEN)
    assert refused.status_code == 409
    assert Grade.objects.get().verdict == Verdict.GOOD


def test_what_waited_is_sent_without_taking_more_in_hand(world: World, as_: As) -> None:
    place = take(world, world.rosa)
    as_(world.rosa).post(url(world, "grade", place), filled(world), headers=ELSEWHERE)
    assert Assignment.objects.filter(reviewer=world.rosa, state="open").count() == 0


def test_nobody_sends_what_somebody_else_filled_in(world: World, as_: As) -> None:
    place = take(world, world.remy)
    remy = as_(world.remy)
    remy.post(url(world, "grade", place), filled(world), headers=SCREEN)
    others = {**SCREEN, "X-Plumbline-Person": str(world.rosa.pk)}
    for name, arguments in (
        ("review_undo", ()),
        ("review_leave", ()),
        ("review_hold", ()),
        ("grade", (place,)),
        ("review_skip", (place,)),
        ("review_draft", (place,)),
    ):
        refused = remy.post(url(world, name, *arguments), filled(world), headers=others)
        assert (refused.status_code, refused.json()["code"]) == (409, "other_person"), name
    plain = remy.post(url(world, "review_undo"), {"plumbline_person": str(world.rosa.pk)})
    assert plain.status_code == 409
    assert Grade.objects.get().verdict == Verdict.GOOD


def test_a_token_from_before_signing_in_again_is_told_from_being_signed_out(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    address = url(world, "review_hold")
    assert browser.post(address, headers=SCREEN).status_code == 401
    browser.force_login(world.rosa)
    stale = browser.post(address, headers=SCREEN)
    assert (stale.status_code, stale.json()["code"]) == (403, "token")
    fresh = {**SCREEN, "X-CSRFToken": browser.cookies["csrftoken"].value}
    assert browser.post(address, headers=fresh).json() == {"held": 0}


def test_what_is_taken_back_comes_first_again_and_no_time_is_made_up(world: World, as_: As) -> None:
    rosa = as_(world.rosa)
    places = [take(world, world.rosa) for _ in range(3)]
    for place in places[:2]:
        rosa.post(url(world, "grade", place), filled(world), headers=ELSEWHERE)
    for newest in (places[1], places[0]):
        before = timezone.now()
        assert rosa.post(url(world, "review_undo"), headers=SCREEN).status_code == 200
        back = Assignment.objects.get(pk=newest)
        assert back.claimed_at is not None
        assert back.claimed_at >= before
        held_now = held(assistant=world.assistant, reviewer=world.rosa, at=timezone.now())
        assert held_now[0].pk == newest, "the last one taken back stands on the screen"


def test_a_decision_that_is_refused_leaves_the_place_to_everybody(world: World, as_: As) -> None:
    place = Assignment.objects.get(pk=take(world, world.rosa))
    place.reviewer = place.claimed_at = place.lease_until = None
    place.purpose = Assignment.Purpose.ADJUDICATION
    place.save()
    lena, address = as_(world.lena), url(world, "decide", place.pk)
    refused = lena.post(address, {**filled(world), "version": "999999", "note": "kept"})
    assert refused.status_code == 422
    assert "kept" in page_of(refused)
    place.refresh_from_db()
    assert (place.reviewer, place.claimed_at) == (None, None)
    assert place.state == Assignment.State.OPEN
    assert lena.post(address, filled(world)).status_code == 302
    place.refresh_from_db()
    assert str(place.reviewer) == str(world.lena)
    assert str(place.state) == "done"
