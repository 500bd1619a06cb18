"""§1.8, §2.2, §2.3, §3.5c–f, §4.3: points of the module-rating system."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import ComponentSource, Presence
from journal.models import RatingScheme
from journal.rules.rating import module_points
from journal.selectors.rating import points_of, scheme_of
from journal.services import close_module
from journal.services.rating_points import TypedPoint, enter_points
from journal.services.rating_schemes import choose_scheme
from tests import factories as make
from tests.journal.test_rating_laws import make_scheme
from tests.journal.test_rating_selectors import ON, Class, course_with_year
from university.enums import ControlForm
from university.models import AcademicYear

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(ON, time(9, 0))
D = Decimal


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = Class()
    make.enrol(made.student, made.course)
    return made


def parts(room: Class) -> dict[str, Decimal | None]:
    points = points_of(course_with_year(room.course), on=ON)[room.student.pk]
    return {part.source: part.points for part in points.modules[0].parts}


@pytest.mark.parametrize(("form", "attendance", "achievement"), [("exam", D(4), D(5)), ("credit", D(8), D(10))])
def test_3_5e_3_5f_full_marks_give_the_maxima_of_the_form_of_control(
    room: Class, form: str, attendance: Decimal, achievement: Decimal
) -> None:
    """8 and 10 with an exam, 16 and 20 with a credit test, over the two modules."""
    room.course.control_form = ControlForm(form)
    room.course.save()
    room.mark(room.held(0), grade=5)
    assert (parts(room)["auto_attendance"], parts(room)["auto_average"]) == (attendance, achievement)


@pytest.mark.parametrize(
    ("form", "components"),
    [
        ("exam", [("auto_attendance", "8.5", None), ("manual", "51.5", 1), ("exam", 40, None)]),
        ("exam", [("auto_average", "10.5", None), ("manual", "49.5", 1), ("exam", 40, None)]),
        ("credit", [("auto_attendance", "16.5", None), ("manual", "83.5", 1)]),
        ("credit", [("auto_average", "20.5", None), ("manual", "79.5", 1)]),
    ],
)
def test_3_5e_3_5f_no_scheme_gives_more(form: str, components: list[Any]) -> None:
    with pytest.raises(IntegrityError, match=r"§3\.5e"), transaction.atomic():
        make_scheme(form, "discipline", components)


def test_3_5d_achievement_is_the_mean_of_0_to_5(room: Class) -> None:
    for week, grade in enumerate((5, 4, 4)):
        room.mark(room.held(week), grade=grade)
    assert parts(room)["auto_average"] == D("4.33")
    room.mark(room.held(3), grade=0)
    assert parts(room)["auto_average"] == D("3.25")


def test_3_5c_an_absence_costs_attendance_and_an_excused_one_does_not(room: Class) -> None:
    room.mark(room.held(0))
    missed = room.held(1)
    room.mark(missed, Presence.ABSENT)
    assert parts(room)["auto_attendance"] == D("2.00")
    room.excuse(missed)
    assert parts(room)["auto_attendance"] == D("4.00")


def test_1_8_another_scheme_never_touches_what_was_closed_under_one(room: Class) -> None:
    room.mark(room.held(0), grade=5)
    before = points_of(course_with_year(room.course), on=ON)[room.student.pk].modules[0].total
    close_module(course=room.course, module=room.module, by=room.teacher, now=NOW)
    later = AcademicYear.objects.create(name="2027/2028", starts=2027)
    third = RatingScheme.objects.get(code="P3", control_form="exam")
    choose_scheme(scheme_id=third.pk, year=later, by=make.make_user(), now=NOW)
    assert scheme_of(course_with_year(room.course)).code == "P1"
    assert points_of(course_with_year(room.course), on=ON)[room.student.pk].modules[0].total == before


def test_4_3_points_of_a_closed_module_do_not_move(room: Class) -> None:
    typed = [TypedPoint(room.student.pk, "12", 0)]
    said: dict[str, Any] = {"course_id": room.course.pk, "module_id": room.module.pk, "by": room.teacher, "now": NOW}
    enter_points(component=ComponentSource.MANUAL, typed=typed, **said)
    close_module(course=room.course, module=room.module, by=room.teacher, now=NOW)
    with pytest.raises(Refusal) as refused:
        enter_points(component=ComponentSource.MANUAL, typed=[TypedPoint(room.student.pk, "13", 1)], **said)
    assert refused.value.code == "module_closed"
    assert parts(room)["manual"] == D("12.00")


def test_2_2_points_of_the_intermediate_control_are_entered_and_counted(room: Class) -> None:
    said: dict[str, Any] = {"course_id": room.course.pk, "module_id": room.module.pk, "by": room.teacher, "now": NOW}
    enter_points(component=ComponentSource.MANUAL, typed=[TypedPoint(room.student.pk, "12", 0)], **said)
    assert parts(room)["manual"] == D("12.00")


def test_2_3_student_sees_his_points_and_what_each_was_counted_from(room: Class, client: Client) -> None:
    room.mark(room.held(0), grade=5)
    client.force_login(room.student.user)
    page = client.get(f"/cabinet/{room.student.pk}/courses/{room.course.pk}/points/").content.decode()
    assert "Өткөн сабактар: 1, катышканы: 1" in page
    assert "4 × 1 / 1 = 4,00" in page
    assert "§3.5e" in page


def test_vector_of_a_module_is_the_arithmetic_of_the_rules(room: Class) -> None:
    room.mark(room.held(0), grade=4)
    facts = room.facts()
    assert facts is not None
    expected = {p.source: p.points for p in module_points(scheme_of(course_with_year(room.course)), facts).parts}
    assert parts(room) == expected
