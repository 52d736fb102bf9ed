"""Make the demo's team, its people and keys, and let its story happen."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from ingestion.models import Assistant, AssistantKey
from portal.accounts.access import key_digest
from portal.accounts.keys import make_key
from portal.accounts.models import ApiKey, Membership, Role, Scope, Team, User
from portal.demo import cast
from portal.demo.happening import SEED, WEEKS, Happening
from portal.demo.logins import DemoLogins, DemoUser
from portal.demo.progress import Progress
from portal.demo.story import build

ZONE = "Europe/London"
SLUG = "acorn-outfitters"
PASSWORD = "plumb-line-demo"  # noqa: S105 - the demo listens on the loopback address only
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


Tell = Callable[[Progress], None]


def load(*, story: str, tell: Tell = lambda _: None) -> DemoLogins:
    """Make the team and, for "drop" and "quiet", let ten weeks happen; at once when it is there.

    One transaction: an interrupted first run leaves nothing, and the next one begins again. `tell`
    hears of each week as it begins.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:  # one that was left behind may still be telling
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('demo story', 0))")
        acorn = Assistant.objects.select_related("team").filter(team__slug=SLUG)
        assistant = acorn.first() or _tell(story, tell)
    return _logins(assistant, story)


def _tell(story: str, tell: Tell) -> Assistant:
    """Make the team and let its story happen."""
    if not settings.DEMO:
        raise ImproperlyConfigured("The story is for the demo only: set DEMO=True.")
    if Team.objects.exists():
        raise ImproperlyConfigured(
            "This database holds teams of its own, and the demo's people have a known password. "
            "Give the demo an empty database."
        )
    team = Team.objects.create(
        name=cast.TEAM, slug=SLUG, time_zone=ZONE, customer_words_in_mail=True
    )
    assistant = Assistant.objects.create(team=team, name=cast.ASSISTANT, slug="support-assistant")
    people = _people(team)
    if story != "none":
        tell(Progress(1, WEEKS))  # the words are chosen first, which takes a second or two
        today = timezone.localdate(timezone=ZoneInfo(ZONE))
        told = build(seed=SEED, end=today, tz=ZONE, drop=story == "drop")
        Happening(told, assistant, people, tell).run()
    return assistant
