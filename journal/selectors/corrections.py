"""Corrections of closed final sheets: what the next edition would say, who sees which request, what waits for whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.db.models import Q, QuerySet

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Rights, rights_of
from journal.enums import CorrectionState
from journal.models import (
    LIVING_CORRECTIONS,
    ChangeEvent,
    CorrectionLine,
    FinalResult,
    FinalSheet,
    SheetCorrection,
)
from journal.rules.results import most_points, outcome_of, scheme_from_data
from journal.selectors.results import COMPARED, sheets_visible_to
from journal.selectors.semester import semester_points


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a student is to have: points, or that he did not appear; `admits`: he was wrongly not admitted."""

    student_id: int
    exam_points: Decimal | None
    absent: bool = False
    admits: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    """A student in the sheet and as the next edition would have him. `after` is not saved. `is_named`: the correction
    says what he is to have. `is_retaken`: he has taken the exam again since, so he stays as he is."""

    before: FinalResult
    after: FinalResult
    is_named: bool
    is_retaken: bool

    @property
    def name(self) -> str:
        """The student's full name."""
        return self.before.student.user.get_full_name()

    @property
    def is_admitted_now(self) -> bool:
        """Whether he was not admitted before, and is."""
        return self.after.admitted and not self.before.admitted

    @property
    def differs(self) -> bool:
        """Whether the next edition would say something else."""
        return any(getattr(self.before, name) != getattr(self.after, name) for name in COMPARED)

    @property
    def is_over(self) -> bool:
        """Whether his points of the exam are more than his semester leaves open (§3.5e)."""
        if self.after.exam_points is None or self.after.semester_points is None:
            return False
        cap: Decimal = most_points(self.before.sheet.exam_maximum, semester=self.after.semester_points)
        return bool(self.after.exam_points > cap)


def wanted_by(correction: SheetCorrection) -> list[Wanted]:
    """What a request names."""
    return [Wanted(*row) for row in correction.lines.values_list("student_id", "exam_points", "absent", "admits")]


def next_edition(sheet: FinalSheet, wanted: Iterable[Wanted], *, on: date) -> list[Corrected]:
    """Every student of a closed sheet by name, with what the next edition would say: by the sheet's own scheme, from
    the points of the semester as they stand. `sheet.course.semester.year` is read; a fixed number of queries."""
    named = {one.student_id: one for one in wanted}
    points = semester_points(sheet.course, on=on)
    scheme = scheme_from_data(sheet.scheme)
    retaken = set(
        FinalResult.objects.filter(course_id=sheet.course_id, attempt__gt=sheet.attempt).values_list(
            "student_id", flat=True
        )
    )
    found = []
    for before in (
        FinalResult.objects.filter(sheet=sheet)
        .select_related("student__user")
        .order_by("student__user__sort_key", "student_id")
    ):
        before.sheet = sheet
        pk = before.student_id
        after = _copy(before)
        one = named.get(pk)
        if one is not None:
            after.exam_points, after.absent = one.exam_points, one.absent
            after.admitted = before.admitted or one.admits
        if pk not in retaken:
            after.semester_points = points.get(pk, Decimal(0))
            if after.admitted and not after.absent:
                result = outcome_of(scheme, semester=after.semester_points, exam=after.exam_points)
                after.total, after.letter, after.traditional = result.total, result.letter, result.traditional
                after.gpa, after.passes, after.word = result.gpa, result.passes, result.word
            else:
                after.total = after.traditional = after.gpa = None
                after.letter = after.word = ""
                after.passes = False
        found.append(Corrected(before, after, one is not None, pk in retaken))
    return found


def _copy(before: FinalResult) -> FinalResult:
    facts = ("course_id", "attempt", "student_id", "warnings", "exam_by_id", "second_by_id")
    made = FinalResult(**{name: getattr(before, name) for name in (*facts, *COMPARED, "second_points")})
    made.student = before.student
    return made


def digest_of(rows: Sequence[Corrected]) -> str:
    """What somebody was shown, in short: whoever says yes to something says it to this."""
    said = "\n".join(
        "|".join([str(row.before.student_id), *(str(getattr(row.after, name)) for name in COMPARED)]) for row in rows
    )
    return sha256(said.encode()).hexdigest()[:32]


def corrections_visible_to(user: User, *, on: date) -> QuerySet[SheetCorrection]:
    """Requests about the sheets that a person reads, and a head's of the department of the course."""
    rights = rights_of(user, on=on)
    seen = Q(sheet__in=sheets_visible_to(user, on=on).values("pk")) | Q(asked_by=user)
    if rights.has(Role.HEAD):
        seen |= Q(sheet__course__department_id__in=rights.department_ids)
    return SheetCorrection.objects.filter(seen).select_related(
        "sheet__course__discipline", "sheet__course__group__unit", "sheet__student__user", "asked_by"
    )


def corrections_waiting_for(rights: Rights) -> QuerySet[SheetCorrection]:
    """Requests whose next step is this person's: `permissions.may_decide_correction`, as one question."""
    step = Q(pk__in=[])
    if rights.has(Role.HEAD):
        step |= Q(
            state=CorrectionState.ASKED, asker_is_head=False, sheet__course__department_id__in=rights.department_ids
        )
    of_unit = Q(sheet__course__group__unit_id__in=rights.unit_ids)
    if rights.has(Role.DEAN):
        step |= Q(of_unit, state=CorrectionState.ASKED, asker_is_head=True)
    if rights.has(Role.DEAN, Role.DEANS_OFFICE):
        step |= Q(of_unit, state=CorrectionState.APPROVED) & ~Q(head_id=rights.user_id)
    return SheetCorrection.objects.filter(step).exclude(asked_by_id=rights.user_id)


def correction_list(user: User, *, show: str, on: date) -> QuerySet[SheetCorrection]:
    """What a person sees, the newest first. `show`: `waiting` (for him), or everything."""
    found = corrections_visible_to(user, on=on)
    if show == "waiting":
        found = found.filter(pk__in=corrections_waiting_for(rights_of(user, on=on)).values("pk"))
    return found.order_by("-asked_at", "-id")


def editions_of(sheet: FinalSheet) -> list[FinalSheet]:
    """All editions of a sheet, the oldest first. One query."""
    of_whom = Q(student__isnull=True) if sheet.student_id is None else Q(student_id=sheet.student_id)
    return list(
        FinalSheet.objects.filter(of_whom, course_id=sheet.course_id, attempt=sheet.attempt)
        .select_related("correction__asked_by", "closed_by")
        .order_by("edition")
    )


def living_correction(sheet: FinalSheet) -> SheetCorrection | None:
    """The request about a closed sheet that waits; one query, none for an open one."""
    if not sheet.is_closed:
        return None
    return SheetCorrection.objects.filter(sheet=sheet, state__in=LIVING_CORRECTIONS).first()


def changes_between(sheet: FinalSheet) -> list[Corrected]:
    """Of a later edition who has something else than in the one before, by name. Two queries; none for the first."""
    if sheet.replaces_id is None:
        return []
    before = {
        one.student_id: one
        for one in FinalResult.objects.filter(sheet=sheet.replaces_id).select_related("student__user")
    }
    named = set(CorrectionLine.objects.filter(correction=sheet.correction_id).values_list("student_id", flat=True))
    rows = [
        Corrected(before[after.student_id], after, after.student_id in named, is_retaken=False)
        for after in FinalResult.objects.filter(sheet=sheet).order_by("student__user__sort_key", "student_id")
    ]
    return [row for row in rows if row.differs]


def correction_steps(correction: SheetCorrection) -> list[tuple[str, str, datetime, str]]:
    """What became of a request, by its history: state, who, when, what was said. The first step is the asking."""
    events = list(
        ChangeEvent.objects.filter(entity="journal_sheetcorrection", entity_id=correction.pk).order_by("version", "id")
    )
    people = User.objects.in_bulk({event.by_id for event in events if event.by_id is not None})
    steps = [(CorrectionState.ASKED.value, correction.asked_by.get_full_name(), correction.asked_at, "")]
    for event in events:
        who = people[event.by_id].get_full_name() if event.by_id in people else ""
        steps.append(((event.after or {}).get("state", ""), who, event.at, event.reason))
    return steps
