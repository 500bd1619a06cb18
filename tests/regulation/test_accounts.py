"""People and credentials, clause by clause."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client

from accounts.enums import Role
from accounts.models import CredentialIssue, User
from ejournal.lib import clock
from tests import factories as make
from tests.accounts.test_credentials import PASSWORD_ON_PAPER, text_of, waiting_student

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    user = make.make_user("admin")
    make.appoint(user, Role.ADMINISTRATOR)
    client.force_login(user)
    return client


def issue_as_administrator(browser: Client, person: User) -> str:
    response = browser.post(
        "/admin/accounts/user/", {"action": "issue", "_selected_action": [person.id], "confirmed": "1"}
    )
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    return password


def test_3_1_administrator_is_named_by_an_order() -> None:
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="order"):
        call_command("appoint_administrator", "admin", "--last-name", "Асанов", "--first-name", "Азамат")
    assert not User.objects.exists()


def test_3_4a_teachers_and_leadership_get_credentials_from_the_administrator(administrator: Client) -> None:
    rector = make.make_user("rector")
    make.appoint(rector, Role.LEADERSHIP)
    for person in [make.make_teacher("teacher").user, rector]:
        password = issue_as_administrator(administrator, person)
        answer = Client().post("/login/", {"username": person.username, "password": password})
        assert answer.status_code == 302


def test_3_4a_nobody_logs_in_before_credentials_are_issued() -> None:
    teacher = make.make_teacher("teacher").user
    teacher.set_unusable_password()
    teacher.save()
    for guess in ["", "teacher", teacher.password, "!"]:
        assert Client().post("/login/", {"username": "teacher", "password": guess}).status_code == 422


def test_3_4b_students_get_theirs_from_their_dean_s_office(client: Client) -> None:
    unit = make.make_unit()
    group = make.make_group(unit)
    waiting_student(group, "student")
    office = make.make_user("office")
    make.appoint(office, Role.DEANS_OFFICE, unit=unit)
    client.force_login(office)
    response = client.post(f"/groups/{group.id}/credentials/", {"issue": "new"})
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    assert Client().post("/login/", {"username": "student", "password": password}).status_code == 302
    assert CredentialIssue.objects.get().issued_by == office


def test_3_4b_only_once_they_are_students(client: Client) -> None:
    """Whoever was enrolled is one, also before the first day of study (decision 12); whoever has left is none."""
    unit = make.make_unit()
    group = make.make_group(unit)
    student = waiting_student(group, "student")
    today = clock.day_of(clock.now())
    office = make.make_user("office")
    make.appoint(office, Role.DEANS_OFFICE, unit=unit)
    client.force_login(office)
    student.group_enrolments.update(starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1))
    assert client.post(f"/groups/{group.id}/credentials/", {"issue": "new"}).status_code == 422
    student.group_enrolments.update(starts_on=today + timedelta(days=1), ends_on=None)
    assert client.post(f"/groups/{group.id}/credentials/", {"issue": "new"}).status_code == 200


def test_3_4c_parents_come_in_with_a_login_that_hangs_on_the_student(client: Client) -> None:
    unit = make.make_unit()
    group = make.make_group(unit)
    student = make.make_student("student", group=group)
    dean = make.make_user("dean")
    make.appoint(dean, Role.DEAN, unit=unit)
    client.force_login(dean)
    response = client.post(
        f"/groups/{group.id}/credentials/{student.id}/parents/",
        {"deed": "add", "last_name": "Бекова", "first_name": "Бурул"},
    )
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    assert Client().post("/login/", {"username": "student-p", "password": password}).status_code == 302


@pytest.mark.ignore_template_errors
def test_4_1a_administrator_registers_users_and_gives_credentials(administrator: Client) -> None:
    administrator.post(
        "/admin/accounts/user/add/",
        {
            "username": "new",
            "last_name": "Асанов",
            "first_name": "Азамат",
            "is_active": "on",
            "appointments-TOTAL_FORMS": 0,
            "appointments-INITIAL_FORMS": 0,
        },
    )
    password = issue_as_administrator(administrator, User.objects.get(username="new"))
    assert Client().post("/login/", {"username": "new", "password": password}).status_code == 302


def test_4_1_administrator_changes_no_mark() -> None:
    assert not [model for model in admin.site._registry if model._meta.app_label == "journal"]


def test_4_2_students_are_strictly_forbidden_to_change_their_credentials(client: Client) -> None:
    student = make.make_student("student")
    client.force_login(student.user)
    answer = client.post("/password/", {"old": make.PASSWORD, "new": "жаңы-сырсөз-2027", "again": "жаңы-сырсөз-2027"})
    assert answer.status_code == 403
    student.user.refresh_from_db()
    assert student.user.check_password(make.PASSWORD)


def test_4_2_the_student_s_rule_wins_over_every_other_role(client: Client) -> None:
    student = make.make_student("student")
    make.appoint(student.user, Role.STUDY_OFFICE)
    client.force_login(student.user)
    assert client.get("/password/").status_code == 403


def test_7_2_login_works_around_the_clock_after_a_hundred_wrong_ones() -> None:
    make.make_teacher("teacher")
    for number in range(100):
        Client().post("/login/", {"username": "teacher", "password": f"wrong {number}"})
    assert Client().post("/login/", {"username": "teacher", "password": make.PASSWORD}).status_code == 302
