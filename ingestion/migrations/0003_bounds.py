"""Hold rows to numbers and days that can be counted with, and mend those that are not.

0.2.0 took every rate above 0. One of 5e-324 has no weight (1 / rate overflows) and stopped the
counting of every team; one of 1e-200 has one whose square overflows. A rate below one in a million
becomes one in a million: the answer still stands for as many others as an answer may.

The checks are added without looking at the rows there are (a moment's lock), which the next
migration does while everybody works on.
"""

import datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

MEND = """
UPDATE ingestion_conversation SET sample_rate = 1e-6 WHERE sample_rate < 1e-6;
UPDATE ingestion_conversation SET cost = NULL WHERE NOT cost BETWEEN 0 AND 1e9;
UPDATE ingestion_conversation SET answers = 1 WHERE answers < 1;
UPDATE ingestion_daycount SET represented = least(greatest(represented, 0), conversations * 1e6)
WHERE NOT represented BETWEEN 0 AND conversations * 1e6;
UPDATE ingestion_daysignals SET
    log_length = least(greatest(log_length, -1e21), 1e21),
    top_score = least(greatest(top_score, -1e21), 1e21),
    log_latency = least(greatest(log_latency, -1e21), 1e21),
    tokens = least(greatest(tokens, -1e21), 1e21),
    cost = least(greatest(cost, -1e21), 1e21)
WHERE NOT (log_length BETWEEN -1e21 AND 1e21 AND top_score BETWEEN -1e21 AND 1e21
    AND log_latency BETWEEN -1e21 AND 1e21 AND tokens BETWEEN -1e21 AND 1e21
    AND cost BETWEEN -1e21 AND 1e21);
-- A change that somebody dated beyond our calendar happened when they told us.
UPDATE ingestion_release SET went_live_at = created_at
WHERE went_live_at < '1999-01-01Z' OR went_live_at >= '2101-01-01Z';
UPDATE ingestion_signal SET at = received_at WHERE at < '1999-01-01Z' OR at >= '2101-01-01Z';
SET CONSTRAINTS ALL IMMEDIATE;
"""
FIRST, LAST = datetime.date(1999, 1, 1), datetime.date(2101, 1, 1)
FIRST_AT = datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC)
LAST_AT = datetime.datetime(2101, 1, 1, tzinfo=datetime.UTC)
Q, Check = models.Q, models.CheckConstraint


def finite(*names: str) -> models.Q:
    return Q(**{f"{name}__range": (-1e21, 1e21) for name in names})


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0002_day_signals")]

    operations = [
        migrations.RemoveConstraint("conversation", "conversation_sample_rate_in_0_1"),
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AlterField(
            "conversation",
            "sample_rate",
            models.FloatField(default=1.0, help_text="The chance with which the caller sent it."),
        ),
        AddConstraintNotValid(
            "conversation",
            Check(
                condition=Q(sample_rate__gte=1e-6, sample_rate__lte=1),
                name="conversation_sample_rate_in_0_1",
            ),
        ),
        AddConstraintNotValid(
            "conversation",
            Check(
                condition=Q(cost__isnull=True) | Q(cost__gte=0, cost__lte=1e9),
                name="conversation_cost_bounds",
            ),
        ),
        AddConstraintNotValid(
            "conversation", Check(condition=Q(answers__gte=1), name="conversation_has_an_answer")
        ),
        AddConstraintNotValid(
            "conversation",
            Check(
                condition=Q(started_at__gte=FIRST_AT, started_at__lt=LAST_AT)
                & Q(day__gte=FIRST, day__lt=LAST),
                name="conversation_days_bounds",
            ),
        ),
        AddConstraintNotValid(
            "daycount",
            Check(
                condition=Q(represented__range=(0, 1e15)) & Q(day__gte=FIRST, day__lt=LAST),
                name="day_count_represented_bounds",
            ),
        ),
        AddConstraintNotValid(
            "daysignals",
            Check(
                condition=finite("log_length", "top_score", "log_latency", "tokens", "cost"),
                name="day_signals_bounds",
            ),
        ),
        AddConstraintNotValid(
            "release",
            Check(
                condition=Q(went_live_at__gte=FIRST_AT, went_live_at__lt=LAST_AT),
                name="release_at_bounds",
            ),
        ),
        AddConstraintNotValid(
            "signal",
            Check(condition=Q(at__gte=FIRST_AT, at__lt=LAST_AT), name="signal_at_bounds"),
        ),
    ]
