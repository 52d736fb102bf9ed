"""The question the product is for: how would you know if your AI got worse last Tuesday?

The whole story is lived through by the real steps, then people look: the same six facts on the
page, in the API, in the HTML mail and in the text mail; and in ten quiet weeks nothing at all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from ingestion.models import Assistant
from portal.accounts.models import User
from portal.demo import cast
from portal.demo.loading import load
from portal.demo.logins import DemoLogins
from portal.mail.rendering import render
from reviews.answer.status import Status, status_of
from reviews.models import Assessment, Incident, Report
from reviews.reports.quality import write_quality
from reviews.reports.reports import render_report

pytestmark = [
    pytest.mark.journey,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
]

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = date(2026, 11, 17)
Told = Callable[[str], tuple[Assistant, DemoLogins]]


@pytest.fixture
def told(settings: Any) -> Iterator[Told]:
    """Let a story happen, as if today were Monday 23 November 2026, nine o'clock."""
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with time_machine.travel(MONDAY, tick=True):

        def tell(story: str) -> tuple[Assistant, DemoLogins]:
            logins = load(story=story)
            return Assistant.objects.select_related("team").get(), logins

        yield tell


def plain(text: str) -> str:
    """Text as people read it: no tags, no entities, single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def lead() -> User:
    return User.objects.get(email=cast.ADA)


def as_lead() -> Client:
    client = Client()
    client.force_login(lead())
    return client


def stands(assistant: Assistant) -> Status:
    found = status_of(assistant=assistant, at=timezone.now())
    assert found is not None
    return found


def test_last_tuesday(told: Told, browser: Browser, live_server: LiveServer) -> None:
    assistant, logins = told("drop")

    incident = Incident.objects.get()
    assert incident.onset_low <= TUESDAY <= incident.onset_high
    assert (incident.onset_high - incident.onset_low).days <= 4
    assert incident.kind == "Returns & refunds"
    assert incident.release is not None
    assert incident.release.name == "42"
    assert str(incident.owner) == "Robin Sample"
    assert incident.found_day <= date(2026, 11, 20)
    assert incident.fix is not None
    assert incident.fix.name == "43"

    week = Report.objects.get(kind="quality", week=date(2026, 11, 16))
    assert week.content["subject"].startswith(
        "Support assistant: worse from Tue 17 Nov, fix being checked ("
    )
    sent = [one for one in mail.outbox if one.subject == week.content["subject"]]
    assert sorted(one.to[0] for one in sent) == sorted(
        one.email for one in cast.PEOPLE if one.role in ("lead", "admin")
    )

    facts = stands(assistant).facts
    assert [one.label for one in facts] == [
        "When it started",
        "How bad",
        "Which questions",
        "What changed before it",
        "Who owns the fix",
        "How fast",
    ]
    assert [one.value for one in (facts[0], *facts[2:5])] == [
        "Tue 17 Nov",
        "Returns & refunds",
        "Prompt 42",
        "Robin Sample",
    ]
    says_the_same_everywhere(assistant, logins, facts)
    two_clicks_to_a_bad_answer(assistant, browser, live_server)


def says_the_same_everywhere(assistant: Assistant, logins: DemoLogins, facts: Any) -> None:
    """Page, incident page, API, HTML mail and text mail."""
    home = plain(as_lead().get(f"/a/{assistant.pk}/").content.decode())
    number = Incident.objects.get().number
    page = plain(as_lead().get(f"/a/{assistant.pk}/incidents/{number}/").content.decode())
    key = {"HTTP_AUTHORIZATION": f"Bearer {logins.api_keys['read']}"}
    answer = Client().get("/api/v1/answer", **key)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [(one["label"], one["value"], one["more"]) for one in told["facts"]] == [
        (one.label, one.value, one.more) for one in facts
    ]
    assert told["reading"] == "fix_checked"

    # The frozen report says what was known at seven; this is what it would say now.
    fresh = write_quality(assistant=assistant, week=date(2026, 11, 16), at=timezone.now())
    mailed = render(
        "quality",
        {"report": fresh, "team": assistant.team, "site": "", "page_url": "", "stop_url": "",
         "settings_url": "", "assistant_id": assistant.pk, "with_words": True,
         "incident_url": "https://example.invalid/"},
    )  # fmt: skip
    for one in facts:
        for where, text in (
            ("home", home),
            ("incident", page),
            ("html mail", plain(mailed.html)),
            ("text mail", plain(mailed.text)),
        ):
            assert one.value in text, f"{one.label} is missing in {where}"
            assert one.more in text, f"{one.label}: {one.more} is missing in {where}"
    assert told["headline"] in home
    assert told["headline"] in plain(mailed.html)
    assert told["headline"].upper() in plain(mailed.text)
    frozen = render_report(Report.objects.get(kind="quality", week=date(2026, 11, 16)), lead())
    assert "Prompt 42" in frozen.text


def two_clicks_to_a_bad_answer(
    assistant: Assistant, browser: Browser, live_server: LiveServer
) -> None:
    """From the mail's link: the incident, an answer that shows it, what reviewers said."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("input[name=login]", cast.ADA)
    page.fill("input[name=password]", "plumb-line-demo")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Is it getting worse?")
    page.get_by_role("link", name="Open incident").click()
    expect(page.locator("h1")).to_have_text("Returns & refunds answers got worse")
    page.locator("main ul.rows a[data-untrusted]").first.click()
    expect(page.locator("main")).to_contain_text("Not good")
    context.close()


def test_ten_quiet_weeks(told: Told) -> None:
    assistant, _ = told("quiet")
    assert not Incident.objects.exists()
    assert not Assessment.objects.filter(reading="worse").exists()
    found = stands(assistant)
    assert found.reading.code == "no_sign"
    assert found.facts == []
    home = plain(as_lead().get(f"/a/{assistant.pk}/").content.decode())
    assert "No sign of it. Good answers are at" in home
    report = Report.objects.get(kind="quality", week=date(2026, 11, 16))
    assert re.fullmatch(
        r"Support assistant: no sign of change, \d\d% good", report.content["subject"]
    )
