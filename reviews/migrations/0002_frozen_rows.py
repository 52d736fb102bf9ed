"""Rows that history rests on: the database itself refuses to change or delete them."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION plumbline_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are only added, never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

APPEND_ONLY = (
    "reviews_grade",
    "reviews_criteriongrade",
    "reviews_definitionevent",
    "reviews_partownership",
    "reviews_report",
    "accounts_auditentry",
)

FROZEN = """
CREATE FUNCTION plumbline_version_is_published(version bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT status = 'published' FROM reviews_definitionversion WHERE id = version), false)
$$;

CREATE FUNCTION plumbline_frozen_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'published' THEN
        RAISE EXCEPTION 'a published definition version is frozen; draft a new one'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION plumbline_frozen_criterion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND plumbline_version_is_published(OLD.version_id))
       OR (TG_OP <> 'DELETE' AND plumbline_version_is_published(NEW.version_id)) THEN
        RAISE EXCEPTION 'the criteria of a published definition version are frozen'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION plumbline_frozen_level() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM reviews_criterion c
        WHERE c.id IN (
            CASE WHEN TG_OP <> 'INSERT' THEN OLD.criterion_id END,
            CASE WHEN TG_OP <> 'DELETE' THEN NEW.criterion_id END)
          AND plumbline_version_is_published(c.version_id)
    ) THEN
        RAISE EXCEPTION 'the levels of a published definition version are frozen'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER frozen_version BEFORE UPDATE OR DELETE ON reviews_definitionversion
    FOR EACH ROW EXECUTE FUNCTION plumbline_frozen_version();
CREATE TRIGGER frozen_criterion BEFORE INSERT OR UPDATE OR DELETE ON reviews_criterion
    FOR EACH ROW EXECUTE FUNCTION plumbline_frozen_criterion();
CREATE TRIGGER frozen_level BEFORE INSERT OR UPDATE OR DELETE ON reviews_level
    FOR EACH ROW EXECUTE FUNCTION plumbline_frozen_level();
"""

UNFREEZE = """
DROP TRIGGER frozen_level ON reviews_level;
DROP TRIGGER frozen_criterion ON reviews_criterion;
DROP TRIGGER frozen_version ON reviews_definitionversion;
DROP FUNCTION plumbline_frozen_level();
DROP FUNCTION plumbline_frozen_criterion();
DROP FUNCTION plumbline_frozen_version();
DROP FUNCTION plumbline_version_is_published(bigint);
"""


def append_only(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION plumbline_refuse_change()",
        f"DROP TRIGGER append_only ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION plumbline_refuse_change()"),
        *(append_only(table) for table in APPEND_ONLY),
        migrations.RunSQL(FROZEN, UNFREEZE),
    ]
