"""Two leads write one draft: the second to save is told what the first did, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from reviews.definition.template import TEMPLATE, DefinitionText
from reviews.definition.versions import (
    as_text,
    current_version_id,
    draft_of,
    read_version,
)
from tests.forms_of_pages import filled_forms
from tests.reviews.definition.made import start_draft
from tests.world import World

SignIn = Callable[[User], Client]


@pytest.fixture
def where(world: World) -> str:
    """The editor of a draft that Lena began."""
    start_draft(assistant=world.assistant, by=world.lena, at=world.now)
    return reverse("definition_edit", args=[world.assistant.pk])


def opened(client: Client, where: str, action: str = "") -> dict[str, str]:
    """The fields of the form as a browser would send them back untouched."""
    page = client.get(where).content.decode()
    return next(
        form.fields for form in filled_forms(page, where) if form.action == (action or where)
    )


def draft(world: World) -> DefinitionText:
    row = draft_of(world.assistant)
    assert row is not None
    return as_text(read_version(row.pk))


def test_what_only_one_of_them_changed_is_kept_and_said(
    world: World, as_: SignIn, where: str
) -> None:
    lena, ada = as_(world.lena), as_(world.ada)
    first, second = opened(lena, where), opened(ada, where)
    first["text"] += "\r\n\r\nSay the price with tax."
    second["c0_question"] = "Is it right?"
    assert lena.post(where, first).status_code == 302
    said = ada.post(where, second, follow=True).content.decode()
    assert "Lena Lead changed Text while you had this open; that is kept." in said
    assert "Say the price with tax." in draft(world).text
    assert draft(world).criteria[0].question == "Is it right?"


def test_what_both_changed_is_shown_side_by_side_and_decided(
    world: World, as_: SignIn, where: str
) -> None:
    lena, ada = as_(world.lena), as_(world.ada)
    first, second = opened(lena, where), opened(ada, where)
    first["title"], first["c1_question"] = "Answers of Lena", "Lena asks?"
    second["title"], second["text"] = "Answers of Ada", "Text of Ada"
    lena.post(where, first)
    answer = ada.post(where, second)
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("Lena Lead changed this while you had it open", "Answers of Lena",
                  "Answers of Ada", "Text of Ada", "Lena asks?"):  # fmt: skip
        assert words in page, words
    assert draft(world).title == "Answers of Lena"
    again = next(form.fields for form in filled_forms(page, where) if form.action == where)
    assert again["title"] == "Answers of Ada"
    assert ada.post(where, again).status_code == 302
    kept = draft(world)
    assert (kept.title, kept.text) == ("Answers of Ada", "Text of Ada")
    assert kept.criteria[1].question == "Lena asks?"


def test_saved_twice_from_one_page_is_said_once_and_without_a_stamp_it_is_taken(
    world: World, as_: SignIn, where: str
) -> None:
    lena = as_(world.lena)
    form = opened(lena, where)
    form["title"] = "Once"
    assert lena.post(where, form).status_code == 302
    assert lena.post(where, form).status_code == 302  # the same words: nothing to decide
    form["title"], form["opened"] = "Twice", ""
    assert lena.post(where, form).status_code == 302
    assert draft(world).title == "Twice"


def test_a_criterion_that_went_and_one_that_came(world: World, as_: SignIn, where: str) -> None:
    lena, ada = as_(world.lena), as_(world.ada)
    first, second = opened(lena, where), opened(ada, where)
    first["c3_name"] = ""
    first |= {"c4_name": "Short", "c4_question": "Is it short?", "c4_l0_anchor": "It is",
              "c4_l1_anchor": "Nearly", "c4_l2_anchor": "Long"}  # fmt: skip
    second["title"] = "Second"
    assert lena.post(where, first).status_code == 302
    assert ada.post(where, second).status_code == 302
    kept = draft(world)
    assert kept.title == "Second"
    assert [one.name for one in kept.criteria][-1] == "Short"
    assert len(kept.criteria) == 4


def test_a_draft_that_was_published_meanwhile(world: World, as_: SignIn, where: str) -> None:
    lena, ada = as_(world.lena), as_(world.ada)
    publish = reverse("definition_publish", args=[world.assistant.pk])
    second = opened(ada, where)
    lena.get(where)
    assert lena.post(publish, {**opened(lena, publish), "change": "meaning"}).status_code == 302
    second["title"] = "Too late"
    answer = ada.post(where, second)
    assert answer.status_code == 409
    assert "It was published or thrown away" in answer.content.decode()
    assert draft_of(world.assistant) is None
    page = answer.content.decode()
    again = next(form.fields for form in filled_forms(page, where) if form.action == where)
    assert ada.post(where, again).status_code == 302
    assert draft(world).title == "Too late"


@pytest.mark.parametrize("name", ["definition_publish", "definition_discard"])
def test_nobody_publishes_or_throws_away_what_they_did_not_see(
    world: World, as_: SignIn, where: str, name: str
) -> None:
    lena, ada = as_(world.lena), as_(world.ada)
    first = opened(lena, where)
    button = reverse(name, args=[world.assistant.pk])
    seen = opened(ada, where if name == "definition_discard" else button, button)
    lena.post(where, {**first, "text": "Not what Ada saw"})
    before = current_version_id(world.assistant.pk)
    answer = ada.post(button, {**seen, "change": "meaning", "why": "Kept words"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Lena Lead changed this while you had it open" in page
    assert "Not what Ada saw" in page
    assert draft_of(world.assistant)
    assert current_version_id(world.assistant.pk) == before
    again = next(form.fields for form in filled_forms(page, button) if form.action == button)
    assert again.get("why", "Kept words") == "Kept words"
    assert ada.post(button, {**again, "change": "meaning"}).status_code == 302
    assert draft_of(world.assistant) is None
    said = ada.post(button, again, follow=True).content.decode()
    assert "the draft before you. Nothing was changed." in said


def test_the_template_is_published_as_it_is_shown_but_only_as_the_first(
    world: World, as_: SignIn
) -> None:
    lena, publish = as_(world.lena), reverse("definition_publish", args=[world.assistant.pk])
    assert lena.get(publish).status_code == 302
    assert not world.assistant.definitions.exists()
    assert lena.post(publish, {"change": "meaning", "why": "first"}).status_code == 302
    first = world.assistant.definitions.get()
    assert first.status == "published"
    assert as_text(read_version(first.pk)) == TEMPLATE
    answer = lena.post(publish, {"change": "meaning", "why": "again"}, follow=True)
    assert "the draft before you. Nothing was changed." in answer.content.decode()
    assert world.assistant.definitions.get() == first
