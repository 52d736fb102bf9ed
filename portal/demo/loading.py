"""Let the story happen: every fact goes through the same steps as real data, in order of time."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from ingestion.digest import digest_all
from ingestion.intake import store
from ingestion.models import Assistant, AssistantKey, Release
from ingestion.releases import record_release
from ingestion.signals import SignalIn, receive_signals
from ingestion.wire import ConversationIn
from portal.accounts.access import key_digest
from portal.accounts.keys import make_key
from portal.accounts.models import ApiKey, Membership, Role, Scope, Team, User
from portal.demo import cast
from portal.demo.facts import PartFact, Story
from portal.demo.logins import DemoLogins, DemoUser
from portal.demo.reviewers import LEAD, REVIEWERS, Judgement, Reviewer, judge, reviewer_dice
from portal.demo.sittings import Sittings
from portal.demo.story import build
from reviews.alert_delivery import deliver_due as deliver_alerts
from reviews.alerts import write_incidents
from reviews.definition_template import TEMPLATE, DefinitionText
from reviews.definitions import DefinitionView, publish, published_version, save_draft
from reviews.drift_watch import find_drift
from reviews.flagging import NewFlag, match_waiting_flags, raise_flag
from reviews.grading import Form, Mark
from reviews.incidents import open_incidents, record_fix, take
from reviews.models import Assignment
from reviews.owners import add_part, find_parts, name_owner, route_reason
from reviews.reports import deliver_due, write_due
from reviews.rollups import make_rollups
from reviews.sampling import choose_all, policy_of
from reviews.watch import watch

SEED = 20261117
ZONE = "Europe/London"
PASSWORD = "plumb-line-demo"  # noqa: S105 - the demo listens on the loopback address only
LOOKS_AT = time(16, 30)
TAKES = timedelta(minutes=38)
ANALYZED_AFTER = (2, 14, 40)  # days
GRADED_A_DAY = 32  # at most, for each reviewer
EVERYTHING = 1000
SUNDAY = 6
ON_SUNDAYS = 2  # so many of the reviewers
LOOK_FIRST = (
    "As the lead: Home says whether answers get worse, and the kinds of question show where.",
    "Sent mails (in the menu at your name): the weekly report as it went out.",
    "As a reviewer: Start reviewing, then 3 3 3 3 Enter.",
    "As the agent: search ticket 48213 and flag the answer.",
)

LOOK_FIRST_WHEN_EMPTY = (
    "As the admin: Set-up, make a key, run the snippet; the page turns when it arrives.",
    "As the lead: Quality definition, start from the template and publish it.",
    "As a reviewer: Start reviewing.",
)


def _secret(name: str) -> str:
    """The demo's key for a scope: the same at every start of this checkout."""
    message = f"demo key {name}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()
    return f"plk_demo_{digest[:32]}"


def _keys(assistant: Assistant, by: User, at: datetime) -> dict[str, str]:
    keys = {}
    for scope in Scope:
        keys[scope.value] = secret = _secret(scope.value)
        if not ApiKey.objects.filter(digest=key_digest(secret)).exists():
            key, _ = make_key(
                team=assistant.team,
                name=f"Demo {scope}",
                scopes=[scope],
                by=by,
                at=at,
                secret=secret,
            )
            AssistantKey.objects.create(api_key=key, assistant=assistant)
    return keys


def _people(team: Team) -> dict[str, User]:
    people = {}
    # One hash for all: each takes a third of a second, and the password is printed anyway.
    hashed = make_password(PASSWORD)
    for one in cast.PEOPLE:
        user = User.objects.create(email=one.email, name=one.name, password=hashed)
        Membership.objects.create(team=team, user=user, role=Role(one.role))
        people[one.email] = user
    return people


def _logins(assistant: Assistant, story: str) -> DemoLogins:
    """One person of each role first, then the others."""
    admin = User.objects.get(email=cast.PEOPLE[-1].email)
    firsts: dict[str, DemoUser] = {}
    rest = []
    for one in cast.PEOPLE:
        user = DemoUser(one.email, PASSWORD, one.role)
        if one.role in firsts:
            rest.append(user)
        else:
            firsts[one.role] = user
    return DemoLogins(
        team=assistant.team.slug,
        assistant=assistant.slug,
        users=(*firsts.values(), *rest),
        api_keys=_keys(assistant, admin, timezone.now()),
        look_first=LOOK_FIRST if story != "none" else LOOK_FIRST_WHEN_EMPTY,
    )


def load(*, story: str) -> DemoLogins:
    """Make the team and, for "drop" and "quiet", let ten weeks happen; at once when it is there.

    One transaction: an interrupted first run leaves nothing, and the next one begins again.
    """
    known = Assistant.objects.select_related("team").filter(team__slug="acorn-outfitters").first()
    if known is not None:
        return _logins(known, story)
    if not settings.DEMO:
        raise ImproperlyConfigured("The story is for the demo only: set DEMO=True.")
    if Team.objects.exists():
        raise ImproperlyConfigured(
            "This database holds teams of its own, and the demo's people have a known password. "
            "Give the demo an empty database."
        )
    with transaction.atomic():
        team = Team.objects.create(
            name=cast.TEAM, slug="acorn-outfitters", time_zone=ZONE, customer_words_in_mail=True
        )
        assistant = Assistant.objects.create(
            team=team, name=cast.ASSISTANT, slug="support-assistant"
        )
        people = _people(team)
        if story != "none":
            today = timezone.localdate(timezone=ZoneInfo(ZONE))
            told = build(seed=SEED, end=today, tz=ZONE, drop=story == "drop")
            Happening(told, assistant, people).run()
    return _logins(assistant, story)


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

    def __init__(self, story: Story, assistant: Assistant, people: dict[str, User]) -> None:
        self.story, self.assistant, self.people = story, assistant, people
        self.zone = ZoneInfo(assistant.team.time_zone)
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
        match_waiting_flags(assistant=self.assistant)

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
