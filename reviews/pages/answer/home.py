"""The first page of reviewers, agents and owners, from rows, with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from ingestion.models import Assistant, Conversation, IntakeBatch
from portal.accounts.models import User
from reviews.grading.flagging import Outcome, outcomes
from reviews.grading.queue import waiting_count
from reviews.models import Flag, Grade, Verdict, WentWrong
from reviews.owners import Owned, owned_parts
from reviews.pages.grading.review import SITTING
from reviews.stats.enough_grades import minutes_for


@dataclass(frozen=True)
class FlagLine:
    """One flag with what came of it."""

    flag: Flag
    outcome: Outcome


def flag_lines(flags: Sequence[Flag]) -> list[FlagLine]:
    """Flags with their outcomes, in one query."""
    came_of = outcomes(flags)
    return [FlagLine(flag, came_of[flag.pk]) for flag in flags]


def own_flags(assistant: Assistant, user: User, most: int = 8) -> list[FlagLine]:
    """A person's newest flags."""
    rows = Flag.objects.filter(assistant=assistant, by=user).select_related("conversation")
    return flag_lines(list(rows.order_by("-at")[:most]))


@dataclass(frozen=True)
class ReviewerHome:
    """What a reviewer sees first."""

    waiting: int
    minutes: int
    graded: int
    not_good: int
    found: Sequence[tuple[str, int]]
    flags: Sequence[FlagLine]


def reviewer_home(*, assistant: Assistant, user: User, at: datetime) -> ReviewerHome:
    """One button, and what this person's grades found in the last seven days."""
    waiting = waiting_count(assistant=assistant, reviewer=user, at=at)
    mine = Grade.objects.that_count().filter(
        reviewer=user,
        assignment__assistant=assistant,
        graded_at__gte=at - timedelta(days=7),
    )
    counts = mine.aggregate(all=Count("pk"), bad=Count("pk", filter=Q(verdict=Verdict.NOT_GOOD)))
    found = (
        mine.filter(levels__went_wrong__gt="")
        .values_list("levels__went_wrong")
        .annotate(times=Count("pk", distinct=True))
        .order_by("-times")
    )
    reasons = [(WentWrong(one).label, times) for one, times in found]
    return ReviewerHome(
        waiting=waiting,
        minutes=minutes_for(min(waiting, SITTING)),
        graded=counts["all"],
        not_good=counts["bad"],
        found=reasons[:6],
        flags=own_flags(assistant, user, 4),
    )


def my_parts(assistant: Assistant, user: User) -> list[Owned]:
    """The parts this person owns or stands in for."""
    return [one for one in owned_parts(assistant) if user in (one.owner, one.stand_in)]


def newest_conversation(assistant: Assistant) -> Conversation | None:
    """The conversation that arrived last, found through the intake's own batches."""
    batches = IntakeBatch.objects.filter(assistant=assistant).order_by("-id")
    ids = batches.values_list("conversation_ids", flat=True).first()
    if ids:
        return Conversation.objects.filter(pk=max(ids)).first()
    highest = Conversation.objects.filter(assistant=assistant).aggregate(Max("pk"))["pk__max"]
    return Conversation.objects.filter(pk=highest).first() if highest else None
