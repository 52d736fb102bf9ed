"""Text from outside is shown as text: no page lets a customer, a caller or a colleague write
markup, and hostile numbers in addresses and forms are answered, not failed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from reviews.definition.template import TEMPLATE
from reviews.definition.versions import publish, published_version, save_draft
from reviews.models import Report
from reviews.reports.reports import render_report
from tests.full_house import LISTS, fill
from tests.world import World

SignIn = Callable[[User], Client]
RTL, ISOLATE, ZERO = "\u202e", "\u2067", "\u200b\u200d\ufeff"
MARKUP = (
    "<script>boom()</script>",
    "<img src=x onerror=boom()>",
    "<b hx-get=/boom hx-trigger=load>",
    '" autofocus onfocus=boom() x="',
    "</textarea></title><svg onload=boom()>",
    "{% boom %}{{ boom }}<!--boom",
)
LETTERS = f"{ZERO}a{RTL}b{ISOLATE}c"
INERT = ("value", "title", "aria-label", "content", "placeholder", "alt", "data-", "id", "for")


def hostile(what: str, number: int) -> str:
    """Words that would do something if they were taken for markup; every sort comes up."""
    if what.startswith("javascript:"):
        return what
    return f"{MARKUP[number % len(MARKUP)]} {LETTERS} {what}{number}"


class Elements(HTMLParser):
    """Every element of a page with its attributes, as a browser would make them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    handle_startendtag = handle_starttag


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    reader = Elements()
    reader.feed(html)
    reader.close()
    return reader.found


def live(html: str) -> Iterator[str]:
    """What in a page would act on hostile words: elements, attributes, addresses."""
    for tag, attributes in elements(html):
        if tag in ("img", "iframe", "object", "embed", "base") and "boom" in str(attributes):
            yield f"<{tag}>"
        if tag == "script" and not attributes.get("src", "").startswith("/static/"):
            yield f"<script {attributes}>"
        for name, value in attributes.items():
            if name.startswith("on") or name == "srcdoc":
                yield f"{tag} {name}={value}"
            elif name in ("href", "src", "action", "formaction"):
                if urlsplit(value).scheme not in ("", "http", "https"):
                    yield f"{tag} {name}={value}"
            elif "boom" in name or ("boom" in value and not name.startswith(INERT)):
                yield f"{tag} {name}={value}"


def seen(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    text: str = answer.content.decode()
    return text


def test_the_look_itself_sees_markup() -> None:
    for text in MARKUP[:5]:
        quoted = f'<p title="{text}">' if text.startswith('"') else f"<textarea>x</textarea>{text}"
        assert list(live(quoted)), text
    assert list(live('<a href="javascript:boom()">x</a>'))
    assert not list(live('<p title="boom">boom()</p><a href="/a/1/?kind=boom">x</a>'))


@pytest.fixture
def hostile_world(world: World) -> World:
    """Everything in hostile words, the definition, the team and the assistant too."""
    criteria = tuple(
        type(one)(
            key=one.key,
            name=hostile("c", place)[:60],
            question=hostile("q", place)[:200],
            is_critical=one.is_critical,
            levels=tuple(
                type(level)(level.standing, f"{place}{MARKUP[1]}"[:40],
                            hostile("anchor", place), hostile("example", place))
                for level in one.levels
            ),
        )
        for place, one in enumerate(TEMPLATE.criteria)
    )  # fmt: skip
    text = type(TEMPLATE)(
        title=hostile("title", 1)[:120],
        text="\n\n".join(f"# {one}\n\n{one}\n\n[x](javascript:boom())" for one in MARKUP),
        max_failed=TEMPLATE.max_failed,
        max_partly=TEMPLATE.max_partly,
        criteria=criteria,
    )
    draft = save_draft(assistant=world.assistant, text=text, by=world.lena, at=world.now)
    version = publish(draft=draft, change="", why=hostile("why", 3), by=world.lena, at=world.now)
    world.__dict__["definition"] = published_version(version.pk)
    world.assistant.name = hostile("assistant", 0)[:120]
    world.assistant.save()
    world.team.name, world.team.customer_words_in_mail = hostile("team", 1)[:120], True
    world.team.save()
    return world


def test_hostile_words_are_words_on_every_page_and_in_every_mail(
    hostile_world: World, as_: SignIn
) -> None:
    world = hostile_world
    house = fill(world, 0, len(MARKUP), hostile)
    found, without = [], set()
    with time_machine.travel(world.now + timedelta(minutes=1), tick=False):
        for who in (world.ada, world.rosa, world.agnes):
            client = as_(who)
            for name, address in house.pages(world).items():
                answer = client.get(address)
                if answer.status_code in (403, 404) and who != world.ada:
                    continue
                assert answer.status_code == 200, (name, answer.status_code)
                html = answer.content.decode()
                found += [f"{name}: {one}" for one in live(html)]
                if who == world.ada and "boom" not in html:
                    without.add(name)
    assert not found, "\n".join(sorted(set(found)))
    assert without <= {"setup_live"}, f"nothing hostile came to {without}"
    for report in Report.objects.all():
        mail = render_report(report, world.lena)
        assert "boom" in mail.html
        assert not list(live(mail.html))
        assert "\n" not in mail.subject


NUMBERS = (
    "²",
    "٣",
    "-1",
    "1.5",
    "9" * 18,
    "9" * 19,
    "9" * 5000,
    "0x1",
    "1\x00",
    "",
    "NaN",
    "\ud800",
)


@pytest.mark.parametrize("place", range(len(NUMBERS)))
def test_a_hostile_number_is_answered_and_not_failed_on(
    world: World, as_: SignIn, place: int
) -> None:
    """Each number wherever an address or a form may hold one; 500 is the only wrong answer."""
    given = NUMBERS[place].encode("utf-8", "replace").decode()
    sample = world.sample(places=2)
    a, t, ada = world.assistant.pk, world.team.pk, as_(world.ada)
    ada.raise_request_exception = False
    looked = [
        *(reverse(name, args=[a]) for name in LISTS if name != "review"),
        reverse("audit", args=[t]),
        reverse("flag_answer", args=[a, sample.conversation_id]),
    ]
    names = (
        "before",
        "answer",
        "done",
        "weeks",
        "since",
        "page",
        "from",
        "to",
        "day",
        "by",
        "kind",
    )
    # All at once, and each alone on some page: what is refused first must not hide the others.
    asked = [
        query
        for number, address in enumerate(looked)
        for query in (
            (address, dict.fromkeys(names, given)),
            (address, {names[(place + number) % len(names)]: given}),
        )
    ]
    wrong = [
        f"{address}?{list(query)}"
        for address, query in asked
        if ada.get(address, query).status_code >= 500
    ]
    place_pk = sample.assignments.earliest("pk").pk
    posted = {
        reverse("grade", args=[a, place_pk]): ("version", "c1", f"c{given}", "seconds"),
        reverse("review_draft", args=[a, place_pk]): ("version",),
        reverse("review_hold", args=[a]): ("id",),
        reverse("flag_answer", args=[a, sample.conversation_id]): ("answer",),
        reverse("part_route", args=[a]): ("part",),
        reverse("sampling", args=[a]): ("weekly", "double_share"),
        reverse("mail_settings"): ("membership",),
        reverse("team_settings", args=[t]): ("report_hour", "report_weekday"),
    }
    fixed = {"reason": "wrong_fact", "shown": given}
    for address, fields in posted.items():
        answer = ada.post(address, {**fixed, **dict.fromkeys(fields, given)})
        if answer.status_code >= 500:
            wrong.append(f"POST {address}")
    assert not wrong, wrong
