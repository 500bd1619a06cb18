"""§4.3, law 3, by the ways that are neither the journal's page nor psql: the load, its task, the administration.

Page and marks API: test_marks.py, test_closing.py, test_changes.py, test_substitution.py, test_rooms.py beside this.
"""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.enums import Role
from ejournal.lib.errors import Refusal
from journal.models import ModuleSheet, ModuleTotal
from journal.services import close_module
from teaching.models import Course, Workload
from tests import factories as make
from tests.loading.applying import MONDAY_NINE, counts, load, loader
from tests.loading.books import Rows, set_cell, small
from university.models import AcademicYear, Module

pytestmark = pytest.mark.django_db


@pytest.fixture
def mechanics() -> Course:
    """The course of a loaded university of which the first module is closed."""
    load()
    course = Course.objects.select_related("semester__year", "group").get(
        discipline__name="Механика", group__name="ФИЗ-11"
    )
    close_module(course=course, module=Module.objects.get(number=1), by=loader(), now=MONDAY_NINE)
    return course


def form_of_control(rows: Rows) -> None:
    for row in rows:
        for place, value in enumerate(row):
            if "Механика" in row and value == "экзамен":
                row[place] = "зачёт"


CHANGED = {
    "the module's last day": {"Окуу_жылы": set_cell(2, 5, date(2026, 10, 23))},
    "the form of control": {"Окуу_планы": form_of_control, "Окуу_жүктөмү": form_of_control},
    "the kind of lesson": {"Окуу_жүктөмү": set_cell(4, 8, "лабораториялык")},
    "a past line of the timetable": {"Жадыбал": set_cell(6, 2, "бейшемби")},
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_4_3_load_that_changes_something_under_a_closed_module_loads_nothing(mechanics: Course, change: Any) -> None:
    before = (counts(), journal_of(mechanics))
    with pytest.raises(Refusal) as refused:
        load(small(**change), now=MONDAY_NINE, confirm=True)
    assert (refused.value.code, refused.value.status) == ("module_closed", 423)
    assert (counts(), journal_of(mechanics)) == before


def journal_of(course: Course) -> tuple[Any, ...]:
    """What a sheet of the course is about and computed from, read anew."""
    course.refresh_from_db()
    return (
        course.control_form,
        list(Module.objects.order_by("number").values_list("starts_on", "ends_on")),
        list(Workload.objects.order_by("number").values_list("number", "kind", "subgroup", "course")),
        list(course.workloads.order_by("number").values_list("lessons__lesson__date", flat=True)),
        list(ModuleTotal.objects.order_by("student").values_list("student", "total")),
    )


def test_4_3_same_file_again_is_no_change(mechanics: Course) -> None:
    assert load(now=MONDAY_NINE).wrote_nothing


@pytest.fixture
def office(client: Client) -> Client:
    administrator = make.make_user("admin")
    make.appoint(administrator, Role.ADMINISTRATOR)
    client.force_login(administrator)
    return client


@pytest.mark.ignore_template_errors
@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("module", {"number": 1, "starts_on": "2026-09-01", "ends_on": "2026-10-01"}),
        ("module", {"number": 7, "starts_on": "2026-09-01", "ends_on": "2026-10-24"}),
        ("academicyear", {"name": "2026/2027", "starts": 2020}),
    ],
)
def test_4_3_administration_says_that_nothing_was_saved(
    mechanics: Course, office: Client, page: str, sent: dict[str, Any]
) -> None:
    kept = ModuleSheet.objects.get().module
    pk = kept.pk if page == "module" else AcademicYear.objects.get().pk
    response = office.post(f"/admin/university/{page}/{pk}/change/", {**sent, "semester": kept.semester_id})
    assert response.status_code == 302
    assert [message.level_tag for message in get_messages(response.wsgi_request)] == ["error"]
    kept.refresh_from_db()
    assert (kept.number, kept.ends_on, AcademicYear.objects.get().starts) == (1, date(2026, 10, 24), 2026)
