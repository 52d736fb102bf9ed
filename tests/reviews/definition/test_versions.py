"""Definitions: a published version is frozen by the database itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from portal.refused import Refused
from reviews.definition.compare import compare
from reviews.definition.template import TEMPLATE
from reviews.definition.versions import discard_draft, draft_of, publish, save_draft
from reviews.models import Criterion, DefinitionEvent, DefinitionVersion, Level
from tests.reviews.definition.made import start_draft
from tests.world import World

FIRST = TEMPLATE.criteria[0]
NAMELESS = replace(FIRST.levels[0], name=" ")


@pytest.mark.parametrize(
    "change",
    [
        lambda pk: DefinitionVersion.objects.filter(pk=pk).update(title="Other"),
        lambda pk: DefinitionVersion.objects.filter(pk=pk).update(status="draft"),
        lambda pk: DefinitionVersion.objects.filter(pk=pk).delete(),
        lambda pk: Criterion.objects.filter(version=pk).update(is_critical=True),
        lambda pk: Criterion.objects.filter(version=pk).delete(),
        lambda pk: Criterion.objects.create(version_id=pk, position=9, key="new", name="New"),
        lambda pk: Level.objects.filter(criterion__version=pk).update(standing="meets"),
        lambda pk: Level.objects.filter(criterion__version=pk).delete(),
        lambda pk: Level.objects.create(
            criterion=Criterion.objects.filter(version=pk)[0], value=5, standing="meets", name="x"
        ),
    ],
)
def test_the_database_refuses_every_change_of_a_published_version(
    world: World, change: Callable[[int], object]
) -> None:
    version = world.definition.pk
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        change(version)


def test_history_is_only_added_to(world: World) -> None:
    assert world.definition
    with pytest.raises(IntegrityError), transaction.atomic():
        DefinitionEvent.objects.update(why="it was not me")


def test_there_is_one_draft_and_a_draft_can_be_thrown_away(world: World) -> None:
    first = start_draft(assistant=world.assistant, by=world.lena, at=world.now)
    again = save_draft(assistant=world.assistant, text=TEMPLATE, by=world.ada, at=world.now)
    assert first.pk == again.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        DefinitionVersion.objects.create(assistant=world.assistant, number=9, title="Second")
    discard_draft(assistant=world.assistant, by=world.lena, at=world.now)
    assert draft_of(world.assistant) is None
    with pytest.raises(Refused, match="thrown away"):
        publish(draft=first, change="", why="", by=world.lena, at=world.now)


def test_the_next_version_starts_from_the_one_in_force(world: World) -> None:
    assert world.definition.number == 1
    draft = start_draft(assistant=world.assistant, by=world.lena, at=world.now)
    assert (draft.number, draft.based_on_id) == (2, world.definition.pk)


def test_publishing_asks_whether_good_changed_except_the_first_time(world: World) -> None:
    assert world.version.change == "first"
    draft = start_draft(assistant=world.assistant, by=world.lena, at=world.now)
    with pytest.raises(Refused, match="what counts as good"):
        publish(draft=draft, change="first", why="", by=world.lena, at=world.now)
    done = publish(draft=draft, change="meaning", why="stricter", by=world.lena, at=world.now)
    assert done.change == "meaning"
    with pytest.raises(Refused, match="already"):
        publish(draft=draft, change="meaning", why="", by=world.lena, at=world.now)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (replace(TEMPLATE, title=" "), "title"),
        (replace(TEMPLATE, title="x" * 121), "title"),
        (replace(TEMPLATE, text="a\x00b"), "text"),
        (replace(TEMPLATE, criteria=()), "criteria"),
        (replace(TEMPLATE, criteria=(FIRST,) * 13), "criteria"),
        (replace(TEMPLATE, criteria=(FIRST, FIRST)), "criteria"),
        (replace(TEMPLATE, criteria=(replace(FIRST, name=" "),)), "criteria"),
        (replace(TEMPLATE, criteria=(replace(FIRST, name="a\x00"),)), "criteria"),
        (replace(TEMPLATE, criteria=(replace(FIRST, question="x" * 201),)), "criteria"),
        (replace(TEMPLATE, criteria=(replace(FIRST, levels=FIRST.levels[2:]),)), "criteria"),
        (replace(TEMPLATE, criteria=(replace(FIRST, levels=FIRST.levels * 2),)), "criteria"),
        (replace(TEMPLATE, criteria=(replace(FIRST, levels=FIRST.levels[:2]),)), "criteria"),
        (
            replace(TEMPLATE, criteria=(replace(FIRST, levels=(NAMELESS, *FIRST.levels[1:])),)),
            "criteria",
        ),
    ],
)
def test_a_draft_that_cannot_work_is_refused_and_nothing_is_kept(
    world: World, text: object, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        save_draft(assistant=world.assistant, text=text, by=world.lena, at=world.now)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert draft_of(world.assistant) is None


def test_compare_shows_what_goes_and_what_comes() -> None:
    changed = [row for row in compare(TEMPLATE, replace(TEMPLATE, max_partly=2)) if row[0] != " "]
    assert [sign for sign, _ in changed] == ["-", "+"]
