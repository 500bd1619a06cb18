"""Law 3 for lists (§4.3, §7.5): who stood on a course's list on the days of a closed module stays there.

An enrolment may be ended, begun or changed from the day after the module on. Statement by statement, with the
locks of 0003; a bulk load leaves early, where no sheet of its courses is closed.
"""

from django.db import migrations

FORWARDS = """
-- The days of an enrolment that a change touches: all, where what it says differs; else those won or lost.
CREATE FUNCTION journal_enrolment_days(old_from date, old_to date, new_from date, new_to date, is_same boolean)
RETURNS datemultirange LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN is_same
        THEN (datemultirange(daterange(old_from, old_to, '[]')) - datemultirange(daterange(new_from, new_to, '[]')))
           + (datemultirange(daterange(new_from, new_to, '[]')) - datemultirange(daterange(old_from, old_to, '[]')))
        ELSE datemultirange(daterange(old_from, old_to, '[]'), daterange(new_from, new_to, '[]'))
    END
$$;

CREATE FUNCTION journal_guard_enrolments() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM (SELECT DISTINCT course_id FROM changed) x JOIN teaching_course c ON c.id = x.course_id;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    IF NOT EXISTS (SELECT 1 FROM journal_modulesheet WHERE course_id = ANY (courses) AND state = 'closed') THEN
        RETURN NULL;
    END IF;
    SELECT s.course_id, s.module_id INTO bad
    FROM changed e
    JOIN journal_modulesheet s ON s.course_id = e.course_id AND s.state = 'closed'
    JOIN university_module mo ON mo.id = s.module_id
     AND e.starts_on <= mo.ends_on AND (e.ends_on IS NULL OR e.ends_on >= mo.starts_on)
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION journal_guard_enrolment_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM (SELECT course_id FROM before_it UNION SELECT course_id FROM after_it) x
    JOIN teaching_course c ON c.id = x.course_id;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    IF NOT EXISTS (SELECT 1 FROM journal_modulesheet WHERE course_id = ANY (courses) AND state = 'closed') THEN
        RETURN NULL;
    END IF;
    SELECT s.course_id, s.module_id INTO bad
    FROM after_it n
    JOIN before_it o ON o.id = n.id
    JOIN journal_modulesheet s ON s.course_id IN (o.course_id, n.course_id) AND s.state = 'closed'
    JOIN university_module mo ON mo.id = s.module_id
    WHERE journal_enrolment_days(
        o.starts_on, o.ends_on, n.starts_on, n.ends_on,
        o.course_id = n.course_id AND o.student_id = n.student_id AND o.basis = n.basis
        AND o.subgroup_id IS NOT DISTINCT FROM n.subgroup_id
    ) && daterange(mo.starts_on, mo.ends_on, '[]')
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER journal_courseenrolment_closed_insert AFTER INSERT ON teaching_courseenrolment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_enrolments();
CREATE TRIGGER journal_courseenrolment_closed_delete AFTER DELETE ON teaching_courseenrolment
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_enrolments();
CREATE TRIGGER journal_courseenrolment_closed_update AFTER UPDATE ON teaching_courseenrolment
    REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
    FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_enrolment_changes();
"""

BACKWARDS = """
DROP TRIGGER journal_courseenrolment_closed_update ON teaching_courseenrolment;
DROP TRIGGER journal_courseenrolment_closed_delete ON teaching_courseenrolment;
DROP TRIGGER journal_courseenrolment_closed_insert ON teaching_courseenrolment;
DROP FUNCTION journal_guard_enrolment_changes();
DROP FUNCTION journal_guard_enrolments();
DROP FUNCTION journal_enrolment_days(date, date, date, date, boolean);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0005_substitution"), ("teaching", "0007_students")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
