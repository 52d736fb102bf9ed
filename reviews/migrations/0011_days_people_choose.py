"""Hold the days that people choose to the calendar that can be counted with.

0.2.0 took an incident that started in the year 1: a week before it there is no day, so its page and
every look of the watch failed. It starts with our calendar instead. Owners are named in rows that
never change; only new ones are held.
"""

import datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

MEND = """
UPDATE reviews_incident SET
    onset_low = least(greatest(onset_low, DATE '1999-01-01'), DATE '2100-12-31'),
    onset_best = least(greatest(onset_best, DATE '1999-01-01'), DATE '2100-12-31'),
    onset_high = least(greatest(onset_high, DATE '1999-01-01'), DATE '2100-12-31')
WHERE onset_low < '1999-01-01' OR onset_high >= '2101-01-01';
SET CONSTRAINTS ALL IMMEDIATE;
"""
FIRST, LAST = datetime.date(1999, 1, 1), datetime.date(2101, 1, 1)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0010_answers_and_open_flags")]
    operations = [
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "incident",
            models.CheckConstraint(
                condition=models.Q(onset_low__gte=FIRST, onset_high__lt=LAST),
                name="incident_onset_bounds",
            ),
        ),
        AddConstraintNotValid(
            "partownership",
            models.CheckConstraint(
                condition=models.Q(review_by__isnull=True)
                | models.Q(review_by__gte=FIRST, review_by__lt=LAST),
                name="ownership_review_by_bounds",
            ),
        ),
    ]
