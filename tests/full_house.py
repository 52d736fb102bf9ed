"""Fill every list of an assistant with `n` rows of everything, in whatever words a test wants.

The rows come in through the steps that make them in real life, so that hostile text takes the way
that it would take.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from ingestion.digest import digest_all
from ingestion.intake import keep_refusals
from ingestion.models import Conversation, Release
from ingestion.releases import record_release
from ingestion.signals import SignalIn, receive_signals
from ingestion.wire import Message, Passage, RefusedRow
from portal.accounts import people
from portal.accounts.models import Membership, RefusedAddress, Role, User
from reviews.answer.look_back import keep_due
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.grading.grades import record_grade
from reviews.measure.rollups import make_rollups
from reviews.models import Assignment, Grade, Part, ReportDelivery, Sample, Webhook
from reviews.owners import add_part
from reviews.owners import name_owner as name_part_owner
from reviews.reports.reports import write_report
from reviews.reports.week import WEEK, monday
from reviews.watch.incidents import add_note, close, name_owner, open_by_hand
from tests.world import World

Words = Callable[[str, int], str]
LISTS = (
    "assistant_home", "review", "queue", "sampling", "flags", "answers", "definition", "owners",
    "trends", "backtest", "incidents", "reports", "alerts", "setup", "setup_live", "releases",
)  # fmt: skip
LISTS_OF_TEAM = ("people", "audit", "sign_ins", "team_settings")


def plain(what: str, number: int) -> str:
    """Harmless words."""
    return f"{what} {number}"


@dataclass(frozen=True)
class House:
    """The last row of each sort: what a page about one row is about."""

    conversation: Conversation
    sample: Sample
    decision: Assignment
    part: Part
    incident: int
    flag: int

    def pages(self, world: World) -> dict[str, str]:
        """The address of every page that shows rows, by its name."""
        a, t = world.assistant.pk, world.team.pk
        one = {
            "answer": self.sample.pk,
            "conversation": self.conversation.pk,
            "decide": self.decision.pk,
            "flag": self.flag,
            "flag_answer": self.conversation.pk,
            "incident": self.incident,
            "part": self.part.pk,
        }
        week = monday(world.now.date()).isoformat()
        return {
            **{name: reverse(name, args=[a]) for name in LISTS},
            **{name: reverse(name, args=[t]) for name in LISTS_OF_TEAM},
            **{name: reverse(name, args=[a, pk]) for name, pk in one.items()},
            "flags found": reverse("flags", args=[a]) + "?q=answer",
            "quality report": reverse("report", args=[a, "quality", week]),
            "ownership report": reverse("report", args=[a, "ownership", week]),
            "alert mail": reverse("alert_preview", args=[a]),
        }


def fill(world: World, first: int, last: int, words: Words = plain) -> House:
    """Rows `first` to `last - 1` of everything."""
    rows = [_one(world, number, words) for number in range(first, last)]
    make_rollups()
    keep_due(at=world.now + timedelta(days=2))
    for number in range(first, last):
        week = monday(world.now.date()) - WEEK * number
        for kind in ("quality", "ownership"):
            write_report(assistant=world.assistant, kind=kind, week=week, at=world.now)
    said = "The mail server says that there is no such mailbox (550)."
    ReportDelivery.objects.update(given_up_at=timezone.now(), last_error=said)
    for person in User.objects.filter(email__isnull=False):
        told = {"since": world.now, "tried_at": world.now, "said": said}
        RefusedAddress.objects.get_or_create(address=person.email, defaults=told)
    return rows[-1]


def _one(world: World, number: int, words: Words) -> House:
    assistant, now = world.assistant, world.now
    person = _person(world, number, words)
    chat, waiting, pair = (_chat(world, number, words) for _ in range(3))
    sample = world.sample(chat)
    _grade(world, sample, world.rosa, "fails", words("note", number))
    both = world.sample(pair, places=2)
    _grade(world, both, world.rosa, "meets", words("note", number))
    _grade(world, both, person, "fails", words("note", number))
    world.sample(waiting)
    part = _part(world, number, words, person)
    _release(world, number, words)
    flag = _flag(world, chat, number, words)
    signal = SignalIn(
        conversation_id=chat.external_id, name="thumbs", value=-1, comment=words("comment", number)
    )
    receive_signals(assistant=assistant, rows=[signal], at=now)
    refused = RefusedRow(
        0, words("id", number), words("field", number), words("reason", number), ""
    )
    keep_refusals(assistant=assistant, refused=[refused], endpoint="conversations", at=now)
    url = f"https://hooks.invalid/{number}"
    Webhook.objects.create(assistant=assistant, url=url, created_at=now, created_by=person)
    Webhook.objects.create(
        assistant=assistant,
        url=url,
        created_at=now,
        created_by=person,
        is_gone=True,
        stopped_at=now,
    )
    people.invite(
        team=world.team, email=f"i{number}@acorn.example", role=Role.AGENT, by=person, at=now
    )
    world.key()
    return House(
        conversation=chat,
        sample=sample,
        decision=both.assignments.get(purpose=Assignment.Purpose.ADJUDICATION),
        part=part,
        incident=_incidents(world, number, words, person, chat.kind),
        flag=flag,
    )


def _person(world: World, number: int, words: Words) -> User:
    user = User(email=f"p{number}@acorn.example", name=words("person", number)[:120])
    user.set_unusable_password()
    user.save()
    Membership.objects.create(team=world.team, user=user, role=Role.LEAD)
    return user


def _chat(world: World, number: int, words: Words) -> Conversation:
    messages = [
        Message(role="system", content=words("instructions", number)),
        Message(role="user", content=words("question", number)),
        Message(role="assistant", content=words("an answer", number)),
        Message(role="user", content=words("another question", number)),
        Message(
            role="assistant",
            content=words("an answer", number),
            name=words("bot", number)[:120],
            tool_calls=[{"function": {"name": words("tool", number)}}],
        ),
        Message(role="tool", content=words("a tool's answer", number)),
        Message(role="assistant", content="**The** answer: " + words("an answer", number)),
    ]
    given: dict[str, Any] = {
        "passages": [
            Passage(
                title=words("title", number),
                text=words("passage", number),
                url=words("javascript:boom()", number),
                score=0.5,
            )
        ],
        "kind": words("kind", number)[:120],
        "channel": words("chat", number)[:60],
        "language": words("en", number)[:35],
        "model": words("model", number),
        "prompt_version": words("prompt", number),
        "retrieval_version": words("index", number),
        "ticket_ref": words("ticket", number),
        "attributes": {words("key", number): words("value", number)},
    }
    return world.conversations(messages=messages, **given)[0]


def _grade(world: World, sample: Sample, by: User, standing: str, note: str) -> Grade:
    place = sample.assignments.filter(state=Assignment.State.OPEN).exclude(reviewer=by).first()
    assert place is not None
    place.reviewer, place.lease_until = by, world.now + timedelta(minutes=15)
    place.save()
    evidence = [{"where": "answer", "text": note}, {"where": 0, "text": note}]
    form = world.form(standing, note=note, evidence=evidence)
    return record_grade(assignment_id=place.pk, reviewer=by, form=form, at=world.now)


def _part(world: World, number: int, words: Words, person: User) -> Part:
    part = add_part(
        assistant=world.assistant,
        kind=Part.Kind.values[-1],
        name=words("part", number)[:120],
        description=words("description", number)[:300],
        link="https://wiki.invalid/",
        by=person,
        at=world.now,
    )
    why = words("why", number)[:300]
    for owner, other in ((person, world.lena), (world.lena, person)):
        name_part_owner(
            part=part, owner=owner, stand_in=other, review_by=None, by=person, why=why, at=world.now
        )
    return part


def _release(world: World, number: int, words: Words) -> Release:
    release, _ = record_release(
        assistant=world.assistant,
        kind=Release.Kind.PROMPT,
        name=words("release", number)[:200],
        went_live_at=world.now - timedelta(hours=number + 1),
        note=words("note", number),
        link="https://changes.invalid/",
        by=world.lena,
        label=words("label", number)[:120],
        at=world.now,
    )
    return release


def _flag(world: World, chat: Conversation, number: int, words: Words) -> int:
    known = NewFlag(
        reason="wrong_fact",
        conversation_ref=chat.external_id,
        note=words("note", number),
        external_id=f"f{number}",
    )
    pasted = NewFlag(
        reason="incomplete",
        conversation_ref=words("ref", number)[:200],
        pasted_text=words("pasted", number),
        note=words("note", number),
        external_id=f"g{number}",
    )
    flags = [
        raise_flag(
            assistant=world.assistant,
            new=new,
            by=world.agnes,
            label=words("label", number)[:120],
            at=world.now,
            when=world.now,
        )[0]
        for new in (pasted, known)
    ]
    digest_all(at=world.now)
    return flags[-1].pk


def _incidents(world: World, number: int, words: Words, person: User, kind: str) -> int:
    """One that is closed and one that is open; the number of the latter."""
    made = [
        open_by_hand(
            assistant=world.assistant,
            title=words("incident", number)[:200],
            kind=kind,
            started=world.now.date() - timedelta(days=1),
            by=world.lena,
            at=world.now,
        )
        for _ in range(2)
    ]
    for incident in made:
        name_owner(incident=incident, owner=person, by=world.lena, at=world.now)
        add_note(incident=incident, text=words("note", number), by=person, at=world.now)
    sentence = words("sentence", number)
    close(
        incident=made[0], outcome="accepted", sentence=sentence, is_proven=False, by=person,
        at=world.now,
    )  # fmt: skip
    return made[1].number
