"""What the journal's pages read: rosters, states, totals, a teacher's day, the grid."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Student, Teacher
from ejournal.lib import clock
from journal.access import get_journal
from journal.selectors import lessons as lesson_selectors
from journal.selectors.grid import Grid, journal_grid
from journal.selectors.journals import journal_rows, visible_journals
from journal.selectors.roster import rosters
from journal.selectors.states import LessonFace, Lock, face_of
from journal.selectors.totals import mean_text, totals_of
from journal.services import close_module, record_marks
from teaching.enums import EnrolmentBasis, LessonState
from teaching.models import CourseEnrolment, Lesson, Substitution, Workload
from tests import factories as make
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

NOON = clock.moment_of(make.MONDAY, time(12, 0))


def enter(workload: Workload, lesson: Lesson, student: Student, value: object, **keys: object) -> None:
    """A mark through the one way in, at noon of the lesson's day."""
    now = clock.moment_of(lesson.date, time(12, 0))
    raw = {"lesson": lesson.id, "student": student.id, "version": 0, **keys}
    if value is not None:
        raw["value"] = value
    keeper = workload.teachers.get().teacher.user
    assert record_marks(journal_id=workload.id, raw_marks=[raw], by=keeper, now=now).status == 200


def grid_of(workload: Workload, *, now: object = NOON, teacher: Teacher | None = None) -> Grid:
    user = (teacher or workload.teachers.get().teacher).user
    return journal_grid(get_journal(user, workload.id, now=now), user=user, now=now)


# ------------------------------------------------------------------------------------------------ totals
@pytest.mark.parametrize(
    ("total", "count", "shown"),
    [(0, 0, None), (13, 3, "4.33"), (14, 3, "4.67"), (33, 8, "4.13"), (25, 8, "3.13"), (5, 1, "5.00"), (0, 2, "0.00")],
)
def test_mean_is_rounded_half_up(total: int, count: int, shown: str | None) -> None:
    assert mean_text(total, count) == shown


def test_makeup_joins_the_mean_and_stays_an_absence() -> None:
    totals = totals_of([("absent", 4), ("absent", None), ("present", 5), ("late", None), (None, None)])
    assert (totals.absences, totals.grades, totals.mean) == (2, 2, "4.50")


# ------------------------------------------------------------------------------------------------ states
@pytest.mark.parametrize(
    ("state", "hour", "is_taken", "has_marks", "face"),
    [
        (LessonState.PLANNED, 7, False, False, LessonFace.TO_COME),
        (LessonState.PLANNED, 8, False, False, LessonFace.RUNNING),
        (LessonState.PLANNED, 8, False, True, LessonFace.RUNNING),
        (LessonState.HELD, 8, True, True, LessonFace.FILLED),
        (LessonState.PLANNED, 10, False, False, LessonFace.NOT_FILLED),
        (LessonState.PLANNED, 10, False, True, LessonFace.PARTLY),
        (LessonState.HELD, 10, True, True, LessonFace.FILLED),
        (LessonState.CANCELLED, 10, False, False, LessonFace.CANCELLED),
        (LessonState.NOT_HELD, 7, False, False, LessonFace.NOT_HELD),
    ],
)
def test_face_of_lesson(state: str, hour: int, is_taken: bool, has_marks: bool, face: LessonFace) -> None:
    assert (
        face_of(
            state=state,
            starts_at=clock.moment_of(make.MONDAY, time(8, 0)),
            ends_at=clock.moment_of(make.MONDAY, time(9, 20)),
            is_taken=is_taken,
            has_marks=has_marks,
            now=clock.moment_of(make.MONDAY, time(hour, 30)),
        )
        == face
    )


# ------------------------------------------------------------------------------------------------ rosters
def test_roster_of_subgroup_lists_the_subgroup_alone() -> None:
    course = make.make_course()
    first, _second = course.group.subgroups.order_by("number")
    one, two = make.make_student(last_name="Асанова"), make.make_student(last_name="Бекова")
    make.enrol(one, course, subgroup=1)
    make.enrol(two, course, subgroup=2)
    of_first = make.make_workload(course=course, subgroup=first)
    whole = make.make_workload(course=course)
    found = rosters([of_first, whole], since=make.MONDAY, until=make.MONDAY)
    assert [pupil.student_id for pupil in found[of_first.id]] == [one.id]
    assert [pupil.student_id for pupil in found[whole.id]] == [one.id, two.id]


def test_roster_sorts_by_the_kyrgyz_alphabet() -> None:
    workload = make.make_workload()
    names = ["Өмүрбеков", "Орозов", "Пазылов", "Үсөнов", "Уланов", "Ниязов", "Ңаров"]
    for name in names:
        make.enrol(make.make_student(last_name=name), workload.course)
    found = rosters([workload], since=make.MONDAY, until=make.MONDAY)[workload.id]
    assert [pupil.last_name for pupil in found] == [
        "Ниязов", "Ңаров", "Орозов", "Өмүрбеков", "Пазылов", "Уланов", "Үсөнов",
    ]  # fmt: skip


def test_exempt_student_stands_on_no_roll() -> None:
    workload = make.make_workload()
    enrolment = make.enrol(make.make_student(), workload.course)
    CourseEnrolment.objects.filter(pk=enrolment.pk).update(basis=EnrolmentBasis.EXEMPT)
    assert rosters([workload], since=make.MONDAY, until=make.MONDAY) == {workload.id: []}
    assert grid_of(workload).pupils == []


def test_grid_roster_equals_the_roster_of_pages() -> None:
    workload = make.make_workload(subgroup=None)
    student = make.make_student()
    make.enrol(student, workload.course, subgroup=1, ends_on=date(2026, 9, 20))
    make.enrol(student, workload.course, subgroup=2, starts_on=date(2026, 9, 21))
    semester = workload.course.semester
    expected = rosters([workload], since=semester.starts_on, until=semester.ends_on)[workload.id]
    assert list(grid_of(workload).pupils) == expected
    assert len(expected[0].spans) == 2


# ------------------------------------------------------------------------------------------------ the grid
def test_grid_states_and_locks_of_columns() -> None:
    workload = make.make_workload()
    student = make.make_student()
    make.enrol(student, workload.course)
    days = [make.MONDAY - timedelta(days=14), make.MONDAY - timedelta(days=7), make.MONDAY, make.MONDAY + timedelta(7)]
    lessons = [make.make_lesson(workload, day=day) for day in days]
    enter(workload, lessons[1], student, "5")
    grid = grid_of(workload)
    assert [(column.face, column.lock) for column in grid.columns] == [
        (LessonFace.NOT_FILLED, Lock.WINDOW_OVER),
        (LessonFace.FILLED, None),
        (LessonFace.NOT_FILLED, None),
        (LessonFace.TO_COME, Lock.NOT_STARTED),
    ]
    assert grid.focus == lessons[2].id
    assert [column.has_gaps for column in grid.columns] == [True, False, True, True]
    assert grid.totals[student.id].mean == "5.00"


def test_grid_of_closed_module_says_who_and_when() -> None:
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    make.make_lesson(workload)
    keeper = workload.teachers.get().teacher.user
    module = Module.objects.get(semester=workload.course.semester, number=1)
    close_module(course=workload.course, module=module, by=keeper, now=NOON)
    grid = grid_of(workload)
    assert [column.lock for column in grid.columns] == [Lock.MODULE_CLOSED]
    assert [(one.number, one.closed_at) for one in grid.closed] == [(1, NOON)]


def test_grid_of_reader_is_locked() -> None:
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    make.make_lesson(workload)
    colleague = make.make_teacher(last_name="Касымов")
    make.make_workload(course=workload.course, teacher=colleague)
    grid = grid_of(workload, teacher=colleague)
    assert (grid.can_write, [column.lock for column in grid.columns]) == (False, [Lock.READ_ONLY])


def test_grid_of_substitute_opens_his_lesson_alone() -> None:
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    lessons = [make.make_lesson(workload, day=day) for day in (make.MONDAY - timedelta(days=1), make.MONDAY)]
    substitute = make.make_teacher(last_name="Эсенов")
    keeper = workload.teachers.get().teacher.user
    Substitution.objects.create(
        lesson=lessons[1], substitute=substitute, reason="ооруп калды", named_by=keeper, named_at=NOON
    )
    grid = grid_of(workload, teacher=substitute)
    assert [column.lock for column in grid.columns] == [Lock.NOT_YOUR_LESSON, None]


def test_window_of_days_is_the_policy_of_the_unit() -> None:
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    make.make_lesson(workload, day=make.MONDAY - timedelta(days=3))
    Policy.objects.create(
        key="filling_window_days", value=1, unit=workload.course.group.unit, valid_from=date(2026, 9, 1)
    )
    assert [column.lock for column in grid_of(workload).columns] == [Lock.WINDOW_OVER]


@pytest.mark.parametrize("count", [1, 3])
def test_grid_takes_four_queries(count: int) -> None:
    workload = make.make_workload()
    for number in range(count):
        student = make.make_student(last_name=f"Асанова{number}")
        make.enrol(student, workload.course)
        lesson = make.make_lesson(workload, day=make.MONDAY - timedelta(days=number))
        enter(workload, lesson, student, "4")
    keeper = workload.teachers.get().teacher.user
    with CaptureQueriesContext(connection) as queries:
        journal_grid(get_journal(keeper, workload.id, now=NOON), user=keeper, now=NOON)
    assert len(queries) == 4  # the door, lessons with the settings, roster, marks


# ------------------------------------------------------------------------------------------------ a teacher's day
def test_today_has_own_lessons_and_what_was_left_unfilled() -> None:
    teacher = make.make_teacher()
    workload = make.make_workload(teacher=teacher)
    student = make.make_student()
    make.enrol(student, workload.course)
    old = make.make_lesson(workload, day=make.MONDAY - timedelta(days=8))
    left = make.make_lesson(workload, day=make.MONDAY - timedelta(days=5))
    filled = make.make_lesson(workload, day=make.MONDAY - timedelta(days=2))
    enter(workload, filled, student, "+")
    first, second = make.make_lesson(workload), make.make_lesson(workload, pair=4)
    make.make_lesson(make.make_workload())
    day = lesson_selectors.today(teacher.user, now=NOON)
    assert [(entry.lesson_id, entry.face) for entry in day.lessons] == [
        (first.id, LessonFace.NOT_FILLED),
        (second.id, LessonFace.TO_COME),
    ]
    assert [(entry.lesson_id, entry.fill_until) for entry in day.unfilled] == [(left.id, left.date + timedelta(days=7))]
    assert old.id not in {entry.lesson_id for entry in day.unfilled}


def test_today_alarms_for_no_cancelled_and_no_empty_lesson() -> None:
    teacher = make.make_teacher()
    empty = make.make_workload(teacher=teacher)
    make.make_lesson(empty, day=make.MONDAY - timedelta(days=1))
    workload = make.make_workload(teacher=teacher)
    make.enrol(make.make_student(), workload.course)
    cancelled = make.make_lesson(workload, day=make.MONDAY - timedelta(days=1), pair=2)
    Lesson.objects.filter(pk=cancelled.pk).update(state=LessonState.CANCELLED)
    real = make.make_lesson(workload, day=make.MONDAY - timedelta(days=1), pair=3)
    day = lesson_selectors.today(teacher.user, now=NOON)
    assert [entry.lesson_id for entry in day.unfilled] == [real.id]


def test_today_names_the_groups_of_a_stream() -> None:
    teacher = make.make_teacher()
    groups = [make.make_group(name="ФИЗ-12"), make.make_group(name="ФИЗ-11")]
    served = [
        make.make_workload(course=make.make_course(group=group), teacher=teacher, stream="А1") for group in groups
    ]
    make.make_lesson(*served)
    day = lesson_selectors.today(teacher.user, now=NOON)
    assert [entry.groups for entry in day.lessons] == ["ФИЗ-11, ФИЗ-12"]


def test_today_shows_a_substitute_his_lesson() -> None:
    lesson = make.make_lesson(make.make_workload())
    substitute = make.make_teacher(last_name="Эсенов")
    Substitution.objects.create(
        lesson=lesson, substitute=substitute, reason="ооруп калды", named_by=lesson.teacher.user, named_at=NOON
    )
    day = lesson_selectors.today(substitute.user, now=NOON)
    assert [(entry.lesson_id, entry.is_substitution) for entry in day.lessons] == [(lesson.id, True)]


@pytest.mark.parametrize("count", [1, 3])
def test_today_takes_three_queries(count: int) -> None:
    teacher = make.make_teacher()
    for pair in range(1, count + 1):
        make.make_lesson(make.make_workload(teacher=teacher), pair=pair)
    user = teacher.user
    with CaptureQueriesContext(connection) as queries:
        day = lesson_selectors.today(user, now=NOON)
    assert (len(day.lessons), len(queries)) == (count, 3)


# ------------------------------------------------------------------------------------------------ the list
def test_list_has_own_journals_first_then_those_of_the_course() -> None:
    teacher = make.make_teacher()
    course = make.make_course(discipline="Ядролук физика")
    own = make.make_workload(course=course, teacher=teacher)
    colleagues = make.make_workload(course=course, teacher=make.make_teacher(last_name="Касымов"))
    make.make_workload()
    found = visible_journals(teacher.user, semester=course.semester, search="", now=NOON)
    rows = journal_rows(list(found), now=NOON)
    assert [(row.journal_id, row.is_mine, row.teacher) for row in rows] == [
        (own.id, True, "Осмонов Э."),
        (colleagues.id, False, "Касымов Э."),
    ]


@pytest.mark.parametrize("search", ["ЯДРО", "ядролук физ", "өмүр", "ФИЗ-77", "ядро өмүр"])
def test_list_is_searched_by_discipline_group_and_teacher(search: str) -> None:
    office = make.make_user()
    make.appoint(office, "study_office")
    course = make.make_course(discipline="Ядролук физика", group=make.make_group(name="ФИЗ-77"))
    wanted = make.make_workload(course=course, teacher=make.make_teacher(last_name="Өмүрбеков"))
    make.make_workload(course=make.make_course(discipline="Тарых", group=make.make_group(name="ТАР-1")))
    found = visible_journals(office, semester=course.semester, search=search, now=NOON)
    assert [journal.id for journal in found] == [wanted.id]


def test_list_counts_held_and_unfilled_and_names_the_next() -> None:
    workload = make.make_workload()
    student = make.make_student()
    make.enrol(student, workload.course)
    filled = make.make_lesson(workload, day=make.MONDAY - timedelta(days=7))
    enter(workload, filled, student, "5")
    make.make_lesson(workload)
    following = make.make_lesson(workload, day=make.MONDAY + timedelta(days=7))
    keeper = workload.teachers.get().teacher.user
    found = visible_journals(keeper, semester=workload.course.semester, search="", now=NOON)
    row = journal_rows(list(found), now=NOON)[0]
    assert (row.held, row.unfilled, row.next_at) == (2, 1, following.starts_at)
