"""The log of incidents and what the watch found are history; counts get their new columns."""

from django.db import migrations


def append_only(table: str, refused: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE {refused} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION plumbline_refuse_change()",
        f"DROP TRIGGER append_only ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_watch")]

    operations = [
        append_only("reviews_incidentevent", "UPDATE OR DELETE"),
        # Old assessments may be thinned out, never changed.
        append_only("reviews_assessment", "UPDATE"),
        migrations.RunSQL(
            "INSERT INTO reviews_dirtyday (assistant_id, day, marked_at) "
            "SELECT DISTINCT assistant_id, day, now() FROM reviews_rollup",
            migrations.RunSQL.noop,
        ),
    ]
