"""§4.1: an applied load can be undone. What its statements do is noted in its own transaction, by triggers.

They write only while the transaction-local setting `ejournal.load` names a load; for everybody else they cost the look
at a setting. Lessons are left out: they follow from the lines and are made anew.
"""

from django.db import connections, migrations

TABLES = (
    "university_academicyear",
    "university_semester",
    "university_module",
    "university_holiday",
    "university_bell",
    "university_unit",
    "university_department",
    "university_programme",
    "university_room",
    "university_group",
    "university_groupname",
    "university_subgroup",
    "university_discipline",
    "university_curriculum",
    "accounts_user",
    "accounts_teacher",
    "accounts_student",
    "accounts_groupenrolment",
    "accounts_appointment",
    "teaching_course",
    "teaching_courseenrolment",
    "teaching_workload",
    "teaching_workloadteacher",
    "teaching_slot",
)

FUNCTIONS = """
CREATE SEQUENCE loading_undo_step;

CREATE FUNCTION loading_note_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO loading_undorow (load_id, step, "table", operation, ids)
    SELECT current_setting('ejournal.load')::bigint, nextval('loading_undo_step'), TG_TABLE_NAME, 'insert', noted.ids
    FROM (SELECT array_agg(id) AS ids FROM made) noted WHERE noted.ids IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION loading_note_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    this_step bigint := nextval('loading_undo_step');
BEGIN
    INSERT INTO loading_undorow (load_id, step, "table", operation, ids, before, after)
    SELECT current_setting('ejournal.load')::bigint, this_step, TG_TABLE_NAME, 'update', ARRAY[differs.id],
           differs.before, differs.after
    FROM (
        SELECT o.id, jsonb_object_agg(e.key, e.value) AS before, jsonb_object_agg(e.key, n.image -> e.key) AS after
        FROM (SELECT id, to_jsonb(was) - '{password,sort_key}'::text[] AS image FROM was) o
        JOIN (SELECT id, to_jsonb(made) AS image FROM made) n ON n.id = o.id
        CROSS JOIN LATERAL jsonb_each(o.image) e
        WHERE e.value IS DISTINCT FROM n.image -> e.key
        GROUP BY o.id
    ) differs;
    RETURN NULL;
END $$;

CREATE FUNCTION loading_note_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    this_step bigint := nextval('loading_undo_step');
BEGIN
    INSERT INTO loading_undorow (load_id, step, "table", operation, ids, before)
    SELECT current_setting('ejournal.load')::bigint, this_step, TG_TABLE_NAME, 'delete', ARRAY[was.id],
           to_jsonb(was) - '{password,sort_key}'::text[]
    FROM was;
    RETURN NULL;
END $$;
"""
LOADS = "WHEN (coalesce(current_setting('ejournal.load', true), '') <> '')"
TRIGGERS = "".join(
    f"""
CREATE TRIGGER loading_{table}_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT {LOADS} EXECUTE FUNCTION loading_note_insert();
CREATE TRIGGER loading_{table}_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS was NEW TABLE AS made
    FOR EACH STATEMENT {LOADS} EXECUTE FUNCTION loading_note_update();
CREATE TRIGGER loading_{table}_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT {LOADS} EXECUTE FUNCTION loading_note_delete();
"""
    for table in TABLES
)
NO_TRIGGERS = "".join(
    f"DROP TRIGGER loading_{table}_{operation} ON {table};\n"
    for table in TABLES
    for operation in ("insert", "update", "delete")
)
NO_FUNCTIONS = """
DROP FUNCTION loading_note_delete();
DROP FUNCTION loading_note_update();
DROP FUNCTION loading_note_insert();
DROP SEQUENCE loading_undo_step;
"""


def take_from_web(apps, schema_editor):
    """The web's role reads what a load did and forgets it in time; it neither writes nor alters it."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE INSERT, UPDATE, TRUNCATE ON loading_undorow FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("loading", "0001_applied_loads"),
        ("university", "0001_initial"),
        ("accounts", "0001_initial"),
        ("teaching", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(FUNCTIONS + TRIGGERS, NO_TRIGGERS + NO_FUNCTIONS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
