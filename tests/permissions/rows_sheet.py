"""Rows of the pages of several journals: a whole course, a stream."""

from typing import Any

from tests import factories as make
from tests.permissions.conftest import Cast
from tests.permissions.rows import READERS, Row


def extend(cast: Cast) -> None:
    """A group's lecture in a stream with another group's, both the teacher's."""
    made: Any = cast
    keeper = cast.journal.teachers.get().teacher
    beside = make.make_course(
        group=make.make_group(cast.group.unit, "ФИЗ-77"), department=keeper.department, discipline="Потоктук дисциплина"
    )
    own = make.make_course(group=cast.group, department=keeper.department, discipline="Потоктук дисциплина")
    made.stream_journal = make.make_workload(course=own, teacher=keeper, stream="Ф-1")
    made.hall = make.make_lesson(
        made.stream_journal, make.make_workload(course=beside, teacher=keeper, stream="Ф-1"), pair=6
    )
    for course in (own, beside):
        make.enrol(make.make_student(last_name="Сыдыкова"), course)


# The substitute of the cast and the colleague have no lesson in the stream.
IN_STREAM = tuple(role for role in READERS if role not in ("substitute", "colleague"))


def stream_url(cast: Any) -> str:
    return f"/journals/{cast.stream_journal.id}/stream/"


ROWS = [
    Row("course_journal", lambda c: f"/courses/{c.course.id}/journal/", {200: READERS}),
    Row("stream_journal", stream_url, {200: IN_STREAM}),
]
