"""More answers for five days after a change: one random sample, each chance known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Conversation, Release
from portal.accounts.models import User
from reviews.models import Assignment, DriftAlarm, Sample, SampleReason, SamplingChance
from reviews.sampling.boosts import boosted_days, boosts, in_words
from reviews.sampling.chances import Chances, decision
from reviews.sampling.choosing import choose_all, policy_of
from reviews.stats.chances import draw
from tests.pages import page_of
from tests.reviews.sampling.test_choosing import choose, set_policy
from tests.world import DAY, World

RANDOM, BOOST = SampleReason.RANDOM, SampleReason.BOOST


def release(world: World, name: str, ago: timedelta, kind: str = "prompt", **fields: Any) -> None:
    fields = {"went_live_at": world.now - ago, "announced": True, **fields}
    Release.objects.create(assistant=world.assistant, kind=kind, name=name, **fields)


def changed(world: World, ago: timedelta = timedelta(hours=2)) -> None:
    """A prompt that took another one's place."""
    release(world, "41", ago + 90 * DAY)
    release(world, "42", ago)


def alarm(world: World, day: date, found_ago: timedelta = timedelta(hours=1)) -> None:
    DriftAlarm.objects.create(
        assistant=world.assistant, day=day, signal="did_not_answer", rose=True, usual=0.02,
        now=0.05, method=1, found_at=world.now - found_ago,
    )  # fmt: skip


def on(world: World, around: int = 12) -> list[int]:
    """The boosted days, as days from today."""
    today = world.now.date()
    days = [today + number * DAY for number in range(-around, around + 1)]
    return sorted((day - today).days for day in boosted_days(assistant=world.assistant, days=days))


def test_what_the_floor_takes_a_boost_takes_too() -> None:
    floor, boost = Chances(0.1, 0.1), Chances(0.1, 0.3)
    draws = [draw("key", "random", f"c{number}") for number in range(5000)]
    before = {one for one in draws if floor.reason(one)}
    after = {one for one in draws if boost.reason(one)}
    assert before < after
    assert before == {one for one in after if boost.reason(one) == RANDOM}
    assert len(after) / 5000 == pytest.approx(0.3, abs=0.02)


def test_the_estimate_is_right_on_average_across_a_boost() -> None:
    """Answers get worse with the release, just when more of them are taken: the weighted share is
    the true one, the plain share is not."""
    true = (2000 * 0.9 + 1000 * 0.6) / 3000
    weighted, plain = [], []
    for population in range(300):
        good = weight = passed = n = 0.0
        for after, count, share in ((False, 2000, 0.9), (True, 1000, 0.6)):
            chances = Chances(0.04, 0.12 if after else 0.04)
            for number in range(count):
                if chances.reason(draw(f"key{population}", "random", f"{after}{number}")):
                    is_good = number % 10 < share * 10
                    n, passed = n + 1, passed + is_good
                    weight += 1 / chances.in_force
                    good += is_good / chances.in_force
        weighted.append(good / weight)
        plain.append(passed / n)
    assert sum(weighted) / 300 == pytest.approx(true, abs=0.008)
    assert abs(sum(plain) / 300 - true) > 0.04


def test_a_release_boosts_its_day_and_the_four_after(world: World) -> None:
    changed(world)
    assert on(world) == [0, 1, 2, 3, 4]


def test_a_release_noticed_in_the_traffic_boosts_too(world: World) -> None:
    world.conversations(model="one", started_at=world.now - 30 * DAY)
    assert on(world, around=40) == []
    world.conversations(model="two")
    assert on(world) == [0, 1, 2, 3, 4]


def test_what_is_no_change_of_the_answers_boosts_nothing(world: World) -> None:
    release(world, "first of its kind", DAY)
    for number in (9, 1):
        release(world, f"v{number}", number * DAY, kind="definition")
    alarm(world, world.now.date() - 30 * DAY)  # found in history that came late
    assert on(world) == []


def test_an_alarm_boosts_from_the_day_it_is_found(world: World) -> None:
    alarm(world, world.now.date() - 2 * DAY)
    assert on(world) == [0, 1, 2, 3, 4]
    found = boosts(assistant=world.assistant, first=world.now.date(), last=world.now.date())
    assert [one.why(world.now.date()) for one in found] == [
        "“Did not answer” left its usual range on Mon 16 Nov"
    ]


def test_the_days_are_the_teams(world: World) -> None:
    world.team.time_zone = "Pacific/Kiritimati"
    changed(world)
    assert on(world) == [1, 2, 3, 4, 5]


def test_another_assistants_change_boosts_nothing_here(world: World) -> None:
    changed(world)
    days = [world.now.date()]
    assert boosted_days(assistant=world.other_assistant, days=days) == set()


def test_three_times_as_many_are_one_random_sample(world: World) -> None:
    set_policy(world, rate=0.1)
    changed(world)
    chats = world.conversations(400, sample_rate=0.5)
    choose(world)
    policy = policy_of(world.assistant)
    by_reason = {
        reason: set(Sample.objects.filter(reason=reason).values_list("conversation", flat=True))
        for reason in (RANDOM, BOOST)
    }
    draws = {chat.pk: decision(policy, chat) for chat in chats}
    assert by_reason[RANDOM] == {pk for pk, drawn in draws.items() if drawn < 0.1}
    assert by_reason[BOOST] == {pk for pk, drawn in draws.items() if 0.1 <= drawn < 0.3}
    assert by_reason[BOOST]
    chances = set(Sample.objects.values_list("probability", flat=True))
    assert list(chances) == [pytest.approx(0.5 * 0.1 * 3)]
    assert set(Sample.objects.values_list("stratum", flat=True)) == {"Returns"}
    stored = dict(SamplingChance.objects.values_list("reason", "chance"))
    assert stored == {"random": 0.1, "boost": pytest.approx(0.3)}


def test_a_chance_is_never_more_than_one(world: World) -> None:
    set_policy(world, rate=0.5)
    changed(world)
    world.conversations(20)
    choose(world)
    assert Sample.objects.count() == 20
    assert set(Sample.objects.values_list("probability", flat=True)) == {1.0}


def test_two_people_grade_as_large_a_share_of_the_additional_ones(world: World) -> None:
    set_policy(world, rate=0.3, double_share=1.0)
    changed(world)
    world.conversations(30)
    choose(world)
    assert Sample.objects.filter(reason=BOOST).exists()
    assert Assignment.objects.count() == 2 * Sample.objects.count()


def test_nothing_is_drawn_twice_when_a_boost_begins_and_ends(world: World) -> None:
    """Before, on the day it begins, during, after: each conversation is decided once."""
    set_policy(world, rate=0.2, target_per_day=10)
    before = world.conversations(60)
    choose(world)
    world.now += timedelta(hours=1)
    changed(world, timedelta())
    rest_of_the_day = world.conversations(60, started_at=world.now)
    choose(world)
    assert not Sample.objects.filter(reason=BOOST, conversation__in=before).exists()
    assert Sample.objects.filter(reason=BOOST, conversation__in=rest_of_the_day).exists()
    drawn = set(Sample.objects.values_list("pk", flat=True))
    for _ in range(7):
        world.now += DAY
        choose(world)
        assert set(Sample.objects.values_list("pk", flat=True)) == drawn
    after = world.conversations(60, started_at=world.now)
    choose(world)
    assert set(Sample.objects.filter(conversation__in=after).values_list("reason")) == {("random",)}
    by_day = {day: boost for day, boost in chances_by_day("boost").items() if boost}
    assert list(by_day) == [rest_of_the_day[0].day]


def chances_by_day(reason: str) -> dict[date, list[float]]:
    rows = SamplingChance.objects.filter(reason=reason).order_by("day", "decided_at")
    found: dict[date, list[float]] = {}
    for day, chance in rows.values_list("day", "chance"):
        found.setdefault(day, []).append(chance)
    return found


def test_the_database_holds_one_draw_of_a_conversation(world: World) -> None:
    chat = world.conversations()[0]
    sample = world.sample(chat, reason=BOOST)
    sample.pk, sample.answer_index, sample.reason = None, 3, RANDOM.value
    with pytest.raises(IntegrityError), transaction.atomic():
        sample.save()


def test_an_answer_drawn_for_a_boost_is_not_drawn_again(world: World) -> None:
    set_policy(world, rate=1.0)
    chat = world.conversations()[0]
    sample = world.sample(chat, reason=BOOST, probability=0.25)
    choose(world)
    row = Sample.objects.get()
    assert (row.pk, row.reason, row.probability) == (sample.pk, "boost", 0.25)


def test_a_day_that_outgrows_its_chance_keeps_its_boost(world: World) -> None:
    """Also when the release has since been moved to another day."""
    set_policy(world, rate=None, target_per_day=4)
    changed(world)
    world.conversations(40)
    choose(world)
    Release.objects.filter(name="42").delete()
    world.now += timedelta(minutes=1)
    world.conversations(160, started_at=world.now)
    choose(world)
    today = world.now.date()
    assert chances_by_day("random")[today] == [pytest.approx(0.1), pytest.approx(0.02)]
    assert chances_by_day("boost")[today] == [pytest.approx(0.3), pytest.approx(0.06)]
    later = Sample.objects.filter(chosen_at=world.now)
    assert all(sample.probability == pytest.approx(0.06) for sample in later)


def test_running_again_under_a_boost_changes_nothing(world: World) -> None:
    set_policy(world, rate=0.4)
    changed(world)
    world.conversations(20)
    assert choose(world).random == Sample.objects.count()
    assert choose_all(assistant=world.assistant, at=world.now).random == 0
    assert Conversation.objects.count() == 20


def test_the_sampling_page_says_why_and_until_when(
    world: World, as_: Callable[[User], Client]
) -> None:
    page = reverse("sampling", args=[world.assistant.pk])
    assert "More than usual" not in page_of(as_(world.lena).get(page))
    world.now = timezone.now()
    changed(world, timedelta())
    Release.objects.filter(name="42").update(name="<b>42</b>")
    said = page_of(as_(world.lena).get(page))
    assert "3 times as many are chosen until the end of" in said
    assert "Prompt &lt;b&gt;42&lt;/b&gt; went live on" in said


def test_several_reasons_are_said_in_one_sentence(world: World) -> None:
    changed(world)
    alarm(world, world.now.date() - 3 * DAY, found_ago=2 * DAY)
    assert in_words(assistant=world.assistant, today=world.now.date()) == (
        "3 times as many are chosen until the end of Sun 22 Nov: Prompt 42 went live on "
        "Wed 18 Nov and “Did not answer” left its usual range on Sun 15 Nov."
    )
    over = world.now.date() + 5 * DAY
    assert in_words(assistant=world.assistant, today=over) == ""
