"""Coming in: what opens, what does not, and what nobody learns from the answer."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import KnownDevice, LoginAttempt, Session, User
from accounts.services import logins
from accounts.services.logins import IDLE, SEEN
from ejournal.lib import clock
from tests import factories as make
from university.models import Policy

pytestmark = pytest.mark.django_db

Attempt = Callable[..., HttpResponse]


def fields_only(response: HttpResponse) -> str:
    """A page without what differs by nature: the CSRF token and the name that was typed."""
    text = response.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    return re.sub(r'name="username" value="[^"]*"', "", text)


def login_of(browser: Client) -> str | None:
    return browser.session.get("_auth_user_id")


def test_login_opens_and_leads_home(client: Client, attempt: Attempt) -> None:
    user = make.make_user("asanov")
    response = attempt(client, "asanov")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert login_of(client) == str(user.id)


@pytest.mark.parametrize("typed", ["ASANOV", " Asanov ", "asa nov"])
def test_login_is_found_whatever_its_case_and_spaces(client: Client, attempt: Attempt, typed: str) -> None:
    user = make.make_user("Asanov")
    attempt(client, typed)
    assert login_of(client) == str(user.id)


def test_two_people_cannot_share_a_login_in_another_case() -> None:
    make.make_user("asanov")
    with pytest.raises(Exception, match="accounts_user_login_any_case"):
        make.make_user("Asanov")


def test_wrong_logins_answer_one_and_the_same(attempt: Attempt) -> None:
    make.make_user("asanov")
    closed = make.make_user("closed")
    User.objects.filter(id=closed.id).update(is_active=False)
    waiting = make.make_user("waiting")
    waiting.set_unusable_password()
    waiting.save()
    empty = make.make_user("empty")
    User.objects.filter(id=empty.id).update(password="")
    answers = [
        attempt(Client(), "asanov", "туура эмес"),
        attempt(Client(), "nobody", "туура эмес"),
        attempt(Client(), "closed"),
        attempt(Client(), "closed", "туура эмес"),
        attempt(Client(), "waiting", "!"),
        attempt(Client(), "empty", "туура эмес"),
    ]
    assert [answer.status_code for answer in answers] == [422] * 6
    assert len({fields_only(answer) for answer in answers}) == 1


def test_wrong_logins_cost_the_same_queries_and_one_hash(
    attempt: Attempt, count_queries: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    make.make_user("asanov")
    closed = make.make_user("closed")
    waiting = make.make_user("waiting")
    waiting.set_unusable_password()
    waiting.save()
    User.objects.filter(id=closed.id).update(is_active=False)
    attempt(Client(), "asanov", "жылытуу")
    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    for username in ["asanov", "nobody", "closed", "waiting"]:
        hashed.clear()
        # The attempt, failures, the person, browsers, the person for the password.
        assert count_queries(lambda username=username: attempt(Client(), username, "туура эмес")) == 5
        assert len(hashed) == 1


def test_login_with_broken_fields_is_refused(client: Client, attempt: Attempt) -> None:
    assert attempt(client, "", "").status_code == 422
    assert attempt(client, "a\0", "b").status_code == 422
    assert attempt(client, "a", "b\0").status_code == 422
    assert attempt(client, "a" * 10_000, "b").status_code == 422
    assert attempt(client, "a", "b" * 100_000).status_code == 422
    assert client.post("/login/", {"username": b"\xff\xfe", "password": b"\xff"}).status_code == 422
    assert login_of(client) is None


def test_typed_name_is_kept_as_a_keyed_hash_only(client: Client, attempt: Attempt) -> None:
    attempt(client, "Менин сырсөзүм", "туура эмес")
    (row,) = LoginAttempt.objects.values_list("account", flat=True)
    assert re.fullmatch(r"[0-9a-f]{64}", row)
    assert row == logins.account_of("менинсырсөзүм")


def test_hundred_wrong_passwords_from_one_browser_lock_out_only_that_browser(attempt: Attempt) -> None:
    make.make_teacher("teacher")
    own = Client()
    attempt(own, "teacher")
    own.post("/logout/")
    student = Client()
    answers = [attempt(student, "teacher", f"wrong {number}").status_code for number in range(100)]
    assert answers == [422] * 5 + [429] * 95
    refused = attempt(student, "teacher")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 900
    assert login_of(student) is None
    assert attempt(own, "teacher").status_code == 302
    assert attempt(Client(), "teacher").status_code == 302
    assert LoginAttempt.objects.count() == 5  # what is not looked at is not counted


def test_hundred_wrong_passwords_from_many_browsers_lock_out_nobody(attempt: Attempt) -> None:
    make.make_teacher("teacher")
    own = Client()
    attempt(own, "teacher")
    own.post("/logout/")
    answers = [attempt(Client(), "teacher", f"wrong {number}").status_code for number in range(100)]
    assert answers == [422] * 20 + [429] * 80
    assert attempt(own, "teacher", "wrong").status_code == 422
    assert attempt(own, "teacher").status_code == 302
    assert attempt(Client(), "teacher").status_code == 302


def test_many_accounts_from_one_address_are_no_reason_to_wait(attempt: Attempt) -> None:
    for number in range(60):
        make.make_student(f"s{number}")
    for number in range(60):
        attempt(Client(), f"s{number}", "wrong")
    assert {attempt(Client(), f"s{number}").status_code for number in range(60)} == {302}


def test_browser_that_tries_many_accounts_waits(attempt: Attempt) -> None:
    make.make_user("asanov")
    guessing = Client()
    answers = [attempt(guessing, f"name{number}", "wrong").status_code for number in range(31)]
    assert answers == [422] * 30 + [429]
    assert attempt(guessing, "asanov").status_code == 429


def test_right_password_forgets_the_browser_s_failures(client: Client, attempt: Attempt) -> None:
    make.make_user("asanov")
    for _try in range(3):
        for _wrong in range(4):
            assert attempt(client, "asanov", "wrong").status_code == 422
        assert attempt(client, "asanov").status_code == 302
    assert LoginAttempt.objects.count() == 0


def test_forged_browser_cookie_is_a_new_browser(client: Client, attempt: Attempt) -> None:
    user = make.make_user("asanov")
    attempt(client, "asanov")
    known = KnownDevice.objects.get(user=user)
    forged = Client()
    forged.cookies["device"] = str(known.device)
    attempt(forged, "asanov", "wrong")
    assert LoginAttempt.objects.get().device != known.device


def test_browser_cookie_is_signed_and_unreadable_for_scripts(client: Client) -> None:
    cookie = client.get("/login/").cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 730 * 86400)
    assert cookie.value.count(":") == 2


def test_living_login_of_a_closed_account_ends(client: Client, attempt: Attempt) -> None:
    user = make.make_user("asanov")
    attempt(client, "asanov")
    assert client.get("/password/").status_code == 200
    User.objects.filter(id=user.id).update(is_active=False)
    response = client.get("/password/")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/password/")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "https:///evil.example",
        " https://evil.example",
    ],
)
def test_open_redirect_leads_home(client: Client, attempt: Attempt, wanted: str) -> None:
    make.make_user("asanov")
    assert attempt(client, "asanov", next=wanted)["Location"] == "/"
    assert client.get("/login/", {"next": wanted})["Location"] == "/"


def test_own_page_is_returned_to(client: Client, attempt: Attempt) -> None:
    make.make_user("asanov")
    assert attempt(client, "asanov", next="/groups/?q=1")["Location"] == "/groups/?q=1"


def test_login_page_leads_home_who_is_in(client: Client, attempt: Attempt) -> None:
    make.make_user("asanov")
    attempt(client, "asanov")
    assert client.get("/login/")["Location"] == "/"


def test_session_key_is_new_after_the_login(client: Client, attempt: Attempt) -> None:
    make.make_user("asanov")
    session = client.session
    session["planted"] = "1"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    attempt(client, "asanov")
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_another_person_s_session_is_not_continued(client: Client, attempt: Attempt) -> None:
    make.make_user("first")
    second = make.make_user("second")
    attempt(client, "first")
    session = client.session
    session["private"] = "1"
    session.save()
    attempt(client, "second")
    assert login_of(client) == str(second.id)
    assert "private" not in client.session


def test_language_of_the_person_is_applied(client: Client, attempt: Attempt) -> None:
    user = make.make_user("asanov")
    User.objects.filter(id=user.id).update(language="ru")
    response = attempt(client, "asanov")
    assert response.cookies["django_language"].value == "ru"


def test_logout_needs_a_post_and_ends_the_login(client: Client, attempt: Attempt) -> None:
    make.make_user("asanov")
    attempt(client, "asanov")
    assert client.get("/logout/").status_code == 405
    assert login_of(client) is not None
    assert client.post("/logout/")["Location"] == "/login/"
    assert login_of(client) is None


def test_login_without_csrf_token_is_refused(attempt: Attempt) -> None:
    make.make_user("asanov")
    assert attempt(Client(enforce_csrf_checks=True), "asanov").status_code == 403


def test_old_failures_and_browsers_are_forgotten(client: Client, attempt: Attempt) -> None:
    from accounts.tasks import forget_login_attempts

    user = make.make_user("asanov")
    attempt(client, "asanov")
    attempt(Client(), "asanov", "wrong")
    assert forget_login_attempts() == 0
    LoginAttempt.objects.update(at=clock.now() - timedelta(days=1, seconds=1))
    KnownDevice.objects.filter(user=user).update(seen_at=clock.now() - timedelta(days=731))
    assert forget_login_attempts() == 2


def test_ended_sessions_are_forgotten_and_living_ones_kept(attempt: Attempt) -> None:
    make.make_user("asanov")
    left, kept = Client(), Client()
    attempt(left, "asanov")
    attempt(kept, "asanov")
    ended = Session.objects.filter(session_key=left.session.session_key)
    ended.update(expire_date=clock.now() - timedelta(seconds=1))
    assert logins.forget_old(now=clock.now()) == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == [kept.session.session_key]


# --- The session and its person ------------------------------------------------------------------------------
def test_a_page_reads_session_and_person_by_one_statement(client: Client) -> None:
    user = make.make_user("asanov")
    client.force_login(user)
    assert Session.objects.get().user_id == user.pk
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/password/").status_code == 200
    about = [one["sql"] for one in asked if "accounts_session" in one["sql"] or "password" in one["sql"]]
    assert len(about) == 1, about


def test_a_closed_account_and_another_password_end_the_login_at_once(client: Client) -> None:
    user = make.make_user("asanov")
    client.force_login(user)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/").status_code == 302
    User.objects.filter(pk=user.pk).update(is_active=True)
    client.force_login(user)
    user.set_password("another password 7")
    user.save()
    assert client.get("/").status_code == 302


def test_a_session_that_names_another_person_than_its_row_is_that_persons(client: Client) -> None:
    """What is signed counts; the row's column only spares a question."""
    user, other = make.make_user("asanov"), make.make_user("bekova")
    client.force_login(user)
    Session.objects.update(user=other)
    assert client.get("/").wsgi_request.user == user


@pytest.mark.parametrize("key", ["", "x", "\0" * 32, "a" * 5000])
def test_what_is_no_session_is_nobodys(client: Client, key: str) -> None:
    client.cookies["sessionid"] = key
    assert client.get("/").status_code == 302


# --- Length --------------------------------------------------------------------------------------------------


def shift(browser: Client, **back: float) -> None:
    """Let time pass: what was seen is further in the past."""
    session = browser.session
    session[SEEN] = session[SEEN] - int(timedelta(**back).total_seconds())
    session.save()


def test_student_stays_thirty_days(client: Client, attempt: Attempt) -> None:
    make.make_student("student")
    attempt(client, "student")
    assert client.session[IDLE] is None
    assert abs(client.session.get_expiry_age() - 30 * 86400) < 60
    shift(client, days=29)
    assert client.get("/cabinet/").status_code in {200, 403, 404}
    session = client.session
    session["written"] = "1"
    session.save()
    assert client.session.get_expiry_age() <= 30 * 86400  # a write does not begin the days anew


def test_parent_stays_thirty_days(client: Client, attempt: Attempt) -> None:
    make.make_guardian(make.make_student(), "parent")
    attempt(client, "parent")
    assert client.session[IDLE] is None


def test_staff_end_after_thirty_idle_minutes(client: Client, attempt: Attempt) -> None:
    make.make_teacher("teacher")
    attempt(client, "teacher")
    shift(client, minutes=29)
    assert client.get("/password/").status_code == 200
    shift(client, minutes=29)
    assert client.get("/password/").status_code == 200
    shift(client, minutes=30)
    response = client.get("/password/")
    assert response["Location"] == "/login/?next=/password/&idle=1"
    assert login_of(client) is None
    assert client.get(response["Location"]).context["idle"] is True


def test_polling_keeps_no_staff_login_alive(client: Client, attempt: Attempt) -> None:
    make.make_teacher("teacher")
    attempt(client, "teacher")
    shift(client, minutes=20)
    assert client.get("/password/", headers={"X-Background": "1"}).status_code == 200
    shift(client, minutes=10)
    assert client.get("/password/", headers={"X-Background": "1"}).status_code == 302


def test_student_who_works_here_has_a_staff_login(client: Client, attempt: Attempt) -> None:
    student = make.make_student("student")
    make.appoint(student.user, Role.MODERATOR)
    attempt(client, "student")
    assert client.session[IDLE] == 1800


def test_student_appointed_in_the_same_login_gets_a_staff_login(client: Client, attempt: Attempt) -> None:
    student = make.make_student("student")
    attempt(client, "student")
    make.appoint(student.user, Role.MODERATOR)
    client.get("/password/")
    assert client.session[IDLE] == 1800


def test_lengths_are_settings_of_the_day_of_the_login(client: Client, attempt: Attempt) -> None:
    Policy.objects.create(key="staff_idle_minutes", value=10, valid_from=date(2026, 1, 1))
    Policy.objects.create(key="student_session_days", value=7, valid_from=date(2026, 1, 1))
    make.make_teacher("teacher")
    make.make_student("student")
    attempt(client, "teacher")
    assert client.session[IDLE] == 600
    student = Client()
    attempt(student, "student")
    assert abs(student.session.get_expiry_age() - 7 * 86400) < 60


def test_ordinary_request_costs_one_query_for_the_person(
    client: Client, attempt: Attempt, django_assert_num_queries: Callable
) -> None:
    make.make_teacher("teacher")
    attempt(client, "teacher")
    with django_assert_num_queries(1):
        assert client.put("/password/").status_code == 405


# --- Without a login -------------------------------------------------------------------------------------------


def test_program_without_login_gets_401_with_the_address(client: Client) -> None:
    response = client.post(
        "/password/",
        "{}",
        content_type="application/json",
        headers={"Referer": "http://testserver/journals/5/?month=2026-11"},
    )
    assert response.status_code == 401
    assert response.json() == {"code": "login", "login": "/login/?next=/journals/5/%3Fmonth%3D2026-11"}


def test_program_from_elsewhere_is_not_sent_back_there(client: Client) -> None:
    response = client.post(
        "/password/", "{}", content_type="application/json", headers={"Referer": "https://evil.example/"}
    )
    assert response.json() == {"code": "login", "login": "/login/?next=/"}


def test_fragment_without_login_leaves_the_page(client: Client) -> None:
    response = client.get(
        "/password/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/groups/?page=2"}
    )
    assert (response.status_code, response["HX-Redirect"]) == (204, "/login/?next=/groups/%3Fpage%3D2")


def test_browser_without_login_is_sent_to_it(client: Client) -> None:
    assert client.get("/groups/?q=1")["Location"] == "/login/?next=/groups/%3Fq%3D1"


def test_role_that_ended_is_gone_in_the_same_login(client: Client, attempt: Attempt) -> None:
    user = make.make_user("office")
    appointment = make.appoint(user, Role.DEANS_OFFICE, unit=make.make_unit())
    attempt(client, "office")
    assert client.get("/groups/").status_code == 200
    appointment.ends_on = clock.day_of(clock.now()) - timedelta(days=1)
    appointment.save()
    assert client.get("/groups/").status_code == 404
