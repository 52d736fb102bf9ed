"""The review screen: the answer in hand, the next one ready behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ingestion.models import Assistant
from portal.accounts.models import User
from portal.stored import mapping
from reviews.definition.versions import DefinitionView, current_version_id, published_version
from reviews.grading.grades import graded_by
from reviews.grading.holding import proof_of
from reviews.grading.queue import claim, held
from reviews.models import Assignment, Grade, Verdict, WentWrong
from reviews.pages.grading.conversation import Reading, lay_out
from reviews.stats.enough_grades import minutes_for

IN_HAND = 2  # the one on screen and the one behind it
SITTING = 25


@dataclass(frozen=True)
class Item:
    """One answer to grade."""

    assignment: Assignment
    reading: Reading
    draft: dict[str, Any] | None
    proof: str

    @property
    def draft_json(self) -> str:
        return json.dumps(self.draft)


@dataclass(frozen=True)
class ReviewPage:
    """What the screen needs: the definition, the items in hand, how far the sitting is, and the
    place of the person's newest grade, which Undo names."""

    definition: DefinitionView | None
    items: Sequence[Item]
    done: int
    newest: int | None = None

    @property
    def total(self) -> int:
        return SITTING

    @property
    def minutes_left(self) -> int:
        return minutes_for(SITTING - self.done)


@lru_cache(maxsize=64)
def criteria_html(version_id: int) -> SafeString:
    """The criteria of the grade pane, rendered once for each published version."""
    context = {
        "definition": published_version(version_id),
        "reasons": list(WentWrong),
    }
    return render_to_string("reviews/grading/_criteria.html", context)


def _draft_of(place: Assignment, reviewer: User) -> dict[str, Any] | None:
    """The half filled form, if it is this person's."""
    draft = mapping(place.draft)
    return draft if draft.get("reviewer") == reviewer.pk else None


def items_of(assignments: Sequence[Assignment], reviewer: User) -> list[Item]:
    """The answers behind some places; `assignments` come with their conversations."""
    return [
        Item(
            assignment=place,
            reading=lay_out(place.sample.conversation, place.sample.answer_index),
            draft=_draft_of(place, reviewer),
            proof=proof_of(assignment_id=place.pk, reviewer_id=reviewer.pk),
        )
        for place in assignments
    ]


def take_in_hand(
    *, assistant: Assistant, reviewer: User, at: datetime, wanted: int = IN_HAND
) -> list[Assignment]:
    """What this person holds, topped up to `wanted` from the queue."""
    with_text = Assignment.objects.select_related("sample__conversation")
    ids = list(
        held(assistant=assistant, reviewer=reviewer, at=at)
        .filter(purpose=Assignment.Purpose.REVIEW)
        .values_list("pk", flat=True)[:wanted]
    )
    while len(ids) < wanted:
        taken = claim(assistant=assistant, reviewer=reviewer, at=at)
        if taken is None:
            break
        ids.append(taken)
    places = with_text.in_bulk(ids)
    return [places[pk] for pk in ids]


def take_more(*, assistant: Assistant, reviewer: User, at: datetime, have: int) -> list[Assignment]:
    """As many new places as are missing to IN_HAND, for somebody who holds `have` already."""
    ids = []
    for _ in range(IN_HAND - have):
        taken = claim(assistant=assistant, reviewer=reviewer, at=at)
        if taken is None:
            break
        ids.append(taken)
    if not ids:
        return []
    places = Assignment.objects.select_related("sample__conversation").filter(pk__in=ids)
    return sorted(places, key=lambda place: ids.index(place.pk))


def review_page(*, assistant: Assistant, reviewer: User, done: int, at: datetime) -> ReviewPage:
    """The screen for `reviewer`, who has graded `done` in this sitting."""
    version = current_version_id(assistant.pk)
    if version is None:
        return ReviewPage(None, [], done)
    places = take_in_hand(assistant=assistant, reviewer=reviewer, at=at)
    newest = graded_by(assistant=assistant, reviewer=reviewer).values_list("pk", flat=True)[:1]
    items = items_of(places, reviewer)
    return ReviewPage(published_version(version), items, done, next(iter(newest), None))


@dataclass(frozen=True)
class Sitting:
    """What came of a sitting: the person's newest grades."""

    graded: int
    not_good: int
    seconds: int | None


def sitting(*, assistant: Assistant, reviewer: User, done: int) -> Sitting:
    """The last `done` grades of this person."""
    newest = Grade.objects.that_count().filter(reviewer=reviewer, assignment__assistant=assistant)
    rows = list(newest.order_by("-graded_at").values_list("verdict", "seconds")[: min(done, 100)])
    times = sorted(seconds for _, seconds in rows if seconds)
    return Sitting(
        graded=len(rows),
        not_good=sum(verdict == Verdict.NOT_GOOD for verdict, _ in rows),
        seconds=times[len(times) // 2] if times else None,
    )
