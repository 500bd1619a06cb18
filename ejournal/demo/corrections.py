"""Corrections of closed final sheets in the demo: one applied, one that the department agreed to (§2.6)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When

from accounts.models import User
from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of
from ejournal.lib.pdf import render_pdf
from journal.enums import SheetState
from journal.models import FinalResult, FinalSheet, SheetCorrection
from journal.rules import points_text
from journal.rules.results import most_points
from journal.selectors.corrections import digest_of, next_edition, wanted_by
from journal.services.corrections import approve_correction, ask_correction
from journal.services.results import Entry, shown_points
from university.models import Semester

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DECIDERS = ("head", "office", "dean")
FORGOTTEN = Decimal(3)
PAPER = "<h1>Кызматтык кат № 61</h1><p>Жазуу ишинин көчүрмөсү тиркелет. Үлгү: чыныгы документ эмес.</p>"
APPLIED = "Жазуу ишинин үчүнчү суроосунун 3 упайы ведомостко жазылбай калыптыр"
WAITS = "Упайлар кайра кошулганда 3 упай кем экени аныкталды"


def correct_sheets(scene: Scene, semester: Semester, *, now: datetime) -> int:
    """Ask to correct two sheets of a semester that is over, where the scene's department has so many: of one the
    next edition holds, the other waits for `office` or `dean`. How many requests.

    Only results that passed at once are corrected, so nobody's debt comes or goes by it.
    """
    found = _fitting(scene, semester)
    paper = render_pdf(PAPER)
    head, office = (User.objects.get(username=name) for name in ("head", "office"))
    made = 0
    if result := next(found, None):
        assert result.sheet.closed_at is not None
        asked_at = result.sheet.closed_at + 2 * DAY
        asked = _ask(result, why=APPLIED, paper=paper, now=asked_at)
        _agree(asked, by=head, now=asked_at + 20 * HOUR)
        _agree(asked, by=office, now=asked_at + 26 * HOUR, note="Жазуу иши каралды")
        made += 1
        found = (one for one in found if one.sheet_id != result.sheet_id)
    if result := next(found, None):
        _agree(_ask(result, why=WAITS, paper=paper, now=now - 26 * HOUR), by=head, now=now - 3 * HOUR)
        made += 1
    return made


def _fitting(scene: Scene, semester: Semester) -> Iterator[FinalResult]:
    """Results that may have three points more, in sheets on which `head` decides: those of `teacher` come first, of
    them the scene's group, of it `student`."""
    later = FinalResult.objects.filter(
        course=OuterRef("course"), student=OuterRef("student"), attempt__gt=OuterRef("attempt")
    )

    def rank(**is_first: object) -> Case:
        return Case(When(**is_first, then=Value(0)), default=Value(1), output_field=IntegerField())

    results = (
        FinalResult.objects.filter(
            ~Exists(later),
            sheet__state=SheetState.CLOSED,
            sheet__edition=1,
            attempt=1,
            course__semester=semester,
            course__department=scene.workload.department,
            course__group__unit=scene.group.unit,
            passes=True,
            admitted=True,
            exam_points__isnull=False,
        )
        .exclude(sheet__examiner__user__username__in=DECIDERS)
        .select_related("sheet__examiner__user")
        .order_by(
            rank(sheet__examiner=scene.teacher),
            rank(course__group=scene.group),
            rank(student__user__username="student"),
            "sheet_id",
            "student__user__sort_key",
            "student_id",
        )
    )
    for result in results:
        cap = most_points(result.sheet.exam_maximum, semester=result.semester_points)
        if result.exam_points + FORGOTTEN <= cap:
            yield result


def _ask(result: FinalResult, *, why: str, paper: bytes, now: datetime) -> SheetCorrection:
    more = points_text(result.exam_points + FORGOTTEN)
    return ask_correction(
        sheet_id=result.sheet_id,
        entries=[Entry(result.student_id, more, shown_points(result, second=False))],
        why=why,
        paper=paper,
        by=result.sheet.examiner.user,
        now=now,
    )


def _agree(asked: SheetCorrection, *, by: User, now: datetime, note: str = "") -> None:
    sheet = FinalSheet.objects.select_related("course__semester__year", "course__group").get(pk=asked.sheet_id)
    rows = next_edition(sheet, wanted_by(asked), on=day_of(now))
    approve_correction(correction_id=asked.pk, shown=digest_of(rows), by=by, now=now, note=note)
