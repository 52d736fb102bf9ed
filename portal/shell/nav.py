"""The side navigation as data: what this member may open, and what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from ingestion.access import AssistantRequest
from ingestion.models import Assistant
from portal.accounts.access import current_members, reaches, visible_to
from portal.accounts.models import Role
from reviews.definition.versions import current_version_id
from reviews.grading.flagging import open_flag_count
from reviews.grading.queue import waiting_count
from reviews.models import Part
from reviews.owners import gap_count
from reviews.watch.incidents import open_incidents

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
        Line("Trends", "trends", "trends", "t", Role.LEAD),
        Line("Answers", "answers", "comment", "a", Role.REVIEWER),
        Line("Incidents", "incidents", "alert", "i", Role.AGENT),
        Line("Releases", "releases", "release", "l", Role.AGENT),
        Line("Owners", "owners", "people", "o", Role.AGENT),
    ),
    (
        Line("Quality definition", "definition", "book", "d", Role.AGENT),
        Line("Reviewers", "reviewers", "scales", "v", Role.REVIEWER),
        Line("Weekly report", "reports", "mail", "w", Role.AGENT),
        Line("Look back", "backtest", "undo", "", Role.LEAD),
        Line("Readiness", "readiness", "tick", "y", Role.LEAD),
        Line("Alerts", "alerts", "bell", "n", Role.AGENT),
        Line("Set-up", "setup", "setup", "s", Role.ADMIN),
    ),
)


def _count(number: int) -> str:
    return "" if not number else str(number) if number <= MOST else f"{MOST}+"


def _counts(request: AssistantRequest) -> dict[str, tuple[str, str]]:
    """What waits, by route: the count and its tint."""
    now, assistant = timezone.now(), request.assistant
    counts = {
        "owners": (_count(gap_count(assistant)), "bad"),
        "incidents": (_count(open_incidents(assistant).count()), "bad"),
    }
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


def _switcher(request: AssistantRequest) -> list[Assistant]:
    """The other assistants this person may open."""
    others = visible_to(Assistant.objects.select_related("team"), request.user)
    return list(others.exclude(pk=request.assistant.pk).order_by("name")[:20])


def _setup_done(assistant: Assistant) -> dict[str, bool]:
    """Which steps of setting up are done, by what is there."""
    parts = Part.objects.in_use().filter(assistant=assistant)
    return {
        "definition": current_version_id(assistant.pk) is not None,
        "owners": parts.exists() and not gap_count(assistant),
        "people": current_members(assistant.team).count() > 1,
    }


def nav(request: HttpRequest) -> dict[str, Any]:
    """Context of every page of an assistant. What takes queries is handed over as a function, so
    that only a page which prints it pays for it."""
    context: dict[str, Any] = {"demo": settings.DEMO}
    if getattr(request, "assistant", None) is None:
        return context
    of_assistant = cast("AssistantRequest", request)
    assistant, role = of_assistant.assistant, of_assistant.role
    return context | {
        "nav": partial(_groups, of_assistant),
        "switcher": partial(_switcher, of_assistant),
        "setup_done": partial(_setup_done, assistant),
        "assistant": assistant,
        "team": assistant.team,
        "role": role,
        "role_label": role.label,
        "is_admin": reaches(role, Role.ADMIN),
        "is_lead": reaches(role, Role.LEAD),
        "is_reviewer": reaches(role, Role.REVIEWER),
    }
