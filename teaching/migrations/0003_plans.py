"""Calendar-thematic plans and working programmes (§2.2, §3.5d, §4.3)."""

import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import teaching.enums

# What a head decided is never altered: the web adds rows and reads them.
FORWARDS = """
CREATE FUNCTION teaching_decision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'teaching_decision_stays',
        MESSAGE = 'a decision on a plan is added, never changed (§4.3)';
END $$;
CREATE TRIGGER teaching_plandecision_stays BEFORE UPDATE OR DELETE ON teaching_plandecision
    FOR EACH ROW EXECUTE FUNCTION teaching_decision_stays();
CREATE TRIGGER teaching_programmedecision_stays BEFORE UPDATE OR DELETE ON teaching_programmedecision
    FOR EACH ROW EXECUTE FUNCTION teaching_decision_stays();
"""

BACKWARDS = """
DROP TRIGGER teaching_programmedecision_stays ON teaching_programmedecision;
DROP TRIGGER teaching_plandecision_stays ON teaching_plandecision;
DROP FUNCTION teaching_decision_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("teaching", "0002_lessons_rest_on_timetable"),
        ("university", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "waits for approval"),
                            ("approved", "approved"),
                            ("returned", "returned with remarks"),
                        ],
                        default=teaching.enums.ApprovalState["DRAFT"],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="submitted at")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("lecture", "lecture"),
                            ("practical", "practical class"),
                            ("laboratory", "laboratory class"),
                        ],
                        max_length=12,
                        verbose_name="kind of lesson",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.teacher",
                        verbose_name="author",
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.department",
                        verbose_name="department",
                    ),
                ),
                (
                    "discipline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.discipline",
                        verbose_name="discipline",
                    ),
                ),
                (
                    "semester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.semester",
                        verbose_name="semester",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar-thematic plan",
                "verbose_name_plural": "calendar-thematic plans",
            },
        ),
        migrations.CreateModel(
            name="PlanDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.CharField(
                        choices=[("submitted", "submitted"), ("approved", "approved"), ("returned", "returned")],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("remarks", models.TextField(blank=True, max_length=2000, verbose_name="remarks")),
                ("request_id", models.UUIDField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="teaching.plan"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PlanItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="number")),
                ("week", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="week")),
                ("module", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="module")),
                ("topic", models.CharField(max_length=300, verbose_name="topic")),
                ("hours", models.PositiveSmallIntegerField(verbose_name="hours")),
                (
                    "work_kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="kinds of work",
                    ),
                ),
                ("self_study", models.CharField(blank=True, max_length=500, verbose_name="self-study")),
                ("literature", models.CharField(blank=True, max_length=500, verbose_name="literature")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="teaching.plan"
                    ),
                ),
            ],
            options={
                "verbose_name": "item of a plan",
                "verbose_name_plural": "items of a plan",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="LessonItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hours", models.PositiveSmallIntegerField(verbose_name="hours")),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="teaching.lesson"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lessons", to="teaching.planitem"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanWorkload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="workloads", to="teaching.plan"
                    ),
                ),
                (
                    "workload",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="planned", to="teaching.workload"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WorkingProgramme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "waits for approval"),
                            ("approved", "approved"),
                            ("returned", "returned with remarks"),
                        ],
                        default=teaching.enums.ApprovalState["DRAFT"],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="submitted at")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                ("means", models.TextField(blank=True, max_length=20000, verbose_name="fund of assessment means")),
                ("criteria", models.TextField(blank=True, max_length=20000, verbose_name="criteria of assessment")),
                ("file_name", models.CharField(blank=True, max_length=200, verbose_name="file")),
                ("file_path", models.CharField(blank=True, max_length=200)),
                ("file_type", models.CharField(blank=True, max_length=100)),
                ("file_size", models.PositiveIntegerField(null=True)),
                ("file_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.teacher",
                        verbose_name="author",
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.department",
                        verbose_name="department",
                    ),
                ),
                (
                    "discipline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.discipline",
                        verbose_name="discipline",
                    ),
                ),
                (
                    "semester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.semester",
                        verbose_name="semester",
                    ),
                ),
            ],
            options={
                "verbose_name": "working programme",
                "verbose_name_plural": "working programmes",
            },
        ),
        migrations.CreateModel(
            name="ProgrammeDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.CharField(
                        choices=[("submitted", "submitted"), ("approved", "approved"), ("returned", "returned")],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("remarks", models.TextField(blank=True, max_length=2000, verbose_name="remarks")),
                ("request_id", models.UUIDField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="teaching.workingprogramme",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["semester", "department", "state"], name="teaching_plan_list"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "approved", "returned"])),
                name="teaching_plan_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="plandecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["submitted", "approved", "returned"])),
                name="teaching_plandecision_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="plandecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", teaching.enums.ApprovalState["RETURNED"]), _negated=True),
                    models.Q(("remarks", ""), _negated=True),
                    _connector="OR",
                ),
                name="teaching_plandecision_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("plan", "position"),
                name="teaching_planitem_one_position",
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__gte", 1), ("hours__lte", 20)), name="teaching_planitem_hours"
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("topic", ""), _negated=True), name="teaching_planitem_has_topic"
            ),
        ),
        migrations.AddConstraint(
            model_name="lessonitem",
            constraint=models.UniqueConstraint(fields=("lesson", "item"), name="teaching_lessonitem_once"),
        ),
        migrations.AddConstraint(
            model_name="lessonitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__gte", 1), ("hours__lte", 20)), name="teaching_lessonitem_hours"
            ),
        ),
        migrations.AddConstraint(
            model_name="workingprogramme",
            constraint=models.UniqueConstraint(
                fields=("discipline", "department", "semester"), name="teaching_programme_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="workingprogramme",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "approved", "returned"])),
                name="teaching_programme_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="programmedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["submitted", "approved", "returned"])),
                name="teaching_programmedecision_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="programmedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", teaching.enums.ApprovalState["RETURNED"]), _negated=True),
                    models.Q(("remarks", ""), _negated=True),
                    _connector="OR",
                ),
                name="teaching_programmedecision_says_why",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
