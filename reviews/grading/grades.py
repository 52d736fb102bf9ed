"""Save what a reviewer says of an answer; undo it; send disagreements to a lead.

Grades are only added. The verdict follows from the levels by the definition's rule, never from a
click.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet, Subquery

from ingestion.models import Assistant
from ingestion.redaction import redact
from portal.accounts.models import User
from portal.given import prose
from portal.refused import Refused
from reviews.definition.versions import CriterionView, DefinitionView, published_version
from reviews.grading.form import Form, Mark
from reviews.grading.pairs import after_review, settle_pair
from reviews.grading.queue import LEASE
from reviews.grading.sent_twice import stored_already
from reviews.models import (
    Assignment,
    DefinitionVersion,
    DirtyDay,
    Grade,
    Level,
    Verdict,
    WentWrong,
)
from reviews.stats.verdicts import Marked, verdict

MAX_NOTE = 5000


def _level_standing(criterion: CriterionView, mark: Mark) -> str | None:
    if mark.level is None:
        return None
    for level in criterion.levels:
        if level.pk == mark.level:
            return level.standing
    raise Refused(criterion.key, f"Choose one of the levels of “{criterion.name}”.")


def _check(form: Form, definition: DefinitionView) -> list[Marked]:
    """The marks with their standings. Raises Refused for what is missing."""
    marked = []
    for criterion in definition.criteria:
        mark = form.marks.get(criterion.pk)
        if mark is None:
            raise Refused(criterion.key, f"Grade “{criterion.name}” too.")
        standing = _level_standing(criterion, mark)
        if standing == Level.Standing.FAILS and mark.went_wrong not in WentWrong.values:
            raise Refused(criterion.key, f"Say what went wrong with “{criterion.name}”.")
        if mark.went_wrong == WentWrong.SOMETHING_ELSE and not form.note.strip():
            raise Refused("note", "Say in a comment what went wrong.")
        marked.append(Marked(standing, criterion.is_critical))  # type: ignore[arg-type]
    if len(form.note) > MAX_NOTE:
        raise Refused("note", f"Keep the comment under {MAX_NOTE:,} characters.")
    return marked


def outcome_of(form: Form, definition: DefinitionView) -> Verdict:
    """The verdict that follows from the form's levels by the definition's rule."""
    return Verdict(verdict(_check(form, definition), definition.rule))


def _definition(form: Form, assignment: Assignment) -> DefinitionView:
    """The published version that the form was filled by; from memory after the first time."""
    try:
        definition = published_version(form.version)
    except DefinitionVersion.DoesNotExist:
        definition = None
    if definition is None or definition.assistant_id != assignment.assistant_id:
        raise Refused("version", "That quality definition is not in force. Load the page again.")
    return definition


# Everything a grade changes, in one statement: the row (superseding the newest of its chain), its
# levels, the place in the queue and the mark on the day.
STORE = """
WITH grade AS (
    INSERT INTO reviews_grade (assignment_id, reviewer_id, version_id, verdict, note, is_urgent,
        evidence, seconds, graded_at, supersedes_id)
    VALUES (%(place)s, %(reviewer)s, %(version)s, %(verdict)s, %(note)s, %(urgent)s,
        %(evidence)s, %(seconds)s, %(at)s,
        (SELECT id FROM reviews_grade AS last WHERE last.assignment_id = %(place)s
         AND NOT EXISTS (SELECT FROM reviews_grade AS later WHERE later.supersedes_id = last.id)))
    RETURNING id, supersedes_id
), levels AS (
    INSERT INTO reviews_criteriongrade (grade_id, criterion_id, level_id, went_wrong)
    SELECT grade.id, one.criterion, one.level, one.went_wrong
    FROM grade, unnest(%(criteria)s::bigint[], %(levels)s::bigint[], %(went_wrong)s::text[])
        AS one(criterion, level, went_wrong)
), place AS (
    UPDATE reviews_assignment
    SET state = 'done', done_at = coalesce(done_at, %(at)s), draft = NULL, lease_until = NULL
    WHERE id = %(place)s
), dirty AS (
    INSERT INTO reviews_dirtyday (assistant_id, day, marked_at)
    VALUES (%(assistant)s, %(day)s, %(at)s)
)
SELECT id, supersedes_id FROM grade
"""


def _note(form: Form) -> str:
    return redact(prose(form.note).strip())


def _store(
    place: Assignment, reviewer: User, form: Form, definition: DefinitionView, at: datetime
) -> Grade:
    outcome = outcome_of(form, definition)
    marks = [(criterion.pk, form.marks[criterion.pk]) for criterion in definition.criteria]
    values: dict[str, Any] = {
        "place": place.pk,
        "reviewer": reviewer.pk,
        "version": definition.pk,
        "verdict": outcome,
        "note": _note(form),
        "urgent": form.is_urgent,
        "evidence": json.dumps(list(form.evidence)),
        "seconds": form.seconds,
        "at": at,
        "criteria": [pk for pk, _ in marks],
        "levels": [mark.level for _, mark in marks],
        # A criterion that does not fail may carry what a form left in a hidden field: left out.
        "went_wrong": [
            mark.went_wrong if mark.went_wrong in WentWrong.values else "" for _, mark in marks
        ],
        "assistant": place.assistant_id,
        "day": place.sample.day,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        pk, superseded = cursor.fetchone()
    return Grade(
        pk=pk,
        assignment=place,
        reviewer=reviewer,
        version_id=definition.pk,
        verdict=outcome,
        note=values["note"],
        is_urgent=form.is_urgent,
        evidence=list(form.evidence),
        seconds=form.seconds,
        graded_at=at,
        supersedes_id=superseded,
    )


def _may_have(place: Assignment, others: Sequence[Assignment], reviewer: User) -> bool:
    """True when a place that was given back is still free for `reviewer`, who had it."""
    review = Assignment.Purpose.REVIEW
    return (
        place.reviewer_id is None
        and place.state == Assignment.State.OPEN
        and place.purpose == review
        and place.not_for_id != reviewer.pk
        and not any(one.reviewer_id == reviewer.pk and one.purpose == review for one in others)
    )


def _mine(assignment_id: int, reviewer: User, *, had_it: bool = False) -> tuple[Assignment, int]:
    """The place, locked, and how many places its sample has.

    All places of the sample are locked, always in one order: two people who grade the two places
    of a pair in the same moment would otherwise each wait for the other's. `had_it` says that
    `reviewer` was handed it before; then it may have been given back since. Raises Refused
    when it is somebody else's by now.
    """
    sample = Assignment.objects.filter(pk=assignment_id).values("sample")
    places = list(
        Assignment.objects.select_for_update(of=("self",))
        .select_related("sample")
        .filter(sample=Subquery(sample))
        .order_by("pk")
    )
    place = next((one for one in places if one.pk == assignment_id), None)
    if place is None:
        raise Assignment.DoesNotExist
    if place.state == Assignment.State.WITHDRAWN:
        raise Refused(
            "assignment",
            "This answer no longer needs a grade. Nothing was saved; your next one is ready.",
        )
    if had_it and _may_have(place, places, reviewer):
        place.reviewer = reviewer
        place.save(update_fields=["reviewer"])
    if place.reviewer_id != reviewer.pk:
        raise Refused(
            "assignment",
            "This answer went to somebody else after 15 minutes without a key. "
            "Nothing was saved; your next one is ready.",
        )
    return place, len(places)


def record_grade(
    *, assignment_id: int, reviewer: User, form: Form, at: datetime, had_it: bool = False
) -> Grade:
    """Save a grade; grading the same place again supersedes the earlier row, and the same form
    sent twice is one grade.

    Raises Refused with the field and the fix; then nothing is stored. A place whose lease ran
    out is still accepted while nobody else has taken it; one that was given back too, from somebody
    who `had_it`.
    """
    with transaction.atomic():
        place, places = _mine(assignment_id, reviewer, had_it=had_it)
        definition = _definition(form, place)
        known = stored_already(
            place=place,
            reviewer=reviewer,
            form=form,
            note=_note(form),
            criteria={one.pk for one in definition.criteria},
        )
        if known is not None:
            return known
        grade = _store(place, reviewer, form, definition, at)
        if place.purpose == Assignment.Purpose.REVIEW and places > 1:
            after_review(place, at)
    return grade


def record_decision(*, assignment_id: int, lead: User, form: Form, at: datetime) -> Grade:
    """A lead takes the place where reviews differ and says what is right, in one.

    Raises Refused with the field and the fix; then nothing is stored, and nobody has the place.
    """
    with transaction.atomic():
        Assignment.objects.filter(
            pk=assignment_id,
            purpose=Assignment.Purpose.ADJUDICATION,
            state=Assignment.State.OPEN,
        ).update(reviewer=lead, claimed_at=at)
        return record_grade(assignment_id=assignment_id, reviewer=lead, form=form, at=at)


def graded_by(*, assistant: Assistant, reviewer: User) -> QuerySet[Assignment]:
    """The places that this person has graded, the newest first."""
    return Assignment.objects.filter(
        assistant=assistant,
        reviewer=reviewer,
        state=Assignment.State.DONE,
        purpose=Assignment.Purpose.REVIEW,
    ).order_by("-done_at")


def take_back(
    *, assistant: Assistant, reviewer: User, at: datetime, named: int | None = None
) -> Grade:
    """Undo the grade of the place that is `named`, or this person's newest. Raises Refused."""
    graded = graded_by(assistant=assistant, reviewer=reviewer)
    if named is not None:
        graded = graded.filter(pk=named)
    place = graded.values_list("pk", flat=True).first()
    if place is None:
        raise Refused("assignment", "That grade is not there to take back.")
    return undo(assignment_id=place, reviewer=reviewer, at=at)


def mark_dirty(place: Assignment, at: datetime) -> None:
    """Let the conversation's day be counted again."""
    DirtyDay.objects.create(assistant_id=place.assistant_id, day=place.sample.day, marked_at=at)


def undo(*, assignment_id: int, reviewer: User, at: datetime) -> Grade:
    """Take a grade back: a new row that supersedes it; the place is held by its person again.

    Raises Refused when there is nothing to take back.
    """
    with transaction.atomic():
        place, _ = _mine(assignment_id, reviewer)
        last = place.grades.that_count().first()
        if last is None:
            raise Refused("assignment", "There is nothing to undo here.")
        levels = {level.criterion_id: level for level in last.levels.all()}
        withdrawn = Grade.objects.create(
            assignment=place,
            reviewer=reviewer,
            version=last.version,
            verdict=Verdict.WITHDRAWN,
            graded_at=at,
            supersedes=last,
        )
        place.state, place.done_at = Assignment.State.OPEN, None
        place.claimed_at, place.lease_until = at, at + LEASE
        place.draft = {
            "reviewer": reviewer.pk,
            "version": last.version_id,
            "note": last.note,
            "urgent": last.is_urgent,
            "evidence": last.evidence,
            "marks": {
                str(pk): {"level": level.level_id, "went_wrong": level.went_wrong}
                for pk, level in levels.items()
            },
        }
        place.save()
        mark_dirty(place, at)
        if place.purpose == Assignment.Purpose.REVIEW:
            settle_pair(sample_id=place.sample_id, at=at)
    return withdrawn
