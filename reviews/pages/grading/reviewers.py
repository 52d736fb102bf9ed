"""Do people grade alike? Agreement in words, the pairs that differ, and each person's habits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from ingestion.models import Assistant
from portal import words
from portal.accounts.models import User
from reviews.grading.agreement import BlindGrades, Differing, blind_grades
from reviews.grading.bad_answers import question_of
from reviews.measure.figures import load
from reviews.measure.values import Stretch
from reviews.models import Grade, Skip
from reviews.stats.agreement import (
    LEAST_FOR_RANGE,
    SHARE_ALIKE,
    Agreement,
    ac1,
    alpha,
    graded_twice,
    with_range,
)
from reviews.stats.counts import Floats
from reviews.stats.severity import Mistakes, Severity, mistakes, severities

WEEKS = 8
PAIRS_SHOWN = 12
LEAST_PAIRS = 15
# Below this share people read a criterion differently.
LOW = 0.75


@dataclass(frozen=True)
class AgreementLine:
    """One thing people agree on or not: in words, its range in words, and the coefficients that the
    table view holds."""

    name: str
    said: str
    likely: str
    pairs: int
    is_low: bool
    measure: str
    coefficient: float | None


@dataclass(frozen=True)
class SaidOf:
    """One of the two grades of a pair."""

    reviewer: str
    verdict: str
    tone: str
    note: str
    went_wrong: Sequence[str]


@dataclass(frozen=True)
class Pair:
    """An answer that two people saw differently, side by side."""

    sample: int
    kind: str
    question: str
    at: datetime
    grades: Sequence[SaidOf]


@dataclass(frozen=True)
class Person:
    """One reviewer's habits. Nobody is ranked: the list is by name."""

    user: User
    graded: int
    severity: str
    mistakes: str
    skips: int


@dataclass(frozen=True)
class ReviewersPage:
    """Everything on the page; for a reviewer only what they are part of."""

    days: Stretch
    verdicts: AgreementLine
    criteria: Sequence[AgreementLine]
    pairs: Sequence[Pair]
    differing: int
    people: Sequence[Person]


def reviewers_page(
    *, assistant: Assistant, at: datetime, only: User | None = None
) -> ReviewersPage:
    """The last eight weeks; `only` shows one person's own part. A fixed number of queries."""
    today = assistant.team.day_of(at)
    days = Stretch(today - timedelta(days=7 * WEEKS - 1), today)
    blind = blind_grades(
        assistant=assistant, first=days.first, last=days.last, only=only.pk if only else None
    )
    return ReviewersPage(
        days=days,
        verdicts=_line("Good or not good", blind.verdicts, "Gwet’s AC1", ac1_of),
        criteria=[
            _line(name, table, "Krippendorff’s alpha, ordinal", alpha)
            for _, name, table in blind.criteria
        ],
        pairs=_pairs(blind.differing[:PAIRS_SHOWN]),
        differing=len(blind.differing),
        people=_people(assistant, days, blind, only),
    )


def ac1_of(table: Floats) -> float | None:
    """AC1 of verdicts: both are known to be possible, also when one never occurs."""
    return ac1(table, (0.0, 1.0))


def _line(name: str, table: Floats, measure: str, coefficient: object) -> AgreementLine:
    found = with_range(table, SHARE_ALIKE)
    pairs = len(graded_twice(table))
    value = coefficient(table) if callable(coefficient) else None
    if found is None or pairs < LEAST_PAIRS:
        said = f"Not enough pairs: {pairs} of {LEAST_PAIRS}"
        return AgreementLine(name, said, "", pairs, False, measure, value)
    return AgreementLine(
        name=name,
        said=f"agree on {words.percent(found.value)} of 100",
        likely=_likely(found),
        pairs=pairs,
        is_low=found.value < LOW,
        measure=measure,
        coefficient=value,
    )


def _likely(found: Agreement) -> str:
    if found.low is None or found.high is None:
        return f"the range is shown from {LEAST_FOR_RANGE} pairs on"
    return f"likely {words.percent(found.low)} to {words.percent(found.high)}"


def _pairs(differing: Sequence[Differing]) -> list[Pair]:
    """The pairs with both comments."""
    wanted = [pk for one in differing for pk in one.grades]
    grades = (
        Grade.objects.filter(pk__in=wanted)
        .select_related("reviewer", "assignment__sample__conversation")
        .prefetch_related("levels")
        .in_bulk()
    )
    found = []
    for one in differing:
        both = [grades[pk] for pk in one.grades if pk in grades]
        sample = both[0].assignment.sample
        found.append(
            Pair(
                sample=sample.pk,
                kind=sample.kind,
                question=" ".join(question_of(sample).split())[:200],
                at=sample.conversation.started_at,
                grades=[_said(grade) for grade in both],
            )
        )
    return found


def _said(grade: Grade) -> SaidOf:
    return SaidOf(
        reviewer=str(grade.reviewer),
        verdict=grade.get_verdict_display(),
        tone="good" if grade.verdict == "good" else "bad",
        note=grade.note,
        went_wrong=[one.get_went_wrong_display() for one in grade.levels.all() if one.went_wrong],
    )


def _people(
    assistant: Assistant, days: Stretch, blind: BlindGrades, only: User | None
) -> list[Person]:
    figures = load(assistant, days.first, days.last)
    counts = figures.answers.verdict_counts()
    strict, errors = severities(counts), mistakes(figures.gold)
    skips = dict(
        Skip.objects.filter(sample__assistant=assistant, sample__day__range=(days.first, days.last))
        .values_list("reviewer")
        .annotate(times=Count("pk"))
    )
    wanted = {only.pk} if only else {*strict, *errors, *skips, *blind.reviewers}
    return [
        Person(
            user=user,
            graded=strict[user.pk].graded if user.pk in strict else 0,
            severity=severity_words(strict.get(user.pk)),
            mistakes=mistakes_words(errors.get(user.pk)),
            skips=skips.get(user.pk, 0),
        )
        for user in User.objects.filter(pk__in=wanted).order_by("name", "pk")
    ]


def severity_words(found: Severity | None) -> str:
    """How strict, beside the others.

    >>> severity_words(Severity(4.2, 1.1, 8.0, 300)), severity_words(Severity(1.0, -2.0, 4.0, 300))
    ('fails about 4 more in 100, likely 1 to 8', 'about as strict as the others')
    >>> severity_words(Severity(-3.0, -6.0, -1.2, 300)), severity_words(None)
    ('fails about 3 fewer in 100, likely 1 to 6', 'nothing graded yet')
    """
    if found is None:
        return "nothing graded yet"
    if not found.is_clear:
        return "about as strict as the others"
    word = "more" if found.points > 0 else "fewer"
    near, far = sorted((abs(found.low), abs(found.high)))
    return f"fails about {abs(found.points):.0f} {word} in 100, likely {near:.0f} to {far:.0f}"


def mistakes_words(found: Mistakes | None) -> str:
    """How often wrong, against answers whose verdict is known.

    >>> mistakes_words(Mistakes(3, 60, 2, 10))
    'failed 3 of 60 good ones, passed 2 of 10 that were not'
    >>> mistakes_words(Mistakes(1, 9, 0, 2))
    'too few to say: 11 of 20 answers graded twice'
    """
    if found is None or found.too_few:
        return f"too few to say: {found.gold if found else 0} of 20 answers graded twice"
    return (
        f"failed {found.failed_good} of {found.good} good ones, "
        f"passed {found.passed_bad} of {found.bad} that were not"
    )
