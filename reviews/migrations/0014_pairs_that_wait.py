"""Pairs of blind grades that differ are told apart while nobody has decided between them.

Every day that was counted is counted again, by the tick, with pages as they were until then.
"""

from django.db import migrations, models

AGAIN = """
INSERT INTO reviews_dirtyday (assistant_id, day, marked_at)
SELECT DISTINCT assistant_id, day, now() FROM reviews_rollup
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0013_waiting_days")]

    operations = [
        migrations.AlterField(
            model_name="rollup",
            name="gold",
            field=models.SmallIntegerField(
                choices=[
                    (-2, "Two differ, nobody has decided"),
                    (-1, "Graded once"),
                    (0, "Good"),
                    (1, "Not good"),
                ],
                default=-1,
            ),
        ),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
