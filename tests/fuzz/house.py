"""What there is to try: every address with a row behind it, who asks, and the fields it knows."""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch
from django.utils import timezone

from portal.accounts import people
from portal.accounts.models import Role
from reviews.alerts.people import stop_token
from reviews.reports import reports
from tests.crawl import addresses, every_form
from tests.fuzz.asked import asked
from tests.test_role_matrix import furnish
from tests.world import PASSWORD, World

NOT_FORMS = {"csrfmiddlewaretoken"}
BY_NOBODY = {"join", "stop_mails", "stop_alerts"}
MOST_NAMES = 60  # of one form; the definition's has hundreds that are read by one loop
# That somebody asked, with which key, is written down whatever becomes of it.
CHANGED_BY_ASKING = ("django_session", "django_migrations", "accounts_apikey")


@dataclass(frozen=True)
class Target:
    """One place for a value: a field of a form, a parameter of a query, a part of a path."""

    name: str
    method: str
    where: str
    field: str
    path: str


@dataclass
class Findings:
    """What came of it."""

    requests: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[str]] = field(default_factory=dict)
    half_stored: dict[str, list[str]] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """Every failure in a line."""
        found = {"server error": self.failures, "half stored": self.half_stored}
        return [
            f"{what}: {where}: {one}"
            for what, places in found.items()
            for where, cases in sorted(places.items())
            for one in cases[:3]
        ]


def allauth_addresses() -> dict[str, str]:
    """Sign-in's own pages."""
    found = {}
    for name in _names_below(get_resolver()):
        if name.startswith(("account_", "mfa_")):
            try:
                found[name] = reverse(name)
            except NoReverseMatch:
                continue
    key = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "set-password"})
    return {**found, "account_reset_password_from_key": key}


def _names_below(resolver: URLResolver) -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _names_below(one)
        elif one.name:
            yield one.name


def body_of(fields: dict[str, str]) -> bytes:
    """The form as a hostile client sends it: also what no text can be."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields.items()).encode()


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


class Visitor:
    """Somebody who asks; whatever it changes is undone."""

    def __init__(self, client: Client, findings: Findings) -> None:
        client.raise_request_exception = False
        self.client, self.findings, self.stored = client, findings, ""
        self.cookies = client.cookies.copy()

    def ask(self, target: Target, fields: dict[str, str]) -> int:
        """Send a form or a query; note what fails and what is half stored. The status."""
        where = f"{target.method} {target.name}"
        case = f"{target.field}={fields.get(target.field, target.path)[:80]!a}"
        errors: list[str] = []

        def note(sender: Any, request: Any, **kwargs: Any) -> None:
            errors.append(_last_line())

        got_request_exception.connect(note)
        self.findings.requests[where] += 1
        with transaction.atomic():
            status = self._send(target, fields)
            if status >= 400 and not connection.needs_rollback and fingerprint() != self.stored:
                self.findings.half_stored.setdefault(where, []).append(f"{case}: {status}")
            transaction.set_rollback(True)
        self.client.cookies = SimpleCookie(self.cookies)  # also after signing out
        got_request_exception.disconnect(note)
        if status >= 500:
            self.findings.failures.setdefault(where, []).append(f"{case}: {status} {errors}")
        return status

    def _send(self, target: Target, fields: dict[str, str]) -> int:
        if target.method == "POST":
            form = "application/x-www-form-urlencoded"
            answer = self.client.generic("POST", target.path, body_of(fields), content_type=form)
        else:
            query = body_of(fields).decode()
            answer = self.client.generic("GET", target.path, QUERY_STRING=query)
        return int(answer.status_code)


def _last_line() -> str:
    _, error, place = sys.exc_info()
    frames = [one for one in traceback.extract_tb(place) if "site-packages" not in one.filename]
    at = f"{frames[-1].filename.rsplit('/', 2)[-2:]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {str(error)[:120]!a} at {at}"


def fingerprint() -> str:
    """Everything that is stored, in a few letters."""
    with connection.cursor() as cursor:
        cursor.execute(_every_row())
        return str(cursor.fetchone()[0])


_query: list[str] = []


def _every_row() -> str:
    if not _query:
        tables = [
            name for name in connection.introspection.table_names() if name not in CHANGED_BY_ASKING
        ]
        each = " || ".join(
            f"coalesce((SELECT sum(hashtextextended(t::text, 0))::text FROM {name} t), '-')"
            for name in tables
        )
        _query.append(f"SELECT md5({each})")
    return _query[0]


class Everything:
    """The furnished world with everything there is to try in it."""

    def __init__(self, world: World, *, most: int = MOST_NAMES) -> None:
        self.findings, self.most = Findings(), most
        values = furnish(world)
        _, secret = people.invite(
            team=world.team, email="", role=Role.AGENT, by=world.ada, at=timezone.now()
        )
        values["secret"] = {"": secret}
        values["token"] = {
            "": stop_token(world.rosa, world.team),
            "stop_mails": reports.stop_token(world.rosa, world.team),
        }
        world.ada.set_password(PASSWORD)
        world.ada.save()
        signed_in, nobody = Client(), Client()
        signed_in.force_login(world.ada)
        self.ada = Visitor(signed_in, self.findings)
        self.nobody = Visitor(nobody, self.findings)
        key = world.key()
        self.program = Visitor(Client(headers={"Authorization": f"Bearer {key}"}), self.findings)
        self.pages = {**addresses(values), **allauth_addresses()}
        self.values = values
        found = every_form(signed_in, values)
        self.forms = {name: forms[0].filled() for name, forms in found.items()}
        self.posts_to = {name: forms[0].action for name, forms in found.items()}

        for visitor in (self.ada, self.nobody, self.program):
            visitor.stored = fingerprint()

    def who(self, name: str) -> Visitor:
        """Who asks for an address."""
        if name.startswith("api_"):
            return self.program
        is_out = name in BY_NOBODY or name in ("account_login", "account_reset_password")
        return self.nobody if is_out else self.ada

    def typed(self, name: str) -> dict[str, str]:
        """What a person would send."""
        return {k: v for k, v in self.forms.get(name, {}).items() if k not in NOT_FORMS}

    def targets(self) -> Iterator[Target]:
        """Every field, parameter and part of a path."""
        for name, where in sorted(self.pages.items()):
            for method in ("GET", "POST"):
                path = self.posts_to.get(name, where) if method == "POST" else where
                for field_name in self._fields(name, method, path):
                    yield Target(name, method, where, field_name, path)
            yield from self._parts(name, where)

    def _fields(self, name: str, method: str, path: str) -> list[str]:
        """The names that a form has on its page, and those its view asks for."""
        known = self.typed(name) if method == "POST" else {}
        names = dict.fromkeys(known)
        for _ in range(3):
            at = Target(name, method, path, "", path)
            status = self.who(name).ask(at, {**dict.fromkeys(names, "words"), **known})
            new = [one for one in asked() if one not in names and one not in NOT_FORMS]
            if status == 405 or not new:
                break
            names |= dict.fromkeys(new)
        return list(names)[: self.most]

    def _parts(self, name: str, where: str) -> Iterator[Target]:
        """The address with each of its parts to be replaced: {} stands for the value."""
        parts = urlsplit(where).path.split("/")
        for place, part in enumerate(parts):
            if part.isdigit() or part in self._text_parts():
                path = "/".join([*parts[:place], "{}", *parts[place + 1 :]])
                yield Target(name, "GET", where, "(path)", path)

    def _text_parts(self) -> set[str]:
        texts = ("kind", "week", "secret", "token", "name")
        return {str(one) for text in texts for one in self.values[text].values()}

    def attack(self, target: Target, value: str) -> int:
        """Put a value into a place, with everything around it as a person would send it."""
        if target.field == "(path)":
            path = target.path.replace("{}", _quoted(value) or "%20")
            target = Target(target.name, "GET", target.where, target.field, path)
            return self.who(target.name).ask(target, {})
        around = self.typed(target.name) if target.method == "POST" else {}
        return self.who(target.name).ask(target, {**around, target.field: value})
