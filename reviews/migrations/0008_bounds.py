"""Hold rows to numbers and days that can be counted with, and mend those that are not.

The square of a weight (1 / probability) must be a number: with a weight of 1e200 it is none, and
with 1e100 the figures made of it are none. Such counts are made again from samples that are mended;
the checks are looked at by the next migration, while everybody works on.
"""

import datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

MEND = """
UPDATE reviews_samplingpolicy SET rate = 1e-6 WHERE rate < 1e-6;
UPDATE reviews_samplingpolicy
SET target_per_day = least(target_per_day, 100000),
    signals_per_day = least(signals_per_day, 100000)
WHERE target_per_day > 100000 OR signals_per_day > 100000;
UPDATE reviews_samplingchance SET chance = 1e-9 WHERE chance < 1e-9;
UPDATE reviews_samplingchance SET basis = 1 WHERE NOT basis BETWEEN -1e21 AND 1e21;
UPDATE reviews_flag SET at = received_at WHERE at < '1999-01-01Z' OR at >= '2101-01-01Z';
DELETE FROM reviews_driftalarm
WHERE NOT (usual BETWEEN -1e21 AND 1e21 AND now BETWEEN -1e21 AND 1e21);
UPDATE reviews_assessment SET evidence = least(evidence, 1e300), line = least(line, 1e300)
WHERE evidence > 1e300 OR line > 1e300;
WITH tiny AS (
    UPDATE reviews_sample SET probability = 1e-20 WHERE probability < 1e-20
    RETURNING assistant_id, day
), huge AS (
    DELETE FROM reviews_rollup WHERE NOT (weight BETWEEN -1e45 AND 1e45
        AND weight_squared BETWEEN -1e45 AND 1e45 AND weight_good BETWEEN -1e45 AND 1e45
        AND weight_squared_good BETWEEN -1e45 AND 1e45)
    RETURNING assistant_id, day
)
INSERT INTO reviews_dirtyday (assistant_id, day, marked_at)
SELECT assistant_id, day, now() FROM tiny UNION SELECT assistant_id, day, now() FROM huge;
SET CONSTRAINTS ALL IMMEDIATE;
"""
FIRST_AT = datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC)
LAST_AT = datetime.datetime(2101, 1, 1, tzinfo=datetime.UTC)
Q, Check = models.Q, models.CheckConstraint


def finite(*names: str, most: float = 1e21) -> models.Q:
    return Q(**{f"{name}__range": (-most, most) for name in names})


class Migration(migrations.Migration):
    dependencies = [("reviews", "0007_chances_of_tiny_rates"), ("ingestion", "0003_bounds")]

    operations = [
        migrations.RemoveConstraint("assessment", "assessment_evidence"),
        migrations.RemoveConstraint("sample", "sample_probability_in_0_1"),
        migrations.RemoveConstraint("samplingchance", "sampling_chance_in_0_1"),
        migrations.RemoveConstraint("samplingpolicy", "sampling_rate_in_0_1"),
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AlterField(
            "samplingpolicy",
            "rate",
            models.FloatField(
                blank=True, help_text="A fixed share instead of a target.", null=True
            ),
        ),
        AddConstraintNotValid(
            "assessment",
            Check(
                condition=Q(evidence__gte=0, line__gt=0) & finite("evidence", "line", most=1e300),
                name="assessment_evidence",
            ),
        ),
        AddConstraintNotValid(
            "driftalarm", Check(condition=finite("usual", "now"), name="drift_alarm_bounds")
        ),
        AddConstraintNotValid(
            "flag", Check(condition=Q(at__gte=FIRST_AT, at__lt=LAST_AT), name="flag_at_bounds")
        ),
        AddConstraintNotValid(
            "rollup",
            Check(
                condition=finite(
                    "weight", "weight_squared", "weight_good", "weight_squared_good", most=1e45
                ),
                name="rollup_weight_bounds",
            ),
        ),
        AddConstraintNotValid(
            "sample",
            Check(
                condition=Q(probability__gte=1e-20, probability__lte=1),
                name="sample_probability_in_0_1",
            ),
        ),
        AddConstraintNotValid(
            "samplingchance",
            Check(condition=Q(chance__gte=1e-9, chance__lte=1), name="sampling_chance_in_0_1"),
        ),
        AddConstraintNotValid(
            "samplingchance", Check(condition=finite("basis"), name="sampling_chance_basis_bounds")
        ),
        AddConstraintNotValid(
            "samplingpolicy",
            Check(
                condition=Q(rate__isnull=True) | Q(rate__gte=1e-6, rate__lte=1),
                name="sampling_rate_in_0_1",
            ),
        ),
        AddConstraintNotValid(
            "samplingpolicy",
            Check(
                condition=Q(target_per_day__lte=100_000, signals_per_day__lte=100_000),
                name="sampling_a_day_at_most",
            ),
        ),
    ]
