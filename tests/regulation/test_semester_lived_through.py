"""A semester lived through, by the verbs of the product: so far the day on which a stream is split."""

from datetime import date, time, timedelta

import pytest

from accounts.enums import Role
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of, moment_of
from journal.selectors.invariants import check_invariants
from reports.selectors.hours import LedgerChoice, hours_ledger
from teaching.enums import WeekParity
from teaching.models import Lesson
from teaching.services.change_judging import Order
from teaching.services.lines import LinePlace, change_line
from teaching.services.timetable_lessons import generate_lessons
from tests import factories as make
from university.enums import LessonKind

pytestmark = pytest.mark.django_db

SPLIT = date(2026, 10, 12)  # a Monday: five Mondays of the semester lie before it, eleven from it on


def test_stream_is_split_from_a_day_on() -> None:
    department = make.make_department()
    teacher = make.make_teacher(department=department)
    one, two = (
        make.make_workload(
            course=make.make_course(department=department), teacher=teacher, kind=LessonKind.LECTURE, stream="А1"
        )
        for _ in range(2)
    )
    office = make.make_user()
    make.appoint(office, Role.STUDY_OFFICE)
    semester = one.course.semester
    line = make.make_slot(one)
    make.make_slot(two)
    generate_lessons(semester, by=office, now=moment_of(semester.starts_on, time(0, 0)))
    now = moment_of(SPLIT - timedelta(days=4), time(12, 0))

    def change(workload_id: int, slot_id: int | None, pair: int | None) -> None:
        change_line(
            workload_id=workload_id,
            slot_id=slot_id,
            to=LinePlace(1, pair, WeekParity.EVERY) if pair else None,
            from_day=SPLIT,
            reason="агым бөлүндү",
            order=Order("31-К", day_of(now)),
            by=office,
            now=now,
        )

    # A stream's line changes whole: it ends, and each group gets its own.
    change(one.id, line.id, None)
    change(one.id, None, 1)
    change(two.id, None, 2)

    served: dict[tuple[date, int | None], list[int]] = {
        (lesson.date, lesson.pair): [] for lesson in Lesson.objects.all()
    }
    for lesson in Lesson.objects.all():
        served[lesson.date, lesson.pair] += sorted(lesson.workloads.values_list("workload_id", flat=True))
    mondays = [date(2026, 9, 7) + timedelta(days=7 * week) for week in range(16)]
    assert served == {
        **{(day, 1): [one.id, two.id] for day in mondays if day < SPLIT},
        **{(day, 1): [one.id] for day in mondays if day >= SPLIT},
        **{(day, 2): [two.id] for day in mondays if day >= SPLIT},
    }
    rights = rights_of(office, on=day_of(now))
    by_line = hours_ledger(rights, LedgerChoice(), limit=10, now=now).rows
    by_teacher = hours_ledger(rights, LedgerChoice(by="teacher"), limit=10, now=now).rows
    assert {row.id: row.timetable for row in by_line} == {one.id: 32, two.id: 32}
    assert [(row.id, row.timetable) for row in by_teacher] == [(teacher.id, 5 * 2 + 11 * 4)]
    assert [finding.code for finding in check_invariants() if not finding.holds] == []
    again = generate_lessons(semester, by=office, now=now)
    assert (again.made, again.changed, again.removed, again.moved, again.cancelled) == (0, 0, 0, 0, [])
