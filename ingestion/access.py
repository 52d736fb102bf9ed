"""From a request to the assistant it is about, through the one door of portal.accounts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from ingestion.models import Assistant
from portal.accounts.access import TeamRequest, for_team, reaches
from portal.accounts.models import Role

P = ParamSpec("P")
LOOKING = ("GET", "HEAD", "OPTIONS")


class AssistantRequest(TeamRequest):
    """A member's request about one of their team's assistants."""

    assistant: Assistant
    role: Role


def may(request: AssistantRequest, needed: Role) -> bool:
    """True when this member may do what `needed` may."""
    return reaches(request.role, needed)


AssistantView = Callable[Concatenate[AssistantRequest, P], HttpResponseBase]
PlainView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def assistant_page(
    role: Role, *, changes: Role | None = None, only: str = ""
) -> Callable[[AssistantView[P]], Callable[..., HttpResponseBase]]:
    """A view under `/a/<assistant_id>/`: signed in, a member, of at least this role.

    `changes` is the role that anything but looking needs, when that is more than `role`; `only`
    says in words which of those who reach it the view itself lets through. The view gets
    `request.assistant` (its team already read) and `request.role`; the id is taken off the
    arguments. `view.role`, `view.changes` and `view.only` tell the list of addresses who may.
    """

    def decorate(view: AssistantView[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def inner(
            request: AssistantRequest, assistant_id: int, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            needed = role if request.method in LOOKING else changes or role
            assistants = Assistant.objects.select_related("team")
            request.assistant = for_team(assistants, request.user, role=needed, pk=assistant_id)
            request.role = Role(request.assistant.member_role)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        inner.role = role  # type: ignore[attr-defined]
        inner.changes = changes or role  # type: ignore[attr-defined]
        inner.only = only  # type: ignore[attr-defined]
        return inner

    return decorate
