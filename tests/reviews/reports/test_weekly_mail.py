"""The weekly mail as mail programs get it (UX section 6): light, plain, the same in both parts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.html import strip_tags

from ingestion.wire import Message
from portal.mail.rendering import Rendered
from reviews.measure.rollups import make_rollups
from reviews.models import Report
from reviews.reports.reports import render_report, write_report
from tests.world import World

WEEK = datetime(2026, 7, 6, tzinfo=UTC)  # a Monday in summer: London is an hour ahead of UTC
KINDS = ("Returns", "Delivery")
ASKED = [
    Message(role="user", content="Is the <b>Ridge</b> jacket refundable?"),
    Message(role="assistant", content="Always, at any time."),
]


@pytest.fixture
def summer(world: World) -> World:
    """A week of grades in July, in two kinds, one answer in four not good."""
    world.now = WEEK + timedelta(days=2, hours=12)
    for kind in KINDS:
        for number, chat in enumerate(world.conversations(15, kind=kind, messages=ASKED)):
            world.grade(world.sample(chat), standing="fails" if number % 4 == 0 else "meets")
    make_rollups()
    return world


def weekly(world: World, kind: str) -> Rendered:
    at = WEEK + timedelta(days=7, hours=6)
    report = write_report(
        assistant=world.assistant, kind=Report.Kind(kind), week=WEEK.date(), at=at
    )
    assert report is not None
    return render_report(report, world.lena)


@pytest.mark.parametrize("kind", ["quality", "ownership"])
def test_a_mail_is_light_and_holds_nothing_that_mail_programs_drop(
    summer: World, kind: str
) -> None:
    html = weekly(summer, kind).html
    assert len(html.encode()) < 30_000
    assert not re.search(r"<svg|<img|<script|var\(|url\(|class=\"[^\"]*\"[^>]*onclick", html)


def test_both_parts_hold_the_same_shares(summer: World) -> None:
    mail = weekly(summer, "quality")
    shown = set(re.findall(r"\d+%", strip_tags(mail.html.split("</style>")[-1])))
    assert shown
    assert set(re.findall(r"\d+%", mail.text)) >= shown - {"0%", "100%"}  # the ends of the axis


@pytest.mark.parametrize("kind", ["quality", "ownership"])
def test_it_says_when_it_was_written_by_the_teams_clock(summer: World, kind: str) -> None:
    mail = weekly(summer, kind)
    assert "Mon 13 Jul 07:00" in mail.html
    assert "Mon 13 Jul 07:00" in mail.text


def test_customers_words_are_shown_as_text_and_only_if_the_team_allows_it(summer: World) -> None:
    summer.team.customer_words_in_mail = True
    summer.team.save()
    html = weekly(summer, "quality").html
    assert "Is the &lt;b&gt;Ridge&lt;/b&gt; jacket" in html
    assert "<b>Ridge" not in html


def test_customers_words_stay_out_otherwise(summer: World) -> None:
    summer.team.customer_words_in_mail = False
    summer.team.save()
    mail = weekly(summer, "quality")
    assert "Ridge" not in mail.html + mail.text


@pytest.mark.parametrize("kind", ["quality", "ownership"])
def test_a_mail_can_be_stopped_and_changed_from_both_parts(summer: World, kind: str) -> None:
    mail = weekly(summer, kind)
    for part in (mail.html, mail.text):
        assert "/stop-mails/" in part
        assert "/profile/mails/" in part


def test_the_subject_is_the_answer(summer: World) -> None:
    assert weekly(summer, "quality").subject.startswith("Support: ")
