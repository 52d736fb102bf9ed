"""Graded answers behind a figure: filtered, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from ingestion.models import Assistant, DayCount
from portal import given
from portal.words import whole
from reviews.grading.bad_answers import question_of
from reviews.measure.readings import Badge
from reviews.models import AnswerEntry, Grade, SampleReason, Verdict, WentWrong

PAGE = 30


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it does not know is left out."""

    kind: str = ""
    verdict: str = ""
    reason: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None
    channel: str = ""
    language: str = ""

    def query(self, **changes: str) -> str:
        """The address of these filters with some changed."""
        values = {
            "kind": self.kind,
            "verdict": self.verdict,
            "reason": self.reason,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "channel": self.channel,
            "language": self.language,
            **changes,
        }
        return urlencode({key: value for key, value in values.items() if value})

    def asked(self) -> dict[str, Any]:
        """The filters as the columns of `AnswerEntry` take them."""
        values: dict[str, Any] = {
            "kind": self.kind,
            "verdict": self.verdict,
            "reason": self.reason,
            "day__gte": self.first,
            "day__lte": self.last,
            "channel": self.channel,
            "language": self.language,
            "grade__lt": self.before,
        }
        return {column: value for column, value in values.items() if value}


@dataclass(frozen=True)
class AnswerLine:
    """One graded answer."""

    sample: int
    question: str
    answer: str
    kind: str
    verdict: str
    tone: str
    went_wrong: Sequence[str]
    chosen: str
    grade: Grade

    @property
    def badge(self) -> Badge:
        """Its verdict with tint and icon."""
        return Badge(self.verdict, {"good": "tick", "bad": "cross"}.get(self.tone, ""), self.tone)


@dataclass(frozen=True)
class AnswersPage:
    """A page of graded answers."""

    filters: Filters
    lines: Sequence[AnswerLine]
    older: str
    kinds: Sequence[str]

    @property
    def every_channel(self) -> str:
        """The address of the same list without a channel and a language."""
        return self.filters.query(channel="", language="")


def read_filters(query: QueryDict) -> Filters:
    """The filters in an address."""
    verdict, reason = query.get("verdict", ""), query.get("reason", "")
    day = given.day(query.get("day"))
    return Filters(
        kind=query.get("kind", "")[:120],
        verdict=verdict if verdict in Verdict.values else "",
        reason=reason if reason in SampleReason.values else "",
        first=day or given.day(query.get("from")),
        last=day or given.day(query.get("to")),
        before=whole(query.get("before")),
        channel=query.get("channel", "")[:120],
        language=query.get("language", "")[:120],
    )


def answers_page(*, assistant: Assistant, filters: Filters) -> AnswersPage:
    """One page in five queries: the grades are found in narrow rows of one index, and only then
    read with what was said."""
    found = AnswerEntry.objects.filter(assistant=assistant, **filters.asked())
    ids = list(found.order_by("-grade").values_list("grade", flat=True)[: PAGE + 1])
    grades = (
        Grade.objects.filter(pk__in=ids)
        .select_related("assignment__sample__conversation", "reviewer")
        .prefetch_related("levels")
    )
    rows = list(grades.order_by("-pk"))
    kinds = (
        DayCount.objects.filter(assistant=assistant).exclude(kind="").values_list("kind", flat=True)
    )
    return AnswersPage(
        filters=filters,
        lines=[_line(grade) for grade in rows[:PAGE]],
        older=filters.query(before=str(rows[PAGE - 1].pk)) if len(rows) > PAGE else "",
        kinds=sorted(set(kinds.distinct()[:200])),
    )


def _line(grade: Grade) -> AnswerLine:
    sample = grade.assignment.sample
    tones = {Verdict.GOOD: "good", Verdict.NOT_GOOD: "bad"}
    return AnswerLine(
        sample=sample.pk,
        question=question_of(sample)[:160],
        answer=sample.conversation.answer(sample.answer_index)[:260],
        kind=sample.kind,
        verdict=Verdict(grade.verdict).label,
        tone=tones.get(Verdict(grade.verdict), ""),
        went_wrong=[
            WentWrong(one.went_wrong).label for one in grade.levels.all() if one.went_wrong
        ],
        chosen=SampleReason(sample.reason).label,
        grade=grade,
    )
