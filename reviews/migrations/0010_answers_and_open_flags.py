"""What lists are found by, beside the rows: grades that count, and flags that nobody has graded.

Triggers keep both, so that every way to write a grade or a flag does: page, import, story.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A grade that counts is the end of its chain and was not undone. The sample is held while it is
# read: its reason can change in the same moment.
ENTRIES = """
CREATE FUNCTION plumbline_enter_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM reviews_answerentry
    WHERE grade_id IN (SELECT supersedes_id FROM added WHERE supersedes_id IS NOT NULL);
    INSERT INTO reviews_answerentry (grade_id, assistant_id, sample_id, day, kind, reason, channel,
        language, verdict)
    SELECT added.id, s.assistant_id, s.id, s.day, s.kind, s.reason, c.channel, c.language,
        added.verdict
    FROM added
    JOIN reviews_assignment a ON a.id = added.assignment_id
    JOIN reviews_sample s ON s.id = a.sample_id
    JOIN ingestion_conversation c ON c.id = s.conversation_id
    WHERE added.verdict <> 'withdrawn'
      AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = added.id)
    FOR SHARE OF s;
    RETURN NULL;
END $$;

CREATE TRIGGER plumbline_enter_answers AFTER INSERT ON reviews_grade
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION plumbline_enter_answers();

CREATE FUNCTION plumbline_rename_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reviews_answerentry SET reason = NEW.reason WHERE sample_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER plumbline_rename_reason AFTER UPDATE OF reason ON reviews_sample
    FOR EACH ROW WHEN (OLD.reason IS DISTINCT FROM NEW.reason)
    EXECUTE FUNCTION plumbline_rename_reason();

INSERT INTO reviews_answerentry (grade_id, assistant_id, sample_id, day, kind, reason, channel,
    language, verdict)
SELECT g.id, s.assistant_id, s.id, s.day, s.kind, s.reason, c.channel, c.language, g.verdict
FROM reviews_grade g
JOIN reviews_assignment a ON a.id = g.assignment_id
JOIN reviews_sample s ON s.id = a.sample_id
JOIN ingestion_conversation c ON c.id = s.conversation_id
WHERE g.verdict <> 'withdrawn'
  AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = g.id);
"""
NO_ENTRIES = """
DROP TRIGGER plumbline_rename_reason ON reviews_sample;
DROP TRIGGER plumbline_enter_answers ON reviews_grade;
DROP FUNCTION plumbline_rename_reason();
DROP FUNCTION plumbline_enter_answers();
"""

# The places are held while they are looked at: one of them may be graded in the same moment, by
# somebody who does not see yet that the flag has come to them.
GRADED_FLAGS = """
CREATE FUNCTION plumbline_flag_is_graded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM reviews_assignment WHERE sample_id = NEW.sample_id ORDER BY id FOR SHARE;
    NEW.is_graded := EXISTS (
        SELECT FROM reviews_assignment WHERE sample_id = NEW.sample_id AND state = 'done');
    RETURN NEW;
END $$;

CREATE TRIGGER plumbline_flag_is_graded BEFORE INSERT OR UPDATE OF sample_id ON reviews_flag
    FOR EACH ROW EXECUTE FUNCTION plumbline_flag_is_graded();

CREATE FUNCTION plumbline_place_is_graded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reviews_flag SET is_graded = now_graded.yes
    FROM (SELECT EXISTS (SELECT FROM reviews_assignment
                         WHERE sample_id = NEW.sample_id AND state = 'done') AS yes) AS now_graded
    WHERE sample_id = NEW.sample_id AND is_graded <> now_graded.yes;
    RETURN NULL;
END $$;

CREATE TRIGGER plumbline_place_is_graded AFTER UPDATE OF state ON reviews_assignment
    FOR EACH ROW WHEN ((OLD.state = 'done') <> (NEW.state = 'done'))
    EXECUTE FUNCTION plumbline_place_is_graded();

CREATE TRIGGER plumbline_new_place_is_graded AFTER INSERT ON reviews_assignment
    FOR EACH ROW WHEN (NEW.state = 'done')
    EXECUTE FUNCTION plumbline_place_is_graded();

UPDATE reviews_flag SET is_graded = true
WHERE sample_id IN (SELECT sample_id FROM reviews_assignment WHERE state = 'done');
"""
NO_GRADED_FLAGS = """
DROP TRIGGER plumbline_new_place_is_graded ON reviews_assignment;
DROP TRIGGER plumbline_place_is_graded ON reviews_assignment;
DROP TRIGGER plumbline_flag_is_graded ON reviews_flag;
DROP FUNCTION plumbline_place_is_graded();
DROP FUNCTION plumbline_flag_is_graded();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0002_day_signals"),
        ("reviews", "0009_look_at_bounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerEntry",
            fields=[
                (
                    "grade",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="entry",
                        serialize=False,
                        to="reviews.grade",
                    ),
                ),
                ("day", models.DateField()),
                ("kind", models.CharField(blank=True, max_length=120)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("random", "Random sample"),
                            ("boost", "Random, more after a change"),
                            ("flagged", "Flagged"),
                            ("thumbs_down", "Thumbs down"),
                            ("escalated", "Escalated"),
                            ("imported", "Imported with its grades"),
                        ],
                        max_length=11,
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=60)),
                ("language", models.CharField(blank=True, max_length=35)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("good", "Good"),
                            ("not_good", "Not good"),
                            ("cannot_judge", "Can't judge"),
                            ("withdrawn", "Undone"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="flag",
            name="is_graded",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Somebody has graded its answer. Kept by triggers (migration 0010).",
            ),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(("is_graded", False), ("withdrawn_at__isnull", True)),
                fields=["assistant", "id"],
                name="flag_open",
            ),
        ),
        migrations.AddField(
            model_name="answerentry",
            name="assistant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="ingestion.assistant",
            ),
        ),
        migrations.AddField(
            model_name="answerentry",
            name="sample",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entries",
                to="reviews.sample",
            ),
        ),
        migrations.AddIndex(
            model_name="answerentry",
            index=models.Index(
                fields=["assistant", "-grade"],
                include=("day", "kind", "reason", "channel", "language", "verdict"),
                name="answer_entry_newest",
            ),
        ),
        migrations.RunSQL(ENTRIES, NO_ENTRIES),
        migrations.RunSQL(GRADED_FLAGS, NO_GRADED_FLAGS),
    ]
