"""The dean's office issues: passwords that exist on paper and as a hash, and nowhere else (§3.4b, §4.2)."""

import io
import logging
import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import connection
from django.http import Http404
from django.test import Client
from pypdf import PdfReader

from accounts.access import get_student_for_credentials
from accounts.enums import Role
from accounts.models import Appointment, CredentialIssue, GroupEnrolment, LoginAttempt, Session, Student, User
from accounts.selectors import credential_states, groups_for_credentials, groups_with_counts, role_labels
from accounts.services import credentials
from ejournal.lib import clock
from tests import factories as make
from university.models import Group, Unit

pytestmark = pytest.mark.django_db

PASSWORD_ON_PAPER = re.compile(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b")


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def waiting_student(group: Group, username: str, last_name: str = "Бекова") -> Student:
    """A student as the load leaves him: without credentials."""
    student = make.make_student(username, group=group, last_name=last_name)
    student.user.set_unusable_password()
    student.user.save()
    return student


@pytest.fixture
def unit() -> Unit:
    return make.make_unit()


@pytest.fixture
def group(unit: Unit) -> Group:
    return make.make_group(unit, "ФИЗ-1-26")


@pytest.fixture
def office(unit: Unit) -> User:
    user = make.make_user("office", last_name="Токтосунова")
    make.appoint(user, Role.DEANS_OFFICE, unit=unit)
    return user


@pytest.fixture
def desk(client: Client, office: User) -> Client:
    """The dean's office's browser."""
    client.force_login(office)
    return client


def url(group: Group) -> str:
    return f"/groups/{group.id}/credentials/"


def test_slips_carry_passwords_that_log_in(desk: Client, group: Group) -> None:
    for number, name in enumerate(["Үсөнова", "Асанова", "Өмүрова"]):
        waiting_student(group, f"s{number}", name)
    response = desk.post(url(group), {"issue": "new"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in response["Cache-Control"]
    text = text_of(response.content)
    assert text.index("Асанова") < text.index("Өмүрова") < text.index("Үсөнова")
    assert "ФИЗ-1-26" in text
    assert "testserver" in text
    passwords = PASSWORD_ON_PAPER.findall(text)
    assert len(set(passwords)) == 3
    for username, password in zip(["s1", "s2", "s0"], passwords, strict=True):
        assert Client().post("/login/", {"username": username, "password": password}).status_code == 302


def test_password_is_nowhere_but_in_its_hash(desk: Client, group: Group, caplog: pytest.LogCaptureFixture) -> None:
    waiting_student(group, "s1")
    with caplog.at_level(logging.DEBUG):
        response = desk.post(url(group), {"issue": "new"})
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    assert password not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb')"
        )
        columns = cursor.fetchall()
        assert ("accounts_user", "password") in columns
        for table, column in columns:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE %s', [f"%{password}%"])
            assert (table, column, cursor.fetchone()[0]) == (table, column, 0)
    for session in Session.objects.all():
        assert password not in str(session.get_decoded())


def test_hash_is_argon2_in_production(desk: Client, group: Group, settings: object) -> None:
    from ejournal.settings import base

    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    student = waiting_student(group, "s1")
    response = desk.post(url(group), {"issue": "new"})
    student.user.refresh_from_db()
    assert identify_hasher(student.user.password).algorithm == "argon2"
    assert student.user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    assert student.user.check_password(password)


def test_issue_says_who_gave_what_to_whom(desk: Client, group: Group, office: User) -> None:
    student = waiting_student(group, "s1")
    desk.post(url(group), {"issue": "new"})
    desk.post(url(group), {"issue": "again", "student": student.id})
    issues = CredentialIssue.objects.order_by("id").values_list("user", "issued_by", "is_first")
    assert list(issues) == [(student.user_id, office.id, True), (student.user_id, office.id, False)]
    (state,) = credential_states(group, on=clock.day_of(clock.now()))
    assert (state.has_credentials, state.issued_by) == (True, "Токтосунова А.")


def test_issue_to_all_leaves_those_who_have_credentials(desk: Client, group: Group) -> None:
    waiting_student(group, "waits")
    has = make.make_student("has", group=group)
    desk.post(url(group), {"issue": "new"})
    has.user.refresh_from_db()
    assert has.user.check_password(make.PASSWORD)
    repeat = desk.post(url(group), {"issue": "new"})
    assert repeat.status_code == 422
    assert CredentialIssue.objects.count() == 1


def test_re_issue_ends_old_password_and_living_logins(desk: Client, group: Group) -> None:
    student = make.make_student("student", group=group)
    other = make.make_student("other", group=group)
    phone, others_phone = Client(), Client()
    phone.post("/login/", {"username": "student", "password": make.PASSWORD})
    others_phone.post("/login/", {"username": "other", "password": make.PASSWORD})
    desk.post(url(group), {"issue": "again", "student": student.id})
    assert phone.get("/password/").status_code == 302
    assert others_phone.get("/password/").status_code == 403
    assert Client().post("/login/", {"username": "student", "password": make.PASSWORD}).status_code == 422
    assert other.user.credential_issues.count() == 0


def test_re_issue_forgets_earlier_failures(desk: Client, group: Group) -> None:
    student = make.make_student("student", group=group)
    phone = Client()
    for number in range(6):
        phone.post("/login/", {"username": "student", "password": f"forgotten {number}"})
    response = desk.post(url(group), {"issue": "again", "student": student.id})
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    assert phone.post("/login/", {"username": "student", "password": password}).status_code == 302
    assert LoginAttempt.objects.count() == 0


def test_student_keeps_what_was_issued_and_staff_replace_it(group: Group, office: User) -> None:
    student, teacher = waiting_student(group, "s1"), make.make_teacher("teacher")
    slips = credentials.issue_credentials(user_ids=[student.user_id, teacher.user_id], by=office, now=clock.now())
    assert {slip.login: slip.is_staff for slip in slips} == {"s1": False, "teacher": True}
    assert dict(
        User.objects.filter(credential_issues__isnull=False).values_list("username", "must_change_password")
    ) == {
        "s1": False,
        "teacher": True,
    }


def test_slip_does_not_print_its_password_in_a_traceback(group: Group, office: User) -> None:
    student = waiting_student(group, "s1")
    (slip,) = credentials.issue_credentials(user_ids=[student.user_id], by=office, now=clock.now())
    assert slip.password not in repr(slip)


def test_looking_and_asking_write_nothing(desk: Client, group: Group) -> None:
    student = waiting_student(group, "s1")
    for query in ["", "?issue=new", f"?issue=again&student={student.id}", "?issue=again"]:
        assert desk.get(url(group) + query).status_code == 200
    assert CredentialIssue.objects.count() == 0


def test_confirmation_names_whom_it_is_about(desk: Client, group: Group) -> None:
    waiting_student(group, "waits", "Асанова")
    make.make_student("has", group=group, last_name="Токтогулова")
    page = desk.get(url(group), {"issue": "new"}).content.decode()
    assert "Асанова" in page
    assert "Токтогулова" not in page


def test_selection_of_strangers_issues_to_nobody(desk: Client, group: Group) -> None:
    stranger = make.make_student("stranger", group=make.make_group())
    left = make.make_student("left", group=group)
    GroupEnrolment.objects.filter(student=left).update(ends_on=date(2026, 10, 1))
    for value in [stranger.id, left.id, "x", "-1", "9" * 30, "²"]:
        assert desk.post(url(group), {"issue": "again", "student": value}).status_code == 422
    assert CredentialIssue.objects.count() == 0


def test_closed_account_gets_nothing(desk: Client, group: Group) -> None:
    student = waiting_student(group, "s1")
    User.objects.filter(id=student.user_id).update(is_active=False)
    assert desk.post(url(group), {"issue": "new"}).status_code == 422


def test_student_who_works_here_is_left_to_the_administrator(desk: Client, group: Group) -> None:
    both = make.make_student("both", group=group)
    make.appoint(both.user, Role.ADMINISTRATOR)
    assert desk.post(url(group), {"issue": "again", "student": both.id}).status_code == 422
    both.user.refresh_from_db()
    assert both.user.check_password(make.PASSWORD)
    administrator = make.make_user("admin")
    make.appoint(administrator, Role.ADMINISTRATOR)
    desk.force_login(administrator)
    assert desk.post(url(group), {"issue": "again", "student": both.id}).status_code == 200


def test_paper_that_fails_issues_nothing(desk: Client, group: Group, settings: object) -> None:
    student = waiting_student(group, "s1")
    settings.STATICFILES_DIRS = []
    with pytest.raises(IndexError):
        desk.post(url(group), {"issue": "new"})
    student.user.refresh_from_db()
    assert not student.user.has_usable_password()
    assert CredentialIssue.objects.count() == 0


@pytest.mark.parametrize("count", [1, 10, 11, 31])
def test_ten_slips_a_page(desk: Client, group: Group, count: int) -> None:
    for number in range(count):
        waiting_student(group, f"s{number}", "Ө" * 60)
    pdf = desk.post(url(group), {"issue": "new"}).content
    assert len(PdfReader(io.BytesIO(pdf)).pages) == -(-count // 10)


def test_name_on_a_slip_is_text_and_nothing_else(desk: Client, group: Group) -> None:
    waiting_student(group, "s1", '<img src="file:///etc/passwd"><b>Асанова')
    text = text_of(desk.post(url(group), {"issue": "new"}).content)
    assert "<b>Асанова" in text.replace("\n", "")
    assert "root:" not in text


# --- Who ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (Role.DEAN, "unit", 200),
        (Role.DEANS_OFFICE, "unit", 200),
        (Role.ADMINISTRATOR, "", 200),
        (Role.DEAN, "other", 404),
        (Role.DEANS_OFFICE, "other", 404),
        (Role.STUDY_OFFICE, "", 404),
        (Role.LEADERSHIP, "", 404),
        (Role.MODERATOR, "", 404),
        (Role.CURATOR, "group", 404),
        (Role.HEAD, "department", 404),
        (Role.TEACHER, "", 404),
        (None, "", 404),
    ],
)
def test_who_issues_to_a_group(
    client: Client, unit: Unit, group: Group, role: Role | None, scope: str, status: int
) -> None:
    student = waiting_student(group, "s1")
    user = make.make_user()
    where = {
        "unit": {"unit": unit},
        "other": {"unit": make.make_unit()},
        "group": {"group": group},
        "department": {"department": make.make_department(unit)},
        "": {},
    }[scope]
    if role is not None:
        make.appoint(user, role, **where)
    client.force_login(user)
    parents = f"{url(group)}{student.id}/parents/"
    assert client.get(url(group)).status_code == status
    assert client.get(parents).status_code == status
    assert client.post(parents, {"deed": "add", "last_name": "А", "first_name": "Б"}).status_code == status
    assert client.post(url(group), {"issue": "new"}).status_code == status
    assert CredentialIssue.objects.count() == (2 if status == 200 else 0)


def test_newcomers_get_their_slips_before_their_first_day(
    group: Group, unit: Unit, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§3.4b: in August the group's students are still to come; who only changes the group is not theirs yet."""
    monkeypatch.setattr(clock, "now", lambda: clock.moment_of(date(2026, 8, 25), time(10, 0)))
    Appointment.objects.update(starts_on=date(2026, 2, 1))
    newcomer = waiting_student(group, "newcomer")
    changing = waiting_student(group, "changing")
    elsewhere = make.make_group(unit)
    GroupEnrolment.objects.create(
        student=changing, group=elsewhere, starts_on=date(2025, 9, 1), ends_on=date(2026, 8, 31)
    )
    today = clock.day_of(clock.now())
    assert [state.student_id for state in credential_states(group, on=today)] == [newcomer.id]
    assert [state.student_id for state in credential_states(elsewhere, on=today)] == [changing.id]
    counted = {one.id: one.waiting for one in groups_with_counts(groups_for_credentials(office, on=today), on=today)}
    assert counted == {group.id: 1, elsewhere.id: 1}
    (slip,) = credentials.issue_to_group(group=group, by=office, now=clock.now())
    assert slip.login == "newcomer"
    assert get_student_for_credentials(office, group.id, newcomer.id, on=today) == (group, newcomer)
    with pytest.raises(Http404):
        get_student_for_credentials(office, group.id, changing.id, on=today)


def test_student_and_teacher_know_no_groups_page(client: Client) -> None:
    for user in [make.make_student().user, make.make_teacher().user, make.make_guardian(make.make_student())]:
        client.force_login(user)
        assert client.get("/groups/").status_code == 404


def test_dean_whose_appointment_ended_knows_it_no_more(client: Client, unit: Unit, group: Group) -> None:
    dean = make.make_user()
    appointment = make.appoint(dean, Role.DEAN, unit=unit)
    appointment.ends_on = clock.day_of(clock.now()) - timedelta(days=1)
    appointment.save()
    client.force_login(dean)
    assert client.get("/groups/").status_code == 404
    assert client.post(url(group), {"issue": "new"}).status_code == 404


# --- Lists ----------------------------------------------------------------------------------------------------


def test_groups_are_the_own_unit_s_with_their_counts(desk: Client, group: Group, office: User) -> None:
    waiting_student(group, "s1")
    make.make_student("s2", group=group)
    gone = make.make_student("gone", group=group)
    GroupEnrolment.objects.filter(student=gone).update(ends_on=date(2026, 10, 1))
    make.make_group(name="Бөтөн")
    (found,) = desk.get("/groups/").context["page_obj"].object_list
    assert (found.name, found.students, found.issued, found.waiting) == ("ФИЗ-1-26", 2, 1, 1)


def test_groups_are_searched_and_filtered(desk: Client, group: Group, unit: Unit) -> None:
    waiting_student(group, "s1")
    make.make_group(unit, "ХИМ-1-26")

    def names(**query: str) -> list[str]:
        return [found.name for found in desk.get("/groups/", query).context["page_obj"].object_list]

    assert names() == ["ФИЗ-1-26", "ХИМ-1-26"]
    assert names(q="хим") == ["ХИМ-1-26"]
    assert names(state="waiting") == ["ФИЗ-1-26"]
    assert names(q="жок") == []
    assert names(state="nonsense", page="99") == ["ФИЗ-1-26", "ХИМ-1-26"]


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_with_one_row_and_three(
    unit: Unit, office: User, django_assert_num_queries: Callable, rows: int
) -> None:
    groups = [make.make_group(unit) for _row in range(rows)]
    for row in range(rows):
        waiting_student(groups[0], f"s{row}")
    credentials.issue_to_group(group=groups[0], by=office, now=clock.now())
    today = clock.day_of(clock.now())
    with django_assert_num_queries(1):  # the rights were read for the issue
        list(groups_with_counts(groups_for_credentials(office, on=today), on=today))
    with django_assert_num_queries(4):  # students, issues, teachers, appointments
        assert len(credential_states(groups[0], on=today)) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_with_one_row_and_three(
    desk: Client, group: Group, unit: Unit, count_queries: Callable, rows: int
) -> None:
    for row in range(rows):
        waiting_student(group, f"s{row}")
    desk.post(url(group), {"issue": "new"})
    for _row in range(rows - 1):
        make.make_group(unit)
    frame = count_queries(lambda: desk.get("/password/"))
    assert count_queries(lambda: desk.get(url(group))) == frame + 5  # group, students, issues, two for who is staff
    assert count_queries(lambda: desk.get("/groups/")) == frame + 2  # how many, which


# --- Parents --------------------------------------------------------------------------------------------------


def test_parent_gets_a_login_to_the_child(desk: Client, group: Group) -> None:
    student = make.make_student("26-000001", group=group)
    page = f"{url(group)}{student.id}/parents/"
    response = desk.post(page, {"deed": "add", "last_name": "Бекова", "first_name": "Бурул"})
    (password,) = PASSWORD_ON_PAPER.findall(text_of(response.content))
    parent = Client()
    assert parent.post("/login/", {"username": "26-000001-p", "password": password}).status_code == 302
    link = student.guardian_links.get()
    assert (link.guardian.get_full_name(), link.revoked_at) == ("Бекова Бурул", None)
    again = desk.post(page, {"deed": "add", "last_name": "Беков", "first_name": "Азамат"})
    assert "26-000001-p2" in text_of(again.content)


def test_names_of_the_load_are_proposed(desk: Client, group: Group) -> None:
    student = make.make_student(group=group)
    Student.objects.filter(id=student.id).update(guardian_name="Бекова Бурул Асановна кызы")
    adding = desk.get(f"{url(group)}{student.id}/parents/").context["adding"]
    assert adding.initial == {"last_name": "Бекова", "first_name": "Бурул", "patronymic": "Асановна кызы"}


def test_parent_of_two_has_one_login(desk: Client, group: Group) -> None:
    first, second = make.make_student(group=group), make.make_student(group=group)
    make.make_guardian(first, "ata")
    make.make_teacher("teacher")
    page = f"{url(group)}{second.id}/parents/"
    assert desk.post(page, {"deed": "link", "login": "teacher"}).status_code == 422
    assert desk.post(page, {"deed": "link", "login": "nobody"}).status_code == 422
    assert desk.post(page, {"deed": "link", "login": " ATA "}).status_code == 302
    assert desk.post(page, {"deed": "link", "login": "ata"}).status_code == 422
    assert second.guardian_links.count() == 1


def test_parent_s_password_is_issued_anew_and_the_cabinet_closed(desk: Client, group: Group) -> None:
    student = make.make_student(group=group)
    guardian = make.make_guardian(student, "ata")
    link = student.guardian_links.get()
    page = f"{url(group)}{student.id}/parents/"
    assert desk.post(page, {"deed": "again", "link": link.id}).status_code == 200
    guardian.refresh_from_db()
    assert not guardian.check_password(make.PASSWORD)
    assert desk.post(page, {"deed": "revoke", "link": link.id}).status_code == 302
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert desk.post(page, {"deed": "again", "link": link.id}).status_code == 404


def test_parent_of_somebody_else_is_not_reached(desk: Client, group: Group) -> None:
    student, stranger = make.make_student(group=group), make.make_student()
    make.make_guardian(stranger, "ata")
    foreign = stranger.guardian_links.get()
    page = f"{url(group)}{student.id}/parents/"
    assert desk.post(page, {"deed": "again", "link": foreign.id}).status_code == 404
    assert desk.post(page, {"deed": "revoke", "link": "x"}).status_code == 404
    assert desk.get(f"{url(group)}{stranger.id}/parents/").status_code == 404


def test_teacher_whose_child_studies_here_keeps_the_own_password(desk: Client, group: Group) -> None:
    student, teacher = make.make_student(group=group), make.make_teacher("teacher")
    link = student.guardian_links.create(guardian=teacher.user)
    response = desk.post(f"{url(group)}{student.id}/parents/", {"deed": "again", "link": link.id})
    assert response.status_code == 422
    teacher.user.refresh_from_db()
    assert teacher.user.check_password(make.PASSWORD)


# --- Labels, the first administrator ---------------------------------------------------------------------------


def test_roles_are_named_with_their_scope(unit: Unit) -> None:
    from django.utils import translation

    today = clock.day_of(clock.now())
    teacher = make.make_teacher()
    make.appoint(teacher.user, Role.DEAN, unit=unit, acting=True)
    make.make_student().guardian_links.create(guardian=teacher.user)
    with translation.override("en"):
        assert role_labels(teacher.user, today) == [f"acting: dean, {unit.name}", "teacher", "parent"]
        assert role_labels(make.make_student().user, today) == ["student"]


def test_first_administrator_is_appointed_by_an_order(capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import CommandError, call_command

    arguments = [
        "Admin",
        "--last-name",
        "Асанов",
        "--first-name",
        "Азамат",
        "--order",
        "1-К",
        "--order-date",
        "2026-11-01",
    ]
    call_command("appoint_administrator", *arguments)
    printed = capsys.readouterr().out
    (password,) = PASSWORD_ON_PAPER.findall(printed)
    user = User.objects.get(username="admin")
    assert user.check_password(password)
    assert user.must_change_password is True
    appointment = user.appointments.get()
    assert (appointment.role, appointment.order_number) == (Role.ADMINISTRATOR, "1-К")
    with pytest.raises(CommandError):
        call_command("appoint_administrator", *arguments)
    assert user.credential_issues.count() == 1
