"""Law 3 (§4.3): under a closed module nothing changes, on any path.

The triggers take the locks themselves before they read the sheet, in the order of every writer: the semester's
shared, then the course's shared. Bulk work that holds the semester exclusively is spared the courses' locks;
that it does is looked up in pg_locks, the setting `ejournal.bulk` is only a hint that a look is worth it.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION journal_semesters_owned() RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('ejournal.bulk', true), '') <> 'on' THEN
        RETURN '{}';
    END IF;
    RETURN (SELECT coalesce(array_agg(l.objid::bigint), '{}') FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.granted AND l.objsubid = 2
              AND l.classid = 1 AND l.mode = 'ExclusiveLock'
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()));
END $$;

-- Locks for (semester, course) pairs; raises where the isolation level could not see a sheet closed meanwhile.
CREATE FUNCTION journal_share_locks(semesters bigint[], courses bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    owned bigint[] := journal_semesters_owned();
    one record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING ERRCODE = '25000', CONSTRAINT = 'journal_read_committed',
            MESSAGE = 'the journal is written in read committed only: an older snapshot would not see a closed sheet';
    END IF;
    FOR one IN SELECT DISTINCT s AS id FROM unnest(semesters) AS s WHERE s <> ALL (owned) ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(1, one.id::int);
    END LOOP;
    FOR one IN SELECT DISTINCT c AS id FROM unnest(semesters, courses) AS pair (s, c)
               WHERE s <> ALL (owned) ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(2, one.id::int);
    END LOOP;
END $$;

CREATE FUNCTION journal_raise_closed(course bigint, module bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_module_closed',
        MESSAGE = format('module %s of course %s is closed: nothing under it changes (§4.3)', module, course);
END $$;

CREATE FUNCTION journal_guard_marks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    -- Grouped first: a bulk write has millions of rows and some thousands of courses.
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM (SELECT DISTINCT workload_id FROM changed) m
    JOIN teaching_workload w ON w.id = m.workload_id
    JOIN teaching_course c ON c.id = w.course_id;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    IF NOT EXISTS (SELECT 1 FROM journal_modulesheet WHERE course_id = ANY (courses) AND state = 'closed') THEN
        RETURN NULL;
    END IF;
    SELECT s.course_id, s.module_id INTO bad
    FROM changed m
    JOIN teaching_lesson l ON l.id = m.lesson_id
    JOIN teaching_workload w ON w.id = m.workload_id
    JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.state = 'closed'
    JOIN university_module mo ON mo.id = s.module_id AND l.date BETWEEN mo.starts_on AND mo.ends_on
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER journal_mark_closed_insert AFTER INSERT ON journal_mark
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_marks();
CREATE TRIGGER journal_mark_closed_update AFTER UPDATE ON journal_mark
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_marks();
CREATE TRIGGER journal_mark_closed_delete AFTER DELETE ON journal_mark
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_marks();

-- A lesson's date, state and topic; and which workloads it serves.
CREATE FUNCTION journal_guard_lesson_days(lesson bigint, workload bigint, days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM teaching_workload w JOIN teaching_course c ON c.id = w.course_id
    -- One list of ids, for the index: an OR would read every workload of the university for every lesson.
    WHERE w.id IN (SELECT workload UNION ALL SELECT workload_id FROM teaching_lessonworkload WHERE lesson_id = lesson);
    IF semesters IS NULL THEN
        RETURN;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    SELECT s.course_id, s.module_id INTO bad
    FROM journal_modulesheet s JOIN university_module mo ON mo.id = s.module_id
    WHERE s.course_id = ANY (courses) AND s.state = 'closed'
      AND EXISTS (SELECT 1 FROM unnest(days) AS day WHERE day BETWEEN mo.starts_on AND mo.ends_on)
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
END $$;

CREATE FUNCTION journal_guard_lesson_deletion() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM journal_guard_lesson_days(OLD.id, NULL, ARRAY[OLD.date]);
    RETURN OLD;
END $$;
-- Before the row goes: its workloads may go after it, and what they guard would have no day any more.
CREATE TRIGGER journal_lesson_closed_delete BEFORE DELETE ON teaching_lesson FOR EACH ROW
    EXECUTE FUNCTION journal_guard_lesson_deletion();

-- Once a statement: a semester that is grown or moved has two hundred thousand lessons.
CREATE FUNCTION journal_guard_lessons() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM (
        SELECT DISTINCT w.course_id
        FROM after_it n JOIN before_it o ON o.id = n.id
        JOIN teaching_lessonworkload lw ON lw.lesson_id = n.id
        JOIN teaching_workload w ON w.id = lw.workload_id
        WHERE o.date <> n.date OR o.state <> n.state OR o.topic <> n.topic OR o.starts_at <> n.starts_at
           OR o.teacher_id <> n.teacher_id OR o.work_kinds <> n.work_kinds
    ) x JOIN teaching_course c ON c.id = x.course_id;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    IF NOT EXISTS (SELECT 1 FROM journal_modulesheet WHERE course_id = ANY (courses) AND state = 'closed') THEN
        RETURN NULL;
    END IF;
    SELECT s.course_id, s.module_id INTO bad
    FROM after_it n JOIN before_it o ON o.id = n.id
    JOIN teaching_lessonworkload lw ON lw.lesson_id = n.id
    JOIN teaching_workload w ON w.id = lw.workload_id
    JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.state = 'closed'
    JOIN university_module mo ON mo.id = s.module_id
     AND (n.date BETWEEN mo.starts_on AND mo.ends_on OR o.date BETWEEN mo.starts_on AND mo.ends_on)
    WHERE o.date <> n.date OR o.state <> n.state OR o.topic <> n.topic OR o.starts_at <> n.starts_at
       OR o.teacher_id <> n.teacher_id OR o.work_kinds <> n.work_kinds
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_lesson_closed_update AFTER UPDATE ON teaching_lesson
    REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
    FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lessons();

CREATE FUNCTION journal_guard_lesson_workloads() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM (SELECT DISTINCT workload_id FROM changed) x
    JOIN teaching_workload w ON w.id = x.workload_id JOIN teaching_course c ON c.id = w.course_id;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    IF NOT EXISTS (SELECT 1 FROM journal_modulesheet WHERE course_id = ANY (courses) AND state = 'closed') THEN
        RETURN NULL;
    END IF;
    SELECT s.course_id, s.module_id INTO bad
    FROM changed lw
    JOIN teaching_lesson l ON l.id = lw.lesson_id
    JOIN teaching_workload w ON w.id = lw.workload_id
    JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.state = 'closed'
    JOIN university_module mo ON mo.id = s.module_id AND l.date BETWEEN mo.starts_on AND mo.ends_on
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER journal_lessonworkload_closed_insert AFTER INSERT ON teaching_lessonworkload
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_workloads();
CREATE TRIGGER journal_lessonworkload_closed_update_to AFTER UPDATE ON teaching_lessonworkload
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_workloads();
CREATE TRIGGER journal_lessonworkload_closed_update_from AFTER UPDATE ON teaching_lessonworkload
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_workloads();
CREATE TRIGGER journal_lessonworkload_closed_delete AFTER DELETE ON teaching_lessonworkload
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_lesson_workloads();

-- A module's days, while a sheet of it is closed.
CREATE FUNCTION journal_guard_module_days() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    one record;
BEGIN
    SELECT course_id INTO one FROM journal_modulesheet WHERE module_id = OLD.id AND state = 'closed' LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(one.course_id, OLD.id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_module_days BEFORE UPDATE ON university_module FOR EACH ROW
    WHEN (OLD.starts_on <> NEW.starts_on OR OLD.ends_on <> NEW.ends_on OR OLD.semester_id <> NEW.semester_id)
    EXECUTE FUNCTION journal_guard_module_days();

-- Who closes owns the course: writers that share its lock have finished, later ones see the closed sheet.
CREATE FUNCTION journal_guard_sheet() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    course record;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'closed' THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_modulesheet_stays_closed',
            MESSAGE = format('sheet %s is closed (§4.3)', OLD.id);
    END IF;
    SELECT id, semester_id INTO course FROM teaching_course WHERE id = NEW.course_id;
    IF course.semester_id <> ALL (journal_semesters_owned()) THEN
        PERFORM pg_advisory_xact_lock_shared(1, course.semester_id::int);
        PERFORM pg_advisory_xact_lock(2, course.id::int);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM university_module WHERE id = NEW.module_id AND semester_id = course.semester_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_modulesheet_same_semester',
            MESSAGE = 'the module belongs to another semester than the course';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_sheet_guard BEFORE INSERT OR UPDATE ON journal_modulesheet
    FOR EACH ROW EXECUTE FUNCTION journal_guard_sheet();
"""

BACKWARDS = """
DROP TRIGGER journal_sheet_guard ON journal_modulesheet;
DROP FUNCTION journal_guard_sheet();
DROP TRIGGER journal_module_days ON university_module;
DROP FUNCTION journal_guard_module_days();
DROP TRIGGER journal_lessonworkload_closed_delete ON teaching_lessonworkload;
DROP TRIGGER journal_lessonworkload_closed_update_from ON teaching_lessonworkload;
DROP TRIGGER journal_lessonworkload_closed_update_to ON teaching_lessonworkload;
DROP TRIGGER journal_lessonworkload_closed_insert ON teaching_lessonworkload;
DROP FUNCTION journal_guard_lesson_workloads();
DROP TRIGGER journal_lesson_closed_delete ON teaching_lesson;
DROP TRIGGER journal_lesson_closed_update ON teaching_lesson;
DROP FUNCTION journal_guard_lessons();
DROP FUNCTION journal_guard_lesson_deletion();
DROP FUNCTION journal_guard_lesson_days(bigint, bigint, date[]);
DROP TRIGGER journal_mark_closed_delete ON journal_mark;
DROP TRIGGER journal_mark_closed_update ON journal_mark;
DROP TRIGGER journal_mark_closed_insert ON journal_mark;
DROP FUNCTION journal_guard_marks();
DROP FUNCTION journal_raise_closed(bigint, bigint);
DROP FUNCTION journal_share_locks(bigint[], bigint[]);
DROP FUNCTION journal_semesters_owned();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_history"), ("teaching", "0002_lessons_rest_on_timetable")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
