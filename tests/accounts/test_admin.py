"""The Django admin: whom it lets in, what it lets them do, and what a list of many costs."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, CredentialIssue, GuardianLink, User
from ejournal.jobs.models import Job
from ejournal.lib import clock
from journal.models import ChangeEvent, Mark, ModuleSheet
from tests import factories as make
from tests.accounts.test_credentials import PASSWORD_ON_PAPER, text_of
from university.models import Policy

# Django's own templates guard their variables less than ours.
pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.fixture
def administrator() -> User:
    user = make.make_user("admin", last_name="Яковлев")
    make.appoint(user, Role.ADMINISTRATOR)
    return user


@pytest.fixture
def office(client: Client, administrator: User) -> Client:
    """The administrator's browser."""
    client.force_login(administrator)
    return client


def errors_of(response: object) -> str:
    return str(response.context["errors"])


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_admin_is_not_there_for_other_roles(client: Client, role: Role) -> None:
    scope = {
        Role.DEAN: {"unit": make.make_unit()},
        Role.DEANS_OFFICE: {"unit": make.make_unit()},
        Role.HEAD: {"department": make.make_department()},
        Role.CURATOR: {"group": make.make_group()},
    }.get(role, {})
    user = make.make_user()
    make.appoint(user, role, **scope)
    client.force_login(user)
    for page in ["/admin/", "/admin/login/", "/admin/accounts/user/", "/admin/accounts/user/autocomplete/"]:
        assert client.get(page).status_code == 404
    assert client.post("/admin/accounts/user/add/", {"username": "x"}).status_code == 404


def test_admin_sends_strangers_to_the_journal_s_login(client: Client) -> None:
    assert client.get("/admin/")["Location"] == "/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/accounts/user/")["Location"] == "/login/?next=/admin/accounts/user/"


def test_admin_closes_with_the_appointment(office: Client, administrator: User) -> None:
    assert office.get("/admin/").status_code == 200
    Appointment.objects.filter(user=administrator).update(ends_on=clock.day_of(clock.now()) - timedelta(days=1))
    assert office.get("/admin/").status_code == 404


def test_admin_uses_the_journal_s_password_and_logout(office: Client) -> None:
    assert office.get("/admin/password_change/")["Location"] == "/password/"
    assert office.post("/admin/logout/")["Location"] == "/login/"
    assert office.get("/admin/")["Location"] == "/login/?next=/admin/"


def test_marks_and_history_have_no_page() -> None:
    registered = set(admin.site._registry)
    assert not registered & {Mark, ChangeEvent, ModuleSheet}
    assert not [model for model in registered if model._meta.app_label in {"journal", "attendance", "reports"}]


def test_every_page_opens(office: Client) -> None:
    make.make_workload()
    make.make_student(group=make.make_group())
    for model, page in admin.site._registry.items():
        stem = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert (stem, office.get(stem).status_code) == (stem, 200)
        adding = 200 if page.can_add else 403
        assert (stem, office.get(f"{stem}add/").status_code) == (stem, adding)
        first = model._default_manager.first()
        if first is not None:
            assert (stem, office.get(f"{stem}{first.pk}/change/").status_code) == (stem, 200)


@pytest.mark.parametrize("word", ["Бекова", "айп", "S-TUDENT", "26-", "Бекова Айпери"])
def test_users_are_found_by_name_login_and_record_book(office: Client, word: str) -> None:
    student = make.make_student("s-tudent")
    found = office.get("/admin/accounts/user/", {"q": word}).context["cl"].result_list
    assert [user.id for user in found] == [student.user_id]


def test_users_are_found_by_staff_number(office: Client) -> None:
    teacher = make.make_teacher("teacher")
    found = office.get("/admin/accounts/user/", {"q": teacher.staff_number}).context["cl"].result_list
    assert [user.id for user in found] == [teacher.user_id]


def test_users_are_filtered_by_role_unit_and_credentials(office: Client, administrator: User) -> None:
    unit = make.make_unit()
    student = make.make_student("student", group=make.make_group(unit))
    teacher = make.make_teacher("teacher", department=make.make_department(unit))
    dean = make.make_user("dean")
    make.appoint(dean, Role.DEAN, unit=unit)
    guardian = make.make_guardian(student, "parent")
    waiting = make.make_user("waiting")
    waiting.set_unusable_password()
    waiting.save()

    def found(**query: object) -> set[str]:
        return {user.username for user in office.get("/admin/accounts/user/", query).context["cl"].result_list}

    assert found(role="student") == {"student"}
    assert found(role="teacher") == {teacher.user.username}
    assert found(role="dean") == {"dean"}
    assert found(role="parent") == {guardian.username}
    assert found(role="administrator") == {administrator.username}
    assert found(unit=unit.id) == {"student", "teacher", "dean"}
    assert found(credentials="none") == {"waiting"}
    assert found(unit="x") == found()


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("page", "queries"),
    [
        ("user", 4),  # units of the filter, how many, which, their appointments
        ("appointment", 2),
        ("student", 2),
        ("teacher", 3),
        ("guardianlink", 2),
        ("credentialissue", 2),
    ],
)
def test_lists_cost_the_same_with_one_row_and_three(
    office: Client, administrator: User, count_queries: Callable, page: str, queries: int, rows: int
) -> None:
    unit = make.make_unit()
    for _row in range(rows):
        student = make.make_student(group=make.make_group(unit))
        make.make_guardian(student)
        make.make_teacher(department=make.make_department(unit))
        make.appoint(make.make_user(), Role.MODERATOR)
        CredentialIssue.objects.create(
            user=student.user,
            issued_by=administrator,
            issued_at=clock.now(),
            is_first=True,
            request_id=make.REQUEST_ID,
        )
    frame = count_queries(lambda: office.get("/password/"))
    assert count_queries(lambda: office.get(f"/admin/accounts/{page}/")) == frame + queries


def user_form(**fields: object) -> dict[str, object]:
    return {
        "username": "new",
        "last_name": "Асанов",
        "first_name": "Азамат",
        "is_active": "on",
        "appointments-TOTAL_FORMS": 0,
        "appointments-INITIAL_FORMS": 0,
        **fields,
    }


def test_registered_person_has_no_password_until_one_is_issued(office: Client) -> None:
    response = office.post("/admin/accounts/user/add/", user_form(username=" New.Person "))
    assert response.status_code == 302
    user = User.objects.get(username="new.person")
    assert not user.has_usable_password()


def test_login_that_is_taken_in_another_case_is_refused(office: Client) -> None:
    make.make_user("Taken")
    response = office.post("/admin/accounts/user/add/", user_form(username="TAKEN"))
    assert response.status_code == 200
    assert User.objects.filter(username__iexact="taken").count() == 1


def test_password_is_neither_shown_nor_taken(office: Client) -> None:
    student = make.make_student("student")
    address = f"/admin/accounts/user/{student.user_id}/change/"
    page = office.get(address).content.decode()
    assert student.user.password not in page
    assert 'name="password"' not in page
    posted = user_form(username="student", password="plain", must_change_password="on", is_active="on")
    assert office.post(address, posted).status_code == 302
    student.user.refresh_from_db()
    assert student.user.check_password(make.PASSWORD)
    assert student.user.must_change_password is False
    assert student.user.last_name == "Асанов"
    assert office.get(f"/admin/accounts/user/{student.user_id}/password/").status_code in {302, 404}


def test_people_are_closed_not_deleted(office: Client, administrator: User) -> None:
    user = make.make_user("leaver")
    address = "/admin/accounts/user/"
    assert office.post(f"{address}{user.id}/delete/", {"post": "yes"}).status_code == 403
    office.post(address, {"action": "delete_selected", "_selected_action": [user.id], "post": "yes"})
    office.post(address, {"action": "close", "_selected_action": [user.id, administrator.id]})
    assert dict(User.objects.values_list("username", "is_active")) == {"leaver": False, "admin": True}
    office.post(address, {"action": "open_again", "_selected_action": [user.id]})
    user.refresh_from_db()
    assert user.is_active


def test_nobody_closes_the_own_account(office: Client, administrator: User) -> None:
    posted = user_form(username="admin")
    del posted["is_active"]
    posted["appointments-TOTAL_FORMS"] = posted["appointments-INITIAL_FORMS"] = 0
    office.post(f"/admin/accounts/user/{administrator.id}/change/", posted)
    administrator.refresh_from_db()
    assert administrator.is_active


def test_credentials_of_staff_are_issued_with_a_slip(office: Client, administrator: User) -> None:
    teacher = make.make_teacher("teacher")
    chosen = {"action": "issue", "_selected_action": [teacher.user_id]}
    asked = office.post("/admin/accounts/user/", chosen)
    assert asked.status_code == 200
    assert CredentialIssue.objects.count() == 0
    response = office.post("/admin/accounts/user/", {**chosen, "confirmed": "1"})
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    issue = CredentialIssue.objects.get()
    assert (issue.user_id, issue.issued_by_id) == (teacher.user_id, administrator.id)
    browser = Client()
    assert browser.post("/login/", {"username": "teacher", "password": password}).status_code == 302
    assert browser.get("/")["Location"] == "/password/"


def appointment_form(user: User, **fields: object) -> dict[str, object]:
    return {
        "user": user.id,
        "role": "dean",
        "starts_on": "2026-09-01",
        "order_number": "12-К",
        "order_date": "2026-08-30",
        **fields,
    }


def test_appointment_has_order_scope_and_days(office: Client) -> None:
    user, unit = make.make_user(), make.make_unit()
    assert office.post("/admin/accounts/appointment/add/", appointment_form(user, unit=unit.id)).status_code == 302
    appointment = Appointment.objects.get(user=user)
    assert (appointment.role, appointment.unit, appointment.order_number) == ("dean", unit, "12-К")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "декан"),
        ({"role": "study_office", "unit": "unit"}, "декан"),
        ({"unit": "unit", "ends_on": "2026-08-01"}, ""),
        ({"unit": "unit", "order_number": ""}, ""),
        ({"unit": "unit", "order_date": "31.02.2026"}, ""),
        ({"role": "king"}, ""),
    ],
)
def test_appointment_that_breaks_a_rule_says_so_in_words(office: Client, fields: dict[str, str], said: str) -> None:
    user, unit = make.make_user(), make.make_unit()
    sent = {name: unit.id if value == "unit" else value for name, value in fields.items()}
    response = office.post("/admin/accounts/appointment/add/", appointment_form(user, **sent))
    assert response.status_code == 200
    assert response.context["errors"]
    assert "accounts_appointment" not in errors_of(response)
    assert not Appointment.objects.filter(user=user).exists()


def test_appointment_that_has_begun_is_ended_not_deleted(office: Client, administrator: User) -> None:
    begun = administrator.appointments.get()
    future = make.appoint(make.make_user(), Role.MODERATOR)
    Appointment.objects.filter(id=future.id).update(starts_on=clock.day_of(clock.now()) + timedelta(days=1))
    assert office.post(f"/admin/accounts/appointment/{begun.id}/delete/", {"post": "yes"}).status_code == 403
    assert office.post(f"/admin/accounts/appointment/{future.id}/delete/", {"post": "yes"}).status_code == 302
    assert list(Appointment.objects.values_list("id", flat=True)) == [begun.id]


def test_issues_and_jobs_are_only_read(office: Client, administrator: User) -> None:
    issue = CredentialIssue.objects.create(
        user=administrator, issued_at=clock.now(), is_first=True, request_id=make.REQUEST_ID
    )
    job = Job.objects.create(kind="load", request_id=make.REQUEST_ID, asked_at=clock.now())
    for page in [f"accounts/credentialissue/{issue.id}", f"jobs/job/{job.id}"]:
        assert office.get(f"/admin/{page}/change/").status_code == 200
        assert office.post(f"/admin/{page}/change/", {}).status_code == 403
        assert office.post(f"/admin/{page}/delete/", {"post": "yes"}).status_code == 403


def policy_form(**fields: object) -> dict[str, object]:
    return {"key": "filling_window_days", "value": "5", "valid_from": "2026-09-01", **fields}


@pytest.mark.parametrize(
    "fields",
    [
        {"value": "-1"},
        {"value": '"7"'},
        {"value": "true"},
        {"value": "null"},
        {"value": ""},
        {"value": "{"},
        {"key": "daily_grades", "value": "[6]"},
        {"key": "no_such_setting"},
    ],
)
def test_setting_with_a_bad_value_is_refused_with_an_example(office: Client, fields: dict[str, str]) -> None:
    response = office.post("/admin/university/policy/add/", policy_form(**fields))
    assert response.status_code == 200
    assert response.context["errors"]
    assert not Policy.objects.exists()


def test_setting_is_dated(office: Client) -> None:
    assert office.post("/admin/university/policy/add/", policy_form()).status_code == 302
    row = Policy.objects.get()
    assert (row.key, row.value, row.valid_from) == ("filling_window_days", 5, date(2026, 9, 1))
    again = office.post("/admin/university/policy/add/", policy_form(value="6"))
    assert again.status_code == 200


def test_semester_that_overlaps_is_refused_in_words(office: Client) -> None:
    semester = make.make_semester()
    posted = {
        "year": semester.year_id,
        "number": 2,
        "starts_on": "2026-12-01",
        "ends_on": "2027-05-30",
        "modules-TOTAL_FORMS": 0,
        "modules-INITIAL_FORMS": 0,
    }
    response = office.post("/admin/university/semester/add/", posted)
    assert response.status_code == 200
    assert "university_semester" not in errors_of(response)
    assert response.context["errors"]


def test_link_of_a_parent_is_made_once(office: Client) -> None:
    student = make.make_student()
    guardian = make.make_user("parent")
    posted = {
        "guardian": guardian.id,
        "student": student.id,
        "given_at_0": "2026-11-01",
        "given_at_1": "08:00",
    }
    assert office.post("/admin/accounts/guardianlink/add/", posted).status_code == 302
    assert office.post("/admin/accounts/guardianlink/add/", posted).status_code == 200
    assert GuardianLink.objects.count() == 1


def test_admin_pages_carry_nothing_inline(office: Client) -> None:
    for page in ["/admin/", "/admin/accounts/user/", "/admin/accounts/appointment/add/"]:
        response = office.get(page)
        text = response.content.decode()
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert " style=" not in text
        assert "<style" not in text
        assert "javascript:" not in text


@pytest.mark.parametrize("rows", [1, 3])
def test_people_of_one_name_are_told_apart(office: Client, count_queries: Callable, rows: int) -> None:
    for row in range(rows):
        make.make_student(f"s{row}")
    query = {"app_label": "accounts", "model_name": "guardianlink", "field_name": "guardian", "term": "Бекова"}
    found = office.get("/admin/autocomplete/", query).json()["results"]
    assert [choice["text"] for choice in found] == [f"Бекова Айпери · s{row}" for row in range(rows)]
    query["field_name"] = "student"
    frame = 3  # the administrator and two for the rights, or fewer
    assert count_queries(lambda: office.get("/admin/autocomplete/", query)) <= frame + 2
