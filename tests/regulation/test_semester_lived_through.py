"""A semester lived through: lists, hours and rights on each day, and the day on which a stream is split."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Student, Teacher, User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.clock import day_of, moment_of
from journal.selectors.invariants import check_invariants
from journal.selectors.roster import rosters
from journal.services.lessons import describe_lesson
from journal.services.orders import carry_out_order
from messaging.models import Notification
from reports.selectors.hours import LedgerChoice, hours_ledger
from teaching.enums import AbsenceKind, ApprovalState, OrderKind, WeekParity
from teaching.models import Lesson, Workload
from teaching.rules import PlanLine
from teaching.selectors.plan_fact import offer_of
from teaching.services.approvals import decide_plans
from teaching.services.calendar import declare_holiday
from teaching.services.change_judging import Order, Place
from teaching.services.changes import add_make_up, change_room
from teaching.services.lines import LinePlace, change_line
from teaching.services.orders import OrderDraft
from teaching.services.plans import begin_plan, save_plan, submit_plan
from teaching.services.replacements import replace_teacher
from teaching.services.substitutions import name_substitutes, record_absence
from teaching.services.timetable_lessons import generate_lessons
from tests import factories as make
from university.enums import LessonKind
from university.models import Institution

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


# ------------------------------------------------------------------------------------------ the story of one journal
FIRST = date(2026, 9, 7)
MONDAYS = [FIRST + timedelta(days=7 * week) for week in range(16)]
ILL = (date(2026, 9, 19), date(2026, 10, 2))
FOR_GOOD = date(2026, 10, 5)
HOLIDAY = date(2026, 10, 12)
MADE_UP = date(2026, 10, 14)
MOVED = date(2026, 10, 19)
EXPELLED, BACK = date(2026, 10, 26), date(2026, 11, 9)


class Life:
    """A journal of the first subgroup that meets on Mondays at 8:00; the clock is moved from step to step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        Institution.objects.create(id=1, name_ky="Сыноо университети")
        self.unit = make.make_unit()
        self.department = make.make_department(self.unit)
        self.teacher, self.substitute, self.successor = (
            make.make_teacher(login, department=self.department, last_name=name)
            for login, name in (("teacher", "Осмонов"), ("substitute", "Абдиев"), ("successor", "Жаңыбаев"))
        )
        self.head, self.office, self.study = make.make_user("head"), make.make_user("office"), make.make_user("study")
        make.appoint(self.head, Role.HEAD, department=self.department)
        make.appoint(self.office, Role.DEANS_OFFICE, unit=self.unit)
        make.appoint(self.study, Role.STUDY_OFFICE)
        self.group = make.make_group(self.unit)
        self.course = make.make_course(group=self.group, department=self.department)
        first, second = self.group.subgroups.order_by("number")
        self.journal = make.make_workload(course=self.course, teacher=self.teacher, subgroup=first)
        self.beside = make.make_workload(course=self.course, teacher=self.teacher, subgroup=second)
        Workload.objects.update(hours=32)
        self.stays, self.expelled = (
            make.make_student(name, group=self.group, subgroup=1, last_name=surname)
            for name, surname in (("stays", "Асанова"), ("expelled", "Бекова"))
        )
        self.moved = make.make_student("moved", group=self.group, subgroup=2, last_name="Жумабекова")
        for student, number in ((self.stays, 1), (self.expelled, 1), (self.moved, 2)):
            make.enrol(student, self.course, subgroup=number)
        make.make_slot(self.journal, weekday=1, pair=1)
        make.make_slot(self.beside, weekday=3, pair=1)
        self.semester = self.course.semester
        generate_lessons(self.semester, by=self.study, now=moment_of(date(2026, 8, 25), time(12, 0)))

    def at(self, day: date, hour: int = 8, minute: int = 5) -> datetime:
        """Move the clock."""
        moment = moment_of(day, time(hour, minute))
        self.monkeypatch.setattr(clock, "now", lambda: moment)
        self.monkeypatch.setattr("ejournal.home.context.now", lambda: moment)
        return moment

    def lesson(self, day: date) -> Lesson:
        return Lesson.objects.get(workloads__workload=self.journal, date=day)

    def roll(self, day: date, workload: Workload | None = None) -> list[str]:
        pupils = rosters([workload or self.journal], since=day, until=day)
        return [pupil.last_name for pupil in pupils[(workload or self.journal).pk]]

    def mark(self, user: User, day: date, student: Student, value: str = "5") -> tuple[int, str | None]:
        """Status and code of one cell by the marks API at the clock's moment."""
        client = Client()
        client.force_login(user)
        lesson = self.lesson(day)
        version = lesson.marks.filter(student=student).values_list("version", flat=True).first() or 0
        cell = {"lesson": lesson.pk, "student": student.pk, "version": version, "value": value, "reason": "оңдоо"}
        answer = client.post(
            f"/journals/{self.journal.pk}/marks/",
            {"nonce": str(uuid4()), "marks": [cell]},
            content_type="application/json",
        )
        said = answer.json() if answer["Content-Type"].startswith("application/json") else {}
        return answer.status_code, (said.get("marks") or [{}])[0].get("code")

    def teach(self, teacher: Teacher, day: date, hour: int = 8) -> None:
        """A lesson as it should be: the plan's next item, the roll, on its day."""
        now = self.at(day, hour, 45)
        lesson, offer = self.lesson(day), offer_of(self.journal.pk, self.lesson(day).pk)
        assert offer is not None
        describe_lesson(
            lesson_id=lesson.pk,
            journal=self.journal,
            topic=offer.next_items[0].topic,
            work_kinds=[],
            note="",
            version=lesson.version,
            by=teacher.user,
            now=now,
            plan_items=offer.next,
        )
        for pupil in rosters([self.journal], since=day, until=day)[self.journal.pk]:
            assert self.mark(teacher.user, day, Student.objects.get(pk=pupil.student_id)) == (200, None)

    def topics(self) -> list[str]:
        """What was given, in the order of the days."""
        given = Lesson.objects.filter(workloads__workload=self.journal, state="held").order_by("date")
        return list(given.values_list("topic", flat=True))

    def order(self, kind: OrderKind, student: Student, day: date, **facts: Any) -> None:
        carry_out_order(
            draft=OrderDraft(
                kind=kind,
                number=f"{kind}-1",
                date=day - timedelta(days=3),
                effective_on=day,
                students=(student.pk,),
                **facts,
            ),
            reach={self.unit.pk},
            by=self.office,
            now=self.at(day - timedelta(days=2), 12),
        )

    def hours(self, by: str = "line") -> dict[int, tuple[int, int, int, int, int]]:
        """Timetable, held, recorded, lost and made-up hours by journal or teacher."""
        now = clock.now()
        rows = hours_ledger(rights_of(self.study, on=day_of(now)), LedgerChoice(by=by), limit=10, now=now).rows
        return {row.id: (row.timetable, row.held, row.recorded, row.lost, row.made_up) for row in rows}


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Life:
    return Life(monkeypatch)


def test_semester_of_one_journal(life: Life) -> None:
    # August: the plan stands before the year begins, its hours are the workload's.
    teacher = life.teacher.user
    now = life.at(date(2026, 8, 27), 12)
    plan = begin_plan(workload=life.journal, by=teacher, now=now)
    lines = [PlanLine(None, None, f"{number}-тема", 2, (), "", "") for number in range(1, 17)]
    save_plan(plan_id=plan.pk, lines=lines, version=plan.version, by=teacher, now=now)
    plan.refresh_from_db()
    submit_plan(plan_id=plan.pk, version=plan.version, by=teacher, now=now)
    plan.refresh_from_db()
    decide_plans([plan.pk], ApprovalState.APPROVED, "", by=life.head, now=life.at(date(2026, 9, 1), 12))

    # Two lessons are taught.
    for day in MONDAYS[:2]:
        life.teach(life.teacher, day)
    assert life.topics() == ["1-тема", "2-тема"]

    # Ill for two weeks: the substitute has exactly these lessons, on these days and in their window.
    absence = record_absence(
        teacher=life.teacher,
        starts_on=ILL[0],
        ends_on=ILL[1],
        kind=AbsenceKind.ILLNESS,
        details="",
        document_number="",
        by=life.head,
        now=life.at(ILL[0], 12),
    )
    covered = [life.lesson(day) for day in MONDAYS[2:4]]
    name_substitutes(
        absence=absence,
        choices={lesson.pk: life.substitute.pk for lesson in covered},
        note="",
        accepts_busy=False,
        by=life.head,
        now=life.at(ILL[0], 13),
    )
    third = MONDAYS[2]
    life.at(third - timedelta(days=1), 23, 59)
    assert life.mark(life.substitute.user, third, life.stays) == (404, None)
    life.at(third, 7, 59)
    assert life.mark(life.substitute.user, third, life.stays) == (422, "not_started")
    for day in MONDAYS[2:4]:
        life.teach(life.substitute, day)
    assert life.mark(life.substitute.user, MONDAYS[1], life.stays, "4") == (422, "not_your_lesson")
    life.at(MONDAYS[3] + timedelta(days=7), 23, 59)
    assert life.mark(life.substitute.user, MONDAYS[3], life.stays, "4") == (200, None)
    life.at(MONDAYS[3] + timedelta(days=8), 0, 1)
    assert life.mark(life.substitute.user, MONDAYS[3], life.stays, "3") == (404, None)

    # Replaced for good: the successor continues the same journal and the same plan.
    replace_teacher(
        workload_ids=[life.journal.pk],
        successor=life.successor,
        from_date=FOR_GOOD,
        order_number="21-К",
        order_date=FOR_GOOD - timedelta(days=3),
        reason="узак оору",
        by=life.head,
        now=life.at(FOR_GOOD - timedelta(days=2), 12),
    )
    life.at(FOR_GOOD)
    # He keeps the other subgroup's journal, so that he still reads this one.
    assert life.mark(teacher, FOR_GOOD, life.stays) == (403, None)
    life.teach(life.successor, FOR_GOOD)
    assert life.topics() == [f"{number}-тема" for number in range(1, 6)]

    # A holiday takes a lesson: its item comes in the make-up lesson, its hours are back.
    declare_holiday(day=HOLIDAY, name="Майрам", by=life.study, now=life.at(HOLIDAY - timedelta(days=4), 12))
    lost = life.lesson(HOLIDAY)
    assert lost.state == "cancelled"
    life.at(HOLIDAY)
    assert life.mark(life.successor.user, HOLIDAY, life.stays) == (422, "lesson_cancelled")
    assert life.hours()[life.journal.pk] == (32, 10, 10, 2, 0)
    add_make_up(
        workload_ids=[life.journal.pk],
        place=Place(MADE_UP, 2),
        reason="майрам",
        order=Order("31-К", HOLIDAY),
        by=life.study,
        now=life.at(HOLIDAY + timedelta(days=1), 12),
        instead_of=lost.pk,
    )
    life.teach(life.successor, MADE_UP, 9)
    assert life.topics() == [f"{number}-тема" for number in range(1, 7)]
    assert life.hours()[life.journal.pk] == (32, 12, 12, 2, 2)

    # One comes over from the other subgroup: each list is right on each day, what was before stays.
    life.order(OrderKind.SUBGROUP, life.moved, MOVED, subgroups={life.moved.pk: 1})
    eve = MOVED - timedelta(days=1)
    assert (life.roll(eve), life.roll(eve, life.beside)) == (["Асанова", "Бекова"], ["Жумабекова"])
    assert (life.roll(MOVED), life.roll(MOVED, life.beside)) == (["Асанова", "Бекова", "Жумабекова"], [])
    life.teach(life.successor, MOVED)
    assert life.mark(life.successor.user, MADE_UP, life.moved) == (422, "not_enrolled")

    # Another is expelled and taken back: not on the rolls between.
    life.order(OrderKind.EXPEL, life.expelled, EXPELLED)
    life.order(OrderKind.REINSTATE, life.expelled, BACK, to_group=life.group, subgroup=1)
    for day in MONDAYS[7:11]:
        life.teach(life.successor, day)
        absent = day < BACK
        assert life.roll(day) == ["Асанова", *([] if absent else ["Бекова"]), "Жумабекова"]
        said = (422, "not_enrolled") if absent else (200, None)
        assert life.mark(life.successor.user, day, life.expelled, "4") == said

    # Another auditorium an hour before: teacher and students are told.
    room, day = make.make_room("Б-205"), MONDAYS[11]
    lesson = life.lesson(day)
    change_room(
        lesson_id=lesson.pk, version=lesson.version, room=room, reason="оңдоо", by=life.study, now=life.at(day, 7)
    )
    told = Notification.objects.filter(made_at=clock.now()).values_list("user__username", flat=True)
    assert sorted(told) == sorted(["successor", *(s.user.username for s in (life.stays, life.expelled, life.moved))])
    week = Client()
    week.force_login(life.stays.user)
    assert "Б-205" in week.get(f"/timetable/?week={day}").content.decode()
    for day in MONDAYS[11:]:
        life.teach(life.successor, day)

    # The end: hours to those who taught, every item given, every law kept, nothing left to be made.
    life.at(date(2026, 12, 23), 12)
    assert life.topics() == [f"{number}-тема" for number in range(1, 17)]
    assert life.hours()[life.journal.pk] == (32, 32, 32, 2, 2)
    held = {teacher: row[1] for teacher, row in life.hours("teacher").items()}
    assert held == {life.teacher.pk: 4, life.substitute.pk: 4, life.successor.pk: 24}
    assert [finding.code for finding in check_invariants() if not finding.holds] == []
    again = generate_lessons(life.semester, by=life.study, now=clock.now())
    assert (again.made, again.changed, again.removed, again.moved, again.cancelled) == (0, 0, 0, 0, [])
