"""Scans of the demo's lesson: students come in by and by, and some of it is worth a question."""

from datetime import time, timedelta

import pytest

from attendance.enums import ScanProof
from attendance.models import ProvenScan, Scan
from attendance.selectors.roll import roll_of
from ejournal.demo.rooms import scan_lesson_on
from ejournal.lib.clock import moment_of
from journal.access import get_lesson
from journal.selectors.invariants import check_invariants
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_students_come_in_by_and_by_and_nobody_twice() -> None:
    workload = make.make_workload()
    for number in range(12):
        login = "student" if number == 6 else None
        make.enrol(make.make_student(login, last_name=f"Студент {number:02}"), workload.course)
    lesson = make.make_lesson(workload, room=make.make_room())
    counts, proofs = [], []
    for minutes in (-5, 0, 0, 10, 20, 20):
        scan_lesson_on(lesson, workload, now=lesson.starts_at + timedelta(minutes=minutes))
        counts.append(Scan.objects.count())
        proofs.append(ProvenScan.objects.count())
    assert counts == sorted(counts)
    assert (counts[0], counts[1] > 0, counts[-1]) == (0, True, 8)
    assert proofs == [0, 0, 0, 1, 1, 1]
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


def test_one_showed_the_poster_alone_and_one_the_screen_after_it() -> None:
    workload = make.make_workload()
    for number in range(12):
        make.enrol(make.make_student(last_name=f"Студент {number:02}"), workload.course)
    lesson = make.make_lesson(workload, room=make.make_room())
    scan_lesson_on(lesson, workload, now=lesson.starts_at + timedelta(minutes=20))
    poster = Scan.objects.filter(is_proven=False).order_by("student__user__last_name")
    assert list(poster.values_list("student__user__last_name", "proof", "proven__proof")) == [
        ("Студент 02", ScanProof.ROOM, None),
        ("Студент 03", ScanProof.ROOM, ScanProof.NOW),
    ]
    proof = ProvenScan.objects.get()
    assert (proof.at - proof.scan.at, proof.is_late) == (timedelta(minutes=5), False)
    found, doors = get_lesson(lesson.teacher.user, lesson.pk, now=proof.at)
    lines = {line.row.student_id: line.state for line in roll_of(found, doors, now=proof.at).lines}
    assert [lines[scan.student_id] for scan in poster] == ["unproven", "scanned"]


@pytest.mark.parametrize(("begins", "ends"), [(time(0, 0), time(1, 20)), (time(22, 40), time(23, 59))])
def test_no_scan_is_of_another_day_than_its_lesson(begins: time, ends: time) -> None:
    workload = make.make_workload()
    for number in range(12):
        make.enrol(make.make_student(last_name=f"Студент {number:02}"), workload.course)
    lesson = make.make_lesson(workload, room=make.make_room())
    lesson.starts_at, lesson.ends_at = moment_of(lesson.date, begins), moment_of(lesson.date, ends)
    lesson.save(update_fields=["starts_at", "ends_at"])
    scan_lesson_on(lesson, workload, now=lesson.ends_at + timedelta(hours=1))
    assert Scan.objects.count() > 0
    assert [finding.code for finding in check_invariants() if not finding.holds] == []
