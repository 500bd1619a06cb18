"""Final results (§2.6, §5.2): under a closed sheet nothing changes, on any path; law 4 and law 5 for them.

A result takes its sheet's row lock before it looks whether the sheet is closed, as who closes it does: the two wait
for each other.
"""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import connections, migrations, models

import journal.models.examinations

FORWARDS = """
CREATE FUNCTION journal_raise_final(what text, said text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = what, MESSAGE = said;
END $$;

CREATE FUNCTION journal_guard_finalresult() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    one record;
BEGIN
    SELECT state, course_id, attempt, student_id, exam_maximum INTO one FROM journal_finalsheet
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.sheet_id ELSE OLD.sheet_id END FOR SHARE;
    IF one.state = 'closed' THEN
        PERFORM journal_raise_final('journal_finalsheet_closed',
            'the sheet of this result is closed: nothing in it changes (§2.6)');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.course_id <> one.course_id OR NEW.attempt <> one.attempt
       OR (one.student_id IS NOT NULL AND NEW.student_id <> one.student_id)
       OR (TG_OP = 'UPDATE' AND (NEW.sheet_id <> OLD.sheet_id OR NEW.student_id <> OLD.student_id)) THEN
        PERFORM journal_raise_final('journal_finalresult_stays_in_place',
            'a result is of the course, attempt and student of its sheet and stays there');
    END IF;
    IF greatest(NEW.exam_points, NEW.second_points) > one.exam_maximum THEN
        PERFORM journal_raise_final('journal_finalresult_cap',
            format('at most %s points in this sheet (law 5, §3.5e)', one.exam_maximum));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_finalresult_guard BEFORE INSERT OR UPDATE OR DELETE ON journal_finalresult
    FOR EACH ROW EXECUTE FUNCTION journal_guard_finalresult();

CREATE FUNCTION journal_guard_finalsheet() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            PERFORM journal_raise_final('journal_finalsheet_begins_open', 'a sheet begins as a draft');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'closed' THEN
        PERFORM journal_raise_final('journal_finalsheet_closed', 'the sheet is closed: it does not change (§2.6)');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF ROW(NEW.course_id, NEW.attempt, NEW.kind, NEW.student_id, NEW.exam_maximum, NEW.scheme)
       IS DISTINCT FROM ROW(OLD.course_id, OLD.attempt, OLD.kind, OLD.student_id, OLD.exam_maximum, OLD.scheme) THEN
        PERFORM journal_raise_final('journal_finalsheet_stays_in_place',
            'course, attempt, student and scheme of a sheet stay as they were when it was made (§1.8)');
    END IF;
    IF NEW.state = 'closed'
       AND EXISTS (SELECT 1 FROM journal_finalresult WHERE sheet_id = NEW.id AND passes IS NULL) THEN
        PERFORM journal_raise_final('journal_finalsheet_complete', 'somebody in the sheet has no result yet');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_finalsheet_guard BEFORE INSERT OR UPDATE OR DELETE ON journal_finalsheet
    FOR EACH ROW EXECUTE FUNCTION journal_guard_finalsheet();

CREATE FUNCTION journal_guard_attestation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM journal_raise_final(TG_TABLE_NAME || '_closed', 'this result is closed: it does not change (§2.7)');
    RETURN NULL;
END $$;
CREATE TRIGGER journal_stateexam_guard BEFORE UPDATE OR DELETE ON journal_stateexam FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION journal_guard_attestation();
CREATE TRIGGER journal_thesis_guard BEFORE UPDATE OR DELETE ON journal_thesis FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION journal_guard_attestation();

CREATE TRIGGER journal_commission_history AFTER UPDATE OR DELETE ON journal_commission
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_exam_history AFTER UPDATE OR DELETE ON journal_exam
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_finalsheet_history AFTER UPDATE OR DELETE ON journal_finalsheet
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_finalresult_history AFTER UPDATE OR DELETE ON journal_finalresult
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_stateexam_history AFTER UPDATE OR DELETE ON journal_stateexam
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_thesis_history AFTER UPDATE OR DELETE ON journal_thesis
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
"""

BACKWARDS = """
DROP TRIGGER journal_thesis_history ON journal_thesis;
DROP TRIGGER journal_stateexam_history ON journal_stateexam;
DROP TRIGGER journal_finalresult_history ON journal_finalresult;
DROP TRIGGER journal_finalsheet_history ON journal_finalsheet;
DROP TRIGGER journal_exam_history ON journal_exam;
DROP TRIGGER journal_commission_history ON journal_commission;
DROP TRIGGER journal_thesis_guard ON journal_thesis;
DROP TRIGGER journal_stateexam_guard ON journal_stateexam;
DROP TRIGGER journal_finalsheet_guard ON journal_finalsheet;
DROP TRIGGER journal_finalresult_guard ON journal_finalresult;
DROP FUNCTION journal_guard_attestation();
DROP FUNCTION journal_guard_finalsheet();
DROP FUNCTION journal_guard_finalresult();
DROP FUNCTION journal_raise_final(text, text);
"""


def take_from_web(apps, schema_editor):
    """The web's role takes nothing of this away."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(
        "REVOKE DELETE, TRUNCATE ON journal_commission, journal_commissionmember, journal_exam, journal_finalsheet,"
        f" journal_finalresult, journal_stateexam, journal_thesis FROM {quoted}"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0013_totals"),
        ("teaching", "0007_students"),
        ("university", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Commission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("order_number", models.CharField(max_length=60, verbose_name="order number")),
                ("order_date", models.DateField(verbose_name="order date")),
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
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commissions",
                        to="university.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "commission",
                "verbose_name_plural": "commissions",
                "ordering": ["-order_date", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CommissionMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_chair", models.BooleanField(default=False, verbose_name="chair")),
                (
                    "commission",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="journal.commission",
                    ),
                ),
                (
                    "teacher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.teacher",
                        verbose_name="teacher",
                    ),
                ),
            ],
            options={
                "ordering": ["-is_chair", "id"],
            },
        ),
        migrations.CreateModel(
            name="Exam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("attempt", models.PositiveSmallIntegerField(default=1, verbose_name="attempt")),
                (
                    "kind",
                    models.CharField(
                        choices=[("exam", "exam"), ("credit", "credit test")], max_length=10, verbose_name="kind"
                    ),
                ),
                ("date", models.DateField(verbose_name="day")),
                ("starts_at", models.DateTimeField(verbose_name="starts")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                ("sitting", models.CharField(max_length=80)),
                ("cancelled_at", models.DateTimeField(null=True)),
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
                    "cancelled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exams",
                        to="teaching.course",
                        verbose_name="course",
                    ),
                ),
                (
                    "examiner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exams",
                        to="accounts.teacher",
                        verbose_name="examiner",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exams",
                        to="university.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exams",
                        to="university.room",
                        verbose_name="auditorium",
                    ),
                ),
            ],
            options={
                "verbose_name": "exam in the timetable",
                "verbose_name_plural": "exams in the timetable",
                "ordering": ["starts_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="FinalSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("attempt", models.PositiveSmallIntegerField(default=1, verbose_name="attempt")),
                (
                    "kind",
                    models.CharField(
                        choices=[("exam", "exam"), ("credit", "credit test")], max_length=10, verbose_name="kind"
                    ),
                ),
                ("valid_until", models.DateField(null=True, verbose_name="valid until")),
                (
                    "exam_maximum",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="maximum of the exam"),
                ),
                ("scheme", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "open"), ("closed", "closed")],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
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
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "commission",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sheets",
                        to="journal.commission",
                        verbose_name="commission",
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="final_sheets",
                        to="teaching.course",
                        verbose_name="course",
                    ),
                ),
                (
                    "exam",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="sheets", to="journal.exam"
                    ),
                ),
                (
                    "examiner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="final_sheets",
                        to="accounts.teacher",
                        verbose_name="examiner",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="accounts.student",
                    ),
                ),
            ],
            options={
                "verbose_name": "final sheet",
                "verbose_name_plural": "final sheets",
                "ordering": ["-opened_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="FinalResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("attempt", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("admitted", models.BooleanField(default=True, verbose_name="admitted")),
                (
                    "warnings",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), default=list, size=None
                    ),
                ),
                ("absent", models.BooleanField(default=False, verbose_name="did not appear")),
                (
                    "semester_points",
                    models.DecimalField(
                        decimal_places=2, max_digits=5, null=True, verbose_name="points of the semester"
                    ),
                ),
                (
                    "exam_points",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="points of the exam"),
                ),
                (
                    "second_points",
                    models.DecimalField(
                        decimal_places=2, max_digits=5, null=True, verbose_name="points typed the second time"
                    ),
                ),
                ("total", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="total")),
                ("letter", models.CharField(blank=True, default="", max_length=3, verbose_name="letter")),
                ("traditional", models.PositiveSmallIntegerField(null=True, verbose_name="grade")),
                ("gpa", models.DecimalField(decimal_places=2, max_digits=3, null=True)),
                ("passes", models.BooleanField(null=True, verbose_name="passed")),
                ("word", models.CharField(blank=True, default="", max_length=30)),
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
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="teaching.course",
                    ),
                ),
                (
                    "exam_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "second_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="accounts.student"
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="journal.finalsheet",
                    ),
                ),
            ],
            options={
                "verbose_name": "final result",
                "verbose_name_plural": "final results",
            },
        ),
        migrations.CreateModel(
            name="StateExam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("held_on", models.DateField(verbose_name="day")),
                ("absent", models.BooleanField(default=False, verbose_name="did not appear")),
                ("points", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="points")),
                ("letter", models.CharField(blank=True, default="", max_length=3, verbose_name="letter")),
                ("traditional", models.PositiveSmallIntegerField(null=True, verbose_name="grade")),
                ("gpa", models.DecimalField(decimal_places=2, max_digits=3, null=True)),
                ("passes", models.BooleanField(null=True, verbose_name="passed")),
                ("word", models.CharField(blank=True, default="", max_length=30)),
                ("closed_at", models.DateTimeField(null=True)),
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
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "commission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="journal.commission",
                        verbose_name="commission",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="university.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="accounts.student",
                        verbose_name="student",
                    ),
                ),
            ],
            options={
                "verbose_name": "state exam",
                "verbose_name_plural": "state exams",
                "ordering": ["-held_on", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Thesis",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("held_on", models.DateField(verbose_name="day")),
                ("absent", models.BooleanField(default=False, verbose_name="did not appear")),
                ("points", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="points")),
                ("letter", models.CharField(blank=True, default="", max_length=3, verbose_name="letter")),
                ("traditional", models.PositiveSmallIntegerField(null=True, verbose_name="grade")),
                ("gpa", models.DecimalField(decimal_places=2, max_digits=3, null=True)),
                ("passes", models.BooleanField(null=True, verbose_name="passed")),
                ("word", models.CharField(blank=True, default="", max_length=30)),
                ("closed_at", models.DateTimeField(null=True)),
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
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "commission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="journal.commission",
                        verbose_name="commission",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="university.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="accounts.student",
                        verbose_name="student",
                    ),
                ),
                (
                    "supervisor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="theses",
                        to="accounts.teacher",
                        verbose_name="supervisor",
                    ),
                ),
            ],
            options={
                "verbose_name": "graduation paper",
                "verbose_name_plural": "graduation papers",
                "ordering": ["-held_on", "id"],
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="commission",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="journal_commission_named"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionmember",
            constraint=models.UniqueConstraint(fields=("commission", "teacher"), name="journal_commissionmember_one"),
        ),
        migrations.AddConstraint(
            model_name="commissionmember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_chair", True)),
                fields=("commission",),
                name="journal_commissionmember_one_chair",
            ),
        ),
        migrations.AddIndex(
            model_name="exam",
            index=models.Index(fields=["date"], name="journal_exam_day"),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="journal_exam_times"
            ),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=models.CheckConstraint(
                condition=models.Q(("attempt__gte", 1), ("attempt__lte", 9)), name="journal_exam_attempt"
            ),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["exam", "credit"])), name="journal_exam_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                    models.Q(("cancelled_at__isnull", False), ("cancelled_by__isnull", False)),
                    _connector="OR",
                ),
                name="journal_exam_cancelled_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at__isnull", True)),
                fields=("course", "attempt"),
                name="journal_exam_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("cancelled_at__isnull", True)),
                expressions=[
                    ("room", "="),
                    (
                        journal.models.examinations.MomentRange(
                            "starts_at", "ends_at", django.contrib.postgres.fields.ranges.RangeBoundary(True, False)
                        ),
                        "&&",
                    ),
                    ("sitting", "<>"),
                ],
                name="journal_exam_room_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("cancelled_at__isnull", True)),
                expressions=[
                    ("examiner", "="),
                    (
                        journal.models.examinations.MomentRange(
                            "starts_at", "ends_at", django.contrib.postgres.fields.ranges.RangeBoundary(True, False)
                        ),
                        "&&",
                    ),
                    ("sitting", "<>"),
                ],
                name="journal_exam_examiner_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="exam",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("cancelled_at__isnull", True)),
                expressions=[
                    ("group", "="),
                    (
                        journal.models.examinations.MomentRange(
                            "starts_at", "ends_at", django.contrib.postgres.fields.ranges.RangeBoundary(True, False)
                        ),
                        "&&",
                    ),
                ],
                name="journal_exam_group_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.UniqueConstraint(
                fields=("course", "attempt", "student"), name="journal_finalsheet_one", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("attempt__gte", 1), ("attempt__lte", 9)), name="journal_finalsheet_attempt"
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["exam", "credit"])), name="journal_finalsheet_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("exam_maximum__gte", 0), ("exam_maximum__lte", 100)),
                name="journal_finalsheet_exam_maximum",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True), ("state", "draft")),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("state", "closed")),
                    _connector="OR",
                ),
                name="journal_finalsheet_closed_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("student__isnull", True), ("valid_until__isnull", True)),
                    models.Q(("student__isnull", False), ("valid_until__isnull", False)),
                    _connector="OR",
                ),
                name="journal_finalsheet_slip_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.UniqueConstraint(fields=("sheet", "student"), name="journal_finalresult_in_sheet"),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.UniqueConstraint(fields=("course", "student", "attempt"), name="journal_finalresult_one"),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("semester_points__isnull", True),
                        models.Q(("semester_points__gte", 0), ("semester_points__lte", 100)),
                        _connector="OR",
                    ),
                    models.Q(("exam_points__isnull", True), ("exam_points__gte", 0), _connector="OR"),
                    models.Q(("second_points__isnull", True), ("second_points__gte", 0), _connector="OR"),
                    models.Q(
                        ("total__isnull", True), models.Q(("total__gte", 0), ("total__lte", 100)), _connector="OR"
                    ),
                ),
                name="journal_finalresult_points",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("semester_points__isnull", True),
                    ("exam_points__isnull", True),
                    (
                        "exam_points__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.Value(100), "-", models.F("semester_points")
                        ),
                    ),
                    _connector="OR",
                ),
                name="journal_finalresult_hundred",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("absent", False), ("admitted", True)),
                    models.Q(("exam_points__isnull", True), ("total__isnull", True)),
                    _connector="OR",
                ),
                name="journal_finalresult_sat",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("absent", False), ("admitted", True), _connector="OR"),
                name="journal_finalresult_absent_was_admitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("exam_points__isnull", True), ("exam_by__isnull", False), _connector="OR"),
                    models.Q(("second_points__isnull", True), ("second_by__isnull", False), _connector="OR"),
                ),
                name="journal_finalresult_typed_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("exam_by__isnull", True),
                    ("second_by__isnull", True),
                    models.Q(("exam_by", models.F("second_by")), _negated=True),
                    _connector="OR",
                ),
                name="journal_finalresult_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("passes", True), _negated=True), ("total__isnull", False), _connector="OR"
                ),
                name="journal_finalresult_passed_with_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("traditional__isnull", True),
                    models.Q(("traditional__gte", 2), ("traditional__lte", 5)),
                    _connector="OR",
                ),
                name="journal_finalresult_traditional",
            ),
        ),
        migrations.AddConstraint(
            model_name="stateexam",
            constraint=models.UniqueConstraint(fields=("student", "title", "held_on"), name="journal_stateexam_one"),
        ),
        migrations.AddConstraint(
            model_name="stateexam",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="journal_stateexam_titled"
            ),
        ),
        migrations.AddConstraint(
            model_name="stateexam",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("points__isnull", True), models.Q(("points__gte", 0), ("points__lte", 100)), _connector="OR"
                ),
                name="journal_stateexam_points",
            ),
        ),
        migrations.AddConstraint(
            model_name="stateexam",
            constraint=models.CheckConstraint(
                condition=models.Q(("absent", False), ("points__isnull", True), _connector="OR"),
                name="journal_stateexam_absent",
            ),
        ),
        migrations.AddConstraint(
            model_name="stateexam",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("passes__isnull", False)),
                    _connector="OR",
                ),
                name="journal_stateexam_closed_with_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="thesis",
            constraint=models.UniqueConstraint(fields=("student", "title", "held_on"), name="journal_thesis_one"),
        ),
        migrations.AddConstraint(
            model_name="thesis",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="journal_thesis_titled"
            ),
        ),
        migrations.AddConstraint(
            model_name="thesis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("points__isnull", True), models.Q(("points__gte", 0), ("points__lte", 100)), _connector="OR"
                ),
                name="journal_thesis_points",
            ),
        ),
        migrations.AddConstraint(
            model_name="thesis",
            constraint=models.CheckConstraint(
                condition=models.Q(("absent", False), ("points__isnull", True), _connector="OR"),
                name="journal_thesis_absent",
            ),
        ),
        migrations.AddConstraint(
            model_name="thesis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("passes__isnull", False)),
                    _connector="OR",
                ),
                name="journal_thesis_closed_with_result",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
