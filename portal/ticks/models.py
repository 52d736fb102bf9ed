"""What each periodic task did last, and the pieces of work that failed and wait to be tried again.

Neither table holds words of a conversation, a value of a row, or a secret: errors are kept as
their class, the place in our code and a sentence of our own (`reasons.py`).
"""

from django.db import models


class TaskRun(models.Model):
    """One row a task (and one for beat): when it ran last, and how that went."""

    name = models.CharField(max_length=60, primary_key=True)
    started_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True, default="")
    discarded = models.PositiveBigIntegerField(
        default=0, help_text="Ticks that waited in a queue until they had expired."
    )

    def __str__(self) -> str:
        return self.name


class SetAside(models.Model):
    """A piece of work (a batch, a day, an assistant) that failed, while the rest went on.

    It is tried again at `next_try_at`, and as soon as another version of the program runs; the row
    goes when it succeeds.
    """

    task = models.CharField(max_length=60)
    key = models.CharField(max_length=120, help_text="Names the piece of work within the task.")
    assistant = models.BigIntegerField(
        null=True, blank=True, db_index=True, help_text="Whose it is: an id of ingestion's."
    )
    error = models.CharField(max_length=80, help_text="The class of the error.")
    place = models.CharField(max_length=120, blank=True, help_text="Where in our code.")
    reason = models.CharField(max_length=200, help_text="In plain words, without any value.")
    tries = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    version = models.CharField(max_length=40, help_text="Of the program that failed.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "key"], name="set_aside_once")]

    def __str__(self) -> str:
        return f"{self.task} {self.key}"
