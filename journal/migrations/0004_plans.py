"""Law 3 (§4.3): what a lesson gave of its plan changes with its topic, never under a closed module."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION journal_guard_lesson_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM (
        SELECT DISTINCT w.course_id FROM changed i
        JOIN teaching_lessonworkload lw ON lw.lesson_id = i.lesson_id
        JOIN teaching_workload w ON w.id = lw.workload_id
    ) x JOIN teaching_course c ON c.id = x.course_id;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    SELECT s.course_id, s.module_id INTO bad
    FROM changed i
    JOIN teaching_lesson l ON l.id = i.lesson_id
    JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
    JOIN teaching_workload w ON w.id = lw.workload_id
    JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.state = 'closed'
    JOIN university_module mo ON mo.id = s.module_id AND l.date BETWEEN mo.starts_on AND mo.ends_on
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_lessonitem_closed_insert AFTER INSERT ON teaching_lessonitem
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_items();
CREATE TRIGGER journal_lessonitem_closed_update_to AFTER UPDATE ON teaching_lessonitem
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_items();
CREATE TRIGGER journal_lessonitem_closed_update_from AFTER UPDATE ON teaching_lessonitem
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_items();
CREATE TRIGGER journal_lessonitem_closed_delete AFTER DELETE ON teaching_lessonitem
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_items();
"""

BACKWARDS = """
DROP TRIGGER journal_lessonitem_closed_delete ON teaching_lessonitem;
DROP TRIGGER journal_lessonitem_closed_update_from ON teaching_lessonitem;
DROP TRIGGER journal_lessonitem_closed_update_to ON teaching_lessonitem;
DROP TRIGGER journal_lessonitem_closed_insert ON teaching_lessonitem;
DROP FUNCTION journal_guard_lesson_items();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_closed_modules"), ("teaching", "0003_plans")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
