"""Pages of points: the course's table, a student's numbers with their reasons, a column that is typed; the schemes."""

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from ejournal.lib import clock
from journal.enums import Presence
from journal.models import ModulePoint, RatingScheme, SchemeChoice
from journal.selectors.rating import plain_scheme
from journal.services import close_module
from tests import factories as make
from tests.journal.test_rating_selectors import ON, Class
from university.models import Institution

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(ON, time(9, 0))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("ejournal.home.context.now", lambda: NOW)
    Institution.objects.create(id=1, name_ky="Сыноо университети")
    made = Class()
    make.enrol(made.student, made.course)
    made.mark(made.held(0), Presence.PRESENT, 5)
    missed = made.held(1)
    made.mark(missed, Presence.ABSENT)
    return made


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def teacher(room: Class) -> Client:
    return logged_in(room.teacher)


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def column_url(room: Class) -> str:
    return f"/courses/{room.course.pk}/points/{room.module.pk}/manual/"


def test_table_has_each_part_and_what_is_earned_possible_and_lost(room: Class, teacher: Client) -> None:
    page = text_of(teacher, f"/courses/{room.course.pk}/points/")
    # 1 of 2 attended: 2.00; the mean 5: 5.00; both modules' rest is open, half of the first attendance lost.
    assert "<strong>7.00</strong>" in page
    assert "91.00" in page
    assert '<td class="num">2.00</td>' in page
    assert column_url(room) in page


@pytest.mark.parametrize("count", [1, 3])
def test_table_costs_the_same_for_any_number_of_students(room: Class, teacher: Client, count: int) -> None:
    for number in range(count - 1):
        student = make.make_student(group=room.group)
        make.enrol(student, room.course)
        room.mark(room.held(2 + number), student=student)
    text_of(teacher, f"/courses/{room.course.pk}/points/")  # the scheme is read once a process
    with CaptureQueriesContext(connection) as queries:
        page = text_of(teacher, f"/courses/{room.course.pk}/points/")
    assert page.count("/points/students/") == count
    assert len(queries) == 15


def test_points_lead_back_to_the_journal(room: Class, teacher: Client) -> None:
    page = text_of(teacher, f"/courses/{room.course.pk}/points/")
    journals = [workload.pk for workload in room.course.workloads.order_by("pk")]
    assert [pk for pk in journals if f'href="/journals/{pk}/"' in page] == journals
    assert 'href="/journals/"' in page


@pytest.mark.parametrize(("language", "shown"), [("ky", "12,5"), ("ru", "12,5"), ("en", "12.5")])
@pytest.mark.parametrize("typed", ["12.5", "12,5"])
def test_points_are_typed_with_either_sign_and_shown_with_the_readers(
    room: Class, teacher: Client, language: str, shown: str, typed: str
) -> None:
    pk, url = room.student.pk, column_url(room)
    assert teacher.post(url, {f"p{pk}": typed, f"v{pk}": "0:"}).status_code == 302
    teacher.cookies["django_language"] = language
    page = text_of(teacher, url)
    assert (f'value="{shown}"' in page, 'value="1:12.5"' in page) == (True, True)
    # A field that was left alone says nothing, whatever its sign.
    teacher.post(url, {f"p{pk}": shown, f"v{pk}": "1:12.5"})
    assert (ModulePoint.objects.get().value, ModulePoint.objects.get().version) == (12.5, 1)
    refused = teacher.post(url, {f"p{pk}": "16,5", f"v{pk}": "1:12.5"})
    assert refused.status_code == 422
    assert f'value="{shown.replace("2", "6")}"' in refused.content.decode()


def test_reasons_of_each_number_are_said(room: Class, teacher: Client) -> None:
    page = text_of(teacher, f"/courses/{room.course.pk}/points/students/{room.student.pk}/")
    assert "Lessons held: 2, attended: 1, of these late: 0." in page
    assert "4 × 1 / 2 = 2.00" in page
    assert "5 × (5 / 1) / 5 = 5.00" in page
    assert "Not entered yet." in page
    assert "§3.5e" in page
    assert "§4.3" in page


def test_reasons_name_what_is_excused(room: Class, teacher: Client) -> None:
    missed = room.held(2)
    room.mark(missed, Presence.ABSENT)
    room.excuse(missed)
    page = text_of(teacher, f"/courses/{room.course.pk}/points/students/{room.student.pk}/")
    assert "Excused absences: 1; they are left out." in page
    assert "4 × 1 / 2 = 2.00" in page


def test_points_of_a_stranger_are_404(room: Class, teacher: Client) -> None:
    stranger = make.make_student()
    assert teacher.get(f"/courses/{room.course.pk}/points/students/{stranger.pk}/").status_code == 404


def test_column_is_typed_without_javascript(room: Class, teacher: Client) -> None:
    pk = room.student.pk
    assert f'name="p{pk}"' in text_of(teacher, column_url(room))
    answer = teacher.post(column_url(room), {f"p{pk}": "12.5", f"v{pk}": "0:"})
    assert (answer.status_code, answer["Location"]) == (302, f"/courses/{room.course.pk}/points/")
    assert ModulePoint.objects.get().value == 12.5
    assert "12.50" in text_of(teacher, f"/courses/{room.course.pk}/points/")


def test_refused_points_stay_in_their_field_with_the_reason(room: Class, teacher: Client) -> None:
    pk = room.student.pk
    answer = teacher.post(column_url(room), {f"p{pk}": "16", f"v{pk}": "0:"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="16"' in page
    assert "The scheme gives at most 15 points here." in page


def test_a_field_left_alone_says_nothing(room: Class, teacher: Client) -> None:
    room.draft("manual", "12")  # type: ignore[arg-type]  # the value of the enum
    pk = room.student.pk
    assert teacher.post(column_url(room), {f"p{pk}": "11", f"v{pk}": "0:11"}).status_code == 302
    assert ModulePoint.objects.get().value == 12


def test_stale_points_are_answered_with_what_stands_there(room: Class, teacher: Client) -> None:
    room.draft("manual", "12")  # type: ignore[arg-type]  # the value of the enum
    pk = room.student.pk
    answer = teacher.post(column_url(room), {f"p{pk}": "11", f"v{pk}": "0:"})
    assert answer.status_code == 409
    assert "Now there: 12." in " ".join(answer.content.decode().split())


def test_closed_module_says_who_closed_it_and_takes_nothing(room: Class, teacher: Client) -> None:
    close_module(course=room.course, module=room.module, by=room.teacher, now=NOW)
    page = text_of(teacher, column_url(room))
    assert "its points change no more" in page
    assert f'name="p{room.student.pk}"' not in page
    pk = room.student.pk
    answer = teacher.post(column_url(room), {f"p{pk}": "11", f"v{pk}": "0:"})
    assert (answer.status_code, ModulePoint.objects.count()) == (423, 0)
    assert column_url(room) not in text_of(teacher, f"/courses/{room.course.pk}/points/")


@pytest.mark.parametrize("path", ["exam", "auto_attendance", "none"])
def test_what_is_not_typed_has_no_page(room: Class, teacher: Client, path: str) -> None:
    assert teacher.get(f"/courses/{room.course.pk}/points/{room.module.pk}/{path}/").status_code == 404


def test_student_sees_his_points_and_why(room: Class) -> None:
    student = logged_in(room.student.user)
    page = text_of(student, f"/cabinet/{room.student.pk}/points/")
    assert "<strong>7.00</strong>" in page
    why = f"/cabinet/{room.student.pk}/courses/{room.course.pk}/points/"
    assert why in page
    assert "4 × 1 / 2 = 2.00" in text_of(student, why)
    assert f"/cabinet/{room.student.pk}/points/" in text_of(student, "/cabinet/")


@pytest.mark.parametrize("count", [1, 3])
def test_own_points_cost_the_same_for_any_number_of_disciplines(room: Class, count: int) -> None:
    for number in range(count - 1):
        course = make.make_course(group=room.group, discipline=f"Дисциплина {number}")
        make.enrol(room.student, course)
    student = logged_in(room.student.user)
    plain_scheme(SchemeChoice.objects.get(control_form="exam").scheme_id)
    with CaptureQueriesContext(connection) as queries:
        page = text_of(student, f"/cabinet/{room.student.pk}/points/")
    assert page.count(f"/cabinet/{room.student.pk}/courses/") == count
    assert len(queries) == 15


@pytest.fixture
def study(room: Class) -> Client:
    user = make.make_user(last_name="Бөлүм")
    make.appoint(user, Role.STUDY_OFFICE)
    return logged_in(user)


def scheme_id(code: str = "P1") -> int:
    return RatingScheme.objects.get(code=code, control_form="exam").pk


def test_study_office_sees_schemes_scales_and_which_holds(study: Client) -> None:
    page = text_of(study, "/rating/")
    assert "P1 · Default: maxima for the discipline" in page
    assert page.count("Holds now:") == 2
    assert "Scale 60 / 76 / 86 (KSMA)" in page


def test_study_office_chooses_a_preset_from_a_year(study: Client, room: Class) -> None:
    year = room.course.semester.year
    answer = study.post("/rating/choose/", {"scheme": scheme_id("P3"), "year": year.pk, "reason": "№ 5"})
    assert (answer.status_code, answer["Location"]) == (302, "/rating/")
    assert SchemeChoice.objects.get(valid_from=2026).scheme_id == scheme_id("P3")
    assert "from 2026/2027 on" in text_of(study, "/rating/")


def test_choice_under_a_closed_module_says_which(study: Client, room: Class) -> None:
    close_module(course=room.course, module=room.module, by=room.teacher, now=NOW)
    answer = study.post("/rating/choose/", {"scheme": scheme_id("P3"), "year": room.course.semester.year.pk})
    assert answer.status_code == 423
    assert str(room.course) in answer.content.decode()


def form_of(study: Client, code: str = "P1") -> dict[str, Any]:
    """What the form of a new scheme sends when nothing is changed in it."""
    context = study.get(f"/rating/{scheme_id(code)}/new/").context
    said: dict[str, Any] = {name: value for name, value in context["form"].initial.items() if name != "scale"}
    said["scale"] = context["form"].initial["scale"].pk
    rows = context["rows"]
    said |= {"c-TOTAL_FORMS": len(rows.forms), "c-INITIAL_FORMS": rows.initial_form_count()}
    for number, row in enumerate(rows.forms):
        for name in row.fields:
            said[f"c-{number}-{name}"] = row.initial.get(name) or ("manual" if name == "source" else "")
    return said


def test_a_copy_is_edited_and_saved(study: Client) -> None:
    said = form_of(study) | {"name_ky": "Биздики", "c-2-maximum": "", "c-3-maximum": "21", "c-4-maximum": "21"}
    answer = study.post(f"/rating/{scheme_id()}/new/", said)
    assert answer.status_code == 302
    made = RatingScheme.objects.get(name_ky="Биздики")
    assert (made.code, made.components.count()) == ("P1-2", 5)
    page = text_of(study, f"/rating/{made.pk}/")
    assert "made from" in page
    assert study.post(f"/rating/{made.pk}/").status_code == 302
    assert RatingScheme.objects.get(pk=made.pk).withdrawn_at is not None


def test_wrong_maxima_are_answered_in_clear_sentences(study: Client) -> None:
    said = form_of(study) | {"c-0-maximum": "9"}
    answer = study.post(f"/rating/{scheme_id()}/new/", said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The maxima of all components are 100 points together." in page
    assert "Attendance gives at most 8 points with an exam" in page
    assert RatingScheme.objects.count() == 8


def test_maxima_inside_each_module_have_their_notice(study: Client) -> None:
    assert "together they exceed" in text_of(study, f"/rating/{scheme_id('P2')}/")
    assert "together they exceed" not in text_of(study, f"/rating/{scheme_id('P1')}/")


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_names_of_schemes_are_in_the_readers_language(study: Client, language: str) -> None:
    study.cookies["django_language"] = language
    names = {"ky": "Бир модуль", "ru": "Один модуль", "en": "One module"}
    assert names[language] in text_of(study, "/rating/")


@pytest.mark.parametrize(
    ("language", "shown"), [("ky", "Рубеждик иш"), ("ru", "Рубежная работа"), ("en", "Рубеждик иш")]
)
def test_components_are_called_as_the_scheme_calls_them(
    room: Class, teacher: Client, study: Client, language: str, shown: str
) -> None:
    """In the reader's language, else in Kyrgyz: the scheme has no English name."""
    names = {"c-3-name_ky": "Рубеждик иш", "c-3-name_ru": "Рубежная работа", "c-3-name_en": ""}
    said = form_of(study) | {"name_ky": "Биздики"} | names
    assert study.post(f"/rating/{scheme_id()}/new/", said).status_code == 302
    made = RatingScheme.objects.get(name_ky="Биздики")
    year = room.course.semester.year
    assert study.post("/rating/choose/", {"scheme": made.pk, "year": year.pk, "reason": "№ 5"}).status_code == 302
    teacher.cookies["django_language"] = language
    student = logged_in(room.student.user)
    student.cookies["django_language"] = language
    points = f"/courses/{room.course.pk}/points/"
    pages = [
        text_of(teacher, points),
        text_of(teacher, f"{points}students/{room.student.pk}/"),
        text_of(teacher, f"/courses/{room.course.pk}/modules/1/"),
        text_of(teacher, column_url(room)),
        text_of(student, f"/cabinet/{room.student.pk}/courses/{room.course.pk}/points/"),
    ]
    assert [shown in page for page in pages] == [True] * 5
    close_module(course=room.course, module=room.module, by=room.teacher, now=NOW)
    assert shown in text_of(teacher, f"/courses/{room.course.pk}/modules/1/")
