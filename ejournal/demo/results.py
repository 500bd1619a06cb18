"""Results of the demo: the earlier semester closed, with a retake and debts; the session of this one planned."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from django.db.models import F

from accounts.models import Student, Teacher, User
from ejournal.demo.cast import Scene
from ejournal.demo.chance import draw
from ejournal.lib.clock import day_of, moment_of
from ejournal.lib.context import request_id
from journal.enums import NextStep, SheetState, Source
from journal.models import Commission, Exam, FinalResult, FinalSheet
from journal.rules.rating import Scheme
from journal.rules.results import most_points, next_step, outcome_of, scheme_as_data, sheet_maximum
from journal.selectors.attestations import state_exams_of, students_of_group
from journal.selectors.results import open_debts, students_to_examine
from journal.selectors.semester import open_modules, scheme_of, semester_points
from journal.services.attestations import Graded, grade_attestations, plan_state_exam, plan_thesis
from journal.services.examinations import name_commission
from journal.services.results import open_slip
from teaching.models import Course
from university.enums import ControlForm
from university.models import Group, Holiday, Room, Semester

OPENED_AFTER, CLOSED_AFTER = timedelta(days=8), timedelta(days=13)
BEGINS = (time(9, 0), time(11, 30), time(14, 0))
LASTS = timedelta(hours=2)
BETWEEN = 2  # days at least between two exams of a group
ABSENT_ONE_IN = 70
SHORT_OF_PASSING = Decimal(48)


def close_session(scene: Scene, semester: Semester, *, now: datetime) -> int:
    """First sheets of a semester that is over, and a retake of most who failed; how many sheets. `student` passed
    one of his exams the second time, `fellow` owes one."""
    closed_on = semester.ends_on + CLOSED_AFTER
    if moment_of(closed_on, time(15, 0)) >= now:
        return 0
    student, fellow = (Student.objects.get(user__username=name).pk for name in ("student", "fellow"))
    found_courses = (
        Course.objects.filter(semester=semester).select_related("semester__year", "group", "lead__user").order_by("id")
    )
    schemes = {course.pk: scheme_of(course) for course in found_courses}
    courses = [course for course in found_courses if not open_modules(course, schemes[course.pk])]
    exams = [one for one in courses if one.group_id == scene.group.pk and one.control_form == ControlForm.EXAM]
    # Of his exams the one in which a second try can bring him over the line.
    exams.sort(key=lambda one: semester_points(one, on=semester.ends_on).get(student) or 0, reverse=True)
    failing = {(exams[0].pk, student), (exams[-1].pk, fellow)} if exams else set()
    keepers = _keepers(courses)
    sheets: list[FinalSheet] = []
    results: list[FinalResult] = []
    for course in courses:
        found = semester_points(course, on=semester.ends_on)
        listed = {pk: found.get(pk, Decimal(0)) for pk in students_to_examine(course, on=semester.ends_on)}
        examiner = course.lead or keepers.get(course.pk)
        if examiner is None or not listed:
            continue
        scheme = schemes[course.pk]
        opened_at = moment_of(semester.ends_on + OPENED_AFTER, time(10, 0))
        sheet = _sheet(course, scheme, examiner, attempt=1, at=opened_at)
        first = [_result(sheet, scheme, pk, points, fails=(course.pk, pk) in failing) for pk, points in listed.items()]
        sheets.append(sheet)
        results += first
        again = [one for one in first if _takes_again(one, student=student, fellow=fellow)]
        if again:
            retake = _sheet(course, scheme, examiner, attempt=2, at=moment_of(closed_on, time(10, 0)))
            sheets.append(retake)
            results += [
                _result(
                    retake, scheme, one.student_id, one.semester_points, fails=False, passes=one.student_id == student
                )
                for one in again
            ]
    FinalSheet.objects.bulk_create(sheets)
    FinalResult.objects.bulk_create(results, batch_size=1000)
    for attempt, day in ((1, closed_on), (2, closed_on + timedelta(days=5))):
        moment = moment_of(day, time(15, 0))
        for examiner_id, user_id in {(sheet.examiner_id, sheet.examiner.user_id) for sheet in sheets}:
            FinalSheet.objects.filter(
                course__semester=semester, attempt=attempt, examiner_id=examiner_id, state=SheetState.DRAFT
            ).update(state=SheetState.CLOSED, closed_by_id=user_id, closed_at=moment, at=moment, version=2)
    return len(sheets)


def _keepers(courses: Sequence[Course]) -> dict[int, Teacher]:
    """By course, who keeps a journal of it. One query."""
    rows = Teacher.objects.filter(workloads__workload__course__in=courses).order_by("workloads__id")
    found = rows.annotate(of_course=F("workloads__workload__course_id")).select_related("user")
    return {teacher.of_course: teacher for teacher in found}


def _said(by: User, at: datetime) -> dict[str, Any]:
    return {"by": by, "at": at, "source": Source.IMPORT, "request_id": request_id()}


def _sheet(course: Course, scheme: Scheme, examiner: Teacher, *, attempt: int, at: datetime) -> FinalSheet:
    return FinalSheet(
        course=course,
        attempt=attempt,
        kind=course.control_form,
        examiner=examiner,
        exam_maximum=sheet_maximum(scheme, attempt=attempt),
        scheme=scheme_as_data(scheme),
        opened_at=at,
        **_said(examiner.user, at),
    )


def _result(
    sheet: FinalSheet, scheme: Scheme, student_id: int, semester: Decimal | None, *, fails: bool, passes: bool = False
) -> FinalResult:
    """As the examiner would have typed it and the closing would have worked it out; `fails`, `passes`: for certain."""
    semester = semester or Decimal(0)
    made = FinalResult(
        sheet=sheet,
        course=sheet.course,
        attempt=sheet.attempt,
        student_id=student_id,
        semester_points=semester,
        **_said(sheet.examiner.user, sheet.opened_at),
    )
    name = (sheet.course_id, student_id, sheet.attempt)
    if not (fails or passes) and sheet.exam_maximum and draw("absent", *name) * ABSENT_ONE_IN < 1:
        made.absent, made.passes = True, False
        return made
    if sheet.exam_maximum:
        made.exam_points = _exam(sheet, semester, name, fails=fails, passes=passes)
        made.exam_by = sheet.examiner.user
    found = outcome_of(scheme, semester=semester, exam=made.exam_points)
    made.total, made.letter, made.traditional = found.total, found.letter, found.traditional
    made.gpa, made.passes, made.word = found.gpa, found.passes, found.word
    return made


def _exam(sheet: FinalSheet, semester: Decimal, name: tuple[int, int, int], *, fails: bool, passes: bool) -> Decimal:
    """Near to how the semester went; the second time better."""
    cap = most_points(sheet.exam_maximum, semester=semester)
    if fails:
        return max(Decimal(0), min(cap, SHORT_OF_PASSING - semester)).quantize(Decimal(1))
    if sheet.attempt > 1:
        needed = max(Decimal(0), Decimal(61) - semester) + Decimal(int(draw("again", *name) * 9) - (0 if passes else 2))
        return max(Decimal(0), min(cap, needed)).quantize(Decimal(1), rounding=ROUND_UP if passes else None)
    went = float(semester) / (100 - float(sheet.exam_maximum))
    share = min(1.0, max(0.2, went + (draw("exam", *name) - 0.45) * 0.5))
    return min(cap, Decimal(int(share * float(sheet.exam_maximum))))


def _takes_again(result: FinalResult, *, student: int, fellow: int) -> bool:
    step = next_step(passes=result.passes, word=result.word, attempt=1, attempts=3)
    willing = result.student_id == student or draw("retake", result.student_id) < 0.7
    return step == NextStep.RETAKE and result.student_id != fellow and willing


def give_slip(scene: Scene, *, now: datetime) -> FinalSheet | None:
    """`fellow` may take his exam again at `teacher`: an open sheet for the one to fill and close."""
    office = User.objects.get(username="office")
    debt = (
        open_debts()
        .filter(student__user__username="fellow", attempt=1)
        .select_related("student__user", "course__group__unit", "course__discipline", "course__semester__year")
        .order_by("-course__control_form", "id")
        .first()
    )
    if debt is None or next_step(passes=False, word=debt.word, attempt=1, attempts=3) != NextStep.RETAKE:
        return None
    return open_slip(
        course=debt.course,
        student=debt.student,
        valid_until=day_of(now) + timedelta(days=14),
        examiner=scene.teacher,
        by=office,
        now=now,
    )


def plan_session(semester: Semester, *, now: datetime) -> int:
    """The session of a semester: each group's exams some days apart, nobody and nothing at two at once; how many."""
    study = User.objects.get(username="study")
    courses = list(
        Course.objects.filter(semester=semester)
        .select_related("group", "discipline", "lead")
        .order_by("group__sort_key", "group_id", "discipline__sort_key", "id")
    )
    keepers = _keepers(courses)
    rooms = list(Room.objects.order_by("-seats", "id"))
    days = _session_days(semester)
    busy: set[tuple[str, int, date, time]] = set()
    taken: dict[int, list[date]] = defaultdict(list)
    made: list[Exam] = []
    for course in courses:
        examiner = course.lead or keepers.get(course.pk)
        if examiner is None:
            continue
        for day, begins in ((day, begins) for day in days for begins in BEGINS):
            if any(abs((day - other).days) < BETWEEN for other in taken[course.group_id]):
                continue
            if ("examiner", examiner.pk, day, begins) in busy:
                continue
            room = next((one for one in rooms if ("room", one.pk, day, begins) not in busy), None)
            if room is None:
                continue
            taken[course.group_id].append(day)
            busy |= {("examiner", examiner.pk, day, begins), ("room", room.pk, day, begins)}
            starts_at = moment_of(day, begins)
            made.append(
                Exam(
                    course=course,
                    group=course.group,
                    kind=course.control_form,
                    date=day,
                    starts_at=starts_at,
                    ends_at=starts_at + LASTS,
                    room=room,
                    examiner=examiner,
                    sitting=f"{course.discipline_id}:{examiner.pk}:{room.pk}:{int(starts_at.timestamp())}",
                    **_said(study, now),
                )
            )
            break
    Exam.objects.bulk_create(made, batch_size=1000)
    return len(made)


def _session_days(semester: Semester) -> list[date]:
    """Working days after the last lesson, until the session's last."""
    last = semester.session_ends_on or semester.ends_on + timedelta(weeks=3)
    holidays = set(Holiday.objects.filter(day__gt=semester.ends_on).values_list("day", flat=True))
    found = (semester.ends_on + timedelta(days=n) for n in range(2, (last - semester.ends_on).days + 1))
    return [day for day in found if day.weekday() != 6 and day not in holidays]


def hold_state_exams(scene: Scene, *, now: datetime) -> None:
    """A commission of the unit; state exam and some graduation papers of its oldest group, a part of them closed."""
    office = User.objects.get(username="office")
    unit, today = scene.group.unit, day_of(now)
    members = list(
        Teacher.objects.filter(department__unit=unit, ends_on=None).select_related("user").order_by("staff_number")[:4]
    )
    group = (
        Group.objects.filter(unit=unit, courses__isnull=False).distinct().order_by("intake", "sort_key", "id").first()
    )
    if len(members) < 3 or group is None:
        return
    commission: Commission = name_commission(
        unit=unit,
        name="Мамлекеттик аттестациялык комиссия",
        order_number="48-К",
        order_date=today - timedelta(days=40),
        members=members,
        chair=members[0],
        by=office,
        now=now - timedelta(days=39),
    )
    planned = now - timedelta(days=30)
    facts: dict[str, Any] = {"group": group, "commission": commission, "by": office, "now": planned}
    plan_state_exam(title="Адистик боюнча мамлекеттик сынак", held_on=today - timedelta(days=6), **facts)
    themes = ("Заманбап окутуу технологиялары", "Аймактык маалыматтарды талдоо", "Санариптик чечимдерди баалоо")
    for student, theme in zip(students_of_group(group, on=today), themes, strict=False):
        plan_thesis(student=student, title=theme, supervisor=members[1], held_on=today + timedelta(days=12), **facts)
    rows = [row for one in state_exams_of(group) for row in one.rows]
    grades = [Graded(row.pk, str(58 + int(draw("state", row.student_id) * 40)), row.version) for row in rows]
    grade_attestations(
        group=group,
        state_exams=grades[: len(grades) * 2 // 3],
        theses=[],
        by=office,
        now=now - timedelta(days=5),
        close=True,
    )
