"""Self-study: tasks, teams, what was handed in, and its points; laws 3 and 4 for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models

_CHILDREN = ("selfstudyfile", "selfstudyteam", "selfstudymember", "submission", "selfstudymark")

# Law 3: under a closed sheet no task comes, goes or changes, nor what hangs on it. The locks first, then the sheet.
_GUARDS = """
CREATE FUNCTION journal_guard_task_ids(tasks bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(semester_id), array_agg(id) INTO semesters, courses
    FROM (SELECT DISTINCT c.semester_id, c.id FROM journal_selfstudytask t
          JOIN teaching_workload w ON w.id = t.workload_id JOIN teaching_course c ON c.id = w.course_id
          WHERE t.id = ANY (tasks)) of_tasks;
    IF semesters IS NULL THEN
        RETURN;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    SELECT s.course_id, s.module_id INTO bad
    FROM journal_selfstudytask t
    JOIN teaching_workload w ON w.id = t.workload_id
    JOIN journal_modulesheet s ON s.course_id = w.course_id AND s.module_id = t.module_id AND s.state = 'closed'
    WHERE t.id = ANY (tasks)
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
END $$;

CREATE FUNCTION journal_guard_of_tasks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM journal_guard_task_ids((SELECT array_agg(DISTINCT task_id) FROM changed));
    RETURN NULL;
END $$;

-- By row: tasks are few, and a plan that goes takes nothing but its name from them.
CREATE FUNCTION journal_guard_task() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    workloads bigint[];
    modules bigint[];
    bad record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        workloads := ARRAY[NEW.workload_id]; modules := ARRAY[NEW.module_id];
    ELSIF TG_OP = 'DELETE' THEN
        workloads := ARRAY[OLD.workload_id]; modules := ARRAY[OLD.module_id];
    ELSE
        IF to_jsonb(OLD) - 'plan_item_id' = to_jsonb(NEW) - 'plan_item_id' THEN
            RETURN NULL;
        END IF;
        IF OLD.workload_id <> NEW.workload_id OR OLD.id <> NEW.id THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_selfstudytask_stays_in_place',
                MESSAGE = format('task %s cannot move to another journal', OLD.id);
        END IF;
        workloads := ARRAY[NEW.workload_id]; modules := ARRAY[OLD.module_id, NEW.module_id];
    END IF;
    SELECT array_agg(semester_id), array_agg(id) INTO semesters, courses
    FROM (SELECT DISTINCT c.semester_id, c.id FROM teaching_workload w JOIN teaching_course c ON c.id = w.course_id
          WHERE w.id = ANY (workloads)) of_tasks;
    PERFORM journal_share_locks(semesters, courses);
    SELECT course_id, module_id INTO bad FROM journal_modulesheet
    WHERE course_id = ANY (courses) AND module_id = ANY (modules) AND state = 'closed' LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    IF TG_OP <> 'DELETE' AND NOT EXISTS (
        SELECT 1 FROM university_module WHERE id = NEW.module_id AND semester_id = ANY (semesters)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_selfstudytask_same_semester',
            MESSAGE = 'the module belongs to another semester than the journal';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.maximum < OLD.maximum
       AND EXISTS (SELECT 1 FROM journal_selfstudymark WHERE task_id = NEW.id AND points > NEW.maximum) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_selfstudymark_maximum',
            MESSAGE = format('task %s has points above its maximum', NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_selfstudytask_closed AFTER INSERT OR UPDATE OR DELETE ON journal_selfstudytask
    FOR EACH ROW EXECUTE FUNCTION journal_guard_task();

-- Law 4 for tasks and points.
CREATE TRIGGER journal_selfstudytask_history_update AFTER UPDATE ON journal_selfstudytask FOR EACH ROW
    WHEN (to_jsonb(OLD) - 'plan_item_id' IS DISTINCT FROM to_jsonb(NEW) - 'plan_item_id')
    EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_selfstudytask_history_delete AFTER DELETE ON journal_selfstudytask
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
CREATE TRIGGER journal_selfstudymark_history AFTER UPDATE OR DELETE ON journal_selfstudymark
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();

CREATE FUNCTION journal_selfstudymark_within() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.task_id <> NEW.task_id OR OLD.student_id <> NEW.student_id OR OLD.id <> NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_selfstudymark_stays_in_place',
            MESSAGE = format('points %s cannot move to another task or student', OLD.id);
    END IF;
    -- The task is held, so that its maximum stays what is judged here.
    IF NEW.points > (SELECT maximum FROM journal_selfstudytask WHERE id = NEW.task_id FOR SHARE) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_selfstudymark_maximum',
            MESSAGE = format('task %s has a smaller maximum', NEW.task_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_selfstudymark_within BEFORE INSERT OR UPDATE ON journal_selfstudymark
    FOR EACH ROW EXECUTE FUNCTION journal_selfstudymark_within();
"""

_CHILD = """
CREATE TRIGGER journal_{table}_closed_insert AFTER INSERT ON journal_{table}
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_of_tasks();
CREATE TRIGGER journal_{table}_closed_update_to AFTER UPDATE ON journal_{table}
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_of_tasks();
CREATE TRIGGER journal_{table}_closed_update_from AFTER UPDATE ON journal_{table}
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_of_tasks();
CREATE TRIGGER journal_{table}_closed_delete AFTER DELETE ON journal_{table}
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_of_tasks();
"""

_UNCHILD = """
DROP TRIGGER journal_{table}_closed_delete ON journal_{table};
DROP TRIGGER journal_{table}_closed_update_from ON journal_{table};
DROP TRIGGER journal_{table}_closed_update_to ON journal_{table};
DROP TRIGGER journal_{table}_closed_insert ON journal_{table};
"""

_UNGUARD = """
DROP TRIGGER journal_selfstudymark_within ON journal_selfstudymark;
DROP FUNCTION journal_selfstudymark_within();
DROP TRIGGER journal_selfstudymark_history ON journal_selfstudymark;
DROP TRIGGER journal_selfstudytask_history_delete ON journal_selfstudytask;
DROP TRIGGER journal_selfstudytask_history_update ON journal_selfstudytask;
DROP TRIGGER journal_selfstudytask_closed ON journal_selfstudytask;
DROP FUNCTION journal_guard_task();
DROP FUNCTION journal_guard_of_tasks();
DROP FUNCTION journal_guard_task_ids(bigint[]);
"""

FORWARDS = _GUARDS + "".join(_CHILD.format(table=table) for table in _CHILDREN)
BACKWARDS = "".join(_UNCHILD.format(table=table) for table in _CHILDREN) + _UNGUARD


def take_from_web(apps, schema_editor):
    """Tasks, points and what was handed in are never deleted; what was handed in does not even change."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(
        f"REVOKE DELETE, TRUNCATE ON journal_selfstudytask, journal_selfstudymark, journal_submission FROM {quoted}"
    )
    schema_editor.execute(f"REVOKE UPDATE ON journal_submission FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0007_excuses"),
        ("teaching", "0007_students"),
        ("university", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SelfStudyTask",
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
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("text", models.TextField(blank=True, max_length=4000, verbose_name="task")),
                (
                    "kind",
                    models.CharField(
                        choices=[("individual", "individual"), ("collective", "collective")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("maximum", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="maximum points")),
                ("given_on", models.DateField(verbose_name="given on")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("withdrawn_at", models.DateTimeField(null=True)),
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
                    "module",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="university.module"
                    ),
                ),
                (
                    "plan_item",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="teaching.planitem",
                    ),
                ),
                (
                    "workload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="teaching.workload"
                    ),
                ),
            ],
            options={
                "verbose_name": "self-study task",
                "verbose_name_plural": "self-study tasks",
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="SelfStudyMark",
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
                ("points", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="points")),
                ("entered_at", models.DateTimeField()),
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
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="self_study_marks",
                        to="accounts.student",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="marks", to="journal.selfstudytask"
                    ),
                ),
            ],
            options={
                "verbose_name": "points for self-study",
                "verbose_name_plural": "points for self-study",
            },
        ),
        migrations.CreateModel(
            name="SelfStudyFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("path", models.CharField(max_length=40)),
                ("content_type", models.CharField(max_length=40)),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
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
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="journal.selfstudytask"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SelfStudyTeam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="teams", to="journal.selfstudytask"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="SelfStudyMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="self_study_teams",
                        to="accounts.student",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="journal.selfstudytask",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="journal.selfstudyteam"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1)),
                ("text", models.TextField(blank=True, max_length=10000, verbose_name="text")),
                ("file_name", models.CharField(blank=True, max_length=200)),
                ("file_path", models.CharField(blank=True, max_length=40)),
                ("file_type", models.CharField(blank=True, max_length=40)),
                ("file_sha256", models.CharField(blank=True, max_length=64)),
                ("handed_in_at", models.DateTimeField()),
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
                    "student",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="accounts.student",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="journal.selfstudytask",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="journal.selfstudyteam",
                    ),
                ),
            ],
            options={
                "ordering": ["handed_in_at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="selfstudytask",
            constraint=models.CheckConstraint(
                condition=models.Q(("maximum__gt", 0), ("maximum__lte", 100)), name="journal_selfstudytask_maximum"
            ),
        ),
        migrations.AddConstraint(
            model_name="selfstudytask",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("given_on"))), name="journal_selfstudytask_dates"
            ),
        ),
        migrations.AddConstraint(
            model_name="selfstudytask",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="journal_selfstudytask_has_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="selfstudytask",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["individual", "collective"])), name="journal_selfstudytask_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="selfstudymark",
            constraint=models.UniqueConstraint(fields=("task", "student"), name="journal_selfstudymark_one"),
        ),
        migrations.AddConstraint(
            model_name="selfstudymark",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("points__isnull", True), models.Q(("points__gte", 0), ("points__lte", 100)), _connector="OR"
                ),
                name="journal_selfstudymark_points",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfstudyteam",
            constraint=models.UniqueConstraint(fields=("task", "number"), name="journal_selfstudyteam_one"),
        ),
        migrations.AddConstraint(
            model_name="selfstudymember",
            constraint=models.UniqueConstraint(fields=("task", "student"), name="journal_selfstudymember_one"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                fields=("task", "student", "team", "version"), name="journal_submission_one", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("student__isnull", False), ("team__isnull", True)),
                    models.Q(("student__isnull", True), ("team__isnull", False)),
                    _connector="OR",
                ),
                name="journal_submission_of_student_or_team",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("file_path", ""), ("text", ""), _negated=True), name="journal_submission_not_empty"
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
