"""Write a week's reports once, freeze them, and send each person theirs once.

Two ticks. `write_due` looks for weeks whose moment has come and that have no report; the unique
constraint makes the second writer of a week do nothing. `deliver_due` sends what waits, by the rule
of every outbox (portal/accounts/outbox.py).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import msgspec
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse

from ingestion.models import Assistant
from portal import words
from portal.accounts import outbox
from portal.accounts.access import current_members
from portal.accounts.models import Membership, Role, Team, User
from portal.accounts.outbox import Box, Letter
from portal.mail import rendering
from portal.refused import Refused
from portal.stored import mapping, shaped
from portal.ticks.aside import each
from reviews.models import MailPreference, Report, ReportDelivery, Sample
from reviews.owners import owned_parts
from reviews.reports.content import OwnershipReport, QualityReport
from reviews.reports.ownership import write_ownership
from reviews.reports.quality import write_quality
from reviews.reports.week import WEEK, monday

TASK = "write_reports"
FORMULA = 1
CATCH_UP_WEEKS = 4
STOP_SALT = "stop weekly mails"
TYPES: dict[str, type[QualityReport] | type[OwnershipReport]] = {
    Report.Kind.QUALITY: QualityReport,
    Report.Kind.OWNERSHIP: OwnershipReport,
}


def due_moment(team: Team, week: date) -> datetime:
    """When the report of the week that begins on Monday `week` is due: the team's weekday and
    hour of the week after, by the team's clock (also across a change of clocks)."""
    day = week + WEEK + timedelta(days=team.report_weekday)
    return datetime.combine(day, time(team.report_hour), team.zone)


def due_weeks(team: Team, at: datetime, first: date) -> list[date]:
    """The weeks whose report should exist at `at`, oldest first, none before the week of `first`,
    and at most the last CATCH_UP_WEEKS: a report nobody can act on is not written late."""
    this = monday(team.day_of(at))
    weeks = [this - WEEK * n for n in range(CATCH_UP_WEEKS + 1, 0, -1)]
    due = [week for week in weeks if week >= monday(first) and due_moment(team, week) <= at]
    return due[-CATCH_UP_WEEKS:]


def recipients(assistant: Assistant, kind: str) -> list[User]:
    """Leads and admins get both reports; owners and stand-ins get the ownership report."""
    members = [
        member
        for member in current_members(assistant.team).select_related("mail_preference")
        if member.user.is_active and member.user.email and gets_weekly(member)
    ]
    leads = {member.user_id for member in members if member.role in (Role.LEAD, Role.ADMIN)}
    if kind == Report.Kind.OWNERSHIP:
        for owned in owned_parts(assistant):
            leads |= {person.pk for person in (owned.owner, owned.stand_in) if person}
    return [member.user for member in members if member.user_id in leads]


def gets_weekly(member: Membership) -> bool:
    """True for a member who did not stop the weekly mails."""
    try:
        return member.mail_preference.weekly_stopped_at is None
    except MailPreference.DoesNotExist:
        return True


def make_report(*, assistant: Assistant, kind: str, week: date, at: datetime) -> Report:
    """The report of a week as it is known `at`, not stored."""
    writer = write_quality if kind == Report.Kind.QUALITY else write_ownership
    content = msgspec.to_builtins(writer(assistant=assistant, week=week, at=at))
    return Report(
        assistant=assistant, kind=kind, week=week, as_of=at, formula=FORMULA, content=content
    )


def write_report(*, assistant: Assistant, kind: str, week: date, at: datetime) -> Report | None:
    """Freeze the report and one delivery for each recipient, together; None if it exists.

    It stands for ever: callers see to it that the week is due (`write_due`, `write_week`).
    """
    report = make_report(assistant=assistant, kind=kind, week=week, at=at)
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            people = [] if _is_silent(report) else recipients(assistant, kind)
            ReportDelivery.objects.bulk_create(
                ReportDelivery(report=report, recipient=person, due_at=at, created_at=at)
                for person in people
            )
    except IntegrityError:
        return None
    return report


def _is_silent(report: Report) -> bool:
    """True when nothing was graded, and the report before this one said so already: one short
    mail, then silence until grades return. The page is written all the same."""
    before = Report.objects.filter(
        assistant_id=report.assistant_id, kind=report.kind, week__lt=report.week
    )
    last = before.order_by("-week").first()
    if last is None or report.content["graded"]:
        return False
    return mapping(last.content).get("graded") == 0  # one that cannot be read said nothing


def first_day(assistant: Assistant) -> date | None:
    """The day of the assistant's first sampled conversation: reports begin there."""
    days = Sample.objects.filter(assistant=assistant).order_by("day")
    return days.values_list("day", flat=True).first()


def write_due(*, at: datetime) -> int:
    """Write every report that is due and missing; returns how many were written."""
    due = each(
        task=TASK,
        items=Assistant.objects.select_related("team").order_by("pk"),
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=lambda one: [(one, week, kind) for week, kind in missing(one, at)],
        at=at,
    )
    written = each(
        task=TASK,
        items=[report for of_one in due for report in of_one],
        key=lambda one: f"report-{one[0].pk}-{one[2]}-{one[1].isoformat()}",
        assistant=lambda one: one[0].pk,
        work=lambda one: write_report(assistant=one[0], week=one[1], kind=one[2], at=at),
        at=at,
    )
    return sum(report is not None for report in written)


def write_week(*, assistant: Assistant, week: date, at: datetime) -> int:
    """Write the reports of one week that are missing; returns how many. Raises Refused for a
    week whose report is not due: written early it would stand for ever, and the real one would
    never be written."""
    team = assistant.team
    today, due = team.day_of(at), due_moment(team, week)
    days = words.day_range(week, week + timedelta(days=6), today)
    if due > at:
        state = (
            "is not over yet" if monday(today) <= week else "is over, and its report not due yet"
        )
        raise Refused(
            "week",
            f"{assistant}: the week of {days} {state}. Its report is written "
            f"{words.day_time(due, today)} ({team.zone}). To see how it looks now, use --preview.",
        )
    first = first_day(assistant)
    if first is None or week < monday(first):
        since = f"its first day is {words.day(first, today)}" if first else "nothing ever was"
        raise Refused(
            "week", f"{assistant}: nothing was chosen for review in the week of {days}; {since}."
        )
    kinds = Report.Kind.values
    made = [write_report(assistant=assistant, kind=one, week=week, at=at) for one in kinds]
    return sum(report is not None for report in made)


def missing(assistant: Assistant, at: datetime) -> list[tuple[date, str]]:
    """The reports that are due and not written, oldest first."""
    first = first_day(assistant)
    if first is None:
        return []
    weeks = due_weeks(assistant.team, at, first)
    known = set(
        Report.objects.filter(assistant=assistant, week__in=weeks).values_list("week", "kind")
    )
    return [
        (week, kind) for week in weeks for kind in Report.Kind.values if (week, kind) not in known
    ]


def content_of(report: Report) -> QualityReport | OwnershipReport | None:
    """The report's dataclass, from its frozen content; None when that cannot be read."""
    return shaped(report.content, TYPES[report.kind], of=f"report {report.pk}")


def to_send(report: Report) -> QualityReport | OwnershipReport:
    """The same, for sending it; what cannot be read raises, and is this mail's own trouble."""
    return msgspec.convert(report.content, TYPES[report.kind])


def report_key(report: Report, person: User) -> str:
    """Names one person's copy of one report for ever; it is the X-Report-Key of the mail."""
    return f"report-{report.assistant_id}-{report.kind}-{report.week.isoformat()}-{person.pk}"


def stop_token(person: User, team: Team) -> str:
    """Lets a mail's link stop the weekly mails without signing in."""
    return signing.dumps([person.pk, team.pk], salt=STOP_SALT)


def stop_weekly(*, token: str, at: datetime) -> Membership | None:
    """Stop the weekly mails of the person and team in `token`; None for a token of no use."""
    try:
        person, team = signing.loads(token, salt=STOP_SALT)
    except (signing.BadSignature, ValueError):
        return None
    member = Membership.objects.current().filter(user=person, team=team).first()
    if member is not None:
        want_weekly(member=member, wanted=False, at=at)
    return member


def want_weekly(*, member: Membership, wanted: bool, at: datetime) -> None:
    """A member wants the weekly mails, or no more."""
    MailPreference.objects.update_or_create(
        membership=member, defaults={"weekly_stopped_at": None if wanted else at}
    )


def report_path(report: Report) -> str:
    """Its page; the list of reports for one that is not stored."""
    if report.pk is None:
        return reverse("reports", args=[report.assistant_id])
    return reverse("report", args=[report.assistant_id, report.kind, report.week.isoformat()])


def render_report(report: Report, person: User, *, note: str = "") -> rendering.Rendered:
    """The mail of one person's copy, with a note above it."""
    content = to_send(report)
    team = report.assistant.team
    context = {
        "report": content,
        "team": team,
        "person": person,
        "mine": [part for part in content.parts if part.owner == person.pk]
        if isinstance(content, OwnershipReport)
        else [],
        "site": settings.SITE_URL,
        "note": note,
        "page_url": settings.SITE_URL + report_path(report),
        "assistant_id": report.assistant_id,
        "incident_url": settings.SITE_URL
        + reverse("incident", args=[report.assistant_id, content.incident])
        if isinstance(content, QualityReport) and content.incident
        else "",
        "stop_url": settings.SITE_URL + reverse("stop_mails", args=[stop_token(person, team)]),
        "settings_url": settings.SITE_URL + reverse("mail_settings"),
        "with_words": team.customer_words_in_mail,
    }
    return rendering.render(report.kind, context)


def _letter(delivery: ReportDelivery, at: datetime) -> Letter | None:
    """One person's copy; None when they left the team or stopped these mails meanwhile."""
    report, person = delivery.report, delivery.recipient
    if person not in recipients(report.assistant, report.kind):
        return None
    stop = reverse("stop_mails", args=[stop_token(person, report.assistant.team)])
    return Letter(
        mail=render_report(report, person),
        to=person.email or "",
        key=report_key(report, person),
        stop_url=settings.SITE_URL + stop,
    )


BOX = Box(
    rows=lambda: ReportDelivery.objects.select_related("report__assistant__team", "recipient"),
    compose=_letter,
    born=lambda delivery: delivery.created_at,
)


def deliver_one(*, at: datetime) -> bool | None:
    """Send the next due mail: True sent, False put off, given up or no longer wanted, None nothing
    due."""
    return outbox.deliver_one(BOX, at=at)


def deliver_due(*, at: datetime, most: int = 500) -> int:
    """Send what is due; returns how many were sent. A mail that fails is tried again later."""
    return outbox.deliver_due(BOX, at=at, most=most)
