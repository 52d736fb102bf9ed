"""What can make an answer worse and be owned: parts, their owners over time, and which part a
reason points to."""

from typing import Self

from django.db import models

from ingestion.models import Assistant
from portal.accounts.models import User
from reviews.models.incident import FIRST_DAY, LAST_DAY
from reviews.models.reason import WentWrong


class PartQuerySet(models.QuerySet["Part"]):
    """Parts, by whether they are used."""

    def in_use(self) -> Self:
        """Those that nobody retired."""
        return self.filter(retired_at__isnull=True)


class Part(models.Model):
    """Something that makes answers and that a person can own: the prompt, the model, ..."""

    class Kind(models.TextChoices):
        """In the order an answer is made, which is the order of the map."""

        RETRIEVAL = "retrieval", "Retrieval content"
        SEARCH = "search", "Search index"
        PROMPT = "prompt", "Prompt"
        MODEL = "model", "Model"
        ESCALATION = "escalation", "Escalation rules"
        DEFINITION = "definition", "Quality definition"
        OTHER = "other", "Something else"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    link = models.URLField(max_length=500, blank=True)
    found_in_data = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "kind", "name"], name="part_once"),
            models.UniqueConstraint(
                fields=["assistant", "kind"],
                condition=models.Q(found_in_data=True),
                name="part_found_once_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartOwnership(models.Model):
    """Who owns a part from a moment on, and why it changed. The newest row holds; rows are
    only added. No owner means a gap."""

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="ownerships")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="owned_parts")
    stand_in = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    review_by = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True)
                | models.Q(stand_in__isnull=True)
                | ~models.Q(owner=models.F("stand_in")),
                name="ownership_stand_in_is_another",
            ),
            models.CheckConstraint(
                condition=models.Q(review_by__isnull=True)
                | models.Q(review_by__gte=FIRST_DAY, review_by__lt=LAST_DAY),
                name="ownership_review_by_bounds",
            ),
        ]
        indexes = [models.Index(fields=["part", "-at", "-id"], name="ownership_newest")]

    def __str__(self) -> str:
        return f"{self.part}: {self.owner or 'nobody'}"


class ReasonRoute(models.Model):
    """Which part answers for a reason, so that every failure has an owner."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+")
    went_wrong = models.CharField(max_length=18, choices=WentWrong.choices)
    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="reason_routes")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "went_wrong"], name="reason_route_once"),
            models.CheckConstraint(
                condition=models.Q(went_wrong__in=WentWrong.values), name="reason_route_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.went_wrong}: {self.part}"
