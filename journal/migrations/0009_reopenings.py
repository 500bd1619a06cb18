"""Reopenings, and law 3 with them (§4.3).

The functions of 0003, 0004 and 0007 let pass exactly the rows of a named lesson and student of an open reopening; the
deadline of a module binds marks where a setting gives it. A row is judged by the moment that it says itself, as the
service that wrote it was; a task ends the reopening, and then nothing passes.
"""

import re
from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models

MARKS = """
CREATE FUNCTION journal_is_reopened(of_lesson bigint, of_student bigint, of_course bigint, moment timestamptz)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM journal_reopeninglesson rl
        JOIN journal_reopening r ON r.id = rl.reopening_id AND r.state = 'open'
         AND (moment IS NULL OR r.until > moment)
        JOIN teaching_workload w ON w.id = r.workload_id AND w.course_id = of_course
        WHERE rl.lesson_id = of_lesson
          AND (of_student IS NULL OR EXISTS (
              SELECT 1 FROM journal_reopeningstudent rs WHERE rs.reopening_id = r.id AND rs.student_id = of_student))
    )
$$;

-- The last day on which a module's cells are filled: null where no setting binds (the usual days only remind).
CREATE FUNCTION journal_deadline(of_course bigint, of_day date, today date)
RETURNS date LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT mo.ends_on + (p.value #>> '{}')::int
    FROM teaching_course c
    JOIN university_group g ON g.id = c.group_id
    JOIN LATERAL (
        SELECT value FROM university_policy q
        WHERE q.key = 'module_closing_days' AND q.valid_from <= today
          AND (q.unit_id IS NULL OR q.unit_id = g.unit_id)
        ORDER BY q.unit_id NULLS LAST, q.valid_from DESC LIMIT 1
    ) p ON true
    JOIN LATERAL (
        SELECT ends_on FROM university_module m
        WHERE m.semester_id = c.semester_id AND m.ends_on >= of_day ORDER BY m.number LIMIT 1
    ) mo ON true
    WHERE c.id = of_course
$$;

CREATE OR REPLACE FUNCTION journal_guard_marks() RETURNS trigger
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
    IF EXISTS (SELECT 1 FROM journal_modulesheet WHERE course_id = ANY (courses) AND state = 'closed') THEN
        SELECT s.course_id, s.module_id INTO bad
        FROM changed m
        JOIN teaching_lesson l ON l.id = m.lesson_id
        JOIN teaching_workload w ON w.id = m.workload_id
        JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.state = 'closed'
        JOIN university_module mo ON mo.id = s.module_id AND l.date BETWEEN mo.starts_on AND mo.ends_on
        -- Under a reopening a mark is changed, never deleted, and says that it is a correction.
        WHERE TG_OP = 'DELETE' OR m.source <> 'correction'
           OR NOT journal_is_reopened(m.lesson_id, m.student_id, w.course_id, m.at)
        LIMIT 1;
        IF FOUND THEN
            PERFORM journal_raise_closed(bad.course_id, bad.module_id);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' AND EXISTS (SELECT 1 FROM university_policy WHERE key = 'module_closing_days') THEN
        SELECT m.lesson_id, w.course_id INTO bad
        FROM changed m
        JOIN teaching_lesson l ON l.id = m.lesson_id
        JOIN teaching_workload w ON w.id = m.workload_id
        WHERE journal_deadline(w.course_id, l.date, (m.at AT TIME ZONE 'Asia/Bishkek')::date)
              < (m.at AT TIME ZONE 'Asia/Bishkek')::date
          AND (m.source <> 'correction' OR NOT journal_is_reopened(m.lesson_id, m.student_id, w.course_id, m.at))
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_module_deadline',
                MESSAGE = format('lesson %s of course %s: the days for closing its module are over (§4.3)',
                                 bad.lesson_id, bad.course_id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
"""

LESSONS = """
-- Once a statement: a semester that is grown or moved has two hundred thousand lessons.
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
    WHERE (o.date <> n.date OR o.state <> n.state OR o.topic <> n.topic OR o.starts_at <> n.starts_at
           OR o.teacher_id <> n.teacher_id OR o.work_kinds <> n.work_kinds)
      -- A reopening gives back its topic, its kinds of work and its roll; not its day, its hour or its teacher.
      AND NOT (o.date = n.date AND o.starts_at = n.starts_at AND o.teacher_id = n.teacher_id
               AND (o.state = n.state OR (o.state = 'planned' AND n.state = 'held'))
               AND journal_is_reopened(n.id, NULL, w.course_id, NULL))
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION journal_guard_lesson_items() RETURNS trigger
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
    WHERE NOT journal_is_reopened(l.id, NULL, w.course_id, NULL)
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION journal_guard_covers() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(semester_id), array_agg(id) INTO semesters, courses
    FROM (SELECT DISTINCT c.semester_id, c.id FROM changed x
          JOIN journal_mark m ON m.lesson_id = x.lesson_id AND m.student_id = x.student_id
          JOIN teaching_workload w ON w.id = m.workload_id JOIN teaching_course c ON c.id = w.course_id) of_covers;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    SELECT s.course_id, s.module_id INTO bad
    FROM changed x
    JOIN journal_mark m ON m.lesson_id = x.lesson_id AND m.student_id = x.student_id
    JOIN teaching_lesson l ON l.id = x.lesson_id
    JOIN teaching_workload w ON w.id = m.workload_id
    JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.state = 'closed'
    JOIN university_module mo ON mo.id = s.module_id AND l.date BETWEEN mo.starts_on AND mo.ends_on
    WHERE NOT journal_is_reopened(x.lesson_id, x.student_id, w.course_id, NULL)
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;
"""

REOPENINGS = """
CREATE FUNCTION journal_guard_reopening() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    course record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' OR NEW.head_id IS NOT NULL OR NEW.office_id IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_reopening_begins_as_asked',
                MESSAGE = 'a reopening begins as a request (§4.3)';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.workload_id, OLD.asked_by_id, OLD.asked_at, OLD.why, OLD.asker_is_head, OLD.paper_path)
       IS DISTINCT FROM
       (NEW.workload_id, NEW.asked_by_id, NEW.asked_at, NEW.why, NEW.asker_is_head, NEW.paper_path)
       OR (OLD.head_id IS NOT NULL AND OLD.head_id IS DISTINCT FROM NEW.head_id)
       OR (OLD.office_id IS NOT NULL AND OLD.office_id IS DISTINCT FROM NEW.office_id)
       OR (OLD.until IS NOT NULL AND OLD.until IS DISTINCT FROM NEW.until) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_reopening_stays_as_asked',
            MESSAGE = format('reopening %s: what was asked and approved stays (§4.3)', OLD.id);
    END IF;
    IF (OLD.state, NEW.state) NOT IN (
        ('asked', 'approved'), ('asked', 'refused'), ('asked', 'withdrawn'),
        ('approved', 'open'), ('approved', 'refused'), ('approved', 'withdrawn'),
        ('open', 'ended'), ('open', 'expired')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_reopening_step',
            MESSAGE = format('reopening %s does not go from %s to %s (§4.3)', OLD.id, OLD.state, NEW.state);
    END IF;
    -- Writers who saw it open have finished before it ends; later ones see that it did.
    SELECT c.id, c.semester_id INTO course
    FROM teaching_workload w JOIN teaching_course c ON c.id = w.course_id WHERE w.id = NEW.workload_id;
    IF course.semester_id <> ALL (journal_semesters_owned()) THEN
        PERFORM pg_advisory_xact_lock_shared(1, course.semester_id::int);
        PERFORM pg_advisory_xact_lock(2, course.id::int);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_reopening_guard BEFORE INSERT OR UPDATE ON journal_reopening
    FOR EACH ROW EXECUTE FUNCTION journal_guard_reopening();
CREATE TRIGGER journal_reopening_history AFTER UPDATE OR DELETE ON journal_reopening
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();

-- What a reopening names is what was approved: it is named while it is asked for, and stays.
CREATE FUNCTION journal_guard_named() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' OR NOT EXISTS (SELECT 1 FROM journal_reopening WHERE id = NEW.reopening_id
                                        AND state = 'asked') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_reopening_names_stay',
            MESSAGE = 'what a reopening names is what was asked for (§4.3)';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_reopeninglesson_named BEFORE INSERT OR UPDATE OR DELETE ON journal_reopeninglesson
    FOR EACH ROW EXECUTE FUNCTION journal_guard_named();
CREATE TRIGGER journal_reopeningstudent_named BEFORE INSERT OR UPDATE OR DELETE ON journal_reopeningstudent
    FOR EACH ROW EXECUTE FUNCTION journal_guard_named();
"""

FORWARDS = MARKS + LESSONS + REOPENINGS


def _as_it_was(migration: str, name: str) -> str:
    """A function as an earlier migration made it: what going back restores."""
    text: str = import_module(f"journal.migrations.{migration}").FORWARDS
    found = re.search(rf"CREATE (FUNCTION {name}\(.*?END \$\$;)", text, re.DOTALL)
    assert found is not None, name
    return f"CREATE OR REPLACE {found.group(1)}\n"


BACKWARDS = (
    """
DROP TRIGGER journal_reopeningstudent_named ON journal_reopeningstudent;
DROP TRIGGER journal_reopeninglesson_named ON journal_reopeninglesson;
DROP FUNCTION journal_guard_named();
DROP TRIGGER journal_reopening_history ON journal_reopening;
DROP TRIGGER journal_reopening_guard ON journal_reopening;
DROP FUNCTION journal_guard_reopening();
"""
    + _as_it_was("0003_closed_modules", "journal_guard_marks")
    + _as_it_was("0003_closed_modules", "journal_guard_lessons")
    + _as_it_was("0004_plans", "journal_guard_lesson_items")
    + _as_it_was("0007_excuses", "journal_guard_covers")
    + """
DROP FUNCTION journal_deadline(bigint, date, date);
DROP FUNCTION journal_is_reopened(bigint, bigint, bigint, timestamptz);
"""
)


def take_from_web(apps, schema_editor):
    """The web's role takes no request away."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(
        f"REVOKE DELETE, TRUNCATE ON journal_reopening, journal_reopeninglesson, journal_reopeningstudent FROM {quoted}"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0008_selfstudy"),
        ("teaching", "0007_students"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reopening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "waits for the head of department"),
                            ("approved", "waits for the dean's office"),
                            ("open", "open"),
                            ("ended", "ended"),
                            ("expired", "expired"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("why", models.CharField(max_length=300, verbose_name="reason")),
                ("asked_at", models.DateTimeField()),
                ("asker_is_head", models.BooleanField(default=False)),
                ("paper_path", models.CharField(blank=True, max_length=40)),
                ("paper_sha256", models.CharField(blank=True, max_length=64)),
                ("paper_type", models.CharField(blank=True, max_length=40)),
                ("head_at", models.DateTimeField(null=True)),
                ("opened_at", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("web", "on the page"),
                            ("import", "by import"),
                            ("scan", "by scan"),
                            ("correction", "as a correction"),
                        ],
                        max_length=10,
                    ),
                ),
                ("request_id", models.UUIDField()),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reopenings_asked",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "head",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reopenings", to="teaching.workload"
                    ),
                ),
            ],
            options={
                "verbose_name": "reopening",
                "verbose_name_plural": "reopenings",
                "ordering": ["-asked_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ReopeningLesson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reopenings", to="teaching.lesson"
                    ),
                ),
                (
                    "reopening",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lessons",
                        to="journal.reopening",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReopeningStudent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reopening",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="students",
                        to="journal.reopening",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reopenings", to="accounts.student"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="reopening",
            index=models.Index(
                condition=models.Q(("state__in", ("asked", "approved", "open"))),
                fields=["workload"],
                name="journal_reopening_living",
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["asked", "approved", "open", "ended", "expired", "refused", "withdrawn"])
                ),
                name="journal_reopening_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(("why", ""), _negated=True), name="journal_reopening_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("head__isnull", True), models.Q(("head", models.F("asked_by")), _negated=True), _connector="OR"
                    ),
                    models.Q(
                        ("office__isnull", True),
                        models.Q(("office", models.F("asked_by")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="journal_reopening_asker_approves_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("head__isnull", True),
                    ("office__isnull", True),
                    models.Q(("head", models.F("office")), _negated=True),
                    _connector="OR",
                ),
                name="journal_reopening_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("open", "ended", "expired")), _negated=True),
                    models.Q(
                        ("head__isnull", False),
                        ("office__isnull", False),
                        ("opened_at__isnull", False),
                        ("until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="journal_reopening_open_by_both",
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("head__isnull", False), ("head_at__isnull", False)),
                    _connector="OR",
                ),
                name="journal_reopening_approved_by_head",
            ),
        ),
        migrations.AddConstraint(
            model_name="reopeninglesson",
            constraint=models.UniqueConstraint(fields=("reopening", "lesson"), name="journal_reopeninglesson_one"),
        ),
        migrations.AddConstraint(
            model_name="reopeningstudent",
            constraint=models.UniqueConstraint(fields=("reopening", "student"), name="journal_reopeningstudent_one"),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
