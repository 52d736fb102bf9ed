"""The tenant and who belongs to it, in which role."""

from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models

from portal.accounts.models.user import User

NOON = 12


class Role(models.TextChoices):
    """What a member may do; each role may do what the ones before it may."""

    AGENT = "agent", "Support agent"
    REVIEWER = "reviewer", "Reviewer"
    LEAD = "lead", "Lead"
    ADMIN = "admin", "Admin"


class Team(models.Model):
    """A tenant: its members, its assistants, its own time zone and week."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    report_weekday = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday.")
    report_hour = models.PositiveSmallIntegerField(default=7)
    customer_words_in_mail = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(report_weekday__lte=6), name="team_report_weekday_0_to_6"
            ),
            models.CheckConstraint(
                condition=models.Q(report_hour__lte=23), name="team_report_hour_0_to_23"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """Where the team's days begin and end."""
        return ZoneInfo(self.time_zone)

    def local(self, moment: datetime) -> datetime:
        """A moment by the team's clock."""
        return moment.astimezone(self.zone)

    def day_of(self, moment: datetime) -> date:
        """The team's day that a moment lies in."""
        return self.local(moment).date()

    def first_full_day(self, moment: datetime) -> date:
        """The first day of which the greater part comes after a moment: counts are by day."""
        local = self.local(moment)
        return local.date() if local.hour < NOON else local.date() + timedelta(days=1)

    def midnight(self, day: date) -> datetime:
        """When a day begins for the team."""
        return datetime.combine(day, time(), self.zone)


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, by whether they hold."""

    def current(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at__isnull=True)


class Membership(models.Model):
    """A person's place in a team; ended, not deleted, so that history keeps its names."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"],
                condition=models.Q(ended_at__isnull=True),
                name="membership_one_current_per_person",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
