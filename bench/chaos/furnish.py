"""Who works in the house and what there is before anything is broken; needs Django to be set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from bench import furnish
from bench.chaos.actors import Person
from bench.chaos.outside import DEAD_MAILBOX, Receiver
from bench.review import Desk
from ingestion.models import Assistant, AssistantKey
from portal.accounts.keys import make_key
from portal.accounts.models import Membership, Role, Scope, User
from reviews.grading.form import Form, Mark
from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.measure.rollups import make_rollups
from reviews.models import Assignment, Sample, Webhook
from reviews.sampling.choosing import policy_of

REVIEWERS = 4
LEADS = 6
WEEKS_BACK = 5


@dataclass(frozen=True)
class Cast:
    """Ids, keys and signed-in browsers."""

    assistant: int
    keys: dict[str, str]
    reviewers: list[Person]
    lead: Person
    leads: dict[int, str]  # user -> address, of everybody who gets the weekly mails


def cast(receivers: dict[str, Receiver]) -> Cast:
    """A team with reviewers, leads, keys, webhooks, and weeks whose reports are due."""
    now = timezone.now()
    assistant, ingest = furnish.team()
    flag_key, flag = make_key(
        team=assistant.team, name="flags", scopes=[Scope.FLAG], by=None, at=now
    )
    AssistantKey.objects.create(api_key=flag_key, assistant=assistant)
    desk = furnish.desk(assistant)
    policy = policy_of(assistant)
    policy.target_per_day = 5000
    policy.save()
    people = [Person(one.user, one.session, one.csrf) for one in _people(assistant)]
    leads = people[REVIEWERS:]
    Membership.objects.filter(user__in=[one.user for one in leads]).update(role=Role.LEAD)
    User.objects.filter(pk=leads[-1].user).update(email=DEAD_MAILBOX)
    for receiver in receivers.values():
        Webhook.objects.create(assistant=assistant, url=receiver.url, created_at=now)
    _old_weeks(assistant, desk, User.objects.get(pk=people[0].user))
    addresses = dict(
        User.objects.filter(pk__in=[one.user for one in leads]).values_list("pk", "email")
    )
    connections.close_all()
    return Cast(
        assistant.pk,
        {"ingest": ingest, "flag": flag},
        people[:REVIEWERS],
        leads[0],
        {pk: address or "" for pk, address in addresses.items()},
    )


def _people(assistant: Assistant) -> list[Person]:
    made = furnish.people(assistant, REVIEWERS + LEADS)
    return [Person(one.user, one.session, one.csrf) for one in made]


def _old_weeks(assistant: Assistant, desk: Desk, reviewer: User) -> None:
    """A grade in each of the weeks before: their reports are due at the first tick, and none of
    them is silent."""
    furnish.items(assistant, WEEKS_BACK, "old")
    marks = {criterion: Mark(level, "") for criterion, level in desk.levels.items()}
    places = Assignment.objects.filter(assistant=assistant).select_related("sample").order_by("pk")
    for weeks, place in enumerate(places, 1):
        then = timezone.now() - timedelta(weeks=weeks)
        Sample.objects.filter(pk=place.sample_id).update(day=then.date())
        claimed = claim(assistant=assistant, reviewer=reviewer, at=then)
        assert claimed == place.pk
        form = Form(version=desk.version, marks=marks)
        record_grade(assignment_id=place.pk, reviewer=reviewer, form=form, at=then)
    make_rollups()
