"""A drop in quality from the day it started to the day its repair was proven."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.db import models

from ingestion.models import Assistant, Release
from portal.accounts.models import User

# Weeks and zones are added to these days; what people may choose lies a year within.
FIRST_DAY, LAST_DAY = date(1999, 1, 1), date(2101, 1, 1)


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Incidents, by how they stand."""

    def open(self) -> Self:
        """Those that are not closed."""
        return self.exclude(state=Incident.State.CLOSED)

    def closed(self) -> Self:
        """Those that somebody closed."""
        return self.filter(state=Incident.State.CLOSED)

    def with_names(self) -> Self:
        """With the rows that their page, message and clocks name."""
        return self.select_related("release", "fix", "owner", "assistant__team")


class Incident(models.Model):
    """One drop. Opened by the watch or by hand; times are rows of `IncidentEvent`.

    The onset is refreshed each day until it is frozen. `content` is what was known when it was
    last looked at: before and since, kinds, the releases near the start, the check of the fix.
    """

    class State(models.TextChoices):
        OPEN = "open", "Found"
        TAKEN = "taken", "Taken"
        CHECKING = "checking", "Fix being checked"
        CLOSED = "closed", "Closed"

    class Outcome(models.TextChoices):
        FIXED = "fixed", "Fixed"
        NOT_A_DROP = "not_a_drop", "Not a drop"
        ACCEPTED = "accepted", "Accepted"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="incidents")
    number = models.PositiveIntegerField(help_text="Counts up within the assistant.")
    kind = models.CharField(max_length=120, blank=True, help_text="Blank: all kinds alike.")
    all_kinds = models.BooleanField(help_text="True when no single kind is meant.")
    title = models.CharField(max_length=200, blank=True, help_text="Given by hand.")
    is_manual = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    found_at = models.DateTimeField()
    found_day = models.DateField()
    onset_best = models.DateField()
    onset_low = models.DateField()
    onset_high = models.DateField()
    frozen_at = models.DateTimeField(null=True, blank=True, help_text="The onset stays from here.")
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The change that came right before and fits the start.",
    )  # fmt: skip
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    fix = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, blank=True, related_name="fixes"
    )
    better_since = models.DateField(
        null=True, blank=True, help_text="Back to normal from here, by the grades."
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    method = models.PositiveSmallIntegerField()
    as_of = models.DateTimeField()
    content = models.JSONField(default=dict)  # read through reviews.watch.known

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "number"], name="incident_number_once"),
            models.UniqueConstraint(
                fields=["assistant", "all_kinds", "kind"],
                condition=~models.Q(state="closed")
                & models.Q(is_manual=False, frozen_at__isnull=True),
                name="incident_one_new_a_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(onset_low__lte=models.F("onset_best"))
                & models.Q(onset_best__lte=models.F("onset_high")),
                name="incident_onset_in_its_range",
            ),
            models.CheckConstraint(
                condition=models.Q(onset_low__gte=FIRST_DAY, onset_high__lt=LAST_DAY),
                name="incident_onset_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(state="closed", closed_at__isnull=False) & ~models.Q(outcome="")
                | ~models.Q(state="closed") & models.Q(closed_at__isnull=True, outcome=""),
                name="incident_closed_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(all_kinds=False) | models.Q(kind=""),
                name="incident_all_kinds_or_one",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="checking") | models.Q(fix__isnull=False),
                name="incident_checks_a_fix",
            ),
        ]
        indexes = [
            models.Index(fields=["assistant", "-found_at", "-id"], name="incident_newest"),
            models.Index(
                fields=["assistant"], condition=~models.Q(state="closed"), name="incident_open"
            ),
        ]

    def __str__(self) -> str:
        return f"incident {self.number}"

    @property
    def is_open(self) -> bool:
        """Nobody has closed it."""
        return self.state != Incident.State.CLOSED

    @property
    def is_measured(self) -> bool:
        """The watch has looked at it: its figures are known."""
        return isinstance(self.content, dict) and "comparison" in self.content

    @property
    def only_kind(self) -> str | None:
        """The kind of question that fell; None when all did."""
        return None if self.all_kinds else self.kind


class IncidentEventQuerySet(models.QuerySet["IncidentEvent"]):
    """Lines of the log."""

    def in_order(self) -> Self:
        """The oldest first."""
        return self.order_by("at", "pk")

    def by_incident(self, incidents: Iterable[Incident]) -> dict[int, list[IncidentEvent]]:
        """The log of each incident by its id, the oldest line first, in one query."""
        logs: dict[int, list[IncidentEvent]] = {one.pk: [] for one in incidents}
        for event in self.filter(incident__in=list(logs)).in_order():
            logs[event.incident_id].append(event)
        return logs


class IncidentEvent(models.Model):
    """Something that happened to an incident: its log and its clocks. Rows are only added."""

    class What(models.TextChoices):
        FOUND = "found", "Found"
        REDATED = "redated", "Start worked out again"
        FROZEN = "frozen", "Start settled"
        TAKEN = "taken", "Taken"
        OWNER_NAMED = "owner_named", "Owner named"
        FIX_RECORDED = "fix_recorded", "Fix recorded"
        FIX_REMOVED = "fix_removed", "Fix taken back"
        ASKED = "asked", "Reviewers asked"
        CHECKED = "checked", "Fix checked"
        RECOVERED = "recovered", "Better again"
        CLOSED = "closed", "Closed"
        REOPENED = "reopened", "Opened again"
        NOTE = "note", "Note"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(max_length=12, choices=What.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=1000, blank=True)

    objects = IncidentEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    what__in=[
                        "found", "redated", "frozen", "taken", "owner_named", "fix_recorded",
                        "fix_removed", "asked", "checked", "closed", "reopened", "note",
                        "recovered",
                    ]
                ),
                name="incident_event_known",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["incident", "at", "id"], name="incident_log")]

    def __str__(self) -> str:
        return f"{self.what} at {self.at}"
