"""Who is in a team: invite, join, change a role, leave. Every change leaves an audit entry."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts import audit
from portal.accounts.access import current_members, key_digest
from portal.accounts.models import Invitation, Membership, RefusedAddress, Role, Team, User
from portal.refused import Refused

INVITATION_LASTS = timedelta(days=7)


def invite(*, team: Team, email: str, role: str, by: User, at: datetime) -> tuple[Invitation, str]:
    """A place in the team and the secret of its link, which is not kept."""
    address = email.strip().lower()
    if address and current_members(team).filter(user__email=address).exists():
        raise Refused("email", f"{address} is in the team already.")
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            team=team,
            email=address,
            role=role,
            digest=key_digest(secret),
            invited_by=by,
            expires_at=at + INVITATION_LASTS,
        )
        subject = f"{address or 'a link'} as {Role(role).label}"
        audit.record(team=team, actor=by, action="member.invited", subject=subject, at=at)
    return invitation, secret


def open_invitation(secret: str, at: datetime) -> Invitation | None:
    """The invitation a link opens; None when it was used, taken back or ran out."""
    return (
        Invitation.objects.select_related("team", "invited_by")
        .filter(
            digest=key_digest(secret),
            accepted_at__isnull=True,
            revoked_at__isnull=True,
            expires_at__gt=at,
        )
        .first()
    )


def accept(*, secret: str, user: User, at: datetime) -> Membership:
    """Join by link. Works once. Raises Refused with what to do."""
    with transaction.atomic():
        waiting = open_invitation(secret, at)
        if waiting is None:
            raise Refused(
                "link", "This link was used, taken back or is over 7 days old. Ask for a new one."
            )
        invitation = Invitation.objects.select_for_update().get(pk=waiting.pk)
        if invitation.accepted_at is not None or invitation.revoked_at is not None:
            raise Refused("link", "This link was used or taken back just now. Ask for a new one.")
        if invitation.email and invitation.email != user.email:
            raise Refused(
                "link",
                f"This link is for {invitation.email}, and you are {user.email}. "
                "Sign out and open it again.",
            )
        if current_members(invitation.team).filter(user=user).exists():
            raise Refused("link", "You are in this team already.")
        invitation.accepted_at, invitation.accepted_by = at, user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        member = Membership.objects.create(team=invitation.team, user=user, role=invitation.role)
        audit.record(
            team=invitation.team,
            actor=user,
            action="member.joined",
            subject=f"{user} as {Role(member.role).label}",
            at=at,
        )
    return member


def join_as_new(*, secret: str, at: datetime, **who: str) -> User:
    """Make an account and join by link, or neither. Raises Refused with what to do."""
    with transaction.atomic():
        user = User.objects.create_user(**who)
        accept(secret=secret, user=user, at=at)
    return user


def change_profile(*, user: User, fields: Sequence[str]) -> None:
    """Keep what somebody changed about themselves."""
    if fields:
        user.save(update_fields=list(fields))


def change_team(*, team: Team, fields: Sequence[str], by: User, at: datetime) -> None:
    """Keep a team's settings as they are in `team`, of which `fields` were changed."""
    with transaction.atomic():
        team.save()
        if fields:
            audit.record(
                team=team,
                actor=by,
                action="team.changed",
                subject=team.name,
                at=at,
                fields=list(fields),
            )


def waiting_invitations(team: Team, at: datetime) -> QuerySet[Invitation]:
    """Those whose link still works, the newest first."""
    return Invitation.objects.filter(
        team=team, accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
    ).order_by("-created_at")


def revoke_invitation(*, invitation: Invitation, by: User, at: datetime) -> None:
    """Make a link useless; nothing is left to do when it was used or taken back before."""
    with transaction.atomic():
        waiting = Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True)
        if waiting.filter(pk=invitation.pk).update(revoked_at=at):
            audit.record(
                team=invitation.team,
                actor=by,
                action="member.invitation_revoked",
                subject=invitation.email or "a link",
                at=at,
            )


def _keep_an_admin(member: Membership) -> None:
    """Lock the team's admins; raise when `member` is the last one."""
    admins = (
        Membership.objects.current().select_for_update().filter(team=member.team, role=Role.ADMIN)
    )
    if not [one for one in admins if one.pk != member.pk]:
        raise Refused("role", "A team needs an admin. Make somebody else one first.")


def change_role(*, member: Membership, role: str, by: User, at: datetime) -> None:
    """Give a member another role. Raises Refused for the last admin."""
    if member.role == role:
        return
    with transaction.atomic():
        if member.role == Role.ADMIN and role != Role.ADMIN:
            _keep_an_admin(member)
        was, member.role = member.role, role
        member.save(update_fields=["role"])
        audit.record(
            team=member.team,
            actor=by,
            action="member.role_changed",
            subject=str(member.user),
            at=at,
            was=was,
            now=role,
        )


def remove(*, member: Membership, by: User, at: datetime) -> None:
    """End a membership; what the person graded stays. Raises Refused for the last admin."""
    with transaction.atomic():
        if member.role == Role.ADMIN:
            _keep_an_admin(member)
        member.ended_at = at
        member.save(update_fields=["ended_at"])
        audit.record(
            team=member.team, actor=by, action="member.removed", subject=str(member.user), at=at
        )


def unreachable(members: Iterable[Membership]) -> list[tuple[Membership, RefusedAddress]]:
    """The members of whose address the mail server said that there is no such mailbox."""
    by_address = {one.user.email: one for one in members if one.user.email}
    refused = RefusedAddress.objects.filter(address__in=by_address).order_by("since", "pk")
    return [(by_address[one.address], one) for one in refused]


def try_mail_again(*, member: Membership, by: User, at: datetime) -> bool:
    """Ask for mail to this member to be tried again; the outbox takes it up. False when their
    address was not refused."""
    with transaction.atomic():
        refused = RefusedAddress.objects.filter(address=member.user.email, again_at__isnull=True)
        if not refused.update(again_at=at):
            return False
        audit.record(
            team=member.team,
            actor=by,
            action="member.mail_tried_again",
            subject=str(member.user),
            at=at,
        )
    return True
