"""Corrections of closed final sheets (§2.6): the next edition stands beside the closed one, which nothing changes;
law 3 and law 4 for them, and for the word that a sheet stays as it is.

A correction is asked for, approved by two, and makes its edition in the transaction of the second yes: an edition
begins, is filled and closes in it, and is judged as a whole when it commits.
"""

import re
from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models

NOT_EMPTIED = ("journal_correctionline", "journal_sheetconfirmation", "journal_sheetcorrection")
SHEETS = """
-- As in 0014; and an edition follows the closed one that it corrects, by an approved correction.
CREATE OR REPLACE FUNCTION journal_guard_finalsheet() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    old_one record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            PERFORM journal_raise_final('journal_finalsheet_begins_open', 'a sheet begins as a draft');
        END IF;
        IF NEW.edition > 1 THEN
            SELECT * INTO old_one FROM journal_finalsheet WHERE id = NEW.replaces_id;
            IF old_one.state IS DISTINCT FROM 'closed' OR NEW.edition <> old_one.edition + 1
               OR ROW(NEW.course_id, NEW.attempt, NEW.kind, NEW.student_id, NEW.exam_maximum, NEW.scheme)
                  IS DISTINCT FROM ROW(old_one.course_id, old_one.attempt, old_one.kind, old_one.student_id,
                                       old_one.exam_maximum, old_one.scheme)
               OR NOT EXISTS (SELECT 1 FROM journal_sheetcorrection c
                              WHERE c.id = NEW.correction_id AND c.sheet_id = NEW.replaces_id AND c.state = 'done')
            THEN
                PERFORM journal_raise_final('journal_finalsheet_of_correction',
                    'an edition follows a closed sheet, by a correction that two people approved (§2.6)');
            END IF;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'closed' THEN
        PERFORM journal_raise_final('journal_finalsheet_closed', 'the sheet is closed: it does not change (§2.6)');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF ROW(NEW.course_id, NEW.attempt, NEW.kind, NEW.student_id, NEW.exam_maximum, NEW.scheme,
           NEW.edition, NEW.replaces_id, NEW.correction_id)
       IS DISTINCT FROM ROW(OLD.course_id, OLD.attempt, OLD.kind, OLD.student_id, OLD.exam_maximum, OLD.scheme,
                            OLD.edition, OLD.replaces_id, OLD.correction_id) THEN
        PERFORM journal_raise_final('journal_finalsheet_stays_in_place',
            'course, attempt, student, edition and scheme of a sheet stay as they were when it was made (§1.8)');
    END IF;
    IF NEW.state = 'closed'
       AND EXISTS (SELECT 1 FROM journal_finalresult WHERE sheet_id = NEW.id AND passes IS NULL) THEN
        PERFORM journal_raise_final('journal_finalsheet_complete', 'somebody in the sheet has no result yet');
    END IF;
    RETURN NEW;
END $$;

-- As in 0014; and a result is of the edition of its sheet.
CREATE OR REPLACE FUNCTION journal_guard_finalresult() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    one record;
BEGIN
    SELECT state, course_id, attempt, edition, student_id, exam_maximum INTO one FROM journal_finalsheet
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.sheet_id ELSE OLD.sheet_id END FOR SHARE;
    IF one.state = 'closed' THEN
        PERFORM journal_raise_final('journal_finalsheet_closed',
            'the sheet of this result is closed: nothing in it changes (§2.6)');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.course_id <> one.course_id OR NEW.attempt <> one.attempt OR NEW.edition <> one.edition
       OR (one.student_id IS NOT NULL AND NEW.student_id <> one.student_id)
       OR (TG_OP = 'UPDATE' AND (NEW.sheet_id <> OLD.sheet_id OR NEW.student_id <> OLD.student_id)) THEN
        PERFORM journal_raise_final('journal_finalresult_stays_in_place',
            'a result is of the course, attempt, edition and student of its sheet and stays there');
    END IF;
    IF greatest(NEW.exam_points, NEW.second_points) > one.exam_maximum THEN
        PERFORM journal_raise_final('journal_finalresult_cap',
            format('at most %s points in this sheet (law 5, §3.5e)', one.exam_maximum));
    END IF;
    RETURN NEW;
END $$;
"""

FORWARDS = (
    SHEETS
    + """
CREATE FUNCTION journal_guard_correction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM journal_raise_final('journal_sheetcorrection_stays', 'a request to correct a sheet stays (§2.6)');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' OR NEW.head_id IS NOT NULL OR NEW.office_id IS NOT NULL
           OR NOT EXISTS (SELECT 1 FROM journal_finalsheet s WHERE s.id = NEW.sheet_id AND s.state = 'closed')
           OR EXISTS (SELECT 1 FROM journal_finalsheet s WHERE s.replaces_id = NEW.sheet_id) THEN
            PERFORM journal_raise_final('journal_sheetcorrection_begins_as_asked',
                'a correction begins as a request about the newest edition of a closed sheet (§2.6)');
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.sheet_id, OLD.why, OLD.asked_by_id, OLD.asked_at, OLD.asker_is_head, OLD.paper_path, OLD.paper_sha256,
        OLD.paper_type)
       IS DISTINCT FROM
       (NEW.sheet_id, NEW.why, NEW.asked_by_id, NEW.asked_at, NEW.asker_is_head, NEW.paper_path, NEW.paper_sha256,
        NEW.paper_type)
       OR (OLD.head_id IS NOT NULL AND OLD.head_id IS DISTINCT FROM NEW.head_id)
       OR OLD.office_id IS NOT NULL THEN
        PERFORM journal_raise_final('journal_sheetcorrection_stays_as_asked',
            format('correction %s: what was asked and approved stays (§2.6)', OLD.id));
    END IF;
    IF (OLD.state, NEW.state) NOT IN (
        ('asked', 'approved'), ('asked', 'refused'), ('asked', 'withdrawn'),
        ('approved', 'done'), ('approved', 'refused'), ('approved', 'withdrawn')) THEN
        PERFORM journal_raise_final('journal_sheetcorrection_step',
            format('correction %s does not go from %s to %s (§2.6)', OLD.id, OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_sheetcorrection_guard BEFORE INSERT OR UPDATE OR DELETE ON journal_sheetcorrection
    FOR EACH ROW EXECUTE FUNCTION journal_guard_correction();
CREATE TRIGGER journal_sheetcorrection_history AFTER UPDATE OR DELETE ON journal_sheetcorrection
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();

-- What a correction names is what was approved: it is named while it is asked for, and stays.
CREATE FUNCTION journal_guard_correctionline() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' OR NOT EXISTS (SELECT 1 FROM journal_sheetcorrection c
                                        WHERE c.id = NEW.correction_id AND c.state = 'asked' AND c.version = 1) THEN
        PERFORM journal_raise_final('journal_correctionline_stays',
            'what a correction names is what was asked for (§2.6)');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_correctionline_stays BEFORE INSERT OR UPDATE OR DELETE ON journal_correctionline
    FOR EACH ROW EXECUTE FUNCTION journal_guard_correctionline();

-- A word about a closed sheet is given once and stays.
CREATE FUNCTION journal_guard_sheetconfirmation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' OR NOT EXISTS (
        SELECT 1 FROM journal_finalsheet s JOIN journal_finalresult r ON r.sheet_id = s.id
        WHERE s.id = NEW.sheet_id AND s.state = 'closed' AND r.student_id = NEW.student_id) THEN
        PERFORM journal_raise_final('journal_sheetconfirmation_stays',
            'that a closed sheet stays as it is was said of a student in it, and stays said (§2.6)');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_sheetconfirmation_stays BEFORE INSERT OR UPDATE OR DELETE ON journal_sheetconfirmation
    FOR EACH ROW EXECUTE FUNCTION journal_guard_sheetconfirmation();

-- An edition as a whole, when it commits: closed with its correction, the same students, changed in nothing but what
-- the correction names and what follows from the points of the semester; who has taken the exam again is not changed.
CREATE FUNCTION journal_guard_edition_whole() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM journal_finalsheet s JOIN journal_sheetcorrection c ON c.id = s.correction_id
                   WHERE s.id = NEW.id AND s.state = 'closed' AND s.closed_at = c.done_at) THEN
        PERFORM journal_raise_final('journal_finalsheet_edition_closed',
            'an edition of a sheet is closed with the correction that makes it (§2.6)');
    END IF;
    SELECT coalesce(o.student_id, n.student_id) INTO bad
    FROM (SELECT * FROM journal_finalresult WHERE sheet_id = NEW.replaces_id) o
    FULL JOIN (SELECT * FROM journal_finalresult WHERE sheet_id = NEW.id) n ON n.student_id = o.student_id
    LEFT JOIN journal_correctionline l
           ON l.correction_id = NEW.correction_id AND l.student_id = coalesce(o.student_id, n.student_id)
    WHERE o.id IS NULL OR n.id IS NULL OR n.admitted <> o.admitted
       OR (n.exam_points, n.absent) IS DISTINCT FROM
          CASE WHEN l.id IS NULL THEN (o.exam_points, o.absent) ELSE (l.exam_points, l.absent) END
       OR ((n.semester_points, n.exam_points, n.absent, n.total, n.letter, n.traditional, n.gpa, n.passes, n.word)
             IS DISTINCT FROM
           (o.semester_points, o.exam_points, o.absent, o.total, o.letter, o.traditional, o.gpa, o.passes, o.word)
           AND EXISTS (SELECT 1 FROM journal_finalresult a WHERE a.course_id = o.course_id
                       AND a.student_id = o.student_id AND a.attempt > o.attempt))
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_final('journal_finalsheet_edition_whole',
            format('student %s is not in the edition as its correction says (§2.6)', bad));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_finalsheet_edition AFTER INSERT ON journal_finalsheet
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.edition > 1) EXECUTE FUNCTION journal_guard_edition_whole();

CREATE FUNCTION journal_guard_correction_made() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM journal_finalsheet s WHERE s.correction_id = NEW.id) THEN
        PERFORM journal_raise_final('journal_sheetcorrection_made',
            format('correction %s is done by storing its edition (§2.6)', NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_sheetcorrection_made AFTER UPDATE ON journal_sheetcorrection
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'done')
    EXECUTE FUNCTION journal_guard_correction_made();
"""
    + "".join(
        f"CREATE TRIGGER journal_not_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_truncate();\n"
        for table in NOT_EMPTIED
    )
)


def _as_it_was(name: str) -> str:
    """A function as 0014 made it: what going back restores."""
    text: str = import_module("journal.migrations.0014_results").FORWARDS
    found = re.search(rf"CREATE (FUNCTION {name}\(.*?END \$\$;)", text, re.DOTALL)
    assert found is not None, name
    return f"CREATE OR REPLACE {found.group(1)}\n"


BACKWARDS = (
    "".join(f"DROP TRIGGER journal_not_emptied ON {table};\n" for table in NOT_EMPTIED)
    + """
DROP TRIGGER journal_sheetcorrection_made ON journal_sheetcorrection;
DROP FUNCTION journal_guard_correction_made();
DROP TRIGGER journal_finalsheet_edition ON journal_finalsheet;
DROP FUNCTION journal_guard_edition_whole();
DROP TRIGGER journal_sheetconfirmation_stays ON journal_sheetconfirmation;
DROP FUNCTION journal_guard_sheetconfirmation();
DROP TRIGGER journal_correctionline_stays ON journal_correctionline;
DROP FUNCTION journal_guard_correctionline();
DROP TRIGGER journal_sheetcorrection_history ON journal_sheetcorrection;
DROP TRIGGER journal_sheetcorrection_guard ON journal_sheetcorrection;
DROP FUNCTION journal_guard_correction();
"""
    + _as_it_was("journal_guard_finalresult")
    + _as_it_was("journal_guard_finalsheet")
)


def take_from_web(apps, schema_editor):
    """The web's role takes nothing of this away, and rewrites no line. It keeps the right to change a word, which the
    trigger refuses: without it it could not hold the table still for the day's seal."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(
        f"REVOKE DELETE, TRUNCATE ON journal_sheetcorrection, journal_sheetconfirmation FROM {quoted}"
    )
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON journal_correctionline FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0016_frame"),
        ("teaching", "0007_students"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CorrectionLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "exam_points",
                    models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="points of the exam"),
                ),
                ("absent", models.BooleanField(default=False, verbose_name="did not appear")),
            ],
            options={
                "verbose_name": "line of a correction",
                "verbose_name_plural": "lines of corrections",
            },
        ),
        migrations.CreateModel(
            name="SheetConfirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "semester_points",
                    models.DecimalField(decimal_places=2, max_digits=5, verbose_name="points of the semester"),
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
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
            ],
            options={
                "verbose_name": "confirmation of a sheet",
                "verbose_name_plural": "confirmations of sheets",
            },
        ),
        migrations.CreateModel(
            name="SheetCorrection",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "waits for the head of department"),
                            ("approved", "waits for the dean's office"),
                            ("done", "corrected"),
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
                ("paper_path", models.CharField(max_length=40)),
                ("paper_sha256", models.CharField(max_length=64)),
                ("paper_type", models.CharField(max_length=40)),
                ("head_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "correction of a sheet",
                "verbose_name_plural": "corrections of sheets",
                "ordering": ["-asked_at", "-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="finalresult",
            name="journal_finalresult_one",
        ),
        migrations.RemoveConstraint(
            model_name="finalsheet",
            name="journal_finalsheet_one",
        ),
        migrations.AddField(
            model_name="finalresult",
            name="edition",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="edition"),
        ),
        migrations.AddField(
            model_name="finalsheet",
            name="edition",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="edition"),
        ),
        migrations.AddField(
            model_name="finalsheet",
            name="replaces",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="journal.finalsheet",
            ),
        ),
        migrations.AddIndex(
            model_name="sheetedition",
            index=models.Index(
                condition=models.Q(("number__gt", 1)), fields=["sheet"], name="journal_sheetedition_again"
            ),
        ),
        migrations.AddConstraint(
            model_name="finalresult",
            constraint=models.UniqueConstraint(
                fields=("course", "student", "attempt", "edition"), name="journal_finalresult_one"
            ),
        ),
        migrations.AddField(
            model_name="correctionline",
            name="student",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.student"
            ),
        ),
        migrations.AddField(
            model_name="sheetconfirmation",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sheetconfirmation",
            name="sheet",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="confirmations",
                to="journal.finalsheet",
            ),
        ),
        migrations.AddField(
            model_name="sheetconfirmation",
            name="student",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.student"
            ),
        ),
        migrations.AddField(
            model_name="sheetcorrection",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections_asked",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sheetcorrection",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sheetcorrection",
            name="head",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="sheetcorrection",
            name="office",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="sheetcorrection",
            name="sheet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="corrections", to="journal.finalsheet"
            ),
        ),
        migrations.AddField(
            model_name="correctionline",
            name="correction",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="journal.sheetcorrection",
            ),
        ),
        migrations.AddField(
            model_name="finalsheet",
            name="correction",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="made",
                to="journal.sheetcorrection",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.UniqueConstraint(
                fields=("course", "attempt", "student", "edition"), name="journal_finalsheet_one", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="finalsheet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("correction__isnull", True), ("edition", 1), ("replaces__isnull", True)),
                    models.Q(("correction__isnull", False), ("edition__gt", 1), ("replaces__isnull", False)),
                    _connector="OR",
                ),
                name="journal_finalsheet_next_by_correction",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetconfirmation",
            constraint=models.UniqueConstraint(
                fields=("sheet", "student", "semester_points"), name="journal_sheetconfirmation_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetconfirmation",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="journal_sheetconfirmation_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "approved", "done", "refused", "withdrawn"])),
                name="journal_sheetcorrection_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("why", ""), _negated=True),
                    models.Q(("paper_path", ""), _negated=True),
                    models.Q(("paper_sha256", ""), _negated=True),
                ),
                name="journal_sheetcorrection_with_paper",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetcorrection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "approved"))),
                fields=("sheet",),
                name="journal_sheetcorrection_one_living",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetcorrection",
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
                name="journal_sheetcorrection_asker_approves_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("head__isnull", True),
                    ("office__isnull", True),
                    models.Q(("head", models.F("office")), _negated=True),
                    _connector="OR",
                ),
                name="journal_sheetcorrection_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True),
                    models.Q(("done_at__isnull", False), ("head__isnull", False), ("office__isnull", False)),
                    _connector="OR",
                ),
                name="journal_sheetcorrection_done_by_both",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("head__isnull", False), ("head_at__isnull", False)),
                    _connector="OR",
                ),
                name="journal_sheetcorrection_approved_by_head",
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionline",
            constraint=models.UniqueConstraint(fields=("correction", "student"), name="journal_correctionline_one"),
        ),
        migrations.AddConstraint(
            model_name="correctionline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("absent", True), ("exam_points__isnull", True)),
                    models.Q(("absent", False), ("exam_points__gte", 0), ("exam_points__isnull", False)),
                    _connector="OR",
                ),
                name="journal_correctionline_says_one",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
