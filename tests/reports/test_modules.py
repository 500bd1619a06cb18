"""Modules by state (§4.3): who sees which, what they cost, and who is told when."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.clock import day_of, moment_of
from journal.enums import SheetState
from journal.models import ModuleSheet, RatingScheme, SchemeChoice
from journal.selectors.module_states import ModuleState, StatesChoice, count_to_close, module_states
from journal.services import close_module
from journal.services.sheet_reminders import remind_of_modules
from messaging.models import Notification
from teaching.models import Workload
from tests import factories as make
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def journal() -> Workload:
    return make.make_workload()


def module(journal: Workload, number: int = 1) -> Module:
    return Module.objects.get(semester=journal.course.semester, number=number)


def after_its_end(journal: Workload, days: int) -> datetime:
    return moment_of(module(journal).ends_on + days * DAY, time(12, 0))


def found(user: User, state: ModuleState, now: datetime, **choice: int) -> list[tuple[int, int]]:
    semester = make.make_semester()
    rights = rights_of(user, on=day_of(now))
    asked = StatesChoice(semester.pk, state, **choice)
    rows = module_states(rights, asked, limit=50, offset=0, on=day_of(now)).rows
    return [(row.course_id, row.number) for row in rows]


@pytest.fixture
def study() -> User:
    user = make.make_user("study")
    make.appoint(user, Role.STUDY_OFFICE)
    return user


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, ModuleState.RUNNING), (1, ModuleState.DUE), (3, ModuleState.DUE), (4, ModuleState.OVERDUE)],
)
def test_state_of_a_module_by_its_day(journal: Workload, study: User, days: int, state: ModuleState) -> None:
    now = after_its_end(journal, days)
    for one in ModuleState:
        expected = [(journal.course_id, 1)] if one == state else []
        # The second module has begun on the day after the first.
        expected += [(journal.course_id, 2)] if one == ModuleState.RUNNING and days else []
        assert found(study, one, now) == expected


def test_deadline_is_that_of_the_setting(journal: Workload, study: User) -> None:
    Policy.objects.create(key="module_closing_days", value=10, valid_from=make.MONDAY)
    Policy.objects.create(
        key="module_closing_days", value=1, valid_from=make.MONDAY, unit=make.make_workload().course.group.unit
    )
    now = after_its_end(journal, 5)
    assert found(study, ModuleState.DUE, now) == [(journal.course_id, 1)]
    assert len(found(study, ModuleState.OVERDUE, now)) == 1


def test_closed_module_says_who_and_when(journal: Workload, study: User) -> None:
    now = after_its_end(journal, 1)
    teacher = journal.teachers.get().teacher.user
    close_module(course=journal.course, module=module(journal), by=teacher, now=now)
    asked = StatesChoice(journal.course.semester_id, ModuleState.CLOSED)
    states = module_states(rights_of(study, on=day_of(now)), asked, limit=50, offset=0, on=day_of(now))
    assert states.counts == {
        ModuleState.OVERDUE: 0,
        ModuleState.DUE: 0,
        ModuleState.RUNNING: 1,
        ModuleState.CLOSED: 1,
    }
    (row,) = states.rows
    assert (row.closed_at, row.person) == (now, "Осмонов Э.")


def test_scheme_of_one_module_is_closed_with_the_last(journal: Workload, study: User) -> None:
    scheme = RatingScheme.objects.get(code="P4", control_form="exam")
    SchemeChoice.objects.create(
        control_form="exam", valid_from=2026, scheme=scheme, at=clock.now(), source="web", request_id=make.REQUEST_ID
    )
    assert found(study, ModuleState.OVERDUE, after_its_end(journal, 5)) == []
    assert found(study, ModuleState.RUNNING, after_its_end(journal, 5)) == [(journal.course_id, 2)]


def test_scopes(journal: Workload) -> None:
    now = after_its_end(journal, 5)
    other = make.make_workload()
    assert other.course_id != journal.course_id
    head, dean = make.make_user(), make.make_user()
    make.appoint(head, Role.HEAD, department=journal.department)
    make.appoint(dean, Role.DEAN, unit=journal.course.group.unit)
    own = [(journal.course_id, 1)]
    for user in (head, dean, journal.teachers.get().teacher.user):
        assert found(user, ModuleState.OVERDUE, now) == own
    assert found(head, ModuleState.OVERDUE, now, department=other.department_id) == []
    teacher = rights_of(journal.teachers.get().teacher.user, on=day_of(now))
    assert count_to_close(teacher, on=day_of(now)) == (0, 1)


@pytest.mark.parametrize("courses", [1, 3])
def test_queries_of_the_list(
    client: Client,
    study: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[..., Any],
    courses: int,
) -> None:
    journals = [make.make_workload() for _ in range(courses)]
    monkeypatch.setattr(clock, "now", lambda: after_its_end(journals[0], 5))
    client.force_login(study)
    client.get("/control/modules/")
    with django_assert_num_queries(8):
        page = client.get("/control/modules/")
    assert page.content.decode().count("/modules/1/") == courses


@pytest.mark.parametrize("query", ["state=x", "unit=x&department=-1", "page=99", "page=0", "semester=999999", "page=x"])
def test_address_that_cannot_be_read_shows_what_is_overdue(
    client: Client, study: User, journal: Workload, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: after_its_end(journal, 5))
    client.force_login(study)
    page = client.get(f"/control/modules/?{query}", follow=True)
    assert page.context["state"] == ModuleState.OVERDUE
    assert len(page.context["states"].rows) == 1


def test_lead_is_told_when_a_module_ended_and_on_the_last_day(journal: Workload) -> None:
    teacher = journal.teachers.get().teacher.user
    told = [remind_of_modules(now=after_its_end(journal, days)) for days in (0, 1, 1, 2, 3, 4)]
    assert told == [0, 1, 1, 1, 1, 0]
    lines = list(Notification.objects.filter(user=teacher).order_by("id"))
    assert [line.kind for line in lines] == ["module_due", "module_due"]
    assert f"{module(journal).ends_on + 3 * DAY:%d.%m.%Y}" in lines[0].text


def test_head_is_told_once_a_week_of_what_is_overdue(journal: Workload) -> None:
    head = make.make_user()
    make.appoint(head, Role.HEAD, department=journal.course.department)
    for days in range(4, 18):
        remind_of_modules(now=after_its_end(journal, days))
    assert 2 <= Notification.objects.filter(user=head, kind="module_overdue").count() <= 3
    close_module(
        course=journal.course,
        module=module(journal),
        by=journal.teachers.get().teacher.user,
        now=after_its_end(journal, 18),
    )
    assert ModuleSheet.objects.get().state == SheetState.CLOSED
    assert remind_of_modules(now=after_its_end(journal, 25)) == 0
