"""The Trends page: what it says, to whom, by which filters, and how much it asks the database."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.models import Conversation, Release
from portal.accounts.models import User
from reviews.definition.template import TEMPLATE
from reviews.definition.versions import publish, published_version, save_draft
from reviews.measure.rollups import make_rollups
from reviews.models import Rollup, Sample
from reviews.pages.answer.lead_home import lead_home
from reviews.pages.trends.filters import read_filters
from reviews.pages.trends.page import TrendsPage, trends
from reviews.watch.drift import find_drift
from reviews.watch.rounds import watch
from tests.pages import one_line
from tests.reviews.past import at_noon, falling, live_through, usually
from tests.reviews.watch.test_drift import plan, since, steady
from tests.world import DAY, World

As = Callable[[User], Client]
HOSTILE = '=<script>alert("x")</script>&\'{{ x }}'


def today() -> date:
    return timezone.now().date()


def back(days: int) -> date:
    return today() - timedelta(days=days)


def url(world: World, query: str = "", page: str = "trends/") -> str:
    return f"/a/{world.assistant.pk}/{page}{'?' if query else ''}{query}"


def read(world: World, as_: As, query: str = "") -> str:
    answer = as_(world.lena).get(url(world, query))
    assert answer.status_code == 200
    return one_line(answer.content.decode())


def table(world: World, as_: As, query: str = "") -> list[dict[str, str]]:
    answer = as_(world.lena).get(url(world, query, "trends.csv"))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def page_of(world: World, query: str = "") -> TrendsPage:
    filters = read_filters(QueryDict(query))
    return trends(assistant=world.assistant, filters=filters, at=timezone.now())


def release(world: World, name: str, days_ago: int, kind: str = "prompt") -> Release:
    return Release.objects.create(
        assistant=world.assistant, kind=kind, name=name, went_live_at=at_noon(back(days_ago)),
        announced=True, recorded_label="Ada",
    )  # fmt: skip


def set_kind(old: str, new: str) -> None:
    Conversation.objects.filter(kind=old).update(kind=new)
    Sample.objects.filter(kind=old).update(kind=new)
    Rollup.objects.filter(kind=old).update(kind=new)


# What it says


def test_the_chart_has_levels_changes_and_a_link_behind_each(world: World, as_: As) -> None:
    release(world, "41", 40)
    release(world, "42", 6)
    live_through(world, back(42), today(), falling(back(6), "Returns"))
    watch(assistant=world.assistant, at=timezone.now())
    text = read(world, as_)
    page = page_of(world)
    assert [one.phase.name for one in page.levels] == ["Earlier", "Usual", "Incident 1"]
    assert "Usual level" in text
    assert "Started" in text
    assert f"answers/?day={back(1)}" in text
    assert f"answers/?from={back(6)}&amp;to={today()}" in text
    assert f"answers/?from={back(40)}&amp;to={back(7)}" in text, "Prompt 41 until Prompt 42"
    assert "data-walk" in text
    assert "View as table" in text
    tones = {one.marker.label: one.marker.tone for one in page.changes}
    assert tones["Prompt 42"] == "sus"
    assert tones["Prompt 41"] == ""


def test_its_figures_are_those_of_home(world: World) -> None:
    live_through(world, back(50), today(), falling(back(6), "Returns"))
    watch(assistant=world.assistant, at=timezone.now())
    home = lead_home(assistant=world.assistant, at=timezone.now())
    page = page_of(world)
    assert home.chart is not None
    assert home.status is not None
    assert page.wide is not None
    days = [(one.day, round(one.level.share, 9), one.level.graded) for one in home.chart.days]
    assert days
    assert days == [(one.day, round(one.level.share, 9), one.level.graded) for one in page.daily]
    usual = next(one for one in page.levels if one.phase.name == "Usual")
    assert usual.figure == home.status.usual
    kinds = {one.line.kind: one.line for one in page.compare.lines}
    assert [kinds[one.kind] for one in home.status.kinds] == list(home.status.kinds)
    assert page.compare.lines[0].line.kind == "All kinds together"


def test_before_the_first_grade_it_says_what_will_be_here(world: World, as_: As) -> None:
    assert "No trend yet" in read(world, as_)


def test_too_few_grades_are_counted_not_drawn(world: World, as_: As) -> None:
    live_through(world, today(), today(), a_day=6)
    text = read(world, as_)
    assert "Not enough grades: 6 of 15" in text
    assert "data-walk" not in text


def test_a_filter_that_nothing_fits_says_so(world: World, as_: As) -> None:
    live_through(world, back(3), today())
    text = read(world, as_, "kind=Nonsense")
    assert "No graded answer fits" in text
    assert "Nonsense" in text


# Filters


def test_a_kind_is_measured_alone(world: World) -> None:
    live_through(world, back(20), today(), falling(back(10), "Returns"))
    every, one = page_of(world), page_of(world, "kind=Returns")
    assert 0 < one.graded < every.graded / 2
    assert one.drill == "kind=Returns&"
    last = one.levels[-1].level
    assert last is not None
    assert last.share < 0.7
    assert [line.line.kind for line in one.compare.lines] == ["Returns"]


def test_channels_and_languages_are_counted_from_their_rows(world: World, as_: As) -> None:
    live_through(world, back(20), today())
    everyone = Conversation.objects.all()
    everyone.filter(pk__in=[one.pk for one in everyone if one.pk % 2]).update(
        channel="chat", language="en"
    )
    everyone.filter(channel="").update(channel="email", language="de")
    every, chat = page_of(world), page_of(world, "channel=chat")
    email = page_of(world, "channel=email&language=de")
    assert chat.graded + email.graded == every.graded
    assert chat.graded > 100
    assert page_of(world, "channel=chat&language=de").state == "nothing"
    assert every.offered.channels == ["chat", "email"]
    text = read(world, as_, "channel=chat")
    assert f"these levels rest on {chat.graded} grades" in text
    assert "answers/?channel=chat&amp;day=" in text
    rows = one_line(
        as_(world.lena).get(f"/a/{world.assistant.pk}/answers/?channel=chat").content.decode()
    )
    assert "Only <b" in rows
    none = one_line(
        as_(world.lena).get(f"/a/{world.assistant.pk}/answers/?channel=fax").content.decode()
    )
    assert "No graded answer fits" in none


def test_a_release_sets_the_days_until_the_next_of_its_kind(world: World) -> None:
    one, _, _ = release(world, "41", 30), release(world, "m1", 20, "model"), release(world, "42", 9)
    live_through(world, back(40), today(), a_day=6)
    page = page_of(world, f"release={one.pk}&period=2")
    assert (page.days.first, page.days.last) == (back(30), back(10))
    assert {one.day for one in page.daily} == {back(ago) for ago in range(10, 31)}


@pytest.mark.parametrize(("period", "days"), [("2", 14), ("8", 56), ("26", 182), ("999", 56)])
def test_periods(world: World, period: str, days: int) -> None:
    page = page_of(world, f"period={period}")
    assert (page.days.last - page.days.first).days + 1 == days


def test_a_criterion_has_its_share_and_its_mean_level(world: World, as_: As) -> None:
    for number in range(20):
        chat = world.conversations(started_at=timezone.now() - (number % 5) * DAY)[0]
        world.grade(world.sample(chat), standing="meets" if number % 4 else "fails")
    make_rollups()
    page = page_of(world, "criterion=correct&period=2")
    assert page.title == "Answers that meet “Correct”, day by day"
    assert page.graded == 20
    mean = page.levels[-1].mean
    assert mean is not None
    assert 1 < mean.mean < 3
    text = read(world, as_, "criterion=correct&period=2")
    assert "Mean level" in text
    assert "as graded" in text
    rows = table(world, as_, "criterion=correct&period=2&of=levels")
    assert float(rows[-1]["mean_level"]) == pytest.approx(mean.mean, abs=1e-4)
    shares = [float(rows[-1][f"share_at_level_{level}"]) for level in (1, 2, 3)]
    assert sum(shares) == pytest.approx(1, abs=1e-3)


def test_low_agreement_on_a_criterion_is_said_beside_its_trend(world: World, as_: As) -> None:
    for number in range(24):
        chat = world.conversations(started_at=timezone.now())[0]
        pair = world.sample(chat, places=2)
        world.grade(pair)
        world.grade(pair, by=world.remy, standing="fails" if number % 2 else "meets")
    make_rollups()
    text = read(world, as_, "criterion=correct&period=2")
    assert "Reviewers agree on 50 of 100 about “Correct”, from 24 pairs" in text
    assert "Reviewers agree on" not in read(world, as_, "period=2")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("release=999999", "There is no such release"),
        ("release=%27%3B--", "There is no such release"),
        ("criterion=none", "There is no such criterion"),
        ("criterion=correct&channel=chat", "Criteria are counted over all channels"),
        ("a=1", "There is no such release. Choose another one"),
        ("a_from=x&a_to=y", "Give both stretches a first and a last day"),
        ("a_from=2026-02-30", "Give both stretches a first and a last day"),
        ("period=%00&kind=%00", "Trends"),
    ],
    ids=["release", "quoted", "criterion", "criterion and channel", "a", "no dates", "30 Feb",
         "zero bytes"],
)  # fmt: skip
def test_what_cannot_be_is_left_out_and_said(world: World, as_: As, query: str, said: str) -> None:
    world.definition  # noqa: B018 - publishes the criteria
    live_through(world, back(3), today())
    assert said in read(world, as_, query)


# Compare


def days(name: str, first: int, last: int) -> str:
    return f"{name}_from={back(first)}&{name}_to={back(last)}"


def test_two_releases_are_compared_by_kind(world: World, as_: As) -> None:
    before, after = release(world, "41", 20), release(world, "42", 9)
    live_through(world, back(20), today(), falling(back(9), "Returns"))
    text = read(world, as_, f"a={before.pk}&b={after.pk}")
    assert "Prompt 41 against Prompt 42" in text
    lines = {
        one.line.kind: one for one in page_of(world, f"a={before.pk}&b={after.pk}").compare.lines
    }
    assert lines["Returns"].line.reading == "Worse"
    assert lines["Delivery"].line.reading == "No clear change"
    assert lines["Delivery"].line.tone == lines["Delivery"].drawing.tone == ""
    assert lines["Delivery"].line.change_range == "as graded"
    rows = {one["kind"]: one for one in table(world, as_, f"of=compare&a={before.pk}&b={after.pk}")}
    assert rows["Returns"]["reading"] == "Worse"
    assert float(rows["Returns"]["points"]) < -20
    assert rows["Returns"]["first_from"] == str(back(20))
    assert rows["Returns"]["first_to"] == str(back(10))


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (("a", 5, 9, "b", 3, 0), "ends before it begins"),
        (("a", 500, 400, "b", 3, 0), "Choose days of the last year"),
        (("a", 9, 5, "b", 3, -2), "Choose days of the last year"),
        (("a", 9, 5, "b", 6, 0), "share days"),
        (("a", 90, 80, "b", 79, 70), "Nothing is graded in these days"),
    ],
    ids=["backwards", "too old", "future", "overlap", "nothing there"],
)
def test_what_cannot_be_compared_says_why(
    world: World, as_: As, query: tuple[str, int, int, str, int, int], problem: str
) -> None:
    live_through(world, back(10), today())
    text = read(world, as_, f"{days(*query[:3])}&{days(*query[3:])}")
    assert problem in text
    assert "Kinds of question compared" not in text


def test_few_grades_on_either_side_are_counted_not_compared(world: World) -> None:
    live_through(world, back(10), today(), a_day=3)
    page = page_of(world, f"{days('a', 10, 8)}&{days('b', 7, 0)}")
    first = page.compare.lines[0].line
    assert (first.usual.share, first.usual.graded, first.reading) == (None, 9, "Not enough grades")
    assert first.change == ""


def test_across_a_new_meaning_of_good_nothing_is_joined_or_compared(world: World, as_: As) -> None:
    live_through(world, back(20), back(8), usually)
    draft = save_draft(assistant=world.assistant, text=TEMPLATE, by=world.lena, at=at_noon(back(7)))
    version = publish(draft=draft, change="meaning", why="", by=world.lena, at=at_noon(back(7)))
    world.definition = published_version(version.pk)
    live_through(world, back(7), today(), usually, seed=2)
    query = f"period=2&{days('a', 20, 10)}&{days('b', 6, 0)}"
    text = read(world, as_, query)
    assert "The series breaks there, so they are not compared" in text
    page = page_of(world)
    assert {one.day for one in page.daily} == {back(ago) for ago in range(21)}
    turn = [one for one in page.levels if one.phase.days.first == back(7)]
    assert len(turn) == 1
    assert any(one.marker.label.endswith("a new series") for one in page.changes)


# Signals


def test_signals_are_drawn_on_the_same_days_and_only_warn(world: World, as_: As) -> None:
    world.now = timezone.now()
    plan(world, 60, refused=since(6, 0.02, 0.06), words=steady(80))
    live_through(world, back(10), back(1), count=False)
    make_rollups(most=1000)
    find_drift(assistant=world.assistant, at=world.now)
    text = read(world, as_)
    assert "Left its usual range" in text
    assert "They warn, they never set the headline" in text
    page = page_of(world, "period=2")
    assert page.signals[0].line.code == "did_not_answer", "what moved comes first"
    assert {one.day for one in page.signal_days} <= {back(ago) for ago in range(14)}
    rows = table(world, as_, "of=signals&period=2")
    assert {one["signal"] for one in rows} >= {"did_not_answer", "length"}
    assert {one["day"] for one in rows} <= {str(back(ago)) for ago in range(14)}


# Who, what is typed, and how much


@pytest.mark.parametrize("page", ["trends/", "trends.csv"])
def test_leads_and_admins_only(world: World, as_: As, page: str) -> None:
    for person, status in (
        (world.ada, 200), (world.lena, 200), (world.rosa, 403), (world.agnes, 403),
        (world.otto, 404),
    ):  # fmt: skip
        assert as_(person).get(url(world, page=page)).status_code == status
    assert Client().get(url(world, page=page)).status_code == 302
    assert as_(world.lena).post(url(world, page=page)).status_code == 405


def test_another_teams_release_is_unknown(world: World, as_: As) -> None:
    theirs = Release.objects.create(
        assistant=world.other_assistant, kind="prompt", name="secret",
        went_live_at=at_noon(back(3)), announced=True, recorded_label="Otto",
    )  # fmt: skip
    live_through(world, back(3), today())
    text = read(world, as_, f"release={theirs.pk}&a={theirs.pk}")
    assert "secret" not in text
    assert "There is no such release" in text


def test_hostile_names_are_text_on_the_page_and_no_formula_in_the_file(
    world: World, as_: As
) -> None:
    live_through(world, back(20), today())
    set_kind("Returns", HOSTILE)
    Conversation.objects.update(channel=HOSTILE[:60])
    release(world, HOSTILE, 5)
    text = read(world, as_)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    kinds = [one["kind"] for one in table(world, as_, "of=compare")]
    assert f"'{HOSTILE}" in kinds
    names = [one["name"] for one in table(world, as_, "of=changes")]
    assert f"'{HOSTILE}" in names
    query = QueryDict(mutable=True)
    query["kind"] = HOSTILE
    alone = page_of(world, query.urlencode())
    assert alone.graded > 100
    assert "<script>alert" not in read(world, as_, query.urlencode())


def test_the_file_holds_what_the_chart_shows(world: World, as_: As) -> None:
    live_through(world, back(10), today())
    rows, page = table(world, as_), page_of(world)
    assert [(one["day"], int(one["graded"])) for one in rows] == [
        (str(one.day), one.level.graded) for one in page.daily
    ]
    assert all(float(one["low"]) <= float(one["share"]) <= float(one["high"]) for one in rows)
    levels = table(world, as_, "of=levels")
    assert [one["stretch"] for one in levels] == [one.phase.name for one in page.levels]


def test_a_file_that_is_not_there_is_not_found(world: World, as_: As) -> None:
    assert as_(world.lena).get(url(world, "of=secrets", "trends.csv")).status_code == 404


@pytest.mark.parametrize("query", ["", "channel=chat", "criterion=correct", "period=26"])
def test_as_many_queries_for_3_days_as_for_30(world: World, as_: As, query: str) -> None:
    client, counts = as_(world.lena), []
    for first, last in ((2, 0), (29, 3)):
        live_through(world, back(first), back(last), seed=first, a_day=20)
        Conversation.objects.update(channel="chat")
        client.get(url(world, query))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url(world, query)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[1] <= 32


def test_half_a_year_stays_under_the_page_weight(world: World, as_: As) -> None:
    live_through(world, back(181), today(), a_day=3)
    text = read(world, as_, "period=26")
    assert text.count('class="day"') > 182
    assert "<th>Week</th>" in text
    assert len(text.encode()) < 100_000
