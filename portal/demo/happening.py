"""The story as it happens: every fact takes the steps that real data takes, in order of time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import msgspec
from django.db import connection
from django.utils import timezone

from ingestion.digest import digest_all
from ingestion.intake import store
from ingestion.models import Assistant, Release
from ingestion.releases import record_release
from ingestion.signals import SignalIn, receive_signals
from ingestion.wire import ConversationIn
from portal.accounts.models import User
from portal.demo import cast
from portal.demo.facts import PartFact, Story
from portal.demo.progress import Progress
from portal.demo.reviewers import LEAD, REVIEWERS, Judgement, Reviewer, judge, reviewer_dice
from portal.demo.sittings import Sittings
from reviews.alerts.delivery import deliver_due as deliver_alerts
from reviews.alerts.writing import write_incidents
from reviews.definition.template import TEMPLATE, DefinitionText
from reviews.definition.versions import DefinitionView, publish, published_version, save_draft
from reviews.grading.flagging import NewFlag, match_waiting_flags, raise_flag
from reviews.grading.form import Form, Mark
from reviews.measure.rollups import make_rollups
from reviews.models import Assignment
from reviews.owners import add_part, find_parts, name_owner, route_reason
from reviews.reports.reports import deliver_due, write_due
from reviews.sampling.choosing import choose_all, policy_of
from reviews.watch.drift import find_drift
from reviews.watch.incidents import open_incidents, record_fix, take
from reviews.watch.rounds import watch

SEED = 20261117
WEEKS = 10
LOOKS_AT = time(16, 30)
TAKES = timedelta(minutes=38)
ANALYZED_AFTER = (2, 14, 40)  # days
GRADED_A_DAY = 32  # at most, for each reviewer
EVERYTHING = 1000
SUNDAY = 6
ON_SUNDAYS = 2  # so many of the reviewers


def _definition_text(number: int) -> DefinitionText:
    """What the quality definition said then: it grew into the template."""
    if number >= 4:
        return TEMPLATE
    shorter = "The main point is there, but something that matters is missing."
    criteria = []
    for one in TEMPLATE.criteria:
        levels = one.levels
        if number < 3:
            levels = tuple(replace(level, example="") for level in levels)
        if one.key == "complete":
            levels = tuple(
                replace(level, anchor=shorter) if level.standing == "partly" else level
                for level in levels
            )
        critical = one.is_critical and (number >= 2 or one.key != "tone")
        criteria.append(replace(one, levels=levels, is_critical=critical))
    return replace(TEMPLATE, criteria=tuple(criteria))


class Happening:
    """The story as it happens: a day at a time, everybody doing their part."""

    sittings: type[Sittings] = Sittings

    def __init__(
        self,
        story: Story,
        assistant: Assistant,
        people: dict[str, User],
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self.tell = tell
        self.story, self.assistant, self.people = story, assistant, people
        self.zone = assistant.team.zone
        self.truths = story.truths
        self.version: DefinitionView | None = None
        self.owners = {one.kind: one.owner for one in story.parts if one.owner}

    def run(self) -> None:
        """From before the first conversation to the end."""
        policy = policy_of(self.assistant)
        policy.target_per_day = 48
        policy.key = hashlib.sha256(f"demo story {SEED}".encode()).hexdigest()
        policy.save()
        first = self.story.conversations[0].at.astimezone(self.zone).date()
        last = self.story.conversations[-1].at.astimezone(self.zone).date()
        self.before(self.moment(first, time(0)))
        for number in range((last - first).days + 1):
            if number % 7 == 0:
                self.tell(Progress(min(number // 7 + 1, WEEKS), WEEKS))
            self.day(first + timedelta(days=number), is_last=number == (last - first).days)
            if number in ANALYZED_AFTER:
                # Everything is one transaction, so nobody else tells the planner how it grows.
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
        make_rollups(most=1000)
        watch(assistant=self.assistant, at=min(timezone.now(), self.moment(last, time(23, 59))))
        self.reports(self.moment(last, time(23, 59)))

    def moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)

    def before(self, start: datetime) -> None:
        """What was there already: releases, definitions, parts and owners."""
        self.releases(datetime.min.replace(tzinfo=self.zone), start)
        self.definitions(datetime.min.replace(tzinfo=self.zone), start)
        for part in self.story.parts:
            self.part(part, start)
        find_parts(assistant=self.assistant, at=start)

    def part(self, fact: PartFact, start: datetime) -> None:
        admin = self.people[cast.PEOPLE[-1].email]
        part = add_part(
            assistant=self.assistant,
            kind=fact.kind,
            name=fact.name,
            description=fact.description,
            link="",
            by=admin,
            at=start,
        )
        if fact.owner is not None:
            name_owner(
                part=part,
                owner=self.people[fact.owner],
                stand_in=self.people.get(fact.stand_in or ""),
                review_by=fact.review_by,
                by=admin,
                why="",
                at=start,
            )
        for reason, name in self.story.routes.items():
            if name == fact.name:
                route_reason(
                    assistant=self.assistant, went_wrong=reason, part=part, by=admin, at=start
                )

    def releases(self, start: datetime, end: datetime) -> None:
        for one in self.story.releases:
            if start <= one.at < end:
                record_release(
                    assistant=self.assistant,
                    kind=one.kind,
                    name=one.name,
                    went_live_at=one.at,
                    note=one.note,
                    link="",
                    by=self.people[one.by],
                    label=self.people[one.by].name,
                    at=one.at,
                )

    def definitions(self, start: datetime, end: datetime) -> None:
        for one in self.story.definition:
            if start <= one.at < end:
                author = self.people[one.by]
                draft = save_draft(
                    assistant=self.assistant,
                    text=_definition_text(one.number),
                    by=author,
                    at=one.at,
                )
                version = publish(
                    draft=draft, change=one.change, why=one.note, by=author, at=one.at
                )
                self.version = published_version(version.pk)

    def day(self, day: date, *, is_last: bool) -> None:
        """A day: reports at seven, people grade what came before, and more comes in."""
        start, end = self.moment(day, time(0)), self.moment(day + timedelta(days=1), time(0))
        self.reports(self.moment(day, time(7)))
        self.releases(start, end)
        self.definitions(start, end)
        if not is_last:
            self.grading(day)
            make_rollups(most=1000)
            self.watch(self.moment(day, LOOKS_AT))
            self.fix(end)
        self.arrive(start, end)
        choose_all(assistant=self.assistant, at=end - timedelta(minutes=5))
        make_rollups(most=1000)

    def watch(self, at: datetime) -> None:
        """Look as the hourly tick does, once a day here; whoever owns what changed takes a new
        incident a little later."""
        find_drift(assistant=self.assistant, at=at)
        watch(assistant=self.assistant, at=at)
        for incident in open_incidents(self.assistant).filter(owner__isnull=True):
            part = incident.release.kind if incident.release else ""
            owner = self.owners.get(part)
            if owner is not None:
                write_incidents(at=at)
                take(incident=incident, by=self.people[owner], at=at + TAKES)
                write_incidents(at=at + TAKES)
        deliver_alerts(at=at + TAKES)

    def fix(self, end: datetime) -> None:
        """The story's repair is recorded as the fix of what it repairs, when it goes live."""
        repaired = self.story.repaired_at
        if repaired is None or not end - timedelta(days=1) <= repaired < end:
            return
        release = Release.objects.get(assistant=self.assistant, went_live_at=repaired)
        for incident in open_incidents(self.assistant).exclude(state="checking"):
            record_fix(incident=incident, fix=release, by=incident.owner, at=repaired)

    def arrive(self, start: datetime, end: datetime) -> None:
        """Conversations, signals and flags of the day, through the real intake."""
        rows = [
            (index, msgspec.convert(one.payload, ConversationIn))
            for index, one in enumerate(self.story.conversations)
            if start <= one.at < end
        ]
        store(assistant=self.assistant, rows=rows, rejected=[], at=end)
        digest_all(at=end)
        signals = [
            msgspec.convert(one.payload, SignalIn)
            for one in self.story.signals
            if start <= one.at < end
        ]
        if signals:
            receive_signals(assistant=self.assistant, rows=signals, at=end)
        for flag in self.story.flags:
            if start <= flag.at < end:
                person = self.people[flag.by]
                new = NewFlag(
                    reason=flag.reason,
                    conversation_ref=flag.conversation_ref,
                    answer_index=flag.answer_index,
                    pasted_text=flag.pasted_text,
                    note=flag.note,
                    is_urgent=flag.is_urgent,
                    external_id=flag.id,
                )
                raise_flag(
                    assistant=self.assistant,
                    new=new,
                    by=person,
                    label=person.name,
                    at=flag.at,
                    when=flag.at,
                )
        match_waiting_flags(assistant=self.assistant, at=end)

    def grading(self, day: date) -> None:
        """Everybody's sitting, one by one; at four Ada settles what two saw differently."""
        assert self.version is not None, "grading before a definition is published"  # noqa: S101
        at_work = REVIEWERS if day.weekday() != SUNDAY else REVIEWERS[-ON_SUNDAYS:]
        sittings = self.sittings(self.assistant, self.version)
        for place, reviewer in enumerate(at_work):
            begins = self.moment(day, time(9 + place))
            self.sit(sittings, reviewer, begins, most=GRADED_A_DAY)
        purpose = Assignment.Purpose.ADJUDICATION
        self.sit(sittings, LEAD, self.moment(day, time(16)), most=EVERYTHING, purpose=purpose)
        sittings.write()

    def sit(
        self,
        sittings: Sittings,
        who: Reviewer,
        at: datetime,
        *,
        most: int,
        purpose: str = Assignment.Purpose.REVIEW,
    ) -> None:
        """One person fills in forms as they would."""

        def fill(identity: str, answer_index: int) -> Form:
            rng = reviewer_dice(SEED, identity, answer_index, who)
            return self.form(judge(self.truths[identity, answer_index], who, rng))

        sittings.sit(self.people[who.email], at, fill, most=most, purpose=purpose)

    def form(self, said: Judgement) -> Form:
        assert self.version is not None, "grading before a definition is published"  # noqa: S101
        marks = {}
        for criterion in self.version.criteria:
            standing = said.levels[criterion.key]  # type: ignore[index]  # the template's keys
            level = next((one.pk for one in criterion.levels if one.standing == standing), None)
            marks[criterion.pk] = Mark(level, said.went_wrong.get(criterion.key, ""))  # type: ignore[call-overload]
        return Form(version=self.version.pk, marks=marks, note=said.note, seconds=said.seconds)

    def reports(self, at: datetime) -> None:
        """Write and send what is due, as the ticks would have."""
        write_due(at=at)
        deliver_due(at=at)
