"""Orders about students: what they write, what they refuse, how they are taken back (§7.5, §3.5b, §4.3)."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts.enums import Role
from accounts.models import GroupEnrolment, Student, User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import SheetState
from journal.models import Mark, ModuleSheet
from journal.selectors.invariants import check_invariants
from journal.selectors.roster import rosters
from journal.services import carry_out_order, close_module, preview_order, record_marks, withdraw_order
from messaging.models import Notification
from teaching.enums import EnrolmentBasis, OrderKind, StudentState
from teaching.models import Course, CourseEnrolment, StudentOrder, Substitution, Workload
from teaching.selectors.students import state_of
from teaching.services.orders import Newcomer, OrderDraft
from tests import factories as make
from university.models import Module

pytestmark = pytest.mark.django_db

TODAY = make.MONDAY
NOW = clock.moment_of(TODAY, time(9, 0))
DAY = TODAY + timedelta(days=1)
START = date(2026, 9, 1)


class Scene:
    """Two groups of one unit, a third of another; each with a lecture for all and a class for each subgroup."""

    def __init__(self) -> None:
        self.unit, self.elsewhere = make.make_unit("Биринчи институт"), make.make_unit("Экинчи институт")
        self.department = make.make_department(self.unit)
        self.one, self.two = make.make_group(self.unit, "ФИЗ-11"), make.make_group(self.unit, "ФИЗ-12")
        self.far = make.make_group(self.elsewhere, "ТАР-11")
        self.courses: dict[int, Course] = {}
        self.whole: dict[int, Workload] = {}
        self.parts: dict[tuple[int, int], Workload] = {}
        for group in (self.one, self.two, self.far):
            course = make.make_course(group=group, department=self.department)
            self.courses[group.id] = course
            self.whole[group.id] = make.make_workload(course=course)
            for number in (1, 2):
                subgroup = group.subgroups.get(number=number)
                self.parts[group.id, number] = make.make_workload(course=course, subgroup=subgroup)
        self.students = [self.join(self.one, 1 + place % 2, name) for place, name in enumerate(("Айша", "Бек", "Гүл"))]
        self.office = self.appointed(Role.DEANS_OFFICE, unit=self.unit)
        self.far_office = self.appointed(Role.DEANS_OFFICE, unit=self.elsewhere)

    def appointed(self, role: Role, **scope: object) -> User:
        user = make.make_user()
        make.appoint(user, role, **scope)
        return user

    def join(self, group: Any, subgroup: int, name: str) -> Student:
        student = make.make_student(group=group, subgroup=subgroup, first_name=name)
        make.enrol(student, self.courses[group.id], subgroup=subgroup)
        return student

    def draft(self, kind: OrderKind, *students: Student, **more: Any) -> OrderDraft:
        return OrderDraft(
            **{
                "kind": kind,
                "number": "12-К",
                "date": TODAY,
                "effective_on": DAY,
                "students": tuple(student.pk for student in students),
                **more,
            }
        )

    def carry_out(self, draft: OrderDraft, *, now: Any = NOW) -> StudentOrder:
        return carry_out_order(draft=draft, reach={self.unit.id}, by=self.office, now=now)

    def refused(self, draft: OrderDraft, *, now: Any = NOW) -> Refusal:
        before = rows()
        with pytest.raises(Refusal) as caught:
            self.carry_out(draft, now=now)
        assert rows() == before
        return caught.value

    def on_list(self, workload: Workload, day: date) -> list[str]:
        pupils = rosters([workload], since=day, until=day)[workload.id]
        return [pupil.first_name for pupil in pupils]


def rows() -> list[Any]:
    """Every enrolment and order, as they stand."""
    return [
        list(GroupEnrolment.objects.order_by("id").values()),
        list(CourseEnrolment.objects.order_by("id").values()),
        list(StudentOrder.objects.order_by("id").values()),
        list(Mark.objects.order_by("id").values()),
    ]


def places() -> list[Any]:
    """What the enrolments say, whatever their ids."""
    return [
        sorted(GroupEnrolment.objects.values_list("student", "group", "subgroup", "starts_on", "ends_on"), key=str),
        sorted(
            CourseEnrolment.objects.values_list("student", "course", "subgroup", "basis", "starts_on", "ends_on"),
            key=str,
        ),
    ]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def mark(workload: Workload, student: Student, day: date, value: str = "5") -> Any:
    lesson = make.make_lesson(workload, day=day)
    saved = record_marks(
        journal_id=workload.id,
        raw_marks=[{"lesson": lesson.id, "student": student.id, "version": 0, "value": value}],
        by=lesson.teacher.user,
        now=clock.moment_of(day, time(12, 0)),
    )
    assert saved.status == 200, saved.answer
    return lesson


def broken() -> list[str]:
    return [f"{finding.code}: {finding.examples}" for finding in check_invariants() if not finding.holds]


# --- What each kind writes --------------------------------------------------------------------------------------


def test_transfer_moves_the_lists_from_its_day_and_leaves_the_past(scene: Scene) -> None:
    aisha = scene.students[0]
    scene.carry_out(scene.draft(OrderKind.TRANSFER, aisha, to_group=scene.two, subgroup=2))
    assert scene.on_list(scene.whole[scene.one.id], TODAY) == ["Айша", "Бек", "Гүл"]
    assert scene.on_list(scene.whole[scene.one.id], DAY) == ["Бек", "Гүл"]
    assert scene.on_list(scene.whole[scene.two.id], TODAY) == []
    assert scene.on_list(scene.whole[scene.two.id], DAY) == ["Айша"]
    assert scene.on_list(scene.parts[scene.two.id, 2], DAY) == ["Айша"]
    assert scene.on_list(scene.parts[scene.two.id, 1], DAY) == []
    place = GroupEnrolment.objects.get(student=aisha, group=scene.two)
    assert (place.starts_on, place.order_number, place.order_date) == (DAY, "12-К", TODAY)


def test_expulsion_and_reinstatement_in_one_semester(scene: Scene) -> None:
    bek = scene.students[1]
    scene.carry_out(scene.draft(OrderKind.EXPEL, bek))
    back_on = DAY + timedelta(days=14)
    assert [state_of(bek, on=day) for day in (TODAY, DAY, back_on)] == [
        StudentState.STUDYING,
        StudentState.EXPELLED,
        StudentState.EXPELLED,
    ]
    scene.carry_out(scene.draft(OrderKind.REINSTATE, bek, to_group=scene.one, subgroup=2, effective_on=back_on))
    whole = scene.whole[scene.one.id]
    days = (TODAY, DAY, back_on - timedelta(days=1), back_on)
    assert [scene.on_list(whole, day) for day in days] == [
        ["Айша", "Бек", "Гүл"],
        ["Айша", "Гүл"],
        ["Айша", "Гүл"],
        ["Айша", "Бек", "Гүл"],
    ]
    assert state_of(bek, on=back_on) == StudentState.STUDYING


def test_leave_and_return_to_the_own_group_and_subgroup(scene: Scene) -> None:
    gul = scene.students[2]
    scene.carry_out(scene.draft(OrderKind.LEAVE, gul, until=DAY + timedelta(days=300)))
    assert state_of(gul, on=DAY) == StudentState.ON_LEAVE
    back_on = DAY + timedelta(days=7)
    scene.carry_out(scene.draft(OrderKind.RETURN, gul, effective_on=back_on))
    part = scene.parts[scene.one.id, 1]
    assert [scene.on_list(part, day) for day in (TODAY, DAY, back_on)] == [["Айша", "Гүл"], ["Айша"], ["Айша", "Гүл"]]


def test_subgroup_moves_from_a_day_and_a_course_apart_keeps_its_own(scene: Scene) -> None:
    aisha = scene.students[0]
    other = make.make_course(group=scene.one, department=scene.department, discipline="Англис тили")
    make.enrol(aisha, other, subgroup=2)
    scene.carry_out(scene.draft(OrderKind.SUBGROUP, aisha, subgroup=2))
    assert scene.on_list(scene.parts[scene.one.id, 1], TODAY) == ["Айша", "Гүл"]
    assert scene.on_list(scene.parts[scene.one.id, 1], DAY) == ["Гүл"]
    assert scene.on_list(scene.parts[scene.one.id, 2], DAY) == ["Айша", "Бек"]
    assert scene.on_list(scene.whole[scene.one.id], DAY) == ["Айша", "Бек", "Гүл"]
    apart = CourseEnrolment.objects.get(student=aisha, course=other)
    assert (apart.starts_on, apart.ends_on) == (START, None)


def test_course_apart_is_split_alone(scene: Scene) -> None:
    aisha = scene.students[0]
    course = scene.courses[scene.one.id]
    scene.carry_out(scene.draft(OrderKind.SUBGROUP, aisha, course=course, subgroup=2))
    assert scene.on_list(scene.parts[scene.one.id, 2], DAY) == ["Айша", "Бек"]
    assert GroupEnrolment.objects.get(student=aisha).subgroup.number == 1  # type: ignore[union-attr]


def test_newcomers_are_enrolled_without_credentials(scene: Scene) -> None:
    draft = scene.draft(
        OrderKind.ENROL,
        to_group=scene.one,
        subgroup=1,
        newcomers=(Newcomer("26-900001", "Жаңыбеков", "Тилек"), Newcomer("26-900002", "Жаңыбекова", "Сезим")),
    )
    scene.carry_out(draft)
    assert scene.on_list(scene.whole[scene.one.id], DAY) == ["Айша", "Бек", "Гүл", "Тилек", "Сезим"]
    tilek = Student.objects.select_related("user").get(record_book="26-900001")
    assert not tilek.user.has_usable_password()
    assert (state_of(tilek, on=TODAY), state_of(tilek, on=DAY)) == (StudentState.NOT_YET, StudentState.STUDYING)


def test_elective_of_another_units_student_repeat_exemption_and_end(scene: Scene) -> None:
    course, whole = scene.courses[scene.one.id], scene.whole[scene.one.id]
    guest = scene.join(scene.far, 1, "Данияр")
    aisha, bek, _ = scene.students
    scene.carry_out(scene.draft(OrderKind.ELECTIVE, guest, course=course))
    scene.carry_out(scene.draft(OrderKind.EXEMPT, aisha, course=course))
    scene.carry_out(scene.draft(OrderKind.COURSE_END, bek, course=course))
    assert scene.on_list(whole, TODAY) == ["Айша", "Бек", "Гүл"]
    assert scene.on_list(whole, DAY) == ["Гүл", "Данияр"]
    assert CourseEnrolment.objects.get(student=aisha, starts_on=DAY).basis == EnrolmentBasis.EXEMPT
    scene.carry_out(scene.draft(OrderKind.COURSE_END, guest, course=course, effective_on=DAY + timedelta(days=7)))
    scene.carry_out(scene.draft(OrderKind.REPEAT, guest, course=course, effective_on=DAY + timedelta(days=14)))
    later = DAY + timedelta(days=20)
    assert [scene.on_list(whole, day) for day in (DAY + timedelta(days=7), later)] == [["Гүл"], ["Гүл", "Данияр"]]


def test_expelled_student_leaves_chosen_courses_too_and_a_transfer_ends_exemptions(scene: Scene) -> None:
    guest = scene.join(scene.two, 1, "Данияр")
    scene.carry_out(scene.draft(OrderKind.ELECTIVE, guest, course=scene.courses[scene.one.id]))
    scene.carry_out(scene.draft(OrderKind.EXEMPT, scene.students[0], course=scene.courses[scene.one.id]))
    later = DAY + timedelta(days=1)
    scene.carry_out(scene.draft(OrderKind.EXPEL, guest, effective_on=later))
    scene.carry_out(scene.draft(OrderKind.TRANSFER, scene.students[0], to_group=scene.two, effective_on=later))
    assert scene.on_list(scene.whole[scene.one.id], later) == ["Бек", "Гүл"]
    assert not CourseEnrolment.objects.filter(basis=EnrolmentBasis.EXEMPT, ends_on=None).exists()


def test_many_by_one_order_or_none(scene: Scene) -> None:
    scene.carry_out(scene.draft(OrderKind.EXPEL, scene.students[1]))
    draft = scene.draft(OrderKind.TRANSFER, *scene.students, to_group=scene.two, effective_on=DAY + timedelta(days=1))
    refusal = scene.refused(draft)
    assert [(p.student, p.code) for p in refusal.extra["problems"]] == [("Бекова Бек", "wrong_state")]
    scene.carry_out(replace(draft, students=(scene.students[0].pk, scene.students[2].pk)))
    assert scene.on_list(scene.whole[scene.two.id], DAY + timedelta(days=1)) == ["Айша", "Гүл"]


# --- What is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        (OrderKind.TRANSFER, {}, "group_missing"),
        (OrderKind.TRANSFER, {"to_group": "one"}, "same_group"),
        (OrderKind.TRANSFER, {"to_group": "two", "subgroup": 7}, "no_such_subgroup"),
        (OrderKind.TRANSFER, {"to_group": "two", "number": "  "}, "number_missing"),
        (OrderKind.TRANSFER, {"to_group": "two", "date": TODAY + timedelta(days=1)}, "dated_ahead"),
        (OrderKind.TRANSFER, {"to_group": "two", "effective_on": date(2026, 8, 31)}, "day_out_of_reason"),
        (OrderKind.TRANSFER, {"to_group": "two", "effective_on": date(2028, 1, 1)}, "day_out_of_reason"),
        (OrderKind.SUBGROUP, {"subgroup": 1}, "same_subgroup"),
        (OrderKind.RETURN, {}, "wrong_state"),
        (OrderKind.REINSTATE, {"to_group": "one"}, "wrong_state"),
        (OrderKind.ENROL, {"to_group": "one"}, "wrong_state"),
        (OrderKind.LEAVE, {"until": TODAY}, "until_before"),
        (OrderKind.EXEMPT, {}, "course_missing"),
        (OrderKind.ELECTIVE, {"course": "one"}, "already_enrolled"),
        (OrderKind.EXEMPT, {"course": "two"}, "not_enrolled"),
        (OrderKind.EXEMPT, {"course": "one", "effective_on": date(2026, 12, 27)}, "day_outside_semester"),
        (OrderKind.SUBGROUP, {"course": "one", "subgroup": 1}, "same_subgroup"),
        (OrderKind.ELECTIVE, {"course": "far"}, "foreign_unit"),
        (OrderKind.EXPEL, {"students": ()}, "nobody_named"),
        (OrderKind.EXPEL, {"students": tuple(range(501))}, "too_many"),
        (
            OrderKind.ENROL,
            {"students": (), "to_group": "one", "newcomers": (Newcomer("", "А", "Б"),)},
            "newcomer_incomplete",
        ),
    ],
)
def test_order_is_refused(scene: Scene, kind: OrderKind, more: dict[str, Any], code: str) -> None:
    if "to_group" in more:
        more = {**more, "to_group": getattr(scene, more["to_group"])}
    if "course" in more:
        more = {**more, "course": scene.courses[getattr(scene, more["course"]).id]}
    assert scene.refused(scene.draft(kind, scene.students[0], **more)).code == code


def test_other_units_student_is_its_own_offices_matter(scene: Scene) -> None:
    foreign = scene.join(scene.far, 1, "Данияр")
    assert scene.refused(scene.draft(OrderKind.EXPEL, foreign)).code == "foreign_unit"
    fresh = scene.draft(OrderKind.ENROL, to_group=scene.far, newcomers=(Newcomer("26-900001", "А", "Б"),))
    assert scene.refused(fresh).code == "foreign_unit"
    assert not Student.objects.filter(record_book="26-900001").exists()


def test_transfer_to_another_unit_is_told_to_its_office(scene: Scene) -> None:
    order = scene.carry_out(scene.draft(OrderKind.TRANSFER, scene.students[0], to_group=scene.far))
    assert order.unit_id == scene.unit.id
    told = Notification.objects.get(user=scene.far_office)
    assert told.url == f"/orders/{order.id}/"
    keepers = Notification.objects.filter(url="/journals/").count()
    assert keepers == 6  # the whole and both parts of the two courses


def test_record_book_of_somebody_is_refused(scene: Scene) -> None:
    book = scene.students[0].record_book
    draft = scene.draft(OrderKind.ENROL, to_group=scene.one, newcomers=(Newcomer(book, "А", "Б"),))
    assert scene.refused(draft).code == "record_book_taken"


def test_later_order_stands_in_the_way(scene: Scene) -> None:
    aisha = scene.students[0]
    scene.carry_out(scene.draft(OrderKind.TRANSFER, aisha, to_group=scene.two, effective_on=DAY + timedelta(days=7)))
    assert scene.refused(scene.draft(OrderKind.EXPEL, aisha)).code == "later_order"


def test_marks_after_the_day_refuse_and_name_the_first_day_possible(scene: Scene) -> None:
    aisha = scene.students[0]
    mark(scene.whole[scene.one.id], aisha, TODAY)
    draft = scene.draft(OrderKind.TRANSFER, aisha, to_group=scene.two, effective_on=TODAY)
    refusal = scene.refused(draft)
    assert (refusal.code, refusal.extra["first_day"]) == ("marks_after", DAY.isoformat())
    assert [p.student for p in refusal.extra["problems"]] == ["Бекова Айша"]
    scene.carry_out(replace(draft, effective_on=DAY))
    assert broken() == []


def test_emptied_mark_stands_in_nobodys_way(scene: Scene) -> None:
    aisha = scene.students[0]
    workload = scene.whole[scene.one.id]
    lesson = mark(workload, aisha, TODAY)
    record_marks(
        journal_id=workload.id,
        raw_marks=[{"lesson": lesson.id, "student": aisha.id, "version": 1, "value": ""}],
        by=lesson.teacher.user,
        now=clock.moment_of(TODAY, time(13, 0)),
    )
    scene.carry_out(scene.draft(OrderKind.EXPEL, aisha, effective_on=TODAY))
    assert broken() == []


def test_who_comes_onto_a_roll_that_was_taken_was_not_looked_at(scene: Scene) -> None:
    """A past day of coming: the roll of the new group has an empty cell for him, which its teacher may fill."""
    scene.join(scene.two, 1, "Данияр")
    workload = scene.whole[scene.two.id]
    lesson = mark(workload, Student.objects.get(user__first_name="Данияр"), TODAY)
    lesson.refresh_from_db()
    assert lesson.roll_taken_at is not None
    aisha = scene.students[0]
    scene.carry_out(scene.draft(OrderKind.TRANSFER, aisha, to_group=scene.two, effective_on=TODAY))
    row = Mark.objects.get(student=aisha)
    assert (row.lesson_id, row.presence, row.version, row.by_id) == (lesson.id, None, 1, scene.office.id)
    assert broken() == []


def test_closed_module_says_why_and_from_when(scene: Scene) -> None:
    module = Module.objects.get(number=1)
    close_module(course=scene.courses[scene.two.id], module=module, by=scene.office, now=NOW)
    draft = scene.draft(OrderKind.TRANSFER, scene.students[0], to_group=scene.two)
    refusal = scene.refused(draft)
    assert (refusal.code, refusal.status) == ("module_closed", 423)
    assert [p.student for p in refusal.extra["problems"]] == ["Механика, ФИЗ-12"]
    scene.carry_out(replace(draft, effective_on=module.ends_on + timedelta(days=1)))


# --- Preview and withdrawal -------------------------------------------------------------------------------------


def test_preview_tells_and_leaves_nothing(scene: Scene) -> None:
    before = rows()
    draft = scene.draft(OrderKind.TRANSFER, *scene.students, to_group=scene.two)
    outcome = preview_order(draft=draft, reach={scene.unit.id}, by=scene.office, now=NOW)
    assert [(line.student.user.first_name, str(line.from_group), str(line.to_group)) for line in outcome.lines] == [
        ("Айша", "ФИЗ-11", "ФИЗ-12"),
        ("Бек", "ФИЗ-11", "ФИЗ-12"),
        ("Гүл", "ФИЗ-11", "ФИЗ-12"),
    ]
    assert outcome.courses == 2
    assert rows() == before
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (OrderKind.TRANSFER, {"to_group": "two"}),
        (OrderKind.LEAVE, {}),
        (OrderKind.EXPEL, {}),
        (OrderKind.EXPEL, {"effective_on": START}),
        (OrderKind.SUBGROUP, {"subgroup": 2}),
        (OrderKind.EXEMPT, {"course": "one"}),
        (OrderKind.COURSE_END, {"course": "one", "effective_on": START}),
    ],
)
def test_withdrawn_order_leaves_the_lists_as_before_it(scene: Scene, kind: OrderKind, more: dict[str, Any]) -> None:
    if "to_group" in more:
        more = {**more, "to_group": scene.two}
    if "course" in more:
        more = {**more, "course": scene.courses[scene.one.id]}
    before = places()
    order = scene.carry_out(scene.draft(kind, scene.students[0], **more))
    assert places() != before
    withdraw_order(order=order, by=scene.office, now=NOW)
    assert places() == before
    assert state_of(scene.students[0], on=DAY) == StudentState.STUDYING
    with pytest.raises(Refusal) as caught:
        withdraw_order(order=order, by=scene.office, now=NOW)
    assert (caught.value.code, caught.value.status) == ("already_withdrawn", 409)


def test_order_with_a_later_one_upon_it_stays(scene: Scene) -> None:
    first = scene.carry_out(scene.draft(OrderKind.EXPEL, scene.students[0]))
    scene.carry_out(
        scene.draft(OrderKind.REINSTATE, scene.students[0], to_group=scene.two, effective_on=DAY + timedelta(days=7))
    )
    with pytest.raises(Refusal) as caught:
        withdraw_order(order=first, by=scene.office, now=NOW)
    assert caught.value.code == "later_order"


def test_order_whose_rows_were_changed_since_stays(scene: Scene) -> None:
    order = scene.carry_out(scene.draft(OrderKind.TRANSFER, scene.students[0], to_group=scene.two))
    CourseEnrolment.objects.filter(student=scene.students[0], ends_on=None).update(ends_on=DAY + timedelta(days=9))
    with pytest.raises(Refusal) as caught:
        withdraw_order(order=order, by=scene.office, now=NOW)
    assert caught.value.code == "rests_on_it"


def test_order_with_marks_upon_it_stays(scene: Scene) -> None:
    aisha = scene.students[0]
    order = scene.carry_out(scene.draft(OrderKind.TRANSFER, aisha, to_group=scene.two, effective_on=TODAY))
    mark(scene.whole[scene.two.id], aisha, TODAY)
    before = places()
    with pytest.raises(Refusal) as caught:
        withdraw_order(order=order, by=scene.office, now=NOW)
    assert caught.value.code == "marks_after"
    assert places() == before


# --- Law 3 for lists, by SQL, on both roles ---------------------------------------------------------------------

CLOSED_TRIES = [
    "UPDATE teaching_courseenrolment SET ends_on = '2026-09-30' WHERE id = %(id)s",
    "UPDATE teaching_courseenrolment SET starts_on = '2026-09-02' WHERE id = %(id)s",
    "UPDATE teaching_courseenrolment SET starts_on = '2026-08-02', subgroup_id = NULL WHERE id = %(id)s",
    "UPDATE teaching_courseenrolment SET basis = 'exempt' WHERE id = %(id)s",
    "DELETE FROM teaching_courseenrolment WHERE id = %(id)s",
    "INSERT INTO teaching_courseenrolment (student_id, course_id, basis, starts_on, ends_on)"
    " SELECT %(other)s, course_id, 'group', '2026-10-01', '2026-10-01' FROM teaching_courseenrolment WHERE id = %(id)s",
]
OPEN_TRIES = [
    "UPDATE teaching_courseenrolment SET ends_on = (SELECT ends_on FROM university_module WHERE number = 1)"
    " WHERE id = %(id)s",
    "UPDATE teaching_courseenrolment SET ends_on = '2026-12-01' WHERE id = %(id)s",
    "INSERT INTO teaching_courseenrolment (student_id, course_id, basis, starts_on)"
    " SELECT %(other)s, course_id, 'group', '2026-12-01' FROM teaching_courseenrolment WHERE id = %(id)s",
]


def _closed(scene: Scene) -> dict[str, int]:
    close_module(course=scene.courses[scene.one.id], module=Module.objects.get(number=1), by=scene.office, now=NOW)
    assert ModuleSheet.objects.get().state == SheetState.CLOSED
    enrolment = CourseEnrolment.objects.filter(course=scene.courses[scene.one.id]).order_by("id")[0]
    return {"id": enrolment.pk, "other": scene.join(scene.two, 1, "Данияр").pk}


@pytest.mark.parametrize("sql", CLOSED_TRIES)
def test_list_of_a_closed_module_changes_on_no_path(scene: Scene, sql: str) -> None:
    params = _closed(scene)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.parametrize("sql", OPEN_TRIES)
def test_list_after_a_closed_module_may_change(scene: Scene, sql: str) -> None:
    params = _closed(scene)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.rowcount == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sql", CLOSED_TRIES)
def test_owner_obeys_the_law_of_lists_too(sql: str) -> None:
    params = _closed(Scene())
    with (
        pytest.raises(IntegrityError, match="is closed"),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute(sql, params)


# --- Streams ----------------------------------------------------------------------------------------------------


def test_one_substitute_fills_a_stream_of_two_faculties(scene: Scene) -> None:
    """One lecture for groups of two units: one roll of both, and one person named for it fills both (§3.5h)."""
    physicist, historian = scene.students[0], scene.join(scene.far, 1, "Данияр")
    workloads = [scene.whole[scene.one.id], scene.whole[scene.far.id]]
    lesson = make.make_lesson(*workloads)
    substitute = make.make_teacher(last_name="Эсенов")
    Substitution.objects.create(
        lesson=lesson, substitute=substitute, reason="ооруп калды", named_by=scene.office, named_at=NOW
    )
    saved = record_marks(
        journal_id=workloads[0].id,
        raw_marks=[
            {"lesson": lesson.id, "student": student.id, "version": 0, "value": "4"}
            for student in (*scene.students, historian)
        ],
        by=substitute.user,
        now=NOW,
    )
    assert saved.status == 200
    found = dict(Mark.objects.values_list("student_id", "workload_id"))
    assert found[physicist.id] == workloads[0].id
    assert found[historian.id] == workloads[1].id
    lesson.refresh_from_db()
    assert lesson.roll_taken_at == NOW
