"""Points by one statement: the same to the hundredth as those of the page of points, whatever lies in a course."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ejournal.lib import clock
from journal.enums import ComponentSource, Presence, TaskKind
from journal.models import RatingScheme, SchemeChoice, SelfStudyMark, SelfStudyTask
from journal.selectors.rating import points_of
from journal.selectors.rating_now import points_now
from journal.services import close_module
from teaching.models import Course, CourseEnrolment
from tests import factories as make
from tests.journal.test_rating_selectors import FIRST, ON, Class, D
from university.enums import LessonKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Class:
    """A course with what there may be: two kinds, excuse, late, task, typed points, who came late and who left."""
    room = Class()
    make.enrol(room.student, room.course)
    leaver = make.make_student(group=room.group, last_name="Кеткен")
    make.enrol(leaver, room.course)
    comer = make.make_student(group=room.group, last_name="Келген")
    make.enrol(comer, room.course, starts_on=FIRST + timedelta(days=10))
    laboratory = make.make_workload(course=room.course, kind=LessonKind.LABORATORY)
    for week, presence, grade in ((0, Presence.PRESENT, 5), (1, Presence.LATE, None), (2, Presence.ABSENT, None)):
        lesson = room.held(week)
        room.mark(lesson, presence, grade)
        room.mark(lesson, Presence.PRESENT, 3, student=leaver)
        if presence == Presence.ABSENT:
            room.excuse(lesson)
            room.mark(lesson, Presence.ABSENT, student=comer)
    lesson = room.held(3, laboratory, pair=2)
    room.mark(lesson, Presence.PRESENT, 4, workload=laboratory)
    room.mark(lesson, None, student=comer, workload=laboratory)
    room.held(4, state="cancelled")
    make.make_lesson(room.workload, day=ON + timedelta(days=6))
    room.draft(ComponentSource.MANUAL, "12.50")
    task = SelfStudyTask.objects.create(
        workload=room.workload,
        module=room.module,
        title="Реферат",
        kind=TaskKind.INDIVIDUAL,
        maximum=D(10),
        given_on=FIRST,
        due_on=FIRST + timedelta(days=20),
        by=room.teacher,
        at=clock.now(),
        source="web",
        request_id=make.REQUEST_ID,
    )
    SelfStudyMark.objects.create(
        task=task,
        student=room.student,
        points=D("7.25"),
        entered_at=clock.now(),
        by=room.teacher,
        at=clock.now(),
        source="web",
        request_id=make.REQUEST_ID,
    )
    CourseEnrolment.objects.filter(student=leaver).update(ends_on=FIRST + timedelta(days=15))
    return room


def both(room: Class, *, days: int = 0) -> None:
    course = Course.objects.select_related("semester__year").get(pk=room.course.pk)
    on = ON + timedelta(days=days)
    page, now = points_of(course, on=on), points_now([course.pk], on=on)[course.pk]
    assert len(page) == 3
    assert now.points == page
    (student,) = points_now([course.pk], students=[room.student.pk], on=on)[course.pk].points.items()
    assert student == (room.student.pk, page[room.student.pk])


def test_open_modules_come_to_the_same(room: Class) -> None:
    both(room)
    both(room, days=60)


def test_closed_module_is_as_it_was_stored(room: Class) -> None:
    close_module(course=room.course, module=room.module, by=room.teacher, now=clock.moment_of(ON, clock.now().time()))
    both(room)
    both(room, days=60)


def test_scheme_of_one_module_takes_all_the_semesters_days(room: Class) -> None:
    choice = SchemeChoice.objects.get(control_form="exam")
    choice.scheme = RatingScheme.objects.get(code="P4", control_form="exam")
    choice.version += 1
    choice.save()
    both(room)
    both(room, days=60)


@pytest.mark.parametrize("count", [1, 3])
def test_it_is_one_query_for_any_number_of_courses(room: Class, count: int) -> None:
    courses = [room.course, *(make.make_course(group=room.group, discipline=f"Башка {n}") for n in range(count - 1))]
    points_now([room.course.pk], on=ON)  # the scheme is read once a process
    with CaptureQueriesContext(connection) as queries:
        found = points_now([course.pk for course in courses], on=ON)
    assert set(found) == {course.pk for course in courses}
    assert len(queries) == 1
    assert points_now([], on=ON) == {}
