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


class AssistantRequest(TeamRequest):
    """A member's request about one of their team's assistants."""

    assistant: Assistant
    role: Role


def may(request: AssistantRequest, needed: Role) -> bool:
    """True when this member may do what `needed` may."""
    return reaches(request.role, needed)


AssistantView = Callable[Concatenate[AssistantRequest, P], HttpResponseBase]
PlainView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def assistant_page(role: Role) -> Callable[[AssistantView[P]], Callable[..., HttpResponseBase]]:
    """A view under `/a/<assistant_id>/`: signed in, a member, of at least this role.

    The view gets `request.assistant` (its team already read) and `request.role`; the id is taken
    off the arguments. `view.role` tells the role matrix who may.
    """

    def decorate(view: AssistantView[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def inner(
            request: AssistantRequest, assistant_id: int, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            assistants = Assistant.objects.select_related("team")
            request.assistant = for_team(assistants, request.user, role=role, pk=assistant_id)
            request.role = Role(request.assistant.member_role)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        inner.role = role  # type: ignore[attr-defined]
        return inner

    return decorate
