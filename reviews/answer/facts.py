"""The six facts of a drop, always in the same order (UX section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ingestion.models import Release
from portal import words
from portal.accounts.models import Team, User
from reviews.answer.leading import Leading
from reviews.answer.names import NO_KIND, release_label
from reviews.answer.printed import range_words
from reviews.answer.shown import Fact
from reviews.measure.values import Comparison
from reviews.models import Incident
from reviews.owners import Owned
from reviews.watch.findings import Leaning, Start
from reviews.watch.incidents import Clocks
from reviews.watch.known import start_of_row

# A start that could lie anywhere in more days than this is not given as a day.
CLEAR_WITHIN = 14


RELEASE_PARTS = ("model", "prompt", "retrieval", "escalation", "definition")


def incident_facts(
    lead: Leading, releases: Mapping[int, Release], owned: Sequence[Owned], at: datetime
) -> list[Fact]:
    """The six facts of an incident, always in this order."""
    incident, found = lead.incident, lead.found
    team = incident.assistant.team
    today = team.day_of(at)
    kind = incident.only_kind
    start = start_of_row(incident)
    return [
        _when(start, today),
        _how_bad(found.comparison, kind),
        _which(found.comparison, kind),
        _what_changed(start, releases, team, today, incident.release),
        _who_owns(lead, releases, owned),
        how_fast(lead.clocks, incident, today),
    ]


def leaning_facts(
    leaning: Leaning,
    comparison: Comparison,
    releases: Mapping[int, Release],
    owned: Sequence[Owned],
    today: date,
    team: Team,
) -> list[Fact]:
    """The six facts of what is probably a drop, before an alarm; in the same order."""
    start, kind = leaning.start, leaning.kind
    return [
        _when(start, today),
        _how_bad(comparison, kind),
        _which(comparison, kind),
        _what_changed(start, releases, team, today),
        _who_would_fix(start, releases, owned),
        Fact("How fast", "Not an alarm yet", "more grades will tell"),
    ]


def _when(start: Start, today: date) -> Fact:
    best, low, high = start.best, start.low, start.high
    label = "When it started"
    if (high - low).days >= CLEAR_WITHIN:
        return Fact(label, "Not clear yet", f"some time {words.day_range(low, high, today)}")
    if low == high:
        return Fact(label, words.day(best, today), "likely that very day")
    return Fact(label, words.day(best, today), f"likely {words.day_range(low, high, today)}")


def _how_bad(comparison: Comparison, kind: str | None) -> Fact:
    """Over all answers when that is clear; else in the kind that fell."""
    label = "How bad"
    line = comparison.of_kind(kind) if kind is not None else None
    if comparison.shift is not None and (comparison.shift.high < 0 or line is None):
        return Fact(label, words.points(comparison.shift.points), range_words(comparison.shift))
    if line is not None and line.shift is not None:
        return Fact(label, f"{words.points(line.shift.points)} there", range_words(line.shift))
    return Fact(label, "Not clear yet", "too few grades since it started")


def _which(comparison: Comparison, kind: str | None) -> Fact:
    label = "Which questions"
    fallen = [one for one in comparison.kinds if one.reading == "worse"]
    if kind is not None:
        line = comparison.of_kind(kind)
        others = [one for one in fallen if one.kind != kind]
        rest = f"{words.plural(len(others), 'other kind')} lower too" if others else "others steady"
        if line is None or line.usual is None or line.now is None:
            return Fact(label, kind or NO_KIND, rest)
        change = f"{words.share(line.usual.share)} to {words.share(line.now.share)}"
        return Fact(label, kind or NO_KIND, f"{change}; {rest}")
    if comparison.kinds and all(one.reading == "not_enough" for one in comparison.kinds):
        return Fact(label, "Too few grades per kind")
    if not fallen:
        return Fact(label, "All kinds about the same")
    names = words.listed([one.kind or NO_KIND for one in fallen[:3]])
    more = len(comparison.kinds) - len(fallen)
    rest = f"clearest there; {words.plural(more, 'kind')} less clear" if more else "all of them"
    return Fact(label, names, rest)


def _what_changed(
    start: Start,
    releases: Mapping[int, Release],
    team: Team,
    today: date,
    named: Release | None = None,
) -> Fact:
    label = "What changed before it"
    of_day = [
        releases[one.release]
        for one in start.releases
        if one.release in releases
        and team.day_of(releases[one.release].went_live_at) == start.named_day
    ]
    if named is not None and not of_day:
        of_day = [named]
    if of_day:
        labels = [release_label(one) for one in of_day]
        live = words.day_time(team.local(of_day[0].went_live_at), today)
        if len(of_day) == 1:
            return Fact(label, labels[0], f"went live {live}")
        return Fact(label, f"One of {words.listed(labels, 'or')}", f"live from {live}")
    near = [one for one in start.releases if one.release in releases]
    if not near:
        return Fact(label, "No change recorded", "record one if there was")
    release = releases[near[0].release]
    live = words.day(team.day_of(release.went_live_at), today)
    return Fact(label, "No change explains it", f"nearest: {release_label(release)}, {live}")


def owner_by_release(release: Release | None, owned: Sequence[Owned]) -> User | None:
    """The owner of the part that a release changed; None for a gap or no release."""
    part = _part_owner(release, owned)
    return part.owner if part else None


def _part_owner(release: Release | None, owned: Sequence[Owned]) -> Owned | None:
    """Who keeps right what a release changed."""
    if release is None or release.kind not in RELEASE_PARTS:
        return None
    return next((one for one in owned if one.part.kind == release.kind), None)


def owner_of_fix(incident: Incident, owned: Sequence[Owned]) -> User | None:
    """Who is to fix it: the person named, else the owner of the part that its release changed."""
    return incident.owner or owner_by_release(incident.release, owned)


def _who_owns(lead: Leading, releases: Mapping[int, Release], owned: Sequence[Owned]) -> Fact:
    label, incident = "Who owns the fix", lead.incident
    if incident.owner is not None:
        took = lead.clocks.to_take
        more = f"took it after {words.duration(took)}" if took is not None else "not taken yet"
        return Fact(label, str(incident.owner), more)
    return _owner_of(incident.release, owned)


def _who_would_fix(start: Start, releases: Mapping[int, Release], owned: Sequence[Owned]) -> Fact:
    fitting = [releases[one.release] for one in start.releases if one.release in releases]
    return _owner_of(fitting[0] if fitting and start.named_day else None, owned)


def _owner_of(release: Release | None, owned: Sequence[Owned]) -> Fact:
    label = "Who owns the fix"
    part = _part_owner(release, owned)
    if part is None:
        return Fact(label, "Nobody", "no change to go by; name an owner", is_gap=True)
    if part.owner is None:
        return Fact(label, "Nobody", f"{part.part.name} has no owner", is_gap=True)
    return Fact(label, str(part.owner), f"owns {part.part.name}; not taken yet")


def how_fast(times: Clocks, incident: Incident, today: date) -> Fact:
    """The clocks in one line: found in, fixed in; days count up until it is."""
    found = f"Found in {words.duration(times.to_find)}"
    if times.fix_live is not None and times.fix_live < times.found:
        return Fact("How fast", found, "the fix was out already")
    if times.to_fix is not None:
        return Fact("How fast", found, f"fix out {words.duration(times.to_fix)} later")
    if incident.better_since is not None:
        since = words.day(incident.better_since, today)
        return Fact("How fast", found, f"better again from about {since}")
    day = (today - incident.found_day).days + 1
    return Fact("How fast", found, f"not fixed yet, day {day}")
