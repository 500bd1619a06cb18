"""Law 4: every change of a mark or sheet leaves who, when, before, after and why, in an append-only history."""

from django.db import connections, migrations

FORWARDS = """
CREATE FUNCTION journal_record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own text[] := ARRAY['id', 'version', 'by_id', 'at', 'source', 'request_id', 'reason'];
    -- What was keeps its author and moment: the row forgets them with its first change.
    place text[] := ARRAY['id', 'version'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO journal_changeevent (entity, entity_id, version, before, after, by_id, at, source,
                                         request_id, reason, recorded_at, database_user)
        VALUES (TG_TABLE_NAME, OLD.id, OLD.version, to_jsonb(OLD) - place, NULL, NULL, clock_timestamp(),
                'correction', OLD.request_id, 'deleted', clock_timestamp(), session_user);
        RETURN NULL;
    END IF;
    -- A change that does not raise the version would pass unseen by every open grid, and hide its author.
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_version_rises',
            MESSAGE = format('%s %s: version must rise from %s by one (law 4)', TG_TABLE_NAME, OLD.id, OLD.version);
    END IF;
    INSERT INTO journal_changeevent (entity, entity_id, version, before, after, by_id, at, source,
                                     request_id, reason, recorded_at, database_user)
    VALUES (TG_TABLE_NAME, NEW.id, NEW.version, to_jsonb(OLD) - place, to_jsonb(NEW) - own, NEW.by_id, NEW.at,
            NEW.source, NEW.request_id, NEW.reason, clock_timestamp(), session_user);
    RETURN NULL;
END $$;

CREATE TRIGGER journal_mark_history AFTER UPDATE OR DELETE ON journal_mark
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_modulesheet_history AFTER UPDATE OR DELETE ON journal_modulesheet
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();

CREATE FUNCTION journal_mark_stays_in_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_mark_stays_in_place',
        MESSAGE = format('mark %s cannot move to another lesson, student or journal', OLD.id);
END $$;
CREATE TRIGGER journal_mark_stays_in_place BEFORE UPDATE ON journal_mark FOR EACH ROW
    WHEN (OLD.id <> NEW.id OR OLD.lesson_id <> NEW.lesson_id OR OLD.student_id <> NEW.student_id
          OR OLD.workload_id <> NEW.workload_id)
    EXECUTE FUNCTION journal_mark_stays_in_place();
"""

BACKWARDS = """
DROP TRIGGER journal_mark_stays_in_place ON journal_mark;
DROP FUNCTION journal_mark_stays_in_place();
DROP TRIGGER journal_modulesheet_history ON journal_modulesheet;
DROP TRIGGER journal_mark_history ON journal_mark;
DROP FUNCTION journal_record_change();
"""


def take_from_web(apps, schema_editor):
    """The web's role reads the history and neither writes nor empties it; marks and sheets it never deletes."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON journal_changeevent FROM {quoted}")
    schema_editor.execute(f"REVOKE DELETE, TRUNCATE ON journal_mark, journal_modulesheet FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial"), ("university", "0001_initial")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
