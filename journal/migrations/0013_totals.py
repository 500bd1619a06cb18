"""Stored totals of closed modules (§4.3): laws 3 and 5 for them, and what the web's role may not do."""

import re
from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models

DEADLINE = """
-- As in 0009; but under a scheme of fewer modules than the semester has the last ones close together, with the last.
CREATE OR REPLACE FUNCTION journal_deadline(of_course bigint, of_day date, today date)
RETURNS date LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT mo.ends_on + (p.value #>> '{}')::int
    FROM teaching_course c
    JOIN university_group g ON g.id = c.group_id
    JOIN university_semester se ON se.id = c.semester_id
    JOIN university_academicyear y ON y.id = se.year_id
    LEFT JOIN journal_ratingscheme rs ON rs.id = journal_scheme_in(c.control_form, y.starts)
    JOIN LATERAL (
        SELECT value FROM university_policy q
        WHERE q.key = 'module_closing_days' AND q.valid_from <= today
          AND (q.unit_id IS NULL OR q.unit_id = g.unit_id)
        ORDER BY q.unit_id NULLS LAST, q.valid_from DESC LIMIT 1
    ) p ON true
    JOIN LATERAL (
        SELECT CASE WHEN k.rank >= rs.modules THEN k.last_day ELSE k.ends_on END AS ends_on
        FROM (SELECT m.ends_on, row_number() OVER (ORDER BY m.number) AS rank, max(m.ends_on) OVER () AS last_day
              FROM university_module m WHERE m.semester_id = c.semester_id) k
        WHERE k.ends_on >= of_day ORDER BY k.rank LIMIT 1
    ) mo ON true
    WHERE c.id = of_course
$$;
"""

FORWARDS = (
    DEADLINE
    + """
CREATE FUNCTION journal_totals_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_moduletotal_stays',
        MESSAGE = 'a stored total stays as it is; a reopening stores the next edition beside it (§4.3)';
END $$;
CREATE TRIGGER journal_sheetedition_stays BEFORE UPDATE OR DELETE ON journal_sheetedition
    FOR EACH ROW EXECUTE FUNCTION journal_totals_stay();
CREATE TRIGGER journal_moduletotal_stays BEFORE UPDATE OR DELETE ON journal_moduletotal
    FOR EACH ROW EXECUTE FUNCTION journal_totals_stay();

-- Editions come with the closing, and anew with the end of a reopening of the course: by no other way.
CREATE FUNCTION journal_guard_edition() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    sheet record;
BEGIN
    SELECT s.state, s.closed_at, c.id AS course_id, c.semester_id INTO sheet
    FROM journal_modulesheet s JOIN teaching_course c ON c.id = s.course_id WHERE s.id = NEW.sheet_id;
    IF sheet.semester_id <> ALL (journal_semesters_owned()) THEN
        PERFORM pg_advisory_xact_lock_shared(1, sheet.semester_id::int);
        PERFORM pg_advisory_xact_lock(2, sheet.course_id::int);
    END IF;
    IF sheet.state IS DISTINCT FROM 'closed'
       OR (NEW.number = 1 AND NEW.at <> sheet.closed_at)
       OR (NEW.number > 1 AND NOT EXISTS (
            SELECT 1 FROM journal_reopening r JOIN teaching_workload w ON w.id = r.workload_id
            WHERE r.id = NEW.reopening_id AND w.course_id = sheet.course_id AND r.state IN ('ended', 'expired')
              AND r.ended_at = NEW.at))
       OR NEW.number <> 1 + coalesce((SELECT max(number) FROM journal_sheetedition WHERE sheet_id = NEW.sheet_id), 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_sheetedition_of_closing',
            MESSAGE = format('an edition of sheet %s comes neither with its closing nor with a reopening (§4.3)',
                             NEW.sheet_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_sheetedition_of_closing BEFORE INSERT ON journal_sheetedition
    FOR EACH ROW EXECUTE FUNCTION journal_guard_edition();

-- Totals come with their edition, as many as it says; each is the sum of its parts, and no part is above its maximum.
CREATE FUNCTION journal_guard_totals() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    SELECT e.id INTO bad
    FROM (SELECT DISTINCT edition_id FROM made) m JOIN journal_sheetedition e ON e.id = m.edition_id
    WHERE (SELECT count(*) FROM journal_moduletotal t WHERE t.edition_id = e.id) > e.students
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_moduletotal_with_edition',
            MESSAGE = format('edition %s has its totals already (§4.3)', bad.id);
    END IF;
    SELECT m.student_id, m.edition_id INTO bad
    FROM made m
    WHERE m.total <> coalesce(m.attendance, 0) + coalesce(m.achievement, 0) + coalesce(m.self_study, 0)
                     + coalesce(m.control, 0)
       OR m.attendance > coalesce((m.parts #>> '{auto_attendance,cap}')::numeric, 0)
       OR m.achievement > coalesce((m.parts #>> '{auto_average,cap}')::numeric, 0)
       OR m.self_study > coalesce((m.parts #>> '{self_study,cap}')::numeric, 0)
       OR m.control > coalesce((m.parts #>> '{manual,cap}')::numeric, 0)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_moduletotal_is_sum_of_parts',
            MESSAGE = format('the total of student %s in edition %s is not the sum of parts within their maxima (law 5)',
                             bad.student_id, bad.edition_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_moduletotal_guard AFTER INSERT ON journal_moduletotal
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_totals();

-- Law 5 over all modules of a course, when all that belongs together is there: at the commit.
CREATE FUNCTION journal_guard_maxima() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    IF (SELECT count(*) FROM journal_moduletotal WHERE edition_id = NEW.id) <> NEW.students THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_moduletotal_with_edition',
            MESSAGE = format('edition %s is to have %s totals (§4.3)', NEW.id, NEW.students);
    END IF;
    SELECT t.student_id INTO bad
    FROM journal_modulesheet own
    JOIN journal_modulesheet s ON s.course_id = own.course_id
    JOIN LATERAL (SELECT id FROM journal_sheetedition WHERE sheet_id = s.id ORDER BY number DESC LIMIT 1) e ON true
    JOIN journal_moduletotal t ON t.edition_id = e.id
    WHERE own.id = NEW.sheet_id
    GROUP BY t.student_id
    HAVING sum(t.attendance) > journal_maximum_of(NEW.scheme, 'auto_attendance')
        OR sum(t.achievement) > journal_maximum_of(NEW.scheme, 'auto_average')
        OR sum(t.self_study) > journal_maximum_of(NEW.scheme, 'self_study')
        OR sum(t.control) > journal_maximum_of(NEW.scheme, 'manual')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_moduletotal_within_maxima',
            MESSAGE = format('student %s has more than the scheme of sheet %s gives at most (law 5, §3.5e, §3.5f)',
                             bad.student_id, NEW.sheet_id);
    END IF;
    RETURN NULL;
END $$;

-- What a source gives at most over all modules: by the scheme, and where it counts by discipline by §3.5e and §3.5f.
CREATE FUNCTION journal_maximum_of(scheme jsonb, of_source text) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT least(
        (SELECT coalesce(sum((c ->> 'maximum')::numeric), 0) FROM jsonb_array_elements(scheme -> 'components') AS c
         WHERE c ->> 'source' = of_source),
        CASE WHEN scheme ->> 'cap_scope' = 'discipline' AND of_source IN ('auto_attendance', 'auto_average') THEN
            CASE WHEN of_source = 'auto_attendance' THEN 8 ELSE 10 END
            * CASE WHEN scheme ->> 'control_form' = 'exam' THEN 1 ELSE 2 END
        ELSE 100 END)
$$;
CREATE CONSTRAINT TRIGGER journal_sheetedition_maxima AFTER INSERT ON journal_sheetedition
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_guard_maxima();
"""
)

_before = re.search(
    r"CREATE (FUNCTION journal_deadline\(.*?\$\$;)",
    import_module("journal.migrations.0009_reopenings").MARKS,
    re.DOTALL,
)
assert _before is not None

BACKWARDS = (
    f"CREATE OR REPLACE {_before.group(1)}"
    + """
DROP TRIGGER journal_sheetedition_maxima ON journal_sheetedition;
DROP FUNCTION journal_guard_maxima();
DROP FUNCTION journal_maximum_of(jsonb, text);
DROP TRIGGER journal_moduletotal_guard ON journal_moduletotal;
DROP FUNCTION journal_guard_totals();
DROP TRIGGER journal_sheetedition_of_closing ON journal_sheetedition;
DROP FUNCTION journal_guard_edition();
DROP TRIGGER journal_moduletotal_stays ON journal_moduletotal;
DROP TRIGGER journal_sheetedition_stays ON journal_sheetedition;
DROP FUNCTION journal_totals_stay();
"""
)


def take_from_web(apps, schema_editor):
    """The web's role adds totals, and changes and removes none; a teacher's word it does not take back."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON journal_sheetedition, journal_moduletotal FROM {quoted}")
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON journal_moduleconfirmation FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0012_rating"),
        ("teaching", "0007_students"),
        ("university", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SheetEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(default=1, verbose_name="edition")),
                ("scheme", models.JSONField()),
                ("students", models.PositiveIntegerField()),
                (
                    "based_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
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
                    "reopening",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="journal.reopening",
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="journal.modulesheet",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition of a module sheet",
                "verbose_name_plural": "editions of module sheets",
            },
        ),
        migrations.CreateModel(
            name="ModuleTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "attendance",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="attendance"),
                ),
                (
                    "achievement",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="achievement"),
                ),
                (
                    "self_study",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="self-study"),
                ),
                (
                    "control",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="module control"),
                ),
                ("total", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="total")),
                ("carried", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                (
                    "warnings",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("parts", models.JSONField()),
                ("facts", models.JSONField()),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="module_totals", to="accounts.student"
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="totals",
                        to="journal.sheetedition",
                    ),
                ),
            ],
            options={
                "verbose_name": "module total",
                "verbose_name_plural": "module totals",
            },
        ),
        migrations.CreateModel(
            name="ModuleConfirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("request_id", models.UUIDField()),
                (
                    "module",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="university.module"
                    ),
                ),
                (
                    "teacher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.teacher"
                    ),
                ),
                (
                    "workload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="module_confirmations",
                        to="teaching.workload",
                    ),
                ),
            ],
            options={
                "verbose_name": "confirmation of a module",
                "verbose_name_plural": "confirmations of modules",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workload", "module", "teacher"), name="journal_moduleconfirmation_one"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="sheetedition",
            constraint=models.UniqueConstraint(fields=("sheet", "number"), name="journal_sheetedition_one"),
        ),
        migrations.AddConstraint(
            model_name="sheetedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", 1), ("reopening__isnull", True)),
                    models.Q(("number__gt", 1), ("reopening__isnull", False)),
                    _connector="OR",
                ),
                name="journal_sheetedition_next_by_reopening",
            ),
        ),
        migrations.AddConstraint(
            model_name="moduletotal",
            constraint=models.UniqueConstraint(fields=("edition", "student"), name="journal_moduletotal_one"),
        ),
        migrations.AddConstraint(
            model_name="moduletotal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("attendance__isnull", True),
                        models.Q(("attendance__gte", 0), ("attendance__lte", 16)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("achievement__isnull", True),
                        models.Q(("achievement__gte", 0), ("achievement__lte", 20)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("self_study__isnull", True),
                        models.Q(("self_study__gte", 0), ("self_study__lte", 100)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("control__isnull", True), models.Q(("control__gte", 0), ("control__lte", 100)), _connector="OR"
                    ),
                    ("carried__gte", 0),
                    ("carried__lte", 16),
                    ("total__gte", 0),
                    ("total__lte", 100),
                ),
                name="journal_moduletotal_points_within",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
