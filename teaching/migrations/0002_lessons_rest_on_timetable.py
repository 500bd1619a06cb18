"""Law 2 (§3.5g): a lesson rests on a line of the timetable or on an approved change; none is born otherwise."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION teaching_slot_fits(slot_row teaching_slot, day date, semester bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT slot_row.weekday = extract(isodow FROM day)
       AND day BETWEEN slot_row.starts_on AND slot_row.ends_on
       AND (slot_row.parity = 'every' OR EXISTS (
            SELECT 1 FROM university_semester s
            WHERE s.id = semester
              -- Week 1 is odd; it begins on the Monday of the week in which the semester begins.
              AND (((day - (s.starts_on - (extract(isodow FROM s.starts_on)::int - 1))) / 7) % 2 = 0)
                  = (slot_row.parity = 'odd')))
$$;

CREATE FUNCTION teaching_guard_lesson_workloads() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    SELECT l.id, l.date INTO bad
    FROM changed lw
    JOIN teaching_lesson l ON l.id = lw.lesson_id
    JOIN teaching_slot s ON s.id = lw.slot_id
    WHERE lw.change_id IS NULL
      AND NOT (s.workload_id = lw.workload_id AND teaching_slot_fits(s, l.date, l.semester_id))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'teaching_lesson_rests_on_timetable',
            MESSAGE = format('lesson %s on %s does not rest on its line of the timetable (law 2)', bad.id, bad.date);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER teaching_lessonworkload_insert AFTER INSERT ON teaching_lessonworkload
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION teaching_guard_lesson_workloads();
CREATE TRIGGER teaching_lessonworkload_update AFTER UPDATE ON teaching_lessonworkload
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION teaching_guard_lesson_workloads();

CREATE FUNCTION teaching_guard_lesson_date() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM teaching_lessonworkload lw JOIN teaching_slot s ON s.id = lw.slot_id
        WHERE lw.lesson_id = NEW.id AND lw.change_id IS NULL
          AND NOT teaching_slot_fits(s, NEW.date, NEW.semester_id)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'teaching_lesson_rests_on_timetable',
            MESSAGE = format('lesson %s moved to %s without an approved change (law 2)', NEW.id, NEW.date);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER teaching_lesson_moved AFTER UPDATE OF date, semester_id ON teaching_lesson
    FOR EACH ROW WHEN (OLD.date <> NEW.date OR OLD.semester_id <> NEW.semester_id)
    EXECUTE FUNCTION teaching_guard_lesson_date();

CREATE FUNCTION teaching_guard_lesson_serves() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM teaching_lessonworkload WHERE lesson_id = NEW.id)
       AND EXISTS (SELECT 1 FROM teaching_lesson WHERE id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'teaching_lesson_serves_a_workload',
            MESSAGE = format('lesson %s serves no workload (law 2)', NEW.id);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER teaching_lesson_serves_a_workload AFTER INSERT ON teaching_lesson
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION teaching_guard_lesson_serves();
"""

BACKWARDS = """
DROP TRIGGER teaching_lesson_serves_a_workload ON teaching_lesson;
DROP TRIGGER teaching_lesson_moved ON teaching_lesson;
DROP TRIGGER teaching_lessonworkload_update ON teaching_lessonworkload;
DROP TRIGGER teaching_lessonworkload_insert ON teaching_lessonworkload;
DROP FUNCTION teaching_guard_lesson_serves();
DROP FUNCTION teaching_guard_lesson_date();
DROP FUNCTION teaching_guard_lesson_workloads();
DROP FUNCTION teaching_slot_fits(teaching_slot, date, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("teaching", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
