"""A wrong non-admission is corrected as a wrong result is (§2.6): the line of the correction admits the student."""

import re
from importlib import import_module

from django.db import migrations, models

WHOLE = "journal_guard_edition_whole"
_AS_BEFORE = "n.admitted <> o.admitted"
_AS_SAID = "n.admitted <> (o.admitted OR coalesce(l.admits, false))"

FITS = """
-- A line is about a student in the sheet: it admits one who was not, and nobody else; an exam says points or that he
-- did not appear, a credit test has neither.
CREATE FUNCTION journal_guard_correctionline_fits() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM journal_sheetcorrection c
        JOIN journal_finalsheet s ON s.id = c.sheet_id
        JOIN journal_finalresult r ON r.sheet_id = s.id AND r.student_id = NEW.student_id
        WHERE c.id = NEW.correction_id AND r.admitted <> NEW.admits
          AND (s.exam_maximum > 0) = (NEW.absent OR NEW.exam_points IS NOT NULL)) THEN
        PERFORM journal_raise_final('journal_correctionline_fits',
            format('the line of student %s is not about what stands in the sheet (§2.6)', NEW.student_id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_correctionline_fits AFTER INSERT ON journal_correctionline
    FOR EACH ROW EXECUTE FUNCTION journal_guard_correctionline_fits();
"""
UNFITS = """
DROP TRIGGER journal_correctionline_fits ON journal_correctionline;
DROP FUNCTION journal_guard_correctionline_fits();
"""


def _whole() -> str:
    """The function that compares an edition with the one before, as 0017 made it."""
    text: str = import_module("journal.migrations.0017_corrections").FORWARDS
    found = re.search(rf"CREATE (FUNCTION {WHOLE}\(.*?END \$\$;)", text, re.DOTALL)
    assert found is not None
    return f"CREATE OR REPLACE {found.group(1)}\n"


def _whole_with_admission() -> str:
    before = _whole()
    assert before.count(_AS_BEFORE) == 1
    return before.replace(_AS_BEFORE, _AS_SAID)


class Migration(migrations.Migration):
    dependencies = [("journal", "0018_moments")]
    operations = [
        migrations.AddField(
            model_name="correctionline",
            name="admits",
            field=models.BooleanField(db_default=False, default=False, verbose_name="admitted"),
        ),
        migrations.RemoveConstraint(model_name="correctionline", name="journal_correctionline_says_one"),
        migrations.AddConstraint(
            model_name="correctionline",
            constraint=models.CheckConstraint(
                condition=models.Q(("absent", True), ("exam_points__isnull", True))
                | models.Q(("absent", False), ("exam_points__gte", 0), ("exam_points__isnull", False))
                | models.Q(("absent", False), ("admits", True), ("exam_points__isnull", True)),
                name="journal_correctionline_says_one",
            ),
        ),
        migrations.RunSQL(FITS + _whole_with_admission(), _whole() + UNFITS),
    ]
