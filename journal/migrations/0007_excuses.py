"""Excuses, whom they name, and the absences they cover; law 3 for the covers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARDS = """
-- Law 3: what counts as excused under a closed module stays as it was.
CREATE FUNCTION journal_guard_covers() RETURNS trigger
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
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_excusecover_closed_insert AFTER INSERT ON journal_excusecover
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_covers();
CREATE TRIGGER journal_excusecover_closed_update_to AFTER UPDATE ON journal_excusecover
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_covers();
CREATE TRIGGER journal_excusecover_closed_update_from AFTER UPDATE ON journal_excusecover
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_covers();
CREATE TRIGGER journal_excusecover_closed_delete AFTER DELETE ON journal_excusecover
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_covers();

-- An absence marked within an excuse is covered; a cover goes with its absence.
CREATE FUNCTION journal_cover_marks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- A bulk write of millions of marks before the first excuse costs one look.
    IF NOT EXISTS (SELECT 1 FROM journal_excusestudent) THEN
        RETURN NULL;
    END IF;
    INSERT INTO journal_excusecover (excuse_id, lesson_id, student_id, made_at)
    SELECT DISTINCT ON (m.lesson_id, m.student_id) x.id, m.lesson_id, m.student_id, m.at
    FROM changed m
    JOIN journal_excusestudent es ON es.student_id = m.student_id
    JOIN journal_excuse x ON x.id = es.excuse_id AND x.withdrawn_at IS NULL
    JOIN teaching_lesson l ON l.id = m.lesson_id AND l.date BETWEEN x.starts_on AND x.ends_on
    WHERE m.presence = 'absent'
    ORDER BY m.lesson_id, m.student_id, x.id
    ON CONFLICT (lesson_id, student_id) DO NOTHING;
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM journal_excusecover v USING changed m
        WHERE v.lesson_id = m.lesson_id AND v.student_id = m.student_id AND m.presence IS DISTINCT FROM 'absent';
    END IF;
    RETURN NULL;
END $$;
-- By name after the trigger of law 3, which refuses a closed module first.
CREATE TRIGGER journal_mark_cover_insert AFTER INSERT ON journal_mark
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_cover_marks();
CREATE TRIGGER journal_mark_cover_update AFTER UPDATE ON journal_mark
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_cover_marks();
"""

BACKWARDS = """
DROP TRIGGER journal_mark_cover_update ON journal_mark;
DROP TRIGGER journal_mark_cover_insert ON journal_mark;
DROP FUNCTION journal_cover_marks();
DROP TRIGGER journal_excusecover_closed_delete ON journal_excusecover;
DROP TRIGGER journal_excusecover_closed_update_from ON journal_excusecover;
DROP TRIGGER journal_excusecover_closed_update_to ON journal_excusecover;
DROP TRIGGER journal_excusecover_closed_insert ON journal_excusecover;
DROP FUNCTION journal_guard_covers();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0006_students"),
        ("teaching", "0002_lessons_rest_on_timetable"),
        ("university", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Excuse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("illness", "illness"),
                            ("family", "family circumstances"),
                            ("official", "official summons"),
                            ("sport", "sports meeting"),
                            ("military", "military office"),
                            ("other", "other reason"),
                        ],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="document number")),
                ("issuer", models.CharField(blank=True, max_length=200, verbose_name="issued by")),
                ("issued_on", models.DateField(null=True, verbose_name="issued on")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="until")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("approved_by", models.CharField(max_length=200, verbose_name="approved by")),
                ("paper_path", models.CharField(blank=True, max_length=40)),
                ("paper_sha256", models.CharField(blank=True, max_length=64)),
                ("paper_type", models.CharField(blank=True, max_length=40)),
                ("entered_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300)),
                ("request_id", models.UUIDField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="university.unit"
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "excuse",
                "verbose_name_plural": "excuses",
                "ordering": ["-entered_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ExcuseCover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                (
                    "excuse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="covers", to="journal.excuse"
                    ),
                ),
                (
                    "lesson",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="teaching.lesson",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="excuse_covers", to="accounts.student"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExcuseStudent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "excuse",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="students", to="journal.excuse"
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="excuses", to="accounts.student"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="excuse",
            index=models.Index(fields=["unit", "-entered_at"], name="journal_excuse_list"),
        ),
        migrations.AddConstraint(
            model_name="excuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="journal_excuse_dates"
            ),
        ),
        migrations.AddConstraint(
            model_name="excuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                    models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                    _connector="OR",
                ),
                name="journal_excuse_withdrawn_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="excusecover",
            constraint=models.UniqueConstraint(fields=("lesson", "student"), name="journal_excusecover_one"),
        ),
        migrations.AddConstraint(
            model_name="excusestudent",
            constraint=models.UniqueConstraint(fields=("excuse", "student"), name="journal_excusestudent_once"),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
