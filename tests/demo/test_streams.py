"""The demo's `colleague` has a stream to fill."""

import pytest

from ejournal.demo.cast import Scene
from ejournal.demo.streams import give_stream
from teaching.models import WorkloadTeacher
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_colleague_gets_a_stream_at_hours_when_he_is_free() -> None:
    course = make.make_course()
    teacher = make.make_teacher("teacher", department=course.department)
    colleague = make.make_teacher("colleague", department=course.department)
    workload = make.make_workload(course=course, teacher=teacher)
    make.make_lesson(make.make_workload(course=course, teacher=colleague), pair=1)
    busy, free = (
        [make.make_workload(course=make.make_course(), stream=name) for _ in range(2)] for name in ("А-1", "А-2")
    )
    make.make_lesson(*busy, pair=1)
    lesson = make.make_lesson(*free, pair=2)
    scene = Scene(teacher=teacher, workload=workload, group=course.group, colleague=colleague)

    assert give_stream(scene) == 2

    lesson.refresh_from_db()
    assert lesson.teacher == colleague
    assert set(WorkloadTeacher.objects.filter(workload__in=free).values_list("teacher", flat=True)) == {colleague.pk}
    assert not WorkloadTeacher.objects.filter(workload__in=busy, teacher=colleague).exists()


def test_without_a_stream_nothing_is_given() -> None:
    workload = make.make_workload()
    colleague = make.make_teacher()
    keeper = workload.teachers.get().teacher
    scene = Scene(teacher=keeper, workload=workload, group=workload.course.group, colleague=colleague)
    assert give_stream(scene) == 0
