"""Law 3 (§4.3) for what a closed module stands in, and for TRUNCATE, which no other trigger sees.

What a total was computed from is more than marks: when a roll was taken, which course a journal is of, the course's
form of control, the year and the place of the module in its semester. None of it changes under a closed sheet.
"""

import re
from importlib import import_module

from django.db import migrations

# A lesson's moment of the roll, and its semester, beside what 0009 compares.
_DIFFERS = (
    "o.date <> n.date OR o.state <> n.state OR o.topic <> n.topic OR o.starts_at <> n.starts_at"
    " OR o.teacher_id <> n.teacher_id OR o.work_kinds <> n.work_kinds OR o.semester_id <> n.semester_id"
    " OR o.roll_taken_at IS DISTINCT FROM n.roll_taken_at"
)
LESSONS = f"""
CREATE OR REPLACE FUNCTION journal_guard_lessons() RETURNS trigger
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
        WHERE {_DIFFERS}
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
    WHERE ({_DIFFERS})
      -- A reopening gives back its topic, its kinds of work and its roll; not its day, its hour or its teacher. A roll
      -- that was taken stays taken.
      AND NOT (o.date = n.date AND o.starts_at = n.starts_at AND o.teacher_id = n.teacher_id
               AND o.semester_id = n.semester_id
               AND (o.state = n.state OR (o.state = 'planned' AND n.state = 'held'))
               AND (o.roll_taken_at IS NULL OR o.roll_taken_at IS NOT DISTINCT FROM n.roll_taken_at)
               AND journal_is_reopened(n.id, NULL, w.course_id, NULL))
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;
"""

FRAME = """
-- A journal that has lessons or tasks under a closed module stays of its course, kind and subgroup.
CREATE FUNCTION journal_guard_workload() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(semester_id), array_agg(id) INTO semesters, courses
    FROM teaching_course WHERE id IN (OLD.course_id, NEW.course_id);
    PERFORM journal_share_locks(semesters, courses);
    SELECT s.course_id, s.module_id INTO bad
    FROM journal_modulesheet s JOIN university_module mo ON mo.id = s.module_id
    WHERE s.course_id = ANY (courses) AND s.state = 'closed'
      AND (EXISTS (SELECT 1 FROM teaching_lessonworkload lw JOIN teaching_lesson l ON l.id = lw.lesson_id
                   WHERE lw.workload_id = OLD.id AND l.date BETWEEN mo.starts_on AND mo.ends_on)
           OR EXISTS (SELECT 1 FROM journal_selfstudytask t WHERE t.workload_id = OLD.id AND t.module_id = mo.id))
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_workload_closed BEFORE UPDATE ON teaching_workload FOR EACH ROW
    WHEN (OLD.course_id <> NEW.course_id OR OLD.kind <> NEW.kind OR OLD.subgroup_id IS DISTINCT FROM NEW.subgroup_id)
    EXECUTE FUNCTION journal_guard_workload();

-- What a sheet is about, and the form of control that chose its scheme.
CREATE FUNCTION journal_guard_course() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    PERFORM journal_share_locks(ARRAY[OLD.semester_id], ARRAY[OLD.id]);
    SELECT course_id, module_id INTO bad FROM journal_modulesheet WHERE course_id = OLD.id AND state = 'closed' LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_course_closed BEFORE UPDATE ON teaching_course FOR EACH ROW
    WHEN (OLD.control_form <> NEW.control_form OR OLD.semester_id <> NEW.semester_id OR OLD.group_id <> NEW.group_id
          OR OLD.discipline_id <> NEW.discipline_id)
    EXECUTE FUNCTION journal_guard_course();

-- The modules of a semester in which a sheet is closed: their days by 0003; that they are as many and in that order,
-- since a scheme's modules are counted off by them. Who closes holds the semester's lock shared.
CREATE FUNCTION journal_guard_modules() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    of_semester bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.semester_id ELSE OLD.semester_id END;
    bad record;
BEGIN
    PERFORM pg_advisory_xact_lock(1, of_semester::int);
    SELECT s.course_id, s.module_id INTO bad
    FROM journal_modulesheet s JOIN university_module mo ON mo.id = s.module_id
    WHERE mo.semester_id = of_semester AND s.state = 'closed' LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER journal_module_comes BEFORE INSERT OR DELETE ON university_module
    FOR EACH ROW EXECUTE FUNCTION journal_guard_modules();
CREATE TRIGGER journal_module_number BEFORE UPDATE ON university_module FOR EACH ROW
    WHEN (OLD.number <> NEW.number) EXECUTE FUNCTION journal_guard_modules();

-- Which year's scheme it was.
CREATE FUNCTION journal_guard_year() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    PERFORM pg_advisory_xact_lock(3, 3);
    SELECT s.course_id, s.module_id INTO bad
    FROM journal_modulesheet s
    JOIN university_module mo ON mo.id = s.module_id
    JOIN university_semester se ON se.id = mo.semester_id
    WHERE s.state = 'closed'
      AND CASE TG_TABLE_NAME WHEN 'university_semester' THEN se.id = OLD.id ELSE se.year_id = OLD.id END
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_year_starts BEFORE UPDATE ON university_academicyear FOR EACH ROW
    WHEN (OLD.starts <> NEW.starts) EXECUTE FUNCTION journal_guard_year();
CREATE TRIGGER journal_semester_year BEFORE UPDATE ON university_semester FOR EACH ROW
    WHEN (OLD.year_id <> NEW.year_id) EXECUTE FUNCTION journal_guard_year();

-- The teachers' word on which a sheet was closed.
CREATE FUNCTION journal_guard_confirmation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    workloads bigint[];
    modules bigint[];
    bad record;
BEGIN
    workloads := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.workload_id] WHEN 'DELETE' THEN ARRAY[OLD.workload_id]
                 ELSE ARRAY[OLD.workload_id, NEW.workload_id] END;
    modules := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.module_id] WHEN 'DELETE' THEN ARRAY[OLD.module_id]
               ELSE ARRAY[OLD.module_id, NEW.module_id] END;
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM teaching_workload w JOIN teaching_course c ON c.id = w.course_id WHERE w.id = ANY (workloads);
    PERFORM journal_share_locks(semesters, courses);
    SELECT course_id, module_id INTO bad FROM journal_modulesheet
    WHERE course_id = ANY (courses) AND module_id = ANY (modules) AND state = 'closed' LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER journal_moduleconfirmation_closed BEFORE INSERT OR UPDATE OR DELETE ON journal_moduleconfirmation
    FOR EACH ROW EXECUTE FUNCTION journal_guard_confirmation();

-- A closed sheet without totals of its own (a scheme of fewer modules than the semester) is held by no other row.
CREATE FUNCTION journal_sheet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM journal_raise_closed(OLD.course_id, OLD.module_id);
    RETURN NULL;
END $$;
CREATE TRIGGER journal_modulesheet_stays BEFORE DELETE ON journal_modulesheet FOR EACH ROW
    WHEN (OLD.state = 'closed') EXECUTE FUNCTION journal_sheet_stays();

-- TRUNCATE fires no trigger of rows: no table under these laws is emptied while anything is closed.
CREATE FUNCTION journal_guard_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM journal_modulesheet WHERE state = 'closed')
       OR EXISTS (SELECT 1 FROM journal_finalsheet WHERE state = 'closed')
       OR EXISTS (SELECT 1 FROM journal_stateexam WHERE closed_at IS NOT NULL)
       OR EXISTS (SELECT 1 FROM journal_thesis WHERE closed_at IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_not_emptied',
            MESSAGE = format('%s is not emptied: something in the journal is closed (§4.3)', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
"""

# What law 3 and law 4 are about.
NOT_EMPTIED = (
    "journal_appeal",
    "journal_changeevent",
    "journal_dayseal",
    "journal_excusecover",
    "journal_finalresult",
    "journal_finalsheet",
    "journal_mark",
    "journal_moduleconfirmation",
    "journal_modulepoint",
    "journal_modulesheet",
    "journal_moduletotal",
    "journal_ratingcomponent",
    "journal_ratingscheme",
    "journal_reopening",
    "journal_reopeninglesson",
    "journal_reopeningstudent",
    "journal_scale",
    "journal_scalestep",
    "journal_schemechoice",
    "journal_sealblock",
    "journal_selfstudyfile",
    "journal_selfstudymark",
    "journal_selfstudymember",
    "journal_selfstudytask",
    "journal_selfstudyteam",
    "journal_sheetedition",
    "journal_stateexam",
    "journal_submission",
    "journal_thesis",
    "teaching_course",
    "teaching_courseenrolment",
    "teaching_lesson",
    "teaching_lessonitem",
    "teaching_lessonworkload",
    "teaching_substitution",
    "teaching_workload",
    "university_academicyear",
    "university_module",
    "university_semester",
)
TRUNCATE = "".join(
    f"CREATE TRIGGER journal_not_emptied BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_truncate();\n"
    for table in NOT_EMPTIED
)


def _of_0009() -> str:
    """The guard of lessons as 0009 made it: what going back restores."""
    text: str = import_module("journal.migrations.0009_reopenings").LESSONS
    found = re.search(r"CREATE OR REPLACE FUNCTION journal_guard_lessons\(.*?END \$\$;", text, re.DOTALL)
    assert found is not None
    return found.group(0)


BACKWARDS = (
    "".join(f"DROP TRIGGER journal_not_emptied ON {table};\n" for table in NOT_EMPTIED)
    + """
DROP FUNCTION journal_guard_truncate();
DROP TRIGGER journal_modulesheet_stays ON journal_modulesheet;
DROP FUNCTION journal_sheet_stays();
DROP TRIGGER journal_moduleconfirmation_closed ON journal_moduleconfirmation;
DROP FUNCTION journal_guard_confirmation();
DROP TRIGGER journal_semester_year ON university_semester;
DROP TRIGGER journal_year_starts ON university_academicyear;
DROP FUNCTION journal_guard_year();
DROP TRIGGER journal_module_number ON university_module;
DROP TRIGGER journal_module_comes ON university_module;
DROP FUNCTION journal_guard_modules();
DROP TRIGGER journal_course_closed ON teaching_course;
DROP FUNCTION journal_guard_course();
DROP TRIGGER journal_workload_closed ON teaching_workload;
DROP FUNCTION journal_guard_workload();
"""
    + _of_0009()
)


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0015_appeals"),
        ("teaching", "0007_students"),
        ("university", "0001_initial"),
    ]
    operations = [migrations.RunSQL(LESSONS + FRAME + TRUNCATE, BACKWARDS)]
