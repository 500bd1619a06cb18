"""Scans of the demo's lesson: students come in by and by, and some of it is worth a question."""

from datetime import timedelta

import pytest

from attendance.models import Scan
from attendance.selectors.roll import roll_of
from ejournal.demo.rooms import scan_lesson_on
from journal.access import get_lesson
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_students_come_in_by_and_by_and_nobody_twice() -> None:
    workload = make.make_workload()
    for number in range(12):
        login = "student" if number == 6 else None
        make.enrol(make.make_student(login, last_name=f"Студент {number:02}"), workload.course)
    lesson = make.make_lesson(workload, room=make.make_room())
    counts = []
    for minutes in (-5, 0, 0, 10, 20, 20):
        scan_lesson_on(lesson, workload, now=lesson.starts_at + timedelta(minutes=minutes))
        counts.append(Scan.objects.count())
    assert counts == sorted(counts)
    assert (counts[0], counts[1] > 0, counts[-1]) == (0, True, 8)
    now = lesson.starts_at + timedelta(minutes=21)
    found, doors = get_lesson(lesson.teacher.user, lesson.pk, now=now)
    roll = roll_of(found, doors, now=now)
    assert {state: len(roll.of(state)) for state in ("scanned", "unproven", "missing")} == {
        "scanned": 7,
        "unproven": 1,
        "missing": 4,
    }
    assert (roll.proposes_present, roll.proposes_late, roll.proposes_absent, roll.left_open) == (6, 1, 4, 1)
    assert [line.flags for line in roll.flagged][:2] == [["one_device"], ["one_device"]]
