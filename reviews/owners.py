"""Who keeps what right: parts, their owners over time, and which part a reason points to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from ingestion.models import Assistant, Release
from portal.accounts import audit
from portal.accounts.models import Membership, User
from portal.refused import Refused
from portal.ticks.aside import each
from reviews.models import Part, PartOwnership, ReasonRoute, WentWrong

REVIEW_EVERY = timedelta(days=90)
FOUND_NAMES = {
    Part.Kind.PROMPT: "Prompt",
    Part.Kind.MODEL: "Model",
    Part.Kind.RETRIEVAL: "Retrieval content",
}
ALWAYS = ((Part.Kind.ESCALATION, "Escalation rules"), (Part.Kind.DEFINITION, "Quality definition"))
FIRST_ROUTES = {
    WentWrong.WRONG_FACT: Part.Kind.PROMPT,
    WentWrong.OUT_OF_DATE: Part.Kind.RETRIEVAL,
    WentWrong.INCOMPLETE: Part.Kind.PROMPT,
    WentWrong.DID_NOT_ANSWER: Part.Kind.ESCALATION,
    WentWrong.RUDE_OR_UNSAFE: Part.Kind.PROMPT,
    WentWrong.CONTRADICTS_SOURCE: Part.Kind.MODEL,
    WentWrong.NOT_IN_SOURCE: Part.Kind.MODEL,
}


ICONS: dict[str, str] = {
    Part.Kind.PROMPT: "comment",
    Part.Kind.MODEL: "chip",
    Part.Kind.SEARCH: "stack",
    Part.Kind.ESCALATION: "flag",
    Part.Kind.DEFINITION: "book",
}


@dataclass(frozen=True)
class Owned:
    """A part as it stands: who has it now. `owner` None is a gap."""

    part: Part
    owner: User | None
    stand_in: User | None
    review_by: date | None
    last_change: datetime | None

    @property
    def is_gap(self) -> bool:
        return self.owner is None

    @property
    def icon(self) -> str:
        """The picture of its kind."""
        return ICONS.get(self.part.kind, "page")

    def days_late(self, today: date) -> int:
        """Days since the review was due; 0 when it is not."""
        if self.owner is None or self.review_by is None:
            return 0
        return max(0, (today - self.review_by).days)


def live_parts(assistant: Assistant) -> QuerySet[Part]:
    """The parts that are in use, each with the id of its newest ownership."""
    newest = PartOwnership.objects.filter(part=OuterRef("pk")).order_by("-at", "-pk")
    return (
        Part.objects.in_use()
        .filter(assistant=assistant)
        .annotate(newest_ownership=Subquery(newest.values("pk")[:1]))
    )


def owned_parts(assistant: Assistant) -> list[Owned]:
    """Every part with its owner, in the order an answer is made, in four queries.

    An owner who has left the team does not count: their parts are gaps at once.
    """
    parts = list(live_parts(assistant).order_by("name"))
    rows = PartOwnership.objects.select_related("owner", "stand_in").in_bulk(
        [part.newest_ownership for part in parts if part.newest_ownership]  # type: ignore[attr-defined]
    )
    members = set(
        Membership.objects.current()
        .filter(team_id=assistant.team_id)
        .values_list("user_id", flat=True)
    )
    changes: dict[str, datetime] = dict(
        Release.objects.filter(assistant=assistant)
        .order_by("kind", "-went_live_at")
        .distinct("kind")
        .values_list("kind", "went_live_at")
    )
    order = {kind: place for place, kind in enumerate(Part.Kind.values)}
    result = []
    for part in sorted(parts, key=lambda one: (order[one.kind], one.name)):
        row = rows.get(part.newest_ownership)  # type: ignore[attr-defined]
        owner = row.owner if row and row.owner_id in members else None
        stand_in = row.stand_in if row and row.stand_in_id in members else None
        review_by = row.review_by if row and owner else None
        result.append(Owned(part, owner, stand_in, review_by, changes.get(part.kind)))
    return result


def gap_count(assistant: Assistant) -> int:
    """How many parts nobody owns, in two queries."""
    members = Membership.objects.current().filter(team_id=assistant.team_id)
    newest = [part.newest_ownership for part in live_parts(assistant)]  # type: ignore[attr-defined]
    owned = PartOwnership.objects.filter(pk__in=newest, owner__in=members.values("user"))
    return len(newest) - owned.count()


def find_parts(*, assistant: Assistant, at: datetime) -> list[Part]:
    """Add the parts that the data shows (a prompt, a model, retrieval content) and those that
    every assistant has; route each reason to one. Nothing that exists is touched."""
    seen = set(
        Release.objects.filter(assistant=assistant).values_list("kind", flat=True).distinct()
    )
    wanted = [(kind, name, True) for kind, name in FOUND_NAMES.items() if kind.value in seen]
    wanted += [(kind, name, False) for kind, name in ALWAYS]
    known = set(Part.objects.filter(assistant=assistant).values_list("kind", flat=True))
    new = [
        Part(assistant=assistant, kind=kind, name=name, found_in_data=found, created_at=at)
        for kind, name, found in wanted
        if kind.value not in known
    ]
    if new:
        with transaction.atomic():
            Part.objects.bulk_create(new, ignore_conflicts=True)
            _route_reasons(assistant)
    return new


def find_all_parts(*, at: datetime) -> int:
    """Look at every assistant; returns how many parts are new."""
    found = each(
        task="find_parts",
        items=Assistant.objects.select_related("team").order_by("pk"),
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=lambda one: find_parts(assistant=one, at=at),
        at=at,
    )
    return sum(len(parts) for parts in found)


def _route_reasons(assistant: Assistant) -> None:
    """Point each reason that goes nowhere yet at the first part of its kind."""
    routed = set(
        ReasonRoute.objects.filter(assistant=assistant).values_list("went_wrong", flat=True)
    )
    first: dict[str, Part] = {}
    for part in Part.objects.in_use().filter(assistant=assistant).order_by("-pk"):
        first[part.kind] = part
    ReasonRoute.objects.bulk_create(
        [
            ReasonRoute(assistant=assistant, went_wrong=reason, part=first[kind.value])
            for reason, kind in FIRST_ROUTES.items()
            if reason.value not in routed and kind.value in first
        ],
        ignore_conflicts=True,
    )


def add_part(
    *,
    assistant: Assistant,
    kind: str,
    name: str,
    description: str,
    link: str,
    by: User | None,
    at: datetime,
) -> Part:
    """Add a part by hand. Raises Refused when its name is taken."""
    with transaction.atomic():
        part, created = Part.objects.get_or_create(
            assistant=assistant,
            kind=kind,
            name=name.strip(),
            defaults={"description": description, "link": link, "created_at": at},
        )
        if not created and part.retired_at is None:
            raise Refused("name", f"There is a part called {part.name} already.")
        if not created:
            part.retired_at, part.description, part.link = None, description, link
            part.save()
        audit.record(team=assistant.team, actor=by, action="part.added", subject=part.name, at=at)
        _route_reasons(assistant)
    return part


def _must_be_member(assistant: Assistant, person: User | None, field: str) -> None:
    if person is None:
        return
    members = Membership.objects.current().filter(team_id=assistant.team_id)
    if not members.filter(user=person).exists():
        raise Refused(field, f"{person} is not in this team. Invite them first.")


def name_owner(
    *,
    part: Part,
    owner: User | None,
    stand_in: User | None,
    review_by: date | None,
    by: User | None,
    why: str,
    at: datetime,
) -> PartOwnership:
    """Write down who owns a part from now on; without a date the next review is in 90 days.

    Raises Refused for people outside the team, or a stand-in who is the owner.
    """
    if owner is not None and owner == stand_in:
        raise Refused("stand_in", "The stand-in must be somebody else.")
    _must_be_member(part.assistant, owner, "owner")
    _must_be_member(part.assistant, stand_in, "stand_in")
    if owner is not None and review_by is None:
        review_by = (at + REVIEW_EVERY).date()
    with transaction.atomic():
        row = PartOwnership.objects.create(
            part=part, owner=owner, stand_in=stand_in, review_by=review_by, by=by, why=why, at=at
        )
        audit.record(
            team=part.assistant.team,
            actor=by,
            action="part.owner_named",
            subject=f"{part.name}: {owner or 'nobody'}",
            at=at,
        )
    return row


def held_route(*, assistant: Assistant, went_wrong: str) -> ReasonRoute | None:
    """To which part a reason goes, held until the transaction ends: two who route it wait for each
    other, also the first two."""
    Assistant.objects.select_for_update(no_key=True).get(pk=assistant.pk)
    routes = ReasonRoute.objects.filter(assistant=assistant, went_wrong=went_wrong)
    return routes.select_related("part").first()


def route_reason(
    *, assistant: Assistant, went_wrong: str, part: Part, by: User | None, at: datetime
) -> None:
    """Let a part answer for a reason."""
    with transaction.atomic():
        ReasonRoute.objects.update_or_create(
            assistant=assistant, went_wrong=went_wrong, defaults={"part": part}
        )
        audit.record(
            team=assistant.team,
            actor=by,
            action="part.reason_routed",
            subject=f"{WentWrong(went_wrong).label}: {part.name}",
            at=at,
        )
