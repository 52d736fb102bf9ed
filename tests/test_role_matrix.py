"""Every address x every role: who may, who is told who can, who is told there is no such page.

The list of addresses is read off the URL configuration, so a new one is asked by itself. What
`manage.py list_urls` says of each is held to what is asked here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ingestion.models import Release
from portal.accounts import people
from portal.accounts.access import reaches
from portal.accounts.models import ApiKey, Role, User
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.models import Webhook
from reviews.owners import find_parts
from reviews.reports.reports import write_report
from reviews.watch.incidents import open_by_hand
from tests.world import World

PUBLIC = {
    "health_live", "health_ready", "metrics", "favicon", "api_schema", "api_docs", "api_not_found",
}  # fmt: skip
SIGNED_IN = {"home", "profile", "mail_settings"}
TEAM_ADMIN = {
    "team_settings", "people", "change_role", "remove_member", "revoke_invitation", "audit",
    "new_assistant", "sign_ins",
}  # fmt: skip
BY_SECRET = {"join", "stop_alerts", "stop_mails"}
DEMO_ONLY = {"gallery", "outbox", "outbox_message", "outbox_message_html"}
BY_LEAD_OR_OWNER = {
    "incident_take", "incident_owner", "incident_fix", "incident_not_fix", "incident_close",
    "incident_note", "incident_ask", "release_note",
}  # fmt: skip
ASKS_MORE = {"releases", "part"}  # everybody may look, leads may change
OWN_FLAG = {"flag", "flag_undo", "flag_note"}
TAKE_AWAY = {"remove_member", "key_revoke", "webhook_stop"}
FINE = (200, 204, 302, 405, 409, 422)


def routes(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    """Every address that has a name of ours; sign-in's own are allauth's to test."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            if str(one.pattern) != "accounts/":
                yield from routes(one.url_patterns)
        else:
            yield one


NAMES = sorted({one.name: one for one in routes() if one.name}.items())


def furnish(world: World) -> dict[str, dict[str, Any]]:
    """A row for every kind of address; the arguments by parameter name."""
    assistant = world.assistant
    sample = world.sample(places=2)
    world.grade(sample)
    world.grade(sample, by=world.remy, standing="fails")
    decision = sample.assignments.get(purpose="adjudication")
    waiting = world.sample(world.conversations()[0])
    new = NewFlag(reason="wrong_fact", conversation_ref=sample.conversation.external_id)
    flag, _ = raise_flag(
        assistant=assistant, new=new, by=world.agnes, label="Agnes", at=world.now, when=world.now
    )
    find_parts(assistant=assistant, at=world.now)
    part = assistant.parts.earliest("pk")
    release = Release.objects.create(
        assistant=assistant, kind="prompt", name="42", went_live_at=world.now, announced=False,
        recorded_label="First seen",
    )  # fmt: skip
    report = write_report(
        assistant=assistant, kind="quality", week=world.now.date().replace(day=16), at=world.now
    )
    assert report is not None
    invitation, _ = people.invite(
        team=world.team, email="new@acorn.example", role=Role.AGENT, by=world.ada, at=world.now
    )
    world.key()
    webhook = Webhook.objects.create(
        assistant=assistant, url="https://hooks.invalid/a", created_at=world.now
    )
    open_by_hand(
        assistant=assistant, title="Worse", kind=None, started=world.now.date(), by=world.lena,
        at=world.now,
    )  # fmt: skip
    member = world.team.memberships.get(user=world.agnes)
    return {
        "assistant_id": {"": assistant.pk},
        "team_id": {"": world.team.pk},
        "assignment_id": {"": waiting.assignments.get().pk, "decide": decision.pk},
        "sample_id": {"": sample.pk},
        "conversation_id": {"": sample.conversation_id},
        "flag_id": {"": flag.pk},
        "part_id": {"": part.pk},
        "release_id": {"": release.pk},
        "webhook_id": {"": webhook.pk},
        "number": {"": 1},
        "kind": {"": "quality"},
        "week": {"": report.week.isoformat()},
        "key_id": {"": ApiKey.objects.get().pk},
        "membership_id": {"": member.pk},
        "invitation_id": {"": invitation.pk},
        "secret": {"": "no-such-link"},
        "token": {"": "no-such-token"},
        "name": {"": "no-such-mail"},
    }


def address(pattern: URLPattern, values: dict[str, dict[str, Any]]) -> str:
    wanted: dict[str, Any] = {}
    for found in get_resolver().reverse_dict.getlist(pattern.name):
        wanted = dict.fromkeys(found[0][0][1])
    arguments = {name: values[name].get(pattern.name or "", values[name][""]) for name in wanted}
    return reverse(pattern.name or "", kwargs=arguments)


def expected(pattern: URLPattern, who: str, role: Role | None, method: str) -> tuple[int, ...]:
    """The statuses that are right for somebody; 405 (a method nobody may use) tells nothing."""
    return (*_expected(pattern, who, role, method), 405)


def _expected(pattern: URLPattern, who: str, role: Role | None, method: str) -> tuple[int, ...]:
    name, view = pattern.name or "", pattern.callback
    if hasattr(view, "scope"):
        return (401, 405)
    if name in PUBLIC:
        return (200, 404, 405) + ((302,) if name == "favicon" else ())
    if name in BY_SECRET:
        return (200, 404, 405, 410)
    if name in DEMO_ONLY:
        return (404,) if name == "gallery" or who != "nobody" else (302, 404)
    if who == "nobody":
        return (302,)
    if name in SIGNED_IN:
        return FINE + ((404,) if name == "mail_settings" else ())
    if who == "stranger":
        return (404,)
    assert role is not None
    asked = "changes" if method == "post" and hasattr(view, "changes") else "role"
    if not reaches(role, getattr(view, asked)):
        return (403,)
    if name in OWN_FLAG and role == Role.REVIEWER:
        return (404,)  # Agnes raised it; below lead a flag is its own person's
    if name in BY_LEAD_OR_OWNER and role in (Role.AGENT, Role.REVIEWER):
        return (403,)
    if name == "review_done":
        return (404,)  # a sitting without a grade has no end
    return FINE


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_answers_every_role_as_it_should(
    world: World, as_: Callable[[User], Client], method: str, settings: Any
) -> None:
    settings.DEBUG = False
    values = furnish(world)
    cast: dict[str, tuple[Client, Role | None]] = {
        "nobody": (Client(), None),
        "stranger": (as_(world.otto), None),
        "agent": (as_(world.agnes), Role.AGENT),
        "reviewer": (as_(world.rosa), Role.REVIEWER),
        "lead": (as_(world.lena), Role.LEAD),
        "admin": (as_(world.ada), Role.ADMIN),
    }
    unexpected = []
    for who, (client, role) in cast.items():
        for name, pattern in NAMES:
            if name in TAKE_AWAY and role in (Role.LEAD, Role.ADMIN):
                continue  # they take away what the others are asked for; tested by themselves
            client.raise_request_exception = False
            answer = getattr(client, method)(address(pattern, values))
            if answer.status_code not in expected(pattern, who, role, method):
                unexpected.append(f"{who} {method.upper()} {name}: {answer.status_code}")
    assert not unexpected, "\n".join(unexpected)


def test_each_view_below_an_assistant_says_which_role_it_takes() -> None:
    silent = [
        name
        for name, pattern in NAMES
        if not hasattr(pattern.callback, "role")
        and not hasattr(pattern.callback, "scope")
        and name not in PUBLIC | SIGNED_IN | BY_SECRET | DEMO_ONLY
    ]
    assert not silent, f"Decorate with assistant_page(Role...), or list it here: {silent}"


def test_the_list_of_addresses_says_what_is_asked_here() -> None:
    out = io.StringIO()
    call_command("list_urls", "--json", stdout=out)
    said = {one["name"]: one for one in json.loads(out.getvalue())}
    assert {name for name, _ in NAMES} <= set(said)
    groups = (
        (PUBLIC | BY_SECRET | {"gallery"}, "anonymous"),
        (SIGNED_IN | DEMO_ONLY - {"gallery"}, "member"),
        (TEAM_ADMIN, "admin"),
    )
    for names, who in groups:
        assert {said[name]["who"] for name in names} == {who}, names
    for name, one in said.items():
        if name.startswith("api_") and name not in PUBLIC:
            assert one["who"].startswith("key:"), name
        if one["path"].startswith("/a/"):
            assert one["who"] in Role.values, name
    assert {name for name, one in said.items() if one["changes"] != one["who"]} == ASKS_MORE
    assert {name for name, one in said.items() if one["only"]} == OWN_FLAG | BY_LEAD_OR_OWNER
