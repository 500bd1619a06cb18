"""A password of one's own: staff may, students are strictly forbidden (§4.2)."""

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db

NEW = "жаңы-сырсөз-2027"


def change(browser: Client, *, old: str = make.PASSWORD, new: str = NEW, again: str | None = None) -> object:
    return browser.post("/password/", {"old": old, "new": new, "again": again if again is not None else new})


@pytest.fixture
def teacher(client: Client) -> User:
    user = make.make_teacher("teacher").user
    client.force_login(user)
    return user


def test_teacher_changes_the_own_password_and_other_devices_end(client: Client, teacher: User) -> None:
    other = Client()
    other.force_login(teacher)
    response = change(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    teacher.refresh_from_db()
    assert teacher.check_password(NEW)
    assert client.get("/password/").status_code == 200
    assert other.get("/password/").status_code == 302


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"old": "wrong"}, "old"),
        ({"again": "another"}, "again"),
        ({"new": "кыска"}, "new"),
        ({"new": "1234567890123"}, "new"),
        ({"new": "password1234"}, "new"),
        ({"new": make.PASSWORD}, "new"),
        ({"new": "teacher123"}, "new"),
    ],
)
def test_bad_new_password_names_its_field(client: Client, teacher: User, fields: dict[str, str], field: str) -> None:
    response = change(client, **fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    teacher.refresh_from_db()
    assert teacher.check_password(make.PASSWORD)


def test_left_login_does_not_serve_for_guessing(client: Client, teacher: User) -> None:
    statuses = []
    for number in range(7):
        client.cookies.pop("device", None)
        statuses.append(change(client, old=f"guess {number}").status_code)
    assert statuses == [422] * 5 + [429] * 2
    assert change(client).status_code == 429


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.ADMINISTRATOR])
def test_student_cannot_change_a_password_whatever_else_he_is(client: Client, role: Role | None) -> None:
    student = make.make_student("student")
    if role is not None:
        make.appoint(student.user, role)
    client.force_login(student.user)
    assert client.get("/password/").status_code == 403
    assert change(client).status_code == 403
    student.user.refresh_from_db()
    assert student.user.check_password(make.PASSWORD)


def test_parent_cannot_change_a_password(client: Client) -> None:
    client.force_login(make.make_guardian(make.make_student()))
    assert change(client).status_code == 403


def test_teacher_whose_child_studies_here_can(client: Client) -> None:
    teacher = make.make_teacher("teacher")
    student = make.make_student()
    student.guardian_links.create(guardian=teacher.user)
    client.force_login(teacher.user)
    assert change(client).status_code == 302


def test_issued_password_of_staff_is_replaced_first(client: Client, teacher: User) -> None:
    User.objects.filter(id=teacher.id).update(must_change_password=True)
    assert client.get("/groups/")["Location"] == "/password/"
    answer = client.post("/groups/", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()) == (403, {"code": "must_change_password", "login": "/password/"})
    assert client.get("/groups/", headers={"HX-Request": "true"})["HX-Redirect"] == "/password/"
    change(client)
    assert client.get("/groups/").status_code == 404


def test_student_is_never_led_to_a_change(client: Client) -> None:
    student = make.make_student("student")
    make.appoint(student.user, Role.MODERATOR)
    User.objects.filter(id=student.user_id).update(must_change_password=True)
    client.force_login(student.user)
    assert client.get("/groups/").status_code == 404
