"""Look whether all rows keep to the bounds; everybody works on meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reviews", "0008_bounds")]

    operations = [
        ValidateConstraint("assessment", "assessment_evidence"),
        ValidateConstraint("driftalarm", "drift_alarm_bounds"),
        ValidateConstraint("flag", "flag_at_bounds"),
        ValidateConstraint("rollup", "rollup_weight_bounds"),
        ValidateConstraint("sample", "sample_probability_in_0_1"),
        ValidateConstraint("samplingchance", "sampling_chance_in_0_1"),
        ValidateConstraint("samplingchance", "sampling_chance_basis_bounds"),
        ValidateConstraint("samplingpolicy", "sampling_rate_in_0_1"),
        ValidateConstraint("samplingpolicy", "sampling_a_day_at_most"),
    ]
