"""grow_university on a small university: the same seed, the same rows; every law kept."""

from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from ejournal.demo.growth import grow_semester, run_id
from ejournal.lib.clock import moment_of
from ejournal.lib.errors import Refusal
from journal.models import ChangeEvent, Mark
from journal.selectors.invariants import check_invariants
from teaching.models import Lesson
from tests import factories as make
from university.models import Semester

pytestmark = pytest.mark.django_db(transaction=True)

UNTIL = moment_of(date(2026, 12, 1), time(12, 0))


@pytest.fixture
def semester() -> Semester:
    """Two groups that share a lecture, each with practical classes: ten weeks of lessons, twelve students."""
    workloads = []
    for number in (1, 2):
        course = make.make_course(discipline="Механика")
        lecture = make.make_workload(course=course, stream="А1", teacher=workloads[0][2] if workloads else None)
        practical = make.make_workload(course=course)
        workloads.append((lecture, practical, lecture.teachers.get().teacher))
        for student in range(6):
            made = make.make_student(last_name=f"Студент{number}{student}")
            make.enrol(made, course)
    for week in range(10):
        monday = make.MONDAY + timedelta(weeks=week)
        make.make_lesson(*(lecture for lecture, _practical, _teacher in workloads), day=monday)
        for _lecture, practical, _teacher in workloads:
            make.make_lesson(practical, day=monday + timedelta(days=2), pair=2)
    return Semester.objects.get()


def rows() -> list[tuple[object, ...]]:
    return list(
        Mark.objects.order_by("lesson_id", "student_id").values_list(
            "lesson_id", "student_id", "workload_id", "presence", "grade", "late_minutes", "makeup_on", "version", "at"
        )
    )


def grown(semester: Semester, *, seed: int = 1, until: datetime = UNTIL) -> list[tuple[object, ...]]:
    """What grows, taken back again."""
    with transaction.atomic():
        grow_semester(semester=semester, until=until, seed=seed)
        found = rows()
        transaction.set_rollback(True)
    return found


def test_same_seed_grows_the_same_rows(semester: Semester) -> None:
    assert grown(semester) == grown(semester)


def test_another_seed_grows_others(semester: Semester) -> None:
    assert grown(semester, seed=1) != grown(semester, seed=2)


def test_what_grows_keeps_every_law(semester: Semester) -> None:
    done = grow_semester(semester=semester, until=UNTIL)
    assert [finding.code for finding in check_invariants() if not finding.holds] == []
    assert (done.marks, done.changes) == (Mark.objects.count(), ChangeEvent.objects.count())
    assert done.changes > 0
    assert {row.request_id for row in Mark.objects.all()} == {run_id(semester, 1)}


def test_nothing_grows_before_its_day(semester: Semester) -> None:
    until = moment_of(make.MONDAY + timedelta(days=9), time(23, 0))
    grow_semester(semester=semester, until=until)
    assert Mark.objects.filter(at__gt=until).count() == 0
    assert Mark.objects.filter(lesson__ends_at__gt=until).count() == 0
    assert Lesson.objects.filter(ends_at__gt=until).exclude(state="planned").count() == 0


def test_growing_on_adds_only_what_came_since(semester: Semester) -> None:
    first = moment_of(make.MONDAY + timedelta(days=16), time(12, 0))
    grow_semester(semester=semester, until=first)
    before = {row[:2] for row in rows()}
    grow_semester(semester=semester, until=UNTIL, since=first)
    added = [row for row in rows() if row[:2] not in before]
    assert len(added) > 0
    assert Mark.objects.filter(at__gt=first, version=1).count() >= len([row for row in added if row[7] == 1])
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_a_semester_with_marks_is_refused(semester: Semester) -> None:
    grow_semester(semester=semester, until=UNTIL)
    before = rows()
    with pytest.raises(Refusal) as refused:
        grow_semester(semester=semester, until=UNTIL)
    assert (refused.value.code, rows()) == ("already_grown", before)


def test_command_refuses_with_a_sentence(semester: Semester) -> None:
    call_command("grow_university", "--semester", str(semester.id), "--until", "2026-12-01", stdout=StringIO())
    with pytest.raises(CommandError, match="2026/2027"):
        call_command("grow_university", "--semester", str(semester.id), stdout=StringIO())


def test_command_without_a_semester_says_so() -> None:
    with pytest.raises(CommandError, match="load a workbook first"):
        call_command("grow_university")
