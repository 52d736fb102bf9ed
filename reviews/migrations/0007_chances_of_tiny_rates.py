"""Samples of conversations that came with a rate below one in a million: that rate becomes one in a
million (ingestion.0003, which must not run before: it forgets the old rate), and so does its part
of the chance of the sample. Their days are counted again.
"""

from django.db import migrations

MEND = """
WITH tiny AS (
    UPDATE reviews_sample s
    SET probability = least(1, greatest(1e-20, s.probability / c.sample_rate * 1e-6))
    FROM ingestion_conversation c
    WHERE c.id = s.conversation_id AND c.sample_rate < 1e-6 AND s.probability <= c.sample_rate
    RETURNING s.assistant_id, s.day
)
INSERT INTO reviews_dirtyday (assistant_id, day, marked_at)
SELECT DISTINCT assistant_id, day, now() FROM tiny;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0006_outbox"), ("ingestion", "0002_day_signals")]
    run_before = [("ingestion", "0003_bounds")]

    operations = [migrations.RunSQL(MEND, migrations.RunSQL.noop)]
