"""What the demo shows of §3.5h: a day that was covered, and an illness in which something waits for each login."""

from datetime import date, time, timedelta

import pytest

from accounts.enums import Role
from ejournal.demo.cast import Scene
from ejournal.demo.substitution import somebody_is_ill, stand_in_last_month
from ejournal.lib.clock import moment_of
from teaching.enums import Answer
from teaching.models import Substitution
from teaching.selectors.absences import count_uncovered
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = moment_of(date(2026, 11, 24), time(18, 0))  # a Tuesday


def test_demo_shows_a_finished_day_and_an_illness() -> None:
    department = make.make_department()
    course = make.make_course(department=department)
    teacher = make.make_teacher("teacher", department=department)
    colleague = make.make_teacher("colleague", department=department, last_name="Касымов")
    workload = make.make_workload(course=course, teacher=teacher)
    make.make_workload(course=course, teacher=colleague)
    make.appoint(make.make_user("head", last_name="Башчы"), Role.HEAD, department=department)
    make.make_teacher(department=department, last_name="Жумабаев")
    earlier = make.make_workload(course=make.make_course(department=department))
    make.make_lesson(earlier, day=date(2026, 11, 2))
    ill = make.make_workload(course=make.make_course(department=department))
    for day in range(1, 6):
        make.make_lesson(ill, day=date(2026, 11, 24) + timedelta(days=day))
    scene = Scene(teacher=teacher, workload=workload, group=course.group, colleague=colleague)

    stand_in_last_month(scene, now=NOW)
    somebody_is_ill(scene, now=NOW)

    rows = Substitution.objects.order_by("lesson__date").values_list(
        "substitute__user__last_name", "substitute_answer", "teacher_answer"
    )
    assert list(rows) == [
        ("Осмонов", Answer.CONFIRMED, Answer.CONFIRMED),
        ("Осмонов", Answer.NONE, Answer.NONE),
        ("Касымов", Answer.OBJECTED, Answer.NONE),
        ("Жумабаев", Answer.CONFIRMED, Answer.CONFIRMED),
    ]
    assert count_uncovered([department.pk], now=NOW) == 2
