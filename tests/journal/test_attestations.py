"""State exams and graduation papers: before a commission, closed once (§2.7)."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from ejournal.lib.clock import moment_of
from ejournal.lib.errors import Refusal
from journal.models import StateExam, Thesis
from journal.services.attestations import Graded, grade_attestations, plan_state_exam, plan_thesis
from journal.services.examinations import name_commission
from messaging.models import Notification
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = moment_of(date(2026, 12, 21), time(9, 0))


class Final:
    """A group of two students and the commission of its unit."""

    def __init__(self) -> None:
        self.department = make.make_department()
        self.group = make.make_group(self.department.unit)
        self.students = [
            make.make_student(group=self.group, last_name=name, first_name="Айбек") for name in ("Абдиев", "Бакиров")
        ]
        self.office = make.make_user()
        make.appoint(self.office, Role.DEANS_OFFICE, unit=self.group.unit)
        members = [make.make_teacher(department=self.department) for _ in range(3)]
        self.commission = name_commission(
            unit=self.group.unit,
            name="МАК",
            order_number="48",
            order_date=NOW.date(),
            members=members,
            chair=members[0],
            by=self.office,
            now=NOW,
        )

    def exam(self, **changes: Any) -> Any:
        asked = {"title": "Мамлекеттик сынак", "held_on": NOW.date(), **self.facts()}
        return code_or(plan_state_exam, **{**asked, **changes})

    def thesis(self, place: int = 0, **changes: Any) -> Any:
        asked = {
            "title": "Заманбап физика",
            "student": self.students[place],
            "supervisor": None,
            "held_on": NOW.date(),
            **self.facts(),
        }
        return code_or(plan_thesis, **{**asked, **changes})

    def facts(self) -> dict[str, Any]:
        return {"group": self.group, "commission": self.commission, "by": self.office, "now": NOW}

    def grade(self, *texts: str, close: bool = False, version: int = 1, theses: Any = ()) -> Any:
        rows = StateExam.objects.order_by("student__user__sort_key")
        return code_or(
            grade_attestations,
            group=self.group,
            state_exams=[Graded(row.pk, text, version) for row, text in zip(rows, texts, strict=False)],
            theses=theses,
            by=self.office,
            now=NOW,
            close=close,
        )


def code_or(call: Any, **facts: Any) -> Any:
    try:
        return call(**facts)
    except Refusal as refusal:
        return refusal.code


@pytest.fixture
def final() -> Final:
    return Final()


def test_state_exam_is_of_the_whole_group(final: Final) -> None:
    assert [row.student for row in final.exam()] == final.students
    assert final.exam() == "attestation_exists"


@pytest.mark.parametrize(
    ("changes", "code"), [({"title": " "}, "attestation_title"), ({"title": "а" * 301}, "attestation_title")]
)
def test_state_exam_needs_a_title(final: Final, changes: dict[str, Any], code: str) -> None:
    assert final.exam(**changes) == code


def test_state_exam_of_an_empty_group_is_refused(final: Final) -> None:
    assert final.exam(group=make.make_group(final.group.unit)) == "nobody_listed"


def test_commission_is_of_the_unit(final: Final) -> None:
    assert final.exam(group=make.make_group()) == "other_unit"


def test_closed_result_is_judged_by_the_scale_and_told(final: Final) -> None:
    final.exam()
    assert final.grade("88", "кж", close=True) == 2
    rows = StateExam.objects.order_by("student__user__sort_key").values_list(
        "letter", "traditional", "passes", "absent"
    )
    assert list(rows) == [("A", 5, True, False), ("", None, False, True)]
    assert Notification.objects.filter(kind="result").count() == 2
    assert final.grade("90", version=2) == "attestation_closed"


def test_grades_are_all_saved_or_none(final: Final) -> None:
    final.exam()
    assert final.grade("88", "101") == "points_not_allowed"
    assert set(StateExam.objects.values_list("points", flat=True)) == {None}


def test_grades_are_typed_over_what_was_seen(final: Final) -> None:
    final.exam()
    final.grade("88")
    assert final.grade("80") == "stale"


def test_nothing_is_closed_without_points(final: Final) -> None:
    final.exam()
    assert final.grade("88", "", close=True) == "points_missing"


def test_points_wait_for_the_day(final: Final) -> None:
    final.exam(held_on=NOW.date() + timedelta(days=1))
    assert final.grade("88") == "not_yet"


def test_result_of_another_group_is_refused(final: Final) -> None:
    final.exam()
    final.group = make.make_group(final.group.unit)
    assert final.grade("88") == "not_in_group"


def test_student_defends_one_paper(final: Final) -> None:
    thesis = final.thesis()
    assert final.thesis() == "thesis_open"
    assert final.grade(theses=[Graded(thesis.pk, "75", 1)], close=True) == 1
    assert final.thesis() == "thesis_done"
    assert final.thesis(1, student=make.make_student()) == "not_in_group"


def test_database_keeps_a_closed_result(final: Final) -> None:
    thesis = final.thesis()
    final.grade(theses=[Graded(thesis.pk, "75", 1)], close=True)
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        Thesis.objects.filter(pk=thesis.pk).update(points=100, version=3)
