"""Answers that were graded not good: the ones behind a figure, the plainest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from ingestion.models import Assistant
from reviews.measure.values import Stretch
from reviews.models import DRAWN, Grade, Sample, Verdict, WentWrong


@dataclass(frozen=True)
class BadAnswer:
    """An answer graded not good; `question` and `answer` are customers' and assistant's words."""

    sample: int
    question: str
    answer: str
    kind: str
    went_wrong: str
    at: datetime
    agreed: str


def bad_answers(
    assistant: Assistant, days: Stretch, *, kind: str | None = None, most: int = 4
) -> list[BadAnswer]:
    """Drawn answers of the days that were not good: those two people agree on first, then the
    newest. Each answer once, in a fixed number of queries."""
    grades = (
        _not_good(assistant, days, kind)
        .select_related("assignment__sample__conversation")
        .prefetch_related("levels")
        .annotate(
            alike=Count(
                "assignment__sample__assignments__grades",
                filter=Q(
                    assignment__sample__assignments__grades__verdict=Verdict.NOT_GOOD,
                    assignment__sample__assignments__grades__superseded_by__isnull=True,
                ),
            )
        )
        .order_by(F("alike").desc(), "-graded_at", "-pk")[: most * 3]
    )
    found: dict[int, BadAnswer] = {}
    for grade in grades:
        found.setdefault(grade.assignment.sample_id, _bad_answer(grade))
    return list(found.values())[:most]


def count_bad(assistant: Assistant, days: Stretch, *, kind: str | None = None) -> int:
    """How many drawn answers of the days were graded not good by anybody."""
    rows = _not_good(assistant, days, kind)
    return rows.values("assignment__sample").distinct().count()


def _not_good(assistant: Assistant, days: Stretch, kind: str | None) -> QuerySet[Grade]:
    rows = Grade.objects.newest().filter(
        assignment__sample__assistant=assistant,
        assignment__sample__day__range=(days.first, days.last),
        assignment__sample__reason__in=DRAWN,
        verdict=Verdict.NOT_GOOD,
    )
    return rows if kind is None else rows.filter(assignment__sample__kind=kind)


def question_of(sample: Sample) -> str:
    """What the customer asked last before the answer."""
    asked = [
        one["content"]
        for one in sample.conversation.said[: sample.answer_index]
        if one["role"] == "user"
    ]
    return asked[-1] if asked else ""


def _bad_answer(grade: Grade) -> BadAnswer:
    sample = grade.assignment.sample
    reasons = [one.went_wrong for one in grade.levels.all() if one.went_wrong]
    alike: int = grade.alike  # type: ignore[attr-defined]  # annotated above
    return BadAnswer(
        sample=sample.pk,
        question=_in_one_line(question_of(sample))[:200],
        answer=_in_one_line(sample.conversation.answer(sample.answer_index))[:300],
        kind=sample.kind,
        went_wrong=WentWrong(reasons[0]).label if reasons else "Not good",
        at=sample.conversation.started_at,
        agreed="two reviewers agree" if alike > 1 else "one reviewer",
    )


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
