"""Who is told of what: each member's choice, the defaults of their role, their quiet hours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core import signing

from portal.accounts.access import current_members, reaches
from portal.accounts.models import Membership, Role, Team, User
from reviews.answer.facts import RELEASE_PARTS
from reviews.models import Alert, AlertPreference, Incident
from reviews.owners import owned_parts

Incidents = AlertPreference.Incidents
STOP_SALT = "stop alerts"


@dataclass(frozen=True)
class Choice:
    """What a member is told of, and when not; quiet hours are by the team's clock."""

    incidents: str
    gaps: bool
    silence: bool
    quiet_from: time | None = None
    quiet_until: time | None = None

    def wants(self, kind: str) -> bool:
        """True unless the member wants nothing of this kind."""
        if kind == Alert.Kind.INCIDENT:
            return self.incidents != Incidents.NONE
        if kind == Alert.Kind.WEBHOOK:  # whoever relies on alerts wants to hear that some are lost
            return self.incidents != Incidents.NONE or self.gaps or self.silence
        return self.gaps if kind == Alert.Kind.GAP else self.silence


def default_choice(role: str) -> Choice:
    """Without a choice of their own: leads and admins hear everything; others hear of incidents
    in their parts, so who owns nothing hears nothing."""
    is_lead = reaches(role, Role.LEAD)
    return Choice(Incidents.ANY if is_lead else Incidents.MINE, is_lead, is_lead)


def choice_of(member: Membership) -> Choice:
    """What this member chose, or the default."""
    try:
        row = member.alert_preference
    except AlertPreference.DoesNotExist:
        return default_choice(member.role)
    return Choice(row.incidents, row.gaps, row.silence, row.quiet_from, row.quiet_until)


def choose(*, member: Membership, choice: Choice) -> None:
    """Keep a member's choice."""
    AlertPreference.objects.update_or_create(
        membership=member,
        defaults={
            "incidents": choice.incidents,
            "gaps": choice.gaps,
            "silence": choice.silence,
            "quiet_from": choice.quiet_from,
            "quiet_until": choice.quiet_until,
        },
    )


def members_with_mail(team: Team) -> list[Membership]:
    """The current members who can get mail, with their choices."""
    members = current_members(team).select_related("alert_preference")
    return [one for one in members if one.user.is_active and one.user.email]


def keepers(incident: Incident) -> set[int]:
    """Whose incident it is: its owner, and who keeps the part that the suspected release changed
    with their stand-in (ids of people)."""
    people = {incident.owner_id} if incident.owner_id else set()
    release = incident.release
    if release is not None and release.kind in RELEASE_PARTS:
        for one in owned_parts(incident.assistant):
            if one.part.kind == release.kind:
                people |= {person.pk for person in (one.owner, one.stand_in) if person}
    return people


def told_of(
    *, team: Team, kind: str, mine: Collection[int] = (), but: int | None = None
) -> list[Membership]:
    """Who is told. `mine`: people whose incident it is; `but`: who did it themselves."""
    told = []
    for member in members_with_mail(team):
        choice = choice_of(member)
        if kind == Alert.Kind.WEBHOOK and not reaches(member.role, Role.LEAD):
            continue
        if member.user_id == but or not choice.wants(kind):
            continue
        is_any = kind != Alert.Kind.INCIDENT or choice.incidents == Incidents.ANY
        if is_any or member.user_id in mine:
            told.append(member)
    return told


def after_quiet(at: datetime, choice: Choice, zone: ZoneInfo) -> datetime:
    """`at`, or the end of the quiet hours it falls into (UTC); right across midnight and across a
    change of clocks."""
    begin, end = choice.quiet_from, choice.quiet_until
    if begin is None or end is None or begin == end:
        return at
    local = at.astimezone(zone)
    now, day = local.time(), local.date()
    if begin < end:
        is_quiet = begin <= now < end
    else:
        is_quiet = now >= begin or now < end
        if now >= begin:
            day += timedelta(days=1)
    if not is_quiet:
        return at
    over = datetime.combine(day, end, zone)
    if over.astimezone(UTC) <= at:  # the hour that comes twice, for the second time
        over = over.replace(fold=1)
    return over.astimezone(UTC)


def stop_token(person: User, team: Team) -> str:
    """Lets a mail's link stop the alerts without signing in."""
    return signing.dumps([person.pk, team.pk], salt=STOP_SALT)


def stop_alerts(*, token: str) -> Membership | None:
    """Stop every alert to the person and team in `token`; None for a token of no use."""
    try:
        person, team = signing.loads(token, salt=STOP_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    members = Membership.objects.select_related("team", "alert_preference")
    member = members.current().filter(user=person, team=team).first()
    if member is not None:
        now = choice_of(member)
        stopped = Choice(Incidents.NONE, False, False, now.quiet_from, now.quiet_until)
        choose(member=member, choice=stopped)
    return member
