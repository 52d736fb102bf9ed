"""The template side of portal.words, icons, and components that take keyword arguments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.forms import BoundField, CheckboxInput
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal import words
from portal.forms.opened import FIELD, stamp

register = template.Library()
register.filter("share", words.share)
register.filter("initials", words.initials)
register.filter("duration", words.duration)
register.filter("points", words.points)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of static/icons.svg; `size` is "", "s" or "l". Decoration: say it in words too."""
    extra = f" i-{size}" if size else ""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        extra,
        static("icons.svg"),
        name,
    )


def _zone(context: Context) -> ZoneInfo:
    team = context.get("team")
    try:
        return ZoneInfo(team.time_zone if team else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")  # so that the pages open on which an admin can choose another


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | datetime | None) -> str:
    """A date in the team's zone: Tue 17 Nov."""
    if value is None:
        return ""
    zone = _zone(context)
    today = timezone.localdate(timezone=zone)
    plain = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return words.day(plain, today)


@register.simple_tag(takes_context=True)
def day_time(context: Context, value: datetime | None) -> str:
    """A moment in the team's zone: Tue 17 Nov 10:12."""
    if value is None:
        return ""
    zone = _zone(context)
    return words.day_time(value.astimezone(zone), timezone.localdate(timezone=zone))


@register.simple_tag
def ago(value: datetime | None) -> str:
    """How long since: 38 min."""
    return words.duration(timezone.now() - value) if value else ""


@register.simple_tag
def likely(rate: Any) -> str:
    """The range of anything with low and high: likely 75% to 84%; or that it has none."""
    said: str | None = getattr(rate, "range_words", None)
    if said is not None:
        return said
    return words.likely_short(rate.low, rate.high) if rate.has_range else words.AS_GRADED


@register.simple_tag
def about_ranges(has_ranges: bool) -> str:
    """What "likely", or "as graded", means."""
    return words.about_ranges(has_ranges)


@register.simple_tag
def points_range(change: Any) -> str:
    """The range of a difference in points."""
    return words.points_range(change.low, change.high)


@register.simple_tag
def from_to(days: Any) -> str:
    """The days of anything with a first and a last one, as lists of answers take them in their
    address."""
    return f"from={days.first:%Y-%m-%d}&to={days.last:%Y-%m-%d}"


@register.simple_tag
def clock(bound: BoundField) -> str:
    """A field's time of day, to the minute; as it was typed while its form is refused."""
    value = bound.value()
    if value is None:
        return ""
    return str(value) if bound.form.is_bound else f"{value:%H:%M}"


@register.simple_tag
def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 3 flags."""
    return words.plural(count, one, many)


@register.filter
def lasting(value: timedelta | None) -> str:
    """A duration, or nothing."""
    return words.duration(value) if value is not None else ""


@register.simple_tag
def opened(**values: Any) -> str:
    """The hidden field by which a form knows what it showed: {% opened role=member.role %}."""
    text = {name: "" if value is None else str(value) for name, value in values.items()}
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, stamp(text))


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, rows: int = 0) -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for assistive tech."""
    help_id, error_id = f"{bound.auto_id}_help", f"{bound.auto_id}_error"
    described = [help_id] if bound.help_text else []
    attrs: dict[str, Any] = {}
    is_check = isinstance(bound.field.widget, CheckboxInput)
    if bound.errors:
        described.append(error_id)
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if not is_check:
        attrs["class"] = "textarea" if rows else "input"
    if rows:
        attrs["rows"] = rows
    return {
        "bound": bound,
        "widget": bound.as_widget(attrs=attrs),
        "is_check": is_check,
        "help_id": help_id,
        "error_id": error_id,
    }
