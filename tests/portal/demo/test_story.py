"""The story: the same from the same seed, the drop where it was planted, payloads that fit."""

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.redaction import redact
from ingestion.signals import SignalIn, value_fits
from ingestion.wire import ConversationIn, answer_indexes, check, check_text
from portal.demo.facts import ConversationFact, Story, Truth
from portal.demo.plan import DURING_THE_DROP, RETURNS, USUAL
from portal.demo.story import build
from portal.demo.timeline import Timeline, drop_day

MONDAY = date(2026, 11, 23)
LONDON = ZoneInfo("Europe/London")
FLAG_REASONS = {
    "wrong_fact",
    "out_of_date",
    "incomplete",
    "did_not_answer",
    "rude_unsafe",
    "something_else",
}


@cache
def told(seed: int = 7, *, drop: bool = True) -> Story:
    return build(seed=seed, end=MONDAY, drop=drop)


def texts(one: ConversationFact) -> list[str]:
    return [message["content"] for message in one.payload["messages"]]


def answers(story: Story) -> list[tuple[ConversationFact, int, Truth]]:
    return [(one, at, truth) for one in story.conversations for at, truth in one.truths.items()]


def rate(truths: list[Truth]) -> float:
    return sum(truth.is_good for truth in truths) / len(truths)


def wall_clock(one: ConversationFact) -> datetime:
    return one.at.astimezone(LONDON).replace(tzinfo=None)


def broken(story: Story, one: ConversationFact) -> bool:
    assert story.dropped_at is not None
    assert story.repaired_at is not None
    return story.dropped_at <= one.at < story.repaired_at


def test_one_seed_is_one_story() -> None:
    assert build(seed=7, end=MONDAY) == told()
    assert build(seed=8, end=MONDAY) != told()


def test_another_week_only_moves_the_story() -> None:
    """Same questions, same answers, a week later by the clocks on the wall."""
    week = timedelta(days=7)
    later = build(seed=7, end=MONDAY + week).conversations
    now = told().conversations
    kinds, before = ([(one.kind, len(one.truths)) for one in story] for story in (later, now))
    assert Counter(kinds) == Counter(before)
    assert sorted(wall_clock(one) for one in later) == sorted(wall_clock(one) + week for one in now)


def test_its_size() -> None:
    story = told()
    assert 4000 <= len(story.conversations) <= 5000
    weeks = Counter(one.at.astimezone(LONDON).isocalendar().week for one in story.conversations)
    full = [count for week, count in weeks.items() if week != MONDAY.isocalendar().week]
    assert len(full) == 10
    assert all(380 <= count <= 470 for count in full)


def test_it_ends_in_the_morning_of_the_last_day() -> None:
    story = told()
    morning = datetime.combine(MONDAY, time(7), tzinfo=LONDON)
    assert max(one.at for one in story.conversations) < morning
    assert max(signal.at for signal in story.signals) < morning
    assert max(flag.at for flag in story.flags) < morning
    assert story.conversations[0].at >= datetime(2026, 9, 13, 23, tzinfo=UTC)


def test_fewer_people_write_at_night_and_at_the_weekend() -> None:
    local = [one.at.astimezone(LONDON) for one in told().conversations]
    hours, days = Counter(at.hour for at in local), Counter(at.weekday() for at in local)
    assert hours[3] * 10 < hours[11]
    assert days[5] < days[0] * 0.8


def test_the_kinds_answer_about_as_well_as_planted() -> None:
    story = told()
    for kind, usual in USUAL.items():
        quiet = [
            truth for one, _, truth in answers(story) if one.kind == kind and not broken(story, one)
        ]
        assert abs(rate(quiet) - usual) < 0.02


def test_returns_drop_and_nothing_else_does() -> None:
    for seed in (7, 8, 9):
        story = told(seed)
        inside = [(one, truth) for one, _, truth in answers(story) if broken(story, one)]
        returns = [truth for one, truth in inside if one.kind == RETURNS]
        others = [truth for one, truth in inside if one.kind != RETURNS]
        assert abs(rate(returns) - DURING_THE_DROP) < 0.02
        assert 0.86 < rate(others) < 0.93
        assert len(returns) > 60


def test_without_a_drop_ten_weeks_are_quiet() -> None:
    for seed in (7, 8, 9):
        story = told(seed, drop=False)
        assert story.dropped_at is None
        weeks: dict[tuple[str, int], list[Truth]] = {}
        for one, _, truth in answers(story):
            weeks.setdefault((one.kind, one.at.isocalendar().week), []).append(truth)
        assert all(rate(truths) > 0.8 for truths in weeks.values() if len(truths) > 20)


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
@example(date(2026, 3, 30))
@example(date(2026, 10, 26))
@example(date(2026, 11, 23))
def test_the_drop_is_the_tuesday_of_the_last_full_week(end: date) -> None:
    day = drop_day(end)
    assert day.weekday() == 1
    assert day + timedelta(days=5) < end
    assert end - day <= timedelta(days=12)


@settings(max_examples=12, deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
)
@example(date(2026, 3, 30), "Europe/London")
@example(date(2026, 10, 26), "Europe/London")
@example(date(2026, 3, 9), "America/New_York")
def test_the_story_fits_any_date_and_zone(end: date, tz: str) -> None:
    story, zone = build(seed=3, end=end, tz=tz, per_day=6), ZoneInfo(tz)
    assert story.dropped_at is not None
    local = story.dropped_at.astimezone(zone)
    assert (local.weekday(), local.time()) == (1, time(10, 12))
    assert story.repaired_at is not None
    assert (story.repaired_at.astimezone(zone).time()) == time(17, 40)
    for one in story.conversations:
        row = msgspec.convert(one.payload, ConversationIn)
        check(row, datetime.combine(end, time(12), tzinfo=zone))


def test_the_dates_of_the_tour() -> None:
    story = told()
    assert story.dropped_at == datetime(2026, 11, 17, 10, 12, tzinfo=UTC)
    assert story.repaired_at == datetime(2026, 11, 20, 17, 40, tzinfo=UTC)
    names = [(release.kind, release.name) for release in story.releases]
    assert names[-3:] == [("retrieval", "Help centre 12 Nov"), ("prompt", "42"), ("prompt", "43")]
    assert ("model", "2026-10") in names
    jacket = next(one for one in story.conversations if one.payload.get("ticket_ref") == "48213")
    assert jacket.at == datetime(2026, 11, 18, 14, 2, tzinfo=UTC)
    assert texts(jacket)[-3:] == [
        "Great, even though it was a sale item?",
        "Yes. Sale items are covered by the same 30-day return policy, so you’ll get the full "
        "amount back. You can start the return now from My orders and drop the parcel at any "
        "pick-up point.",
        "ok thanks, will send it tomorrow",
    ]


def test_every_payload_is_taken_by_the_intake() -> None:
    now = datetime.combine(MONDAY, time(7), tzinfo=LONDON)
    for one in told().conversations:
        row = msgspec.convert(one.payload, ConversationIn)
        check(row, now)
        check_text(row)
        assert set(one.truths) == set(answer_indexes(row.messages))
        assert row.passages
        assert row.kind
        assert row.model
        assert row.prompt_version
        assert row.retrieval_version


def test_ids_and_tickets_are_given_once() -> None:
    story = told()
    ids = [one.id for one in story.conversations]
    tickets = [t for one in story.conversations if (t := one.payload.get("ticket_ref"))]
    assert len(set(ids)) == len(ids)
    assert len(set(tickets)) == len(tickets)


def test_no_blank_is_left_open() -> None:
    for one in told().conversations:
        passages = [text for passage in one.payload["passages"] for text in passage.values()]
        notes = [note for truth in one.truths.values() for note in truth.notes]
        for text in [*texts(one), *map(str, passages), *notes]:
            assert "{" not in text
            assert "}" not in text


def test_no_answer_is_given_too_often() -> None:
    story = told()
    said = Counter(texts(one)[index] for one, index, _ in answers(story))
    asked = Counter(texts(one)[0] for one in story.conversations)
    assert said.most_common(1)[0][1] < 0.02 * len(story.conversations)
    assert asked.most_common(1)[0][1] < 0.02 * len(story.conversations)


def test_passages_are_the_shops_own_and_older_than_the_question() -> None:
    for one in told().conversations:
        scores = [passage["score"] for passage in one.payload["passages"]]
        assert scores == sorted(scores, reverse=True)
        for passage in one.payload["passages"]:
            assert passage["url"].startswith("https://acorn.example.com/")
            assert datetime.fromisoformat(passage["updated_at"]) <= one.at


def test_prompt_42_keeps_answers_under_60_words() -> None:
    story = told()
    limited = [one for one in story.conversations if one.payload["prompt_version"] == "42"]
    assert len(limited) > 150
    assert all(len(texts(one)[index].split()) < 60 for one in limited for index in one.truths)
    free = [texts(one)[index] for one, index, _ in answers(story) if one not in limited]
    assert max(len(text.split()) for text in free) > 75


def test_versions_change_with_the_releases() -> None:
    story = told()
    for release in story.releases:
        field = {
            "prompt": "prompt_version",
            "model": "model",
            "retrieval": "retrieval_version",
        }.get(release.kind)
        seen = [
            one.at for one in story.conversations if field and one.payload[field] == release.name
        ]
        if seen:
            assert min(seen) >= release.at


def test_languages_channels_and_scripts() -> None:
    payloads = [one.payload for one in told().conversations]
    assert set(Counter(payload["language"] for payload in payloads)) == {"en", "de", "fr"}
    assert {payload["channel"] for payload in payloads} == {"Web chat", "App", "Email"}
    everything = "".join(text for one in told().conversations for text in texts(one))
    assert re.search(r"[\u0590-\u06ff]", everything)
    assert "🙏" in everything


def test_a_few_customers_write_what_must_be_blanked_out() -> None:
    blanked = [one for one in told().conversations if any(redact(t) != t for t in texts(one))]
    assert 3 <= len(blanked) < 60


def test_signals_follow_the_truth() -> None:
    story = told()
    good = {one.id: all(t.is_good for t in one.truths.values()) for one in story.conversations}
    thumbs: dict[bool, list[float]] = {True: [], False: []}
    for signal in story.signals:
        row = msgspec.convert(signal.payload, SignalIn)
        assert value_fits(row)
        if row.name == "thumbs" and row.conversation_id in good:
            thumbs[good[row.conversation_id]].append(row.value)
    up = {key: sum(value > 0 for value in values) / len(values) for key, values in thumbs.items()}
    assert up[True] > 0.75
    assert up[False] < 0.5
    assert any(signal.payload["conversation_id"] not in good for signal in story.signals)


def test_flags_come_in_working_hours_and_more_often_in_the_drop() -> None:
    story = told()
    weeks = Counter(flag.at.isocalendar().week for flag in story.flags)
    assert all(3 <= count <= 9 for week, count in weeks.items() if week < 47)
    assert 12 <= weeks[47] <= 20
    matched = [flag for flag in story.flags if flag.conversation_ref]
    for flag in story.flags:
        assert flag.reason in FLAG_REASONS
        assert flag.note or flag.reason != "something_else"
        assert flag.conversation_ref or flag.pasted_text
        assert 7 <= flag.at.astimezone(LONDON).hour < 19
    wrong = [
        flag
        for flag in matched
        if flag.answer_index is not None
        and not story.truths[flag.conversation_ref, flag.answer_index].is_good
    ]
    assert 0.6 < len(wrong) / len(matched) < 0.9
    assert len(story.flags) - len(matched) == 3
    assert len({flag.id for flag in story.flags}) == len(story.flags)


def test_people_and_parts() -> None:
    story = told()
    emails = {person.email for person in story.people}
    assert {person.role for person in story.people} == {"agent", "reviewer", "lead", "admin"}
    assert all(email.endswith("@acorn.example") for email in emails)
    assert [part.name for part in story.parts if part.owner is None] == [
        "Delivery pages",
        "Escalation rules",
    ]
    owners = {part.owner for part in story.parts} | {part.stand_in for part in story.parts}
    assert owners - {None} <= emails
    assert set(story.routes.values()) <= {part.name for part in story.parts}
    assert {flag.by for flag in story.flags} <= emails


def test_the_definition_has_four_versions() -> None:
    versions = told().definition
    assert [version.number for version in versions] == [1, 2, 3, 4]
    assert versions[3].at == datetime(2026, 10, 5, 8, tzinfo=UTC)


def test_the_story_can_be_cut() -> None:
    story = told()
    noon = Timeline(date(2026, 11, 17), LONDON).moment(0, time(12))
    cut = story.until(noon)
    assert cut.conversations == tuple(one for one in story.conversations if one.at < noon)
    assert cut.releases[-1].name == "42"
