"""What is told, to whom and once: incidents, owners who go, silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ingestion.models import IntakeBatch
from portal.accounts.models import Membership
from reviews.alerts.message import AlertMessage, to_send
from reviews.alerts.people import Choice, choose
from reviews.alerts.writing import write_due, write_silences
from reviews.models import Alert, AlertDelivery, IncidentEvent, Part, Webhook
from reviews.owners import add_part, find_parts, name_owner
from reviews.watch import incidents
from tests.reviews.alarms import alarm, prompt
from tests.threads import at_once
from tests.world import DAY, World

HOUR = timedelta(hours=1)


def told(alert: Alert) -> set[str]:
    return {str(one.recipient).split()[0] for one in alert.deliveries.exclude(recipient=None)}


def newest() -> Alert:
    return Alert.objects.latest("pk")


def message() -> AlertMessage:
    return to_send(newest())


def own_prompt(world: World, *, owner: Any = None, stand_in: Any = None) -> Part:
    find_parts(assistant=world.assistant, at=world.now - 9 * DAY)
    part = Part.objects.get(assistant=world.assistant, kind="prompt")
    name_owner(
        part=part, owner=owner, stand_in=stand_in, review_by=None, by=world.lena, why="",
        at=world.now - 8 * DAY,
    )  # fmt: skip
    return part


def test_an_incident_is_told_once_with_the_six_facts(world: World) -> None:
    incident = alarm(world, release=prompt(world))
    assert write_due(at=world.now) == 1
    assert write_due(at=world.now + HOUR) == 0
    said = message()
    assert newest().incident == incident
    assert told(newest()) == {"Lena", "Ada"}
    assert [one.label for one in said.facts] == [
        "When it started", "How bad", "Which questions", "What changed before it",
        "Who owns the fix", "How fast",
    ]  # fmt: skip
    assert said.subject == "Support: worse from Tue 17 Nov"
    assert said.headline == "It got worse from about Tue 17 Nov."
    assert (said.type, said.reading, said.incident) == ("incident.found", "worse", 1)


def test_each_change_of_state_is_told_once_and_other_lines_of_the_log_are_not(
    world: World,
) -> None:
    incident = alarm(world)
    at = world.now + HOUR
    write_due(at=at)
    incidents.add_note(incident=incident, text="Looking.", by=world.lena, at=at)
    incidents.take(incident=incident, by=world.lena, at=at)
    fix = prompt(world, "43", ago=-HOUR)
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=at)
    incidents.log(incident, IncidentEvent.What.CHECKED, at=at, text="it worked")
    incident.refresh_from_db()
    incidents.recovered(incident=incident, since=at.date(), at=at)
    incidents.close(
        incident=incident, outcome="fixed", sentence="Prompt 43 did it.", is_proven=False,
        by=world.lena, at=at,
    )  # fmt: skip
    assert write_due(at=at) == 5
    assert write_due(at=at) == 0
    types = [to_send(one).type for one in Alert.objects.order_by("pk")]
    assert types == [
        "incident.found", "incident.taken", "incident.fix_recorded", "incident.checked",
        "incident.better_again", "incident.closed",
    ]  # fmt: skip
    assert message().subject == "Support: incident 1 closed, fixed"
    assert "Closed by Lena Lead. Prompt 43 did it." in message().detail
    assert len(message().facts) == 6


def test_one_that_falls_again_is_told_again(world: World) -> None:
    incident = alarm(world)
    incidents.close(
        incident=incident, outcome="accepted", sentence="It is fine.", is_proven=False,
        by=world.lena, at=world.now,
    )  # fmt: skip
    write_due(at=world.now)
    assert alarm(world, at=world.now + DAY) == incident
    assert write_due(at=world.now + DAY) == 1
    assert message().type == "incident.reopened"


def test_nobody_is_told_what_they_did_themselves(world: World) -> None:
    incident = alarm(world)
    write_due(at=world.now)
    incidents.take(incident=incident, by=world.lena, at=world.now + HOUR)
    write_due(at=world.now + HOUR)
    assert told(newest()) == {"Ada"}
    assert message().headline == "Lena Lead took incident 1."


def test_owner_and_stand_in_of_the_part_that_changed_are_told_and_other_reviewers_not(
    world: World,
) -> None:
    release = prompt(world)
    own_prompt(world, owner=world.rosa, stand_in=world.agnes)
    alarm(world, release=release)
    write_due(at=world.now)
    assert told(newest()) == {"Lena", "Ada", "Rosa", "Agnes"}


def test_who_is_named_to_fix_it_is_told_alone(world: World) -> None:
    incident = alarm(world)
    write_due(at=world.now)
    incidents.name_owner(incident=incident, owner=world.remy, by=world.lena, at=world.now + HOUR)
    write_due(at=world.now + HOUR)
    assert told(newest()) == {"Remy"}
    assert message().headline == "Remy Reviewer is named to fix incident 1."


def test_a_choice_counts_more_than_the_role(world: World) -> None:
    for who, choice in (
        (world.lena, Choice("mine", gaps=False, silence=False)),
        (world.ada, Choice("none", gaps=True, silence=True)),
        (world.rosa, Choice("any", gaps=False, silence=False)),
    ):
        choose(member=Membership.objects.get(user=who), choice=choice)
    alarm(world)
    write_due(at=world.now)
    assert told(newest()) == {"Rosa"}


def test_webhooks_of_the_assistant_are_told_and_stopped_ones_not(world: World) -> None:
    def hook(url: str, **fields: Any) -> Webhook:
        fields.setdefault("assistant", world.assistant)
        return Webhook.objects.create(url=url, created_at=world.now, **fields)

    live = hook("https://hooks.invalid/live")
    hook("https://hooks.invalid/stopped", stopped_at=world.now)
    hook("https://hooks.invalid/theirs", assistant=world.other_assistant)
    alarm(world)
    write_due(at=world.now)
    assert [one.webhook for one in newest().deliveries.filter(recipient=None)] == [live]


def test_what_is_over_three_days_old_is_not_told(world: World) -> None:
    alarm(world, at=world.now - 3 * DAY)
    assert write_due(at=world.now) == 0
    alarm(world, kind="Delivery", at=world.now - 3 * DAY + HOUR)
    assert write_due(at=world.now) == 1


def test_quiet_hours_move_the_mail_and_not_the_webhook(world: World) -> None:
    Webhook.objects.create(
        assistant=world.assistant, url="https://hooks.invalid/a", created_at=world.now
    )
    quiet = Choice("any", True, True, world.now.time(), (world.now + 8 * HOUR).time())
    choose(member=Membership.objects.get(user=world.lena), choice=quiet)
    alarm(world)
    write_due(at=world.now)
    due = {one.recipient: one.due_at for one in AlertDelivery.objects.all()}
    assert due[world.lena] == world.now + 8 * HOUR
    assert due[world.ada] == due[None] == world.now


@pytest.mark.django_db(transaction=True)
def test_four_writers_at_once_write_one_alert() -> None:
    world = World()
    alarm(world)
    assert sum(at_once(4, lambda _: write_due(at=world.now))) == 1
    assert AlertDelivery.objects.count() == 2


def test_an_incident_by_hand_has_its_title_and_six_facts_before_it_is_measured(
    world: World,
) -> None:
    incidents.open_by_hand(
        assistant=world.assistant, title="Prices are wrong", kind=None, started=world.now.date(),
        by=world.lena, at=world.now,
    )  # fmt: skip
    assert write_due(at=world.now) == 1
    said = message()
    assert said.subject == "Support: Prices are wrong, incident 1"
    assert len(said.facts) == 6
    assert said.detail == "Opened by hand by Lena Lead."


def test_names_from_outside_stay_on_one_line(world: World) -> None:
    incidents.open_by_hand(
        assistant=world.assistant,
        title="Prices\r\nBcc: all@acorn.example\u202e<b>",
        kind="Returns\nX", started=world.now.date(), by=world.lena, at=world.now,
    )  # fmt: skip
    write_due(at=world.now)
    said = message()
    assert said.subject == "Support: Prices Bcc: [email]<b>, incident 1"
    assert not any("\n" in one.value + one.more for one in said.facts)


# Parts


def test_a_part_that_was_given_away_to_nobody_is_told_once(world: World) -> None:
    prompt(world)
    part = own_prompt(world, owner=world.rosa)
    give = {"part": part, "owner": None, "stand_in": None, "review_by": None, "why": ""}
    name_owner(by=world.lena, at=world.now, **give)  # type: ignore[arg-type]
    assert write_due(at=world.now) == 1
    assert told(newest()) == {"Ada"}
    assert message().subject == "Support: Prompt has no owner"
    name_owner(by=world.lena, at=world.now + HOUR, **give)  # type: ignore[arg-type]
    assert write_due(at=world.now + 2 * HOUR) == 0


def test_a_part_whose_owner_left_is_told_and_again_after_the_next_owner(world: World) -> None:
    prompt(world)
    part = own_prompt(world, owner=world.rosa)
    Membership.objects.filter(user=world.rosa).update(ended_at=world.now)
    assert write_due(at=world.now) == 1
    assert told(newest()) == {"Lena", "Ada"}
    assert "Rosa Reviewer left the team" in [one.more for one in message().facts]
    name_owner(
        part=part, owner=world.remy, stand_in=None, review_by=None, by=world.lena, why="",
        at=world.now + HOUR,
    )  # fmt: skip
    assert write_due(at=world.now + HOUR) == 0
    Membership.objects.filter(user=world.remy).update(ended_at=world.now + 2 * HOUR)
    assert write_due(at=world.now + 2 * HOUR) == 1


def test_a_part_that_never_had_an_owner_lost_none(world: World) -> None:
    find_parts(assistant=world.assistant, at=world.now)
    part = add_part(
        assistant=world.assistant, kind="other", name="Tone", description="", link="",
        by=world.lena, at=world.now,
    )  # fmt: skip
    name_owner(
        part=part, owner=None, stand_in=None, review_by=None, by=world.lena, why="", at=world.now
    )
    assert write_due(at=world.now) == 0


# Silence


def arrive(world: World, *ago: timedelta) -> None:
    for one in ago:
        IntakeBatch.objects.create(
            assistant=world.assistant, received_at=world.now - one, conversation_ids=[1]
        )


def test_silence_is_told_once_and_its_end_once(world: World) -> None:
    arrive(world, 3 * DAY, 27 * HOUR)
    assert write_silences(at=world.now) == 1
    assert write_silences(at=world.now + 2 * HOUR) == 0
    assert message().type == "arrivals.stopped"
    assert told(newest()) == {"Lena", "Ada"}
    arrive(world, -3 * HOUR)
    assert write_silences(at=world.now + 4 * HOUR) == 1
    assert write_silences(at=world.now + 5 * HOUR) == 0
    assert message().type == "arrivals.returned"
    assert "1 d 6 h" in message().detail


def test_the_end_of_a_silence_that_an_older_version_told_is_told(world: World) -> None:
    arrive(world, 3 * DAY, 27 * HOUR)
    assert write_silences(at=world.now) == 1
    old = newest()
    old.content = {name: value for name, value in old.content.items() if name != "since"}
    old.save(update_fields=["content"])
    arrive(world, -3 * HOUR)
    assert write_silences(at=world.now + 4 * HOUR) == 1
    assert "1 d 6 h" in message().detail


@pytest.mark.parametrize(
    "ago",
    [
        pytest.param((3 * DAY, 25 * HOUR), id="an ordinary night"),
        pytest.param((27 * HOUR, 28 * HOUR), id="a test or an import"),
        pytest.param((8 * DAY, 5 * DAY), id="long ago"),
        pytest.param((), id="never anything"),
    ],
)
def test_no_silence(world: World, ago: tuple[timedelta, ...]) -> None:
    arrive(world, *ago)
    assert write_silences(at=world.now) == 0


def test_a_look_without_news_takes_few_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    alarm(world)
    write_due(at=world.now)
    with django_assert_max_num_queries(5):
        assert write_due(at=world.now) == 0
