"""Pages about people: the profile, the team, invitations, what was changed."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import audit, people, sign_ins
from portal.accounts.access import (
    TeamPageRequest,
    TeamRequest,
    current_members,
    for_team,
    team_page,
)
from portal.accounts.forms import InviteForm, JoinForm, ProfileForm, RoleForm, TeamForm
from portal.accounts.models import AuditEntry, Invitation, Membership, Role, Team, User
from portal.forms.opened import FIELD, Since, changed_since
from portal.forms.shared_form import held_while_saving
from portal.refused import Refused
from portal.words import whole

AUDIT_PAGE = 100


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: TeamRequest) -> HttpResponse:
    """A person's own name, look and keys."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        people.change_profile(user=form.instance, fields=form.changed_data)
        messages.success(request, "Saved.")
        return redirect("profile")
    memberships = Membership.objects.current().filter(user=request.user)
    context = {
        "form": form,
        "memberships": memberships.select_related("team").order_by("team__name"),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


def _people_page(
    request: TeamPageRequest, form: InviteForm, status: int = 200, **extra: Any
) -> HttpResponse:
    team = request.team
    members = list(current_members(team))
    context = {
        "team": team,
        "members": members,
        "unreachable": people.unreachable(members),
        "waiting": people.waiting_invitations(team, timezone.now())[:50],
        "form": form,
        "roles": Role.choices,
        **extra,
    }
    status = 409 if "since" in extra else 422 if form.errors else status
    return render(request, "accounts/people.html", context, status=status)


@team_page(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def people_page(request: TeamPageRequest) -> HttpResponse:
    """Members and open invitations; inviting shows the link once."""
    form = InviteForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _people_page(request, form)
    try:
        _, secret = people.invite(
            team=request.team, by=request.user, at=timezone.now(), **form.cleaned_data
        )
    except Refused as refused:
        form.add_error(refused.field, str(refused))
        return _people_page(request, form)
    link = request.build_absolute_uri(reverse("join", args=[secret]))
    return _people_page(request, InviteForm(), link=link, invited=form.cleaned_data["email"])


@team_page(Role.ADMIN)
@require_POST
def change_role(request: TeamPageRequest, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    team = request.team
    member = _member(request, membership_id)
    form = RoleForm(request.POST)
    if member is None:
        return _people_page(request, InviteForm(), status=404)
    if not form.is_valid():
        return redirect("people", team.pk)
    role = form.cleaned_data["role"]
    with transaction.atomic():
        member = held_while_saving(Membership.objects.all(), request, of=("self",)).get(
            pk=member.pk
        )
        since = _role_since(request, member, role)
        if since is not None:
            clash = {"since": since, "clash": member.pk, "typed_role": role}
            return _people_page(request, InviteForm(), **clash)
        try:
            people.change_role(member=member, role=role, by=request.user, at=timezone.now())
            messages.success(request, f"{member.user} is now {Role(member.role).label}.")
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("people", team.pk)


def _role_since(request: TeamPageRequest, member: Membership, role: str) -> Since | None:
    """What somebody else made of the member while the page was open."""
    about: dict[str, Any] = {"team": request.team, "action": "member.role_changed"}
    return changed_since(
        request.POST.get(FIELD, ""),
        now={"role": member.role},
        mine={"role": role},
        labels={"role": f"The role of {member.user}"},
        words=lambda _, value: str(Role(value).label),
        last=lambda: audit.last_change(subject=str(member.user), **about),
    )


def _member(request: TeamPageRequest, membership_id: int) -> Membership | None:
    """A current member; None, and it is said, for one who was removed meanwhile."""
    members = Membership.objects.filter(team=request.team).select_related("user")
    member = for_team(members, request.user, pk=membership_id)
    if member.ended_at is None:
        return member
    last = audit.last_change(team=request.team, action="member.removed", subject=str(member.user))
    by = f" by {last.who}" if last else ""
    messages.error(request, f"{member.user} was removed from the team already{by}.")
    return None


@team_page(Role.ADMIN)
@require_POST
def remove_member(request: TeamPageRequest, membership_id: int) -> HttpResponse:
    """End a membership."""
    team = request.team
    member = _member(request, membership_id)
    if member is None:
        return _people_page(request, InviteForm(), status=404)
    try:
        people.remove(member=member, by=request.user, at=timezone.now())
        messages.success(request, f"{member.user} is no longer in {team.name}. Their grades stay.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("people", team.pk)


@team_page(Role.ADMIN)
@require_POST
def try_mail_again(request: TeamPageRequest, membership_id: int) -> HttpResponse:
    """Send mail again to an address that the mail server refused."""
    team = request.team
    members = Membership.objects.current().filter(team=team).select_related("user")
    member = for_team(members, request.user, pk=membership_id)
    if people.try_mail_again(member=member, by=request.user, at=timezone.now()):
        messages.success(request, f"Mail to {member.user} is tried again now.")
    else:
        messages.success(request, f"No mail to {member.user} was refused.")
    return redirect("people", team.pk)


@team_page(Role.ADMIN)
@require_POST
def revoke_invitation(request: TeamPageRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    team = request.team
    invitation = for_team(Invitation.objects.filter(team=team), request.user, pk=invitation_id)
    people.revoke_invitation(invitation=invitation, by=request.user, at=timezone.now())
    messages.success(request, "That link no longer works.")
    return redirect("people", team.pk)


@team_page(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def team_settings(request: TeamPageRequest) -> HttpResponse:
    """Name, time zone, when the weekly mail goes out."""
    with transaction.atomic():
        team = held_while_saving(Team.objects.all(), request).get(pk=request.team.pk)
        form = TeamForm(request.POST or None, instance=team)
        if request.method == "POST" and _save_team(request, form):
            messages.success(request, form.saved_words)
            return redirect("team_settings", team.pk)
    context = {"form": form, "team": request.team}
    return render(request, "accounts/team.html", context, status=form.status)


def _save_team(request: TeamPageRequest, form: TeamForm) -> bool:
    """Save what fits and what nobody else changed meanwhile."""
    last = partial(audit.last_change, team=request.team, action="team.changed")
    if not form.is_valid() or not form.settle(last):
        return False
    people.change_team(
        team=form.instance, fields=form.changed_data, by=request.user, at=timezone.now()
    )
    return True


@team_page(Role.ADMIN)
@require_http_methods(["GET"])
def audit_page(request: TeamPageRequest) -> HttpResponse:
    """What was changed, newest first, a page at a time."""
    team = request.team
    entries = AuditEntry.objects.filter(team=team).order_by("-id")
    before = whole(request.GET.get("before"))
    if before is not None:
        entries = entries.filter(pk__lt=before)
    rows = list(entries[: AUDIT_PAGE + 1])
    older = rows[AUDIT_PAGE - 1].pk if len(rows) > AUDIT_PAGE else None
    context = {"team": team, "entries": rows[:AUDIT_PAGE], "older": older}
    return render(request, "accounts/audit.html", context)


@team_page(Role.ADMIN)
@require_http_methods(["GET"])
def sign_ins_page(request: TeamPageRequest) -> HttpResponse:
    """Who signed in or tried to, newest first, a page at a time."""
    events = sign_ins.events_of(request.team)
    before = whole(request.GET.get("before"))
    if before is not None:
        events = events.filter(pk__lt=before)
    rows = list(events[: AUDIT_PAGE + 1])
    older = rows[AUDIT_PAGE - 1].pk if len(rows) > AUDIT_PAGE else None
    context = {"team": request.team, "events": rows[:AUDIT_PAGE], "older": older}
    return render(request, "accounts/sign_ins.html", context)


def _join_refused(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "accounts/join_refused.html", {"why": why}, status=status)


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Behind an invitation link: join at once when signed in, else make an account and join."""
    invitation = people.open_invitation(secret, timezone.now())
    if invitation is None:
        why = "This link was used, taken back or is over 7 days old. Ask for a new one."
        return _join_refused(request, why, 410)
    context: dict[str, Any] = {"invitation": invitation, "secret": secret}
    is_member = isinstance(request.user, User)
    form = None if is_member else _join_form(request, invitation)
    if request.method != "POST" or (form is not None and not form.is_valid()):
        status = 422 if form is not None and form.errors else 200
        context |= {} if form is None else {"form": form}
        return render(request, "accounts/join.html", context, status=status)
    try:
        if isinstance(request.user, User):
            people.accept(secret=secret, user=request.user, at=timezone.now())
        elif form is not None:
            new = people.join_as_new(secret=secret, at=timezone.now(), **form.cleaned_data)
            login(request, new, backend="allauth.account.auth_backends.AuthenticationBackend")
    except Refused as refused:
        return _join_refused(request, str(refused), 409)
    return redirect("home")


def _join_form(request: HttpRequest, invitation: Invitation) -> JoinForm:
    """The form of a new person; the address is the invited one, when one was."""
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and invitation.email:
        data["email"] = invitation.email
    return JoinForm(data, initial={"email": invitation.email})
