"""Who works in the house and what there is before anything is broken; needs Django to be set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from bench import furnish
from bench.chaos.actors import Person
from bench.chaos.outside import DEAD_MAILBOX, Receiver
from ingestion.models import Assistant, AssistantKey
from portal.accounts.keys import make_key
from portal.accounts.models import Membership, Role, Scope, User
from reviews.models import Sample, Webhook
from reviews.sampling import policy_of

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
    furnish.desk(assistant)
    policy = policy_of(assistant)
    policy.target_per_day = 5000
    policy.save()
    people = [Person(one.user, one.session, one.csrf) for one in _people(assistant)]
    leads = people[REVIEWERS:]
    Membership.objects.filter(user__in=[one.user for one in leads]).update(role=Role.LEAD)
    User.objects.filter(pk=leads[-1].user).update(email=DEAD_MAILBOX)
    for receiver in receivers.values():
        Webhook.objects.create(assistant=assistant, url=receiver.url, created_at=now)
    _old_weeks(assistant)
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


def _old_weeks(assistant: Assistant) -> None:
    """A sample five weeks ago: the weekly reports since then are due at the first tick."""
    furnish.items(assistant, 40, "old")
    day = (timezone.now() - timedelta(weeks=WEEKS_BACK)).date()
    first = Sample.objects.filter(assistant=assistant).earliest("pk")
    Sample.objects.filter(pk=first.pk).update(day=day)
