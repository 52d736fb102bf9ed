"""A day of grading at once: the rows that `claim` and `record_grade` would write one by one.

The story grades some 4,000 answers; one by one, each as people do it, that takes more than half of
the time of telling. Here the day's queue is read once, everybody grades in memory by the same rules
(who may take which place, what follows from a grade), and the rows are written in sets. That they
are the same rows, all columns of them, is held by tests/portal/demo/test_sittings.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from ingestion.models import Assistant
from portal.accounts.models import User
from reviews.definition.versions import DefinitionView
from reviews.grading.form import Form
from reviews.grading.grades import outcome_of
from reviews.models import Assignment, CriterionGrade, DirtyDay, Grade, Priority, Sample, Verdict

REVIEW, ADJUDICATION = Assignment.Purpose.REVIEW, Assignment.Purpose.ADJUDICATION
OPEN, DONE, WITHDRAWN = Assignment.State.OPEN, Assignment.State.DONE, Assignment.State.WITHDRAWN
PAUSE = 4
"""Seconds between two answers."""

UPDATE = """
UPDATE reviews_assignment AS place
SET reviewer_id = told.reviewer, not_for_id = told.not_for, state = told.state,
    claimed_at = told.claimed, done_at = told.done, draft = NULL, lease_until = NULL
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[],
            %s::timestamptz[]) AS told(id, reviewer, not_for, state, claimed, done)
WHERE place.id = told.id
"""
Fill = Callable[[str, int], Form]
"""Fills in the form for one answer: the conversation's id and the answer's place in it."""


@dataclass
class Sittings:
    """One day's queue of one assistant, and what people made of it so far."""

    assistant: Assistant
    definition: DefinitionView
    identities: dict[int, str] = field(default_factory=dict)
    verdicts: dict[int, str] = field(default_factory=dict)
    changed: dict[int, Assignment] = field(default_factory=dict)
    grades: list[tuple[Grade, Form]] = field(default_factory=list)

    def __post_init__(self) -> None:
        waiting = Sample.objects.filter(assignments__state=OPEN, assistant=self.assistant)
        self.places = list(
            Assignment.objects.filter(sample__in=waiting)
            .select_related("sample")
            .order_by("priority", "pk")
        )
        self.by_sample: dict[int, list[Assignment]] = defaultdict(list)
        for place in self.places:
            self.by_sample[place.sample_id].append(place)
        self.identities = dict(
            Sample.objects.filter(pk__in=self.by_sample).values_list(
                "pk", "conversation__external_id"
            )
        )
        self.verdicts = dict(
            Grade.objects.newest()
            .filter(assignment__in=[place.pk for place in self.places])
            .values_list("assignment", "verdict")
        )

    def sit(
        self, reviewer: User, at: datetime, fill: Fill, *, most: int, purpose: str = REVIEW
    ) -> None:
        """One person grades until nothing waits for them or their share is done."""
        for _ in range(most):
            place = next(self._waiting(reviewer, purpose), None)
            if place is None:
                return
            form = fill(self.identities[place.sample_id], place.sample.answer_index)
            assert form.seconds is not None  # noqa: S101 - the demo's people take their time
            done = at + timedelta(seconds=form.seconds)
            self._grade(place, reviewer, form, claimed=at, done=done)
            at = done + timedelta(seconds=PAUSE)

    def _waiting(self, reviewer: User, purpose: str) -> Iterator[Assignment]:
        """As `claim` looks for it; in the story nobody skips or holds a place overnight."""
        for place in self.places:
            if place.state != OPEN or place.purpose != purpose or place.not_for_id == reviewer.pk:
                continue
            has_other = any(
                other.reviewer_id == reviewer.pk and other.purpose == REVIEW
                for other in self.by_sample[place.sample_id]
                if other is not place
            )
            if not (has_other and purpose == REVIEW):
                yield place

    def _grade(
        self, place: Assignment, reviewer: User, form: Form, *, claimed: datetime, done: datetime
    ) -> None:
        place.reviewer, place.claimed_at, place.done_at, place.state = reviewer, claimed, done, DONE
        self._change(place)
        grade = Grade(
            assignment=place,
            reviewer=reviewer,
            version_id=self.definition.pk,
            verdict=outcome_of(form, self.definition),
            note=form.note.strip(),
            is_urgent=form.is_urgent,
            evidence=list(form.evidence),
            seconds=form.seconds,
            graded_at=done,
        )
        self.grades.append((grade, form))
        if place.purpose == REVIEW:
            self._after_review(place, grade.verdict, done)

    def _after_review(self, place: Assignment, verdict: str, at: datetime) -> None:
        """As `record_grade`: the other place is not for this person; a disagreement goes on."""
        places = self.by_sample[place.sample_id]
        others = [one for one in places if one is not place]
        for other in others:
            if other.state == OPEN and other.not_for_id != place.reviewer_id:
                other.not_for_id = place.reviewer_id
                self._change(other)
        self.verdicts[place.pk] = verdict
        if any(other.state == DONE for other in others):
            self._settle(places, at)

    def _settle(self, places: list[Assignment], at: datetime) -> None:
        """As `settle_pair`: two who see it differently need a lead."""
        said = {self.verdicts.get(one.pk) for one in places if one.purpose == REVIEW}
        decided = [one for one in places if one.purpose == ADJUDICATION and one.state != WITHDRAWN]
        if not {Verdict.GOOD, Verdict.NOT_GOOD} <= said or decided:
            return
        decision = Assignment.objects.create(
            assistant=self.assistant,
            sample=places[0].sample,
            slot=max(one.slot for one in places) + 1,
            purpose=ADJUDICATION,
            priority=Priority.ADJUDICATION,
            created_at=at,
        )
        places.append(decision)
        self.places.append(decision)

    def _change(self, place: Assignment) -> None:
        self.changed[place.pk] = place

    def write(self) -> None:
        """Store the day."""
        changed = list(self.changed.values())
        with connection.cursor() as cursor:
            cursor.execute(
                UPDATE,
                [
                    [one.pk for one in changed],
                    [one.reviewer_id for one in changed],
                    [one.not_for_id for one in changed],
                    [str(one.state) for one in changed],
                    [one.claimed_at for one in changed],
                    [one.done_at for one in changed],
                ],
            )
        Grade.objects.bulk_create([grade for grade, _ in self.grades])
        CriterionGrade.objects.bulk_create(
            CriterionGrade(
                grade=grade,
                criterion_id=criterion.pk,
                level_id=form.marks[criterion.pk].level,
                went_wrong=form.marks[criterion.pk].went_wrong,
            )
            for grade, form in self.grades
            for criterion in self.definition.criteria
        )
        DirtyDay.objects.bulk_create(
            DirtyDay(
                assistant=self.assistant, day=grade.assignment.sample.day, marked_at=grade.graded_at
            )
            for grade, _ in self.grades
        )
