"""Applying a load: exactly what the file says, all or nothing, and nothing twice (§3.3, §4.1)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, GroupEnrolment, Student, Teacher, User
from ejournal.lib.errors import Refusal
from ejournal.loading.rows import SheetKey
from ejournal.loading.services import DifferenceChanged, LoadRefused, WouldShrink
from journal.selectors.invariants import check_invariants
from teaching.models import Course, CourseEnrolment, Slot, Workload, WorkloadTeacher
from tests.loading.applying import AUGUST, MONDAY_NINE, SUNDAY, counted, counts, file_of, load, loader, plan, written
from tests.loading.books import SMALL, only, set_cell, small
from university.models import Group, GroupName, Module, Room, Semester, Subgroup

pytestmark = pytest.mark.django_db


def add(*row: Any) -> Any:
    def change(rows: list[list[Any]]) -> None:
        rows.append(list(row))

    return change


def drop(*numbers: int) -> Any:
    """Leaves out rows, numbered as in the spreadsheet."""
    return lambda rows: [row for at, row in enumerate(rows, start=1) if at not in numbers]


def broken_laws() -> list[str]:
    return [f"{finding.code}: {finding.examples}" for finding in check_invariants() if not finding.holds]


class TestFirstLoad:
    def test_every_sheet_is_written_exactly(self) -> None:
        done = load()
        assert {key: found[0] for key, found in counted(done).items()} == {
            "semesters": 1,
            "holidays": 1,
            "bells": 3,
            "units": 1,
            "departments": 2,
            "rooms": 2,
            "teachers": 3,
            "groups": 2,
            "students": 5,
            "curriculum": 2,
            "workload": 5,
            "timetable": 7,
        }
        assert counts() == {
            "university_academicyear": 1,
            "university_semester": 1,
            "university_module": 2,
            "university_holiday": 1,
            "university_bell": 3,
            "university_unit": 1,
            "university_department": 2,
            "university_programme": 1,
            "university_room": 2,
            "university_group": 2,
            "university_groupname": 2,
            "university_subgroup": 4,
            "university_discipline": 2,
            "university_curriculum": 2,
            "accounts_user": 9,  # and the one who loads
            "accounts_teacher": 3,
            "accounts_student": 5,
            "accounts_groupenrolment": 5,
            "accounts_appointment": 2,
            "teaching_course": 3,
            "teaching_courseenrolment": 8,
            "teaching_workload": 5,
            "teaching_workloadteacher": 5,
            "teaching_slot": 7,
            "teaching_lesson": 67,
            "teaching_lessonworkload": 83,
            "journal_mark": 0,
        }
        assert broken_laws() == []

    def test_semester_has_its_modules_end_to_end(self) -> None:
        load()
        semester = Semester.objects.get()
        assert (semester.starts_on, semester.ends_on, semester.session_ends_on) == (
            date(2026, 9, 1),
            date(2026, 12, 26),
            date(2027, 1, 16),
        )
        assert list(Module.objects.values_list("number", "starts_on", "ends_on")) == [
            (1, date(2026, 9, 1), date(2026, 10, 24)),
            (2, date(2026, 10, 25), date(2026, 12, 26)),
        ]

    def test_people_are_written_as_the_file_has_them(self) -> None:
        load()
        teacher = Teacher.objects.get(staff_number="Т00002")
        assert teacher.user.get_full_name() == "Курманбекова Гүлнара Асан кызы"
        assert (teacher.department.code, teacher.position, teacher.user.username) == ("0102", "окутуучу", "t00002")
        student = Student.objects.get(record_book="26-000003")
        assert student.user.get_full_name() == "Сапаров Өзгөн Эмир уулу"
        assert (student.birth_date, student.sex, student.phone, student.guardian_name) == (
            date(2008, 1, 30),
            "male",
            "",
            "",
        )
        assert Student.objects.get(record_book="26-000004").user.patronymic == ""

    def test_students_are_in_group_and_subgroup_from_the_first_day(self) -> None:
        load(now=SUNDAY)  # a first load in mid-semester: they were there from the beginning
        rows = GroupEnrolment.objects.order_by("student__record_book")
        assert list(rows.values_list("student__record_book", "group__name", "subgroup__number")) == [
            ("26-000001", "ФИЗ-11", 1),
            ("26-000002", "ФИЗ-11", 2),
            ("26-000003", "ФИЗ-11", 1),
            ("26-000004", "ФИЗ-12", 1),
            ("26-000005", "ФИЗ-12", 2),
        ]
        assert set(rows.values_list("starts_on", "ends_on")) == {(date(2026, 9, 1), None)}
        assert set(CourseEnrolment.objects.values_list("starts_on", "ends_on")) == {(date(2026, 9, 1), None)}
        assert set(WorkloadTeacher.objects.values_list("starts_on", "ends_on")) == {(date(2026, 9, 1), None)}
        assert set(Slot.objects.values_list("starts_on", "ends_on")) == {(date(2026, 9, 1), date(2026, 12, 26))}

    def test_workload_is_written_as_the_file_has_it(self) -> None:
        load()
        rows = Workload.objects.order_by("number").values_list(
            "number",
            "course__discipline__name",
            "course__group__name",
            "subgroup__number",
            "kind",
            "hours",
            "department__code",
            "stream",
            "teachers__teacher__staff_number",
            "course__control_form",
            "course__credits",
        )
        assert list(rows) == [
            ("Ж000001", "Механика", "ФИЗ-11", None, "lecture", 34, "0101", "А000001", "Т00001", "exam", Decimal(4)),
            ("Ж000002", "Механика", "ФИЗ-12", None, "lecture", 34, "0101", "А000001", "Т00001", "exam", Decimal(4)),
            ("Ж000003", "Механика", "ФИЗ-11", None, "practical", 34, "0101", "", "Т00003", "exam", Decimal(4)),
            ("Ж000004", "Өсүмдүк өстүрүү", "ФИЗ-11", 1, "laboratory", 18, "0102", "", "Т00002", "credit", Decimal(2)),
            ("Ж000005", "Өсүмдүк өстүрүү", "ФИЗ-11", 2, "laboratory", 18, "0102", "", "Т00003", "credit", Decimal(2)),
        ]
        # The department is the workload's, though its teacher belongs to another.
        assert Teacher.objects.get(staff_number="Т00003").department.code == "0101"

    def test_lead_is_the_lecturer_else_the_most_hours_else_the_lowest_number(self) -> None:
        load()
        assert list(
            Course.objects.order_by("discipline__name", "group__name").values_list(
                "discipline__name", "group__name", "lead__staff_number"
            )
        ) == [
            ("Механика", "ФИЗ-11", "Т00001"),
            ("Механика", "ФИЗ-12", "Т00001"),
            ("Өсүмдүк өстүрүү", "ФИЗ-11", "Т00002"),
        ]

    def test_lead_follows_the_hours_unless_the_head_chose(self) -> None:
        load()
        more = small(Окуу_жүктөмү=set_cell(6, 9, 20))  # Т00003 has two hours more now
        load(more)
        course = Course.objects.get(discipline__name="Өсүмдүк өстүрүү")
        assert course.lead.staff_number == "Т00003"
        course.lead = Teacher.objects.get(staff_number="Т00001")  # the head's own choice
        course.save(update_fields=["lead"])
        load(SMALL)
        course.refresh_from_db()
        assert course.lead.staff_number == "Т00001"

    def test_curators_are_appointed_for_the_academic_year(self) -> None:
        load()
        rows = Appointment.objects.order_by("group__name")
        assert list(rows.values_list("user__teacher__staff_number", "role", "group__name", "starts_on", "ends_on")) == [
            ("Т00001", Role.CURATOR, "ФИЗ-11", date(2026, 9, 1), None),
            ("Т00002", Role.CURATOR, "ФИЗ-12", date(2026, 9, 1), None),
        ]

    def test_loaded_people_cannot_log_in(self, client: Client) -> None:
        load()
        assert {user.has_usable_password() for user in User.objects.all()} == {False}
        for user in User.objects.all():
            for guess in ("", user.username, user.password, "!"):
                assert client.post("/login/", {"username": user.username, "password": guess}).status_code == 422

    def test_logins_that_are_taken_get_a_number(self) -> None:
        User.objects.create(username="T00001", last_name="Башка", first_name="Адам")
        load()
        assert Teacher.objects.get(staff_number="Т00001").user.username == "t00001-2"


class TestSecondLoad:
    @pytest.mark.parametrize("now", [AUGUST, SUNDAY, MONDAY_NINE])
    def test_same_file_changes_nothing(self, now: Any) -> None:
        load()
        before = written()
        again = load(now=now)
        assert again.plan.changes_nothing
        assert {found[:3] for found in counted(again).values()} == {(0, 0, 0)}
        assert written() == before

    def test_same_file_after_a_change_on_a_day_that_has_begun_changes_nothing(self) -> None:
        """The old line ends tonight, since its lesson of this morning rests on it: it is not ended again."""
        load()
        fewer = small(Жадыбал=drop(2, 3))  # the lecture of Monday's first pair is gone; it began at eight
        assert counted(load(fewer, now=MONDAY_NINE))["timetable"] == (0, 0, 2, 5)
        before = written()
        again = load(fewer, now=MONDAY_NINE)
        assert (again.plan.changes_nothing, written() == before) == (True, True)

    def test_line_taken_away_and_given_back_on_a_day_that_has_begun(self) -> None:
        load()
        first = Workload.objects.get(number="Ж000001")
        load(small(Жадыбал=drop(2, 3)), now=MONDAY_NINE)
        assert first.lessons.filter(lesson__date__gt=date(2026, 9, 21), slot__weekday=1).count() == 0
        load(now=MONDAY_NINE)
        assert first.lessons.filter(lesson__date__gt=date(2026, 9, 21), slot__weekday=1).count() == 13
        assert load(now=MONDAY_NINE).plan.changes_nothing
        assert broken_laws() == []

    def test_changed_name_is_an_update_shown_field_by_field(self) -> None:
        load()
        people = User.objects.count()
        married = small(Студенттер=set_cell(2, 2, "Осмонова"))
        (change,) = plan(married).plan.sheet(SheetKey.STUDENTS).changed
        assert [(one.heading, one.before, one.after) for one in change.fields] == [
            ("Фамилиясы", "Шаршенова", "Осмонова")
        ]
        load(married)
        assert Student.objects.get(record_book="26-000001").user.last_name == "Осмонова"
        assert User.objects.count() == people

    def test_only_rows_that_differ_are_written(self) -> None:
        load()
        before = written()
        load(small(Студенттер=set_cell(2, 9, "+996700009999")))
        after = written()
        rewritten = {
            table: [now[0] for now, was in zip(after[table], before[table], strict=True) if now != was]
            for table in after
            if after[table] != before[table]
        }
        student = Student.objects.get(record_book="26-000001")
        assert rewritten == {"accounts_student": [student.pk], "accounts_user": [student.user_id]}

    def test_changed_name_keeps_login_and_password(self) -> None:
        load()
        user = Student.objects.get(record_book="26-000001").user
        user.set_password("Ак-Буура 2026")
        user.save()
        load(small(Студенттер=set_cell(2, 2, "Осмонова")))
        user.refresh_from_db()
        assert (user.username, user.check_password("Ак-Буура 2026")) == ("26-000001", True)

    def test_row_that_is_absent_is_not_deleted(self) -> None:
        load()
        before = counts()
        fewer = small(
            Студенттер=drop(3),
            Окутуучулар=lambda rows: rows,
            Аудиториялар=lambda rows: rows,
            Майрамдар=drop(2),
            Окуу_планы=drop(3),
        )
        done = load(fewer)
        assert done.plan.changes_nothing
        assert counts() == before

    def test_column_that_is_absent_changes_nothing(self) -> None:
        load()
        students = only("Студенттер")
        students["Студенттер"] = [row[:7] for row in students["Студенттер"]]  # no subgroup, no phone, no parent
        assert load(students).plan.changes_nothing
        assert Student.objects.get(record_book="26-000001").phone == "+996700000001"

    def test_one_sheet_alone_is_loaded(self) -> None:
        load()
        rooms = only("Аудиториялар")
        rooms["Аудиториялар"].append(["Б-103", "Б", "103", 25])
        assert counted(load(rooms)) == {"rooms": (1, 0, 0, 2)}
        assert Room.objects.count() == 3

    def test_student_who_changes_group_leaves_the_day_before(self) -> None:
        load()
        load(small(Студенттер=set_cell(2, 7, "ФИЗ-12")), now=SUNDAY)
        student = Student.objects.get(record_book="26-000001")
        day = date(2026, 9, 20)
        assert list(
            student.group_enrolments.order_by("starts_on").values_list("group__name", "starts_on", "ends_on")
        ) == [("ФИЗ-11", date(2026, 9, 1), day - timedelta(days=1)), ("ФИЗ-12", day, None)]
        courses = student.course_enrolments.order_by("starts_on", "course__discipline__name")
        assert list(courses.values_list("course__discipline__name", "course__group__name", "starts_on", "ends_on")) == [
            ("Механика", "ФИЗ-11", date(2026, 9, 1), day - timedelta(days=1)),
            ("Өсүмдүк өстүрүү", "ФИЗ-11", date(2026, 9, 1), day - timedelta(days=1)),
            ("Механика", "ФИЗ-12", day, None),
        ]
        assert load(small(Студенттер=set_cell(2, 7, "ФИЗ-12")), now=SUNDAY).plan.changes_nothing
        assert broken_laws() == []

    def test_student_who_changes_subgroup_before_the_semester_was_never_elsewhere(self) -> None:
        load()
        load(small(Студенттер=set_cell(2, 8, "2")))
        student = Student.objects.get(record_book="26-000001")
        assert list(student.group_enrolments.values_list("subgroup__number", "starts_on", "ends_on")) == [
            (2, date(2026, 9, 1), None)
        ]
        assert set(student.course_enrolments.values_list("subgroup__number", "starts_on")) == {(2, date(2026, 9, 1))}

    def test_new_student_of_a_running_group_comes_today(self) -> None:
        load()
        row = ["26-000009", "Жаңы", "Бала", "", date(2008, 1, 1), "эркек", "ФИЗ-11", "1", "", "", ""]
        load(small(Студенттер=add(*row)), now=SUNDAY)
        student = Student.objects.get(record_book="26-000009")
        assert student.group_enrolments.get().starts_on == date(2026, 9, 20)
        assert set(student.course_enrolments.values_list("starts_on", flat=True)) == {date(2026, 9, 20)}
        assert student.course_enrolments.count() == 2

    def test_new_subgroup_of_a_group_is_made(self) -> None:
        load()
        load(small(Студенттер=set_cell(4, 8, "3")))
        assert list(Subgroup.objects.filter(group__name="ФИЗ-11").values_list("number", flat=True)) == [1, 2, 3]

    def test_successor_keeps_the_same_journal_from_today(self) -> None:
        load()
        load(small(Окуу_жүктөмү=set_cell(4, 12, "Т00002")), now=SUNDAY)
        journal = Workload.objects.get(number="Ж000003")
        assert list(
            journal.teachers.order_by("starts_on").values_list("teacher__staff_number", "starts_on", "ends_on")
        ) == [("Т00003", date(2026, 9, 1), date(2026, 9, 19)), ("Т00002", date(2026, 9, 20), None)]
        taught = journal.lessons.order_by("lesson__date")
        assert set(
            taught.filter(lesson__date__lt=date(2026, 9, 20)).values_list("lesson__teacher__staff_number", flat=True)
        ) == {"Т00003"}
        assert set(
            taught.filter(lesson__date__gt=date(2026, 9, 20)).values_list("lesson__teacher__staff_number", flat=True)
        ) == {"Т00002"}
        assert broken_laws() == []

    def test_curator_is_replaced_and_the_old_one_ended(self) -> None:
        load()
        load(small(Тайпалар=set_cell(2, 5, "Т00003")), now=SUNDAY)
        rows = Appointment.objects.filter(group__name="ФИЗ-11").order_by("starts_on")
        assert list(rows.values_list("user__teacher__staff_number", "starts_on", "ends_on")) == [
            ("Т00001", date(2026, 9, 1), date(2026, 9, 19)),
            ("Т00003", date(2026, 9, 20), None),
        ]
        load(small(Тайпалар=set_cell(2, 5, "")), now=SUNDAY)
        assert not Appointment.objects.filter(group__name="ФИЗ-11", ends_on__isnull=True).exists()

    def test_courses_of_a_group_follow_its_control_form(self) -> None:
        load()

        def credit(rows: list[list[Any]]) -> None:
            for row in rows[1:4]:
                row[9] = "зачёт"

        load(small(Окуу_жүктөмү=credit))
        assert set(Course.objects.values_list("control_form", flat=True)) == {"credit"}

    def test_names_move_on_in_autumn_and_groups_stay(self) -> None:
        """ФИЗ-11 of 2026 is ФИЗ-21 in 2027; another group comes and bears its name."""
        load()
        group = Group.objects.get(name="ФИЗ-11")
        autumn = only("Окуу жылы", "Тайпалар", "Студенттер")
        dates = [date(2027, 9, 1), date(2027, 12, 25), date(2027, 10, 23), date(2027, 12, 25), date(2028, 1, 15)]
        autumn["Окуу жылы"][1:] = [["2027/2028", 1, *dates]]
        autumn["Тайпалар"][1:] = [
            ["ФИЗ-21", "01", "ФИЗ", 2026, "Т00001"],
            ["ФИЗ-22", "01", "ФИЗ", 2026, "Т00002"],
            ["ФИЗ-11", "01", "ФИЗ", 2027, "Т00003"],
        ]
        for row in autumn["Студенттер"][1:]:
            row[6] = row[6].replace("-1", "-2")
        fresh = ["27-000001", "Жаңы", "Бала", "", date(2009, 1, 1), "эркек", "ФИЗ-11", "1", "", "", ""]
        autumn["Студенттер"].append(fresh)
        done = load(autumn, now=AUGUST + timedelta(days=365))
        assert sorted(done.plan.renamed) == [("ФИЗ-11", "ФИЗ-21"), ("ФИЗ-12", "ФИЗ-22")]
        assert not done.plan.shrinks
        group.refresh_from_db()
        assert (group.name, Group.objects.count()) == ("ФИЗ-21", 3)
        assert list(
            GroupName.objects.filter(name="ФИЗ-11").order_by("year__starts").values_list("year__name", "group__intake")
        ) == [
            ("2026/2027", 2026),
            ("2027/2028", 2027),
        ]
        # Nobody moved: a name is not a place.
        assert GroupEnrolment.objects.filter(ends_on__isnull=False).count() == 0
        assert load(autumn, now=AUGUST + timedelta(days=365)).plan.changes_nothing


class TestRefused:
    def test_half_valid_file_loads_nothing_and_names_each_bad_row(self) -> None:
        bad = small(
            Окутуучулар=set_cell(3, 5, "9999"),
            Студенттер=set_cell(5, 5, "эртең"),
            Окуу_жүктөмү=set_cell(4, 9, "көп"),
            Жадыбал=set_cell(8, 3, 7),
        )
        by, before = loader(), counts()
        with pytest.raises(LoadRefused) as refused:
            load(bad, by=by)
        assert counts() == before
        assert sorted((p.sheet, p.row, p.column, p.code, p.value) for p in refused.value.problems.errors) == [
            ("Жадыбал", 8, "Пара", "unknown_reference", "7"),
            ("Окутуучулар", 3, "Кафедра", "unknown_reference", "9999"),
            ("Окуу жүктөмү", 4, "Сааты", "not_whole", "көп"),
            ("Студенттер", 5, "Туулган күнү", "not_a_date", "эртең"),
        ]
        assert all(problem.message for problem in refused.value.problems)

    def test_courses_that_disagree_on_control_form(self) -> None:
        checked = plan(small(Окуу_жүктөмү=set_cell(4, 10, "зачёт")))
        assert checked.plan is None
        assert [(p.row, p.column, p.code) for p in checked.problems.errors] == [
            (4, "Текшерүү түрү", "course_disagrees")
        ]

    def test_row_that_disagrees_with_the_journal_s_course(self) -> None:
        load()
        alone = only("Окуу жүктөмү")
        alone["Окуу жүктөмү"] = [alone["Окуу жүктөмү"][0], alone["Окуу жүктөмү"][3]]
        alone["Окуу жүктөмү"][1][9] = "зачёт"
        checked = plan(alone)
        assert [(p.row, p.column, p.code) for p in checked.problems.errors] == [
            (2, "Текшерүү түрү", "course_disagrees_with_journal")
        ]

    @pytest.mark.parametrize(
        ("sheet", "row", "column", "value", "code"),
        [
            ("Тайпалар", 2, 5, "Т99999", "unknown_reference"),
            ("Студенттер", 2, 7, "ФИЗ-99", "unknown_reference"),
            ("Окуу жүктөмү", 2, 12, "T00001", "lookalike_reference"),  # a Latin T
            ("Окуу жүктөмү", 2, 3, 2, "unknown_reference"),  # a semester that nobody described
            ("Жадыбал", 2, 5, "Б-999", "unknown_reference"),
            ("Жадыбал", 3, 1, "Ж000001", "duplicate_key"),
            ("Окуу жылы", 2, 4, date(2026, 8, 1), "wrong_order"),
            ("Коңгуроо", 3, 2, "09:00", "overlaps"),
        ],
    )
    def test_rows_that_do_not_fit_together(self, sheet: str, row: int, column: int, value: Any, code: str) -> None:
        checked = plan(small(**{sheet.replace(" ", "_"): set_cell(row, column, value)}))
        assert checked.plan is None
        assert (sheet, row, code) in [(p.sheet, p.row, p.code) for p in checked.problems.errors]

    def test_key_that_looks_like_one_of_the_journal(self) -> None:
        load()
        latin = only("Аудиториялар")
        latin["Аудиториялар"][1:] = [["B-101".replace("B", "Б"), "Б", "101", 30], ["б-102", "Б", "102", 60]]
        assert [(p.row, p.code) for p in plan(latin).problems.errors] == [(3, "lookalike_in_journal")]

    @pytest.mark.parametrize(
        ("last", "first", "patronymic"),
        [("Шаршенова", "Айгерим", "Бакыт кызы"), ("Абдырахманова", "Уулкан", "Усон кызы")],
    )
    def test_the_same_person_under_another_key_is_warned_of(self, last: str, first: str, patronymic: str) -> None:
        load()
        born = date(2008, 6, 21) if first == "Айгерим" else date(2008, 9, 3)
        twin = ["26-000099", last, first, patronymic, born, "аял", "ФИЗ-12", "1", "", "", ""]
        checked = plan({"Студенттер": [SMALL["Студенттер"][0], twin]})
        assert checked.plan is not None
        assert [(p.code, p.row) for p in checked.problems.warnings] == [("same_person", 2)]

    def test_confused_letters_in_one_file_are_warned_of(self) -> None:
        twin = ["26-000099", "Сапаров", "Озгон", "Эмир уулу", date(2008, 1, 30), "эркек", "ФИЗ-12", "1", "", "", ""]
        checked = plan(small(Студенттер=add(*twin), Окуу_планы=set_cell(3, 5, "Осумдук остуруу")))
        assert checked.plan is not None
        assert [(p.sheet, p.code) for p in checked.problems.warnings] == [
            ("Студенттер", "same_person"),
            ("Окуу жүктөмү", "similar_discipline"),
            ("Жадыбал", "clashes"),
            ("Жадыбал", "teacher_clash"),
        ]

    def test_workload_whose_lessons_have_begun_stays_what_it_is(self) -> None:
        load()
        other = small(Окуу_жүктөмү=set_cell(4, 4, "Оптика"), Окуу_планы=lambda rows: rows)
        checked = plan(other, now=MONDAY_NINE)
        assert [(p.row, p.column, p.code) for p in checked.problems.errors] == [(4, "Дисциплина", "workload_begun")]
        load(other)  # in August it may
        assert Workload.objects.get(number="Ж000003").course.discipline.name == "Оптика"

    def test_timetable_of_a_semester_that_is_over(self) -> None:
        load()
        book = small(Жадыбал=add("Ж000003", "бейшемби", 2, "ар жума", ""))
        before = written()
        with pytest.raises(Refusal) as refused:
            load(book, now=AUGUST + timedelta(days=150))
        assert refused.value.code == "semester_over"
        assert written() == before

    def test_empty_journal_and_a_file_of_students_alone(self) -> None:
        checked = plan(only("Студенттер"))
        assert checked.plan is None
        assert "no_academic_year" in {p.code for p in checked.problems.errors}


class TestAgreement:
    def test_file_that_would_empty_a_group_asks_first(self) -> None:
        load()

        def all_to_the_other(rows: list[list[Any]]) -> None:
            for row in rows[1:]:
                row[6] = "ФИЗ-11"

        book = small(Студенттер=all_to_the_other)
        before = written()
        with pytest.raises(WouldShrink) as asked:
            load(book)
        assert (asked.value.code, asked.value.status, asked.value.plan.emptied) == ("would_shrink", 409, ["ФИЗ-12"])
        assert written() == before
        load(book, confirm=True)
        assert GroupEnrolment.objects.filter(group__name="ФИЗ-12").count() == 0

    def test_workload_without_a_line_left_asks_first(self) -> None:
        load()
        book = small(Жадыбал=drop(6))
        with pytest.raises(WouldShrink) as asked:
            load(book)
        assert asked.value.plan.unscheduled == ["Ж000003"]
        load(book, confirm=True)
        assert Workload.objects.get(number="Ж000003").lessons.count() == 0

    def test_difference_that_was_shown_is_the_one_that_is_loaded(self) -> None:
        load()
        book = small(Студенттер=set_cell(2, 2, "Осмонова"))
        shown = plan(book).plan.digest
        load(small(Студенттер=set_cell(2, 2, "Асанова")))
        with pytest.raises(DifferenceChanged):
            load(book, shown=shown)
        assert Student.objects.get(record_book="26-000001").user.last_name == "Асанова"
        load(book, shown=plan(book).plan.digest)
        assert Student.objects.get(record_book="26-000001").user.last_name == "Осмонова"

    def test_dry_run_writes_nothing(self) -> None:
        checked = plan()
        assert checked.plan is not None
        assert (checked.plan.lessons_new, set(counts().values())) == (83, {0})
        assert file_of().name == "окуу.xlsx"
