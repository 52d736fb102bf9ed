"""The side navigation as data: what this member may open, and what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from ingestion.access import AssistantRequest
from ingestion.models import Assistant
from portal.accounts.access import reaches, visible_to
from portal.accounts.models import Role
from reviews.assigning import waiting_count
from reviews.flagging import open_flag_count
from reviews.owners import gap_count

MOST = 99


@dataclass(frozen=True)
class Item:
    """One line of the navigation; `key` is the letter after g."""

    label: str
    url: str
    icon: str
    key: str = ""
    count: str = ""
    tone: str = ""
    current: bool = False


@dataclass(frozen=True)
class Line:
    """How a line is made: the route, and the role it takes."""

    label: str
    route: str
    icon: str
    key: str
    role: Role


GROUPS = (
    (
        Line("Home", "assistant_home", "home", "h", Role.AGENT),
        Line("Review", "review", "review", "r", Role.REVIEWER),
        Line("Queue", "queue", "list", "q", Role.LEAD),
        Line("Flags", "flags", "flag", "f", Role.AGENT),
    ),
    (
        Line("Answers", "answers", "comment", "a", Role.REVIEWER),
        Line("Releases", "releases", "release", "l", Role.AGENT),
        Line("Owners", "owners", "people", "o", Role.AGENT),
    ),
    (
        Line("Quality definition", "definition", "book", "d", Role.AGENT),
        Line("Weekly report", "reports", "mail", "w", Role.AGENT),
        Line("Set-up", "setup", "setup", "s", Role.ADMIN),
    ),
)


def _count(number: int) -> str:
    return "" if not number else str(number) if number <= MOST else f"{MOST}+"


def _counts(request: AssistantRequest) -> dict[str, tuple[str, str]]:
    """What waits, by route: the count and its tint."""
    now, assistant = timezone.now(), request.assistant
    counts = {"owners": (_count(gap_count(assistant)), "bad")}
    if reaches(request.role, Role.REVIEWER):
        waiting = waiting_count(assistant=assistant, reviewer=request.user, at=now, most=MOST + 1)
        counts["review"] = (_count(waiting), "")
    if reaches(request.role, Role.LEAD):
        counts["flags"] = (_count(open_flag_count(assistant, most=MOST + 1)), "")
    return counts


def _groups(request: AssistantRequest) -> list[list[Item]]:
    counts = _counts(request)
    groups = []
    for lines in GROUPS:
        items = []
        for line in lines:
            if not reaches(request.role, line.role):
                continue
            url = reverse(line.route, args=[request.assistant.pk])
            count, tone = counts.get(line.route, ("", ""))
            home = line.route == "assistant_home"
            current = request.path == url if home else request.path.startswith(url)
            items.append(Item(line.label, url, line.icon, line.key, count, tone, current))
        groups.append(items)
    return [group for group in groups if group]


def nav(request: HttpRequest) -> dict[str, Any]:
    """Context of every full page; pages that are no assistant's get an empty navigation."""
    context: dict[str, Any] = {"demo": settings.DEMO}
    assistant = getattr(request, "assistant", None)
    if assistant is None or getattr(request, "htmx", False):
        return context
    assert isinstance(assistant, Assistant)  # noqa: S101 - set by assistant_page only
    others = visible_to(Assistant.objects.select_related("team"), request.user)  # type: ignore[arg-type]
    role: Role = request.role  # type: ignore[attr-defined]
    return (
        context
        | {
            "nav": _groups(request),  # type: ignore[arg-type]
            "assistant": assistant,
            "team": assistant.team,
            "role": role,
            "role_label": role.label,
            "is_admin": reaches(role, Role.ADMIN),
            "is_lead": reaches(role, Role.LEAD),
            "is_reviewer": reaches(role, Role.REVIEWER),
            "switcher": list(others.exclude(pk=assistant.pk).order_by("name")[:20]),
        }
    )
