"""A conversation as it was received, and the words by which people find it again."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from ingestion.alike import LastNumber, Squeezed
from ingestion.models.assistant import Assistant
from ingestion.models.bounds import day_within, moment_within
from ingestion.wire import LEAST_RATE, MOST_COST, answers_among
from portal.stored import NOT_READABLE, mappings, text

# Another number when `ingestion.alike`, or what of a conversation is searched, changes.
SEARCH_FORMULA = 1


class Conversation(models.Model):
    """What was said between a customer and the assistant, stored once, never changed.

    The intake table is kept narrow in indexes, because it is the hot path; what people search
    by lives in `SearchEntry`, filled a moment later.
    """

    assistant = models.ForeignKey(
        Assistant, on_delete=models.CASCADE, related_name="conversations", db_index=False
    )
    external_id = models.CharField(max_length=200, help_text="The caller's own id.")
    started_at = models.DateTimeField()
    day = models.DateField(help_text="Of started_at, in the team's time zone when received.")
    received_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=120, blank=True, default="")
    channel = models.CharField(max_length=60, blank=True, default="")
    language = models.CharField(max_length=35, blank=True, default="")
    model = models.CharField(max_length=200, blank=True, default="")
    prompt_version = models.CharField(max_length=200, blank=True, default="")
    retrieval_version = models.CharField(max_length=200, blank=True, default="")
    tokens_in = models.PositiveIntegerField(null=True, blank=True)
    tokens_out = models.PositiveIntegerField(null=True, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    cost = models.FloatField(null=True, blank=True)
    user_hash = models.CharField(
        max_length=64, blank=True, default="", help_text="Keyed hash of user_ref."
    )
    ticket_ref = models.CharField(max_length=200, blank=True, default="")
    sample_rate = models.FloatField(
        default=1.0, help_text="The chance with which the caller sent it."
    )
    answers = models.PositiveSmallIntegerField(
        help_text="How many assistant messages can be graded."
    )
    messages = models.JSONField(help_text="[{role, content, at?}], redacted.")
    passages = models.JSONField(help_text="[{text, title?, url?, score?, updated_at?}], redacted.")
    attributes = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "external_id"], name="conversation_once_per_assistant"
            ),
            models.CheckConstraint(
                condition=models.Q(sample_rate__gte=LEAST_RATE, sample_rate__lte=1),
                name="conversation_sample_rate_in_0_1",
            ),
            models.CheckConstraint(
                condition=models.Q(cost__isnull=True) | models.Q(cost__gte=0, cost__lte=MOST_COST),
                name="conversation_cost_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(answers__gte=1), name="conversation_has_an_answer"
            ),
            models.CheckConstraint(
                condition=moment_within("started_at") & day_within("day"),
                name="conversation_days_bounds",
            ),
        ]
        indexes = [BrinIndex(fields=["started_at"], name="conversation_started_brin")]

    def __str__(self) -> str:
        return self.external_id

    @property
    def answer_positions(self) -> list[int]:
        """Positions in `messages` of the answers that can be graded."""
        return answers_among((one["role"], one["content"]) for one in self.said)

    @property
    def said(self) -> list[dict[str, Any]]:
        """`messages`, each with a role and words, also where the row holds something else."""
        return [
            {**one, "role": text(one.get("role"), "tool"), "content": text(one.get("content"))}
            for one in mappings(self.messages)
        ]

    def answer(self, position: int) -> str:
        """The words of one message."""
        said = self.said
        words: str = said[position]["content"] if 0 <= position < len(said) else NOT_READABLE
        return words


class SearchEntry(models.Model):
    """The words of a conversation, for people who look for it; filled by the digest tick."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    started_at = models.DateTimeField()
    ticket_ref = models.CharField(max_length=200, blank=True, default="")
    words = SearchVectorField()
    answer_words = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=[],
        help_text="A number for each answer's words: equal words, equal numbers.",
    )
    formula = models.PositiveSmallIntegerField(
        default=SEARCH_FORMULA,
        db_default=0,
        help_text="How words are made alike; entries of an earlier way are made again.",
    )

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="search_entry_words"),
            GinIndex(fields=["answer_words"], name="search_entry_answer_words"),
            models.Index(
                F("conversation"),
                condition=models.Q(formula__lt=SEARCH_FORMULA),
                name="search_entry_to_remake",
            ),
            models.Index(
                F("assistant"),
                Squeezed("ticket_ref"),
                condition=~models.Q(ticket_ref=""),
                name="search_entry_ticket_typed",
            ),
            models.Index(
                F("assistant"),
                LastNumber("ticket_ref"),
                condition=~models.Q(ticket_ref=""),
                name="search_entry_ticket_number",
            ),
            models.Index(fields=["assistant", "-started_at"], name="search_entry_recent"),
            models.Index(
                fields=["assistant", "ticket_ref"],
                condition=~models.Q(ticket_ref=""),
                name="search_entry_ticket",
            ),
        ]

    def __str__(self) -> str:
        return f"words of {self.conversation_id}"
