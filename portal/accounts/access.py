"""The one door from a request to a team's row.

Every view and endpoint reaches rows through `for_team` (a person) or with
the key whose `key_digest` it brought (a program; ingestion.api.auth reads it on the hot path).
A stranger is told 404, never that the row exists; a member whose role does not reach gets 403 with
the roles that may.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import reduce, wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from portal.accounts.models import ApiKey, Membership, Role, Scope, Team, User

P = ParamSpec("P")
RowT = TypeVar("RowT", bound=Model)
ROLE_ORDER = {role: rank for rank, role in enumerate(Role)}
LAST_USED_STEP = timedelta(minutes=1)


class TeamRequest(HttpRequest):
    """A request by a signed-in person, as our middleware leaves it."""

    user: User  # views behind login_required see people only
    htmx: HtmxDetails
    script: str  # which script of ours asks (portal.gate.script_answers), or nothing for a person


class TeamPageRequest(TeamRequest):
    """A member's request about their team."""

    team: Team


class RoleNeeded(PermissionDenied):
    """The member's role does not reach; the 403 page says who can."""

    def __init__(self, needed: Role, team: Team | None = None) -> None:
        super().__init__(f"This needs the role {needed.label} or above.")
        self.needed = needed
        self.team = team


def reaches(role: str, needed: Role) -> bool:
    """True when `role` may do what `needed` may.

    >>> reaches("lead", Role.REVIEWER), reaches("agent", Role.REVIEWER)
    (True, False)
    """
    return ROLE_ORDER[Role(role)] >= ROLE_ORDER[needed]


def team_path(model: type[Model]) -> str:
    """The look-up from a model to its team, read off the model's foreign keys.

    Raises LookupError for a model that belongs to no team: such a row has no door.
    """
    if model is Team:
        return ""
    names = {field.name for field in model._meta.get_fields()}
    for name in (
        "team",
        "assistant",
        "sample",
        "version",
        "part",
        "report",
        "incident",
        "alert",
        "membership",
    ):
        if name in names:
            target = model._meta.get_field(name).related_model
            assert isinstance(target, type)  # noqa: S101 - a foreign key always has one
            rest = team_path(target)
            return f"{name}__{rest}" if rest else name
    raise LookupError(f"{model.__name__} has no path to a team; add one to team_path().")


def visible_to(queryset: QuerySet[RowT], user: User) -> QuerySet[RowT]:
    """The rows of teams that `user` is a current member of, each with `member_role`."""
    path = team_path(queryset.model)
    prefix = f"{path}__memberships" if path else "memberships"
    current = Q(**{f"{prefix}__user": user.pk, f"{prefix}__ended_at__isnull": True})
    seen = queryset.filter(current).annotate(member_role=F(f"{prefix}__role"))
    return cast("QuerySet[RowT]", seen)


def for_team(
    queryset: QuerySet[RowT], user: User, *, role: Role = Role.AGENT, **lookup: object
) -> RowT:
    """The one row that matches, if `user` may see it.

    Raises Http404 when there is none or it is another team's, RoleNeeded when the member's role
    does not reach `role`. The row carries `member_role`.
    """
    row = visible_to(queryset, user).filter(**lookup).first()
    if row is None:
        raise Http404("There is no such page, or it is not your team's.")
    if not reaches(row.member_role, role):  # type: ignore[attr-defined]  # annotated above
        path = team_path(queryset.model)
        team = reduce(getattr, path.split("__"), row) if path else row
        raise RoleNeeded(role, cast("Team", team))
    return row


def team_page(
    role: Role,
) -> Callable[
    [Callable[Concatenate[TeamPageRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]
]:
    """A view under `/team/<team_id>/`: signed in, a member, of at least this role.

    The view gets `request.team`; the id is taken off the arguments. `view.role` tells the list of
    addresses who may.
    """

    def decorate(
        view: Callable[Concatenate[TeamPageRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def inner(
            request: TeamPageRequest, team_id: int, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            request.team = for_team(Team.objects.all(), request.user, role=role, pk=team_id)
            return view(request, *args, **kwargs)

        inner.role = role  # type: ignore[attr-defined]
        return inner

    return decorate


def current_members(team: Team) -> QuerySet[Membership]:
    """The memberships of `team` that have not ended, people included, by name."""
    members = Membership.objects.current().filter(team=team)
    return members.select_related("user").order_by("user__name", "pk")


def key_digest(secret: str) -> str:
    """What is stored of a secret: SHA-256 in hex. The secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def note_key_use(key: ApiKey, at: datetime) -> None:
    """Keep `last_used_at` right to the minute, without a write for each request."""
    if key.last_used_at is None or at - key.last_used_at > LAST_USED_STEP:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - LAST_USED_STEP)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)


def key_may(key: ApiKey, scope: Scope) -> bool:
    """True when the key was given `scope`."""
    return scope.value in key.scopes
