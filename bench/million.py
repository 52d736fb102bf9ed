"""Fill a database of its own with half a year of a busy team, by SQL, in minutes.

A million conversations with words like people's (a few common ones in all of them, many rare ones),
a tenth of them graded, one answer in six twice, 16,000 flags, signals, releases, another team in
the same tables. What follows from them is made by the product's own steps: counts, drift, the
watch, reports. The same `size` gives the same rows.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bench.furnish import desk
from bench.million_sql import HISTORY, PEOPLES, POOL, TEXTS, WORDS
from ingestion.models import Assistant, AssistantKey, SearchEntry
from portal.accounts.keys import make_key
from portal.accounts.models import Membership, Role, Scope, Team, User
from reviews.measure.rollups import count_day
from reviews.models import Part, Report
from reviews.owners import find_parts, name_owner
from reviews.reports.reports import write_report
from reviews.reports.week import WEEK, monday
from reviews.sampling.choosing import policy_of
from reviews.watch.drift import find_drift
from reviews.watch.rounds import watch

DAYS = 180
REVIEWERS = 24
AGENTS = 6
BITE = 50_000  # conversations stored in one transaction
OTHERS = 20  # another team has one in so many
REPORT_WEEKS = 12
SLUG = "million"


@dataclass(frozen=True)
class Million:
    """The team that was made: its assistant, and one person of each role."""

    assistant: Assistant
    people: dict[Role, User]


def find(size: int, *, at: datetime) -> Million | None:
    """What a run before has made, if it is of this size and of today; None otherwise."""
    team = Team.objects.filter(slug=f"{SLUG}-{size}-{at.date().isoformat()}").first()
    assistant = Assistant.objects.filter(team=team, slug=SLUG).select_related("team").first()
    if team is None or assistant is None:
        return None
    members = Membership.objects.filter(team=team).select_related("user").order_by("-pk")
    return Million(assistant, {Role(one.role): one.user for one in members})


def made_of(size: int) -> Million:
    """What is there already, or made now; what was made for another size or day goes first."""
    at = timezone.now()
    known = find(size, at=at)
    if known is not None:
        return known
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_team")
        if cursor.fetchone()[0]:
            sys.stderr.write("What is here is older or of another size: made again.\n")
            call_command("flush", interactive=False, verbosity=0)
    return make(size)


def make(size: int) -> Million:
    """Everything, from nothing. The team gets its last name when all is there."""
    at = timezone.now()
    team = _team("Million", "filling")
    people = [_person(team, f"r{number}", Role.REVIEWER) for number in range(REVIEWERS)]
    agents = [_person(team, f"a{number}", Role.AGENT) for number in range(AGENTS)]
    lead, admin = _person(team, "lead", Role.LEAD), _person(team, "admin", Role.ADMIN)
    assistant = _assistant(team)
    version = desk(assistant).version
    values = {
        "assistant": assistant.pk,
        "version": version,
        "people": [one.pk for one in people],
        "agents": [one.pk for one in agents],
        "lead": lead.pk,
        "at": at,
        "days": DAYS,
        "size": size,
    }
    _conversations(assistant, size, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # or the others' words are joined by reading everything
    _conversations(_assistant(_team("Others", "others")), size // OTHERS, values)
    _index_words()
    for name, statement in HISTORY:
        _run(name, [statement], values)
    _derive(assistant, lead, at)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    team.slug = f"{SLUG}-{size}-{at.date().isoformat()}"
    team.save()
    return Million(
        assistant,
        {
            Role.AGENT: agents[0],
            Role.REVIEWER: people[0],
            Role.LEAD: lead,
            Role.ADMIN: admin,
        },
    )


def _team(name: str, slug: str) -> Team:
    return Team.objects.create(name=name, slug=slug, time_zone="Europe/London")


def _assistant(team: Team) -> Assistant:
    assistant = Assistant.objects.create(team=team, name="Million", slug=SLUG)
    policy_of(assistant)
    return assistant


def _person(team: Team, name: str, role: Role) -> User:
    user = User.objects.create_user(f"{name}@million.example", None, name=name.title())
    Membership.objects.create(team=team, user=user, role=role)
    return user


def key_of(assistant: Assistant) -> str:
    """A new key that may do everything."""
    key, secret = make_key(
        team=assistant.team, name="bench", scopes=list(Scope), by=None, at=timezone.now()
    )
    AssistantKey.objects.create(api_key=key, assistant=assistant)
    return secret


def _say(name: str, since: float) -> None:
    sys.stderr.write(f"  {name}: {time.perf_counter() - since:.1f} s\n")


def _run(name: str, statements: list[str], values: dict[str, Any]) -> None:
    """Without the checks of foreign keys: they hold by construction."""
    since = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        for statement in statements:
            cursor.execute(statement, values)
    _say(name, since)


def _conversations(assistant: Assistant, size: int, values: dict[str, Any]) -> None:
    """Conversations and their words; the words' index is made afterwards, which is faster."""
    with connection.cursor() as cursor:
        for statement in POOL:
            cursor.execute(statement)
        index = next(one for one in SearchEntry._meta.indexes if one.name == "search_entry_words")
        cursor.execute(f"DROP INDEX IF EXISTS {index.name}")
    for first in range(1, size + 1, BITE):
        last = min(first + BITE - 1, size)
        bite = {**values, "assistant": assistant.pk, "first": first, "last": last, "size": size}
        _run(f"conversations to {last:,}", [TEXTS, WORDS, *PEOPLES], bite)


def _index_words() -> None:
    since = time.perf_counter()
    index = next(one for one in SearchEntry._meta.indexes if one.name == "search_entry_words")
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
    with connection.schema_editor() as editor:
        editor.add_index(SearchEntry, index)
    _say("index of words", since)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _say("index of words, statistics", since)


def _derive(assistant: Assistant, lead: User, at: datetime) -> None:
    """What follows from the rows, by the product's own steps."""
    since, today = time.perf_counter(), at.date()
    for back in range(DAYS + 1):
        count_day(assistant_id=assistant.pk, day=today - timedelta(days=back))
    _say("days counted", since)
    since = time.perf_counter()
    find_parts(assistant=assistant, at=at)
    for part in Part.objects.filter(assistant=assistant).order_by("pk"):
        name_owner(part=part, owner=lead, stand_in=None, review_by=None, by=lead, why="", at=at)
    find_drift(assistant=assistant, at=at)
    watch(assistant=assistant, at=at)
    for back in range(REPORT_WEEKS, 0, -1):
        for kind in Report.Kind.values:
            write_report(assistant=assistant, kind=kind, week=monday(today) - back * WEEK, at=at)
    _say("parts, drift, watch, reports", since)
