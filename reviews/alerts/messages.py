"""What is said when a part lost its owner, nothing arrives or a webhook is gone; an example."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.urls import reverse

from ingestion.models import Assistant
from portal import words
from portal.accounts.models import User
from reviews.alerts.message import AlertMessage, tidy
from reviews.answer.shown import Fact
from reviews.answer.status import status_of
from reviews.measure.readings import READINGS
from reviews.owners import Owned

STOPPED, RETURNED = "arrivals.stopped", "arrivals.returned"

# A part that lost its owner


def gap_message(
    *, owned: Owned, lost: str, why: str, since: datetime, at: datetime
) -> AlertMessage:
    """A part has no owner any more. `lost` is who had it, `why` how it came."""
    part = owned.part
    assistant = part.assistant
    team = assistant.team
    today = team.day_of(at)
    last = words.day_time(team.local(owned.last_change), today) if owned.last_change else ""
    facts = [
        Fact("Part", part.name, part.get_kind_display()),
        Fact("Who owns it", "Nobody", f"{lost} had it", is_gap=True),
        Fact("Since", words.day_time(team.local(since), today), why),
        Fact("Stand-in", str(owned.stand_in or "None"), "until an owner is named"),
        Fact("Last change of it", last or "None recorded"),
        _how_it_stands(assistant, at),
    ]
    return tidy(
        AlertMessage(
            type="part.lost_its_owner",
            assistant=assistant.name,
            team=assistant.team.name,
            subject=f"{assistant.name}: {part.name} has no owner",
            headline=f"Nobody owns {part.name} any more.",
            detail="If answers get worse because of it tomorrow, nobody is asked to fix it.",
            facts=facts,
            reading="",
            reading_words="",
            tone="bad",
            button="Name an owner",
            path=reverse("part", args=[assistant.pk, part.pk]),
            as_of=team.local(at),
            part=part.name,
        )
    )


def _how_it_stands(assistant: Assistant, at: datetime) -> Fact:
    now = status_of(assistant=assistant, at=at)
    if now is None:
        return Fact("How it stands", "Not known yet", "nothing has been measured")
    return Fact("How it stands", now.reading.words, now.headline)


# Nothing arriving


def silence_message(*, assistant: Assistant, since: datetime, at: datetime) -> AlertMessage:
    """Nothing has arrived since `since`."""
    team = assistant.team
    today = team.day_of(at)
    last = words.day_time(team.local(since), today)
    return _arrivals_message(
        assistant,
        at,
        type=STOPPED,
        since=since,
        subject=f"nothing is arriving since {last}",
        headline="No conversations are arriving.",
        detail=f"The last one came {last}. What is not sent cannot be graded, and a drop that "
        "begins now would not be seen. Check what sends them, and its key.",
        tone="warn",
        facts=[
            Fact("Last conversation", last, f"{words.duration(at - since)} ago"),
            _how_it_stands(assistant, at),
        ],
    )


def arriving_message(
    *, assistant: Assistant, since: datetime, until: datetime, at: datetime
) -> AlertMessage:
    """Conversations arrive again; nothing came between `since` and `until`."""
    team = assistant.team
    today = team.day_of(at)
    first, again = (words.day_time(team.local(one), today) for one in (since, until))
    return _arrivals_message(
        assistant,
        at,
        type=RETURNED,
        subject="conversations are arriving again",
        headline="Conversations are arriving again.",
        detail=f"Nothing came for {words.duration(until - since)}. A drop that began in between "
        "is only seen from now on.",
        tone="good",
        facts=[
            Fact("Nothing came", f"{first} to {again}", words.duration(until - since)),
            _how_it_stands(assistant, at),
        ],
    )


def _arrivals_message(
    assistant: Assistant,
    at: datetime,
    *,
    type: str,  # noqa: A002 - as in AlertMessage
    subject: str,
    headline: str,
    detail: str,
    tone: str,
    facts: list[Fact],
    since: datetime | None = None,
) -> AlertMessage:
    return tidy(
        AlertMessage(
            type=type,
            assistant=assistant.name,
            team=assistant.team.name,
            subject=f"{assistant.name}: {subject}",
            headline=headline,
            detail=detail,
            facts=facts,
            reading="",
            reading_words="",
            tone=tone,
            button="See how it stands",
            path=reverse("assistant_home", args=[assistant.pk]),
            as_of=assistant.team.local(at),
            since=since,
        )
    )


# A webhook that is gone


def gone_message(
    *, assistant: Assistant, address: str, since: datetime, at: datetime
) -> AlertMessage:
    """A webhook was stopped because its receiver said that it is gone for good."""
    team = assistant.team
    when = words.day_time(team.local(since), team.day_of(at))
    return tidy(
        AlertMessage(
            type="webhook.gone",
            assistant=assistant.name,
            team=assistant.team.name,
            subject=f"{assistant.name}: the webhook {address} is gone",
            headline=f"The webhook {address} is told nothing more.",
            detail="Its receiver answered 410, which says that it is gone for good. If that is a "
            "mistake, start it again; what was not sent meanwhile is listed there.",
            facts=[
                Fact("Address", address),
                Fact("Stopped", when, "by its own answer"),
            ],
            reading="",
            reading_words="",
            tone="warn",
            button="Look at the webhooks",
            path=reverse("alerts", args=[assistant.pk]),
            as_of=team.local(at),
        )
    )


# Examples, for the page of choices


def example_incident(*, assistant: Assistant, person: User, at: datetime) -> AlertMessage:
    """Made-up figures, for as long as there was no incident; says that it is an example."""
    team = assistant.team
    today = team.day_of(at)
    start = today - timedelta(days=3)
    near = words.day_range(start - timedelta(days=1), start + timedelta(days=1), today)
    facts = [
        Fact("When it started", words.day(start, today), f"likely {near}"),
        Fact("How bad", "14 points lower", "likely 8 to 21 lower"),
        Fact("Which questions", "Returns", "89% to 52%; others steady"),
        Fact("What changed before it", "Prompt 42", f"went live {_morning(start, today)}"),
        Fact("Who owns the fix", str(person), "owns Prompt; not taken yet"),
        Fact("How fast", "Found in 1 d 21 h", "not fixed yet, day 2"),
    ]
    since = words.day(start, today)
    return tidy(
        AlertMessage(
            type="example",
            assistant=assistant.name,
            team=assistant.team.name,
            subject=f"{assistant.name}: example, worse from {since}",
            headline=f"Example: it got worse from about {since}.",
            detail="These figures are made up; yours stand here when there is an incident.",
            facts=facts,
            reading="worse",
            reading_words=READINGS["worse"].words,
            tone=READINGS["worse"].tone,
            button="See how it stands",
            path=reverse("assistant_home", args=[assistant.pk]),
            as_of=team.local(at),
        )
    )


def _morning(day: date, today: date) -> str:
    return f"{words.day(day, today)} 10:12"
