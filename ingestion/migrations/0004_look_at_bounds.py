"""Look whether all rows keep to the bounds; everybody works on meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0003_bounds")]

    operations = [
        ValidateConstraint("conversation", "conversation_sample_rate_in_0_1"),
        ValidateConstraint("conversation", "conversation_cost_bounds"),
        ValidateConstraint("conversation", "conversation_has_an_answer"),
        ValidateConstraint("conversation", "conversation_days_bounds"),
        ValidateConstraint("daycount", "day_count_represented_bounds"),
        ValidateConstraint("daysignals", "day_signals_bounds"),
        ValidateConstraint("release", "release_at_bounds"),
        ValidateConstraint("signal", "signal_at_bounds"),
    ]
