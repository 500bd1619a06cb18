"""Closed final sheets that differ from what they were worked out from: a module under them was opened again since
(§2.6, §4.3). None differs silently: it is named until it is corrected, or somebody says why it stays."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounts.permissions import Rights
from journal.models import FinalSheet, SheetConfirmation
from journal.models.results import FinalSheetQuerySet

# Of the newest editions of closed sheets in some courses: who has other points of the semester now, and nobody's
# word that the sheet stays with them. What is selected, the courses and an end follow.
DIFFERING = """
    WITH concerned AS (%s),
    holding AS (
        SELECT f.id, f.course_id FROM journal_finalsheet f JOIN concerned USING (course_id)
        WHERE f.state = 'closed' AND NOT EXISTS (SELECT 1 FROM journal_finalsheet n WHERE n.replaces_id = f.id)),
    newest AS (
        SELECT DISTINCT ON (e.sheet_id) e.id, s.course_id
        FROM journal_sheetedition e JOIN journal_modulesheet s ON s.id = e.sheet_id JOIN concerned USING (course_id)
        ORDER BY e.sheet_id, e.number DESC),
    inputs AS (
        SELECT n.course_id, t.student_id, sum(t.total) AS points
        FROM newest n JOIN journal_moduletotal t ON t.edition_id = n.id GROUP BY n.course_id, t.student_id)
    SELECT r.sheet_id, r.student_id, r.semester_points, coalesce(i.points, 0) AS now
    FROM holding h
    JOIN journal_finalresult r ON r.sheet_id = h.id
    LEFT JOIN inputs i ON i.course_id = h.course_id AND i.student_id = r.student_id
    WHERE r.semester_points IS DISTINCT FROM coalesce(i.points, 0)
      AND NOT EXISTS (SELECT 1 FROM journal_sheetconfirmation c
                      WHERE c.sheet_id = r.sheet_id AND c.student_id = r.student_id
                        AND c.semester_points = coalesce(i.points, 0))
"""
# By the program only the end of a reopening, which adds an edition, makes a difference.
_OPENED_AGAIN = """
    SELECT DISTINCT s.course_id FROM journal_sheetedition e JOIN journal_modulesheet s ON s.id = e.sheet_id
    WHERE e.number > 1"""
_OF_COURSES = "SELECT unnest(%s::bigint[]) AS course_id"


@dataclass(frozen=True, slots=True)
class Difference:
    """A student in a closed sheet who has `now` points of the semester, and `stored` in the sheet."""

    sheet_id: int
    student_id: int
    stored: Decimal | None
    now: Decimal


def differences(course_ids: Iterable[int] | None = None) -> list[Difference]:
    """All that waits for a correction or a word, or that of some courses. One query."""
    courses = None if course_ids is None else list(course_ids)
    with connection.cursor() as cursor:
        if courses is None:
            cursor.execute(DIFFERING % _OPENED_AGAIN)
        else:
            cursor.execute(DIFFERING % _OF_COURSES, [courses])
        return [Difference(*row) for row in cursor.fetchall()]


def sheets_that_differ(found: FinalSheetQuerySet) -> FinalSheetQuerySet:
    """Of some sheets those that need a correction."""
    return found.filter(pk__in={one.sheet_id for one in differences()})


def count_differing(rights: Rights) -> int:
    """How many sheets need a correction where an office answers for them. Two queries."""
    found = sheets_that_differ(FinalSheet.objects.all())
    if not rights.sees_everything:
        found = found.filter(course__group__unit_id__in=rights.unit_ids)
    return found.count()


def differences_of(sheet: FinalSheet) -> dict[int, Difference]:
    """By student, what waits in one sheet; nothing in one that is open or was corrected."""
    if not sheet.is_closed:
        return {}
    return {one.student_id: one for one in differences([sheet.course_id]) if one.sheet_id == sheet.pk}


def closed_sheets_over(course_id: int) -> list[FinalSheet]:
    """The closed sheets of a course that hold: those that a reopening of its modules would leave behind."""
    return list(
        FinalSheet.objects.holding()
        .filter(course_id=course_id)
        .select_related("student__user", "examiner__user")
        .order_by("attempt", "id")
    )


def words_about(sheet: FinalSheet) -> list[SheetConfirmation]:
    """What was said of a sheet that stays as it is, the newest first. One query."""
    return list(
        SheetConfirmation.objects.filter(sheet=sheet)
        .select_related("student__user", "by")
        .order_by("-at", "student__user__sort_key")
    )
