"""Appeals (§4.2): what a student said stays, the answer goes its steps, and history keeps each of them (law 4)."""

import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models

FORWARDS = """
CREATE FUNCTION journal_guard_appeal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.answered_by_id IS NOT NULL OR NEW.reopening_id IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_appeal_begins_open',
                MESSAGE = 'an appeal begins without an answer (§4.2)';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.lesson_id, OLD.student_id, OLD.workload_id, OLD.kind, OLD.text, OLD.made_by_id, OLD.made_at,
        OLD.was_version, OLD.was_presence, OLD.was_grade, OLD.was_late_minutes, OLD.was_makeup_on)
       IS DISTINCT FROM
       (NEW.lesson_id, NEW.student_id, NEW.workload_id, NEW.kind, NEW.text, NEW.made_by_id, NEW.made_at,
        NEW.was_version, NEW.was_presence, NEW.was_grade, NEW.was_late_minutes, NEW.was_makeup_on) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_appeal_stays_as_said',
            MESSAGE = format('appeal %s: what was said stays (§4.2)', OLD.id);
    END IF;
    -- What waits for a reopening is open again where the reopening came to nothing by the teacher's own doing.
    IF (OLD.state, NEW.state) NOT IN (
        ('open', 'granted'), ('open', 'refused'), ('open', 'withdrawn'), ('open', 'reopening'),
        ('reopening', 'granted'), ('reopening', 'refused'), ('reopening', 'open')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_appeal_step',
            MESSAGE = format('appeal %s does not go from %s to %s (§4.2)', OLD.id, OLD.state, NEW.state);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_appeal_guard BEFORE INSERT OR UPDATE ON journal_appeal
    FOR EACH ROW EXECUTE FUNCTION journal_guard_appeal();
CREATE TRIGGER journal_appeal_history AFTER UPDATE OR DELETE ON journal_appeal
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
"""

BACKWARDS = """
DROP TRIGGER journal_appeal_history ON journal_appeal;
DROP TRIGGER journal_appeal_guard ON journal_appeal;
DROP FUNCTION journal_guard_appeal();
"""


def take_from_web(apps, schema_editor):
    """The web's role takes no appeal away."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE DELETE, TRUNCATE ON journal_appeal FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0014_results"),
        ("teaching", "0007_students"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("scanned", "I scanned, but «кж»"),
                            ("grade", "the grade is wrong"),
                            ("other", "something else"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="text")),
                ("was_version", models.PositiveIntegerField()),
                ("was_presence", models.CharField(max_length=7)),
                ("was_grade", models.PositiveSmallIntegerField(null=True)),
                ("was_late_minutes", models.PositiveSmallIntegerField(null=True)),
                ("was_makeup_on", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
                ("due_on", models.DateField(verbose_name="to be answered by")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waits for the teacher"),
                            ("reopening", "waits for a reopening"),
                            ("granted", "granted"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="answer")),
                ("answered_at", models.DateTimeField(null=True)),
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
                    "answered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                    "lesson",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="teaching.lesson",
                    ),
                ),
                (
                    "made_by",
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
                        related_name="appeals",
                        to="journal.reopening",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="accounts.student"
                    ),
                ),
                (
                    "workload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="teaching.workload"
                    ),
                ),
            ],
            options={
                "verbose_name": "appeal",
                "verbose_name_plural": "appeals",
                "ordering": ["-made_at", "-id"],
                "indexes": [
                    models.Index(fields=["lesson", "student"], name="journal_appeal_cell"),
                    models.Index(condition=models.Q(("state", "open")), fields=["due_on"], name="journal_appeal_open"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("open", "reopening"))),
                        fields=("lesson", "student"),
                        name="journal_appeal_one_living",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "reopening", "granted", "refused", "withdrawn"])),
                        name="journal_appeal_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["scanned", "grade", "other"])),
                        name="journal_appeal_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "scanned"), models.Q(("text", ""), _negated=True), _connector="OR"),
                        name="journal_appeal_says_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("granted", "refused", "reopening")), _negated=True),
                            models.Q(("answered_at__isnull", False), ("answered_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="journal_appeal_answered_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("answer", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="journal_appeal_no_needs_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "reopening"), _negated=True),
                            ("reopening__isnull", False),
                            _connector="OR",
                        ),
                        name="journal_appeal_waits_for_a_reopening",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
